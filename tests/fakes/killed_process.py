"""A process that records as fast as it can, and says each time what the ledger took:
somebody will kill it in the middle.

    python -m tests.fakes.killed_process recorder|register LEDGER SECONDS

It begins so many seconds after the beginning. The `register` keeps incidents too.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from probe.core.incident.detection import TroubleTerms
from probe.core.judgement.observation import Observation
from probe.incidents.automation import Automation
from probe.incidents.policy import Policy
from probe.incidents.store.situations import Place
from probe.incidents.wording import RegisterTexts
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Writer
from tests.builders import BEGUN, SECOND, SPEC, idp_down, journey, mire, no_mire
from tests.fakes.recorder import FakeListener, ledger
from tests.fakes.watched_hub import always

CYCLE = 200  # seconds: an outage of a minute in each


class PrintingListener(FakeListener):
    def recorded(self, recorded: Recorded) -> None:
        sys.stdout.write(f"{recorded.observation.started_us}\n")
        sys.stdout.flush()


async def record(engine: Engine, at: int) -> None:
    """The mire comes and goes, an IdP works; many observations in each transaction."""
    recorder = Recorder(Writer(engine), PrintingListener(), Reader(engine).memory())
    await recorder.configure([SPEC], BEGUN)
    while True:
        for offset in range(0, 1000, 10):
            recorder.submit(no_mire(at + offset) if offset % 100 > 50 else mire(at + offset))
            recorder.submit(journey("ameli", at + offset + 1))
        await recorder.drain()
        at += 1000


def terms() -> Policy:
    """Outages of different cycles are different incidents."""
    return always(
        places=(Place("fc", ("ameli", "yris")),),
        troubles=TroubleTerms(reopen_within_us=30 * SECOND, settle_us=SECOND, wording=RegisterTexts("en")),
    )


def outages(at: int) -> Iterator[Observation]:
    """An IdP is down for a minute in every cycle, the other one is well."""
    while True:
        yield mire(at)
        yield idp_down("ameli", at + 1) if at % CYCLE < 60 else journey("ameli", at + 1)
        yield journey("yris", at + 2)
        at += 10


async def register(engine: Engine, at: int) -> None:
    """One observation in each transaction, and the incidents that follow from it."""
    now = BEGUN + at * SECOND
    automation = Automation(terms(), lambda: now)
    recorder = Recorder(Writer(engine, automation.with_rows), PrintingListener(), Reader(engine).memory())
    await recorder.configure([SPEC], BEGUN)
    for seen in outages(at):
        now = seen.finished_us
        recorder.submit(seen)
        await recorder.drain()
        automation.tick(engine)


if __name__ == "__main__":
    kind, path, seconds = sys.argv[1:]
    with ledger(Path(path)) as opened:
        asyncio.run({"recorder": record, "register": register}[kind](opened, int(seconds)))
