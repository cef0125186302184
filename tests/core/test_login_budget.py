"""The login budget, by examples that people can count; the property plays whole days."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from probe.core.login_budget import Day, Run, admits, day_of, part_of, regular_runs
from probe.core.times import DAY_US, HOUR_US, microseconds

DAY = Day("a day", 0, DAY_US)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(("used", "admitted"), [(29, True), (30, False), (31, False)])
def test_a_regular_run_is_skipped_only_when_nothing_is_left(used: int, admitted: bool) -> None:
    assert admits(Run.REGULAR, 30, used, [HOUR_US], DAY_US - 1, DAY) is admitted


@pytest.mark.parametrize(
    ("run", "used", "hour", "admitted"),
    [
        # 24 regular runs are to come, and one that may be late: of 30 logins 5 are spare
        (Run.RETRY, 4, 0, True),
        (Run.RETRY, 5, 0, False),
        # half of what is spare beside the day's 24 runs is left to the retries
        (Run.DEMAND, 1, 0, True),
        (Run.DEMAND, 2, 0, False),
        # after twelve hours half of the regular runs were made
        (Run.RETRY, 16, 12, True),
        (Run.RETRY, 17, 12, False),
        (Run.DEMAND, 13, 12, True),
        (Run.DEMAND, 14, 12, False),
        # after the end of the day one may be late still
        (Run.RETRY, 28, 25, True),
        (Run.RETRY, 29, 25, False),
    ],
)
def test_what_is_asked_for_beside_them_leaves_the_regular_runs_theirs(run: Run, used: int, hour: int, admitted: bool) -> None:
    assert admits(run, 30, used, [HOUR_US], hour * HOUR_US, DAY) is admitted


def test_without_regular_runs_a_run_on_demand_takes_half() -> None:
    assert [admits(Run.DEMAND, 4, used, [], 0, DAY) for used in range(5)] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("intervals_us", "runs"), [([], 0), ([HOUR_US], 24), ([HOUR_US + 1], 24), ([HOUR_US - 1], 25), ([HOUR_US, DAY_US], 25)]
)
def test_regular_runs_of_a_day(intervals_us: list[int], runs: int) -> None:
    assert regular_runs(intervals_us) == runs


def test_each_prober_has_its_part_and_nobody_the_rest() -> None:
    assert [part_of(7, vantages) for vantages in (1, 2, 3, 8)] == [7, 3, 2, 0]


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (7, 1, 24), (10, 25, 25)])
def test_a_civil_day_is_as_long_as_its_zone_makes_it(month: int, day: int, hours: int) -> None:
    start_us = microseconds(datetime(2026, month, day, tzinfo=PARIS))
    expected = Day(f"2026-{month:02}-{day:02}", start_us, start_us + hours * HOUR_US)
    assert day_of(start_us, PARIS) == day_of(start_us + hours * HOUR_US - 1, PARIS) == expected
    assert day_of(start_us - 1, PARIS).end_us == start_us
