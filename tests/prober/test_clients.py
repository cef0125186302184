"""Several clients of one hub, by real journeys through the simulated federation
(docs/judgement.md, "Several clients").
"""

from typing import Any

import pytest

from probe.config.models import Config
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.observation import Fault, Reason, Step
from simulator import Federation
from tests.fakes.rounds import OK, A, B, Watching, all_up, configured, failed, idp_down, inconclusive, mire_missing

MAIN, WITNESS = "sp-es256", "sp-rs256"
LOST = failed(Fault.HUB, Reason.HUB_ERROR, Step.AUTHORIZE, "Y04EA6EF")
OUR_RECORD = inconclusive(Fault.SP, Reason.CLIENT_UNKNOWN, Step.AUTHORIZE, "Y04EA6EF")


def two_clients(federation: Federation, *idps: str, **settings: Any) -> Config:
    """The main client logs in at `A` and `B`, and the witness at `idps`."""

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["clients"][0]["idps"] = [{"name": idp} for idp in idps]

    return configured(federation, edit=edit, idps=(A, B), further_clients=(WITNESS,), **settings)


async def watched(federation: Federation, *idps: str) -> Watching:
    """All passed once."""
    watching = Watching(two_clients(federation, *idps), known={"fc": Neighbours(passed={})})
    found = await watching.round()
    assert found.standing == all_up()
    assert found.observations[f"mire@{WITNESS}"] == OK
    return watching


async def test_a_client_that_is_switched_off_while_another_one_is_served_is_our_record_and_no_outage(simulated: Federation) -> None:
    watching = await watched(simulated)
    await simulated.set_fault("hub", "client_switched_off", client=MAIN)
    found = await watching.round()
    assert found.troubles == {"mire": OUR_RECORD, A: OUR_RECORD, B: OUR_RECORD}
    assert found.standing.down == {}
    await simulated.clear_faults()
    assert (await watching.round()).standing == all_up()


async def test_a_witness_that_is_switched_off_is_our_record_and_the_hub_is_well(simulated: Federation) -> None:
    watching = await watched(simulated)
    await simulated.set_fault("hub", "client_switched_off", client=WITNESS)
    found = await watching.round()
    assert found.troubles == {f"mire@{WITNESS}": OUR_RECORD}
    assert found.standing == all_up()


async def test_a_hub_that_knows_none_of_the_clients_has_lost_its_list(simulated: Federation) -> None:
    watching = await watched(simulated)
    await simulated.set_fault("hub", "client_list_lost")
    found = await watching.round()
    assert found.troubles == dict.fromkeys(("mire", A, B, f"mire@{WITNESS}"), LOST)
    assert found.standing.down == {**mire_missing().down, f"client:{WITNESS}": Fault.HUB}


async def test_a_mire_that_only_the_witness_is_refused_makes_no_condition(simulated: Federation) -> None:
    """Its record at the hub names a redirect_uri that the journey does not send."""
    watching = await watched(simulated, A)
    simulated.change_client(WITNESS, scopes=["openid"])
    found = await watching.round()
    assert set(found.troubles) == {f"mire@{WITNESS}", f"{A}@{WITNESS}"}
    assert found.standing.down == {}


async def test_an_idp_that_fails_at_both_clients_is_told_of_each_and_counted_once(simulated: Federation) -> None:
    watching = await watched(simulated, A)
    await simulated.set_fault(A, "login_missing")
    found = await watching.round()
    assert found.standing.down == {**idp_down(A).down, f"{A}@{WITNESS}": Fault.IDP}
    assert "hub" not in found.standing.down


async def test_identities_that_come_back_to_the_main_client_alone_are_no_condition(simulated: Federation) -> None:
    """The witness's userinfo comes unsigned, at the one IdP where it logs in."""
    watching = await watched(simulated, A)
    simulated.change_client(WITNESS, userinfo="json")
    found = await watching.round()
    assert set(found.troubles) == {f"{A}@{WITNESS}"}
    assert {subject for subject in found.standing.down if "@" not in subject and ":" not in subject} == set()


@pytest.mark.parametrize("off", [MAIN, WITNESS])
async def test_a_client_that_was_never_known_is_ours_whatever_the_other_says(simulated: Federation, off: str) -> None:
    watching = Watching(two_clients(simulated), known={"fc": Neighbours(passed={})})
    await simulated.set_fault("hub", "client_switched_off", client=off)
    found = await watching.round()
    mire = "mire" if off == MAIN else f"mire@{WITNESS}"
    assert found.observations[mire] == inconclusive(Fault.SP, Reason.SP_CONFIGURATION, Step.AUTHORIZE, "Y04EA6EF")
    assert found.standing.down == {}


async def test_a_second_level_has_states_of_its_own(simulated: Federation) -> None:
    """eidas2 is asked of the same IdP, by a client of that level."""

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["clients"][0] |= {"acr_values": "eidas2", "idps": [{"name": A}, {"name": B}]}

    for idp in (A, B):
        await simulated.set_fault(idp, "substantial")
    config = configured(simulated, edit=edit, idps=(A, B), further_clients=("sp-eidas2",))
    watching = Watching(config)
    found = await watching.round()
    assert found.troubles == {}
    assert found.standing == all_up()
    await simulated.set_fault(A, "acr_too_low", acr="eidas1")
    found = await watching.round()
    assert found.standing == idp_down(f"{A}@sp-eidas2")
    assert found.observations[A] == OK
