"""Append-only tables beside the ledger: numbered from 1 on, each row chained to the one before by its hash."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, desc, insert, select

from probe.ledger.db.chain import GENESIS, link


def append(connection: Connection, table: Table, columns: Mapping[str, Any]) -> int:
    """Write the next row of a chained table, in the transaction under way. Returns its number."""
    key = number_of(table)
    last = connection.execute(select(table.c[key], table.c.hash).order_by(desc(table.c[key])).limit(1)).first()
    number, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    row = {key: number, **columns}
    connection.execute(insert(table), {**row, "hash": link(previous, row)})
    return int(number)


def number_of(table: Table) -> str:
    """The column that numbers a chained table's rows."""
    return "id" if "id" in table.c else "seq"
