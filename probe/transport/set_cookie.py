"""Reads a `Set-Cookie` header as browsers do (RFC 6265bis, section 5.6).

An attribute that cannot be used is ignored, and the cookie kept.
Of an attribute that is there several times, the last holds.
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

_CONTROL = re.compile(r"[\x00-\x08\x0A-\x1F\x7F]")
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
    same_site: SameSite = SameSite.DEFAULT


def read(header: str, now: int) -> SetCookie | None:
    """Read the value of a `Set-Cookie` header. `now`: seconds since 1970 (UTC).

    Returns None for one that browsers drop.
    """
    if _CONTROL.search(header):
        return None
    pair, *attributes = header.split(";", _MOST_ATTRIBUTES + 1)[: _MOST_ATTRIBUTES + 1]
    name, equals, value = pair.partition("=")
    name, value = (name.strip(_SPACE), value.strip(_SPACE)) if equals else ("", pair.strip(_SPACE))
    if not name + value or len(name) + len(value) > MAX_PAIR:
        return None
    last = {}
    for attribute in attributes:
        key, _, given = (part.strip(_SPACE) for part in attribute.partition("="))
        if len(given) <= MAX_ATTRIBUTE:
            last.update(_usable(key.lower(), given, now))
    return SetCookie(
        name=name,
        value=value,
        domain=str(last.get("domain", "")),
        path=str(last.get("path", "")),
        expires=_expiry(last, now),
        secure="secure" in last,
        same_site=_SAME_SITE.get(str(last.get("samesite")), SameSite.DEFAULT),
    )


_SAME_SITE = {one.value: one for one in (SameSite.NONE, SameSite.LAX, SameSite.STRICT)}


def _usable(key: str, given: str, now: int) -> dict[str, str | int]:
    """Return the attribute as it counts; nothing where it does not."""
    match key:
        case "expires":
            instant = cookie_date(given)
            return {} if instant is None else {key: instant}
        case "max-age":
            return {key: now + _seconds(given)} if _NUMBER.fullmatch(given) else {}
        case "domain":
            return {key: given.removeprefix(".").lower()}
        case "path":
            return {key: given if given.startswith("/") else ""}
        case "secure" | "samesite":
            return {key: given.lower()}
    return {}


def _seconds(number: str) -> int:
    return int(number) if len(number) <= _MAX_DIGITS else (-1 if number.startswith("-") else 1) * 10**_MAX_DIGITS


_LONGEST = 400 * 86_400  # seconds: no cookie lives longer (sections 5.6.1 and 5.6.2)


def _expiry(last: dict[str, str | int], now: int) -> int | None:
    """Return the instant at which the cookie ends: `Max-Age` holds before `Expires`."""
    instant = last.get("max-age", last.get("expires"))
    return None if instant is None else min(int(instant), now + _LONGEST)


# --- dates (section 5.1.1)

_DELIMITER = re.compile(r"[\x09\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR = re.compile(r"([0-9]{2,4})(?![0-9])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def cookie_date(text: str) -> int | None:
    """Read the date of an `Expires` attribute, as seconds since 1970 (UTC); None for no date."""
    time = day = month = year = None
    for token in _DELIMITER.split(text):
        if time is None and (found := _TIME.match(token)):
            time = int(found[1]), int(found[2]), int(found[3])
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.match(token)):
            year = int(found[1])
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    try:
        instant = datetime(year, month, day, *time, tzinfo=UTC)
    except ValueError:
        return None
    return timegm(instant.utctimetuple()) if year >= 1601 else None
