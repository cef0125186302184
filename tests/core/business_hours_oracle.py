"""Working time by brute force, and French public holidays by hand.

It asks for every minute whether the local clock is within the opening hours. These are whole
minutes, so that a minute is either open or not. It shares nothing with `probe.core.business_hours`
or `probe.incidents.holidays`.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.builders import SECOND

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str, zone: str = "Europe/Paris", fold: int = 0) -> int:
    """A local time as an instant."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return (local.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def easter(year: int) -> date:
    """By Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@lru_cache
def french(year: int) -> frozenset[date]:
    """Code du travail, L3133-1: eleven days."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(date(year, month, day) for month, day in fixed) | {easter(year) + timedelta(days=days) for days in moving}


def is_french(day: date) -> bool:
    return day in french(day.year)


class Oracle:
    """A calendar that knows only whether one minute is open. `opens`, `closes`:
    minutes of the local day.
    """

    def __init__(self, zone: str, opens: int, closes: int, days: frozenset[int], holidays: bool) -> None:
        self.zone, self.opens, self.closes, self.days, self.holidays = ZoneInfo(zone), opens, closes, days, holidays
        self.minutes = lru_cache(maxsize=None)(self._minutes)

    def working(self, day: date) -> bool:
        return day.weekday() in self.days and not (self.holidays and is_french(day))

    def open(self, instant: int) -> bool:
        local = (EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.opens < self.closes:
            return self.opens <= minute < self.closes and self.working(local.date())
        if minute >= self.opens:
            return self.working(local.date())
        return minute < self.closes and self.working(local.date() - timedelta(days=1))

    def _minutes(self, utc_day: int) -> tuple[bool, ...]:
        return tuple(self.open(utc_day * DAY + minute * MINUTE) for minute in range(1440))

    def between(self, a: int, b: int) -> int:
        total, instant = 0, a
        while instant < b:
            day, rest = divmod(instant, DAY)
            if rest == 0 and instant + DAY <= b:
                total += sum(self.minutes(day)) * MINUTE
                instant += DAY
                continue
            until = min(instant - instant % MINUTE + MINUTE, b)
            total += (until - instant) * self.minutes(day)[rest // MINUTE]
            instant = until
        return total

    def add(self, instant: int, working: int) -> int:
        while working > 0:
            day, rest = divmod(instant, DAY)
            until = instant - instant % MINUTE + MINUTE
            if self.minutes(day)[rest // MINUTE]:
                if working <= until - instant:
                    return instant + working
                working -= until - instant
            instant = until
        return instant
