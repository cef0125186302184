"""One row of the table: a small piece of the web, what is done there, and what is compared.

A row is data. The same servers answer Vigie and Chromium, and each is asked for as if the other
did not exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

Headers = Sequence[tuple[str, str]]
Answers = bytes | Sequence[bytes]
"""One answer for every time, or one for each time in turn, the last for those that follow."""

START = "https://hub.test/"


@dataclass(frozen=True, slots=True)
class Doing:
    """What the citizen does on a page: fields by their names, then a button by its selector.

    Without a button the return key is pressed in the field that was filled last.
    """

    fill: Mapping[str, str] = field(default_factory=dict)
    press: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """`answers`: by "host/path", by "/path" for every host; else a plain page.

    `differs`: why Vigie does otherwise on purpose; empty: both must agree.
    """

    name: str
    kind: str
    answers: Mapping[str, Answers]
    doings: Sequence[Doing] = ()
    start: str = START
    differs: str = ""


ROWS: dict[str, Row] = {}
"""All of them by "kind/name", in the order of the modules that give them."""


def row(kind: str, name: str, answers: Mapping[str, Answers], *doings: Doing, start: str = START, differs: str = "") -> None:
    """Add a row. Raises ValueError when its name is taken."""
    name = f"{kind}/{name}"
    if name in ROWS:
        raise ValueError(f"two rows are called {name}")
    ROWS[name] = Row(name, kind, answers, doings, start, differs)


def press(selector: str, **fill: str) -> Doing:
    """Fill fields and press a button."""
    return Doing(fill, selector)


def enter(**fill: str) -> Doing:
    """Fill fields and press the return key."""
    return Doing(fill)


# --- answers, as bytes

_STATUSES = frozenset(HTTPStatus)


def raw(body: str | bytes = b"", status: int = 200, headers: Headers = ()) -> bytes:
    """An answer with a length and these headers, in this order, as they are written."""
    data = body.encode() if isinstance(body, str) else body
    phrase = HTTPStatus(status).phrase if status in _STATUSES else "Odd"
    lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def page(body: str = "", *headers: tuple[str, str], head: str = "", title: str = "Page", status: int = 200) -> bytes:
    """A page in UTF-8. What `head` has is within its `<head>`."""
    text = f"<!doctype html><html><head>{head}<title>{title}</title></head><body>{body}</body></html>"
    return raw(text, status, [("Content-Type", "text/html; charset=utf-8"), *headers])


def bare(*headers: tuple[str, str], status: int = 200, body: str | bytes = "<title>Here</title>", kind: str = "text/html") -> bytes:
    """A page as short as can be, whose encoding is not named."""
    return raw(body, status, [("Content-Type", kind), *headers])


def html(body: str, *, action: str = "/to", method: str = "post", more: str = "") -> bytes:
    """A page with one form and a button `#go`."""
    return page(f'<form action="{action}" method={method} {more}>{body}<button id=go>Go</button></form>')


def to(address: str, status: int = 302, *headers: tuple[str, str]) -> bytes:
    """An answer that sends elsewhere."""
    return raw(b"", status, [("Location", address), *headers])
