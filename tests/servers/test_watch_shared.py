"""Three probers as users run them share one PostgreSQL store,
and everything dies once in mid-outage.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Kind
from probe.core.judgement.timeline import timelines
from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from probe.ledger.reader import Reader
from tests.servers.federation import Federation
from tests.servers.postgres import Postgres
from tests.servers.vigie import PATIENCE_S, Vigie
from tests.servers.watched import vigie_config

NAMES = ("brest", "lille", "paris")
SLOW = {"mire": "2s", "journey": "4s", "direct": "2s", "negative": "300s"}
THRESHOLDS = {"thresholds": {"vouches": "8", "min_vantages": "2"}}


def prober(federation: Federation, folder: Path, name: str, url: str) -> Vigie:
    (folder / name).mkdir()
    top = {"vantage": name, "store": url, "spool": str(folder / name / "spool.db")}
    return Vigie(vigie_config(federation, folder / name, intervals=SLOW, hub=THRESHOLDS, top=top))


def kill(vigie: Vigie) -> None:
    os.kill(vigie._server.pid, signal.SIGKILL)
    vigie._server.stop()


def evaluates(vigie: Vigie) -> bool:
    return '"evaluating"' in vigie._server.log.read_text("utf-8")


def until(holds: Callable[[], bool], what: str, timeout_s: float = 2 * PATIENCE_S) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.3)


def test_three_probers_and_their_server_die_in_mid_outage_and_the_ledger_is_one(
    federation: Federation, postgres: Postgres, tmp_path: Path
) -> None:
    """ "Two probers and a third killed and restarted on PostgreSQL,
    and PostgreSQL itself restarted: one ledger, right outages."
    """
    url = postgres.database()
    probers = {name: prober(federation, tmp_path, name, url) for name in NAMES}
    idp = next(iter(federation.idps.values()))
    try:
        for vigie in probers.values():
            vigie._server.spawn()
        for vigie in probers.values():
            vigie._server.wait(2 * PATIENCE_S)
            vigie.until_well(0, 2 * PATIENCE_S)
        [evaluator] = [name for name, vigie in probers.items() if evaluates(vigie)]
        other, third = [name for name in NAMES if name != evaluator]

        idp.stop()
        kill(probers[third])
        down = {f"idp:{idp.name}"}
        until(lambda: {each["subject"] for each in probers[other].outages()} == down, "the outage is seen by two")
        kill(probers[evaluator])
        postgres.kill()
        time.sleep(6)  # one prober is left, and nothing to write to: it goes on by its own ledger
        postgres.start()
        for name in (evaluator, third):
            probers[name]._server.start(2 * PATIENCE_S)
        federation.reset()
        mended = time.time()
        for vigie in probers.values():
            vigie.until_well(mended, 2 * PATIENCE_S)
        found = probers[third].outages()
        assert [(each["subject"], each["end_us"] is not None) for each in found] == [(f"idp:{idp.name}", True)], found
    finally:
        for vigie in probers.values():
            vigie._server.stop()
    assert_one_ledger(url, tmp_path)


def assert_one_ledger(url: str, folder: Path) -> None:
    engine = open_store(url, create=False)
    reader = Reader(engine)
    with engine.connect() as connection:
        table = schema.observation
        counts = (func.count().label("n"), func.max(table.c.number).label("last"), func.count(table.c.digest.distinct()).label("different"))
        seen = {row.vantage: row for row in connection.execute(select(table.c.vantage, *counts).group_by(table.c.vantage))}
        evaluated = connection.scalar(select(schema.evaluation.c.observation)) or 0
    for name in NAMES:
        assert seen[name].n == seen[name].last == seen[name].different, f"{name}: nothing twice, no gap"
        own = open_store(folder / name / "spool.db", create=False)
        assert Reader(own).last_number() >= seen[name].last
        own.dispose()
    assert reader.first_altered() is None
    [setting] = reader.settings()
    observations = [one for number, one in reader.observations() if number <= evaluated and one.kind is not Kind.CONTROL]
    state, rows = begin(setting.spec, setting.at_us)
    for one in sorted(observations, key=lambda one: (one.finished_us, one.vantage)):
        rows += fold(state, one)
    for (hub, subject), timeline in timelines(rows).items():
        assert [(each.start_us, each.status) for each in reader.intervals(hub, subject, state.clock_us)] == timeline.points, subject
    engine.dispose()


@pytest.mark.parametrize("wrong", ["postgresql://vigie@127.0.0.1:1/vigie"])
def test_a_prober_starts_and_goes_on_while_its_store_is_away(federation: Federation, tmp_path: Path, wrong: str) -> None:
    vigie = prober(federation, tmp_path, "brest", wrong)
    vigie._server.ready = lambda: "shared_store_away" in vigie.log
    with vigie:
        own = tmp_path / "brest" / "spool.db"
        until(lambda: _count(own) > 10, "it keeps what it sees")
        assert vigie.command("status").returncode == 1


def _count(path: Path) -> int:
    engine = open_store(path, create=False)
    try:
        return Reader(engine).last_number()
    finally:
        engine.dispose()
