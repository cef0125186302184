"""Instants: UTC microseconds since 1970 inside, calendars and RFC 3339 at the edges.

One reading and one writing for the API, the commands, the tickets, the exports and the metrics.
Pure: nothing here looks at a clock. Source: RFC 3339, section 5.6.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
YEAR_US = 365 * DAY_US
"""A year of 365 days, as the contract's figures count it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def at(us: int) -> datetime:
    """Return a UTC instant in microseconds as a datetime in UTC.

    Raises OverflowError beyond `FIRST_US` and `LAST_US`.
    """
    return EPOCH + timedelta(microseconds=us)


def utc(us: int) -> datetime:
    """Return the same, kept within what a datetime can hold: for what is only shown."""
    if us < FIRST_US:
        return EPOCH
    return at(min(us, LAST_US))


def microseconds(moment: datetime) -> int:
    """Return a datetime that knows its zone as UTC microseconds."""
    return (moment - EPOCH) // _MICROSECOND


FIRST_US = microseconds(datetime.min.replace(tzinfo=UTC))
LAST_US = microseconds(datetime.max.replace(tzinfo=UTC))
"""The first and the last instant that a datetime holds: the years 1 to 9999."""


def rfc3339(us: int, timespec: Literal["seconds", "microseconds"] = "microseconds") -> str:
    """Return a UTC instant as `2026-03-29T08:00:00.000000Z`, kept within the years 1 to 9999."""
    return utc(us).isoformat(timespec=timespec).replace("+00:00", "Z")


def parse_rfc3339(text: str, *, digits: Literal[6, 9] = 6) -> int:
    """Return an RFC 3339 instant as UTC microseconds, rounded down; negative before 1970.

    `digits`: how many the fraction of a second may have. Raises ValueError when the text is no
    such instant, or when no calendar has it.
    """
    match = _RFC3339.fullmatch(text)
    if match is None or len(match[3] or "") > digits:
        raise ValueError("is no RFC 3339 instant")
    try:
        whole = microseconds(datetime.fromisoformat(f"{match[1]}T{match[2]}{match[4].upper()}"))
    except (ValueError, OverflowError) as error:
        raise ValueError("is no RFC 3339 instant") from error
    return whole + int((match[3] or "0").ljust(9, "0")) // 1_000
