"""Parses URLs that may be asked: absolute http and https URLs, of a host that could exist."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import ada_url

from probe.journeys.addresses import LONGEST
from probe.transport.failure import NotHttpError

# Without these, browsers find a host where RFC 3986 sees a path.
_ABSOLUTE = re.compile(r"https?://[^/\\]", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:\[([0-9a-f.:]+)\]|([A-Za-z0-9_.-]+))(?::([0-9]+))?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Url:
    """An URL that can be asked, as browsers write it (WHATWG URL): no fragment, no credentials.

    `host` is a name in ASCII (RFC 5890, A-labels), or an address without brackets. `authority` is
    `host`, or `host:port` when the port is not the scheme's own: configurations name hosts in this
    form. `target` is path and query.
    """

    scheme: str
    host: str
    port: int
    authority: str
    target: str

    @property
    def path(self) -> str:
        """The path, with `%` as it is written."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=64)  # one exchange asks for its URL several times
def parse(url: str) -> Url:
    """Parse a URL. Raises NotHttpError for one that cannot be asked."""
    try:
        address = ada_url.URL(url).href if len(url) <= LONGEST and _ABSOLUTE.match(url) else ""
    except ValueError as error:
        raise NotHttpError("not a URL") from error
    scheme, _, rest = address.partition("#")[0].partition("://")
    authority, _, target = rest.partition("/")
    authority = authority.rpartition("@")[2]
    found = _AUTHORITY.fullmatch(authority)
    port = int(found[3]) if found and found[3] else _PORTS.get(scheme, 0)
    if not found or not port:
        raise NotHttpError("not a URL that can be asked")
    return Url(scheme, found[1] or found[2], port, authority, f"/{target}")


@lru_cache(maxsize=64)
def place(url: str) -> tuple[str, str]:
    """Return the authority and the path of a URL; two empty strings when it is none."""
    try:
        parsed = parse(url)
    except NotHttpError:
        return "", ""
    return parsed.authority, unquote(parsed.path)
