"""What an evaluator keeps of all vantages beside the states."""

from dataclasses import replace

from probe.core.judgement.fold import begin
from probe.core.judgement.observation import Kind, Outcome, Reason
from probe.ledger.shared.events import StoredEvent
from probe.ledger.shared.neighbours import VantagesNeighbours
from tests.builders import BEGUN, SPEC, seen

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
