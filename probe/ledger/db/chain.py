"""The hash chain: each row carries SHA-256 over its own content and the hash of the row before it.

docs/domain.md: "Each ledger row carries the hash of the one before, so a report can state what it
was computed from." What people state (corrections, acts, flags) is chained in the same way, in
append-only tables beside the ledger whose rows are numbered from 1 on.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, desc, insert, select

GENESIS = "0" * 64
LATER = {"change": ("recorded_us",)}
"""Columns of a later version, by table. They are part of the hash only where they say something, so
that older rows keep theirs."""


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of a mapping as canonical JSON.

    Canonical: sorted keys, no spaces, UTF-8.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, row: Mapping[str, Any]) -> str:
    """Return the hash of a row that follows one whose hash is `previous`."""
    return digest({**row, "hash": previous})


def first_altered(rows: Iterable[Mapping[str, Any]], key: str = "seq") -> int | None:
    """Return the number of the first row that differs from the row that was chained, or None.

    `rows` are in the order of their number, the column `key`, from 1 on.
    """
    previous, expected = GENESIS, 1
    for row in rows:
        if row[key] != expected or not _is_chained(previous, row):
            return int(row[key])
        previous, expected = row["hash"], expected + 1
    return None


def _is_chained(previous: str, row: Mapping[str, Any]) -> bool:
    """Return whether a row has its own hash.

    A row with bytes or half a surrogate pair in a text has none: `append` would have refused it.
    """
    content = {name: value for name, value in row.items() if name != "hash"}
    try:
        return link(previous, content) == str(row["hash"])
    except (TypeError, UnicodeEncodeError, RecursionError):
        return False


def append(connection: Connection, table: Table, columns: Mapping[str, Any]) -> int:
    """Write the next row of a chained table, in the current transaction. Return its number."""
    key = number_of(table)
    last = connection.execute(select(table.c[key], table.c.hash).order_by(desc(table.c[key])).limit(1)).first()
    number, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    row = {key: number, **columns}
    connection.execute(insert(table), {**row, "hash": link(previous, chained(table, row))})
    return int(number)


def chained(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the hash of a row stands for, and its hash where it has one already."""
    later = LATER.get(table.name, ())
    return {name: value for name, value in row.items() if value is not None or name not in later}


def number_of(table: Table) -> str:
    """Return the name of the column that numbers a chained table's rows."""
    return "id" if "id" in table.c else "seq"
