"""Checks the id_token's claims (OpenID Connect Core 1.0, sections 3.1.3.7 and 3.1.3.8).

Instants are UTC microseconds.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.core.times import SECOND_US
from probe.oidc.documents import number_of, text_of
from probe.oidc.problem import CheckFailure
from probe.oidc.signed import VerifiedToken

# The token was requested a moment ago, and must not be "issued too far away from the current time"
# (3.1.3.7, rule 10).
_NAME = "id_token"
_OLDEST_US = 600 * SECOND_US


@dataclass(frozen=True, slots=True)
class Expected:
    """The expectations for an id_token.

    `acr` lists the accepted values; empty accepts any. `at_hash` must be the hash of
    `access_token`. `skew_us` is how far the hub's clock may be off, in microseconds.
    """

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now_us: int
    skew_us: int
    acr: tuple[str, ...] = ()
    nonce_required: bool = True
    access_token: str | None = field(default=None, repr=False)


def check(token: VerifiedToken, expected: Expected) -> CheckFailure | None:
    """Return the first problem of the claims, or None."""
    claims = token.claims
    checks = (
        _issuer(claims, expected),
        _audience(claims, expected),
        _times(claims, expected),
        _nonce(claims, expected),
        _acr(claims, expected),
        _at_hash(claims, token.alg, expected),
        None if text_of(claims, "sub", 255) else _wrong(claims, "sub"),
    )
    return next(filter(None, checks), None)


def _failure(kind: DetailKind, names: Iterable[str] = (), others: Iterable[str] = ()) -> CheckFailure:
    return CheckFailure(Step.TOKEN, Reason.ID_TOKEN, kind, tuple(names), tuple(others))


def _wrong(claims: dict[str, Any], name: str) -> CheckFailure:
    """Return the problem of a claim that is absent, or that has a wrong value or type."""
    if name not in claims:
        return _failure(DetailKind.CLAIM_ABSENT, (_NAME, name), claims)
    return _failure(DetailKind.CLAIM_WRONG, (_NAME, name))


def _issuer(claims: dict[str, Any], expected: Expected) -> CheckFailure | None:
    if claims.get("iss") == expected.issuer:
        return None
    return _failure(DetailKind.ISSUER, (text_of(claims, "iss", 500) or "",), (expected.issuer,))


def _audience(claims: dict[str, Any], expected: Expected) -> CheckFailure | None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or expected.client_id not in named:
        return _wrong(claims, "aud")
    if claims.get("azp", expected.client_id) != expected.client_id or (len(named) > 1 and "azp" not in claims):
        return _wrong(claims, "azp")
    return None


def _times(claims: dict[str, Any], expected: Expected) -> CheckFailure | None:
    expires, issued = number_of(claims, "exp"), number_of(claims, "iat")
    if expires is None or issued is None:
        return _wrong(claims, "exp" if expires is None else "iat")
    if expires * SECOND_US <= expected.now_us - expected.skew_us:
        return _failure(DetailKind.EXPIRED, (_NAME,))
    if issued * SECOND_US > expected.now_us + expected.skew_us:
        return _failure(DetailKind.NOT_YET_VALID, (_NAME, "iat"))
    if issued * SECOND_US < expected.now_us - expected.skew_us - _OLDEST_US:
        return _wrong(claims, "iat")
    begins = number_of(claims, "nbf")
    if "nbf" in claims and begins is None:
        return _wrong(claims, "nbf")
    if begins is not None and begins * SECOND_US > expected.now_us + expected.skew_us:
        return _failure(DetailKind.NOT_YET_VALID, (_NAME, "nbf"))
    return None


def _nonce(claims: dict[str, Any], expected: Expected) -> CheckFailure | None:
    if "nonce" not in claims and not expected.nonce_required:
        return None
    return None if _same(claims.get("nonce"), expected.nonce) else _wrong(claims, "nonce")


def _acr(claims: dict[str, Any], expected: Expected) -> CheckFailure | None:
    if not expected.acr or claims.get("acr") in expected.acr:
        return None
    came = text_of(claims, "acr", 200)
    return _failure(DetailKind.ACR, (came,) if came else (), expected.acr)


def _at_hash(claims: dict[str, Any], alg: str, expected: Expected) -> CheckFailure | None:
    if "at_hash" not in claims:
        return None
    good = expected.access_token is not None and _same(claims["at_hash"], half_hash(expected.access_token, alg))
    return None if good else _wrong(claims, "at_hash")


def half_hash(value: str, alg: str) -> str:
    """Return the left half of the hash of `value`, as base64url.

    The hash function is that of the algorithm (RS256 -> SHA-256). Ed25519 hashes by SHA-512, and
    Ed448 by SHAKE256 with 114 bytes (RFC 8032, sections 5.1 and 5.2).
    """
    content = value.encode("utf-8", "surrogatepass")
    if alg == "Ed448":
        digest = hashlib.shake_256(content).digest(114)
    else:
        digest = hashlib.new({"256": "sha256", "384": "sha384"}.get(alg[-3:], "sha512"), content).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")


def _same(received: Any, expected: str) -> bool:
    if not isinstance(received, str):
        return False
    return hmac.compare_digest(received.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
