"""The windows of a figure, and spans of time (docs/availability.md)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.subject import State
from probe.core.judgement.timeline import Interval
from probe.core.sla.availability import figure
from probe.core.sla.window import Span, civil_year, merged, months, rolling, without, year_of
from probe.core.times import DAY_US
from tests.builders import SECOND
from tests.core.sla.interval_track import IntervalTrack

HOUR = 3_600 * SECOND
NOW = 1_800_000_000 * SECOND
PARIS = ZoneInfo("Europe/Paris")


def paris(*local: int) -> int:
    return int(datetime(*local, tzinfo=PARIS).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]


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


@pytest.mark.parametrize(
    ("number", "days", "first", "budget"),
    [
        (2023, 365, "2022-12-31T23:00:00+00:00", 31_536_000_000),
        # 366 x 86,400 s / 1000 = 31,622.4 s.
        (2024, 366, "2023-12-31T23:00:00+00:00", 31_622_400_000),
        (2026, 365, "2025-12-31T23:00:00+00:00", 31_536_000_000),
        (2028, 366, "2027-12-31T23:00:00+00:00", 31_622_400_000),
    ],
)
def test_a_civil_year_of_europe_paris(number: int, days: int, first: str, budget: int) -> None:
    """It begins and ends at midnight in Paris, in winter;
    its two changes of the clock cancel out.
    """
    far = NOW + 20 * 366 * DAY_US
    found = civil_year(number, far)
    assert datetime.fromtimestamp(found.start_us // SECOND, UTC).isoformat() == first
    assert found.length_us == found.nominal_us == days * DAY_US
    assert figure(IntervalTrack([]), found).budget_us == budget
    lengths = {month: (span.end_us - span.start_us) // HOUR for _, month, span in months(found)}
    february = 29 * 24 if days == 366 else 28 * 24
    summer, winter = 31 * 24 - 1, 31 * 24 + 1  # March has a day of 23 hours, October one of 25
    assert lengths == {1: 744, 2: february, 3: summer, 4: 720, 5: 744, 6: 720, 7: 744, 8: 744, 9: 720, 10: winter, 11: 720, 12: 744}


def test_a_civil_year_ends_now_while_it_lasts_and_one_that_has_not_begun_is_none() -> None:
    number = year_of(NOW)
    found = civil_year(number, NOW)
    assert found.end_us == NOW
    assert found.left_us == found.nominal_us - found.length_us > 0
    assert not figure(IntervalTrack([Interval(NOW - 500 * DAY_US, None, SubjectStatus(State.UP))]), found).complete
    for bad in (number + 1, 0, 1, 9999, 10_000):
        with pytest.raises(ValueError, match=r"has not begun|is not a year"):
            civil_year(bad, NOW)


def test_the_year_changes_at_midnight_in_paris() -> None:
    start = civil_year(2026, NOW).start_us
    assert (year_of(start - 1), year_of(start)) == (2025, 2026)


def test_spans_are_joined_and_cut() -> None:
    spans = [Span(5, 8), Span(1, 3), Span(2, 4), Span(8, 9), Span(20, 30), Span(7, 7)]
    assert merged(spans, Span(2, 25)) == [Span(2, 4), Span(5, 9), Span(20, 25)]
    assert merged([Span(7, 7), Span(0, 2), Span(25, 30)], Span(2, 25)) == []
    assert list(without([Span(2, 4), Span(5, 9)], 0, 10)) == [Span(0, 2), Span(4, 5), Span(9, 10)]
    assert list(without([Span(0, 10)], 0, 10)) == []
    assert list(without([Span(0, 3), Span(3, 5), Span(12, 15)], 5, 12)) == [Span(5, 12)]
    assert list(without([Span(20, 30)], 0, 10)) == [Span(0, 10)]
