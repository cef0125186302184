"""What the hub must refuse, over sockets: it refuses, or it is found."""

from typing import Any

import pytest

from probe.clock import SystemClock
from probe.config.secrets import Secrets
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, Kind, Negative, Observation, Outcome, Reason, Step
from probe.journeys.plan import plan
from probe.prober.run import Prober
from simulator import Federation
from tests.fakes.rounds import A, configured

ACCEPTING = {
    "accepts_any_client": (Negative.CLIENT, DetailKind.CLIENT_ACCEPTED),
    "accepts_any_idp": (Negative.IDP, DetailKind.IDP_ACCEPTED),
    "accepts_any_redirect_uri": (Negative.REDIRECT_URI, DetailKind.REDIRECT_URI_ACCEPTED),
    "open_redirect": (Negative.REDIRECT_URI, DetailKind.REDIRECT_URI_ACCEPTED),
    "state_optional": (Negative.STATE, DetailKind.STATE_NOT_REQUIRED),
    "accepts_any_secret": (Negative.SECRET, DetailKind.SECRET_ACCEPTED),
    "code_reusable": (Negative.CODE, DetailKind.CODE_ACCEPTED_TWICE),
    "tokens_immortal": (Negative.TOKEN, DetailKind.TOKEN_OUTLIVES),
    "logout_keeps_session": (Negative.LOGOUT, DetailKind.SESSION_OUTLIVES),
}


async def refused(federation: Federation, *negatives: Negative, **settings: Any) -> list[Observation]:
    """Run these journeys one after the other, in the time that the simulator's tokens live."""
    federation.set_lifetimes(token=1)

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["sp"]["token_leeway"] = "500ms"

    config = configured(federation, idps=(A,), edit=edit, **settings)
    prober, secrets = Prober(config, SystemClock()), Secrets.read(config)
    return [await prober.run(plan(config, secrets, config.hubs[0], Kind.NEGATIVE, each.value)) for each in negatives]


@pytest.mark.parametrize("client", ["sp-es256", "sp-private-key", "sp-basic"])
async def test_a_hub_as_it_should_be_refuses_everything(simulated: Federation, client: str) -> None:
    wanted = [each for each in Negative if client == "sp-es256" or each is Negative.SECRET]
    found = await refused(simulated, *wanted, client=client)
    assert [(seen.idp, seen.outcome, seen.reason) for seen in found] == [(each.value, Outcome.OK, None) for each in wanted]
    assert not any(seen.extract or seen.detail for seen in found)


async def test_so_does_the_legacy_flavour(simulated: Federation) -> None:
    wanted = [each for each in Negative if each is not Negative.TOKEN]
    found = await refused(simulated, *wanted, profile="franceconnect-v1")
    assert [(seen.idp, seen.outcome, seen.reason) for seen in found] == [(each.value, Outcome.OK, None) for each in wanted]


@pytest.mark.parametrize("fault", ACCEPTING)
async def test_a_hub_that_accepts_is_found_by_the_journey_that_asks_for_it(simulated: Federation, fault: str) -> None:
    name, detail = ACCEPTING[fault]
    await simulated.set_fault("hub", fault)
    (seen,) = await refused(simulated, name)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, Reason.NEGATIVE_PASSED)
    assert seen.detail is not None
    assert seen.detail.kind is detail


UNTOUCHED = {"client_list_lost": {Negative.SECRET}, "token_500": set(Negative) - NEGATIVES_WITH_LOGIN - {Negative.SECRET}}
"""What a fault does not concern."""


@pytest.mark.parametrize("fault", ["down", "maintenance", "session_store_down", "client_list_lost", "token_500"])
async def test_a_hub_in_trouble_proves_nothing(simulated: Federation, fault: str) -> None:
    await simulated.set_fault("hub", fault)
    found = await refused(simulated, *(each for each in Negative if each not in UNTOUCHED.get(fault, ())))
    assert {seen.outcome for seen in found} == {Outcome.INCONCLUSIVE}


async def test_the_wait_for_the_end_of_a_token_is_no_part_of_the_deadline(simulated: Federation) -> None:
    (seen,) = await refused(simulated, Negative.TOKEN)
    before, after = (hop for hop in seen.hops if hop.step is Step.USERINFO)
    assert (before.status, after.status) == (200, 401)
    assert seen.finished_us - seen.started_us - sum(hop.total_us for hop in seen.hops) > 1_000_000
