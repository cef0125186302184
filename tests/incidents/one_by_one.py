"""How a hub stands, read subject by subject: a query each, and more for a long timeline.
An oracle for `probe.incidents.store.situations`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, desc, select

from probe.core.incident.situation import Sample, Situation, situation
from probe.core.judgement.condition import CONDITIONS, HUB
from probe.core.judgement.subject import State, journey_of
from probe.core.judgement.timeline import Interval, LedgerRow, Timeline
from probe.incidents.store.situations import Place
from probe.ledger.db import records, schema

_AT_ONCE = 50


def situation_of(
    connection: Connection,
    place: Place,
    now_us: int,
    samples: Sequence[Sample],
    lapses: Sequence[LedgerRow],
    since: Callable[[Situation], int],
) -> Situation:
    """A hub at `now_us`. `since` says how far back is needed, given what is found so far;
    all that lasts is found anyway.
    """
    first_us = since(Situation(place.hub, now_us))
    found = _situation(connection, place, now_us, samples, lapses, first_us)
    return found if since(found) >= first_us else _situation(connection, place, now_us, samples, lapses, since(found))


def _situation(
    connection: Connection, place: Place, now_us: int, samples: Sequence[Sample], lapses: Sequence[LedgerRow], since_us: int
) -> Situation:
    wanted = (HUB, *CONDITIONS, *map(journey_of, place.idps))
    intervals = {subject: found for subject in wanted if (found := _tail(connection, place.hub, subject, since_us, lapses))}
    made = situation(place.hub, now_us, place.idps, intervals, samples, place.control, place.contacts)
    return made if place.watched else replace(made, watched=False)


def _tail(connection: Connection, hub: str, subject: str, since_us: int, lapses: Sequence[LedgerRow]) -> list[Interval]:
    """A subject's latest intervals, oldest first: back to one that is well and ended before
    `since_us`.
    """
    table = schema.interval
    query = select(table).where(table.c.hub == hub, table.c.subject == subject).order_by(desc(table.c.start_us))
    found: list[Interval] = []
    while True:
        rows = connection.execute(query.limit(_AT_ONCE).offset(len(found))).mappings().all()
        for row in rows:
            interval = records.to_interval({str(name): value for name, value in row.items()})
            found.append(interval)
            over = interval.end_us is not None and interval.end_us < since_us
            if over and interval.status.state in (State.UP, State.BLIP):
                return _lapsed(found, hub, subject, lapses)
        if len(rows) < _AT_ONCE:
            return _lapsed(found, hub, subject, lapses)


def _lapsed(found: list[Interval], hub: str, subject: str, lapses: Sequence[LedgerRow]) -> list[Interval]:
    """The same, oldest first, with what nothing vouches for any more unknown."""
    timeline = Timeline([(interval.start_us, interval.status) for interval in reversed(found)])
    for row in lapses:
        if (row.hub, row.subject) == (hub, subject):
            timeline.apply(row.effective_us, row.status)
    return timeline.intervals() if timeline.points else []
