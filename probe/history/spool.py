"""A vantage's own ledger as its spool: what it saw is durable here first, and goes to the shared store from here.

It is a ledger like any other, of this vantage alone: it settles, confirms and asks again without the shared store. The number of an
observation here is its number there, with the spool's own name: so what was delivered is never delivered twice.
"""

import uuid

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from probe.core.observation import Observation
from probe.errors import LedgerError
from probe.history import schema
from probe.history.reader import Reader
from probe.history.store import reason, writing


class Spool:
    """The observations that wait for the shared store."""

    def __init__(self, engine: Engine, vantage: str) -> None:
        """Raises LedgerError."""
        self._engine = engine
        self._reader = Reader(engine)
        try:
            with writing(engine) as connection:
                found = connection.scalar(select(schema.source.c.id))
                self.name = found or uuid.uuid4().hex
                if not found:
                    connection.execute(insert(schema.source), {"id": self.name, "vantage": vantage, "delivered": 0})
        except DBAPIError as error:
            raise LedgerError(f"the spool could not be written: {reason(error)}") from error

    def after(self, number: int, most: int) -> list[tuple[int, Observation]]:
        """What waits after this number, oldest first. Raises LedgerError."""
        return self._reader.observations_after(number, most)

    def last(self) -> int:
        """The number of the newest. Raises LedgerError."""
        return self._reader.last_number()

    def shorten(self, upto: int) -> int:
        """Drop what waits up to this number. Returns how many. Raises LedgerError."""
        table = schema.observation
        try:
            with writing(self._engine) as connection:
                return int(connection.execute(delete(table).where(table.c.id <= upto)).rowcount)
        except DBAPIError as error:
            raise LedgerError(f"the spool could not be written: {reason(error)}") from error
