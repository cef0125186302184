"""Working time beside brute force, minute by minute, over ten years."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.business_hours import MONDAY_TO_FRIDAY, Calendar
from tests.builders import SECOND
from tests.core.business_hours_oracle import DAY, HOUR, MINUTE, Oracle, at, easter, is_french

ALL = frozenset(range(7))
SHAPES = [
    ("Europe/Paris", 570, 1080, MONDAY_TO_FRIDAY, True),  # the contract's
    ("Europe/Paris", 570, 1080, MONDAY_TO_FRIDAY, False),
    ("Europe/Paris", 1320, 360, MONDAY_TO_FRIDAY, True),  # nights, over both changes of the clock
    ("Europe/Paris", 150, 300, ALL, False),  # begins in the hour that is skipped, or read twice
    ("Europe/Paris", 120, 180, ALL, False),  # is that hour
    ("Europe/Paris", 60, 150, ALL, False),  # ends in it
    ("Europe/Paris", 0, 1440, frozenset({5, 6}), True),
    ("Indian/Reunion", 480, 1020, MONDAY_TO_FRIDAY, True),
    ("America/Martinique", 450, 960, MONDAY_TO_FRIDAY, True),
    ("America/Havana", 1380, 120, ALL, False),  # its clock is changed at midnight
    ("Australia/Lord_Howe", 90, 600, ALL, False),  # by half an hour
    ("Pacific/Apia", 0, 1440, ALL, False),
]
ORACLES = [Oracle(*shape) for shape in SHAPES]
CALENDARS = [
    Calendar(ZoneInfo(zone), opens * MINUTE, closes * MINUTE, days, is_french if holidays else lambda _day: False)
    for zone, opens, closes, days, holidays in SHAPES
]
FROM, YEARS = 2021, 10
TIMES = ("09:29:59", "09:30", "17:59:59", "18:00", "00:00", "02:00", "02:30", "03:00", "05:59:59", "22:00")
NOTABLE = sorted(
    day.isoformat()
    for year in range(FROM, FROM + YEARS)
    for day in (
        *(easter(year).fromordinal(easter(year).toordinal() + days) for days in (-2, 0, 1, 39, 50)),
        *(
            easter(year).replace(month=month, day=day)
            for month, day in ((1, 1), (5, 1), (5, 8), (8, 15), (11, 1), (11, 11), (12, 25), (12, 31))
        ),
        *(easter(year).replace(month=month, day=day) for month in (3, 10) for day in range(25, 32)),
    )
)
instants = st.one_of(
    st.builds(lambda day, time: at(f"{day}T{time}"), st.sampled_from(NOTABLE), st.sampled_from(TIMES)),
    st.integers(at(f"{FROM}-01-01T00:00"), at(f"{FROM + YEARS}-01-01T00:00")),
    st.integers(at(f"{FROM}-01-01T00:00") // SECOND, at(f"{FROM + YEARS}-01-01T00:00") // SECOND).map(lambda second: second * SECOND),
)
shapes = st.integers(0, len(SHAPES) - 1)


@given(shapes, instants, st.one_of(st.integers(0, 3 * DAY), st.integers(0, 25 * DAY), st.sampled_from([HOUR, 17 * HOUR // 2, DAY])))
def test_between_two_instants_lie_the_open_minutes(shape: int, start: int, length: int) -> None:
    assert CALENDARS[shape].between(start, start + length) == ORACLES[shape].between(start, start + length)


@given(
    shapes,
    instants,
    st.one_of(st.integers(0, 60 * HOUR), st.sampled_from([1, HOUR, 5 * HOUR // 2, 4 * HOUR, 17 * HOUR // 2, 24 * HOUR, 48 * HOUR])),
)
def test_adding_working_time_counts_open_minutes(shape: int, start: int, working: int) -> None:
    assert CALENDARS[shape].add(start, working) == ORACLES[shape].add(start, working)


@given(shapes, instants)
def test_the_calendar_is_open_when_the_minute_is(shape: int, instant: int) -> None:
    assert CALENDARS[shape].is_open(instant) == ORACLES[shape].open(instant)


@given(shapes, instants, st.integers(0, 3_000 * HOUR))
def test_what_was_added_lies_between_and_nothing_less_does(shape: int, start: int, working: int) -> None:
    calendar = CALENDARS[shape]
    end = calendar.add(start, working)
    assert calendar.between(start, end) == working
    assert working == 0 or calendar.between(start, end - 1) == working - 1


@given(shapes, instants, instants, instants)
def test_working_time_adds_up(shape: int, a: int, b: int, c: int) -> None:
    calendar = CALENDARS[shape]
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@given(instants, st.integers(1, 6))
def test_working_days_end_as_their_shifts_do(start: int, count: int) -> None:
    """By the oracle: the count-th time that an open minute is followed by a closed one,
    from the next local midnight on.
    """
    local_midnight = next(t for t in range(start - start % MINUTE + MINUTE, start + 2 * DAY, MINUTE) if _is_midnight(t))
    ends, instant = 0, local_midnight
    while ends < count:
        instant += MINUTE
        ends += _open(instant - MINUTE) and not _open(instant)
    assert CALENDARS[0].add_days(start, count) == instant


def _open(instant: int) -> bool:
    day, rest = divmod(instant, DAY)
    return ORACLES[0].minutes(day)[rest // MINUTE]


def _is_midnight(instant: int) -> bool:
    local = datetime.fromtimestamp(instant / SECOND, ZoneInfo("Europe/Paris"))
    return (local.hour, local.minute) == (0, 0)


@pytest.mark.parametrize("shape", [0, 2])
def test_ten_years_hold_as_many_open_half_hours(shape: int) -> None:
    """All edges of these calendars lie on half hours."""
    start, end = at(f"{FROM}-01-01T00:00"), at(f"{FROM + YEARS}-01-01T00:00")
    half = HOUR // 2
    counted = sum(ORACLES[shape].open(instant) for instant in range(start, end, half)) * half
    assert CALENDARS[shape].between(start, end) == counted
    assert CALENDARS[shape].add(start, counted) <= end
