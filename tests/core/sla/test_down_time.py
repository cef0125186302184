"""Down time, its edges, and what is left of the budget (docs/availability.md)."""

import pytest

from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.subject import C1, C3, State
from probe.core.judgement.timeline import Interval
from probe.core.sla.availability import CorrectedSpan
from probe.core.sla.down_time import DownTime, Precision, counted_edges, downs, edges, longest_allowed, oldest_leaves
from probe.core.sla.window import Span, Window, civil_year, year_of
from probe.core.times import DAY_US
from tests.builders import SECOND
from tests.core.sla.interval_track import IntervalTrack

HOUR = 3_600 * SECOND
NOW = 1_800_000_000 * SECOND
WINDOW = Window("test", 100, 200, 100)
PRECISE = [Precision(0, lambda condition: {C1: 3, C3: 5}.get(condition or "", 7))]


def track(*points: tuple[int, State, str | None]) -> IntervalTrack:
    """(since when, state, condition) of each interval; the last one goes on."""
    ends = [at for at, *_ in points[1:]] + [None]
    return IntervalTrack(
        [Interval(at, end, SubjectStatus(state, None, condition)) for (at, state, condition), end in zip(points, ends, strict=True)]
    )


def down(*spans: tuple[int, int], condition: str | None = None) -> IntervalTrack:
    points: list[tuple[int, State, str | None]] = [(0, State.UP, None)]
    for start, end in spans:
        points += [(start, State.DOWN, condition), (end, State.UP, None)]
    return track(*points)


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([(120, 140)], 2),
        ([(120, 140), (160, 170)], 4),
        ([(50, 140)], 1),  # it began before the window
        ([(100, 140)], 1),  # the window's own start is no edge
        ([(101, 140)], 2),
        ([(120, 199)], 2),
        ([(120, 200)], 1),  # the window is half-open
        ([(120, 300)], 1),
        ([(50, 300)], 0),
        ([(10, 60), (220, 230)], 0),
        ([], 0),
    ],
)
def test_edges_are_those_within_the_window_and_looking_up_counts_the_same(spans: list[tuple[int, int]], count: int) -> None:
    assert edges(down(*spans), WINDOW, PRECISE) == (count, 7 * count)
    assert counted_edges(down(*spans), WINDOW, PRECISE) == (count, 7 * count)


def test_an_edge_is_as_precise_as_its_condition_is_watched_when_it_happens() -> None:
    assert edges(down((120, 140), condition=C1), WINDOW, PRECISE) == (2, 6)
    changed = [*PRECISE, Precision(130, lambda _: 50)]
    assert edges(down((120, 140), condition=C1), WINDOW, changed) == (2, 53)
    assert edges(down((130, 140), condition=C1), WINDOW, changed) == (2, 100)
    assert counted_edges(down((120, 140)), WINDOW, changed) == (2, 57)
    assert counted_edges(down((130, 140)), WINDOW, changed) == (2, 100)


def test_edges_before_anything_was_watched_are_counted_and_add_no_uncertainty() -> None:
    late = [Precision(130, lambda _: 50)]
    assert edges(down((120, 140)), WINDOW, late) == counted_edges(down((120, 140)), WINDOW, late) == (2, 50)
    assert edges(down((120, 140)), WINDOW, []) == counted_edges(down((120, 140)), WINDOW, []) == (2, 0)


def test_a_cause_that_changes_is_no_edge_and_each_end_has_its_own_condition() -> None:
    moved = track((0, State.UP, None), (120, State.DOWN, C1), (130, State.DOWN, C3), (140, State.UP, None))
    assert edges(moved, WINDOW, PRECISE) == (2, 3 + 5)
    assert edges(track((0, State.UP, None), (120, State.DOWN, C1)), WINDOW, PRECISE) == (1, 3)
    coarser = [*PRECISE, Precision(125, lambda _: 50)]
    assert edges(moved, WINDOW, coarser) == (2, 3 + 50), "it began before the precision changed"
    twice = track((0, State.UP, None), (120, State.DOWN, C1), (130, State.DOWN, C3), (140, State.DOWN, None), (150, State.UP, None))
    assert edges(twice, WINDOW, PRECISE) == (2, 3 + 7), "whatever the conditions between the first and the last"


@pytest.mark.parametrize(
    ("gone", "count"),
    [
        ((110, 130), 1),  # the beginning is in it
        ((110, 120), 2),  # half-open: it ends where the outage begins
        ((120, 121), 1),
        ((130, 140), 1),  # what ends at 140 was down until then
        ((130, 139), 2),
        ((140, 150), 2),
        ((110, 150), 0),
    ],
)
def test_edges_within_what_was_excluded_or_corrected_are_none(gone: tuple[int, int], count: int) -> None:
    assert edges(down((120, 140)), WINDOW, PRECISE, excluded=[Span(*gone)])[0] == count
    assert edges(down((120, 140)), WINDOW, PRECISE, corrected=[CorrectedSpan(*gone, State.UP)])[0] == count


def test_old_outages_leave_while_a_new_one_lasts() -> None:
    """Budget left 30 s. The window's first 10 s are up, then 20 s down leave
    as the new outage lasts: 10 + 20 + 20 = 50 s.
    """
    window = Window("rolling", 0, 1_000 * SECOND, 1_000 * SECOND, slides=True)
    old = [DownTime(10 * SECOND, 30 * SECOND)]
    assert longest_allowed(old, window, 30 * SECOND) == 50 * SECOND
    # Spent before the old one begins to leave.
    assert longest_allowed(old, window, 9 * SECOND) == 9 * SECOND
    assert longest_allowed(old, window, 10 * SECOND) == 30 * SECOND
    assert longest_allowed(old, window, -1) == 0
    # Nothing is left, and an old outage is leaving: a new one may take its place.
    assert longest_allowed([DownTime(0, 20 * SECOND)], window, 0) == 20 * SECOND


def test_nothing_leaves_a_civil_year_and_it_ends() -> None:
    window = civil_year(year_of(NOW), NOW)
    assert longest_allowed([DownTime(window.start_us, window.start_us + HOUR)], window, 30 * SECOND) == 30 * SECOND
    assert longest_allowed([], window, 0) == longest_allowed([], window, -SECOND) == 0, "the budget is spent"
    last_second = civil_year(year_of(NOW), civil_year(year_of(NOW) + 1, NOW + 400 * DAY_US).start_us - SECOND)
    assert longest_allowed([], last_second, 30 * SECOND) == SECOND
    assert oldest_leaves([DownTime(0, 1)], window, lambda _start, _end: True) is None


def test_down_time_of_a_window_is_cut_to_it_and_what_lasts_is_marked() -> None:
    made = track((NOW - 2 * HOUR, State.DOWN, None), (NOW - HOUR, State.UP, None), (NOW, State.DOWN, None))
    window = Window("", NOW - HOUR - HOUR // 2, NOW + HOUR, 1)
    assert list(downs(made, window)) == [DownTime(NOW - HOUR - HOUR // 2, NOW - HOUR), DownTime(NOW, NOW + HOUR, None, lasts=True)]
    named = track((NOW - 2 * HOUR, State.UP, None), (NOW - HOUR, State.DOWN, C1))
    assert list(downs(named, Window("", NOW - 2 * HOUR, NOW, 1))) == [DownTime(NOW - HOUR, NOW, C1, lasts=True)], "with its condition"
