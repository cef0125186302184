"""A prober that shares a store, ended while its own ledger takes nothing:
what it saw reaches the store once, by way of the next start.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from tests.servers.postgres import Postgres
from tests.service.running import Running, simulating, until, vigie


def stored(url: str) -> tuple[int, int]:
    """How many observations the shared store has, and how many different ones."""
    engine = open_store(url, create=False)
    table = schema.observation
    with engine.connect() as connection:
        count, different = connection.execute(select(func.count(), func.count(table.c.digest.distinct()))).one()
    engine.dispose()
    return count, different


def own(spool: Path) -> list[tuple[int, int, int]]:
    connection = sqlite3.connect(spool)
    found = connection.execute("SELECT count(*), min(number), max(number) FROM observation GROUP BY source").fetchall()
    connection.close()
    return found


def test_what_a_prober_could_not_write_reaches_the_shared_store_once(postgres: Postgres, tmp_path: Path) -> None:
    url, spool = postgres.database(), tmp_path / "spool.db"

    def shared(document: dict[str, Any]) -> None:
        document |= {"vantage": "brest", "store": url, "spool": str(spool), "drain": "1s"}

    with simulating(tmp_path / "federation", "--interval", "1s", "--idps", "ameli,yris") as simulator:
        config = simulator.config(tmp_path / "vigie.yml", shared)
        with Running(config) as watch:
            watch.wait(Running.ready, "ready", 90)
            lock = sqlite3.connect(spool, isolation_level=None, timeout=30)
            lock.execute("BEGIN EXCLUSIVE")
            watch.wait(lambda one: len(one.lines("ledger_write_failed")) >= 1, "the spool refuses")
            watch.wait(lambda one: one.total("vigie_ledger_backlog") >= 20, "some wait", 90)
            assert watch.stop(patience=60) == 0
            (line,) = watch.lines("observations_left_for_the_next_start")
            assert line["file"] == f"{spool}-unwritten"
            lock.execute("ROLLBACK")
            lock.close()
        before = stored(url)[0]
        with Running(config) as watch:
            watch.wait(Running.ready, "ready", 90)
            assert watch.lines("observations_taken_up")[0]["observations"] == line["observations"] >= 20
            until(lambda: stored(url)[0] >= before + line["observations"], "they reach the shared store")
            assert watch.stop(patience=60) == 0
        assert not Path(f"{spool}-unwritten").exists()
        kept = own(spool)
        assert [(count, first) for count, first, last in kept] == [(last, 1) for _, _, last in kept]
        count, different = stored(url)
        assert sum(each for each, _, _ in kept) == count == different
        for command in ("verify", "replay"):
            done = vigie(command, config=config)
            assert done.returncode == 0, done.stdout + done.stderr
