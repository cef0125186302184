"""Reads the hub's published keys.

A stranger sent the set, so some keys of it are left out, as RFC 7517 section 5 asks:
those that cannot be read, of an unknown type, symmetric, too weak, or absurdly large.
A set without a usable key is treated as no set.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from cryptography.exceptions import InvalidKey, InvalidSignature, InvalidTag, UnsupportedAlgorithm
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key, RSAKey

from probe.oidc.documents import load_object

Members = dict[str, Any]

MOST_TRIED = 64
"""Keys that one token is tried with."""
_MOST_READ = 128  # keys that are made to find those
_LARGEST_KEY = 1_400  # characters of base64url in one member: RSA of 8,192 bits
_LARGEST_EXPONENT = 16
_SMALLEST_RSA = 2_048  # bits
_NUMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_TO_URL_SAFE = str.maketrans("+/", "-_")
_KTY = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_EDWARDS = ("EdDSA", "Ed25519", "Ed448")  # EdDSA is the older name of both others (RFC 9864)

UNREADABLE: tuple[type[Exception], ...] = (
    JoseError,
    UnsupportedAlgorithm,
    InvalidKey,
    InvalidSignature,
    InvalidTag,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    AssertionError,
)
"""The exceptions that joserfc and cryptography raise for hostile input."""


class KeySet:
    """The hub's public signing keys, in the order published.

    A key is made of its members when it is first needed: a set may hold thousands.
    """

    def __init__(self, published: Sequence[Members]) -> None:
        self._published = published
        self._made: dict[int, Key | None] = {}

    @property
    def keys(self) -> tuple[Key, ...]:
        """The first keys that can be used, at most MOST_TRIED."""
        return tuple(islice(self._usable(range(len(self._published))), MOST_TRIED))

    def candidates(self, alg: str, kid: str | None) -> list[Key]:
        """Return the keys that may have signed a token, at most MOST_TRIED.

        They are of the algorithm's type, and have the token's `kid` when it names one.
        """
        fit = (at for at, members in enumerate(self._published) if kid in (None, members.get("kid")) and _meant_for_signing(members, alg))
        return list(islice(self._usable(fit), MOST_TRIED))

    def _usable(self, numbers: Iterable[int]) -> Iterator[Key]:
        for number in islice(numbers, _MOST_READ):
            if number not in self._made:
                self._made[number] = _key(self._published[number])
            if key := self._made[number]:
                yield key


def _meant_for_signing(members: Members, alg: str) -> bool:
    """Tell whether a key may verify a signature by `alg` (RFC 7517, sections 4.2 to 4.4)."""
    operations, named = members.get("key_ops"), members.get("alg") or alg
    return (
        members["kty"] == _KTY.get(alg[:2])
        and (members.get("use") or "sig") == "sig"
        and (named == alg or (named in _EDWARDS and alg in _EDWARDS))
        and (not isinstance(operations, list) or "verify" in operations)
    )


def load_key_set(body: bytes) -> KeySet | None:
    """Return the keys of a JWK Set (RFC 7517, section 5); None without a usable public key.

    Never raises.
    """
    document = load_object(body)
    listed = document.get("keys") if document else None
    if not isinstance(listed, list):
        return None
    keys = KeySet([members for each in listed if (members := _public_members(each))])
    return keys if keys.keys else None


def _public_members(listed: Any) -> Members | None:
    """Return what is used of a key; None for no public key.

    A member of another use, or of a type that it may not have, is ignored and not the key.
    Numbers in the standard alphabet or with padding are read too, as some hubs publish them.
    """
    kty = listed.get("kty") if isinstance(listed, dict) else None
    numbers = _NUMBERS.get(kty) if isinstance(kty, str) else None
    if numbers is None or any(not isinstance(listed.get(name), str) for name in numbers):
        return None
    written = {name: listed[name].translate(_TO_URL_SAFE).rstrip("=") for name in numbers if name != "crv"}
    if any(len(value) > _LARGEST_KEY for value in written.values()) or len(written.get("e", "")) > _LARGEST_EXPONENT:
        return None
    named = {name: listed[name] for name in ("crv", "kid", "use", "alg") if isinstance(listed.get(name), str)}
    return {"kty": kty, **named, **written, "key_ops": listed.get("key_ops")}


def _key(members: Members) -> Key | None:
    """Return the key; None for one that a careful service refuses.

    An RSA key must have 2,048 bits at least (RFC 7518, section 3.3).
    """
    told = {name: value for name, value in members.items() if value and name != "key_ops"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # a weak key is left out, in silence
            key = JWKRegistry.import_key(told)
        key.as_dict(private=False)
        size = key.public_key.key_size if isinstance(key, RSAKey) else _SMALLEST_RSA
    except UNREADABLE:
        return None
    return key if size >= _SMALLEST_RSA else None
