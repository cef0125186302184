"""When the hub says that it does not know one client, the others are asked before that is told."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.core.judgement.condition import C1, State
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, SetupPart
from probe.ledger.reader import Reader
from probe.prober.targets import Watched
from probe.service.other_clients import OtherClients
from tests.builders import mire, no_mire
from tests.fakes.recorder import ledger
from tests.marks import unmeasured
from tests.service.running import Running, simulating

TARGETS = [
    *(Watched(Kind.MIRE, "fc", client=client) for client in ("", "eidas2", "witness")),
    Watched(Kind.MIRE, "fc", backend="node1"),
    Watched(Kind.IDENTITY, "fc", "ameli", client="witness"),
    Watched(Kind.MIRE, "another hub", client="witness"),
    Watched(Kind.CONTROL, name="net"),
]
Seen = Callable[[Watched], Observation]


class Asked:
    """Runs what it is asked to, one turn of the loop later."""

    def __init__(self, seen: Seen = lambda target: mire(0, client=target.client)) -> None:
        self._seen = seen
        self.targets: list[Watched] = []
        self.told: list[Observation] = []
        self.clients = OtherClients(self._run, self.told.append)

    async def _run(self, target: Watched) -> Observation:
        self.targets.append(target)
        await asyncio.sleep(0)
        return self._seen(target)


async def test_the_mire_is_asked_for_as_every_other_client_of_that_hub() -> None:
    asked = Asked()
    await asked.clients.ask(TARGETS[0], TARGETS)
    assert [target.client for target in asked.targets] == ["eidas2", "witness"]
    await asked.clients.ask(TARGETS[4], TARGETS)
    assert [target.client for target in asked.targets[2:]] == ["", "eidas2"]
    assert {target.kind for target in asked.targets} == {Kind.MIRE}
    assert [(seen.client, seen.outcome) for seen in asked.told[:2]] == [("eidas2", Outcome.OK), ("witness", Outcome.OK)]


async def test_a_hub_with_one_client_asks_nobody() -> None:
    asked = Asked()
    await asked.clients.ask(TARGETS[5], [TARGETS[5]])
    assert asked.targets == []


async def test_journeys_that_ask_together_share_one_round() -> None:
    asked = Asked()
    await asyncio.gather(*(asked.clients.ask(TARGETS[0], TARGETS) for _ in range(5)))
    assert len(asked.targets) == len(asked.told) == 2
    await asked.clients.ask(TARGETS[0], TARGETS)
    assert len(asked.targets) == 4


async def test_a_client_that_the_hub_knows_is_told_first_as_it_tells_of_the_others() -> None:
    def seen(target: Watched) -> Observation:
        unknown = no_mire(0, client=target.client, part=SetupPart.CLIENT)
        return unknown if target.client == "eidas2" else mire(0, client=target.client)

    asked = Asked(seen)
    await asked.clients.ask(TARGETS[0], TARGETS)
    assert [one.client for one in asked.told] == ["witness", "eidas2"]


async def test_a_round_that_is_under_way_at_the_end_of_the_watch_tells_nothing_more() -> None:
    asked = Asked()
    asking = asyncio.create_task(asked.clients.ask(TARGETS[0], TARGETS))
    await asyncio.sleep(0)
    asked.clients.end()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asked.told == []


@unmeasured
def test_a_record_that_is_gone_is_ours_and_a_list_that_is_gone_is_C1(tmp_path: Path) -> None:
    """One watch over sockets (some seconds, as each client is asked in its turn)."""
    with simulating(tmp_path / "federation", "--interval", "2s", "--idps", "msa", "--further-clients", "sp-rs256") as simulator:
        config = simulator.config(tmp_path / "vigie.yml")
        with Running(config) as watch:
            watch.wait(Running.ready, "each client was asked once", patience=90.0)
            simulator.set("hub", "client_switched_off", client="sp-es256")
            watch.wait(lambda one: one.total("vigie_inconclusive_total", kind="mire", reason="client_unknown") >= 2, "our record is gone")
            simulator.clear()
            simulator.set("hub", "client_list_lost")
            watch.wait(lambda one: one.total("vigie_condition_active", condition=C1) >= 1, "C1 holds")
            assert watch.stop() == 0
        with ledger(config.with_suffix(".db"), create=False) as engine:
            reader = Reader(engine)
            mires = [seen for _, seen in reader.observations() if seen.kind is Kind.MIRE and not seen.client and seen.reason]
            down = [row["effective_us"] for row in reader.ledger() if (row["subject"], row["state"]) == (C1, State.DOWN)]
    gone, lost = Reason.CLIENT_UNKNOWN, Reason.HUB_ERROR
    told = list(dict.fromkeys((seen.outcome, seen.fault, seen.reason) for seen in mires))
    assert told == [(Outcome.INCONCLUSIVE, Fault.SP, gone), (Outcome.FAILED, Fault.HUB, lost)]
    first = next(seen for seen in mires if seen.reason is lost)
    assert down == [first.started_us]
