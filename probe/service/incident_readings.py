"""Counts the register for the metrics and the page.

It counts every tick, in a thread beside the event loop, so that a scrape never waits for the
database. Each count reads only the acts that were written since the last one. The indicator moves
with time alone too, so it is computed again after every act, and once a minute.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from exporters.metrics.incidents import NOT_CLOSED
from exporters.metrics.readings import (
    FlagReading,
    IndicatorReading,
    ListedChange,
    ListedIncident,
    RegisterReading,
    SystemReading,
    TicketWay,
)
from probe.core.incident.acts import Breached, Escalated, Opened, undamaged
from probe.core.incident.clocks import ClockReading, read
from probe.core.incident.indicator import Indicator, over, year
from probe.core.incident.model import Act, Incident, IncidentClock, Scope
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.radar.notice import NoticedChange
from probe.core.sla.correction import Change
from probe.core.sla.window import Span
from probe.core.times import DAY_US, YEAR_US
from probe.incidents.automation import Automation
from probe.incidents.idp_status import deactivated_us, flag_state
from probe.incidents.policy import Policy
from probe.incidents.service import month_span
from probe.incidents.store import outbox, register
from probe.incidents.store.deactivations import Flags
from probe.ledger.figures import tracks
from probe.ledger.figures.runs import on
from probe.ledger.figures.seen import SeenChanges
from probe.ledger.figures.tracks import Run

_REMEMBERED_US = 400 * DAY_US
_AGAIN_US = 60_000_000
_LATELY_US = 30 * DAY_US
LISTED = 50  # open incidents on the page
LATEST = 10  # changes that were seen, of each hub


class IncidentCounter:
    """Counts the register, and remembers the last count. One thread at a time may use it."""

    def __init__(self) -> None:
        self._seq = 0
        self._incidents: dict[int, Incident] = {}
        self._received: Counter[int] = Counter()
        self._escalations: Counter[int] = Counter()
        self._breaches: Counter[tuple[str, int]] = Counter()
        self._last_lag_us = 0
        self._flags = Flags()
        self._seen = SeenChanges()
        self._indicators: dict[str, IndicatorReading] = {}
        self._counted_us: int | None = None

    def count(self, connection: Connection, terms: Policy, automation: Automation, now_us: int) -> RegisterReading:
        """Return the register's counts at `now_us`, read in the connection's transaction.

        Raises LedgerError.
        """
        news = self._take(connection, now_us)
        self._flags.refresh(connection)
        if news or self._counted_us is None or not 0 <= now_us - self._counted_us < _AGAIN_US:
            self._indicators = self._judge(terms, now_us)
            self._counted_us = now_us
        alive = [incident for incident in self._incidents.values() if incident.state in NOT_CLOSED]
        clocks = [(incident, read(incident, terms.calendar, terms.clocks, now_us)) for incident in alive]
        run = on(connection)
        changes = tracks.changes(run)
        seen = self._seen.read(run, terms.announced_of)
        return RegisterReading(
            not_closed=_by_state(alive),
            received=dict(self._received),
            oldest_us=_oldest(incident for incident in alive if incident.open),
            deadline_us=_deadlines(clocks, now_us),
            overdue=_overdue(clocks),
            breaches=dict(self._breaches),
            escalations=dict(self._escalations),
            lag_us=max((_lag(incident, of_incident, now_us) for incident, of_incident in clocks), default=0) or self._last_lag_us,
            seen_us=automation.looked_us,
            indicators=self._indicators,
            flags=self._flag_readings(terms, automation, alive),
            systems=_systems(run),
            changes_planned=_planned(changes, now_us),
            changes_late=_late_changes(changes, now_us),
            changes_seen=_seen_changes(seen, now_us),
            latest_changes={hub: _latest_changes(of, now_us) for hub, of in seen.items()},
            open=_listed(alive),
            accepted=_accepted(alive),
        )

    def _take(self, connection: Connection, now_us: int) -> bool:
        """Take in the acts since the last count. Return whether there were any."""
        before = self._seq
        for incident in register.changed_after(connection, before):
            self._incidents[incident.number] = incident
        for seq, act in register.acts_after(connection, before):
            self._seq = seq
            self._note(act)
        old_us = now_us - _REMEMBERED_US
        finished = [each.number for each in self._incidents.values() if each.state not in NOT_CLOSED and each.received_us < old_us]
        for number in finished:
            del self._incidents[number]
        return self._seq > before

    def _note(self, act: Act) -> None:
        """Count an act. One whose data are damaged is passed over."""
        match undamaged(act):
            case Opened() as opened:
                self._received[int(opened.severity)] += 1
            case Escalated() as escalated:
                self._escalations[int(escalated.severity)] += 1
                self._last_lag_us = max(0, act.at_us - escalated.due_us)
            case Breached() as breached:
                self._breaches[breached.clock.value, int(breached.severity)] += 1

    def _judge(self, terms: Policy, now_us: int) -> dict[str, IndicatorReading]:
        known = self._incidents.values()
        span = month_span(None, now_us)
        month = over(Span(span.start_us, now_us + 1), "month", known, terms.calendar, now_us, terms.late_us)
        return {"month": _reading(month), "rolling": _reading(year(known, terms.calendar, now_us, terms.late_us))}

    def _flag_readings(self, terms: Policy, automation: Automation, alive: Sequence[Incident]) -> Mapping[tuple[str, str], FlagReading]:
        readings = {}
        open_scopes = {incident.scope for incident in alive if incident.open}
        for place in terms.places:
            for idp in place.idps:
                flag = self._flags.latest.get((place.hub, idp))
                readings[place.hub, idp] = FlagReading(
                    flag_state(flag),
                    flag.since_us if flag else 0,
                    guarded=(place.hub, idp) in automation.held,
                    slow=Scope(place.hub, str(ScopeSubject(ScopeKind.SLOW_IDP, idp))) in open_scopes,
                    intermittent=Scope(place.hub, str(ScopeSubject(ScopeKind.INTERMITTENT, idp))) in open_scopes,
                    deactivated_us=deactivated_us(flag),
                )
        return readings


def _reading(indicator: Indicator) -> IndicatorReading:
    return IndicatorReading(indicator.ratio, indicator.mature_ratio, indicator.received, len(indicator.late))


def _by_state(alive: Iterable[Incident]) -> Mapping[tuple[int, str], int]:
    """Count incidents by severity and state."""
    return Counter((int(incident.severity), incident.state.value) for incident in alive)


def _overdue(clocks: Sequence[tuple[Incident, Sequence[ClockReading]]]) -> Mapping[str, int]:
    """Count the deadlines of open incidents that are breached now, by clock."""
    readings = (reading for incident, of_incident in clocks if incident.open for reading in of_incident)
    return Counter(reading.clock.value for reading in readings if reading.breached)


def _systems(run: Run) -> dict[str, SystemReading]:
    """Count the letters of each ticket system that wait or are dead, with the oldest's instant."""
    return {name: SystemReading(counts.waiting, counts.oldest_us or 0, counts.dead) for name, counts in outbox.queue_counts(run).items()}


def _planned(changes: Iterable[Change], now_us: int) -> Mapping[str, int]:
    """Count the announced changes that are still to come, by hub."""
    return Counter(change.hub for change in changes if change.planned_us > now_us)


def _late_changes(changes: Iterable[Change], now_us: int) -> Mapping[str, int]:
    """Count the changes of the last year, or to come, that were announced late, by hub."""
    return Counter(change.hub for change in changes if change.late and change.planned_us > now_us - YEAR_US)


def _seen_changes(seen: Mapping[str, Sequence[NoticedChange]], now_us: int) -> Mapping[tuple[str, str], int]:
    """Count the changes of the last year that were seen, by hub and notice."""
    return Counter((hub, one.notice.value) for hub, of in seen.items() for one in of if one.change.first_us > now_us - YEAR_US)


def _latest_changes(seen: Sequence[NoticedChange], now_us: int) -> tuple[ListedChange, ...]:
    """Return the last `LATEST` changes of a hub within `_LATELY_US`, the latest first."""
    lately = [one for one in reversed(seen) if one.change.first_us > now_us - _LATELY_US]
    return tuple(
        ListedChange(
            one.change.first_us,
            one.change.kind,
            one.change.place,
            tuple(each.trait for each in one.change.differences),
            one.notice,
            one.recorded_after_us,
        )
        for one in lately[:LATEST]
    )


def _oldest(incidents: Iterable[Incident]) -> dict[int, int]:
    oldest: dict[int, int] = {}
    for incident in incidents:
        oldest[int(incident.severity)] = min(incident.received_us, oldest.get(int(incident.severity), incident.received_us))
    return oldest


def _deadlines(clocks: Sequence[tuple[Incident, Sequence[ClockReading]]], now_us: int) -> dict[str, int]:
    """Clock -> the next of its deadlines."""
    next_us: dict[str, int] = {}
    for each in (each for _, of_incident in clocks for each in of_incident if each.running):
        if each.due_us is not None and each.due_us > now_us:
            next_us[each.clock.value] = min(each.due_us, next_us.get(each.clock.value, each.due_us))
    return next_us


def _lag(incident: Incident, clocks: Sequence[ClockReading], now_us: int) -> int:
    """Return how late the incident's escalation is, when it is due and was not made."""
    if not incident.open or incident.severity in incident.escalated:
        return 0
    return max((now_us - each.due_us for each in clocks if each.clock is IncidentClock.ESCALATION and each.due_us is not None), default=0)


def _accepted(alive: Iterable[Incident]) -> frozenset[tuple[str, str]]:
    """Return by hub what it accepts and must refuse, as open incidents tell."""
    subjects = ((each.scope.hub, ScopeSubject.parse(each.scope.subject)) for each in alive if each.open)
    return frozenset((hub, subject.name) for hub, subject in subjects if subject.kind is ScopeKind.SECURITY)


def _listed(alive: Iterable[Incident]) -> tuple[ListedIncident, ...]:
    """Return the first `LISTED` open incidents: the worst ones first, and of those the oldest."""
    worst_first = sorted((each for each in alive if each.open), key=lambda each: (each.severity, each.received_us))
    return tuple(
        ListedIncident(each.reference, each.scope.hub, int(each.severity), each.state.value, each.title, each.received_us)
        for each in worst_first[:LISTED]
    )


def with_counts(
    reading: RegisterReading,
    delivered: Mapping[str, int],
    failures: Mapping[str, int],
    ways: Mapping[str, TicketWay],
    intake: Mapping[tuple[str, str], int],
) -> RegisterReading:
    """Return the reading with what this process itself delivered, met and took in."""
    systems = {
        name: replace(
            reading.systems.get(name, SystemReading()),
            delivered=delivered.get(name, 0),
            failures=failures.get(name, 0),
            way=ways.get(name, TicketWay()),
        )
        for name in {*reading.systems, *delivered, *failures, *ways}
    }
    return replace(reading, systems=systems, intake=dict(intake))
