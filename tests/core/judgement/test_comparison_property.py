"""The comparison by groups of IdPs gives the same result as the comparison of all pairs.

The first moves on from instant to instant; the second looks at each instant anew.
"""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from probe.core.judgement.condition import MIRE, TILES, Values, blame, direct_of, history, judge
from probe.core.judgement.fold import HubState, begin, fold, respec, values_at
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Value
from probe.core.judgement.spec import RULES, HubSpec, IdpSpec
from probe.core.judgement.subject import journey_of
from tests.builders import SECOND, observation
from tests.core.judgement import pairwise
from tests.core.judgement.strategies import Scenario, scenarios

instants = st.integers(0, 6)  # so few that they meet one another
causes = st.builds(
    Cause,
    fault=st.sampled_from((Fault.HUB, Fault.IDP, None)),
    reason=st.sampled_from((Reason.HTTP_STATUS, Reason.IDP_TOKEN, Reason.IDP_DISCOVERY, Reason.CONNECT)),
    step=st.sampled_from((Step.REDIRECT_TO_IDP, Step.OIDC_CALLBACK)),
    code=st.sampled_from((None, "Y1", "Y2")),
    on_hub=st.sampled_from((True, True, False)),
    authenticated=st.booleans(),
    coded=st.booleans(),
)
some_cause = st.one_of(st.none(), causes)
flags = st.booleans()
bad = st.builds(
    Value, st.just(Health.BAD), some_cause, flags, at=instants, since=instants, followed=flags, turning=flags, since_done=instants
)
good = st.builds(
    Value, st.just(Health.GOOD), st.none(), flags, at=instants, since=instants, followed=flags, turning=flags, next=some_cause,
    previous=some_cause,
)  # fmt: skip
blip = st.builds(
    Value, st.just(Health.GOOD), some_cause, flags, st.just(True), instants, instants, instants, flags, flags, some_cause, some_cause
)
absent = st.builds(Value, st.just(Health.ABSENT), at=instants, since=instants)
values = st.one_of(bad, bad, good, good, blip, absent, st.just(UNKNOWN))


@st.composite
def hubs(draw: st.DrawFn) -> HubSpec:
    idp = st.builds(
        IdpSpec, st.just(""), identity=st.sampled_from((True, True, False)), control=st.sampled_from((False, False, False, True))
    )
    drawn = draw(st.lists(idp, max_size=14))
    named = (IdpSpec(f"i{number}", each.identity, each.control) for number, each in enumerate(drawn))
    return HubSpec("fc", tuple(named), any_identity=draw(st.sampled_from((False, False, True))))


def names(spec: HubSpec) -> list[str]:
    return [MIRE, TILES, *(name(idp.name) for idp in spec.idps for name in (journey_of, direct_of))]


@st.composite
def held(draw: st.DrawFn, spec: HubSpec) -> Values:
    """What is held of a hub: of its IdPs anything, mostly of a few kinds, as in an outage."""
    common = st.sampled_from(draw(st.lists(values, min_size=1, max_size=3)))
    found = {name: draw(st.one_of(common, values)) for name in names(spec)}
    if draw(st.sampled_from((True, True, True, False))):
        found[MIRE] = Value(Health.GOOD)
    return {name: value for name, value in found.items() if value is not UNKNOWN}


@st.composite
def courses(draw: st.DrawFn) -> tuple[HubSpec, Values, Sequence[tuple[int, Values]]]:
    """A hub, and what its signals hold at one instant after the other."""
    spec = draw(hubs())
    moved = st.dictionaries(st.sampled_from(names(spec)), values, min_size=1, max_size=3)
    return spec, draw(held(spec)), list(enumerate(draw(st.lists(moved, max_size=6)), 1))


@given(st.data())
def test_the_blame_by_groups_is_the_blame_by_pairs(data: st.DataObject) -> None:
    spec = data.draw(hubs())
    holds = data.draw(held(spec))
    found = blame(spec, holds)
    assert found == pairwise.blame(spec, holds)
    event(f"faults: {sorted({str(cause.fault) for cause in found.values()})}")


@given(st.data())
def test_the_fault_by_the_present_rules_is_the_one_by_pairs(data: st.DataObject) -> None:
    spec = replace(data.draw(hubs()), rules=RULES)
    holds = data.draw(held(spec))
    by_pairs = pairwise.blame(spec, holds)
    assert {name: cause.fault for name, cause in blame(spec, holds).items()} == {name: cause.fault for name, cause in by_pairs.items()}


@given(courses())
def test_every_standing_on_the_way_is_the_one_of_its_instant(course: tuple[HubSpec, Values, Sequence[tuple[int, Values]]]) -> None:
    spec, start, later = course
    told = history(spec, 0, start, later)
    now = dict(start)
    for at, moved in [(0, start), *later]:
        now |= moved
        expected = pairwise.judge(spec, now)
        assert judge(spec, now) == expected
        assert {subject: [standing for since, standing in row if since <= at][-1] for subject, row in told.items()} == expected


MANY = HubSpec(
    "fc", tuple(IdpSpec(f"i{number}", identity=number % 3 > 0, control=number == 7) for number in range(9)), grace_us=25 * SECOND
)


@given(scenarios(steps_of_the_clock=False), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 3)), max_size=60))
def test_every_instant_that_can_still_change_is_judged_as_by_pairs(scenario: Scenario, told: list[tuple[int, int, int]]) -> None:
    """However little of it was judged again: a fold that passes over an instant loses nothing."""
    state = folded_with(scenario, told)
    edges = {at for signal in state.signals.values() for at in [state.horizon_us, *signal.changes(state.horizon_us, state.clock_us)]}
    for at in sorted(edges | {state.clock_us}):
        if at < max(state.floor_us, state.horizon_us):
            continue
        expected = pairwise.judge(state.spec, values_at(state, at))
        for subject, tail in state.tails.items():
            assert tail.points[tail.index(at)][1] == expected[subject], (subject, at)


def folded_with(scenario: Scenario, told: list[tuple[int, int, int]]) -> HubState:
    """The fold by the rules of 0.1, which the pairs know: readings of later rules say which tiles
    were offered, and would outlive the change of the settings.
    """
    state, _ = begin(replace(scenario.spec, rules=MANY.rules), scenario.begun)
    for seen in scenario.observations:
        fold(state, seen)
    respec(state, MANY, state.clock_us)
    fold(state, _mire(state.clock_us + SECOND))
    for idp, way, pause in told:
        fold(state, _journey(MANY.idps[idp], way, state.clock_us + pause * SECOND))
    return state


def _mire(at: int) -> Observation:
    return observation(Kind.MIRE, at, lasts_us=0, interval_us=200 * SECOND)


def _journey(idp: IdpSpec, way: int, at: int) -> Observation:
    kind = Kind.IDENTITY if idp.identity else Kind.LOGIN_PAGE
    if way < 2:
        return observation(kind, at, interval_us=20 * SECOND, idp=idp.name)
    step = Step.USERINFO if way == 3 and idp.identity else Step.REDIRECT_TO_IDP
    fault = Fault.IDP if way == 4 else Fault.HUB
    return observation(
        kind, at, Outcome.FAILED, interval_us=20 * SECOND, idp=idp.name, fault=fault, reason=Reason.HTTP_STATUS, step=step,
        on_hub=way != 4, authenticated=step is Step.USERINFO,
    )  # fmt: skip
