"""The input of a journey, with configuration resolved and secrets read, and its memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from probe.config import resolve
from probe.config.models import Chooser, Hub, IdP, LoginRecipe, PageProfile
from probe.core.credentials import CredentialKind
from probe.core.judgement.attribution import Party
from probe.core.judgement.hub_codes import NO_CODES, HubCodes
from probe.core.judgement.sighting import Aspect
from probe.journeys.redact import Redactor
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
    `ends` has the end of each credential whose end is known (UTC microseconds).
    `hidden` holds every configured secret and persona value, for redaction.
    `levels` are the levels of assurance that the configuration names, `expected_levels` those that
    an id_token may say (none: any). `claims_asked`, `account_settings` and `person_values` are
    those of `probe.config.identity_claims`.
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
    ends: Mapping[CredentialKind, int] = field(default_factory=dict)
    hidden: frozenset[str] = field(default=frozenset(), repr=False)
    levels: tuple[str, ...] = ()
    expected_levels: tuple[str, ...] = ()
    claims_asked: tuple[str, ...] = ()
    account_settings: str = field(default="", repr=False)
    person_values: str = field(default="", repr=False)
    _redactor: Redactor = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_redactor", Redactor(self.hidden))

    def redactor(self) -> Redactor:
        """Return a redactor that masks what is hidden. A journey teaches it more."""
        return self._redactor.copy()

    @property
    def has_chooser(self) -> bool:
        """Whether citizens choose an IdP on a page of the hub; else the hub logs them in itself."""
        return self.profile.chooser is Chooser.PAGE

    def party(self, url: str) -> Party | None:
        """Return the party whose host the URL is on; None for a host that is not configured."""
        party = resolve.party_of(url, self.hosts)
        if party is None:
            return None
        return _PARTIES.get(party, Party.IDP)


_PARTIES = {resolve.HUB: Party.HUB, resolve.SP: Party.SP}


@dataclass(slots=True)
class HubCache:
    """What journeys at one hub keep for the next ones. Instants are UTC microseconds.

    `salt` keys the digests of accounts; empty: none are made.
    """

    metadata: Mapping[str, Any] | None = None
    # Start of the journey that asked last, with or without success.
    metadata_asked_us: int | None = None
    keys: KeySet | None = None
    keys_at_us: int = 0  # of the answer that gave the keys
    client_known_good: bool = False  # this hub has shown its mire to this client
    # When metadata and keys were read last, or will count as read, for `probe.journeys.published`.
    published_us: dict[Aspect, int] = field(default_factory=dict)
    salt: bytes = field(default=b"", repr=False)


class HubCaches(Protocol):
    """The memory of earlier journeys, by hub; by `at_client(hub, client)` of another client."""

    def of(self, hub: str) -> HubCache:
        """Return the entry of a hub. It is made at its first use."""


class Memory:
    """The memory of a process, one entry a hub, owned by the prober.

    An entry is made at its first use. Call `forget` when the configuration changes. `salt` gives
    the ledger's salt; empty as long as there is none.
    """

    __slots__ = ("_hubs", "salt")

    def __init__(self) -> None:
        self._hubs: dict[str, HubCache] = {}
        self.salt: Callable[[], bytes] = bytes

    def of(self, hub: str) -> HubCache:
        """Return the hub's entry, made now if there is none."""
        cache = self._hubs.setdefault(hub, HubCache())
        cache.salt = self.salt()
        return cache

    def forget(self) -> None:
        """Drop everything: after a reload keys, metadata and client may be different."""
        self._hubs.clear()
