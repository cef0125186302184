"""Turns incidents, flags, the report and the outbox into answers of the API.

The `--json` of the commands has the same shape. Names are those of `probe.core.incident.model`
without `_us`. An instant beyond the calendar (years 1 to 9999) is null where an answer allows null,
and the calendar's last instant elsewhere.
"""

from collections.abc import Iterable
from fractions import Fraction

from exporters.http import answers
from probe.core.incident.indicator import Indicator, JudgedIncident
from probe.core.incident.model import Act, Data, Incident, reference
from probe.core.sla.availability import percent
from probe.core.sla.correction import Change
from probe.core.times import FIRST_US, LAST_US, rfc3339
from probe.incidents.service import DeadlineStatus, FlagRecord, FlagState, IdpStatus, IncidentDetails, Report
from probe.incidents.store.outbox import UndeliveredLetter


def _maybe(us: int | None) -> str | None:
    """An instant that may not have come. One beyond the calendar is null too."""
    return rfc3339(us) if us is not None and FIRST_US <= us <= LAST_US else None


def incident(one: Incident) -> answers.IncidentAnswer:
    """Return an incident without its clocks, tickets and acts."""
    return answers.IncidentAnswer.model_validate(_incident(one))


def _incident(one: Incident) -> dict[str, object]:
    return {
        "number": one.number,
        "reference": one.reference,
        "hub": one.scope.hub,
        "subject": one.scope.subject,
        "idp": one.idp,
        "origin": one.origin.value,
        "severity": int(one.severity),
        "state": one.state.value,
        "open": one.open,
        "title": one.title,
        "detail": one.detail,
        "requester": one.requester,
        "blocking": one.blocking,
        "assignee": one.assignee,
        "received": rfc3339(one.received_us),
        "assigned": rfc3339(one.assigned_us),
        "began": _maybe(one.began_us),
        "ended": _maybe(one.ended_us),
        "acknowledged": _maybe(one.acknowledged_us),
        "in_hand": _maybe(one.in_hand_us),
        "resolved": _maybe(one.resolved_us),
        "notified": _maybe(one.notified_us),
        "remarked": _maybe(one.remarked_us),
        "asked": _maybe(one.asked_us),
        "closed": _maybe(one.closed_us),
        "resolved_by": one.resolved_by,
        "way": one.way.value if one.way else None,
        "merged_into": reference(one.into) if one.into is not None else None,
        "waits": [(rfc3339(start), _maybe(end)) for start, end in one.waits],
        "links": [answers.LinkAnswer(to=reference(link.to), relation=str(link.relation)) for link in one.links],
        "escalated": sorted(int(severity) for severity in one.escalated),
        "breached": sorted({clock.value for clock, _ in one.breached}),
        "reopenings": one.reopenings,
    }


def act(one: Act) -> answers.ActAnswer:
    """Return one act. Instants in its data are RFC 3339, as everywhere."""
    return answers.ActAnswer(at=rfc3339(one.at_us), author=one.author, kind=one.kind.value, data=data(one.data))


def data(given: Data) -> dict[str, str | int | bool | None]:
    """Return an act's data: an instant `when_us` becomes `when`, in RFC 3339."""
    return {name.removesuffix("_us"): _plain(name, value) for name, value in given.items()}


def _plain(name: str, value: str | int | bool | None) -> str | int | bool | None:
    return _maybe(value) if name.endswith("_us") and not isinstance(value, str) else value


def clock(one: DeadlineStatus) -> answers.ClockAnswer:
    """Return a clock with its deadline, which is null while the clock is paused."""
    return answers.ClockAnswer(clock=one.clock.value, due=_maybe(one.due_us), late=one.late)


def story(one: IncidentDetails) -> answers.StoryAnswer:
    """Return an incident with its clocks, tickets and acts."""
    return answers.StoryAnswer.model_validate(
        {
            **_incident(one.incident),
            "clocks": [clock(each) for each in one.clocks],
            "tickets": dict(one.keys),
            "acts": [act(each) for each in one.acts],
        }
    )


def flag(one: FlagState) -> answers.FlagAnswer:
    """Return the state of an IdP's deactivation."""
    return answers.FlagAnswer(hub=one.hub, idp=one.idp, state=one.state, since=_maybe(one.since_us))


def flag_act(one: FlagRecord) -> answers.FlagActAnswer:
    """Return one step of a deactivation."""
    return answers.FlagActAnswer(
        number=one.seq,
        hub=one.hub,
        idp=one.idp,
        step=one.step,
        at=rfc3339(one.at_us),
        author=one.author,
        reason=one.reason,
        evidence=data(one.evidence),
    )


def idp(one: IdpStatus) -> answers.IdpAnswer:
    """Return an IdP as the hub's administrators need it."""
    return answers.IdpAnswer(
        hub=one.hub,
        name=one.idp,
        title=one.title,
        tile=one.tile,
        state=one.state,
        since=_maybe(one.since_us),
        displayed=one.displayed,
        selectable=one.selectable,
        flag=answers.IdpFlagAnswer(state=one.flag.state, since=_maybe(one.flag.since_us)),
        guard=one.guard,
        incident=None if one.incident is None else reference(one.incident),
    )


def _ratio(value: Fraction | None, *, met: bool | None) -> answers.RatioAnswer:
    """Null where nothing was received."""
    if value is None:
        return answers.RatioAnswer(ratio=None, percent=None, met=met)
    return answers.RatioAnswer(ratio=(value.numerator, value.denominator), percent=percent(value), met=met)


def _late(one: JudgedIncident) -> answers.LateAnswer:
    """One incident of the indicator: the working time that it took, in seconds."""
    return answers.LateAnswer(
        reference=one.incident.reference,
        severity=int(one.incident.severity),
        title=one.incident.title,
        received=rfc3339(one.incident.received_us),
        resolved=_maybe(one.incident.resolved_us),
        working_seconds=one.worked_us / 1_000_000,
    )


def indicator(one: Indicator) -> answers.IndicatorAnswer:
    """Return the indicator as the contract counts it, and without the incidents that are younger
    than their deadline.
    """
    return answers.IndicatorAnswer(
        name=one.name,
        from_=rfc3339(one.start_us),
        to=rfc3339(one.end_us),
        received=one.received,
        in_time=one.in_time,
        young=one.young,
        questions=one.questions,
        contract=_ratio(one.ratio, met=one.met),
        mature=_ratio(one.mature_ratio, met=one.mature_met),
        late=[_late(each) for each in one.late],
    )


def change(one: Change) -> answers.ChangeAnswer:
    """Return an announced change of application or infrastructure (docs/contract.md, 2.1)."""
    return answers.ChangeAnswer(
        number=one.seq,
        hub=one.hub,
        title=one.title,
        author=one.author,
        planned=rfc3339(one.planned_us),
        announced=rfc3339(one.announced_us),
        due=rfc3339(one.due_us),
        late=one.late,
    )


def report(one: Report, changes: Iterable[Change]) -> answers.ReportAnswer:
    """Return the report on the quality of service (docs/contract.md, 2 and 4)."""
    return answers.ReportAnswer(
        at=rfc3339(one.at_us),
        month=indicator(one.month),
        rolling=indicator(one.rolling),
        breached=[
            answers.BreachAnswer(reference=late.reference, severity=int(late.severity), clock=name.value) for late, name in one.breaches
        ],
        open=[
            answers.OpenIncidentAnswer.model_validate({**_incident(each.incident), "clocks": [clock(deadline) for deadline in each.clocks]})
            for each in one.open
        ],
        changes=[change(each) for each in changes],
    )


def queued_letter(one: UndeliveredLetter) -> answers.LetterAnswer:
    """Return a letter that its ticket system has not taken yet."""
    return answers.LetterAnswer(
        id=f"{one.system}/{reference(one.incident)}",
        system=one.system,
        incident=reference(one.incident),
        act=one.act,
        state=one.state.value,
        written=rfc3339(one.put_us),
        tries=one.tries,
        due=rfc3339(one.due_us),
        error=one.error,
        ticket=one.reference,
    )
