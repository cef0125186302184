"""Answers that no server should give, at the hub's pages, at the IdP's login and on the back
channel: each ends in an observation that says whose they are, in bounded time and memory."""

import asyncio
import resource
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from probe.core.judgement.observation import Fault, Reason, Step
from simulator import Federation
from simulator.claims import REGISTRY_IDENTITY
from tests.builders import SECOND
from tests.fakes.rounds import (
    A,
    B,
    Edit,
    Saw,
    Stands,
    Watching,
    all_up,
    configured,
    failed,
    identity_lost,
    idp_down,
    mire_missing,
    unreachable,
)

PATIENCE = "2s"
"""The deadline of journeys that would wait for ever."""
ENDS_BY_ITSELF = 15 * SECOND
"""The others end long before their deadline of 45 s, on a busy machine too."""
LATE = SECOND
"""How much later than its deadline a journey may end, on a busy machine."""
MEMORY = 64 * 1024
"""kB that a bomb or an endless body may cost: pages are capped at 2 MiB,
and the simulator that pours them out is in this process.
"""

AUTHORIZE, MIRE, CHOICE = "/api/v2/authorize", "/api/v2/interaction/", "/api/v2/redirect-to-idp"
CALLBACK, TOKEN, USERINFO, JWKS = "/api/v2/oidc-callback", "/api/v2/token", "/api/v2/userinfo", "/api/v2/jwks"
LOGIN_PAGE, LOGIN = "/interaction/", "/login"

WAITS = frozenset({"hang", "drip"})


def at_first_sight(document: dict[str, Any]) -> None:
    """One failure is enough: how it is confirmed is shown elsewhere,
    and waiting twice takes twice as long.
    """
    document["hubs"][0]["thresholds"] = {"failures": "1"}


@dataclass(frozen=True)
class Odd:
    """One odd answer of one party at one path, what it makes of the round,
    and how all stands after it.
    """

    party: str
    path: str
    fault: str
    troubles: Mapping[str, Saw]
    standing: Stands
    idps: tuple[str, ...] = (A,)
    options: Mapping[str, Any] = field(default_factory=dict)
    edit: Edit | None = at_first_sight

    def __str__(self) -> str:
        return " ".join([self.fault, *map(str, self.options.values()), "at", self.party, self.path])


EVERYWHERE = {
    "hang": Reason.TIMEOUT,
    "drip": Reason.TIMEOUT,
    "reset": Reason.RESET,
    "truncated": Reason.RESET,
    "garbage": Reason.PROTOCOL,
    "bomb": Reason.TOO_LARGE,
    "endless": Reason.TOO_LARGE,
}
"""What breaks an exchange is told alike wherever it happens."""

LOOPS = {"redirect_loop": Reason.REDIRECT_LOOP, "bad_redirect": Reason.UNEXPECTED_HOST}
"""Where redirects are followed."""


def no_mire(fault: str, reason: Reason, path: str = MIRE, step: Step = Step.MIRE, **options: Any) -> Odd:
    saw = failed(Fault.HUB, reason, step)
    return Odd("hub", path, fault, {"mire": saw, A: saw}, mire_missing(A), options=options)


def no_login(fault: str, reason: Reason, path: str = LOGIN_PAGE, step: Step = Step.IDP_LOGIN_PAGE, **options: Any) -> Odd:
    return Odd(A, path, fault, {A: failed(Fault.IDP, reason, step)}, idp_down(A), (A, B), options)


def no_identity(fault: str, reason: Reason, path: str, step: Step, **options: Any) -> Odd:
    return Odd("hub", path, fault, {A: failed(Fault.HUB, reason, step)}, identity_lost(A), options=options)


ODD = [
    # the mire
    *(no_mire(fault, reason) for fault, reason in (EVERYWHERE | LOOPS).items()),
    no_mire("content_type", Reason.NOT_THE_MIRE),
    no_mire("maintenance", Reason.NOT_THE_MIRE),
    *(no_mire("edge_error", Reason.HTTP_STATUS, status=status) for status in (500, 502, 503, 504, 404)),
    no_mire("hang", Reason.TIMEOUT, AUTHORIZE, Step.AUTHORIZE),
    no_mire("reset", Reason.RESET, AUTHORIZE, Step.AUTHORIZE),
    # the first redirect was followed: the mire was due next
    no_mire("redirect_loop", Reason.REDIRECT_LOOP, AUTHORIZE, Step.MIRE),
    # the IdP's login
    *(no_login(fault, reason) for fault, reason in (EVERYWHERE | LOOPS).items()),
    no_login("content_type", Reason.LOGIN_PAGE_MISSING),
    no_login("maintenance", Reason.LOGIN_PAGE_MISSING),
    *(no_login("edge_error", Reason.HTTP_STATUS, status=status) for status in (502, 504)),
    *(no_login(fault, reason, LOGIN, Step.IDP_LOGIN) for fault, reason in (EVERYWHERE | LOOPS).items() if fault != "drip"),
    no_login("maintenance", Reason.IDP_ERROR, LOGIN, Step.IDP_LOGIN),
    no_login("edge_error", Reason.HTTP_STATUS, LOGIN, Step.IDP_LOGIN, status=503),
    # the way back through the hub
    *(no_identity(fault, EVERYWHERE[fault], CALLBACK, Step.OIDC_CALLBACK) for fault in ("hang", "reset", "garbage", "endless")),
    no_identity("bad_redirect", Reason.UNEXPECTED_HOST, CALLBACK, Step.OIDC_CALLBACK),
    no_identity("redirect_loop", Reason.REDIRECT_LOOP, CALLBACK, Step.OIDC_CALLBACK),
    no_identity("edge_error", Reason.HTTP_STATUS, CALLBACK, Step.OIDC_CALLBACK, status=503),
    # the back channel, where no redirect is followed
    *(no_identity(fault, reason, TOKEN, Step.TOKEN) for fault, reason in EVERYWHERE.items()),
    *(no_identity(fault, Reason.TOKEN_ERROR, TOKEN, Step.TOKEN) for fault in ("redirect_loop", "bad_redirect", "maintenance")),
    no_identity("edge_error", Reason.HTTP_STATUS, TOKEN, Step.TOKEN, status=503),
    *(no_identity(fault, reason, USERINFO, Step.USERINFO) for fault, reason in EVERYWHERE.items()),
    *(
        no_identity(fault, Reason.USERINFO_ERROR, USERINFO, Step.USERINFO)
        for fault in ("redirect_loop", "bad_redirect", "maintenance", "content_type")
    ),
    no_identity("edge_error", Reason.HTTP_STATUS, USERINFO, Step.USERINFO, status=502),
    *(no_identity(fault, EVERYWHERE[fault], JWKS, Step.JWKS) for fault in ("hang", "reset", "garbage", "bomb")),
    no_identity("maintenance", Reason.SIGNATURE, JWKS, Step.JWKS),
    no_identity("edge_error", Reason.HTTP_STATUS, JWKS, Step.JWKS, status=503),
    # a hub that hangs at the choice, at every IdP alike: nobody reaches any
    Odd(
        "hub",
        CHOICE,
        "hang",
        dict.fromkeys((A, B), failed(Fault.IDP, Reason.TIMEOUT, Step.REDIRECT_TO_IDP)),
        unreachable(A, B),
        (A, B),
    ),
    # an IdP that hangs altogether: the hub says it first, for it reads its discovery
    Odd(
        A,
        "/",
        "hang",
        {
            A: failed(Fault.IDP, Reason.IDP_DISCOVERY, Step.REDIRECT_TO_IDP, "Y000000"),
            f"direct {A}": failed(Fault.IDP, Reason.TIMEOUT, Step.DIRECT),
        },
        idp_down(A),
        (A, B),
        edit=None,  # the other IdP must be seen to work after it failed
    ),
    # a control target that fails alone blames nobody
    Odd("outside", "/", "garbage", {"control": failed(Fault.NETWORK, Reason.PROTOCOL, Step.CONTROL)}, all_up()),
    # slow is not down
    *(Odd(party, "/", "slow", {}, all_up()) for party in ("hub", A, "registry")),
]


class Nobody:
    """A listener on a host that no configuration names. `visits`:
    the connections that reached it.
    """

    def __init__(self) -> None:
        self.visits = 0
        self.url = ""
        self._server: asyncio.Server

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._visited, "127.0.0.99", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}/"

    async def _visited(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()

    async def visit(self) -> None:
        """Somebody comes after all."""
        reader, writer = await asyncio.open_connection(*self._server.sockets[0].getsockname())
        await reader.read()
        writer.close()

    def close(self) -> None:
        self._server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def nobody() -> AsyncIterator[Nobody]:
    made = Nobody()
    await made.listen()
    yield made
    made.close()


def peak() -> int:
    """The most memory that this process ever used, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_an_odd_answer_ends_in_an_observation_that_says_whose_it_is(simulated: Federation, nobody: Nobody, odd: Odd) -> None:
    options = dict(odd.options) | ({"to": nobody.url} if odd.fault == "bad_redirect" else {})
    await simulated.set_fault(odd.party, odd.fault, path=odd.path, **options)
    waits = odd.fault in WAITS
    deadline = PATIENCE if waits else ""
    watching = Watching(configured(simulated, idps=odd.idps, edit=odd.edit, deadline=deadline))
    before = peak()
    found = await watching.round()
    assert found.troubles == odd.troubles
    assert found.standing == odd.standing
    longest = max(seen.finished_us - seen.started_us for seen in watching.seen)
    assert longest <= (2 * SECOND + LATE if waits else ENDS_BY_ITSELF)
    assert peak() - before <= MEMORY
    assert nobody.visits == 0
    await nobody.visit()
    assert nobody.visits == 1  # it would have been noticed


async def test_another_idps_host_is_not_asked_on_the_way_to_this_one(simulated: Federation) -> None:
    await simulated.set_fault(A, "bad_redirect", path=LOGIN, to=f"{simulated.idp_urls[B]}/")
    watching = Watching(configured(simulated, idps=(A,)))
    found = await watching.round()
    assert found.troubles == {A: failed(Fault.IDP, Reason.UNEXPECTED_HOST, Step.IDP_LOGIN)}
    other = simulated.idp_urls[B].removeprefix("http://")
    assert other not in {hop.host for seen in watching.seen for hop in seen.hops}


# --- keys, tokens, claims -------------------------------------------------------------------------


@dataclass(frozen=True)
class Spoilt:
    """What the hub gives is spoilt; the journey ends at `step` for `reason`,
    and the hub returned no identity.
    """

    fault: str
    reason: Reason
    step: Step
    options: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None

    def __str__(self) -> str:
        return " ".join([self.fault, *map(str, self.options.values())])


def spoilt(fault: str, reason: Reason, step: Step, code: str | None = None, **options: Any) -> Spoilt:
    return Spoilt(fault, reason, step, options, code)


TOKEN_CLAIMS = ("iss", "aud", "azp", "nonce", "acr", "at_hash", "exp", "iat")
TOKEN_CLAIMS_DUE = ("iss", "aud", "exp", "iat", "nonce", "acr", "sub")
ENVELOPE = {"iss": "https://autre.example/api/v2", "aud": "un-autre-service", "exp": "-3600", "sub": "0" * 64 + "v1"}
CLAIMS = (*REGISTRY_IDENTITY, "email", "idp_id")

SPOILT = [
    # the keys
    spoilt("jwks_down", Reason.HTTP_STATUS, Step.JWKS),
    spoilt("jwks_garbage", Reason.SIGNATURE, Step.JWKS),
    spoilt("jwks_empty", Reason.SIGNATURE, Step.JWKS),
    # the id_token
    spoilt("token_500", Reason.TOKEN_ERROR, Step.TOKEN, "Y040001"),
    spoilt("token_garbage", Reason.TOKEN_ERROR, Step.TOKEN),
    spoilt("token_no_id_token", Reason.TOKEN_ERROR, Step.TOKEN),
    spoilt("token_no_access_token", Reason.TOKEN_ERROR, Step.TOKEN),
    *(spoilt(f"id_token_{how}", Reason.SIGNATURE, Step.TOKEN) for how in ("unknown_key", "bad_signature", "alg_none")),
    *(spoilt("id_token_claim", Reason.ID_TOKEN, Step.TOKEN, claim=claim) for claim in TOKEN_CLAIMS),
    spoilt("id_token_claim", Reason.ID_TOKEN, Step.TOKEN, claim="iat", value="3600"),
    # good by itself, but userinfo is of somebody else
    spoilt("id_token_claim", Reason.USERINFO_ERROR, Step.USERINFO, claim="sub"),
    *(spoilt("id_token_missing", Reason.ID_TOKEN, Step.TOKEN, claim=claim) for claim in TOKEN_CLAIMS_DUE),
    # userinfo
    spoilt("userinfo_500", Reason.USERINFO_ERROR, Step.USERINFO, "Y040001"),
    spoilt("userinfo_garbage", Reason.USERINFO_ERROR, Step.USERINFO),
    *(spoilt(f"userinfo_{how}", Reason.SIGNATURE, Step.USERINFO) for how in ("unknown_key", "bad_signature")),
    spoilt("userinfo_unsigned", Reason.SIGNATURE, Step.USERINFO),
    *(spoilt("userinfo_claim", Reason.USERINFO_ERROR, Step.USERINFO, claim=claim, value=value) for claim, value in ENVELOPE.items()),
    spoilt("userinfo_missing", Reason.USERINFO_ERROR, Step.USERINFO, claim="sub"),
    *(spoilt("userinfo_missing", Reason.CLAIMS_MISSING, Step.CLAIMS, claim=claim) for claim in CLAIMS),
    *(spoilt("userinfo_claim", Reason.CLAIMS_MISMATCH, Step.CLAIMS, claim=claim, value="AUTRE") for claim in CLAIMS),
    # the redirect to the SP
    spoilt("callback_no_code", Reason.CODE_MISSING, Step.SP_CALLBACK),
    spoilt("callback_no_state", Reason.STATE_MISMATCH, Step.SP_CALLBACK),
    spoilt("callback_wrong_state", Reason.STATE_MISMATCH, Step.SP_CALLBACK),
    spoilt("callback_no_iss", Reason.ISSUER_MISMATCH, Step.SP_CALLBACK),
    spoilt("callback_wrong_iss", Reason.ISSUER_MISMATCH, Step.SP_CALLBACK),
    *(
        spoilt("callback_error", Reason.CODE_MISSING, Step.SP_CALLBACK, error=error)
        for error in ("server_error", "temporarily_unavailable", "access_denied")
    ),
]


@pytest.mark.parametrize("case", SPOILT, ids=str)
async def test_what_is_spoilt_after_the_login_is_the_hubs(simulated: Federation, case: Spoilt) -> None:
    await simulated.set_fault("hub", case.fault, **case.options)
    found = await Watching(configured(simulated, idps=(A,), edit=at_first_sight)).round()
    assert found.troubles == {A: failed(Fault.HUB, case.reason, case.step, case.code)}
    assert found.standing == identity_lost(A)


def any_form(document: dict[str, Any]) -> None:
    document["hubs"][0]["sp"]["userinfo"] = "auto"


HARMLESS = [("id_token_missing", {"claim": "auth_time"}), ("userinfo_unsigned", {}), ("userinfo_missing", {"claim": "iat"})]


@pytest.mark.parametrize(("fault", "options"), HARMLESS, ids=[f"{fault} {options}" for fault, options in HARMLESS])
async def test_what_no_rule_asks_for_may_be_missing(simulated: Federation, fault: str, options: dict[str, Any]) -> None:
    await simulated.set_fault("hub", fault, **options)
    found = await Watching(configured(simulated, idps=(A,), edit=any_form)).round()
    assert (found.troubles, found.standing) == ({}, all_up())


async def test_keys_rotated_between_two_runs_are_fetched_again(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A,)))
    assert (await watching.round()).standing == all_up()
    assert (await watching.round()).standing == all_up()
    fetched = [hop.step for seen in watching.seen for hop in seen.hops].count(Step.JWKS)
    simulated.rotate_keys()
    assert (await watching.round()).troubles == {}
    assert [hop.step for seen in watching.seen for hop in seen.hops].count(Step.JWKS) == fetched + 1


async def test_keys_kept_in_memory_serve_while_the_hub_does_not_give_its_keys(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A,)))
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "jwks_down")
    assert (await watching.round()).troubles == {}
    simulated.rotate_keys()
    found = await watching.round()
    assert found.troubles == {A: failed(Fault.HUB, Reason.HTTP_STATUS, Step.JWKS)}
    assert found.standing == identity_lost(A)
