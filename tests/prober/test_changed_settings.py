"""A setting of ours that is changed in the middle of an outage, over real sockets
(docs/domain.md, "Never passed yet").
"""

from pathlib import Path
from typing import Any

from probe.core.judgement.condition import State
from probe.core.judgement.observation import Kind, Outcome
from simulator import Federation
from tests.fakes.kept_watch import KeptWatch
from tests.fakes.recorder import ledger
from tests.fakes.rounds import A, B, configured


def wrong_field(document: dict[str, Any]) -> None:
    """The recipe fills a field that A's form has not."""
    page = document["recipes"][A]["pages"][0]
    page["fill"] = {f"no_{name}": value for name, value in page["fill"].items()}


async def test_a_setting_changed_in_the_middle_of_an_outage_neither_ends_nor_hides_it(simulated: Federation, tmp_path: Path) -> None:
    whole, spoilt = configured(simulated, idps=(A, B)), configured(simulated, idps=(A, B), edit=wrong_field)
    with ledger(tmp_path / "vigie.db") as engine:
        watch = KeptWatch(engine, f"idp:{A}")
        assert await watch.round(whole) is State.UP
        await simulated.set_fault(A, "front_error", status=503)
        assert await watch.round(whole) is State.DOWN
        assert await watch.round(spoilt) is State.DOWN

        await simulated.clear_faults()
        assert await watch.round(spoilt) is State.DOWN  # nobody can tell: our recipe is wrong now
        told = [each for each in watch.listener.observations if (each.kind, each.idp) == (Kind.IDENTITY, A)]
        assert told[-1].outcome is Outcome.INCONCLUSIVE
        assert await watch.round(whole) is State.DOWN  # one good observation is not believed yet
        assert await watch.round(whole) is State.UP
        (outage,) = watch.outages
        assert outage.end_us is not None


async def test_a_setting_that_is_wrong_from_the_repair_on_opens_nothing(simulated: Federation, tmp_path: Path) -> None:
    whole, spoilt = configured(simulated, idps=(A, B)), configured(simulated, idps=(A, B), edit=wrong_field)
    with ledger(tmp_path / "vigie.db") as engine:
        watch = KeptWatch(engine, f"idp:{A}")
        assert await watch.round(whole) is State.UP
        assert await watch.round(spoilt) is not State.DOWN
        await simulated.set_fault(A, "front_error", status=503)
        assert await watch.round(spoilt) is State.DOWN  # what depends on no recipe is judged all the same
        await simulated.clear_faults()
        assert await watch.round(whole) is State.DOWN
        assert await watch.round(whole) is State.UP
        assert len(watch.outages) == 1
