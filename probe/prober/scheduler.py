"""When each target is due. It knows neither HTTP nor journeys: a key and an interval in, `runner(key, ...)` out.

Theory of operation.

    grid      Target i of n with the same interval I is due at origin + phase_i + k * I, for ever. Phases are evenly
              spaced in the order of the keys' hashes, so n targets are due one after the other, never bunched. A target
              added later gets the middle of the widest gap; those that stay keep their phase.
    clock     The grid lies on the boot-time clock: setting the wall clock or a DST change does not move it, and slots
              slept through in a suspend are seen, and counted as skipped. Sleeps run on the monotonic clock, which stands
              still in a suspend: the dispatcher naps for a second at most, so it is back within a second of waking up.
    late      A slot found more than an interval behind is skipped and counted; the newest one is run, late. What is late
              by more than a second is a backlog (a suspend, a starved loop) and is released at twice the grid's own mean
              rate, so that waking up is no burst.
    one each  A target never overlaps itself, and has a task of its own: there is no queue that a hung target could hold
              up, and so no limit of concurrency either, beyond one run per target.
    again     `again(key)` runs a target at once, to confirm, without moving its grid. Asked during a run, it follows it.
              Several askings before it starts are one, and there are at most `again_limit` per slot: no busy loop.
              Of one group (a hub) at most `again_at_once` such runs are under way: what is asked beyond them waits for one to
              end, and what confirms goes before what only tells more. A slot that comes meanwhile answers the asking.
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

_log = structlog.get_logger(__name__)

NAP_US = 1_000_000
BACKLOG_US = 1_000_000
AGAIN_LIMIT = 10
AGAIN_AT_ONCE = 16
"""So many runs of one group are asked for at once: a whole hub that fails is not asked everything again in one burst."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is due every `interval_us` microseconds."""

    key: str
    interval_us: int
    group: str = ""  # of those that are not all run again at once

    def __post_init__(self) -> None:
        if self.interval_us <= 0:
            raise ValueError(f"{self.key}: an interval of {self.interval_us} microseconds")


class Urgency(IntEnum):
    """How soon a target is run again."""

    AT_ONCE = 0  # however many are under way
    FIRST = 1  # before the others
    NEXT = 2  # in its turn


class Runner(Protocol):
    """Runs a target. `lag_us`: how late it starts. `retry`: asked for by `again`, not due. What it raises is logged and counted."""

    def __call__(self, key: str, *, lag_us: int, retry: bool) -> Awaitable[object]: ...


class Missed(Protocol):
    """Told how many slots of a target were skipped, just before its next run."""

    def __call__(self, key: str, slots: int) -> None: ...


@dataclass(slots=True)
class Stats:
    """What happened to one target since it was added: counters, and its last lag in microseconds."""

    runs: int = 0
    retries: int = 0
    skipped: int = 0
    refused: int = 0  # retries beyond the limit
    errors: int = 0
    lag_us: int = 0


@dataclass(slots=True, eq=False)
class _Entry:
    target: Target
    phase: Fraction  # of the interval, in [0, 1)
    due_us: int
    stats: Stats = field(default_factory=Stats)
    ticket: int = -1  # of its place in the heap; any other item of it there is void
    released: bool = False  # its place in the backlog was given
    agains: int = 0  # since its last slot


class Scheduler:
    """Runs targets until cancelled. `stats` may be read at any time."""

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
        self._heap: list[tuple[int, int, _Entry]] = []  # (when to look at it, ticket, entry)
        self._tickets = itertools.count()
        self._gap_us = BACKLOG_US
        self._next_release_us = self._origin_us
        self._group: asyncio.TaskGroup | None = None
        self._nap: asyncio.Future[None] | None = None

    @property
    def stats(self) -> Mapping[str, Stats]:
        return {key: entry.stats for key, entry in self._entries.items()}

    def due_us(self, key: str) -> int:
        """The boot-time instant of the target's next slot. Raises KeyError."""
        return self._entries[key].due_us

    def reload(self, targets: Iterable[Target]) -> None:
        """Watch these from now on. A target known with the same interval keeps its grid; a run under way ends by itself.

        Raises ValueError when two targets have the same key, and changes nothing.
        """
        wanted: dict[str, Target] = {}
        for target in targets:
            if target.key in wanted:
                raise ValueError(f"{target.key}: given twice")
            wanted[target.key] = target
        old = self._entries
        self._entries = {key: entry for key, entry in old.items() if wanted.get(key) == entry.target}
        new = [target for key, target in wanted.items() if key not in self._entries]
        for interval_us in sorted({target.interval_us for target in new}):
            self._place([target for target in new if target.interval_us == interval_us], interval_us)
        for key in self._entries.keys() & old.keys():
            self._entries[key].stats = old[key].stats
        rate = sum(Fraction(1, entry.target.interval_us) for entry in self._entries.values())
        self._gap_us = min(BACKLOG_US, int(1 / (2 * rate))) if rate else BACKLOG_US
        self._wake()

    def again(self, key: str, urgency: Urgency = Urgency.FIRST) -> bool:
        """Run a target at once, or right after its run under way. False when it is unknown, asked for already, or at its limit."""
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
        """Run what is due until cancelled; cancelling cancels the runs under way and waits for them."""
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

    def _place(self, new: list[Target], interval_us: int) -> None:
        taken = sorted(entry.phase for entry in self._entries.values() if entry.target.interval_us == interval_us)
        ordered = sorted(new, key=lambda target: _hash(target.key))
        phases = _fill(taken, len(ordered)) if taken else _even(len(ordered), interval_us)
        now_us = self._clock.boottime_us()
        for target, phase in zip(ordered, phases, strict=True):
            entry = _Entry(target, phase, self._slot_after(now_us, interval_us, phase))
            self._entries[target.key] = entry
            self._wait(entry, entry.due_us)

    def _slot_after(self, now_us: int, interval_us: int, phase: Fraction) -> int:
        """The first slot at or after `now_us`."""
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
        self._asked.pop(entry.target.key, None)  # it waited for its turn: this run tells as much
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
        for key, urgency in sorted(self._asked.items(), key=lambda asked: asked[1]):  # those of one urgency stay in the order asked
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
        except Exception as error:  # noqa: BLE001 - whatever one target's run died of, the others go on
            entry.stats.errors += 1
            _log.error("run_failed", target=key, exc_info=error)
        finally:
            self._running.discard(key)
            self._again_running[entry.target.group] -= retry
            following = self._entries.get(key)  # another entry when its interval was changed meanwhile
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
    """`count` phases evenly spaced; the first within the first of `count` parts, elsewhere for every interval."""
    shift = Fraction(int.from_bytes(_hash(str(interval_us))[:4], "big"), 1 << 32)
    return [(rank + shift) / count for rank in range(count)]


def _fill(taken: list[Fraction], count: int) -> list[Fraction]:
    """`count` phases, each in the middle of what is then the widest gap of the circle."""
    circle = sorted(taken)
    found = []
    for _ in range(count):
        gaps = [((following - phase) % 1 or Fraction(1), phase) for phase, following in zip(circle, circle[1:] + circle[:1], strict=True)]
        width, start = max(gaps)
        phase = (start + width / 2) % 1
        found.append(phase)
        circle = sorted([*circle, phase])
    return found
