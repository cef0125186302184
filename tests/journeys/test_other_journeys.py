"""The shorter journeys: login-page, direct and control; and plans."""

import pytest

from probe.config.models import Network
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.errors import VigieError
from probe.journeys.exchange import Answer, Channel
from probe.journeys.plan import plan
from probe.prober.targets import watched
from tests.fakes.hub import (
    IDP,
    PASSWORD,
    SECRET,
    SP,
    FakeHub,
    broken,
    configured,
    html,
    planned,
    run,
    secrets,
    to,
)

OK, FAILED, INCONCLUSIVE = Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE
LOGIN_PAGE = "GET /interaction/x-987654321"
MIRE, AUTHORIZE, REDIRECT = "GET /api/v2/interaction/i-123456789", "GET /api/v2/authorize", "POST /api/v2/redirect-to-idp"

# --- login-page -----------------------------------------------------------------------------------


def test_login_page_stops_where_the_recipe_would_begin_and_sends_no_credentials() -> None:
    told = run(FakeHub(), Kind.LOGIN_PAGE)
    assert (told.verdict.outcome, told.verdict.step, told.verdict.authenticated) == (OK, Step.IDP_LOGIN_PAGE, False)
    assert told.front[-1] == LOGIN_PAGE
    assert "POST /login" not in told.front


@pytest.mark.parametrize(
    ("page", "outcome", "reason"),
    [
        (html("<form><input name=user></form>"), OK, None),
        (html("no form"), FAILED, Reason.LOGIN_PAGE_MISSING),
        (html("<form></form>", 503), FAILED, Reason.HTTP_STATUS),
        (broken(Reason.TLS), FAILED, Reason.TLS),
        (to(f"{SP}?error=access_denied"), FAILED, Reason.IDP_ERROR),
        (to(f"{SP}?code=c"), FAILED, Reason.LOGIN_PAGE_MISSING),
    ],
)
def test_without_a_recipe_any_page_of_the_idps_with_a_form_is_its_login_page(page: Answer, outcome: Outcome, reason: Reason | None) -> None:
    config = configured()
    idp = config.hubs[0].idps[0].model_copy(update={"recipe": None})
    hub = config.hubs[0].model_copy(update={"idps": [idp]})
    verdict = run(FakeHub().on(LOGIN_PAGE, page), Kind.LOGIN_PAGE, config.model_copy(update={"hubs": [hub]})).verdict
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert outcome is OK or verdict.fault is Fault.IDP


def test_a_page_that_is_not_the_recipes_first_is_no_login_page() -> None:
    verdict = run(FakeHub().on(LOGIN_PAGE, html("<form><input name=search></form>")), Kind.LOGIN_PAGE).verdict
    assert (verdict.fault, verdict.reason) == (Fault.IDP, Reason.LOGIN_PAGE_MISSING)


# --- direct and control ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        (html("all is well"), OK, None),
        (html("all is not"), FAILED, Reason.IDP_ERROR),
        (html("well", 503), FAILED, Reason.HTTP_STATUS),
        (to("/elsewhere"), FAILED, Reason.HTTP_STATUS),
        (broken(Reason.CONNECT), FAILED, Reason.CONNECT),
    ],
)
def test_direct_asks_the_idp_without_the_hub(reply: Answer, outcome: Outcome, reason: Reason | None) -> None:
    told = run(FakeHub().on("GET /health", reply), Kind.DIRECT)
    assert (told.verdict.outcome, told.verdict.reason, told.verdict.step) == (outcome, reason, Step.DIRECT)
    assert [(ask.url, ask.channel) for ask in told.asks] == [(f"{IDP}/health", Channel.BACK)]
    assert told.verdict.fault is (None if outcome is OK else Fault.IDP)
    assert not told.verdict.on_hub


@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_control_passes_on_any_http_answer_when_no_status_is_expected(status: int) -> None:
    assert run(FakeHub().on("GET /", html("", status)), Kind.CONTROL).verdict.outcome is OK


def test_a_control_target_that_does_not_answer_says_that_the_network_fails() -> None:
    verdict = run(FakeHub().on("GET /", broken(Reason.DNS)), Kind.CONTROL).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason) == (FAILED, Fault.NETWORK, Reason.DNS)


# --- plans ----------------------------------------------------------------------------------------


def test_every_target_of_the_configuration_has_its_plan() -> None:
    config, known = configured(), secrets()
    for each in watched(config):
        made = plan(config, known, "fc", each.kind, each.name, each.backend)
        assert (made.kind, made.idp, made.backend, made.interval_us) == (each.kind, each.name, each.backend, each.interval_us)
    assert [(each.kind, each.name, each.backend) for each in watched(config)] == [
        (Kind.MIRE, None, None),
        (Kind.MIRE, None, "node1"),
        (Kind.IDENTITY, "impots", None),
        (Kind.DIRECT, "impots", None),
        (Kind.NEGATIVE, "client", None),
        (Kind.NEGATIVE, "idp", None),
        (Kind.CONTROL, "elsewhere", None),
    ]


def test_a_plan_says_how_each_of_its_hosts_is_reached() -> None:
    config = configured()
    at_hub, at_idp = Network(user_agent="to the hub"), Network(user_agent="to the IdP")
    idp = config.hubs[0].idps[0].model_copy(update={"network": at_idp})
    hub = config.hubs[0].model_copy(update={"network": at_hub, "idps": [idp]})
    made = planned(Kind.IDENTITY, config.model_copy(update={"hubs": [hub]}))
    assert (made.network_for("hub.test"), made.network_for("idp.test")) == (at_hub, at_idp)
    assert (made.interval_us, made.deadline_us) == (60_000_000, 45_000_000)


def test_a_plan_never_prints_a_secret() -> None:
    made = planned(Kind.IDENTITY)
    shown = repr(made.site) + repr(made.site.client)
    assert not [secret for secret in (SECRET, PASSWORD) if secret in shown]


@pytest.mark.parametrize(
    ("kind", "hub", "idp", "backend"),
    [
        (Kind.MIRE, "nowhere", None, None),
        (Kind.IDENTITY, "fc", "nobody", None),
        (Kind.CONTROL, "fc", "nothing", None),
        (Kind.NEGATIVE, "fc", "nonsense", None),
        (Kind.MIRE, "fc", None, "node9"),
    ],
)
def test_what_the_configuration_does_not_hold_is_a_clear_error(kind: Kind, hub: str, idp: str | None, backend: str | None) -> None:
    with pytest.raises(VigieError):
        plan(configured(), secrets(), hub, kind, idp, backend)
