"""Copies of the fold's memory, from which a replay starts when older observations were deleted.

A checkpoint is taken every `CHECKPOINT_EVERY` observations, at the end of the transaction that
writes them. It is kept as long as a replay can start from it. A replay trusts it no more than the
ledger: the rows that follow from it must be the ledger's own, row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, literal, select

from probe.ledger.db import schema

CHECKPOINT_EVERY = 10_000
"""Observations between two checkpoints. With 15 IdPs that makes two a day, so the time that a
replay cannot check is only a few hours longer than the time whose observations were deleted."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The memory of one hub after an observation. `seq`: the last ledger row at that time."""

    after_observation: int
    hub: str
    seq: int
    content: bytes


def checkpoint(connection: Connection, after_observation: int) -> None:
    """Copy the memory of every hub, as the current transaction sees it."""
    memory, table = schema.memory, schema.checkpoint
    seq = connection.scalar(select(func.max(schema.ledger.c.seq))) or 0
    rows = select(literal(after_observation), memory.c.hub, literal(seq), memory.c.content)
    connection.execute(insert(table).from_select(["after_observation", "hub", "seq", "content"], rows))


def forget_checkpoints(connection: Connection) -> None:
    """Delete the checkpoints after which observations are missing."""
    first = connection.scalar(select(func.min(schema.observation.c.id)))
    if first is not None:
        connection.execute(delete(schema.checkpoint).where(schema.checkpoint.c.after_observation < first - 1))


def usable(connection: Connection) -> Sequence[Checkpoint]:
    """Return the oldest checkpoint of each hub after which no observation is missing.

    Empty when there is none.
    """
    observations, table = schema.observation, schema.checkpoint
    latest = connection.scalar(select(func.max(observations.c.id))) or 0
    for after in connection.scalars(select(table.c.after_observation).distinct().order_by(table.c.after_observation)).all():
        there = connection.scalar(select(func.count()).where(observations.c.id > after)) or 0
        if there == max(0, latest - after):
            rows = connection.execute(select(table).where(table.c.after_observation == after).order_by(table.c.hub))
            return [Checkpoint(row.after_observation, row.hub, row.seq, row.content) for row in rows]
    return []
