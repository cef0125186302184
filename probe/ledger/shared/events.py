"""Reads what a shared store took in: observations and settings, in the order of their events.

`probe.ledger.shared.evaluation` folds them.
"""

import heapq
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from probe.core.judgement.observation import Observation
from probe.core.judgement.spec import HubSpec
from probe.ledger.db import records, schema
from probe.ledger.shared.checkpoints import ANY, HubFold

AT_ONCE = 500
"""Observations in one step, at most."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An observation, or settings, as stored."""

    number: int
    hub: str
    vantage: str = ""
    observation: Observation | None = None  # None: these are settings, or it cannot be read
    spec: HubSpec | None = None
    at_us: int = 0
    digest: str = ""
    believed: bool = True


def settings_after(connection: Connection, *, after: int) -> list[tuple[int, StoredEvent]]:
    """Read the settings after number `after`, each with the number of the observation before it."""
    table = schema.setting
    rows = connection.execute(select(table).where(table.c.id > after).order_by(table.c.id)).mappings()
    return [(row["after_observation"], _setting(row)) for row in rows]


def _setting(row: Mapping[Any, Any]) -> StoredEvent:
    return StoredEvent(row["id"], row["hub"], spec=HubSpec.from_json(row["spec"]), at_us=row["at_us"])


def observations_after(connection: Connection, after: int, most: int) -> list[StoredEvent]:
    """Read the observations after number `after`, at most `most`."""
    table = schema.observation
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(most)
    grace = _graces(connection)
    return [_observed(row, grace) for row in connection.execute(query).mappings()]


def _graces(connection: Connection) -> Callable[[str], int]:
    """Return a function that gives a hub's grace, in microseconds: the first one that it had.

    So a change of settings does not change which observations were believed.
    """
    table = schema.setting
    graces: dict[str, int] = {}
    for row in connection.execute(select(table.c.hub, table.c.spec).order_by(table.c.id)):
        graces.setdefault(row.hub, int(row.spec["grace_us"]))
    return lambda hub: graces.get(hub, 0)


def _observed(row: Mapping[Any, Any], grace: Callable[[str], int]) -> StoredEvent:
    number, hub, vantage = row["id"], row["hub"], row["vantage"]
    try:
        seen = records.to_observation({str(name): value for name, value in row.items()})
    except (ValueError, KeyError, TypeError):
        return StoredEvent(number, hub, vantage, believed=False)
    ahead = row["received_us"] is not None and seen.finished_us > row["received_us"] + grace(hub)
    return StoredEvent(number, hub, vantage, seen, digest=row["digest"], believed=not ahead)


def events_in_order(connection: Connection, hub: HubFold, until: int, setting: int) -> Generator[StoredEvent, None, None]:
    """Yield the events that `hub` has not taken in, in the order of event time.

    `until` and `setting` are the numbers of the last observation and the last settings.

    Each vantage's observations stay in the order of their numbers.
    """
    table = schema.observation
    name = hub.state.spec.name
    grace = _graces(connection)
    vantages = connection.scalars(select(table.c.vantage).where(table.c.hub == name, table.c.id <= until).distinct())
    new = [event for _, event in settings_after(connection, after=hub.setting) if event.number <= setting]
    settings = ((event.at_us, "", event) for event in new if event.spec and event.spec.name == name)
    with ExitStack() as opened:
        streams = [opened.enter_context(closing(_stream(connection, hub, vantage, until, grace))) for vantage in sorted(vantages)]
        for _, _, event in heapq.merge(settings, *streams, key=lambda entry: (entry[0], entry[1])):
            yield event


def _stream(
    connection: Connection, hub: HubFold, vantage: str, until: int, grace: Callable[[str], int]
) -> Generator[tuple[int, str, StoredEvent], None, None]:
    """Yield the events of one vantage, each with its place in the merged order.

    The place is the latest finish so far, so that the vantage's own order holds.
    """
    table = schema.observation
    after = hub.taken.get(vantage, hub.taken.get(ANY, 0))
    query = select(table).where(table.c.hub == hub.state.spec.name, table.c.vantage == vantage, table.c.id > after, table.c.id <= until)
    known = hub.state.vantages.get(vantage)
    clock = known.clock_us if known else 0
    with connection.execute(query.order_by(table.c.id).execution_options(yield_per=AT_ONCE)) as rows:
        for row in rows.mappings():
            event = _observed(row, grace)
            if event.observation is not None and event.believed:
                clock = max(clock, event.observation.finished_us)
            yield clock, vantage, event
