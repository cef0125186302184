"""A setting of ours that is changed in the middle of an outage, over real sockets
(docs/domain.md, "Never passed yet").
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.spec import watch_spec
from probe.core.judgement.condition import State
from probe.core.judgement.observation import Kind, Outcome
from probe.core.judgement.timeline import Outage
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder
from probe.ledger.writer import Writer
from simulator import Federation
from tests.fakes.recorder import FakeListener, ledger
from tests.fakes.rounds import A, B, Watching, configured


class Watch:
    """A watch of one hub that keeps its ledger while the settings change."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.listener = FakeListener()
        self.recorder = Recorder(Writer(engine), self.listener, {})
        self.config: Config | None = None

    async def round(self, config: Config) -> State:
        """Watch once by these settings. Returns how A stands then."""
        if config is not self.config:
            self.config = config
            await self.recorder.configure([watch_spec(config, config.hubs[0])], SystemClock().now_us())
        watching = Watching(config)
        await watching.round()
        for each in sorted(watching.seen, key=lambda one: one.finished_us):
            self.recorder.submit(each)
        await self.recorder.drain()
        return Reader(self.engine).statuses(SystemClock().now_us())["fc", f"idp:{A}"][1].state

    @property
    def outages(self) -> list[Outage]:
        """What the ledger says of A's outages, and of nobody else's."""
        told = Reader(self.engine).outages(SystemClock().now_us())
        assert {each.subject for each in told} <= {f"idp:{A}"}
        return told


def wrong_field(document: dict[str, Any]) -> None:
    """The recipe fills a field that A's form has not."""
    page = document["recipes"][A]["pages"][0]
    page["fill"] = {f"no_{name}": value for name, value in page["fill"].items()}


async def test_a_setting_changed_in_the_middle_of_an_outage_neither_ends_nor_hides_it(simulated: Federation, tmp_path: Path) -> None:
    whole, spoilt = configured(simulated, idps=(A, B)), configured(simulated, idps=(A, B), edit=wrong_field)
    with ledger(tmp_path / "vigie.db") as engine:
        watch = Watch(engine)
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
        watch = Watch(engine)
        assert await watch.round(whole) is State.UP
        assert await watch.round(spoilt) is not State.DOWN
        await simulated.set_fault(A, "front_error", status=503)
        assert await watch.round(spoilt) is State.DOWN  # what depends on no recipe is judged all the same
        await simulated.clear_faults()
        assert await watch.round(whole) is State.DOWN
        assert await watch.round(whole) is State.UP
        assert len(watch.outages) == 1
