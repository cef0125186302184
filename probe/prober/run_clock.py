"""Measures one run, and notices what makes its times worthless."""

import asyncio

from probe.clock import Clock

SUSPENDED_US = 1_000_000  # clocks that drift apart by more in a run mean a suspend
STARVED_US = 2_000_000  # a timer that fires later than this means that the loop stood still
_BEAT_US = 500_000


class RunClock:
    """Measures a run, and notices that the machine was suspended or the event loop stood still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.started_us = clock.now_us()
        self._monotonic_us = clock.monotonic_us()
        self._boottime_us = clock.boottime_us()
        self.starved = False
        self._loop = asyncio.get_running_loop()
        self._beat_us = self._monotonic_us
        self._stopped_us: int | None = None
        self._next = self._loop.call_later(_BEAT_US / 1_000_000, self._beat)

    def stop(self) -> None:
        self._stopped_us = self._clock.monotonic_us()
        self._next.cancel()

    @property
    def elapsed_us(self) -> int:
        return (self._stopped_us or self._clock.monotonic_us()) - self._monotonic_us

    def slept(self) -> bool:
        """Return whether the machine was suspended, or the virtual machine paused.

        Then boot time or the wall clock ran ahead of the monotonic clock. A wall clock that was set
        back does not count.
        """
        self._note()
        boottime_us = self._clock.boottime_us() - self._boottime_us
        wall_us = self._clock.now_us() - self.started_us
        return max(boottime_us, wall_us) - self.elapsed_us > SUSPENDED_US

    def _note(self) -> None:
        now_us = self._clock.monotonic_us()
        self.starved = self.starved or now_us - self._beat_us > _BEAT_US + STARVED_US
        self._beat_us = now_us

    def _beat(self) -> None:
        self._note()
        self._next = self._loop.call_later(_BEAT_US / 1_000_000, self._beat)


def fired_late(deadline: asyncio.Timeout) -> bool:
    """Tell whether a deadline that has fired did so far too late: the event loop stood still."""
    due = deadline.when()
    return due is not None and (asyncio.get_running_loop().time() - due) * 1_000_000 > STARVED_US
