"""Checks the id_token's claims (OpenID Connect Core 1.0, sections 3.1.3.7 and 3.1.3.8).

Instants are UTC microseconds.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from probe.core.judgement.observation import Reason, Step
from probe.core.times import SECOND_US
from probe.oidc.documents import number_of, text_of
from probe.oidc.problem import CheckFailure
from probe.oidc.signed import VerifiedToken

# The token was requested a moment ago, and must not be "issued too far away from the current time"
# (3.1.3.7, rule 10).
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
    detail = next(
        filter(
            None,
            (
                _issuer(claims, expected),
                _audience(claims, expected),
                _times(claims, expected),
                _nonce(claims, expected),
                _acr(claims, expected),
                _at_hash(claims, token.alg, expected),
                None if text_of(claims, "sub", 255) else "sub is absent, empty, too long or not a text",
            ),
        ),
        None,
    )
    return CheckFailure(Step.TOKEN, Reason.ID_TOKEN, f"id_token: {detail}") if detail else None


def _issuer(claims: dict[str, Any], expected: Expected) -> str | None:
    return None if claims.get("iss") == expected.issuer else "iss is not the hub's issuer"


def _audience(claims: dict[str, Any], expected: Expected) -> str | None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or expected.client_id not in named:
        return "aud does not name our client"
    if "azp" in claims and claims["azp"] != expected.client_id:
        return "azp is not our client"
    if len(named) > 1 and "azp" not in claims:
        return "aud names several clients and azp is absent"
    return None


def _times(claims: dict[str, Any], expected: Expected) -> str | None:
    expires, issued = number_of(claims, "exp"), number_of(claims, "iat")
    if expires is None or issued is None:
        return "exp or iat is absent or not a number"
    if expires * SECOND_US <= expected.now_us - expected.skew_us:
        return "exp is in the past"
    if issued * SECOND_US > expected.now_us + expected.skew_us:
        return "iat is in the future"
    if issued * SECOND_US < expected.now_us - expected.skew_us - _OLDEST_US:
        return "iat is long past"
    begins = number_of(claims, "nbf")
    if "nbf" in claims and (begins is None or begins * SECOND_US > expected.now_us + expected.skew_us):
        return "nbf is in the future or not a number"
    return None


def _nonce(claims: dict[str, Any], expected: Expected) -> str | None:
    if "nonce" not in claims and not expected.nonce_required:
        return None
    return None if _same(claims.get("nonce"), expected.nonce) else "nonce is not the one sent"


def _acr(claims: dict[str, Any], expected: Expected) -> str | None:
    return None if not expected.acr or claims.get("acr") in expected.acr else "acr is not one that was asked for"


def _at_hash(claims: dict[str, Any], alg: str, expected: Expected) -> str | None:
    if "at_hash" not in claims:
        return None
    if expected.access_token is None:
        return "at_hash is given without an access token"
    return None if _same(claims["at_hash"], half_hash(expected.access_token, alg)) else "at_hash is not the access token's"


def half_hash(value: str, alg: str) -> str:
    """Return the left half of the hash of `value`, as base64url.

    The hash function is that of the algorithm (RS256 -> SHA-256).
    """
    # EdDSA has no digits in its name; its hash is SHA-512.
    name = {"256": "sha256", "384": "sha384", "512": "sha512"}.get(alg[-3:], "sha512")
    digest = hashlib.new(name, value.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")


def _same(received: Any, expected: str) -> bool:
    if not isinstance(received, str):
        return False
    return hmac.compare_digest(received.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


def expected_acr(configured: Iterable[str], asked: str | None) -> tuple[str, ...]:
    """Return the acr values that are accepted: the configured ones, else those of `acr_values`.

    `asked` is that parameter, whose values are separated by spaces.
    """
    return tuple(configured) or tuple((asked or "").split())
