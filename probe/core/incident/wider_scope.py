"""Says which scope is part of a wider one, and joins incidents of the two.

    narrower                    wider
    one IdP's outage            C3, or more than half of the IdPs at once
    more than half of the IdPs  C3
    one IdP is slow             the hub as a whole is slow
    a client fails              a condition of the hub
    an IdP fails at a client    C3, more than half of the IdPs, the same IdP for the main client, or
                                the client itself

docs/incidents.md, "What the machine does". `probe.core.incident.automation` applies it.
"""

from collections.abc import Sequence

from probe.core.incident.acts import Linked, Merged
from probe.core.incident.detection import IncidentDraft
from probe.core.incident.machine_acts import MachineActs
from probe.core.incident.model import MACHINES, Incident, Relation, Scope
from probe.core.incident.scope import SHARED, SLOW, ScopeKind, ScopeSubject
from probe.core.judgement.subject import C3, CONDITIONS, client_of, journey_of


def is_wider(narrow: Scope, wide: Scope) -> bool:
    """Return whether a scope is part of another."""
    subject = ScopeSubject.parse(narrow.subject)
    if subject.kind is ScopeKind.IDP:
        return wide.subject in (C3, SHARED)
    if subject.kind is ScopeKind.CLIENT:
        return wide.subject in CONDITIONS
    if subject.kind is ScopeKind.IDP_AT_CLIENT:
        return wide.subject in (C3, SHARED, journey_of(subject.name), client_of(subject.client))
    if subject.kind is ScopeKind.SHARED:
        return wide.subject == C3
    return subject.kind is ScopeKind.SLOW_IDP and wide.subject == SLOW


def merged_into_wider(work: MachineActs, incident: Incident) -> bool:
    """Return whether the machine merged it into an incident of a wider scope.

    The wider incident may have been closed so long ago that it was not read. Then the machine
    merged this one if no person touched it.
    """
    into = work.known.get(incident.into or 0)
    return not incident.touched if into is None else is_wider(incident.scope, into.scope)


def covered_by_wider(work: MachineActs, about: IncidentDraft) -> bool:
    """Return whether an incident of a wider scope is open, or about to be."""
    wide = [each.scope for each in work.known.values() if each.open]
    return any(is_wider(about.scope, scope) for scope in (*wide, *work.opening))


def swallow(work: MachineActs, shared: Sequence[str]) -> None:
    """Link open incidents of a narrower scope with an open wider one, and merge those that no
    person touched.
    """
    for wide in [each for each in work.known.values() if each.open and _lasts(work, each.scope, shared)]:
        for narrow in [each for each in work.known.values() if each.open and is_wider(each.scope, wide.scope)]:
            if _concerns(work, narrow, wide, shared):
                _link(work, narrow.number, wide.number)
                if not narrow.touched and narrow.origin in MACHINES:
                    work.do(work.known[narrow.number], Merged(into=wide.number))


def _lasts(work: MachineActs, scope: Scope, shared: Sequence[str]) -> bool:
    """Return whether the wider trouble goes on. (Its incident may be open for longer.)"""
    if scope.subject in (SHARED, SLOW):
        return bool(shared) or scope.subject == SLOW
    return any(each.subject == scope.subject and each.end_us is None for each in work.situation.outages)


def _concerns(work: MachineActs, narrow: Incident, wide: Incident, shared: Sequence[str]) -> bool:
    """Return whether the wider trouble includes this IdP.

    A deactivated IdP is not on the mire, so it has no part in a trouble of those that are.
    """
    if narrow.idp is None or wide.scope.subject == SLOW:
        return True
    flag = work.flags.get(narrow.idp)
    away = flag is not None and flag.current and flag.deactivated_us is not None
    return not away and (wide.scope.subject != SHARED or narrow.idp in shared)


def _link(work: MachineActs, narrow: int, wide: int) -> None:
    for number, to, relation in ((narrow, wide, Relation.SWALLOWED_BY), (wide, narrow, Relation.SWALLOWS)):
        if (to, relation.value) not in work.known[number].links:
            work.do(work.known[number], Linked(to=to, relation=relation))
