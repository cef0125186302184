"""The traps for a scripted client (docs/hub.md, "Traps for a scripted citizen") and the strict
authorize request."""

import asyncio
from dataclasses import replace
from urllib.parse import urljoin

import httpx
import pytest

from simulator import Federation, Settings
from simulator.parties import BY_NAME, IDPS
from tests.fakes.citizen import Citizen, code_of, fields_of, query_of, tree_of
from tests.simulator.conftest import QUICK

IMPOTS = BY_NAME["impot_gouv"]


async def test_trap_1_with_the_cookies_of_a_finished_journey_the_mire_is_not_shown(citizen: Citizen) -> None:
    await citizen.to_callback()
    again = await citizen.authorize()
    assert again.status_code == 302
    assert again.headers["location"].endswith("/verify")
    consent = await citizen.follow(await citizen.follow(again))
    assert tree_of(consent).css_first("body").id == "fc-consent-page"


async def test_trap_1_without_sso_the_mire_is_shown_again() -> None:
    async with Federation(replace(QUICK, sso=False)) as federation, Citizen(federation) as citizen:
        await citizen.to_callback()
        assert (await citizen.authorize()).status_code == 303


async def test_trap_2_each_new_device_costs_a_mail_and_a_trusted_one_none(simulated: Federation) -> None:
    devices = []
    for _ in range(2):
        async with Citizen(simulated) as citizen:
            await citizen.to_callback()
            devices.append(citizen.front.cookies["trustedDevice"])
    assert simulated.mails == 2
    async with Citizen(simulated) as citizen:
        citizen.front.cookies.set("trustedDevice", devices[0])
        await citizen.to_callback()
    assert simulated.mails == 2


async def test_trap_2_a_forged_device_is_not_trusted(simulated: Federation) -> None:
    async with Citizen(simulated) as citizen:
        citizen.front.cookies.set("trustedDevice", "W10.forged")
        await citizen.to_callback()
    assert simulated.mails == 1


async def test_trap_3_a_suspicious_connection_sees_every_idp_greyed(citizen: Citizen) -> None:
    citizen.front.headers["x-suspicious"] = "1"
    tree = tree_of(await citizen.mire())
    assert len(tree.css("button[disabled]")) == len(IDPS)
    assert all("Indisponible" in caption.text() for caption in tree.css("figcaption"))
    assert tree.css_first("title").text() == "Connexion - Choix du compte - FranceConnect"


async def test_trap_3_the_switch_flags_everyone(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "suspicious")
    assert len(tree_of(await citizen.mire()).css("button[disabled]")) == len(IDPS)


@pytest.mark.parametrize(("given", "code", "status"), [(None, "Y470002", 400), ("0" * 64, "Y470001", 401)])
async def test_trap_4_a_choice_without_its_csrf_token_is_refused(citizen: Citizen, given: str | None, code: str, status: int) -> None:
    await citizen.mire()
    data = {"providerUid": IMPOTS.uid} | ({"csrfToken": given} if given else {})
    answer = await citizen.go("POST", f"{citizen.base}/redirect-to-idp", data=data)
    assert (code_of(answer), answer.status_code) == (code, status)


async def test_trap_4_a_csrf_token_is_good_for_one_use(citizen: Citizen) -> None:
    mire = await citizen.mire()
    assert (await citizen.choose(mire, IMPOTS)).status_code == 302
    again = await citizen.choose(mire, IMPOTS)
    assert (code_of(again), again.status_code) == ("Y470004", 401)


async def test_trap_4_a_step_played_twice_is_refused(citizen: Citizen) -> None:
    left = await citizen.log_in(await citizen.choose(await citizen.mire(), IMPOTS), IMPOTS)
    await citizen.follow(left)
    again = await citizen.follow(left)
    assert (code_of(again), again.status_code) == ("Y420001", 400)


async def test_trap_4_a_step_out_of_order_is_refused(citizen: Citizen) -> None:
    mire = await citizen.mire()
    answer = await citizen.go("GET", f"{mire.url}/verify")
    assert (code_of(answer), answer.status_code) == ("Y190004", 409)


async def test_trap_4_without_its_cookies_the_session_is_lost(citizen: Citizen) -> None:
    response = await citizen.authorize()
    citizen.front.cookies.clear()
    answer = await citizen.follow(response)
    assert (code_of(answer), answer.status_code) == ("Y190001", 401)


async def test_trap_4_a_session_cookie_nobody_signed_is_worth_nothing(citizen: Citizen) -> None:
    response = await citizen.authorize()
    session = citizen.front.cookies["fc_session_id"]
    citizen.front.cookies.clear()
    citizen.front.cookies.set("fc_session_id", session.partition(".")[0] + ".forged")
    assert code_of(await citizen.follow(response)) == "Y190001"


async def test_an_interaction_ends_with_its_lifetime(citizen: Citizen) -> None:
    citizen.federation.set_lifetimes(interaction=0.05)
    response = await citizen.authorize()
    await asyncio.sleep(0.1)
    assert code_of(await citizen.follow(response)) == "Y190001"


async def test_trap_5_a_hint_skips_the_mire_for_the_client_allowed_to(citizen: Citizen) -> None:
    refused = await citizen.authorize(idp_hint=IMPOTS.uid)
    assert refused.status_code == 302
    assert query_of(refused.headers["location"])["error"] == "invalid_idp_hint"
    citizen.federation.change_client(citizen.client_id, allowed_idp_hints=[IMPOTS.uid])
    sent = await citizen.mire(idp_hint=IMPOTS.uid)
    assert sent.status_code == 302
    assert sent.headers["location"].startswith(citizen.federation.idp_urls[IMPOTS.name])


@pytest.mark.parametrize("shown", [True, False])
async def test_trap_6_an_idp_excluded_by_the_sp_is_greyed_or_absent(shown: bool) -> None:
    async with Federation(Settings(time_scale=0.02, show_excluded=shown)) as federation, Citizen(federation) as citizen:
        federation.change_client(citizen.client_id, idp_filter_exclude=True, idp_filter=[IMPOTS.uid])
        mire = await citizen.mire()
        button = tree_of(mire).css_first(f"#idp-{IMPOTS.uid}")
        assert (button is not None and "disabled" in button.attributes) is shown
        assert (button is None) is not shown
        token = fields_of(mire, "form")["csrfToken"]
        data = {"providerUid": IMPOTS.uid, "csrfToken": token}
        answer = await citizen.go("POST", f"{citizen.base}/redirect-to-idp", data=data)
        assert (code_of(answer), answer.status_code) == ("Y020023", 403)


async def test_trap_6_a_list_of_allowed_idps_excludes_all_others(citizen: Citizen) -> None:
    citizen.federation.change_client(citizen.client_id, idp_filter_exclude=False, idp_filter=[IMPOTS.uid])
    tree = tree_of(await citizen.mire())
    assert [button.id for button in tree.css("[data-testid=main-providers] button:not([disabled])")] == [f"idp-{IMPOTS.uid}"]


@pytest.mark.parametrize(
    "changes",
    [
        {"max_age": "60"},
        {"login_hint": "x"},
        {"display": "page"},
        {"probe": "vigie"},
        {"code_challenge": "x" * 43, "code_challenge_method": "S256"},
        {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
        {"code_challenge_method": "S256"},
        {"nonce": "n" * 21},
        {"nonce": "court"},
        {"nonce": None},
        {"acr_values": None},
        {"state": None},
        {"scope": "email"},
        {"prompt": "none"},
        {"client_id": None},
    ],
    ids=str,
)
async def test_an_authorization_request_outside_the_whitelist_is_refused(citizen: Citizen, changes: dict[str, str | None]) -> None:
    answer = await citizen.authorize(**changes)
    assert (code_of(answer), answer.status_code) == ("Y030007", 400)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "n" * 22},
        {"prompt": "login consent"},
        {"prompt": "consent"},
        {"claims": '{"id_token": {"amr": null}}'},
        {"ui_locales": "fr"},
    ],
    ids=str,
)
async def test_an_authorization_request_inside_the_whitelist_is_taken(citizen: Citizen, changes: dict[str, str | None]) -> None:
    assert (await citizen.authorize(**changes)).status_code == 303


@pytest.mark.parametrize(
    ("changes", "code"), [({"client_id": "inconnu"}, "Y04EA6EF"), ({"redirect_uri": "http://127.0.0.99/"}, "Y04C013C")], ids=str
)
async def test_an_unknown_client_or_callback_gets_an_error_page_and_no_redirect(
    citizen: Citizen, changes: dict[str, str | None], code: str
) -> None:
    answer = await citizen.authorize(**changes)
    assert (code_of(answer), answer.status_code) == (code, 400)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"acr_values": "eidas2"}, "invalid_acr"),
        ({"scope": "openid inconnu"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
    ids=str,
)
async def test_a_request_the_hub_may_not_serve_goes_back_to_the_sp(citizen: Citizen, changes: dict[str, str | None], error: str) -> None:
    answer = await citizen.authorize(**changes)
    back = query_of(answer.headers["location"])
    assert answer.headers["location"].startswith(citizen.client.callback)
    assert (back["error"], back["state"]) == (error, citizen.state)


async def test_an_unknown_level_falls_back_to_the_default(citizen: Citizen) -> None:
    assert (await citizen.authorize(acr_values="inconnu")).status_code == 303


async def test_a_posted_authorization_request_is_500_and_a_head_is_as_a_get(citizen: Citizen) -> None:
    posted = await citizen.go("POST", f"{citizen.base}/authorize", data=citizen.request())
    assert posted.status_code == 500
    assert posted.headers["content-type"].startswith("text/plain")
    head = await citizen.go("HEAD", f"{citizen.base}/authorize", params=citizen.request())
    assert head.status_code == 303


async def test_giving_up_on_the_mire_goes_back_to_the_sp(citizen: Citizen) -> None:
    mire = await citizen.mire()
    link = tree_of(mire).css_first('[data-testid="back-to-sp-link"]').attributes["href"]
    back: httpx.Response = await citizen.go("GET", urljoin(str(mire.url), str(link)))
    assert query_of(back.headers["location"])["error"] == "access_denied"


async def test_giving_up_at_the_idp_shows_the_mire_with_its_banner(citizen: Citizen) -> None:
    page = await citizen.follow(await citizen.choose(await citizen.mire(), IMPOTS))
    page = await citizen.follow(page)
    link = tree_of(page).css_first('[data-testid="back-to-fc-link"]').attributes["href"]
    answer = await citizen.follow(await citizen.go("GET", urljoin(str(page.url), str(link))))
    assert answer.status_code == 303
    mire = await citizen.follow(answer)
    assert mire.status_code == 200
    assert tree_of(mire).css_first("title").text() == "Erreur lors du choix du compte - FranceConnect"
    assert "impots.gouv.fr" in tree_of(mire).css_first("#interaction-error-banner").text()
    assert (await citizen.choose(mire, IMPOTS)).status_code == 302


async def test_an_unknown_page_is_the_hubs_own_404(citizen: Citizen) -> None:
    answer = await citizen.go("GET", f"{citizen.base}/health")
    assert (code_of(answer), answer.status_code) == ("Y000404", 404)
