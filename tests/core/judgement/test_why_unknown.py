"""Why nobody can tell the state of a subject."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.core.judgement.condition import C1, C2, C3, HUB, State
from probe.core.judgement.corroboration import Neighbours, NeverPassed
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.fold import HubState, advance, begin, fold
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason, SetupPart, Step, Tile
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.spec import RULES, ClientSpec, IdpSpec
from probe.core.judgement.subject import at_client, client_of, journey_of
from probe.core.judgement.why_unknown import Explanation, WhyUnknown, explain
from tests.builders import BEGUN, SECOND, SPEC, idp_down, journey, mire, no_mire, seen
from tests.core.judgement.strategies import Scenario, scenarios

AMELI, YRIS = (journey_of(idp.name) for idp in SPEC.idps)
TWO = replace(SPEC, clients=(ClientSpec("eidas2", "id-2", SPEC.idps[:1]),))
OURS = OwnTrouble(Kind.IDENTITY, Reason.SP_CONFIGURATION, Step.TOKEN, BEGUN, latest_us=BEGUN + 3 * SECOND, until_us=BEGUN + 63 * SECOND)
NEVER = NeverPassed(SetupPart.LOGIN, "digest", BEGUN, BEGUN)
LOST = {"authenticated": True, "on_hub": True, "reason": Reason.HUB_ERROR, "step": Step.VERIFY}


def after(*observations: Observation, now: float = 20, spec: object = SPEC) -> HubState:
    state, _ = begin(spec, BEGUN)  # type: ignore[arg-type]
    for observation in observations:
        fold(state, observation)
    advance(state, BEGUN + int(now * SECOND))
    return state


def whys(state: HubState, near: Neighbours | None = None) -> dict[str, tuple[WhyUnknown, str]]:
    return {subject: (found.why, found.subject) for subject, found in explain(state, near or Neighbours()).items()}


@settings(max_examples=100)
@given(scenarios())
def test_each_subject_that_is_unknown_has_a_reason_and_no_other_subject_has(scenario: Scenario) -> None:
    state, _ = begin(scenario.spec, scenario.begun)
    for observation in scenario.observations:
        fold(state, observation)
    unknown = {subject for subject, tail in state.tails.items() if tail.points[-1][1].state is State.UNKNOWN}
    found = explain(state, Neighbours())
    assert set(found) == unknown
    assert all(isinstance(each, Explanation) for each in found.values())


def test_before_anybody_asked_it_is_not_yet_observed() -> None:
    told = whys(after())
    assert told[C1] == (WhyUnknown.NOT_YET, C1)
    assert told[AMELI] == (WhyUnknown.NOT_YET, AMELI)
    assert told[HUB] == told[C2] == told[C3] == (WhyUnknown.NOT_YET, C1)


def test_when_nobody_asks_any_more_it_is_stale_with_the_instant_of_the_latest_observation() -> None:
    found = explain(after(mire(0), journey("ameli", 1), journey("yris", 2), now=600), Neighbours())
    assert {each.why for each in found.values()} == {WhyUnknown.STALE}
    assert found[AMELI].latest_us == BEGUN + SECOND


def test_a_mire_that_has_offered_nothing_for_long_offers_no_idp() -> None:
    empty = [no_mire(at, reason=Reason.NO_IDP_SELECTABLE, step=Step.MIRE) for at in (60, 70, 600)]
    told = whys(after(mire(0), journey("ameli", 1), journey("yris", 2), *empty, now=610))
    assert told[AMELI] == (WhyUnknown.NOT_OFFERED, AMELI)
    assert told[C2] == (WhyUnknown.NOT_OFFERED, C2)


def test_nothing_is_seen_through_a_missing_mire() -> None:
    told = whys(after(no_mire(0), no_mire(10)))
    assert C1 not in told
    assert HUB not in told
    assert {told[subject][0] for subject in (C2, C3, AMELI, YRIS)} == {WhyUnknown.MASKED}


@pytest.mark.parametrize(
    ("near", "why"),
    [
        (Neighbours(own_troubles={"ameli": OURS}), WhyUnknown.INCONCLUSIVE),
        (Neighbours(own_troubles={"ameli": OURS}, never_passed={"ameli": NEVER}), WhyUnknown.NEVER_PASSED),
        (Neighbours(never_passed={"": NEVER}), WhyUnknown.NEVER_PASSED),
        (Neighbours(refused={"ameli": 3}), WhyUnknown.SUSPENDED),
        (Neighbours(own_troubles={at_client("ameli", "eidas2"): OURS}), WhyUnknown.NOT_YET),  # another client's
    ],
)
def test_our_own_trouble_is_the_reason_where_there_is_one(near: Neighbours, why: WhyUnknown) -> None:
    assert whys(after(mire(0), mire(10), journey("yris", 2)), near)[AMELI] == (why, AMELI)


@pytest.mark.parametrize(
    ("near", "why"),
    [
        (Neighbours(own_troubles={"ameli": OURS, "yris": OURS}), WhyUnknown.INCONCLUSIVE),
        (Neighbours(never_passed={"": NEVER}), WhyUnknown.NEVER_PASSED),
        (Neighbours(refused={"ameli": 3, "yris": 3}), WhyUnknown.SUSPENDED),
        (Neighbours(), WhyUnknown.NOT_YET),
    ],
)
def test_a_reason_that_several_idps_share_is_told_of_all_and_names_none_for_them(near: Neighbours, why: WhyUnknown) -> None:
    found = explain(after(mire(0), mire(10)), near)
    for subject in (C2, C3, HUB):
        assert (found[subject].why, found[subject].idps) == (why, ("ameli", "yris")), subject
        assert found[subject].subject in (C2, C3)
    assert (found[AMELI].subject, found[AMELI].idps) == (AMELI, ())


def test_of_several_reasons_that_of_most_idps_is_told() -> None:
    spec = replace(SPEC, idps=(*SPEC.idps, IdpSpec("msa")))
    other = replace(OURS, reason=Reason.ACCOUNT_SUSPENDED)
    found = explain(after(mire(0), spec=spec), Neighbours(own_troubles={"ameli": other, "yris": OURS, "msa": OURS}))
    assert (found[HUB].trouble, found[HUB].idps) == (OURS, ("yris", "msa"))
    detail = Detail(DetailKind.CLIENT_REFUSED, ("client_secret_post",))
    own = {"yris": replace(OURS, detail=detail), "msa": OURS}
    assert explain(after(mire(0), spec=spec), Neighbours(own_troubles=own))[HUB].trouble == OURS  # the detail is of one of them
    assert explain(after(mire(0), spec=spec), Neighbours(own_troubles=dict.fromkeys(own, own["yris"])))[HUB].trouble == own["yris"]
    alone = explain(after(mire(0), journey("msa", 2), journey("yris", 3), spec=spec), Neighbours(own_troubles={"ameli": OURS}))
    assert (alone[AMELI].subject, alone[AMELI].idps) == (AMELI, ())


@settings(max_examples=50)
@given(scenarios(), st.lists(st.sampled_from([OURS, replace(OURS, step=Step.IDP_LOGIN), None]), min_size=9, max_size=9))
def test_an_idp_is_named_for_another_subject_only_where_no_other_is_unknown_for_that(
    scenario: Scenario, troubles: list[OwnTrouble | None]
) -> None:
    state, _ = begin(scenario.spec, scenario.begun)
    for observation in scenario.observations:
        fold(state, observation)
    lasting = [each and replace(each, until_us=state.clock_us + 1) for each in troubles]
    near = Neighbours(own_troubles={idp.name: each for idp, each in zip(scenario.spec.idps, lasting, strict=False) if each is not None})
    found = explain(state, near)
    for subject, counted in (
        (C2, [idp for idp in scenario.spec.idps if idp.identity]),
        (C3, [idp for idp in scenario.spec.idps if not idp.control]),
    ):
        each = found.get(subject)
        if each is not None and (each.idps or each.subject.startswith("idp:")):
            alike = [idp.name for idp in counted if (of := found.get(journey_of(idp.name))) is not None and of.alike == each.alike]
            assert [*each.idps] == alike if len(alike) > 1 else each.subject == journey_of(alike[0])
    of_hub = found.get(HUB)
    if of_hub is not None and of_hub.subject.startswith("idp:"):
        assert not any(each.idps for each in (found.get(C2), found.get(C3)) if each is not None and each.why is of_hub.why)


def test_a_trouble_that_nobody_has_seen_lately_is_no_reason_any_more() -> None:
    """When the watch stands still, that is why nobody can tell."""
    fresh, stale = (explain(after(mire(0), now=now), Neighbours(own_troubles={"ameli": OURS}))[AMELI] for now in (62, 63))
    assert fresh.trouble == OURS
    assert (stale.why, stale.latest_us, stale.trouble) == (WhyUnknown.STALE, BEGUN + 3 * SECOND, None)


def test_a_client_s_trouble_is_told_of_that_client_alone() -> None:
    passed = [mire(0), mire(10), journey("ameli", 2), journey("yris", 2), mire(11, client="eidas2")]
    told = whys(after(*passed, spec=TWO), Neighbours(own_troubles={at_client("ameli", "eidas2"): OURS}))
    own = at_client(AMELI, "eidas2")
    assert told == {own: (WhyUnknown.INCONCLUSIVE, own), client_of("eidas2"): (WhyUnknown.INCONCLUSIVE, own)}


def test_an_idp_whose_logins_fail_by_the_hub_s_fault_says_so_and_one_that_is_compared_says_that() -> None:
    lost = [seen(Kind.IDENTITY, at, Outcome.FAILED, idp, **LOST) for at in (2, 12) for idp in ("ameli", "yris")]
    told = whys(after(mire(0), mire(10), *lost))
    assert told[AMELI] == (WhyUnknown.HUB_AT_FAULT, AMELI)
    assert HUB not in told
    alone = [journey("yris", 1), *(seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", **LOST) for at in (2, 4))]
    assert whys(after(mire(0), *alone, now=6))[AMELI] == (WhyUnknown.COMPARED, AMELI)


def test_a_tile_that_nobody_watches_keeps_c3_and_the_hub_unknown_by_its_name() -> None:
    strange = replace(mire(10), tiles=(Tile("stranger", selectable=True),))
    down = [idp_down(idp, at) for at in (2, 12) for idp in ("ameli", "yris")]
    found = explain(after(strange, *down, spec=replace(SPEC, rules=RULES)), Neighbours())
    assert (found[C3].why, found[C3].names) == (WhyUnknown.UNWATCHED, ("stranger",))
    assert (found[HUB].why, found[HUB].subject) == (WhyUnknown.UNWATCHED, C3)
    assert found[C2].why is WhyUnknown.NO_LOGIN
