"""A recorder on a real ledger, whom a test listens to."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine

from probe.core.judgement.observation import Observation
from probe.core.judgement.spec import HubSpec
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Writer
from tests.ledger.keeping import BEGUN, SPEC

PATIENCE_SECONDS = 10.0


class Ear:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.heard: list[Recorded] = []
        self.failures = 0
        self.gone = 0
        self.backlogs: list[int] = []

    def recorded(self, recorded: Recorded) -> None:
        self.heard.append(recorded)

    def write_failed(self) -> None:
        self.failures += 1

    def backlog(self, waiting: int) -> None:
        self.backlogs.append(waiting)

    def dropped(self, observations: int) -> None:
        self.gone += observations

    @property
    def observations(self) -> list[Observation]:
        return [recorded.observation for recorded in self.heard]


def kept(engine: Engine) -> list[Observation]:
    return [one for _, one in Reader(engine).observations()]


@asynccontextmanager
async def recording(
    engine: Engine, ear: Ear, *, specs: Sequence[HubSpec] = (SPEC,), backlog: int = 10_000, at_us: int = BEGUN, release: bool = False
) -> AsyncIterator[Recorder]:
    """A configured recorder whose task runs; what still waits is written at the end, as when the service stops."""
    recorder = Recorder(Writer(engine), ear, Reader(engine).memory(), backlog)
    await recorder.configure(specs, at_us, release=release)
    task = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await recorder.drain()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - of files and threads too, which set no event
            await asyncio.sleep(0.005)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
