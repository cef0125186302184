"""Reads addresses as browsers do (WHATWG URL), where urllib and httpx read them by RFC 3986.

Backslashes, missing slashes, names that are not ASCII and numbers for hosts occur on real pages
and in real redirects, and every browser follows them.
"""

import re
from contextlib import suppress

import ada_url

LONGEST = 65_536  # characters of an address that is asked

_UNRESERVED = re.compile(r"%(2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])", re.IGNORECASE)


_MENDED = frozenset("@|#")
"""What `join` takes out of an address, or writes otherwise, is beside one of these."""


def join(base: str, target: str) -> str:
    """Return `target` seen from `base`, without fragment and credentials.

    The host is in ASCII, and a port that is the scheme's own is left out. The result is empty when
    the address cannot be understood or is absurdly long.
    """
    if len(target) > LONGEST:
        return ""
    try:
        href: str = ada_url.join_url(base, target)
        if _MENDED.isdisjoint(href):
            return href if len(href) <= LONGEST else ""
        address = ada_url.URL(href)
        if address.username or address.password:
            address.username = address.password = ""
    except ValueError:
        return ""
    if "|" in address.pathname:
        with suppress(ValueError):  # a path that is no path (`app:a|b`) stays as it is
            address.pathname = address.pathname.replace("|", "%7C")  # as Chromium, beyond the standard
    address.hash = ""
    return str(address.href) if len(address.href) <= LONGEST else ""


def with_query(address: str, query: str) -> str:
    """Return an address with another query, which may be empty and is there all the same."""
    return f"{address.partition('#')[0].partition('?')[0]}?{query}"


def canonical(address: str) -> tuple[str, str, str] | None:
    """Return scheme, host with port, and path; None for what is no absolute address.

    Two spellings of one place give the same: unreserved characters that were written with `%` are
    decoded (RFC 3986, section 6.2.2.2).
    """
    try:
        read = ada_url.URL(address)
    except ValueError:
        return None
    path = read.pathname
    if "%" in path:
        path = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), path)
    return read.protocol, read.host, path


def ascii_header(value: bytes) -> str:
    """Return a `Location` header as text: bytes that are not ASCII are written with `%`.

    Of one that is longer than any address is, the rest is left out.
    """
    kept = value[: LONGEST + 1]
    return kept.decode("ascii") if kept.isascii() else "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in kept)
