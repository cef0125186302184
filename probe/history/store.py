"""Opening a ledger file: SQLite with WAL and `synchronous=FULL`, brought to the newest schema.

A commit that was acknowledged survives `kill -9` and a power cut (SQLite's documentation of `PRAGMA synchronous`).
"""

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError

BUSY_SECONDS = 5.0
"""How long a locked file is waited for, before it is an error."""


def open_store(path: Path, *, create: bool = True) -> Engine:
    """An engine on the ledger at `path`. Raises LedgerError when it is absent (without `create`), unreadable or no ledger."""
    if not create and not path.is_file():
        raise LedgerError(f"{path}: there is no ledger here (start `vigie run` or `vigie demo` first)")
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
            _migrate(engine)
        else:
            engine.connect().close()
    except (DBAPIError, OSError) as error:
        engine.dispose()
        raise LedgerError(f"{path}: the ledger cannot be opened: {reason(error)}") from error
    return engine


def reason(error: Exception) -> str:
    """What the database said, without the statement and its values."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver's guess
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", "probe.history:migrations")
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
