"""Remembers which hosts want to be asked over TLS alone (HTTP Strict Transport Security, RFC 6797).

A browser that has heard it goes to such a host over TLS, whatever an address says, forms included.
A journey begins without any: what it hears holds until its end.
"""

import re
from urllib.parse import urlsplit

from probe.journeys.exchange import Answer

_AGE = re.compile(r'"?([0-9]{1,18})"?')
_MOST_DIRECTIVES = 20
_LONGEST_NAME = 254  # characters, with a dot at the end (RFC 1035, section 2.3.4)


class StrictHosts:
    """The hosts of which one journey has heard it."""

    def __init__(self) -> None:
        self._below: dict[str, bool] = {}  # by host: whether it holds for every host below it

    def noted(self, answer: Answer) -> Answer:
        """Take in what an answer says of its host, and return the answer."""
        header = answer.headers.get("strict-transport-security", "")
        host = _host(answer.url)
        if header and host and answer.url.startswith("https:") and (said := _read(header)) is not None:
            age, below = said
            if age:
                self._below[host] = below
            else:
                self._below.pop(host, None)
        return answer

    def secured(self, url: str) -> str:
        """Return the address that a browser asks in place of this one."""
        return over_tls(url) if url.startswith("http:") and self._wants_tls(_host(url)) else url

    def _wants_tls(self, host: str) -> bool:
        if host in self._below:
            return True
        labels = host.split(".")
        return any(self._below.get(".".join(labels[start:]), False) for start in range(1, len(labels)))


def over_tls(url: str) -> str:
    """Return an address of http as one of https; port 80 becomes the usual one."""
    start, slashes, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{start.replace('http', 'https', 1)}{slashes}{place.removesuffix(':80')}{slash}{path}"


def _host(url: str) -> str:
    """Return the name of a URL's host; nothing for one that is too long for a name, and for an
    address, of which the rule does not speak.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if len(host) > _LONGEST_NAME or ":" in host or host.rpartition(".")[2].isdigit() else host.rstrip(".")


def _read(header: str) -> tuple[int, bool] | None:
    """Return the seconds for which a header holds, and whether for the hosts below too.

    None where a browser ignores it: without an age, and where a directive stands twice.
    """
    found: dict[str, str] = {}
    for directive in header.partition(",")[0].split(";", _MOST_DIRECTIVES)[:_MOST_DIRECTIVES]:
        name, _, value = (part.strip() for part in directive.partition("="))
        if name.lower() in found:
            return None
        if name:
            found[name.lower()] = value
    age = _AGE.fullmatch(found.get("max-age", ""))
    return None if age is None else (int(age[1]), "includesubdomains" in found)
