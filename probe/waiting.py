"""Waiting: for the first of several things, and longer after each failure."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from probe.clock import Clock


def backoff_us(failures: int, first_us: int, longest_us: int) -> int:
    """Return the pause after so many failures in a row, in microseconds.

    It is `first_us` after the first failure, doubles with each one, and is `longest_us` at most.
    """
    return min(first_us << min(max(failures - 1, 0), 40), longest_us)


async def first_of(*works: Awaitable[Any]) -> None:
    """Run these together until the first one ends, then cancel the others and see them end.

    Raises what the one that ended first raised.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        pending = [task for task in tasks if not task.done()]
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)
    for task in done:
        task.result()


async def set_within(event: asyncio.Event, us: int, clock: Clock) -> bool:
    """Wait until an event is set, for at most `us` microseconds. Returns whether it is set."""
    if not event.is_set():
        await first_of(event.wait(), clock.sleep_us(us))
    return event.is_set()
