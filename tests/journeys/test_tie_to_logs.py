"""An observation leads to the logs of the hub and of the IdP: by the ids of its requests, and by
the hub's own id of the failure (docs/hub.md, "Tie to its logs").
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.http.texts import PageTexts
from exporters.http.trace import trace
from probe.clock import SystemClock
from probe.config.load import load
from probe.config.models import Config, ErrorPage, Network, PageProfile
from probe.config.profiles import built_in
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Kind, Observation, Outcome, Step
from probe.journeys.hubpages import find_error_id
from probe.journeys.plan import plan
from probe.prober.run import Prober
from probe.texts.bilingual import Language
from probe.transport.request_ids import RequestIds
from simulator import Federation, Settings
from simulator.parties import CONTROL, HUB, OUTSIDE

IDP = "impot_gouv"


@pytest.fixture
async def federation() -> AsyncIterator[Federation]:
    async with Federation(Settings(time_scale=0.05, deadline="3s", idps=(IDP,))) as running:
        yield running


async def run(federation: Federation, kind: Kind, name: str | None = None, **settings: Any) -> Observation:
    config: Config = load(federation.config_path).model_copy(update=settings)
    return await Prober(config, SystemClock()).run(plan(config, Secrets.read(config), "fc", kind, name))


# --- our ids in their logs


async def test_every_request_of_a_journey_is_found_in_the_log_of_the_host_that_got_it(federation: Federation) -> None:
    seen = await run(federation, Kind.IDENTITY, IDP)
    assert seen.outcome is Outcome.OK
    ids = [hop.request_id or "" for hop in seen.hops]
    logged = federation.requests.find(request_id=ids[0][:-3])
    assert [line.request_id for line in logged] == ids
    assert {line.party for line in logged} == {HUB, IDP}
    assert [line.method for line in logged] == [hop.method for hop in seen.hops]
    assert [int(one[-3:]) for one in ids] == list(range(1, len(ids) + 1))
    assert all(str(UUID(one)) == one for one in ids)


async def test_no_two_journeys_share_an_id(federation: Federation) -> None:
    first, second = (await run(federation, Kind.MIRE), await run(federation, Kind.MIRE))
    assert {hop.request_id for hop in first.hops}.isdisjoint(hop.request_id for hop in second.hops)


async def test_an_idp_that_is_asked_without_the_hub_gets_an_id_and_a_control_target_none(federation: Federation) -> None:
    direct = await run(federation, Kind.DIRECT, IDP)
    assert federation.requests.find(IDP, request_id=direct.hops[0].request_id or "?")
    control = await run(federation, Kind.CONTROL, "outside")
    assert control.outcome is Outcome.OK
    assert control.hops[0].request_id is None
    assert [line.request_id for line in federation.requests.find(OUTSIDE)] == [""]
    assert not federation.requests.find(CONTROL)


async def test_the_header_has_the_name_that_the_configuration_gives_it(federation: Federation) -> None:
    seen = await run(federation, Kind.MIRE, request_id="X-Correlation-ID")
    assert all(hop.request_id for hop in seen.hops)
    assert {line.request_id for line in federation.requests.find(HUB)} == {""}


async def test_it_can_be_switched_off_for_all_hosts_or_for_one(federation: Federation) -> None:
    off = await run(federation, Kind.IDENTITY, IDP, request_id="none")
    assert {hop.request_id for hop in off.hops} == {None}
    hub = load(federation.config_path).hubs[0]
    quiet = hub.idps[0].model_copy(update={"network": Network(request_id="none")})
    seen = await run(federation, Kind.IDENTITY, IDP, hubs=[hub.model_copy(update={"idps": [quiet]})])
    at_idp = {hop.step in (Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN) for hop in seen.hops if hop.request_id is None}
    assert at_idp == {True}
    sent = [(number, hop.request_id) for number, hop in enumerate(seen.hops, 1) if hop.request_id]
    assert all(int(one[-3:]) == number for number, one in sent)


@given(st.binary(min_size=16, max_size=16), st.integers(1, 100))
def test_the_ids_of_a_journey_are_uuids_that_differ_in_their_last_three_digits(entropy: bytes, number: int) -> None:
    ids = RequestIds(entropy, lambda _host: "X-Request-ID")
    first, other = ids.of("hub.example", 1), ids.of("idp.example", number)
    assert first is not None
    assert other is not None
    assert UUID(other[1]).version == 4
    assert (first[1][:-3], other[1][-3:]) == (other[1][:-3], f"{number:03}")
    assert ids.of("", number) is None


# --- the hub's id with us


ERRORS: list[tuple[str, dict[str, Any], Kind]] = [
    ("error_page", {"step": "authorize", "code": "Y030002", "status": 400}, Kind.MIRE),
    ("error_page", {"step": "verify", "code": "Y000000"}, Kind.IDENTITY),
    ("token_error", {}, Kind.IDENTITY),
    ("userinfo_401", {}, Kind.IDENTITY),
    ("session_lost", {"step": "verify"}, Kind.IDENTITY),
]


@pytest.mark.parametrize(("fault", "options", "kind"), ERRORS)
async def test_the_hubs_id_of_a_failure_leads_to_the_request_in_its_log(
    federation: Federation, fault: str, options: dict[str, Any], kind: Kind
) -> None:
    await federation.set_fault(HUB, fault, **options)
    seen = await run(federation, kind, IDP if kind is Kind.IDENTITY else None)
    assert seen.outcome is not Outcome.OK
    assert seen.error_id is not None
    [line] = federation.requests.find(HUB, error_id=seen.error_id)
    assert line.request_id == seen.hops[-1].request_id
    assert line.code == seen.code
    for language in Language:
        told = trace(seen, PageTexts(language))
        assert seen.error_id in told
        assert line.request_id[:-3] in told


async def test_a_journey_that_passes_has_no_error_id(federation: Federation) -> None:
    assert (await run(federation, Kind.IDENTITY, IDP)).error_id is None


async def test_an_id_that_holds_a_secret_is_dropped(federation: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that shows what must be hidden where its id of the failure should stand."""
    account = federation.world.accounts[IDP]
    monkeypatch.setattr("simulator.hub.errors.uuid.uuid4", lambda: account.username)
    await federation.set_fault(HUB, "error_page", step="verify", code="Y000000")
    config = load(federation.config_path)
    hub = config.hubs[0].model_copy(update={"profile": loose()})
    seen = await run(federation, Kind.IDENTITY, IDP, hubs=[hub])
    assert seen.outcome is Outcome.FAILED
    assert seen.error_id is None
    assert account.username not in seen.extract


def loose() -> PageProfile:
    """FranceConnect's profile, with a pattern that takes anything for an id."""
    profile = built_in("franceconnect")
    return profile.model_copy(update={"error": profile.error.model_copy(update={"id_pattern": r"error_id=([^&]+)"})})


@given(st.text(max_size=100))
def test_an_id_is_one_bounded_word_whatever_a_stranger_writes(told: str) -> None:
    rule = ErrorPage(id_pattern=r"(?s)id=(.*)")
    found = find_error_id(rule, f"id={told}")
    plain = all(character.isascii() and (character.isalnum() or character in "._:-") for character in told)
    assert found == (told if plain and 0 < len(told) <= 64 and told[0].isalnum() else None)


def test_no_id_is_read_without_a_pattern() -> None:
    assert find_error_id(ErrorPage(), "id=0b8d9c66-1d8e-4a52-9f6c-8b1f6ef0a7c1") is None
