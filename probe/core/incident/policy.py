"""The rules for the machine's acts on an incident.

The automation and Alertmanager's alerts both follow them:

    open      with the same nine facts, by either of them
    raise     the severity, unless a person graded it
    resolve   an incident that the machine opened, unless a person reopened it since the end
    reopen    an incident that ended a short while ago, unless it was closed unresolved

Instants are UTC microseconds. Source: docs/incidents.md.
"""

from probe.core.incident.acts import Opened
from probe.core.incident.model import MACHINE, Incident, Origin, Scope, Severity, Way
from probe.core.incident.scope import ScopeSubject
from probe.core.judgement.subject import CONDITIONS

UNRESOLVED = (Way.AGREED, Way.NO_ANSWER)
"""Ways of closing that leave the trouble as it is: nothing reopens such an incident."""


def opened(
    scope: Scope, origin: Origin, severity: Severity, title: str, detail: str, began_us: int, *, idp: str | None, blocking: bool
) -> Opened:
    """The data of the act that opens an incident."""
    return Opened(
        hub=scope.hub,
        subject=scope.subject,
        origin=origin,
        severity=severity,
        title=title,
        detail=detail,
        began_us=began_us,
        idp=idp,
        blocking=blocking,
    )


def may_raise(incident: Incident, severity: Severity) -> bool:
    """Whether it was reported as less than it is. A person's grading holds. (1 is the gravest.)"""
    return incident.open and severity < incident.severity and not incident.graded


def reopened_since(incident: Incident, ended_us: int) -> bool:
    """Whether a person reopened it at or after the end: the machine does not resolve it then."""
    return incident.reopened_us is not None and incident.reopened_by != MACHINE and incident.reopened_us >= ended_us


def covering_scopes(scope: Scope) -> tuple[Scope, ...]:
    """The hub's own scopes, whose open incident takes in what concerns one IdP."""
    return () if ScopeSubject.parse(scope.subject).idp is None else tuple(Scope(scope.hub, condition) for condition in CONDITIONS)
