"""What an evaluator keeps of all vantages beside the states."""

from dataclasses import replace
from itertools import accumulate, takewhile
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.fold import begin
from probe.core.judgement.observation import JOURNEYS, Kind, Observation, Outcome, Reason
from probe.ledger.shared.events import StoredEvent
from probe.ledger.shared.neighbours import VantagesNeighbours
from tests.builders import BEGUN, SECOND, SPEC, seen

REFUSED = seen(Kind.IDENTITY, 0, Outcome.INCONCLUSIVE, "ameli", reason=Reason.CREDENTIALS_REFUSED)


def test_what_is_dated_in_the_future_tells_no_trouble_and_what_is_no_longer_watched_is_forgotten() -> None:
    near = VantagesNeighbours()
    told = [replace(REFUSED, vantage=name) for name in ("lille", "lille", "lyon", "nice")]
    events = [StoredEvent(number, "fc", each.vantage, each, believed=each.vantage != "nice") for number, each in enumerate(told)]
    near.remember([*events, StoredEvent(9, "fc", "lyon")], {"fc": 3})
    state, _ = begin(SPEC, BEGUN)
    kept = near.of(state)
    assert (kept.refused, set(kept.own_troubles)) == ({"ameli": 2}, {"ameli"})
    near.recall("fc", kept)
    near.remember([StoredEvent(10, "fc", "lille", replace(REFUSED, vantage="lille", outcome=Outcome.OK, reason=None))], {"fc": 3})
    assert near.of(state).refused == {"ameli": 1}
    assert set(near.of(state).own_troubles) == {"ameli"}, "lyon's goes on"
    unwatched, _ = begin(replace(SPEC, idps=SPEC.idps[1:]), BEGUN)
    assert near.of(unwatched).own_troubles == {}


KINDS: dict[str, dict[str, Any]] = {
    "refused": {"outcome": Outcome.INCONCLUSIVE, "reason": Reason.CREDENTIALS_REFUSED},
    "passed": {"outcome": Outcome.OK, "reason": None},
    "login page": {"outcome": Outcome.OK, "reason": None, "kind": Kind.LOGIN_PAGE},
    "late": {"outcome": Outcome.FAILED, "reason": Reason.TIMEOUT},
    "direct": {"outcome": Outcome.OK, "reason": None, "kind": Kind.DIRECT},
}


@given(st.lists(st.tuples(st.sampled_from(("lille", "lyon", "nice")), st.integers(1, 40), st.sampled_from(sorted(KINDS))), max_size=25))
def test_the_refusals_of_a_vantage_count_for_as_long_as_its_latest_journey_there_vouches(course: list[tuple[str, int, str]]) -> None:
    """docs/domain.md, "An observation vouches": a vantage that is gone for good has no say."""
    near, state = VantagesNeighbours(), begin(SPEC, BEGUN)[0]
    starts = accumulate(gap for _, gap, _ in course)
    told = [
        replace(REFUSED, vantage=vantage, started_us=BEGUN + at * SECOND, finished_us=BEGUN + (at + 1) * SECOND, **KINDS[what])
        for (vantage, _, what), at in zip(course, starts, strict=True)
    ]
    for number, each in enumerate(told, 1):
        near.remember([StoredEvent(number, "fc", each.vantage, each)], {"fc": 3})
        most = max(_refusals(told[:number], vantage, each.started_us) for vantage in ("lille", "lyon", "nice"))
        assert near.of(state).refused.get("ameli", 0) == most


def _refusals(told: list[Observation], vantage: str, at_us: int) -> int:
    """How often in a row the account was refused at a vantage lately, counted from the end."""
    mine = [each for each in reversed(told) if each.vantage == vantage and each.kind in JOURNEYS]
    if not mine or mine[0].finished_us + 3 * mine[0].interval_us <= at_us:
        return 0
    logins = takewhile(lambda each: each.outcome is not Outcome.OK, (each for each in mine if each.kind is Kind.IDENTITY))
    return sum(each.reason is Reason.CREDENTIALS_REFUSED for each in logins)
