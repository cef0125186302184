"""The syntax of single values: durations, URLs, addresses, selectors, patterns, placeholders.

Each `check_*` returns its value, or raises ValueError with a phrase that completes "<path> ...".
The loader adds the value to the phrase, unless the error is an `UnshowableError`: its value must
not be shown (credentials inside a URL).
"""

import ipaddress
import re
import string
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from probe.config.patterns import bounded

_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
DURATION_PATTERN = r"^\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(us|ms|s|m|h|d)\s*$"
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
UID_PATTERN = r"^(attribute|field) [A-Za-z_][A-Za-z0-9_:.\[\]-]*$"
LONGEST_US = 10 * 366 * _UNITS["d"]
_LONGEST_TEXT = 2_000  # characters of a selector, a regular expression or a URL
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
PLACEHOLDERS = ("username", "password")


class UnshowableError(ValueError):
    """A refused value that no message may repeat."""


def parse_duration(value: Any) -> int:
    """Parse `30s` to 30_000_000 microseconds. An int is taken for microseconds.

    Raises ValueError on anything else, on zero, and over ten years.
    """
    micros = value if isinstance(value, int) and not isinstance(value, bool) else _micros(value)
    if micros <= 0:
        raise ValueError("must be longer than zero")
    if micros > LONGEST_US:
        raise ValueError("is longer than ten years")
    return micros


def _micros(value: Any) -> int:
    match = re.fullmatch(DURATION_PATTERN, value) if isinstance(value, str) else None
    if not match and isinstance(value, str) and re.fullmatch(f"-{DURATION_PATTERN.removeprefix('^')}", value):
        raise ValueError("is negative: a duration is longer than zero")
    if not match:
        raise ValueError("is not a duration: write a number and a unit, as in 500ms, 30s, 5m, 2h, 90d")
    micros = Decimal(match[1]) * _UNITS[match[2]]
    if micros != int(micros):
        raise ValueError("is finer than a microsecond")
    return int(micros)


def say_duration(micros: int) -> str:
    """Write 30_000_000 microseconds as `30s`: in the largest unit that divides it."""
    unit = next(name for name, size in reversed(_UNITS.items()) if micros % size == 0)
    return f"{micros // _UNITS[unit]}{unit}"


@dataclass(frozen=True, slots=True)
class Address:
    """A host name or an IP literal (IPv6 without brackets), with or without a port."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """Parse `host`, `host:port`, `1.2.3.4:80`, `[::1]:80`, `[::1]` or `::1`.

    Host names become lower case. Raises ValueError.
    """
    if _is_ip(text):
        return Address(text)
    bracketed = re.fullmatch(r"\[([^\[\]]*)\](?::([0-9]{1,5}))?", text)
    if bracketed:
        if not _is_ip(bracketed[1]):
            raise ValueError("has brackets around something that is not an IPv6 address")
        return Address(bracketed[1], _port(bracketed[2]))
    host, colon, port = text.partition(":")
    if not _is_host(host) or (colon and not re.fullmatch(r"[0-9]{1,5}", port)):
        raise ValueError("is not host or host:port")
    return Address(host.lower(), _port(port if colon else None))


def _port(digits: str | None) -> int | None:
    if digits is None:
        return None
    if int(digits) > 65_535:
        raise ValueError("has a port above 65535")
    return int(digits)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_host(text: str) -> bool:
    """Tell whether the text is a DNS name (also an internationalised one) or an IPv4 literal.

    Four numbers that are no address are not a name.
    """
    try:
        ascii_name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    if re.fullmatch(r"[0-9.]+", ascii_name):
        return _is_ip(ascii_name)
    return len(ascii_name) <= 253 and _HOST_NAME.fullmatch(ascii_name) is not None


def check_host(text: str) -> str:
    """Accept `host` or `host:port`."""
    if parse_address(text).port == 0:
        raise ValueError("has port 0")
    return text


def check_ip(text: str) -> str:
    """Accept `address` or `address:port`, as in curl's --resolve: an IP address, not a name."""
    try:
        address = parse_address(text)
    except ValueError as error:
        raise ValueError("is not address or address:port") from error
    if not _is_ip(address.host):
        raise ValueError("is not an IP address: a name would have to be resolved first")
    return check_host(text)


def check_ip_port(text: str) -> str:
    """Accept `address:port`."""
    if parse_address(check_ip(text)).port is None:
        raise ValueError("is not address:port")
    return text


def check_listen(text: str) -> str:
    """Accept `address:port` or `host:port` to listen on. With port 0 the system chooses a port."""
    try:
        complete = parse_address(text).port is not None
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("is not address:port")
    return text


def check_url(text: str) -> str:
    """Accept an absolute http or https URL without credentials and fragment. Raises ValueError."""
    # A hub's metadata are checked here too,
    # and urllib normalises a host in time that grows with the square of its length.
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is a URL of more than {_LONGEST_TEXT} characters")
    if not re.fullmatch(r"[\x21-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]+", text) or "\\" in text:
        raise ValueError("is not a URL: it is empty, or holds a space, a backslash or a control character")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not a URL: its host or port is malformed") from None
    if "@" in parts.netloc:
        raise UnshowableError("holds credentials: a URL is shown in logs, write it without them")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("is not an http or https URL")
    if not (_is_ip(host) or _is_host(host)) or port == 0:
        raise ValueError("is not a URL: its host or port is malformed")
    if "#" in text:
        raise ValueError("is a URL with a fragment (#...), which is never sent")
    return text


def check_issuer(text: str) -> str:
    """Accept a URL without a query (OpenID Connect Discovery 1.0, section 3)."""
    if "?" in check_url(text):
        raise ValueError("is an issuer with a query, which OpenID Connect Discovery does not allow")
    return text


def check_origin(text: str) -> str:
    """Accept the URL of a proxy: scheme, host and port only."""
    if urlsplit(check_url(text)).path not in ("", "/") or "?" in text:
        raise ValueError("is not the address of a proxy: write http://host:port")
    return text


@lru_cache(maxsize=1_024)  # each request asks whose its host is
def authority(url: str) -> str:
    """Return `host:port` of a checked URL, always with the port."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return str(Address((parts.hostname or "").rstrip("."), port))


def check_path(text: str) -> str:
    """Accept a path under the issuer, with or without a query. It starts with a slash."""
    if not re.fullmatch(r"/[\x21-\x7e]*", text) or text.startswith("//") or "#" in text:
        raise ValueError("is not a path: it starts with one / and has neither space nor fragment")
    return text


def check_selector(text: str) -> str:
    """Accept a CSS selector that the page parser understands."""
    # Here: not every command meets a selector.
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is a CSS selector of more than {_LONGEST_TEXT} characters")
    try:
        LexborHTMLParser("<p></p>").css_first(text)
    except (SelectolaxError, ValueError):
        raise ValueError("is not a CSS selector that can be parsed") from None
    return text


def check_pattern(text: str) -> str:
    """Accept a regular expression of Python's `re`."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is a regular expression of more than {_LONGEST_TEXT} characters")
    bounded(text)
    return text


def check_uid_source(text: str) -> str:
    """Accept `attribute NAME` (of the tile) or `field NAME` (inside it)."""
    if not re.fullmatch(UID_PATTERN, text):
        raise ValueError("is neither 'attribute NAME' nor 'field NAME'")
    return text


def check_header(text: str) -> str:
    """Accept the value of an HTTP header: visible ASCII characters and single spaces."""
    if not text or any(character not in string.printable or character in "\r\n\t\x0b\x0c" for character in text):
        raise ValueError("is empty, or holds a control character or one outside ASCII")
    if text != text.strip():
        raise ValueError("begins or ends with a space")
    return text


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SET_ALREADY = frozenset(
    {
        "accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length", "content-type", "cookie", "expect",
        "host", "keep-alive", "origin", "proxy-authorization", "referer", "te", "trailer", "transfer-encoding", "upgrade",
        "upgrade-insecure-requests", "user-agent",
    }
)  # fmt: skip
"""Headers that a request has for a purpose of their own, in small letters."""


def check_cookie(text: str) -> str:
    """Accept the name of a cookie: a token (RFC 6265, section 4.1.1)."""
    if not _TOKEN.fullmatch(text):
        raise ValueError("is not the name of a cookie")
    return text


def check_header_name(text: str) -> str:
    """Accept the name of a header that no request has otherwise (RFC 9110, 5.1), or `none`."""
    if not _TOKEN.fullmatch(text):
        raise ValueError("is not the name of a header")
    if text.lower() in _SET_ALREADY:
        raise ValueError("is a header that has another meaning")
    return text


def check_scope(text: str) -> str:
    """Accept scopes separated by spaces, `openid` among them.

    Source: OpenID Connect Core 1.0, section 3.1.2.1.
    """
    if "openid" not in text.split():
        raise ValueError("lacks openid, without which no identity is returned")
    return text


def check_text(text: str) -> str:
    """Accept any text that is not empty."""
    if not text.strip():
        raise ValueError("is empty")
    return text


def check_template(text: str) -> str:
    """Accept a text to type into a field.

    Its only placeholders are `{username}` and `{password}`.
    """
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        raise UnshowableError("holds an unknown placeholder: the only ones are {username}, {password}")
    return text


def fill(template: str, username: str, password: str) -> str:
    """Return the text to type.

    The placeholders are replaced in one pass: a password that looks like one stays as it is.
    """
    values = {"username": username, "password": password}
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def check_name_of_host(text: str) -> str:
    """Accept a host in ASCII without a port."""
    if not text.isascii() or parse_address(check_host(text)).port is not None:
        raise ValueError("is not the name of a host, in ASCII and without a port")
    return text


def check_ascii(text: str) -> str:
    """Accept an e-mail address that every mail server accepts."""
    if not text.isascii():
        raise UnshowableError("is an e-mail address that not every mail server takes: write it in ASCII")
    return text


def check_no_home(text: str) -> str:
    """Accept a path that means the same to every user. Raises ValueError."""
    if text.startswith("~"):
        raise ValueError("must not begin with ~, which depends on the user: write the whole path")
    return text


def check_store(value: Any) -> Path | str:
    """Accept a path, `sqlite:///path`, or `postgresql://[user@]host[:port]/database`.

    A URL must not hold a password. Raises ValueError.
    """
    if not isinstance(value, str):
        raise ValueError("must be a path, sqlite:///PATH, or postgresql://USER@HOST:PORT/DATABASE")
    text: str = value
    if text.startswith("sqlite:///"):
        text = text.removeprefix("sqlite:///")
    if "://" not in text:
        return Path(check_no_home(text))
    parts = urlsplit(text)
    if parts.scheme != "postgresql":
        raise ValueError("must be a path, sqlite:///PATH, or postgresql://USER@HOST:PORT/DATABASE")
    if parts.password is not None:
        raise ValueError("must not hold a password: give it by store_password, or in PGPASSFILE")
    if not parts.hostname or len(parts.path) < 2 or "/" in parts.path[1:] or parts.fragment:
        raise ValueError("must be like postgresql://USER@HOST:PORT/DATABASE")
    if parts.port == 0:
        raise ValueError("has port 0: write the server's port")
    return text


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
HOLIDAY_REGIONS = ("57", "67", "68", "6AE", "971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "TF", "WF")
"""Parts of France with holidays of their own (ISO 3166-2:FR)."""


def parse_hours(value: Any) -> tuple[int, int]:
    """Parse `09:30-18:00` to minutes of the day, (570, 1080). The end may be 24:00.

    A pair of numbers is returned as it is. Raises ValueError.
    """
    if isinstance(value, tuple) and len(value) == 2:
        return int(value[0]), int(value[1])
    if not isinstance(value, str) or not re.fullmatch(HOURS_PATTERN, value):
        raise ValueError("is not a span of hours: write it as 09:30-18:00")
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in value.split("-"))
    if start >= end:
        raise ValueError("ends before it begins")
    return start, end


def parse_days(value: Any) -> tuple[int, ...]:
    """Parse `mon-fri` or `mon,wed,fri` to days of the week; Monday is 0.

    A tuple is returned as it is. Raises ValueError.
    """
    if isinstance(value, tuple):
        return tuple(int(day) for day in value)
    days: set[int] = set()
    for part in str(value).lower().split(","):
        first, _, last = part.strip().partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError("is not a list of days: write it as mon-fri, or mon,tue,thu")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        if start > end:
            raise ValueError("has days that end before they begin")
        days.update(range(start, end + 1))
    return tuple(sorted(days))


def parse_date(value: Any) -> date:
    """Parse `2027-03-01`. A date is returned as it is. Raises ValueError."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError("is not a date: write it as 2027-03-01")


def check_zone(text: str) -> str:
    """Accept a time zone of the IANA database."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(text)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("is not a time zone of the IANA database, as Europe/Paris") from None
    return text


def check_holidays(text: str) -> str:
    """Accept `FR` (metropolitan France), `FR-` with a part of France, or `none`."""
    if text not in ("none", "FR") and text.removeprefix("FR-") not in HOLIDAY_REGIONS:
        raise ValueError(f"is not one of FR, none, {', '.join(f'FR-{part}' for part in HOLIDAY_REGIONS)}")
    return text


def check_mail(text: str) -> str:
    """Accept a common e-mail address: no quoted local part, no comment (RFC 5321, 4.1.2).

    Its errors never show it.
    """
    local, at, domain = text.rpartition("@")
    if not (at and len(text) <= 254 and re.fullmatch(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]{1,64}", local) and _is_host(domain)):
        raise UnshowableError("is not an e-mail address")
    return text


def check_phone(text: str) -> str:
    """Accept a telephone number: digits, spaces, dots, dashes, brackets, and a plus at the start.

    Its errors never show it.
    """
    if not re.fullmatch(r"\+?[0-9 ().-]{2,30}", text):
        raise UnshowableError("is not a telephone number")
    return text
