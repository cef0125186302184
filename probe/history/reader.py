"""Reading the ledger. Every method raises LedgerError when the database refuses."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine, Select, desc, select
from sqlalchemy.exc import DBAPIError

from probe.core.condition import HUB, Standing
from probe.core.fold import advance
from probe.core.observation import Observation
from probe.core.spec import HubSpec
from probe.core.timeline import Interval, Outage, Row, Timeline, outages
from probe.errors import LedgerError
from probe.history import records, schema
from probe.history.chain import first_altered
from probe.history.memory import recall
from probe.history.store import reason

P = ParamSpec("P")
T = TypeVar("T")


def _reading(method: Callable[P, T]) -> Callable[P, T]:
    @wraps(method)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except DBAPIError as error:
            raise LedgerError(f"the ledger could not be read: {reason(error)}") from error

    return read


def _timeline(intervals: Iterable[Interval], lapses: Iterable[Row], hub: str, subject: str) -> Timeline:
    found = Timeline([(interval.start_us, interval.standing) for interval in intervals])
    for row in lapses:
        if (row.hub, row.subject) == (hub, subject):
            found.apply(row.effective_us, row.standing)
    return found


class Reader:
    """Readings of history; any number of them, beside the writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _rows(self, query: Select[Any]) -> list[dict[str, Any]]:
        return list(self._stream(query))

    def _stream(self, query: Select[Any]) -> Iterator[dict[str, Any]]:
        with self._engine.connect().execution_options(yield_per=1000) as connection:
            for row in connection.execute(query).mappings():
                yield {str(name): value for name, value in row.items()}

    @_reading
    def memory(self) -> Mapping[str, bytes]:
        """What the fold remembered last, by hub."""
        return {row["hub"]: row["content"] for row in self._rows(select(schema.memory))}

    @_reading
    def specs(self) -> dict[str, HubSpec]:
        """The latest settings of every hub ever watched."""
        rows = self._rows(select(schema.setting).order_by(schema.setting.c.id))
        return {row["hub"]: HubSpec.from_json(row["spec"]) for row in rows}

    @_reading
    def subjects(self) -> list[tuple[str, str]]:
        """Every (hub, subject) in the ledger, the hub before its conditions and IdPs."""
        table = schema.interval
        rows = self._rows(select(table.c.hub, table.c.subject).distinct())
        return sorted(((row["hub"], row["subject"]) for row in rows), key=lambda found: (found[0], found[1] != HUB, found[1]))

    @_reading
    def intervals(self, hub: str, subject: str, now_us: int) -> list[Interval]:
        """A subject's whole time up to `now_us`, oldest first; what nothing vouches for any more is unknown already."""
        table = schema.interval
        query = select(table).where(table.c.hub == hub, table.c.subject == subject).order_by(table.c.start_us)
        return _timeline(map(records.to_interval, self._rows(query)), self._lapses(now_us), hub, subject).intervals()

    @_reading
    def standings(self, now_us: int) -> dict[tuple[str, str], tuple[int, Standing]]:
        """(hub, subject) -> since when it has been in its present standing, and that standing."""
        rows = self._rows(select(schema.interval).where(schema.interval.c.end_us.is_(None)))
        lapses = self._lapses(now_us)
        found = {}
        for row in rows:
            key = row["hub"], row["subject"]
            found[key] = _timeline([records.to_interval(row)], lapses, *key).points[-1]
        return found

    def _lapses(self, now_us: int) -> list[Row]:
        """The rows that the passing of time alone would write by `now_us`."""
        states = [recall(content).state for content in self.memory().values()]
        return [row for state in states for row in advance(state, now_us)]

    def outages(self, now_us: int, hub: str | None = None) -> list[Outage]:
        """All outages, of the conditions and of the IdPs, by their start. The hub's own are its conditions'."""
        found: list[Outage] = []
        for name, subject in self.subjects():
            if subject != HUB and hub in (None, name):
                found += outages(name, subject, self.intervals(name, subject, now_us), now_us)
        return sorted(found, key=lambda outage: (outage.start_us, outage.hub, outage.subject))

    @_reading
    def latest(self, hub: str | None = None, limit: int = 100) -> list[Observation]:
        """The newest observations, newest first, with their evidence."""
        query = select(schema.observation).order_by(desc(schema.observation.c.id)).limit(limit)
        if hub is not None:
            query = query.where(schema.observation.c.hub == hub)
        return [records.to_observation(row) for row in self._rows(query)]

    def observations(self) -> Iterator[tuple[int, Observation]]:
        """Every kept observation with its number, in the order of recording; streamed."""
        for row in self._stream(select(schema.observation).order_by(schema.observation.c.id)):
            yield row["id"], records.to_observation(row)

    def ledger(self) -> Iterator[dict[str, Any]]:
        """Every row of the ledger, in the order of writing; streamed."""
        yield from self._stream(select(schema.ledger).order_by(schema.ledger.c.seq))

    @_reading
    def first_altered(self) -> int | None:
        """The number of the first ledger row that was altered after it was written, or None."""
        return first_altered(self.ledger())
