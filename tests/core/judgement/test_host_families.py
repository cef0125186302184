"""Of each host is told by which family of addresses it does not answer."""

import pytest

from probe.core.judgement.host_families import OLD_US, HostFamilies
from probe.core.judgement.observation import Hop, Step


def noted(*looks: tuple[int, dict[str, int]]) -> HostFamilies:
    found = HostFamilies()
    for at_us, ways in looks:
        found.note(Hop(Step.MIRE, "GET", "hub.example", "/", **ways), at_us)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("looks", "dead"),
    [
        pytest.param([], {}, id="nothing was asked"),
        pytest.param([{"ip": 4}], {}, id="one family was looked at"),
        pytest.param([{"ip": 4, "also_ip": 6}], {}, id="both answer"),
        pytest.param([{"ip": 4, "dead_ip": 6}], {"hub.example": 6}, id="one does not"),
        pytest.param([{"ip": 4, "dead_ip": 6}, {"ip": 4}, {}], {"hub.example": 6}, id="nobody looked since"),
        pytest.param([{"ip": 4, "dead_ip": 6}, {"ip": 4, "also_ip": 6}], {}, id="it is back"),
        pytest.param([{"ip": 4, "dead_ip": 6}, {"ip": 6}], {}, id="a journey went by it"),
        pytest.param([{"ip": 4, "dead_ip": 6}, {"ip": 6, "dead_ip": 4}], {"hub.example": 4}, id="the other died, and it is back"),
    ],
)
def test_the_family_that_does_not_answer_is_told_while_the_other_does(looks: list[dict[str, int]], dead: dict[str, int]) -> None:
    assert noted(*((0, look) for look in looks)).dead == dead


def test_what_is_too_long_ago_is_forgotten() -> None:
    """Its name may have lost its addresses of that family."""
    assert noted((0, {"ip": 4, "dead_ip": 6}), (OLD_US, {"ip": 4})).dead == {"hub.example": 6}
    assert noted((0, {"ip": 4, "dead_ip": 6}), (OLD_US + 1, {"ip": 4})).dead == {}
