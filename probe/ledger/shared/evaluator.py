"""The one evaluator of a shared store: whichever prober holds the seat.

The seat is an advisory lock of the session that also writes the evaluation. So the right to write and the transaction under way die
together, however the process or its machine ends: the server gives the lock back when it closes the session. It does so at once when
the process is gone, after some twenty seconds when the machine or the network is (TCP keep-alives), and when the process is frozen
(`idle_session_timeout`: an evaluator that lives asks for something every second). PostgreSQL 15, "Explicit Locking", 13.3.5.

It needs sessions of its own: a pooler that shares one among transactions (pgbouncer's `pool_mode=transaction`) must be passed by.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, or_, select, text
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db import postgres, schema
from probe.ledger.db.store import reason
from probe.ledger.shared.evaluation import ANY, AT_ONCE, CLOSE_US, FAR_US, Evaluation, Taken
from probe.ledger.writer import FORGOTTEN_AT_ONCE, Follow, nothing

MANY = 5_000
"""Observations taken in at once by the step after one that had to fold again: a vantage that catches up brings more of the same."""

_SEAT = 0x56494749_03
_SESSION = {"idle_session_timeout": "15000", "idle_in_transaction_session_timeout": "15000", "statement_timeout": "60000"}


class Evaluator:
    """A prober's hold of the seat, or its want of it. Not for several threads at once."""

    def __init__(self, url: str, follow: Follow = nothing) -> None:
        self._follow = follow
        self._engine: Engine = postgres.connect(url, writes=True, session=_SESSION, pooled=False)
        self._connection: Connection | None = None
        self._evaluation = Evaluation()
        self._most = AT_ONCE

    @property
    def seated(self) -> bool:
        return self._connection is not None

    def take_seat(self) -> bool:
        """Take the seat if it is free. Raises LedgerError when the store cannot be had."""
        connection = None
        try:
            connection = self._engine.connect().execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _SEAT}):
                    connection.close()
                    return False
                self._evaluation = Evaluation.load(connection)
        except (DBAPIError, LedgerError) as error:
            if connection is not None:
                _drop(connection)
            raise LedgerError(f"the shared store cannot be evaluated: {reason(error)}") from error
        self._connection, self._most = connection, AT_ONCE
        return True

    def step(self) -> Taken:
        """Evaluate what has come. Raises LedgerError, and the seat is given up: whoever takes it goes on from the last commit."""
        if self._connection is None:
            raise LedgerError("another prober evaluates the shared store")
        try:
            with self._connection.begin():
                postgres.hold_ledger(self._connection)
                taken = self._evaluation.step(self._connection, self._most)
                self._follow(self._connection, taken.rows)
            self._most = MANY if taken.refolded else AT_ONCE
            return taken
        except (DBAPIError, LedgerError) as error:
            self.leave()
            raise LedgerError(f"the shared store cannot be evaluated: {reason(error)}") from error
        except BaseException:
            self.leave()  # the memory knows more than the ledger
            raise

    def forget(self, now_us: int, retention_us: int) -> int:
        """Delete what is older than the retention, if this prober has the seat. Returns how many observations. Raises LedgerError.

        Of observations only those that the oldest stage that stays has taken in: what is kept can always be folded again from it, and
        says the same. `now_us` counts only as far as the store's own clock agrees: a prober from the future forgets nothing more.
        """
        if self._connection is None:
            return 0
        try:
            with self._connection.begin():
                cut = min(now_us, postgres.now_us(self._connection)) - retention_us
                bases = _thin(self._connection, cut, now_us)
            return sum(self._forgotten(_outlived(bases, cut)))
        except DBAPIError as error:
            self.leave()
            raise LedgerError(f"the shared store cannot be evaluated: {reason(error)}") from error

    def _forgotten(self, condition: ColumnElement[bool]) -> Iterator[int]:
        """Delete in parts: nobody who writes waits for long."""
        table = schema.observation
        some = select(table.c.id).where(condition, table.c.id <= self._evaluation.observation).limit(FORGOTTEN_AT_ONCE)
        deleted = FORGOTTEN_AT_ONCE
        while self._connection is not None and deleted == FORGOTTEN_AT_ONCE:
            with self._connection.begin():
                deleted = int(self._connection.execute(delete(table).where(table.c.id.in_(some))).rowcount)
            yield deleted

    def leave(self) -> None:
        """Give the seat up. May be called twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _drop(connection)

    def close(self) -> None:
        self.leave()
        self._engine.dispose()


def _drop(connection: Connection) -> None:
    """End the session itself: its locks go with it."""
    with suppress(DBAPIError):
        connection.invalidate()
    with suppress(DBAPIError):
        connection.close()


def _thin(connection: Connection, cut: int, now_us: int) -> dict[str, dict[str, int]]:
    """Delete the stages that nothing will be folded again from. Returns, by hub, what the oldest one that stays has taken in."""
    table = schema.stage
    kept: dict[str, list[int]] = {}
    for row in connection.execute(select(table.c.hub, table.c.at_us).order_by(table.c.hub, table.c.at_us)):
        instants = kept.setdefault(row.hub, [])
        if instants and row.at_us <= cut:  # the one before it is of use no more
            connection.execute(delete(table).where(table.c.hub == row.hub, table.c.at_us == instants.pop()))
        elif instants and row.at_us < now_us - CLOSE_US and row.at_us - instants[-1] < FAR_US:
            connection.execute(delete(table).where(table.c.hub == row.hub, table.c.at_us == row.at_us))
            continue
        instants.append(row.at_us)
    taken = select(table.c.taken)
    return {hub: connection.scalars(taken.where(table.c.hub == hub, table.c.at_us == instants[0])).one() for hub, instants in kept.items()}


def _outlived(bases: Mapping[str, Mapping[str, int]], cut: int) -> ColumnElement[bool]:
    """The observations of before an instant that nothing will be folded again from: of every hub its own, and those of none."""
    table = schema.observation
    ours = [and_(table.c.hub == hub, _taken_in(taken)) for hub, taken in bases.items()]
    return and_(table.c.started_us < cut, or_(table.c.hub.not_in(list(bases)), *ours))


def _taken_in(taken: Mapping[str, int]) -> ColumnElement[bool]:
    table = schema.observation
    named = {vantage: number for vantage, number in taken.items() if vantage != ANY}
    others = and_(table.c.vantage.not_in(list(named)), table.c.id <= taken.get(ANY, 0))
    return or_(others, *(and_(table.c.vantage == vantage, table.c.id <= number) for vantage, number in named.items()))
