"""What an observation says to which question, and which points a ledger's tail is corrected by.

The rules are docs/judgement.md's, "Signals" and "The rows of the ledger".
"""

from dataclasses import replace
from typing import Any

import pytest

from probe.core.judgement.condition import MIRE, TILES, State, SubjectStatus, direct_of, journey_of
from probe.core.judgement.fold import cause_of, corrections, readings
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.core.judgement.signal import Cause, Health, Reading
from probe.core.judgement.timeline import Timeline
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
from tests.fakes.folded_hub import hub

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
        (Kind.MIRE, ALL_GREYED, {}),
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
    for _, reading in found:
        returned = kind is Kind.IDENTITY and reading.health is GOOD
        cause = cause_of(seen) if reading.health is BAD else None
        assert reading == Reading(BEGUN + 60 * SECOND, reading.health, 90 * SECOND, cause, returned)


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
