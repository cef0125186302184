"""The one evaluator of a shared store: whichever prober holds the evaluator's lock.

`probe.ledger.db.session_lock` says how a prober that dies or freezes gives the lock back. An
evaluator that lives asks the server for something every second, which is well within the session's
idle time-out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db import postgres, schema
from probe.ledger.db.session_lock import SessionLock
from probe.ledger.db.store import reason
from probe.ledger.shared.evaluation import ANY, AT_ONCE, CLOSE_US, FAR_US, Evaluation, Taken
from probe.ledger.writer import FORGOTTEN_AT_ONCE, WithRows, nothing

MANY = 5_000
"""Observations taken in at once by the step after one that had to fold again: a vantage that catches up brings more of the same."""

_LEADER = 0x56494749_03
_SESSION = {"idle_session_timeout": "15000", "idle_in_transaction_session_timeout": "15000", "statement_timeout": "60000"}


_FAILED = "the shared store cannot be evaluated"


class Evaluator:
    """A prober's part in the evaluation: it leads, or waits for whoever does. Not for several threads at once."""

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
        """Become the evaluator if nobody is. Raises LedgerError when the store cannot be had."""
        if not self._lock.take():
            return False
        with self._leading() as connection:
            self._evaluation = Evaluation.load(connection)
        self._most = AT_ONCE
        return True

    def step(self) -> Taken:
        """Evaluate what has come.

        Raises LedgerError, and the lead is given up: whoever takes it goes on from the last commit.
        """
        with self._leading() as connection:  # on any failure the memory knows more than the ledger, and is left
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
        """Delete what is older than the retention, if this prober leads. Returns how many observations. Raises LedgerError.

        Of observations only those that the oldest stage that stays has taken in: what is kept can always be folded again from it, and
        says the same. `now_us` counts only as far as the store's own clock agrees: a prober from the future forgets nothing more.
        """
        if not self._lock.held:
            return 0
        with self._leading() as connection:
            cut = min(now_us, postgres.now_us(connection)) - retention_us
            bases = _thin(connection, cut, now_us)
        return sum(self._forgotten(_outlived(bases, cut)))

    def _forgotten(self, condition: ColumnElement[bool]) -> Iterator[int]:
        """Delete in parts: nobody who writes waits for long."""
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
