"""Ends a watch and starts the next one without losing an observation between them.

At the end, the observations that still wait are written for as long as the configuration allows.
When that takes more than a moment, they are first put into a file beside the ledger
(`probe.ledger.unwritten`), so that nothing is lost when somebody kills the process. The file is
removed once the ledger has all of them. Otherwise the next start writes those that are missing.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from probe.clock import Clock
from probe.errors import LedgerError
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder, RecorderListener
from probe.ledger.unwritten import Found, Submitted, Unwritten
from probe.waiting import first_of, set_within

MOMENT_US = 500_000
PAUSE_US = 500_000
"""The pause between two tries when the ledger refuses."""

log = structlog.get_logger(__name__)


async def take_up(recorder: Recorder, reader: Reader, file: Unwritten, listener: RecorderListener, stop: asyncio.Event) -> bool:
    """Write the observations that the last watch on this ledger could not write.

    They are judged by the settings of that time. Return whether all of them were written before
    `stop` was set.

    Raises LedgerError when the ledger or the file refuses. The file stays then, and observations
    that the ledger has taken are not taken again.
    """
    contents = await asyncio.to_thread(file.read)
    if contents is None:
        return True
    upto = {source: reader.written_upto(source) for source in {submitted.source for submitted in contents.observations}}
    missing = [submitted for submitted in contents.observations if submitted.number > upto[submitted.source]]
    recorder.take_up(missing)
    while recorder.waiting:
        if stop.is_set():
            return False
        if error := await recorder.write_some():
            raise LedgerError(f"{file.path}: {recorder.waiting} observations of the last run could not be written: {error}") from error
    await _put_away(recorder, file, contents, listener)
    log.info("observations_taken_up", observations=len(missing) - recorder.unwritable)
    return True


async def _put_away(recorder: Recorder, file: Unwritten, contents: Found, listener: RecorderListener) -> None:
    if not contents.damaged and not recorder.unwritable:
        await asyncio.to_thread(file.remove)
        return
    set_aside = await asyncio.to_thread(file.set_aside)
    if contents.damaged:
        listener.dropped(contents.damaged)
    log.error(
        "unwritten_file_damaged",
        lines_damaged=contents.damaged,
        observations_unwritable=recorder.unwritable,
        kept=[str(path) for path in set_aside],
    )


class LastWrites:
    """The last writes of a watch that ends."""

    def __init__(self, recorder: Recorder, file: Unwritten, clock: Clock) -> None:
        self._recorder = recorder
        self._file = file
        self._clock = clock
        self._kept: set[tuple[str, int]] = set()  # the names of the observations in the file

    async def write(self, allowed_us: int, hurry: asyncio.Event) -> int:
        """Write the observations that wait, for at most `allowed_us`, or until `hurry` is set.

        Return how many are lost: those that neither the ledger nor the file took.
        """
        begun = self._clock.monotonic_us()
        log.info("stopping", observations_waiting=self._recorder.waiting)
        await self._drain(begun + min(MOMENT_US, allowed_us), hurry)
        if self._recorder.waiting:
            await self._save(self._recorder.unwritten())
            log.warning("draining", observations_waiting=self._recorder.waiting, for_seconds_at_most=allowed_us // 1_000_000)
            await self._drain(begun + allowed_us, hurry)
            if hurry.is_set():
                log.warning("draining_ended_by_a_second_signal", observations_waiting=self._recorder.waiting)
        if self._recorder.waiting:
            return await self._left()
        if self._kept:
            with suppress(LedgerError):  # the next start finds that the ledger has all of it
                await asyncio.to_thread(self._file.remove)
        return 0

    async def _drain(self, until_us: int, hurry: asyncio.Event) -> None:
        """Write the observations that wait, and try again until `until_us`."""
        while self._recorder.waiting and not hurry.is_set() and (left_us := until_us - self._clock.monotonic_us()) > 0:
            # a write that has begun goes on
            await first_of(self._recorder.drain(), hurry.wait(), self._clock.sleep_us(left_us))
            if self._recorder.waiting:
                await set_within(hurry, min(PAUSE_US, until_us - self._clock.monotonic_us()), self._clock)

    async def _save(self, waiting: Sequence[Submitted]) -> bool:
        """Put these into the file, all or none. Return whether the file holds them."""
        names = {(submitted.source, submitted.number) for submitted in waiting}
        if names <= self._kept:
            return True
        try:
            in_file = await asyncio.to_thread(self._file.save, waiting)
        except LedgerError as error:
            log.error("unwritten_file_failed", error=str(error), observations=len(waiting))
            return False
        self._kept = {(submitted.source, submitted.number) for submitted in in_file}
        return True

    async def _left(self) -> int:
        """Put the observations that wait into the file. Return how many are lost.

        Where there is no file yet and too little room on the disk, as many as there is room for.
        """
        waiting = self._recorder.unwritten()
        some = waiting
        while not await self._save(some) and not self._kept and len(some) > 1:
            some = some[: len(some) // 2]
        lost = sum((submitted.source, submitted.number) not in self._kept for submitted in waiting)
        if left := len(waiting) - lost:
            log.warning("observations_left_for_the_next_start", observations=left, file=str(self._file.path))
        if lost:
            log.error("observations_lost_at_exit", observations=lost)
        return lost
