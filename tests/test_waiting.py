"""Pauses after failures, and waits for the first of several things."""

import asyncio

import pytest

from probe.waiting import backoff_us, first_of, set_within
from tests.builders import SECOND
from tests.fakes.clock import FakeClock, settle


def test_a_pause_doubles_with_each_failure_up_to_the_longest() -> None:
    pauses = [backoff_us(failures, SECOND, 10 * SECOND) for failures in range(1, 7)]
    assert pauses == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 10 * SECOND, 10 * SECOND]


def test_a_pause_is_the_longest_after_any_number_of_failures() -> None:
    assert backoff_us(1_000_000_000, SECOND, 60 * SECOND) == 60 * SECOND


def test_a_pause_before_any_failure_is_the_first() -> None:
    assert backoff_us(0, SECOND, 60 * SECOND) == SECOND


async def test_the_first_to_end_ends_the_others_and_sees_them_end() -> None:
    ended: list[str] = []

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # a work that needs a turn of the loop to end
            ended.append("for_ever")

    await first_of(asyncio.sleep(0), for_ever())
    assert ended == ["for_ever"]


async def test_what_the_first_raises_is_raised() -> None:
    async def fails() -> None:
        raise ValueError("said by the first")

    with pytest.raises(ValueError, match="said by the first"):
        await first_of(fails(), asyncio.Event().wait())


async def test_who_is_cancelled_while_it_waits_leaves_nothing_running() -> None:
    never = asyncio.Event()
    waiting = asyncio.ensure_future(first_of(never.wait(), never.wait()))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_event_that_is_set_ends_the_wait_at_once() -> None:
    clock, event = FakeClock(), asyncio.Event()
    waiting = asyncio.ensure_future(set_within(event, 10 * SECOND, clock))
    await clock.advance_us(3 * SECOND)
    assert not waiting.done()
    event.set()
    await settle()
    assert waiting.result() is True


async def test_a_wait_ends_without_the_event_after_its_time() -> None:
    clock = FakeClock()
    waiting = asyncio.ensure_future(set_within(asyncio.Event(), 10 * SECOND, clock))
    await clock.advance_us(10 * SECOND - 1)
    assert not waiting.done()
    await clock.advance_us(1)
    assert waiting.result() is False
