"""A goal is met, missed, or cannot be said: by integers, and only where enough is known."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.sla.availability import Figure, Totals, UnknownTime
from probe.core.sla.goal import CONTRACT, Goal, Goals, GoalVerdict, verdict
from probe.core.sla.window import Window

HUNDRED = Window("rolling", 0, 1_000_000, 1_000_000, slides=True)


def figure(up: int, down: int, unknown: int, goal: Goal) -> Figure:
    """A figure of a window of a million microseconds. What is in no state was not recorded."""
    since = HUNDRED.end_us - (up + down + unknown)
    return Figure(HUNDRED, since, Totals(up, 0, down, unknown), goal=goal)


@pytest.mark.parametrize(
    ("up", "down", "unknown", "told"),
    [
        (999_000, 1_000, 0, GoalVerdict.MET),
        (998_999, 1_001, 0, GoalVerdict.MISSED),
        (900_000, 0, 100_000, GoalVerdict.MET),  # exactly as much as must be known
        (899_999, 0, 100_001, GoalVerdict.TOO_LITTLE),
        (899_999, 0, 0, GoalVerdict.TOO_LITTLE),  # the rest was not recorded: no more is known of it
        (100, 1, 0, GoalVerdict.MISSED),  # however little is known
        (0, 0, 1_000_000, GoalVerdict.NOTHING),
    ],
)
def test_met_is_not_said_while_too_little_is_known(up: int, down: int, unknown: int, told: GoalVerdict) -> None:
    """docs/availability.md: missed however little is known; met with a coverage of 90 %."""
    assert figure(up, down, unknown, CONTRACT).verdict() is told


shares = st.fractions(0, 1, max_denominator=1_000_000)


@given(up=st.integers(0, 500), down=st.integers(0, 300), unknown=st.integers(0, 200), goal=st.builds(Goal, shares, shares, shares))
def test_the_verdict_is_what_counting_microseconds_gives(up: int, down: int, unknown: int, goal: Goal) -> None:
    """The oracle compares counts: up x 1 >= goal x known, known x 1 >= coverage x window."""
    known = up + down
    if known == 0:
        expected = GoalVerdict.NOTHING
    elif up * goal.availability.denominator < goal.availability.numerator * known:
        expected = GoalVerdict.MISSED
    elif known * goal.coverage.denominator < goal.coverage.numerator * HUNDRED.length_us:
        expected = GoalVerdict.TOO_LITTLE
    else:
        expected = GoalVerdict.MET
    assert figure(up, down, unknown, goal).verdict(UnknownTime.IGNORE) is expected


@given(value=shares, coverage=shares, goal=st.builds(Goal, shares, shares, shares), more=shares)
def test_to_know_more_never_takes_met_away(value: Fraction, coverage: Fraction, goal: Goal, more: Fraction) -> None:
    before, after = verdict(value, coverage, goal), verdict(value, max(coverage, more), goal)
    assert after is before or (before, after) == (GoalVerdict.TOO_LITTLE, GoalVerdict.MET)


@pytest.mark.parametrize(
    ("goal", "budget", "limit"),
    [(CONTRACT, 1_000, 10_000), (Goal(Fraction(99, 100), unknown=Fraction(0)), 10_000, 0), (Goal(Fraction(2, 3)), 333_333, 10_000)],
)
def test_the_budget_and_the_tolerated_unknown_time_are_shares_of_the_period(goal: Goal, budget: int, limit: int) -> None:
    found = figure(999_000, 500, 500, goal)
    assert (found.budget_us, found.budget_left_us, found.unknown_limit_us) == (budget, budget - 500, limit)


def test_each_window_has_its_goal() -> None:
    rolling, year = Goal(Fraction(1, 2)), Goal(Fraction(1, 3))
    told = Goals(rolling, year)
    assert [told.over(name) for name in ("rolling", "year", "year=2026")] == [rolling, year, year]
