"""The recorder's own tests once more, on PostgreSQL: every one that does not speak of a file."""

import inspect
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from probe.ledger.db.store import open_store
from tests.ledger import test_recorder
from tests.ledger.test_recorder import ear, quick
from tests.servers.postgres import Postgres

__all__ = ["ear", "quick"]

_OF_A_FILE = {"path", "tmp_path"}


@pytest.fixture
def engine(running_postgres: Postgres) -> Iterator[Engine]:
    engine = open_store(running_postgres.database())
    yield engine
    engine.dispose()


for _name, _test in vars(test_recorder).items():
    if _name.startswith("test_"):
        _needs = set(inspect.signature(_test).parameters)
        if "engine" in _needs and not _needs & _OF_A_FILE:
            globals()[_name] = _test
