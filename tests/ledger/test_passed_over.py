"""Nothing that a vantage brings ends the evaluation: what cannot be folded is passed over, told,
and the others' news are taken in.
"""

from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import Engine, delete, select, update

from exporters.metrics import initial_series
from probe.audit.verify import verify
from probe.core.judgement.observation import Observation
from probe.core.judgement.timeline import Outage
from probe.ledger.db import schema
from probe.ledger.db.store import writing
from probe.ledger.reader import Reader
from probe.ledger.shared.checkpoints import CLOSE_US, FAR_US, thin_out
from probe.ledger.shared.evaluation import Evaluation, Passed, Why, refolded
from probe.ledger.shared.inbox import Inbox
from tests.builders import BEGUN, SECOND, SPEC, a_day, idp_down, journey, mire
from tests.fakes.recorder import ImmediateRecorder, in_memory
from tests.marks import in_a_file

NOW = BEGUN + 10**6 * SECOND
HOUR = 3600.0


class Vantages:
    """Several vantages of one hub, and the evaluator of what they bring."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.inbox = Inbox(engine)
        self.given: dict[str, int] = {}
        with writing(engine) as connection:
            self.evaluation = Evaluation.load(connection)

    def bring(self, name: str, *observations: Observation, now_us: int = NOW) -> None:
        first = self.given.get(name, 0) + 1
        numbered = list(enumerate((replace(one, vantage=name) for one in observations), start=first))
        self.given[name] = self.inbox.deliver(name, name, numbered, now_us)

    def evaluate(self) -> list[Passed]:
        passed: list[Passed] = []
        while True:
            with writing(self.engine) as connection:
                taken = self.evaluation.step(connection)
            passed += taken.passed
            if not taken.events:
                return passed

    def outages(self, at: float) -> list[tuple[str, float, float | None]]:
        def seconds(us: int | None) -> float | None:
            return None if us is None else (us - BEGUN) / SECOND

        def told(one: Outage) -> tuple[str, float, float | None]:
            return one.subject, (one.start_us - BEGUN) / SECOND, seconds(one.end_us)

        return [told(one) for one in Reader(self.engine).outages(BEGUN + int(at * SECOND))]

    def replays(self) -> bool:
        with self.engine.connect() as connection:
            return refolded(connection).unlike == [] and verify(connection).findings == []


@pytest.fixture
def vantages(engine: Engine) -> Vantages:
    found = Vantages(engine)
    found.inbox.configure([SPEC], BEGUN)
    return found


def well(since: float, until: float) -> list[Observation]:
    return [make for at in range(int(since), int(until), 10) for make in (mire(at), journey("ameli", at + 1), journey("yris", at + 2))]


OUTAGE = [idp_down("ameli", 5 * HOUR), idp_down("ameli", 5 * HOUR + 2), journey("ameli", 5 * HOUR + 20), journey("ameli", 5 * HOUR + 22)]


def without_old_checkpoints(vantages: Vantages, since: float) -> None:
    with writing(vantages.engine) as connection:
        connection.execute(delete(schema.shared_checkpoint).where(schema.shared_checkpoint.c.at_us < BEGUN + int(since * SECOND)))


def test_news_older_than_all_that_is_kept_are_passed_over_and_the_evaluation_goes_on(vantages: Vantages) -> None:
    vantages.bring("brest", *well(0, 2 * HOUR), *well(4 * HOUR, 5 * HOUR))
    assert vantages.evaluate() == []
    without_old_checkpoints(vantages, 4 * HOUR)
    before = list(Reader(vantages.engine).ledger())
    vantages.bring("lille", mire(60), mire(70), *well(4.5 * HOUR, 5 * HOUR))
    assert vantages.evaluate() == [Passed("lille", Why.TOO_LATE)] * 2
    assert list(Reader(vantages.engine).ledger())[: len(before)] == before
    vantages.bring("brest", *OUTAGE)
    vantages.bring("lille", *OUTAGE)
    assert vantages.evaluate() == [], "each is told once"
    assert vantages.outages(5 * HOUR + 30) == [("idp:ameli", 5 * HOUR, 5 * HOUR + 20)]
    assert vantages.replays()


def test_settings_older_than_all_that_is_kept_take_effect_as_soon_as_they_can(vantages: Vantages) -> None:
    vantages.bring("brest", *well(0, 2 * HOUR))
    vantages.evaluate()
    without_old_checkpoints(vantages, HOUR)
    vantages.inbox.configure([replace(SPEC, failures=3)], BEGUN + 60 * SECOND)
    assert vantages.evaluate() == []
    down = [idp_down("ameli", 2 * HOUR + at) for at in (0, 2, 4)]
    vantages.bring("brest", *down[:2])
    vantages.evaluate()
    assert vantages.outages(2 * HOUR + 5) == []
    vantages.bring("brest", down[2])
    vantages.evaluate()
    assert vantages.outages(2 * HOUR + 6) == [("idp:ameli", 2 * HOUR, None)]
    assert vantages.replays()


@in_a_file  # a server goes by its own clock
def test_a_vantage_whose_clock_is_ahead_is_told_and_the_others_are_believed(vantages: Vantages) -> None:
    ahead = BEGUN + 40 * SECOND
    vantages.bring("brest", mire(1000), idp_down("ameli", 1001), idp_down("ameli", 1003), now_us=ahead)
    vantages.bring("lille", *well(0, 60), now_us=ahead)
    assert vantages.evaluate() == [Passed("brest", Why.AHEAD)] * 3
    assert vantages.outages(59) == []
    assert vantages.evaluation.hubs["fc"].state.clock_us == BEGUN + 53 * SECOND
    assert vantages.replays()


def test_a_vantage_whose_clock_was_set_back_is_told(vantages: Vantages) -> None:
    vantages.bring("brest", *well(0, 600), mire(100), *well(600, 660))
    assert vantages.evaluate() == [Passed("brest", Why.SET_BACK)]
    assert vantages.replays()


def test_what_this_vigie_cannot_read_is_told(vantages: Vantages) -> None:
    """Another one, of a later version, may watch beside it."""
    vantages.bring("brest", *well(0, 60))
    table = schema.observation
    with writing(vantages.engine) as connection:
        connection.execute(update(table).where(table.c.id == 2).values(reason="a word to come", outcome="failed"))
    assert vantages.evaluate() == [Passed("brest", Why.UNREADABLE)]
    vantages.bring("brest", *OUTAGE)
    assert vantages.evaluate() == []
    assert len(vantages.outages(5 * HOUR + 30)) == 1
    assert vantages.replays()


def test_every_reason_exists_as_a_series_from_the_start() -> None:
    assert set(initial_series.PASSED_OVER) == set(Why)


# --- a ledger that was one prober's


def test_a_ledger_that_was_one_probers_is_gone_on_with_in_mid_outage(engine: Engine) -> None:
    """As if it had not been moved: what it says stays, and the outage under way goes on under the
    same confirmation.
    """
    history = [*a_day(), *well(90, 120), idp_down("ameli", 121), idp_down("ameli", 123)]
    rest = [mire(125), idp_down("ameli", 131), mire(135), journey("ameli", 141), journey("ameli", 142), mire(145)]
    one = in_memory()
    ImmediateRecorder(one).keep([*history, *rest])
    expected = Reader(one)

    ImmediateRecorder(engine).keep(history)
    before = list(Reader(engine).ledger())
    vantages = Vantages(engine)
    vantages.inbox.configure([SPEC], BEGUN + 124 * SECOND)
    assert vantages.evaluate() == []
    assert list(Reader(engine).ledger()) == before
    vantages.bring("local", *rest)
    assert vantages.evaluate() == []
    for hub, subject in expected.subjects():
        at = BEGUN + 146 * SECOND
        assert Reader(engine).intervals(hub, subject, at) == expected.intervals(hub, subject, at), subject
    assert vantages.replays()
    one.dispose()


def test_what_comes_late_to_an_adopted_ledger_changes_nothing_of_before(engine: Engine) -> None:
    ImmediateRecorder(engine).keep([*well(0, HOUR)])
    before = list(Reader(engine).ledger())
    vantages = Vantages(engine)
    vantages.inbox.configure([SPEC], BEGUN + int(HOUR) * SECOND)
    vantages.bring("brest", *[idp_down("ameli", at) for at in range(600, 660, 10)])
    assert {each.why for each in vantages.evaluate()} == {Why.TOO_LATE}
    assert list(Reader(engine).ledger()) == before


# --- checkpoints


def test_checkpoints_are_thinned_with_age_and_dropped_behind_the_retention(vantages: Vantages) -> None:
    days = 12
    with writing(vantages.engine) as connection:
        connection.execute(delete(schema.shared_checkpoint))
        for quarter in range(4 * 24 * days):
            row = {"hub": "fc", "at_us": BEGUN + quarter * 900 * SECOND, "setting": 1, "taken": {"": quarter}, "content": b""}
            connection.execute(schema.shared_checkpoint.insert(), row)
    now = BEGUN + days * 86_400 * SECOND
    cut = now - 10 * 86_400 * SECOND + 1
    with writing(vantages.engine) as connection:
        bases = thin_out(connection, cut, now)
        kept = list(connection.scalars(select(schema.shared_checkpoint.c.at_us).order_by(schema.shared_checkpoint.c.at_us)))
    assert [at for at in kept if at <= cut] == kept[:1], "one checkpoint from which all that is kept can be folded again"
    assert bases == {"fc": {"": (kept[0] - BEGUN) // (900 * SECOND)}}
    far = [at for at in kept if at < now - CLOSE_US]
    assert all(later - at >= FAR_US for at, later in pairwise(far))
    assert len(far) >= 8 * 4 - 1
    assert len([at for at in kept if at >= now - CLOSE_US]) == 2 * 24 * 4
