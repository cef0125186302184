"""« FranceConnect Particuliers n'affiche pas la mire de choix des Fournisseurs d'Identité.
» (contract, section 3)
"""

from urllib.parse import parse_qs, urlsplit

import pytest

from probe.config import profiles
from probe.config.models import Config, PageProfile, Pkce
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step, Tile
from probe.journeys.exchange import Answer, Channel
from probe.journeys.site import Memory
from tests.fakes.hub import ISSUER, SP, UID, FakeHub, broken, configured, document, error_page, html, mire, run, tile, to

PAGE = "GET /api/v2/interaction/i-123456789"
AUTHORIZE = "GET /api/v2/authorize"
FAILED, INCONCLUSIVE = Outcome.FAILED, Outcome.INCONCLUSIVE


def test_the_mire_passes_with_one_selectable_idp_and_tells_every_tile() -> None:
    told = run(FakeHub(), Kind.MIRE)
    assert (told.verdict.outcome, told.verdict.step, told.verdict.fault, told.verdict.reason) == (Outcome.OK, Step.MIRE, None, None)
    assert told.verdict.tiles == (Tile(UID, True), Tile("other", False))
    assert [ask.step for ask in told.asks] == [Step.AUTHORIZE, Step.MIRE]


def sent_by(config: Config, hub: FakeHub | None = None) -> dict[str, str]:
    """The authorization request's parameters."""
    asked = next(ask.url for ask in run(hub or FakeHub(), Kind.MIRE, config).asks if ask.step is Step.AUTHORIZE)
    return {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}


def through(profile: PageProfile, **sp: str) -> Config:
    config = configured(**sp)
    return config.model_copy(update={"hubs": [config.hubs[0].model_copy(update={"profile": profile})]})


@pytest.mark.parametrize(
    ("codes", "outcome", "fault", "reason", "coded"),
    [
        ({CodeClass.STORE: ["E-1[0-9]"]}, Outcome.FAILED, Fault.HUB, Reason.STORE_ERROR, True),
        ({CodeClass.REQUEST_REFUSED: ["E-2", "E-12"]}, Outcome.INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION, True),
        ({CodeClass.STORE: ["E-1"]}, Outcome.FAILED, Fault.HUB, Reason.HUB_ERROR, False),
        (None, Outcome.FAILED, Fault.HUB, Reason.HUB_ERROR, False),
    ],
)
def test_the_codes_of_another_hub_mean_what_its_profile_says(
    codes: dict[CodeClass, list[str]] | None, outcome: Outcome, fault: Fault, reason: Reason, coded: bool
) -> None:
    known = profiles.built_in("franceconnect")
    error = known.error.model_copy(update={"code_pattern": r"\b(E-\d+)\b"})
    config = through(known.model_copy(update={"error": error, "codes": codes}))
    verdict = run(FakeHub({AUTHORIZE: error_page("E-12")}), Kind.MIRE, config).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason, verdict.code, verdict.coded) == (outcome, fault, reason, "E-12", coded)


def test_the_authorization_request_has_what_the_hub_wants_and_nothing_it_would_refuse() -> None:
    sent = sent_by(configured())
    assert set(sent) == {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values"}
    assert (sent["response_type"], sent["redirect_uri"]) == ("code", SP)
    assert len(sent["nonce"]) >= 22


@pytest.mark.parametrize("setting", ["auto", "S256", "none"])
@pytest.mark.parametrize("says", list(Pkce))
@pytest.mark.parametrize("offered", [True, False])
def test_pkce_is_the_settings_then_the_profiles_then_the_metadatas_affair(setting: str, says: Pkce, offered: bool) -> None:
    metadata = {"issuer": ISSUER} | ({"code_challenge_methods_supported": ["plain", "S256"]} if offered else {})
    hub = FakeHub().on("GET /api/v2/.well-known/openid-configuration", document(metadata))
    sent = sent_by(through(profiles.built_in("franceconnect").model_copy(update={"pkce": says}), pkce=setting), hub)
    decided = setting if setting != "auto" else says if says is not Pkce.AUTO else "S256" if offered else "none"
    assert ("code_challenge" in sent, "code_challenge_method" in sent) == (decided == "S256", decided == "S256")
    if decided == "S256":
        assert (len(sent["code_challenge"]), sent["code_challenge_method"]) == (43, "S256")


@pytest.mark.parametrize("name", profiles.names())
def test_no_built_in_profile_sends_pkce_unless_the_configuration_says_so(name: str) -> None:
    assert "code_challenge" not in sent_by(through(profiles.built_in(name)))
    assert "code_challenge" in sent_by(through(profiles.built_in(name), pkce="S256"))


@pytest.mark.parametrize(
    ("where", "reply", "step", "outcome", "fault", "reason"),
    [
        (AUTHORIZE, broken(Reason.CONNECT), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.CONNECT),
        (AUTHORIZE, broken(Reason.TIMEOUT), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.TIMEOUT),
        (AUTHORIZE, html("502 Bad Gateway", 502), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.HTTP_STATUS),
        (AUTHORIZE, error_page("Y040001", 400), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.STORE_ERROR),
        (AUTHORIZE, error_page("Y04EA6EF", 400), Step.AUTHORIZE, INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
        (AUTHORIZE, to(f"{SP}?error=invalid_acr"), Step.SP_CALLBACK, INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
        (AUTHORIZE, to(f"{SP}?error=server_error"), Step.SP_CALLBACK, FAILED, Fault.HUB, Reason.HUB_ERROR),
        (AUTHORIZE, to(f"{SP}?code=x"), Step.MIRE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
        (AUTHORIZE, to("https://idp.test/authorize"), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
        (AUTHORIZE, to("https://evil.test/"), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.UNEXPECTED_HOST),
        (AUTHORIZE, to("https://hub.test:444/"), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.UNEXPECTED_HOST),
        (AUTHORIZE, to("javascript:alert(1)"), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.UNEXPECTED_HOST),
        (AUTHORIZE, to("http://[::1"), Step.AUTHORIZE, FAILED, Fault.HUB, Reason.PROTOCOL),
        (PAGE, broken(Reason.RESET), Step.MIRE, FAILED, Fault.HUB, Reason.RESET),
        (PAGE, error_page("Y190001", 401), Step.MIRE, FAILED, Fault.HUB, Reason.SESSION_LOST),
        (PAGE, error_page("Y000000"), Step.MIRE, FAILED, Fault.HUB, Reason.HUB_ERROR),
        (PAGE, html("<h1>Maintenance</h1>"), Step.MIRE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
        (PAGE, html("<h1>Bienvenue</h1>", body_id="fc-consent-page"), Step.MIRE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
        (PAGE, Answer("", 200, {"content-type": "application/json"}, b"{}"), Step.MIRE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
        (PAGE, mire(), Step.MIRE, FAILED, Fault.HUB, Reason.NO_IDP_SELECTABLE),
        (PAGE, mire(tile(UID, greyed=True)), Step.MIRE, FAILED, Fault.HUB, Reason.NO_IDP_SELECTABLE),
        (PAGE, mire(tile(UID, csrf="")), Step.MIRE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
    ],
)
def test_whatever_is_shown_in_the_place_of_the_mire_is_told_with_its_step_its_fault_and_its_reason(
    where: str, reply: Answer, step: Step, outcome: Outcome, fault: Fault, reason: Reason
) -> None:
    verdict = run(FakeHub().on(where, reply), Kind.MIRE).verdict
    assert (verdict.step, verdict.outcome, verdict.fault, verdict.reason, verdict.on_hub) == (step, outcome, fault, reason, True)


def test_a_host_that_the_configuration_does_not_name_is_never_asked() -> None:
    told = run(FakeHub().on(AUTHORIZE, to("https://evil.test/")), Kind.MIRE)
    assert all(urlsplit(ask.url).hostname == "hub.test" for ask in told.asks)
    assert told.verdict.detail == Detail(DetailKind.HOST_NOT_CONFIGURED, ("evil.test",), ("hub.test:443",))


def test_the_sp_callback_is_never_asked() -> None:
    told = run(FakeHub().on(AUTHORIZE, to(f"{SP}?error=server_error")), Kind.MIRE)
    assert not any(ask.url.startswith(SP) for ask in told.asks)


def test_greyed_tiles_are_recorded_even_though_the_journey_failed() -> None:
    verdict = run(FakeHub().on(PAGE, mire(tile(UID, greyed=True), tile("b", greyed=True))), Kind.MIRE).verdict
    assert verdict.tiles == (Tile(UID, False), Tile("b", False))


def test_the_error_code_of_the_hubs_page_goes_into_the_verdict() -> None:
    assert run(FakeHub().on(PAGE, error_page("Y04ABCDE")), Kind.MIRE).verdict.code == "Y04ABCDE"


def test_redirects_end_as_a_loop_where_chromium_gives_up() -> None:
    itself = run(FakeHub().on(PAGE, to("/api/v2/interaction/i-123456789")), Kind.MIRE)
    assert itself.verdict.reason is Reason.REDIRECT_LOOP
    assert len(itself.front) == 20

    def further(ask: object) -> Answer:
        return to(f"/api/v2/authorize?n={len(hub.asked)}")

    hub = FakeHub()
    hub.on(AUTHORIZE, further)
    chain = run(hub, Kind.MIRE)
    assert chain.verdict.reason is Reason.REDIRECT_LOOP
    assert len(chain.front) == 20


def test_metadata_that_cannot_be_read_is_no_failure_of_the_mire_and_is_not_asked_for_again_at_once() -> None:
    memory, hub = Memory(), FakeHub().on("GET /api/v2/.well-known/openid-configuration", broken(Reason.TIMEOUT))
    config = through(_asking_metadata())
    first, second = run(hub, Kind.MIRE, config, memory=memory), run(hub, Kind.MIRE, config, memory=memory)
    assert [ask.step for ask in first.asks] == [Step.DISCOVERY, Step.AUTHORIZE, Step.MIRE]
    assert first.verdict.outcome is second.verdict.outcome is Outcome.OK
    assert [ask.step for ask in second.asks] == [Step.AUTHORIZE, Step.MIRE]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (broken(Reason.DNS), Reason.DNS),
        (document({}, 503), Reason.HTTP_STATUS),
        (document([1]), Reason.HTTP_STATUS),
        (document({"issuer": "https://other.test"}), Reason.ISSUER_MISMATCH),
        (document({"issuer": ISSUER}), Reason.HUB_ERROR),
    ],
)
def test_a_hub_known_by_its_metadata_alone_fails_at_discovery_when_they_are_missing(reply: Answer, reason: Reason) -> None:
    config = configured()
    hub = config.hubs[0]
    from_metadata = hub.model_copy(update={"profile": _without_paths()})
    told = run(
        FakeHub().on("GET /api/v2/.well-known/openid-configuration", reply),
        Kind.MIRE,
        config.model_copy(update={"hubs": [from_metadata]}),
    )
    assert (told.verdict.step, told.verdict.fault, told.verdict.reason) == (Step.DISCOVERY, Fault.HUB, reason)


def _asking_metadata() -> PageProfile:
    return profiles.built_in("franceconnect").model_copy(update={"pkce": Pkce.AUTO})


def _without_paths() -> PageProfile:
    return profiles.built_in("franceconnect").model_copy(update={"paths": {}})


def test_a_client_the_hub_accepted_before_is_not_to_blame_when_it_is_unknown_now() -> None:
    memory, hub = Memory(), FakeHub()
    assert run(hub, Kind.MIRE, memory=memory).verdict.outcome is Outcome.OK
    hub.on(AUTHORIZE, error_page("Y04EA6EF", 400))
    verdict = run(hub, Kind.MIRE, memory=memory).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason) == (FAILED, Fault.HUB, Reason.HUB_ERROR)


def test_the_browser_and_the_back_channel_are_kept_apart() -> None:
    asks = run(FakeHub(), config=through(_asking_metadata())).asks
    back = {Step.DISCOVERY, Step.TOKEN, Step.JWKS, Step.USERINFO}
    assert {ask.step for ask in asks if ask.channel is Channel.BACK} == back
