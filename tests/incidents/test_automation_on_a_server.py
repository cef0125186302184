"""The keeper's tests once more, on PostgreSQL: every one that does not speak of a file."""

import inspect
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from probe.ledger.db.store import open_store
from tests.incidents import test_automation
from tests.incidents.store import test_register
from tests.ledger import test_tails
from tests.servers.postgres import Postgres

_OF_A_FILE = {"path", "tmp_path"}


@pytest.fixture
def engine(running_postgres: Postgres) -> Iterator[Engine]:
    engine = open_store(running_postgres.database())
    yield engine
    engine.dispose()


for _name, _test in [*vars(test_automation).items(), *vars(test_register).items(), *vars(test_tails).items()]:
    if _name.startswith("test_"):
        _needs = set(inspect.signature(_test).parameters)
        if _needs & {"engine", "world"} and not _needs & _OF_A_FILE:
            globals()[_name] = _test
