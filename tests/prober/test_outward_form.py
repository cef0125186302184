"""What a prober puts on record of a hub, over real sockets: each change that the simulated
federation can play is told as what it is, and what is no change is not told.
"""

from collections.abc import AsyncIterator

import pytest

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Kind, Outcome
from probe.core.judgement.sighting import Aspect, Sighting
from probe.core.radar.change import ChangeKind, SeenChange, seen_changes
from probe.journeys.plan import plan
from probe.prober.run import Prober
from simulator import Federation, Settings

IDP, OTHER = "impot_gouv", "ameli"


class Radar:
    """A federation over TLS, and a prober that watches it.

    Before each round it forgets what it read, as if a day had passed.
    """

    def __init__(self, federation: Federation) -> None:
        self.federation = federation
        self.config = load(federation.config_path)
        self.secrets = Secrets.read(self.config)
        self.prober = Prober(self.config, SystemClock())
        self.on_record: list[Sighting] = []

    async def watch(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            self.prober.memory.forget()
            self.prober.memory.of("fc").published_us[Aspect.METADATA] = 0
            for kind, idp in ((Kind.MIRE, None), (Kind.IDENTITY, IDP)):
                seen = await self.prober.run(plan(self.config, self.secrets, "fc", kind, idp))
                assert (seen.outcome, seen.reason) == (Outcome.OK, None)
                self.on_record += seen.sightings

    @property
    def changes(self) -> list[SeenChange]:
        return seen_changes(self.on_record)


@pytest.fixture
async def radar() -> AsyncIterator[Radar]:
    async with Federation(Settings(time_scale=0.02, deadline="3s", tls=True, idps=(IDP, OTHER))) as federation:
        yield Radar(federation)


async def test_what_a_journey_sees_that_is_not_recorded_is_left_for_one_that_is(radar: Radar) -> None:
    """As on `/probe`: what it would take for known were on record of no day."""
    unrecorded = [plan(radar.config, radar.secrets, "fc", Kind.MIRE) for _ in range(3)]
    radar.prober.memory.of("fc").published_us[Aspect.METADATA] = 0
    assert [(await radar.prober.run(each, on_record=False)).sightings for each in unrecorded] == [(), (), ()]
    assert radar.prober.memory.of("fc").published_us == {Aspect.METADATA: 0}
    await radar.watch()
    assert {one.aspect for one in radar.on_record} == set(Aspect)


async def test_each_change_is_told_as_what_it_is(radar: Radar) -> None:
    await radar.watch()
    assert {one.aspect for one in radar.on_record} == set(Aspect)
    await radar.federation.set_fault("hub", "metadata_changed")
    await radar.federation.set_fault("hub", "keys_rotated")
    await radar.federation.set_fault("hub", "certificate_renewed")
    await radar.federation.set_fault(OTHER, "renamed", title="Assurance maladie")
    await radar.federation.set_fault("hub", "page_changed", page="consent")
    await radar.watch()
    assert {(one.kind, one.aspect) for one in radar.changes} == {
        (ChangeKind.METADATA, Aspect.METADATA),
        (ChangeKind.KEY_SWAPPED, Aspect.KEYS),
        (ChangeKind.CERTIFICATE_RENEWED, Aspect.CHAIN),
        (ChangeKind.TILE_RENAMED, Aspect.TILES),
        (ChangeKind.PAGE_FORM, Aspect.CONSENT),
    }
    before = len(radar.changes)
    await radar.federation.set_fault("hub", "keys_beside")
    await radar.federation.set_fault("hub", "certificate_renewed", authority=2)
    await radar.federation.set_fault(OTHER, "hidden")
    await radar.watch(2)
    later = {one.kind for one in radar.changes[before:]}
    assert later == {ChangeKind.KEY_ADDED, ChangeKind.CERTIFICATE_ISSUER, ChangeKind.TILE_REMOVED}


async def test_what_is_no_change_of_the_hub_is_not_told(radar: Radar) -> None:
    await radar.watch()
    for party, name in (("hub", "banner"), ("hub", "page_noise"), (OTHER, "disabled")):
        await radar.federation.set_fault(party, name)
    await radar.watch()
    assert radar.changes == []
