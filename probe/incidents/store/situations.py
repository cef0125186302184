"""Reads the situation of the hubs from ledger and observations, for the rules on incidents and
flags.

Its cost does not grow with history. It reads the end of each subject's timeline, where the ledger
has new rows (`probe.ledger.tails`), and the observations that were recorded since the last reading.
"""

from bisect import insort
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, func, select

from probe.core.incident.situation import NegativeSample, Sample, Situation, negative_sample, sample, situation
from probe.core.judgement.condition import CONDITIONS, HUB
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.subject import at_client, client_of, journey_of
from probe.core.judgement.timeline import Interval, LedgerRow, Timeline
from probe.ledger.db import records, schema
from probe.ledger.tails import Tails


class Samples:
    """The samples of the latest observations, by hub, oldest first.

    `refresh` reads only the observations that were recorded since the last time. Of negative
    journeys the latest two of each vantage are kept, however old.
    """

    def __init__(self, lookback_us: int, places: Sequence["Place"] = ()) -> None:
        self._lookback_us = lookback_us
        self._places = [place for place in places if place.negatives]
        self._last: int | None = None  # the number of the last observation that was read
        self._of: dict[str, list[Sample]] = {}
        self._proofs: dict[tuple[str, str, str], tuple[NegativeSample, ...]] = {}  # by hub, name, vantage

    def copy(self) -> "Samples":
        """Return a copy, for data that may still be rolled back."""
        other = Samples(self._lookback_us, self._places)
        other._last, other._of = self._last, {hub: list(samples) for hub, samples in self._of.items()}
        other._proofs = dict(self._proofs)
        return other

    def refresh(self, connection: Connection, now_us: int) -> None:
        """Read the new observations. Raises LedgerError when one cannot be read."""
        table = schema.observation
        since_us = now_us - self._lookback_us
        recent = table.c.started_us >= since_us if self._last is None else table.c.id > self._last  # each by its index
        if self._last is None:
            for place in self._places:
                self._add_negatives(connection, place, now_us)
        query = select(table).where(recent)
        self._last = connection.scalar(select(func.max(table.c.id))) or self._last or 0
        for row in connection.execute(query).mappings():
            self._add(row)
        for hub, samples in self._of.items():
            if samples and samples[0].at_us < since_us:
                self._of[hub] = [each for each in samples if each.at_us >= since_us]

    def _add(self, row: RowMapping) -> None:
        seen = _observation(row)
        says = sample(seen)
        if says is not None:
            insort(self._of.setdefault(seen.hub, []), says, key=lambda each: each.at_us)
        self._add_proof(seen, row["id"])

    def _add_proof(self, seen: Observation, number: int) -> None:
        proof = negative_sample(seen, number)
        if proof is None:
            return
        place = (seen.hub, proof.name, proof.vantage)
        by_number = {each.number: each for each in (*self._proofs.get(place, ()), proof)}
        self._proofs[place] = tuple(sorted(by_number.values(), key=lambda each: (each.at_us, each.number))[-2:])

    def _add_negatives(self, connection: Connection, place: "Place", now_us: int) -> None:
        """Read the negative journeys of a hub that still count, which may be older than the rest.

        Each is found by the index of a target's latest observations.
        """
        table = schema.observation
        of_hub = select(table).where(table.c.hub == place.hub, table.c.kind == Kind.NEGATIVE.value)
        for name, counts_us in place.negatives.items():
            query = of_hub.where(table.c.idp == name, table.c.started_us >= now_us - counts_us)
            for row in connection.execute(query).mappings():
                self._add_proof(_observation(row), row["id"])

    def proofs(self, place: "Place", now_us: int) -> Sequence[NegativeSample]:
        """Return what negative journeys proved at a hub and still counts."""
        mine = (each for (hub, _, _), proofs in self._proofs.items() if hub == place.hub for each in proofs)
        return tuple(each for each in mine if now_us - each.at_us < place.negatives.get(each.name, 0))

    def of(self, hub: str) -> Sequence[Sample]:
        return self._of.get(hub, ())


def _observation(row: RowMapping) -> Observation:
    return records.to_observation({str(name): value for name, value in row.items()})


class Place(NamedTuple):
    """A hub and its IdPs, as configured.

    `control`: the IdPs that the operator runs. `contacts`: the IdPs that have contacts.
    `negatives`: what the hub must refuse, and for how long (microseconds) a proof counts.
    `clients`: those beside the main one, each with the IdPs at which it logs in.
    """

    hub: str
    idps: tuple[str, ...] = ()
    control: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    negatives: Mapping[str, int] = MappingProxyType({})
    watched: bool = True
    clients: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def situation_of(
    connection: Connection,
    place: Place,
    now_us: int,
    samples: Samples,
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
    subjects = (HUB, *CONDITIONS, *map(journey_of, place.idps), *_seen_by_clients(place))

    def read(since_us: int) -> Situation:
        stored = tails.read(connection, place.hub, subjects, since_us)
        intervals = {subject: _lapsed(stored[subject], lapsed.get(subject, ())) for subject in subjects if subject in stored}
        known = {subject: each for subject, each in intervals.items() if each}
        whole = situation(place.hub, now_us, place.idps, known, samples.of(place.hub), place.control, place.contacts)
        proofs = samples.proofs(place, now_us)
        return replace(whole, negatives=tuple(place.negatives), proofs=proofs, watched=place.watched, clients=place.clients)

    first_us = since(Situation(place.hub, now_us))
    recent = read(first_us)
    return recent if since(recent) >= first_us else read(since(recent))


def _seen_by_clients(place: Place) -> Iterator[str]:
    """Yield the subjects that the clients beside the main one show."""
    for client, idps in place.clients.items():
        yield client_of(client)
        yield from (at_client(journey_of(idp), client) for idp in idps)


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
