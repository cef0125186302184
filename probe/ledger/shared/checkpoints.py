"""Keeps the checkpoints of a shared fold: the memory of a hub at past instants.

Late observations are folded again from a checkpoint (`probe.ledger.shared.evaluation`). Instants
are UTC microseconds, by the fold's clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, desc, insert, select

from probe.core.judgement.fold import HubState
from probe.ledger.db import schema
from probe.ledger.memory import HubMemory, recall, remembered

EVERY_US = 900_000_000
"""Time between two checkpoints, by the fold's clock."""
CLOSE_US = 2 * 86_400_000_000
FAR_US = 6 * 3_600_000_000
"""Checkpoints that are older than `CLOSE_US` are thinned out to one in `FAR_US`."""

ANY = ""
"""The vantages that `taken` does not name."""


@dataclass(slots=True)
class HubFold:
    """A hub's fold, and how far it has taken in settings and each vantage's observations."""

    state: HubState
    setting: int
    taken: dict[str, int]
    checkpoint_us: int  # the clock of its latest checkpoint


def columns_of(hub: HubFold) -> dict[str, Any]:
    """Return the checkpoint of a hub as it is now, by the names of its columns."""
    content = remembered(HubMemory(hub.state))
    return {"hub": hub.state.spec.name, "at_us": hub.state.clock_us, "setting": hub.setting, "taken": dict(hub.taken), "content": content}


def save_checkpoint(connection: Connection, hub: HubFold) -> None:
    """Store a checkpoint of a hub as it is now."""
    put_checkpoint(connection, columns_of(hub))
    hub.checkpoint_us = hub.state.clock_us


def put_checkpoint(connection: Connection, columns: Mapping[str, Any]) -> None:
    """Store a checkpoint (`columns_of`) in place of the one of the same hub and instant."""
    table = schema.shared_checkpoint
    connection.execute(delete(table).where(table.c.hub == columns["hub"], table.c.at_us == columns["at_us"]))
    connection.execute(insert(table), columns)


def forget_later(connection: Connection, name: str, at_us: int) -> None:
    """Delete the checkpoints of a hub that are later than an instant."""
    table = schema.shared_checkpoint
    connection.execute(delete(table).where(table.c.hub == name, table.c.at_us > at_us))


def checkpoint_instants(connection: Connection, name: str) -> Sequence[int]:
    """Return the instants of a hub's checkpoints, the latest first."""
    table = schema.shared_checkpoint
    return connection.scalars(select(table.c.at_us).where(table.c.hub == name).order_by(desc(table.c.at_us))).all()


def load_checkpoint(connection: Connection, name: str, at_us: int) -> HubFold:
    """Read the checkpoint of a hub at an instant, which must be one of `checkpoint_instants`."""
    table = schema.shared_checkpoint
    row = connection.execute(select(table).where(table.c.hub == name, table.c.at_us == at_us)).mappings().one()
    return HubFold(recall(row["content"]).state, row["setting"], dict(row["taken"]), at_us)


def thin_out(connection: Connection, cut: int, now_us: int) -> dict[str, dict[str, int]]:
    """Delete the checkpoints from which nothing will be folded again.

    Return, by hub, the observations that its oldest remaining checkpoint has taken in.
    """
    table = schema.shared_checkpoint
    remaining: dict[str, list[int]] = {}
    for row in connection.execute(select(table.c.hub, table.c.at_us).order_by(table.c.hub, table.c.at_us)):
        instants = remaining.setdefault(row.hub, [])
        if instants and row.at_us <= cut:  # the one before it is no longer needed
            connection.execute(delete(table).where(table.c.hub == row.hub, table.c.at_us == instants.pop()))
        elif instants and row.at_us < now_us - CLOSE_US and row.at_us - instants[-1] < FAR_US:
            connection.execute(delete(table).where(table.c.hub == row.hub, table.c.at_us == row.at_us))
            continue
        instants.append(row.at_us)
    taken = select(table.c.taken)
    return {
        hub: connection.scalars(taken.where(table.c.hub == hub, table.c.at_us == instants[0])).one() for hub, instants in remaining.items()
    }
