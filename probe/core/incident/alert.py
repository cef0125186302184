"""What an alert from outside means for the incidents of its scope. Pure: the register is read and
written by `probe.incidents.alert_attachment`.

Instants are UTC microseconds. Source: docs/incidents.md; Alertmanager, "Notification" (webhook).
"""

from dataclasses import dataclass
from typing import NamedTuple

from probe.core.incident.acts import Opened
from probe.core.incident.model import MACHINES, Incident, Origin, Scope, Severity
from probe.core.incident.policy import UNRESOLVED, opened, reopened_since
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.subject import CONDITIONS


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a notification. `fingerprint` names its labels, and with `starts_us` the
    occurrence. `subject`: a condition, `idp:NAME`, or "" for one of neither, whose scope is then
    `rule:NAME`. `ends_us` is None while it fires.
    """

    fingerprint: str
    name: str
    hub: str
    starts_us: int
    ends_us: int | None = None
    subject: str = ""
    severity: Severity = Severity.MEDIUM
    title: str = ""
    detail: str = ""

    @property
    def scope(self) -> Scope:
        return Scope(self.hub, self.subject or str(ScopeSubject(ScopeKind.RULE, self.name)))


class AlertPlace(NamedTuple):
    """Where a firing alert belongs. Without an incident, one is opened."""

    incident: Incident | None
    reopen: bool = False


def place(alert: Alert, in_scope: Incident | None, covering: Incident | None, latest: Incident | None, reopen_within_us: int) -> AlertPlace:
    """Which incident a firing alert is a fact of.

    `in_scope`: the open incident of its scope. `covering`: the hub's open incident that takes in
    its IdP. `latest`: the newest incident of its scope, open or not.
    """
    if in_scope is not None or covering is not None:
        return AlertPlace(in_scope or covering)
    if latest is None or not _goes_on(latest, alert, reopen_within_us):
        return AlertPlace(None)
    return AlertPlace(latest, reopen=not _tells_late(latest, alert))


def _goes_on(before: Incident, alert: Alert, reopen_within_us: int) -> bool:
    """Whether the alert is the same trouble as an incident that is resolved or closed."""
    ended_us = before.ended_us if before.ended_us is not None else before.resolved_us
    return before.way not in UNRESOLVED and ended_us is not None and alert.starts_us <= ended_us + reopen_within_us


def _tells_late(before: Incident, alert: Alert) -> bool:
    """Whether the alert tells of an outage whose end the ledger knows already."""
    return before.origin in MACHINES and before.ended_us is not None and alert.starts_us < before.ended_us


def resolves(incident: Incident, ended_us: int, *, others_fire: bool) -> bool:
    """Whether the end of an alert resolves the incident: an alert opened it, and none fires any
    more.
    """
    return incident.open and incident.origin is Origin.ALERT and not reopened_since(incident, ended_us) and not others_fire


def opening(alert: Alert, title: str, now_us: int) -> Opened:
    """The data of the act that opens an incident for an alert."""
    scope = alert.scope
    return opened(
        scope, Origin.ALERT, alert.severity, title, alert.detail, min(alert.starts_us, now_us),
        idp=ScopeSubject.parse(scope.subject).idp, blocking=scope.subject in CONDITIONS,
    )  # fmt: skip
