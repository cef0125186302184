"""Parses URLs that may be asked: absolute http and https URLs, of a host that could exist."""

import re
from functools import lru_cache

import ada_url
import httpx

from probe.transport.failure import NotHttpError

# After IDNA: a name, or an address.
_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?")


@lru_cache(maxsize=64)  # one exchange asks for its URL five times
def parse(url: str) -> httpx.URL:
    """Parse a URL. Raises NotHttpError for one that cannot be asked."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise NotHttpError("not a URL") from error
    if parsed.scheme not in ("http", "https") or not _HOST.fullmatch(host(parsed)) or not 0 < port(parsed) < 65_536:
        raise NotHttpError("not a URL that can be asked")
    return parsed


def target(url: str) -> str:
    """Return path and query of a URL that `parse` takes, as browsers send them.

    httpx and libcurl write the digits after `%` in capitals, and drop an empty query.
    Raises NotHttpError for what browsers take for no URL.
    """
    try:
        address = ada_url.URL(url).href
    except ValueError as error:
        raise NotHttpError("not a URL") from error
    return "/" + address.partition("#")[0].partition("//")[2].partition("/")[2]


def host(url: httpx.URL) -> str:
    """Return the host as it is asked for: a name in ASCII (RFC 5890, A-labels), or an address."""
    return url.raw_host.decode("ascii")


def port(url: httpx.URL) -> int:
    """Return the URL's port, or its scheme's."""
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80


def authority(url: httpx.URL) -> str:
    """Return `host`, or `host:port` when the port is not the scheme's own.

    Configurations name hosts in this form.
    """
    return url.netloc.decode("ascii").lower()


@lru_cache(maxsize=64)
def place(url: str) -> tuple[str, str]:
    """Return the authority and the path of a URL; two empty strings when it is none."""
    try:
        parsed = parse(url)
    except NotHttpError:
        return "", ""
    return authority(parsed), parsed.path
