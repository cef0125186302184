"""The outbox: the letters to each ticket system, written in the transaction of the acts themselves.

There is one row, a *letter*, for each system, incident and act. The caller of `put` commits it with
the act, so that neither exists without the other. A letter holds no text: its text is read from the
register when it is delivered, so that the outbox keeps no contact's name.

The states of a letter::

    waiting --take--> waiting, in doubt --delivered--> delivered
                         |  ^                --fail--> waiting, due later
                         |  '---- the process died: the next try knows that this one may have worked
                         '------------------refuse---> dead --revive--> waiting
                                                            --drop----> dropped

For each system and incident, letters go in the order of the acts: a waiting or dead one holds those
behind it. Systems and incidents do not wait for each other. Instants are UTC microseconds.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, and_, exists, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from probe.core.incident.model import Incident, Severity
from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.db.session_lock import SessionLock
from probe.ledger.db.store import reason, writing
from probe.ledger.figures.tracks import Run

LONGEST_ERROR = 500  # characters
LATEST_US = 7_200_000_000
"""A letter that is due later than this from now is due at once.

No pause is so long, so the wall clock was set back.
"""

_LEADER = 0x56494749_05
_SESSION = {"idle_session_timeout": "30000", "idle_in_transaction_session_timeout": "15000", "statement_timeout": "60000"}
_WAITING = """SELECT system, count(*), min(put_us) FROM outbox WHERE state = 'waiting' GROUP BY system"""
_DEAD = """SELECT system, count(*) FROM outbox WHERE state = 'dead' GROUP BY system"""
_LISTED = """SELECT o.system, o.incident, o.act, o.put_us, o.state, o.tries, o.due_us, o.error, t.reference
             FROM outbox o LEFT JOIN ticket t ON t.system = o.system AND t.incident = o.incident
             WHERE o.state IN ('waiting', 'dead') ORDER BY o.system, o.incident, o.act LIMIT :most"""
_TICKETS = "SELECT system, reference, made_us FROM ticket WHERE incident = :incident ORDER BY system"


class LetterState(StrEnum):
    """The state of a letter."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # refused for good: a person must look
    DROPPED = "dropped"  # a person gave it up


class Route(NamedTuple):
    """A ticket system, and the severities whose incidents go there."""

    system: str
    severities: frozenset[Severity]


class OutboxMessage(NamedTuple):
    """A letter that was taken to be delivered.

    `tries` counts this one; `doubt`: an earlier try may have succeeded.
    """

    system: str
    incident: int
    act: int
    tries: int
    doubt: bool
    reference: str | None  # of the incident's ticket, once there is one


class QueueCounts(NamedTuple):
    """The undelivered letters to one system, for the metrics."""

    waiting: int = 0
    oldest_us: int | None = None  # when the oldest that waits was written
    dead: int = 0


class UndeliveredLetter(NamedTuple):
    """An undelivered letter, for people."""

    system: str
    incident: int
    act: int
    put_us: int
    state: LetterState
    tries: int
    due_us: int
    error: str
    reference: str | None


class Ticket(NamedTuple):
    """An incident's ticket in a system."""

    system: str
    reference: str
    made_us: int


# --- in the caller's transaction


def put(connection: Connection, routes: Iterable[Route], incident: Incident, at_us: int) -> int:
    """Write a letter to each system for every act of the incident that has none yet.

    `incident` is the incident after all its acts. A system that gets it only now, by a new
    severity, gets all acts. A second call with the same incident writes nothing. Returns how many
    letters were written.
    """
    return sum(_put(connection, route, incident, at_us) for route in routes)


def _put(connection: Connection, route: Route, incident: Incident, at_us: int) -> int:
    table = schema.outbox
    mine = and_(table.c.system == route.system, table.c.incident == incident.number)
    last = connection.scalar(select(func.max(table.c.act)).where(mine))
    if last is None and incident.severity not in route.severities:
        return 0
    rows = [
        {
            "system": route.system,
            "incident": incident.number,
            "act": act,
            "put_us": at_us,
            "due_us": at_us,
            "state": LetterState.WAITING,
            "doubt": False,
        }
        for act in range((last or 0) + 1, incident.acts + 1)
    ]
    if rows:
        connection.execute(insert(table), rows)
    return len(rows)


def revive(connection: Connection, at_us: int, system: str | None = None, incident: int | None = None) -> int:
    """Queue dead letters again, all or those of a system or an incident. Return how many."""
    return _leave_death(connection, system, incident, state=LetterState.WAITING, tries=0, due_us=at_us, settled_us=None)


def drop(connection: Connection, at_us: int, system: str, incident: int) -> int:
    """Drop the dead letters of an incident to a system. Return how many.

    Those behind them are delivered then.
    """
    return _leave_death(connection, system, incident, state=LetterState.DROPPED, settled_us=at_us)


def _leave_death(connection: Connection, system: str | None, incident: int | None, **values: Any) -> int:
    table = schema.outbox
    statement = update(table).where(table.c.state == LetterState.DEAD).values(**values)
    if system is not None:
        statement = statement.where(table.c.system == system)
    if incident is not None:
        statement = statement.where(table.c.incident == incident)
    return connection.execute(statement).rowcount


# --- reading


def queue_counts(run: Run) -> dict[str, QueueCounts]:
    """Count the undelivered letters, by system; a system without any is left out."""
    counts = {system: QueueCounts(count, oldest) for system, count, oldest in run(_WAITING, {})}
    for system, count in run(_DEAD, {}):
        counts[system] = counts.get(system, QueueCounts())._replace(dead=count)
    return counts


def listed(run: Run, most: int = 1_000) -> list[UndeliveredLetter]:
    """Return the undelivered letters, by system, incident and act."""
    rows = run(_LISTED, {"most": most})
    return [UndeliveredLetter(*row)._replace(state=LetterState(row[4])) for row in rows]


def tickets(run: Run, incident: int) -> list[Ticket]:
    """Return the incident's tickets, by system."""
    return [Ticket(*row) for row in run(_TICKETS, {"incident": incident})]


# --- delivering

Transaction = Callable[[], AbstractContextManager[Connection]]


def on_file(engine: Engine) -> Transaction:
    """Make transactions on a ledger that is a file: its `Claim` lets one process deliver."""
    return lambda: writing(engine)


def leader_lock(url: str) -> SessionLock:
    """Make the leader lock of a shared store: the prober that has it delivers.

    An outbox on `SessionLock.transaction` writes nothing once its prober has lost the lock.
    """
    return SessionLock.of(url, _LEADER, "the outbox cannot be had", _SESSION)


class Outbox:
    """The deliverer's side of the outbox.

    Every method is one transaction. It raises LedgerError when the store cannot be reached; nothing
    changed then.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def take(self, system: str, now_us: int, lease_us: int = 0) -> OutboxMessage | None:
        """Take the next due letter of a system, which is in doubt from now on; None without any.

        Letters with the fewest tries come first, so that one that always fails delays no other. If
        no result is recorded, the letter is due again after `lease_us`: the request of a process
        that died may still be under way.
        """
        with self._writing() as connection:
            row = connection.execute(_next(system, now_us)).first()
            if row is None:
                return None
            letter = OutboxMessage(system, row.incident, row.act, row.tries + 1, row.doubt, row.reference)
            _change(connection, letter, tries=letter.tries, doubt=True, due_us=now_us + lease_us)
            return letter

    def delivered(self, letter: OutboxMessage, reference: str, at_us: int) -> None:
        """Record that the system has the letter; `reference` is its ticket's."""
        with self._writing() as connection:
            _change(connection, letter, state=LetterState.DELIVERED, doubt=False, error="", settled_us=at_us)
            if letter.reference is None:
                connection.execute(
                    insert(schema.ticket), {"system": letter.system, "incident": letter.incident, "reference": reference, "made_us": at_us}
                )

    def fail(self, letter: OutboxMessage, error: str, due_us: int, *, doubt: bool) -> None:
        """Record a failed try; the next one is due at `due_us`.

        `doubt`: the system may have the message all the same.
        """
        with self._writing() as connection:
            _change(connection, letter, due_us=due_us, doubt=doubt, error=error[:LONGEST_ERROR])

    def refuse(self, letter: OutboxMessage, error: str, at_us: int, *, doubt: bool) -> None:
        """Record a refusal for good: the letter is dead until a person revives or drops it."""
        with self._writing() as connection:
            _change(connection, letter, state=LetterState.DEAD, doubt=doubt, error=error[:LONGEST_ERROR], settled_us=at_us)

    def hold(self, system: str, until_us: int) -> None:
        """Delay all letters of a system that cannot be reached until `until_us`."""
        self._due(system, until_us, schema.outbox.c.due_us < until_us)

    def hurry(self, system: str, now_us: int) -> None:
        """Make all letters of a system due: it can be reached again."""
        self._due(system, now_us, schema.outbox.c.due_us > now_us)

    def _due(self, system: str, due_us: int, which: Any) -> None:
        table = schema.outbox
        with self._writing() as connection:
            connection.execute(
                update(table).where(table.c.system == system, table.c.state == LetterState.WAITING, which).values(due_us=due_us)
            )

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._transaction() as connection:
                yield connection
        except DBAPIError as error:
            raise LedgerError(f"the outbox cannot be had: {reason(error)}") from error


def _next(system: str, now_us: int) -> Select[Any]:
    table, earlier, tickets = schema.outbox, schema.outbox.alias(), schema.ticket
    earlier_letter = exists().where(
        earlier.c.system == table.c.system,
        earlier.c.incident == table.c.incident,
        earlier.c.act < table.c.act,
        earlier.c.state.in_([LetterState.WAITING, LetterState.DEAD]),
    )
    return (
        select(table.c.incident, table.c.act, table.c.tries, table.c.doubt, tickets.c.reference)
        .outerjoin(tickets, and_(tickets.c.system == table.c.system, tickets.c.incident == table.c.incident))
        .where(table.c.system == system, table.c.state == LetterState.WAITING, ~earlier_letter)
        .where(or_(table.c.due_us <= now_us, table.c.due_us > now_us + LATEST_US))
        .order_by(table.c.tries, table.c.due_us, table.c.incident, table.c.act)
        .limit(1)
    )


def _change(connection: Connection, letter: OutboxMessage, **values: Any) -> None:
    """Change a letter that was taken.

    Raises LedgerError when somebody else has delivered or dropped it meanwhile.
    """
    table = schema.outbox
    before = letter.tries - 1 if "tries" in values else letter.tries
    mine = and_(table.c.system == letter.system, table.c.incident == letter.incident, table.c.act == letter.act)
    changed = connection.execute(update(table).where(mine, table.c.state == LetterState.WAITING, table.c.tries == before).values(**values))
    if changed.rowcount != 1:
        raise LedgerError(f"letter {letter.act} of incident {letter.incident} to {letter.system} is not as it was taken")
