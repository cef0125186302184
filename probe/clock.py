"""The only module that reads a clock.

Instants are integer UTC microseconds since the Unix epoch, durations integer microseconds.

Three clocks, because each lies about something:

- the wall clock (`now_us`) names instants; it steps when somebody sets it. The ledger uses it.
- the monotonic clock (`monotonic_us`, Linux CLOCK_MONOTONIC) never steps, and stands still while the machine is
  suspended. It is the event loop's own clock: sleeps and deadlines run on it.
- the boot-time clock (`boottime_us`, Linux CLOCK_BOOTTIME) never steps and goes on while the machine is suspended.
  The schedule runs on it, so that slots slept through are seen, and counted. The difference between the two is the
  time the machine slept.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """What the program asks for the time."""

    def now_us(self) -> int:
        """The instant: UTC microseconds since the Unix epoch. It may step either way."""

    def monotonic_us(self) -> int:
        """Microseconds since an arbitrary point; never steps, stands still during a suspend."""

    def boottime_us(self) -> int:
        """Microseconds since an arbitrary point; never steps, goes on during a suspend."""

    async def sleep_us(self, us: int) -> None:
        """Return once at least `us` microseconds of `monotonic_us` have passed; at the next turn of the loop when `us` <= 0."""


_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux only; elsewhere a suspend shows on the wall clock alone


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1_000

    def boottime_us(self) -> int:
        return time.clock_gettime_ns(_BOOTTIME) // 1_000

    async def sleep_us(self, us: int) -> None:
        import asyncio  # here: a quick command reads the time, and need not wait for a loop it never runs

        await asyncio.sleep(max(us, 0) / 1_000_000)
