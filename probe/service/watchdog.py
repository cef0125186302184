"""Notices from outside the event loop when the loop is stuck.

Theory of operation
-------------------
    beat     every half second the loop notes the time
    thread   a thread of its own reads the last beat; when that is older than `patience_us`, it logs
             the stack of the loop's thread, at once and then ever less often
    dump     code that lets no other thread run (a regular expression in C, for example) stops that
             thread too; for that case Python's faulthandler, which needs no lock of Python's,
             writes the stacks of all threads to a file
    again    the first beat after a pause measures how long it lasted, and the metrics count it

A stack has files, lines and names, and no value of any variable.
"""

import asyncio
import faulthandler
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import IO

import structlog

from probe.clock import Clock
from probe.logs import stack

BEAT_US = 500_000
PATIENCE_US = 2_000_000
DUMP_AFTER_SECONDS = 10

log = structlog.get_logger(__name__)


class Watchdog:
    """Watches the loop that `watching` is entered on."""

    def __init__(
        self, clock: Clock, stalled: Callable[[int], None], *, patience_us: int = PATIENCE_US, dump_to: IO[str] | None = None
    ) -> None:
        """`stalled` is called on the loop after a pause, with its length in microseconds.

        `dump_to`: a file with a descriptor. Stacks are written there when no thread can run.
        """
        self._clock = clock
        self._stalled = stalled
        self._patience_us = patience_us
        self._dump_to = dump_to
        self._beat_us = 0
        self._end = threading.Event()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch until the block ends."""
        self._beat_us = self._clock.monotonic_us()
        self._end.clear()
        thread = threading.Thread(target=self._look, args=(threading.get_ident(),), name="watchdog", daemon=True)
        thread.start()
        beating = asyncio.create_task(self._beat_for_ever())
        try:
            yield
        finally:
            beating.cancel()
            self._end.set()
            thread.join()
            if self._dump_to is not None:
                faulthandler.cancel_dump_traceback_later()

    async def _beat_for_ever(self) -> None:
        while True:
            self._beat()
            await asyncio.sleep(min(BEAT_US, self._patience_us // 4) / 1_000_000)  # noqa: TID251 - watches the loop itself

    def _beat(self) -> None:
        now_us = self._clock.monotonic_us()
        paused_us, self._beat_us = now_us - self._beat_us, now_us
        if self._dump_to is not None:
            faulthandler.dump_traceback_later(DUMP_AFTER_SECONDS, repeat=True, file=self._dump_to)
        if paused_us > self._patience_us:
            log.error("loop_stalled_and_turns_again", stalled_us=paused_us)
            self._stalled(paused_us)

    # --- the thread

    def _look(self, loop_thread: int) -> None:
        patience_us = self._patience_us
        asleep_us = min(BEAT_US, self._patience_us // 4)
        while True:
            before_us, beat_us = self._clock.monotonic_us(), self._beat_us
            if self._end.wait(asleep_us / 1_000_000):
                return
            now_us = self._clock.monotonic_us()
            if self._beat_us != beat_us:
                patience_us = self._patience_us
            elif now_us - before_us < 2 * asleep_us + self._patience_us and now_us - self._beat_us > patience_us:
                log.error("loop_stalled", for_us=now_us - self._beat_us, stack=stack(sys._current_frames().get(loop_thread)))
                patience_us = 2 * (now_us - self._beat_us)
