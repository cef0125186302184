"""The fold against the oracle: any sequence of observations gives the same state, cause and outages, second by second."""

from hypothesis import given

from probe.core.condition import subjects
from probe.core.fold import HubState, begin, fold
from probe.core.signal import Cause
from probe.core.timeline import Row, outages, timelines
from tests.core import oracle
from tests.core.strategies import SECOND, Scenario, scenarios


def folded(scenario: Scenario) -> tuple[HubState, list[Row]]:
    state, rows = begin(scenario.spec, scenario.begun)
    for seen in scenario.observations:
        rows += fold(state, seen)
    return state, rows


def why(cause: Cause | None) -> oracle.Why | None:
    return cause and oracle.Why(cause.fault, cause.reason, cause.step, cause.code, cause.on_hub, cause.authenticated, cause.coded)


def assert_as_the_oracle(scenario: Scenario) -> None:
    state, rows = folded(scenario)
    expected, clock = oracle.seconds(scenario.spec, scenario.begun, scenario.observations)
    assert state.clock_us == clock
    found = timelines(rows)
    for subject in subjects(scenario.spec):
        timeline = found["fc", subject]
        for t, judged in expected[subject].items():
            assert timeline.points[0][0] <= t
            held = timeline.points[timeline.index(t)][1]
            got = oracle.Judged(held.state.value, why(held.cause), held.condition)
            assert got == judged, f"{subject} at {(t - scenario.begun) // SECOND} s: {got}, the oracle says {judged}"
        told = [
            oracle.Run(each.start_us, each.end_us, each.down_us, each.unknown_us, why(each.cause), each.condition)
            for each in outages("fc", subject, timeline.intervals(), clock)
        ]
        assert told == oracle.runs(expected[subject], clock), subject


@given(scenarios())
def test_every_second_is_judged_as_the_oracle_judges_it(scenario: Scenario) -> None:
    assert_as_the_oracle(scenario)
