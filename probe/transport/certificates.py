"""What the certificates of a connection say: libcurl gives the chain as the server sent it."""

import datetime as dt

import pycurl

from probe.core.times import microseconds


def expiry_us(handle: pycurl.Curl) -> int | None:
    """Return when the server's own certificate expires, in UTC microseconds (RFC 5280, 4.1.2.5).

    None without TLS, on a kept connection, and when the date cannot be read.
    """
    chain = handle.getinfo(pycurl.INFO_CERTINFO) or []
    return next((_instant_us(value) for name, value in (chain[0] if chain else ()) if name == "Expire date"), None)


def _instant_us(text: str) -> int | None:
    """Read `Nov 29 10:00:00 2026 GMT`."""
    try:
        return microseconds(dt.datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=dt.UTC))
    except ValueError:
        return None
