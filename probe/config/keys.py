"""Reads private keys of the synthetic SP, given as PEM or as a JWK (RFC 7517)."""

import json
from contextlib import suppress

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from probe.config.secrets import SecretError

_UNREADABLE = (
    JoseError,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    AssertionError,
)
"""The exceptions of joserfc and cryptography for text that is no key."""
Key = RSAKey | ECKey | OKPKey
_CURVES = {
    "ES256": ("P-256",),
    "ES384": ("P-384",),
    "ES512": ("P-521",),
    "Ed25519": ("Ed25519",),
    "Ed448": ("Ed448",),
    "EdDSA": ("Ed25519", "Ed448"),
}
"""Algorithm -> the curves of its keys; the other algorithms have RSA keys."""


def parse_private_key(text: str) -> Key:
    """Return the private key in a PEM or JWK text.

    Raises SecretError, whose text never repeats any of it.
    """
    key = _jwk(text) if text.lstrip().startswith("{") else _pem(text)
    if not key.is_private:
        raise SecretError("holds a public key, not a private one")
    return key


def check_private_key(text: str) -> None:
    """Raise SecretError when the text is no private key."""
    parse_private_key(text)


def check_signing_key(text: str, algorithm: str) -> None:
    """Raise SecretError when the text is no private key for `algorithm`.

    Sources: RFC 7518, section 3.1; RFC 8037, section 3.1; RFC 9864.
    """
    key = parse_private_key(text)
    curves = _CURVES.get(algorithm)
    if curves is None:
        fits = isinstance(key, RSAKey) and not algorithm.startswith("HS")
    else:
        fits = not isinstance(key, RSAKey) and key.curve_name in curves
    if not fits:
        raise SecretError(f"holds a key that cannot sign with private_key_alg: {algorithm}")


def _jwk(text: str) -> Key:
    try:
        key = JWKRegistry.import_key(json.loads(text))
    except _UNREADABLE:
        raise SecretError("does not hold a JWK that can be read") from None
    if not isinstance(key, (RSAKey, ECKey, OKPKey)):
        raise SecretError("holds a symmetric JWK, not a private key")
    return key


def _pem(text: str) -> Key:
    for kind in (ECKey, RSAKey, OKPKey):
        with suppress(*_UNREADABLE):
            return kind.import_key(text)
    raise SecretError("holds neither a PEM private key (unencrypted) nor a JWK")
