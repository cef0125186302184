"""Decides which sightings one prober puts on record, so that a day costs a few rows.

A journey a minute sees the same form again and again. On record goes the first sighting of each day
(UTC), and each one that differs from the sighting before it. What alternates is recorded
`MOST_RETURNS` times a day, and of `MOST_VARIANTS` forms at most: enough to tell that it alternates.

What is read off a page is doubted. A trait counts once two journeys saw it: a field that has
another name each time never does. The form that such traits make counts once two journeys saw it: a
page that was cut short leaves no trace. A journey that saw a trait for the first time waits for the
next one to tell; only where journey after journey sees such traits do the others count without
them. So it is where one form after the other is seen but once, as an id that lasts two journeys
makes it: what two of them share counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from probe.core.judgement.sighting import PAGES, Aspect, Sighting, Trait
from probe.core.times import DAY_US

MOST_RETURNS = 2
MOST_VARIANTS = 10
_MOST_ONCE = 2_000  # traits, or forms, that were seen once

T = TypeVar("T")
_Form = tuple[Trait, ...]


class _SeenTwice(Generic[T]):
    """Tells what was seen by two journeys, and when the first of them was."""

    def __init__(self) -> None:
        self._once: dict[T, int] = {}
        self._since_us: dict[T, int] = {}

    def see(self, thing: T, at_us: int) -> int | None:
        """Take a sight of a thing in. Return when it was seen first; None when this is the first
        time.
        """
        if thing not in self._since_us:
            first_us = self._once.pop(thing, None)
            if first_us is None:
                if len(self._once) >= _MOST_ONCE:
                    self._once.clear()
                self._once[thing] = at_us
                return None
            self._since_us[thing] = first_us
        return self._since_us[thing]

    def forget(self, but: Iterable[T]) -> None:
        """Forget what counts, but for these things."""
        self._since_us = {thing: self._since_us[thing] for thing in but if thing in self._since_us}


@dataclass(slots=True)
class _Watched:
    """What was seen of one place on one basis. `recorded` is of the day.

    The others are for pages: which traits and forms were seen twice, whether the last journey saw a
    trait for the first time, and the form that was seen last and but once, with when.
    """

    day: int = -1
    last: _Form | None = None
    last_us: int = 0
    recorded: Counter[_Form] = field(default_factory=Counter)
    traits: _SeenTwice[Trait] = field(default_factory=_SeenTwice)
    forms: _SeenTwice[_Form] = field(default_factory=_SeenTwice)
    doubted: bool = False
    unconfirmed: tuple[_Form, int] | None = None


class Novelty:
    """What one prober has seen of one hub since it started."""

    def __init__(self) -> None:
        self._places: dict[tuple[Aspect, str, str], _Watched] = {}

    def worth_recording(self, sightings: Iterable[Sighting], at_us: int) -> tuple[Sighting, ...]:
        """Return those of a journey's sightings that go on record, with their instants.

        `at_us` is when the journey saw them.
        """
        return tuple(self._new(sightings, at_us))

    def _new(self, sightings: Iterable[Sighting], at_us: int) -> Iterator[Sighting]:
        for sighting in sightings:
            key = sighting.aspect, sighting.place, sighting.basis
            if (watched := self._places.get(key)) is None:
                watched = self._places[key] = _Watched()
            if watched.day != at_us // DAY_US:
                _begin_day(watched, at_us // DAY_US)
            since_us: int | None = at_us
            if sighting.aspect in PAGES:
                sighting, since_us = _without_doubt(watched, sighting, at_us)
            if since_us is None:
                continue
            form = sighting.traits
            others_us = watched.last_us if watched.last not in (None, form) else None
            returned = watched.last != form
            watched.last, watched.last_us = form, at_us
            if _goes_on_record(watched, form, returned=returned):
                yield replace(sighting, since_us=since_us if returned else at_us, before_us=others_us)


def _begin_day(watched: _Watched, day: int) -> None:
    kept = [*watched.recorded, *([watched.last] if watched.last else [])]
    watched.day = day
    watched.recorded.clear()
    watched.forms.forget(kept)
    watched.traits.forget(trait for form in kept for trait in form)


def _without_doubt(watched: _Watched, sighting: Sighting, at_us: int) -> tuple[Sighting, int | None]:
    """Return the sighting of a page with the traits that count, and since when it is known.

    None: this form of the page is seen for the first time.
    """
    known = {trait: first_us for trait in sighting.traits if (first_us := watched.traits.see(trait, at_us)) is not None}
    counted = replace(sighting, traits=tuple(known))
    doubted, watched.doubted = watched.doubted, len(known) < len(sighting.traits)
    if watched.doubted and not doubted:
        return counted, None
    first_us, earlier = watched.forms.see(counted.traits, at_us), watched.unconfirmed
    if not watched.doubted:
        watched.unconfirmed = (counted.traits, at_us) if first_us is None else None
    if first_us is None and earlier is not None and not watched.doubted:
        shared, first_us = set(earlier[0]), earlier[1]
        counted = replace(counted, traits=tuple(trait for trait in counted.traits if trait in shared))
    form = counted.traits
    if first_us is None or form == watched.last or watched.recorded[form]:
        return counted, None if first_us is None else at_us
    before = frozenset(watched.last or ())
    return counted, max((known[trait] for trait in counted.traits if trait not in before), default=first_us)


def _goes_on_record(watched: _Watched, form: _Form, *, returned: bool) -> bool:
    times = watched.recorded[form]
    if times == 0 and sum(count > 0 for count in watched.recorded.values()) >= MOST_VARIANTS:
        return False
    if times and not (returned and times < MOST_RETURNS):
        return False
    watched.recorded[form] += 1
    return True
