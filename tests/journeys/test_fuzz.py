"""Whatever a hub, an IdP or something between them answers, a journey ends, within its limits,
with a verdict.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.core.judgement.observation import Fault, Kind, Outcome, Reason
from probe.journeys.exchange import Answer, Ask
from probe.journeys.site import Memory
from probe.journeys.walk import ASK_LIMIT
from tests.fakes.hub import IDP, ISSUER, LOGIN_FORM, NOW_US, SP, UID, FakeHub, drive, entropy, error_page, html, mire, planned, tile

TRANSPORT = [Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.RESET, Reason.PROTOCOL, Reason.HEAD_REFUSED, Reason.TOO_LARGE]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
NAMED_JSON = st.dictionaries(
    st.sampled_from(
        ["error", "error_uri", "access_token", "id_token", "token_type", "keys", "sub", "iss", "issuer", "jwks_uri", "expires_in"]
    ),
    JSON,
    max_size=6,
)
LOCATIONS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *("/", "?", "#", "//", "http://[", "javascript:alert(1)", "data:,x", f"{IDP}/authorize", f"{IDP}/interaction/x-987654321"),
            *(
                SP,
                f"{SP}?code=x",
                f"{SP}?error=access_denied",
                f"{ISSUER}/oidc-callback?code=c",
                f"{ISSUER}/oidc-callback",
                "https://evil.test/",
            ),
            *(
                "https://user:pass@hub.test/",
                "https://hub.test:99999/",
                "https://hub.test:abc/",
                "HTTPS://HUB.TEST/x",
                "\\\\hub.test\\x",
                "\ud800",
            ),
        ]
    ),
)
PAGES = st.sampled_from(
    [
        *(mire(), mire(tile(UID)), mire(tile(UID, greyed=True)), error_page("Y000000"), error_page("Y040001"), error_page("<b>")),
        *(
            html(LOGIN_FORM),
            html(""),
            html("<form action='http://['><input name=login>"),
            html("<meta http-equiv=refresh content='0;url=/a'>"),
        ),
        html("<form data-testid=consent-form><button data-testid=consent-continue>", body_id="fc-consent-page"),
    ]
)
TYPES = st.sampled_from(
    ["text/html", "text/html; charset=utf-16", "application/json", "application/jwt", "image/png", "", "text/html; charset=nonsense"]
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    kind = draw(st.sampled_from(["error", "redirect", "bytes", "page", "json", "usual", "usual", "usual"]))
    if kind == "error":
        return Answer("", error=draw(st.sampled_from(TRANSPORT)))
    if kind == "redirect":
        return Answer("", draw(st.sampled_from([301, 302, 303, 307, 308])), {"location": draw(LOCATIONS)})
    if kind == "page":
        return draw(PAGES)
    status, content_type = draw(st.integers(100, 599)), draw(TYPES)
    if kind == "json":
        return Answer(
            "", draw(st.sampled_from([200, 400, status])), {"content-type": content_type}, json.dumps(draw(NAMED_JSON | JSON)).encode()
        )
    return Answer("", -1 if kind == "usual" else status, {"content-type": content_type}, draw(st.binary(max_size=60)))


@pytest.mark.parametrize(
    ("kind", "name"), [*((kind, None) for kind in Kind if kind is not Kind.NEGATIVE), (Kind.NEGATIVE, "client"), (Kind.NEGATIVE, "idp")]
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=st.lists(answers(), max_size=25))
def test_any_answers_end_a_journey_with_a_verdict(kind: Kind, name: str | None, script: list[Answer]) -> None:
    hub, left = FakeHub(), iter(script)

    def answer(ask: Ask) -> Answer:
        usual, odd = hub.answer(ask), next(left, None)
        if odd is None or odd.status == -1:
            return usual
        return Answer(ask.url, odd.status, odd.headers, odd.body, usual.at_us, usual.since_us, odd.error, usual.asked_us)

    told = drive(planned(kind, name=name).start(Memory(), entropy, NOW_US), answer, limit=ASK_LIMIT + 10)
    verdict = told.verdict
    assert (verdict.outcome is Outcome.OK) == (verdict.reason is None)
    assert verdict.outcome is not Outcome.OK or verdict.fault is None
    assert verdict.outcome is not Outcome.FAILED or verdict.fault is not None
    assert len(verdict.extract) <= 300
    assert {ask.url.split("/")[2] for ask in told.asks} <= {"hub.test", "idp.test", "elsewhere.test", "HUB.TEST"}


@pytest.mark.parametrize("kind", [Kind.MIRE, Kind.IDENTITY, Kind.LOGIN_PAGE])
def test_a_hub_that_only_ever_redirects_is_left_within_the_limit(kind: Kind) -> None:
    count = iter(range(10_000))

    def answer(ask: Ask) -> Answer:
        return Answer(ask.url, 302, {"location": f"{ISSUER}/{next(count)}"})

    told = drive(planned(kind).start(Memory(), entropy, NOW_US), answer, limit=ASK_LIMIT)
    assert told.verdict.reason is Reason.REDIRECT_LOOP


def test_an_idp_whose_pages_never_end_is_left_within_the_limit() -> None:
    hub, count = FakeHub(), iter(range(10_000))

    def answer(ask: Ask) -> Answer:
        if ask.url.startswith(IDP):
            return Answer(ask.url, 200, {"content-type": "text/html"}, f"<meta http-equiv=refresh content='0;url=/{next(count)}'>".encode())
        return hub.answer(ask)

    told = drive(planned(Kind.IDENTITY).start(Memory(), entropy, NOW_US), answer, limit=ASK_LIMIT + 2)
    assert (told.verdict.fault, told.verdict.reason) == (Fault.IDP, Reason.REDIRECT_LOOP)
