"""A healthy federation, walked hop by hop against the facts (docs/hub.md)."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from joserfc import jwe
from joserfc.jwk import KeySet, OctKey

from simulator import Federation, Settings
from simulator.claims import EMAIL, REGISTRY_IDENTITY
from simulator.jose import verify
from simulator.parties import AIDANTS_CONNECT_UID, BY_NAME, IDPS
from tests.fakes.citizen import Citizen, code_of, fields_of, query_of, tree_of


@pytest_asyncio.fixture(loop_scope="session")
async def secure() -> AsyncIterator[Federation]:
    async with Federation(Settings(time_scale=0.02, tls=True)) as made:
        yield made


async def keys_of(citizen: Citizen) -> KeySet:
    document = (await citizen.back.get(f"{citizen.federation.issuer}/jwks")).json()
    return KeySet.import_key_set(document)


async def test_every_hop_has_the_status_and_the_kind_of_location_of_the_real_hub(citizen: Citizen) -> None:
    idp = BY_NAME["impot_gouv"]
    hub = citizen.federation.hub_url
    authorize = await citizen.authorize()
    assert authorize.status_code == 303
    assert re.fullmatch(r"/api/v2/interaction/[\w-]+", authorize.headers["location"])
    mire = await citizen.follow(authorize)
    assert mire.status_code == 200
    chosen = await citizen.choose(mire, idp)
    assert chosen.status_code == 302
    asked = query_of(chosen.headers["location"])
    assert asked["prompt"] == "login"
    assert asked["scope"] == "openid profile email birth"
    assert asked["redirect_uri"] == f"{hub}/api/v2/oidc-callback"
    assert len(asked["nonce"]) == len(asked["state"]) == 64
    left = await citizen.log_in(chosen, idp)
    assert left.status_code == 303
    callback = await citizen.follow(left)
    assert (callback.status_code, callback.headers["location"].rpartition("/")[2]) == (302, "verify")
    verified = await citizen.follow(callback)
    assert (verified.status_code, verified.headers["location"].rpartition("/")[2]) == (302, "consent")
    consent = await citizen.follow(verified)
    assert consent.status_code == 200
    assert tree_of(consent).css_first("body").id == "fc-consent-page"
    assert tree_of(consent).css_first('[data-testid="identity-fullname-label"]').text() == "Camille Odile EXEMPLE"
    accepted = await citizen.accept(consent)
    assert accepted.status_code == 303
    assert accepted.headers["location"].startswith(f"{hub}/api/v2/authorize/")
    back = await citizen.follow(accepted)
    assert back.status_code == 303
    parameters = query_of(back.headers["location"])
    assert parameters.keys() == {"code", "state", "iss"}
    assert parameters["state"] == citizen.state
    assert parameters["iss"] == citizen.federation.issuer


@pytest.mark.parametrize("name", [idp.name for idp in IDPS])
async def test_every_idp_gives_the_identity_of_the_registry_and_says_which_idp_it_is(citizen: Citizen, name: str) -> None:
    back = await citizen.to_callback(name)
    tokens = await citizen.token(back["code"])
    assert tokens.json().keys() == {"access_token", "expires_in", "id_token", "scope", "token_type"}
    assert tokens.json()["expires_in"] == 60
    keys = await keys_of(citizen)
    id_token = verify(tokens.json()["id_token"], keys)
    assert id_token.keys() == {"sub", "auth_time", "acr", "nonce", "aud", "exp", "iat", "iss"}
    assert id_token["nonce"] == citizen.nonce
    assert re.fullmatch(r"[0-9a-f]{64}v1", id_token["sub"])
    answer = await citizen.userinfo(tokens.json()["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    identity = verify(answer.text, keys)
    assert {key: identity[key] for key in REGISTRY_IDENTITY} == REGISTRY_IDENTITY
    assert identity["email"] == EMAIL
    assert identity["idp_id"] == BY_NAME[name].uid
    assert identity["sub"] == id_token["sub"]
    assert {"aud", "exp", "iat", "iss"} <= identity.keys()


async def test_the_mire_has_the_ids_the_names_and_the_size_of_the_real_one(citizen: Citizen) -> None:
    mire = await citizen.mire()
    tree = tree_of(mire)
    assert tree.css_first("title").text() == "Connexion - Choix du compte - FranceConnect"
    assert tree.css_first("body").id == "fc-interaction-page"
    forms = tree.css('section#grid-main-providers > ul[data-testid="main-providers"] > li > form[name="fs-request"]')
    assert [form.css_first("input[name=providerUid]").attributes["value"] for form in forms] == [idp.uid for idp in IDPS]
    assert all(re.fullmatch(r"[0-9a-f]{64}", str(form.css_first("input[name=csrfToken]").attributes["value"])) for form in forms)
    assert not tree.css("button[disabled]")
    assert 11_000 < len(mire.content) < 19_000
    assert mire.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("fault", [None, "all_greyed", "suspicious", "zero_tiles"])
async def test_the_button_for_helpers_is_a_form_as_a_tiles_beside_the_list_and_never_greyed(citizen: Citizen, fault: str | None) -> None:
    if fault:
        await citizen.federation.set_fault("hub", fault)
    mire = await citizen.mire()
    tree = tree_of(mire)
    form = tree.css_first("form#form-aidants-connect")
    assert [form.attributes[name] for name in ("name", "action", "method")] == ["fs-request", "/api/v2/redirect-to-idp", "POST"]
    assert tree.css('[data-testid="main-providers"] form#form-aidants-connect') == []
    button = form.css_first('button[data-testid="interaction-aidants-connect-button"]')
    assert "disabled" not in button.attributes
    fields = fields_of(mire, "form#form-aidants-connect")
    assert fields["providerUid"] == AIDANTS_CONNECT_UID
    answer = await citizen.go("POST", f"{citizen.base}/redirect-to-idp", data=fields)
    # nobody of the federation is behind it
    assert (code_of(answer), answer.status_code) == ("Y020019", 500)


async def test_a_refresh_of_the_mire_shows_another_csrf_token(citizen: Citizen) -> None:
    mire = await citizen.mire()
    again = await citizen.go("GET", str(mire.url))
    assert fields_of(again, "form")["csrfToken"] != fields_of(mire, "form")["csrfToken"]


async def test_the_session_cookie_changes_at_the_start_and_at_the_callback_and_is_sent_on_every_hop(citizen: Citizen) -> None:
    values = []
    response = await citizen.authorize()
    values.append(response.cookies["fc_session_id"])
    response = await citizen.follow(response)
    values.append(response.cookies["fc_session_id"])
    idp = BY_NAME["msa"]
    response = await citizen.choose(response, idp)
    values.append(response.cookies["fc_session_id"])
    response = await citizen.follow(await citizen.log_in(response, idp))
    values.append(response.cookies["fc_session_id"])
    assert values[0] == values[1] == values[2] != values[3]
    assert values[0].strip('"').startswith("s:")


async def test_the_interaction_cookies_are_signed_and_tied_to_their_path(citizen: Citizen) -> None:
    response = await citizen.authorize()
    uid = response.headers["location"].rpartition("/")[2]
    cookies = [line for line in response.headers.get_list("set-cookie") if "Max-Age=0" not in line]
    resume = next(line for line in cookies if line.startswith("_interaction_resume="))
    assert f"Path=/api/v2/authorize/{uid}" in resume
    assert {line.partition("=")[0] for line in cookies} >= {"_interaction", "_interaction.sig", "_interaction_resume.sig", "fc_session_id"}
    assert all("HttpOnly" in line and "samesite=lax" in line.lower() and "Secure" not in line for line in cookies)


async def test_the_trusted_device_cookie_is_strict_and_lasts_ninety_days(citizen: Citizen) -> None:
    accepted = await citizen.accept(await citizen.to_consent())
    device = next(line for line in accepted.headers.get_list("set-cookie") if line.startswith("trustedDevice="))
    assert "Max-Age=7776000" in device
    assert "samesite=strict" in device.lower()


async def test_an_anonymous_journey_returns_nothing_but_a_sub(citizen: Citizen) -> None:
    back = await citizen.to_callback(scope="openid")
    tokens = (await citizen.token(back["code"])).json()
    identity = verify((await citizen.userinfo(tokens["access_token"])).text, await keys_of(citizen))
    assert identity.keys() == {"sub", "aud", "exp", "iat", "iss"}


async def test_metadata_and_keys_may_be_cached_for_ten_minutes(citizen: Citizen) -> None:
    issuer = citizen.federation.issuer
    for path in ("/.well-known/openid-configuration", "/jwks"):
        answer = await citizen.back.get(issuer + path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=600"
    metadata = (await citizen.back.get(f"{issuer}/.well-known/openid-configuration")).json()
    assert metadata["issuer"] == issuer
    # which /authorize refuses: test_traps.py
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True


async def test_the_sub_of_a_person_is_the_same_at_every_start(citizen: Citizen) -> None:
    subs = []
    for federation in (citizen.federation, None):
        async with Federation(Settings(time_scale=0.02)) as other, Citizen(federation or other) as walker:
            back = await walker.to_callback("yris")
            tokens = (await walker.token(back["code"])).json()
            subs.append(verify(tokens["id_token"], await keys_of(walker))["sub"])
    assert subs[0] == subs[1]


@pytest.mark.parametrize(("client_id", "alg"), [("sp-es256", "ES256"), ("sp-rs256", "RS256"), ("sp-hs256", "HS256")])
async def test_each_client_gets_the_signature_of_its_record(simulated: Federation, client_id: str, alg: str) -> None:
    async with Citizen(simulated, client_id) as citizen:
        back = await citizen.to_callback()
        tokens = (await citizen.token(back["code"])).json()
        keys = OctKey.import_key(citizen.client.secret.encode()) if alg == "HS256" else await keys_of(citizen)
        assert verify(tokens["id_token"], keys)["aud"] == client_id
        assert verify((await citizen.userinfo(tokens["access_token"])).text, keys)["aud"] == client_id


async def test_userinfo_is_plain_json_for_the_client_recorded_so(simulated: Federation) -> None:
    async with Citizen(simulated, "sp-json") as citizen:
        tokens = (await citizen.token((await citizen.to_callback())["code"])).json()
        answer = await citizen.userinfo(tokens["access_token"])
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["family_name"] == "EXEMPLE"


async def test_userinfo_is_signed_then_encrypted_for_the_client_recorded_so(simulated: Federation) -> None:
    async with Citizen(simulated, "sp-encrypted") as citizen:
        tokens = (await citizen.token((await citizen.to_callback())["code"])).json()
        answer = await citizen.userinfo(tokens["access_token"])
        key = citizen.client.encryption_key
        assert key is not None
        inner = jwe.decrypt_compact(answer.text, key, algorithms=["ECDH-ES", "A256GCM"]).plaintext
        assert inner is not None
        assert verify(inner.decode(), await keys_of(citizen))["family_name"] == "EXEMPLE"


async def test_the_legacy_flavour_has_no_metadata_a_plain_userinfo_and_a_shared_secret_signature(simulated: Federation) -> None:
    async with Citizen(simulated, version=1) as citizen:
        assert (await citizen.back.get(f"{simulated.base_v1}/.well-known/openid-configuration")).status_code == 404
        back = await citizen.to_callback("ameli", acr_values=None)
        assert back.keys() == {"code", "state"}
        tokens = (await citizen.token(back["code"])).json()
        key = OctKey.import_key(citizen.client.secret.encode())
        assert verify(tokens["id_token"], key)["iss"] == simulated.issuer_v1
        identity = (await citizen.userinfo(tokens["access_token"])).json()
        assert identity["sub"].endswith("v1")
        assert {"aud", "iss"}.isdisjoint(identity)


async def test_over_tls_the_journey_is_the_same_and_the_cookies_are_secure(secure: Federation) -> None:
    async with Citizen(secure) as citizen:
        response = await citizen.authorize()
        cookies = [line for line in response.headers.get_list("set-cookie") if "Max-Age=0" not in line]
        assert all("Secure" in line for line in cookies)
        assert secure.hub_url.startswith("https://")
        back = await citizen.to_callback("la_poste")
        assert (await citizen.token(back["code"])).status_code == 200


async def test_a_certificate_of_another_authority_is_refused(secure: Federation) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        with pytest.raises(httpx.ConnectError):
            await stranger.get(secure.hub_url)


async def test_prompt_login_skips_the_consent_page_for_the_client_allowed_to(simulated: Federation) -> None:
    async with Citizen(simulated, "sp-login") as citizen:
        idp = BY_NAME["trustme"]
        response = await citizen.log_in(await citizen.choose(await citizen.mire(prompt="login"), idp), idp)
        paths = []
        while response.is_redirect and not response.headers["location"].startswith(citizen.client.callback):
            paths.append(response.headers["location"].rpartition("/")[2].partition("?")[0])
            response = await citizen.follow(response)
        assert "auto-login" in paths
        assert "consent" not in paths
        assert "code" in query_of(response.headers["location"])


async def test_the_logout_goes_through_the_idp_and_ends_the_session(citizen: Citizen) -> None:
    tokens = (await citizen.token((await citizen.to_callback())["code"])).json()
    after = citizen.client.post_logout_redirect_uris[0]
    asked = {"id_token_hint": tokens["id_token"], "state": "adieu", "post_logout_redirect_uri": after}
    page = await citizen.go("GET", f"{citizen.base}/session/end", params=asked)
    assert page.status_code == 200
    left = await citizen.go("POST", f"{citizen.base}/client/disconnect-from-idp", data={})
    assert left.status_code == 302
    assert left.headers["location"].startswith(citizen.federation.idp_urls["impot_gouv"])
    page = await citizen.follow(await citizen.follow(left))
    assert page.status_code == 200
    ended = await citizen.go("POST", f"{citizen.base}/session/end/confirm", data=fields_of(page, "#auto"))
    assert (ended.status_code, ended.headers["location"]) == (303, f"{after}?state=adieu")
    assert (await citizen.authorize()).status_code == 303


async def test_the_interstitial_page_shows_up_now_and_then(simulated: Federation) -> None:
    seen = []
    for _ in range(2):
        async with Citizen(simulated) as citizen:
            await citizen.to_consent("la_poste")
            seen.append(any(path == "/information" for _, path, _ in citizen.hops))
    assert sorted(seen) == [False, True]


@pytest.mark.parametrize("name", [idp.name for idp in IDPS])
async def test_a_wrong_password_shows_a_refusal_page_of_the_idp(citizen: Citizen, name: str) -> None:
    idp = BY_NAME[name]
    page = await citizen.log_in(await citizen.choose(await citizen.mire(), idp), idp, password="faux")
    assert page.status_code == idp.refusal_status
    assert tree_of(page).css_first("#login-error")


async def test_the_idps_publish_metadata_only_where_the_hub_reads_it(citizen: Citizen) -> None:
    statuses = {
        idp.name: (await citizen.back.get(f"{citizen.federation.idp_urls[idp.name]}/.well-known/openid-configuration")).status_code
        for idp in IDPS
    }
    assert statuses == {idp.name: 200 if idp.discovery else 404 for idp in IDPS}
    assert sum(status == 404 for status in statuses.values()) >= 2
