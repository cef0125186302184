"""Makes one prober of several the evaluator of a shared store: the one that holds its lock.

`probe.ledger.db.session_lock` says how the lock of a prober that dies or freezes is released. A
living evaluator runs a statement at least every second, well within the session's idle time-out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db import postgres, schema
from probe.ledger.db.session_lock import SessionLock
from probe.ledger.db.store import reason
from probe.ledger.shared.checkpoints import ANY, thin_out
from probe.ledger.shared.evaluation import Evaluation, StepResult
from probe.ledger.shared.events import AT_ONCE
from probe.ledger.writer import FORGOTTEN_AT_ONCE, WithRows, nothing

MANY = 5_000
"""Observations in the step after one that had to fold again: a vantage that catches up delivers
more late ones."""

_LEADER = 0x56494749_03
_SESSION = {"idle_session_timeout": "15000", "idle_in_transaction_session_timeout": "15000", "statement_timeout": "60000"}


_FAILED = "the shared store cannot be evaluated"


class Evaluator:
    """A prober's part in the evaluation: it evaluates, or waits while another prober does.

    One thread at a time may use it.
    """

    def __init__(self, url: str, with_rows: WithRows = nothing) -> None:
        """`with_rows` is called with the rows of each step, within its transaction."""
        self._with_rows = with_rows
        self._lock = SessionLock.of(url, _LEADER, _FAILED, _SESSION)
        self._evaluation = Evaluation()
        self._most = AT_ONCE

    @property
    def leads(self) -> bool:
        """Whether this prober is the one that evaluates."""
        return self._lock.held

    def take_lead(self) -> bool:
        """Become the evaluator if no prober is. Return whether this one is it now.

        Raises LedgerError when the store cannot be reached.
        """
        if not self._lock.take():
            return False
        with self._leading() as connection:
            self._evaluation = Evaluation.load(connection)
        self._most = AT_ONCE
        return True

    def step(self) -> StepResult:
        """Evaluate the next observations and settings.

        Raises LedgerError, and gives the lead up: the next evaluator goes on from the last commit.
        """
        # on any failure the memory is ahead of the ledger, so it is dropped with the lead
        with self._leading() as connection:
            postgres.hold_ledger(connection)
            taken = self._evaluation.step(connection, self._most)
            self._with_rows(connection, taken.rows)
        self._most = MANY if taken.refolded else AT_ONCE
        return taken

    @contextmanager
    def _leading(self) -> Iterator[Connection]:
        if not self._lock.held:
            raise LedgerError("another prober evaluates the shared store")
        try:
            with self._lock.transaction() as connection:
                yield connection
        except (DBAPIError, LedgerError) as error:
            raise LedgerError(f"{_FAILED}: {reason(error)}") from error

    def forget(self, now_us: int, retention_us: int) -> int:
        """Delete observations and checkpoints older than the retention, if this prober leads.

        Only observations that the oldest remaining checkpoint has taken in are deleted, so that the
        others can always be folded again from it with the same result. The earlier of `now_us` and
        the store's own clock counts, so a prober whose clock is ahead deletes nothing more.

        Return how many observations were deleted. Raises LedgerError.
        """
        if not self._lock.held:
            return 0
        with self._leading() as connection:
            cut = min(now_us, postgres.now_us(connection)) - retention_us
            bases = thin_out(connection, cut, now_us)
        return sum(self._forgotten(_outlived(bases, cut)))

    def _forgotten(self, condition: ColumnElement[bool]) -> Iterator[int]:
        """Delete in parts, so that no writer waits for long. Give the size of each part."""
        table = schema.observation
        some = select(table.c.id).where(condition, table.c.id <= self._evaluation.observation).limit(FORGOTTEN_AT_ONCE)
        deleted = FORGOTTEN_AT_ONCE
        while self._lock.held and deleted == FORGOTTEN_AT_ONCE:
            with self._leading() as connection:
                deleted = int(connection.execute(delete(table).where(table.c.id.in_(some))).rowcount)
            yield deleted

    def give_up(self) -> None:
        """Let another prober evaluate. May be called twice."""
        self._lock.give_up()

    def close(self) -> None:
        self._lock.close()


def _outlived(bases: Mapping[str, Mapping[str, int]], cut: int) -> ColumnElement[bool]:
    """Return the condition for observations before an instant that no refold will need.

    Those are the ones that a hub's oldest checkpoint has taken in, and all of unknown hubs.
    """
    table = schema.observation
    ours = [and_(table.c.hub == hub, _taken_in(taken)) for hub, taken in bases.items()]
    return and_(table.c.started_us < cut, or_(table.c.hub.not_in(list(bases)), *ours))


def _taken_in(taken: Mapping[str, int]) -> ColumnElement[bool]:
    table = schema.observation
    named = {vantage: number for vantage, number in taken.items() if vantage != ANY}
    others = and_(table.c.vantage.not_in(list(named)), table.c.id <= taken.get(ANY, 0))
    return or_(others, *(and_(table.c.vantage == vantage, table.c.id <= number) for vantage, number in named.items()))
