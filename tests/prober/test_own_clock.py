"""A clock of ours that is wrong, and one of the hub's: the simulated parties' clocks are moved."""

import pytest

from probe.core.judgement.observation import Fault, Reason, Step
from simulator import Federation
from tests.fakes.rounds import A, Watching, all_up, configured, failed, identity_lost, inconclusive


@pytest.mark.parametrize("seconds", [-900, 900])
async def test_everybodys_clock_but_ours_differs(simulated: Federation, seconds: int) -> None:
    """docs/domain.md, "Our own clock": it is ours when most agree."""
    watching = Watching(configured(simulated, idps=(A,)))
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("all", "clock_off", seconds=seconds)
    found = await watching.round()
    assert found.observations[A] == inconclusive(Fault.PROBER, Reason.CLOCK_OFF, Step.TOKEN)
    assert found.standing.down == {}


@pytest.mark.parametrize("seconds", [-900, 900])
async def test_the_hubs_clock_alone_differs(simulated: Federation, seconds: int) -> None:
    watching = Watching(configured(simulated, idps=(A,)))
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "clock_off", seconds=seconds)
    found = await watching.round()
    assert found.observations[A] == failed(Fault.HUB, Reason.ID_TOKEN, Step.TOKEN)
    assert found.standing == identity_lost(A)
