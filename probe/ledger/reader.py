"""Reads the ledger.

Every method raises LedgerError when the database refuses, or holds anything that Vigie did not
write. Each reading sees the ledger at one instant, without later commits.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Select, desc, func, select
from sqlalchemy.exc import DBAPIError

from probe.core.judgement.accounts import Accounts
from probe.core.judgement.condition import HUB, SubjectStatus
from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.direct_failures import direct_failures
from probe.core.judgement.fold import unwatched_tiles
from probe.core.judgement.host_families import OLD_US, HostFamilies
from probe.core.judgement.observation import Observation
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.reach import Reach, short_reaches
from probe.core.judgement.signal import Cause
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.subject import UP_STATES
from probe.core.judgement.suspension import Suspension, suspensions
from probe.core.judgement.timeline import Interval, LedgerRow, Outage, Timeline, outages
from probe.core.judgement.unproven import unproven_outages
from probe.core.judgement.why_unknown import Explanation, explain
from probe.errors import LedgerError
from probe.ledger.checkpoints import Checkpoint, usable
from probe.ledger.db import records, schema
from probe.ledger.db.chain import GENESIS, first_altered
from probe.ledger.db.records import Setting
from probe.ledger.db.store import reason
from probe.ledger.memory import Memories

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 1_000  # rows fetched together
_MOST_LATEST = 2_000  # observations of the last minutes, of which a reading takes more than the last one


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise LedgerError(f"the ledger could not be read: {reason(error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"the ledger holds what Vigie did not write ({type(error).__name__})") from error


def telling_of_errors(method: Callable[P, T]) -> Callable[P, T]:
    """Make a method that reads the ledger raise LedgerError, and nothing of the database's."""

    @wraps(method)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        with _telling():
            return method(*args, **kwargs)

    return read


def _streaming(method: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    @wraps(method)
    def read(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        rows = method(*args, **kwargs)
        while True:
            with _telling():
                try:
                    row = next(rows)
                except StopIteration:
                    return
            yield row

    return read


class Reader:
    """Reads the ledger. There may be any number of readers beside the writer."""

    def __init__(self, engine: Engine) -> None:
        self._connect: Callable[[], AbstractContextManager[Connection]] = engine.connect
        self._kept: Memories | None = None

    @classmethod
    def on(cls, connection: Connection) -> "Reader":
        """Return a reader within a connection's transaction."""
        reader = cls(connection.engine)
        reader._connect = lambda: nullcontext(connection)
        return reader

    @contextmanager
    def frozen(self) -> Iterator["Reader"]:
        """Give a reader all of whose readings see one instant, so that they agree."""
        with self._connect() as connection:
            reader = Reader.on(connection)
            reader._kept = Memories(lambda: _memory(connection))
            yield reader

    @contextmanager
    def _memories(self) -> Iterator[Memories]:
        """Give what is remembered of the hubs: of a frozen reader the same for every question."""
        if self._kept is not None:
            yield self._kept
            return
        with self._connect() as connection:
            yield Memories(lambda: _memory(connection))

    def _lapses(self, connection: Connection, now_us: int) -> list[LedgerRow]:
        """Return the rows that the passing of time alone would write by `now_us`."""
        return (self._kept or Memories(lambda: _memory(connection))).lapses(now_us)

    @telling_of_errors
    def memory(self) -> Mapping[str, bytes]:
        """Return the fold's latest memory, by hub."""
        with self._connect() as connection:
            return _memory(connection)

    @telling_of_errors
    def specs(self) -> dict[str, HubSpec]:
        """Return the latest settings of every hub ever watched."""
        with self._connect() as connection:
            return {setting.spec.name: setting.spec for setting in _settings(connection)}

    @telling_of_errors
    def settings(self) -> list[Setting]:
        """Return all settings that ever took effect, in the order of recording."""
        with self._connect() as connection:
            return _settings(connection)

    @telling_of_errors
    def subjects(self) -> list[tuple[str, str]]:
        """Return every (hub, subject) in the ledger, the hub before its conditions and IdPs."""
        with self._connect() as connection:
            return _subjects(connection)

    @telling_of_errors
    def intervals(self, hub: str, subject: str, now_us: int) -> list[Interval]:
        """Return a subject's whole time up to `now_us`, oldest first.

        Time without a fresh observation is unknown already.
        """
        with self._connect() as connection:
            return _intervals(connection, hub, subject, self._lapses(connection, now_us))

    @telling_of_errors
    def statuses(self, now_us: int) -> dict[tuple[str, str], tuple[int, SubjectStatus]]:
        """Return, by (hub, subject), since when it has had its present status, and that status."""
        with self._connect() as connection:
            open_ones = _rows(connection, select(schema.interval).where(schema.interval.c.end_us.is_(None)))
            lapses = self._lapses(connection, now_us)
            keyed = {(row["hub"], row["subject"]): records.to_interval(row) for row in open_ones}
            return {key: _timeline([interval], lapses, *key).points[-1] for key, interval in keyed.items()}

    @telling_of_errors
    def never_passed(self) -> dict[tuple[str, str], NeverPassed]:
        """Return what has never passed of our own settings, by hub and IdP ("": the hub's own)."""
        with self._memories() as kept:
            memories = kept.stored
        return {(hub, owner): told for hub, memory in memories.items() for owner, told in memory.near.never_passed.items()}

    @telling_of_errors
    def own_troubles(self, now_us: int) -> dict[tuple[str, str], OwnTrouble]:
        """Return why journeys say nothing of hub or IdP at an instant, by hub and IdP ("": the
        hub's own).
        """
        with self._memories() as kept:
            memories = kept.stored
        troubles = {(hub, owner): told for hub, memory in memories.items() for owner, told in memory.near.own_troubles.items()}
        return {key: told for key, told in troubles.items() if told.until_us > now_us}

    @telling_of_errors
    def suspensions(self) -> dict[tuple[str, str], Suspension]:
        """Return the accounts that the lock-out guard has stopped, by hub and IdP."""
        with self._memories() as kept:
            memories = kept.stored
        return {(hub, idp): each for hub, memory in memories.items() for idp, each in suspensions(memory.state.spec, memory.near).items()}

    @telling_of_errors
    def unproven(self) -> dict[tuple[str, str], NeverPassed]:
        """Return which open outages go on with settings that have never passed, by hub and IdP
        ("": the hub's own).
        """
        with self._memories() as kept:
            memories = kept.stored
        return {
            (hub, owner): told for hub, memory in memories.items() for owner, told in unproven_outages(memory.state, memory.near).items()
        }

    @telling_of_errors
    def short_reaches(self) -> dict[tuple[str, str], Reach]:
        """Return up to where each subject is seen that is not seen up to the identity, by hub and
        subject.
        """
        with self._memories() as kept:
            memories = kept.stored
        found = {hub: short_reaches(memory.state, memory.near) for hub, memory in memories.items()}
        return {(hub, subject): reach for hub, by_subject in found.items() for subject, reach in by_subject.items()}

    @telling_of_errors
    def direct_failures(self, now_us: int) -> dict[tuple[str, str], Cause]:
        """Return what `direct` meets at an instant at IdPs whose journeys fail, by hub and
        subject.
        """
        with self._memories() as kept:
            states = {hub: memory.state for hub, memory in kept.at(now_us).items()}
        return {(hub, subject): cause for hub, state in states.items() for subject, cause in direct_failures(state).items()}

    @telling_of_errors
    def explanations(self, now_us: int) -> dict[tuple[str, str], Explanation]:
        """Return why each subject that is unknown at an instant is so, by hub and subject."""
        with self._memories() as kept:
            memories = kept.at(now_us)
        return {(hub, subject): why for hub, memory in memories.items() for subject, why in explain(memory.state, memory.near).items()}

    @telling_of_errors
    def unwatched_tiles(self, now_us: int) -> dict[str, tuple[str, ...]]:
        """Return, by hub, some tiles that can be picked and that nobody watches."""
        with self._memories() as kept:
            states = {hub: memory.state for hub, memory in kept.at(now_us).items()}
        return {hub: tiles for hub, state in states.items() if (tiles := unwatched_tiles(state))}

    @telling_of_errors
    def never_answered(self) -> list[str]:
        """Return the names of the control targets that have never answered this prober."""
        with self._memories() as kept:
            memories = kept.stored
        return sorted({name for memory in memories.values() for name in memory.near.never_answered})

    @telling_of_errors
    def dead_families(self, now_us: int) -> dict[str, int]:
        """Return the family of addresses (4 or 6) that did not answer lately, by host."""
        columns = schema.observation.c
        query = select(columns.vantage, columns.finished_us, columns.hops).where(columns.started_us > now_us - OLD_US)
        found = defaultdict[str, HostFamilies](HostFamilies)  # by vantage
        with self._connect() as connection:
            for row in reversed(list(_rows(connection, query.order_by(desc(columns.id)).limit(_MOST_LATEST)))):
                for hop in records.to_hops(row["hops"]):
                    found[row["vantage"]].note(hop, row["finished_us"])
        return {host: ip for one in found.values() for host, ip in one.dead.items()}

    @telling_of_errors
    def accounts(self) -> dict[str, Accounts]:
        """Return what is remembered of accounts and claims, by hub and IdP."""
        with self._memories() as kept:
            return {hub: memory.near.accounts for hub, memory in kept.stored.items()}

    @telling_of_errors
    def outages(self, now_us: int, hub: str | None = None, since_us: int | None = None) -> list[Outage]:
        """Return all outages of the conditions and of the IdPs, in the order of their start.

        The hub's own outages are those of its conditions. `since_us`: only those that were not over
        by then, and no interval before the first of them is read.
        """
        every: list[Outage] = []
        with self._connect() as connection:
            lapses = self._lapses(connection, now_us)
            for name, subject in _subjects(connection):
                if subject != HUB and hub in (None, name):
                    begun_us = 0 if since_us is None else _last_up(connection, name, subject, since_us)
                    every += outages(name, subject, _intervals(connection, name, subject, lapses, begun_us), now_us)
        if since_us is not None:
            every = [outage for outage in every if outage.end_us is None or outage.end_us > since_us]
        return sorted(every, key=lambda outage: (outage.start_us, outage.hub, outage.subject))

    @telling_of_errors
    def latest(self, hub: str | None = None, limit: int = 100) -> list[Observation]:
        """Return the newest observations with their evidence, newest first."""
        query = select(schema.observation).order_by(desc(schema.observation.c.id)).limit(limit)
        if hub is not None:
            query = query.where(schema.observation.c.hub == hub)
        with self._connect() as connection:
            return [records.to_observation(row) for row in _rows(connection, query)]

    @_streaming
    def observations(self, after: int = 0) -> Iterator[tuple[int, Observation]]:
        """Stream every stored observation after number `after`, each with its own number.

        They come in the order of recording.
        """
        table = schema.observation
        with self._connect() as connection:
            for row in _rows(connection, select(table).where(table.c.id > after).order_by(table.c.id)):
                yield row["id"], records.to_observation(row)

    @telling_of_errors
    def observations_after(self, number: int, most: int) -> list[tuple[int, Observation]]:
        """Return the first `most` observations after this number, in the order of recording."""
        table = schema.observation
        query = select(table).where(table.c.id > number).order_by(table.c.id).limit(most)
        with self._connect() as connection:
            return [(row["id"], records.to_observation(row)) for row in _rows(connection, query)]

    @telling_of_errors
    def last_number(self) -> int:
        """Return the number of the latest observation; 0 when there is none."""
        with self._connect() as connection:
            return connection.scalar(select(func.max(schema.observation.c.id))) or 0

    @telling_of_errors
    def written_upto(self, source: str) -> int:
        """Return the number of the last observation that the ledger took from a source; 0 for
        none.
        """
        table = schema.observation
        with self._connect() as connection:
            return connection.scalar(select(func.max(table.c.number)).where(table.c.source == source)) or 0

    @_streaming
    def ledger(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Stream every row of the ledger after number `after`, in the order of writing."""
        table = schema.ledger
        with self._connect() as connection:
            yield from _rows(connection, select(table).where(table.c.seq > after).order_by(table.c.seq))

    @telling_of_errors
    def hash_of(self, seq: int) -> str:
        """Return the hash of a ledger row; for 0 the chain's beginning.

        Raises LedgerError when there is no such row.
        """
        with self._connect() as connection:
            stored = connection.scalar(select(schema.ledger.c.hash).where(schema.ledger.c.seq == seq)) if seq else GENESIS
        if stored is None:
            raise LedgerError(f"the ledger has no row {seq}")
        return str(stored)

    @telling_of_errors
    def kept(self) -> tuple[int, int, int]:
        """Return the first number, the last number and the count of the stored observations.

        (0, 0, 0) when there is none.
        """
        table = schema.observation
        with self._connect() as connection:
            first, last, count = connection.execute(select(func.min(table.c.id), func.max(table.c.id), func.count())).one()
        return (first, last, count) if count else (0, 0, 0)

    @telling_of_errors
    def checkpoints(self) -> Sequence[Checkpoint]:
        """Return the oldest checkpoint of each hub after which no observation is missing.

        Empty when there is none.
        """
        with self._connect() as connection:
            return usable(connection)

    def first_altered(self) -> int | None:
        """Return the number of the first ledger row that was altered, or None."""
        return first_altered(self.ledger())


def _rows(connection: Connection, query: Select[Any]) -> Iterator[dict[str, Any]]:
    with connection.execute(query.execution_options(yield_per=AT_ONCE)) as result:
        for row in result.mappings():
            yield {str(name): value for name, value in row.items()}


def _memory(connection: Connection) -> dict[str, bytes]:
    return {row["hub"]: row["content"] for row in _rows(connection, select(schema.memory))}


def _settings(connection: Connection) -> list[Setting]:
    return [records.to_setting(row) for row in _rows(connection, select(schema.setting).order_by(schema.setting.c.id))]


def _subjects(connection: Connection) -> list[tuple[str, str]]:
    table = schema.interval
    rows = _rows(connection, select(table.c.hub, table.c.subject).distinct())
    return sorted(((row["hub"], row["subject"]) for row in rows), key=lambda found: (found[0], found[1] != HUB, found[1]))


def _last_up(connection: Connection, hub: str, subject: str, at_us: int) -> int:
    """Return the start of the last interval up to an instant in which a subject was up, else 0."""
    table = schema.interval
    up = table.c.state.in_(UP_STATES)
    mine = (table.c.hub == hub, table.c.subject == subject, up, table.c.start_us <= at_us)
    return connection.scalar(select(func.max(table.c.start_us)).where(*mine)) or 0


def _intervals(connection: Connection, hub: str, subject: str, lapses: list[LedgerRow], begun_us: int = 0) -> list[Interval]:
    table = schema.interval
    mine = (table.c.hub == hub, table.c.subject == subject, table.c.start_us >= begun_us)
    query = select(table).where(*mine).order_by(table.c.start_us)
    return _timeline(map(records.to_interval, _rows(connection, query)), lapses, hub, subject).intervals()


def _timeline(intervals: Iterable[Interval], lapses: Iterable[LedgerRow], hub: str, subject: str) -> Timeline:
    timeline = Timeline([(interval.start_us, interval.status) for interval in intervals])
    for row in lapses:
        if (row.hub, row.subject) == (hub, subject):
            timeline.apply(row.effective_us, row.status)
    return timeline
