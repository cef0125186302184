"""The salt of a store, with which digests of accounts are made.

docs/domain.md, "The same account": "the salt is in no export, log or answer".
"""

import base64
import gzip
import json
from pathlib import Path

from sqlalchemy import Engine

from probe.audit.backup import backup, restore
from probe.ledger.db.salt import store_salt
from probe.ledger.db.store import open_store


def test_a_store_has_one_salt_for_ever(engine: Engine) -> None:
    made = store_salt(engine)
    assert len(made) == 32
    assert store_salt(engine) == made


def test_two_stores_have_two_salts(tmp_path: Path) -> None:
    first, second = (open_store(tmp_path / name) for name in ("one.db", "two.db"))
    assert store_salt(first) != store_salt(second)
    first.dispose()
    second.dispose()


def test_a_backup_takes_the_salt_along_and_a_store_that_only_was_opened_has_none(engine: Engine, tmp_path: Path) -> None:
    """A restore into it is possible, and accounts are recognised afterwards."""
    made = store_salt(engine)
    backup(engine, tmp_path / "backup")
    with gzip.open(tmp_path / "backup", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert {"id": 1, "content": base64.b64encode(made).decode()} in lines
    other = open_store(tmp_path / "other.db")
    restore(other, tmp_path / "backup")
    assert store_salt(other) == made
    other.dispose()
