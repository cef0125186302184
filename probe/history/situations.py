"""How the hubs stand, read from the ledger and the observations for whoever decides about incidents and flags.

Its cost does not grow with history: of each subject the end of its timeline is read, and of the observations those that were recorded since
the last reading.
"""

from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, desc, func, select

from probe.core.condition import CONDITIONS, HUB
from probe.core.incident.situation import Sample, Situation, sample, situation
from probe.core.subject import State, journey_of
from probe.core.timeline import Interval, Row, Timeline
from probe.history import records, schema
from probe.history.lapse import may_lapse

_AT_ONCE = 50


class Samples:
    """What the latest observations say, by hub, oldest first. Brought up to date by what was recorded since."""

    def __init__(self, lookback_us: int) -> None:
        self._lookback_us = lookback_us
        self._last: int | None = None  # the number of the last observation that was looked at
        self._of: dict[str, list[Sample]] = {}

    def copy(self) -> "Samples":
        """One that can look at what may yet be rolled back."""
        other = Samples(self._lookback_us)
        other._last, other._of = self._last, {hub: list(found) for hub, found in self._of.items()}
        return other

    def refresh(self, connection: Connection, now_us: int) -> None:
        """Raises LedgerError when an observation cannot be read."""
        table = schema.observation
        since_us = now_us - self._lookback_us
        recent = table.c.started_us >= since_us if self._last is None else table.c.id > self._last  # each by its index
        query = select(table).where(recent)
        self._last = connection.scalar(select(func.max(table.c.id))) or self._last or 0
        for row in connection.execute(query).mappings():
            self._add(row)
        for hub, found in self._of.items():
            if found and found[0].at_us < since_us:
                self._of[hub] = [each for each in found if each.at_us >= since_us]

    def _add(self, row: RowMapping) -> None:
        seen = records.to_observation({str(name): value for name, value in row.items()})
        says = sample(seen)
        if says is not None:
            insort(self._of.setdefault(seen.hub, []), says, key=lambda each: each.at_us)

    def of(self, hub: str) -> Sequence[Sample]:
        return self._of.get(hub, ())


class Place(NamedTuple):
    """A hub and what the configuration says of its IdPs: `control` and `contacts` name those that the operator runs, and that have any."""

    hub: str
    idps: tuple[str, ...] = ()
    control: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    watched: bool = True


def situation_of(
    connection: Connection, place: Place, now_us: int, samples: Sequence[Sample], lapses: Sequence[Row], since: Callable[[Situation], int]
) -> Situation:
    """A hub at `now_us`. `since` says how far back is needed, given what is found so far; all that lasts is found anyway."""
    first_us = since(Situation(place.hub, now_us))
    found = _situation(connection, place, now_us, samples, lapses, first_us)
    return found if since(found) >= first_us else _situation(connection, place, now_us, samples, lapses, since(found))


def _situation(
    connection: Connection, place: Place, now_us: int, samples: Sequence[Sample], lapses: Sequence[Row], since_us: int
) -> Situation:
    wanted = (HUB, *CONDITIONS, *map(journey_of, place.idps))
    intervals = {subject: found for subject in wanted if (found := _tail(connection, place.hub, subject, since_us, lapses))}
    made = situation(place.hub, now_us, place.idps, intervals, samples, place.control, place.contacts)
    return made if place.watched else replace(made, watched=False)


def _tail(connection: Connection, hub: str, subject: str, since_us: int, lapses: Sequence[Row]) -> list[Interval]:
    """A subject's latest intervals, oldest first: back to one that is well and ended before `since_us`."""
    table = schema.interval
    query = select(table).where(table.c.hub == hub, table.c.subject == subject).order_by(desc(table.c.start_us))
    found: list[Interval] = []
    while True:
        rows = connection.execute(query.limit(_AT_ONCE).offset(len(found))).mappings().all()
        for row in rows:
            interval = records.to_interval({str(name): value for name, value in row.items()})
            found.append(interval)
            over = interval.end_us is not None and interval.end_us < since_us
            if over and interval.standing.state in (State.UP, State.BLIP):
                return _lapsed(found, hub, subject, lapses)
        if len(rows) < _AT_ONCE:
            return _lapsed(found, hub, subject, lapses)


def _lapsed(found: list[Interval], hub: str, subject: str, lapses: Sequence[Row]) -> list[Interval]:
    """The same, oldest first, with what nothing vouches for any more unknown."""
    timeline = Timeline([(interval.start_us, interval.standing) for interval in reversed(found)])
    for row in lapses:
        if (row.hub, row.subject) == (hub, subject):
            timeline.apply(row.effective_us, row.standing)
    return timeline.intervals() if timeline.points else []


def lapses(connection: Connection, now_us: int) -> list[Row]:
    """The rows that the passing of time alone would write by `now_us`, of all hubs. Raises LedgerError."""
    from probe.history.plain import lapses as of_hub

    contents: Mapping[str, bytes] = {row.hub: row.content for row in connection.execute(select(schema.memory))}
    return [row for content in contents.values() if may_lapse(content, now_us) for row in of_hub(content, now_us)]
