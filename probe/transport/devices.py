"""The trusted-device cookies: the only ones that outlive a journey, one per hub and IdP."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from probe.transport.cookies import Cookie
from probe.transport.failure import LocalError, is_local
from probe.transport.set_cookie import SameSite


class Devices:
    """The devices that hubs know, by hub and account.

    The hub mails the account at every new device, and trusts a device only while few identities
    share it (docs/hub.md, "The journey, hop by hop"). Each account therefore has a device of its
    own. They are kept in memory, and in a file of mode 0600 where one is configured.
    A file that cannot be read counts as empty; one that cannot be written raises OSError.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Cookie] = {}
        self._filed: dict[tuple[str, str], Cookie] = {}  # as the files hold them
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
        if cookie is None:
            self._known.pop((hub, account), None)
        else:
            self._known[hub, account] = cookie
        if file is not None and not _alike(self._filed.get((hub, account)), cookie):
            self._write(hub, file)

    def _read(self, hub: str, file: Path) -> None:
        """Read the file of a hub.

        Raises LocalError when this machine has run out of something: the devices are not lost then.
        """
        with suppress(ValueError, TypeError, AttributeError, KeyError):
            for account, state in json.loads(_text(file)).items():
                cookie = self._filed[hub, account] = _cookie(state)
                self._known.setdefault((hub, account), cookie)

    def _write(self, hub: str, file: Path) -> None:
        known = {key: cookie for key, cookie in self._known.items() if key[0] == hub}
        states = {account: _state(cookie) for (_, account), cookie in known.items()}
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
        self._filed = {key: cookie for key, cookie in self._filed.items() if key[0] != hub} | known


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        if is_local(error):
            raise LocalError(f"{file}: cannot be read now") from error
        return ""


_DAY = 86_400  # seconds


def _alike(before: Cookie | None, now: Cookie | None) -> bool:
    """Tell whether a file that holds the one may stay: nothing but its end moved, by hours."""
    if before is None or now is None:
        return before is now
    moved = abs((before.expires or 0) - (now.expires or 0))
    return moved < _DAY and _state(before) | {"expires": None} == _state(now) | {"expires": None}


def _state(cookie: Cookie) -> dict[str, Any]:
    return {name: getattr(cookie, name) for name in _KEPT} | {"same_site": cookie.same_site.value}


_KEPT = ("name", "value", "domain", "path", "host_only", "secure", "expires")


def _cookie(state: dict[str, Any]) -> Cookie:
    """Read a cookie of the file. Vigie 0.1 wrote `domain_specified` where `host_only` is now."""
    return Cookie(
        name=str(state["name"]),
        value=str(state["value"]),
        domain=str(state["domain"]).removeprefix("."),
        path=str(state["path"]),
        host_only=bool(state["host_only"]) if "host_only" in state else not state["domain_specified"],
        secure=bool(state["secure"]),
        expires=None if state["expires"] is None else int(state["expires"]),
        same_site=SameSite(state.get("same_site", SameSite.DEFAULT.value)),
    )
