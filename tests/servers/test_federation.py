"""The test federation does what the tests that use it rely on: it works, it breaks where told,
and it mends.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from probe.config.load import load
from tests.servers.faults import Action
from tests.servers.federation import REDIRECT_URI, Federation
from tests.servers.prometheus import Prometheus, lint_metrics
from tests.servers.watched import LEMONLDAP, LOGIN, vigie_config

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
CHALLENGE = "NiC162c0QrSD2DAiXkn9HJo4rKjj6GAubjqyJCS0vgU"  # S256 of it, by openssl
CHOOSER = str(LEMONLDAP["mire"]["page"])


class Browser:
    """A citizen with a fresh cookie jar, who logs in wherever asked and accepts
    whatever is asked.
    """

    def __init__(self, federation: Federation, method: str = "post") -> None:
        self.hub = federation.hub
        self.service = federation.hub.service(method)
        self.http = httpx.Client(timeout=6.0, trust_env=False)
        self.pages: list[str] = []

    def authorize(self) -> httpx.Response:
        parameters = {
            "client_id": self.service.client_id,
            "response_type": "code",
            "scope": "openid email profile",
            "redirect_uri": REDIRECT_URI,
            "state": "state",
            "nonce": "nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return self.http.get(f"{self.hub.url}/oauth2/authorize", params=parameters)

    def log_in(self, idp: str) -> dict[str, str]:
        """Go through every page up to the service. Returns the parameters that it is called back
        with, none when stuck.
        """
        answer = self.authorize()
        for _ in range(20):
            if answer.has_redirect_location:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(REDIRECT_URI):
                    return dict(parse_qsl(urlsplit(target).query))
                answer = self.http.get(target)
                continue
            page = LexborHTMLParser(answer.text)
            form = page.css_first("form.confirm") or page.css_first("form[action*='/interaction/']")
            self.pages.append(_kind_of(page))
            if form is None:
                return {}
            answer = self.http.post(urljoin(str(answer.url), form.attributes["action"] or "").partition("#")[0], data=_filled(form, idp))
        return {}

    def token(self, code: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        auth = None
        if self.service.name.endswith("basic"):
            auth = (self.service.client_id, self.service.client_secret)
        else:
            form |= {"client_id": self.service.client_id, "client_secret": self.service.client_secret}
        return httpx.post(f"{self.hub.url}/oauth2/token", data=form, auth=auth, trust_env=False, timeout=6.0)

    def userinfo(self, access_token: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {access_token}"}
        return httpx.get(f"{self.hub.url}/oauth2/userinfo", headers=headers, trust_env=False, timeout=6.0)


def _filled(form: LexborNode, idp: str) -> dict[str, str]:
    values = {str(field.attributes["name"]): field.attributes.get("value") or "" for field in form.css("input[name]")}
    choices = {"idp": idp, "login": LOGIN, "password": "any"}
    return {name: choices.get(name, value) for name, value in values.items()}


def _kind_of(page: LexborHTMLParser) -> str:
    marks = {
        "chooser": CHOOSER,
        "login": "input[name=login]",
        "idp consent": "input[name=prompt][value=consent]",
        "hub consent": ".oidc_consent_message",
        "hub error": ".message-negative [trmsg]",
    }
    return next((kind for kind, selector in marks.items() if page.css_first(selector)), "something else")


@pytest.fixture
def browse(federation: Federation) -> Iterator[Callable[..., Browser]]:
    with ExitStack() as opened:

        def new(method: str = "post") -> Browser:
            browser = Browser(federation, method)
            opened.callback(browser.http.close)
            return browser

        yield new


@pytest.mark.parametrize("idp", ["ministere", "universite"])
@pytest.mark.parametrize("method", ["post", "basic"])
def test_every_identity_provider_returns_its_persona_to_every_client(
    federation: Federation, browse: Callable[..., Browser], idp: str, method: str
) -> None:
    browser = browse(method)
    callback = browser.log_in(idp)
    assert callback["state"] == "state"
    tokens = browser.token(callback["code"]).json()
    assert browser.userinfo(tokens["access_token"]).json() == federation.idps[idp].persona(LOGIN)
    assert browser.pages == ["chooser", "login", "idp consent"] + ["hub consent"] * (method == "basic")


def test_a_code_without_its_pkce_verifier_is_refused(browse: Callable[..., Browser]) -> None:
    browser = browse()
    code = browser.log_in("ministere")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    auth = (browser.service.client_id, browser.service.client_secret)
    refused = httpx.post(f"{browser.hub.url}/oauth2/token", data=form, auth=auth, trust_env=False)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_a_stopped_identity_provider_refuses_connections_and_the_other_still_works(
    federation: Federation, browse: Callable[..., Browser]
) -> None:
    federation.idps["ministere"].stop()
    with pytest.raises(httpx.ConnectError):
        browse().log_in("ministere")
    assert "code" in browse().log_in("universite")


def test_a_hung_identity_provider_never_answers_and_goes_on_when_mended(federation: Federation, browse: Callable[..., Browser]) -> None:
    federation.idps["ministere"].hang()
    browser = browse()
    browser.http.timeout = httpx.Timeout(0.5)
    with pytest.raises(httpx.ReadTimeout):
        browser.log_in("ministere")
    federation.reset()
    assert "code" in browse().log_in("ministere")


def test_a_hung_token_endpoint_shows_the_providers_pages_and_then_the_hubs_error(
    federation: Federation, browse: Callable[..., Browser]
) -> None:
    federation.idps["ministere"].hang_token_endpoint()
    browser = browse()
    assert browser.log_in("ministere") == {}
    assert browser.pages == ["chooser", "login", "idp consent", "hub error"]
    assert "code" in browse().log_in("universite")


def test_hung_journeys_do_not_keep_the_hub_from_serving_others(federation: Federation, browse: Callable[..., Browser]) -> None:
    federation.idps["ministere"].hang_token_endpoint()
    for _ in range(3):
        browser = browse()
        browser.http.timeout = httpx.Timeout(0.5)
        with pytest.raises(httpx.ReadTimeout):
            browser.log_in("ministere")
    assert "code" in browse().log_in("universite")


@pytest.mark.parametrize("action", [Action.ERROR, Action.GARBAGE])
def test_a_broken_token_endpoint_of_the_hub_gives_no_token(federation: Federation, browse: Callable[..., Browser], action: Action) -> None:
    federation.hub.break_token(action)
    browser = browse()
    answer = browser.token(browser.log_in("ministere")["code"])
    assert "access_token" not in answer.text
    assert answer.status_code == (500 if action is Action.ERROR else 200)


def test_a_broken_userinfo_of_the_hub_gives_no_identity(federation: Federation, browse: Callable[..., Browser]) -> None:
    federation.hub.break_userinfo()
    browser = browse()
    tokens = browser.token(browser.log_in("ministere")["code"]).json()
    assert browser.userinfo(tokens["access_token"]).status_code == 500


@pytest.mark.parametrize("action", [Action.BLANK, Action.ERROR])
def test_a_broken_mire_shows_no_chooser(federation: Federation, browse: Callable[..., Browser], action: Action) -> None:
    federation.hub.break_mire(action)
    answer = browse().authorize()
    assert LexborHTMLParser(answer.text).css_first(CHOOSER) is None
    assert answer.status_code == (200 if action is Action.BLANK else 500)


def test_a_stopped_hub_refuses_connections_and_comes_back_on_the_same_address(
    federation: Federation, browse: Callable[..., Browser]
) -> None:
    federation.hub.stop()
    with pytest.raises(httpx.ConnectError):
        browse().authorize()
    federation.reset()
    assert "code" in browse().log_in("ministere")


@pytest.mark.parametrize("method", ["post", "basic"])
def test_vigie_reads_its_configuration_for_the_federation(federation: Federation, tmp_path: Path, method: str) -> None:
    config = load(vigie_config(federation, tmp_path, method=method))
    assert [idp.tile for idp in config.hubs[0].idps] == list(federation.idps)


def test_prometheus_scrapes_and_answers(prometheus: Prometheus) -> None:
    prometheus.watch({"itself": [f"127.0.0.1:{prometheus.port}"]})
    assert prometheus.wait_for('up{job="itself"} == 1')
    assert prometheus.value('count(up{job="itself"})') == 1


def test_promtool_is_silent_on_good_metrics_and_names_what_is_wrong_with_bad_ones(real_servers: None) -> None:
    good = "# HELP vigie_runs_total Journeys run.\n# TYPE vigie_runs_total counter\nvigie_runs_total 1\n"
    assert lint_metrics(good) == ""
    assert 'should have "_total" suffix' in lint_metrics(good.replace("runs_total", "runs"))


def test_a_deactivated_provider_is_off_the_chooser_until_it_is_reactivated(federation: Federation, browse: Callable[..., Browser]) -> None:
    def offered() -> list[str | None]:
        page = LexborHTMLParser(browse().authorize().text)
        assert page.css_matches(CHOOSER)
        return [button.attributes["val"] for button in page.css(str(LEMONLDAP["mire"]["tile"]))]

    everyone = list(federation.idps)
    assert offered() == everyone
    federation.hub.deactivate(everyone[0])
    assert offered() == everyone[1:]
    federation.hub.reset()
    assert offered() == everyone
