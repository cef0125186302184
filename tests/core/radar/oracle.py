"""The definition of a change, by brute force: every trait is compared with all that was seen of it.

A trait's value at a sighting is a change when it differs from the one at the sighting before (of
the same part, on the same basis), and no sighting of the seven days before had it. A key that goes
for the first time is a change where no sighting of the seven days before had the same keys.
"""

from collections.abc import Iterable
from itertools import groupby, pairwise

from probe.core.judgement.sighting import Aspect, Sighting

WEEK = 7 * 86_400 * 1_000_000

Found = tuple[Aspect, str, str, int, str | None, str | None]
"""Aspect, place, trait, when it was seen first, before, after."""


def changes(sightings: Iterable[Sighting]) -> set[Found]:
    """Return every changed trait."""
    found: set[Found] = set()
    ordered = sorted(sightings, key=lambda one: (one.aspect, one.place, one.basis, one.since_us, one.traits, one.before_us or 0))
    for (aspect, place, _), group in groupby(ordered, key=lambda one: (one.aspect, one.place, one.basis)):
        found |= {(aspect, place, *rest) for rest in _of_series(list(group))}
    return found


def _of_series(series: list[Sighting]) -> set[tuple[str, int, str | None, str | None]]:
    seen = _instants(series)
    found = set()
    for before, after in pairwise(series):
        for trait in {name for name, _ in (*before.traits, *after.traits)}:
            old, new = dict(before.traits).get(trait), dict(after.traits).get(trait)
            past = [(at, traits) for at, traits, order in seen if order < series.index(after)]
            first = series[: series.index(after)]
            had = [trait in dict(one.traits) for one in first]
            goes = before.aspect is Aspect.KEYS and new is None and False not in had[had.index(True) :]
            earlier = [at for at, traits in past if (traits == dict(after.traits) if goes else traits.get(trait) == new)]
            if old != new and not any(after.since_us - at <= WEEK for at in earlier):
                found.add((trait, after.since_us, old, new))
    return found


def _instants(series: list[Sighting]) -> list[tuple[int, dict[str, str], int]]:
    """Return when each form was seen: where a sighting began, and where the next one says that it
    was seen last.
    """
    seen = []
    for number, (one, following) in enumerate(zip(series, [*series[1:], None], strict=True)):
        seen.append((one.since_us, dict(one.traits), number))
        if following is not None:
            seen.append((max(one.since_us, min(following.before_us or 0, following.since_us)), dict(one.traits), number))
    return seen
