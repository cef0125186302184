"""The numbers of observations: from 1 on in the order of commits, none given twice and none left out.

A file gives them itself (`sqlite_autoincrement`). A server's sequence leaves one out whenever a transaction fails, and a replay could not
tell that from an observation that was deleted; so there whoever has the right to write counts on.
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
    """The number of the newest observation there ever was, as far as anything that is kept still tells."""
    return max(connection.scalar(select(func.max(column))) or 0 for column in _MENTIONED)


def numbered(connection: Connection, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows of observations with what the store wants of them to be numbered. The caller holds the right to write until its commit."""
    if is_file(connection):
        return rows
    first = last_given(connection) + 1
    return [{"id": number, **row} for number, row in enumerate(rows, start=first)]
