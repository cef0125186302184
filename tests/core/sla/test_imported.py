"""How imported periods fill the time before our own observations (docs/availability.md)."""

from typing import Any

import pytest

from probe.core.judgement.subject import C1, C2, C3, HUB, State
from probe.core.sla.imported import ImportedInterval, Period, overlaps, project

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN
IDP = "idp:one"
END = 100


def period(subject: str, state: State, start: int, end: int, **more: Any) -> Period:
    return Period(**{"batch": 1, "line": 1, "hub": "fc", "subject": subject, "state": state, "start_us": start, "end_us": end, **more})


def time_of(subject: str, *periods: Period) -> list[tuple[int, int, State, str | None]]:
    """(start, end, state, condition) of each interval of the subject's time."""
    return [part[:4] for part in project(periods, subject, END)]


def test_a_subject_without_periods_has_no_time() -> None:
    assert project([period(IDP, UP, 0, 10)], HUB, END) == []
    assert project([period(HUB, UP, 0, 10)], IDP, END) == []


def test_time_that_no_period_speaks_of_is_unknown_until_our_own_watch() -> None:
    assert time_of(IDP, period(IDP, UP, 10, 20), period(IDP, UP, 30, 40)) == [
        (10, 20, UP, None),
        (20, 30, UNKNOWN, None),
        (30, 40, UP, None),
        (40, 100, UNKNOWN, None),
    ]


def test_down_goes_before_unknown_and_unknown_before_up() -> None:
    found = time_of(IDP, period(IDP, UP, 0, 100), period(IDP, UNKNOWN, 20, 60), period(IDP, DOWN, 40, 50))
    assert found == [
        (0, 20, UP, None),
        (20, 40, UNKNOWN, None),
        (40, 50, DOWN, None),
        (50, 60, UNKNOWN, None),
        (60, 100, UP, None),
    ]


def test_a_hub_is_down_where_a_condition_is_and_the_first_of_them_names_it() -> None:
    periods = [period(HUB, UP, 0, 100), period(C3, DOWN, 10, 40), period(C2, DOWN, 20, 30)]
    assert time_of(HUB, *periods) == [(0, 10, UP, None), (10, 20, DOWN, C3), (20, 30, DOWN, C2), (30, 40, DOWN, C3), (40, 100, UP, None)]


def test_a_hub_that_is_said_to_be_down_is_down_without_a_condition() -> None:
    assert time_of(HUB, period(HUB, UP, 0, 100), period(HUB, DOWN, 50, 60))[1] == (50, 60, DOWN, None)


def test_a_condition_is_up_where_the_hub_was_watched_and_it_was_not_down() -> None:
    periods = [period(HUB, UP, 0, 80), period(C1, DOWN, 10, 20)]
    assert time_of(C1, *periods) == [(0, 10, UP, None), (10, 20, DOWN, None), (20, 80, UP, None), (80, 100, UNKNOWN, None)]
    assert time_of(C2, *periods) == [(0, 80, UP, None), (80, 100, UNKNOWN, None)]


def test_an_idps_period_says_nothing_of_a_condition_or_of_another_idp() -> None:
    periods = [period(IDP, DOWN, 0, 100), period("idp:two", UP, 0, 100), period(HUB, UP, 0, 100)]
    assert time_of(C1, *periods) == [(0, 100, UP, None)]
    assert time_of("idp:two", *periods) == [(0, 100, UP, None)]


def test_time_after_our_own_watch_began_is_not_imported() -> None:
    assert time_of(IDP, period(IDP, UP, 10, 150)) == [(10, 100, UP, None)]


def test_each_interval_names_the_latest_import_that_speaks_of_it_and_a_gap_the_latest_of_all() -> None:
    periods = [period(IDP, UP, 0, 50, batch=1), period(IDP, DOWN, 20, 30, batch=3), period(IDP, UP, 60, 70, batch=2)]
    assert project(periods, IDP, END) == [
        ImportedInterval(0, 20, UP, None, 1),
        ImportedInterval(20, 30, DOWN, None, 3),
        ImportedInterval(30, 50, UP, None, 1),
        ImportedInterval(50, 60, UNKNOWN, None, 3),
        ImportedInterval(60, 70, UP, None, 2),
        ImportedInterval(70, 100, UNKNOWN, None, 3),
    ]


def test_neighbours_that_say_the_same_are_one_interval() -> None:
    assert time_of(IDP, period(IDP, UP, 0, 30), period(IDP, UP, 30, 60))[0] == (0, 60, UP, None)


@pytest.mark.parametrize(
    ("other", "overlapping"),
    [
        ({}, True),
        ({"start_us": 19, "end_us": 30}, True),
        ({"start_us": 20, "end_us": 30}, False),  # half-open: they touch
        ({"start_us": 0, "end_us": 10}, False),
        ({"start_us": 0, "end_us": 11}, True),
        ({"state": UP}, False),
        ({"subject": "idp:two"}, False),
        ({"hub": "other"}, False),
    ],
)
def test_periods_overlap_when_they_say_the_same_of_one_subject_at_one_instant(other: dict[str, Any], overlapping: bool) -> None:
    one = period(IDP, DOWN, 10, 20)
    two = one._replace(**other)
    assert one.overlaps(two) is two.overlaps(one) is overlapping


def test_fresh_periods_that_overlap_each_other_or_an_earlier_import_are_told_with_the_other_one() -> None:
    before = [period(IDP, DOWN, 0, 50, line=7)]
    fresh = [period(IDP, DOWN, 40, 60, line=1), period(IDP, DOWN, 55, 58, line=2), period(IDP, DOWN, 60, 70, line=3)]
    assert list(overlaps(fresh, before)) == [(fresh[0], before[0]), (fresh[1], fresh[0])]


def test_a_fresh_period_before_an_earlier_import_is_told_too() -> None:
    before, fresh = [period(IDP, DOWN, 30, 50)], [period(IDP, DOWN, 20, 40)]
    assert list(overlaps(fresh, before)) == [(fresh[0], before[0])]


def test_a_long_period_is_compared_with_all_that_follow_it() -> None:
    fresh = [period(IDP, DOWN, 0, 90, line=1), period(IDP, DOWN, 10, 20, line=2), period(IDP, DOWN, 80, 85, line=3)]
    assert list(overlaps(fresh, [])) == [(fresh[1], fresh[0]), (fresh[2], fresh[0])]


def test_periods_of_other_subjects_states_and_hubs_never_overlap() -> None:
    fresh = [period(IDP, DOWN, 0, 9), period(IDP, UP, 0, 9), period(HUB, DOWN, 0, 9), period(IDP, DOWN, 0, 9, hub="other")]
    assert list(overlaps(fresh, [])) == []
