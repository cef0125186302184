"""Makes every figure of a hub and its IdPs over one window, before and after corrections.

Instants are UTC microseconds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from probe.core.judgement.spec import Edge, HubSpec
from probe.core.judgement.subject import C1, C2, C3, HUB, Subject, journey_of
from probe.core.sla.availability import CorrectedSpan, Figure, Track, figure
from probe.core.sla.correction import Correction, corrected, excluded
from probe.core.sla.down_time import Precision, counted_edges, downs, edges, longest_allowed, oldest_leaves
from probe.core.sla.goal import CONTRACT, Goal
from probe.core.sla.window import Span, Window, months


class Month(NamedTuple):
    """One civil month's part of the window (Europe/Paris)."""

    year: int
    month: int
    figure: Figure


class SubjectStatement(NamedTuple):
    """All figures of one subject over a window.

    `before`: the figure without corrections and excluded windows; the same one when there are none.
    """

    subject: str
    figure: Figure
    before: Figure
    edges: int
    edge_uncertainty_us: int
    oldest_leaves_us: int | None  # when the oldest outage will have left a sliding window
    longest_allowed_us: int  # the longest outage, from now on, within the budget
    months: tuple[Month, ...]

    @property
    def amended(self) -> bool:
        return self.figure != self.before


Settings = Sequence[tuple[int, HubSpec]]
"""A hub's settings with the instant they took effect, in the order of recording."""


class EdgeRule(NamedTuple):
    """Where outages end, by the settings in force from an instant on (UTC microseconds)."""

    since_us: int
    edge: Edge


def edge_rules(settings: Settings, window: Window) -> list[EdgeRule]:
    """Return where outages ended in a window, each rule with its beginning within the window.

    More than one: the figure is made of time that was judged by different rules.
    """
    rules: list[EdgeRule] = []
    for at_us, spec in _effective(settings):
        if at_us >= window.end_us:
            break
        if at_us <= window.start_us:
            rules = [EdgeRule(window.start_us, spec.edge)]
        elif not rules or rules[-1].edge is not spec.edge:
            rules.append(EdgeRule(at_us, spec.edge))
    return rules


def line(
    tracks: Mapping[str, Track],
    subject: str,
    window: Window,
    records: Sequence[Correction],
    settings: Settings,
    *,
    goal: Goal = CONTRACT,
    monthly: bool = True,
) -> SubjectStatement:
    """Return all figures of one subject; those of its months only when `monthly`.

    `records`: those of the hub that were not withdrawn (`correction.not_withdrawn`).
    """
    track, pieces, holes = tracks[subject], corrected(tracks, subject, records), excluded(records)
    counted = figure(track, window, corrected=pieces, excluded=holes, goal=goal)
    still_down = partial(downs, track, window, corrected=pieces, excluded=holes)
    known = precisions(subject, settings)
    plain = subject != HUB and not pieces and not holes
    count, uncertainty = counted_edges(track, window, known) if plain else edges(track, window, known, corrected=pieces, excluded=holes)
    return SubjectStatement(
        subject,
        counted,
        figure(track, window, goal=goal) if pieces or holes else counted,
        count,
        uncertainty,
        oldest_leaves(still_down(), window, partial(_up_between, track, pieces)),
        longest_allowed(still_down(), window, counted.budget_left_us),
        tuple(_months(track, window, pieces, holes)) if monthly else (),
    )


def _up_between(track: Track, pieces: Iterable[CorrectedSpan], start: int, end: int) -> bool:
    spent = figure(track, Window("", start, end, end - start), corrected=[piece for piece in pieces if piece.start_us < end])
    return spent.up_us > 0


def _months(track: Track, window: Window, pieces: Iterable[CorrectedSpan], holes: Iterable[Span]) -> Iterator[Month]:
    for year, month, part in months(window):
        yield Month(year, month, figure(track, Window("month", *part, part.end_us - part.start_us), corrected=pieces, excluded=holes))


def precisions(subject: str, settings: Settings) -> list[Precision]:
    """Return how precisely edges were known, from one change of the settings to the next.

    Imported time was not watched by our probes.
    """
    return [Precision(at_us, partial(interval_us, spec, subject)) for at_us, spec in _effective(settings)]


def _effective(settings: Settings) -> list[tuple[int, HubSpec]]:
    """Return the settings that were in force, by their instants, ascending."""
    effective: list[tuple[int, HubSpec]] = []
    for at_us, spec in settings:
        while effective and effective[-1][0] >= at_us:  # the wall clock was set back
            effective.pop()
        effective.append((at_us, spec))
    return effective


def interval_us(spec: HubSpec, subject: str, condition: str | None) -> int:
    """Return the interval of the probes that see an edge of a subject, in microseconds.

    It is the longest where several do, and 0 for an IdP that was not watched then.
    """
    about = Subject.parse(subject)
    if about.seen_by:
        seen = spec.as_seen_by(about.seen_by)
        return 0 if seen is None else interval_us(seen, HUB if about.idp is None else journey_of(about.idp), condition)
    mire = spec.mire_us
    identities = [idp.interval_us for idp in spec.idps if idp.identity]
    offered = [idp.interval_us for idp in spec.idps if not idp.control]
    of = {C1: mire, C2: max(identities, default=0), C3: max([mire, *offered])}
    if subject == HUB:
        return of[condition] if condition in of else max(of.values())
    return of[subject] if subject in of else max((idp.interval_us for idp in spec.idps if journey_of(idp.name) == subject), default=0)
