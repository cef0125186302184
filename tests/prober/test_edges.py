"""The edges of outages, over real sockets (docs/domain.md, "Confirmation")."""

import asyncio

from probe.clock import SystemClock
from probe.config.secrets import Secrets
from probe.core.judgement.condition import C1, State
from probe.core.judgement.observation import Kind, Observation, Outcome
from probe.prober.once import Rounds
from simulator import Federation
from tests.fakes.rounds import A, configured

HELD_SECONDS = 0.4


async def test_a_mire_that_hung_until_the_repair_ends_the_outage_at_its_finish(simulated: Federation) -> None:
    """ "a request that hung until the repair vouches for its end only" """
    config = configured(simulated, idps=(A,))
    rounds, seen = Rounds(config, Secrets.read(config), SystemClock()), list[Observation]()
    await simulated.set_fault("hub", "edge_error", status=503)
    found = await rounds.run(seen.append)
    began, status = found.states["fc", C1]
    assert (status.state, began) == (State.DOWN, next(each.started_us for each in seen if each.kind is Kind.MIRE))

    await simulated.clear_faults()
    await simulated.set_fault("hub", "held")
    asked = asyncio.create_task(rounds.run(seen.append))
    await asyncio.sleep(HELD_SECONDS)
    await simulated.clear_faults()
    ended, status = (await asked).states["fc", C1]
    good = next(each for each in seen if each.kind is Kind.MIRE and each.outcome is Outcome.OK)
    assert good.finished_us - good.started_us > 0.9 * HELD_SECONDS * 1_000_000
    assert (status.state, ended) == (State.UP, good.finished_us)
