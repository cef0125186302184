"""From an observation to a durable fact: settle, fold, commit, and only then tell.

Observations are submitted without waiting and written in order by one task: whatever waits at that moment, up to `BATCH` observations, in
one transaction with all that follows from them. With nothing else waiting that is one observation, at once. While the ledger refuses (a
full disk, a locked file) the watch goes on: what it sees waits here, up to `backlog` observations; beyond, the oldest are dropped and
counted, and their time becomes unknown because nothing vouches for it. So is one that can never be written; a batch that holds one is
written again one by one, so that the others are kept.

Every observation is written under a name (this recorder's, and its number there), by which what could not be written before the process
ended is taken up once and never twice (`probe.ledger.unwritten`).
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from probe.clock import Clock, SystemClock
from probe.core.judgement.corroboration import Neighbours, corroborate, remember, suspended
from probe.core.judgement.fold import begin, fold, respec
from probe.core.judgement.observation import Kind, Observation, Reason
from probe.core.judgement.retry import RetryTarget, retries
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import LedgerRow
from probe.errors import LedgerError
from probe.ledger.memory import HubMemory, recall, remembered
from probe.ledger.unwritten import Submitted
from probe.ledger.writer import Entry, Writer
from probe.waiting import backoff_us
from probe.worker import Worker

FIRST_PAUSE_US = 500_000
LONGEST_PAUSE_US = 30_000_000
BATCH = 50
"""Observations in one transaction, at most."""
HELD_US = 5_000
"""How long folding holds the loop before others have a turn (one observation is folded in one turn)."""
FOLDING_US = 200_000
"""How long a batch is folded before what it has is written: what waits for a commit does not wait for the whole backlog."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An observation as it was committed, the ledger rows that followed, and what to probe at once because of it."""

    observation: Observation
    rows: tuple[LedgerRow, ...]
    again: frozenset[RetryTarget]


class RecorderListener(Protocol):
    """Who is told, after the commit."""

    def recorded(self, recorded: Recorded) -> None: ...
    def write_failed(self) -> None: ...
    def backlog(self, waiting: int) -> None: ...
    def dropped(self, observations: int) -> None: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An observation that waits, and since when by the boot-time clock."""

    submitted: Submitted
    since_us: int

    @property
    def observation(self) -> Observation:
        return self.submitted.observation


class Recorder:
    """Owns the memory of every hub and the only writer of the ledger."""

    def __init__(
        self, writer: Writer, listener: RecorderListener, memory: Mapping[str, bytes], backlog: int = 10_000, clock: Clock | None = None
    ) -> None:
        """Raises LedgerError when the memory cannot be read."""
        self._writer = writer
        self._listener = listener
        self._limit = backlog
        self._clock = clock or SystemClock()
        self._hubs = {hub: recall(content) for hub, content in memory.items()}
        self._committed = dict(memory)
        self._configured: list[str] = []
        self._source = secrets.token_hex(8)
        self._submitted = 0
        self._waiting: deque[_Waiting] = deque()
        self._batch: list[_Waiting] = []  # what is being written, or is to be tried again
        self._folded = 0  # how many of the batch the memory of the hubs has already
        self._unsaved: dict[str, None] = {}  # the hubs whose memory is ahead of what was committed
        self._unmade: dict[str, None] = {}  # those of them that changed since their memory was last put into an entry
        self._alone = 0  # so many are written one by one
        self._settled = 0  # how many were written or given up, ever
        self.unwritable = 0
        """How many could never be written."""
        self._refusal: LedgerError | None = None
        self._writing = asyncio.Lock()
        self._woken = asyncio.Event()
        self._worker = Worker("record")  # a file that hangs does not keep the process from ending

    def memory(self, hub: str) -> HubMemory:
        """What is remembered of a hub: committed facts only. Raises KeyError for one that was never configured."""
        return self._hubs[hub]

    def committed(self) -> Mapping[str, bytes]:
        """The memory of every configured hub, as it was last committed."""
        return {hub: self._committed[hub] for hub in self._configured}

    def suspended(self, hub: str, idp: str) -> bool:
        """Whether the lock-out guard stops the account at this IdP. What is not written yet counts: an IdP does not wait for our ledger."""
        memory = self._hubs[hub]
        unfolded = (one.observation for some in (self._batch[self._folded :], self._waiting) for one in some)
        refused = sum((seen.hub, seen.idp, seen.reason) == (hub, idp, Reason.CREDENTIALS_REFUSED) for seen in unfolded)
        return suspended(memory.near, idp, memory.state.spec.refused_credentials - refused)

    async def configure(self, specs: Iterable[HubSpec], at_us: int, *, release: bool = False) -> None:
        """The hubs' settings from `at_us` on; written when they differ from the ones in force, after all that was submitted by then.
        `release`: the operator reloaded, so suspended accounts may be tried again. Raises LedgerError, with the settings as they were."""
        await _through(self._configure(list(specs), at_us, release=release))

    async def _configure(self, wanted: list[HubSpec], at_us: int, *, release: bool) -> None:
        async with self._writing:
            await self._write_submitted()
            memories: dict[str, HubMemory] = {}
            rows: list[LedgerRow] = []
            changed = []
            for spec in wanted:
                content = self._committed.get(spec.name)
                memories[spec.name], following = _configured(spec, content, at_us, release=release)
                rows += following
                if content is None or recall(content).state.spec != spec:
                    changed.append((spec, at_us))
            entry = Entry(rows, {hub: remembered(memory) for hub, memory in memories.items()}, settings=changed)
            await self._worker.submit(self._writer.write, entry)
            self._hubs |= memories
            self._committed |= entry.memory
            self._configured = [spec.name for spec in wanted]

    def submit(self, observation: Observation) -> None:
        """Hand an observation over; never waits."""
        self._submitted += 1
        self._waiting.append(_Waiting(Submitted(self._source, self._submitted, observation), self._clock.boottime_us()))
        if self.waiting > self._limit:
            self._waiting.popleft()
            self._settled += 1
            self._listener.dropped(1)
        self._listener.backlog(self.waiting)
        self._woken.set()

    def take_up(self, found: Iterable[Submitted]) -> None:
        """Hand over, before anything else is submitted, what another recorder could not write before it ended; under the names that it
        has already."""
        now_us = self._clock.boottime_us()
        self._waiting.extend(_Waiting(one, now_us) for one in found)
        self._listener.backlog(self.waiting)

    async def run(self) -> None:
        """Write what is submitted, until cancelled; a ledger that refuses is tried again, ever less often."""
        failures = 0
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self.waiting:
                if await self._write_next():
                    failures = 0
                    continue
                failures += 1
                await self._clock.sleep_us(backoff_us(failures, FIRST_PAUSE_US, LONGEST_PAUSE_US))

    async def drain(self) -> None:
        """Write what still waits, as far as the ledger takes it."""
        while self.waiting and await self._write_next():
            pass

    async def write_some(self) -> LedgerError | None:
        """Write the first of what waits. Returns why the ledger refuses, if it does."""
        return None if await self._write_next() else self._refusal

    @property
    def waiting(self) -> int:
        """How many observations are not written yet."""
        return len(self._waiting) + len(self._batch)

    @property
    def late_us(self) -> int:
        """How long the oldest of those that are not written yet has waited, in microseconds; 0 when none does."""
        oldest = next((one for some in (self._batch, self._waiting) for one in some), None)
        return max(0, self._clock.boottime_us() - oldest.since_us) if oldest else 0

    def unwritten(self) -> list[Submitted]:
        """What is not written yet, in order. The ledger may still take the first of them: a write that was begun is not taken back."""
        return [one.submitted for some in (self._batch, self._waiting) for one in some]

    async def _write_next(self) -> bool:
        """Whether the ledger took it. Once begun, a write is seen to its end, even when who asked for it is cancelled:
        what the ledger took is never offered to it again."""
        return await _through(self._write_some())

    async def _write_some(self) -> bool:
        async with self._writing:
            return await self._write_batch()

    async def _write_submitted(self) -> None:
        """All that waits now, nothing that is submitted meanwhile. Raises LedgerError."""
        until = self._settled + self.waiting
        while self._settled < until:
            if not await self._write_batch():
                raise self._refusal or LedgerError("the ledger could not be written")

    async def _write_batch(self) -> bool:
        """Whether the ledger took it: what it refused is kept whole, and is the first to be tried again."""
        self._fill()
        if not self._batch:
            return True
        try:
            recorded, entries = await self._fold()
            await self._worker.submit(self._writer.write, *entries)
        except LedgerError as error:
            self._forget_uncommitted()
            self._refusal = error
            self._listener.write_failed()
            log.error("ledger_write_failed", error=str(error), waiting=self.waiting)
            return False
        except Exception as error:  # whatever is wrong with one observation, the others are written
            self._forget_uncommitted()
            if (seen := self._part()) is not None:
                log.error("observation_unwritable", hub=seen.hub, kind=seen.kind.value, exc_info=error)
            return True
        for entry in entries:
            self._committed |= entry.memory
        self._unsaved.clear()
        self._leave_batch()
        self._refusal = None
        self._listener.backlog(self.waiting)
        await self._tell(recorded)
        return True

    def _fill(self) -> None:
        """What is tried next: what was refused, else what waits, up to a bound that leaves some of the backlog to be dropped."""
        if self._batch:
            return
        most = 1 if self._alone else max(1, min(BATCH, self._limit // 2))
        self._alone = max(0, self._alone - 1)
        self._batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def _leave_batch(self) -> None:
        self._settled += len(self._batch)
        self._batch, self._folded = [], 0

    def _part(self) -> Observation | None:
        """Somewhere in the batch is what can never be written: write its observations one by one, and give that one up. Returns it."""
        if len(self._batch) > 1:
            self._alone = len(self._batch)
            self._give_back(0)
            return None
        seen = self._batch[0].observation
        self._leave_batch()
        self.unwritable += 1
        self._listener.dropped(1)
        self._listener.backlog(self.waiting)
        return seen

    def _give_back(self, kept: int) -> None:
        """Only the first so many of the batch stay in it."""
        self._waiting.extendleft(reversed(self._batch[kept:]))
        del self._batch[kept:]

    async def _fold(self) -> tuple[list[Recorded], list[Entry]]:
        """Take the batch into the memory of the hubs, or what fits into its time: the rest waits again. Nobody else writes meanwhile."""
        turn = begun = self._clock.monotonic_us()
        recorded: list[Recorded] = []
        entries: list[Entry] = []
        for number, waiting in enumerate(self._batch, start=1):
            recorded.append(self._follow(waiting.observation))
            self._folded = number
            now = self._clock.monotonic_us()
            if now - begun >= FOLDING_US:
                self._give_back(number)
            last, told = number == len(self._batch), bool(recorded[-1].rows) and self._writer.adds_to_rows
            source, count, _ = waiting.submitted
            memory = await self._remembered() if last or told else {}
            entries.append(Entry(recorded[-1].rows, memory, recorded[-1].observation, source=source, number=count))
            if last:
                break
            if now - turn >= HELD_US:
                await self._clock.sleep_us(0)
                turn = self._clock.monotonic_us()
        return recorded, entries

    async def _remembered(self) -> dict[str, bytes]:
        """The memory of the hubs that changed since it was last put into an entry."""
        made = {}
        turn = self._clock.monotonic_us()
        changed, self._unmade = self._unmade, {}
        for hub in changed:
            made[hub] = remembered(self._hubs[hub])
            if self._clock.monotonic_us() - turn >= HELD_US:
                await self._clock.sleep_us(0)
                turn = self._clock.monotonic_us()
        return made

    def _forget_uncommitted(self) -> None:
        self._folded = 0
        self._hubs |= {hub: recall(self._committed[hub]) for hub in self._unsaved if hub in self._committed}
        self._unsaved.clear()
        self._unmade.clear()

    async def _tell(self, recorded: Iterable[Recorded]) -> None:
        turn = self._clock.monotonic_us()
        for one in recorded:
            try:
                self._listener.recorded(one)
            except Exception as error:  # it is committed: who cannot hear it must not stop the next one
                log.error("listener_failed", exc_info=error)
            if self._clock.monotonic_us() - turn >= HELD_US:
                await self._clock.sleep_us(0)
                turn = self._clock.monotonic_us()

    def _follow(self, observation: Observation) -> Recorded:
        rows: list[LedgerRow] = []
        again: frozenset[RetryTarget] = frozenset()
        touched = list(self._hubs) if observation.kind is Kind.CONTROL else [observation.hub]  # control targets are all hubs' neighbours
        self._unsaved |= dict.fromkeys(touched)
        self._unmade |= dict.fromkeys(touched)
        for hub in touched:
            memory = self._hubs[hub]
            observation = corroborate(observation, memory.near)
            remember(observation, memory.near, memory.state.spec.vouches)
            if observation.kind is not Kind.CONTROL:
                rows = fold(memory.state, observation)
                again = retries(memory.state, observation, rows)
        return Recorded(observation, tuple(rows), again)


async def _through(work: Coroutine[Any, Any, T]) -> T:
    """See work to its end, even when who waits for it is cancelled."""
    return await asyncio.shield(asyncio.ensure_future(work))


def _configured(spec: HubSpec, content: bytes | None, at_us: int, *, release: bool) -> tuple[HubMemory, list[LedgerRow]]:
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
