"""The login budget of a synthetic account: which runs may still log in today.

An account has a number of logins that it may make on one civil day. Three kinds of runs spend it,
and they give way in this order:

    on demand   somebody asked for a journey now; leaves half of what is spare to the retries
    retry       what an observation asked to see again at once; leaves all regular runs of the day
    regular     at its interval; is skipped only when nothing is left at all

What is *spare* is the budget less what was used and less the regular runs that are still to come.
Each prober has a part of the budget for itself (`part_of`), so that no prober waits for another.

Instants are UTC microseconds, intervals microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from probe.core.times import DAY_US, HOUR_US, at, microseconds

LONGEST_DAY_US = 25 * HOUR_US
"""The longest civil day: summer time ends in it."""

Member = tuple[str, str]
"""A hub and one of its IdPs. The members of an account are those that log in with it."""


class Run(StrEnum):
    """Why a journey logs in."""

    REGULAR = "regular"
    RETRY = "retry"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class Day:
    """A civil day, [start_us, end_us): 23, 24 or 25 hours. `name` is like `2026-03-29`."""

    name: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class LoginsOfDay:
    """What an account may do today from one prober, and did.

    `regular`: the logins of its regular runs in 24 hours. `part`: this prober's part of the budget;
    None: any number.
    """

    used: int
    regular: int
    part: int | None = None


def day_of(now_us: int, zone: tzinfo) -> Day:
    """Return the civil day of a time zone that an instant is in.

    Raises OverflowError for an instant that no calendar has.
    """
    date = at(now_us).astimezone(zone).date()
    start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (date, date + timedelta(days=1)))
    return Day(date.isoformat(), microseconds(start), microseconds(end))


def regular_runs(intervals_us: Sequence[int], length_us: int = DAY_US) -> int:
    """Return the most runs that targets of these intervals start in a span, by default 24 hours."""
    return sum(-(-length_us // interval_us) for interval_us in intervals_us)


def part_of(budget: int, vantages: int) -> int:
    """Return each prober's part of a budget. What does not divide is left to nobody."""
    return budget // vantages


def admits(run: Run, budget: int, used: int, intervals_us: Sequence[int], now_us: int, day: Day) -> bool:
    """Return whether a run may log in now.

    `budget` is this prober's part of it, `used` the logins that it made today, `intervals_us` has
    the interval of each target that logs in with the account. A run that is under way counts as
    used.
    """
    if run is Run.REGULAR:
        return used < budget
    # one more for each target: its last slot may be late
    to_come = regular_runs(intervals_us, max(0, day.end_us - now_us)) + len(intervals_us)
    spare = budget - used - to_come
    if run is Run.RETRY:
        return spare > 0
    return spare > 0 and 2 * spare > budget - regular_runs(intervals_us, day.end_us - day.start_us)
