"""Reads a SQLite ledger with the standard library alone, as importing SQLAlchemy takes longer than
computing a figure.

It reads exactly as `probe.ledger.db.store` would. Where anything is not as expected it gives up,
and its caller goes to the store, which reports what is wrong.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from probe.errors import LedgerError
from probe.ledger.db.format import APPLICATION_ID, BUSY_SECONDS, VERSION
from probe.ledger.figures.tracks import Run


@contextmanager
def reading(path: Path | str) -> Iterator[Run | None]:
    """Give a function that runs statements on one instant of the ledger at `path`.

    None when it is not a ledger of this Vigie's schema. Running a statement raises LedgerError
    when the database refuses.
    """
    connection = _opened(path)
    if connection is None:
        yield None
        return

    def run(statement: str, parameters: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        try:
            return connection.execute(statement, parameters)
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger could not be read: {error}") from error

    with closing(connection):
        yield run


def _opened(path: Path | str) -> sqlite3.Connection | None:
    if isinstance(path, str) or not path.is_file():
        return None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error:
        return None
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        kind = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, UnicodeError):
        kind = version = None
    if kind == APPLICATION_ID and version == (VERSION,):
        return connection
    connection.close()
    return None
