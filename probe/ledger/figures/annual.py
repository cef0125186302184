"""The annual figures of hubs at this very instant, for whoever asks often: two windows, a handful of look-ups each.

Its cost does not grow with history: every interval carries the sums of what came before it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from probe.core.judgement.subject import CONDITIONS, HUB, journey_of
from probe.core.sla.availability import ROLLING, YEAR, Figure, Window, civil_year, figure, rolling, year_of
from probe.core.sla.correction import corrected, excluded, not_withdrawn
from probe.ledger.figures import fast_sqlite
from probe.ledger.figures import tracks as figures
from probe.ledger.figures.staleness import idps_of, lapsed
from probe.ledger.figures.tracks import Run


class Annual(NamedTuple):
    """A hub over one window, after corrections and before them; and, after them, the down time of each condition, and each IdP."""

    figure: Figure
    before: Figure
    condition_down_us: Mapping[str, int]
    idps: Mapping[str, Figure]


@contextmanager
def reading(store: Path | str) -> Iterator[Run]:
    """What runs statements on one instant of the ledger, the quickest way there is. Raises LedgerError."""
    with ExitStack() as opened:
        run = opened.enter_context(fast_sqlite.reading(store))
        if run is None:
            from probe.ledger.figures.runs import reading as reading_any

            run = opened.enter_context(reading_any(store))
        yield run


def windows(now_us: int) -> dict[str, Window]:
    """The windows that are always told: the 365 days that end now, and the civil year under way."""
    return {ROLLING: rolling(now_us), YEAR: civil_year(year_of(now_us), now_us)}


def annual(run: Run, hubs: Iterable[str], now_us: int) -> dict[str, dict[str, Annual]]:
    """(hub, window) -> its figures at `now_us`."""
    contents = figures.memories(run)
    lapses = lapsed(contents.values(), now_us)
    found: dict[str, dict[str, Annual]] = {}
    for hub in hubs:
        idps = idps_of(contents[hub]) if hub in contents else []
        tracks = figures.tracks(run, hub, (HUB, *CONDITIONS, *map(journey_of, idps)), lapses)
        records = not_withdrawn(figures.corrections(run, hub))
        holes = excluded(records)
        pieces = {name: corrected(tracks, name, records) for name in tracks}
        found[hub] = {}
        for name, window in windows(now_us).items():
            after = {subject: figure(tracks[subject], window, corrected=pieces[subject], excluded=holes) for subject in tracks}
            before = figure(tracks[HUB], window)
            downs = {condition: after[condition].down_us for condition in CONDITIONS}
            found[hub][name] = Annual(after[HUB], before, downs, {idp: after[journey_of(idp)] for idp in idps})
    return found
