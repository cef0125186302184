"""The table "Error codes and attribution" of the hub, row by row:
what the real prober and the real judgement say of each.

What is expected is written from docs/hub.md, "Error codes", and docs/domain.md. A row says exactly
what did not pass (everything else of the round did) and exactly what is down or unknown (everything
else is up).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from probe.core.judgement.condition import C2, C3, HUB
from probe.core.judgement.observation import Fault, Kind, Reason, Step
from probe.transport.failure import ResolveError
from probe.transport.resolve import Addresses, Resolver
from simulator import Federation
from simulator.parties import AIDANTS_CONNECT_UID, BY_NAME
from tests.error_codes import told
from tests.fakes.rounds import (
    A,
    B,
    Edit,
    Found,
    Saw,
    Stands,
    Watching,
    all_up,
    configured,
    failed,
    identity_lost,
    idp_down,
    inconclusive,
    mire_missing,
    nothing_known,
    only_the_mire_known,
    stands,
    unreachable,
)

AMELI, YRIS, LA_POSTE = "ameli", "yris", "la_poste"
AIDANTS = "aidants_connect"
CLIENT = "sp-es256"


@dataclass(frozen=True)
class Fails:
    """A fault of the simulator to switch on."""

    party: str
    fault: str
    path: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def at(party: str, fault: str, path: str | None = None, **options: Any) -> Fails:
    return Fails(party, fault, path, options)


def page(step: str, code: str, idp: str = "") -> Fails:
    """The hub's error page of this code at this step, with the status that it comes with."""
    status = told(code, {"login": "consent"}.get(step, step)).status
    return at("hub", "error_page", step=step, code=code, status=status, idp=idp)


def coded(code: str, step: Step) -> Saw:
    """What follows from this code at this step, by the one table of expectations."""
    expected = told(code, step)
    return Saw(expected.outcome, expected.fault, expected.reason, step, code)


@dataclass(frozen=True)
class Row:
    """`record`: what an administrator changes on our SP's record; `lifetimes`: of the hub,
    in seconds.
    """

    says: str
    faults: Iterable[Fails]
    troubles: Mapping[str, Saw]
    standing: Stands
    idps: tuple[str, ...] = (A, B)
    edit: Edit | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    lifetimes: Mapping[str, float] = field(default_factory=dict)


async def break_it(federation: Federation, row: Row) -> None:
    for fault in row.faults:
        await federation.set_fault(fault.party, fault.fault, path=fault.path, **fault.options)
    if row.record:
        federation.change_client(CLIENT, **row.record)
    federation.set_lifetimes(**row.lifetimes)


async def watched(federation: Federation, row: Row) -> Found:
    await break_it(federation, row)
    return await Watching(configured(federation, idps=row.idps, edit=row.edit, **row.settings)).round()


def each(saw: Saw, *names: str) -> dict[str, Saw]:
    return dict.fromkeys(names, saw)


def no_direct(document: dict[str, Any]) -> None:
    for idp in document["hubs"][0]["idps"]:
        del idp["direct"]


DIRECT_DOWN = failed(Fault.IDP, Reason.CONNECT, Step.DIRECT)


# --- "FC cannot show the mire" --------------------------------------------------------------------


def no_mire(says: str, fault: Fails, saw: Saw) -> Row:
    """The mire, and every journey that begins on it, fail alike: C1, by the hub."""
    return Row(says, [fault], each(saw, "mire", A), mire_missing(A), (A,))


AUTHORIZE_PAGES = ("Y030002", "Y030004", "Y030005", "Y030006", "Y030026", "Y000000", "Y450001", "Y410001")
MIRE_PAGES = ("Y000000", "Y460001", "Y460002", "Y490001", "Y490002", "Y490003")

NO_MIRE = [
    no_mire(
        "the session store is down: 400 after a long while",
        at("hub", "session_store_down"),
        coded("Y040001", Step.AUTHORIZE),
    ),
    no_mire("the session storage fails", page("mire", "Y190005"), coded("Y190005", Step.MIRE)),
    *(no_mire(f"{code} at the start", page("authorize", code), coded(code, Step.AUTHORIZE)) for code in AUTHORIZE_PAGES),
    *(no_mire(f"{code} instead of the mire", page("mire", code), coded(code, Step.MIRE)) for code in MIRE_PAGES),
    no_mire("nothing listens", at("hub", "down"), failed(Fault.HUB, Reason.CONNECT, Step.AUTHORIZE)),
    *(
        no_mire(
            f"{status} by the edge, without any mark of the hub's",
            at("hub", "edge_error", "/api/v2/authorize", status=status),
            failed(Fault.HUB, Reason.HTTP_STATUS, Step.AUTHORIZE),
        )
        for status in (502, 503, 504)
    ),
    no_mire("another page of the hub's, 200", at("hub", "another_page"), failed(Fault.HUB, Reason.NOT_THE_MIRE, Step.MIRE)),
    no_mire("no tile can be sent", at("hub", "no_csrf"), failed(Fault.HUB, Reason.NOT_THE_MIRE, Step.MIRE)),
    no_mire(
        "a fresh session lost before the mire",
        at("hub", "session_lost", step="mire"),
        coded("Y190001", Step.MIRE),
    ),
]


# --- "SP/probe configuration" ---------------------------------------------------------------------


def ours(says: str, saw: Saw, *faults: Fails, edit: Edit | None = None) -> Row:
    """Nothing passes, by our own fault: neither up nor down."""
    return Row(says, faults, each(saw, "mire", A), nothing_known(A), (A,), edit)


def refused(step: Step) -> Saw:
    return inconclusive(Fault.SP, Reason.SP_CONFIGURATION, step)


def unknown_parameter(document: dict[str, Any]) -> None:
    document["hubs"][0]["sp"]["authorize_parameters"] = {"max_age": "1"}


def forbidden_acr(document: dict[str, Any]) -> None:
    document["hubs"][0]["sp"]["acr_values"] = "eidas2"


def anothers_secret(document: dict[str, Any]) -> None:
    secret = document["hubs"][0]["sp"]["client_secret"]
    secret["file"] = secret["file"].replace(CLIENT, "sp-rs256")


SP_ERRORS = ("invalid_request", "invalid_scope", "invalid_idp_hint", "unsupported_response_type", "invalid_acr")

CONFIGURATION = [
    ours("a parameter that the hub does not take", coded("Y030007", Step.AUTHORIZE), edit=unknown_parameter),
    ours("a client never known", coded("Y04EA6EF", Step.AUTHORIZE), at("hub", "client_list_lost")),
    ours("a redirect_uri not registered", coded("Y04C013C", Step.AUTHORIZE), at("hub", "redirect_uri_unknown")),
    ours("Y030027", coded("Y030027", Step.AUTHORIZE), page("authorize", "Y030027")),
    ours("a page that does not exist", coded("Y000404", Step.AUTHORIZE), page("authorize", "Y000404")),
    *(ours(f"{error} on the callback", refused(Step.SP_CALLBACK), at("hub", "authorize_error", error=error)) for error in SP_ERRORS),
    ours("a level that our record does not allow", refused(Step.SP_CALLBACK), edit=forbidden_acr),
    Row(
        "a secret that is not ours",
        [],
        each(coded("Y0434A7B", Step.TOKEN), A, B),
        only_the_mire_known(A, B),
        edit=anothers_secret,
    ),
    *(
        Row(f"{code} after the login", [page("verify", code)], {A: coded(code, Step.VERIFY)}, only_the_mire_known(A), (A,))
        for code in ("Y100009", "Y600007")
    ),
]


# --- the IdPs, one at a time ----------------------------------------------------------------------


def alone(says: str, fault: Fails, saw: Saw, **more: Saw) -> Row:
    """One IdP fails by its own fault while another returns identities: that IdP's outage,
    and nothing else.
    """
    return Row(says, [fault], {A: saw} | dict(more), idp_down(A))


BACK = Step.OIDC_CALLBACK
TOKEN_FAULTS: tuple[str, ...] = ("token_error", "token_500", "token_garbage", "token_hang", "token_bad_signature", "token_unknown_key")
TOKEN_FAULTS += ("token_missing_sub", "token_wrong_nonce", "jwks_500")
USERINFO_FAULTS = ("userinfo_error", "userinfo_500", "userinfo_garbage", "userinfo_hang", "userinfo_bad_signature")

ONE_IDP = [
    # "IdP front channel down"
    Row(
        "an IdP refuses connections",
        [at(B, "down")],
        {B: failed(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE), f"direct {B}": DIRECT_DOWN},
        idp_down(B),
    ),
    alone("an IdP's own error page", at(A, "front_error"), failed(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN_PAGE)),
    alone(
        "an IdP's edge answers 503",
        at(A, "edge_error", "/authorize", status=503),
        failed(Fault.IDP, Reason.HTTP_STATUS, Step.IDP_LOGIN_PAGE),
    ),
    alone("a login page without a form", at(A, "login_missing"), failed(Fault.IDP, Reason.LOGIN_PAGE_MISSING, Step.IDP_LOGIN_PAGE)),
    alone("an IdP's error after the password", at(A, "login_error"), failed(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN)),
    # "IdP discovery down"
    Row(
        "an IdP's discovery is down: Y000000 on the hub's page",
        [at(A, "discovery_500")],
        {
            A: coded("Y000000", Step.REDIRECT_TO_IDP),
            f"direct {A}": failed(Fault.IDP, Reason.HTTP_STATUS, Step.DIRECT),
        },
        idp_down(A),
    ),
    Row(
        "an IdP whose discovery is read is down: Y000000 on the hub's page",
        [at(A, "down")],
        {A: coded("Y000000", Step.REDIRECT_TO_IDP), f"direct {A}": DIRECT_DOWN},
        idp_down(A),
    ),
    alone(
        "a code of the hub's library at the choice, at one IdP only",
        page("redirect-to-idp", "Y04ABCDE", A),
        coded("Y04ABCDE", Step.REDIRECT_TO_IDP),
    ),
    # "IdP refuses/aborts"
    *(
        alone(
            f"an IdP sends {error}: the mire with a banner", at(A, "callback_error", error=error), failed(Fault.IDP, Reason.IDP_ERROR, BACK)
        )
        for error in ("access_denied", "server_error", "temporarily_unavailable")
    ),
    # "IdP token step", "IdP userinfo step"
    *(alone(f"an IdP's {fault}", at(A, fault), coded("Y020026", BACK)) for fault in TOKEN_FAULTS),
    alone("Y020030", page("oidc-callback", "Y020030", A), coded("Y020030", BACK)),
    *(alone(f"an IdP's {fault}", at(A, fault), coded("Y020027", BACK)) for fault in USERINFO_FAULTS),
    alone("an IdP's userinfo without sub", at(A, "userinfo_missing_sub"), coded("Y020029", BACK)),
    # "IdP identity/level"
    alone("an IdP's identity is malformed", at(A, "userinfo_claim"), coded("Y600006", BACK)),
    alone("an IdP gives no mail", at(A, "userinfo_claim", claim="email", value=""), coded("Y600006", BACK)),
    alone("an IdP's level is too low", at(A, "acr_too_low"), coded("Y100018", BACK)),
    alone("Y100001", page("oidc-callback", "Y100001", A), coded("Y100001", BACK)),
    alone("Y100002", page("oidc-callback", "Y100002", A), coded("Y100002", BACK)),
    # "IdP callback malformed"
    alone("an IdP sends back no state", at(A, "callback_no_state"), coded("Y020021", BACK)),
    alone("an IdP sends back another state", at(A, "callback_bad_state"), coded("Y020022", BACK)),
    alone("an IdP sends back no code", at(A, "callback_no_code"), coded("Y020025", BACK)),
    # The hub lost one IdP's record between the mire and the choice: its observation names the hub,
    # but citizens lack one IdP
    # while the others work, and that is an IdP outage, not the hub's ("at some IdPs,
    # while others return identities").
    Row(
        "an IdP that the hub offered and does not know",
        [page("redirect-to-idp", "Y020024", A)],
        {A: coded("Y020024", Step.REDIRECT_TO_IDP)},
        idp_down(A),
    ),
]


# --- "IdP disabled / excluded / unknown", and our account -----------------------------------------


def not_offered(says: str, saw: Saw, *faults: Fails, record: Mapping[str, Any] | None = None) -> Row:
    """Administrative: no outage of anybody's. Nothing is known of that IdP."""
    return Row(says, faults, {A: saw}, stands({}, A), record=record or {})


ADMINISTRATIVE = [
    not_offered("a greyed tile", inconclusive(None, Reason.IDP_NOT_OFFERED, Step.MIRE), at(A, "disabled")),
    not_offered("a hidden tile", inconclusive(None, Reason.IDP_NOT_OFFERED, Step.MIRE), at(A, "hidden")),
    not_offered("an IdP that the hub does not know", inconclusive(None, Reason.IDP_NOT_OFFERED, Step.MIRE), at(A, "unknown")),
    not_offered(
        "an IdP that our record excludes", inconclusive(None, Reason.IDP_NOT_OFFERED, Step.MIRE), record={"idp_filter": [BY_NAME[A].uid]}
    ),
    not_offered("disabled after the mire was shown", coded("Y020017", Step.REDIRECT_TO_IDP), at(A, "disabled_late")),
    not_offered("disabled during the login", coded("Y020017", BACK), at(A, "disabled_late", step="oidc-callback")),
    not_offered(
        "disabled before the end: back to the mire",
        inconclusive(None, Reason.IDP_NOT_OFFERED, Step.VERIFY),
        at(A, "disabled_late", step="verify"),
    ),
    not_offered("Y020023", coded("Y020023", Step.REDIRECT_TO_IDP), page("redirect-to-idp", "Y020023", A)),
    not_offered("Y020019", coded("Y020019", Step.REDIRECT_TO_IDP), page("redirect-to-idp", "Y020019", A)),
    not_offered("Y100010", coded("Y100010", BACK), page("oidc-callback", "Y100010", A)),
    Row(
        "credentials refused: never an IdP's outage",
        [at(A, "refuse_credentials")],
        {A: inconclusive(Fault.SP, Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN)},
        stands({}, A),
    ),
]


# --- all the IdPs at once -------------------------------------------------------------------------


DISCOVERY = coded("Y000000", Step.REDIRECT_TO_IDP)


IDP_TOKEN = coded("Y020026", BACK)
DISCOVERY_500 = failed(Fault.IDP, Reason.HTTP_STATUS, Step.DIRECT)

SPREAD = [
    Row(
        "the way out is gone, every IdP's discovery is read: no IdP can be reached, by the hub's fault",
        [at("hub", "egress_down")],
        each(DISCOVERY, A, AMELI),
        unreachable(A, AMELI),
        (A, AMELI),
    ),
    Row(
        "the way out is gone, no discovery is read: logins succeed, identities do not come",
        [at("hub", "egress_down")],
        each(IDP_TOKEN, B, YRIS),
        identity_lost(B, YRIS),
        (B, YRIS),
    ),
    Row(
        "the way out is gone, IdPs of both kinds: one trouble, the hub's",
        [at("hub", "egress_down")],
        {A: DISCOVERY, B: IDP_TOKEN},
        identity_lost(A, B),
    ),
    Row(
        "the way out is gone and one IdP is watched, which answers directly",
        [at("hub", "egress_down")],
        {A: DISCOVERY},
        unreachable(A),
        (A,),
    ),
    Row(
        "the only IdP's discovery is down, and it does not answer directly either",
        [at(A, "discovery_500")],
        {A: DISCOVERY, f"direct {A}": DISCOVERY_500},
        stands({C3: Fault.IDP, HUB: C3, A: Fault.IDP}, C2),
        (A,),
    ),
    Row(
        "every discovery fails alike, and nobody asks the IdPs directly: the hub's way out",
        [at(A, "discovery_500"), at(AMELI, "discovery_500")],
        each(DISCOVERY, A, AMELI),
        unreachable(A, AMELI),
        (A, AMELI),
        no_direct,
    ),
    Row(
        "every discovery fails, for those who ask directly too: failures on the IdPs' own hosts stay the IdPs'",
        [at(A, "discovery_500"), at(AMELI, "discovery_500")],
        each(DISCOVERY, A, AMELI) | each(DISCOVERY_500, f"direct {A}", f"direct {AMELI}"),
        stands({C3: Fault.IDP, HUB: C3, A: Fault.IDP, AMELI: Fault.IDP}, C2),
        (A, AMELI),
    ),
    Row(
        "every IdP's token endpoint fails at once: the hub's, whatever its code says",
        [at(A, "token_500"), at(B, "token_500")],
        each(IDP_TOKEN, A, B),
        identity_lost(A, B),
    ),
    Row(
        "every IdP's userinfo fails at once",
        [at(A, "userinfo_500"), at(B, "userinfo_500")],
        each(coded("Y020027", BACK), A, B),
        identity_lost(A, B),
    ),
    Row(
        "the only IdP's token endpoint fails: without spread the hub's code decides",
        [at(A, "token_500")],
        {A: IDP_TOKEN},
        stands({C3: Fault.IDP, HUB: C3, A: Fault.IDP}, C2),
        (A,),
    ),
    Row(
        "every IdP shows an error page of its own: all are unavailable, each by its own fault",
        [at(A, "front_error"), at(B, "front_error")],
        each(failed(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN_PAGE), A, B),
        stands({C3: Fault.IDP, HUB: C3, A: Fault.IDP, B: Fault.IDP}, C2),
    ),
    Row(
        "two IdPs fail each their way: each by its own fault",
        [at(A, "acr_too_low"), at(B, "token_500")],
        {A: coded("Y100018", BACK), B: IDP_TOKEN},
        stands({C3: Fault.IDP, HUB: C3, A: Fault.IDP, B: Fault.IDP}, C2),
    ),
    Row(
        "two IdPs fail each their way, and one is our own: its login works, so the hub is at fault",
        [at(A, "acr_too_low"), at(B, "token_500")],
        {A: coded("Y100018", BACK), B: IDP_TOKEN},
        identity_lost(A, B),
        settings={"control_idp": B},
    ),
    Row(
        "our own IdP is down: it is offered to no citizen",
        [at(B, "front_error")],
        {B: failed(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN_PAGE)},
        idp_down(B),
        settings={"control_idp": B},
    ),
    Row(
        "the only IdP for citizens is down, our own works",
        [at(A, "front_error")],
        {A: failed(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN_PAGE)},
        stands({C3: Fault.IDP, HUB: C3, A: Fault.IDP}),
        settings={"control_idp": B},
    ),
]


# --- after the login: the civil registry, the person, the stores, the sessions, the tokens --------


def lost(says: str, saw: Saw, *faults: Fails, idps: tuple[str, ...] = (A,), **more: Any) -> Row:
    """Authentication succeeded and the data did not come, by the hub: C2."""
    return Row(says, faults, each(saw, *idps), identity_lost(*idps), idps, **more)


def person(says: str, code: str, fault: Fails) -> Row:
    """The synthetic person is refused: a failure of ours."""
    return Row(says, [fault], {A: coded(code, Step.VERIFY)}, only_the_mire_known(A), (A,))


def navigation(code: str) -> Row:
    saw = coded(code, Step.REDIRECT_TO_IDP)
    return Row(f"{code}: our own navigation", [page("redirect-to-idp", code)], {A: saw}, only_the_mire_known(A), (A,))


NAVIGATION = (
    "Y190004",
    "Y190009",
    "Y190010",
    "Y190011",
    "Y190012",
    "Y190013",
    "Y190014",
    "Y420001",
    "Y420002",
    "Y470001",
    "Y470002",
    "Y470003",
    "Y470004",
)


def brief_code(document: dict[str, Any]) -> None:
    document["hubs"][0]["sp"]["code_lifetime"] = "800ms"


def impatient_lifetime(document: dict[str, Any]) -> None:
    """We are told the hub's lifetime of a code, and our own politeness outlasts it."""
    document["hubs"][0]["sp"]["code_lifetime"] = "50ms"
    document["politeness"] = {"requests": "1", "period": "100ms"}


def impatient_token(document: dict[str, Any]) -> None:
    document["hubs"][0]["sp"]["token_lifetime"] = "50ms"
    document["politeness"] = {"requests": "1", "period": "100ms"}


AFTER_LOGIN = [
    # "RNIPP technical"
    lost("the registry does not answer", coded("Y010011", Step.VERIFY), at("registry", "timeout")),
    lost("the registry is down", coded("Y010012", Step.VERIFY), at("registry", "down"), idps=(A, B)),
    lost("the registry's answer is no XML", coded("Y010012", Step.VERIFY), at("registry", "bad_xml")),
    lost("the registry finds our data bad", coded("Y010013", Step.VERIFY), at("registry", "bad_data")),
    lost("the registry rejects the hub's request", coded("Y010009", Step.VERIFY), at("registry", "rejected")),
    # "RNIPP person", "account/user"
    person("a person not found", "Y010004", at("registry", "person", response=4)),
    person("several persons found", "Y010006", at("registry", "person", response=6)),
    person("a person found under another name", "Y010007", at("registry", "person", response=7)),
    person("a person unknown", "Y010008", at("registry", "person", response=8)),
    person("a person deceased", "Y010015", at("registry", "deceased")),
    person("an account blocked", "Y180001", at("hub", "account_blocked")),
    person("an IdP blocked by the user", "Y100011", at("hub", "idp_blocked_by_user")),
    # "FC storage after authentication"
    lost(
        "the account store is down: a hang, then Y000000",
        coded("Y000000", Step.VERIFY),
        at("hub", "account_store_down"),
        idps=(A, B),
    ),
    *(lost(f"{code}: storage", coded(code, Step.VERIFY), page("verify", code)) for code in ("Y100004", "Y180002", "Y540001")),
    lost("an unknown exception in the callback", coded("Y000000", BACK), page("oidc-callback", "Y000000"), idps=(A, B)),
    lost("a template fails at the end", coded("Y460002", Step.CONSENT), page("consent", "Y460002")),
    lost("a code that nobody listed", coded("Y999999", Step.VERIFY), page("verify", "Y999999")),
    # "FC back channel"
    lost(
        "the session store is gone when tokens are asked for: 400 without an error",
        coded("Y040001", Step.TOKEN),
        at("hub", "session_store_down", "/api/v2/token"),
        idps=(A, B),
    ),
    lost(
        "the session store is gone when the identity is asked for: 400 after half a minute",
        coded("Y040001", Step.USERINFO),
        at("hub", "session_store_down", "/api/v2/userinfo"),
    ),
    # "session/user navigation"
    lost("a fresh session lost at the callback", coded("Y190001", BACK), at("hub", "session_lost", step="oidc-callback")),
    lost("a fresh session lost at verify", coded("Y190001", Step.VERIFY), at("hub", "session_lost", step="verify")),
    lost("a fresh session lost at consent", coded("Y190001", Step.CONSENT), at("hub", "session_lost", step="login")),
    lost("a fresh session lost at the end", coded("Y190001", Step.RESUME), at("hub", "session_lost", step="resume")),
    Row(
        "a fresh session lost at the choice, at every IdP: none can be reached",
        [page("redirect-to-idp", "Y190001")],
        each(coded("Y190001", Step.REDIRECT_TO_IDP), A, B),
        unreachable(A, B),
    ),
    *(navigation(code) for code in NAVIGATION),
    # "token misuse"
    lost("a code unknown at once", coded("Y049E20B", Step.TOKEN), lifetimes={"code": 0.0001}),
    lost("a code said to be used", coded("Y0416228", Step.TOKEN), at("hub", "token_error", code="Y0416228")),
    lost("a token refused within its life", failed(Fault.HUB, Reason.USERINFO_ERROR, Step.USERINFO, "Y040001"), at("hub", "userinfo_401")),
    Row(
        "a code that we let expire",
        [],
        {A: inconclusive(Fault.PROBER, Reason.TOO_SLOW, Step.TOKEN, "Y049E20B")},
        only_the_mire_known(A),
        (A,),
        impatient_lifetime,
        lifetimes={"code": 0.05},
    ),
    Row(
        "a token that we let expire",
        [],
        {A: inconclusive(Fault.PROBER, Reason.TOO_SLOW, Step.USERINFO, "Y040001")},
        only_the_mire_known(A),
        (A,),
        impatient_token,
        lifetimes={"token": 0.05},
    ),
    lost(
        "a code that the hub itself let expire before it looked at it",
        coded("Y049E20B", Step.TOKEN),
        at("hub", "slow", "/api/v2/token", seconds=50),  # 1 s here
        edit=brief_code,
        lifetimes={"code": 0.8},
    ),
    # "mail"
    lost("a mail that breaks the login after all", coded("Y270001", Step.CONSENT), page("login", "Y270001")),
]


# --- what looks like something else ---------------------------------------------------------------

NO_TILE = failed(Fault.HUB, Reason.NO_IDP_SELECTABLE, Step.MIRE)
REFUSED_US = inconclusive(Fault.SP, Reason.TILES_GREYED, Step.MIRE)
EVERYTHING = ("mire", A, B)
MIRE_ONLY = stands({}, C2, C3, HUB, A, B)
"""The mire is displayed; nothing is known of C2, C3, the IdPs and the hub."""


TRAPS = [
    Row(
        "a suspicious connection greys every tile, and the IdPs answer directly: our trouble, not C3",
        [at("hub", "suspicious")],
        each(REFUSED_US, *EVERYTHING),
        MIRE_ONLY,
    ),
    Row(
        "our record's filter greys every tile, and the IdPs answer directly: our trouble, not C3",
        [],
        each(REFUSED_US, *EVERYTHING),
        MIRE_ONLY,
        record={"idp_filter_exclude": False, "idp_filter": []},
    ),
    Row(
        "every tile is greyed, and no IdP answers directly: C3",
        [at("hub", "all_greyed"), at("idps", "down")],
        each(NO_TILE, *EVERYTHING) | each(DIRECT_DOWN, f"direct {A}", f"direct {B}"),
        unreachable(A, B),
    ),
    Row(
        "every tile is greyed, and one IdP does not answer directly: C3",
        [at("hub", "all_greyed"), at(B, "down")],
        each(NO_TILE, *EVERYTHING) | {f"direct {B}": DIRECT_DOWN},
        unreachable(A, B),
    ),
    Row(
        "every tile is greyed, and nobody asks directly: C3",
        [at("hub", "all_greyed")],
        each(NO_TILE, *EVERYTHING),
        unreachable(A, B),
        edit=no_direct,
    ),
    Row("a mire without any tile is C3, though the IdPs answer", [at("hub", "zero_tiles")], each(NO_TILE, *EVERYTHING), unreachable(A, B)),
    Row("an information banner is harmless", [at("hub", "banner")], {}, all_up()),
    Row("tiles with a badge, or with a dialog, can be chosen", [at(A, "beta"), at(A, "modal"), at(B, "modal")], {}, all_up()),
    Row("the hub's metadata is down: citizens log in all the same", [at("hub", "discovery_down")], {}, all_up()),
    Row("a login of two pages", [], {}, all_up(), (AMELI, YRIS)),
    Row("an information page after the login", [at(LA_POSTE, "interstitial")], {}, all_up(), (LA_POSTE,)),
    Row("no information page after the login", [at(LA_POSTE, "no_interstitial")], {}, all_up(), (LA_POSTE,)),
    Row("only login pages are watched", [], {}, stands({}, C2), settings={"login_page": (A, B)}),
    Row(
        "the prober lost its own network",
        [at("all", "down")],
        {
            **each(inconclusive(Fault.NETWORK, Reason.CONNECT, Step.AUTHORIZE), *EVERYTHING),
            **each(inconclusive(Fault.NETWORK, Reason.CONNECT, Step.DIRECT), f"direct {A}", f"direct {B}"),
            "control": failed(Fault.NETWORK, Reason.CONNECT, Step.CONTROL),
        },
        nothing_known(A, B),
    ),
]


ROWS = [*NO_MIRE, *CONFIGURATION, *ONE_IDP, *ADMINISTRATIVE, *SPREAD, *AFTER_LOGIN, *TRAPS]


@pytest.mark.parametrize("row", ROWS, ids=[row.says for row in ROWS])
async def test_a_round_says_what_the_table_says(simulated: Federation, row: Row) -> None:
    found = await watched(simulated, row)
    assert set(found.observations) == {
        "mire",
        "control",
        *row.idps,
        *(set() if row.edit is no_direct else {f"direct {idp}" for idp in row.idps}),
    }
    assert found.troubles == row.troubles
    assert found.standing == row.standing


# --- what only a second round can show ------------------------------------------------------------


async def test_a_hub_that_no_longer_knows_a_client_it_served_has_lost_its_list(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A,)))
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "client_list_lost")
    found = await watching.round()
    assert found.troubles == each(failed(Fault.HUB, Reason.HUB_ERROR, Step.AUTHORIZE, "Y04EA6EF"), "mire", A)
    assert found.standing == mire_missing(A)


async def test_a_finished_journeys_session_does_not_hide_the_mire_from_the_next(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A,)))
    for _ in range(3):
        assert (await watching.round()).standing == all_up()
    events = simulated.state()["events"]
    assert events["FC_SHOWED_IDP_CHOICE"] == 6  # the mire's and the identity's journey, each time
    assert "FC_SSO_INITIATED" not in events


@pytest.mark.parametrize(("kept", "mails"), [(True, 1), (False, 3)])
async def test_a_trusted_device_kept_between_runs_costs_one_mail_and_none_kept_one_each_run(
    simulated: Federation, kept: bool, mails: int
) -> None:
    def edit(document: dict[str, Any]) -> None:
        if kept:
            document["hubs"][0]["trusted_device"] = {"cookie": "trustedDevice"}

    watching = Watching(configured(simulated, idps=(A,), edit=edit))
    for _ in range(3):
        assert (await watching.round()).standing == all_up()
    assert simulated.mails == mails


async def test_an_outage_ends_when_the_hub_is_mended(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A, B)))
    for party, fault, standing in (
        ("hub", "another_page", mire_missing(A, B)),
        ("registry", "down", identity_lost(A, B)),
        ("hub", "zero_tiles", unreachable(A, B)),
        (B, "front_error", idp_down(B)),
    ):
        await simulated.set_fault(party, fault)
        assert (await watching.round()).standing.down == standing.down
        await simulated.clear_faults()
        assert (await watching.round()).standing == all_up()


def with_aidants(document: dict[str, Any]) -> None:
    """The button for helpers watched too, as an IdP of the configuration."""
    idp = {"name": AIDANTS, "tile": AIDANTS_CONNECT_UID, "depth": "login-page", "hosts": ["127.0.0.99"]}
    document["hubs"][0]["idps"].append(idp)


@pytest.mark.parametrize("edit", [None, with_aidants])
async def test_all_tiles_greyed_is_c3_while_the_button_for_helpers_can_be_pressed(simulated: Federation, edit: Edit | None) -> None:
    await simulated.set_fault("hub", "all_greyed")
    await simulated.set_fault("idps", "down")
    watching = Watching(configured(simulated, idps=(A, B), edit=edit))
    found = await watching.round()
    (mire, *_) = [seen for seen in watching.seen if seen.kind is Kind.MIRE]
    assert found.observations["mire"] == NO_TILE
    assert [tile.selectable for tile in mire.tiles if tile.listed] == [False, False]
    assert [tile.uid for tile in mire.tiles if not tile.listed] == ([AIDANTS_CONNECT_UID] if edit else [])
    assert found.standing.down == {C3: Fault.HUB, HUB: C3}
    if edit:  # it is pressed, and the hub says that nobody is behind it
        assert found.observations[AIDANTS] == inconclusive(None, Reason.IDP_NOT_OFFERED, Step.REDIRECT_TO_IDP, "Y020019")


async def test_a_selectable_tile_that_nobody_watches_makes_c3_unknown_and_a_greyed_one_counts_as_unavailable(simulated: Federation) -> None:
    await simulated.set_fault(A, "down")
    await simulated.set_fault(B, "down")
    watching = Watching(configured(simulated, idps=(A, B)))
    simulated.world.offered |= {"yris"}
    found = await watching.round()
    assert C3 in found.standing.unknown
    assert HUB in found.standing.unknown
    assert {A, B} <= set(found.standing.down)
    await simulated.set_fault("yris", "disabled")
    assert (await watching.round()).standing.down == {A: Fault.IDP, B: Fault.IDP, C3: Fault.IDP, HUB: C3}


class NoNames(Resolver):
    """A resolver that finds nobody."""

    async def addresses(self, host: str) -> Addresses:
        raise ResolveError(host)


async def test_a_hub_whose_name_is_gone_is_missing_and_the_control_target_shows_that_names_are_not_needed(simulated: Federation) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["issuer"] = "http://hub.invalid/api/v2"

    found = await Watching(configured(simulated, idps=(A,), edit=edit), NoNames()).round()
    assert found.troubles == each(failed(Fault.HUB, Reason.DNS, Step.AUTHORIZE), "mire", A)
    assert found.standing == mire_missing(A)
