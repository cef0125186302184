"""The input of a journey, with configuration resolved and secrets read, and its memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from probe.config import resolve
from probe.config.models import Chooser, Hub, IdP, LoginRecipe, PageProfile
from probe.core.judgement.attribution import Party
from probe.core.judgement.hub_codes import NO_CODES, HubCodes
from probe.core.judgement.sighting import Aspect
from probe.oidc.client_auth import RelyingParty
from probe.oidc.keys import KeySet

Entropy = Callable[[int], bytes]
"""`entropy(n)` returns n random bytes (`secrets.token_bytes`).

It is given from outside, so that a journey can be repeated exactly.
"""


@dataclass(frozen=True, slots=True)
class JourneySite:
    """One hub, and perhaps one of its IdPs, for one journey. Immutable.

    `hosts` maps `host:port` to a party (`probe.config.resolve.hosts`): no other host may be asked.
    Without `may_log_in` the journey ends where the account would be typed (the login budget).
    `hidden` holds every configured secret and persona value, for redaction.
    """

    hub: Hub
    profile: PageProfile
    hosts: Mapping[str, str]
    client: RelyingParty
    codes: HubCodes = NO_CODES
    idp: IdP | None = None
    recipe: LoginRecipe | None = None
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    may_log_in: bool = True
    hidden: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def has_chooser(self) -> bool:
        """Whether citizens choose an IdP on a page of the hub; else the hub logs them in itself."""
        return self.profile.chooser is Chooser.PAGE

    def party(self, url: str) -> Party | None:
        """Return the party whose host the URL is on; None for a host that is not configured."""
        party = resolve.party_of(url, self.hosts)
        if party is None:
            return None
        return {resolve.HUB: Party.HUB, resolve.SP: Party.SP}.get(party, Party.IDP)


@dataclass(slots=True)
class HubCache:
    """What journeys at one hub keep for the next ones. Instants are UTC microseconds."""

    metadata: Mapping[str, Any] | None = None
    # Start of the journey that asked last, with or without success.
    metadata_asked_us: int | None = None
    keys: KeySet | None = None
    keys_at_us: int = 0  # of the answer that gave the keys
    client_known_good: bool = False  # this hub has shown its mire to this client
    # When metadata and keys were read last, or will count as read, for `probe.journeys.published`.
    published_us: dict[Aspect, int] = field(default_factory=dict)


class HubCaches(Protocol):
    """The memory of earlier journeys, by hub."""

    def of(self, hub: str) -> HubCache:
        """Return the entry of a hub. It is made at its first use."""


class Memory:
    """The memory of a process, one entry a hub, owned by the prober.

    An entry is made at its first use. Call `forget` when the configuration changes.
    """

    __slots__ = ("_hubs",)

    def __init__(self) -> None:
        self._hubs: dict[str, HubCache] = {}

    def of(self, hub: str) -> HubCache:
        """Return the hub's entry, made now if there is none."""
        return self._hubs.setdefault(hub, HubCache())

    def forget(self) -> None:
        """Drop everything: after a reload keys, metadata and client may be different."""
        self._hubs.clear()
