"""Reads what kind of document an answer is (Fetch, "extract a MIME type"; MIME Sniffing, 7.1)."""

import re
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ESSENCE = re.compile(rf"\s*({_TOKEN}/{_TOKEN})(?:[\s;(]|$)")  # Chromium: what follows a blank or `(` is no part of it
_PIECES = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))+')
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_NAMELESS = frozenset({"", "unknown/unknown", "application/unknown"})
_STARTS = tuple(
    b"<" + name for name in b"!doctype html|script|html|!--|head|iframe|h1|div|font|table|a|style|title|b|body|br|p".split(b"|")
)
"""How a page begins, for Chromium, where its server does not name its kind."""
_LONGEST_START = 512  # bytes in which a page must begin
_LONGEST = 4_096  # characters of a header that are read


@dataclass(frozen=True, slots=True)
class MediaType:
    """`essence` is `type/subtype` in small letters, empty where none is named."""

    essence: str = ""
    charset: str = ""


def read(header: str) -> MediaType:
    """Read a `Content-Type` header, several joined by commas: the last that is one holds."""
    found = MediaType()
    for piece in _PIECES.findall(header[:_LONGEST]):
        named = _ESSENCE.match(piece)
        if named is None or named[1] == "*/*":
            continue
        essence, charset = named[1].lower(), _charset(piece)
        if not charset and essence == found.essence:
            charset = found.charset
        found = MediaType(essence, charset)
    return found


def is_page(header: str, body: bytes, *, sniffed: bool) -> bool:
    """Tell whether an answer is displayed as a page.

    `sniffed`: one whose kind is not named is known by how it begins.
    """
    essence = read(header).essence
    if essence in _PAGES or not sniffed or essence not in _NAMELESS:
        return essence in _PAGES
    return body[:_LONGEST_START].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\n\f\r").lower().startswith(_STARTS)


def _charset(piece: str) -> str:
    """Return the first `charset` parameter, whose name may be in any case; empty without one."""
    for parameter in piece.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.lstrip().lower() == "charset":  # a blank before the `=` makes it another name
            return value.strip().strip("\"'")
    return ""
