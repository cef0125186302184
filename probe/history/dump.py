"""A whole store as one file, and back: into a file or a server, whichever it came from.

gzip of JSON lines: a header, then each table's name and its rows. What is written is of one instant. Restoring is one transaction into an
empty store, and ends with the verification of the chain.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, LargeBinary, Table, insert, select
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.history import schema
from probe.history.chain import first_altered
from probe.history.kind import VERSION
from probe.history.store import reason, writing

AT_ONCE = 1_000
_FORMAT = "vigie store"


def backup(engine: Engine, path: Path) -> int:
    """Write everything to `path`, which must not exist. Returns how many rows. Raises LedgerError."""
    count = 0
    try:
        with gzip.open(path, "xt", encoding="utf-8") as out, engine.connect() as connection:
            out.write(json.dumps({"format": _FORMAT, "schema": VERSION}) + "\n")
            for table in schema.metadata.sorted_tables:
                out.write(json.dumps({"table": table.name}) + "\n")
                for row in _rows(connection, table):
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
    except DBAPIError as error:
        raise LedgerError(f"the store could not be read: {reason(error)}") from error
    except OSError as error:
        raise LedgerError(f"{path}: cannot be written: {error.strerror or error}") from error
    return count


def restore(engine: Engine, path: Path) -> int:
    """Fill an empty store from what `backup` wrote. Returns how many rows.

    Raises LedgerError when the store holds anything, the file is no backup of this Vigie's schema, or its chain is broken: nothing
    is changed then.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines, writing(engine) as connection:
            return _restore(connection, iter(lines), path)
    except DBAPIError as error:
        raise LedgerError(f"the store could not be written: {reason(error)}") from error
    except (OSError, EOFError, UnicodeError) as error:
        raise LedgerError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"{path}: is no backup of a Vigie store") from error


def _restore(connection: Connection, lines: Iterator[str], path: Path) -> int:
    header = json.loads(next(lines, "null"))
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise LedgerError(f"{path}: is no backup of a Vigie store")
    if header["schema"] != VERSION:
        raise LedgerError(f"{path}: its schema is {header['schema']}, this Vigie's is {VERSION}")
    full = [table.name for table in schema.metadata.sorted_tables if connection.execute(select(table).limit(1)).first()]
    if full:
        raise LedgerError(f"the store is not empty: there are rows in {', '.join(full)}")
    count = 0
    tables = {table.name: table for table in schema.metadata.sorted_tables}
    table: Table | None = None
    while batch := list(islice(lines, AT_ONCE)):
        pending: list[dict[str, Any]] = []
        for data in map(json.loads, batch):
            if "table" in data and len(data) == 1:
                _insert(connection, table, pending)
                table, pending = tables[data["table"]], []
            else:
                pending.append(data)
                count += 1
        _insert(connection, table, pending)
    altered = first_altered(_rows(connection, schema.ledger))
    if altered is not None:
        raise LedgerError(f"{path}: row {altered} of the ledger was altered after it was written")
    return count


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """In the order of the key; bytes as base64."""
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
