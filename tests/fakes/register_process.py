"""A process that records outages and keeps the register as fast as it can,
and says each time how far it is: somebody will kill it.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from probe.core.incident.detection import TroubleTerms
from probe.core.judgement.observation import Observation
from probe.incidents.automation import Automation
from probe.incidents.policy import Policy
from probe.incidents.store.situations import Place
from probe.incidents.wording import RegisterTexts
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Writer
from tests.builders import BEGUN, SECOND, SPEC, idp_down, journey, mire
from tests.fakes.recorder import FakeListener, ledger
from tests.fakes.watched_hub import always

CYCLE = 200  # seconds: an outage of a minute in each


def terms() -> Policy:
    """Outages of different cycles are different incidents."""
    return always(
        places=(Place("fc", ("ameli", "yris")),),
        troubles=TroubleTerms(reopen_within_us=30 * SECOND, settle_us=SECOND, wording=RegisterTexts("en")),
    )


class Aloud(FakeListener):
    def recorded(self, recorded: Recorded) -> None:
        sys.stdout.write(f"{recorded.observation.started_us}\n")
        sys.stdout.flush()


def story(at: int) -> Iterator[Observation]:
    """From `at` seconds after the beginning on: an IdP is down for a minute in every cycle,
    the other one is well.
    """
    while True:
        yield mire(at)
        yield idp_down("ameli", at + 1) if at % CYCLE < 60 else journey("ameli", at + 1)
        yield journey("yris", at + 2)
        at += 10


async def write_for_ever(path: Path, at: int) -> None:
    now = BEGUN + at * SECOND
    with ledger(path) as engine:
        keeper = Automation(terms(), lambda: now)
        recorder = Recorder(Writer(engine, keeper.with_rows), Aloud(), Reader(engine).memory())
        await recorder.configure([SPEC], BEGUN)
        for seen in story(at):
            now = seen.finished_us
            recorder.submit(seen)
            await recorder.drain()
            keeper.tick(engine)


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
