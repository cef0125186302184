"""Negative journeys of the back channel: a wrong secret, a code used twice, an expired token."""

import json
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from probe.config.models import Config
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Kind, Outcome, Reason, Step
from probe.journeys.exchange import Answer, Ask
from tests.fakes.hub import SECRET, FakeHub, Told, broken, configured, document, html, run

OK, FAILED, INCONCLUSIVE = Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE
TOKEN, USERINFO = "POST /api/v2/token", "GET /api/v2/userinfo"
INVALID_GRANT, INVALID_CLIENT = document({"error": "invalid_grant"}, 400), document({"error": "invalid_client"}, 401)
INVALID_TOKEN = Answer("", 401, {"www-authenticate": 'Bearer error="invalid_token"'}, b"")
SIGNING = ECKey.generate_key("P-256", {"kid": "sp", "use": "sig", "alg": "ES256"})


def told_as(told: Told) -> tuple[Outcome, Reason | None, DetailKind | None]:
    return told.verdict.outcome, told.verdict.reason, told.verdict.detail.kind if told.verdict.detail else None


# --- secret


def known(ask: Ask) -> bool:
    """Whether the request comes from our client, in whichever way it authenticates."""
    return (ask.auth[0] if ask.auth else dict(ask.form or ())["client_id"]) == "vigie"


def proved(ask: Ask) -> bool:
    """Whether the request proves that, as a hub checks it."""
    form = dict(ask.form or ())
    if ask.auth:
        return ask.auth[1] == SECRET
    if "client_assertion" not in form:
        return form["client_secret"] == SECRET
    try:
        return jwt.decode(form["client_assertion"], SIGNING, algorithms=["ES256"]).claims["sub"] == "vigie"
    except JoseError:
        return False


def judging(good: Callable[[Ask], bool], right: Answer = INVALID_GRANT, wrong: Answer = INVALID_CLIENT) -> FakeHub:
    return FakeHub().on(TOKEN, lambda ask: right if good(ask) else wrong)


WAYS = {
    "client_secret_post": configured(),
    "client_secret_basic": configured(client_auth="client_secret_basic"),
    "private_key_jwt": configured(client_auth="private_key_jwt", private_key={"env": "KEY"}),
}


def secret(hub: FakeHub, way: str = "client_secret_post") -> Told:
    key = json.dumps(SIGNING.as_dict(private=True))
    return run(hub, Kind.NEGATIVE, WAYS[way], "secret", KEY=key)


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_secret_must_be_refused_where_ours_is_not(way: str) -> None:
    told = secret(judging(proved), way)
    assert told_as(told) == (OK, None, None)
    assert told.verdict.step is Step.TOKEN
    assert [proved(ask) for ask in told.asks] == [True, False]


@pytest.mark.parametrize("way", WAYS)
def test_a_hub_that_takes_any_secret_of_a_client_that_it_knows_is_found(way: str) -> None:
    told = secret(judging(known), way)
    assert told_as(told) == (FAILED, Reason.NEGATIVE_PASSED, DetailKind.SECRET_ACCEPTED)
    assert [known(ask) for ask in told.asks] == [True, True, False]


def test_a_hub_that_looks_at_the_code_first_proves_nothing() -> None:
    told = secret(judging(lambda ask: True))
    assert told_as(told) == (INCONCLUSIVE, Reason.NOTHING_PROVED, DetailKind.CODE_JUDGED_FIRST)


def test_tokens_for_an_invented_code_are_the_worst() -> None:
    assert told_as(secret(FakeHub())) == (FAILED, Reason.NEGATIVE_PASSED, DetailKind.CODE_INVENTED)


def test_our_own_secret_that_is_refused_is_our_configuration() -> None:
    told = secret(FakeHub().on(TOKEN, INVALID_CLIENT))
    assert told_as(told) == (INCONCLUSIVE, Reason.SP_CONFIGURATION, DetailKind.CLIENT_REFUSED)


@pytest.mark.parametrize("trouble", [html("", 500), document({"error": "invalid_client"}, 503), document({"error": "server_error"}, 400)])
@pytest.mark.parametrize("first", [True, False])
def test_a_token_endpoint_in_trouble_proves_nothing(trouble: Answer, first: bool) -> None:
    hub = judging(proved, right=trouble) if first else judging(proved, wrong=trouble)
    assert told_as(secret(hub)) == (INCONCLUSIVE, Reason.NOTHING_PROVED, DetailKind.STATUS)


def test_nor_does_one_that_does_not_answer() -> None:
    assert told_as(secret(FakeHub().on(TOKEN, broken(Reason.RESET)))) == (INCONCLUSIVE, Reason.RESET, None)


# --- code


class CodeHub(FakeHub):
    """A hub whose token endpoint answers the second use of a code so, `late_us` later."""

    second: Answer | None = None
    late_us = 0

    def answer(self, ask: Ask) -> Answer:
        if self.uses() and ask.step is Step.TOKEN:
            self.clock_us += self.late_us
            if self.second is not None:
                self.on(TOKEN, self.second)
        return super().answer(ask)

    def uses(self) -> int:
        return sum(ask.step is Step.TOKEN for ask in self.asked)


def code(second: Answer | None, late_us: int = 0) -> Told:
    hub = CodeHub()
    hub.second, hub.late_us = second, late_us
    return run(hub, Kind.NEGATIVE, name="code")


def test_a_code_is_sent_twice_and_the_second_time_must_be_refused() -> None:
    told = code(INVALID_GRANT)
    assert told_as(told) == (OK, None, None)
    first, second = (dict(ask.form or ()) for ask in told.asks if ask.step is Step.TOKEN)
    assert first == second


def test_a_code_that_is_taken_twice_is_found() -> None:
    assert told_as(code(None)) == (FAILED, Reason.NEGATIVE_PASSED, DetailKind.CODE_ACCEPTED_TWICE)


def test_a_code_that_was_too_old_by_then_proves_nothing() -> None:
    told = code(INVALID_GRANT, late_us=31_000_000)
    assert (told.verdict.outcome, told.verdict.reason) == (INCONCLUSIVE, Reason.TOO_SLOW)


@pytest.mark.parametrize("reply", [html("", 500), document({"error": "invalid_grant"}, 500), INVALID_CLIENT, document({}, 400)])
def test_another_answer_to_a_used_code_proves_nothing(reply: Answer) -> None:
    assert told_as(code(reply)) == (INCONCLUSIVE, Reason.NOTHING_PROVED, DetailKind.STATUS)


# --- token


def token(hub: FakeHub, lifetime: object = 60, config: Config | None = None) -> Told:
    def tokens(_: Ask) -> Answer:
        return document({name: value for name, value in (hub.tokens() | {"expires_in": lifetime}).items() if value is not None})

    return run(hub.on(TOKEN, tokens), Kind.NEGATIVE, config, "token")


class TokenHub(FakeHub):
    """A hub whose userinfo endpoint answers the second request so."""

    second: Answer | None = None

    def answer(self, ask: Ask) -> Answer:
        if self.second is not None and any(each.step is Step.USERINFO for each in self.asked):
            self.on(USERINFO, self.second)
        return super().answer(ask)


def expired(second: Answer | None) -> TokenHub:
    hub = TokenHub()
    hub.second = second
    return hub


@pytest.mark.parametrize("reply", [INVALID_TOKEN, document({"error": "invalid_token"}, 401), html("", 401)])
def test_an_expired_token_must_be_refused_where_it_was_good_before(reply: Answer) -> None:
    told = token(expired(reply))
    assert told_as(told) == (OK, None, None)
    before, after = (ask for ask in told.asks if ask.step is Step.USERINFO)
    assert before.headers == after.headers
    assert before.not_before_us == 0
    assert 180_000_000 < after.not_before_us < 182_000_000  # its life, and the leeway


def test_a_token_that_is_good_for_ever_is_found() -> None:
    told = token(expired(None), 120)
    assert told.verdict.reason is Reason.NEGATIVE_PASSED
    assert told.verdict.detail == Detail(DetailKind.TOKEN_OUTLIVES, ("2m",))


@pytest.mark.parametrize(
    "reply",
    [
        html("", 500),
        html("", 403),
        document({"error": "server_error"}, 401),
        document({"error": "invalid_token"}, 503),
        broken(Reason.CONNECT),
    ],
)
def test_another_answer_to_an_expired_token_proves_nothing(reply: Answer) -> None:
    assert token(expired(reply)).verdict.outcome is INCONCLUSIVE


@pytest.mark.parametrize("lifetime", [None, "60", 0, -1, True, 1e9, {}])
def test_a_lifetime_that_the_hub_does_not_tell_is_not_guessed(lifetime: object) -> None:
    assert told_as(token(expired(INVALID_TOKEN), lifetime))[:2] == (INCONCLUSIVE, Reason.NOTHING_PROVED)


def test_a_token_that_lives_too_long_is_not_waited_for() -> None:
    told = token(expired(INVALID_TOKEN), 3600)
    assert told.verdict.detail == Detail(DetailKind.TOKEN_LIVES_LONG, ("1h",), ("15m",))
    assert not any(ask.step is Step.USERINFO for ask in told.asks)


BROKEN_LOGINS = [(TOKEN, INVALID_GRANT), ("POST /login", html("<p class=refused>")), ("GET /authorize", html("", 503))]


@pytest.mark.parametrize("name", ["code", "token", "logout"])
@pytest.mark.parametrize(("where", "reply"), BROKEN_LOGINS)
def test_a_login_that_fails_proves_nothing_and_keeps_its_reason(name: str, where: str, reply: Answer) -> None:
    told = run(FakeHub().on(where, reply), Kind.NEGATIVE, name=name)
    usual = run(FakeHub().on(where, reply))
    assert told.verdict.outcome is INCONCLUSIVE
    assert (told.verdict.reason, told.verdict.step) == (usual.verdict.reason, usual.verdict.step)
