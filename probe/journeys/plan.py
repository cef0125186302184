"""Plans: everything about one journey that the configuration alone decides.

A plan holds the parties, the interval, the deadline and how the hosts are reached.
`plan` makes it once; `Plan.start` then makes any number of journeys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from probe.config import resolve
from probe.config.base import SecretRef
from probe.config.credentials import ends
from probe.config.identity_claims import account_settings, claims_asked, expected_levels, levels_named, person_values
from probe.config.keys import parse_private_key
from probe.config.models import Chooser, Client, Config, ControlTarget, Hub, IdP, LoginRecipe, Network, PageProfile
from probe.config.secrets import Secrets
from probe.config.setup_digests import control_digest, setup_digests
from probe.core.judgement.attribution import Party
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, Kind, Negative
from probe.core.judgement.own_setup import written
from probe.core.judgement.sighting import Aspect
from probe.core.judgement.subject import at_client
from probe.errors import VigieError
from probe.journeys.control import control
from probe.journeys.direct import direct, unreadable
from probe.journeys.exchange import Journey
from probe.journeys.guard import Start, guard
from probe.journeys.identity import identity
from probe.journeys.login_page import login_page
from probe.journeys.mire import mire
from probe.journeys.negative.code import code_twice
from probe.journeys.negative.idp import bogus_idp
from probe.journeys.negative.logout import session_after_logout
from probe.journeys.negative.request import bogus_client, foreign_redirect_uri, missing_state
from probe.journeys.negative.secret import wrong_secret
from probe.journeys.negative.token import expired_token
from probe.journeys.redact import Redactor
from probe.journeys.site import Entropy, HubCaches, JourneySite
from probe.oidc.client_auth import RelyingParty

T = TypeVar("T", Hub, IdP, ControlTarget, Client)


class UnknownTargetError(VigieError):
    """The configuration has no such hub, IdP, control target, backend or journey."""


_NEGATIVES: Mapping[Negative, Start] = {
    Negative.CLIENT: bogus_client,
    Negative.IDP: bogus_idp,
    Negative.REDIRECT_URI: foreign_redirect_uri,
    Negative.STATE: missing_state,
    Negative.SECRET: wrong_secret,
    Negative.CODE: code_twice,
    Negative.TOKEN: expired_token,
    Negative.LOGOUT: session_after_logout,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A journey that is run again and again. Durations are microseconds.

    `idp` becomes `Observation.idp`, `setup` `Observation.setup`, and `client` `Observation.client`:
    `hub` is the hub as that client sees it.
    """

    hub: Hub
    kind: Kind
    idp: str | None
    backend: str | None
    interval_us: int
    deadline_us: int
    site: JourneySite = field(repr=False)
    target: ControlTarget | None = None
    setup: str = ""
    client: str = ""

    @property
    def account(self) -> str | None:
        """The IdP of the journey, also of a negative one that logs in; else what `idp` is."""
        return self.site.idp.name if self.site.idp else self.idp

    @property
    def logs_in(self) -> bool:
        """Whether the journey logs in with the synthetic account."""
        return self.kind is Kind.IDENTITY or (self.kind is Kind.NEGATIVE and self.site.idp is not None)

    def redactor(self) -> Redactor:
        """Return what masks the values that no evidence may hold: the account's, the persona's."""
        return self.site.redactor()

    def network_for(self, host: str) -> Network:
        """Return how a host is reached.

        `host` is `host`, or `host:port` when the port is not the scheme's own.
        """
        if self.target is not None:
            return self.target.network
        parties = (self.site.party(f"{scheme}://{host}") for scheme in ("https", "http"))
        idp = self.site.idp
        if idp is None or next((party for party in parties if party), None) is not Party.IDP:
            return self.hub.network
        own = idp.direct.network if self.kind is Kind.DIRECT and idp.direct else None
        return idp.network if own is None else own

    @property
    def shows_outward_form(self) -> bool:
        """Whether the journey sees the hub as citizens do.

        What a single backend, a control target, another client than the main one or a hub that is
        asked for nonsense shows does not count.
        """
        return self.backend is None and not self.client and self.kind not in (Kind.CONTROL, Kind.NEGATIVE)

    def chain_of(self, host: str) -> Aspect | None:
        """Return whose certificates those of a host are; None for a host that is not configured.

        `host` is as for `network_for`.
        """
        party = self.site.party(f"https://{host}")
        return {Party.HUB: Aspect.CHAIN, Party.IDP: Aspect.IDP_CHAIN}.get(party) if party else None

    def without_login(self) -> "Plan":
        """Return the same journey, which ends where the account would be typed."""
        return replace(self, site=replace(self.site, may_log_in=False))

    def start(self, memory: HubCaches, entropy: Entropy, now_us: int) -> Journey:
        """Start a fresh run at `now_us` (UTC microseconds).

        `memory` holds what earlier journeys at the hub kept; this one reads it, and adds to it.
        """
        remembered = memory.of(at_client(self.hub.name, self.client))
        if self.target is not None:
            return control(self.target)
        if self.kind is Kind.DIRECT and self.site.idp and self.site.idp.direct:
            return guard(direct(self.site.idp.direct, self.site.redactor()), unreadable)
        if self.kind is Kind.NEGATIVE:
            journey = _NEGATIVES[Negative(self.idp or "")]
        else:
            journey = {Kind.IDENTITY: identity, Kind.LOGIN_PAGE: login_page}.get(self.kind, mire)
        return journey(self.site, remembered, entropy, now_us)


def plan(
    config: Config,
    secrets: Secrets,
    hub: Hub | str,
    kind: Kind,
    idp: IdP | str | None = None,
    backend: str | None = None,
    client: str = "",
) -> Plan:
    """Return the plan of one journey, by the client of this name; empty means the main one.

    For `control`, `idp` is the target's name; for `negative`, what the hub must refuse
    (`Negative`).

    Raises UnknownTargetError when the configuration lacks it,
    SecretError when a key cannot be read.
    """
    main = hub if isinstance(hub, Hub) else _named(config.hubs, hub, "hub")
    at = main.as_seen_by(_named(main.clients, client, "client")) if client else main
    if backend is not None and backend not in at.backends:
        raise UnknownTargetError(f"hub {at.name!r} has no backend {backend!r}")
    asked_idp = _asked_idp(at, kind, idp)
    name = asked_idp.name if asked_idp else idp if isinstance(idp, str) else None
    negative = None
    if kind is Kind.NEGATIVE:
        negative, asked_idp = _asked_negative(at, name)
    target = _named(config.control.targets, name or "", "control target") if kind is Kind.CONTROL else None
    parts = control_digest(target) if target else setup_digests(config, at, asked_idp, kind, _username(secrets, asked_idp))
    return Plan(
        hub=at,
        kind=kind,
        idp=name,
        backend=backend,
        interval_us=config.interval(at, kind, asked_idp, negative),
        deadline_us=config.deadline(at, kind, negative),
        site=_site(config, secrets, at, asked_idp),
        target=target,
        setup=written(parts),
        client=client,
    )


def _username(secrets: Secrets, idp: IdP | None) -> str:
    return secrets[idp.account.username] if idp and idp.account else ""


def _named(things: Sequence[T], name: str, kind: str) -> T:
    target = next((thing for thing in things if thing.name == name), None)
    if target is None:
        raise UnknownTargetError(f"there is no {kind} {name!r}: there is {', '.join(thing.name for thing in things) or 'none'}")
    return target


def _asked_idp(hub: Hub, kind: Kind, idp: IdP | str | None) -> IdP | None:
    if kind not in (Kind.IDENTITY, Kind.LOGIN_PAGE, Kind.DIRECT):
        return None
    asked_idp = idp if isinstance(idp, IdP) else _named(hub.idps, idp or "", "IdP")
    if kind is Kind.DIRECT and asked_idp.direct is None:
        raise UnknownTargetError(f"IdP {asked_idp.name!r} has no direct: in the configuration")
    return asked_idp


def _asked_negative(hub: Hub, name: str | None) -> tuple[Negative, IdP | None]:
    """Return what is to be refused, and the IdP at whose account the journey logs in, if any."""
    if name not in set(Negative):
        raise UnknownTargetError(f"hub {hub.name!r} has no negative journey {name!r}")
    negative = Negative(name)
    if negative not in NEGATIVES_WITH_LOGIN:
        return negative, None
    if hub.negative_account is None:
        raise UnknownTargetError(f"hub {hub.name!r} has no account with which the negative journey {name!r} could log in")
    return negative, hub.negative_account


def _site(config: Config, secrets: Secrets, hub: Hub, idp: IdP | None) -> JourneySite:
    account = idp.account if idp else None
    return JourneySite(
        hub=hub,
        profile=(profile := resolve.profile(config, hub)),
        codes=resolve.hub_codes(profile),
        hosts=resolve.hosts(config, hub, idp),
        client=_client(secrets, hub),
        idp=idp,
        recipe=_recipe(config, hub, profile, idp),
        username=_username(secrets, idp),
        password=secrets[account.password] if account else "",
        ends=ends(config, hub, idp, secrets.__getitem__),
        hidden=secrets.values() | secrets.personal() | secrets.words(),
        levels=levels_named(profile, hub),
        expected_levels=expected_levels(profile, hub),
        claims_asked=claims_asked(profile, hub, idp) if idp else (),
        account_settings=account_settings(hub, idp, _username(secrets, idp)) if idp else "",
        person_values=person_values(profile, hub, idp) if idp else "",
    )


def _recipe(config: Config, hub: Hub, profile: PageProfile, idp: IdP | None) -> LoginRecipe | None:
    """Return how to log in; for the mire of a hub without a chooser, how its login page looks."""
    owner = idp or (next(iter(hub.idps), None) if profile.chooser is Chooser.NONE else None)
    return resolve.recipe(config, owner) if owner else None


def _client(secrets: Secrets, hub: Hub) -> RelyingParty:
    sp = hub.sp
    return RelyingParty(
        client_id=sp.client_id,
        method=sp.client_auth,
        secret=_read(secrets, sp.client_secret),
        private_key=parse_private_key(secrets[sp.private_key]) if sp.private_key else None,
        private_key_kid=sp.private_key_kid,
        private_key_alg=str(sp.private_key_alg),
        decryption_key=parse_private_key(secrets[sp.decryption_key]) if sp.decryption_key else None,
    )


def _read(secrets: Secrets, ref: SecretRef | None) -> str | None:
    return secrets[ref] if ref else None
