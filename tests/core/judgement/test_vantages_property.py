"""Several vantages: the fold against the oracle, whatever the order
in which their observations come.

"Several vantages: a condition holds when a quorum of the vantages that report (default: more than
half) sees it." (docs/domain.md)
"""

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from probe.core.judgement.condition import C1, C2, C3, CONDITIONS, State, subjects
from probe.core.judgement.fold import HubState, begin, fold, late
from probe.core.judgement.observation import JOURNEYS, Kind, Observation, Reason
from probe.core.judgement.timeline import LedgerRow, outages, timelines
from tests.builders import SECOND
from tests.core.judgement import oracle, oracle_shared
from tests.core.judgement.strategies import BEGUN, TURNED_AWAY, TURNED_AWAY_AT_IDP, Scenario, troubles, walks
from tests.core.judgement.test_fold_property import why

SOME = settings(max_examples=20)
NAMES = ("brest", "lille", "paris")


@st.composite
def several(draw: st.DrawFn) -> Scenario:
    """What one to three vantages saw of one hub, each in the order of its recording,
    as one stream in the order of finish.
    """
    first = draw(st.one_of(walks(steps_of_the_clock=False), troubles()))
    count = draw(st.sampled_from((1, 2, 2, 3, 3)))
    spec = replace(
        first.spec,
        shared=True,
        quorum=draw(st.sampled_from((50, 50, 50, 0, 34, 99))),
        min_vantages=draw(st.sampled_from((1, 1, 1, 2))),
        turned_away_us=draw(st.sampled_from((15, 6, 40))) * SECOND,
    )
    networks = {name: draw(st.sampled_from(("", "", "same"))) for name in NAMES}
    found = [replace(seen, vantage=NAMES[0], network=networks[NAMES[0]]) for seen in first.observations]
    for name in NAMES[1:count]:
        alike, shift = draw(st.booleans()), draw(st.sampled_from((0, 1, 2, 5)))
        theirs = first if alike else draw(walks(spec, steps_of_the_clock=False))
        spoilt = draw(st.sets(st.integers(0, 30), max_size=6))
        for number, seen in enumerate(theirs.observations):
            if alike and number in spoilt:
                continue
            moved = replace(
                seen,
                vantage=name,
                network=networks[name],
                started_us=seen.started_us + shift * SECOND,
                finished_us=seen.finished_us + shift * SECOND,
            )
            found.append(moved)
    if draw(st.integers(0, 2)) == 2:
        found = turned_away(draw, found)
    return Scenario(spec, BEGUN, tuple(sorted(found, key=lambda seen: seen.finished_us)))


def turned_away(draw: Callable[[st.SearchStrategy[Any]], Any], found: list[Observation]) -> list[Observation]:
    """For a while the hub, or the IdPs, turn some of the vantages away."""
    told, start, length = (
        draw(st.sampled_from((TURNED_AWAY, TURNED_AWAY_AT_IDP))),
        draw(st.integers(0, 30)),
        draw(st.sampled_from((20, 50))),
    )
    concerned = draw(st.sampled_from((NAMES, NAMES, NAMES[:1], NAMES[:2])))
    kinds = (Kind.MIRE, *JOURNEYS) if told is TURNED_AWAY else JOURNEYS

    def met(seen: Observation) -> bool:
        at = (seen.started_us - BEGUN) // SECOND
        return seen.vantage in concerned and seen.kind in kinds and start <= at < start + length

    said = asdict(told)
    return [replace(seen, **said, coded=False) if met(seen) else seen for seen in found]


def folded(scenario: Scenario) -> tuple[HubState, list[LedgerRow]]:
    state, rows = begin(scenario.spec, scenario.begun)
    for seen in scenario.observations:
        rows += fold(state, seen)
    return state, rows


def assert_as_the_oracle(scenario: Scenario) -> oracle.Seconds:
    state, rows = folded(scenario)
    expected, clock = oracle_shared.seconds(scenario.spec, scenario.begun, scenario.observations)
    assert state.clock_us == clock
    found = timelines(rows)
    for subject in subjects(scenario.spec):
        timeline = found["fc", subject]
        for t, judged in expected[subject].items():
            held = timeline.points[timeline.index(t)][1]
            got = oracle.Judged(held.state.value, why(held.cause), held.condition)
            assert got == judged, f"{subject} at {(t - scenario.begun) // SECOND} s: {got}, the oracle says {judged}"
        told = [
            oracle.Run(each.start_us, each.end_us, each.down_us, each.unknown_us, why(each.cause), each.condition)
            for each in outages("fc", subject, timeline.intervals(), clock)
        ]
        assert told == oracle.runs(expected[subject], clock), subject
    return expected


@SOME
@given(several())
def test_every_second_of_several_vantages_is_as_the_oracle_says(scenario: Scenario) -> None:
    assert_as_the_oracle(scenario)


@SOME
@given(st.one_of(walks(steps_of_the_clock=False), troubles()))
def test_one_vantage_of_a_shared_hub_is_judged_as_one_alone(scenario: Scenario) -> None:
    """With one vantage nothing changes, but that a mire whose tiles are all greyed was displayed,
    were it for this vantage only, and that being turned away is weighed.
    """
    seen = [seen for seen in scenario.observations if seen.reason not in (Reason.TILES_GREYED, Reason.TURNED_AWAY)]
    scenario = replace(scenario, observations=tuple(sorted(seen, key=lambda each: each.finished_us)))
    _, alone = folded(scenario)
    _, shared = folded(replace(scenario, spec=replace(scenario.spec, shared=True)))
    assert alone == shared


def interleaved(draw: Callable[[st.SearchStrategy[Any]], Any], observations: tuple[Observation, ...]) -> list[Observation]:
    """Another order, in which each vantage's own order is kept:
    some vantages are behind for a while.
    """
    queues = {name: [seen for seen in observations if seen.vantage == name] for name in NAMES}
    found = []
    while any(queues.values()):
        name = draw(st.sampled_from([name for name, queue in queues.items() if queue]))
        count = draw(st.integers(1, 8))
        found += queues[name][:count]
        del queues[name][:count]
    return found


@SOME
@given(several(), st.data())
def test_the_order_in_which_vantages_report_makes_no_difference(scenario: Scenario, data: st.DataObject) -> None:
    """Late arrivals give the same ledger as if they had come in time, as long
    as `late` does not ask for an earlier state.
    """
    expected = {key: timeline.points for key, timeline in timelines(folded(scenario)[1]).items()}
    state, rows = begin(scenario.spec, scenario.begun)
    for seen in interleaved(data.draw, scenario.observations):
        if late(state, seen):
            return
        rows += fold(state, seen)
    assert {key: timeline.points for key, timeline in timelines(rows).items()} == expected


@SOME
@given(several())
def test_nothing_is_late_in_the_order_of_finish(scenario: Scenario) -> None:
    """A ledger fed in time is never folded again from an earlier state; nor is one that is, in
    that order.
    """
    state, _ = begin(scenario.spec, scenario.begun)
    for seen in scenario.observations:
        assert not late(state, seen)
        fold(state, seen)


@SOME
@given(several())
def test_what_is_late_would_change_what_is_forgotten_and_nothing_else_does(scenario: Scenario) -> None:
    """No row of an observation that is not late lies before the horizon,
    and what the ledger said of that time stays.
    """
    state, rows = begin(scenario.spec, scenario.begun)
    for seen in scenario.observations:
        horizon, before = state.horizon_us, copy.deepcopy(state)
        new = fold(state, seen)
        rows += new
        assert all(row.effective_us >= horizon for row in new)
        assert state.horizon_us >= before.horizon_us


def _turned_away(judged: oracle.Judged) -> bool:
    return judged.why is not None and judged.why.reason is Reason.TURNED_AWAY


def test_the_corpus_of_several_vantages_is_not_vacuous() -> None:
    met: Counter[str] = Counter()

    @seed(2)
    @settings(max_examples=150, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(several())
    def corpus(scenario: Scenario) -> None:
        expected = assert_as_the_oracle(scenario)
        met[f"{len({seen.vantage for seen in scenario.observations})} vantages"] += 1
        met["turned away"] += any(each.state == "down" and _turned_away(each) for judged in expected.values() for each in judged.values())
        met.update({name for name in CONDITIONS if any(each.state == "down" for each in expected[name].values())})
        met.update({each.state for judged in expected.values() for each in judged.values()})

    corpus()
    least = {
        "1 vantages": 10,
        "2 vantages": 30,
        "3 vantages": 30,
        C1: 5,
        C2: 10,
        C3: 5,
        "turned away": 3,
        **{str(state): 30 for state in State},
    }
    assert {what: met[what] for what, needed in least.items() if met[what] < needed} == {}
