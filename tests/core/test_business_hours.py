"""Working time, case by case. docs/contract.md, 2.2.2: « du lundi au vendredi de 9h30 à 18h »;
section 4: « Pas de service en HNO »."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from probe.core.business_hours import Calendar
from probe.core.times import DAY_US, HOUR_US, MINUTE_US
from probe.incidents.holidays import french
from tests.core.business_hours_oracle import at, is_french

PARIS = ZoneInfo("Europe/Paris")
SUPPORT = Calendar(PARIS, is_holiday=is_french)
NIGHTS = Calendar(PARIS, 22 * HOUR_US, 6 * HOUR_US, days={5, 6, 0})


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20T09:29:59", False),
        ("2026-11-20T09:30:00", True),
        ("2026-11-20T17:59:59", True),
        ("2026-11-20T18:00:00", False),
        ("2026-11-21T12:00:00", False),  # Saturday
        ("2026-11-11T12:00:00", False),  # a Wednesday, and a public holiday
    ],
)
def test_the_support_is_open_from_monday_to_friday_from_half_past_nine_to_six(moment: str, is_open: bool) -> None:
    assert SUPPORT.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-19T10:00", 1, "2026-11-19T11:00"),
        ("2026-11-20T09:29:59", 1, "2026-11-20T10:30"),
        ("2026-11-20T09:30", 8.5, "2026-11-20T18:00"),  # the end of the shift, not Monday morning
        ("2026-11-20T17:59:59", 1, "2026-11-23T10:29:59"),  # over a week-end
        ("2026-11-20T18:00", 1, "2026-11-23T10:30"),
        ("2026-11-21T03:00", 1, "2026-11-23T10:30"),
        ("2026-11-10T17:30", 1, "2026-11-12T10:00"),  # over the 11th of November
        ("2026-04-03T17:00", 2, "2026-04-07T10:30"),  # over Easter Monday
        ("2026-05-13T17:00", 2, "2026-05-15T10:30"),  # over Ascension
        ("2026-05-22T17:00", 2, "2026-05-26T10:30"),  # over Whit Monday
        ("2026-03-27T17:00", 2, "2026-03-30T10:30"),  # over the night in which summer time begins
        ("2026-10-23T17:00", 2, "2026-10-26T10:30"),  # and ends
        ("2026-12-31T17:00", 2, "2027-01-04T10:30"),  # over New Year's Day and a week-end
        ("2026-11-16T09:30", 48, "2026-11-23T15:00"),
    ],
)
def test_working_time_is_added_over_nights_week_ends_holidays_and_clock_changes(start: str, hours: float, end: str) -> None:
    assert SUPPORT.add(at(start), int(hours * HOUR_US)) == at(end)
    assert SUPPORT.between(at(start), at(end)) == hours * HOUR_US


def test_a_holiday_on_a_week_end_takes_nothing_away() -> None:
    assert date(2026, 8, 15).weekday() == 5
    assert SUPPORT.between(at("2026-08-14T00:00"), at("2026-08-18T00:00")) == 17 * HOUR_US


def test_nothing_is_added_at_once() -> None:
    assert SUPPORT.add(at("2026-11-21T03:00"), 0) == at("2026-11-21T03:00")


def test_one_microsecond_is_the_first_of_the_next_shift() -> None:
    assert SUPPORT.add(at("2026-11-20T18:00"), 1) == at("2026-11-23T09:30") + 1
    assert SUPPORT.next_open(at("2026-11-20T18:00")) == at("2026-11-23T09:30")
    assert SUPPORT.next_open(at("2026-11-20T17:00")) == at("2026-11-20T17:00")


def test_no_working_time_lies_backwards() -> None:
    assert SUPPORT.between(at("2026-11-20T12:00"), at("2026-11-20T11:00")) == 0
    with pytest.raises(ValueError, match="not negative"):
        SUPPORT.add(0, -1)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-16T10:00", 1, "2026-11-17T18:00"),
        ("2026-11-16T23:00", 1, "2026-11-17T18:00"),
        ("2026-11-20T10:00", 1, "2026-11-23T18:00"),
        ("2026-11-21T10:00", 1, "2026-11-23T18:00"),  # from a Saturday: Monday is the first
        ("2026-11-09T10:00", 5, "2026-11-17T18:00"),  # the 11th does not count
        ("2026-04-27T10:00", 10, "2026-05-13T18:00"),  # the 1st and the 8th of May do not
    ],
)
def test_working_days_are_counted_from_the_day_after_to_the_end_of_the_last_one(start: str, count: int, end: str) -> None:
    assert SUPPORT.add_days(at(start), count) == at(end)


def test_there_is_no_zeroth_working_day() -> None:
    with pytest.raises(ValueError, match="one or more"):
        SUPPORT.add_days(0, 0)


def test_a_night_in_which_summer_time_begins_is_an_hour_shorter() -> None:
    assert NIGHTS.between(at("2026-03-28T22:00"), at("2026-03-29T06:00")) == 7 * HOUR_US
    assert NIGHTS.add(at("2026-03-28T22:00"), 7 * HOUR_US) == at("2026-03-29T06:00")


def test_a_night_in_which_it_ends_is_an_hour_longer() -> None:
    assert NIGHTS.between(at("2026-10-24T22:00"), at("2026-10-25T06:00")) == 9 * HOUR_US


def test_hours_that_the_clock_reads_twice_are_open_twice_and_closed_between() -> None:
    calendar = Calendar(PARIS, 2 * HOUR_US + 30 * MINUTE_US, 5 * HOUR_US, days=range(7))
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)
    assert second - first == HOUR_US
    assert [calendar.is_open(moment) for moment in (first - 1, first, first + HOUR_US // 2, second - 1, second)] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_hours_that_the_clock_skips_begin_when_it_has_skipped_them() -> None:
    calendar = Calendar(PARIS, 2 * HOUR_US + 30 * MINUTE_US, 5 * HOUR_US, days=range(7))
    assert calendar.between(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 2 * HOUR_US
    within = Calendar(PARIS, 2 * HOUR_US, 3 * HOUR_US, days=range(7))
    assert within.between(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 0
    assert within.add_days(at("2026-03-28T12:00"), 1) == at("2026-03-30T03:00")


def test_the_working_day_of_a_night_is_the_one_it_begins_on() -> None:
    # In Saturday's night: Sunday's is the first after it.
    assert NIGHTS.add_days(at("2026-11-22T01:00"), 1) == at("2026-11-23T06:00")
    assert NIGHTS.add_days(at("2026-11-22T12:00"), 1) == at("2026-11-24T06:00")


def test_a_calendar_may_be_open_around_the_clock() -> None:
    always = Calendar(PARIS, 0, DAY_US, days=range(7))
    assert always.between(at("2026-01-01T00:00"), at("2027-01-01T00:00")) == 365 * DAY_US
    assert always.add(at("2026-10-24T12:00"), 40 * DAY_US) == at("2026-10-24T12:00") + 40 * DAY_US


def test_a_year_is_measured_by_looking_up_its_ends() -> None:
    asked: list[date] = []

    def holiday(day: date) -> bool:
        asked.append(day)
        return is_french(day)

    calendar = Calendar(PARIS, is_holiday=holiday)
    calendar.between(at("2026-01-01T00:00"), at("2027-01-01T00:00"))
    before = len(asked)
    assert calendar.between(at("2026-01-02T10:00"), at("2026-12-30T11:00")) == 250 * 17 * HOUR_US // 2 + HOUR_US
    assert len(asked) == before


@pytest.mark.parametrize(
    ("opens", "closes", "days"), [(DAY_US, DAY_US, {0}), (-1, HOUR_US, {0}), (0, DAY_US + 1, {0}), (0, HOUR_US, ()), (0, HOUR_US, {7})]
)
def test_hours_and_days_that_no_calendar_has_are_refused(opens: int, closes: int, days: set[int]) -> None:
    with pytest.raises(ValueError, match=r"opening hours|working days"):
        Calendar(PARIS, opens, closes, days)


def test_a_calendar_that_is_always_closed_says_so() -> None:
    closed = Calendar(PARIS, is_holiday=lambda _day: True)
    with pytest.raises(ValueError, match="not so much working time"):
        closed.add(0, 1)
    with pytest.raises(ValueError, match="no working day"):
        closed.add_days(0, 1)


def test_own_closing_days_are_closed_and_regions_have_their_own_holidays() -> None:
    eve = date(2026, 12, 24)
    assert french("FR", [eve])(eve)
    assert not french("FR")(eve)
    assert french("none", [eve])(eve)
    assert not french("none")(date(2026, 7, 14))
