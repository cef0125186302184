"""Misbehaviour at and below HTTP, for any party and any part of its paths."""

import time
import zlib

import httpx
import pytest

from simulator import Federation, Settings
from simulator.parties import BY_NAME
from tests.fakes.citizen import Citizen, code_of, tree_of

PARTIES = ["hub", "ameli", "registry", "outside"]


async def url_of(federation: Federation, party: str) -> str:
    return federation.world.urls[party] + "/"


@pytest.mark.parametrize("party", PARTIES)
async def test_a_party_that_is_down_refuses_connections_and_comes_back_at_the_same_address(citizen: Citizen, party: str) -> None:
    url = await url_of(citizen.federation, party)
    before = (await citizen.back.get(url)).status_code
    await citizen.federation.set_fault(party, "down")
    with pytest.raises(httpx.ConnectError):
        await citizen.back.get(url)
    assert party in citizen.federation.state()["down"]
    await citizen.federation.clear_faults(party, "down")
    assert (await citizen.back.get(url)).status_code == before


async def test_the_other_parties_do_not_notice_that_one_is_down(citizen: Citizen) -> None:
    await citizen.federation.set_fault("ameli", "down")
    back = await citizen.to_callback("msa")
    assert (await citizen.token(back["code"])).status_code == 200


async def test_a_hang_never_answers(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "hang")
    with pytest.raises(httpx.ReadTimeout):
        await citizen.back.get(await url_of(citizen.federation, "outside"), timeout=0.3)


async def test_a_drip_feeds_every_read_time_out_and_never_ends(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "drip", every=2.0)
    started, seen = time.monotonic(), 0
    async with citizen.back.stream("GET", await url_of(citizen.federation, "outside"), timeout=0.5) as answer:
        async for chunk in answer.aiter_raw():
            seen += len(chunk)
            if time.monotonic() - started > 0.7:
                break
    assert seen > 60
    assert int(answer.headers["content-length"]) > seen


async def test_a_reset_breaks_the_answer_in_its_middle(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "reset")
    with pytest.raises(httpx.ReadError):
        await citizen.back.get(await url_of(citizen.federation, "outside"))


async def test_a_truncated_answer_is_shorter_than_announced(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "truncated")
    with pytest.raises(httpx.RemoteProtocolError):
        await citizen.back.get(await url_of(citizen.federation, "outside"))


async def test_garbage_is_not_http(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "garbage")
    with pytest.raises(httpx.RemoteProtocolError):
        await citizen.back.get(await url_of(citizen.federation, "outside"))


async def test_a_bomb_is_small_on_the_wire_and_large_unfolded(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "bomb", mebibytes=64)
    wire, unfolded = 0, 0
    unfold = zlib.decompressobj(31)
    async with citizen.back.stream("GET", await url_of(citizen.federation, "outside")) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        async for chunk in answer.aiter_raw():
            wire += len(chunk)
            unfolded += len(unfold.decompress(chunk))
    assert unfolded == 64 << 20
    assert wire < 1 << 20


async def test_an_endless_body_goes_on_as_long_as_it_is_read(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "endless")
    seen = 0
    async with citizen.back.stream("GET", await url_of(citizen.federation, "outside")) as answer:
        async for chunk in answer.aiter_raw():
            seen += len(chunk)
            if seen > 4 << 20:
                break
    assert seen > 4 << 20


async def test_a_redirect_loop_points_to_itself(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "redirect_loop")
    first = await citizen.authorize()
    assert citizen.target(first) == f"{citizen.base}/authorize"


async def test_a_bad_redirect_leads_to_a_host_nobody_named(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "bad_redirect", path="/api/v2/redirect-to-idp", to="http://127.0.0.98:9/piege")
    answer = await citizen.choose(await citizen.mire(), BY_NAME["msa"])
    assert answer.headers["location"] == "http://127.0.0.98:9/piege"


async def test_another_content_type_keeps_the_body(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "content_type", path="/api/v2/interaction/", value="text/plain")
    mire = await citizen.mire()
    assert mire.headers["content-type"] == "text/plain"
    assert "fc-interaction-page" in mire.text


async def test_a_maintenance_page_is_a_200_without_the_partys_marks(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "maintenance")
    page = await citizen.authorize()
    assert page.status_code == 200
    assert tree_of(page).css_first("body").id == "maintenance"


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_the_edges_error_page_has_no_code_of_the_hub(citizen: Citizen, status: int) -> None:
    await citizen.federation.set_fault("hub", "edge_error", status=status)
    page = await citizen.authorize()
    assert page.status_code == status
    assert code_of(page) == ""
    assert "fc-" not in page.text


async def test_a_slow_party_answers_as_usual_later(citizen: Citizen) -> None:
    await citizen.federation.set_fault("outside", "slow", seconds=10)
    started = time.monotonic()
    answer = await citizen.back.get(await url_of(citizen.federation, "outside"))
    assert answer.text == "ok\n"
    assert time.monotonic() - started >= 10 * 0.02


async def test_a_fault_of_a_path_spares_the_others(citizen: Citizen) -> None:
    await citizen.federation.set_fault("msa", "garbage", path="/token")
    page = await citizen.to_consent("msa")
    assert code_of(page) == "Y020026"
    assert (await citizen.back.get(await url_of(citizen.federation, "msa"))).status_code == 200


@pytest.mark.parametrize("fault", ["hang", "drip", "reset", "truncated", "garbage", "endless", "bomb", "redirect_loop", "maintenance"])
async def test_the_hub_survives_an_idps_odd_answers(citizen: Citizen, fault: str) -> None:
    await citizen.federation.set_fault("msa", fault, path="/userinfo")
    page = await citizen.to_consent("msa")
    assert (code_of(page), page.status_code) == ("Y020027", 502)


async def test_a_fault_over_tls_breaks_the_same_way() -> None:
    async with Federation(Settings(time_scale=0.02, tls=True)) as federation, Citizen(federation) as citizen:
        await federation.set_fault("hub", "reset")
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await citizen.authorize()
        await federation.set_fault("hub", "down")
        with pytest.raises(httpx.ConnectError):
            await citizen.authorize()
        await federation.clear_faults()
        assert (await citizen.authorize()).status_code == 303
