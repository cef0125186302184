"""Which open outages go on with settings of ours that have never passed."""

import pytest

from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.corroboration import Neighbours, NeverPassed
from probe.core.judgement.fold import begin
from probe.core.judgement.observation import SetupPart
from probe.core.judgement.own_trouble import HUB as OF_THE_HUB
from probe.core.judgement.subject import HUB, State, client_of, journey_of
from probe.core.judgement.timeline import Timeline
from probe.core.judgement.unproven import latest_unproven, unproven_outages
from tests.builders import BEGUN, SECOND, SPEC

UP, DOWN, UNKNOWN = (SubjectStatus(state) for state in (State.UP, State.DOWN, State.UNKNOWN))


def failures(at: float, part: SetupPart = SetupPart.LOGIN) -> NeverPassed:
    return NeverPassed(part, "new", BEGUN + round(at * SECOND), BEGUN + round(at * SECOND))


@pytest.mark.parametrize(
    ("owner", "subject"),
    [
        ("ameli", journey_of("ameli")),
        ("ameli@eidas2", journey_of("ameli@eidas2")),
        ("@eidas2", client_of("eidas2")),
        (OF_THE_HUB, HUB),
    ],
)
@pytest.mark.parametrize(
    ("points", "at", "open_outage"),
    [
        ([(0, UP), (10, DOWN)], 10, True),
        ([(0, UP), (10, DOWN), (20, DOWN)], 15, True),  # the cause changed, the outage did not
        ([(0, UP), (10, DOWN)], 9, False),  # nothing was tried with them since the outage began
        ([(0, DOWN), (10, UP), (20, DOWN)], 9, False),
        ([(0, DOWN), (10, UP)], 20, False),
        ([(0, DOWN), (10, UNKNOWN)], 20, False),
    ],
)
def test_inconclusive_journeys_in_an_open_outage_count_too(
    owner: str, subject: str, points: list[tuple[int, SubjectStatus]], at: int, open_outage: bool
) -> None:
    state, _ = begin(SPEC, BEGUN)
    state.tails[subject] = Timeline([(BEGUN + second * SECOND, status) for second, status in points])
    near = Neighbours(never_passed={owner: failures(at)})
    assert unproven_outages(state, near) == ({owner: failures(at)} if open_outage else {})
    near.never_passed = {owner: failures(at, SetupPart.DIRECT)}
    assert unproven_outages(state, near) == {}, "a witness alone"
    near.unproven = {owner: failures(5)}
    assert unproven_outages(state, near) == {owner: failures(5)}


def test_the_latest_journey_of_either_kind_is_told_and_direct_is_none() -> None:
    first, second = {"a": failures(1), "b": failures(4)}, {"a": failures(3), "b": failures(2), "c": failures(9, SetupPart.DIRECT)}
    assert latest_unproven(first, second) == {"a": failures(3).latest_us, "b": failures(4).latest_us}
