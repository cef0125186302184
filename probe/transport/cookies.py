"""A cookie jar: one a journey, like a browser's private window (RFC 6265bis, section 5).

It is our own because no library for Python knows `SameSite`, the prefixes and the rules of today.
Where browsers differ, it does as Chromium does: a cookie without `SameSite` that is younger than
two minutes goes with a POST from another site, and this machine counts as secure without TLS.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from probe.core.times import SECOND_US
from probe.transport.resolve import is_address
from probe.transport.set_cookie import SameSite, SetCookie, read
from probe.transport.sites import is_local, is_public_suffix, registrable, site
from probe.transport.urls import Url, parse

COOKIES_OF_A_SITE = 180  # as many as Chromium keeps
_CLEARS = re.compile(rb'"(?:cookies|\*)"')  # of Clear-Site-Data
_YOUNG = 120  # seconds: Chromium's "Lax-allowing-unsafe"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that is kept. Instants are seconds since 1970 (UTC).

    A `host_only` cookie goes to its host alone, another one to the hosts below `domain` too.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    path: str = "/"
    host_only: bool = True
    secure: bool = False
    expires: int | None = None
    same_site: SameSite = SameSite.DEFAULT
    created: int = 0

    def covers(self, host: str) -> bool:
        """Tell whether it belongs to a host."""
        return host == self.domain or (not self.host_only and _domain_match(host, self.domain))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a request goes, as far as cookies ask."""

    host: str
    path: str
    secure: bool

    @classmethod
    def of(cls, url: Url) -> "_Place":
        return cls(url.host, url.path, url.scheme == "https" or is_local(url.host))


class Jar:
    """The cookies of one journey."""

    def __init__(self, cookies: Iterable[Cookie] = ()) -> None:
        self._cookies: dict[tuple[str, str, str, bool], Cookie] = {}
        for cookie in cookies:
            self._store(cookie)

    def header(self, url: Url, now_us: int, *, method: str = "GET", sent_by: str | None = None) -> str:
        """Return the Cookie header of a request, in Latin-1; "" where no cookie goes with it.

        `now_us`: microseconds since 1970 (UTC).
        `sent_by`: the address of the page that made the browser ask; None for no page.
        """
        where, now = _Place.of(url), now_us // SECOND_US
        self._forget_expired(now)
        sent = [one for one in self._cookies.values() if _goes_to(one, where)]
        if sent and sent_by is not None and site(parse(sent_by)) != site(url):
            sent = [one for one in sent if not _withheld(one, method, now)]
        sent.sort(key=lambda one: (-len(one.path), one.created))
        return "; ".join(f"{one.name}={one.value}" if one.name else one.value for one in sent)

    def take(self, url: Url, headers: Sequence[bytes], now_us: int) -> None:
        """Keep the cookies that an answer sets (values of Set-Cookie) and a browser accepts.

        `now_us`: microseconds since 1970 (UTC).
        """
        if not headers:
            return
        where, now = _Place.of(url), now_us // SECOND_US
        for header in headers[-COOKIES_OF_A_SITE:]:  # more of them would only push each other out
            if written := read(header.decode("latin-1"), now):
                self._set(written, where, now)
        self._forget_expired(now)

    def clear(self, url: Url, headers: Sequence[bytes]) -> None:
        """Drop the cookies of a whole site where an answer over TLS says so.

        `headers` are its values of Clear-Site-Data. Those that it set itself are dropped too.
        """
        where = _Place.of(url)
        if where.secure and any(_CLEARS.search(header) for header in headers):
            name = registrable(where.host)
            self._cookies = {key: one for key, one in self._cookies.items() if registrable(one.domain) != name}

    def find(self, name: str, host: str) -> Cookie | None:
        """Return the cookie `name` that `host` set, for itself or for its domain."""
        return next((one for one in self._cookies.values() if one.name == name and one.covers(host)), None)

    def _set(self, written: SetCookie, where: _Place, now: int) -> None:
        """Store a cookie (section 5.7), or drop one that may not be set here."""
        cookie = _accepted(written, where, now)
        if cookie is None or (not cookie.secure and not where.secure and self._hides_secure(cookie)):
            return
        before = self._cookies.get(_key(cookie))
        known = before is not None and before.value == cookie.value and before.created != cookie.created
        self._store(replace(cookie, created=before.created) if before and known else cookie)

    def _store(self, cookie: Cookie) -> None:
        self._cookies[_key(cookie)] = cookie
        if len(self._cookies) > COOKIES_OF_A_SITE:
            name = registrable(cookie.domain)
            of_site = [key for key, one in self._cookies.items() if registrable(one.domain) == name]
            for key in of_site[: max(0, len(of_site) - COOKIES_OF_A_SITE)]:
                del self._cookies[key]  # the oldest

    def _hides_secure(self, cookie: Cookie) -> bool:
        """Tell whether it would stand in the place of a secure one (section 5.7, step 16)."""
        return any(
            one.secure
            and one.name == cookie.name
            and (_domain_match(one.domain, cookie.domain) or _domain_match(cookie.domain, one.domain))
            and _path_match(cookie.path, one.path)
            for one in self._cookies.values()
        )

    def _forget_expired(self, now: int) -> None:
        for key in [key for key, one in self._cookies.items() if one.expires is not None and one.expires <= now]:
            del self._cookies[key]


def _key(cookie: Cookie) -> tuple[str, str, str, bool]:
    return cookie.name, cookie.domain, cookie.path, cookie.host_only


def _accepted(written: SetCookie, where: _Place, now: int) -> Cookie | None:
    """Return the cookie as it is kept; None for one that this address may not set."""
    host = where.host
    domain = written.domain
    if domain and is_public_suffix(domain):
        if domain != host:
            return None
        domain = ""
    if domain and not _domain_match(host, domain):
        return None
    path = written.path or _default_path(where.path)
    if written.secure and not where.secure:
        return None
    if (written.same_site is SameSite.NONE or written.partitioned) and not written.secure:
        return None
    if not _prefix_holds(written):
        return None
    return Cookie(
        name=written.name,
        value=written.value,
        domain=domain or host,
        path=path,
        host_only=not domain,
        secure=written.secure,
        expires=written.expires,
        same_site=written.same_site,
        created=now,
    )


def _prefix_holds(written: SetCookie) -> bool:
    """Tell whether the cookie keeps what its name promises (section 4.1.3).

    `__Http-` promises that no script made it. A cookie without a name is refused when its value
    could be taken for such a name.
    """
    name = (written.name or written.value).lower()
    if not name.startswith(("__secure-", "__host-", "__http-")):
        return True
    if not written.name or not written.secure:
        return False
    if name.startswith(("__http-", "__host-http-")) and not written.http_only:
        return False
    return not name.startswith("__host-") or (not written.domain and written.path == "/")


def _goes_to(cookie: Cookie, where: _Place) -> bool:
    return cookie.covers(where.host) and _path_match(where.path, cookie.path) and (not cookie.secure or where.secure)


def _withheld(cookie: Cookie, method: str, now: int) -> bool:
    """Tell whether it stays behind when another site makes the browser open a page."""
    match cookie.same_site:
        case SameSite.NONE:
            return False
        case SameSite.STRICT:
            return True
        case SameSite.LAX:
            return method not in _SAFE
    return method not in _SAFE and now - cookie.created > _YOUNG


def _domain_match(host: str, domain: str) -> bool:
    """See RFC 6265bis, section 5.1.3. An address matches itself only."""
    return host == domain or (host.endswith(f".{domain}") and not is_address(host))


def _path_match(path: str, of_cookie: str) -> bool:
    """See RFC 6265bis, section 5.1.4."""
    return path == of_cookie or (path.startswith(of_cookie) and (of_cookie.endswith("/") or path[len(of_cookie)] == "/"))


def _default_path(path: str) -> str:
    """See RFC 6265bis, section 5.1.4."""
    return path[: path.rfind("/")] or "/"
