"""Turns incidents, flags, the report and the outbox into answers of the API.

The `--json` of the commands has the same shape. Names are those of `probe.core.incident.model`
without `_us`. An instant beyond the calendar (years 1 to 9999) is null where an answer allows null,
and the calendar's last instant elsewhere.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from exporters.http import answers
from probe.core.incident.indicator import Indicator, JudgedIncident
from probe.core.incident.model import Act, Data, Incident, reference
from probe.core.judgement.accounts import RememberedAccount
from probe.core.judgement.suspension import Suspension
from probe.core.judgement.why_unknown import Explanation
from probe.core.radar.notice import NoticedChange
from probe.core.sla.availability import percent
from probe.core.sla.correction import Change
from probe.core.times import FIRST_US, LAST_US, SECOND_US, rfc3339
from probe.incidents.details import DeadlineStatus, FlagRecord, IncidentDetails, Report
from probe.incidents.service import FlagState, IdpStatus
from probe.incidents.store.outbox import UndeliveredLetter


def maybe(us: int | None) -> str | None:
    """Return an instant that may not have come. One beyond the calendar is null too."""
    return rfc3339(us) if us is not None and FIRST_US <= us <= LAST_US else None


def incident(record: Incident) -> answers.IncidentAnswer:
    """Return an incident without its clocks, tickets and acts."""
    return answers.IncidentAnswer.model_validate(_incident(record))


def _incident(record: Incident) -> dict[str, object]:
    return {
        "number": record.number,
        "reference": record.reference,
        "hub": record.scope.hub,
        "subject": record.scope.subject,
        "idp": record.idp,
        "origin": record.origin.value,
        "severity": int(record.severity),
        "state": record.state.value,
        "open": record.open,
        "title": record.title,
        "detail": record.detail,
        "requester": record.requester,
        "blocking": record.blocking,
        "assignee": record.assignee,
        "received": rfc3339(record.received_us),
        "assigned": rfc3339(record.assigned_us),
        "began": maybe(record.began_us),
        "ended": maybe(record.ended_us),
        "acknowledged": maybe(record.acknowledged_us),
        "in_hand": maybe(record.in_hand_us),
        "resolved": maybe(record.resolved_us),
        "notified": maybe(record.notified_us),
        "remarked": maybe(record.remarked_us),
        "asked": maybe(record.asked_us),
        "closed": maybe(record.closed_us),
        "resolved_by": record.resolved_by,
        "way": record.way.value if record.way else None,
        "merged_into": reference(record.into) if record.into is not None else None,
        "waits": [(rfc3339(start), maybe(end)) for start, end in record.waits],
        "links": [answers.LinkAnswer(to=reference(link.to), relation=str(link.relation)) for link in record.links],
        "escalated": sorted(int(severity) for severity in record.escalated),
        "breached": sorted({clock.value for clock, _ in record.breached}),
        "reopenings": record.reopenings,
    }


def act(record: Act) -> answers.ActAnswer:
    """Return one act. Instants in its data are RFC 3339, as everywhere."""
    return answers.ActAnswer(at=rfc3339(record.at_us), author=record.author, kind=record.kind.value, data=data(record.data))


def data(stored: Data) -> dict[str, str | int | bool | None]:
    """Return an act's data: an instant `when_us` becomes `when`, in RFC 3339."""
    return {name.removesuffix("_us"): _plain(name, value) for name, value in stored.items()}


def _plain(name: str, value: str | int | bool | None) -> str | int | bool | None:
    return maybe(value) if name.endswith("_us") and not isinstance(value, str) else value


def clock(deadline: DeadlineStatus) -> answers.ClockAnswer:
    """Return a clock with its deadline, which is null while the clock is paused."""
    return answers.ClockAnswer(clock=deadline.clock.value, due=maybe(deadline.due_us), late=deadline.late)


def story(details: IncidentDetails) -> answers.StoryAnswer:
    """Return an incident with its clocks, tickets and acts."""
    return answers.StoryAnswer.model_validate(
        {
            **_incident(details.incident),
            "clocks": [clock(each) for each in details.clocks],
            "tickets": dict(details.keys),
            "acts": [act(each) for each in details.acts],
        }
    )


def flag(state: FlagState) -> answers.FlagAnswer:
    """Return the state of an IdP's deactivation."""
    return answers.FlagAnswer(hub=state.hub, idp=state.idp, state=state.state, since=maybe(state.since_us))


def flag_act(record: FlagRecord) -> answers.FlagActAnswer:
    """Return one step of a deactivation."""
    return answers.FlagActAnswer(
        number=record.seq,
        hub=record.hub,
        idp=record.idp,
        step=record.step,
        at=rfc3339(record.at_us),
        author=record.author,
        reason=record.reason,
        evidence=data(record.evidence),
    )


def idp(status: IdpStatus) -> answers.IdpAnswer:
    """Return an IdP as the hub's administrators need it."""
    return answers.IdpAnswer(
        hub=status.hub,
        name=status.idp,
        title=status.title,
        tile=status.tile,
        state=status.state,
        since=maybe(status.since_us),
        displayed=status.displayed,
        selectable=status.selectable,
        flag=answers.IdpFlagAnswer(state=status.flag.state, since=maybe(status.flag.since_us)),
        guard=status.guard,
        incident=None if status.incident is None else reference(status.incident),
        account=account(status.account, differs=status.differs),
        suspended=None if status.suspended is None else suspension(status.suspended),
        unknown=None if status.unknown is None else unknown(status.unknown),
    )


def suspension(found: Suspension) -> answers.SuspensionAnswer:
    """Return since when an account is suspended."""
    return answers.SuspensionAnswer(refused=found.refused, since=maybe(found.since_us or None))


def unknown(found: Explanation) -> answers.UnknownAnswer:
    """Return why nobody can tell a state."""
    return answers.UnknownAnswer(
        why=found.why.value,
        subject=found.subject,
        idps=list(found.idps),
        part=found.never_passed.part.value if found.never_passed else None,
        reason=found.trouble.reason.value if found.trouble and found.trouble.reason else None,
        tiles=list(found.names),
        latest=maybe(found.latest_us or None),
    )


def account(remembered: RememberedAccount | None, *, differs: bool) -> answers.AccountAnswer:
    """Return what is remembered of an account; never a digest of it."""
    known = remembered or RememberedAccount("")
    levels = [
        answers.ClaimsAnswer(acr=acr or None, at=rfc3339(seen.at_us), came=list(seen.came), absent=list(seen.absent), lost=list(seen.lost))
        for acr, seen in sorted(known.levels.items())
    ]
    since_us = known.since_us if known.known else None
    return answers.AccountAnswer(state=known.state.value, since=maybe(since_us), differs=differs, levels=levels)


def _ratio(value: Fraction | None, *, met: bool | None) -> answers.RatioAnswer:
    """Null where nothing was received."""
    if value is None:
        return answers.RatioAnswer(ratio=None, percent=None, met=met)
    return answers.RatioAnswer(ratio=(value.numerator, value.denominator), percent=percent(value), met=met)


def _late(judged: JudgedIncident) -> answers.LateAnswer:
    """One incident of the indicator: the working time that it took, in seconds."""
    return answers.LateAnswer(
        reference=judged.incident.reference,
        severity=int(judged.incident.severity),
        title=judged.incident.title,
        received=rfc3339(judged.incident.received_us),
        resolved=maybe(judged.incident.resolved_us),
        working_seconds=judged.worked_us / 1_000_000,
    )


def indicator(figures: Indicator) -> answers.IndicatorAnswer:
    """Return the indicator as the contract counts it, and without the incidents that are younger
    than their deadline.
    """
    return answers.IndicatorAnswer(
        name=figures.name,
        from_=rfc3339(figures.start_us),
        to=rfc3339(figures.end_us),
        received=figures.received,
        in_time=figures.in_time,
        young=figures.young,
        questions=figures.questions,
        contract=_ratio(figures.ratio, met=figures.met),
        mature=_ratio(figures.mature_ratio, met=figures.mature_met),
        late=[_late(each) for each in figures.late],
    )


def change(record: Change) -> answers.ChangeAnswer:
    """Return an announced change of application or infrastructure (docs/contract.md, 2.1)."""
    return answers.ChangeAnswer(
        number=record.seq,
        hub=record.hub,
        title=record.title,
        author=record.author,
        planned=rfc3339(record.planned_us),
        announced=rfc3339(record.announced_us),
        recorded=rfc3339(record.announced_us if record.recorded_us is None else record.recorded_us),
        due=rfc3339(record.due_us),
        late=record.late,
    )


def seen_change(hub: str, one: NoticedChange) -> answers.SeenChangeAnswer:
    """Return a change of a hub that was seen, and whether it was announced."""
    change, announced = one.change, one.announcement
    return answers.SeenChangeAnswer(
        hub=hub,
        kind=change.kind.value,
        aspect=change.aspect.value,
        place=change.place,
        differences=[answers.DifferenceAnswer(trait=each.trait, before=each.before, after=each.after) for each in change.differences],
        first_seen=rfc3339(change.first_us),
        old_last_seen=rfc3339(change.last_us),
        came_back=maybe(change.back_us),
        alternates_since=maybe(change.again_us),
        overlap_seconds=None if change.overlap_us is None else change.overlap_us // SECOND_US,
        notice=one.notice.value,
        announcement=None if announced is None else announced.seq,
        notice_days=one.notice_days,
    )


def report(quality: Report, changes: Iterable[Change], seen: Mapping[str, Iterable[NoticedChange]]) -> answers.ReportAnswer:
    """Return the report on the quality of service (docs/contract.md, 2 and 4)."""
    return answers.ReportAnswer(
        at=rfc3339(quality.at_us),
        month=indicator(quality.month),
        rolling=indicator(quality.rolling),
        breached=[
            answers.BreachAnswer(reference=late.reference, severity=int(late.severity), clock=name.value) for late, name in quality.breaches
        ],
        open=[
            answers.OpenIncidentAnswer.model_validate({**_incident(each.incident), "clocks": [clock(deadline) for deadline in each.clocks]})
            for each in quality.open
        ],
        changes=[change(each) for each in changes],
        seen=[seen_change(hub, one) for hub, of in seen.items() for one in of],
    )


def queued_letter(letter: UndeliveredLetter) -> answers.LetterAnswer:
    """Return a letter that its ticket system has not taken yet."""
    return answers.LetterAnswer(
        id=f"{letter.system}/{reference(letter.incident)}",
        system=letter.system,
        incident=reference(letter.incident),
        act=letter.act,
        state=letter.state.value,
        written=rfc3339(letter.put_us),
        tries=letter.tries,
        due=rfc3339(letter.due_us),
        error=letter.error,
        ticket=letter.reference,
    )
