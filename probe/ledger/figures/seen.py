"""Reads the changes that were seen of the hubs, each beside its announcement."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from probe.core.judgement.sighting import Aspect, Sighting, Trait
from probe.core.radar.change import ChangeKind, SeenChange, seen_changes, without_repetitions
from probe.core.radar.notice import NoticedChange, noticed
from probe.errors import LedgerError
from probe.ledger.figures import tracks
from probe.ledger.figures.tracks import Run

_SIGHTINGS = "SELECT hub, aspect, place, basis, since_us, before_us, form, traits FROM sighting ORDER BY seq"
_LAST = "SELECT max(seq) FROM sighting"

Announced = Callable[[str], Collection[ChangeKind]]
"""Gives the kinds of changes that a hub must announce."""


class WatchedPart(NamedTuple):
    """A part of a hub's outward form that is watched: since when, and when it was recorded last."""

    aspect: Aspect
    place: str
    since_us: int
    last_us: int


def sightings(run: Run) -> dict[str, list[Sighting]]:
    """Return all sightings, by hub. Raises LedgerError when Vigie did not write them."""
    by_hub: dict[str, list[Sighting]] = {}
    try:
        for hub, sighting in _read(run):
            by_hub.setdefault(hub, []).append(sighting)
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"the ledger holds what Vigie did not write ({type(error).__name__})") from error
    return by_hub


def _read(run: Run) -> Iterator[tuple[str, Sighting]]:
    forms: dict[str, tuple[Trait, ...]] = {}
    for hub, aspect, place, basis, since_us, before_us, form, traits in run(_SIGHTINGS, {}):
        listed: Any = json.loads(traits) if isinstance(traits, str) else traits
        if listed is not None:
            forms[form] = tuple((str(name), str(value)) for name, value in listed)
        yield hub, Sighting(Aspect(aspect), place, forms[form], basis, since_us, before_us)


def noticed_changes(run: Run, announced: Announced) -> dict[str, list[NoticedChange]]:
    """Return the changes that were seen, by hub. Raises LedgerError."""
    return SeenChanges().read(run, announced)


def watched(found: Collection[Sighting]) -> list[WatchedPart]:
    """Return the parts of a hub's outward form that were ever seen."""
    instants: dict[tuple[Aspect, str], list[int]] = {}
    for one in found:
        instants.setdefault((one.aspect, one.place), []).append(one.since_us)
    return [WatchedPart(aspect, place, min(of), max(of)) for (aspect, place), of in sorted(instants.items())]


class SeenChanges:
    """Reads the changes again only when there are new sightings.

    One thread at a time may use it.
    """

    def __init__(self) -> None:
        self._upto = -1
        self._changes: Mapping[str, list[SeenChange]] = {}

    def read(self, run: Run, announced: Announced) -> dict[str, list[NoticedChange]]:
        """Return the changes that were seen, by hub. Raises LedgerError."""
        last = next(iter(run(_LAST, {})))[0] or 0
        if last != self._upto:
            self._changes = {hub: without_repetitions(seen_changes(found)) for hub, found in sightings(run).items()}
            self._upto = last
        announcements = tracks.changes(run)
        return {
            hub: noticed(changes, (one for one in announcements if one.hub == hub), announced(hub))
            for hub, changes in self._changes.items()
        }
