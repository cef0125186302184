"""Working time: how much lies between two instants, and when a given amount will have passed.

A *shift* is the open part of one working day. It is open whenever the local clock reads a time
within its hours. So on the day that summer time begins or ends, a shift over the change is as long
as people sit through it.

Instants are UTC microseconds, durations microseconds; spans are half-open. Source:
docs/contract.md, 2.2.2: « du lundi au vendredi de 9h30 à 18h »; section 4: « Pas de service en
HNO ».

Theory of operation
-------------------
    shifts of a civil year --once--> starts, ends, working time before each        (_Year)
    elapsed(t) within a year   = one bisection
    between(a, b)              = the years' totals between them, and two bisections
    add(a, w)                  = skip whole years, then one bisection
So nothing grows with the distance but the count of years.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from probe.core.times import DAY_US, EPOCH, HOUR_US, MINUTE_US, SECOND_US, at

MONDAY_TO_FRIDAY = frozenset(range(5))
FARTHEST_YEARS = 100
"""The years in which working time is looked for before the calendar counts as having none."""

IsHoliday = Callable[[date], bool]
_EPOCH_DAY = EPOCH.toordinal()
_NEAR_US = 15 * HOUR_US  # no zone is farther from UTC


def never(_day: date) -> bool:
    """Return False: in a calendar without holidays no day is one."""
    return False


class _Year:
    """The shifts that begin in one civil year, in order, touching ones joined."""

    __slots__ = ("before", "ends", "starts", "total_us")

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        *self.before, self.total_us = accumulate((end - start for start, end in spans), initial=0)

    def elapsed(self, at_us: int) -> int:
        """Return the working time of this year before an instant."""
        index = bisect_right(self.starts, at_us) - 1
        return self.before[index] + min(at_us, self.ends[index]) - self.starts[index] if index >= 0 else 0

    def reached(self, working_us: int) -> int:
        """Return the first instant at which `working_us` of this year's working time have passed.

        `working_us` is more than 0, and at most `total_us`.
        """
        index = bisect_left(self.before, working_us) - 1
        return self.starts[index] + working_us - self.before[index]


class Calendar:
    """Opening hours, working days, a zone and holidays.

    `opens_us`, `closes_us`: local times of day, in microseconds after midnight. `closes_us` may be
    24 h. When it is not after `opens_us`, the shift ends on the following day, and belongs to the
    day on which it begins.
    `days`: weekdays, Monday = 0.
    `is_holiday` is asked once for every working weekday, and must always give the same answer.

    Raises ValueError for hours or days that no calendar has.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        opens_us: int = 9 * HOUR_US + 30 * MINUTE_US,
        closes_us: int = 18 * HOUR_US,
        days: Collection[int] = MONDAY_TO_FRIDAY,
        is_holiday: IsHoliday = never,
    ) -> None:
        if not 0 <= opens_us < DAY_US or not 0 < closes_us <= DAY_US:
            raise ValueError("opening hours lie between 00:00 and 24:00")
        if not days or not MONDAY_TO_FRIDAY | {5, 6} >= set(days):
            raise ValueError("working days are weekdays, 0 to 6, and at least one")
        self.zone = zone
        self.days = frozenset(days)
        self.opens_us, self.closes_us = opens_us, closes_us
        self._length_us = closes_us - opens_us + (DAY_US if closes_us <= opens_us else 0)
        self._is_holiday = is_holiday
        self._years: dict[int, _Year] = {}

    # --- working time

    def is_open(self, at_us: int) -> bool:
        """Return whether an instant is working time."""
        return self.between(at_us, at_us + 1) == 1

    def between(self, a_us: int, b_us: int) -> int:
        """Return the working microseconds within [a_us, b_us); 0 when the span is empty."""
        if b_us <= a_us:
            return 0
        first, last = self._year_of(a_us) - 1, self._year_of(b_us)
        return sum(self._year(year).elapsed(b_us) - self._year(year).elapsed(a_us) for year in range(first, last + 1))

    def add(self, at_us: int, working_us: int) -> int:
        """Return the first instant at which `working_us` of working time have passed since `at_us`.

        For 0 it is `at_us` itself. It is the end of a shift rather than the beginning of the next.
        Raises ValueError for a negative duration, and when the next hundred years have too little
        working time.
        """
        if working_us < 0:
            raise ValueError("working time to add is not negative")
        if working_us == 0:
            return at_us
        first = self._year_of(at_us) - 1
        for year in range(first, first + FARTHEST_YEARS):
            shifts = self._year(year)
            passed = shifts.elapsed(at_us)
            left = shifts.total_us - passed
            if working_us <= left:
                return shifts.reached(passed + working_us)
            working_us -= left
        raise ValueError(f"the calendar has not so much working time in {FARTHEST_YEARS} years")

    def next_open(self, at_us: int) -> int:
        """Return the first open instant at or after `at_us`. Raises ValueError as `add`."""
        return self.add(at_us, 1) - 1

    def add_days(self, at_us: int, count: int) -> int:
        """Return the end of the `count`-th working day (1 or more) after the day of `at_us`.

        The day of `at_us` does not count, whatever the hour. An instant within a shift belongs to
        the shift's day, any other to its local date. Raises ValueError as `add`.
        """
        if count < 1:
            raise ValueError("working days to add are one or more")
        day = self._day_of(at_us)
        for _ in range(count):
            day = self._next_working(day)
        return self._shift(day)[-1][1]

    def is_working_day(self, day: date) -> bool:
        """Return whether a date is one of the working weekdays, and no holiday."""
        return day.weekday() in self.days and not self._is_holiday(day)

    # --- days and shifts

    def _next_working(self, day: date) -> date:
        for ahead in range(1, FARTHEST_YEARS * 366):
            following = day + timedelta(days=ahead)
            if self.is_working_day(following) and self._shift(following):
                return following
        raise ValueError(f"the calendar has no working day in {FARTHEST_YEARS} years")

    def _day_of(self, at_us: int) -> date:
        local = self._local(at_us).date()
        eve = local - timedelta(days=1)
        return eve if self.is_working_day(eve) and any(start <= at_us < end for start, end in self._shift(eve)) else local

    def _year_of(self, at_us: int) -> int:
        return self._local(at_us).year

    def _year(self, year: int) -> _Year:
        shifts = self._years.get(year)
        if shifts is None:
            shifts = self._years[year] = _Year(_joined(sorted(self._spans(year))))
        return shifts

    def _spans(self, year: int) -> Iterator[tuple[int, int]]:
        for ordinal in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            if self.is_working_day(day):
                yield from self._shift(day)

    def _shift(self, day: date) -> list[tuple[int, int]]:
        """Return the spans in which the local clock reads a time within the day's hours.

        Usually one. There are two around a clock that is set back, and none when it skips them.
        """
        opens = (day.toordinal() - _EPOCH_DAY) * DAY_US + self.opens_us  # as if local time were UTC
        closes = opens + self._length_us
        earlier, later = opens - _NEAR_US, closes + _NEAR_US
        before, after = self._offset(earlier), self._offset(later)
        if before == after:
            return [(opens - before, closes - before)]
        change = self._change(earlier, later)
        pieces = ((opens - before, min(closes - before, change)), (max(opens - after, change), closes - after))
        return _joined([piece for piece in pieces if piece[0] < piece[1]])

    def _change(self, earlier_us: int, later_us: int) -> int:
        """Return the instant, to the second, at which the zone's offset changes between two others.

        No zone changes its offset twice in the few days between them.
        """
        low, high = earlier_us // SECOND_US, later_us // SECOND_US
        before = self._offset(low * SECOND_US)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle * SECOND_US) == before else (low, middle)
        return high * SECOND_US

    def _offset(self, at_us: int) -> int:
        offset = self._local(at_us).utcoffset()
        assert offset is not None
        return offset // timedelta(microseconds=1)

    def _local(self, at_us: int) -> datetime:
        return at(at_us).astimezone(self.zone)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
