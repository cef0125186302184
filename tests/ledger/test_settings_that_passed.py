"""Which of our settings passed stands in the ledger: across restarts, and from any vantage.

docs/domain.md, "Never passed yet" and "An answer about us".
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from probe.core.judgement.condition import C1, State
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.own_setup import IN_ORDER, digests, written
from probe.ledger.db.store import writing
from probe.ledger.memory import recall
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder
from probe.ledger.shared.evaluation import Evaluation
from probe.ledger.shared.inbox import Inbox
from probe.ledger.writer import Writer
from tests.builders import BEGUN, MINUTE, SECOND, SPEC, journey, mire, seen
from tests.fakes.recorder import FakeListener, ImmediateRecorder, in_memory, recording

pytestmark = pytest.mark.usefixtures("quick")

SETUP = written(dict.fromkeys(IN_ORDER, "1"))
OTHER = written(dict.fromkeys(IN_ORDER, "2"))


def wrong_claims(at: float, setup: str = SETUP) -> Observation:
    told = {"fault": Fault.HUB, "reason": Reason.CLAIMS_MISMATCH, "step": Step.CLAIMS, "authenticated": True}
    return seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", part=SetupPart.CLAIMS, setup=setup, **told)


async def recorded(engine: Engine, *observations: Observation, at: int = 0) -> list[Observation]:
    """What another start of the watch makes of these observations."""
    ear = FakeListener()
    async with recording(engine, ear, at_us=BEGUN + at * SECOND) as recorder:
        for one in observations:
            recorder.submit(one)
        await recorder.drain()
    return ear.observations


async def test_what_passed_before_a_restart_has_passed_after_it(engine: Engine) -> None:
    assert (await recorded(engine, wrong_claims(0)))[0].never_passed
    assert Reader(engine).never_passed()["fc", "ameli"].part is SetupPart.CLAIMS
    await recorded(engine, journey("ameli", 10, setup=SETUP), at=10)
    assert Reader(engine).never_passed() == {}
    same, another = await recorded(engine, wrong_claims(20), wrong_claims(30, OTHER), at=20)
    assert same.outcome is Outcome.FAILED
    assert another.never_passed


async def test_what_an_older_vigie_saw_pass_has_passed(engine: Engine) -> None:
    """Its memory has no digests: the recorder takes over what was ever up."""
    old = ImmediateRecorder(engine)
    old.keep([mire(0), journey("ameli", 1), mire(10), journey("ameli", 11)])
    told = await recorded(engine, wrong_claims(20), wrong_claims(30, OTHER), at=20)
    assert [each.never_passed for each in told] == [False, True]


async def test_a_recorder_believes_what_passed_at_another_vantage(engine: Engine) -> None:
    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        recorder.elsewhere = lambda _: Neighbours(passed={"ameli": {SetupPart.CLAIMS: [digests(SETUP)[SetupPart.CLAIMS]]}})
        recorder.submit(wrong_claims(0))
        await recorder.drain()
    assert ear.observations[0].outcome is Outcome.FAILED


async def test_a_login_that_never_passed_is_held_back_after_as_many_tries_as_refusals_are_allowed(engine: Engine) -> None:
    told = {"fault": Fault.IDP, "reason": Reason.IDP_ERROR, "step": Step.IDP_LOGIN, "part": SetupPart.LOGIN, "setup": SETUP}
    recorder = Recorder(Writer(engine), FakeListener(), Reader(engine).memory())
    now = recorder._clock.now_us()
    await recorder.configure([SPEC], now)
    for number in range(SPEC.refused_credentials):
        assert not recorder.held_back("fc", "ameli", "1")
        started = now + number * SECOND
        recorder.submit(replace(seen(Kind.IDENTITY, 0, Outcome.FAILED, "ameli", **told), started_us=started - MINUTE, finished_us=started))
        await recorder.drain()
    assert recorder.held_back("fc", "ameli", "1")
    assert not recorder.held_back("fc", "ameli", "2")
    assert not recorder.suspended("fc", "ameli")  # nobody refused the password


# --- several vantages

NAMES = ("brest", "lille")


class SharedStore:
    """A store that vantages deliver to, evaluated after each delivery."""

    def __init__(self) -> None:
        self.engine = in_memory()
        self.inbox = Inbox(self.engine)
        self.inbox.configure([SPEC], BEGUN)
        self._numbers = dict.fromkeys(NAMES, 0)

    def deliver(self, vantage: str, observations: Iterable[Observation]) -> None:
        for one in observations:
            self._numbers[vantage] += 1
            self.inbox.deliver(vantage, vantage, [(self._numbers[vantage], replace(one, vantage=vantage))], one.finished_us)
        with writing(self.engine) as connection:
            evaluation = Evaluation.load(connection)
            while evaluation.step(connection).events:
                pass

    @property
    def near(self) -> Neighbours:
        return recall(Reader(self.engine).memory()["fc"]).near

    def states(self, subject: str, until: float) -> list[tuple[int, State]]:
        intervals = Reader(self.engine).intervals("fc", subject, BEGUN + int(until * SECOND))
        return [((each.start_us - BEGUN) // SECOND, each.status.state) for each in intervals]


def test_what_passed_at_any_vantage_stands_in_the_shared_store() -> None:
    store = SharedStore()
    store.deliver("brest", [journey("ameli", 0, setup=SETUP)])
    store.deliver("lille", [journey("yris", 5, setup=OTHER)])
    passed = store.near.passed
    assert passed is not None
    assert passed["ameli"][SetupPart.CLAIMS] == ["1"]
    assert passed["yris"][SetupPart.CLAIMS] == ["2"]
    assert set(passed[""][SetupPart.MIRE]) == {"1", "2"}


def turned_away(at: float, **more: object) -> Observation:
    away = seen(Kind.MIRE, at, Outcome.INCONCLUSIVE, reason=Reason.TURNED_AWAY, step=Step.AUTHORIZE, on_hub=True)
    return replace(away, **more)  # type: ignore[arg-type]


def refused_everywhere(networks: dict[str, str], seconds: int, *, served: str = "") -> SharedStore:
    """From the 20th second on both vantages are turned away for so long, unless one is `served`."""
    store = SharedStore()
    for at in range(0, 20 + seconds, 20):
        for name in NAMES:
            well = at < 20 or name == served
            store.deliver(name, [replace(mire(at) if well else turned_away(at), network=networks.get(name, ""))])
    return store


def test_all_vantages_turned_away_for_ten_minutes_is_the_hubs_outage_from_the_first_refusal_on() -> None:
    store = refused_everywhere({}, 640)
    assert (20, State.DOWN) in store.states(C1, 640)
    [outage] = [each for each in Reader(store.engine).outages(BEGUN + 640 * SECOND) if each.subject == C1]
    assert outage.cause is not None
    assert (outage.cause.fault, outage.cause.reason) == (Fault.HUB, Reason.TURNED_AWAY)


@pytest.mark.parametrize(
    ("networks", "seconds", "served"),
    [
        ({}, 300, ""),  # not for long enough
        (dict.fromkeys(NAMES, "office"), 640, ""),  # behind one address
        ({}, 640, "brest"),  # another vantage is served
    ],
)
def test_being_turned_away_is_no_outage_while_nobody_can_tell_that_all_are(networks: dict[str, str], seconds: int, served: str) -> None:
    store = refused_everywhere(networks, seconds, served=served)
    states = {state for at, state in store.states(C1, seconds)}
    assert State.DOWN not in states
    assert (State.UNKNOWN in {state for at, state in store.states(C1, seconds) if at >= 20}) is (not served)
