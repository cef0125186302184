"""The rules for the machine's acts on an incident.

The automation and Alertmanager's alerts both follow them:

    open      with the same nine facts, by either of them
    raise     the severity, unless a person graded it
    resolve   an incident that the machine opened, unless a person reopened it since the end
    reopen    an incident that ended a short while ago, unless it was closed unresolved

Instants are UTC microseconds. Source: docs/incidents.md.
"""

from probe.core.incident.acts import Opened
from probe.core.incident.model import MACHINE, MACHINES, Incident, Origin, Scope, Severity, Way
from probe.core.incident.scope import OF_OUTAGES, ScopeKind, ScopeSubject
from probe.core.judgement.past import OutageName

UNRESOLVED = (Way.AGREED, Way.NO_ANSWER)
"""Ways of closing that leave the trouble as it is: nothing reopens such an incident."""


def opened(
    scope: Scope, origin: Origin, severity: Severity, title: str, detail: str, began_us: int, *, idp: str | None, blocking: bool
) -> Opened:
    """Return the data of the act that opens an incident."""
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
    """Return whether an incident was reported as less severe than it is (1 is the gravest).

    The grading of a person holds.
    """
    return incident.open and severity < incident.severity and not incident.graded


def is_security(scope: Scope) -> bool:
    """Return whether a scope is what the hub accepts and must refuse."""
    return ScopeSubject.parse(scope.subject).kind is ScopeKind.SECURITY


def machine_opened(incident: Incident) -> bool:
    """Return whether the machine opened an incident by its own rules, so that it may resolve it.

    People open security incidents too, and those have no scope of the machine's.
    """
    return incident.origin in MACHINES or (incident.origin is Origin.SECURITY and is_security(incident.scope))


def reopened_since(incident: Incident, ended_us: int) -> bool:
    """Return whether a person reopened an incident at or after its end.

    The machine does not resolve such an incident.
    """
    return incident.reopened_us is not None and incident.reopened_by != MACHINE and incident.reopened_us >= ended_us


def covering_scopes(scope: Scope) -> tuple[Scope, ...]:
    """Return the wider scopes, whose open incident takes in what concerns one IdP or one client."""
    return tuple(Scope(scope.hub, subject) for subject in ScopeSubject.parse(scope.subject).wider)


def outage_of(incident: Incident) -> OutageName | None:
    """Return the name of the outage with which an incident began, or began again; None where it is
    about none.
    """
    begun_us = incident.began_us if incident.again_us is None else incident.again_us
    if begun_us is None or ScopeSubject.parse(incident.scope.subject).kind not in OF_OUTAGES:
        return None
    return OutageName(incident.scope.hub, incident.scope.subject, begun_us)
