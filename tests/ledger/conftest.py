"""The register of a few minutes serves here too: whose timelines it reads is the ledger's matter."""

from tests.incidents.conftest import engine, world

__all__ = ["engine", "world"]
