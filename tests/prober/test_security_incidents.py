"""What the hub accepts and must refuse, over sockets, up to the register: one incident each."""

import asyncio
from pathlib import Path
from typing import Any

from probe.clock import SystemClock
from probe.config.secrets import Secrets
from probe.config.spec import watch_spec
from probe.core.incident.model import Origin, Severity
from probe.core.judgement.observation import Kind, Negative
from probe.core.judgement.retry import RetryTarget
from probe.incidents.automation import Automation
from probe.incidents.policy import policy_of
from probe.incidents.service import IncidentService
from probe.journeys.plan import Plan, plan
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder
from probe.ledger.writer import Writer
from probe.prober.run import Prober
from simulator import Federation
from tests.fakes.recorder import FakeListener, ledger
from tests.fakes.rounds import A, configured

FAULTS = (
    "accepts_any_client",
    "accepts_any_idp",
    "accepts_any_redirect_uri",
    "state_optional",
    "accepts_any_secret",
    "code_reusable",
    "tokens_immortal",
    "logout_keeps_session",
)


def everything(document: dict[str, Any]) -> None:
    document["hubs"][0]["negative"] = [each.value for each in Negative]
    document["hubs"][0]["sp"]["token_leeway"] = "500ms"


async def test_each_thing_that_is_accepted_opens_one_incident_which_ends_when_it_is_refused(simulated: Federation, tmp_path: Path) -> None:
    simulated.set_lifetimes(token=1)
    config = configured(simulated, idps=(A,), edit=everything)
    prober, secrets, clock = Prober(config, SystemClock()), Secrets.read(config), SystemClock()
    hub = config.hubs[0]
    with ledger(tmp_path / "vigie.db") as engine:
        automation, listener = Automation(policy_of(config), clock.now_us), FakeListener()
        recorder = Recorder(Writer(engine, automation.with_rows), listener, {})
        await recorder.configure([watch_spec(config, hub)], clock.now_us())
        service = IncidentService(engine, policy_of(config), clock.now_us)

        async def ask() -> list[tuple[str, str]]:
            """Ask for the mire and for what must be refused; once more where that is wanted."""
            plans: dict[RetryTarget, Plan] = {
                (Kind.NEGATIVE, each.value): plan(config, secrets, hub, Kind.NEGATIVE, each.value) for each in Negative
            }
            wanted = set(plans)
            recorder.submit(await prober.run(plan(config, secrets, hub, Kind.MIRE)))
            while wanted:
                listener.heard.clear()
                for seen in await asyncio.gather(*(prober.run(plans[target]) for target in wanted)):
                    recorder.submit(seen)
                await recorder.drain()
                wanted = set().union(*(each.again for each in listener.heard)) & plans.keys()
            while automation.tick(engine):
                pass
            return sorted((each.scope.subject, each.state.value) for each in service.incidents(states=None))

        assert await ask() == []
        for fault in FAULTS:
            await simulated.set_fault("hub", fault)
        names = sorted(f"security:{each.value}" for each in Negative)
        assert await ask() == [(name, "new") for name in names]
        assert {(each.origin, each.severity) for each in service.incidents()} == {(Origin.SECURITY, Severity.CRITICAL)}
        assert Reader(engine).outages(clock.now_us()) == []
        assert await ask() == [(name, "new") for name in names]
        await simulated.clear_faults()
        assert await ask() == [(name, "resolved") for name in names]
