"""The evaluation of a shared store: whatever comes when, the ledger ends as if all had come in
time.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from probe.core.judgement.fold import begin, fold, respec
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import LedgerRow, timelines
from probe.core.judgement.why_unknown import WhyUnknown
from probe.ledger.db.store import writing
from probe.ledger.reader import Reader
from probe.ledger.shared.evaluation import Evaluation, refolded
from probe.ledger.shared.inbox import Inbox
from tests.builders import BEGUN as BUILT
from tests.builders import SECOND, SPEC, mire
from tests.builders import seen as made
from tests.core.judgement.strategies import BEGUN, Scenario
from tests.core.judgement.test_vantages_property import NAMES, several
from tests.fakes.recorder import in_memory

LATER = BEGUN + 10**9 * SECOND


def stepped(engine: Engine, evaluation: Evaluation, most: int = 500) -> int:
    """Evaluate all there is. Returns how often a hub was folded again."""
    refolded = 0
    while True:
        with writing(engine) as connection:
            taken = evaluation.step(connection, most)
        refolded += taken.refolded
        if not taken.events:
            return refolded


def loaded(engine: Engine, every_s: int) -> Evaluation:
    with writing(engine) as connection:
        return Evaluation.load(connection, every_s * SECOND)


def folded(scenario: Scenario) -> list[LedgerRow]:
    """All at once, in memory, in the order of finish."""
    state, rows = begin(scenario.spec, scenario.begun)
    for seen in scenario.observations:
        rows += [] if seen.kind is Kind.CONTROL else fold(state, seen)
    return rows


def assert_as_in_time(engine: Engine, scenario: Scenario, evaluation: Evaluation) -> None:
    rows = folded(scenario)
    reader = Reader(engine)
    state = evaluation.hubs["fc"].state
    for (hub, subject), timeline in timelines(rows).items():
        found = [(each.start_us, each.status) for each in reader.intervals(hub, subject, state.clock_us)]
        assert found == timeline.points, subject
    assert reader.first_altered() is None


Chunk = tuple[str, int]


@st.composite
def deliveries(draw: st.DrawFn, scenario: Scenario) -> list[list[Observation]]:
    """Each vantage's observations in its own order, in parts, in any order of the vantages:
    some come after all the others.
    """
    queues = {name: [seen for seen in scenario.observations if seen.vantage == name] for name in NAMES}
    found = []
    while any(queues.values()):
        name = draw(st.sampled_from([name for name, queue in queues.items() if queue]))
        count = draw(st.sampled_from((1, 3, 10, 100)))
        found.append(queues[name][:count])
        del queues[name][:count]
    return found


def stretched(scenario: Scenario, factor: int) -> Scenario:
    """The same story, told over hours: most of it is forgotten by the fold when
    the late news come.
    """

    def at(instant: int) -> int:
        return BEGUN + (instant - BEGUN) * factor

    def longer(seen: Observation) -> Observation:
        started = at(seen.started_us)
        finished = started + seen.finished_us - seen.started_us
        return replace(seen, started_us=started, finished_us=finished, interval_us=seen.interval_us * factor)

    observations = sorted(map(longer, scenario.observations), key=lambda seen: seen.finished_us)
    return replace(scenario, observations=tuple(observations))


@settings(max_examples=20)
@given(several(), st.data(), st.sampled_from((1, 30, 60)), st.sampled_from((5, 300)), st.sampled_from((1, 7, 500)))
def test_late_news_leave_the_ledger_that_they_would_have_left_in_time(
    scenario: Scenario, data: st.DataObject, factor: int, every_s: int, most: int
) -> None:
    scenario = stretched(scenario, factor)
    engine = in_memory()
    inbox, evaluation = Inbox(engine), loaded(engine, every_s)
    inbox.configure([replace(scenario.spec, shared=False)], scenario.begun)
    numbers: dict[str, int] = {}
    for part in data.draw(deliveries(scenario)):
        name = part[0].vantage
        first = numbers.get(name, 0) + 1
        numbers[name] = inbox.deliver(name, name, list(enumerate(part, start=first)), LATER)
        choice = data.draw(st.integers(0, 3))
        if choice > 0:
            stepped(engine, evaluation, most)
        if choice == 3:  # another evaluator takes over
            evaluation = loaded(engine, every_s)
    stepped(engine, evaluation, most)
    assert_as_in_time(engine, scenario, evaluation)
    engine.dispose()


def changed(data: st.DataObject, spec: HubSpec) -> HubSpec:
    """Other settings of the same hub."""
    return data.draw(
        st.sampled_from(
            [
                replace(spec, failures=spec.failures + 1),
                replace(spec, successes=1, failures=1),
                replace(spec, quorum=34 if spec.quorum != 34 else 50),
                replace(spec, min_vantages=3 - min(spec.min_vantages, 2)),
                replace(spec, idps=spec.idps[:-1]),
                replace(spec, any_identity=not spec.any_identity),
            ]
        )
    )


@settings(max_examples=10)
@given(several(), st.data(), st.sampled_from((1, 60)), st.sampled_from((5, 300)), st.sampled_from((7, 500)))
def test_settings_that_change_in_mid_stream_take_effect_at_their_instant_whatever_comes_when(
    scenario: Scenario, data: st.DataObject, factor: int, every_s: int, most: int
) -> None:
    scenario = stretched(scenario, factor)
    finishes = sorted({seen.finished_us for seen in scenario.observations} | {scenario.begun + SECOND})
    at_us = data.draw(st.sampled_from(finishes)) + data.draw(st.sampled_from((0, 1)))
    other = changed(data, scenario.spec)
    engine = in_memory()
    inbox, evaluation = Inbox(engine), loaded(engine, every_s)
    inbox.configure([scenario.spec], scenario.begun)
    parts = data.draw(deliveries(scenario))
    turn = data.draw(st.integers(0, len(parts)))
    numbers: dict[str, int] = {}
    for number, part in enumerate([*parts, []]):
        if number == turn:
            inbox.configure([other], at_us)
        if part:
            name = part[0].vantage
            first = numbers.get(name, 0) + 1
            numbers[name] = inbox.deliver(name, name, list(enumerate(part, start=first)), LATER)
        if data.draw(st.booleans()):
            stepped(engine, evaluation, most)
    stepped(engine, evaluation, most)
    state, rows = begin(scenario.spec, scenario.begun)
    after = [seen for seen in scenario.observations if seen.finished_us >= at_us]
    for seen in [seen for seen in scenario.observations if seen.finished_us < at_us]:
        rows += fold(state, seen)
    rows += respec(state, replace(other, shared=True), at_us)
    for seen in after:
        rows += fold(state, seen)
    reader = Reader(engine)
    for (hub, subject), timeline in timelines(rows).items():
        found = [(each.start_us, each.status) for each in reader.intervals(hub, subject, state.clock_us)]
        assert found == timeline.points, subject
    with engine.connect() as connection:
        assert refolded(connection).unlike == []
    engine.dispose()


def test_why_nobody_can_tell_is_said_by_each_vantage_s_own_troubles_and_refusals() -> None:
    """Refusals in a row are those of one vantage, whose lock-out guard counts them; a trouble ends
    where it was seen. Both outlive the evaluator.
    """
    engine, spec = in_memory(), replace(SPEC, min_vantages=2)
    inbox, numbers = Inbox(engine), {"lille": 0, "lyon": 0}
    inbox.configure([spec], BUILT)

    def tell(at: float, *idps: tuple[str, str, Reason | None]) -> dict[str, WhyUnknown]:
        for vantage, idp, reason in idps:
            outcome = Outcome.OK if reason is None else Outcome.INCONCLUSIVE
            told = [mire(at), made(Kind.IDENTITY, at + 0.1, outcome, idp, reason=reason)]
            delivered = [(numbers[vantage] + place, replace(each, vantage=vantage)) for place, each in enumerate(told, start=1)]
            numbers[vantage] = inbox.deliver(vantage, vantage, delivered, BUILT + int((at + 2) * SECOND))
        stepped(engine, loaded(engine, 60))
        found = Reader(engine).explanations(BUILT + int((at + 1) * SECOND))
        return {subject.partition(":")[2]: each.why for (_, subject), each in found.items() if subject.startswith("idp:")}

    refused, ours = Reason.CREDENTIALS_REFUSED, Reason.SP_CONFIGURATION
    few = tell(1, *((vantage, "ameli", refused) for vantage in ("lille", "lyon", "lille", "lyon")), ("lille", "yris", None))
    assert few == {"ameli": WhyUnknown.INCONCLUSIVE, "yris": WhyUnknown.FEW_VANTAGES}
    assert tell(2, ("lille", "ameli", refused), ("lyon", "yris", ours), ("lille", "yris", None)) == {
        "ameli": WhyUnknown.SUSPENDED,
        "yris": WhyUnknown.INCONCLUSIVE,
    }
    assert tell(4, ("lille", "ameli", None), ("lyon", "yris", None)) == {"ameli": WhyUnknown.INCONCLUSIVE}
    assert Reader(engine).own_troubles(BUILT + 5 * SECOND).keys() == {("fc", "ameli")}
    assert tell(600) == dict.fromkeys(("ameli", "yris"), WhyUnknown.STALE)
