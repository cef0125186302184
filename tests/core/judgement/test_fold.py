"""What an observation says to which question, what the fold remembers of a hub, and which points a
ledger's tail is corrected by.

The rules are docs/judgement.md's, "Signals", "Several vantages" and "The rows of the ledger".
"""

from dataclasses import replace
from typing import Any

import pytest

from probe.core.judgement.condition import C1, C2, C3, HUB, MIRE, TILES, State, SubjectStatus, direct_of, journey_of
from probe.core.judgement.fold import (
    HubState,
    Vantage,
    advance,
    begin,
    by_a_clock_set_back,
    cause_of,
    fold,
    late,
    readings,
    respec,
    unwatched_tiles,
)
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.signal import Cause, Health, Offer, Reading, Signal
from probe.core.judgement.spec import RULES_OF_0_1, Edge, HubSpec
from probe.core.judgement.timeline import LedgerRow, Timeline, corrections
from tests.builders import SECOND
from tests.core.judgement.strategies import (
    ALL_GREYED,
    BEGUN,
    DIRECT_DOWN,
    HUB_REFUSES_THE_CHOICE,
    IDP_HOST_DOWN,
    IDP_TOKEN,
    NO_MIRE,
    NO_TILES,
    NOT_OFFERED,
    OURS,
    REFUSED,
    REGISTRY,
    SESSION_LOST,
    WELL,
    Told,
    observation,
)
from tests.fakes.folded_hub import FoldedHub, hub

GOOD, BAD, ABSENT = Health.GOOD, Health.BAD, Health.ABSENT
A, DIRECT_A = journey_of("a"), direct_of("a")
OUR_FAULT = Told(Outcome.FAILED, Fault.PROBER, Reason.NEGATIVE_PASSED, Step.REDIRECT_TO_IDP, authenticated=True)
OUR_MIRE = replace(NO_MIRE, fault=Fault.SP)

# --- readings


@pytest.mark.parametrize(
    ("kind", "told", "says"),
    [
        (Kind.MIRE, WELL, {MIRE: GOOD, TILES: GOOD}),
        (Kind.MIRE, NO_MIRE, {MIRE: BAD}),
        (Kind.MIRE, NO_TILES, {MIRE: GOOD, TILES: BAD}),
        (Kind.MIRE, OUR_MIRE, {}),
        (Kind.MIRE, OURS, {}),
        (Kind.MIRE, ALL_GREYED, {MIRE: GOOD, TILES: Health.UNKNOWN}),
        (Kind.MIRE, replace(NO_TILES, outcome=Outcome.INCONCLUSIVE), {}),
        (Kind.IDENTITY, WELL, {A: GOOD}),
        (Kind.LOGIN_PAGE, WELL, {A: GOOD}),
        (Kind.IDENTITY, IDP_HOST_DOWN, {A: BAD}),
        (Kind.IDENTITY, REGISTRY, {A: BAD}),  # authenticated
        (Kind.IDENTITY, HUB_REFUSES_THE_CHOICE, {A: BAD}),  # at redirect-to-idp
        (Kind.LOGIN_PAGE, IDP_HOST_DOWN, {A: BAD}),
        (Kind.IDENTITY, SESSION_LOST, {}),  # before it got to the IdP
        (Kind.IDENTITY, NOT_OFFERED, {A: ABSENT}),
        (Kind.IDENTITY, replace(NOT_OFFERED, outcome=Outcome.FAILED, fault=Fault.IDP), {A: ABSENT}),
        (Kind.IDENTITY, REFUSED, {}),
        (Kind.IDENTITY, OUR_FAULT, {}),
        (Kind.DIRECT, WELL, {DIRECT_A: GOOD}),
        (Kind.DIRECT, DIRECT_DOWN, {DIRECT_A: BAD}),
        (Kind.DIRECT, OURS, {}),
        (Kind.CONTROL, WELL, {}),
        (Kind.NEGATIVE, DIRECT_DOWN, {}),
    ],
)
def test_each_observation_says_what_it_must_to_its_signals(kind: Kind, told: Told, says: dict[str, Health]) -> None:
    seen = observation((kind, None if kind is Kind.MIRE else "a"), told, 60, 1, 30)
    found = readings(seen, hub("a", "b"))
    assert {name: reading.health for name, reading in found} == says
    for name, reading in found:
        returned = kind is Kind.IDENTITY and reading.health is GOOD
        cause = cause_of(seen) if reading.health is BAD else None
        offer = Offer() if name == TILES else None
        done = BEGUN + 61 * SECOND
        assert reading == Reading(BEGUN + 60 * SECOND, reading.health, 90 * SECOND, cause, returned, done, offer)


def test_by_the_rules_of_0_1_a_reading_has_neither_a_finish_nor_an_offer() -> None:
    seen = observation((Kind.MIRE, None), WELL, 60, 1, 30)
    old = hub("a", edge=Edge.START, rules=RULES_OF_0_1)
    expected = Reading(BEGUN + 60 * SECOND, GOOD, 90 * SECOND)
    assert readings(seen, old) == [(MIRE, expected), (TILES, expected)]
    assert readings(observation((Kind.MIRE, None), ALL_GREYED, 60, 1, 30), old) == []


def test_a_mire_tells_what_it_offers_beside_the_watched_idps() -> None:
    tiles = (Tile("a", selectable=True), Tile("b", selectable=True, listed=False), Tile("x", selectable=False))
    seen = replace(observation((Kind.MIRE, None), WELL, 60, 1, 30), tiles=tiles)

    def told(*idps: str) -> Offer | None:
        return dict(readings(seen, hub(*idps)))[TILES].offer

    assert told("a", "b") == Offer(unwatched=False, aside=("b",)), "a greyed tile may be unwatched"
    assert told("b") == Offer(unwatched=True, aside=("b",), strangers=("a",))
    assert told("a", "b", "x", "y") == Offer(unwatched=False, aside=("b",))
    twice = replace(seen, tiles=(*tiles, Tile("b", selectable=True)))
    assert dict(readings(twice, hub("a", "b")))[TILES].offer == Offer(), "it has a tile too"


def test_an_observation_of_one_backend_or_of_an_idp_that_is_not_configured_says_nothing() -> None:
    seen = observation((Kind.IDENTITY, "a"), WELL, 0, 1, 60)
    assert readings(replace(seen, backend="b1"), hub("a")) == readings(seen, hub("b")) == []
    assert readings(replace(seen, kind=Kind.DIRECT), hub("b")) == []


def test_a_vantage_that_sees_all_tiles_greyed_tells_it_to_the_others() -> None:
    """docs/judgement.md, "Greyed tiles": mire good, tiles bad."""
    seen = observation((Kind.MIRE, None), ALL_GREYED, 0, 1, 60)
    assert {name: reading.health for name, reading in readings(seen, hub("a", shared=True))} == {MIRE: GOOD, TILES: BAD}


def test_the_cause_of_a_failure_has_all_that_the_observation_told() -> None:
    seen = observation((Kind.IDENTITY, "a"), IDP_TOKEN, 0, 1, 60)
    assert cause_of(seen) == Cause(Fault.IDP, Reason.IDP_TOKEN, Step.OIDC_CALLBACK, "Y020026", True, True, True)
    assert cause_of(replace(seen, on_hub=False)) == Cause(Fault.IDP, Reason.IDP_TOKEN, Step.OIDC_CALLBACK, "Y020026", False, True, True)


# --- the fewest points that correct a tail

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN
Points = list[tuple[int, Any]]


def statuses(points: Points) -> list[tuple[int, SubjectStatus]]:
    return [(at, SubjectStatus(state)) for at, state in points]


@pytest.mark.parametrize(
    ("tail", "fresh", "corrected"),
    [
        ([(0, UP)], [(10, UP)], []),
        ([(0, UP)], [(10, UP), (20, UP)], []),
        ([(0, UP)], [(10, DOWN)], [(10, DOWN)]),
        ([(0, UP)], [(10, UP), (20, DOWN), (30, DOWN), (40, UP)], [(20, DOWN), (40, UP)]),
        ([(0, UP), (20, DOWN)], [(10, UP), (20, DOWN)], []),
        ([(0, UP), (20, DOWN)], [(10, UP)], [(20, UP)]),  # nothing was there: it is overridden
        ([(0, UP), (20, DOWN)], [(10, DOWN)], [(10, DOWN)]),
        ([(0, UP), (20, DOWN)], [(10, UP), (30, DOWN)], [(20, UP), (30, DOWN)]),  # it began later
        ([(0, UP), (20, DOWN)], [(10, UP), (15, DOWN)], [(15, DOWN)]),  # it began earlier
        ([(0, UP), (20, DOWN), (30, UP)], [(20, DOWN), (30, UP)], []),
        ([(0, UP), (20, DOWN), (30, UP)], [(20, DOWN), (30, UNKNOWN), (40, UP)], [(30, UNKNOWN), (40, UP)]),
        ([(0, UP), (20, DOWN), (30, UP)], [(10, UP), (20, DOWN)], [(30, DOWN)]),  # the end is not known any more
        ([(0, UP), (20, DOWN), (30, UP), (40, DOWN)], [(10, UP), (20, DOWN), (30, UP)], [(40, UP)]),
    ],
)
def test_a_tail_is_corrected_from_where_it_is_wrong_and_says_then_what_is_true(tail: Points, fresh: Points, corrected: Points) -> None:
    timeline = Timeline(statuses(tail))
    found = corrections(timeline, statuses(fresh))
    assert found == statuses(corrected)
    for at, status in found:
        timeline.apply(at, status)
    assert corrections(timeline, statuses(fresh)) == []


# --- what is remembered of a hub

NOTHING = SubjectStatus(UNKNOWN)


def test_a_hub_is_watched_from_an_instant_on_and_nothing_is_known_there() -> None:
    spec = hub("a")
    state, rows = begin(spec, 5)
    subjects = (HUB, C1, C2, C3, A)
    assert rows == [LedgerRow("fc", subject, 5, NOTHING, 5) for subject in subjects]
    assert state == HubState(
        spec,
        clock_us=5,
        floor_us=5,
        horizon_us=5,
        begun_us=5,
        settings_us=5,
        tails={subject: Timeline([(5, NOTHING)]) for subject in subjects},
        totals={subject: dict.fromkeys(State, 0) for subject in subjects},
        blips=dict.fromkeys(subjects, 0),
    )


def test_time_that_is_final_is_added_up_by_its_state_and_blips_are_counted_once() -> None:
    story = FoldedHub(hub("a", grace_us=20 * SECOND))
    for at, says in (
        (0, WELL),
        (60, NO_MIRE),
        (70, WELL),
        (80, WELL),
        (120, NO_MIRE),
        (130, NO_MIRE),
        (180, WELL),
        (190, WELL),
        (300, WELL),
    ):
        story.mire(at, says)
    assert story.state.horizon_us == BEGUN + 281 * SECOND, "the clock less the grace"
    assert story.state.totals[C1] == {State.UP: 209 * SECOND, State.BLIP: 11 * SECOND, DOWN: 61 * SECOND, UNKNOWN: 0}
    assert story.state.totals[A] == {State.UP: 0, State.BLIP: 0, DOWN: 0, UNKNOWN: 281 * SECOND}
    assert (story.state.blips[C1], story.state.blips[A]) == (1, 0)
    story.mire(310, NO_MIRE).mire(320).mire(400).mire(500)
    assert (story.state.blips[C1], story.state.totals[C1][State.BLIP]) == (2, 22 * SECOND)


def told(story: FoldedHub, spec: HubSpec, at: int) -> list[LedgerRow]:
    return respec(story.state, spec, BEGUN + at * SECOND)


def test_settings_are_in_force_from_the_instant_of_their_change_or_from_the_clock() -> None:
    story = FoldedHub(hub("a")).round(0)
    told(story, hub("a", vouches=4), 60)
    assert (story.state.clock_us, story.state.settings_us, story.state.spec.vouches) == (BEGUN + 60 * SECOND, BEGUN + 60 * SECOND, 4)
    told(story, hub("a", vouches=5), 50)
    assert (story.state.clock_us, story.state.settings_us) == (BEGUN + 60 * SECOND, BEGUN + 60 * SECOND)


def test_an_idp_that_goes_has_a_row_where_it_was_known_and_none_where_it_was_not() -> None:
    story = FoldedHub(hub("a", "b", "c")).mire(0)
    story.journey(1, "a").journey(2, "b", every=10).time_passes(100)
    assert [story.at(subject, 99) for subject in (A, journey_of("b"), journey_of("c"))] == [UP, UNKNOWN, UNKNOWN]
    at = BEGUN + 100 * SECOND
    gone = [row for row in told(story, hub(), 100) if row.subject in (A, journey_of("b"), journey_of("c"))]
    assert gone == [LedgerRow("fc", A, at, NOTHING, at)]
    assert set(story.state.tails) == set(story.state.totals) == set(story.state.blips) == {HUB, C1, C2, C3}
    assert set(story.state.signals) == {MIRE, TILES}


@pytest.mark.parametrize(
    ("settings", "judged_anew"),
    [
        ({"failures": 3, "successes": 3, "vouches": 4, "mire_us": 9, "refused_credentials": 5}, False),
        ({"any_identity": True}, True),
        ({"quorum": 40}, True),
        ({"min_vantages": 2}, True),
    ],
)
def test_settings_that_an_instant_is_judged_by_leave_the_time_before_them_as_it_was(settings: dict[str, Any], judged_anew: bool) -> None:
    story = FoldedHub(hub("a", grace_us=20 * SECOND)).round(0).round(10)
    before, at = (story.state.floor_us, story.state.horizon_us), BEGUN + 30 * SECOND
    assert told(story, hub("a", grace_us=20 * SECOND, **settings), 30) == []
    assert (story.state.floor_us, story.state.horizon_us) == ((at, at) if judged_anew else before)
    assert sum(story.state.totals[HUB].values()) == (30 * SECOND if judged_anew else before[1] - BEGUN)


def test_time_that_passes_without_an_observation_makes_unknown_what_is_not_fresh_any_more() -> None:
    story = FoldedHub(hub("a")).round(0)
    rows = advance(story.state, BEGUN + 300 * SECOND)
    assert [(row.subject, (row.effective_us - BEGUN) // SECOND, row.recorded_us) for row in rows] == [
        (subject, at, BEGUN + 300 * SECOND) for subject, at in ((HUB, 181), (C1, 181), (C2, 182), (C3, 181), (A, 182))
    ]
    assert advance(story.state, BEGUN) == []
    assert story.state.clock_us == BEGUN + 300 * SECOND, "time does not go back"


# --- several vantages


def seen(vantage: str, at: int, kind: Kind = Kind.MIRE, idp: str | None = None, says: Told = WELL, length: int = 1) -> Observation:
    return replace(observation((kind, idp), says, at, length, 60), vantage=vantage)


def shared_story(*says: Observation, **settings: Any) -> FoldedHub:
    story = FoldedHub(hub("a", shared=True, **settings))
    for each in says:
        story.rows += fold(story.state, each)
    return story


def test_two_of_three_vantages_make_an_outage_and_one_does_not() -> None:
    """docs/judgement.md, "Several vantages": "one of two does not open an outage, and two of three
    do."
    """
    for failing, times in (("p", []), ("pq", [(61, None)]), ("pqr", [(61, None)])):
        told = [seen(vantage, number, says=WELL) for number, vantage in enumerate("pqr")]
        told += [
            seen(vantage, at + number, says=NO_MIRE if vantage in failing else WELL)
            for at in (60, 70)
            for number, vantage in enumerate("pqr")
        ]
        assert shared_story(*told).times(C1) == times


def test_each_vantage_has_a_clock_and_signals_of_its_own() -> None:
    state = shared_story(seen("p", 0), seen("q", 100), seen("p", 50, Kind.IDENTITY, "a")).state
    assert {name: vantage.clock_us for name, vantage in state.vantages.items()} == {"p": BEGUN + 51 * SECOND, "q": BEGUN + 101 * SECOND}
    assert {name: set(vantage.signals) for name, vantage in state.vantages.items()} == {"p": {MIRE, TILES, A}, "q": {MIRE, TILES}}
    assert (state.clock_us, state.signals) == (BEGUN + 101 * SECOND, {})
    later = shared_story(seen("p", 0), seen("p", 50, Kind.IDENTITY, "a"), seen("p", 20)).state
    assert later.vantages["p"].clock_us == BEGUN + 51 * SECOND, "its clock does not go back within the grace"


def test_a_hub_that_is_not_shared_has_one_vantage_whatever_it_is_called() -> None:
    story = FoldedHub(hub("a"))
    for each in (seen("p", 0), seen("q", 60, says=NO_MIRE), seen("p", 61, says=NO_MIRE)):
        story.rows += fold(story.state, each)
    assert set(story.state.vantages) == {""}
    assert story.times(C1) == [(60, None)]


def test_a_vantage_whose_clock_was_set_back_says_nothing_and_the_others_go_on() -> None:
    story = shared_story(seen("p", 0), seen("p", 200), seen("q", 100))  # p's clock is 201; 120 s of grace
    assert [by_a_clock_set_back(story.state, seen(vantage, at)) for vantage, at in (("p", 79), ("p", 80), ("q", 79), ("r", 0))] == [
        True,
        False,
        False,
        False,
    ]
    assert fold(story.state, seen("p", 79, says=NO_MIRE)) == []
    assert story.state.vantages["p"].clock_us == BEGUN + 201 * SECOND


def test_what_finished_before_a_shared_hub_was_watched_says_nothing() -> None:
    story = shared_story()
    assert fold(story.state, seen("p", -2)) == []
    assert story.state.vantages == {}
    fold(story.state, seen("p", -1))
    assert set(story.state.vantages) == {"p"}, "it finished as the watch began"


@pytest.mark.parametrize(
    ("vantage", "finished", "is_late"),
    [
        ("p", 879, False),  # by a clock that was set back
        ("p", 880, False),  # p's own clock is 900
        ("q", 99, False),  # the hub was not watched
        ("q", 100, True),
        ("q", 299, True),  # before the settings
        ("q", 519, True),  # it may change what is final: 519 less the grace
        ("q", 520, False),
        ("waiting", 900, True),  # its run may still be confirmed
        ("settled", 900, False),
    ],
)
def test_an_observation_is_late_when_it_may_change_time_that_is_final(vantage: str, finished: int, is_late: bool) -> None:
    signals: dict[str, dict[str, Signal]] = {"p": {}, "waiting": {MIRE: Signal()}, "settled": {MIRE: Signal()}}
    for says in ((499, GOOD), (880, BAD)):
        signals["waiting"][MIRE].read(Reading(*says, 500), 2, 2)
    signals["settled"][MIRE].read(Reading(500, GOOD, 500), 2, 2)
    vantages = {name: Vantage(900, of) for name, of in signals.items()}
    state = HubState(
        hub("a", shared=True, grace_us=20), 1_000, floor_us=0, horizon_us=500, begun_us=100, settings_us=300, vantages=vantages
    )
    given = replace(seen(vantage, 0), started_us=finished - 1, finished_us=finished)
    assert late(state, given) is is_late
    anew = replace(state, floor_us=500)
    assert late(anew, given) is (is_late and finished < 300), "what is before the floor is not judged again, and so cannot be late"


def test_the_tiles_that_nobody_watches_are_named_while_they_are_seen() -> None:
    tiles = tuple(Tile(uid, selectable=True) for uid in ("e", "d", "c", "b", "a"))
    state, _ = begin(hub("a"), BEGUN)
    fold(state, replace(observation((Kind.MIRE, None), WELL, 0, 1, 10), tiles=tiles))
    assert unwatched_tiles(state) == ("b", "c", "d")
    advance(state, BEGUN + 60 * SECOND)
    assert unwatched_tiles(state) == ()
