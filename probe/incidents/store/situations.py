"""Reads the situation of the hubs from ledger and observations, for the rules on incidents and
flags.

Its cost does not grow with history. It reads the end of each subject's timeline, where the ledger
has new rows (`probe.ledger.tails`), and the observations that were recorded since the last reading.
"""

from bisect import insort
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, func, select

from probe.core.incident.situation import Sample, Situation, sample, situation
from probe.core.judgement.condition import CONDITIONS, HUB
from probe.core.judgement.subject import journey_of
from probe.core.judgement.timeline import Interval, LedgerRow, Timeline
from probe.ledger.db import records, schema
from probe.ledger.tails import Tails


class Samples:
    """The samples of the latest observations, by hub, oldest first.

    `refresh` reads only the observations that were recorded since the last time.
    """

    def __init__(self, lookback_us: int) -> None:
        self._lookback_us = lookback_us
        self._last: int | None = None  # the number of the last observation that was read
        self._of: dict[str, list[Sample]] = {}

    def copy(self) -> "Samples":
        """Return a copy, for data that may still be rolled back."""
        other = Samples(self._lookback_us)
        other._last, other._of = self._last, {hub: list(samples) for hub, samples in self._of.items()}
        return other

    def refresh(self, connection: Connection, now_us: int) -> None:
        """Read the new observations. Raises LedgerError when one cannot be read."""
        table = schema.observation
        since_us = now_us - self._lookback_us
        recent = table.c.started_us >= since_us if self._last is None else table.c.id > self._last  # each by its index
        query = select(table).where(recent)
        self._last = connection.scalar(select(func.max(table.c.id))) or self._last or 0
        for row in connection.execute(query).mappings():
            self._add(row)
        for hub, samples in self._of.items():
            if samples and samples[0].at_us < since_us:
                self._of[hub] = [each for each in samples if each.at_us >= since_us]

    def _add(self, row: RowMapping) -> None:
        seen = records.to_observation({str(name): value for name, value in row.items()})
        says = sample(seen)
        if says is not None:
            insort(self._of.setdefault(seen.hub, []), says, key=lambda each: each.at_us)

    def of(self, hub: str) -> Sequence[Sample]:
        return self._of.get(hub, ())


class Place(NamedTuple):
    """A hub and its IdPs, as configured.

    `control`: the IdPs that the operator runs. `contacts`: the IdPs that have contacts.
    """

    hub: str
    idps: tuple[str, ...] = ()
    control: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    watched: bool = True


def situation_of(
    connection: Connection,
    place: Place,
    now_us: int,
    samples: Sequence[Sample],
    tails: Tails,
    lapses: Sequence[LedgerRow],
    since: Callable[[Situation], int],
) -> Situation:
    """Read the situation of a hub at `now_us`.

    `since` returns the instant from which on the past is needed, by what was read so far. States
    that last are read anyway.
    """
    lapsed: dict[str, list[LedgerRow]] = {}
    for row in lapses:
        lapsed.setdefault(row.subject, []).append(row)
    subjects = (HUB, *CONDITIONS, *map(journey_of, place.idps))

    def read(since_us: int) -> Situation:
        stored = tails.read(connection, place.hub, subjects, since_us)
        intervals = {subject: _lapsed(stored[subject], lapsed.get(subject, ())) for subject in subjects if subject in stored}
        known = {subject: each for subject, each in intervals.items() if each}
        whole = situation(place.hub, now_us, place.idps, known, samples, place.control, place.contacts)
        return whole if place.watched else replace(whole, watched=False)

    first_us = since(Situation(place.hub, now_us))
    recent = read(first_us)
    return recent if since(recent) >= first_us else read(since(recent))


def _lapsed(intervals: Sequence[Interval], lapses: Sequence[LedgerRow]) -> Sequence[Interval]:
    """Return the intervals, with `unknown` where the state is stale."""
    if not lapses:
        return intervals
    timeline = Timeline([(interval.start_us, interval.status) for interval in intervals])
    for row in lapses:
        timeline.apply(row.effective_us, row.status)
    return timeline.intervals() if timeline.points else []


def memory_of(connection: Connection, hubs: Collection[str] | None = None) -> Mapping[str, bytes]:
    """Return the memory of the fold, by hub: of all hubs, or of some."""
    query = select(schema.memory)
    if hubs is not None:
        query = query.where(schema.memory.c.hub.in_(sorted(hubs)))
    return {row.hub: row.content for row in connection.execute(query)}
