"""A process that records as fast as it can, and says each time what the ledger took:
somebody will kill it in the middle.
"""

import asyncio
import sys
from pathlib import Path

from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Writer
from tests.builders import BEGUN, SPEC, journey, mire, no_mire
from tests.fakes.recorder import FakeListener, ledger


class PrintingListener(FakeListener):
    def recorded(self, recorded: Recorded) -> None:
        sys.stdout.write(f"{recorded.observation.started_us}\n")
        sys.stdout.flush()


async def write_for_ever(path: Path, at: int) -> None:
    """From `at` seconds after the beginning on: the mire comes and goes, an IdP works."""
    with ledger(path) as engine:
        recorder = Recorder(Writer(engine), PrintingListener(), Reader(engine).memory())
        await recorder.configure([SPEC], BEGUN)
        while True:
            for offset in range(0, 1000, 10):
                recorder.submit(no_mire(at + offset) if offset % 100 > 50 else mire(at + offset))
                recorder.submit(journey("ameli", at + offset + 1))
            await recorder.drain()
            at += 1000


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
