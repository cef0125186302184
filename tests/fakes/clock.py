"""Fakes that stand for the outside world. Time first."""

import asyncio
import heapq
import itertools

from probe.clock import SystemClock

EPOCH_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z


class HurriedClock(SystemClock):
    """The machine's clock, on which every sleep is so many times shorter.
    It notes how long each was to last.
    """

    def __init__(self, times: int = 50) -> None:
        self._times = times
        self.asked_us: list[int] = []

    async def sleep_us(self, us: int) -> None:
        self.asked_us.append(us)
        await super().sleep_us(us // self._times)


class FakeClock:
    """Virtual time, moved by the test alone; the same moves give the same wakings,
    in the same order.

    `advance_us` lets time pass and wakes the sleepers one after the other, each at its own instant,
    giving the event loop the turns it needs in between. `step_us` sets the wall clock (an operator,
    NTP). `suspend_us` is a suspended machine: wall and boot time go on,
    the monotonic clock and its sleepers stand still. `starve_us` is a blocked loop:
    every clock goes on, and nobody wakes before it is over.
    """

    def __init__(self, now_us: int = EPOCH_US) -> None:
        self._wall_us = now_us
        self._monotonic_us = 1_000_000_000
        self._boottime_us = 1_000_000_000
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_us(self) -> int:
        return self._wall_us

    def monotonic_us(self) -> int:
        return self._monotonic_us

    def boottime_us(self) -> int:
        return self._boottime_us

    async def sleep_us(self, us: int) -> None:
        if us <= 0:
            await asyncio.sleep(0)
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic_us + us, next(self._order), sleeper))
        await sleeper

    def step_us(self, delta: int) -> None:
        self._wall_us += delta

    def suspend_us(self, us: int) -> None:
        self._wall_us += us
        self._boottime_us += us

    def starve_us(self, us: int) -> None:
        self._pass(us)

    async def advance_us(self, us: int) -> None:
        end = self._monotonic_us + us
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, sleeper = heapq.heappop(self._sleepers)
            if sleeper.done():  # its task was cancelled
                continue
            self._pass(max(at - self._monotonic_us, 0))
            sleeper.set_result(None)
            await settle()
        self._pass(end - self._monotonic_us)
        await settle()

    def _pass(self, us: int) -> None:
        self._wall_us += us
        self._monotonic_us += us
        self._boottime_us += us


async def settle() -> None:
    """Give the loop turns until nothing is ready to run."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # the standard loop's own queue
    while True:
        await asyncio.sleep(0)
        if not ready:
            return
