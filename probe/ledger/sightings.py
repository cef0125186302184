"""Keeps what the watch saw of the hubs' outward form (`probe.ledger.figures.seen` reads it).

The rows are append-only and chained, as the statements of people are. They are written in the
transaction of the observation that they came with, and kept for ever. Most forms are seen on many
days: a form's traits are stored once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from probe.core.judgement.observation import Observation
from probe.ledger.db import schema
from probe.ledger.db.chain import append, digest

Columns = Mapping[str, Any]


def append_sightings(connection: Connection, seen: Observation, observation: str) -> None:
    """Append the sightings of an observation. `observation` is its digest."""
    for columns, traits in rows_of(seen, observation):
        known = connection.execute(select(schema.sighting.c.seq).where(schema.sighting.c.form == columns["form"]).limit(1)).first()
        append(connection, schema.sighting, {**columns, "traits": traits if known is None else None})


def rows_of(seen: Observation, observation: str) -> Iterator[tuple[Columns, list[list[str]]]]:
    """Yield the columns of each sighting of an observation, but for its traits, and the traits."""
    for sighting in seen.sightings:
        traits = [list(trait) for trait in sighting.traits]
        yield (
            {
                "hub": seen.hub,
                "vantage": seen.vantage,
                "aspect": sighting.aspect.value,
                "place": sighting.place,
                "basis": sighting.basis,
                "since_us": sighting.since_us,
                "before_us": sighting.before_us,
                "form": digest({"traits": traits}),
                "observation": observation,
            },
            traits,
        )
