"""One hub's state, and one visit to it."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulator.clients import RegisteredClient
from simulator.hub.errors import CSRF_BAD, CSRF_MISSING, CSRF_REUSED, OUT_OF_ORDER, REPLAYED, SESSION_LOST, STORE, UNMAPPED, FrontError
from simulator.hub.session import FOLLOWS, BrowserSession, HubStep, Interaction, SessionStore
from simulator.hub.upstream import Upstream
from simulator.jose import Keyring
from simulator.parties import HUB
from simulator.web import mac, same
from simulator.world import World

SESSION_COOKIE = "fc_session_id"
DEVICE_COOKIE = "trustedDevice"
DEVICE_AGE = 90 * 86_400


@dataclass(slots=True)
class Grant:
    """The rights behind a code, and then behind its access token."""

    client_id: str
    redirect_uri: str
    nonce: str
    scopes: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    claims: dict[str, Any]  # with `sub`
    version: int
    at: float = field(default_factory=time.monotonic)
    token: str = ""  # the access token given for the code
    token_at: float = 0.0
    spent: bool = False


class SimulatedHub:
    """Sessions, codes, tokens and keys, shared by the two flavours of the paths."""

    def __init__(self, world: World, upstream: Upstream) -> None:
        self.world = world
        self.upstream = upstream
        self.keys = Keyring("ES256", "RS256", "Ed25519")
        self.sessions = SessionStore(world.lifetimes)
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}
        # jti of a used client assertion -> when to forget it.
        self.assertions: dict[str, float] = {}
        self.cookie_key = secrets.token_bytes(32)

    def has(self, fault: str, path: str = "") -> bool:
        return self.world.board.has(HUB, fault, path)

    def forget_old(self) -> None:
        """Drop the codes and tokens that nobody can use any more."""
        at = time.monotonic()
        for held in (self.codes, self.tokens):
            for key in [key for key, grant in held.items() if at - grant.at > 600 + self.world.lifetimes.token]:
                del held[key]
        for jti in [jti for jti, until in self.assertions.items() if until < at]:
            del self.assertions[jti]


@dataclass(slots=True)
class Visit:
    """One front-channel request: hub, flavour, the browser's session, and the cookies to set.

    `cookies` holds (name, value, options); a value of None deletes the cookie.
    """

    hub: SimulatedHub
    request: Request
    version: int
    session: BrowserSession | None = None
    cookies: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        return f"/api/v{self.version}"

    @property
    def world(self) -> World:
        return self.hub.world

    # --- the session's cookie: `s:` id `.` signature

    def read_session(self) -> BrowserSession | None:
        """Return the session of the browser's cookie if it is signed and the session alive."""
        value = self.request.cookies.get(SESSION_COOKIE, "")
        session_id, _, signature = value.removeprefix("s:").partition(".")
        if not session_id or not same(signature, mac(self.hub.cookie_key, session_id)):
            return None
        return self.hub.sessions.get(session_id)

    def need_session(self, step: HubStep) -> BrowserSession:
        """Return the session with a journey at a step from which `step` may be taken.

        Raises FrontError: session or interaction lost Y190001, too early Y190004,
        already passed Y420001.
        """
        self.session = self.read_session()
        session = self.session
        if session is None or session.interaction is None:
            raise FrontError(SESSION_LOST)
        if time.monotonic() - session.interaction.started > self.world.lifetimes.interaction:
            raise FrontError(SESSION_LOST)
        uid = self.request.path_params.get("uid")
        if uid is not None and uid != session.interaction.uid:
            raise FrontError(SESSION_LOST)
        if session.step not in FOLLOWS[step]:
            raise FrontError(REPLAYED if session.step >= step else OUT_OF_ORDER)
        return session

    def spend_csrf(self, session: BrowserSession, given: str | None) -> None:
        """Use the form's token up. Raises FrontError with the Y47 codes."""
        if not given:
            raise FrontError(CSRF_MISSING)
        if given in session.spent_csrf:
            raise FrontError(CSRF_REUSED)
        if not session.csrf or not same(given, session.csrf):
            raise FrontError(CSRF_BAD)
        session.spent_csrf.add(given)
        session.csrf = ""

    # --- the journey and its SP

    @property
    def interaction(self) -> Interaction:
        """The current journey; only after `need_session`."""
        if self.session is None or self.session.interaction is None:
            raise FrontError(SESSION_LOST)
        return self.session.interaction

    @property
    def client(self) -> RegisteredClient:
        client = self.world.clients.get(self.interaction.client_id)
        if client is None:
            raise FrontError(UNMAPPED)
        return client

    # --- cookies

    def set_cookie(self, name: str, value: str, **options: Any) -> None:
        self.cookies.append((name, value, {"path": "/", "samesite": "lax", **options}))

    def set_signed(self, name: str, value: str, **options: Any) -> None:
        """Set a cookie and its `.sig` twin, as the OIDC library does."""
        self.set_cookie(name, value, **options)
        self.set_cookie(f"{name}.sig", mac(self.hub.cookie_key, f"{name}={value}"), **options)

    def read_signed(self, name: str) -> str:
        value = self.request.cookies.get(name, "")
        good = same(self.request.cookies.get(f"{name}.sig", ""), mac(self.hub.cookie_key, f"{name}={value}"))
        return value if value and good else ""

    def clear_cookie(self, name: str, **options: Any) -> None:
        self.cookies.append((name, None, {"path": "/", **options}))
        self.cookies.append((f"{name}.sig", None, {"path": "/", **options}))

    def finish(self, response: Response) -> Response:
        """Put the cookies on the answer; the session's goes on every hop."""
        session = self.session
        if session is not None and self.hub.sessions.get(session.id) is not None:
            value = f"s:{session.id}.{mac(self.hub.cookie_key, session.id)}"
            self.set_cookie(SESSION_COOKIE, value, max_age=int(self.world.lifetimes.session))
        for name, cookie, options in self.cookies:
            if cookie is None:
                response.delete_cookie(name, **options)
            else:
                response.set_cookie(name, cookie, httponly=True, secure=self.world.settings.tls, **options)
        return response


async def store_gate(visit: Visit, seconds: float = 9.4) -> None:
    """Fail after `seconds` when the session store is down. Raises FrontError."""
    if visit.hub.has("session_store_down", visit.request.url.path):
        await visit.world.pause(seconds)
        raise FrontError(STORE)
