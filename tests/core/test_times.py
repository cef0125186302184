"""Instants are read and written alike everywhere."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.times import DAY_US, FIRST_US, LAST_US, SECOND_US, YEAR_US, at, microseconds, parse_rfc3339, rfc3339, utc

instants = st.integers(FIRST_US, LAST_US)
ZONES = [timezone(timedelta(minutes=minutes)) for minutes in (-720, -210, 0, 60, 840)]


@given(instants)
def test_what_is_written_is_read_back_to_the_microsecond(us: int) -> None:
    assert parse_rfc3339(rfc3339(us)) == us
    assert parse_rfc3339(rfc3339(us, "seconds")) == us // SECOND_US * SECOND_US
    assert microseconds(at(us)) == us


@given(st.integers(0, LAST_US - YEAR_US), st.sampled_from(ZONES))
def test_an_instant_is_the_same_in_every_zone(us: int, zone: timezone) -> None:
    local = at(us).astimezone(zone)
    assert parse_rfc3339(local.isoformat(timespec="microseconds")) == us == microseconds(local)


def test_the_hour_that_comes_twice_is_two_instants() -> None:
    """Europe/Paris, 2026-10-25: 02:30 comes at 00:30 and at 01:30 UTC."""
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert microseconds(twice.replace(fold=1)) - microseconds(twice) == 3_600 * SECOND_US
    assert rfc3339(microseconds(twice), "seconds") == "2026-10-25T00:30:00Z"


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01.5z", 1_500_000),
        ("1970-01-02T01:00:00+01:00", DAY_US),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("0001-01-01T00:00:00+14:00", FIRST_US - 14 * 3_600 * SECOND_US),
    ],
)
def test_an_instant_is_read(text: str, us: int) -> None:
    assert parse_rfc3339(text) == us


@pytest.mark.parametrize(
    "text",
    [
        "", "noon", "2026-01-01", "2026-01-01T00:00Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567Z",
        "2026-01-01T00:00:00Z\n", "\u0662026-01-01T00:00:00Z", "+2026-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no RFC 3339 instant"):
        parse_rfc3339(text)


def test_nanoseconds_are_read_where_they_may_be_told_and_are_rounded_down() -> None:
    assert parse_rfc3339("1970-01-01T00:00:00.000001999Z", digits=9) == 1
    assert parse_rfc3339("1969-12-31T23:59:59.999999999Z", digits=9) == -1


def test_what_no_calendar_holds_is_shown_at_its_end_and_refused_elsewhere() -> None:
    assert utc(LAST_US + 1) == datetime.max.replace(tzinfo=UTC)
    assert utc(FIRST_US - 1) == at(0)
    assert rfc3339(10**30).startswith("9999-12-31T23:59:59")
    with pytest.raises(OverflowError):
        at(LAST_US + 1)
