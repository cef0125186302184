"""Looks at a hub for `vigie init`: its metadata, its mire, and where a tile leads.

It runs the watch's own journeys, as citizens' browsers go. No form of an identity provider is sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from probe.clock import SystemClock
from probe.config import profiles, resolve
from probe.config.models import Config, IdP, PageProfile
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason
from probe.journeys.chooser_guess import guess
from probe.journeys.hubpages import HubPage
from probe.journeys.login_forms import LoginForm, login_form
from probe.journeys.observed import JourneyView, observed, stopped_at_host, with_hosts
from probe.journeys.pages import Page
from probe.journeys.plan import plan
from probe.prober.run import Prober

GUESSED = "own"
"""What a profile is called that was guessed."""
_MOST_HOSTS = 8
_ANY_PAGE: Mapping[str, Any] = {"chooser": "none"}
_WITHOUT_PKCE: Mapping[str, Any] = {"chooser": "none", "pkce": "none"}
"""Some hubs offer PKCE in their metadata, and refuse it."""
_AT_THE_MIRE = frozenset({Reason.NO_IDP_SELECTABLE, Reason.TILES_GREYED})
_NOT_REACHED = frozenset({Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT})
_PROBED = {"name": "login", "tile": "login", "depth": "login-page"}
Profile = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GivenHub:
    """What a person says of the hub, before anything is known of it."""

    issuer: str
    client_id: str
    redirect_uri: str
    scope: str = "openid"
    acr: str = ""
    hub_hosts: tuple[str, ...] = ()
    network: Mapping[str, str] = field(default_factory=dict)

    def hub(self, profile: Profile, idps: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the hub as a configuration has it, without the client's secret."""
        sp = {"client_id": self.client_id, "redirect_uri": self.redirect_uri, "scope": self.scope}
        sp |= {"acr_values": self.acr} if self.acr else {}
        return {
            "name": "hub",
            "issuer": self.issuer,
            "profile": profile,
            "hosts": list(self.hub_hosts),
            "network": dict(self.network),
            "sp": sp,
            "idps": idps,
        }


@dataclass(frozen=True, slots=True)
class OfferedTile:
    """A tile of the mire: its uid, the name that a citizen reads, whether it can be chosen."""

    uid: str
    title: str
    selectable: bool
    listed: bool = True


@dataclass(frozen=True, slots=True)
class HubFindings:
    """What the hub showed. `profile` is None where nothing on its page was recognised.

    `told`: the last observation, which says why. `guessed`: the profile is a guess of ours.
    """

    told: Observation
    profile: Profile | None = None
    tiles: tuple[OfferedTile, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    form: LoginForm | None = None
    guessed: bool = False
    sent_to: str | None = None
    title: str = ""

    @property
    def logs_in_itself(self) -> bool:
        """Whether the hub has no chooser, and shows a login page of its own."""
        return isinstance(self.profile, Mapping) and self.profile.get("chooser") == "none"


@dataclass(frozen=True, slots=True)
class TileTarget:
    """Where a tile leads: the hosts on the way, the login form there, and how the journey ended."""

    told: Observation
    hosts: tuple[str, ...]
    form: LoginForm | None = None

    @property
    def arrived(self) -> bool:
        return self.told.outcome is Outcome.OK


class HubSurvey:
    """Looks at one hub. `folder`: where relative paths of settings start."""

    def __init__(self, asked: GivenHub, folder: Path) -> None:
        self._asked, self._folder = asked, folder

    async def look(self, chosen: str | None = None) -> HubFindings:
        """Open the mire by the profile of that name, or by those that fit the page that comes."""
        if chosen is not None:
            return await self._by(chosen)
        first = await self._by(_ANY_PAGE, plain=True)
        if first.profile is not None or first.told.reason in _NOT_REACHED or first.sent_to is not None:
            return first
        for name in profiles.names():  # some ask for other addresses, or refuse what others want
            found = await self._by(name)
            if found.profile is not None:
                return found
        found = await self._by(_WITHOUT_PKCE, plain=True)
        return first if found.profile is None else found

    async def _by(self, profile: Profile, *, plain: bool = False) -> HubFindings:
        """Open the mire by a profile. `plain`: any page will do, and is looked at by itself."""
        told, seen, config = await self._run(profile, dict(_PROBED), Kind.MIRE)
        bare = HubFindings(
            told, metadata=seen.metadata, sent_to=stopped_at_host(told.reason, seen), title=seen.page.title if seen.page else ""
        )
        if seen.page is None:
            return bare
        if plain:
            return await self._unknown(
                seen.page, bare, {key: profile[key] for key in ("pkce",) if isinstance(profile, Mapping) and key in profile}
            )
        read = HubPage(seen.page, resolve.profile(config, config.hubs[0]))
        if not read.is_mire or (told.outcome is not Outcome.OK and told.reason not in _AT_THE_MIRE):
            return bare
        return replace(bare, profile=profile, tiles=tuple(_tiles(read)))

    async def _unknown(self, page: Page, bare: HubFindings, kept: Mapping[str, Any]) -> HubFindings:
        """Read a page that came without a profile: by the built-in ones, else by a guess."""
        for name in profiles.names():
            if HubPage(page, profiles.built_in(name)).is_mire:
                return await self._by(name)
        guessed = guess(page) if page.answer.status < 500 and bare.told.outcome is Outcome.OK else None
        if guessed is None or self._is_error(page):
            return bare
        found = {**guessed, **kept}
        if found.get("chooser") == "none":
            return replace(bare, profile=found, form=login_form(page), guessed=True)
        read = HubPage(page, PageProfile.model_validate(found))
        return replace(bare, profile=found, tiles=tuple(_tiles(read)), guessed=True)

    def _is_error(self, page: Page) -> bool:
        return any(HubPage(page, profiles.built_in(name)).error is not None for name in profiles.names())

    async def go_to_login_page(self, profile: Profile, uid: str, *, further: bool) -> TileTarget:
        """Choose a tile, and go as far as the login page. `further`: the IdP itself may be asked.

        Else only the hub is asked, whose redirect names the first host.
        """
        hosts: list[str] = []
        while True:
            idp = {"name": "login", "tile": uid, "depth": "login-page", "hosts": hosts}
            told, seen, _ = await self._run(profile, idp, Kind.LOGIN_PAGE)
            host = stopped_at_host(told.reason, seen)
            if host is None or host in hosts:
                form = login_form(seen.page) if told.outcome is Outcome.OK and seen.page else None
                return TileTarget(told, tuple(hosts), form)
            hosts = [*hosts, host]
            if not further or len(hosts) > _MOST_HOSTS:
                return TileTarget(told, tuple(hosts))

    async def _run(self, profile: Profile, idp: dict[str, Any], kind: Kind) -> tuple[Observation, JourneyView, Config]:
        config = Config.model_validate({"hubs": [self._asked.hub(profile, [idp])]}, context={"folder": self._folder})
        hub = config.hubs[0]
        one: IdP | None = hub.idps[0] if kind is Kind.LOGIN_PAGE else None
        planned = observed(plan(config, Secrets.read(config), hub, kind, with_hosts(one, []) if one else None))
        told = await Prober(config, SystemClock()).run(planned, on_record=False)
        return told, planned.seen, config


def _tiles(read: HubPage) -> Iterator[OfferedTile]:
    for choice in read.choices:
        yield OfferedTile(choice.uid, read.title_of(choice), choice.selectable, choice.listed)
