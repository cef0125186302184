"""Whose failure is it: from one failed exchange to outcome, fault and reason.

Theory of operation
-------------------
A journey stops at one exchange. A `Failure` tells what was seen there: the step, the party whose
host answered or did not, a transport error, an HTTP status, what the page was, what the hub's error
code means, an OAuth error, or a check of our own that did not hold. `attribute` turns a `Failure`
into a `Blame`. It reads `TABLE` from top to bottom, and the first row whose conditions all hold
decides. A row states only the conditions that matter to it.

Example: the hub answers the callback of an IdP with its error page and a code of the class
`idp_token`. The row "the IdP's token answer" is the first that fits: failed, fault `idp`, reason
`idp_token`. Without a known code the last row would fit, since the browser was back from the IdP
with a code of its own: failed, fault `hub`.

The rules that the rows express (docs/domain.md, "Outcome, fault, reason"):

- Before the browser is back from the IdP with a code, a failure is the IdP's, unless the hub's own
  page says otherwise.
- After that it is the hub's, unless the hub's code says that the IdP's token or userinfo answer was
  wrong.
- A DNS, connection or TLS failure is that of the host that failed. `corroboration` makes it the
  network's when the control targets fail too.
- A failure of ours is never an outage: it is `inconclusive`.

Which code means what differs from hub to hub. The rows name classes of codes
(`probe.core.judgement.hub_codes`); the hub's own table says which code is of which class.

The HTTP status decides nothing by itself: a store that is down answers 400, an IdP's bad userinfo
502, a disabled IdP 500, the civil registry 504. What one observation cannot decide, such as the
same failure at every IdP at once, is decided by `comparison` and `condition`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from probe.core.judgement.hub_codes import CodeClass as Code
from probe.core.judgement.observation import Fault, Outcome, Reason, Step


class Party(StrEnum):
    """Whose host the failing exchange was with (for a bad redirect: the host that sent it)."""

    HUB = "hub"
    IDP = "idp"
    SP = "sp"
    OTHER = "other"  # a control target, or nobody


class PageKind(StrEnum):
    """What the page of the failing exchange was."""

    NONE = "none"  # no page: no answer, a redirect, or JSON
    OTHER = "other"  # a page that nothing recognises
    MIRE = "mire"
    IDP_ERROR_BANNER = "idp-error-banner"  # the mire, saying that the IdP sent an error
    HUB_ERROR = "hub-error"  # the hub's own error page


# RFC 6749, section 5.2: the errors by which a server refuses the client itself.
_OURS = frozenset({Code.CLIENT_UNKNOWN, Code.REDIRECT_URI_UNKNOWN, Code.REQUEST_REFUSED})
_CLIENT_REFUSED = frozenset({"invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True)
class Failure:
    """What was seen at the exchange that failed. Ages and lifetimes are microseconds.

    `codes`: the classes of the hub's error code, none where it gave none or its table knows none.
    `check` is the check of ours that did not hold (a page that is not the mire, a signature, a
    claim), when the exchange itself went well. `chosen`: an IdP was picked on the mire.
    `authenticated`: the browser was redirected to the hub with a code. `grant_age_us` is the age of
    the code (step token) or of the access token (step userinfo) when it was sent,
    `grant_lifetime_us` how long it is good for. `client_known_good`: this very client was accepted
    by this hub before. `idp_error` is the `error` with which the IdP sent the browser back.
    `credential_ended`: a credential of ours that the exchange needs has ended.
    `for_userinfo`: the keys (step jwks) were needed for the userinfo, not for the id_token.
    """

    step: Step
    party: Party
    transport: Reason | None = None
    status: int | None = None
    page: PageKind = PageKind.NONE
    codes: frozenset[Code] = frozenset()
    oauth_error: str | None = None
    check: Reason | None = None
    chosen: bool = False
    authenticated: bool = False
    client_known_good: bool = False
    grant_age_us: int | None = None
    grant_lifetime_us: int | None = None
    idp_error: str | None = None
    for_userinfo: bool = False
    credential_ended: bool = False

    @property
    def spoiled(self) -> bool:
        """Whether it may come of a credential of ours that has ended.

        A host that gives no answer, fails by its status, or has a code of its own for what is
        wrong fails whatever we send. A code that refuses our client or our request is none such.
        """
        own_trouble = self.transport is not None or (self.status or 0) >= 500 or self.check is Reason.TURNED_AWAY
        about_us = self.oauth_error in _CLIENT_REFUSED or self.codes <= _OURS
        return self.credential_ended and not own_trouble and about_us

    @property
    def too_slow(self) -> bool:
        """The code or token was older than its lifetime when it was sent."""
        return self.grant_age_us is not None and self.grant_lifetime_us is not None and self.grant_age_us > self.grant_lifetime_us


@dataclass(frozen=True, slots=True)
class Blame:
    """Whose failure it is, and why.

    `coded`: the hub's own code names whose fault it is. Without that (no code, one of no class, or
    one that names nobody) the fault is guessed from the step, and other IdPs and `direct` may
    correct it.
    """

    outcome: Outcome
    fault: Fault | None
    reason: Reason
    coded: bool = False


@dataclass(frozen=True, slots=True)
class AttributionRow:
    """One line of the table. Every condition that is not None (or not empty) must hold.

    `says` tells the row in words. `code` is a class of the hub's error code. `oauth_absent`: no
    OAuth error was given. `reason` None keeps the failure's own reason (its transport error or the
    check that did not hold). `fault` "host" is the party that failed.
    """

    says: str
    outcome: Outcome
    fault: Fault | Literal["host"] | None
    reason: Reason | None
    steps: frozenset[Step] = frozenset()
    party: Party | None = None
    code: Code | None = None
    oauth: frozenset[str] = frozenset()
    oauth_absent: bool = False
    statuses: frozenset[int] = frozenset()
    transports: frozenset[Reason] = frozenset()
    checks: frozenset[Reason] = frozenset()
    page: PageKind | None = None
    chosen: bool | None = None
    authenticated: bool | None = None
    too_slow: bool | None = None
    client_known_good: bool | None = None
    spoiled: bool | None = None


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

TABLE: tuple[AttributionRow, ...] = (
    # --- ours
    AttributionRow(
        "our journey was slower than the code or the token lives", _INCONCLUSIVE, _PROBER, Reason.TOO_SLOW, oauth=_TOO_LATE, too_slow=True
    ),
    AttributionRow("our account or its password was refused", _INCONCLUSIVE, _SP, None, checks=frozenset({Reason.CREDENTIALS_REFUSED})),
    AttributionRow("our account made all logins of its day", _INCONCLUSIVE, _SP, None, checks=frozenset({Reason.LOGIN_BUDGET})),
    AttributionRow("a credential of ours has ended", _INCONCLUSIVE, _SP, Reason.CREDENTIAL_ENDED, spoiled=True),
    AttributionRow("our configuration cannot go further", _INCONCLUSIVE, _SP, None, checks=frozenset({Reason.SP_CONFIGURATION})),
    AttributionRow("a document of ours that the hub cannot fetch", _INCONCLUSIVE, _SP, Reason.SP_CONFIGURATION, code=Code.CLIENT_DOCUMENT),
    AttributionRow("turned away: the other vantages tell whose it is", _INCONCLUSIVE, None, None, checks=frozenset({Reason.TURNED_AWAY})),
    AttributionRow("a head that browsers read, and we cannot", _INCONCLUSIVE, None, None, transports=frozenset({Reason.HEAD_REFUSED})),
    AttributionRow("the hub accepts what it must refuse", _FAILED, Fault.HUB, None, checks=frozenset({Reason.NEGATIVE_PASSED})),
    AttributionRow("a refusal that proves nothing", _INCONCLUSIVE, None, None, checks=frozenset({Reason.NOTHING_PROVED})),
    AttributionRow("a control target", _FAILED, Fault.NETWORK, None, steps=frozenset({Step.CONTROL})),
    # --- administrative: neither a hub nor an IdP outage
    AttributionRow("a tile that is absent or greyed", _INCONCLUSIVE, None, None, checks=frozenset({Reason.IDP_NOT_OFFERED})),
    AttributionRow("an IdP that is disabled or excluded", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, code=Code.IDP_NOT_OFFERED),
    AttributionRow(
        "back to the mire from verify", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, steps=frozenset({Step.VERIFY}), page=PageKind.MIRE
    ),
    AttributionRow("an IdP unknown to the hub that offered it", _FAILED, _HUB, Reason.HUB_ERROR, code=Code.IDP_RECORD_LOST),
    # --- what looks like someone else's fault
    AttributionRow("the IdP's metadata cannot be read", _FAILED, _IDP, Reason.IDP_DISCOVERY, steps=_LEAVING, code=Code.IDP_METADATA),
    AttributionRow("a client that worked is unknown", _FAILED, _HUB, Reason.HUB_ERROR, code=Code.CLIENT_UNKNOWN, client_known_good=True),
    # --- the configuration of the SP or of the prober
    AttributionRow("our request or our client is refused", _INCONCLUSIVE, _SP, Reason.SP_CONFIGURATION, code=Code.REQUEST_REFUSED),
    AttributionRow("an unknown client", _INCONCLUSIVE, _SP, Reason.SP_CONFIGURATION, code=Code.CLIENT_UNKNOWN),
    AttributionRow("an unknown redirect_uri", _INCONCLUSIVE, _SP, Reason.SP_CONFIGURATION, code=Code.REDIRECT_URI_UNKNOWN),
    AttributionRow("error=... on the SP's callback or back channel", _INCONCLUSIVE, _SP, Reason.SP_CONFIGURATION, oauth=_SP_ERRORS),
    # --- the IdP's answers, as the hub tells them
    AttributionRow("the IdP's token answer", _FAILED, _IDP, Reason.IDP_TOKEN, code=Code.IDP_TOKEN),
    AttributionRow("the IdP's userinfo answer", _FAILED, _IDP, Reason.IDP_USERINFO, code=Code.IDP_USERINFO),
    AttributionRow("the identity or the level that the IdP gives", _FAILED, _IDP, Reason.IDP_IDENTITY, code=Code.IDP_IDENTITY),
    AttributionRow("the IdP sends the browser back malformed", _FAILED, _IDP, Reason.IDP_CALLBACK, code=Code.IDP_CALLBACK),
    AttributionRow("the IdP refuses or gives up", _FAILED, _IDP, Reason.IDP_ERROR, page=PageKind.IDP_ERROR_BANNER),
    # --- the person
    AttributionRow("the person or the account is refused", _INCONCLUSIVE, _SP, Reason.TEST_USER, code=Code.PERSON_REFUSED),
    # --- the hub's own parts
    AttributionRow("the civil registry fails", _FAILED, _HUB, Reason.REGISTRY_ERROR, code=Code.REGISTRY),
    AttributionRow("a store of the hub fails", _FAILED, _HUB, Reason.STORE_ERROR, code=Code.STORE),
    AttributionRow("the account store fails", _FAILED, _HUB, Reason.STORE_ERROR, steps=frozenset({Step.VERIFY}), code=Code.STORE_AT_VERIFY),
    AttributionRow("the hub lost our session, whose cookies are fresh", _FAILED, _HUB, Reason.SESSION_LOST, code=Code.SESSION_LOST),
    AttributionRow("a step of ours out of order", _INCONCLUSIVE, _PROBER, Reason.SESSION_LOST, code=Code.NAVIGATION),
    AttributionRow("the hub's pages or its mail fail", _FAILED, _HUB, Reason.HUB_ERROR, code=Code.HUB),
    AttributionRow(
        "a code refused within its lifetime", _FAILED, _HUB, Reason.TOKEN_ERROR, steps=frozenset({Step.TOKEN}), code=Code.TOKEN_MISUSE
    ),
    AttributionRow("a code refused within its lifetime", _FAILED, _HUB, Reason.TOKEN_ERROR, steps=frozenset({Step.TOKEN}), oauth=_TOO_LATE),
    AttributionRow(
        "a token refused within its lifetime", _FAILED, _HUB, Reason.USERINFO_ERROR, steps=frozenset({Step.USERINFO}), oauth=_TOO_LATE
    ),
    AttributionRow("the session store fails", _FAILED, _HUB, Reason.STORE_ERROR, code=Code.STORE_UNLESS_OAUTH, oauth_absent=True),
    # --- transport: the host that failed
    AttributionRow("a DNS, connection or TLS failure belongs to the host that failed", _FAILED, _HOST, None, transports=_HOST_BROKE),
    AttributionRow("a form that its own page's policy blocks", _FAILED, _HOST, None, checks=frozenset({Reason.FORM_BLOCKED})),
    AttributionRow("a redirect loop belongs to the host that sent it", _FAILED, _HOST, None, checks=frozenset({Reason.REDIRECT_LOOP})),
    AttributionRow("the hub's edge in its stead", _FAILED, _HUB, Reason.HTTP_STATUS, party=Party.HUB, page=PageKind.OTHER, statuses=_EDGE),
    # --- everything else decides by step
    AttributionRow("nothing but the hub shows the mire", _FAILED, _HUB, None, steps=_SHOWING),
    AttributionRow("back at the SP before any choice", _FAILED, _HUB, Reason.HUB_ERROR, steps=_AT_SP, chosen=False),
    AttributionRow("the mire again instead of the IdP", _FAILED, _HUB, Reason.SESSION_LOST, steps=_LEAVING, page=PageKind.MIRE),
    AttributionRow(
        "the IdP's metadata, told without a known code", _FAILED, _IDP, Reason.IDP_DISCOVERY, steps=_LEAVING, page=PageKind.HUB_ERROR
    ),
    AttributionRow(
        "before the browser is back from the IdP: the IdP's", _FAILED, _IDP, None, steps=_LEAVING | _AT_IDP | frozenset({Step.DIRECT})
    ),
    AttributionRow(
        "back without a code: a page of the hub says so", _FAILED, _IDP, Reason.IDP_ERROR, page=PageKind.HUB_ERROR, authenticated=False
    ),
    AttributionRow("back without a code: the mire again", _FAILED, _IDP, Reason.IDP_ERROR, page=PageKind.MIRE, authenticated=False),
    AttributionRow("back without a code: the SP is told", _FAILED, _IDP, Reason.IDP_ERROR, steps=_AT_SP, authenticated=False),
    AttributionRow("back without a code", _FAILED, _IDP, None, steps=_RETURNING, authenticated=False),
    AttributionRow("after authentication: the hub's", _FAILED, _HUB, None),
)


def attribute(failure: Failure) -> Blame:
    """Return the blame for `failure`: that of the first row of `TABLE` that fits.

    The last row fits everything.
    """
    row = next(row for row in TABLE if _fits(row, failure))
    reason = row.reason or own_reason(failure)
    return Blame(row.outcome, _fault(row, failure), reason, row.code is not None and row.fault is not None and reason not in _GUESSES)


def own_reason(failure: Failure) -> Reason:
    """Return the failure told by itself, without asking whose it is."""
    if failure.transport or failure.check:
        return failure.transport or failure.check or Reason.PROBER_ERROR
    if failure.page in _BY_PAGE:
        return _BY_PAGE[failure.page]
    if failure.step in _BY_STEP:
        return _BY_STEP[failure.step]
    return Reason.HTTP_STATUS


_GUESSES = frozenset({Reason.IDP_DISCOVERY})  # the hub's code is there, but it names nobody
_BY_PAGE = {PageKind.HUB_ERROR: Reason.HUB_ERROR, PageKind.MIRE: Reason.SESSION_LOST, PageKind.IDP_ERROR_BANNER: Reason.IDP_ERROR}
_BY_STEP = {Step.SP_CALLBACK: Reason.CODE_MISSING, Step.TOKEN: Reason.TOKEN_ERROR, Step.USERINFO: Reason.USERINFO_ERROR}
_BY_PARTY = {Party.HUB: Fault.HUB, Party.IDP: Fault.IDP, Party.SP: Fault.SP, Party.OTHER: Fault.NETWORK}


def _fault(row: AttributionRow, failure: Failure) -> Fault | None:
    return _BY_PARTY[failure.party] if row.fault == _HOST else row.fault


def _fits(row: AttributionRow, failure: Failure) -> bool:
    return all(
        (
            not row.steps or failure.step in row.steps,
            row.party is None or failure.party is row.party,
            row.code is None or row.code in failure.codes,
            not row.oauth or failure.oauth_error in row.oauth,
            not row.oauth_absent or failure.oauth_error is None,
            not row.statuses or failure.status in row.statuses,
            not row.transports or failure.transport in row.transports,
            not row.checks or failure.check in row.checks,
            row.page is None or failure.page is row.page,
            row.chosen is None or failure.chosen is row.chosen,
            row.authenticated is None or failure.authenticated is row.authenticated,
            row.too_slow is None or failure.too_slow is row.too_slow,
            row.spoiled is None or failure.spoiled is row.spoiled,
            row.client_known_good is None or failure.client_known_good is row.client_known_good,
        )
    )
