"""Everything a journey must know before it starts: configuration resolved, secrets read. Immutable, made by `plan`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from probe.config import resolve
from probe.config.models import Hub, IdP, LoginRecipe, PageProfile
from probe.core.judgement.attribution import Party
from probe.oidc.client_auth import Client
from probe.oidc.keys import KeySet

Entropy = Callable[[int], bytes]
"""`entropy(n)`: n random bytes (`secrets.token_bytes`), given from outside so that a journey can be told again."""


@dataclass(frozen=True, slots=True)
class Site:
    """One hub, and perhaps one of its IdPs, as a journey sees them.

    `hosts`: `host:port` -> party (`probe.config.resolve.hosts`), the only hosts that may be asked.
    `hidden`: every configured secret and persona value, for redaction.
    """

    hub: Hub
    profile: PageProfile
    hosts: Mapping[str, str]
    client: Client
    idp: IdP | None = None
    recipe: LoginRecipe | None = None
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    hidden: frozenset[str] = field(default=frozenset(), repr=False)

    def party(self, url: str) -> Party | None:
        """Whose host a URL goes to; None when the configuration names it nowhere."""
        found = resolve.party_of(url, self.hosts)
        if found is None:
            return None
        return {resolve.HUB: Party.HUB, resolve.SP: Party.SP}.get(found, Party.IDP)


@dataclass(slots=True)
class HubMemory:
    """What journeys at one hub remember for the next ones. Instants are UTC microseconds of the answer kept."""

    metadata: Mapping[str, Any] | None = None
    metadata_asked_us: int | None = None  # when the journey started that asked last, whether it was given them or not
    keys: KeySet | None = None
    keys_at_us: int = 0
    client_known_good: bool = False  # this hub has shown its mire to this client


class Memory:
    """One per process, owned by the prober. A hub's part is made when first asked for; forget it when its configuration changes."""

    __slots__ = ("_hubs",)

    def __init__(self) -> None:
        self._hubs: dict[str, HubMemory] = {}

    def of(self, hub: str) -> HubMemory:
        return self._hubs.setdefault(hub, HubMemory())

    def forget(self) -> None:
        """Drop everything: after a reload keys, metadata and client may be others."""
        self._hubs.clear()
