"""Verifies and decrypts tokens: JWS compact, and JWE compact around it. Nothing here raises.

The algorithm must be one that the configuration allows; `none` is never allowed.
HS* is verified with the client secret alone, and the others with the published keys alone,
so that a public key can never pass for a shared secret.
"""

import re
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import Key, OctKey, OKPKey

from probe.core.judgement.detail import DetailKind
from probe.oidc.documents import load_object, text_of
from probe.oidc.keys import UNREADABLE, KeySet

# Base64url without padding (RFC 7515, section 2). The library reads more than that.
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_LONGEST = 200_000  # characters of a token
_LONGEST_HEADER = 16_384  # characters; it may hold certificates (x5c)
_ENCRYPTION = [
    *("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"),
    *("A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"),
]  # without compression, by which a few bytes could become gigabytes


class TokenFlaw(Enum):
    """Why a token cannot be trusted. The values are the kinds of the detail that says so."""

    NOT_A_TOKEN = DetailKind.NOT_A_TOKEN
    ALGORITHM = DetailKind.ALGORITHM
    NO_KEY = DetailKind.KEY_UNKNOWN
    SIGNATURE = DetailKind.SIGNATURE
    ENCRYPTED = DetailKind.ENCRYPTED
    DECRYPTION = DetailKind.DECRYPTION


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The claims of a token whose signature was verified, and its algorithm.

    `alg` is the curve where the token says `EdDSA`, which leaves it open.
    """

    claims: dict[str, Any]
    alg: str


class _LongHeaders(jws.JWSRegistry):
    max_header_length = _LONGEST_HEADER


def header_of(token: str) -> dict[str, Any] | None:
    """Return the token's header, which is not to be trusted yet; None when there is none."""
    try:
        parts = token.encode("ascii")
        return dict(jws.extract_compact(parts, registry=_LongHeaders()).headers()) if len(token) <= _LONGEST else None
    except UNREADABLE:
        return None


def encryption_of(token: str) -> tuple[str, ...]:
    """Return how a JWE says that it is encrypted: its `alg` and `enc`; nothing when unreadable."""
    header = load_object(_decoded(token.partition(".")[0]))
    return tuple(value for name in ("alg", "enc") if (value := text_of(header, name, 32)))


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part[:_LONGEST_HEADER] + "=" * (-len(part[:_LONGEST_HEADER]) % 4))
    except ValueError:
        return b""


def is_encrypted(token: str) -> bool:
    """Tell whether the token has the five parts of a compact JWE (RFC 7516, section 7.1)."""
    return token.count(".") == 4


def decrypt(token: str, key: Key | None) -> str | TokenFlaw:
    """Return the token inside a JWE (RFC 7516, compact serialization).

    What is no JWE at all, or holds no text, is NOT_A_TOKEN: whatever the key is, it is broken.
    """
    if len(encryption_of(token)) < 2:
        return TokenFlaw.NOT_A_TOKEN
    if key is None:
        return TokenFlaw.ENCRYPTED
    try:
        registry = jwe.JWERegistry(algorithms=_ENCRYPTION, strict_check_header=False)
        plain = jwe.decrypt_compact(token, key, registry=registry).plaintext
    except UNREADABLE:
        return TokenFlaw.DECRYPTION
    return plain.decode("ascii") if plain and plain.isascii() else TokenFlaw.NOT_A_TOKEN


def needs_keys(token: str) -> bool:
    """Tell whether verifying needs the published keys: the algorithm uses no shared secret."""
    return not (text_of(header_of(token), "alg") or "").startswith("HS")


def verify(token: str, allowed: Collection[str], keys: KeySet | None, secret: str | None) -> VerifiedToken | TokenFlaw:
    """Check the signature of a JWS (RFC 7515, section 5.2) and return its claims, or the flaw.

    A token with `crit` is refused: it asks for extensions, and we know none (section 4.1.11).
    """
    header = header_of(token)
    alg = text_of(header, "alg", 32)
    if header is None or alg is None:
        return TokenFlaw.NOT_A_TOKEN
    if alg.lower() == "none" or alg not in allowed:
        return TokenFlaw.ALGORITHM
    if "crit" in header or not _COMPACT.fullmatch(token):
        return TokenFlaw.SIGNATURE
    kid = header.get("kid")
    candidates = _shared(secret) if alg.startswith("HS") else keys.candidates(alg, kid if isinstance(kid, str) else None) if keys else []
    if not candidates:
        return TokenFlaw.NO_KEY
    for key in candidates:
        payload = _payload(token, alg, key)
        if payload is not None:
            claims = load_object(payload)
            return TokenFlaw.NOT_A_TOKEN if claims is None else VerifiedToken(claims, _exact(alg, key))
    return TokenFlaw.SIGNATURE


def _exact(alg: str, key: Key) -> str:
    return key.curve_name if alg == "EdDSA" and isinstance(key, OKPKey) else alg


def _payload(token: str, alg: str, key: Key) -> bytes | None:
    try:
        registry = _LongHeaders(algorithms=[alg], strict_check_header=False)
        with warnings.catch_warnings():
            # The hub chooses the name of its algorithm: no warning at every journey.
            warnings.simplefilter("ignore", SecurityWarning)
            return jws.deserialize_compact(token, key, registry=registry).payload
    except UNREADABLE:
        return None


def _shared(secret: str | None) -> list[Key]:
    if not secret:
        return []
    try:
        with warnings.catch_warnings():
            # A short secret is the hub's choice: no warning at every journey.
            warnings.simplefilter("ignore", SecurityWarning)
            return [OctKey.import_key(secret)]
    except UNREADABLE:
        return []
