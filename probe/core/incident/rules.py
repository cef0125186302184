"""The transitions of an incident, all on one page: who may do what and when, and what follows.

Instants are UTC microseconds. Source: docs/contract.md, 2.2.2 and 2.2.3; docs/domain.md,
"Incidents and tickets".

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
from probe.core.incident.model import (
    MACHINE,
    OPEN,
    SPOKEN,
    WRITTEN,
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

ENDED = (IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.MERGED)
"""States in which no work remains."""

D = TypeVar("D", bound=ActData)


class RefusedActError(Exception):
    """The contract or the incident's state forbids an act.

    `code` is a closed word that never changes, `text` says the same to people.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


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
    done = _read(Opened, act)
    return Incident(
        number=act.number,
        scope=Scope(done.hub, done.subject),
        origin=done.origin,
        severity=done.severity,
        state=IncidentState.NEW,
        title=done.title,
        detail=done.detail,
        received_us=act.at_us,
        assigned_us=act.at_us,
        began_us=done.began_us,
        idp=done.idp or None,
        requester=done.requester or "",
        blocking=done.blocking,
        blocking_us=act.at_us if done.blocking else None,
        touched=not _by_machine(act),
        acts=1,
    )


def _graded(incident: Incident, act: Act, done: Graded) -> Incident:
    severity = done.severity
    if severity == incident.severity:
        raise RefusedActError("same_severity", f"{incident.reference} has severity {severity} already")
    if severity > incident.severity and _by_machine(act):
        raise RefusedActError("machine_lowers", "a machine never lowers a severity")
    if severity > incident.severity and not done.reason:
        raise RefusedActError("no_reason", "say why the severity is lowered")
    return replace(
        incident,
        severity=severity,
        assigned_us=act.at_us,
        graded=incident.graded or not _by_machine(act),
        escalated=incident.escalated - {severity},
        breached=incident.breached - {(IncidentClock.ESCALATION, severity), (IncidentClock.RESOLUTION, severity)},
    )


def _blocking(incident: Incident, act: Act, done: BlockingStated) -> Incident:
    if done.blocking == incident.blocking:
        raise RefusedActError("same_blocking", f"{incident.reference} is {'' if done.blocking else 'not '}blocking already")
    if not done.blocking and _by_machine(act):
        raise RefusedActError("machine_lowers", "a machine never says that an anomaly is not blocking")
    kept = frozenset(each for each in incident.breached if each[0] is not IncidentClock.BLOCKING)
    return replace(incident, blocking=done.blocking, blocking_us=act.at_us if done.blocking else None, breached=kept)


# --- work


def _acknowledged(incident: Incident, act: Act) -> Incident:
    return replace(incident, state=IncidentState.ACKNOWLEDGED, acknowledged_us=act.at_us)


def _in_hand(incident: Incident, act: Act) -> Incident:
    """In hand from now on: to work on an incident is also to acknowledge it."""
    return replace(
        incident,
        state=IncidentState.IN_HAND,
        acknowledged_us=act.at_us if incident.acknowledged_us is None else incident.acknowledged_us,
        in_hand_us=act.at_us if incident.in_hand_us is None else incident.in_hand_us,
    )


def _assigned(incident: Incident, act: Act, done: Assigned) -> Incident:
    if incident.state is IncidentState.WAITING:
        return replace(incident, assignee=done.to)
    return replace(_in_hand(incident, act), assignee=done.to)


def _waiting(incident: Incident, act: Act, _done: Asked) -> Incident:
    waits = incident.waits if incident.state is IncidentState.WAITING else (*incident.waits, (act.at_us, None))
    return replace(
        _in_hand(incident, act),
        state=IncidentState.WAITING,
        asked_us=act.at_us,
        waits=waits,
        breached=_without(incident, IncidentClock.NO_ANSWER),
    )


def _resumed(incident: Incident, act: Act, _done: Resumed) -> Incident:
    return replace(_answered(incident, act.at_us), state=IncidentState.IN_HAND)


def _answered(incident: Incident, at_us: int) -> Incident:
    """The IdP has answered: the incident no longer waits, if it did."""
    return replace(incident, waits=_ended(incident.waits, at_us), asked_us=None, breached=_without(incident, IncidentClock.NO_ANSWER))


def _commented(incident: Incident, _act: Act, _done: Commented) -> Incident:
    return incident


def _evidence(incident: Incident, act: Act, done: Observed) -> Incident:
    """Move the trouble's beginning and end to where the machine saw them.

    Evidence that a person gives is recorded, and moves nothing.
    """
    at_us = done.at_us
    if not _by_machine(act) or at_us is None:
        return incident
    if done.fact is Fact.BEGAN:
        again = incident.ended_us is not None and at_us >= incident.ended_us
        return replace(incident, began_us=at_us, ended_us=None if again else incident.ended_us)
    return replace(incident, ended_us=at_us) if done.fact in _OVER else incident


_OVER = (Fact.ENDED, Fact.VANISHED, Fact.REMOVED, Fact.RECOVERED)


# --- resolution, closing, reopening


def _resolved(incident: Incident, act: Act, done: Resolved) -> Incident:
    return replace(
        _answered(incident, act.at_us),
        state=IncidentState.RESOLVED,
        resolved_us=act.at_us,
        resolved_by=act.author,
        ended_us=incident.ended_us if done.ended_us is None else done.ended_us,
        rests=(*incident.rests, (act.at_us, None)),
    )


def _notified(incident: Incident, act: Act, _done: Notified) -> Incident:
    """The IdP is notified. A second notice gives it the whole time for remarks again."""
    return replace(incident, notified_us=act.at_us)


def _remarked(incident: Incident, act: Act, _done: Remarked) -> Incident:
    return replace(incident, remarked_us=act.at_us)


def _reopened(incident: Incident, act: Act, _done: Reopened) -> Incident:
    if incident.in_hand_us is not None:
        state = IncidentState.IN_HAND
    else:
        state = IncidentState.NEW if incident.acknowledged_us is None else IncidentState.ACKNOWLEDGED
    return replace(
        incident,
        state=state,
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
    )


def _closed(incident: Incident, act: Act, done: Closed) -> Incident:
    way = done.way
    if _by_machine(act) and way is not Way.NO_REMARK:
        raise RefusedActError("machine", f"« {way} » is for people to close by")
    _WAYS[way](incident, act, done)
    return replace(_put_away(incident, act.at_us), state=IncidentState.CLOSED, way=way)


def _check_confirmed(incident: Incident, act: Act, done: Closed) -> None:
    """« résolue avec la confirmation verbale ou écrite du Fournisseur d'Identité »."""
    _must_be_resolved(incident)
    _must_be_named(done.by, "not_confirmed", "say who confirmed the resolution for the IdP")
    if done.how not in (SPOKEN, WRITTEN):
        raise RefusedActError("not_confirmed", "say how the resolution was confirmed: spoken or written")
    _must_have_been(incident, act, done.when_us, "not_confirmed")


def _check_agreed(incident: Incident, act: Act, done: Closed) -> None:
    """« Un ticket pour un objet non résolu sera fermé si les deux parties en conviennent par
    écrit ».
    """
    if incident.state is IncidentState.RESOLVED:
        raise RefusedActError("resolved", f"{incident.reference} is resolved: only an unresolved incident is closed by agreement")
    _must_be_named(done.by, "not_agreed", "say who agreed for the IdP")
    _must_be_named(done.ours, "not_agreed", "say who agreed for us")
    if done.how != WRITTEN:
        raise RefusedActError("not_written", "both parties agree in writing")
    _must_have_been(incident, act, done.when_us, "not_agreed")


def _check_no_answer(incident: Incident, act: Act, done: Closed) -> None:
    """« au bout de 10 jours ouvrés en cas d'absence de réactivité ou de non-collaboration du
    Fournisseur d'Identité ».
    """
    if incident.asked_us is None:
        raise RefusedActError("not_waiting", f"{incident.reference} does not wait for an answer of the IdP")
    _must_be_due(act, done.due_us, incident.asked_us, "too_early", "the IdP still has time to answer")


def _check_no_remark(incident: Incident, act: Act, done: Closed) -> None:
    """« résolu par la DINSIC, notifié au Fournisseur d'Identité et sans remarque de ce
    dernier ».
    """
    _must_be_resolved(incident)
    if incident.notified_us is None:
        raise RefusedActError("not_notified", "the IdP was not told of the resolution")
    if incident.remarked_us is not None:
        raise RefusedActError("remarked", "the IdP has made a remark")
    _must_be_due(act, done.due_us, incident.notified_us, "too_early", "the IdP still has time for a remark")


_WAYS: dict[Way, Callable[[Incident, Act, Closed], None]] = {
    Way.CONFIRMED: _check_confirmed,
    Way.AGREED: _check_agreed,
    Way.NO_ANSWER: _check_no_answer,
    Way.NO_REMARK: _check_no_remark,
}


def _must_be_resolved(incident: Incident) -> None:
    if incident.state is not IncidentState.RESOLVED:
        raise RefusedActError("not_resolved", f"{incident.reference} is not resolved")


def _must_be_named(name: str | None, code: str, text: str) -> None:
    if not (name or "").strip():
        raise RefusedActError(code, text)


def _must_have_been(incident: Incident, act: Act, when_us: int | None, code: str) -> None:
    """Raise unless a confirmation or an agreement lies between the ticket's receipt and now."""
    if when_us is None:
        raise RefusedActError(code, "say when")
    if not incident.received_us <= when_us <= act.at_us:
        raise RefusedActError("when", f"the instant must lie between the receipt of {incident.reference} and now")


def _must_be_due(act: Act, due_us: int | None, since_us: int, code: str, text: str) -> None:
    """Raise unless the IdP's time has run out, and was counted from `since_us`.

    The caller computes `due_us` with its calendar (`probe.core.incident.clocks.runs_out`).
    """
    if due_us is None or due_us <= since_us or act.at_us < due_us:
        raise RefusedActError(code, text)


def _put_away(incident: Incident, at_us: int) -> Incident:
    """The incident is closed or merged: it waits for nobody, and no clock runs."""
    rests = incident.rests if incident.state is IncidentState.RESOLVED else (*incident.rests, (at_us, None))
    return replace(_answered(incident, at_us), closed_us=at_us, rests=rests)


def _merged(incident: Incident, act: Act, done: Merged) -> Incident:
    if done.into == incident.number:
        raise RefusedActError("itself", f"{incident.reference} is no duplicate of itself")
    return replace(_put_away(incident, act.at_us), state=IncidentState.MERGED, into=done.into)


# --- clocks and links


def _escalated(incident: Incident, _act: Act, done: Escalated) -> Incident:
    if done.severity in incident.escalated:
        raise RefusedActError("escalated", f"{incident.reference} was escalated at severity {done.severity} already")
    return replace(incident, escalated=incident.escalated | {done.severity})


def _breached(incident: Incident, _act: Act, done: Breached) -> Incident:
    breach = (done.clock, done.severity)
    if breach in incident.breached:
        raise RefusedActError("breached", f"the breach of {breach[0]} is recorded already")
    return replace(incident, breached=incident.breached | {breach})


def _linked(incident: Incident, _act: Act, done: Linked) -> Incident:
    link = Link(done.to, done.relation)
    if link.to == incident.number:
        raise RefusedActError("itself", f"{incident.reference} is not linked to itself")
    return incident if link in incident.links else replace(incident, links=(*incident.links, link))


def _without(incident: Incident, clock: IncidentClock) -> frozenset[tuple[IncidentClock, Severity]]:
    return frozenset(each for each in incident.breached if each[0] is not clock)


def _ended(spans: tuple[Span, ...], at_us: int) -> tuple[Span, ...]:
    """The same spans; the last one ends at `at_us` if it still lasts, never before its start."""
    if not spans or spans[-1][1] is not None:
        return spans
    start_us = spans[-1][0]
    return (*spans[:-1], (start_us, max(start_us, at_us)))


# --- reading an act's data


def _by_machine(act: Act) -> bool:
    return act.author == MACHINE


def _read(content: type[D], act: Act) -> D:
    """The data of an act, typed. Raises RefusedActError when a field is missing or invalid."""
    try:
        return content.of(act.data)
    except FieldError as error:
        raise RefusedActError("malformed", f"« {act.kind} »: the field {error.name} is missing or invalid") from None


def _given(content: type[D], transition: Callable[[Incident, Act, D], Incident]) -> Callable[[Incident, Act], Incident]:
    """The transition as a function of the act alone: it reads the act's data first."""

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
