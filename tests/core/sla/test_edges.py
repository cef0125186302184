"""Windows, totals and the edges of down time, each by facts of its own (docs/availability.md)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.subject import C1, C3, State
from probe.core.judgement.timeline import Interval
from probe.core.sla.availability import CorrectedSpan, Totals
from probe.core.sla.down_time import Precision, counted_edges, edges
from probe.core.sla.window import Span, Window, civil_year, months, rolling, year_of
from probe.core.times import DAY_US
from tests.core.sla.interval_track import IntervalTrack

PARIS = ZoneInfo("Europe/Paris")
WINDOW = Window("test", 100, 200, 100)
PRECISE = [Precision(0, lambda condition: {C1: 3, C3: 5}.get(condition or "", 7))]


def paris(*local: int) -> int:
    return int(datetime(*local, tzinfo=PARIS).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]


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


def test_a_rolling_window_is_the_365_days_that_end_now_and_nothing_of_it_is_to_come() -> None:
    window = rolling(400 * DAY_US)
    assert window == ("rolling", 35 * DAY_US, 400 * DAY_US, 365 * DAY_US, True)
    assert (window.length_us, window.left_us) == (365 * DAY_US, 0)


def test_a_civil_year_begins_at_midnight_in_paris_and_ends_now_while_it_lasts() -> None:
    now = paris(2026, 11, 29, 9)
    window = civil_year(2026, now)
    assert window == ("year=2026", paris(2026, 1, 1), now, 365 * DAY_US, False)
    assert window.left_us == paris(2027, 1, 1) - now
    assert civil_year(2026, paris(2026, 1, 1)).length_us == 0, "it has just begun"
    over = civil_year(2024, now)
    assert (over.end_us, over.nominal_us, over.left_us) == (paris(2025, 1, 1), 366 * DAY_US, 0)


@pytest.mark.parametrize(("year", "says"), [(2027, "the year 2027 has not begun"), (1, "1 is not a year"), (9999, "9999 is not a year")])
def test_a_year_that_has_not_begun_or_that_no_calendar_has_is_refused(year: int, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{says}$"):
        civil_year(year, paris(2026, 11, 29))


def test_the_year_of_an_instant_is_that_of_paris() -> None:
    assert year_of(paris(2026, 1, 1)) == 2026
    assert year_of(paris(2026, 1, 1) - 1) == 2025


def test_months_are_cut_at_midnight_in_paris_and_to_the_span() -> None:
    """Summer time begins and ends within: months have 31 days less an hour, and 31 days
    and an hour.
    """
    span = Span(paris(2025, 12, 15, 12), paris(2026, 4, 2))
    assert list(months(span)) == [
        (2025, 12, Span(paris(2025, 12, 15, 12), paris(2026, 1, 1))),
        (2026, 1, Span(paris(2026, 1, 1), paris(2026, 2, 1))),
        (2026, 2, Span(paris(2026, 2, 1), paris(2026, 3, 1))),
        (2026, 3, Span(paris(2026, 3, 1), paris(2026, 4, 1))),
        (2026, 4, Span(paris(2026, 4, 1), paris(2026, 4, 2))),
    ]
    assert list(months(Span(paris(2026, 5, 1), paris(2026, 5, 1)))) == []
    odd = Span(paris(2026, 5, 31, 23, 59, 58) + 7, paris(2026, 6, 1) + 1)
    assert list(months(odd)) == [
        (2026, 5, Span(odd.start_us, paris(2026, 6, 1))),
        (2026, 6, Span(paris(2026, 6, 1), odd.end_us)),
    ]
    assert [each[:2] for each in months(Span(paris(2026, 5, 1), paris(2026, 6, 1)))] == [(2026, 5)]


def test_time_is_added_to_its_state_and_a_blip_is_counted_besides() -> None:
    begun = Totals(1, 2, 3, 4, 5, 6)
    assert begun.spent(State.UP, 10) == (11, 2, 3, 4, 5, 6)
    assert begun.spent(State.BLIP, 10) == (1, 12, 3, 4, 6, 6)
    assert begun.spent(State.DOWN, 10) == (1, 2, 13, 4, 5, 6)
    assert begun.spent(State.UNKNOWN, 10) == (1, 2, 3, 14, 5, 6)


def test_down_time_ends_when_another_state_follows_and_not_when_the_cause_changes() -> None:
    assert Totals().with_interval(State.DOWN, 10, State.UP) == (0, 0, 10, 0, 0, 1)
    assert Totals(rises=2).with_interval(State.DOWN, 10, State.UNKNOWN) == (0, 0, 10, 0, 0, 3)
    assert Totals().with_interval(State.DOWN, 10, State.DOWN) == (0, 0, 10, 0, 0, 0)
    assert Totals().with_interval(State.UP, 10, State.DOWN) == (10, 0, 0, 0, 0, 0)


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
