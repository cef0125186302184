"""Decides when each target is due, and calls `runner(key, ...)` then.

The scheduler knows neither HTTP nor journeys: a target is a key and an interval.

Theory of operation
-------------------
grid      Target i of n with the same interval I is due at origin + phase_i + k * I, for ever.
          These instants are its slots. Phases are evenly spaced, in the order of the keys'
          hashes, so the n targets are due one after the other and never together.
          A target that is added later gets the middle of the widest gap.
          The others keep their phase.

clock     The grid lies on the boot-time clock. Setting the wall clock or a DST change does not
          move it, and slots that pass in a suspend are noticed and counted as skipped.
          Sleeps run on the monotonic clock, which stands still in a suspend. The dispatcher
          sleeps for a second at most, so it notices a suspend within a second of its end.

late      A slot that is more than an interval behind is skipped and counted, and the newest
          slot is run, late. Slots that are late by more than a second are a backlog (after a
          suspend, or when the loop stood still). They are released at twice the mean rate of
          the grid, so that they do not start in one burst.

one each  Each target has a task of its own, and never runs twice at the same time. No queue
          exists that a hung target could block, so the concurrency needs no other limit.

again     `again(key)` runs a target at once, to confirm, without moving its grid. When the
          target is running, the new run follows. Several requests before the run starts count
          as one, and there are at most `again_limit` per slot, so that no busy loop can arise.
          A group (a hub) has at most `again_at_once` such runs under way. Further requests
          wait for one of them to end, those that confirm before those that only inform.
          When the target's slot comes meanwhile, its run fulfils the request.
"""

import asyncio
import hashlib
import heapq
import itertools
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from typing import Protocol

import structlog

from probe.clock import Clock
from probe.core.judgement.retry import AGAIN_LIMIT

_log = structlog.get_logger(__name__)

NAP_US = 1_000_000
BACKLOG_US = 1_000_000
AGAIN_AT_ONCE = 16
"""The most runs again of one group at a time.

When a whole hub fails, it must not receive all journeys again in one burst.
"""


@dataclass(frozen=True, slots=True)
class ScheduledTarget:
    """A target that is due every `interval_us` microseconds.

    At most `again_at_once` targets of one `group` are run again at the same time.
    Raises ValueError when the interval is not positive.
    """

    key: str
    interval_us: int
    group: str = ""

    def __post_init__(self) -> None:
        if self.interval_us <= 0:
            raise ValueError(f"{self.key}: an interval of {self.interval_us} microseconds")


class Urgency(IntEnum):
    """The urgency with which a target is run again."""

    AT_ONCE = 0  # at once, without the limit `again_at_once`
    FIRST = 1  # before all that are NEXT
    NEXT = 2  # after all that are FIRST


class Runner(Protocol):
    """Runs a target.

    `lag_us` is how late the run starts, in microseconds. `retry` says that `again` asked for the
    run. An exception is logged and counted.
    """

    def __call__(self, key: str, *, lag_us: int, retry: bool) -> Awaitable[object]: ...


class Missed(Protocol):
    """Told how many slots of a target were skipped, just before its next run."""

    def __call__(self, key: str, slots: int) -> None: ...


@dataclass(slots=True)
class Stats:
    """Counts the runs of one target since it was added.

    `refused` counts the requests beyond `again_limit`. `lag_us` is the lag of the last run.
    """

    runs: int = 0
    retries: int = 0
    skipped: int = 0
    refused: int = 0
    errors: int = 0
    lag_us: int = 0


@dataclass(slots=True, eq=False)
class _Entry:
    """A target in the schedule."""

    target: ScheduledTarget
    phase: Fraction  # as a part of the interval, in [0, 1)
    due_us: int  # boot time
    stats: Stats = field(default_factory=Stats)
    ticket: int = -1  # of its valid item in the heap; its other items are ignored
    released: bool = False  # it has its instant of release from the backlog
    agains: int = 0  # requests since its last slot


class Scheduler:
    """Runs targets until it is cancelled."""

    def __init__(
        self,
        clock: Clock,
        runner: Runner,
        *,
        missed: Missed | None = None,
        again_limit: int = AGAIN_LIMIT,
        again_at_once: int = AGAIN_AT_ONCE,
        nap_us: int = NAP_US,
    ) -> None:
        self._clock = clock
        self._runner = runner
        self._missed = missed
        self._again_limit = again_limit
        self._again_at_once = again_at_once
        self._nap_us = nap_us
        self._origin_us = clock.boottime_us()
        self._entries: dict[str, _Entry] = {}
        self._running: set[str] = set()
        self._asked: dict[str, Urgency] = {}  # keys to run again, in the order asked
        self._again_running: Counter[str] = Counter()  # by group
        self._heap: list[tuple[int, int, _Entry]] = []  # (boot time, ticket, entry)
        self._tickets = itertools.count()
        self._gap_us = BACKLOG_US
        self._next_release_us = self._origin_us
        self._group: asyncio.TaskGroup | None = None
        self._nap: asyncio.Future[None] | None = None

    @property
    def stats(self) -> Mapping[str, Stats]:
        """The counters of each target, by its key. They may be read at any time."""
        return {key: entry.stats for key, entry in self._entries.items()}

    def due_us(self, key: str) -> int:
        """Return the target's next slot, in microseconds of boot time.

        Raises KeyError when the target is unknown.
        """
        return self._entries[key].due_us

    def reload(self, targets: Iterable[ScheduledTarget]) -> None:
        """Schedule these targets from now on, and no others.

        A target that is known with the same interval keeps its grid. Runs under way go on to their
        end.

        Raises ValueError when two targets have the same key; nothing is changed then.
        """
        by_key: dict[str, ScheduledTarget] = {}
        for target in targets:
            if target.key in by_key:
                raise ValueError(f"{target.key}: given twice")
            by_key[target.key] = target
        old = self._entries
        self._entries = {key: entry for key, entry in old.items() if by_key.get(key) == entry.target}
        new = [target for key, target in by_key.items() if key not in self._entries]
        for interval_us in sorted({target.interval_us for target in new}):
            self._place([target for target in new if target.interval_us == interval_us], interval_us)
        for key in self._entries.keys() & old.keys():
            self._entries[key].stats = old[key].stats
        rate = sum(Fraction(1, entry.target.interval_us) for entry in self._entries.values())
        self._gap_us = min(BACKLOG_US, int(1 / (2 * rate))) if rate else BACKLOG_US
        self._wake()

    def again(self, key: str, urgency: Urgency = Urgency.FIRST) -> bool:
        """Run a target at once, or right after its present run.

        Returns False when the target is unknown, has such a request already, or has reached
        `again_limit`.
        """
        entry = self._entries.get(key)
        if entry is None:
            return False
        if key in self._asked:
            self._asked[key] = min(self._asked[key], urgency)
            return False
        if entry.agains >= self._again_limit:
            entry.stats.refused += 1
            return False
        entry.agains += 1
        self._asked[key] = urgency
        self._wake()
        return True

    async def run(self) -> None:
        """Run the targets that are due, until cancelled.

        Cancelling it cancels the runs under way too, and waits for their end.
        """
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                while True:
                    self._start_again()
                    self._start_due()
                    await self._sleep()
            finally:
                self._group = None

    # --- the grid

    def _place(self, new: list[ScheduledTarget], interval_us: int) -> None:
        taken = sorted(entry.phase for entry in self._entries.values() if entry.target.interval_us == interval_us)
        ordered = sorted(new, key=lambda target: _hash(target.key))
        phases = _fill(taken, len(ordered)) if taken else _even(len(ordered), interval_us)
        now_us = self._clock.boottime_us()
        for target, phase in zip(ordered, phases, strict=True):
            entry = _Entry(target, phase, self._slot_after(now_us, interval_us, phase))
            self._entries[target.key] = entry
            self._wait(entry, entry.due_us)

    def _slot_after(self, now_us: int, interval_us: int, phase: Fraction) -> int:
        """Return the first slot at or after `now_us`."""
        first_us = self._origin_us + int(phase * interval_us)
        return first_us + max(0, -((first_us - now_us) // interval_us)) * interval_us

    # --- the dispatcher

    def _wait(self, entry: _Entry, until_us: int) -> None:
        entry.ticket = next(self._tickets)
        heapq.heappush(self._heap, (until_us, entry.ticket, entry))

    def _start_due(self) -> None:
        now_us = self._clock.boottime_us()
        while self._heap and self._heap[0][0] <= now_us:
            _, ticket, entry = heapq.heappop(self._heap)
            key = entry.target.key
            if ticket == entry.ticket and self._entries.get(key) is entry and key not in self._running:
                self._start_or_release(entry, now_us)

    def _start_or_release(self, entry: _Entry, now_us: int) -> None:
        self._skip_missed(entry, now_us)
        late_us = now_us - entry.due_us
        if late_us > BACKLOG_US and not entry.released:
            entry.released = True
            release_us = max(now_us, self._next_release_us)
            self._next_release_us = release_us + self._gap_us
            if release_us > now_us:
                self._wait(entry, release_us)
                return
        entry.released = False
        entry.agains = 0
        self._asked.pop(entry.target.key, None)  # this run fulfils the request
        entry.due_us += entry.target.interval_us
        entry.stats.runs += 1
        entry.stats.lag_us = late_us
        self._spawn(entry, lag_us=late_us, retry=False)

    def _skip_missed(self, entry: _Entry, now_us: int) -> None:
        behind_us, interval_us = now_us - entry.due_us, entry.target.interval_us
        if behind_us > interval_us:
            missed = behind_us // interval_us
            entry.stats.skipped += missed
            entry.due_us += missed * interval_us
            if self._missed is not None:
                self._missed(entry.target.key, missed)

    def _start_again(self) -> None:
        # Sorting is stable: requests of one urgency keep their order.
        for key, urgency in sorted(self._asked.items(), key=lambda asked: asked[1]):
            entry = self._entries.get(key)
            if entry is None:
                del self._asked[key]
            elif key not in self._running and (urgency is Urgency.AT_ONCE or self._may_start(entry.target.group)):
                del self._asked[key]
                entry.stats.retries += 1
                self._spawn(entry, lag_us=0, retry=True)

    def _may_start(self, group: str) -> bool:
        return self._again_running[group] < self._again_at_once

    def _spawn(self, entry: _Entry, *, lag_us: int, retry: bool) -> None:
        assert self._group is not None
        self._running.add(entry.target.key)
        self._again_running[entry.target.group] += retry
        self._group.create_task(self._run(entry, lag_us=lag_us, retry=retry), name=f"run {entry.target.key}")

    async def _run(self, entry: _Entry, *, lag_us: int, retry: bool) -> None:
        key = entry.target.key
        try:
            await self._runner(key, lag_us=lag_us, retry=retry)
        except Exception as error:  # noqa: BLE001 - the other targets go on, whatever one run raised
            entry.stats.errors += 1
            _log.error("run_failed", target=key, exc_info=error)
        finally:
            self._running.discard(key)
            self._again_running[entry.target.group] -= retry
            following = self._entries.get(key)  # another entry if its interval was changed
            if following is not None:
                self._wait(following, following.due_us)
            self._wake()

    async def _sleep(self) -> None:
        until_us = self._heap[0][0] - self._clock.boottime_us() if self._heap else self._nap_us
        self._nap = asyncio.ensure_future(self._clock.sleep_us(min(max(until_us, 0), self._nap_us)))
        try:
            await asyncio.wait((self._nap,))
        finally:
            self._nap.cancel()
            self._nap = None

    def _wake(self) -> None:
        if self._nap is not None:
            self._nap.cancel()


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _even(count: int, interval_us: int) -> list[Fraction]:
    """Return `count` phases with equal gaps.

    The first lies within the first gap, at a place that depends on the interval,
    so that targets of different intervals do not all start together.
    """
    shift = Fraction(int.from_bytes(_hash(str(interval_us))[:4], "big"), 1 << 32)
    return [(rank + shift) / count for rank in range(count)]


def _fill(taken: list[Fraction], count: int) -> list[Fraction]:
    """Return `count` new phases, each in the middle of the gap that is the widest by then."""
    circle = sorted(taken)
    phases = []
    for _ in range(count):
        gaps = [((following - phase) % 1 or Fraction(1), phase) for phase, following in zip(circle, circle[1:] + circle[:1], strict=True)]
        width, start = max(gaps)
        phase = (start + width / 2) % 1
        phases.append(phase)
        circle = sorted([*circle, phase])
    return phases
