"""Each row of the error table (docs/hub.md, "Error codes"): the fault shows the code of its row,
with the status and at the step that `tests/error_codes.py` gives it.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator import Federation
from simulator.parties import BY_NAME, IDPS
from tests.error_codes import told
from tests.fakes.citizen import Citizen, code_of, culprit_of, query_of, tree_of

IMPOTS, MSA = BY_NAME["impot_gouv"], BY_NAME["msa"]


@dataclass(frozen=True)
class Row:
    """A fault, and the hub's error page that it ends in: its code, the step,
    the IdP that it names.
    """

    party: str
    fault: str
    code: str
    step: str
    options: dict[str, Any] = field(default_factory=dict)
    idp: str = "impot_gouv"
    culprit: str = "impot_gouv"

    def __str__(self) -> str:
        return "-".join([self.party, self.fault, *map(str, self.options.values())])


ROWS = [
    # the hub cannot show the mire, or lost its clients
    Row("hub", "session_store_down", "Y040001", "authorize", culprit=""),
    Row("hub", "error_page", "Y030002", "authorize", {"step": "authorize", "code": "Y030002"}, culprit=""),
    Row("hub", "error_page", "Y460001", "mire", {"step": "mire", "code": "Y460001"}, culprit=""),
    Row("hub", "client_list_lost", "Y04EA6EF", "authorize", culprit=""),
    Row("hub", "redirect_uri_unknown", "Y04C013C", "authorize", culprit=""),
    Row("hub", "session_lost", "Y190001", "mire", {"step": "mire"}, culprit=""),
    # the choice
    Row("impot_gouv", "discovery_500", "Y000000", "redirect-to-idp"),
    Row("impot_gouv", "down", "Y000000", "redirect-to-idp"),
    Row("impot_gouv", "disabled_late", "Y020017", "redirect-to-idp", {"step": "redirect-to-idp"}),
    Row("hub", "egress_down", "Y000000", "redirect-to-idp"),
    Row("hub", "error_page", "Y020024", "redirect-to-idp", {"step": "redirect-to-idp", "code": "Y020024", "idp": "impot_gouv"}),
    # the IdP's callback
    Row("hub", "session_lost", "Y190001", "oidc-callback", {"step": "oidc-callback"}, culprit=""),
    Row("impot_gouv", "disabled_late", "Y020017", "oidc-callback", {"step": "oidc-callback"}),
    Row("impot_gouv", "callback_no_state", "Y020021", "oidc-callback"),
    Row("impot_gouv", "callback_bad_state", "Y020022", "oidc-callback"),
    Row("impot_gouv", "callback_no_code", "Y020025", "oidc-callback"),
    # the IdP's token
    Row("impot_gouv", "token_error", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_500", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_garbage", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_hang", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_bad_signature", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_unknown_key", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_missing_sub", "Y020026", "oidc-callback"),
    Row("impot_gouv", "token_wrong_nonce", "Y020026", "oidc-callback"),
    Row("impot_gouv", "jwks_500", "Y020026", "oidc-callback"),
    # a record without discovery gets past the choice
    Row("hub", "egress_down", "Y020026", "oidc-callback", idp="msa", culprit="msa"),
    Row("hub", "error_page", "Y020030", "oidc-callback", {"step": "oidc-callback", "code": "Y020030"}),
    # the IdP's userinfo
    Row("impot_gouv", "userinfo_error", "Y020027", "oidc-callback"),
    Row("impot_gouv", "userinfo_500", "Y020027", "oidc-callback"),
    Row("impot_gouv", "userinfo_garbage", "Y020027", "oidc-callback"),
    Row("impot_gouv", "userinfo_hang", "Y020027", "oidc-callback"),
    Row("impot_gouv", "userinfo_bad_signature", "Y020027", "oidc-callback"),
    Row("impot_gouv", "userinfo_missing_sub", "Y020029", "oidc-callback"),
    # the identity and its level
    Row("impot_gouv", "userinfo_claim", "Y600006", "oidc-callback"),
    Row("impot_gouv", "userinfo_claim", "Y600006", "oidc-callback", {"claim": "email", "value": ""}),
    Row("impot_gouv", "acr_too_low", "Y100018", "oidc-callback"),
    # the civil registry
    Row("registry", "timeout", "Y010011", "verify"),
    Row("registry", "down", "Y010012", "verify"),
    Row("registry", "bad_xml", "Y010012", "verify"),
    Row("registry", "rejected", "Y010009", "verify"),
    Row("registry", "bad_data", "Y010013", "verify"),
    Row("registry", "person", "Y010004", "verify", {"response": 4}),
    Row("registry", "person", "Y010006", "verify", {"response": 6}),
    Row("registry", "person", "Y010007", "verify", {"response": 7}),
    Row("registry", "person", "Y010008", "verify", {"response": 8}),
    Row("registry", "deceased", "Y010015", "verify"),
    # accounts and their store
    Row("hub", "account_blocked", "Y180001", "verify"),
    Row("hub", "idp_blocked_by_user", "Y100011", "verify"),
    Row("hub", "account_store_down", "Y000000", "verify"),
    Row("hub", "error_page", "Y540001", "verify", {"step": "verify", "code": "Y540001"}),
    Row("hub", "error_page", "Y460002", "consent", {"step": "consent", "code": "Y460002"}),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_the_fault_ends_in_the_page_of_its_row(citizen: Citizen, row: Row) -> None:
    await citizen.federation.set_fault(row.party, row.fault, **row.options)
    page = await citizen.authorize()
    if page.is_redirect:
        page = await citizen.follow(page)
    if not code_of(page):
        idp = BY_NAME[row.idp]
        page = await citizen.choose(page, idp)
        if page.is_redirect:
            page = await citizen.log_in(page, idp)
        while page.is_redirect:
            page = await citizen.follow(page)
    assert (code_of(page), page.status_code) == (row.code, told(row.code, row.step).status)
    assert {"mire": "interaction"}.get(row.step, row.step) in page.url.path
    assert culprit_of(page) == row.culprit
    assert tree_of(page).css_first("title").text() == "Erreur de connexion - FranceConnect"


@pytest.mark.parametrize("error", ["access_denied", "server_error", "temporarily_unavailable"])
async def test_an_error_sent_by_the_idp_leads_to_the_mire_with_a_banner(citizen: Citizen, error: str) -> None:
    await citizen.federation.set_fault("impot_gouv", "callback_error", error=error)
    page = await citizen.to_consent("impot_gouv")
    assert page.status_code == 200
    assert "impots.gouv.fr" in tree_of(page).css_first('[data-testid="interaction-error-message"]').text()


async def test_a_disabled_idp_is_a_greyed_tile_and_a_refusal_when_posted_all_the_same(citizen: Citizen) -> None:
    await citizen.federation.set_fault("impot_gouv", "disabled")
    mire = await citizen.mire()
    button = tree_of(mire).css_first(f"#idp-{IMPOTS.uid}")
    assert "disabled" in button.attributes
    assert "Indisponible" in button.css_first("figcaption").text()
    assert "data-prevent-double-submit" not in button.parent.attributes
    answer = await citizen.choose(mire, IMPOTS)
    assert (code_of(answer), answer.status_code) == ("Y020017", 500)


@pytest.mark.parametrize(("fault", "code"), [("excluded", "Y020023"), ("unknown", "Y020019")])
async def test_an_idp_that_the_hub_does_not_offer_us_is_refused(citizen: Citizen, fault: str, code: str) -> None:
    mire = await citizen.mire()
    await citizen.federation.set_fault("impot_gouv", fault)
    answer = await citizen.choose(mire, IMPOTS)
    assert (code_of(answer), answer.status_code) == (code, told(code, "redirect-to-idp").status)


async def test_a_hidden_idp_has_no_tile(citizen: Citizen) -> None:
    await citizen.federation.set_fault("impot_gouv", "hidden")
    tree = tree_of(await citizen.mire())
    assert tree.css_first(f"#idp-{IMPOTS.uid}") is None
    assert len(tree.css("[data-testid=main-providers] form[name=fs-request]")) == len(IDPS) - 1


async def test_an_idp_disabled_after_its_login_leads_back_to_the_mire(citizen: Citizen) -> None:
    await citizen.federation.set_fault("impot_gouv", "disabled_late", step="verify")
    page = await citizen.to_consent("impot_gouv")
    assert page.status_code == 200
    assert tree_of(page).css_first("body").id == "fc-interaction-page"


async def test_a_mire_without_tiles_is_half_as_long_and_has_the_same_headings(citizen: Citizen) -> None:
    full = await citizen.mire()
    await citizen.federation.set_fault("hub", "zero_tiles")
    empty = await citizen.mire()
    assert empty.status_code == 200
    assert tree_of(empty).css("[data-testid=main-providers] form[name=fs-request]") == []
    assert [form.id for form in tree_of(empty).css("form[name=fs-request]")] == ["form-aidants-connect"]
    for selector in ("title", "h1", "h2"):
        assert tree_of(empty).css_first(selector).text() == tree_of(full).css_first(selector).text()
    assert 5_000 < len(empty.content) < 9_000


async def test_all_tiles_may_be_greyed(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "all_greyed")
    mire = await citizen.mire()
    assert mire.status_code == 200
    assert len(tree_of(mire).css("form[name=fs-request] button[disabled]")) == len(IDPS)


async def test_beta_modal_and_banner_dress_the_mire_and_change_nothing_else(citizen: Citizen) -> None:
    federation = citizen.federation
    await federation.set_fault("impot_gouv", "beta")
    await federation.set_fault("msa", "modal")
    await federation.set_fault("hub", "banner", text="Maintenance <dimanche>")
    mire = await citizen.mire()
    tree = tree_of(mire)
    assert tree.css_first(f"#idp-{IMPOTS.uid} p.fr-badge--info").text() == "BETA"
    button = tree.css_first(f"#idp-{MSA.uid}")
    assert button.attributes["type"] == "button"
    assert button.attributes["aria-controls"] == f"fr-modal-provider-{MSA.uid}"
    assert tree.css_first(f'dialog[data-testid="provider-selection-modal-{MSA.uid}"] [data-testid="modal-continue-button"]')
    assert tree.css_first("section.fr-notice--info p.fr-notice__title").text() == "Maintenance <dimanche>"
    assert (await citizen.choose(mire, MSA)).status_code == 302


async def test_the_mire_may_lose_its_csrf_tokens_or_be_another_page(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "no_csrf")
    assert tree_of(await citizen.mire()).css("input[name=csrfToken]") == []
    await citizen.federation.set_fault("hub", "another_page")
    page = await citizen.mire()
    assert page.status_code == 200
    assert tree_of(page).css_first("body").id == "fc-home-page"


async def test_a_dead_session_store_answers_late_and_the_static_pages_do_not_show_it(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "session_store_down")
    started = time.monotonic()
    assert code_of(await citizen.authorize()) == "Y040001"
    assert time.monotonic() - started >= 9.4 * 0.02
    for path in ("/jwks", "/.well-known/openid-configuration"):
        assert (await citizen.back.get(citizen.base + path)).status_code == 200


async def test_a_dead_account_store_hangs_before_it_fails_and_leaves_the_mire_alone(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "account_store_down")
    assert (await citizen.mire()).status_code == 200
    started = time.monotonic()
    page = await citizen.to_consent()
    assert code_of(page) == "Y000000"
    assert time.monotonic() - started >= 30 * 0.02


@pytest.mark.parametrize("error", ["invalid_acr", "invalid_request", "invalid_scope", "invalid_idp_hint", "unsupported_response_type"])
async def test_authorize_may_send_the_browser_straight_back_with_an_error(citizen: Citizen, error: str) -> None:
    await citizen.federation.set_fault("hub", "authorize_error", error=error)
    assert query_of((await citizen.authorize()).headers["location"])["error"] == error


@pytest.mark.parametrize(("fault", "status"), [("front_error", 503), ("login_missing", 200)])
async def test_an_idps_front_may_fail_without_the_hub_knowing(citizen: Citizen, fault: str, status: int) -> None:
    await citizen.federation.set_fault("impot_gouv", fault)
    page = await citizen.log_in(await citizen.choose(await citizen.mire(), IMPOTS), IMPOTS)
    assert page.status_code == status
    assert tree_of(page).css("form") == []


async def test_an_idp_may_fail_after_the_password_or_refuse_every_one(citizen: Citizen) -> None:
    await citizen.federation.set_fault("impot_gouv", "login_error", status=500)
    page = await citizen.log_in(await citizen.choose(await citizen.mire(), IMPOTS), IMPOTS)
    assert page.status_code == 500
    assert tree_of(page).css_first(".idp-error")
    await citizen.federation.clear_faults()
    await citizen.federation.set_fault("impot_gouv", "refuse_credentials")
    page = await citizen.log_in(await citizen.choose(await citizen.mire(), IMPOTS), IMPOTS)
    assert tree_of(page).css_first("#login-error")


async def test_the_way_out_of_the_hub_is_the_same_failure_at_every_idp(simulated: Federation) -> None:
    await simulated.set_fault("hub", "egress_down")
    codes = set()
    for idp in IDPS:
        async with Citizen(simulated) as citizen:
            codes.add((idp.discovery, code_of(await citizen.to_consent(idp.name))))
    assert codes == {(True, "Y000000"), (False, "Y020026")}
