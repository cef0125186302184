"""Runs the statements of figures on any store, through SQLAlchemy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db.store import open_store, reason
from probe.ledger.figures.tracks import Run


def on(connection: Connection) -> Run:
    """Return a `Run` on a connection, within its current transaction.

    Running a statement raises LedgerError when the database refuses.
    """

    def run(statement: str, parameters: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        try:
            return connection.execute(text(statement), parameters).all()
        except DBAPIError as error:
            raise LedgerError(f"the ledger could not be read: {reason(error)}") from error

    return run


@contextmanager
def reading(store: Path | str) -> Iterator[Run]:
    """Give a `Run` on one instant of the ledger. Raises LedgerError when it cannot be opened."""
    engine = open_store(store, create=False)
    try:
        with engine.connect() as connection:
            yield on(connection)
    finally:
        engine.dispose()
