"""Which journeys are put off: a negative one that logs in, while its account was refused lastly."""

from typing import Any

import pytest

from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason
from probe.journeys.plan import Plan
from probe.logs import Masker
from probe.service.journeys import JourneyRunner
from probe.service.settings import WatchSettings
from simulator import Federation
from tests.builders import seen
from tests.fakes.clock import FakeClock
from tests.fakes.rounds import A, B, configured

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Ledger:
    """Stands for the recorder, which says whose account was refused lastly, and for the meters."""

    def __init__(self) -> None:
        self.refusals: set[str] = set()
        self.put_off: list[str] = []

    def refused(self, _hub: str, idp: str) -> bool:
        return idp in self.refusals

    def submit(self, observation: Observation) -> None:
        assert observation.kind is Kind.NEGATIVE

    def skipped(self, target: Any, slots: int) -> None:
        assert slots == 1
        self.put_off.append(target.target)

    def lag(self, lag_us: int) -> None: ...


class Journeys:
    """Stands for the budgets and the prober: each journey ends at once, as is told."""

    def __init__(self) -> None:
        self.ran: list[str | None] = []
        self.says: dict[str, Any] = {}

    async def run(self, planned: Plan, *_: Any) -> Observation:
        self.ran.append(planned.idp)
        return seen(planned.kind, 0, idp=planned.idp, **self.says)


REFUSED = {"outcome": Outcome.INCONCLUSIVE, "fault": Fault.SP, "reason": Reason.CREDENTIALS_REFUSED}


def negatives(document: dict[str, Any]) -> None:
    document["hubs"][0] |= {"negative": ["client", "code", "token"], "negative_idp": B}


@pytest.fixture
def config(simulated: Federation) -> Config:
    return configured(simulated, idps=(A, B), edit=negatives)


class Watch:
    def __init__(self, config: Config) -> None:
        self.settings = WatchSettings(config, Secrets.read(config), Masker())
        self.ledger, self.journeys = Ledger(), Journeys()
        parts: Any = (self.settings, None, self.journeys, self.ledger, self.ledger, FakeClock())
        self.runner = JourneyRunner(*parts)

    async def run(self, *names: str) -> list[str | None]:
        self.journeys.ran.clear()
        for key in (target.key for name in names for target in self.settings.targets.values() if target.name == name):
            await self.runner.run_due(key, lag_us=0, retry=False)
        return list(self.journeys.ran)


async def test_while_the_account_is_refused_only_what_needs_no_login_is_asked(config: Config) -> None:
    """docs/domain.md: "none is run while the account was refused lastly"."""
    watch = Watch(config)
    watch.ledger.refusals = {A}
    assert await watch.run("client", "code", "token") == ["client", "code", "token"]
    watch.ledger.refusals = {B}
    assert await watch.run("client", "code", "token") == ["client"]
    assert watch.ledger.put_off == ["code", "token"]
    watch.ledger.refusals = set()
    assert await watch.run("code") == ["code"]


async def test_one_that_finds_it_refused_itself_is_the_last_before_a_reload(config: Config) -> None:
    watch = Watch(config)
    watch.journeys.says = REFUSED
    assert await watch.run("code", "token", "code") == ["code"]
    watch.journeys.says = {}
    assert await watch.run("code", "client") == ["client"]
    watch.settings.adopt(config.model_copy(), Secrets.read(config))
    assert await watch.run("code", "token") == ["code", "token"]
