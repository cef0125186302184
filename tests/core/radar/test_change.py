"""Which kind of change is told, and what is said of it."""

from dataclasses import replace

import pytest

from probe.core.judgement.sighting import Aspect, Sighting, in_order
from probe.core.radar.change import ChangeKind, Difference, SeenChange, seen_changes, without_repetitions
from tests.builders import BEGUN, DAY, HOUR

RSA, RSA_TOO, EC = "RSA-2048 RS256 sig 1a", "RSA-2048 RS256 sig 2b", "EC-P-256 ES256 sig 3c"
LEAF = {"issuer": "Certigna", "key": "RSA-2048", "certificate": "11", "above": "Services CA aa"}


def day(number: float, traits: dict[str, str], aspect: Aspect, **more: int) -> Sighting:
    return Sighting(aspect, "", in_order(traits.items()), "1:", BEGUN + int(number * DAY), **more)


def told(aspect: Aspect, *forms: dict[str, str]) -> list[SeenChange]:
    """The changes among forms that are seen ten days after each other."""
    return seen_changes(day(10 * number, form, aspect) for number, form in enumerate(forms))


@pytest.mark.parametrize(
    ("aspect", "before", "after", "kind"),
    [
        (Aspect.METADATA, {"issuer": "a"}, {"issuer": "b"}, ChangeKind.METADATA),
        (Aspect.KEYS, {"k1": RSA}, {"k1": RSA, "k2": RSA_TOO}, ChangeKind.KEY_ADDED),
        (Aspect.KEYS, {"k1": RSA, "k2": RSA_TOO}, {"k2": RSA_TOO}, ChangeKind.KEY_REMOVED),
        (Aspect.KEYS, {"k1": RSA}, {"k2": RSA_TOO}, ChangeKind.KEY_SWAPPED),
        (Aspect.KEYS, {"k1": RSA}, {"k1": RSA_TOO}, ChangeKind.KEY_SWAPPED),
        (Aspect.KEYS, {"k1": RSA}, {"k1": RSA, "k2": EC}, ChangeKind.KEY_SORT),
        (Aspect.KEYS, {"k1": RSA}, {"k2": EC}, ChangeKind.KEY_SORT),
        (Aspect.CHAIN, LEAF, {**LEAF, "certificate": "22"}, ChangeKind.CERTIFICATE_RENEWED),
        (Aspect.CHAIN, LEAF, {**LEAF, "certificate": "22", "above": "Services CA 2 bb"}, ChangeKind.CERTIFICATE_RENEWED),
        (Aspect.CHAIN, LEAF, {**LEAF, "certificate": "22", "issuer": "Other"}, ChangeKind.CERTIFICATE_ISSUER),
        (Aspect.CHAIN, LEAF, {**LEAF, "certificate": "22", "key": "EC-secp256r1"}, ChangeKind.CERTIFICATE_KEY),
        (Aspect.IDP_CHAIN, LEAF, {**LEAF, "above": ""}, ChangeKind.CERTIFICATE_CHAIN),
        (Aspect.TILES, {"u1": "Ameli"}, {"u1": "Ameli", "u2": "Yris"}, ChangeKind.TILE_ADDED),
        (Aspect.TILES, {"u1": "Ameli", "u2": "Yris"}, {"u1": "Ameli"}, ChangeKind.TILE_REMOVED),
        (Aspect.TILES, {"u1": "Ameli"}, {"u1": "Assurance maladie"}, ChangeKind.TILE_RENAMED),
        (Aspect.MIRE, {"path": "/a"}, {"path": "/b"}, ChangeKind.PAGE_STRUCTURE),
        (Aspect.CONSENT, {"field /a x": ""}, {"field /a y": ""}, ChangeKind.PAGE_FORM),
    ],
)  # fmt: skip
def test_each_kind(aspect: Aspect, before: dict[str, str], after: dict[str, str], kind: ChangeKind) -> None:
    (change,) = told(aspect, before, after)
    assert (change.kind, change.first_us, change.last_us) == (kind, BEGUN + 10 * DAY, BEGUN)


def test_the_first_sighting_is_no_change() -> None:
    assert told(Aspect.TILES, {"u1": "Ameli"}) == []


def test_a_tile_that_was_there_before_is_told_as_back_again() -> None:
    """Deactivated for ten days: docs/contract.md, 2.2.2."""
    kinds = [one.kind for one in told(Aspect.TILES, {"u1": "A", "u2": "B"}, {"u1": "A"}, {"u1": "A", "u2": "B"})]
    assert kinds == [ChangeKind.TILE_REMOVED, ChangeKind.TILE_RETURNED]


def test_a_greyed_tile_is_no_change() -> None:
    """Its name is not read: many hubs write there that it is greyed."""
    assert told(Aspect.TILES, {"u1": "Ameli"}, {"u1": ""}, {"u1": "Ameli"}, {"u1": ""}) == []
    assert [one.kind for one in told(Aspect.TILES, {"u1": "A"}, {"u1": ""}, {"u1": "B"})] == [ChangeKind.TILE_RENAMED]


def test_a_rotation_tells_how_long_both_keys_were_published() -> None:
    keys = [day(0, {"k1": RSA}, Aspect.KEYS), day(1, {"k1": RSA, "k2": RSA_TOO}, Aspect.KEYS), day(3, {"k2": RSA_TOO}, Aspect.KEYS)]
    added, removed = seen_changes(keys)
    assert (added.kind, removed.kind, removed.overlap_us) == (ChangeKind.KEY_ADDED, ChangeKind.KEY_REMOVED, 2 * DAY)


def test_a_key_that_goes_without_a_successor_has_no_overlap_to_tell() -> None:
    (removed,) = told(Aspect.KEYS, {"k1": RSA, "k2": RSA_TOO}, {"k1": RSA})
    assert removed.overlap_us is None


def test_the_old_form_was_seen_last_when_the_prober_says_so() -> None:
    (change,) = seen_changes([day(0, {"a": "1"}, Aspect.METADATA), day(1.5, {"a": "2"}, Aspect.METADATA, before_us=BEGUN + DAY + HOUR)])
    assert (change.last_us, change.first_us) == (BEGUN + DAY + HOUR, BEGUN + DAY + DAY // 2)


def test_a_change_that_is_taken_back_is_no_second_change() -> None:
    (change,) = seen_changes(day(number, {"a": value}, Aspect.METADATA) for number, value in enumerate("1121"))
    assert (change.differences, change.back_us, change.again_us) == ((Difference("a", "1", "2"),), BEGUN + 3 * DAY, None)


def test_two_backends_that_alternate_are_without_repetitions() -> None:
    (change,) = seen_changes(day(number / 4, {"a": str(number % 2), "b": "same"}, Aspect.METADATA) for number in range(100))
    assert (change.first_us, change.back_us, change.again_us) == (BEGUN + DAY // 4, BEGUN + DAY // 2, BEGUN + 3 * DAY // 4)


def test_what_comes_back_after_more_than_a_week_is_a_change() -> None:
    assert len(told(Aspect.METADATA, {"a": "1"}, {"a": "2"}, {"a": "1"})) == 2


def test_what_two_clients_see_is_without_repetitions() -> None:
    changes = told(Aspect.TILES, {"u1": "A"}, {"u1": "A", "u2": "B"})
    other = [replace(one, first_us=one.first_us + HOUR) for one in changes]
    later = [replace(one, first_us=one.first_us + 30 * DAY) for one in changes]
    assert without_repetitions([*changes, *other, *later]) == [*changes, *later]


def test_our_own_new_settings_begin_anew() -> None:
    """docs/domain.md, "Outcome, fault, reason": a mistake of ours is nobody's."""
    before = day(0, {"field /a x": ""}, Aspect.MIRE)
    after = Sighting(Aspect.MIRE, "", (("field /a y", ""),), "1:other", BEGUN + DAY)
    assert seen_changes([before, after]) == []


def test_a_second_rotation_brings_nothing_back() -> None:
    """However soon after the first: a key that goes was not there before it was added either."""
    sets = [("1",), ("1", "2"), ("2",), ("2", "3"), ("3",)]
    told = seen_changes(
        Sighting(Aspect.KEYS, "", tuple((kid, f"RSA-2048 RS256 sig {kid}") for kid in kids), "1:", BEGUN + day * DAY)
        for day, kids in enumerate(sets)
    )
    assert [(one.kind, one.differences[0].trait, one.back_us) for one in told] == [
        (ChangeKind.KEY_ADDED, "2", None),
        (ChangeKind.KEY_REMOVED, "1", None),
        (ChangeKind.KEY_ADDED, "3", None),
        (ChangeKind.KEY_REMOVED, "2", None),
    ]


def test_a_rotation_that_is_taken_back_is_back() -> None:
    sets = [("1",), ("1", "2"), ("1",)]
    (told,) = seen_changes(
        Sighting(Aspect.KEYS, "", tuple((kid, f"RSA-2048 RS256 sig {kid}") for kid in kids), "1:", BEGUN + day * DAY)
        for day, kids in enumerate(sets)
    )
    assert (told.kind, told.back_us) == (ChangeKind.KEY_ADDED, BEGUN + 2 * DAY)
