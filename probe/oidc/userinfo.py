"""Checks the userinfo answer (OpenID Connect Core 1.0, section 5.3) against the persona.

Claims are compared and dropped: the results name claims, and never hold their values.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.core.times import SECOND_US
from probe.oidc.documents import number_of, text_of
from probe.oidc.problem import CheckFailure

_NAME = "userinfo"


@dataclass(frozen=True, slots=True)
class ExpectedUserinfo:
    """The expectations for the answer. `signed`: it came as a JWT. Times are microseconds."""

    issuer: str
    client_id: str
    subject: str
    now_us: int
    skew_us: int
    signed: bool


def check(claims: dict[str, Any], expected: ExpectedUserinfo) -> CheckFailure | None:
    """Return the first problem of the answer itself, or None."""
    return _subject(claims, expected) or (_envelope(claims, expected) if expected.signed else None)


def _failure(kind: DetailKind, names: Iterable[str] = (), others: Iterable[str] = ()) -> CheckFailure:
    return CheckFailure(Step.USERINFO, Reason.USERINFO_ERROR, kind, tuple(names), tuple(others))


def _subject(claims: dict[str, Any], expected: ExpectedUserinfo) -> CheckFailure | None:
    if "sub" not in claims:
        return _failure(DetailKind.CLAIM_ABSENT, (_NAME, "sub"), claims)
    # Section 5.3.2: a subject other than the id_token's MUST NOT be used.
    same = text_of(claims, "sub", 255) == expected.subject
    return None if same else _failure(DetailKind.CLAIM_WRONG, (_NAME, "sub"))


def _envelope(claims: dict[str, Any], expected: ExpectedUserinfo) -> CheckFailure | None:
    """Check `iss` and `aud` of a signed answer, and `exp` if present.

    Section 5.3.2: they SHOULD be there.
    """
    if claims.get("iss", expected.issuer) != expected.issuer:
        return _failure(DetailKind.ISSUER, (text_of(claims, "iss", 500) or "",), (expected.issuer,))
    audience = claims.get("aud", expected.client_id)
    if expected.client_id not in (audience if isinstance(audience, list) else [audience]):
        return _failure(DetailKind.CLAIM_WRONG, (_NAME, "aud"))
    expires = number_of(claims, "exp")
    if "exp" in claims and expires is None:
        return _failure(DetailKind.CLAIM_WRONG, (_NAME, "exp"))
    if expires is not None and expires * SECOND_US <= expected.now_us - expected.skew_us:
        return _failure(DetailKind.EXPIRED, (_NAME,))
    return None


def came(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether a claim is there and says something."""
    return claims.get(name) not in (None, "", [], {})


def compare(persona: Mapping[str, Any], claims: Mapping[str, Any]) -> CheckFailure | None:
    """Return the missing claims as a problem, else those that differ, else None.

    In the persona, None means that the claim must be there with any value.
    """
    missing = sorted(name for name in persona if not came(claims, name))
    if missing:
        return CheckFailure(Step.CLAIMS, Reason.CLAIMS_MISSING, DetailKind.CLAIMS_MISSING, tuple(missing), tuple(claims))
    differing = sorted(name for name, wanted in persona.items() if wanted is not None and not _agree(wanted, claims[name]))
    if differing:
        return CheckFailure(Step.CLAIMS, Reason.CLAIMS_MISMATCH, DetailKind.CLAIMS_DIFFER, tuple(differing))
    return None


def _agree(expected: Any, received: Any) -> bool:
    """Compare two values: texts in Unicode NFC, numbers and booleans as JSON writes them.

    YAML gives us texts only.
    """
    if isinstance(expected, Mapping):
        return isinstance(received, Mapping) and all(
            name in received and (inner is None or _agree(inner, received[name])) for name, inner in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(received, list) and len(expected) == len(received) and all(map(_agree, expected, received))
    if isinstance(received, Mapping | list) or received is None:
        return False
    return _same_text(_written(expected), _written(received))


def _same_text(expected: str, received: str) -> bool:
    """Tell whether two texts are canonically equivalent (Unicode, UAX #15).

    No equivalent of a text is longer than its decomposition.
    A longer text, which may take long to normalise, is therefore another one.
    """
    if expected.isascii() and received.isascii():
        return expected == received
    decomposed = unicodedata.normalize("NFD", expected)
    return len(received) <= len(decomposed) and decomposed == unicodedata.normalize("NFD", received)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: int | float) -> str:
    try:
        return str(int(value)) if value == int(value) else str(value)
    except (ValueError, OverflowError):  # more digits than Python converts
        return ""
