"""Numbers observations from 1 on in the order of commits. None is given twice or left out.

SQLite gives these numbers itself (`sqlite_autoincrement`). A sequence of PostgreSQL leaves out a
number whenever a transaction fails, and a replay would take that for a deleted observation. So on
PostgreSQL the one who holds the right to write counts on from the last number.
"""

from sqlalchemy import Connection, func, select

from probe.ledger.db import schema
from probe.ledger.db.store import is_file

_MENTIONED = (
    schema.observation.c.id,
    schema.evaluation.c.observation,
    schema.setting.c.after_observation,
    schema.checkpoint.c.after_observation,
)


def last_given(connection: Connection) -> int:
    """Return the number of the newest observation ever, as far as any stored row mentions it."""
    return max(connection.scalar(select(func.max(column))) or 0 for column in _MENTIONED)


def numbered(connection: Connection, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return rows of observations with their numbers, where the store does not give them itself.

    The caller must hold the right to write until it commits.
    """
    if is_file(connection):
        return rows
    first = last_given(connection) + 1
    return [{"id": number, **row} for number, row in enumerate(rows, start=first)]
