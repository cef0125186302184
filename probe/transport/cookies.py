"""Cookie jars: one a journey, like a browser's private window. No party gets another's cookies.

Domain, path, secure and expiry are the standard library's, which follows RFC 6265 in all that
matters here. It does not know the public suffixes, and would let one ministry set a cookie for
all of `gouv.fr`: the French suffixes are listed below.
"""

import json
import os
import tempfile
import warnings
from collections.abc import Iterable
from contextlib import suppress
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.request import Request as UrllibRequest

import httpx

from probe.transport.failure import LocalError, is_local

_PUBLIC_SUFFIXES = frozenset(
    {"gouv.fr", "asso.fr", "com.fr", "nom.fr", "prd.fr", "tm.fr", "avoues.fr", "cci.fr", "greta.fr", "huissier-justice.fr"}
)


class _Policy(DefaultCookiePolicy):
    def __init__(self) -> None:
        super().__init__(strict_domain=True)

    def set_ok_domain(self, cookie: Cookie, request: UrllibRequest) -> bool:
        if cookie.domain_specified and cookie.domain.lstrip(".").lower() in _PUBLIC_SUFFIXES:
            return False
        return bool(super().set_ok_domain(cookie, request))


class Jar:
    """The cookies of one journey."""

    def __init__(self, cookies: Iterable[Cookie] = ()) -> None:
        self._jar = CookieJar(_Policy())
        for cookie in cookies:
            self._jar.set_cookie(cookie)
        self._cookies = httpx.Cookies(self._jar)

    def put_into(self, request: httpx.Request) -> None:
        """Add the Cookie header for the request's URL."""
        # A cookie may hold more than ASCII, and goes back as it came.
        request.headers.encoding = "utf-8"
        self._cookies.set_cookie_header(request)

    def take_from(self, response: httpx.Response) -> None:
        """Keep the cookies that the answer sets and the policy accepts."""
        if "set-cookie" not in response.headers:
            return
        # No browser reads it, and the standard library does so slowly.
        response.headers.pop("set-cookie2", None)
        with warnings.catch_warnings():
            # The standard library prints a malformed cookie's traceback, values included.
            warnings.simplefilter("ignore")
            self._cookies.extract_cookies(response)

    def find(self, name: str, host: str) -> Cookie | None:
        """Return the cookie `name` that `host` set, for itself or for its domain."""
        for cookie in self._jar:
            domain = cookie.domain.lstrip(".")
            if cookie.name == name and (host == domain or (cookie.domain_initial_dot and host.endswith(f".{domain}"))):
                return cookie
        return None


_KEPT = ("name", "value", "domain", "path", "secure", "expires", "domain_specified", "domain_initial_dot")


class Devices:
    """The trusted-device cookies: the only ones that outlive a journey, one per hub and IdP.

    The hub mails the account at every new device, and trusts a device only while few identities
    share it (docs/hub.md, "The journey, hop by hop"). Each account therefore has a device of its
    own. They are kept in memory, and in a file of mode 0600 where one is configured.
    A file that cannot be read counts as empty; one that cannot be written raises OSError.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Cookie] = {}
        self._loaded: set[tuple[str, Path]] = set()

    def load(self, hub: str, account: str, file: Path | None) -> Cookie | None:
        """Return the cookie of an account at a hub, None when there is none yet.

        Raises LocalError when this machine has run out of something.
        """
        if file is not None and (hub, file) not in self._loaded:
            self._read(hub, file)
            self._loaded.add((hub, file))
        return self._known.get((hub, account))

    def save(self, hub: str, account: str, cookie: Cookie | None, file: Path | None) -> None:
        """Keep the cookie that the journey ended with; None when the hub withdrew it."""
        before = self._known.get((hub, account))
        if cookie is None:
            self._known.pop((hub, account), None)
        else:
            self._known[hub, account] = cookie
        if file is not None and _state(before) != _state(cookie):
            self._write(hub, file)

    def _read(self, hub: str, file: Path) -> None:
        """Read the file of a hub.

        Raises LocalError when this machine has run out of something: the devices are not lost then.
        """
        with suppress(ValueError, TypeError, AttributeError, KeyError):
            for account, state in json.loads(_text(file)).items():
                self._known.setdefault((hub, account), _cookie(state))

    def _write(self, hub: str, file: Path) -> None:
        states = {account: _state(cookie) for (of, account), cookie in self._known.items() if of == hub}
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(states, stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        if is_local(error):
            raise LocalError(f"{file}: cannot be read now") from error
        return ""


def _state(cookie: Cookie | None) -> dict[str, Any] | None:
    return None if cookie is None else {name: getattr(cookie, name) for name in _KEPT}


def _cookie(state: dict[str, Any]) -> Cookie:
    return Cookie(
        version=0,
        name=str(state["name"]),
        value=str(state["value"]),
        port=None,
        port_specified=False,
        domain=str(state["domain"]),
        domain_specified=bool(state["domain_specified"]),
        domain_initial_dot=bool(state["domain_initial_dot"]),
        path=str(state["path"]),
        path_specified=True,
        secure=bool(state["secure"]),
        expires=None if state["expires"] is None else int(state["expires"]),
        discard=False,
        comment=None,
        comment_url=None,
        rest={},
    )
