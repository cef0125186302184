"""The cost of judging an outage of a whole hub, in calls of functions.

This number is the same on every machine, however busy it is.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from benchmarks.hub_outage import FoldCost, measure
from probe.core.judgement.observation import Step


@contextmanager
def calls() -> Iterator[list[float]]:
    """How many functions were called since, Python's own and built in."""
    count = [0.0]

    def note(_frame: FrameType, what: str, _argument: object) -> None:
        count[0] += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)


def costs(idps: int, step: Step, share: float) -> dict[str, FoldCost]:
    """Of each phase, thousands of calls a fold."""
    with calls() as count:
        return measure(idps, step, share, lambda: count[0] / 1_000_000)


@pytest.mark.parametrize(("step", "share"), [(Step.REDIRECT_TO_IDP, 1.0), (Step.USERINFO, 0.5)])
def test_an_observation_in_an_outage_costs_as_much_an_idp_however_many_there_are(step: Step, share: float) -> None:
    """Beside every other one at every instant, 32 IdPs would cost sixteen times as much as 8,
    and at most 64 times.
    """
    few, many = costs(8, step, share), costs(32, step, share)
    for phase in few:
        assert many[phase].mean < 1.5 * 4 * few[phase].mean, phase
        assert many[phase].most < 2 * 4 * few[phase].most, phase
