"""Computes the annual figures of hubs at an instant: two windows, a few look-ups each.

The cost does not grow with history, so this may run often: every interval carries the sums of the
time before it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from probe.core.judgement.subject import CONDITIONS, HUB, journey_of
from probe.core.sla.availability import Figure, figure
from probe.core.sla.correction import corrected, excluded, not_withdrawn
from probe.core.sla.window import ROLLING, YEAR, Window, civil_year, rolling, year_of
from probe.ledger.figures import fast_sqlite
from probe.ledger.figures import tracks as figures
from probe.ledger.figures.staleness import idps_of, lapsed
from probe.ledger.figures.tracks import Run


class Annual(NamedTuple):
    """The figures of a hub over one window.

    `figure`: after corrections. `before`: without them. `condition_down_us`: the down time of each
    condition, after corrections. `idps`: the figure of each IdP, after corrections.
    """

    figure: Figure
    before: Figure
    condition_down_us: Mapping[str, int]
    idps: Mapping[str, Figure]


@contextmanager
def reading(store: Path | str) -> Iterator[Run]:
    """Give a function that runs statements on one instant of the ledger, in the quickest way.

    Raises LedgerError.
    """
    with ExitStack() as opened:
        run = opened.enter_context(fast_sqlite.reading(store))
        if run is None:
            from probe.ledger.figures.runs import reading as reading_any

            run = opened.enter_context(reading_any(store))
        yield run


def windows(now_us: int) -> dict[str, Window]:
    """Return the reported windows: the 365 days that end now, and the current civil year."""
    return {ROLLING: rolling(now_us), YEAR: civil_year(year_of(now_us), now_us)}


def annual(run: Run, hubs: Iterable[str], now_us: int) -> dict[str, dict[str, Annual]]:
    """Return, by hub and window, the figures at `now_us`."""
    contents = figures.memories(run)
    lapses = lapsed(contents.values(), now_us)
    by_hub: dict[str, dict[str, Annual]] = {}
    for hub in hubs:
        idps = idps_of(contents[hub]) if hub in contents else []
        tracks = figures.tracks(run, hub, (HUB, *CONDITIONS, *map(journey_of, idps)), lapses)
        records = not_withdrawn(figures.corrections(run, hub))
        holes = excluded(records)
        pieces = {name: corrected(tracks, name, records) for name in tracks}
        by_hub[hub] = {}
        for name, window in windows(now_us).items():
            after = {subject: figure(tracks[subject], window, corrected=pieces[subject], excluded=holes) for subject in tracks}
            before = figure(tracks[HUB], window)
            downs = {condition: after[condition].down_us for condition in CONDITIONS}
            by_hub[hub][name] = Annual(after[HUB], before, downs, {idp: after[journey_of(idp)] for idp in idps})
    return by_hub
