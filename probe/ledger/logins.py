"""Counts the logins of each day in this prober's own ledger, so that a budget outlives a restart.

A login is counted before it is made, in one transaction with the question whether it may be made.
So two processes of one machine (`vigie run` and `vigie journey`) never spend the same login.

The counts name hub, IdP, day and kind of run. They hold no account.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from probe.core.login_budget import Member, Run
from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.db.store import reason, writing

KEPT_DAYS = 400

Admits = Callable[[int], bool]
"""Whether one more login may be made, after so many of the day."""


@dataclass(frozen=True, slots=True)
class CountedLogin:
    """A login at an IdP. `day` is a civil day, like `2026-03-29`."""

    hub: str
    idp: str
    day: str
    run: Run


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim: whether the login may be made, and how many the account made today.

    Where it may be made, it counts already.
    """

    granted: bool
    used: int


class LoginRegister:
    """The counts in one ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, login: CountedLogin, members: Iterable[Member], admits: Admits, owed: Mapping[CountedLogin, int]) -> Claimed:
        """Count a login if `admits` allows it, given what all members used on its day.

        `owed` is written first: logins that were made and not counted yet, or, as a negative
        number, that were counted and not made. Raises LedgerError, with nothing written.
        """
        with self._writing() as connection:
            for earlier, count in owed.items():
                _add(connection, earlier, count)
            used = _used(connection, members, login.day)
            if not admits(used):
                return Claimed(False, used)
            _add(connection, login, 1)
            return Claimed(True, used + 1)

    def write(self, owed: Mapping[CountedLogin, int]) -> None:
        """Count logins that were made, or take back some that were not. Raises LedgerError."""
        with self._writing() as connection:
            for login, count in owed.items():
                _add(connection, login, count)

    def used(self, members: Iterable[Member], day: str) -> int:
        """Return how many logins the members made on a day. Raises LedgerError."""
        try:
            with self._engine.connect() as connection:
                return _used(connection, members, day)
        except DBAPIError as error:
            raise LedgerError(f"the logins of the day could not be read: {reason(error)}") from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except DBAPIError as error:
            raise LedgerError(f"the logins of the day could not be counted: {reason(error)}") from error


def _used(connection: Connection, members: Iterable[Member], day: str) -> int:
    table = schema.login
    theirs = or_(False, *(and_(table.c.hub == hub, table.c.idp == idp) for hub, idp in members))
    return connection.scalar(select(func.coalesce(func.sum(table.c.logins), 0)).where(table.c.day == day, theirs)) or 0


def _add(connection: Connection, login: CountedLogin, count: int) -> None:
    if count == 0:
        return
    table = schema.login
    same = and_(table.c.hub == login.hub, table.c.idp == login.idp, table.c.day == login.day, table.c.run == login.run.value)
    counted = connection.execute(update(table).where(same).values(logins=table.c.logins + count))
    if counted.rowcount == 0:
        row = {"hub": login.hub, "idp": login.idp, "day": login.day, "run": login.run.value, "logins": count}
        connection.execute(insert(table), row)
        oldest = date.fromisoformat(login.day) - timedelta(days=KEPT_DAYS)
        connection.execute(delete(table).where(table.c.day < oldest.isoformat()))
