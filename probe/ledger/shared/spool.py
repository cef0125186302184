"""A vantage's own ledger as its spool: observations are durable here before they are delivered to
the shared store.

It is a ledger like any other, of this vantage alone, so the vantage corroborates, confirms and asks
again without the shared store. An observation has the same number here and there, under a name of
the spool, so none is delivered twice.

Each time the spool is opened, a new name begins. A spool that was restored from a copy gives some
numbers again that it had given before. Under the old name those observations would be taken for
delivered ones, and lost.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from probe.core.judgement.observation import Observation
from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.db.store import reason, writing
from probe.ledger.reader import Reader

_GIVEN = text("SELECT seq FROM sqlite_sequence WHERE name = 'observation'")


@dataclass(frozen=True, slots=True)
class SpoolRange:
    """The observations from number `after` + 1 to `upto` (None: to the end), and their name."""

    name: str
    after: int
    upto: int | None = None


class Spool:
    """The observations that wait for the shared store. Instants are UTC microseconds."""

    def __init__(self, engine: Engine, vantage: str) -> None:
        """Begin a new name in the spool at `engine`. Raises LedgerError."""
        self._engine = engine
        self._reader = Reader(engine)
        with _telling("written"), writing(engine) as connection:
            self.parts = _begun(connection, vantage)

    def after(self, number: int, most: int) -> tuple[str, list[tuple[int, Observation]]]:
        """Return up to `most` observations after this number that go by one name, and that name.

        The oldest comes first. Raises LedgerError.
        """
        waiting = self._reader.observations_after(number, most)
        first = waiting[0][0] if waiting else number + 1
        part = next((part for part in self.parts if part.upto is None or first <= part.upto), self.parts[-1])
        return part.name, [each for each in waiting if part.upto is None or each[0] <= part.upto]

    def waiting(self, delivered: int) -> int:
        """Return how many observations wait after this number. Raises LedgerError.

        It need not count them, as no number is left out.
        """
        with _telling("read"), self._engine.connect() as connection:
            first, last = _bounds(connection)
        return max(0, last - max(delivered, first - 1))

    def oldest_us(self, delivered: int) -> int:
        """Return when the first observation after this number ended, in UTC microseconds.

        0 when none waits. Raises LedgerError.
        """
        table = schema.observation
        first = select(table.c.finished_us).where(table.c.id > delivered).order_by(table.c.id).limit(1)
        with _telling("read"), self._engine.connect() as connection:
            return connection.scalar(first) or 0

    def shorten(self, delivered: int, most: int) -> int:
        """Drop the oldest observations after this number, all but the newest `most`.

        Return how many were dropped. Raises LedgerError.
        """
        table = schema.observation
        with _telling("written"), writing(self._engine) as connection:
            upto = _bounds(connection)[1] - most
            if upto <= delivered:
                return 0
            return int(connection.execute(delete(table).where(table.c.id > delivered, table.c.id <= upto)).rowcount)


@contextmanager
def _telling(failed_to_be: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise LedgerError(f"the spool could not be {failed_to_be}: {reason(error)}") from error


def _bounds(connection: Connection) -> tuple[int, int]:
    """Return the first and the last stored number: two look-ups, however many observations wait."""
    number = schema.observation.c.id
    return connection.scalar(select(func.min(number))) or 0, connection.scalar(select(func.max(number))) or 0


def _begun(connection: Connection, vantage: str) -> tuple[SpoolRange, ...]:
    """Return the parts that may still wait, and a new one for the observations to come.

    A part's row holds the number after which the part begins.
    """
    table = schema.source
    last_number = connection.scalar(_GIVEN) or 0
    first = _bounds(connection)[0] or last_number + 1
    known = [(row.id, row.delivered) for row in connection.execute(select(table.c.id, table.c.delivered).order_by(table.c.delivered))]
    ends = [*(after for _, after in known[1:]), last_number][: len(known)]
    ranges = [SpoolRange(name, after, upto) for (name, after), upto in zip(known, ends, strict=True) if upto > after and upto >= first]
    new = SpoolRange(uuid.uuid4().hex, last_number)
    connection.execute(delete(table).where(table.c.id.not_in([part.name for part in ranges])))
    connection.execute(insert(table), {"id": new.name, "vantage": vantage, "delivered": new.after})
    return (*ranges, new)
