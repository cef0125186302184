"""Whose failure is it: from one failed exchange to (outcome, fault, reason).

Theory of operation
-------------------
A journey stops at one exchange. What it saw there is a `Failure`: the step, the party whose host answered (or did
not), a transport error, an HTTP status, a page kind, the hub's error code, an OAuth error, or a check of our own that
did not hold. `attribute` turns it into a `Blame`. It is pure and reads `TABLE` from top to bottom: the first row whose
conditions all hold decides. A row states only the conditions that matter to it.

Sources: docs/hub.md, "Error codes" (each row's `source` names its line there), and
docs/domain.md, "Outcome, fault, reason":

- before the browser is back from the IdP with a code a failure is the IdP's, unless the hub's own page said otherwise;
- after it, it is the hub's, unless the hub's code says that the IdP's token or userinfo answer was wrong;
- DNS, connection and TLS failures belong to the host that failed (`corroboration` turns them into the network's when
  the control targets fail too);
- a failure of ours is never an outage: `inconclusive`.

The HTTP class decides nothing by itself: a store that is down answers 400, an IdP's bad userinfo 502, a disabled IdP
500, the civil registry 504. What one observation cannot decide (the same failure at every IdP at once) is decided by
`comparison` and `condition`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from probe.core.judgement.observation import Fault, Outcome, Reason, Step


class Party(StrEnum):
    """Whose host the failing exchange was with (for a bad redirect: the host that sent it)."""

    HUB = "hub"
    IDP = "idp"
    SP = "sp"
    OTHER = "other"  # a control target, or nobody


class Page(StrEnum):
    """What the page of the failing exchange was."""

    NONE = "none"  # no page: no answer, a redirect, or JSON
    OTHER = "other"  # a page that nothing recognises
    MIRE = "mire"
    IDP_ERROR_BANNER = "idp-error-banner"  # the mire, saying that the IdP sent an error
    HUB_ERROR = "hub-error"  # the hub's own error page


@dataclass(frozen=True, slots=True)
class Failure:
    """What was seen at the exchange that failed. Ages and lifetimes are microseconds.

    `check` is the check of ours that did not hold (a page that is not the mire, a signature, a claim), when the exchange
    itself went well. `chosen`: an IdP was picked on the mire. `authenticated`: the browser was redirected to the hub
    with a code. `grant_age_us` is the age of the code (step token) or of the access token (step userinfo) when it was
    sent, `grant_lifetime_us` how long it is good for. `client_known_good`: this very client was accepted by this
    hub before.
    """

    step: Step
    party: Party
    transport: Reason | None = None
    status: int | None = None
    page: Page = Page.NONE
    code: str | None = None
    oauth_error: str | None = None
    check: Reason | None = None
    chosen: bool = False
    authenticated: bool = False
    client_known_good: bool = False
    grant_age_us: int | None = None
    grant_lifetime_us: int | None = None

    @property
    def too_slow(self) -> bool:
        """The code or token was older than its lifetime when it was sent."""
        return self.grant_age_us is not None and self.grant_lifetime_us is not None and self.grant_age_us > self.grant_lifetime_us


@dataclass(frozen=True, slots=True)
class Blame:
    """`coded`: the hub's own code names whose fault it is. Else the fault is the step's guess, which other IdPs and `direct` may correct:
    no code, one that no row knows, or one that names nobody."""

    outcome: Outcome
    fault: Fault | None
    reason: Reason
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Every condition that is not None (or not empty) must hold.

    `codes` is a regular expression that the whole hub code must match. `oauth_absent`: no OAuth error was given.
    `reason` None keeps the failure's own reason (its transport error or the check that did not hold). `fault` "host" is
    the party that failed.
    """

    source: str
    outcome: Outcome
    fault: Fault | Literal["host"] | None
    reason: Reason | None
    steps: frozenset[Step] = frozenset()
    party: Party | None = None
    codes: str | None = None
    oauth: frozenset[str] = frozenset()
    oauth_absent: bool = False
    statuses: frozenset[int] = frozenset()
    transports: frozenset[Reason] = frozenset()
    checks: frozenset[Reason] = frozenset()
    page: Page | None = None
    chosen: bool | None = None
    authenticated: bool | None = None
    too_slow: bool | None = None
    client_known_good: bool | None = None


_FAILED, _INCONCLUSIVE = Outcome.FAILED, Outcome.INCONCLUSIVE
_HUB, _IDP, _SP, _PROBER = Fault.HUB, Fault.IDP, Fault.SP, Fault.PROBER
_HOST: Final = "host"

_SHOWING = frozenset({Step.DISCOVERY, Step.AUTHORIZE, Step.MIRE})
_LEAVING = frozenset({Step.REDIRECT_TO_IDP})
_AT_IDP = frozenset({Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN})
_AT_SP = frozenset({Step.SP_CALLBACK})
_RETURNING = frozenset({Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME})

_HOST_BROKE = frozenset({Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.RESET, Reason.PROTOCOL, Reason.TOO_LARGE})
_EDGE = frozenset({502, 503})
_TOO_LATE = frozenset({"invalid_grant", "invalid_token"})
_SP_ERRORS = frozenset(
    {
        "invalid_acr",
        "invalid_request",
        "invalid_scope",
        "invalid_idp_hint",
        "unsupported_response_type",
        "unauthorized_client",
        "invalid_client",
        "unsupported_grant_type",
    }
)

TABLE: tuple[Row, ...] = (
    # --- ours ---------------------------------------------------------------------------------------------------------
    Row("our journey was slower than the code or the token lives", _INCONCLUSIVE, _PROBER, Reason.TOO_SLOW, oauth=_TOO_LATE, too_slow=True),
    Row("our account or its password was refused", _INCONCLUSIVE, _SP, None, checks=frozenset({Reason.CREDENTIALS_REFUSED})),
    Row("our configuration cannot go further", _INCONCLUSIVE, _SP, None, checks=frozenset({Reason.SP_CONFIGURATION})),
    Row("a journey that must fail did not", _FAILED, _PROBER, None, checks=frozenset({Reason.NEGATIVE_PASSED})),
    Row("control target", _FAILED, Fault.NETWORK, None, steps=frozenset({Step.CONTROL})),
    # --- administrative: neither a hub nor an IdP outage --------------------------------------------------------------
    Row("tile absent or greyed", _INCONCLUSIVE, None, None, checks=frozenset({Reason.IDP_NOT_OFFERED})),
    Row("IdP disabled / excluded", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, codes="Y020017|Y020023|Y020019|Y100010"),
    Row("back to the mire from /verify", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, steps=frozenset({Step.VERIFY}), page=Page.MIRE),
    Row("IdP unknown to the hub that offered it", _FAILED, _HUB, Reason.HUB_ERROR, codes="Y020024"),
    # --- what looks like someone else's fault -------------------------------------------------------------------------
    Row("IdP discovery down", _FAILED, _IDP, Reason.IDP_DISCOVERY, steps=_LEAVING, codes="Y000000|Y040001|Y04[0-9A-F]{5}"),
    Row("known-good client: the hub lost its list", _FAILED, _HUB, Reason.HUB_ERROR, codes="Y04EA6EF", client_known_good=True),
    # --- SP / probe configuration -------------------------------------------------------------------------------------
    Row(
        "SP/probe configuration",
        _INCONCLUSIVE,
        _SP,
        Reason.SP_CONFIGURATION,
        codes="Y030007|Y04EA6EF|Y04C013C|Y030027|Y0434A7B|Y100009|Y600007|Y000404",
    ),
    Row("error=... on the SP callback, or on the back channel", _INCONCLUSIVE, _SP, Reason.SP_CONFIGURATION, oauth=_SP_ERRORS),
    # --- the IdP's answers, as the hub tells them ---------------------------------------------------------------------
    Row("IdP token step", _FAILED, _IDP, Reason.IDP_TOKEN, codes="Y020026|Y020030"),
    Row("IdP userinfo step", _FAILED, _IDP, Reason.IDP_USERINFO, codes="Y020027|Y020029"),
    Row("IdP identity/level", _FAILED, _IDP, Reason.IDP_IDENTITY, codes="Y600006|Y100001|Y100002|Y100018"),
    Row("IdP callback malformed", _FAILED, _IDP, Reason.IDP_CALLBACK, codes="Y020021|Y020022|Y020025"),
    Row("IdP refuses/aborts", _FAILED, _IDP, Reason.IDP_ERROR, page=Page.IDP_ERROR_BANNER),
    # --- the person ---------------------------------------------------------------------------------------------------
    Row("RNIPP person", _INCONCLUSIVE, _SP, Reason.TEST_USER, codes="Y010004|Y010006|Y010007|Y010008|Y010015"),
    Row("account/user", _INCONCLUSIVE, _SP, Reason.TEST_USER, codes="Y180001|Y100011"),
    # --- the hub's own parts ------------------------------------------------------------------------------------------
    Row("RNIPP technical", _FAILED, _HUB, Reason.REGISTRY_ERROR, codes="Y010011|Y010012|Y010013|Y010009"),
    Row("FC storage after authentication", _FAILED, _HUB, Reason.STORE_ERROR, codes="Y100004|Y180002|Y540001"),
    Row("FC storage after authentication: Mongo down", _FAILED, _HUB, Reason.STORE_ERROR, steps=frozenset({Step.VERIFY}), codes="Y000000"),
    Row("FC session storage", _FAILED, _HUB, Reason.STORE_ERROR, codes="Y190005"),
    Row("session lost by the hub: our jar is fresh", _FAILED, _HUB, Reason.SESSION_LOST, codes="Y190001"),
    Row(
        "session/user navigation",
        _INCONCLUSIVE,
        _PROBER,
        Reason.SESSION_LOST,
        codes="Y190004|Y190009|Y19001[0-4]|Y42000[12]|Y47000[1-4]",
    ),
    Row(
        "FC cannot show the mire: provider, template, translation, network headers",
        _FAILED,
        _HUB,
        Reason.HUB_ERROR,
        codes="Y030002|Y030004|Y030005|Y030006|Y030026|Y46000[12]|Y49000[1-3]|Y450001|Y410001",
    ),
    Row("mail", _FAILED, _HUB, Reason.HUB_ERROR, codes="Y27000[1-3]"),
    Row("token misuse, within the lifetime", _FAILED, _HUB, Reason.TOKEN_ERROR, steps=frozenset({Step.TOKEN}), codes="Y049E20B|Y0416228"),
    Row("token misuse, within the lifetime", _FAILED, _HUB, Reason.TOKEN_ERROR, steps=frozenset({Step.TOKEN}), oauth=_TOO_LATE),
    Row("token misuse, within the lifetime", _FAILED, _HUB, Reason.USERINFO_ERROR, steps=frozenset({Step.USERINFO}), oauth=_TOO_LATE),
    Row("FC cannot show the mire, FC back channel: Redis down", _FAILED, _HUB, Reason.STORE_ERROR, codes="Y040001", oauth_absent=True),
    # --- transport: the host that failed ------------------------------------------------------------------------------
    Row("DNS, connection and TLS failures belong to the host that failed", _FAILED, _HOST, None, transports=_HOST_BROKE),
    Row("a redirect loop belongs to the host that sent it", _FAILED, _HOST, None, checks=frozenset({Reason.REDIRECT_LOOP})),
    Row("the hub's edge in its stead", _FAILED, _HUB, Reason.HTTP_STATUS, party=Party.HUB, page=Page.OTHER, statuses=_EDGE),
    # --- everything else decides by step ------------------------------------------------------------------------------
    Row("nothing but the hub shows the mire", _FAILED, _HUB, None, steps=_SHOWING),
    Row("back at the SP before any choice", _FAILED, _HUB, Reason.HUB_ERROR, steps=_AT_SP, chosen=False),
    Row("the mire again instead of the IdP", _FAILED, _HUB, Reason.SESSION_LOST, steps=_LEAVING, page=Page.MIRE),
    Row("IdP discovery down, told without a known code", _FAILED, _IDP, Reason.IDP_DISCOVERY, steps=_LEAVING, page=Page.HUB_ERROR),
    Row("before the browser is back from the IdP: the IdP's", _FAILED, _IDP, None, steps=_LEAVING | _AT_IDP | frozenset({Step.DIRECT})),
    Row("back without a code: a page of the hub says so", _FAILED, _IDP, Reason.IDP_ERROR, page=Page.HUB_ERROR, authenticated=False),
    Row("back without a code: the mire again", _FAILED, _IDP, Reason.IDP_ERROR, page=Page.MIRE, authenticated=False),
    Row("back without a code: the SP is told", _FAILED, _IDP, Reason.IDP_ERROR, steps=_AT_SP, authenticated=False),
    Row("back without a code", _FAILED, _IDP, None, steps=_RETURNING, authenticated=False),
    Row("after authentication: the hub's", _FAILED, _HUB, None),
)


def attribute(failure: Failure) -> Blame:
    """The blame for `failure`: that of the first row of `TABLE` that fits. The last row fits everything."""
    row = next(row for row in TABLE if _fits(row, failure))
    reason = row.reason or own_reason(failure)
    return Blame(row.outcome, _fault(row, failure), reason, row.codes is not None and row.fault is not None and reason not in _GUESSES)


def own_reason(failure: Failure) -> Reason:
    """The failure told by itself, without asking whose it is."""
    if failure.transport or failure.check:
        return failure.transport or failure.check or Reason.PROBER_ERROR
    if failure.page in _BY_PAGE:
        return _BY_PAGE[failure.page]
    if failure.step in _BY_STEP:
        return _BY_STEP[failure.step]
    return Reason.HTTP_STATUS


_GUESSES = frozenset({Reason.IDP_DISCOVERY})  # the hub's code is there, but it names nobody (`Y000000`: an unknown exception)
_BY_PAGE = {Page.HUB_ERROR: Reason.HUB_ERROR, Page.MIRE: Reason.SESSION_LOST, Page.IDP_ERROR_BANNER: Reason.IDP_ERROR}
_BY_STEP = {Step.SP_CALLBACK: Reason.CODE_MISSING, Step.TOKEN: Reason.TOKEN_ERROR, Step.USERINFO: Reason.USERINFO_ERROR}
_BY_PARTY = {Party.HUB: Fault.HUB, Party.IDP: Fault.IDP, Party.SP: Fault.SP, Party.OTHER: Fault.NETWORK}


def _fault(row: Row, failure: Failure) -> Fault | None:
    return _BY_PARTY[failure.party] if row.fault == _HOST else row.fault


def _fits(row: Row, failure: Failure) -> bool:
    return all(
        (
            not row.steps or failure.step in row.steps,
            row.party is None or failure.party is row.party,
            row.codes is None or (failure.code is not None and re.fullmatch(row.codes, failure.code) is not None),
            not row.oauth or failure.oauth_error in row.oauth,
            not row.oauth_absent or failure.oauth_error is None,
            not row.statuses or failure.status in row.statuses,
            not row.transports or failure.transport in row.transports,
            not row.checks or failure.check in row.checks,
            row.page is None or failure.page is row.page,
            row.chosen is None or failure.chosen is row.chosen,
            row.authenticated is None or failure.authenticated is row.authenticated,
            row.too_slow is None or failure.too_slow is row.too_slow,
            row.client_known_good is None or failure.client_known_good is row.client_known_good,
        )
    )
