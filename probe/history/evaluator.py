"""The one evaluator of a shared store: whichever prober holds the seat.

The seat is an advisory lock of the session that also writes the evaluation. So the right to write and the transaction under way die
together, however the process or its machine ends: the server gives the lock back when it closes the session. It does so at once when
the process is gone, after some twenty seconds when the machine or the network is (TCP keep-alives), and when the process is frozen
(`idle_session_timeout`: an evaluator that lives asks for something every second). PostgreSQL 15, "Explicit Locking", 13.3.5.

It needs sessions of its own: a pooler that shares one among transactions (pgbouncer's `pool_mode=transaction`) must be passed by.
"""

from contextlib import suppress

from sqlalchemy import Connection, Engine, delete, func, select, text
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.history import schema, server
from probe.history.evaluation import Evaluation, Taken
from probe.history.store import reason

_SEAT = 0x56494749_03
_SESSION = {"idle_session_timeout": "15000", "idle_in_transaction_session_timeout": "15000", "statement_timeout": "60000"}
STAGES_CLOSE_US = 2 * 86_400_000_000
STAGES_FAR_US = 6 * 3_600_000_000


class Evaluator:
    """A prober's hold of the seat, or its want of it. Not for several threads at once."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = server.connect(url, writes=True, session=_SESSION, pooled=False)
        self._connection: Connection | None = None
        self._evaluation = Evaluation()

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
        self._connection = connection
        return True

    def step(self) -> Taken:
        """Evaluate what has come. Raises LedgerError, and the seat is given up: whoever takes it goes on from the last commit."""
        if self._connection is None:
            raise LedgerError("another prober evaluates the shared store")
        try:
            with self._connection.begin():
                server.hold_ledger(self._connection)
                return self._evaluation.step(self._connection)
        except (DBAPIError, LedgerError) as error:
            self.leave()
            raise LedgerError(f"the shared store cannot be evaluated: {reason(error)}") from error
        except BaseException:
            self.leave()  # the memory knows more than the ledger
            raise

    def thin(self, now_us: int) -> None:
        """Delete stages that are older than every observation, and most of the older ones. Raises LedgerError."""
        if self._connection is None:
            return
        try:
            with self._connection.begin():
                _thin(self._connection, now_us)
        except DBAPIError as error:
            self.leave()
            raise LedgerError(f"the shared store cannot be evaluated: {reason(error)}") from error

    def evaluated(self) -> int:
        """The number of the last observation that was taken in."""
        return self._evaluation.observation

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


def _thin(connection: Connection, now_us: int) -> None:
    table = schema.stage
    oldest = connection.scalar(select(func.min(schema.observation.c.finished_us))) or 0
    kept: dict[str, list[int]] = {}
    for row in connection.execute(select(table.c.hub, table.c.at_us).order_by(table.c.hub, table.c.at_us)):
        instants = kept.setdefault(row.hub, [])
        if instants and row.at_us < oldest:  # the one before it is of use no more, if this one is older than all there is to fold
            connection.execute(delete(table).where(table.c.hub == row.hub, table.c.at_us == instants.pop()))
        elif instants and row.at_us < now_us - STAGES_CLOSE_US and row.at_us - instants[-1] < STAGES_FAR_US:
            connection.execute(delete(table).where(table.c.hub == row.hub, table.c.at_us == row.at_us))
            continue
        instants.append(row.at_us)
