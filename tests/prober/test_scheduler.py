"""When targets are due, on virtual time (docs/domain.md: staggered, monotonic, late is skipped and
counted)."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.prober.scheduler import AGAIN_AT_ONCE, ScheduledTarget, Scheduler, Urgency
from tests.fakes.clock import FakeClock

S = 1_000_000
MINUTE = 60 * S
HOUR = 60 * MINUTE


@dataclass
class Start:
    key: str
    at_us: int  # boot time
    lag_us: int
    retry: bool


@dataclass
class Log:
    """A runner that notes its starts; `during` says what a run of a key does meanwhile."""

    clock: FakeClock
    starts: list[Start] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    during: dict[str, Callable[[], object]] = field(default_factory=dict)
    takes_us: dict[str, int] = field(default_factory=dict)

    async def __call__(self, key: str, *, lag_us: int, retry: bool) -> None:
        self.starts.append(Start(key, self.clock.boottime_us(), lag_us, retry))
        try:
            if key in self.during:
                self.during[key]()
            if key in self.takes_us:
                await self.clock.sleep_us(self.takes_us[key])
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        self.ended.append(key)

    def of(self, key: str) -> list[Start]:
        return [start for start in self.starts if start.key == key]


@asynccontextmanager
async def watching(
    clock: FakeClock,
    log: Log,
    targets: list[ScheduledTarget],
    *,
    nap_us: int = S,
    again_limit: int = 10,
    again_at_once: int = AGAIN_AT_ONCE,
) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(clock, log, nap_us=nap_us, again_limit=again_limit, again_at_once=again_at_once)
    scheduler.reload(targets)
    task = asyncio.create_task(scheduler.run())
    try:
        yield scheduler
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def fleet(count: int, interval_us: int = MINUTE, prefix: str = "target") -> list[ScheduledTarget]:
    return [ScheduledTarget(f"{prefix}-{number}", interval_us) for number in range(count)]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log(clock: FakeClock) -> Log:
    return Log(clock)


@pytest.mark.parametrize("count", [1, 2, 7, 60])
async def test_targets_of_one_interval_are_due_evenly_one_after_the_other(clock: FakeClock, log: Log, count: int) -> None:
    async with watching(clock, log, fleet(count)):
        await clock.advance_us(2 * MINUTE)
    starts = [start.at_us for start in log.starts]
    assert len(starts) == 2 * count
    apart = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert all(abs(gap - MINUTE / count) <= 2 for gap in apart)


async def test_every_target_keeps_its_interval_to_the_microsecond(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, [*fleet(3, 7 * S), *fleet(2, 30 * S, "slow")]):
        await clock.advance_us(HOUR)
    for key, interval in (("target-1", 7 * S), ("slow-0", 30 * S)):
        at = [start.at_us for start in log.of(key)]
        assert {later - earlier for earlier, later in itertools.pairwise(at)} == {interval}
    assert {start.lag_us for start in log.starts} == {0}


async def test_mixed_intervals_are_never_bunched(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, [*fleet(20, 30 * S, "a"), *fleet(20, 60 * S, "b"), *fleet(10, 300 * S, "c")]):
        await clock.advance_us(600 * S)
    starts = [start.at_us for start in log.starts]
    window = 3 * S  # on average 2 + 1 + 0.1 starts
    assert max(sum(1 for at in starts if begin <= at < begin + window) for begin in starts) <= 3 + 2 + 1


async def test_the_stagger_does_not_depend_on_the_order_of_the_configuration(clock: FakeClock) -> None:
    def dues(targets: list[ScheduledTarget]) -> dict[str, int]:
        scheduler = Scheduler(clock, Log(clock))
        scheduler.reload(targets)
        return {target.key: scheduler.due_us(target.key) for target in targets}

    assert dues(fleet(9)) == dues(fleet(9)[::-1])


async def test_a_hung_target_delays_no_other_and_never_overlaps_itself(clock: FakeClock, log: Log) -> None:
    log.takes_us = {f"target-{number}": 100 * HOUR for number in range(40)}
    async with watching(clock, log, fleet(41)):
        await clock.advance_us(10 * MINUTE)
    assert len(log.of("target-40")) == 10
    assert {start.lag_us for start in log.of("target-40")} == {0}
    assert len(log.of("target-0")) == 1


async def test_a_slow_target_runs_late_or_skips_and_every_slot_is_accounted_for(clock: FakeClock, log: Log) -> None:
    log.takes_us = {"target-0": 45 * S}
    async with watching(clock, log, fleet(1, 30 * S)) as scheduler:
        await clock.advance_us(30 * MINUTE)
        stats = scheduler.stats["target-0"]
        slots = (scheduler.due_us("target-0") - log.starts[0].at_us) // (30 * S)
    at = [start.at_us for start in log.starts]
    assert all(later - earlier >= 45 * S for earlier, later in itertools.pairwise(at))
    assert stats.skipped > 0
    assert stats.runs + stats.skipped == slots
    assert max(start.lag_us for start in log.starts) <= 30 * S


async def test_a_probe_more_than_one_interval_late_is_skipped_and_counted_and_runs_once(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(1, 10 * S)) as scheduler:
        await clock.advance_us(10 * S)
        before = len(log.starts)
        clock.starve_us(35 * S)
        await clock.advance_us(0)
        await clock.advance_us(1)
        assert len(log.starts) == before + 1
        assert scheduler.stats["target-0"].skipped in (2, 3)
        assert S < log.starts[-1].lag_us <= 10 * S


async def test_lag_is_what_a_starved_loop_cost(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(1, 10 * S)) as scheduler:
        due = scheduler.due_us("target-0")
        clock.starve_us(due - clock.boottime_us() + 300_000)
        await clock.advance_us(0)
        assert [start.lag_us for start in log.starts] == [300_000]
        assert scheduler.stats["target-0"].lag_us == 300_000


async def test_slots_slept_through_are_counted_and_waking_up_is_no_burst(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(60)) as scheduler:
        await clock.advance_us(MINUTE)
        clock.suspend_us(8 * HOUR)
        woke = clock.boottime_us()
        await clock.advance_us(2 * MINUTE)
        slots = sum((scheduler.due_us(f"target-{n}") - log.of(f"target-{n}")[0].at_us) // MINUTE for n in range(60))
        assert sum(stats.runs + stats.skipped for stats in scheduler.stats.values()) == slots
    after = [start.at_us for start in log.starts if start.at_us >= woke]
    assert after[0] - woke <= S
    # on the grid: 2
    assert max(sum(1 for at in after if begin <= at < begin + 2 * S) for begin in after) <= 8
    assert len({start.key for start in log.starts if woke <= start.at_us < woke + MINUTE}) == 60


async def test_setting_the_wall_clock_moves_nothing(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(5)):
        for delta in (HOUR, -HOUR, -400 * 24 * HOUR, 37 * S):
            clock.step_us(delta)
            await clock.advance_us(5 * MINUTE)
    at = [start.at_us for start in log.of("target-3")]
    assert len(at) == 20
    assert {later - earlier for earlier, later in itertools.pairwise(at)} == {MINUTE}


async def test_again_runs_at_once_and_does_not_move_the_grid(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(1)) as scheduler:
        await clock.advance_us(90 * S)
        due = scheduler.due_us("target-0")
        asked = clock.boottime_us()
        assert scheduler.again("target-0")
        await clock.advance_us(0)
        assert log.starts[-1] == Start("target-0", asked, 0, retry=True)
        assert scheduler.due_us("target-0") == due
        await clock.advance_us(MINUTE)
        assert [start.at_us for start in log.starts[-1:]] == [due]
        assert scheduler.stats["target-0"].retries == 1


async def test_again_asked_during_a_run_follows_it(clock: FakeClock, log: Log) -> None:
    log.takes_us = {"target-0": 5 * S}
    async with watching(clock, log, fleet(1)) as scheduler:
        await clock.advance_us(scheduler.due_us("target-0") - clock.boottime_us() + S)
        assert [scheduler.again("target-0") for _ in range(3)] == [True, False, False]
        await clock.advance_us(20 * S)
    first, second = log.starts
    assert (second.at_us - first.at_us, second.retry) == (5 * S, True)


async def test_again_for_ever_is_no_busy_loop(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(1), again_limit=3) as scheduler:
        log.during = {"target-0": lambda: scheduler.again("target-0")}
        await clock.advance_us(10 * MINUTE)
        stats = scheduler.stats["target-0"]
    assert (stats.runs, stats.retries, stats.refused) == (10, 30, 10)


def most_at_once(log: Log) -> int:
    """How many of the runs that were asked for were under way together."""
    edges = [(start.at_us, 1) for start in log.starts if start.retry]
    edges += [(start.at_us + log.takes_us[start.key], -1) for start in log.starts if start.retry]
    return max(itertools.accumulate(change for _, change in sorted(edges)))


async def test_a_whole_group_asked_again_runs_some_at_a_time_and_all_of_it(clock: FakeClock, log: Log) -> None:
    targets = [ScheduledTarget(f"{group}-{number}", HOUR, group) for group in "ab" for number in range(100)]
    log.takes_us = {target.key: 5 * S for target in targets}
    async with watching(clock, log, targets) as scheduler:
        for target in targets[:100]:
            scheduler.again(target.key, Urgency.NEXT)
        await clock.advance_us(S)
        scheduler.again("b-0")
        scheduler.again("a-90", Urgency.FIRST)
        scheduler.again("a-91", Urgency.AT_ONCE)
        await clock.advance_us(S)
        running = [start.key for start in log.starts if start.retry]
        assert running[AGAIN_AT_ONCE:] == ["a-91", "b-0"], "beyond the bound only what masks all the rest; another hub does not wait"
        await clock.advance_us(4 * S)
        assert [start.key for start in log.starts if start.retry][AGAIN_AT_ONCE + 2] == "a-90", "what confirms goes before"
        await clock.advance_us(2 * MINUTE)
    asked = [start.key for start in log.starts if start.retry and start.key.startswith("a")]
    ran = {start.key for start in log.starts if start.key.startswith("a")}
    assert ran == {target.key for target in targets[:100]}
    assert len(asked) == len(set(asked))
    assert most_at_once(log) <= AGAIN_AT_ONCE + 2


async def test_a_slot_that_comes_while_a_target_waits_for_its_turn_answers_the_asking(clock: FakeClock, log: Log) -> None:
    log.takes_us = {"target-0": 15 * S, "target-1": S}
    async with watching(clock, log, fleet(2), again_at_once=1) as scheduler:
        await clock.advance_us(2 * MINUTE)
        due = scheduler.due_us("target-1")
        await clock.advance_us(due - 10 * S - clock.boottime_us())
        log.starts.clear()
        scheduler.again("target-0")
        scheduler.again("target-1")
        await clock.advance_us(15 * S)
        assert [(start.key, start.retry) for start in log.starts] == [("target-0", True), ("target-1", False)]
        await clock.advance_us(30 * S)
        assert [start.retry for start in log.of("target-1")] == [False]


async def test_again_of_an_unknown_target_is_refused(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(1)) as scheduler:
        assert not scheduler.again("nobody")


async def test_a_run_that_raises_is_counted_and_the_schedule_goes_on(clock: FakeClock, log: Log) -> None:
    def fail() -> None:
        raise ValueError("a bug")

    log.during = {"target-0": fail}
    async with watching(clock, log, fleet(2)) as scheduler:
        await clock.advance_us(5 * MINUTE)
        assert scheduler.stats["target-0"].errors == 5
    assert len(log.of("target-0")) == len(log.of("target-1")) == 5


async def test_a_run_that_cancels_itself_does_not_end_the_schedule(clock: FakeClock, log: Log) -> None:
    def cancel() -> None:
        raise asyncio.CancelledError

    log.during = {"target-0": cancel}
    async with watching(clock, log, fleet(1)):
        await clock.advance_us(5 * MINUTE)
    assert len(log.starts) == 5


async def test_cancelling_cancels_the_runs_under_way_and_waits_for_them(clock: FakeClock, log: Log) -> None:
    log.takes_us = {"target-0": HOUR, "target-1": HOUR}
    async with watching(clock, log, fleet(2)):
        await clock.advance_us(MINUTE)
        assert log.cancelled == []
    assert sorted(log.cancelled) == ["target-0", "target-1"]


async def test_reload_keeps_the_grid_of_what_stays_and_drops_what_goes(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(6)) as scheduler:
        await clock.advance_us(90 * S)
        before = {f"target-{n}": scheduler.due_us(f"target-{n}") for n in range(3)}
        scheduler.reload([*fleet(3), *fleet(4, prefix="new")])
        assert {f"target-{n}": scheduler.due_us(f"target-{n}") for n in range(3)} == before
        assert scheduler.stats["target-0"].runs > 0
        reloaded = clock.boottime_us()
        await clock.advance_us(MINUTE)
        seen = [start.key for start in log.starts if start.at_us > reloaded]
        assert sorted(seen) == sorted([*(f"target-{n}" for n in range(3)), *(f"new-{n}" for n in range(4))])


async def test_targets_added_one_reload_at_a_time_are_not_bunched(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(1)) as scheduler:
        for count in range(2, 33):
            scheduler.reload(fleet(count))
            await clock.advance_us(777)
        await clock.advance_us(2 * MINUTE)
    last = [start.at_us for start in log.starts][-32:]
    assert len({start.key for start in log.starts[-32:]}) == 32
    assert min(later - earlier for earlier, later in itertools.pairwise(last)) >= MINUTE / 32 - 2


async def test_reloading_for_ever_never_keeps_a_target_from_running(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, fleet(3)) as scheduler:
        for _ in range(60):
            scheduler.reload(fleet(3))
            await clock.advance_us(5 * S)
    assert [len(log.of(f"target-{n}")) for n in range(3)] == [5, 5, 5]


async def test_a_changed_interval_takes_effect_and_never_overlaps_the_run_under_way(clock: FakeClock, log: Log) -> None:
    log.takes_us = {"target-0": 30 * S}
    async with watching(clock, log, fleet(1)) as scheduler:
        await clock.advance_us(scheduler.due_us("target-0") - clock.boottime_us() + S)
        scheduler.reload([ScheduledTarget("target-0", 10 * S)])
        await clock.advance_us(28 * S)
        assert len(log.starts) == 1
        log.takes_us = {}
        await clock.advance_us(MINUTE)
        assert len(log.starts) >= 6
        assert scheduler.stats["target-0"].runs == len(log.starts)


async def test_an_empty_schedule_takes_targets_later(clock: FakeClock, log: Log) -> None:
    async with watching(clock, log, []) as scheduler:
        await clock.advance_us(HOUR)
        scheduler.reload(fleet(2))
        await clock.advance_us(MINUTE)
    assert len(log.starts) == 2


def test_a_key_given_twice_or_an_interval_of_nothing_is_refused(clock: FakeClock) -> None:
    scheduler = Scheduler(clock, Log(clock))
    scheduler.reload(fleet(2))
    with pytest.raises(ValueError, match="given twice"):
        scheduler.reload([*fleet(2), *fleet(1)])
    assert len(scheduler.stats) == 2
    with pytest.raises(ValueError, match="interval"):
        ScheduledTarget("x", 0)


event = st.one_of(
    st.tuples(st.just("step"), st.integers(-40 * 24 * HOUR, 40 * 24 * HOUR)),
    st.tuples(st.just("suspend"), st.integers(1, 10 * HOUR)),
    st.tuples(st.just("starve"), st.integers(1, 5 * MINUTE)),
    st.tuples(st.just("pass"), st.integers(1, 2 * HOUR)),
)


@settings(max_examples=25, deadline=None)
@given(events=st.lists(event, max_size=12))
def test_twenty_four_hours_of_any_steps_and_suspends_lose_no_slot(events: list[tuple[str, int]]) -> None:
    """Every slot of every target is either run or counted as skipped,
    and no target runs twice in a burst.
    """
    asyncio.run(_a_day(events))


async def _a_day(events: list[tuple[str, int]]) -> None:
    clock = FakeClock()
    log = Log(clock)
    intervals = {"mire": 10 * MINUTE, "one": 20 * MINUTE, "two": 20 * MINUTE, "negative": 60 * MINUTE}
    async with watching(clock, log, [ScheduledTarget(key, us) for key, us in intervals.items()], nap_us=5 * MINUTE) as scheduler:
        first = {key: scheduler.due_us(key) for key in intervals}
        end = clock.boottime_us() + 24 * HOUR
        for what, amount in events:
            match what:
                case "step":
                    clock.step_us(amount)
                case "suspend":
                    clock.suspend_us(amount)
                case "starve":
                    clock.starve_us(amount)
                case _:
                    await clock.advance_us(amount)
        await clock.advance_us(max(0, end - clock.boottime_us()))
        await clock.advance_us(10 * MINUTE)  # whatever backlog the last event left
        for key, interval in intervals.items():
            stats = scheduler.stats[key]
            assert stats.runs + stats.skipped == (scheduler.due_us(key) - first[key]) // interval
            assert clock.boottime_us() - scheduler.due_us(key) <= interval
            at = [start.at_us for start in log.of(key)]
            assert all(third - earlier >= interval for earlier, third in zip(at, at[2:], strict=False))
            assert all(0 <= start.lag_us <= interval for start in log.of(key))
