"""A watch of one hub that keeps its ledger while the settings change."""

from sqlalchemy import Engine

from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.spec import watch_spec
from probe.core.judgement.condition import State
from probe.core.judgement.timeline import Outage
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder
from probe.ledger.writer import Writer
from tests.fakes.recorder import FakeListener
from tests.fakes.rounds import Watching


class KeptWatch:
    """The real prober and the real recorder, round by round. `subject` is what is looked at."""

    def __init__(self, engine: Engine, subject: str) -> None:
        self.engine = engine
        self.subject = subject
        self.listener = FakeListener()
        self.recorder = Recorder(Writer(engine), self.listener, {})
        self.config: Config | None = None

    async def round(self, config: Config) -> State:
        """Watch once by these settings. Returns how the subject stands then."""
        hub = config.hubs[0]
        if config is not self.config:
            self.config = config
            await self.recorder.configure([watch_spec(config, hub)], SystemClock().now_us())
        watching = Watching(config)
        await watching.round()
        for each in sorted(watching.seen, key=lambda one: one.finished_us):
            self.recorder.submit(each)
        await self.recorder.drain()
        return Reader(self.engine).statuses(SystemClock().now_us())[hub.name, self.subject][1].state

    @property
    def outages(self) -> list[Outage]:
        """The outages of the subject, by the ledger."""
        return [each for each in Reader(self.engine).outages(SystemClock().now_us()) if each.subject == self.subject]
