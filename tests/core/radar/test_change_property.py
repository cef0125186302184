"""What changed, against the definition (`tests/core/radar/oracle.py`)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.sighting import Aspect, Sighting, in_order
from probe.core.radar.change import ChangeKind, SeenChange, seen_changes, without_repetitions
from tests.builders import BEGUN, DAY
from tests.core.radar import oracle

_HALF_DAYS = st.integers(min_value=0, max_value=60).map(lambda number: BEGUN + number * DAY // 2)
_TRAITS = st.dictionaries(st.sampled_from(["a", "b", "form c"]), st.sampled_from(["EC-256 ES256 1", "EC-256 ES256 2", "RSA-2048 RS256 3"]))
_SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        aspect=st.sampled_from(list(Aspect)[:6]),
        place=st.sampled_from(["", "fc.example"]),
        traits=_TRAITS.map(lambda traits: in_order(traits.items())),
        basis=st.sampled_from(["1:", "1:other"]),
        since_us=_HALF_DAYS,
        before_us=st.none() | _HALF_DAYS,
    ),
    max_size=25,
    unique_by=lambda one: (one.aspect, one.place, one.basis, one.since_us),
)


def _told(changes: list[SeenChange]) -> list[oracle.Found]:
    return [(one.aspect, one.place, each.trait, one.first_us, each.before, each.after) for one in changes for each in one.differences]


@given(_SIGHTINGS)
def test_every_change_is_without_repetitions_and_nothing_else_is(sightings: list[Sighting]) -> None:
    told = _told(seen_changes(sightings))
    assert len(told) == len(set(told))
    assert set(told) == oracle.changes(sightings)


@given(_SIGHTINGS, st.randoms(use_true_random=False))
def test_the_order_in_which_sightings_came_in_does_not_matter(sightings: list[Sighting], chance: object) -> None:
    shuffled = list(sightings)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert seen_changes(shuffled) == seen_changes(sightings)


@given(_SIGHTINGS)
def test_a_second_vantage_that_sees_the_same_changes_nothing(sightings: list[Sighting]) -> None:
    assert _told(seen_changes([*sightings, *sightings])) == _told(seen_changes(sightings))


@given(_SIGHTINGS)
def test_telling_once_takes_nothing_away_from_a_hub_with_one_client(sightings: list[Sighting]) -> None:
    alone = seen_changes(one for one in sightings if one.basis == "1:")
    assert without_repetitions(alone) == alone


@given(_SIGHTINGS)
def test_the_instants_of_a_change_are_in_order(sightings: list[Sighting]) -> None:
    for change in seen_changes(sightings):
        assert change.last_us <= change.first_us
        assert change.back_us is None or change.first_us <= change.back_us
        assert change.again_us is None or (change.back_us is not None and change.back_us <= change.again_us)
        assert change.overlap_us is None or (change.kind is ChangeKind.KEY_REMOVED and change.overlap_us >= 0)


@given(_SIGHTINGS)
def test_what_alternates_every_day_is_without_repetitions(sightings: list[Sighting]) -> None:
    """Whatever two forms alternate: the first of them is no change, the second is one, and no more
    is told.
    """
    if len(sightings) < 2:
        return
    first, second = (replace(one, aspect=Aspect.METADATA, place="", basis="", before_us=None) for one in sightings[:2])
    days = [replace((first, second)[day % 2], since_us=BEGUN + day * DAY) for day in range(40)]
    assert {one.first_us for one in seen_changes(days)} <= {BEGUN + DAY}
