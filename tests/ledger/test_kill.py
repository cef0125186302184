"""`kill -9` of a real watch at any instant: nothing acknowledged is lost, the chain is whole,
an open outage goes on.

VIGIE_KILLS says how often (CI: 5), VIGIE_SEED makes the instants come again.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.audit.replay import first_difference
from probe.core.judgement.condition import C1
from probe.ledger.reader import Reader
from tests.builders import SECOND
from tests.fakes.recorder import ledger
from tests.marks import unmeasured
from tests.service.running import ROOT, Running, Simulator, integrity, simulating

pytestmark = unmeasured  # whoever is killed tells nothing
KILLS = int(os.environ.get("VIGIE_KILLS", "5"))
SEED = int(os.environ.get("VIGIE_SEED", "0")) or random.randrange(1, 2**32)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with simulating(tmp_path / "federation", "--interval", "1s", "--idps", "ameli,yris") as running:
        yield running


class Acknowledged:
    """What a watch said of itself while it lived."""

    def __init__(self) -> None:
        self.runs = 0  # observations, over all processes
        self.standings: list[tuple[str, str, int]] = []

    def watch(self, watch: Running, seconds: float, *, after_start: bool) -> None:
        """Read its metrics page, over and over, then kill it: so long after its start,
        or after its first observation.
        """
        runs = 0
        if not after_start:
            watch.wait(lambda one: one.port() and one.total("vigie_runs_total"), "its first observation")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if watch.port():
                runs = int(watch.total("vigie_runs_total"))
            time.sleep(0.01)
        watch.kill()
        self.runs += runs
        self.standings += [(line["subject"], line["state"], line["since_us"]) for line in watch.lines("standing")]


def check(path: Path, said: Acknowledged) -> None:
    assert integrity(path) == "ok"
    with ledger(path, create=False) as engine, Reader(engine).frozen() as reader:
        assert reader.first_altered() is None
        assert first_difference(reader) is None
        assert len(list(reader.observations())) >= said.runs
        rows = {(row["subject"], row["state"], row["effective_us"]) for row in reader.ledger()}
    assert set(said.standings) <= rows


def test_a_watch_killed_at_any_instant_loses_nothing_and_resumes_the_open_outage(simulator: Simulator, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    config = simulator.config(tmp_path / "vigie.yml")
    path = config.with_suffix(".db")
    said = Acknowledged()
    simulator.set("hub", "edge_error", status=503)
    began, seen = time.time_ns() // 1000, 0
    for number in range(KILLS):
        with Running(config) as watch:
            if number % 4 == 0:  # it may not even have begun
                said.watch(watch, chance.uniform(0.2, 1.6), after_start=True)
            else:
                said.watch(watch, chance.uniform(0.05, 1.0), after_start=False)
                seen += 1
        if number:
            check(path, said)
    assert said.runs >= seen > 0, f"seed {SEED}: too little was seen to be of worth"

    gap = 4.5  # longer than three intervals: nobody vouches for the end of it
    time.sleep(gap)
    with Running(config) as watch:
        watch.wait(lambda one: one.values("vigie_condition_active", condition=C1) == [1.0], "the outage goes on")
        simulator.clear()
        watch.wait(lambda one: one.values("vigie_condition_active", condition=C1) == [0.0], "the outage ends")
        mended = time.time_ns() // 1000
        assert watch.stop() == 0
    check(path, said)
    with ledger(path, create=False) as engine:
        found = [outage for outage in Reader(engine).outages(mended) if outage.subject == C1]
    assert len(found) == 1, f"seed {SEED}: {found}"
    (outage,) = found
    assert outage.end_us is not None
    assert began - SECOND <= outage.start_us < began + 60 * SECOND
    assert outage.end_us <= mended
    assert outage.unknown_us >= 1 * SECOND, f"seed {SEED}: the gap is unknown time"
    assert outage.unknown_us + outage.down_us == outage.end_us - outage.start_us


def test_a_recorder_killed_while_it_writes_has_kept_all_that_it_told(tmp_path: Path) -> None:
    """Denser than any watch: the kill falls into a transaction almost always."""
    chance = random.Random(SEED)
    path = tmp_path / "vigie.db"
    told: set[int] = set()
    for number in range(max(6, KILLS // 4)):
        command = [sys.executable, "-m", "tests.fakes.killed_process", "recorder", str(path), str(number * 1_000_000)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
        assert writer.stdout is not None
        told.add(int(writer.stdout.readline()))
        time.sleep(chance.uniform(0, 0.4))
        writer.kill()
        told |= {int(line) for line in writer.stdout if line.endswith("\n")}
        writer.wait(10)
        writer.stdout.close()
    assert integrity(path) == "ok"
    with ledger(path, create=False) as engine, Reader(engine).frozen() as reader:
        kept = [one.started_us for _, one in reader.observations()]
        assert told <= set(kept), f"seed {SEED}"
        assert len(kept) == len(set(kept))
        assert reader.first_altered() is None
        assert first_difference(reader) is None
