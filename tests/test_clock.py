"""The clocks, real and fake (docs/architecture.md, "House rules")."""

import asyncio

from probe.clock import Clock, SystemClock
from tests.fakes.clock import FakeClock


def both_are_clocks() -> tuple[Clock, Clock]:
    return SystemClock(), FakeClock()


async def test_the_systems_clocks_agree_on_how_long_a_sleep_took() -> None:
    clock = SystemClock()
    before = clock.now_us(), clock.monotonic_us(), clock.boottime_us()
    await clock.sleep_us(30_000)
    after = clock.now_us(), clock.monotonic_us(), clock.boottime_us()
    for earlier, later in zip(before, after, strict=True):
        assert 29_900 <= later - earlier < 300_000


async def test_a_sleep_of_nothing_or_less_yields_once() -> None:
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    for clock in both_are_clocks():
        task = asyncio.create_task(other())
        await clock.sleep_us(-5)
        await task
    assert turns == ["other", "other"]


async def test_fake_sleepers_wake_in_order_each_at_its_own_instant() -> None:
    clock = FakeClock()
    woken: list[tuple[str, int]] = []
    began = clock.monotonic_us()

    async def sleep(name: str, us: int) -> None:
        await clock.sleep_us(us)
        woken.append((name, clock.monotonic_us() - began))
        if name == "first":
            await clock.sleep_us(5)
            woken.append(("first again", clock.monotonic_us() - began))

    tasks = [asyncio.create_task(sleep(name, us)) for name, us in (("last", 30), ("first", 10), ("second", 20))]
    await clock.advance_us(25)
    assert woken == [("first", 10), ("first again", 15), ("second", 20)]
    await clock.advance_us(5)
    await asyncio.gather(*tasks)
    assert (woken[-1], clock.monotonic_us() - began) == (("last", 30), 30)


async def test_a_fake_suspend_moves_wall_and_boot_time_only_and_a_step_the_wall_alone() -> None:
    clock = FakeClock()
    before = clock.now_us(), clock.monotonic_us(), clock.boottime_us()
    clock.suspend_us(100)
    clock.step_us(-7)
    assert (clock.now_us() - before[0], clock.monotonic_us() - before[1], clock.boottime_us() - before[2]) == (93, 0, 100)


async def test_a_cancelled_fake_sleeper_is_forgotten() -> None:
    clock = FakeClock()
    task = asyncio.create_task(clock.sleep_us(10))
    await clock.advance_us(1)
    task.cancel()
    await clock.advance_us(100)
    assert task.cancelled()
