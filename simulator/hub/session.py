"""The hub's sessions: one cookie, one current journey, and the remains of a finished one (SSO)."""

import secrets
import time
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from simulator.settings import Lifetimes


class HubStep(IntEnum):
    """The hub's own steps, in the order of the journey (docs/hub.md, "The journey, hop by hop")."""

    NONE = 0
    AUTHORIZE = 1
    MIRE = 2
    REDIRECT = 3
    CALLBACK = 5
    VERIFY = 6
    CONSENT = 7
    LOGIN = 8
    RESUME = 9


FOLLOWS: dict[HubStep, frozenset[HubStep]] = {
    # A refresh, or the browser's back button at the IdP.
    HubStep.MIRE: frozenset({HubStep.AUTHORIZE, HubStep.MIRE, HubStep.REDIRECT}),
    # The single-use csrf token decides on a double submit.
    HubStep.REDIRECT: frozenset({HubStep.MIRE, HubStep.REDIRECT}),
    HubStep.CALLBACK: frozenset({HubStep.REDIRECT}),
    HubStep.VERIFY: frozenset({HubStep.CALLBACK}),
    HubStep.CONSENT: frozenset({HubStep.VERIFY, HubStep.CONSENT}),
    HubStep.LOGIN: frozenset({HubStep.CONSENT, HubStep.LOGIN}),
    HubStep.RESUME: frozenset({HubStep.LOGIN}),
}
"""The steps from which each step may be taken."""


@dataclass(slots=True)
class Interaction:
    """One accepted authorization request of an SP."""

    uid: str
    client_id: str
    version: int  # 1 or 2: which flavour of the paths
    redirect_uri: str
    state: str
    nonce: str
    scopes: tuple[str, ...]
    acr: str
    prompt: frozenset[str]
    idp_hint: str = ""
    started: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class IdpTrip:
    """What the hub remembers between the choice of an IdP and its callback."""

    name: str
    state: str
    nonce: str
    redirect_uri: str
    metadata: dict[str, Any]


@dataclass(slots=True)
class BrowserSession:
    """One browser's session.

    `identity` is what the SP will get; `idp` is set once an IdP was chosen.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(32))
    touched: float = field(default_factory=time.monotonic)
    step: HubStep = HubStep.NONE
    interaction: Interaction | None = None
    trip: IdpTrip | None = None
    idp: str = ""
    idp_identity: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    acr: str = ""
    amr: tuple[str, ...] = ()
    auth_time: int = 0
    sso: bool = False  # a journey was finished in this session
    suspicious: bool = False
    username: str = ""  # given on the first page of the hub's own login
    refused: bool = False  # the hub's own login was refused, which its page says next
    idp_error: str = ""  # the IdP that sent an error, shown as a banner on the mire
    csrf: str = ""
    spent_csrf: set[str] = field(default_factory=set)
    mailed: set[str] = field(default_factory=set)  # SPs for which the new-device e-mail went out
    id_token_idp: str = ""

    def new_csrf(self) -> str:
        """Return a fresh single-use token of 64 hex characters, and forget an unused one."""
        self.csrf = secrets.token_hex(32)
        return self.csrf


class SessionStore:
    """The sessions, in memory, by the id in their cookie. Their life is sliding."""

    def __init__(self, lifetimes: Lifetimes) -> None:
        self._lifetimes = lifetimes
        self._sessions: dict[str, BrowserSession] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, session_id: str) -> BrowserSession | None:
        """Return the session and renew its life; None when it is unknown or has expired."""
        session = self._sessions.get(session_id)
        if session is None:
            return None
        at = time.monotonic()
        if at - session.touched > self._lifetimes.session:
            del self._sessions[session_id]
            return None
        session.touched = at
        return session

    def start(self, before: BrowserSession | None) -> BrowserSession:
        """Return the session of a new authorization request, under a new id.

        The remains of a finished journey are kept.
        """
        self._forget_old()
        if before is not None and before.sso:
            session = self.duplicate(before)
            session.suspicious = False
            session.idp_error = ""
            return session
        if before is not None:
            self.drop(before)
        session = BrowserSession()
        self._sessions[session.id] = session
        return session

    def duplicate(self, session: BrowserSession) -> BrowserSession:
        """Return the same session under a new id. The old id is no longer valid."""
        copy = replace(session, id=secrets.token_hex(32), touched=time.monotonic())
        self.drop(session)
        self._sessions[copy.id] = copy
        return copy

    def drop(self, session: BrowserSession) -> None:
        self._sessions.pop(session.id, None)

    def clear(self) -> None:
        self._sessions.clear()

    def _forget_old(self) -> None:
        limit = time.monotonic() - self._lifetimes.session
        for session_id in [key for key, session in self._sessions.items() if session.touched < limit]:
            del self._sessions[session_id]
