"""Writes instants for people: in their time zone, which is named beside them.

Machines get RFC 3339 in UTC (`probe.core.times`).
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from probe.core.times import FIRST_US, LAST_US, at

PARIS = "Europe/Paris"
"""The zone of whoever reads, unless `support.timezone` names another one."""

_TWO_DAYS_US = 2 * 86_400_000_000


def local(us: int, zone: str) -> datetime:
    """Return an instant (UTC microseconds) in a zone of the IANA database.

    It is kept within what a datetime can hold. Raises ZoneInfoNotFoundError.
    """
    kept = min(max(us, FIRST_US + _TWO_DAYS_US), LAST_US - _TWO_DAYS_US)
    return at(kept).astimezone(ZoneInfo(zone))


def written(us: int, zone: str, pattern: str) -> str:
    """Write an instant by a pattern of `strftime`.

    The offset from UTC follows where the clock shows the same time twice, at the end of summer
    time.
    """
    moment = local(us, zone)
    text = moment.strftime(pattern)
    return f"{text} ({offset(moment)})" if _comes_twice(moment) else text


def zoned(us: int, zone: str, pattern: str) -> str:
    """Write an instant with its zone and offset, for a text that travels: a ticket, a mail."""
    moment = local(us, zone)
    return f"{moment.strftime(pattern)} ({zone}, {offset(moment)})"


def offset(moment: datetime) -> str:
    """Return how far a local time is from UTC, as `UTC+01:00`."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _comes_twice(moment: datetime) -> bool:
    first, second = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second
