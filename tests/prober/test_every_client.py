"""The same healthy walk for every way of being an SP, in both flavours of the hub,
in clear and over TLS.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from probe.core.judgement.observation import Fault, Kind, Reason, Step
from simulator import Federation, Settings
from simulator.clients import make_clients
from tests.fakes.peers import Authority
from tests.fakes.rounds import (
    INTERVAL,
    A,
    B,
    Edit,
    Found,
    Watching,
    all_up,
    configured,
    failed,
    identity_lost,
    idp_down,
    inconclusive,
    mire_missing,
    only_the_mire_known,
)

CLIENTS = tuple(make_clients())
V1 = "franceconnect-v1"


def sp(**changes: Any) -> Edit:
    """Other settings of our SP."""

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["sp"] |= changes

    return edit


def passed(found: Found) -> bool:
    return not found.troubles and found.standing == all_up()


@pytest.mark.parametrize("pkce", ["auto", "none"])
@pytest.mark.parametrize("client", CLIENTS)
async def test_every_client_gets_its_identity_from_a_hub_that_offers_pkce_and_refuses_it(
    simulated: Federation, client: str, pkce: str
) -> None:
    watching = Watching(configured(simulated, idps=(A,), client=client, edit=sp(pkce=pkce)))
    assert passed(await watching.round())
    (grant,) = [grant for grant in simulated.hub.codes.values() if grant.client_id == client][-1:]
    assert grant.spent


async def test_pkce_that_the_configuration_insists_on_is_refused_and_is_our_fault(simulated: Federation) -> None:
    found = await Watching(configured(simulated, idps=(A,), edit=sp(pkce="S256"))).round()
    refused = inconclusive(Fault.SP, Reason.SP_CONFIGURATION, Step.AUTHORIZE, "Y030007")
    assert found.troubles == {"mire": refused, A: refused}


@pytest.mark.parametrize(
    ("client", "others"), [("sp-es256", ["RS256", "HS256"]), ("sp-rs256", ["ES256"]), ("sp-hs256", ["ES256", "RS256"])], ids=str
)
async def test_an_algorithm_that_is_not_ours_is_a_bad_signature(simulated: Federation, client: str, others: list[str]) -> None:
    found = await Watching(configured(simulated, idps=(A,), client=client, edit=sp(id_token_alg=others))).round()
    assert found.troubles == {A: failed(Fault.HUB, Reason.SIGNATURE, Step.TOKEN)}
    assert found.standing == identity_lost(A)


@pytest.mark.parametrize("client", ["sp-es256", "sp-json", "sp-encrypted"])
async def test_an_identity_in_another_form_than_is_due_is_a_bad_signature(simulated: Federation, client: str) -> None:
    due = "signed" if client == "sp-json" else "json"
    found = await Watching(configured(simulated, idps=(A,), client=client, edit=sp(userinfo=due))).round()
    # whether its answers are encrypted stands in the hub's record of our client: that is ours
    encrypted = inconclusive(Fault.SP, Reason.SP_CONFIGURATION, Step.USERINFO)
    assert found.troubles == {A: encrypted if client == "sp-encrypted" else failed(Fault.HUB, Reason.SIGNATURE, Step.USERINFO)}


async def test_an_anonymous_journey_gets_the_subject_and_nothing_of_the_person(simulated: Federation) -> None:
    def anonymous(document: dict[str, Any]) -> None:
        document["hubs"][0]["sp"]["scope"] = "openid"
        for idp in document["hubs"][0]["idps"]:
            idp["persona"] = {"sub": idp["persona"]["sub"]}

    def curious(document: dict[str, Any]) -> None:
        document["hubs"][0]["sp"]["scope"] = "openid"

    assert passed(await Watching(configured(simulated, idps=(A, B), edit=anonymous)).round())
    found = await Watching(configured(simulated, idps=(A,), edit=curious)).round()
    assert found.troubles == {A: failed(Fault.HUB, Reason.CLAIMS_MISSING, Step.CLAIMS)}


async def test_every_idp_returns_the_identity(simulated: Federation) -> None:
    watching = Watching(configured(simulated))
    assert passed(await watching.round())
    assert len([seen for seen in watching.seen if seen.kind is Kind.IDENTITY]) == 7


# --- the legacy flavour: the issuer has no path, its paths are /api/v1/..., HS256 with the secret,
# userinfo in plain JSON


@pytest.mark.parametrize("client", CLIENTS)
async def test_the_legacy_flavour_gives_every_client_its_identity(simulated: Federation, client: str) -> None:
    watching = Watching(configured(simulated, idps=(A, B), client=client, profile=V1))
    assert passed(await watching.round())
    asked = {hop.path for seen in watching.seen for hop in seen.hops if hop.host == simulated.hub_url.removeprefix("http://")}
    assert {"/api/v1/authorize", "/api/v1/token", "/api/v1/userinfo"} <= asked
    assert all(path.startswith("/api/v1/") for path in asked)  # no metadata, no keys


async def test_the_legacy_flavour_fails_as_the_other_does(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A, B), profile=V1))
    await simulated.set_fault("registry", "down")
    found = await watching.round()
    assert found.troubles == dict.fromkeys((A, B), failed(Fault.HUB, Reason.REGISTRY_ERROR, Step.VERIFY, "Y010012"))
    assert found.standing == identity_lost(A, B)
    await simulated.reset()
    await simulated.set_fault(A, "token_500")
    found = await watching.round()
    assert found.troubles == {A: failed(Fault.IDP, Reason.IDP_TOKEN, Step.OIDC_CALLBACK, "Y020026")}


@pytest.mark.parametrize("claim", ["iss", "aud", "nonce", "exp"])
async def test_the_legacy_id_token_is_checked_too(simulated: Federation, claim: str) -> None:
    await simulated.set_fault("hub", "id_token_claim", claim=claim)
    found = await Watching(configured(simulated, idps=(A,), profile=V1)).round()
    assert found.troubles == {A: failed(Fault.HUB, Reason.ID_TOKEN, Step.TOKEN)}


async def test_another_secret_is_refused_at_the_token_endpoint(simulated: Federation) -> None:
    def edit(document: dict[str, Any]) -> None:
        secret = document["hubs"][0]["sp"]["client_secret"]
        secret["file"] = secret["file"].replace("sp-hs256", "sp-rs256")

    found = await Watching(configured(simulated, idps=(A,), client="sp-hs256", edit=edit, profile=V1)).round()
    assert found.troubles == {A: inconclusive(Fault.SP, Reason.SP_CONFIGURATION, Step.TOKEN, "Y0434A7B")}
    assert found.standing == only_the_mire_known(A)


# --- over TLS -------------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def secure() -> AsyncIterator[Federation]:
    async with Federation(Settings(time_scale=0.02, interval=INTERVAL, tls=True)) as made:
        yield made


@pytest.mark.parametrize(("client", "profile"), [("sp-es256", "franceconnect"), ("sp-private-key", "franceconnect"), ("sp-basic", V1)])
async def test_all_is_well_over_tls_with_the_ca_file(secure: Federation, client: str, profile: str) -> None:
    watching = Watching(configured(secure, idps=(A, B), client=client, profile=profile))
    assert passed(await watching.round())
    parties = {url.removeprefix("https://") for url in (secure.hub_url, secure.idp_urls[A], secure.idp_urls[B])}
    expiring = {hop.host for seen in watching.seen for hop in seen.hops if hop.certificate_expires_us}
    assert expiring == parties


async def test_a_trusted_device_is_kept_over_tls(secure: Federation) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["trusted_device"] = {"cookie": "trustedDevice"}

    await secure.reset()
    watching = Watching(configured(secure, idps=(A,), edit=edit))
    for _ in range(2):
        assert passed(await watching.round())
    assert secure.mails == 1


async def test_a_hub_whose_certificate_nobody_vouches_for_shows_no_mire(secure: Federation) -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["hubs"][0]["network"]

    found = await Watching(configured(secure, idps=(A,), edit=edit)).round()
    assert found.troubles == dict.fromkeys(("mire", A), failed(Fault.HUB, Reason.TLS, Step.AUTHORIZE))
    assert found.standing == mire_missing(A)


async def test_an_idp_whose_certificate_nobody_vouches_for_is_down_alone(secure: Federation, tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["idps"][0]["network"] = {"ca_file": str(Authority(tmp_path).ca_file)}

    found = await Watching(configured(secure, idps=(A, B), edit=edit)).round()
    assert found.troubles == {
        A: failed(Fault.IDP, Reason.TLS, Step.IDP_LOGIN_PAGE),
        f"direct {A}": failed(Fault.IDP, Reason.TLS, Step.DIRECT),
    }
    assert found.standing == idp_down(A)
