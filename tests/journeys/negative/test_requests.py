"""Negative journeys at the mire: an unknown client or IdP, a foreign address, no state."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import pytest

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.journeys.exchange import Answer, Ask
from tests.fakes.hub import IDP, SP, UID, FakeHub, Told, broken, error_page, html, mire, run, tile, to

OK, FAILED, INCONCLUSIVE = Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE
MIRE, AUTHORIZE, REDIRECT = "GET /api/v2/interaction/i-123456789", "GET /api/v2/authorize", "POST /api/v2/redirect-to-idp"
OTHER = "/api/v2/interaction/other"

WRONG: Mapping[str, Callable[[Mapping[str, str]], bool]] = {
    "client": lambda asked: asked["client_id"].startswith("vigie-negative-"),
    "redirect_uri": lambda asked: asked["redirect_uri"] != SP,
    "state": lambda asked: "state" not in asked,
}
"""What tells the wrong request of each journey from our own."""

ACCEPTED = {
    "client": DetailKind.CLIENT_ACCEPTED,
    "redirect_uri": DetailKind.REDIRECT_URI_ACCEPTED,
    "state": DetailKind.STATE_NOT_REQUIRED,
}


def asked_of(ask: Ask) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(ask.url).query))


def journey(name: str, reply: Answer | Callable[[Ask], Answer]) -> Told:
    """Run a journey at a hub that shows its mire to our request, and answers the wrong one so."""

    def authorize(ask: Ask) -> Answer:
        if not WRONG[name](asked_of(ask)):
            return to("/api/v2/interaction/i-123456789", 303)
        return reply(ask) if callable(reply) else reply

    return run(FakeHub().on(AUTHORIZE, authorize).on(f"GET {OTHER}", mire(tile(UID))), Kind.NEGATIVE, name=name)


REFUSED = [
    error_page("Y04EA6EF", 400),
    error_page("Y030007", 400),
    error_page("unknown to the table", 400),
    html("unknown client", 400),
    html("<h1>Erreur</h1>"),
    to(f"{SP}?error=unauthorized_client"),
    to(f"{SP}?error=invalid_request"),
]
GOES_ON = [
    to(OTHER, 303),
    mire(tile(UID)),
    mire(tile(UID, greyed=True)),
    to(f"{IDP}/authorize"),
    to(f"{SP}?code=c"),
]
NOT_PROVED = [
    (broken(Reason.CONNECT), Reason.CONNECT),
    (html("gateway", 502), Reason.HTTP_STATUS),
    (html("oops", 500), Reason.HTTP_STATUS),
    (html("not so often", 429), Reason.TURNED_AWAY),
    (error_page("unknown to the table", 500), Reason.HUB_ERROR),
    (error_page("Y040001", 400), Reason.STORE_ERROR),
    (error_page("Y190005", 500), Reason.STORE_ERROR),
    (to(f"{SP}?error=server_error"), Reason.HUB_ERROR),
    (to(f"{SP}?error=temporarily_unavailable"), Reason.HUB_ERROR),
    (to("https://elsewhere.test/"), Reason.UNEXPECTED_HOST),
]


@pytest.mark.parametrize("name", WRONG)
def test_it_asks_as_usual_first_and_then_with_one_parameter_wrong(name: str) -> None:
    told = journey(name, error_page("Y030007", 400))
    right, wrong = (asked_of(ask) for ask in told.asks if ask.step is Step.AUTHORIZE)
    fresh = {"state", "nonce"}
    differs = {key for key in right.keys() | wrong.keys() if right.get(key) != wrong.get(key)} - fresh
    assert differs == {{"client": "client_id", "state": "state"}.get(name, name)} - fresh
    assert not WRONG[name](right)
    assert WRONG[name](wrong)
    assert "nonce" in wrong


def test_a_foreign_address_is_nobodys_and_is_never_asked() -> None:
    told = journey("redirect_uri", lambda ask: to(f"{asked_of(ask)['redirect_uri']}?error=invalid_request"))
    (foreign,) = {asked_of(ask)["redirect_uri"] for ask in told.asks if ask.step is Step.AUTHORIZE} - {SP}
    assert urlsplit(foreign).hostname is not None
    assert str(urlsplit(foreign).hostname).endswith(".invalid")
    assert urlsplit(foreign).path == urlsplit(SP).path
    assert not any(ask.url.startswith(foreign) for ask in told.asks)
    assert (told.verdict.outcome, told.verdict.reason) == (FAILED, Reason.NEGATIVE_PASSED)  # it is an open redirect


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("reply", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_is_well(name: str, reply: Answer) -> None:
    verdict = journey(name, reply).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason) == (OK, None, None)


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("reply", GOES_ON)
def test_a_hub_that_goes_on_accepts(name: str, reply: Answer) -> None:
    verdict = journey(name, reply).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason) == (FAILED, Fault.HUB, Reason.NEGATIVE_PASSED)
    assert verdict.detail is not None
    assert verdict.detail.kind is ACCEPTED[name]


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(("reply", "reason"), NOT_PROVED, ids=range(len(NOT_PROVED)))
def test_trouble_proves_nothing(name: str, reply: Answer, reason: Reason) -> None:
    verdict = journey(name, reply).verdict
    assert (verdict.outcome, verdict.reason) == (INCONCLUSIVE, reason)


@pytest.mark.parametrize("name", [*WRONG, "idp"])
@pytest.mark.parametrize(
    "reply", [error_page("Y04EA6EF", 400), html("down", 503), broken(Reason.TIMEOUT), html("maintenance"), mire(tile(UID, greyed=True))]
)
def test_a_hub_that_refuses_everything_proves_nothing(name: str, reply: Answer) -> None:
    told = run(FakeHub().on(AUTHORIZE, reply), Kind.NEGATIVE, name=name)
    assert told.verdict.outcome is INCONCLUSIVE
    assert len([ask for ask in told.asks if ask.step is Step.AUTHORIZE]) == 1


@pytest.mark.parametrize(
    ("where", "reply", "outcome", "fault", "reason"),
    [
        (REDIRECT, error_page("Y020024"), OK, None, None),
        (REDIRECT, error_page("Y020019"), OK, None, None),
        (REDIRECT, html("no such IdP", 404), OK, None, None),
        (REDIRECT, mire(tile(UID)), OK, None, None),
        (REDIRECT, to(f"{SP}?error=invalid_request"), OK, None, None),
        (REDIRECT, to(f"{IDP}/authorize"), FAILED, Fault.HUB, Reason.NEGATIVE_PASSED),
        (REDIRECT, to(f"{SP}?code=c"), FAILED, Fault.HUB, Reason.NEGATIVE_PASSED),
        (REDIRECT, to(f"{SP}?error=server_error"), INCONCLUSIVE, Fault.IDP, Reason.IDP_ERROR),
        (REDIRECT, broken(Reason.TIMEOUT), INCONCLUSIVE, Fault.IDP, Reason.TIMEOUT),
        (REDIRECT, html("gateway", 503), INCONCLUSIVE, Fault.HUB, Reason.HTTP_STATUS),
        (REDIRECT, error_page("Y000000"), INCONCLUSIVE, Fault.IDP, Reason.IDP_DISCOVERY),
        (MIRE, html("maintenance"), INCONCLUSIVE, Fault.HUB, Reason.NOT_THE_MIRE),
    ],
)
def test_an_idp_nobody_knows_must_not_get_the_browser_anywhere(
    where: str, reply: Answer, outcome: Outcome, fault: Fault | None, reason: Reason | None
) -> None:
    told = run(FakeHub().on(where, reply), Kind.NEGATIVE, name="idp")
    assert (told.verdict.outcome, told.verdict.fault, told.verdict.reason) == (outcome, fault, reason)
    assert not any(ask.url.startswith(IDP) for ask in told.asks)
    for ask in told.asks:
        if ask.step is Step.REDIRECT_TO_IDP:
            assert dict(ask.form or ())["providerUid"].startswith("vigie-negative-")
