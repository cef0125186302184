"""The transitions of an incident, all on one page: who may do what and when, and what follows.

`probe.core.incident.closing` has what a closing needs. Instants are UTC microseconds. Source:
docs/contract.md, 2.2.2 and 2.2.3; docs/domain.md, "Incidents and tickets".

Theory of operation
-------------------
    nothing                   --opened-->                       NEW
    NEW                       --acknowledged-->                 ACKNOWLEDGED
    any open state but WAITING --assigned-->                    IN_HAND
    any open state            --waiting-->                      WAITING
    WAITING                   --resumed-->                      IN_HAND
    any open state            --resolved-->                     RESOLVED
    RESOLVED                  --closed(confirmed, no_remark)--> CLOSED
    any open state            --closed(agreed)-->               CLOSED
    WAITING                   --closed(no_answer)-->            CLOSED
    any open state, RESOLVED  --merged-->                       MERGED
    RESOLVED, CLOSED, MERGED  --reopened-->                     the farthest state it had reached:
                                                                IN_HAND, ACKNOWLEDGED or NEW

`assigned` and `waiting` also acknowledge the incident and take it in hand, where nobody had. One
that waits goes on waiting when it is assigned.

Every act is either applied or refused. A refusal has a code that never changes, and a text for
people. The machine raises severities and never lowers them, escalates, records breaches, resolves
an incident when it sees that the trouble is over, and closes by `no_remark` alone. Everything else
is for people. A clock that is set back does no harm: no wait and no rest ends before it began.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from probe.core.incident.acts import (
    ActData,
    Asked,
    Assigned,
    BlockingStated,
    Breached,
    Closed,
    Commented,
    Escalated,
    FieldError,
    Graded,
    Linked,
    Merged,
    Notified,
    Observed,
    Opened,
    Remarked,
    Reopened,
    Resolved,
    Resumed,
)
from probe.core.incident.closing import check_closing
from probe.core.incident.model import (
    MACHINE,
    OPEN,
    Act,
    ActKind,
    Fact,
    Incident,
    IncidentClock,
    IncidentState,
    Link,
    Scope,
    Severity,
    Span,
    Way,
)
from probe.core.incident.refusal import RefusedActError

ENDED = (IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.MERGED)
"""States in which no work remains."""

D = TypeVar("D", bound=ActData)


def replay(acts: Iterable[Act]) -> Incident:
    """Return the incident that `acts` add up to, applied in their order.

    Raises RefusedActError when there are none, or when the rules forbid one of them.
    """
    incident: Incident | None = None
    for act in acts:
        incident = apply(incident, act)
    if incident is None:
        raise RefusedActError("unknown", "there is no such incident")
    return incident


def apply(incident: Incident | None, act: Act) -> Incident:
    """Return the incident after one more act; `incident` is None before the first.

    Raises RefusedActError when the rules forbid the act.
    """
    if not act.author.strip():
        raise RefusedActError("nobody", "an act has an author")
    if incident is None:
        if act.kind is not ActKind.OPENED:
            raise RefusedActError("unknown", "there is no such incident")
        return _opened(act)
    if act.number != incident.number:
        raise RefusedActError("other", f"the act is of incident {act.number}, not of {incident.number}")
    if _by_machine(act) and act.kind in _FOR_PEOPLE:
        raise RefusedActError("machine", f"« {act.kind} » is for people")
    if not _by_machine(act) and act.kind in _FOR_MACHINES:
        raise RefusedActError("person", f"« {act.kind} » is recorded by Vigie alone")
    if incident.state not in _WHEN.get(act.kind, tuple(IncidentState)):
        raise _wrong_state(incident, act)
    after = _APPLY[act.kind](incident, act)
    return replace(after, touched=after.touched or not _by_machine(act), acts=incident.acts + 1)


_FOR_PEOPLE = frozenset({ActKind.ACKNOWLEDGED, ActKind.ASSIGNED, ActKind.WAITING, ActKind.RESUMED, ActKind.REMARKED})
_FOR_MACHINES = frozenset({ActKind.ESCALATED, ActKind.BREACHED})
_WHEN = {
    ActKind.OPENED: (),
    ActKind.SEVERITY: OPEN,
    ActKind.ACKNOWLEDGED: (IncidentState.NEW,),
    ActKind.ASSIGNED: OPEN,
    ActKind.WAITING: OPEN,
    ActKind.RESUMED: (IncidentState.WAITING,),
    ActKind.BLOCKING: OPEN,
    ActKind.RESOLVED: OPEN,
    ActKind.NOTIFIED: (IncidentState.RESOLVED,),
    ActKind.REMARKED: (IncidentState.RESOLVED,),
    ActKind.REOPENED: ENDED,
    ActKind.CLOSED: (*OPEN, IncidentState.RESOLVED),
    ActKind.ESCALATED: OPEN,
    ActKind.MERGED: (*OPEN, IncidentState.RESOLVED),
}
"""The states in which each act may be done. An act that is not here may be done in any."""


def _wrong_state(incident: Incident, act: Act) -> RefusedActError:
    name = incident.reference
    if act.kind is ActKind.OPENED:
        return RefusedActError("exists", f"{name} is there already")
    if act.kind is ActKind.ACKNOWLEDGED and incident.open:
        return RefusedActError("acknowledged", f"{name} is acknowledged already")
    if act.kind is ActKind.RESUMED:
        return RefusedActError("not_waiting", f"{name} does not wait for the IdP")
    if act.kind is ActKind.REOPENED:
        return RefusedActError("open", f"{name} is open")
    if incident.open:
        return RefusedActError("not_resolved", f"{name} is not resolved")
    words = {
        IncidentState.RESOLVED: "is resolved: reopen it first",
        IncidentState.CLOSED: "is closed",
        IncidentState.MERGED: "was merged into another",
    }
    return RefusedActError(incident.state.value, f"{name} {words[incident.state]}")


# --- opening and severity


def _opened(act: Act) -> Incident:
    opening = _read(Opened, act)
    return Incident(
        number=act.number,
        scope=Scope(opening.hub, opening.subject),
        origin=opening.origin,
        severity=opening.severity,
        state=IncidentState.NEW,
        title=opening.title,
        detail=opening.detail,
        received_us=act.at_us,
        assigned_us=act.at_us,
        began_us=opening.began_us,
        idp=opening.idp or None,
        requester=opening.requester or "",
        blocking=opening.blocking,
        blocking_us=act.at_us if opening.blocking else None,
        touched=not _by_machine(act),
        acts=1,
    )


def _graded(incident: Incident, act: Act, grading: Graded) -> Incident:
    severity = grading.severity
    if severity == incident.severity:
        raise RefusedActError("same_severity", f"{incident.reference} has severity {severity} already")
    if severity > incident.severity and _by_machine(act):
        raise RefusedActError("machine_lowers", "a machine never lowers a severity")
    if severity > incident.severity and not grading.reason:
        raise RefusedActError("no_reason", "say why the severity is lowered")
    return replace(
        incident,
        severity=severity,
        assigned_us=act.at_us,
        graded=incident.graded or not _by_machine(act),
        escalated=incident.escalated - {severity},
        breached=incident.breached - {(IncidentClock.ESCALATION, severity), (IncidentClock.RESOLUTION, severity)},
    )


def _blocking(incident: Incident, act: Act, statement: BlockingStated) -> Incident:
    if statement.blocking == incident.blocking:
        raise RefusedActError("same_blocking", f"{incident.reference} is {'' if statement.blocking else 'not '}blocking already")
    if not statement.blocking and _by_machine(act):
        raise RefusedActError("machine_lowers", "a machine never says that an anomaly is not blocking")
    return replace(
        incident,
        blocking=statement.blocking,
        blocking_us=act.at_us if statement.blocking else None,
        breached=_without(incident, IncidentClock.BLOCKING),
    )


# --- work


def _acknowledged(incident: Incident, act: Act) -> Incident:
    return replace(incident, state=IncidentState.ACKNOWLEDGED, acknowledged_us=act.at_us)


def _in_hand(incident: Incident, act: Act) -> Incident:
    """Return the incident in hand. To work on an incident is also to acknowledge it."""
    return replace(
        incident,
        state=IncidentState.IN_HAND,
        acknowledged_us=act.at_us if incident.acknowledged_us is None else incident.acknowledged_us,
        in_hand_us=act.at_us if incident.in_hand_us is None else incident.in_hand_us,
    )


def _assigned(incident: Incident, act: Act, assignment: Assigned) -> Incident:
    if incident.state is IncidentState.WAITING:
        return replace(incident, assignee=assignment.to)
    return replace(_in_hand(incident, act), assignee=assignment.to)


def _waiting(incident: Incident, act: Act, _data: Asked) -> Incident:
    waits = incident.waits if incident.state is IncidentState.WAITING else (*incident.waits, (act.at_us, None))
    return replace(
        _in_hand(incident, act),
        state=IncidentState.WAITING,
        asked_us=act.at_us,
        waits=waits,
        breached=_without(incident, IncidentClock.NO_ANSWER),
    )


def _resumed(incident: Incident, act: Act, _data: Resumed) -> Incident:
    return replace(_answered(incident, act.at_us), state=IncidentState.IN_HAND)


def _answered(incident: Incident, at_us: int) -> Incident:
    """Return the incident after the IdP's answer: it no longer waits, if it did."""
    return replace(incident, waits=_ended(incident.waits, at_us), asked_us=None, breached=_without(incident, IncidentClock.NO_ANSWER))


def _commented(incident: Incident, _act: Act, _data: Commented) -> Incident:
    return incident


def _evidence(incident: Incident, act: Act, evidence: Observed) -> Incident:
    """Move the trouble's beginning and end to where the machine saw them.

    Evidence that a person gives is recorded, and moves nothing.
    """
    at_us = evidence.at_us
    if not _by_machine(act) or at_us is None:
        return incident
    if evidence.fact is Fact.BEGAN:
        again = incident.ended_us is not None and at_us >= incident.ended_us
        return replace(incident, began_us=at_us, ended_us=None if again else incident.ended_us)
    return replace(incident, ended_us=at_us) if evidence.fact in _OVER else incident


_OVER = (Fact.ENDED, Fact.VANISHED, Fact.REMOVED, Fact.RECOVERED)


# --- resolution, closing, reopening


def _resolved(incident: Incident, act: Act, resolution: Resolved) -> Incident:
    return replace(
        _answered(incident, act.at_us),
        state=IncidentState.RESOLVED,
        resolved_us=act.at_us,
        resolved_by=act.author,
        ended_us=incident.ended_us if resolution.ended_us is None else resolution.ended_us,
        rests=(*incident.rests, (act.at_us, None)),
    )


def _notified(incident: Incident, act: Act, _data: Notified) -> Incident:
    """Record that the IdP was notified.

    A second notice gives it the whole time for remarks again.
    """
    return replace(incident, notified_us=act.at_us)


def _remarked(incident: Incident, act: Act, _data: Remarked) -> Incident:
    return replace(incident, remarked_us=act.at_us)


def _reopened(incident: Incident, act: Act, reopening: Reopened) -> Incident:
    if incident.in_hand_us is not None:
        state = IncidentState.IN_HAND
    else:
        state = IncidentState.NEW if incident.acknowledged_us is None else IncidentState.ACKNOWLEDGED
    return replace(
        incident,
        state=state,
        detail=incident.detail if reopening.detail is None else reopening.detail,
        rests=_ended(incident.rests, act.at_us),
        ended_us=None,
        resolved_us=None,
        resolved_by="",
        notified_us=None,
        remarked_us=None,
        closed_us=None,
        way=None,
        into=None,
        reopenings=incident.reopenings + 1,
        reopened_us=act.at_us,
        reopened_by=act.author,
        again_us=incident.again_us if reopening.again_us is None else reopening.again_us,
    )


def _closed(incident: Incident, act: Act, closing: Closed) -> Incident:
    way = closing.way
    if _by_machine(act) and way is not Way.NO_REMARK:
        raise RefusedActError("machine", f"« {way} » is for people to close by")
    check_closing(incident, act, closing)
    return replace(_put_away(incident, act.at_us), state=IncidentState.CLOSED, way=way)


def _put_away(incident: Incident, at_us: int) -> Incident:
    """Return the incident as closed or merged: it waits for nobody, and no clock runs."""
    rests = incident.rests if incident.state is IncidentState.RESOLVED else (*incident.rests, (at_us, None))
    return replace(_answered(incident, at_us), closed_us=at_us, rests=rests)


def _merged(incident: Incident, act: Act, merging: Merged) -> Incident:
    if merging.into == incident.number:
        raise RefusedActError("itself", f"{incident.reference} is no duplicate of itself")
    return replace(_put_away(incident, act.at_us), state=IncidentState.MERGED, into=merging.into)


# --- clocks and links


def _escalated(incident: Incident, _act: Act, escalation: Escalated) -> Incident:
    if escalation.severity in incident.escalated:
        raise RefusedActError("escalated", f"{incident.reference} was escalated at severity {escalation.severity} already")
    return replace(incident, escalated=incident.escalated | {escalation.severity})


def _breached(incident: Incident, _act: Act, missed: Breached) -> Incident:
    breach = (missed.clock, missed.severity)
    if breach in incident.breached:
        raise RefusedActError("breached", f"the breach of {breach[0]} is recorded already")
    return replace(incident, breached=incident.breached | {breach})


def _linked(incident: Incident, _act: Act, linking: Linked) -> Incident:
    link = Link(linking.to, linking.relation)
    if link.to == incident.number:
        raise RefusedActError("itself", f"{incident.reference} is not linked to itself")
    return incident if link in incident.links else replace(incident, links=(*incident.links, link))


def _without(incident: Incident, clock: IncidentClock) -> frozenset[tuple[IncidentClock, Severity]]:
    return frozenset(each for each in incident.breached if each[0] is not clock)


def _ended(spans: tuple[Span, ...], at_us: int) -> tuple[Span, ...]:
    """Return the spans. The last one ends at `at_us` if it still lasts, never before its start."""
    if not spans or spans[-1][1] is not None:
        return spans
    start_us = spans[-1][0]
    return (*spans[:-1], (start_us, max(start_us, at_us)))


# --- reading an act's data


def _by_machine(act: Act) -> bool:
    return act.author == MACHINE


def _read(content: type[D], act: Act) -> D:
    """Return the data of an act as its type.

    Raises RefusedActError when a field is missing or invalid.
    """
    try:
        return content.of(act.data)
    except FieldError as error:
        raise RefusedActError("malformed", f"« {act.kind} »: the field {error.name} is missing or invalid") from None


def _given(content: type[D], transition: Callable[[Incident, Act, D], Incident]) -> Callable[[Incident, Act], Incident]:
    """Return the transition as a function that reads the act's data first."""

    def apply_read(incident: Incident, act: Act) -> Incident:
        return transition(incident, act, _read(content, act))

    return apply_read


_APPLY: dict[ActKind, Callable[[Incident, Act], Incident]] = {
    ActKind.SEVERITY: _given(Graded, _graded),
    ActKind.ACKNOWLEDGED: _acknowledged,
    ActKind.ASSIGNED: _given(Assigned, _assigned),
    ActKind.WAITING: _given(Asked, _waiting),
    ActKind.RESUMED: _given(Resumed, _resumed),
    ActKind.COMMENTED: _given(Commented, _commented),
    ActKind.EVIDENCE: _given(Observed, _evidence),
    ActKind.BLOCKING: _given(BlockingStated, _blocking),
    ActKind.RESOLVED: _given(Resolved, _resolved),
    ActKind.NOTIFIED: _given(Notified, _notified),
    ActKind.REMARKED: _given(Remarked, _remarked),
    ActKind.REOPENED: _given(Reopened, _reopened),
    ActKind.CLOSED: _given(Closed, _closed),
    ActKind.ESCALATED: _given(Escalated, _escalated),
    ActKind.BREACHED: _given(Breached, _breached),
    ActKind.MERGED: _given(Merged, _merged),
    ActKind.LINKED: _given(Linked, _linked),
}
