"""Tiles that are greyed for one vantage only, at a hub that we did not write: LemonLDAP::NG's own
chooser, which a gateway on that vantage's way to the hub rewrites (docs/domain.md, "No selectable
IdP").
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.models import Config
from probe.core.incident.model import Severity
from probe.core.judgement.condition import C1, C3, HUB, State
from probe.core.judgement.observation import Fault, Kind, Observation, Reason, Step
from probe.core.judgement.timeline import Outage
from probe.ledger.reader import Reader
from tests.fakes.gateway import Gateway
from tests.fakes.kept_watch import KeptWatch
from tests.fakes.recorder import ledger
from tests.fakes.rounds import OK, failed, inconclusive, said
from tests.prober.test_setup_mistakes import OneRoundForAnHour
from tests.servers.federation import Federation
from tests.servers.test_truth import Seen, outages_of_vantages
from tests.servers.watched import LEMONLDAP, vigie_config

pytestmark = pytest.mark.servers

TILE = re.compile(r'<button type="submit" class="[^"]*\bidploop\b[^"]*"')
INTERVALS = dict.fromkeys(("mire", "journey", "direct", "negative"), "5m")
FOR_US_ONLY = inconclusive(Fault.SP, Reason.TILES_GREYED, Step.MIRE)
FOR_ALL = failed(Fault.HUB, Reason.NO_IDP_SELECTABLE, Step.MIRE)


@dataclass
class Vantage:
    """A vantage that reaches the hub through the gateway."""

    config: Config
    gateway: Gateway


@pytest.fixture
async def vantage(federation: Federation, tmp_path: Path) -> AsyncIterator[Vantage]:
    hub = federation.hub
    gateway = Gateway(hub.url, TILE)
    profile = LEMONLDAP | {"mire": LEMONLDAP["mire"] | {"disabled": "[disabled]"}}
    async with gateway.open() as port:
        network = {"resolve": {f"{hub.host}:{hub.port}": f"127.0.0.1:{port}"}}
        changed = {"profile": profile, "network": network, "negative": []}
        yield Vantage(load(vigie_config(federation, tmp_path, intervals=INTERVALS, hub=changed)), gateway)


class Story:
    """Rounds of one vantage, kept in a ledger."""

    def __init__(self, watch: KeptWatch, config: Config) -> None:
        self._watch, self._config = watch, config

    async def round(self) -> Seen:
        """Return what the round saw, as it was recorded."""
        before = len(self._watch.listener.observations)
        await self._watch.round(self._config)
        return tuple(self._watch.listener.observations[before:])

    def states(self) -> dict[str, State]:
        known = Reader(self._watch.engine).statuses(SystemClock().now_us())
        return {subject: status.state for (_, subject), (_, status) in known.items()}


def of_the_mire(seen: Seen) -> Observation:
    return next(each for each in seen if each.kind is Kind.MIRE)


async def test_tiles_greyed_for_us_only_are_nobodys_outage_and_for_all_are_c3(
    federation: Federation, vantage: Vantage, tmp_path: Path
) -> None:
    """ "C1 does not hold, and C3 and the hub are unknown", unless a `direct` fails or another
    vantage sees the same; no such observation ends an outage that is open.
    """
    gateway = vantage.gateway
    with ledger(tmp_path / "kept.db") as engine:
        watch = KeptWatch(engine, C3)
        story = Story(watch, vantage.config)
        well = await story.round()
        up = story.states()
        assert set(up.values()) == {State.UP}

        gateway.greys = True
        for_us = await story.round()
        assert said(of_the_mire(for_us)) == FOR_US_ONLY
        nobody_knows = up | {C3: State.UNKNOWN, HUB: State.UNKNOWN}
        assert story.states() == nobody_knows

        next(iter(federation.idps.values())).break_discovery()
        for_all = await story.round()
        assert said(of_the_mire(for_all)) == FOR_ALL
        assert story.states() == up | {C3: State.DOWN, HUB: State.DOWN}

        federation.reset()
        assert said(of_the_mire(await story.round())) == FOR_US_ONLY
        assert story.states() == nobody_knows
        assert [each.end_us for each in watch.outages] == [None]

        gateway.greys = False
        mended = await story.round()
        assert said(of_the_mire(mended)) == OK
        await story.round()  # which confirms it
        assert story.states() == up
        (outage,) = Reader(engine).outages(SystemClock().now_us())
        assert (outage.subject, outage.end_us) == (C3, of_the_mire(mended).finished_us)

    await an_hour_of_it_opens_an_incident_only_for_all(vantage.config, well, for_us, for_all, tmp_path)
    several_vantages_blame_the_hub_only_where_more_than_one_sees_it(vantage.config, well, for_us)


async def an_hour_of_it_opens_an_incident_only_for_all(config: Config, well: Seen, for_us: Seen, for_all: Seen, folder: Path) -> None:
    harmless = OneRoundForAnHour(config, for_us, folder / "for_us", before=well)
    await harmless.play()
    assert harmless.harm() == {}
    last = harmless.readings[-1].subjects
    assert (last[C1].state, last[C3].state, last[HUB].state) == (State.UP, State.UNKNOWN, State.UNKNOWN)

    blamed = OneRoundForAnHour(config, for_all, folder / "for_all", before=well)
    await blamed.play()
    assert [(each.scope.subject, each.severity) for each in blamed.incidents] == [(C3, Severity.CRITICAL)]


def several_vantages_blame_the_hub_only_where_more_than_one_sees_it(config: Config, well: Seen, for_us: Seen) -> None:
    def blamed(subject: str, *met: Seen) -> list[Outage]:
        return outages_of_vantages(config, subject, well, met, ("isp", "mobile", "cloud")[: len(met)], minutes=30)

    for alone in ((for_us,), (for_us, well), (for_us, well, well)):
        assert [blamed(subject, *alone) for subject in (C1, C3, HUB)] == [[], [], []]
    (outage,) = blamed(C3, for_us, for_us, well)
    assert (outage.cause and outage.cause.reason, outage.end_us) == (Reason.TILES_GREYED, None)
    assert blamed(C1, for_us, for_us, well) == []
