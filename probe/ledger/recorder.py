"""Makes an observation a durable fact: corroborate, fold, commit, and only then call the listener.

Observations are submitted without waiting, and one task writes them in order. One transaction takes
the observations that wait at that moment, up to `BATCH`, with everything that follows from them. So
an observation that waits alone is written at once.

While the ledger refuses (a full disk, a locked file) the watch goes on. Its observations wait here,
up to `backlog` of them. Beyond that the oldest are dropped and counted, and their time becomes
unknown, as nothing vouches for it. An observation that can never be written is dropped and counted
too; its batch is written again one by one, so that the others are kept.

Every observation is written under a name: this recorder's, and its number there. By this name the
next start writes the observations that could not be written before the process ended, once and
never twice (`probe.ledger.unwritten`).
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from probe.clock import Clock, SystemClock
from probe.core.judgement.accounts import doubtful
from probe.core.judgement.corroboration import (
    Neighbours,
    adopt,
    corroborate,
    forget_unwatched,
    held_back,
    learn,
    remember,
    suspended,
    turns,
)
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
"""How long folding holds the event loop before others have a turn. One observation is folded in
one turn."""
FOLDING_US = 200_000
"""How long a batch is folded before its observations are written, so that the first commit does not
wait for the whole backlog."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An observation as it was committed.

    `rows`: the ledger rows that followed. `again`: the targets to probe at once because of it.
    """

    observation: Observation
    rows: tuple[LedgerRow, ...]
    again: frozenset[RetryTarget]


class RecorderListener(Protocol):
    """Is called after the commit, and when writing fails."""

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
        self.elsewhere: Callable[[str], Neighbours | None] = lambda _: None
        """Gives what other vantages of a hub know of the settings that passed."""
        self._committed = dict(memory)
        self._configured: list[str] = []
        self._source = secrets.token_hex(8)
        self._submitted = 0
        self._waiting: deque[_Waiting] = deque()
        self._batch: list[_Waiting] = []  # is being written, or is to be tried again
        self._folded = 0  # how many of the batch the memory of the hubs has already
        self._unsaved: dict[str, None] = {}  # the hubs whose memory is ahead of the last commit
        self._unmade: dict[str, None] = {}  # those that changed since an entry had their memory
        self._alone = 0  # how many are to be written one by one
        self._done = 0  # how many were written or given up, ever
        self.unwritable = 0
        """How many observations could never be written."""
        self._refusal: LedgerError | None = None
        self._writing = asyncio.Lock()
        self._writing_since_us = 0  # by the boot-time clock; 0: nothing is being written
        self._woken = asyncio.Event()
        self._worker = Worker("record")  # a file that hangs does not keep the process from ending

    def memory(self, hub: str) -> HubMemory:
        """Return the memory of a hub. Raises KeyError when the hub was never configured."""
        return self._hubs[hub]

    def committed(self) -> Mapping[str, bytes]:
        """Return the memory of every configured hub, as it was last committed."""
        return {hub: self._committed[hub] for hub in self._configured}

    def suspended(self, hub: str, idp: str) -> bool:
        """Return whether the lock-out guard stops the account at this IdP."""
        return self.refused(hub, idp, self._hubs[hub].state.spec.refused_credentials)

    def refused(self, hub: str, idp: str, tries: int = 1) -> bool:
        """Return whether the account at this IdP was refused `tries` times in a row, and not since.

        Observations that are not written yet count too: the IdP does not wait for our ledger.
        """
        unfolded = (submitted.observation for some in (self._batch[self._folded :], self._waiting) for submitted in some)
        refused = sum((seen.hub, seen.idp, seen.reason) == (hub, idp, Reason.CREDENTIALS_REFUSED) for seen in unfolded)
        return suspended(self._hubs[hub].near, idp, tries - refused)

    def held_back(self, hub: str, idp: str, digest: str) -> bool:
        """Return whether the login at this IdP waits, as it has never passed with the settings of
        this digest.
        """
        memory = self._hubs[hub]
        return held_back(memory.near, idp, digest, memory.state.spec.refused_credentials, self._clock.now_us())

    async def configure(self, specs: Iterable[HubSpec], at_us: int, *, release: bool = False) -> None:
        """Put the hubs' settings in force from `at_us` on.

        Settings that differ from those in force are written, after all observations that were
        submitted before. `release`: the operator reloaded, so suspended accounts may be tried
        again. Raises LedgerError, with the settings as they were.
        """
        await _through(self._configure(list(specs), at_us, release=release))

    async def _configure(self, specs: list[HubSpec], at_us: int, *, release: bool) -> None:
        async with self._writing:
            await self._write_submitted()
            memories: dict[str, HubMemory] = {}
            rows: list[LedgerRow] = []
            changed = []
            for spec in specs:
                content = self._committed.get(spec.name)
                memories[spec.name], following = _configured(spec, content, at_us, release=release)
                rows += following
                if content is None or recall(content).state.spec != spec:
                    changed.append((spec, at_us))
            entry = Entry(rows, {hub: remembered(memory) for hub, memory in memories.items()}, settings=changed)
            await self._commit(entry)
            self._hubs |= memories
            self._committed |= entry.memory
            self._configured = [spec.name for spec in specs]

    def submit(self, observation: Observation) -> None:
        """Hand an observation over to be written. Never waits."""
        self._submitted += 1
        self._waiting.append(_Waiting(Submitted(self._source, self._submitted, observation), self._clock.boottime_us()))
        if self.waiting > self._limit:
            self._waiting.popleft()
            self._done += 1
            self._listener.dropped(1)
        self._listener.backlog(self.waiting)
        self._woken.set()

    def take_up(self, missing: Iterable[Submitted]) -> None:
        """Hand over the observations that another recorder could not write before it ended.

        They keep their names. Call this before anything else is submitted.
        """
        now_us = self._clock.boottime_us()
        self._waiting.extend(_Waiting(submitted, now_us) for submitted in missing)
        self._listener.backlog(self.waiting)

    async def run(self) -> None:
        """Write the submitted observations until cancelled.

        A ledger that refuses is tried again, ever less often.
        """
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
        """Write the observations that still wait, until the ledger refuses."""
        while self.waiting and await self._write_next():
            pass

    async def write_some(self) -> LedgerError | None:
        """Write the first batch of those that wait. Return why the ledger refuses, if it does."""
        return None if await self._write_next() else self._refusal

    @property
    def waiting(self) -> int:
        """The number of observations that are not written yet."""
        return len(self._waiting) + len(self._batch)

    @property
    def late_us(self) -> int:
        """The microseconds for which the oldest unwritten observation has waited; 0 without one."""
        oldest = next((waiting for some in (self._batch, self._waiting) for waiting in some), None)
        return max(0, self._clock.boottime_us() - oldest.since_us) if oldest else 0

    @property
    def stuck_us(self) -> int:
        """For how many microseconds the write that is under way has lasted; 0 without one."""
        return self._clock.boottime_us() - self._writing_since_us if self._writing_since_us else 0

    def unwritten(self) -> list[Submitted]:
        """Return the observations that are not written yet, in order.

        The ledger may still take the first of them: a write that has begun is not taken back.
        """
        return [waiting.submitted for some in (self._batch, self._waiting) for waiting in some]

    async def _write_next(self) -> bool:
        """Write the next batch. Return whether the ledger took it.

        A write that has begun runs to its end even when the caller is cancelled, so that no
        observation is offered twice.
        """
        return await _through(self._write_some())

    async def _write_some(self) -> bool:
        async with self._writing:
            return await self._write_batch()

    async def _write_submitted(self) -> None:
        """Write the observations that wait now, and none that is submitted meanwhile.

        Raises LedgerError.
        """
        until = self._done + self.waiting
        while self._done < until:
            if not await self._write_batch():
                raise self._refusal or LedgerError("the ledger could not be written")

    async def _write_batch(self) -> bool:
        """Write a batch. Return whether the ledger took it.

        A batch that it refused stays whole, and is the first to be tried again.
        """
        self._fill()
        if not self._batch:
            return True
        try:
            recorded, entries = await self._fold()
            await self._commit(*entries)
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

    async def _commit(self, *entries: Entry) -> None:
        """Write the entries in one transaction. Raises LedgerError."""
        self._writing_since_us = self._clock.boottime_us()
        try:
            await self._worker.submit(self._writer.write, *entries)
        finally:
            self._writing_since_us = 0

    def _fill(self) -> None:
        """Fill the batch from those that wait, unless it holds a refused one.

        The batch is bounded, so that some of the backlog can still be dropped.
        """
        if self._batch:
            return
        most = 1 if self._alone else max(1, min(BATCH, self._limit // 2))
        self._alone = max(0, self._alone - 1)
        self._batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def _leave_batch(self) -> None:
        self._done += len(self._batch)
        self._batch, self._folded = [], 0

    def _part(self) -> Observation | None:
        """Deal with a batch in which one observation can never be written.

        A batch of several is to be written one by one. The observation of a batch of one is given
        up, and returned.
        """
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

    def _give_back(self, count: int) -> None:
        """Leave the first `count` observations in the batch, and let the others wait again."""
        self._waiting.extendleft(reversed(self._batch[count:]))
        del self._batch[count:]

    async def _fold(self) -> tuple[list[Recorded], list[Entry]]:
        """Fold the batch into the memory of the hubs, for at most about `FOLDING_US`.

        The rest of it waits again. Nobody else writes meanwhile.
        """
        turn = begun = self._clock.monotonic_us()
        recorded: list[Recorded] = []
        entries: list[Entry] = []
        for number, waiting in enumerate(self._batch, start=1):
            recorded.append(self._fold_one(waiting.observation))
            self._folded = number
            now = self._clock.monotonic_us()
            if now - begun >= FOLDING_US:
                self._give_back(number)
            last, adds = number == len(self._batch), bool(recorded[-1].rows) and self._writer.adds_to_rows
            source, count, _ = waiting.submitted
            memory = await self._remembered() if last or adds else {}
            entries.append(Entry(recorded[-1].rows, memory, recorded[-1].observation, source=source, number=count))
            if last:
                break
            if now - turn >= HELD_US:
                await self._clock.sleep_us(0)
                turn = self._clock.monotonic_us()
        return recorded, entries

    async def _remembered(self) -> dict[str, bytes]:
        """Return the memory of the hubs that changed since an entry last had it."""
        memories = {}
        turn = self._clock.monotonic_us()
        changed, self._unmade = self._unmade, {}
        for hub in changed:
            memories[hub] = remembered(self._hubs[hub])
            if self._clock.monotonic_us() - turn >= HELD_US:
                await self._clock.sleep_us(0)
                turn = self._clock.monotonic_us()
        return memories

    def _forget_uncommitted(self) -> None:
        self._folded = 0
        self._hubs |= {hub: recall(self._committed[hub]) for hub in self._unsaved if hub in self._committed}
        self._unsaved.clear()
        self._unmade.clear()

    async def _tell(self, recorded: Iterable[Recorded]) -> None:
        turn = self._clock.monotonic_us()
        for fact in recorded:
            try:
                self._listener.recorded(fact)
            except Exception as error:  # it is committed: a listener's mistake stops no other one
                log.error("listener_failed", exc_info=error)
            if self._clock.monotonic_us() - turn >= HELD_US:
                await self._clock.sleep_us(0)
                turn = self._clock.monotonic_us()

    def _fold_one(self, observation: Observation) -> Recorded:
        rows: list[LedgerRow] = []
        again: frozenset[RetryTarget] = frozenset()
        # control targets are neighbours of all hubs
        touched = list(self._hubs) if observation.kind is Kind.CONTROL else [observation.hub]
        self._unsaved |= dict.fromkeys(touched)
        self._unmade |= dict.fromkeys(touched)
        for hub in touched:
            memory = self._hubs[hub]
            if observation.part is not None and (others := self.elsewhere(hub)) is not None:
                learn(memory.near, others)
            observation = corroborate(observation, memory.near, memory.state.signals)
            turned = turns(observation, memory.near)
            remember(observation, memory.near, memory.state.spec.vouches)
            if observation.kind is not Kind.CONTROL:
                rows = fold(memory.state, observation)
                again = retries(memory.state, observation, rows, turned=turned)
                if doubtful(memory.near.accounts, observation):
                    again |= {(Kind.IDENTITY, observation.idp)}
        return Recorded(observation, tuple(rows), again)


async def _through(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end, even when the caller is cancelled."""
    return await asyncio.shield(asyncio.ensure_future(work))


def _configured(spec: HubSpec, content: bytes | None, at_us: int, *, release: bool) -> tuple[HubMemory, list[LedgerRow]]:
    if content is None:
        state, rows = begin(spec, at_us)
        return HubMemory(state, Neighbours(passed={})), rows
    memory = recall(content)
    if memory.state.spec.client != spec.client:
        before = memory.near
        memory.near = Neighbours(controls=before.controls, passed=before.passed, reached=before.reached, accounts=before.accounts)
    adopt(memory.near, memory.state)
    if release:
        memory.near.refused.clear()
    rows = respec(memory.state, spec, at_us) if memory.state.spec != spec else []
    forget_unwatched(memory.near, memory.state)
    return memory, rows
