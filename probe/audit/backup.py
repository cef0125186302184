"""Writes a whole store to one file, and restores it into a file or a server.

The backup is gzip of JSON lines: a header, then each table's name followed by its rows, and the
number of rows at the end. It is a snapshot of one instant. A store on a server can be restored
into a file, and the other way round. Restoring is one transaction into an empty store, and ends
with the verification of the store.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, LargeBinary, Table, insert, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from probe.audit.verify import verify
from probe.errors import InputError, LedgerError
from probe.ledger.db import schema
from probe.ledger.db.format import VERSION
from probe.ledger.db.private_files import private_opener
from probe.ledger.db.store import reason, writing

AT_ONCE = 1_000
_FORMAT = "vigie store"


def backup(engine: Engine, path: Path) -> int:
    """Write the store to `path`, a new file that only its owner may read.

    Returns the number of rows.

    Raises InputError when the file exists or cannot be written, and LedgerError when the store
    cannot be read. No file is left behind then.
    """
    try:
        file = open(path, "xb", opener=private_opener)  # noqa: SIM115 - closed below, and removed when it is not complete
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    try:
        with file, gzip.open(file, "wt", encoding="utf-8") as out, engine.connect() as connection:
            return _backup(connection, out)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, DBAPIError):
            raise LedgerError(f"the store could not be read: {reason(error)}") from error
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
        raise


def _backup(connection: Connection, out: TextIO) -> int:
    count = 0
    out.write(json.dumps({"format": _FORMAT, "schema": VERSION}) + "\n")
    for table in schema.metadata.sorted_tables:
        out.write(json.dumps({"table": table.name}) + "\n")
        for row in _rows(connection, table):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    out.write(json.dumps({"rows": count}) + "\n")
    return count


def restore(engine: Engine, path: Path) -> int:
    """Fill an empty store from a file that `backup` wrote. Returns the number of rows.

    Raises InputError when the store is not empty, when the file is no complete backup of this
    Vigie's schema, or when its content was altered. Raises LedgerError when the store cannot be
    written. The store stays empty then.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines, writing(engine) as connection:
            return _restore(connection, iter(lines), path)
    except (DataError, IntegrityError) as error:
        raise InputError(f"{path}: is no backup of a Vigie store: {reason(error)}") from error
    except DBAPIError as error:
        raise LedgerError(f"the store could not be written: {reason(error)}") from error
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, StatementError) as error:
        raise InputError(f"{path}: is no backup of a Vigie store") from error


def _restore(connection: Connection, lines: Iterator[str], path: Path) -> int:
    header = json.loads(next(lines, "null"))
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise InputError(f"{path}: is no backup of a Vigie store")
    if header["schema"] != VERSION:
        raise InputError(f"{path}: its schema is {header['schema']}, this Vigie's is {VERSION}: restore it with the Vigie that wrote it")
    full = [table.name for table in schema.metadata.sorted_tables if connection.execute(select(table).limit(1)).first()]
    if full:
        raise InputError(f"the store is not empty: there are rows in {', '.join(full)}; restore into a new store")
    count = _fill(connection, lines)
    if count is None:
        raise InputError(f"{path}: is not complete: its end is missing")
    for finding in verify(connection).findings:
        raise InputError(f"{path}: {finding.table}, row {finding.number}: {finding.message}")
    return count


def _fill(connection: Connection, lines: Iterator[str]) -> int | None:
    """Insert all rows. Returns their number, or None when the file states another one."""
    count = 0
    stated: int | None = None
    tables = {table.name: table for table in schema.metadata.sorted_tables}
    table: Table | None = None
    while batch := list(islice(lines, AT_ONCE)):
        pending: list[dict[str, Any]] = []
        for data in map(json.loads, batch):
            if data.keys() == {"table"}:
                _insert(connection, table, pending)
                table, pending = tables[data["table"]], []
            elif data.keys() == {"rows"}:
                stated = data["rows"]
            else:
                pending.append(data)
                count += 1
        _insert(connection, table, pending)
    return count if count == stated else None


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Yield a table's rows in the order of their key, with bytes as base64."""
    binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    with connection.execute(query) as rows:
        for row in rows.mappings():
            yield {str(name): base64.b64encode(value).decode() if name in binary else value for name, value in row.items()}


def _insert(connection: Connection, table: Table | None, rows: list[dict[str, Any]]) -> None:
    if not rows or table is None:
        return
    binary = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    for row in rows:
        row |= {name: base64.b64decode(row[name]) for name in binary}
    connection.execute(insert(table), rows)
