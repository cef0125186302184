"""The only module that reads a clock.

Instants are integer UTC microseconds since the Unix epoch, durations integer microseconds.
There are three clocks, since each is wrong about something:

- The wall clock (`now_us`) names instants, and steps when somebody sets it. The ledger uses it.
- The monotonic clock (`monotonic_us`, Linux CLOCK_MONOTONIC) never steps, and stands still while
  the machine is suspended. The event loop runs on it, and so do sleeps and deadlines.
- The boot-time clock (`boottime_us`, Linux CLOCK_BOOTTIME) never steps,
  and goes on while the machine
  is suspended. The schedule runs on it, so that slots during a suspend are seen and counted.

The difference between the last two is the time for which the machine was suspended.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """The clock that a part of the program is given."""

    def now_us(self) -> int:
        """Return the instant in UTC microseconds since the Unix epoch. It may step either way."""

    def monotonic_us(self) -> int:
        """Return microseconds since an arbitrary point.

        It never steps, and stops during a suspend.
        """

    def boottime_us(self) -> int:
        """Return microseconds since an arbitrary point.

        It never steps, and goes on during a suspend.
        """

    async def sleep_us(self, us: int) -> None:
        """Return once `us` microseconds of `monotonic_us` have passed.

        With `us` <= 0 it returns at the loop's next turn.
        """


# Elsewhere than on Linux only the wall clock shows a suspend.
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        return time.time_ns() // 1_000

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1_000

    def boottime_us(self) -> int:
        return time.clock_gettime_ns(_BOOTTIME) // 1_000

    async def sleep_us(self, us: int) -> None:
        import asyncio  # here, as a quick command reads the time and runs no loop

        await asyncio.sleep(max(us, 0) / 1_000_000)
