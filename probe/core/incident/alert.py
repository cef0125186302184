"""Decides what an alert from outside does to the incidents of its scope.

`probe.incidents.alert_attachment` reads and writes the register.

Instants are UTC microseconds. Source: docs/incidents.md; Alertmanager, "Notification" (webhook).
"""

from dataclasses import dataclass
from typing import NamedTuple

from probe.core.incident.acts import Opened
from probe.core.incident.model import Incident, Origin, Scope, Severity
from probe.core.incident.policy import UNRESOLVED, machine_opened, opened, reopened_since
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
    """The incident to which a firing alert belongs. Without one, an incident is opened."""

    incident: Incident | None
    reopen: bool = False


def place(alert: Alert, in_scope: Incident | None, covering: Incident | None, latest: Incident | None, reopen_within_us: int) -> AlertPlace:
    """Return the incident to which a firing alert belongs.

    `in_scope`: the open incident of its scope. `covering`: the hub's open incident that takes in
    its IdP. `latest`: the newest incident of its scope, open or not.
    """
    if in_scope is not None or covering is not None:
        return AlertPlace(in_scope or covering)
    if latest is None or not _goes_on(latest, alert, reopen_within_us):
        return AlertPlace(None)
    return AlertPlace(latest, reopen=not _tells_late(latest, alert))


def _goes_on(before: Incident, alert: Alert, reopen_within_us: int) -> bool:
    """Return whether the alert is the same trouble as an incident that is resolved or closed."""
    ended_us = before.ended_us if before.ended_us is not None else before.resolved_us
    return before.way not in UNRESOLVED and ended_us is not None and alert.starts_us <= ended_us + reopen_within_us


def _tells_late(before: Incident, alert: Alert) -> bool:
    """Return whether the alert is about an outage whose end the ledger knows already."""
    return machine_opened(before) and before.ended_us is not None and alert.starts_us < before.ended_us


def resolves(incident: Incident, ended_us: int, *, others_fire: bool) -> bool:
    """Return whether the end of an alert resolves the incident.

    It does when an alert opened the incident, and no other one fires.
    """
    return incident.open and incident.origin is Origin.ALERT and not reopened_since(incident, ended_us) and not others_fire


def opening(alert: Alert, title: str, now_us: int) -> Opened:
    """Return the data of the act that opens an incident for an alert."""
    scope = alert.scope
    return opened(
        scope, Origin.ALERT, alert.severity, title, alert.detail, min(alert.starts_us, now_us),
        idp=ScopeSubject.parse(scope.subject).idp, blocking=scope.subject in CONDITIONS,
    )  # fmt: skip
