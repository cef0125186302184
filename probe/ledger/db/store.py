"""Opens a ledger: a file, or a database on a server (`probe.ledger.db.postgres`).

The same migrations serve both. A file is SQLite with WAL and `synchronous=FULL`, migrated to the
newest schema. A commit that was acknowledged survives `kill -9` and a power cut (SQLite's
documentation of `PRAGMA synchronous`). A file that is not a ledger is left as it was: the header's
application id tells a ledger from any other SQLite file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError, UnusableLedgerError, lasts
from probe.ledger.db import postgres
from probe.ledger.db.format import APPLICATION_ID, BUSY_SECONDS, VERSION
from probe.ledger.db.private_files import private_file, private_folder

_LASTING = frozenset({sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB})


def open_store(place: Path | str, *, create: bool = True) -> Engine:
    """Return an engine on the ledger at `place`, which is a path or a server's URL.

    It writes, and makes the ledger when there is none. Without `create` it only reads.

    Raises LedgerError when the ledger is absent (without `create`) or unreadable, is no ledger, or
    has another Vigie's schema; UnusableLedgerError where somebody must act, as waiting would not
    help.
    """
    engine = postgres.connect(place, writes=create) if isinstance(place, str) else _file(place, create)
    try:
        if create:
            if isinstance(place, Path):
                private_folder(place.parent)
                with suppress(PermissionError):  # SQLite will say so
                    private_file(place)  # its -wal and -shm get the mode of the file
            _migrate(engine)
        else:
            with engine.connect() as connection:
                _check_version(connection)
    except (DBAPIError, OSError, LedgerError, UnicodeError) as error:
        engine.dispose()
        kind = UnusableLedgerError if _lasts(error) else LedgerError
        raise kind(f"{_named(place)}: the ledger cannot be opened: {reason(error)}") from error
    return engine


def schema_of(place: Path | str) -> str:
    """Return the schema's version of the ledger at `place`, whichever Vigie wrote it.

    Empty when there is no ledger yet. It reads only. Raises LedgerError when it cannot be read, or
    is a database of another program.
    """
    if isinstance(place, Path) and not place.exists():
        return ""
    engine = postgres.connect(place, writes=False) if isinstance(place, str) else _file(place, create=False)
    try:
        with engine.connect() as connection:
            version = _version(connection)
            if not version and not is_file(connection):
                postgres.refuse_foreign(connection)
            return version
    except (DBAPIError, OSError, LedgerError, UnicodeError) as error:
        raise LedgerError(f"{_named(place)}: the ledger cannot be opened: {reason(error)}") from error
    finally:
        engine.dispose()


def _lasts(error: Exception) -> bool:
    """Return whether the trouble lasts until somebody acts.

    A locked database, a full disk or a server that is away pass by themselves.
    """
    if isinstance(error, OSError):
        return lasts(error)
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _LASTING  # the primary result code
    return isinstance(error, UnusableLedgerError | UnicodeError)


def _named(place: Path | str) -> str:
    return postgres.without_password(place) if isinstance(place, str) else str(place)


def _file(path: Path, create: bool) -> Engine:
    if not create and not path.is_file():
        raise LedgerError(f"{path}: there is no ledger here (start `vigie run` or `vigie demo` first)")
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _to_write if create else _to_read)
    event.listen(engine, "begin", _begin)
    return engine


def is_file(engine: Engine | Connection) -> bool:
    """Return whether the ledger is a SQLite file."""
    return engine.dialect.name == "sqlite"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one writing transaction, once those of other writers have ended. Commits at the end."""
    options: dict[str, Any] = {"writes": True} if is_file(engine) else {"isolation_level": "READ COMMITTED"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def reason(error: Exception) -> str:
    """Return the database's error without the statement and its values."""
    return postgres.explained(error) if isinstance(error, DBAPIError) else str(error)


def _to_write(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver's guess
    _check_kind(connection)
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise UnusableLedgerError(f"its journal cannot be a write-ahead log here, it is: {mode}")
    connection.execute("PRAGMA synchronous=FULL")


def _to_read(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    _check_kind(connection)
    connection.execute("PRAGMA query_only=ON")


def _check_kind(connection: sqlite3.Connection) -> None:
    """Raise UnusableLedgerError on another program's file, before anything in it is changed.

    An empty file may become a ledger.
    """
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    kind = connection.execute("PRAGMA application_id").fetchone()[0]  # read second: a ledger gets both in one transaction
    if kind != APPLICATION_ID and (kind or tables):
        raise UnusableLedgerError("it is a database of another program")


def _check_version(connection: Connection) -> None:
    if is_file(connection) and connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION_ID:
        raise LedgerError("it is empty")
    version = _version(connection)
    if version < VERSION:
        raise LedgerError(f"its schema is {version or 'unfinished'}, of an older Vigie; `vigie run` brings it to {VERSION}")
    _refuse_newer(version)


def _refuse_newer(version: str) -> None:
    if version > VERSION:
        raise UnusableLedgerError(f"its schema is {version}, of a newer Vigie; this one knows {VERSION} at most")


def _version(connection: Connection) -> str:
    """Return the number of the last migration; empty when there was none."""
    if not is_file(connection):
        return postgres.version_of(connection)
    if not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").scalar():
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _migrate(engine: Engine) -> None:
    with writing(engine) as connection:
        if is_file(connection):
            _refuse_newer(version := _version(connection))
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        else:
            postgres.hold_migrations(connection)
            _refuse_newer(version := _version(connection))
            if not version:
                postgres.refuse_foreign(connection)
        if version != VERSION:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # seldom needed: a command does not wait for its import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "probe.ledger.db:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
