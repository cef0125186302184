"""Which released Vigie wrote which schema, and what each step of the schema brought.

A store keeps no version of the program that wrote it: its schema tells, as each release has one.
"""

from dataclasses import dataclass

from probe.ledger.db.format import VERSION


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """A migration: its number, the releases whose newest one it is, and what it brings."""

    schema: str
    releases: tuple[str, ...]
    """The oldest first. Empty: of builds that were never released. `Unreleased`: of the next."""

    takes_long: bool = False
    """Its migration goes through the whole ledger."""


STEPS = (
    SchemaStep("0001", ()),
    SchemaStep("0002", (), takes_long=True),
    SchemaStep("0003", ()),
    SchemaStep("0004", ()),
    SchemaStep("0005", ("0.1.0", "0.1.1")),
    SchemaStep("0006", ("Unreleased",)),
)
"""The oldest first; a test compares them with the migrations."""


def releases_of(schema: str) -> tuple[str, ...]:
    """Return the releases that write a schema."""
    return next((step.releases for step in STEPS if step.schema == schema), ())


def steps_from(schema: str) -> tuple[SchemaStep, ...]:
    """Return the steps that a store of a schema takes to this Vigie's, in their order."""
    return tuple(step for step in STEPS if schema < step.schema <= VERSION)
