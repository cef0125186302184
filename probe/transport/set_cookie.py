"""Reads a `Set-Cookie` header as browsers do (RFC 6265bis, section 5.6).

An attribute that cannot be used is ignored, and the cookie kept.
Of an attribute that is there several times, the last holds, even where it cannot be used.
Text is Latin-1: one character is one octet, and goes back as it came.
"""

import re
from calendar import timegm
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

MAX_PAIR = 4_096  # octets of name and value together (section 5.6, step 6)
MAX_ATTRIBUTE = 1_024  # octets of an attribute's value
_MOST_ATTRIBUTES = 32  # of one cookie; there are seven

_CONTROL = re.compile(r"[\x00-\x08\x0A-\x1F\x7F]")  # and in name and value no tab either
_SPACE = " \t"
_NUMBER = re.compile(r"-?[0-9]+")
_MAX_DIGITS = 18  # a longer number is no nearer to the end of time


class SameSite(Enum):
    """When a cookie goes with a request that another site caused (section 5.6.7)."""

    NONE = "none"  # always
    LAX = "lax"  # with a safe request that opens a page
    STRICT = "strict"  # never
    DEFAULT = "default"  # nothing was said: as LAX, and with a POST too while the cookie is young


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One cookie as a server wrote it.

    `domain` and `path` are empty where the server gave none that can be used.
    `expires` is in seconds since 1970 (UTC); None lasts as long as the browser is open.
    """

    name: str
    value: str = field(repr=False)
    domain: str = ""
    path: str = ""
    expires: int | None = None
    secure: bool = False
    http_only: bool = False
    same_site: SameSite = SameSite.DEFAULT
    partitioned: bool = False


def read(header: str, now: int) -> SetCookie | None:
    """Read the value of a `Set-Cookie` header. `now`: seconds since 1970 (UTC).

    Returns None for one that browsers drop.
    """
    if _CONTROL.search(header):
        return None
    pair, *attributes = header.split(";", _MOST_ATTRIBUTES + 1)[: _MOST_ATTRIBUTES + 1]
    name, equals, value = pair.partition("=")
    name, value = (name.strip(_SPACE), value.strip(_SPACE)) if equals else ("", pair.strip(_SPACE))
    if not name + value or len(name) + len(value) > MAX_PAIR or "\t" in name + value:
        return None
    last = {}
    for attribute in attributes:
        key, _, given = attribute.partition("=")
        if len(given := given.strip(_SPACE)) <= MAX_ATTRIBUTE:
            last[key.strip(_SPACE).lower()] = given
    path = last.get("path", "")
    return SetCookie(
        name=name,
        value=value,
        domain=last.get("domain", "").removeprefix(".").lower(),
        path=path if path.startswith("/") else "",
        expires=_expiry(last, now),
        secure="secure" in last,
        http_only="httponly" in last,
        same_site=_SAME_SITE.get(last.get("samesite", "").lower(), SameSite.DEFAULT),
        partitioned="partitioned" in last,
    )


_SAME_SITE = {one.value: one for one in (SameSite.NONE, SameSite.LAX, SameSite.STRICT)}


def _seconds(number: str) -> int:
    return int(number) if len(number) <= _MAX_DIGITS else (-1 if number.startswith("-") else 1) * 10**_MAX_DIGITS


_LONGEST = 400 * 86_400  # seconds: no cookie lives longer (sections 5.6.1 and 5.6.2)


def _expiry(last: dict[str, str], now: int) -> int | None:
    """Return the instant at which the cookie ends: `Max-Age` holds before `Expires`."""
    age, date = last.get("max-age"), last.get("expires")
    instant = now + _seconds(age) if age and _NUMBER.fullmatch(age) else cookie_date(date) if date else None
    return None if instant is None else min(instant, now + _LONGEST)


# --- dates (section 5.1.1, where Chromium is stricter)

_DELIMITER = re.compile(r"[\x09\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})")
_LONGEST_DAY, _LONGEST_YEAR = 2, 5  # characters
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST_YEAR, _LAST_YEAR = 1601, 9999  # what is outside is in the past, or in the future
_PAST, _FUTURE = 0, 10**_MAX_DIGITS


def cookie_date(text: str) -> int | None:
    """Read the date of an `Expires` attribute, as seconds since 1970 (UTC); None for no date."""
    time = day = month = year = None
    for token in filter(None, _DELIMITER.split(text)):
        if token[0] not in "0123456789":
            if month is None and token[:3].lower() in _MONTHS:
                month = _MONTHS.index(token[:3].lower()) + 1
        elif ":" in token:
            time = time or _TIME.match(token)
        elif day is None and len(token) <= _LONGEST_DAY:
            day = _leading_number(token)
        elif year is None and len(token) <= _LONGEST_YEAR:
            year = _leading_number(token)
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return _PAST if year < _FIRST_YEAR else _FUTURE
    try:
        instant = datetime(year, month, day, int(time[1]), int(time[2]), int(time[3]), tzinfo=UTC)
    except ValueError:
        return None
    return timegm(instant.utctimetuple())


def _leading_number(token: str) -> int:
    """Return the number that a token begins with."""
    return int(token[: len(token) - len(token.lstrip("0123456789"))])
