"""Copies of what the fold remembers, so that a replay can start after the observations that the retention time took.

A checkpoint is taken in the transaction that writes every so many-th observation, after the last one that it writes, and kept as long as
a replay can start from it. Replay does not trust it more than the ledger: what follows from it must be what the ledger says, row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, literal, select

from probe.ledger.db import schema

CHECKPOINT_EVERY = 10_000
"""Observations. At 15 IdPs, two a day: what a replay cannot check for lack of observations is a few hours more than what was deleted."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was remembered of one hub after an observation; `seq`: of the last ledger row then."""

    after_observation: int
    hub: str
    seq: int
    content: bytes


def checkpoint(connection: Connection, after_observation: int) -> None:
    """Copy the memory as it is in the transaction under way."""
    memory, table = schema.memory, schema.checkpoint
    seq = connection.scalar(select(func.max(schema.ledger.c.seq))) or 0
    rows = select(literal(after_observation), memory.c.hub, literal(seq), memory.c.content)
    connection.execute(insert(table).from_select(["after_observation", "hub", "seq", "content"], rows))


def forget_checkpoints(connection: Connection) -> None:
    """Drop those after which observations are missing."""
    first = connection.scalar(select(func.min(schema.observation.c.id)))
    if first is not None:
        connection.execute(delete(schema.checkpoint).where(schema.checkpoint.c.after_observation < first - 1))


def usable(connection: Connection) -> Sequence[Checkpoint]:
    """The oldest checkpoint, of each hub, that is followed by every observation since; empty when there is none."""
    kept, table = schema.observation, schema.checkpoint
    latest = connection.scalar(select(func.max(kept.c.id))) or 0
    for after in connection.scalars(select(table.c.after_observation).distinct().order_by(table.c.after_observation)).all():
        there = connection.scalar(select(func.count()).where(kept.c.id > after)) or 0
        if there == max(0, latest - after):
            rows = connection.execute(select(table).where(table.c.after_observation == after).order_by(table.c.hub))
            return [Checkpoint(row.after_observation, row.hub, row.seq, row.content) for row in rows]
    return []
