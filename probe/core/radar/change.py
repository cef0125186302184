"""Finds what changed between sightings of a hub's outward form.

Theory of operation
-------------------
Each trait (a metadata value, a key, a tile, a field of a form) is followed by itself, from one
sighting of its part of the form to the next. All vantages' sightings make one sequence, in the
order of their instants. So the result depends on the set of sightings alone, and not on the order
in which they came in.

A value that differs from the one before it is a change, unless the same trait had that value
`ALTERNATING_US` ago or less: then two backends, two networks or two tests alternate, or a change
was taken back. That is no new change. The change that had replaced the value tells when it came
back, and when it went again. But a key that goes for the first time goes: it was not there either
before it was added, and the keys of that time need not be back. Only where the whole set of keys
was seen `ALTERNATING_US` ago or less it is back.

The changes that one sighting shows are told together where they are of one kind. What the traits of
each aspect are called, and which kind a change is of, follows from `_KINDS`:

    metadata    `issuer`, or `scopes_supported=openid` of a list
    keys        the key's id; its sort (RSA-2048 RS256 sig), and the beginning of its digest
    chain       `issuer`, `key`, `certificate`, `above`
    tiles       the IdP's uid; the name on the tile (empty: not known, and not compared)
    pages       `form ...`, `field ...`: what is sent; others: how the page is built
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from probe.core.judgement.sighting import Aspect, Sighting, Trait
from probe.core.times import DAY_US

ALTERNATING_US = 7 * DAY_US
"""A value that was seen this long ago or less is no new one."""


class ChangeKind(StrEnum):
    """What kind of change was seen."""

    METADATA = "metadata"
    KEY_ADDED = "key_added"  # the first half of a rotation with overlap
    KEY_REMOVED = "key_removed"  # its second half
    KEY_SWAPPED = "key_swapped"  # the old key was gone when the new one was seen: no overlap
    KEY_SORT = "key_sort"  # another type, size or algorithm than those of the keys before
    CERTIFICATE_RENEWED = "certificate_renewed"  # of the same issuer, with the same sort of key
    CERTIFICATE_ISSUER = "certificate_issuer"
    CERTIFICATE_KEY = "certificate_key"  # another sort of key
    CERTIFICATE_CHAIN = "certificate_chain"  # the certificates above it, and not itself
    TILE_ADDED = "tile_added"
    TILE_RETURNED = "tile_returned"  # one that had been there before
    TILE_REMOVED = "tile_removed"
    TILE_RENAMED = "tile_renamed"
    PAGE_FORM = "page_form"  # what a page sends
    PAGE_STRUCTURE = "page_structure"


class Difference(NamedTuple):
    """One trait: its value before and after. None: it was not there."""

    trait: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change of the hub's outward form. All instants are UTC microseconds.

    `first_us` is when the new form was seen first, `last_us` when the old one was seen last before
    that. `overlap_us` of a removed key: for how long another one had been published beside it.
    `back_us` is when the old form was seen again, and `again_us` when the new one was, after that:
    then both alternate.
    """

    aspect: Aspect
    place: str
    kind: ChangeKind
    differences: tuple[Difference, ...]
    first_us: int
    last_us: int
    overlap_us: int | None = None
    back_us: int | None = None
    again_us: int | None = None


@dataclass(slots=True)
class _Series:
    """One place on one basis, as far as its sightings were read.

    By trait: `seen_us`, when each of its values was seen last, but for the one that it has now,
    which was seen at `at_us`; `added_us`, when it was added; `number`, the index of its last
    change. `ever`: the traits that were there at some time. `gone`: those that went at some time.
    `forms_us`: when each set of keys was seen last.
    """

    traits: Mapping[str, str]
    at_us: int
    form: tuple[Trait, ...]  # of the last sighting
    seen_us: dict[str, dict[str | None, int]] = field(default_factory=dict)
    added_us: dict[str, int] = field(default_factory=dict)
    number: dict[str, int] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    forms_us: dict[tuple[Trait, ...], int] = field(default_factory=dict)


def seen_changes(sightings: Iterable[Sighting]) -> list[SeenChange]:
    """Return the changes among the sightings of one hub, in the order in which they were seen."""
    series: dict[tuple[Aspect, str, str], _Series] = {}
    changes: list[SeenChange] = []
    for sighting in sorted(sightings, key=lambda one: (one.since_us, one.aspect, one.place, one.basis, one.traits, one.before_us or 0)):
        key = (sighting.aspect, sighting.place, sighting.basis)
        before = series.get(key)
        if before is None:
            series[key] = _Series(dict(sighting.traits), sighting.since_us, sighting.traits, ever={name for name, _ in sighting.traits})
        elif before.form == sighting.traits:
            before.at_us = sighting.since_us
        else:
            _take_in(before, sighting, changes)
    return changes


def without_repetitions(changes: Iterable[SeenChange]) -> list[SeenChange]:
    """Return changes without those that an earlier one tells already.

    Several clients of a hub see one change each on a basis of its own.
    """
    told: dict[tuple[Aspect, str, ChangeKind, tuple[Difference, ...]], int] = {}
    kept: list[SeenChange] = []
    for change in changes:
        what = (change.aspect, change.place, change.kind, change.differences)
        if what not in told or change.first_us - told[what] > ALTERNATING_US:
            told[what] = change.first_us
            kept.append(change)
    return kept


def _take_in(series: _Series, sighting: Sighting, changes: list[SeenChange]) -> None:
    """Take the next sighting of a series in, and add the changes that it shows."""
    before, after, at_us = series.traits, dict(sighting.traits), sighting.since_us
    if sighting.aspect is Aspect.TILES:
        before, after = _named_alike(before, after), _named_alike(after, before)
    last_us = max(series.at_us, min(sighting.before_us or 0, at_us))
    new: list[Difference] = []
    series.forms_us[series.form] = last_us
    is_back = at_us - series.forms_us.get(sighting.traits, -ALTERNATING_US) <= ALTERNATING_US
    for trait in sorted(before.keys() | after.keys()):
        held, value = before.get(trait), after.get(trait)
        seen = series.seen_us.setdefault(trait, {})
        known_us = seen.get(value)
        seen[held] = last_us
        if value != held:
            goes = sighting.aspect is Aspect.KEYS and value is None and trait not in series.gone
            if known_us is not None and at_us - known_us <= ALTERNATING_US and (is_back or not goes):
                _came_back(series, trait, value, at_us, changes)
            else:
                new.append(Difference(trait, held, value))
        seen[value] = at_us
    for change in _KINDS[sighting.aspect](sighting, series, tuple(new), last_us) if new else ():
        series.number |= {difference.trait: len(changes) for difference in change.differences}
        changes.append(change)
    series.added_us |= {difference.trait: at_us for difference in new if difference.before is None}
    series.ever |= after.keys()
    series.gone |= before.keys() - after.keys()
    series.forms_us[sighting.traits] = at_us
    series.traits, series.at_us, series.form = after, at_us, sighting.traits


def _named_alike(tiles: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    """Return the tiles, each whose name is not known with the name that it has among the others."""
    return {uid: name or others.get(uid, "") for uid, name in tiles.items()}


def _came_back(series: _Series, trait: str, value: str | None, at_us: int, changes: list[SeenChange]) -> None:
    number = series.number.get(trait)
    if number is None:
        return
    change = changes[number]
    is_old = any(one.trait == trait and one.after != value for one in change.differences)
    if is_old and change.back_us is None:
        changes[number] = replace(change, back_us=at_us)
    elif not is_old and change.back_us is not None and change.again_us is None:
        changes[number] = replace(change, again_us=at_us)


# --- kinds

_Made = Iterator[SeenChange]


def _change(sighting: Sighting, kind: ChangeKind, differences: Sequence[Difference], last_us: int, overlap_us: int | None = None) -> _Made:
    """Yield the change, if anything differs."""
    if differences:
        yield SeenChange(sighting.aspect, sighting.place, kind, tuple(differences), sighting.since_us, last_us, overlap_us)


def _metadata(sighting: Sighting, _series: _Series, new: tuple[Difference, ...], last_us: int) -> _Made:
    yield from _change(sighting, ChangeKind.METADATA, new, last_us)


def _keys(sighting: Sighting, series: _Series, new: tuple[Difference, ...], last_us: int) -> _Made:
    """There is no overlap where no key stays, or a key takes the id of another."""
    sorts = {_sort_of(value) for value in series.traits.values()}
    added, removed = [one for one in new if one.before is None], [one for one in new if one.after is None]
    is_other = any(one.after is not None and _sort_of(one.after) not in sorts for one in new)
    stay = {trait for trait, value in sighting.traits if series.traits.get(trait) == value}
    if len(added) + len(removed) < len(new) or (added and not stay):
        yield from _change(sighting, ChangeKind.KEY_SORT if is_other else ChangeKind.KEY_SWAPPED, new, last_us)
        return
    yield from _change(sighting, ChangeKind.KEY_SORT if is_other else ChangeKind.KEY_ADDED, added, last_us)
    yield from _change(sighting, ChangeKind.KEY_REMOVED, removed, last_us, _overlap_us(sighting, series, stay, removed))


def _overlap_us(sighting: Sighting, series: _Series, stay: Collection[str], removed: Sequence[Difference]) -> int | None:
    """Return how long the youngest key that stays was published beside those that go."""
    younger = [series.added_us[trait] for trait in stay if trait in series.added_us]
    own = [series.added_us[one.trait] for one in removed if one.trait in series.added_us]
    return sighting.since_us - max(younger + own) if younger else None


def _sort_of(key: str) -> str:
    return key.rpartition(" ")[0]


_OF_CERTIFICATE = (
    ("issuer", ChangeKind.CERTIFICATE_ISSUER),
    ("key", ChangeKind.CERTIFICATE_KEY),
    ("certificate", ChangeKind.CERTIFICATE_RENEWED),
)
"""The traits of a certificate, the gravest first: one change is told, with all that differs."""


def _chain(sighting: Sighting, _series: _Series, new: tuple[Difference, ...], last_us: int) -> _Made:
    changed = {one.trait for one in new}
    kind = next((kind for trait, kind in _OF_CERTIFICATE if trait in changed), ChangeKind.CERTIFICATE_CHAIN)
    yield from _change(sighting, kind, new, last_us)


def _tiles(sighting: Sighting, series: _Series, new: tuple[Difference, ...], last_us: int) -> _Made:
    for kind, differences in (
        (ChangeKind.TILE_ADDED, [one for one in new if one.before is None and one.trait not in series.ever]),
        (ChangeKind.TILE_RETURNED, [one for one in new if one.before is None and one.trait in series.ever]),
        (ChangeKind.TILE_REMOVED, [one for one in new if one.after is None]),
        (ChangeKind.TILE_RENAMED, [one for one in new if one.before is not None and one.after is not None]),
    ):
        yield from _change(sighting, kind, differences, last_us)


def _page(sighting: Sighting, _series: _Series, new: tuple[Difference, ...], last_us: int) -> _Made:
    sent = [one for one in new if one.trait.startswith(("form ", "field "))]
    yield from _change(sighting, ChangeKind.PAGE_FORM, sent, last_us)
    yield from _change(sighting, ChangeKind.PAGE_STRUCTURE, [one for one in new if one not in sent], last_us)


_KINDS: Mapping[Aspect, Callable[[Sighting, _Series, tuple[Difference, ...], int], _Made]] = {
    Aspect.METADATA: _metadata,
    Aspect.KEYS: _keys,
    Aspect.CHAIN: _chain,
    Aspect.IDP_CHAIN: _chain,
    Aspect.TILES: _tiles,
    Aspect.MIRE: _page,
    Aspect.CONSENT: _page,
}
