"""What one journey saw, and the closed vocabularies it is told in.

An `Observation` is the immutable record of one journey. It never holds a claim's value, a password,
a code, a token or a cookie: only closed words, timings, and redacted evidence (docs/domain.md,
"Journeys").

All instants are integer UTC microseconds since the Unix epoch; all durations are integer
microseconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from probe.core.judgement.detail import Detail
from probe.core.judgement.sighting import Sighting


class Kind(StrEnum):
    """Which scripted journey was run (docs/domain.md, "Journeys")."""

    MIRE = "mire"
    IDENTITY = "identity"
    LOGIN_PAGE = "login-page"
    DIRECT = "direct"
    CONTROL = "control"
    NEGATIVE = "negative"


JOURNEYS = (Kind.IDENTITY, Kind.LOGIN_PAGE)
"""The kinds that walk through an IdP."""


class Outcome(StrEnum):
    """What the journey says of its question."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class Fault(StrEnum):
    """Whose fault a failure is."""

    HUB = "hub"
    IDP = "idp"
    SP = "sp"
    PROBER = "prober"
    NETWORK = "network"


class Negative(StrEnum):
    """What a negative journey asks for, and the hub must refuse. Its word is a metric label."""

    CLIENT = "client"  # the mire, for a client that the hub does not know
    IDP = "idp"  # an IdP that the hub does not know
    REDIRECT_URI = "redirect_uri"  # the mire, to come back to an address that is not ours
    STATE = "state"  # the mire, without a state
    SECRET = "secret"  # tokens, with a wrong secret or a wrong signature of the client
    CODE = "code"  # tokens, with a code that was used before
    TOKEN = "token"  # the identity, with an access token that has expired
    LOGOUT = "logout"  # to be still logged in after the logout


NEGATIVES_WITH_LOGIN = frozenset({Negative.CODE, Negative.TOKEN, Negative.LOGOUT})
"""Those that log in with a synthetic account."""


class Step(StrEnum):
    """How far a journey got: the hop that was under way when it ended.

    The names up to `SP_CALLBACK` follow the hub's own hops (docs/hub.md, "The journey, hop by
    hop").
    """

    CONTROL = "control"
    DIRECT = "direct"
    DISCOVERY = "discovery"  # the hub's own metadata
    AUTHORIZE = "authorize"  # SP -> hub authorization endpoint
    MIRE = "mire"  # the page on which the citizen picks an IdP
    # the choice is sent to the hub, which sends the browser to the IdP
    REDIRECT_TO_IDP = "redirect-to-idp"
    IDP_LOGIN_PAGE = "idp-login-page"  # the IdP's own pages up to and with its login form
    # the filled form is sent, and whatever the IdP does until it sends the browser back
    IDP_LOGIN = "idp-login"
    # the browser is back at the hub, which calls the IdP's token and userinfo
    OIDC_CALLBACK = "oidc-callback"
    VERIFY = "verify"  # the hub asks the civil registry and writes the account
    CONSENT = "consent"  # the hub's consent page, and the citizen's "continue"
    RESUME = "resume"  # the hub's last hops before it sends the browser back to the SP
    SP_CALLBACK = "sp-callback"  # the redirect to the SP: code, state, iss
    TOKEN = "token"  # back channel: code -> tokens, and every check of the id_token
    JWKS = "jwks"  # back channel: the hub's signing keys
    USERINFO = "userinfo"  # back channel: the identity, and its signature
    CLAIMS = "claims"  # the identity compared with the persona
    # the logout that the SP starts, and the pages of hub and IdP until the browser is back
    LOGOUT = "logout"


class Reason(StrEnum):
    """Why a journey did not pass: a small closed set, fit for a metric label (docs/domain.md,
    "Outcome, fault, reason")."""

    # transport
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"  # the connection broke before a whole answer came
    PROTOCOL = "protocol"  # not HTTP, or not decodable
    HEAD_REFUSED = "head_refused"  # a head that browsers read, and our library does not
    TOO_LARGE = "too_large"  # over the page cap, decompression bombs included
    REDIRECT_LOOP = "redirect_loop"
    UNEXPECTED_HOST = "unexpected_host"  # a redirect to a host that the configuration does not name
    HTTP_STATUS = "http_status"
    # the page's own policy forbids its form, or a redirect after it (CSP 3, form-action)
    FORM_BLOCKED = "form_blocked"
    # the hub
    NOT_THE_MIRE = "not_the_mire"
    NO_IDP_SELECTABLE = "no_idp_selectable"
    # every tile greyed for this prober only (suspicious flag, SP filter)
    TILES_GREYED = "tiles_greyed"
    IDP_NOT_OFFERED = "idp_not_offered"  # administrative: no tile, or a greyed one
    HUB_ERROR = "hub_error"  # the hub's own error page
    SESSION_LOST = "session_lost"
    REGISTRY_ERROR = "registry_error"  # the hub's civil registry (RNIPP) failed
    STORE_ERROR = "store_error"  # the hub's own stores failed
    CODE_MISSING = "code_missing"  # back at the SP without a code
    STATE_MISMATCH = "state_mismatch"
    ISSUER_MISMATCH = "issuer_mismatch"  # RFC 9207
    TOKEN_ERROR = "token_error"
    ID_TOKEN = "id_token"  # a claim of the id_token is wrong (OpenID Connect Core 3.1.3.7)
    SIGNATURE = "signature"
    USERINFO_ERROR = "userinfo_error"
    CLAIMS_MISSING = "claims_missing"
    CLAIMS_MISMATCH = "claims_mismatch"
    # the IdP
    IDP_ERROR = "idp_error"  # the IdP's own error, on its page or sent to the hub
    IDP_DISCOVERY = "idp_discovery"  # the hub could not build its request to the IdP
    IDP_TOKEN = "idp_token"  # the hub says that the IdP's token answer was wrong or absent
    IDP_USERINFO = "idp_userinfo"  # the hub says that the IdP's userinfo answer was wrong or absent
    IDP_IDENTITY = "idp_identity"  # the hub says that the IdP's identity or level is not acceptable
    IDP_CALLBACK = "idp_callback"  # the IdP sent the browser back malformed
    LOGIN_PAGE_MISSING = "login_page_missing"
    # whose it is, by the comparison of all IdPs, where the hub's code says otherwise
    AT_EVERY_IDP = "at_every_idp"
    AT_THIS_IDP_ONLY = "at_this_idp_only"
    # ours
    RECIPE_UNFIT = "recipe_unfit"  # a login page that asks for a password, and is not the recipe's
    SCRIPT_NEEDED = "script_needed"  # a page that a script builds, which we do not run: no recipe can fit
    CREDENTIALS_REFUSED = "credentials_refused"
    ACCOUNT_SUSPENDED = "account_suspended"  # our lock-out guard stopped the account
    # a secret, a key or a password of ours has ended, and the answer may come of that
    CREDENTIAL_ENDED = "credential_ended"
    LOGIN_BUDGET = "login_budget"  # the account has made all logins of its day: none was tried
    # the synthetic person is refused (unknown to the registry, blocked, deceased)
    TEST_USER = "test_user"
    SP_CONFIGURATION = "sp_configuration"
    # the hub no longer knows our client, and knows another one of ours: our record there is gone
    CLIENT_UNKNOWN = "client_unknown"
    # the host turns this prober away (429, 403, a challenge), which need not be everybody's lot
    TURNED_AWAY = "turned_away"
    # a negative journey that the hub neither accepts nor refuses, or refuses as it does everybody
    NOTHING_PROVED = "nothing_proved"
    CLOCK_OFF = "clock_off"  # our own clock is wrong, as most of those asked say
    TOO_SLOW = "too_slow"  # we used a code or a token after its lifetime
    OVERSLEPT = "overslept"  # the prober itself was suspended or starved during the journey
    NEGATIVE_PASSED = "negative_passed"  # a journey that must fail did not
    PROBER_ERROR = "prober_error"


class SetupPart(StrEnum):
    """A part of our own settings, on which a failure may depend (`own_setup`)."""

    CLIENT = "client"
    MIRE = "mire"
    LOGIN_PAGE = "login-page"
    LOGIN = "login"
    RETURN = "return"
    TOKEN = "token"
    USERINFO = "userinfo"
    CLAIMS = "claims"
    DIRECT = "direct"
    CONTROL = "control"  # of a control target


NETWORK_REASONS = frozenset({Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.RESET})
"""Failures that our own network could explain: they are the host's only while `control` answers."""


NUMBER_DIGITS = 3
"""At the end of a request's id: the number of the exchange (`probe.transport.request_ids`)."""


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """How a connection is secured: version and cipher suite as OpenSSL names them, and the
    organisation that signed the server's certificate.
    """

    version: str
    cipher: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One HTTP exchange of a journey, redacted: no query, no fragment, no body.

    Durations are microseconds; one that did not happen (a kept connection, a failed exchange) is
    None. `clock_us`: by how much the host's clock is ahead of ours at least, negative when behind;
    None: it did not say, or said so before in this journey. `boot_us`, beside it: when this
    machine's boot-time clock was at 0, by our clock at that moment; it moves when our clock is set.
    `request_id` was sent with it, so that the host's own log can be searched; None: nothing
    was (docs/hub.md, "Tie to its logs").
    `certificate_expires_us`: when the first ends of the certificates on which the connection rests.
    `tls` is of a new connection, and looked at once a minute for each host. `http` is the major
    version of the protocol where it is not 1. `ip` is 4 or 6, of a new connection.
    `also_ip` is the family that connected too beside it, `dead_ip` the one that did not.
    """

    step: Step
    method: str
    host: str  # host[:port]
    path: str  # path only, identifiers in it replaced by `*`
    status: int | None = None
    bytes: int | None = None
    dns_us: int | None = None
    connect_us: int | None = None
    tls_us: int | None = None
    first_byte_us: int | None = None
    transfer_us: int | None = None
    total_us: int = 0
    error: Reason | None = None
    certificate_expires_us: int | None = None  # UTC instant
    request_id: str | None = None
    clock_us: int | None = None
    tls: TlsFacts | None = None
    http: int | None = None
    ip: int | None = None
    also_ip: int | None = None
    dead_ip: int | None = None
    boot_us: int | None = None  # UTC instant


@dataclass(frozen=True, slots=True)
class Tile:
    """One IdP on the mire.

    Not `listed`: a watched IdP's own button beside the list, which is no tile.
    """

    uid: str
    selectable: bool
    listed: bool = True


@dataclass(frozen=True, slots=True)
class ReturnedIdentity:
    """What is kept of an identity that came back: names and salted digests, and no value.

    `acr` is the level of assurance at which it came: one that the configuration names, `OTHER_ACR`
    for another one, empty without one. `came` and `absent` are the claims that were asked for:
    those that came, and those that did not. `account` is the digest of `sub`; `settings` that of
    our own settings on which `sub` depends; `person` that of the persona's values by which the hub
    tells people apart, empty where it does not or where the persona lacks one. The digests are made
    with a salt that only the ledger has; all are empty without one.
    """

    acr: str = ""
    came: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    account: str = ""
    settings: str = ""
    person: str = ""


OTHER_ACR = "other"
"""Stands for every level of assurance that the configuration does not name."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One journey, as seen from one vantage.

    `interval_us` is the interval at which this kind is probed: the observation vouches for at most
    three of them (docs/domain.md, "The three conditions"). `authenticated` is true once the browser
    came back to the hub from the IdP with a code: after that instant the contract's
    "authentification réussie" holds (docs/contract.md, 3). `code` is the hub's error code when its
    page gave one; it is a metric's label only
    while an outage goes on that it explains. `coded`: the code is one that names whose fault it is
    (`probe.core.judgement.attribution`), not one that the hub's profile knows nothing of.
    `error_id` names this one failure in the hub's own log, when the hub told it; no metric label
    either.

    `client` names the client of the hub that made the journey; empty means the main one, which the
    citizens' services use (docs/judgement.md, "Several clients").

    `setup` has the digests of the settings that the journey was run with
    (`probe.core.judgement.own_setup.digests`). `part` is the part of them on which a failure
    depends. Only a failure depends on one; so an observation that is inconclusive and has a part
    tells of a part that has never passed. `network` names the network of the vantage; empty means
    that it is the vantage's own. `sightings`: what goes on record of the hub's outward form.
    `identity` is what is kept of the identity, where one came.
    """

    hub: str
    kind: Kind
    started_us: int
    finished_us: int
    interval_us: int
    outcome: Outcome
    vantage: str = "local"
    # configured name; for control, the target's name; for negative, what was bogus
    idp: str | None = None
    backend: str | None = None
    fault: Fault | None = None
    reason: Reason | None = None
    step: Step | None = None
    code: str | None = None
    coded: bool = False
    on_hub: bool = False  # the failing hop was the hub's own host
    authenticated: bool = False
    tiles: tuple[Tile, ...] = ()
    hops: tuple[Hop, ...] = field(default=(), repr=False)
    extract: str = field(default="", repr=False)  # redacted text of the failing page
    retry: bool = False  # sent at once to confirm, not at its due time
    lag_us: int = 0  # how late it started
    detail: Detail | None = None  # names for whoever mends the recipe or the hub
    error_id: str | None = None
    setup: str = ""
    part: SetupPart | None = None
    network: str = ""
    sightings: tuple[Sighting, ...] = field(default=(), repr=False)
    identity: ReturnedIdentity | None = None
    client: str = ""

    @property
    def never_passed(self) -> bool:
        """Whether it failed in a part of our set-up that has never passed: then it is ours."""
        return self.outcome is Outcome.INCONCLUSIVE and self.part is not None

    @property
    def accepted(self) -> bool | None:
        """Whether the hub accepted what a negative journey asked for; None when nothing is proved.

        None also of the other kinds of journeys.
        """
        if self.kind is not Kind.NEGATIVE:
            return None
        if self.outcome is Outcome.OK:
            return False
        return True if self.reason is Reason.NEGATIVE_PASSED else None
