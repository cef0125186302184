"""« ... n'est pas en mesure de renvoyer les données d'identité [...] même si l'authentification a
réussi [...] » (contract, section 3)
"""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from probe.config import profiles
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.journeys.exchange import Answer, Ask
from probe.journeys.site import Memory
from probe.oidc.client_auth import challenge
from tests.fakes.hub import (
    IDP,
    ISSUER,
    KEY,
    LOGIN_FORM,
    OTHER_KEY,
    PASSWORD,
    SECRET,
    SP,
    UID,
    USERNAME,
    FakeHub,
    Reply,
    broken,
    configured,
    document,
    encrypt,
    error_page,
    html,
    mire,
    run,
    sign,
    symmetric,
    tile,
    to,
    token,
)

FAILED, INCONCLUSIVE = Outcome.FAILED, Outcome.INCONCLUSIVE
LOGIN_PAGE, LOGIN = "GET /interaction/x-987654321", "POST /login"
REDIRECT, CALLBACK = "POST /api/v2/redirect-to-idp", "GET /api/v2/oidc-callback"
VERIFY, CONSENT = "GET /api/v2/interaction/i-123456789/verify", "GET /api/v2/interaction/i-123456789/consent"
RESUME, TOKEN, JWKS, USERINFO = "GET /api/v2/authorize/i-123456789", "POST /api/v2/token", "GET /api/v2/jwks", "GET /api/v2/userinfo"
BANNER = mire(tile(UID), extra="<div id='interaction-error-banner'>La connexion n’a pas été possible</div>")


def test_a_whole_journey_passes_and_names_each_of_its_hops() -> None:
    told = run(FakeHub())
    assert (told.verdict.outcome, told.verdict.step, told.verdict.authenticated) == (Outcome.OK, Step.CLAIMS, True)
    assert [ask.step.value for ask in told.asks] == [
        *("authorize", "mire", "redirect-to-idp", "idp-login-page", "idp-login-page", "idp-login"),
        *("oidc-callback", "verify", "consent", "consent", "resume", "token", "jwks", "userinfo"),
    ]


def test_the_forms_are_sent_as_a_browser_would_with_their_hidden_fields_and_where_they_came_from() -> None:
    asks = {f"{ask.method} {urlsplit(ask.url).path}": ask for ask in run(FakeHub()).asks}
    assert asks[REDIRECT].form == (("providerUid", UID), ("csrfToken", "c" * 64))
    assert asks[LOGIN].form == (("interactionId", "i1"), ("login", USERNAME), ("password", PASSWORD))
    assert asks[LOGIN].headers == {"referer": f"{IDP}/interaction/x-987654321", "origin": IDP}
    assert asks["POST /api/v2/login"].form == (("csrfToken", "c" * 64),)
    sent = dict(asks[TOKEN].form or ())
    assert sent == {
        "grant_type": "authorization_code",
        "code": "the-authorization-code",
        "redirect_uri": SP,
        "client_id": "vigie",
        "client_secret": SECRET,
    }


@pytest.mark.parametrize(
    ("where", "reply", "step", "outcome", "fault", "reason", "authenticated"),
    [
        # to the IdP
        (REDIRECT, broken(Reason.CONNECT), Step.REDIRECT_TO_IDP, FAILED, Fault.HUB, Reason.CONNECT, False),
        (REDIRECT, broken(Reason.TIMEOUT), Step.REDIRECT_TO_IDP, FAILED, Fault.IDP, Reason.TIMEOUT, False),
        (REDIRECT, error_page("Y000000"), Step.REDIRECT_TO_IDP, FAILED, Fault.IDP, Reason.IDP_DISCOVERY, False),
        (REDIRECT, error_page("Y020017"), Step.REDIRECT_TO_IDP, INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, False),
        (REDIRECT, html("gateway", 502), Step.REDIRECT_TO_IDP, FAILED, Fault.HUB, Reason.HTTP_STATUS, False),
        (REDIRECT, html("what?"), Step.REDIRECT_TO_IDP, FAILED, Fault.IDP, Reason.IDP_DISCOVERY, False),
        (REDIRECT, mire(tile(UID)), Step.REDIRECT_TO_IDP, FAILED, Fault.HUB, Reason.SESSION_LOST, False),
        (REDIRECT, mire(tile(UID, greyed=True)), Step.REDIRECT_TO_IDP, INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, False),
        (REDIRECT, to("https://evil.test/"), Step.REDIRECT_TO_IDP, FAILED, Fault.IDP, Reason.UNEXPECTED_HOST, False),
        (REDIRECT, to(f"{SP}?error=server_error"), Step.SP_CALLBACK, FAILED, Fault.IDP, Reason.IDP_ERROR, False),
        # at the IdP
        ("GET /authorize", broken(Reason.DNS), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.DNS, False),
        (LOGIN_PAGE, broken(Reason.TIMEOUT), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.TIMEOUT, False),
        (LOGIN_PAGE, html("down", 503), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.HTTP_STATUS, False),
        (LOGIN_PAGE, html("no form here"), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.LOGIN_PAGE_MISSING, False),
        (LOGIN_PAGE, html("<p id='idp-error'>Oups</p>"), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.IDP_ERROR, False),
        (LOGIN_PAGE, to("https://evil.test/"), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.UNEXPECTED_HOST, False),
        (LOGIN_PAGE, to("/interaction/x-987654321"), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.REDIRECT_LOOP, False),
        (LOGIN, broken(Reason.RESET), Step.IDP_LOGIN, FAILED, Fault.IDP, Reason.RESET, False),
        (LOGIN, html("<p class=refused>no</p>", 401), Step.IDP_LOGIN, INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED, False),
        (LOGIN, html("Unauthorized", 401), Step.IDP_LOGIN, INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED, False),
        (LOGIN_PAGE, html("Unauthorized", 401), Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.HTTP_STATUS, False),
        (LOGIN, html("<p id=idp-error>Oups</p>", 500), Step.IDP_LOGIN, FAILED, Fault.IDP, Reason.IDP_ERROR, False),
        (LOGIN, html("something else"), Step.IDP_LOGIN, FAILED, Fault.IDP, Reason.IDP_ERROR, False),
        (LOGIN, html("down", 500), Step.IDP_LOGIN, FAILED, Fault.IDP, Reason.HTTP_STATUS, False),
        # back at the hub
        (CALLBACK, broken(Reason.TIMEOUT), Step.OIDC_CALLBACK, FAILED, Fault.HUB, Reason.TIMEOUT, True),
        (CALLBACK, error_page("Y020026", 502), Step.OIDC_CALLBACK, FAILED, Fault.IDP, Reason.IDP_TOKEN, True),
        (CALLBACK, error_page("Y020027", 502), Step.OIDC_CALLBACK, FAILED, Fault.IDP, Reason.IDP_USERINFO, True),
        (CALLBACK, error_page("Y190001", 401), Step.OIDC_CALLBACK, FAILED, Fault.HUB, Reason.SESSION_LOST, True),
        (CALLBACK, html("gateway", 502), Step.OIDC_CALLBACK, FAILED, Fault.HUB, Reason.HTTP_STATUS, True),
        (CALLBACK, mire(tile(UID)), Step.OIDC_CALLBACK, FAILED, Fault.HUB, Reason.SESSION_LOST, True),
        (VERIFY, error_page("Y010011", 504), Step.VERIFY, FAILED, Fault.HUB, Reason.REGISTRY_ERROR, True),
        (VERIFY, error_page("Y000000"), Step.VERIFY, FAILED, Fault.HUB, Reason.STORE_ERROR, True),
        (VERIFY, error_page("Y010004", 403), Step.VERIFY, INCONCLUSIVE, Fault.SP, Reason.TEST_USER, True),
        (VERIFY, mire(tile(UID, greyed=True)), Step.VERIFY, INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, True),
        (CONSENT, html("<h1>Angela DUBOIS</h1>"), Step.CONSENT, FAILED, Fault.HUB, Reason.HUB_ERROR, True),
        ("POST /api/v2/login", broken(Reason.TLS), Step.CONSENT, FAILED, Fault.HUB, Reason.TLS, True),
        (RESUME, error_page("Y030026"), Step.RESUME, FAILED, Fault.HUB, Reason.HUB_ERROR, True),
        (RESUME, to("https://evil.test/"), Step.RESUME, FAILED, Fault.HUB, Reason.UNEXPECTED_HOST, True),
        # the back channel
        (TOKEN, broken(Reason.TIMEOUT), Step.TOKEN, FAILED, Fault.HUB, Reason.TIMEOUT, True),
        (TOKEN, html("gateway", 502), Step.TOKEN, FAILED, Fault.HUB, Reason.HTTP_STATUS, True),
        (TOKEN, document({"error": "invalid_client"}, 401), Step.TOKEN, INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION, True),
        (TOKEN, document({"error": "invalid_grant"}, 400), Step.TOKEN, FAILED, Fault.HUB, Reason.TOKEN_ERROR, True),
        (TOKEN, document({"error_uri": "https://d.test/?code=Y040001"}, 400), Step.TOKEN, FAILED, Fault.HUB, Reason.STORE_ERROR, True),
        (TOKEN, document(["?"]), Step.TOKEN, FAILED, Fault.HUB, Reason.TOKEN_ERROR, True),
        (TOKEN, document({"access_token": "a", "token_type": "Bearer"}), Step.TOKEN, FAILED, Fault.HUB, Reason.TOKEN_ERROR, True),
        (TOKEN, document({"access_token": "a", "token_type": "mac"}), Step.TOKEN, FAILED, Fault.HUB, Reason.TOKEN_ERROR, True),
        (TOKEN, to("https://evil.test/"), Step.TOKEN, FAILED, Fault.HUB, Reason.TOKEN_ERROR, True),
        (JWKS, broken(Reason.CONNECT), Step.JWKS, FAILED, Fault.HUB, Reason.CONNECT, True),
        (JWKS, document({"keys": []}), Step.JWKS, FAILED, Fault.HUB, Reason.SIGNATURE, True),
        (JWKS, document({}, 500), Step.JWKS, FAILED, Fault.HUB, Reason.HTTP_STATUS, True),
        (USERINFO, broken(Reason.TOO_LARGE), Step.USERINFO, FAILED, Fault.HUB, Reason.TOO_LARGE, True),
        (USERINFO, document({"error": "invalid_token"}, 401), Step.USERINFO, FAILED, Fault.HUB, Reason.USERINFO_ERROR, True),
        (USERINFO, html("oops"), Step.USERINFO, FAILED, Fault.HUB, Reason.USERINFO_ERROR, True),
        (USERINFO, token("a.b.c"), Step.USERINFO, FAILED, Fault.HUB, Reason.USERINFO_ERROR, True),
        (USERINFO, document({"sub": "another"}), Step.USERINFO, FAILED, Fault.HUB, Reason.USERINFO_ERROR, True),
        (USERINFO, document({"sub": "pairwise-subjectv1"}), Step.CLAIMS, FAILED, Fault.HUB, Reason.CLAIMS_MISSING, True),
    ],
)
def test_each_hop_that_fails_ends_the_journey_with_its_step_its_fault_and_its_reason(
    where: str, reply: Answer, step: Step, outcome: Outcome, fault: Fault | None, reason: Reason, authenticated: bool
) -> None:
    verdict = run(FakeHub().on(where, reply)).verdict
    assert (verdict.step, verdict.outcome, verdict.fault, verdict.reason) == (step, outcome, fault, reason)
    assert verdict.authenticated is authenticated


@pytest.mark.parametrize(
    ("callback", "page", "fault", "reason"),
    [
        ("error=access_denied&state=s", BANNER, Fault.IDP, Reason.IDP_ERROR),
        ("error=server_error&state=s", BANNER, Fault.IDP, Reason.IDP_ERROR),
        ("error=server_error&state=s", html("an unknown page"), Fault.IDP, Reason.IDP_ERROR),
        ("state=s", error_page("Y020025", 400), Fault.IDP, Reason.IDP_CALLBACK),
        ("state=s", html("gateway", 500), Fault.IDP, Reason.HTTP_STATUS),
    ],
)
def test_an_idp_that_sends_no_code_did_not_authenticate_anyone(callback: str, page: Answer, fault: Fault, reason: Reason) -> None:
    verdict = run(FakeHub().on(LOGIN, to(f"{ISSUER}/oidc-callback?{callback}")).on(CALLBACK, page)).verdict
    assert (verdict.step, verdict.fault, verdict.reason, verdict.authenticated) == (Step.OIDC_CALLBACK, fault, reason, False)


@pytest.mark.parametrize("tiles", [(), (tile(UID, greyed=True),)])
def test_an_idp_without_a_selectable_tile_is_not_offered_which_is_no_outage(tiles: tuple[str, ...]) -> None:
    told = run(FakeHub().on("GET /api/v2/interaction/i-123456789", mire(tile("other"), *tiles)))
    verdict = told.verdict
    assert (verdict.outcome, verdict.fault, verdict.reason, verdict.step) == (INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, Step.MIRE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "another"}, Reason.STATE_MISMATCH),
        ({"state": None}, Reason.STATE_MISMATCH),
        ({"iss": "https://other.test"}, Reason.ISSUER_MISMATCH),
        ({"iss": None}, Reason.ISSUER_MISMATCH),
        ({"code": None}, Reason.CODE_MISSING),
        ({"code": None, "error": "server_error"}, Reason.CODE_MISSING),
    ],
)
def test_a_callback_that_is_not_the_one_due_is_never_exchanged(changes: dict[str, str | None], reason: Reason) -> None:
    hub = FakeHub()
    told = run(hub.on(RESUME, lambda _: to(hub.callback(**changes))))
    assert (told.verdict.step, told.verdict.fault, told.verdict.reason) == (Step.SP_CALLBACK, Fault.HUB, reason)
    assert Step.TOKEN not in {ask.step for ask in told.asks}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.test"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["vigie", "another"]},
        {"azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": 32_503_680_000},
        {"iat": 1},
        {"nbf": 32_503_680_000},
        {"nonce": "another"},
        {"nonce": None},
        {"acr": "eidas0"},
        {"acr": None},
        {"at_hash": "another"},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_an_id_token_with_a_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    verdict = run(FakeHub(id_token_claims=changes)).verdict
    assert (verdict.step, verdict.fault, verdict.reason) == (Step.TOKEN, Fault.HUB, Reason.ID_TOKEN)
    assert verdict.detail is not None


def test_an_id_token_for_several_clients_is_good_when_azp_says_that_it_is_ours() -> None:
    assert run(FakeHub(id_token_claims={"aud": ["another", "vigie"], "azp": "vigie"})).verdict.outcome is Outcome.OK


def test_userinfo_is_compared_with_the_persona_and_only_names_of_claims_are_told() -> None:
    missing = run(FakeHub(userinfo_claims={"email": None})).verdict
    differing = run(FakeHub(userinfo_claims={"family_name": "MARTIN"})).verdict
    assert (missing.step, missing.reason, missing.detail.names if missing.detail else ()) == (
        Step.CLAIMS,
        Reason.CLAIMS_MISSING,
        ("email",),
    )
    assert (differing.reason, differing.detail) == (Reason.CLAIMS_MISMATCH, Detail(DetailKind.CLAIMS_DIFFER, ("family_name",)))
    assert (missing.extract, differing.extract) == ("", "")


@pytest.mark.parametrize("changes", [{"iss": "https://other.test"}, {"aud": "another"}, {"exp": 1}, {"sub": "another"}])
def test_a_signed_userinfo_for_someone_else_is_refused(changes: dict[str, Any]) -> None:
    verdict = run(FakeHub(userinfo_claims=changes)).verdict
    assert (verdict.step, verdict.reason) == (Step.USERINFO, Reason.USERINFO_ERROR)


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


# --- signatures and keys --------------------------------------------------------------------------


def test_keys_are_kept_between_journeys_and_fetched_again_once_when_a_token_names_another() -> None:
    memory, hub = Memory(), FakeHub()
    assert run(hub, memory=memory).verdict.outcome is Outcome.OK
    assert Step.JWKS not in {ask.step for ask in run(hub, memory=memory).asks}
    hub.signing, hub.published = OTHER_KEY, [OTHER_KEY]
    rotated = run(hub, memory=memory)
    assert rotated.verdict.outcome is Outcome.OK
    assert [ask.step for ask in rotated.asks].count(Step.JWKS) == 1


def test_a_key_replaced_under_the_same_kid_is_found_by_fetching_again() -> None:
    memory, hub = Memory(), FakeHub()
    run(hub, memory=memory)
    replaced = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
    hub.signing, hub.published = replaced, [replaced]
    assert run(hub, memory=memory).verdict.outcome is Outcome.OK


def test_a_token_signed_by_a_key_that_is_not_published_is_refused_after_one_fetch() -> None:
    told = run(FakeHub(signing=OTHER_KEY))
    assert (told.verdict.step, told.verdict.reason) == (Step.TOKEN, Reason.SIGNATURE)
    assert [ask.step for ask in told.asks].count(Step.JWKS) == 1


def test_keys_of_before_serve_while_the_hub_does_not_give_its_own() -> None:
    memory, hub = Memory(), FakeHub()
    run(hub, memory=memory)
    memory.of("fc").keys_at_us -= 3_600_000_000
    assert run(hub.on(JWKS, broken(Reason.CONNECT)), memory=memory).verdict.outcome is Outcome.OK


def test_the_shared_secret_signs_hs256_and_needs_no_published_key() -> None:
    told = run(FakeHub(signing=symmetric(), alg="HS256"))
    assert told.verdict.outcome is Outcome.OK
    assert Step.JWKS not in {ask.step for ask in told.asks}


def test_a_public_key_never_passes_for_a_shared_secret() -> None:
    hub = FakeHub()

    def confused(_: Ask) -> Answer:
        text = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(hub.id_token())}"
        mac = hmac.new(KEY.as_pem(private=False), text.encode(), "sha256").digest()
        return document(hub.tokens() | {"id_token": f"{text}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"})

    verdict = run(hub.on(TOKEN, confused)).verdict
    assert (verdict.step, verdict.reason) == (Step.TOKEN, Reason.SIGNATURE)


@pytest.mark.parametrize("alg", ["none", "None", "NONE"])
def test_a_token_without_signature_is_refused_whatever_the_configuration_allows(alg: str) -> None:
    hub = FakeHub()

    def unsigned(_: Ask) -> Answer:
        return document(hub.tokens() | {"id_token": f"{_part({'alg': alg})}.{_part(hub.id_token())}."})

    verdict = run(hub.on(TOKEN, unsigned)).verdict
    assert (verdict.step, verdict.reason) == (Step.TOKEN, Reason.SIGNATURE)


def test_an_algorithm_that_the_configuration_does_not_allow_is_refused() -> None:
    verdict = run(FakeHub(), config=configured(id_token_alg=["RS256"])).verdict
    assert (verdict.step, verdict.reason) == (Step.TOKEN, Reason.SIGNATURE)


def test_a_userinfo_signed_then_encrypted_is_opened_and_one_for_another_key_is_not() -> None:
    ours, theirs = (ECKey.generate_key("P-256", {"use": "enc"}) for _ in range(2))
    config = configured(decryption_key={"env": "DECRYPTION"})
    pem = ours.as_pem(private=True).decode()

    def outcome(key: ECKey) -> Any:
        hub = FakeHub()
        hub.on(USERINFO, lambda _: token(encrypt(sign(hub.userinfo()), key)))
        return run(hub, config=config, DECRYPTION=pem).verdict

    assert outcome(ours).outcome is Outcome.OK
    # whose key it is, is a matter of our client's record and of our own key, at any time
    for told in (outcome(theirs), run(encrypted_for(theirs), config=configured()).verdict):
        assert (told.outcome, told.fault) == (Outcome.INCONCLUSIVE, Fault.SP)
        assert (told.step, told.reason) == (Step.USERINFO, Reason.SP_CONFIGURATION)


def encrypted_for(key: ECKey) -> FakeHub:
    hub = FakeHub()
    hub.on(USERINFO, lambda _: token(encrypt(sign(hub.userinfo()), key)))
    return hub


def test_an_encrypted_userinfo_where_a_signed_one_is_configured_is_ours() -> None:
    told = run(encrypted_for(ECKey.generate_key("P-256", {"use": "enc"})), config=configured(userinfo="signed")).verdict
    assert (told.outcome, told.fault, told.reason) == (Outcome.INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION)


@pytest.mark.parametrize("broken", ["a.b.c.d.e", "eyJhbGciOiJub25lIn0.b.c.d.e", "....", "é.b.c.d.e"])
def test_what_is_no_encrypted_token_at_all_is_the_hubs_broken_answer(broken: str) -> None:
    hub = FakeHub()
    hub.on(USERINFO, lambda _: token(broken))
    told = run(hub, config=configured()).verdict
    assert (told.outcome, told.fault, told.reason) == (Outcome.FAILED, Fault.HUB, Reason.USERINFO_ERROR)


@pytest.mark.parametrize(
    ("wanted", "given", "passes"),
    [
        ("signed", "signed", True),
        ("signed", "json", False),
        ("encrypted", "signed", False),
        ("json", "signed", False),
        ("json", "json", True),
    ],
)
def test_a_userinfo_in_another_form_than_the_configured_one_is_a_bad_signature(wanted: str, given: str, passes: bool) -> None:
    hub = FakeHub()
    if given == "json":
        hub.on(USERINFO, lambda _: document(hub.userinfo()))
    verdict = run(hub, config=configured(userinfo=wanted)).verdict
    assert verdict.outcome is (Outcome.OK if passes else Outcome.FAILED)
    assert passes or (verdict.step, verdict.reason, verdict.fault) == (Step.USERINFO, Reason.SIGNATURE, Fault.HUB)


# --- the SP's own proof ---------------------------------------------------------------------------


def test_basic_authentication_sends_the_secret_in_the_header_alone() -> None:
    told = run(FakeHub(), config=configured(client_auth="client_secret_basic"))
    asked = next(ask for ask in told.asks if ask.step is Step.TOKEN)
    assert asked.auth == ("vigie", SECRET)
    assert not {"client_secret", "client_id"} & {name for name, _ in asked.form or ()}


def test_a_private_key_signs_an_assertion_for_the_hub_and_no_secret_is_sent() -> None:
    key = ECKey.generate_key("P-256")
    config = configured(client_auth="private_key_jwt", client_secret=None, private_key={"env": "KEY"}, private_key_kid="mine")
    told = run(FakeHub(), config=config, KEY=key.as_pem(private=True).decode())
    sent = dict(next(ask for ask in told.asks if ask.step is Step.TOKEN).form or ())
    assertion = jwt.decode(sent["client_assertion"], key, algorithms=["ES256"])
    assert told.verdict.outcome is Outcome.OK
    assert "client_secret" not in sent
    assert assertion.header["kid"] == "mine"
    assert (assertion.claims["iss"], assertion.claims["sub"], assertion.claims["aud"]) == ("vigie", "vigie", ISSUER)
    assert assertion.claims["exp"] - assertion.claims["iat"] == 60


def test_the_pkce_verifier_is_the_one_whose_challenge_was_sent() -> None:
    asks = run(FakeHub(), config=configured(pkce="S256")).asks
    sent = parse_qs(urlsplit(next(ask.url for ask in asks if ask.step is Step.AUTHORIZE)).query)["code_challenge"][0]
    verifier = dict(next(ask.form or () for ask in asks if ask.step is Step.TOKEN))["code_verifier"]
    assert challenge(verifier) == sent
    assert 43 <= len(verifier) <= 128


# --- slowness, recipes, odd paths -----------------------------------------------------------------


@pytest.mark.parametrize(("where", "error"), [(TOKEN, "invalid_grant"), (USERINFO, "invalid_token")])
def test_a_code_or_token_that_was_too_old_when_it_was_used_is_ours(where: str, error: str) -> None:
    hub = FakeHub(waits={where: 61_000_000}).on(where, document({"error": error}, 400))
    verdict = run(hub).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason) == (INCONCLUSIVE, Fault.PROBER, Reason.TOO_SLOW)


@pytest.mark.parametrize(
    ("where", "error", "reason"), [(TOKEN, "invalid_grant", Reason.TOKEN_ERROR), (USERINFO, "invalid_token", Reason.USERINFO_ERROR)]
)
def test_a_code_or_token_that_grew_too_old_while_the_hub_took_its_time_is_the_hubs(where: str, error: str, reason: Reason) -> None:
    hub = FakeHub()

    def late(_: Ask) -> Answer:
        hub.clock_us += 61_000_000
        return document({"error": error}, 400)

    verdict = run(hub.on(where, late)).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason) == (Outcome.FAILED, Fault.HUB, reason)


def test_an_optional_page_is_passed_when_it_shows_up() -> None:
    button = "<button id=go name=ok value=yes>Go</button>"
    notice = html(f"<form id=notice method=post action='/notice'><input type=hidden name=a value=b>{button}</form>")
    hub = FakeHub().on(LOGIN, notice).on("POST /notice", to(f"{ISSUER}/oidc-callback?code=idp-code&state=s"))
    told = run(hub)
    assert told.verdict.outcome is Outcome.OK
    assert next(ask.form for ask in told.asks if ask.url.endswith("/notice")) == (("a", "b"), ("ok", "yes"))


def test_the_password_form_shown_again_means_refused_credentials_when_the_recipe_says_nothing_of_it() -> None:
    config = configured()
    idp = config.hubs[0].idps[0]
    recipe = {"pages": [{"fill": {"login": "{username}", "password": "{password}"}}]}
    silent = idp.model_validate(idp.model_dump() | {"recipe": recipe})
    hub_model = config.hubs[0].model_copy(update={"idps": [silent]})
    told = run(FakeHub().on(LOGIN, html(LOGIN_FORM)), config=config.model_copy(update={"hubs": [hub_model]}))
    assert told.verdict.reason is Reason.CREDENTIALS_REFUSED
    assert [ask.step for ask in told.asks].count(Step.IDP_LOGIN) == 1


def test_a_page_that_refreshes_itself_elsewhere_is_followed() -> None:
    refresh = Answer("", 200, {"content-type": "text/html"}, b"<meta http-equiv=refresh content='0; url=/interaction/x-987654321'>")
    assert run(FakeHub().on("GET /authorize", refresh)).verdict.outcome is Outcome.OK


def test_an_idp_that_was_already_logged_in_sends_the_browser_straight_back() -> None:
    hub = FakeHub().on("GET /authorize", to(f"{ISSUER}/oidc-callback?code=idp-code&state=idpstate"))
    assert run(hub).verdict.outcome is Outcome.OK


def test_a_hub_without_a_consent_page_goes_straight_to_the_sp() -> None:
    assert run(FakeHub().on(VERIFY, to(f"{ISSUER}/authorize/i-123456789"))).verdict.outcome is Outcome.OK


def test_a_permanent_redirect_repeats_the_form_and_an_ordinary_one_does_not() -> None:
    repeated = run(FakeHub().on(LOGIN, to("/login2", 307)).on("POST /login2", to(f"{ISSUER}/oidc-callback?code=c&state=s")))
    assert next(ask.form for ask in repeated.asks if ask.url.endswith("/login2")) == (
        ("interactionId", "i1"),
        ("login", USERNAME),
        ("password", PASSWORD),
    )
    dropped = run(FakeHub().on(LOGIN, to("/after", 302)).on("GET /after", to(f"{ISSUER}/oidc-callback?code=c&state=s")))
    assert next(ask.form for ask in dropped.asks if ask.url.endswith("/after")) is None


def test_a_token_endpoint_of_the_metadata_on_a_foreign_host_never_gets_the_secret() -> None:
    config = configured()
    paths = {"authorization": "/authorize"}
    profile = profiles.built_in("franceconnect").model_copy(update={"paths": paths})
    hub_model = config.hubs[0].model_copy(update={"profile": profile})
    metadata = {"issuer": ISSUER, "token_endpoint": "https://evil.test/token", "userinfo_endpoint": f"{ISSUER}/userinfo"}
    hub = FakeHub().on("GET /api/v2/.well-known/openid-configuration", document(metadata))
    told = run(hub, config=config.model_copy(update={"hubs": [hub_model]}))
    assert (told.verdict.step, told.verdict.reason) == (Step.TOKEN, Reason.UNEXPECTED_HOST)
    assert not any("evil.test" in ask.url for ask in told.asks)


# --- nothing personal, nothing secret -------------------------------------------------------------

LEAKS: list[tuple[str, Reply]] = [
    (CONSENT, html("<h1>Bonjour Angela DUBOIS</h1> née le 24/08/1962, angela@example.org")),
    (LOGIN, html(f"<p id=idp-error>Compte {USERNAME} : mot de passe {PASSWORD} refusé</p>", 500)),
    (CALLBACK, error_page(f"Y000000</p><p>idp-code the-authorization-code {'ab12' * 8} Angela")),
    (TOKEN, document({"error": "invalid_grant", "error_description": f"code the-authorization-code, secret {SECRET}"}, 400)),
    (USERINFO, document({"error": "x", "error_description": "the-access-token of angela@example.org (DUBOIS)"}, 400)),
]


@pytest.mark.parametrize(("where", "reply"), LEAKS)
def test_an_extract_never_holds_a_secret_a_code_or_the_persona(where: str, reply: Reply) -> None:
    hub = FakeHub()
    extract = run(hub.on(where, reply)).verdict.extract
    ours = [USERNAME, PASSWORD, SECRET, "Angela", "DUBOIS", "1962", "@"]
    secret = [*ours, "the-authorization-code", "ab12ab12", hub.sent["state"], hub.sent["nonce"]]
    assert extract
    assert not [word for word in secret if word.lower() in extract.lower()]
    assert len(extract) <= 300


def test_a_journey_asks_the_same_again_when_it_is_told_the_same_again() -> None:
    first, second = run(FakeHub()), run(FakeHub())
    drop = {Step.TOKEN, Step.USERINFO}
    assert [ask for ask in first.asks if ask.step not in drop] == [ask for ask in second.asks if ask.step not in drop]


def test_identity_ends_at_the_mire_when_there_is_none() -> None:
    told = run(FakeHub().on("GET /api/v2/interaction/i-123456789", html("Maintenance")), Kind.IDENTITY)
    assert (told.verdict.step, told.verdict.reason) == (Step.MIRE, Reason.NOT_THE_MIRE)
