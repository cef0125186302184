"""`kill -9` at any instant of a process that keeps the register: no incident is lost, none doubled,
the chain is whole.

VIGIE_KILLS says how often, VIGIE_SEED makes the instants come again.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from probe.audit.verify import verify
from probe.core.incident.model import ActKind
from probe.incidents.automation import Automation
from probe.incidents.service import IncidentService
from probe.ledger.reader import Reader
from tests.builders import BEGUN, SECOND
from tests.fakes.killed_process import terms
from tests.fakes.recorder import ledger
from tests.marks import unmeasured
from tests.service.running import ROOT, integrity

pytestmark = unmeasured  # whoever is killed tells nothing
KILLS = int(os.environ.get("VIGIE_KILLS", "6"))
SEED = int(os.environ.get("VIGIE_SEED", "0")) or random.randrange(1, 2**32)


def write_and_kill(path: Path, at: int, seconds: float, service: IncidentService) -> tuple[int, int]:
    """Let it write for so long after its first word, working on its incidents meanwhile.
    Returns how far it was, and how many comments were taken."""
    command = [sys.executable, "-m", "tests.fakes.killed_process", "register", str(path), str(at)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as writer:
        assert writer.stdout is not None
        try:
            last = int(writer.stdout.readline())
            end, comments = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                for one in service.incidents(limit=1):
                    service.act(one.number, ActKind.COMMENTED, {"text": "seen"}, author="Ada")
                    comments += 1
                time.sleep(0.01)
        finally:
            writer.kill()
        for line in writer.stdout:
            last = int(line) if line.endswith("\n") else last
    return (last - BEGUN) // SECOND, comments


def test_killed_at_random_between_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    path, at, now = tmp_path / "vigie.db", 0, BEGUN
    comments = 0
    with ledger(path) as engine:
        service = IncidentService(engine, terms(), lambda: now + 10**15)
        for _ in range(KILLS):
            now = BEGUN + at * SECOND
            reached, more = write_and_kill(path, at, chance.uniform(0.05, 1.0), service)
            at, comments = (reached // 10 + 1) * 10, comments + more
            assert integrity(path) == "ok"
        now = BEGUN + at * SECOND
        automation = Automation(terms(), lambda: now)
        while automation.tick(engine):
            pass
        assert automation.failures == 0
        with engine.connect() as connection:
            assert verify(connection).findings == []
        outages = [one for one in Reader(engine).outages(now, "fc") if one.subject == "idp:ameli"]
        incidents = service.incidents(states=None)
        assert sorted(one.began_us or 0 for one in incidents) == [one.start_us for one in outages], f"VIGIE_SEED={SEED}"
        acts = [act for one in incidents for act in service.show(one.number).acts]
        assert sum(act.kind is ActKind.COMMENTED for act in acts) == comments
        assert outages
