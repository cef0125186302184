"""Reads the hub's published keys.

A stranger sent the set, so some keys of it are left out, as RFC 7517 section 5 asks:
those that cannot be read, of an unknown type, private, symmetric, or absurdly large.
A set without a usable key is treated as no set.
"""

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidKey, InvalidSignature, InvalidTag, UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from probe.oidc.documents import load_object

_MOST_KEYS = 64
_LARGEST_KEY = 1_400  # characters of base64url in one member: RSA of 8,192 bits
_MEMBERS = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")
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


@dataclass(frozen=True, slots=True)
class KeySet:
    """The hub's public signing keys, in the order published."""

    keys: tuple[Key, ...]

    def candidates(self, alg: str, kid: str | None) -> list[Key]:
        """Return the keys that may have signed a token.

        They are of the algorithm's type, and have the token's `kid` when it names one.
        """
        fit = [key for key in self.keys if key.key_type == _KTY.get(alg[:2]) and _meant_for_signing(key, alg)]
        return [key for key in fit if key.kid == kid] if kid is not None else fit


def _meant_for_signing(key: Key, alg: str) -> bool:
    declared = key.as_dict(private=False)
    named = declared.get("alg", alg)
    return declared.get("use", "sig") == "sig" and (named == alg or (named in _EDWARDS and alg in _EDWARDS))


def load_key_set(body: bytes) -> KeySet | None:
    """Return the keys of a JWK Set (RFC 7517, section 5); None without a usable public key.

    Never raises.
    """
    document = load_object(body)
    listed = document.get("keys") if document else None
    if not isinstance(listed, list):
        return None
    keys = tuple(key for each in listed[:_MOST_KEYS] if (key := _public_key(each)) is not None)
    return KeySet(keys) if keys else None


def _public_key(listed: Any) -> Key | None:
    if not isinstance(listed, dict) or listed.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    public = {name: listed[name] for name in _MEMBERS if name in listed}
    if any(not isinstance(value, str) or len(value) > _LARGEST_KEY for value in public.values()) or len(public.get("e", "")) > 16:
        return None
    try:
        key = JWKRegistry.import_key(public)
        key.as_dict(private=False)
    except UNREADABLE:
        return None
    return key
