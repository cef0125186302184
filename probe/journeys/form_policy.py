"""Tells whether a page's policy lets its forms go somewhere (CSP 3, `form-action`).

Browsers ask it for the form's own address and for each redirect after it. A hub whose page forbids
what the hub then does leaves every citizen where they are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

_HOST_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]+|\*))?(?P<path>/.*)?",
    re.IGNORECASE,
)
_MOST_SOURCES = 500  # of one list: no header holds more
_UPGRADE = "upgrade-insecure-requests"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class FormPolicy:
    """Where the forms of a page may go: each list of sources must allow it. `page`: its address.

    `nameless`: the page is in a sandbox that takes its origin away. `upgrades`: its forms go over
    TLS, whatever their addresses say (Upgrade Insecure Requests).
    """

    page: str
    lists: tuple[tuple[str, ...], ...] = ()
    nameless: bool = False
    upgrades: bool = False

    def allows(self, url: str, *, redirected: bool = False) -> bool:
        """Tell whether a form may go to an address; after a redirect its path is not looked at."""
        try:
            target, own = urlsplit(url), urlsplit(self.page)
            return all(any(_matches(source, target, own, redirected) for source in sources) for sources in self.lists)
        except ValueError:
            return True  # no address that could be asked: told elsewhere


def read(page: str, header: str, metas: Iterable[str] = ()) -> FormPolicy:
    """Read the policies of a page: the values of `Content-Security-Policy`, several by commas.

    `metas`: those of its `<meta>` elements, which put no page into a sandbox.
    """
    lists, nameless, policies = list[tuple[str, ...]](), False, ",".join((header, *metas))
    upgrades = any(_directive(policy, _UPGRADE) is not None for policy in policies.split(",")) if _UPGRADE in policies.lower() else False
    for policy in policies.split(","):
        sources = _directive(policy, "form-action")
        if sources is not None:
            lists.append(tuple(dict.fromkeys(sources[:_MOST_SOURCES])))
    for policy in header.split(","):
        allowed = _directive(policy, "sandbox")
        if allowed is not None:
            words = {word.lower() for word in allowed}
            nameless = nameless or "allow-same-origin" not in words
            lists += [] if "allow-forms" in words else [()]
    return FormPolicy(page, tuple(lists), nameless, upgrades)


def _directive(policy: str, name: str) -> list[str] | None:
    """Return the words of a policy's first directive of a name; None where there is none."""
    directives = (directive.split() for directive in policy.split(";"))
    return next((words[1:] for words in directives if words and words[0].lower() == name), None)


def _matches(source: str, target: SplitResult, own: SplitResult, redirected: bool) -> bool:
    if source == "*":
        return target.scheme in _PORTS or target.scheme == own.scheme
    if source.lower() == "'self'":
        return target.hostname == own.hostname and _same_port(target, own) and _scheme_fits(own.scheme, target.scheme)
    if source.endswith(":"):
        return _scheme_fits(source[:-1].lower(), target.scheme)
    found = _HOST_SOURCE.fullmatch(source)
    return found is not None and _host_matches(found, target, own, redirected)


def _host_matches(source: re.Match[str], target: SplitResult, own: SplitResult, redirected: bool) -> bool:
    name, host = source["host"].lower(), (target.hostname or "").lower()
    if name.startswith("*."):
        fits = host.endswith(name[1:])
    else:
        fits = name == "*" or name.strip("[]") == host
    return (
        fits
        and _scheme_fits((source["scheme"] or own.scheme).lower(), target.scheme)
        and _port_fits(source["port"], target)
        and (redirected or _path_fits(source["path"], target.path))
    )


def _scheme_fits(asked: str, scheme: str) -> bool:
    return asked == scheme or (asked, scheme) == ("http", "https")


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)


def _same_port(target: SplitResult, own: SplitResult) -> bool:
    return _port(target) == _port(own) or (_port(own), _port(target)) == (80, 443)


def _port_fits(asked: str | None, target: SplitResult) -> bool:
    if asked is None:
        return _port(target) == _PORTS.get(target.scheme)
    return asked == "*" or int(asked) == _port(target) or (asked, _port(target)) == ("80", 443)


def _path_fits(asked: str | None, path: str) -> bool:
    if not asked or asked == "/":
        return True
    return unquote(path).startswith(unquote(asked)) if asked.endswith("/") else unquote(path) == unquote(asked)
