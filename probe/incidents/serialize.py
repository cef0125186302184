"""Incidents, flags, the report and the outbox as JSON values: one shape for the commands' `--json` and for the API.

Instants are RFC 3339 in UTC with microseconds, null where they have not come; names are those of `probe.core.incident.model` without
`_us`. Ratios are exact: `[numerator, denominator]`, and beside them a percentage with four decimals, rounded down.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from probe.core.incident.indicator import Indicator, Judged
from probe.core.incident.model import Act, Incident, IncidentClock, reference
from probe.core.sla.availability import percent
from probe.core.sla.correction import Change
from probe.core.times import FIRST_US, LAST_US, rfc3339
from probe.incidents.service import DeadlineStanding, FlagRecord, FlagState, IdpStanding, Report, Shown
from probe.incidents.store.outbox import Listed

Json = dict[str, Any]
_INSTANTS = (
    "received", "assigned", "began", "ended", "acknowledged", "in_hand", "resolved", "notified", "remarked", "asked", "closed",
)  # fmt: skip


def instant(us: int | None) -> str | None:
    """RFC 3339; None stays None. What no calendar holds is None too."""
    return rfc3339(us) if us is not None and FIRST_US <= us <= LAST_US else None


def incident_json(incident: Incident) -> Json:
    """An incident without its story."""
    return {
        "number": incident.number,
        "reference": incident.reference,
        "hub": incident.scope.hub,
        "subject": incident.scope.subject,
        "idp": incident.idp,
        "origin": incident.origin.value,
        "severity": int(incident.severity),
        "state": incident.state.value,
        "open": incident.open,
        "title": incident.title,
        "detail": incident.detail,
        "requester": incident.requester,
        "blocking": incident.blocking,
        "assignee": incident.assignee,
        **{name: instant(getattr(incident, f"{name}_us")) for name in _INSTANTS},
        "resolved_by": incident.resolved_by,
        "way": incident.way.value if incident.way else None,
        "merged_into": reference(incident.into) if incident.into is not None else None,
        "waits": [[instant(start), instant(end)] for start, end in incident.waits],
        "links": [{"to": reference(link.to), "relation": link.relation} for link in incident.links],
        "escalated": sorted(int(severity) for severity in incident.escalated),
        "breached": sorted({clock.value for clock, _ in incident.breached}),
        "reopenings": incident.reopenings,
    }


def act_json(act: Act) -> Json:
    """One act; instants and incidents in its data are written as everywhere."""
    return {"at": instant(act.at_us), "author": act.author, "kind": act.kind.value, "data": data_json(act.data)}


def data_json(data: Any) -> Json:
    """An act's data: `when_us` becomes `when`."""
    return {name.removesuffix("_us"): instant(value) if name.endswith("_us") else value for name, value in data.items()}


def clock_json(standing: DeadlineStanding) -> Json:
    """A deadline: none while its clock is paused."""
    return {"clock": standing.clock.value, "due": instant(standing.due_us), "late": standing.late}


def shown_json(shown: Shown) -> Json:
    """An incident with its clocks, tickets and story."""
    return {
        **incident_json(shown.incident),
        "clocks": [clock_json(one) for one in shown.clocks],
        "tickets": dict(shown.keys),
        "acts": [act_json(one) for one in shown.acts],
    }


def flag_json(flag: FlagState) -> Json:
    return {"hub": flag.hub, "idp": flag.idp, "state": flag.state, "since": instant(flag.since_us)}


def flag_act_json(act: FlagRecord) -> Json:
    """One step of a deactivation."""
    return {
        "number": act.seq,
        "hub": act.hub,
        "idp": act.idp,
        "step": act.step,
        "at": instant(act.at_us),
        "author": act.author,
        "reason": act.reason,
        "evidence": data_json(act.evidence),
    }


def idp_json(one: IdpStanding) -> Json:
    """An IdP as the hub's administrators need it."""
    return {
        "hub": one.hub,
        "name": one.idp,
        "title": one.title,
        "tile": one.tile,
        "state": one.state,
        "since": instant(one.since_us),
        "displayed": one.displayed,
        "selectable": one.selectable,
        "flag": {"state": one.flag.state, "since": instant(one.flag.since_us)},
        "guard": one.guard,
        "incident": None if one.incident is None else reference(one.incident),
    }


def ratio_json(value: Fraction | None) -> Json:
    """Null where nothing was received."""
    if value is None:
        return {"ratio": None, "percent": None}
    return {"ratio": [value.numerator, value.denominator], "percent": percent(value)}


def judged_json(one: Judged) -> Json:
    """One incident of the indicator: the working time that it took, in seconds."""
    incident = one.incident
    return {
        "reference": incident.reference,
        "severity": int(incident.severity),
        "title": incident.title,
        "received": instant(incident.received_us),
        "resolved": instant(incident.resolved_us),
        "working_seconds": one.worked_us / 1_000_000,
    }


def indicator_json(one: Indicator) -> Json:
    """The contract's own reading (`contract`), and the one without those younger than their
    deadline (`mature`)."""
    return {
        "name": one.name,
        "from": instant(one.start_us),
        "to": instant(one.end_us),
        "received": one.received,
        "in_time": one.in_time,
        "young": one.young,
        "questions": one.questions,
        "contract": {**ratio_json(one.ratio), "met": one.met},
        "mature": {**ratio_json(one.mature_ratio), "met": one.mature_met},
        "late": [judged_json(each) for each in one.late],
    }


def breaches(report: Report) -> Sequence[tuple[Incident, IncidentClock]]:
    """The open incidents whose clocks have run out, each with its clock."""
    return [(one.incident, clock.clock) for one in report.open for clock in one.clocks if clock.late]


def change_json(change: Change) -> Json:
    """An announced change of application or infrastructure (docs/contract.md, 2.1)."""
    return {
        "number": change.seq,
        "hub": change.hub,
        "planned": instant(change.planned_us),
        "announced": instant(change.announced_us),
        "due": instant(change.due_us),
        "late": change.late,
        "title": change.title,
    }


def report_json(report: Report, changes: Iterable[Change]) -> Json:
    """The quality of service (docs/contract.md, 2 and 4)."""
    return {
        "at": instant(report.at_us),
        "month": indicator_json(report.month),
        "rolling": indicator_json(report.rolling),
        "breached": [
            {"reference": incident.reference, "severity": int(incident.severity), "clock": clock.value}
            for incident, clock in breaches(report)
        ],
        "open": [{**incident_json(one.incident), "clocks": [clock_json(each) for each in one.clocks]} for one in report.open],
        "changes": [change_json(one) for one in changes],
    }


def letter_json(one: Listed) -> Json:
    """What a ticket system was not told yet."""
    return {
        "id": f"{one.system}/{reference(one.incident)}",
        "system": one.system,
        "incident": reference(one.incident),
        "act": one.act,
        "state": one.state.value,
        "written": instant(one.put_us),
        "tries": one.tries,
        "due": instant(one.due_us),
        "error": one.error,
        "ticket": one.reference,
    }
