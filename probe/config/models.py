"""The configuration as the program sees it. The commented manual is `config/vigie.yml`.

Every value arrives as a string from YAML (`probe.config.load` reads with `BaseLoader`) and gets its type here.
Durations are written `30s`, `1.5m`, `500ms`, `2h` and become integer microseconds. Unknown keys are refused.
"""

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from probe.core.observation import Kind

_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


def parse_duration(value: Any) -> int:
    """`30s` -> 30_000_000 microseconds. Raises ValueError, with the value, on anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d)\s*", str(value))
    if not found:
        raise ValueError(f"{value!r} is not a duration: write a number and a unit, as in 500ms, 30s, 5m, 2h, 90d")
    try:
        micros = Decimal(found[1]) * _UNITS[found[2]]
    except InvalidOperation as error:  # pragma: no cover - the pattern admits only decimals
        raise ValueError(f"{value!r} is not a duration") from error
    if micros != int(micros):
        raise ValueError(f"{value!r} is finer than a microsecond")
    return int(micros)


Duration = Annotated[int, BeforeValidator(parse_duration)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SecretRef(Model):
    """Where a secret is read from: exactly one of the two. Never the secret itself."""

    file: Path | None = None
    env: str | None = None


class ClientAuth(StrEnum):
    SECRET_POST = "client_secret_post"
    SECRET_BASIC = "client_secret_basic"
    PRIVATE_KEY_JWT = "private_key_jwt"


class Pkce(StrEnum):
    AUTO = "auto"  # S256 when the hub's metadata offers it
    S256 = "S256"
    NONE = "none"


class Depth(StrEnum):
    IDENTITY = "identity"
    LOGIN_PAGE = "login-page"


class Network(Model):
    """How a target is reached. `resolve` maps `host` or `host:port` to `address:port` or `address`, as curl's --resolve."""

    ca_file: Path | None = None
    proxy: str | None = None
    user_agent: str | None = None
    resolve: dict[str, str] = Field(default_factory=dict)


class ServiceProvider(Model):
    """The synthetic SP."""

    client_id: str
    client_auth: ClientAuth = ClientAuth.SECRET_POST
    client_secret: SecretRef | None = None
    private_key: SecretRef | None = None  # PEM or JWK, for private_key_jwt
    private_key_kid: str | None = None
    private_key_alg: str = "ES256"
    decryption_key: SecretRef | None = None  # PEM or JWK, for a signed-then-encrypted userinfo or id_token (FranceConnect+)
    redirect_uri: str
    scope: str = "openid"
    acr_values: str | None = None
    expected_acr: list[str] = Field(default_factory=list)  # empty: the acr_values asked for
    pkce: Pkce = Pkce.AUTO
    id_token_alg: list[str] = Field(default_factory=lambda: ["RS256", "ES256", "HS256"])
    authorize_parameters: dict[str, str] = Field(default_factory=dict)
    code_lifetime: Duration = 30_000_000
    token_lifetime: Duration = 60_000_000
    clock_skew: Duration = 10_000_000  # tolerated on exp and iat


class Endpoints(Model):
    """Each missing one comes from the page profile's paths, else from the hub's metadata."""

    authorization: str | None = None
    token: str | None = None
    userinfo: str | None = None
    jwks: str | None = None


class Press(Model):
    """One page of a recipe: recognise it, fill it, press the button. All selectors are CSS.

    `form` picks the form (default: the one that holds the first field filled, or the button). Hidden fields are
    carried along. `fill` maps a field's name to a text in which `{username}` and `{password}` stand for the account's.
    `press` picks the submit button, whose name and value are sent; absent: the form's first submit button.
    `optional` pages are passed over when they do not show up.
    """

    page: str | None = None  # CSS selector that must match, else this is not that page
    form: str | None = None
    fill: dict[str, str] = Field(default_factory=dict)
    press: str | None = None
    optional: bool = False


class LoginRecipe(Model):
    """How to log in at an IdP: any number of pages."""

    pages: list[Press] = Field(min_length=1)
    refused: str | None = None  # CSS selector that shows that the credentials were refused
    error: str | None = None  # CSS selector that shows the IdP's own error page


class Account(Model):
    username: SecretRef
    password: SecretRef


class Direct(Model):
    """The IdP asked without the hub. `url` is its discovery document or a health page."""

    url: str
    expect_status: int = 200
    contains: str | None = None


class TrustedDevice(Model):
    """The one cookie kept between runs (the real hub mails the account at every new device)."""

    cookie: str = "trustedDevice"
    file: Path | None = None  # kept across restarts, mode 0600; absent: in memory only


class IdP(Model):
    name: Name
    title: str | None = None
    tile: str  # the uid under which the mire offers it
    depth: Depth = Depth.IDENTITY
    control: bool = False
    hosts: list[str] = Field(default_factory=list)  # host or host:port the browser may be sent to
    recipe: str | LoginRecipe | None = None  # a name under `recipes:`, or inline; needed for depth identity
    account: Account | None = None
    persona: dict[str, Any] | None = None  # claims expected; null means "present, any value"
    direct: Direct | None = None
    network: Network = Network()
    interval: Duration | None = None  # of its journey; absent: the hub's


class Negative(StrEnum):
    CLIENT = "client"  # a bogus client_id must not get a mire
    IDP = "idp"  # a bogus IdP must not get anywhere


class Intervals(Model):
    mire: Duration = 30_000_000
    journey: Duration = 60_000_000
    direct: Duration = 60_000_000
    negative: Duration = 600_000_000


class Deadlines(Model):
    """One total deadline a journey, not per read."""

    mire: Duration = 45_000_000
    journey: Duration = 45_000_000
    direct: Duration = 15_000_000
    negative: Duration = 45_000_000


class ReadingC2(StrEnum):
    ALL = "all"
    ANY = "any"


class Thresholds(Model):
    failures: int = Field(default=2, ge=1, le=100)  # F: observations that confirm an outage
    successes: int = Field(default=2, ge=1, le=100)  # observations that end it
    vouches: int = Field(default=3, ge=1, le=100)  # intervals an observation vouches for
    identity_not_returned: ReadingC2 = ReadingC2.ALL
    refused_credentials: int = Field(default=3, ge=1, le=100)


class MirePage(Model):
    """How the selection page is recognised and its IdPs are read. All selectors are CSS.

    `tile` matches one element per IdP; `uid` says where its uid stands: `attribute NAME` of the tile, or
    `field NAME` of a field inside it; `disabled` matches (the tile or inside it) when it is not selectable.
    Choosing posts the tile's form (or `form`), its hidden fields, and `choice` (field name) = uid when given.
    """

    page: str
    tile: str
    uid: str
    disabled: str | None = None
    form: str | None = None
    choice: str | None = None
    csrf: str | None = None  # CSS of a field that every selectable tile's form must hold


class ErrorPage(Model):
    page: str | None = None  # CSS selector of the hub's error page
    code: str | None = None  # CSS selector of the element whose text or attribute holds the code
    code_attribute: str | None = None
    code_pattern: str = r"\b(Y(?:04[0-9A-F]{5}|\d{6}))\b"
    ignore_codes: list[str] = Field(default_factory=list)  # codes that are no error (LemonLDAP::NG shows some on its normal pages)
    culprit: str | None = None  # CSS of a link whose query names the culprit IdP
    idp_error_banner: str | None = None  # CSS of the banner on the mire after an IdP sent an error


class PageProfile(Model):
    """What a hub's pages look like, so that a hub never seen is watched without code."""

    paths: dict[str, str] = Field(default_factory=dict)  # authorization|token|userinfo|jwks|discovery -> path under the issuer
    steps: dict[str, str] = Field(default_factory=dict)  # step -> regular expression on the path of a hub hop after the IdP
    mire: MirePage
    error: ErrorPage = ErrorPage()
    consent: list[Press] = Field(default_factory=list)  # pages to pass between the IdP and the SP, in any order
    codes: str | None = None  # name of a built-in table of error codes (`franceconnect`)
    nonce_required: bool = True
    discovery: bool = True
    issuer_in_callback: bool = False  # RFC 9207: the callback must carry `iss`


class Hub(Model):
    name: Name
    title: str | None = None
    issuer: str
    profile: str | PageProfile = "franceconnect"  # built-in name, a name under `profiles:`, or inline
    hosts: list[str] = Field(default_factory=list)  # beside the endpoints' own
    endpoints: Endpoints = Endpoints()
    network: Network = Network()
    backends: dict[str, str] = Field(default_factory=dict)  # node name -> address:port behind the load balancer
    sp: ServiceProvider
    idps: list[IdP] = Field(min_length=1)
    negative: list[Negative] = Field(default_factory=list)
    trusted_device: TrustedDevice | None = None
    intervals: Intervals = Intervals()
    deadlines: Deadlines = Deadlines()
    thresholds: Thresholds = Thresholds()


class Target(Model):
    """A control target: nothing to do with the hub."""

    name: Name
    url: str
    expect_status: int | None = None  # absent: any HTTP answer
    network: Network = Network()


class Control(Model):
    targets: list[Target] = Field(default_factory=list)
    interval: Duration = 30_000_000
    deadline: Duration = 5_000_000


class Politeness(Model):
    """Per host: at most `requests` in `period` (asyncio-throttle)."""

    requests: int = Field(default=20, ge=1)
    period: Duration = 1_000_000


class Language(StrEnum):
    FR = "fr"
    EN = "en"


class Config(Model):
    vantage: Name = "local"
    language: Language = Language.FR
    listen: str = "127.0.0.1:9464"
    store: Path = Path("vigie.db")
    retention: Duration = 90 * 86_400_000_000
    user_agent: str = "vigie"
    politeness: Politeness = Politeness()
    control: Control = Control()
    recipes: dict[str, LoginRecipe] = Field(default_factory=dict)
    profiles: dict[str, PageProfile] = Field(default_factory=dict)
    hubs: list[Hub] = Field(min_length=1)

    def interval(self, hub: Hub, kind: Kind, idp: IdP | None = None) -> int:
        """The interval at which `kind` is probed, in microseconds."""
        if kind is Kind.CONTROL:
            return self.control.interval
        if kind in (Kind.IDENTITY, Kind.LOGIN_PAGE):
            return (idp.interval if idp else None) or hub.intervals.journey
        return {Kind.MIRE: hub.intervals.mire, Kind.DIRECT: hub.intervals.direct}.get(kind, hub.intervals.negative)

    def deadline(self, hub: Hub, kind: Kind) -> int:
        """The total deadline of one journey of `kind`, in microseconds."""
        if kind is Kind.CONTROL:
            return self.control.deadline
        if kind in (Kind.IDENTITY, Kind.LOGIN_PAGE):
            return hub.deadlines.journey
        return {Kind.MIRE: hub.deadlines.mire, Kind.DIRECT: hub.deadlines.direct}.get(kind, hub.deadlines.negative)
