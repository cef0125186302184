"""Which sightings a prober puts on record."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.sighting import Aspect, Sighting, in_order
from probe.core.radar.change import seen_changes
from probe.core.radar.novelty import MOST_RETURNS, MOST_VARIANTS, Novelty
from tests.builders import BEGUN, DAY, MINUTE


def recorded(aspect: Aspect, forms: Iterable[tuple[int, dict[str, str]]]) -> list[Sighting]:
    """What goes on record of forms that are seen, each so many microseconds after the beginning."""
    novelty = Novelty()
    sightings: list[Sighting] = []
    for at_us, traits in forms:
        sightings += novelty.worth_recording([Sighting(aspect, "", in_order(traits.items()), "1:")], BEGUN + at_us)
    return sightings


def every_minute(*values: str) -> list[tuple[int, dict[str, str]]]:
    return [(number * MINUTE, {"a": value}) for number, value in enumerate(values)]


def test_the_same_form_is_recorded_once_a_day() -> None:
    found = recorded(Aspect.METADATA, [(number * MINUTE, {"a": "1"}) for number in range(3 * 1_440)])
    assert [one.since_us for one in found] == [BEGUN, BEGUN + DAY, BEGUN + 2 * DAY]


def test_another_form_is_recorded_at_once_with_the_instant_at_which_the_old_one_was_seen_last() -> None:
    first, second = recorded(Aspect.KEYS, every_minute("1", "1", "1", "2", "2"))
    assert (second.traits, second.since_us, second.before_us) == ((("a", "2"),), BEGUN + 3 * MINUTE, BEGUN + 2 * MINUTE)
    assert first.before_us is None


def test_what_alternates_is_recorded_a_few_times_a_day() -> None:
    found = recorded(Aspect.CHAIN, every_minute(*"12" * 200))
    assert len(found) == 2 * MOST_RETURNS


def test_what_is_another_one_each_time_is_not_recorded_for_ever() -> None:
    assert len(recorded(Aspect.METADATA, every_minute(*map(str, range(1_000))))) == MOST_VARIANTS


def test_a_page_counts_once_it_was_seen_twice() -> None:
    """A page that was cut short, or that an A/B test shows once, leaves no trace."""
    found = recorded(Aspect.MIRE, every_minute(*"1111211"))
    assert [one.traits for one in found] == [(("a", "1"),)]


def test_a_page_that_changed_is_dated_back_to_when_it_was_seen_first() -> None:
    _, second = recorded(Aspect.TILES, every_minute(*"1111222"))
    assert (second.since_us, second.before_us) == (BEGUN + 4 * MINUTE, BEGUN + 3 * MINUTE)


def test_a_field_with_another_name_each_time_does_not_hide_the_rest_of_the_page() -> None:
    pages = [(number * MINUTE, {f"field /a {number}": "", "field /a b": "", "id c" if number < 20 else "id d": ""}) for number in range(40)]
    before, after = recorded(Aspect.CONSENT, pages)
    assert (before.traits, after.traits) == ((("field /a b", ""), ("id c", "")), (("field /a b", ""), ("id d", "")))
    assert after.since_us == BEGUN + 20 * MINUTE


@given(st.integers(2, 6), st.integers(0, 5), st.integers(0, 5))
def test_what_lasts_some_journeys_does_not_hide_the_rest_of_the_page(lasting: int, phase: int, change: int) -> None:
    """An id that is another one every few journeys: what changes beside it goes on record."""
    pages = [
        (number * MINUTE, {f"id x{(number + phase) // lasting}": "", "id old" if number < 12 + change else "id new": ""})
        for number in range(40)
    ]
    found = recorded(Aspect.MIRE, pages)
    told = [name for one in found for name, _ in one.traits]
    assert "id old" in told
    assert "id new" in told or len(found) >= MOST_VARIANTS


def test_a_part_that_a_page_lacks_once_is_not_gone() -> None:
    whole, cut = {"id a": "", "id b": ""}, {"id a": ""}
    found = recorded(Aspect.MIRE, [(number * MINUTE, cut if number == 5 else whole) for number in range(12)])
    assert [[name for name, _ in one.traits] for one in found] == [["id a", "id b"]]
    _, second = recorded(Aspect.MIRE, [(number * MINUTE, whole if number < 5 else cut) for number in range(12)])
    assert (second.traits, second.since_us, second.before_us) == ((("id a", ""),), BEGUN + 5 * MINUTE, BEGUN + 4 * MINUTE)


def test_pages_that_take_turns_are_told_once() -> None:
    one, other = {"id a": "", "id b": ""}, {"id a": "", "id c": ""}
    found = recorded(Aspect.MIRE, [(number * MINUTE, one if number < 4 or number % 2 else other) for number in range(60)])
    assert len(found) <= 2 * MOST_RETURNS
    assert "id c" in {name for each in found for name, _ in each.traits}


def test_parts_and_places_are_watched_by_themselves() -> None:
    novelty = Novelty()
    both = [Sighting(Aspect.CHAIN, place, (("certificate", "1"),), "1:") for place in ("fc.example", "auth.example")]
    assert len(novelty.worth_recording(both, BEGUN)) == 2
    assert not novelty.worth_recording(both, BEGUN + MINUTE)


def test_two_clients_of_a_hub_are_watched_by_themselves() -> None:
    """Each has its own request, and so its own basis: neither is the other's old form."""
    novelty = Novelty()
    found: list[Sighting] = []
    for number in range(20):
        seen = Sighting(Aspect.METADATA, "", (("a", str(number % 2)),), f"1:{number % 2}")
        found += novelty.worth_recording([seen], BEGUN + number * MINUTE)
    assert [(one.basis, one.before_us) for one in found] == [("1:0", None), ("1:1", None)]


@given(st.lists(st.sampled_from("123"), min_size=1, max_size=40), st.integers(min_value=1, max_value=6))
def test_the_record_tells_the_changes_that_every_single_sight_would_tell(values: list[str], an_hour: int) -> None:
    """What is left out changes nothing: here at most four forms a day are seen."""
    forms = [(number * an_hour * DAY // 6, {"a": value}) for number, value in enumerate(values)]
    everything = [Sighting(Aspect.METADATA, "", in_order(traits.items()), "1:", BEGUN + at_us) for at_us, traits in forms]
    told = [(one.differences, one.first_us, one.last_us) for one in seen_changes(recorded(Aspect.METADATA, forms))]
    assert told == [(one.differences, one.first_us, one.last_us) for one in seen_changes(everything)]
