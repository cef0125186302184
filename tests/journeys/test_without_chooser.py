"""A hub without a chooser logs citizens in on its own host: C1 is its login page, and the login
recipe is walked there.
"""

from typing import Any

import pytest

from probe.config.models import Config
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from tests.fakes.hub import ISSUER, PASSWORD, SP, FakeHub, Reply, Told, broken, configured, document, html, run, to

AUTHORIZE, PAGE, LOGIN, CONSENT = "GET /api/v2/authorize", "GET /api/v2/login", "POST /api/v2/login", "POST /api/v2/consent"
ONE_PAGE = (
    "<form method=post action='/api/v2/login'><input name=csrf type=hidden value=c><input name=login><input type=password name=password>"
    "<button>Connexion</button></form>"
)
CONSENT_PAGE = "<h1>Continuer</h1><form id=consent method=post action='/api/v2/consent'><button>Oui</button></form>"


def own(pages: list[dict[str, Any]], **profile: Any) -> Config:
    """A hub that logs in by itself, with this recipe."""
    hub = configured().hubs[0].model_dump(mode="json", include={"name", "issuer"})
    sp = {"client_id": "vigie", "client_secret": {"env": "SECRET"}, "redirect_uri": SP, "acr_values": "eidas1"}
    idp = {
        "name": "own",
        "recipe": {"pages": pages, "refused": ".refused"},
        "account": {"username": {"env": "USERNAME"}, "password": {"env": "PASSWORD"}},
        "persona": {"given_name": "Angela"},
    }
    page_profile = {"chooser": "none", "error": {"page": "#error"}, "consent": [{"page": "#consent"}], **profile}
    paths = {"paths": {"authorization": "/authorize", "token": "/token", "userinfo": "/userinfo", "jwks": "/jwks"}}
    return Config.model_validate({"hubs": [{**hub, "sp": sp, "profile": {**page_profile, **paths}, "idps": [idp], "negative": ["client"]}]})


FILLED = {"fill": {"login": "{username}", "password": "{password}"}}


def hub() -> FakeHub:
    made = FakeHub()

    def authorize(ask: Any) -> Any:
        made._authorize(ask)
        return to("/api/v2/login", 303)

    return (
        made.on(AUTHORIZE, authorize).on(PAGE, html(ONE_PAGE)).on(LOGIN, html(CONSENT_PAGE)).on(CONSENT, lambda _: to(made.callback(), 303))
    )


def journey(server: FakeHub, kind: Kind = Kind.IDENTITY, pages: list[dict[str, Any]] | None = None) -> Told:
    name = {Kind.MIRE: None, Kind.NEGATIVE: "client"}.get(kind, "own")
    return run(server, kind, own(pages or [FILLED]), name)


def test_the_whole_journey_passes_on_the_hubs_own_host() -> None:
    told = journey(hub())
    assert (told.verdict.outcome, told.verdict.detail, told.verdict.authenticated) == (Outcome.OK, None, True)
    assert [ask.step.value for ask in told.asks if ask.url.startswith(ISSUER)] == [
        *("discovery", "authorize", "mire", "idp-login", "consent", "token", "jwks", "userinfo"),
    ]


def test_the_login_may_take_two_pages() -> None:
    name = "<form method=post action='/api/v2/name'><input name=login><button>Suivant</button></form>"
    word = "<form method=post action='/api/v2/login'><input type=hidden name=login value=x><input type=password name=password></form>"
    server = hub().on(PAGE, html(name)).on("POST /api/v2/name", html(word))
    told = journey(server, pages=[{"fill": {"login": "{username}"}}, {"fill": {"password": "{password}"}}])
    assert (told.verdict.outcome, told.verdict.detail) == (Outcome.OK, None)
    assert sum(PASSWORD in dict(ask.form or ()).values() for ask in told.asks) == 1


def test_a_hub_that_asks_for_no_consent_is_watched_too() -> None:
    server = hub()
    assert journey(server.on(LOGIN, lambda _: to(server.callback(), 303))).verdict.outcome is Outcome.OK


def test_the_mire_of_such_a_hub_is_its_login_page() -> None:
    told = journey(hub(), Kind.MIRE)
    assert (told.verdict.outcome, told.verdict.step, told.verdict.tiles) == (Outcome.OK, Step.MIRE, ())
    assert journey(hub(), Kind.LOGIN_PAGE).verdict.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("where", "reply", "step", "outcome", "fault", "reason"),
    [
        # no login page: C1
        (AUTHORIZE, broken(Reason.CONNECT), Step.AUTHORIZE, Outcome.FAILED, Fault.HUB, Reason.CONNECT),
        (PAGE, html("down", 503), Step.MIRE, Outcome.FAILED, Fault.HUB, Reason.HTTP_STATUS),
        (PAGE, html("<h1>Maintenance</h1>"), Step.MIRE, Outcome.FAILED, Fault.HUB, Reason.LOGIN_PAGE_MISSING),
        (PAGE, html("<p id=error>Oups</p>"), Step.MIRE, Outcome.FAILED, Fault.HUB, Reason.HUB_ERROR),
        # the login
        (LOGIN, html(ONE_PAGE), Step.IDP_LOGIN, Outcome.INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED),
        (LOGIN, html("<p class=refused>Non</p>"), Step.IDP_LOGIN, Outcome.INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED),
        (LOGIN, html("<p id=error>Oups</p>"), Step.IDP_LOGIN, Outcome.FAILED, Fault.IDP, Reason.HUB_ERROR),
        (LOGIN, html("down", 503), Step.IDP_LOGIN, Outcome.FAILED, Fault.IDP, Reason.HTTP_STATUS),
        (LOGIN, broken(Reason.RESET), Step.IDP_LOGIN, Outcome.FAILED, Fault.IDP, Reason.RESET),
        # after it: C2
        (CONSENT, html("down", 500), Step.CONSENT, Outcome.FAILED, Fault.HUB, Reason.HTTP_STATUS),
        ("POST /api/v2/token", document({}, 500), Step.TOKEN, Outcome.FAILED, Fault.HUB, Reason.TOKEN_ERROR),
        ("GET /api/v2/userinfo", document({}, 500), Step.USERINFO, Outcome.FAILED, Fault.HUB, Reason.USERINFO_ERROR),
    ],
)
def test_each_hop_that_fails_is_told_by_its_step(
    where: str, reply: Reply, step: Step, outcome: Outcome, fault: Fault, reason: Reason
) -> None:
    verdict = journey(hub().on(where, reply)).verdict
    assert (verdict.step, verdict.outcome, verdict.fault, verdict.reason) == (step, outcome, fault, reason)
    assert verdict.on_hub is (step is not Step.IDP_LOGIN)
    assert verdict.authenticated is (step in (Step.CONSENT, Step.TOKEN, Step.USERINFO))


def test_a_recipe_that_does_not_fit_the_login_page_is_told_with_what_the_page_has() -> None:
    told = journey(hub(), pages=[{"fill": {"user": "{username}", "password": "{password}"}}])
    assert told.verdict.detail is not None
    assert (told.verdict.detail.kind, told.verdict.detail.names) == (DetailKind.FIELD_MISSING, ("user",))


def test_an_unknown_client_must_not_see_the_login_page() -> None:
    assert journey(hub(), Kind.NEGATIVE).verdict.reason is Reason.NEGATIVE_PASSED
    usual = (made := hub()).replies[AUTHORIZE]
    assert callable(usual)
    made.on(AUTHORIZE, lambda ask: html("<p id=error>client</p>", 400) if "vigie-negative" in ask.url else usual(ask))
    assert journey(made, Kind.NEGATIVE).verdict.outcome is Outcome.OK
