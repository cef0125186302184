"""Recorders on a real ledger: one whom a test listens to, and one that writes at once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from probe.clock import Clock
from probe.core.judgement.corroboration import Neighbours, corroborate, remember
from probe.core.judgement.fold import HubState, begin, fold, respec
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import LedgerRow
from probe.ledger.db import schema
from probe.ledger.db.private_files import private_file, private_folder
from probe.ledger.db.store import open_store
from probe.ledger.memory import HubMemory, remembered
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SPEC
from tests.fakes.clock import HurriedClock

PATIENCE_SECONDS = 10.0


class FakeListener:
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
    engine: Engine,
    ear: FakeListener,
    *,
    specs: Sequence[HubSpec] = (SPEC,),
    backlog: int = 10_000,
    at_us: int = BEGUN,
    release: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[Recorder]:
    """A configured recorder whose task runs, and which hurries;
    what still waits is written at the end, as when the service stops.
    """
    recorder = Recorder(Writer(engine), ear, Reader(engine).memory(), backlog, clock or HurriedClock())
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


class ImmediateRecorder:
    """Folds and writes, one transaction an observation, as the recorder does.

    It corroborates only where `near.passed` is set.
    """

    def __init__(self, engine: Engine, spec: HubSpec = SPEC, at_us: int = BEGUN) -> None:
        self.writer = Writer(engine)
        self.rows: list[LedgerRow] = []
        self.near = Neighbours()
        self.state: HubState
        self.state, rows = begin(spec, at_us)
        self._write(rows, settings=[(spec, at_us)])

    def keep(self, observations: Iterable[Observation]) -> None:
        for one in map(self._corroborated, observations):
            self._write([] if one.kind is Kind.CONTROL else fold(self.state, one), observation=one)

    def _corroborated(self, one: Observation) -> Observation:
        if self.near.passed is None:
            return one
        corroborated = corroborate(one, self.near, self.state.signals)
        remember(corroborated, self.near, self.state.spec.vouches)
        return corroborated

    def respec(self, spec: HubSpec, at_us: int) -> None:
        self._write(respec(self.state, spec, at_us), settings=[(spec, at_us)])

    def _write(self, rows: list[LedgerRow], **more: Any) -> None:
        self.rows += rows
        self.writer.write(Entry(rows, {self.state.spec.name: remembered(HubMemory(self.state, self.near))}, **more))


@cache
def _new_file() -> bytes:
    """The file of a new ledger."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        open_store(path).dispose()
        return path.read_bytes()


def new_ledger(path: Path) -> Engine:
    """The ledger in a file, an empty one where there is none: a copy of one that was made once,
    as its migrations take twenty times as long.
    """
    if not path.exists():
        private_folder(path.parent)
        private_file(path)
        path.write_bytes(_new_file())
    return open_store(path)


@contextmanager
def ledger(path: Path, *, create: bool = True) -> Iterator[Engine]:
    engine = new_ledger(path) if create else open_store(path, create=False)
    try:
        yield engine
    finally:
        engine.dispose()


def in_memory() -> Engine:
    """The tables alone, without a file: for properties over many ledgers."""
    return create_engine("sqlite://", poolclass=StaticPool, creator=_tables_in_memory)


def _tables_in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.deserialize(_tables())
    return connection


@cache
def _tables() -> bytes:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(engine)
    with engine.connect() as connection:
        made: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
        return made.serialize()
