"""The models of the configuration. `config/vigie.yml` is its commented manual.

YAML gives every value as a string (`probe.config.load` reads no types), and it gets its type here.
Durations are written `30s`, `1.5m`, `500ms`, `2h` and become integer microseconds.
Unknown keys are refused. The models check single values;
`probe.config.rules` and `probe.config.checks` check values together.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from probe.config import formats
from probe.config.base import (
    INLINE,
    NAMED,
    CaFile,
    CookieName,
    DatedSecretRef,
    Duration,
    FilePath,
    GoalPercent,
    HeaderName,
    HeaderValue,
    HostPort,
    IpMaybePort,
    IpPort,
    Issuer,
    Listen,
    Model,
    Name,
    Pattern,
    Percent,
    Proxy,
    Scope,
    SecretRef,
    Selector,
    StatePath,
    Status,
    Store,
    Template,
    Text,
    UidSource,
    Url,
    UrlPath,
    how_given,
)
from probe.config.heartbeat import Heartbeat
from probe.config.support import Api, Deactivation, MailIn, Person, Support
from probe.config.tickets import AnySystem, Links
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, Kind, Negative, Step
from probe.core.judgement.spec import Edge
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import ANNOUNCED
from probe.core.sla.availability import UnknownTime
from probe.core.times import DAY_US
from probe.texts.bilingual import Language


class ClientAuth(StrEnum):
    """How the SP authenticates at the token endpoint (OpenID Connect Core 1.0, section 9)."""

    SECRET_POST = "client_secret_post"
    SECRET_BASIC = "client_secret_basic"
    PRIVATE_KEY_JWT = "private_key_jwt"


class Pkce(StrEnum):
    """The use of PKCE. `auto` of an SP asks the profile; `auto` of both asks the hub's metadata."""

    AUTO = "auto"  # S256 when the hub's metadata offers it
    S256 = "S256"
    NONE = "none"


class Userinfo(StrEnum):
    """The form in which the identity must come (OpenID Connect Core 1.0, section 5.3.2)."""

    AUTO = "auto"  # whichever comes
    JSON = "json"
    SIGNED = "signed"
    ENCRYPTED = "encrypted"  # signed, then encrypted


class Algorithm(StrEnum):
    """JOSE signature algorithms (RFC 7518, section 3.1; RFC 9864).

    `none` is left out on purpose.
    """

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    HS256 = "HS256"
    HS384 = "HS384"
    HS512 = "HS512"
    ED25519 = "Ed25519"
    ED448 = "Ed448"
    EDDSA = "EdDSA"  # either of the two, by the key's curve (RFC 8037)


class CodeTable(StrEnum):
    """Built-in tables of a hub's error codes."""

    FRANCECONNECT = "franceconnect"


class PathName(StrEnum):
    """The endpoints that a profile's `paths` may name."""

    AUTHORIZATION = "authorization"
    TOKEN = "token"
    USERINFO = "userinfo"
    JWKS = "jwks"
    END_SESSION = "end_session"
    DISCOVERY = "discovery"


class Chooser(StrEnum):
    """How a citizen gets to a login: by choosing an IdP on a page, or at the hub's own host."""

    PAGE = "page"
    NONE = "none"


class Depth(StrEnum):
    """How far an IdP's journey goes: to the identity, or to the IdP's login page."""

    IDENTITY = "identity"
    LOGIN_PAGE = "login-page"


class HttpVersion(StrEnum):
    """The newest version of HTTP that is spoken, where the server speaks it."""

    TWO = "2"  # over TLS, as the handshake agrees (ALPN), like browsers
    ONE = "1.1"


class FamilyChoice(StrEnum):
    """What is asked of a host that has addresses of IPv4 and of IPv6."""

    SIDE_BY_SIDE = "side-by-side"  # the journey's way, and beside it whether the other family connects
    IN_TURN = "in-turn"  # the same, and the journey's way is by IPv4 and by IPv6 in turn
    TOGETHER = "together"  # the journey's way alone: that of browsers


NO_HEADER = "none"
"""As `request_id`: no header."""


class Network(Model):
    """The way to a target.

    `resolve` maps `host` or `host:port` to `address:port` or `address`, as curl's --resolve does.
    `request_id` names the header by which each request can be found in the host's own log; `none`
    sends none.
    """

    ca_file: CaFile | None = None
    http: HttpVersion = HttpVersion.TWO
    families: FamilyChoice = FamilyChoice.SIDE_BY_SIDE
    proxy: Proxy | None = None
    user_agent: HeaderValue | None = None
    request_id: HeaderName | None = None
    resolve: dict[HostPort, IpMaybePort] = Field(default_factory=dict)


class ServiceProvider(Model):
    """The synthetic SP."""

    client_id: Text
    client_auth: ClientAuth = ClientAuth.SECRET_POST
    client_secret: DatedSecretRef | None = None
    private_key: DatedSecretRef | None = None  # PEM or JWK, for private_key_jwt
    private_key_kid: str | None = None
    private_key_alg: Algorithm = Algorithm.ES256
    # PEM or JWK, for a signed-then-encrypted userinfo or id_token (FranceConnect+).
    decryption_key: DatedSecretRef | None = None
    redirect_uri: Url
    post_logout_redirect_uri: Url | None = None  # registered at the hub, for the logout
    scope: Scope = "openid"
    acr_values: str | None = None
    expected_acr: list[str] = Field(default_factory=list)  # empty: the acr_values asked for
    pkce: Pkce = Pkce.AUTO
    userinfo: Userinfo = Userinfo.AUTO
    id_token_alg: list[Algorithm] = Field(default_factory=lambda: [Algorithm.RS256, Algorithm.ES256, Algorithm.HS256], min_length=1)
    authorize_parameters: dict[str, str] = Field(default_factory=dict)
    code_lifetime: Duration = 30_000_000
    token_lifetime: Duration = 60_000_000
    clock_skew: Duration = 10_000_000  # tolerated on exp and iat
    token_leeway: Duration = 120_000_000  # after its end an access token may still be good


class Endpoints(Model):
    """The hub's endpoints.

    A missing one comes from the profile's paths, else from the hub's metadata.
    """

    authorization: Url | None = None
    token: Url | None = None
    userinfo: Url | None = None
    jwks: Url | None = None
    end_session: Url | None = None


class Press(Model):
    """One page of a recipe: how to recognise it, fill it, and press its button. Selectors are CSS.

    `form` selects the form. Its default is the form with the first field of `fill`,
    or with the button. Hidden fields are sent too. `fill` maps a field's name to a text in which
    `{username}` and `{password}` stand for the account's. A form that lacks one of them is not
    sent; `add` gives fields that a script of the page would add. `press` selects the submit button,
    whose name and value are sent; its default is the form's first submit button.
    A page that is `optional` is passed over when it does not appear.
    """

    page: Selector | None = None  # CSS selector that must match, else this is not that page
    form: Selector | None = None
    fill: dict[str, Template] = Field(default_factory=dict)
    add: dict[str, Template] = Field(default_factory=dict)
    press: Selector | None = None
    optional: bool = False

    def filled(self, username: str, password: str) -> dict[str, str]:
        """Return the fields to fill, with the account's values in place of the placeholders."""
        return {name: formats.fill(template, username, password) for name, template in self.fill.items()}

    def added(self, username: str, password: str) -> dict[str, str]:
        """Return the fields to add, with the account's values in place of the placeholders."""
        return {name: formats.fill(template, username, password) for name, template in self.add.items()}

    @property
    def types_account(self) -> bool:
        """Whether the account's name or password is typed on this page."""
        return any("{username}" in text or "{password}" in text for text in (*self.fill.values(), *self.add.values()))

    @property
    def types_password(self) -> bool:
        """Whether the account's password is typed on this page."""
        return any("{password}" in text for text in (*self.fill.values(), *self.add.values()))


class LoginRecipe(Model):
    """The way to log in at an IdP: one page or more."""

    pages: list[Press] = Field(min_length=1)
    refused: Selector | None = None  # CSS selector that shows that the credentials were refused
    error: Selector | None = None  # CSS selector that shows the IdP's own error page


class Account(Model):
    """The synthetic account at an IdP."""

    username: SecretRef
    password: DatedSecretRef
    budget: int | None = Field(default=None, ge=1, le=10_000_000)  # logins a day; absent: any number


class Direct(Model):
    """The journey that asks the IdP without the hub. `url` is its metadata or a health page."""

    url: Url
    expect_status: Status = 200
    contains: Text | None = None
    network: Network | None = None  # absent: the IdP's


class TrustedDevice(Model):
    """The one cookie kept between runs, as the real hub mails the account at every new device."""

    cookie: CookieName = "trustedDevice"
    file: StatePath | None = None  # kept across restarts, mode 0600; absent: in memory only


Recipe = Annotated[Annotated[str, Tag(NAMED)] | Annotated[LoginRecipe, Tag(INLINE)], Discriminator(how_given)]


class WindowGoal(Model):
    """The goal over one window, where it is another than the others'."""

    availability: GoalPercent | None = None
    coverage: Percent | None = None


class HubWindowGoal(WindowGoal):
    """The same, of a hub."""

    unknown: Percent | None = None


class IdpGoal(Model):
    """What the availability of an IdP must reach (`probe.core.sla.goal`)."""

    availability: GoalPercent = 99_900_000
    coverage: Percent = 90_000_000  # known time without which "met" is not said
    rolling: WindowGoal = WindowGoal()
    year: WindowGoal = WindowGoal()


class HubGoal(Model):
    """What the availability of a hub must reach (contract, section 3)."""

    availability: GoalPercent = 99_900_000
    coverage: Percent = 90_000_000
    unknown: Percent = 1_000_000  # unknown time beyond which an alert says so
    rolling: HubWindowGoal = HubWindowGoal()
    year: HubWindowGoal = HubWindowGoal()


class IdP(Model):
    """One identity provider behind the hub."""

    name: Name
    title: str | None = None
    tile: Text | None = None  # the uid under which the mire offers it; needed with a chooser
    depth: Depth = Depth.IDENTITY
    control: bool = False
    # Host or host:port the browser may be sent to.
    hosts: list[HostPort] = Field(default_factory=list)
    recipe: Recipe | None = None  # a name under `recipes:`, or inline; needed for depth identity
    account: Account | None = None
    persona: dict[str, Any] | None = None  # claims expected; null means "present, any value"
    # Since when the accounts have new subs that are right; absent: the first one is for ever.
    sub_since: date | None = None
    direct: Direct | None = None
    network: Network = Network()
    interval: Duration | None = None  # of its journey; absent: the hub's
    goal: IdpGoal = IdpGoal()
    # Who may speak for it with the support (docs/contract.md, 2.2.2).
    contacts: list[Person] = Field(default_factory=list)


class IdPDefaults(Model):
    """What the IdPs of a hub have, unless they say otherwise (`probe.config.inherit`)."""

    depth: Depth | None = None
    hosts: list[HostPort] = Field(default_factory=list)
    recipe: Recipe | None = None
    account: Account | None = None
    persona: dict[str, Any] | None = None
    sub_since: date | None = None
    network: Network = Network()
    interval: Duration | None = None
    goal: IdpGoal = IdpGoal()
    contacts: list[Person] = Field(default_factory=list)


class ClientIdP(Model):
    """An IdP at which another client than the main one logs in: one of the hub's, by its name.

    What is left out is as at the hub's IdP. The account is always that one's.
    """

    name: Name
    depth: Depth | None = None
    recipe: Recipe | None = None
    persona: dict[str, Any] | None = None
    interval: Duration | None = None


class Client(ServiceProvider):
    """Another client of the hub than `sp`, which the citizens' services use."""

    name: Name
    title: str | None = None
    interval: Duration | None = None  # of its mire; absent: the hub's
    idps: list[ClientIdP] = Field(default_factory=list)


class Intervals(Model):
    """The interval of each kind of journey."""

    mire: Duration = 30_000_000
    journey: Duration = 60_000_000
    direct: Duration = 60_000_000
    negative: Duration = 600_000_000
    negative_login: Duration = 21_600_000_000


class Deadlines(Model):
    """The total deadline of a journey, which is not one per read."""

    mire: Duration = 45_000_000
    journey: Duration = 45_000_000
    direct: Duration = 15_000_000
    negative: Duration = 45_000_000
    negative_login: Duration = 90_000_000  # without the time for which it waits


class ReadingC2(StrEnum):
    """When condition C2 holds: when all IdPs lose the identity, or any of them."""

    ALL = "all"
    ANY = "any"


class Thresholds(Model):
    """The numbers that decide when an outage is confirmed, and how vantages are counted."""

    failures: int = Field(default=2, ge=1, le=100)  # F: observations that confirm an outage
    successes: int = Field(default=2, ge=1, le=100)  # observations that end it
    # Where an outage ends: at the finish or the start of the first good observation.
    edge: Edge = Edge.FINISH
    vouches: int = Field(default=3, ge=2, le=100)  # intervals an observation vouches for, after its finish
    identity_not_returned: ReadingC2 = ReadingC2.ALL
    refused_credentials: int = Field(default=3, ge=1, le=100)
    # Percent: what more than this share of the reporting vantages sees, holds.
    quorum: int = Field(default=50, ge=0, le=99)
    min_vantages: int = Field(default=1, ge=1, le=100)  # fewer reporting: unknown
    # How long all vantages are turned away before that is the host's own doing.
    turned_away: Duration = 600_000_000


class MirePage(Model):
    """How the mire is recognised, and how its IdPs are read. Selectors are CSS.

    `tile` matches one element per IdP. `uid` says where its uid is: `attribute NAME` of the tile,
    or `field NAME` of a field inside it. `disabled` matches the tile, or an element inside it,
    when the tile is not selectable. `list` matches the element around the tiles:
    an element elsewhere on the page is no tile, and neither is one that `aside` matches.
    On a page without any such list this rule is not applied, since a list that was renamed is no
    outage. A choice posts the tile's form (or `form`) with its hidden fields,
    and the field `choice` with the uid when `choice` is given.
    """

    page: Selector
    tile: Selector
    list: Selector | None = None
    aside: Selector | None = None
    uid: UidSource
    disabled: Selector | None = None
    form: Selector | None = None
    choice: Text | None = None
    csrf: Selector | None = None  # CSS of a field that every selectable tile's form must hold


class ErrorPage(Model):
    page: Selector | None = None  # CSS selector of the hub's error page
    # CSS selector of the element whose text or attribute holds the code.
    code: Selector | None = None
    code_attribute: Text | None = None
    code_pattern: Pattern = r"\b(Y(?:04[0-9A-F]{5}|\d{6}))\b"
    # Codes that are no error (LemonLDAP::NG shows some on its normal pages).
    ignore_codes: list[str] = Field(default_factory=list)
    culprit: Selector | None = None  # CSS of a link whose query names the culprit IdP
    # CSS selector of the element whose text or attribute holds the hub's id of this one failure.
    id: Selector | None = None
    id_attribute: Text | None = None
    # What the id looks like, there and in `error_uri` and `error_description`; absent: no id.
    id_pattern: Pattern | None = None
    # CSS of the banner on the mire after an IdP sent an error.
    idp_error_banner: Selector | None = None


CodeClasses = dict[CodeClass, list[Pattern]]
"""Class of error codes -> regular expressions, each of which a whole code must match."""

Codes = Annotated[Annotated[CodeTable, Tag(NAMED)] | Annotated[CodeClasses, Tag(INLINE)], Discriminator(how_given)]


class PageProfile(Model):
    """What a hub's pages look like, so that a hub never seen is watched without code."""

    # authorization|token|userinfo|jwks|discovery -> path under the issuer.
    paths: dict[PathName, UrlPath] = Field(default_factory=dict)
    # step -> regular expression on the path of a hub hop after the IdP.
    steps: dict[Step, Pattern] = Field(default_factory=dict)
    # `none`: the hub logs citizens in itself, on its own host.
    chooser: Chooser = Chooser.PAGE
    mire: MirePage | None = None  # needed with a chooser
    error: ErrorPage = ErrorPage()
    # Pages to pass between the IdP and the SP, in any order.
    consent: list[Press] = Field(default_factory=list)
    # Pages to pass on the way of the logout, at the hub and at the IdP, in any order.
    logout: list[Press] = Field(default_factory=lambda: [Press(form="form")])
    # What the hub's error codes mean: name of a built-in table, or class -> patterns.
    codes: Codes | None = None
    pkce: Pkce = Pkce.AUTO  # what `pkce: auto` of an SP means at this hub
    # The ones this hub takes beside those that Vigie sets; absent: any.
    authorize_parameters: list[Text] | None = None
    nonce_required: bool = True
    discovery: bool = True
    issuer_in_callback: bool = False  # RFC 9207: the callback must carry `iss`
    # Levels of assurance (acr), the lowest first: one is asked for as a minimum.
    levels: list[Text] = Field(default_factory=list)
    # The claims that each scope promises.
    scopes: dict[str, list[Text]] = Field(default_factory=dict)
    # The claims by which the hub tells people apart: who has the same ones has the same `sub`.
    person: list[Text] = Field(default_factory=list)


Profile = Annotated[Annotated[str, Tag(NAMED)] | Annotated[PageProfile, Tag(INLINE)], Discriminator(how_given)]


class Changes(Model):
    """What is asked of changes of the hub (contract, 2.1)."""

    # The kinds that must be announced six months ahead (`probe.core.radar.change`).
    announced: list[ChangeKind] = Field(default_factory=lambda: sorted(ANNOUNCED))


class Hub(Model):
    """One hub, its IdPs and its synthetic SP."""

    name: Name
    title: str | None = None
    issuer: Issuer
    profile: Profile = "franceconnect"  # built-in name, a name under `profiles:`, or inline
    hosts: list[HostPort] = Field(default_factory=list)  # beside the endpoints' own
    endpoints: Endpoints = Endpoints()
    network: Network = Network()
    # node name -> address:port behind the load balancer.
    backends: dict[Name, IpPort] = Field(default_factory=dict)
    sp: ServiceProvider
    clients: list[Client] = Field(default_factory=list)  # beside the main one, which is `sp`
    defaults: IdPDefaults = IdPDefaults()
    idps: list[IdP] = Field(min_length=1)
    negative: list[Negative] = Field(default_factory=list)
    # The IdP at whose account they log in; absent: see `negative_account`.
    negative_idp: Name | None = None
    trusted_device: TrustedDevice | None = None
    intervals: Intervals = Intervals()
    deadlines: Deadlines = Deadlines()
    thresholds: Thresholds = Thresholds()
    goal: HubGoal = HubGoal()
    changes: Changes = Changes()

    @property
    def negative_account(self) -> IdP | None:
        """The IdP at which negative journeys log in: the named one, else the first control IdP of
        depth `identity`, else the first of that depth. None when there is none.
        """
        able = [idp for idp in self.idps if idp.depth is Depth.IDENTITY and self.negative_idp in (None, idp.name)]
        return next((idp for idp in able if idp.control), able[0] if able else None)

    def as_seen_by(self, client: Client) -> "Hub":
        """Return the hub as another client sees it: with it as the SP, and with its IdPs.

        One that is none of the hub's is left out: `probe.config.rules` refuses it.
        """
        own = {idp.name: idp for idp in self.idps}
        idps = [own[each.name].model_copy(update=_given(each)) for each in client.idps if each.name in own]
        intervals = self.intervals.model_copy(update={"mire": client.interval}) if client.interval else self.intervals
        return self.model_copy(update={"sp": client, "clients": [], "idps": idps, "intervals": intervals, "negative": [], "backends": {}})


def _given(idp: ClientIdP) -> dict[str, Any]:
    """Return the keys that an IdP has for a client of its own."""
    return {key: value for key in ("depth", "recipe", "persona", "interval") if (value := getattr(idp, key)) is not None}


class ControlTarget(Model):
    """A control target, which has nothing to do with the hub."""

    name: Name
    url: Url
    expect_status: Status | None = None  # absent: any HTTP answer
    network: Network = Network()


class Control(Model):
    """The control targets, which show whether the prober has a network."""

    targets: list[ControlTarget] = Field(default_factory=list)
    interval: Duration = 30_000_000
    deadline: Duration = 5_000_000


class Expiry(Model):
    """How long before its end a credential is told of."""

    soon: Duration = 14 * DAY_US
    very_soon: Duration = 3 * DAY_US


class Politeness(Model):
    """The limit for each host: at most `requests` in `period` (asyncio-throttle)."""

    requests: int = Field(default=20, ge=1, le=10_000)
    period: Duration = 1_000_000


class Config(Model):
    """The whole configuration."""

    vantage: Name = "local"
    vantage_network: Name | None = None  # absent: one of its own, of the vantage's name
    # How many probers share the store; each has its part of the accounts' budgets.
    vantages: int = Field(default=1, ge=1, le=100)
    language: Language = Language.FR
    listen: Listen = "127.0.0.1:9464"
    store: Store = Field(default=Path("vigie.db"), validate_default=True)
    store_password: SecretRef | None = None  # of a server; absent: libpq looks for one (PGPASSFILE)
    # This prober's own ledger, when the store is shared.
    spool: FilePath = Field(default=Path("vigie-spool.db"), validate_default=True)
    # Observations that wait for a shared store, at most.
    spool_limit: int = Field(default=1_000_000, ge=1_000, le=100_000_000)
    retention: Duration = 90 * 86_400_000_000
    # The longest wait, at the end of a watch, for the ledger to take the rest.
    drain: Duration = 45_000_000
    # How often to look whether this file, or a secret or certificate that it names, has changed;
    # absent: it is read again when asked only (SIGHUP, /-/reload).
    auto_reload: Duration | None = None
    # How the availability reads it; all readings are always shown.
    unknown_time: UnknownTime = UnknownTime.IGNORE
    user_agent: HeaderValue = "vigie"
    # The header that carries each request's own id, to hubs and IdPs; none: no such header.
    request_id: HeaderName = "X-Request-ID"
    politeness: Politeness = Politeness()
    expiry: Expiry = Expiry()
    control: Control = Control()
    recipes: dict[Name, LoginRecipe] = Field(default_factory=dict)
    profiles: dict[Name, PageProfile] = Field(default_factory=dict)
    support: Support = Support()
    deactivation: Deactivation = Deactivation()
    api: Api = Api()
    mail: MailIn = MailIn()
    tickets: list[AnySystem] = Field(default_factory=list)
    links: Links = Links()
    heartbeat: Heartbeat | None = None
    hubs: list[Hub] = Field(min_length=1)

    @property
    def timezone(self) -> str:
        """The zone in which people read times, and in which days begin."""
        return self.support.timezone

    def interval(self, hub: Hub, kind: Kind, idp: IdP | None = None, negative: str | None = None) -> int:
        """Return the interval at which `kind` is probed, in microseconds.

        `negative` is what a negative journey asks for.
        """
        if kind is Kind.CONTROL:
            return self.control.interval
        if kind in (Kind.IDENTITY, Kind.LOGIN_PAGE):
            return (idp.interval if idp else None) or hub.intervals.journey
        return _of_kind(hub.intervals, kind, negative)

    def deadline(self, hub: Hub, kind: Kind, negative: str | None = None) -> int:
        """Return the total deadline of one journey of `kind`, in microseconds."""
        if kind is Kind.CONTROL:
            return self.control.deadline
        if kind in (Kind.IDENTITY, Kind.LOGIN_PAGE):
            return hub.deadlines.journey
        return _of_kind(hub.deadlines, kind, negative)


def _of_kind(times: Intervals | Deadlines, kind: Kind, negative: str | None) -> int:
    if kind is Kind.NEGATIVE:
        return times.negative_login if negative in NEGATIVES_WITH_LOGIN else times.negative
    return {Kind.MIRE: times.mire, Kind.DIRECT: times.direct}[kind]
