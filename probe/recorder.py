"""From an observation to a durable fact: settle, fold, commit, and only then tell.

Observations are submitted without waiting and written in order by one task, each in a transaction of its own with all that follows
from it. While the ledger refuses (a full disk, a locked file) the watch goes on: what it sees waits here, up to `backlog`
observations; beyond, the oldest are dropped and counted, and their time becomes unknown because nothing vouches for it. So is one
that can never be written.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from probe.core.fold import begin, fold, respec
from probe.core.observation import Kind, Observation, Reason
from probe.core.retry import Target, retries
from probe.core.settle import Neighbours, remember, settle, suspended
from probe.core.spec import HubSpec
from probe.core.timeline import Row
from probe.errors import LedgerError
from probe.history.memory import HubMemory, recall, remembered
from probe.history.writer import Entry, Writer

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An observation as it was committed, the ledger rows that followed, and what to probe at once because of it."""

    observation: Observation
    rows: tuple[Row, ...]
    again: frozenset[Target]


class Listener(Protocol):
    """Who is told, after the commit."""

    def recorded(self, recorded: Recorded) -> None: ...
    def write_failed(self) -> None: ...
    def backlog(self, waiting: int) -> None: ...
    def dropped(self, observations: int) -> None: ...


class Recorder:
    """Owns the memory of every hub and the only writer of the ledger."""

    def __init__(self, writer: Writer, listener: Listener, memory: Mapping[str, bytes], backlog: int = 10_000) -> None:
        """Raises LedgerError when the memory cannot be read."""
        self._writer = writer
        self._listener = listener
        self._limit = backlog
        self._hubs = {hub: recall(content) for hub, content in memory.items()}
        self._committed = dict(memory)
        self._configured: list[str] = []
        self._waiting: deque[Observation] = deque()
        self._current: Observation | None = None  # the one being written, or to be tried again
        self._followed = False  # whether the memory of the hubs has it already
        self._writing = asyncio.Lock()
        self._woken = asyncio.Event()

    def memory(self, hub: str) -> HubMemory:
        """What is remembered of a hub: committed facts only. Raises KeyError for one that was never configured."""
        return self._hubs[hub]

    def committed(self) -> Mapping[str, bytes]:
        """The memory of every configured hub, as it was last committed."""
        return {hub: self._committed[hub] for hub in self._configured}

    def suspended(self, hub: str, idp: str) -> bool:
        """Whether the lock-out guard stops the account at this IdP. What is not written yet counts: an IdP does not wait for our ledger."""
        memory = self._hubs[hub]
        unwritten = [*self._waiting, *([self._current] if self._current and not self._followed else [])]
        refused = sum((seen.hub, seen.idp, seen.reason) == (hub, idp, Reason.CREDENTIALS_REFUSED) for seen in unwritten)
        return suspended(memory.near, idp, memory.state.spec.refused_credentials - refused)

    async def configure(self, specs: Iterable[HubSpec], at_us: int, *, release: bool = False) -> None:
        """The hubs' settings from `at_us` on; written when they differ from the ones in force. `release`: the operator
        reloaded, so suspended accounts may be tried again. Raises LedgerError, with nothing changed."""
        wanted = list(specs)
        async with self._writing:
            memories: dict[str, HubMemory] = {}
            rows: list[Row] = []
            changed = []
            for spec in wanted:
                content = self._committed.get(spec.name)
                memories[spec.name], following = _configured(spec, content, at_us, release=release)
                rows += following
                if content is None or recall(content).state.spec != spec:
                    changed.append((spec, at_us))
            entry = Entry(rows, {hub: remembered(memory) for hub, memory in memories.items()}, settings=changed)
            await asyncio.to_thread(self._writer.write, entry)
            self._hubs |= memories
            self._committed |= entry.memory
            self._configured = [spec.name for spec in wanted]

    def submit(self, observation: Observation) -> None:
        """Hand an observation over; never waits."""
        self._waiting.append(observation)
        if self.waiting > self._limit:
            self._waiting.popleft()
            self._listener.dropped(1)
        self._listener.backlog(self.waiting)
        self._woken.set()

    async def run(self) -> None:
        """Write what is submitted, until cancelled; a ledger that refuses is tried again, ever less often."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self.waiting:
                if await self._write_next():
                    pause = FIRST_PAUSE_SECONDS
                    continue
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def drain(self) -> None:
        """Write what still waits, as far as the ledger takes it."""
        while self.waiting and await self._write_next():
            pass

    @property
    def waiting(self) -> int:
        """How many observations are not written yet."""
        return len(self._waiting) + (self._current is not None)

    async def _write_next(self) -> bool:
        """Whether the ledger took it. Once begun, a write is seen to its end, even when who asked for it is cancelled:
        what the ledger took is never offered to it again."""
        return await asyncio.shield(asyncio.ensure_future(self._write_one()))

    async def _write_one(self) -> bool:
        async with self._writing:
            if self._current is None and not self._waiting:
                return True
            observation = self._current = self._current or self._waiting.popleft()
            touched = self._touched(observation)
            try:
                recorded, entry = self._follow(observation, touched)
                self._followed = True
                await asyncio.to_thread(self._writer.write, entry)
            except LedgerError as error:
                self._forget_uncommitted(touched)
                self._listener.write_failed()
                log.error("ledger_write_failed", error=str(error), waiting=self.waiting)
                return False
            except Exception as error:  # whatever is wrong with this one observation, the next ones are written
                self._forget_uncommitted(touched)
                self._current = None
                self._listener.dropped(1)
                self._listener.backlog(self.waiting)
                log.error("observation_unwritable", hub=observation.hub, kind=observation.kind.value, exc_info=error)
                return True
            self._committed |= entry.memory
            self._current, self._followed = None, False
        self._listener.backlog(self.waiting)
        self._tell(recorded)
        return True

    def _forget_uncommitted(self, touched: Iterable[str]) -> None:
        self._followed = False
        self._hubs |= {hub: recall(self._committed[hub]) for hub in touched if hub in self._committed}

    def _tell(self, recorded: Recorded) -> None:
        try:
            self._listener.recorded(recorded)
        except Exception as error:  # it is committed: who cannot hear it must not stop the next one
            log.error("listener_failed", exc_info=error)

    def _touched(self, observation: Observation) -> list[str]:
        """Control targets are every hub's neighbours."""
        return list(self._hubs) if observation.kind is Kind.CONTROL else [observation.hub]

    def _follow(self, observation: Observation, touched: list[str]) -> tuple[Recorded, Entry]:
        rows: list[Row] = []
        again: frozenset[Target] = frozenset()
        for hub in touched:
            memory = self._hubs[hub]
            observation = settle(observation, memory.near)
            remember(observation, memory.near, memory.state.spec.vouches)
            if observation.kind is not Kind.CONTROL:
                rows = fold(memory.state, observation)
                again = retries(memory.state, observation, rows)
        entry = Entry(rows, {hub: remembered(self._hubs[hub]) for hub in touched}, observation)
        return Recorded(observation, tuple(rows), again), entry


def _configured(spec: HubSpec, content: bytes | None, at_us: int, *, release: bool) -> tuple[HubMemory, list[Row]]:
    if content is None:
        state, rows = begin(spec, at_us)
        return HubMemory(state), rows
    memory = recall(content)
    if memory.state.spec.client != spec.client:
        memory.near = Neighbours(controls=memory.near.controls)
    if release:
        memory.near.refused.clear()
    rows = respec(memory.state, spec, at_us) if memory.state.spec != spec else []
    return memory, rows
