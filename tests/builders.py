"""Values that tests are made of: times, observations, a configuration."""

from dataclasses import replace
from typing import Any

from probe.core.incident.model import Incident, IncidentState, Origin, Scope, Severity
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.spec import HubSpec, IdpSpec

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
"""Microseconds, as all times of the program are."""
BEGUN = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z
SPEC = HubSpec("fc", (IdpSpec("ameli"), IdpSpec("yris")), grace_us=20 * SECOND)

HOPS = (
    Hop(Step.AUTHORIZE, "GET", "hub.example", "/api/v2/authorize", 303, 0, 10, 20, None, 300, 40, 400),
    Hop(Step.MIRE, "GET", "hub.example", "/interaction/*", None, error=Reason.RESET, certificate_expires_us=BEGUN),
)


def observation(
    kind: Kind,
    started_us: int,
    outcome: Outcome = Outcome.OK,
    *,
    lasts_us: int = SECOND,
    interval_us: int = 10 * SECOND,
    hub: str = "fc",
    **more: Any,
) -> Observation:
    """An observation that says nothing but its outcome, unless `more` does."""
    finished_us = started_us + lasts_us
    return Observation(hub, kind, started_us, finished_us, interval_us, outcome, **more)


def seen(kind: Kind, at: float, outcome: Outcome = Outcome.OK, idp: str | None = None, **more: Any) -> Observation:
    """An observation that started `at` seconds after the beginning and lasted one,
    probed every 10 s.
    """
    hub = "" if kind is Kind.CONTROL else "fc"
    return replace(observation(kind, BEGUN + int(at * SECOND), outcome, hub=hub, idp=idp), **more)


def mire(at: float, **more: Any) -> Observation:
    return seen(Kind.MIRE, at, tiles=(Tile("uid-1", True), Tile("uid-2", False)), hops=HOPS, extract="Choisissez un compte — é", **more)


def no_mire(at: float, **more: Any) -> Observation:
    return replace(seen(Kind.MIRE, at, Outcome.FAILED, fault=Fault.HUB, reason=Reason.HTTP_STATUS, step=Step.MIRE, on_hub=True), **more)


def journey(idp: str, at: float, **more: Any) -> Observation:
    return seen(Kind.IDENTITY, at, idp=idp, **more)


def idp_down(idp: str, at: float) -> Observation:
    return seen(Kind.IDENTITY, at, Outcome.FAILED, idp, fault=Fault.IDP, reason=Reason.CONNECT, step=Step.IDP_LOGIN_PAGE)


def fresh_incident(number: int = 1, received_us: int = 0, **more: Any) -> Incident:
    """An incident of the hub that a person has just opened, unless `more` says otherwise: what its
    acts would add up to, without any. tests/contract/support.py makes one of acts.
    """
    opened: dict[str, Any] = {
        "scope": Scope("fc", ""),
        "origin": Origin.PERSON,
        "severity": Severity.MAJOR,
        "state": IncidentState.NEW,
        "title": "",
        "detail": "",
        "assigned_us": received_us,
    }
    return Incident(number, received_us=received_us, **opened | more)


UNWRITABLE = {
    "half a character": replace(mire(10), extract="\ud800"),
    "a number beyond 64 bits": replace(mire(10), lag_us=2**63),
    "a time beyond all time": replace(mire(10), started_us=-(2**70)),
    "a hub nobody configured": replace(mire(10), hub="elsewhere"),
    "no hub at all": replace(mire(10), hub=None),  # type: ignore[arg-type]
    "a path that is no text": replace(mire(10), hops=(Hop(Step.MIRE, "GET", "hub.example", "/\udcff"),)),
}
"""By what is wrong with it: observations that no ledger takes."""


def a_day() -> list[Observation]:
    """An IdP goes down and comes back, the mire goes and comes back, and time passes between."""
    found = [mire(at) for at in range(0, 60, 10)] + [journey("yris", at) for at in range(1, 60, 10)]
    found += [journey("ameli", 2), idp_down("ameli", 12), idp_down("ameli", 13), idp_down("ameli", 22), journey("ameli", 32)]
    found += [journey("ameli", 33), journey("ameli", 42), no_mire(60), no_mire(61), no_mire(70), mire(80), mire(81)]
    return sorted(found, key=lambda one: one.finished_us)
