"""A clock of ours that is wrong, and one of the hub's: the simulated parties' clocks are moved."""

import pytest

from probe.clock import SystemClock
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Fault, Kind, Reason, Step
from probe.core.judgement.own_clock import HUB, ahead_by_clock, remember_clocks
from probe.core.times import HOUR_US, SECOND_US
from probe.journeys.plan import plan
from probe.prober.run import Prober
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


class Set(SystemClock):
    """The machine's clock, which somebody sets."""

    by_us = 0

    def now_us(self) -> int:
        return super().now_us() + self.by_us


async def test_what_others_said_is_moved_with_our_clock_when_it_is_set(simulated: Federation) -> None:
    config, clock = configured(simulated, idps=(A,)), Set()
    prober = Prober(config, clock)
    secrets = Secrets.read(config)
    known = remember_clocks(await prober.run(plan(config, secrets, "fc", Kind.IDENTITY, A)), {})
    clock.by_us = -HOUR_US
    known = remember_clocks(await prober.run(plan(config, secrets, "fc", Kind.MIRE)), known)
    ahead = ahead_by_clock(known)
    assert HUB in ahead
    assert len(ahead) == 2
    assert all(abs(ahead_us - HOUR_US) < 2 * SECOND_US for ahead_us in ahead.values())
