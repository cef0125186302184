"""The state that every party of one federation shares."""

import asyncio
import secrets
from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from simulator.clients import RegisteredClient, make_clients
from simulator.faults import FaultBoard
from simulator.parties import HUB, IDPS, OWN_LOGIN
from simulator.settings import Lifetimes, Settings


@dataclass(frozen=True, slots=True)
class IdpAccount:
    """The synthetic person's login at one IdP, random at each start."""

    username: str = field(default_factory=lambda: f"sonde-{secrets.token_hex(4)}", repr=False)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)


@dataclass(slots=True)
class Counters:
    """Counters for tests."""

    mails: int = 0  # new-device e-mails the hub would have sent (trap 2)
    events: dict[str, int] = field(default_factory=dict)  # the hub's business events by name

    def reset(self) -> None:
        self.mails = 0
        self.events.clear()

    def event(self, name: str) -> None:
        self.events[name] = self.events.get(name, 0) + 1


@dataclass(slots=True)
class LoggedRequest:
    """One line of a party's log: a request, and what the hub called its failure, if it failed.

    `request_id` is the header X-Request-ID, "" when none came. `error_id` and `code` are the hub's.
    """

    party: str
    method: str
    path: str
    request_id: str
    error_id: str = ""
    code: str = ""


class RequestLog:
    """The latest requests that reached the parties, oldest first."""

    MOST = 5_000

    def __init__(self) -> None:
        self.lines: deque[LoggedRequest] = deque(maxlen=self.MOST)

    def note(self, party: str, scope: MutableMapping[str, Any]) -> None:
        """Write the line of a request, and leave it in its ASGI scope for the hub's errors."""
        given = (value for name, value in scope["headers"] if name.lower() == b"x-request-id")
        line = LoggedRequest(party, scope["method"], scope["path"], next(given, b"").decode("latin-1"))
        self.lines.append(line)
        scope[LOGGED] = line

    def find(self, party: str = "", request_id: str = "", error_id: str = "") -> list[LoggedRequest]:
        """Return the lines of a party whose request id begins so, with this error id."""
        return [
            line
            for line in self.lines
            if party in ("", line.party) and line.request_id.startswith(request_id) and error_id in ("", line.error_id)
        ]


LOGGED = "simulator.logged"
"""The key, in the ASGI scope, of a request's line in the log."""


@dataclass(slots=True)
class World:
    """The shared state.

    `urls` maps a party to its base URL, without a trailing slash, once the ports are known.
    """

    settings: Settings
    lifetimes: Lifetimes
    board: FaultBoard = field(default_factory=FaultBoard)
    clients: dict[str, RegisteredClient] = field(default_factory=make_clients)
    accounts: dict[str, IdpAccount] = field(default_factory=lambda: {idp.name: IdpAccount() for idp in IDPS})
    hub_secrets: dict[str, str] = field(default_factory=lambda: {idp.name: secrets.token_hex(32) for idp in IDPS}, repr=False)
    urls: dict[str, str] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    log: RequestLog = field(default_factory=RequestLog)
    offered: frozenset[str] = frozenset()  # the IdPs whose tiles the mire has; empty: all

    def __post_init__(self) -> None:
        if self.settings.own_login:
            self.accounts[OWN_LOGIN] = IdpAccount()
        if self.settings.idps:
            self.offered = frozenset(self.settings.idps + self.settings.unwatched)

    async def pause(self, seconds: float) -> None:
        """Wait `seconds` of the real hub's time."""
        await asyncio.sleep(self.scaled(seconds))

    def clock_off(self, party: str) -> int:
        """Return by how many seconds a party's clock is ahead."""
        fault = self.board.find(party, "clock_off")
        return int(fault.number("seconds")) if fault else 0

    def scaled(self, seconds: float) -> float:
        return seconds * self.settings.time_scale

    def hub_base(self, version: int = 2) -> str:
        """Return the hub's prefix in one of its two flavours."""
        return f"{self.urls[HUB]}/api/v{version}"

    def hub_issuer(self, version: int = 2) -> str:
        """Return the issuer: in v2 the prefix; the legacy issuer has no path."""
        return self.hub_base(2) if version == 2 else self.urls[HUB]

    def hub_callbacks(self) -> tuple[str, ...]:
        """Return the addresses to which the IdPs may send the browser back."""
        return tuple(f"{self.hub_base(version)}/oidc-callback" for version in (1, 2))
