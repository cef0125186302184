"""The negative journey of the logout: after it the hub must ask for an IdP again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest

from probe.config.models import Config
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Kind, Outcome, Reason, Step
from probe.journeys.exchange import Answer, Ask
from tests.fakes.hub import IDP, ISSUER, UID, FakeHub, Told, broken, configured, error_page, html, mire, run, tile, to

OK, FAILED, INCONCLUSIVE = Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE
LOGGED_OUT = "https://sp.test/logged-out"
AUTHORIZE, END = "GET /api/v2/authorize", "GET /api/v2/session/end"
AUTO_POST = "<form method=post action='{action}'><input type=hidden name=xsrf value=x1></form><script>document.forms[0].submit()</script>"
CONSENT = html("<h1>Continuer</h1><form data-testid='consent-form'></form>", body_id="fc-consent-page")
CONFIG = configured(post_logout_redirect_uri=LOGGED_OUT)


@dataclass
class SessionHub(FakeHub):
    """A hub with a session: once somebody is logged in, the mire is passed over until the logout.

    `known` is what its authorization endpoint answers meanwhile; `ends`: the logout ends it.
    """

    known: Answer = field(default_factory=lambda: to("/api/v2/interaction/again/consent", 303))
    ends: bool = True
    session: bool = False

    def answer(self, ask: Ask) -> Answer:
        where = f"{ask.method} {urlsplit(ask.url).path}"
        if where == AUTHORIZE and self.session:
            self.on(AUTHORIZE, self.known)
        answer = super().answer(ask)
        if where == "POST /api/v2/login":
            self.session = True
        if where == "POST /api/v2/session/end/confirm" and self.ends:
            self.session = False
            del self.replies[AUTHORIZE]
        return answer


def hub(replies: Mapping[str, Answer] | None = None, **more: object) -> SessionHub:
    made = SessionHub(**more)  # type: ignore[arg-type]
    made.on("GET /api/v2/interaction/again/consent", CONSENT)
    made.on(END, html(AUTO_POST.format(action="/api/v2/client/disconnect-from-idp")))
    made.on("POST /api/v2/client/disconnect-from-idp", to(f"{IDP}/session/end?state=s"))
    made.on("GET /session/end", html("<h1>Se déconnecter ?</h1>" + AUTO_POST.format(action="/session/end/confirm")))
    made.on("POST /session/end/confirm", to(f"{ISSUER}/client/logout-callback", 303))
    made.on("GET /api/v2/client/logout-callback", html(AUTO_POST.format(action="/api/v2/session/end/confirm")))

    def back(_: Ask) -> Answer:
        first = next(ask for ask in made.asked if ask.step is Step.LOGOUT)
        state = dict(parse_qsl(urlsplit(first.url).query))["state"]
        return to(f"{LOGGED_OUT}?state={state}", 303)

    made.on("POST /api/v2/session/end/confirm", back)
    for where, reply in (replies or {}).items():
        made.on(where, reply)
    return made


def logout(at: FakeHub, config: Config = CONFIG) -> Told:
    return run(at, Kind.NEGATIVE, config, "logout")


def told_as(told: Told) -> tuple[Outcome, Reason | None, DetailKind | None]:
    return told.verdict.outcome, told.verdict.reason, told.verdict.detail.kind if told.verdict.detail else None


def test_it_logs_in_is_known_logs_out_by_every_page_and_gets_the_mire() -> None:
    told = logout(hub())
    assert told_as(told) == (OK, None, None)
    assert told.verdict.step is Step.LOGOUT
    left = [f"{ask.method} {urlsplit(ask.url).path}" for ask in told.asks if ask.step is Step.LOGOUT]
    assert left == [
        END,
        "POST /api/v2/client/disconnect-from-idp",
        "GET /session/end",
        "POST /session/end/confirm",
        "GET /api/v2/client/logout-callback",
        "POST /api/v2/session/end/confirm",
    ]
    assert not any(ask.url.startswith(LOGGED_OUT) for ask in told.asks)
    asked = dict(parse_qsl(urlsplit(next(ask.url for ask in told.asks if ask.step is Step.LOGOUT)).query))
    assert asked.keys() == {"id_token_hint", "state", "post_logout_redirect_uri"}
    assert asked["id_token_hint"].count(".") == 2


@pytest.mark.parametrize("known", [to("/api/v2/interaction/again/consent", 303), to("https://sp.test/callback?code=c", 303)])
def test_a_session_that_outlives_the_logout_is_found(known: Answer) -> None:
    assert told_as(logout(hub(ends=False, known=known))) == (FAILED, Reason.NEGATIVE_PASSED, DetailKind.SESSION_OUTLIVES)


def test_a_hub_that_always_shows_its_mire_has_no_session_to_end() -> None:
    told = logout(hub(known=to("/api/v2/interaction/i-123456789", 303)))
    assert told_as(told) == (INCONCLUSIVE, Reason.NOTHING_PROVED, DetailKind.NO_SESSION)
    assert not any(ask.step is Step.LOGOUT for ask in told.asks)


@pytest.mark.parametrize(
    ("where", "reply", "reason"),
    [
        (END, error_page("Y040001", 400), None),
        (END, html("", 503), Reason.HTTP_STATUS),
        (END, broken(Reason.CONNECT), Reason.CONNECT),
        (END, html("nothing to press"), Reason.NOTHING_PROVED),
        (END, html(AUTO_POST.format(action="/api/v2/session/end")), Reason.HTTP_STATUS),
        (END, to("https://elsewhere.test/"), Reason.UNEXPECTED_HOST),
        ("POST /api/v2/session/end/confirm", to(f"{LOGGED_OUT}?state=another"), Reason.STATE_MISMATCH),
        ("POST /api/v2/session/end/confirm", to(LOGGED_OUT), Reason.STATE_MISMATCH),
        ("GET /session/end", html("", 500), Reason.HTTP_STATUS),
        ("POST /session/end/confirm", to(f"{IDP}/session/end"), None),
        ("GET /api/v2/interaction/again/consent", error_page("Y000000", 500), None),
    ],
)
def test_a_logout_that_does_not_end_as_it_should_proves_nothing(where: str, reply: Answer, reason: Reason | None) -> None:
    verdict = logout(hub({where: reply})).verdict
    assert verdict.outcome is INCONCLUSIVE
    assert reason is None or verdict.reason is reason


def test_another_page_after_the_logout_proves_nothing() -> None:
    class Elsewhere(SessionHub):
        def answer(self, ask: Ask) -> Answer:
            out = any(each.step is Step.LOGOUT for each in self.asked)
            if out and f"{ask.method} {urlsplit(ask.url).path}" == AUTHORIZE:
                self.on(AUTHORIZE, html("<h1>Au revoir</h1>"))
            return super().answer(ask)

    at = hub()
    told = logout(Elsewhere(**vars(at)))
    assert told.verdict.outcome is INCONCLUSIVE


def test_the_mire_without_a_selectable_idp_is_a_mire_too() -> None:
    at = hub()
    at.on("GET /api/v2/interaction/i-123456789", lambda _: mire(tile(UID, greyed=any(ask.step is Step.LOGOUT for ask in at.asked))))
    assert told_as(logout(at)) == (OK, None, None)


def test_a_logout_needs_an_address_to_come_back_to() -> None:
    told = logout(hub(), configured())
    assert told_as(told) == (INCONCLUSIVE, Reason.SP_CONFIGURATION, DetailKind.ENDPOINT_MISSING)


def test_what_it_saw_holds_no_secret() -> None:
    told = logout(hub({END: html(f"<p>id_token_hint state {'x' * 30}</p>", 400)}))
    hint = dict(parse_qsl(urlsplit(next(ask.url for ask in told.asks if ask.step is Step.LOGOUT)).query))["id_token_hint"]
    assert hint not in repr(told.verdict)
