"""A register of a few minutes, in a file; modules that want it elsewhere have an `engine` of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from probe.ledger.db.store import open_store
from tests.incidents.desking import World


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path / "vigie.db")
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    made = World(engine)
    made.run(3)
    yield made
    assert made.keeper.failures == 0
    assert made.findings() == []
