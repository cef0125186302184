"""Spans of time, and the windows over which the annual figure is reported.

Spans and windows are half-open. Instants are UTC microseconds, durations microseconds.
"""

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from probe.core.times import DAY_US, at, microseconds

ROLLING_US = 365 * DAY_US
PARIS = ZoneInfo("Europe/Paris")

ROLLING, YEAR = "rolling", "year"
WINDOWS = (ROLLING, YEAR)
"""The reported windows: the 365 days that end now, and the current civil year of Europe/Paris."""


class Span(NamedTuple):
    """A half-open span of time, [start_us, end_us)."""

    start_us: int
    end_us: int


class Window(NamedTuple):
    """[start_us, end_us), of a period of `nominal_us`, a share of which is the budget.

    `name`: `rolling` or `year=2026`. `slides`: its start follows its end, so that old outages leave
    it.
    """

    name: str
    start_us: int
    end_us: int
    nominal_us: int
    slides: bool = False

    @property
    def length_us(self) -> int:
        return self.end_us - self.start_us

    @property
    def left_us(self) -> int:
        """The part of a civil year that is still to come; 0 for a window that slides."""
        return 0 if self.slides else self.start_us + self.nominal_us - self.end_us


def rolling(now_us: int) -> Window:
    """Return the window of the 365 days that end now."""
    return Window(ROLLING, now_us - ROLLING_US, now_us, ROLLING_US, slides=True)


def civil_year(year: int, now_us: int) -> Window:
    """Return the window of a civil year of Europe/Paris, which ends now while the year lasts.

    Raises ValueError for a year that has not begun, or that no calendar has.
    """
    if not MINYEAR < year < MAXYEAR:
        raise ValueError(f"{year} is not a year")
    start, end = microseconds(datetime(year, 1, 1, tzinfo=PARIS)), microseconds(datetime(year + 1, 1, 1, tzinfo=PARIS))
    if now_us < start:
        raise ValueError(f"the year {year} has not begun")
    return Window(f"year={year}", start, min(end, now_us), end - start)


def year_of(at_us: int) -> int:
    """Return the civil year of Europe/Paris that an instant is in."""
    return _local(at_us).year


def months(span: Window | Span) -> Iterator[tuple[int, int, Span]]:
    """Yield (year, month, its part within the span) for each civil month of Europe/Paris in it."""
    at = _local(span.start_us).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    while (start := microseconds(at)) < span.end_us:
        following = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
        yield at.year, at.month, Span(max(start, span.start_us), min(microseconds(following), span.end_us))
        at = following


def _local(at_us: int) -> datetime:
    return at(at_us).astimezone(PARIS)


def merged(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return the spans in order and cut to `within`. Those that overlap or touch are joined."""
    joined: list[Span] = []
    for span in sorted(spans):
        start, end = max(span.start_us, within.start_us), min(span.end_us, within.end_us)
        if start >= end:
            continue
        if joined and start <= joined[-1].end_us:
            joined[-1] = Span(joined[-1].start_us, max(joined[-1].end_us, end))
        else:
            joined.append(Span(start, end))
    return joined


def without(holes: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """Yield the parts of [start, end) that lie outside the holes, which are disjoint and ascend."""
    for hole in holes:
        if hole.end_us > start and hole.start_us < end:
            if hole.start_us > start:
                yield Span(start, hole.start_us)
            start = hole.end_us
    if start < end:
        yield Span(start, end)
