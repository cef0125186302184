"""What is ours is told as ours, and what is the hub's as the hub's, at hubs that we did not write:
oidc-provider, the same on two pages, and LemonLDAP::NG (docs/domain.md, "Outcome, fault, reason").
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.spec import watch_spec
from probe.core.judgement.condition import C1, C2, HUB, State
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason
from probe.core.judgement.subject import client_of
from probe.core.judgement.timeline import Outage, outages, timelines
from probe.prober.once import Round, Rounds
from tests.builders import SECOND
from tests.fakes.kept_watch import KeptWatch
from tests.fakes.recorder import ledger
from tests.servers.faults import Action
from tests.servers.own_hubs import BareProvider, OwnHub, Portal, configured, own_hub

pytestmark = pytest.mark.servers

MINUTE_US = 60 * SECOND
SHORT: dict[str, Any] = {"negative": []}
HURRIED: dict[str, Any] = SHORT | {"deadlines": {"journey": "4s", "mire": "1s"}}


@pytest.fixture(scope="module", params=["oidc-provider", "two-pages", "lemonldap"])
def server(request: pytest.FixtureRequest, real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnHub]:
    made = own_hub(request.param, "127.0.0.44", tmp_path_factory.mktemp(request.param))
    made.start()
    yield made
    made.stop()


class Watch:
    """Rounds of `vigie check` at one hub, and what they saw."""

    def __init__(self, config: Config, *, new: bool = False) -> None:
        """`new`: nothing has ever passed."""
        known = {config.hubs[0].name: Neighbours(passed={})} if new else None
        self.seen: list[Observation] = []
        self._rounds = Rounds(config, Secrets.read(config), SystemClock(), known=known)

    async def round(self) -> Round:
        return await self._rounds.run(self.seen.append)

    async def states(self) -> dict[str, State]:
        return {subject: status.state for (_, subject), (_, status) in (await self.round()).states.items()}


async def test_a_hub_that_is_down_at_the_first_start_is_c1(server: OwnHub, tmp_path: Path) -> None:
    server.stop()
    states = await Watch(configured(server, tmp_path, **SHORT), new=True).states()
    server.reset()
    assert (states[C1], states[HUB], states[C2]) == (State.DOWN, State.DOWN, State.UNKNOWN)


async def test_a_hub_that_hung_until_its_repair_is_up_from_the_good_answer_on(server: OwnHub, tmp_path: Path) -> None:
    if server.name == "two-pages":
        return  # the same server as oidc-provider's, until the login
    watch = Watch(configured(server, tmp_path, **HURRIED))
    server.hang()
    assert (await watch.states())[C1] is State.DOWN
    asked = asyncio.create_task(watch.round())
    await asyncio.sleep(0.5)
    server.reset()
    since, status = next(held for (_, subject), held in (await asked).states.items() if subject == C1)
    good = next(each for each in watch.seen if each.kind is Kind.MIRE and each.outcome is Outcome.OK)
    assert (status.state, since) == (State.UP, good.finished_us)


async def test_answers_that_turn_the_prober_away_are_no_outage_until_every_vantage_has_them(server: OwnHub, tmp_path: Path) -> None:
    """docs/domain.md, "An answer about us": "When all vantages of a shared store that report are
    turned away, on two networks at least and for 10 minutes, it is the host's outage".
    """
    config = configured(server, tmp_path, **SHORT)
    watch = Watch(config)
    await watch.round()
    well = tuple(watch.seen)
    if isinstance(server, BareProvider):
        server.break_login_page(Action.REFUSED)
    else:
        server.break_mire(Action.REFUSED)
    states = await watch.states()
    server.reset()
    assert State.DOWN not in states.values()
    away = tuple(watch.seen[len(well) :])
    assert [each.reason for each in away if each.kind is Kind.MIRE][-1] is Reason.TURNED_AWAY

    apart, together = ("isp", "mobile", "cloud"), ("isp", "isp", "isp")
    everybody, but_one = (away, away, away), (away, away, well)
    assert outages_of_vantages(config, C1, well, everybody, apart, minutes=9) == []
    assert outages_of_vantages(config, C1, well, everybody, together, minutes=12) == []
    assert outages_of_vantages(config, C1, well, but_one, apart, minutes=12) == []
    (outage,) = outages_of_vantages(config, C1, well, everybody, apart, minutes=12)
    assert (outage.cause and outage.cause.reason, outage.end_us) == (Reason.TURNED_AWAY, None)


Seen = tuple[Observation, ...]


def outages_of_vantages(
    config: Config, subject: str, well: Seen, met: tuple[Seen, ...], networks: tuple[str, ...], *, minutes: int
) -> list[Outage]:
    """The outages of the subject when vantages on these networks share a store.

    All of them see `well` for a minute, and then each sees its round of `met`, again and again.
    """
    spec = replace(watch_spec(config, config.hubs[0]), shared=True, client="")
    begun = min(each.started_us for each in well)
    stream: list[Observation] = []
    for number in range((minutes + 1) * MINUTE_US // spec.mire_us):
        at = begun + number * spec.mire_us
        for vantage, (round_, network) in enumerate(zip(met, networks, strict=True)):
            seen = well if at < begun + MINUTE_US else round_
            moved = at + vantage * SECOND - min(each.started_us for each in seen)
            stream += [
                replace(
                    each,
                    started_us=each.started_us + moved,
                    finished_us=each.finished_us + moved,
                    vantage=f"vantage{vantage}",
                    network=network,
                )
                for each in seen
                if each.kind is not Kind.CONTROL
            ]
    state, rows = begin(spec, begun)
    for each in sorted(stream, key=lambda one: one.finished_us):
        rows += fold(state, each)
    return outages(spec.name, subject, timelines(rows)[spec.name, subject].intervals(), state.clock_us)


async def test_a_client_that_is_switched_off_is_ours_until_it_was_known_and_the_hubs_afterwards(server: OwnHub, tmp_path: Path) -> None:
    config = configured(server, tmp_path, **SHORT)
    new, old = Watch(config, new=True), Watch(config)
    assert (await old.states())[C1] is State.UP
    switch_client(server, known=False)
    never_known, forgotten = await new.states(), await old.states()
    switch_client(server, known=True)
    assert State.DOWN not in never_known.values()
    if isinstance(server, Portal):
        assert (forgotten[C1], forgotten[HUB]) == (State.UP, State.UNKNOWN)  # it shows its login page to anybody's citizens
    else:
        assert (forgotten[C1], forgotten[HUB]) == (State.DOWN, State.DOWN)
    assert (await old.states())[C1] is State.UP


def switch_client(server: OwnHub, *, known: bool) -> None:
    """Start the hub again with our client in its list, or with another one in its place."""
    if isinstance(server, Portal):
        server.services = tuple(replace(one, client_id=one.name if known else f"not-{one.name}") for one in server.services)
    else:
        server.client_id = server.client_id.removeprefix("not-") if known else f"not-{server.client_id}"
    server.rotate()


async def test_a_list_that_is_lost_is_c1_and_our_record_alone_is_ours(server: OwnHub, tmp_path: Path) -> None:
    """docs/domain.md, "An answer about us": "unless it still knows a second configured client"."""
    if server.name != "oidc-provider":
        return  # two-pages is the same server until the login; a portal shows its page to anybody's citizens
    assert isinstance(server, BareProvider)
    server.further = ("witness",)
    server.rotate()
    watch = Watch(configured(server, tmp_path, witness="witness", **SHORT))
    seen_by_witness = client_of("witness")
    all_well = await watch.states()
    switch_client(server, known=False)
    record_gone = await watch.states()
    reasons = {each.reason for each in watch.seen if each.kind is Kind.MIRE and not each.client and each.outcome is not Outcome.OK}
    server.further = ("not-witness",)
    server.rotate()
    list_lost = await watch.states()
    server.further = ()
    switch_client(server, known=True)
    assert (all_well[C1], all_well[seen_by_witness]) == (State.UP, State.UP)
    assert (record_gone[seen_by_witness], State.DOWN in record_gone.values(), reasons) == (State.UP, False, {Reason.CLIENT_UNKNOWN})
    assert (list_lost[C1], list_lost[HUB], list_lost[seen_by_witness]) == (State.DOWN, State.DOWN, State.DOWN)


async def test_a_setting_changed_in_the_middle_of_an_outage_neither_ends_nor_hides_it(server: OwnHub, tmp_path: Path) -> None:
    whole = configured(server, tmp_path, **SHORT)
    recipe = whole.recipes[server.name]
    first = recipe.pages[0]
    wrong = first.model_copy(update={"fill": {f"no_{name}": value for name, value in first.fill.items()}})
    spoilt = whole.model_copy(update={"recipes": {server.name: recipe.model_copy(update={"pages": [wrong, *recipe.pages[1:]]})}})
    with ledger(tmp_path / "vigie.db") as engine:
        watch = KeptWatch(engine, C2)
        assert await watch.round(whole) is State.UP
        server.break_token()
        assert await watch.round(whole) is State.DOWN
        assert await watch.round(spoilt) is State.DOWN
        server.reset()
        assert await watch.round(spoilt) is State.DOWN  # nobody can tell: our recipe is wrong now
        await watch.round(whole)
        assert await watch.round(whole) is State.UP
        (outage,) = watch.outages
        assert outage.end_us is not None
