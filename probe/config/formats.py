"""The small languages that configuration values are written in: durations, URLs, addresses, selectors, patterns, placeholders.

Each `check_*` returns its value or raises ValueError with a phrase that completes "<path> ..."; the loader adds the value.
`UnshowableError` is for values that must not be shown (credentials inside a URL).
"""

import ipaddress
import re
import string
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
    """`30s` -> 30_000_000 microseconds; an int is microseconds already. Raises ValueError on anything else, zero, or over ten years."""
    micros = value if isinstance(value, int) and not isinstance(value, bool) else _micros(value)
    if micros <= 0:
        raise ValueError("must be longer than zero")
    if micros > LONGEST_US:
        raise ValueError("is longer than ten years")
    return micros


def _micros(value: Any) -> int:
    found = re.fullmatch(DURATION_PATTERN, value) if isinstance(value, str) else None
    if not found:
        raise ValueError("is not a duration: write a number and a unit, as in 500ms, 30s, 5m, 2h, 90d")
    micros = Decimal(found[1]) * _UNITS[found[2]]
    if micros != int(micros):
        raise ValueError("is finer than a microsecond")
    return int(micros)


def say_duration(micros: int) -> str:
    """30_000_000 -> `30s`: the largest unit that divides it."""
    unit = next(name for name, size in reversed(_UNITS.items()) if micros % size == 0)
    return f"{micros // _UNITS[unit]}{unit}"


@dataclass(frozen=True, slots=True)
class Address:
    """A host, or an IP literal (IPv6 without its brackets), and perhaps a port."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """`host`, `host:port`, `1.2.3.4:80`, `[::1]:80`, `[::1]`, `::1`. Host names come back in lower case. Raises ValueError."""
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
    """A DNS name (internationalised ones too) or an IPv4 literal; never four numbers that are no address."""
    try:
        ascii_name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    if re.fullmatch(r"[0-9.]+", ascii_name):
        return _is_ip(ascii_name)
    return len(ascii_name) <= 253 and _HOST_NAME.fullmatch(ascii_name) is not None


def check_host(text: str) -> str:
    """`host` or `host:port`."""
    if parse_address(text).port == 0:
        raise ValueError("has port 0")
    return text


def check_ip(text: str) -> str:
    """`address` or `address:port`, as the right side of curl's --resolve: an IP address, no name."""
    try:
        address = parse_address(text)
    except ValueError as error:
        raise ValueError("is not address or address:port") from error
    if not _is_ip(address.host):
        raise ValueError("is not an IP address: a name would have to be resolved first")
    return check_host(text)


def check_ip_port(text: str) -> str:
    """`address:port`."""
    if parse_address(check_ip(text)).port is None:
        raise ValueError("is not address:port")
    return text


def check_listen(text: str) -> str:
    """`address:port` or `host:port` to listen on; port 0 lets the system choose."""
    try:
        complete = parse_address(text).port is not None
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("is not address:port")
    return text


def check_url(text: str) -> str:
    """An absolute http or https URL without credentials and without fragment. Raises ValueError."""
    if len(text) > _LONGEST_TEXT:  # a hub's metadata is read by this too, and urllib normalises a host in time that grows with its square
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
    """A URL without query (OpenID Connect Discovery 1.0, section 3)."""
    if "?" in check_url(text):
        raise ValueError("is an issuer with a query, which OpenID Connect Discovery does not allow")
    return text


def check_origin(text: str) -> str:
    """A URL of a proxy: scheme, host and port only."""
    if urlsplit(check_url(text)).path not in ("", "/") or "?" in text:
        raise ValueError("is not the address of a proxy: write http://host:port")
    return text


def authority(url: str) -> str:
    """`host:port` of a checked URL, the port always written."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return str(Address((parts.hostname or "").rstrip("."), port))


def check_path(text: str) -> str:
    """A path under the issuer, perhaps with a query: starts with a slash."""
    if not re.fullmatch(r"/[\x21-\x7e]*", text) or text.startswith("//") or "#" in text:
        raise ValueError("is not a path: it starts with one / and has neither space nor fragment")
    return text


def check_selector(text: str) -> str:
    """A CSS selector that the page parser understands."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # here: not every command meets a selector

    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is a CSS selector of more than {_LONGEST_TEXT} characters")
    try:
        LexborHTMLParser("<p></p>").css_first(text)
    except (SelectolaxError, ValueError):
        raise ValueError("is not a CSS selector that can be parsed") from None
    return text


def check_pattern(text: str) -> str:
    """A regular expression (Python's `re`)."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is a regular expression of more than {_LONGEST_TEXT} characters")
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is not a regular expression ({error})") from None
    return text


def check_uid_source(text: str) -> str:
    """`attribute NAME` of the tile, or `field NAME` inside it."""
    if not re.fullmatch(UID_PATTERN, text):
        raise ValueError("is neither 'attribute NAME' nor 'field NAME'")
    return text


def check_header(text: str) -> str:
    """The value of an HTTP header: visible ASCII characters and single spaces."""
    if not text or any(character not in string.printable or character in "\r\n\t\x0b\x0c" for character in text):
        raise ValueError("is empty, or holds a control character or one outside ASCII")
    if text != text.strip():
        raise ValueError("begins or ends with a space")
    return text


def check_cookie(text: str) -> str:
    """A cookie's name: a token (RFC 6265, section 4.1.1)."""
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", text):
        raise ValueError("is not the name of a cookie")
    return text


def check_scope(text: str) -> str:
    """Scopes with spaces between them, `openid` among them (OpenID Connect Core 1.0, section 3.1.2.1)."""
    if "openid" not in text.split():
        raise ValueError("has no openid in it, and without it no identity is returned")
    return text


def check_text(text: str) -> str:
    """Any text but none."""
    if not text.strip():
        raise ValueError("is empty")
    return text


def check_template(text: str) -> str:
    """A text to type into a field. Only `{username}` and `{password}` are placeholders."""
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        raise UnshowableError("holds an unknown placeholder: only {username} and {password} stand for something")
    return text


def fill(template: str, username: str, password: str) -> str:
    """The text to type, in one pass: a password that looks like a placeholder stays as it is."""
    values = {"username": username, "password": password}
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def check_name_of_host(text: str) -> str:
    """A host in ASCII, without a port."""
    if not text.isascii() or parse_address(check_host(text)).port is not None:
        raise ValueError("is not the name of a host, in ASCII and without a port")
    return text


def check_ascii(text: str) -> str:
    """An e-mail address that every mail server takes."""
    if not text.isascii():
        raise UnshowableError("is an e-mail address that not every mail server takes: write it in ASCII")
    return text


def check_no_home(text: str) -> str:
    """A path that means the same whoever reads it. Raises ValueError."""
    if text.startswith("~"):
        raise ValueError("must not begin with ~: whose home that is depends on who reads it, so write the whole path")
    return text


def check_store(value: Any) -> Path | str:
    """A path, `sqlite:///path`, or `postgresql://[user@]host[:port]/database` without a password. Raises ValueError."""
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
        raise ValueError("has no port 0")
    return text


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_HOLIDAYS = ("57", "67", "68", "6AE", "971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "TF", "WF")
"""Parts of France with holidays of their own (ISO 3166-2:FR)."""


def parse_hours(value: Any) -> tuple[int, int]:
    """`09:30-18:00` -> minutes of the day, (570, 1080); the end may be 24:00. A pair is one already. Raises ValueError."""
    if isinstance(value, tuple) and len(value) == 2:
        return int(value[0]), int(value[1])
    if not isinstance(value, str) or not re.fullmatch(HOURS_PATTERN, value):
        raise ValueError("is not a span of hours: write it as 09:30-18:00")
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in value.split("-"))
    if start >= end:
        raise ValueError("ends before it begins")
    return start, end


def parse_days(value: Any) -> tuple[int, ...]:
    """`mon-fri` or `mon,wed,fri` -> days of the week, Monday 0. A tuple is one already. Raises ValueError."""
    if isinstance(value, tuple):
        return tuple(int(day) for day in value)
    found: set[int] = set()
    for part in str(value).lower().split(","):
        first, _, last = part.strip().partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError("is not a list of days: write it as mon-fri, or mon,tue,thu")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        if start > end:
            raise ValueError("has days that end before they begin")
        found.update(range(start, end + 1))
    return tuple(sorted(found))


def check_zone(text: str) -> str:
    """A time zone of the IANA database."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(text)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("is not a time zone of the IANA database, as Europe/Paris") from None
    return text


def check_holidays(text: str) -> str:
    """`FR` (metropolitan France), `FR-` and a part of it, or `none`."""
    if text not in ("none", "FR") and text.removeprefix("FR-") not in _HOLIDAYS:
        raise ValueError(f"is none of FR, none, {', '.join(f'FR-{part}' for part in _HOLIDAYS)}")
    return text


def check_mail(text: str) -> str:
    """An address as people have them: no quoted local part, no comment (RFC 5321, 4.1.2). Never shown."""
    local, at, domain = text.rpartition("@")
    if not (at and len(text) <= 254 and re.fullmatch(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]{1,64}", local) and _is_host(domain)):
        raise UnshowableError("is not an e-mail address")
    return text


def check_phone(text: str) -> str:
    """A telephone number: digits, spaces, dots, dashes, brackets, and a plus ahead. Never shown."""
    if not re.fullmatch(r"\+?[0-9 ().-]{2,30}", text):
        raise UnshowableError("is not a telephone number")
    return text
