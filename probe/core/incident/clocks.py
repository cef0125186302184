"""Runs the contract's clocks of an incident, and makes the acts of those that run out.

docs/contract.md, 2.1 (blocking anomalies), 2.2.2 (taking in hand, figure 2), 2.2.3 (closing).
Instants are UTC microseconds, durations microseconds.

Theory of operation
-------------------
A clock runs from its start, but not while the incident waits for the IdP, nor from a resolution to
a reopening. From the spans in which it runs follow:

    elapsed    the working time in those spans; of the clock `blocking`, the wall clock's time
    due        the first instant at which elapsed reaches what is allowed; None while the clock
               stands still before that
    breached   when more than what is allowed has elapsed: done at the very end of the last hour is
               in time

An escalation is due as soon as its time has elapsed: « escalade après 1 heure ». `no_answer` and
`no_remark` count whole working days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from probe.core.business_hours import Calendar
from probe.core.incident.acts import Breached, Closed, Escalated
from probe.core.incident.model import MACHINE, Act, Incident, IncidentClock, IncidentState, Severity, Way
from probe.core.times import HOUR_US


class Treatment(NamedTuple):
    """A row of the contract's figure 2, in working microseconds since the severity was assigned.

    The incident is escalated to `role`.
    """

    escalate_us: int
    total_us: int
    role: str


FIGURE_2: Mapping[Severity, Treatment] = {
    # « Responsable de la production »
    Severity.CRITICAL: Treatment(HOUR_US, 2 * HOUR_US, "production"),
    # « Équipe Support de niveau 3 »
    Severity.MAJOR: Treatment(5 * HOUR_US // 2, 4 * HOUR_US, "level3"),
    Severity.MEDIUM: Treatment(8 * HOUR_US, 12 * HOUR_US, "level2"),
    Severity.MINOR: Treatment(15 * HOUR_US, 24 * HOUR_US, "level1"),
    Severity.INFO: Treatment(15 * HOUR_US, 24 * HOUR_US, "level1"),
}
ROLES = ("production", "level3", "level2", "level1")


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """The times that the clocks allow. The defaults are the contract's.

    `blocking_working`: whether the 4 hours of a blocking anomaly are working hours. By default they
    are not, as the contract says « 4h » there and « heures ouvrées » elsewhere.
    """

    take_in_hand_us: int = 48 * HOUR_US
    blocking_us: int = 4 * HOUR_US
    blocking_working: bool = False
    no_answer_days: int = 10
    no_remark_days: int = 5
    treatments: Mapping[Severity, Treatment] = field(default_factory=lambda: FIGURE_2)


class ClockReading(NamedTuple):
    """One clock at an instant.

    `elapsed_us` of `allowed_us`: None for the clocks that count whole working days. `due_us`: when
    it runs out or ran out; None while it is paused, and when it was stopped before. `stopped_us`:
    when it was stopped, as its deadline was met. `breached`: more has passed than is allowed.
    """

    clock: IncidentClock
    started_us: int
    due_us: int | None
    stopped_us: int | None
    paused: bool
    breached: bool
    elapsed_us: int | None = None
    allowed_us: int | None = None

    @property
    def running(self) -> bool:
        """Whether the clock runs now: it is neither stopped nor paused."""
        return self.stopped_us is None and not self.paused


def read(incident: Incident, calendar: Calendar, terms: ClockTerms, now_us: int) -> tuple[ClockReading, ...]:
    """Return every clock that ever started, in the order of `IncidentClock`.

    A merged incident has none, since those of the other one run.
    """
    if incident.state is IncidentState.MERGED:
        return ()
    treatment = terms.treatments[incident.severity]
    worked = _Measure(calendar.between, calendar.add)
    by_wall = worked if terms.blocking_working else _WALL
    settled_us = _first(incident.resolved_us, incident.closed_us)
    readings = [
        _hours(
            IncidentClock.TAKE_IN_HAND,
            incident,
            worked,
            now_us,
            incident.received_us,
            _first(incident.in_hand_us, settled_us),
            terms.take_in_hand_us,
        ),
        _hours(IncidentClock.ESCALATION, incident, worked, now_us, incident.assigned_us, settled_us, treatment.escalate_us),
        _hours(IncidentClock.RESOLUTION, incident, worked, now_us, incident.assigned_us, settled_us, treatment.total_us),
    ]
    if incident.blocking_us is not None and incident.acknowledged_us is not None:
        started_us = max(incident.blocking_us, incident.acknowledged_us)
        readings.append(_hours(IncidentClock.BLOCKING, incident, by_wall, now_us, started_us, settled_us, terms.blocking_us))
    if incident.asked_us is not None:
        due_us = calendar.add_days(incident.asked_us, terms.no_answer_days)
        readings.append(ClockReading(IncidentClock.NO_ANSWER, incident.asked_us, due_us, None, paused=False, breached=now_us >= due_us))
    if incident.notified_us is not None and incident.remarked_us is None:
        due_us = calendar.add_days(incident.notified_us, terms.no_remark_days)
        over = now_us if incident.closed_us is None else incident.closed_us
        readings.append(
            ClockReading(IncidentClock.NO_REMARK, incident.notified_us, due_us, incident.closed_us, paused=False, breached=over >= due_us)
        )
    return tuple(readings)


def next_deadline(incident: Incident, calendar: Calendar, terms: ClockTerms, now_us: int) -> ClockReading | None:
    """Return the clock that runs out next, so that an alert can be sent before a breach.

    None when no running clock has time left. `no_answer` and `no_remark` do not count, since they
    are the IdP's time and not a deadline of the support.
    """
    ours = [
        each
        for each in read(incident, calendar, terms, now_us)
        if each.clock not in (IncidentClock.NO_ANSWER, IncidentClock.NO_REMARK)
        and each.running
        and each.due_us is not None
        and each.due_us > now_us
    ]
    return min(ours, key=lambda each: (each.due_us or 0, list(IncidentClock).index(each.clock)), default=None)


def due(incident: Incident, calendar: Calendar, terms: ClockTerms, now_us: int) -> list[Act]:
    """Return the machine's acts that are due and not recorded yet.

    They are escalations, breaches, and closing by `no_remark`. Once they are recorded, they are not
    returned again.
    """
    acts: list[Act] = []
    for reading in read(incident, calendar, terms, now_us):
        acts += _due(incident, reading, terms, now_us)
    return acts


def _due(incident: Incident, reading: ClockReading, terms: ClockTerms, now_us: int) -> list[Act]:
    if reading.due_us is None or now_us < reading.due_us:
        return []
    if reading.clock is IncidentClock.ESCALATION:
        if not incident.open or incident.severity in incident.escalated:
            return []
        role = terms.treatments[incident.severity].role
        escalated = Escalated(severity=incident.severity, role=role, due_us=reading.due_us)
        return [escalated.act(incident.number, now_us, MACHINE)]
    if reading.clock is IncidentClock.NO_REMARK:
        if incident.state is not IncidentState.RESOLVED:
            return []
        return [Closed(way=Way.NO_REMARK, due_us=reading.due_us).act(incident.number, now_us, MACHINE)]
    if not reading.breached or (reading.clock, incident.severity) in incident.breached:
        return []
    breached = Breached(clock=reading.clock, severity=incident.severity, due_us=reading.due_us)
    return [breached.act(incident.number, now_us, MACHINE)]


def runs_out(incident: Incident, way: Way, calendar: Calendar, terms: ClockTerms, now_us: int) -> int | None:
    """Return when closing by `no_answer` or `no_remark` becomes possible.

    It is the `due_us` of such a CLOSED act. None when its clock does not run.
    """
    clock = {Way.NO_ANSWER: IncidentClock.NO_ANSWER, Way.NO_REMARK: IncidentClock.NO_REMARK}.get(way)
    return next((each.due_us for each in read(incident, calendar, terms, now_us) if each.clock is clock), None)


# --- one clock


class _Measure(NamedTuple):
    """A way to count time.

    `between`: (from, to) -> duration. `add`: (from, duration) -> instant.
    """

    between: Callable[[int, int], int]
    add: Callable[[int, int], int]


_WALL = _Measure(lambda a, b: max(0, b - a), lambda at, duration: at + duration)


def _hours(
    clock: IncidentClock, incident: Incident, measure: _Measure, now_us: int, started_us: int, stopped_us: int | None, allowed_us: int
) -> ClockReading:
    """Read a clock that counts hours. It stopped at `stopped_us`, unless that is None."""
    until = max(started_us, now_us if stopped_us is None else stopped_us)
    elapsed, due_us = 0, None
    for start, end in _running(incident, started_us, until):
        passed = measure.between(start, end)
        if due_us is None and elapsed + passed >= allowed_us:
            due_us = measure.add(start, allowed_us - elapsed)
        elapsed += passed
    paused = stopped_us is None and _paused(incident)
    if due_us is None and stopped_us is None and not paused:
        due_us = measure.add(until, allowed_us - elapsed)
    return ClockReading(clock, started_us, due_us, stopped_us, paused, elapsed > allowed_us, elapsed, allowed_us)


def _paused(incident: Incident) -> bool:
    return any(end is None for _, end in (*incident.waits, *incident.rests))


def _running(incident: Incident, start_us: int, until_us: int) -> list[tuple[int, int]]:
    """Return the parts of [start, until) outside waits and rests."""
    spans: list[tuple[int, int]] = []
    for stop, go in sorted((*incident.waits, *incident.rests), key=lambda span: span[0]):
        if stop >= until_us:
            break
        if stop > start_us:
            spans.append((start_us, stop))
        start_us = max(start_us, until_us if go is None else go)
    if start_us < until_us:
        spans.append((start_us, until_us))
    return spans


def working(incident: Incident, calendar: Calendar, until_us: int) -> int:
    """Return the working time from its receipt to an instant, without waits and rests."""
    return sum(calendar.between(start, end) for start, end in _running(incident, incident.received_us, until_us))


def _first(*instants: int | None) -> int | None:
    known = [each for each in instants if each is not None]
    return min(known, default=None)
