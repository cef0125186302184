"""Says why time was unknown: by the journeys that started in its longest spans."""

from collections.abc import Iterable, Iterator

from probe.core.judgement.unknown_part import PastUnknown, StartedJourney, UnknownPart, joined, parts_of_span
from probe.core.sla.window import Span
from probe.ledger.figures.tracks import Run

SPANS = 20
"""Spans that are looked at: the longest ones."""
REASONS = 4
"""Reasons that are told."""
_JOURNEYS = 2_000  # of one span that are looked at: its first ones

_OLDEST = "SELECT min(started_us) FROM observation"
_SEEN = """SELECT started_us, interval_us, outcome, reason FROM (
               SELECT started_us, interval_us, outcome, reason, hub, kind FROM observation
               WHERE started_us >= :start AND started_us < :last ORDER BY started_us LIMIT :most
           ) AS seen WHERE hub = :hub AND kind <> 'control' AND kind <> 'negative' ORDER BY started_us"""
_VOUCHES = 3  # intervals, as the judgement has it by default


def unknown_parts(run: Run, hub: str, spans: Iterable[Span], unknown_us: int) -> list[UnknownPart]:
    """Return why `unknown_us` microseconds were unknown, the longest parts first.

    `spans`: the unknown ones. Those of which no observation is kept are told so.
    """
    looked = sorted(spans, key=lambda span: span.start_us - span.end_us)[:SPANS]
    return joined(_looked_at(run, hub, looked), unknown_us, REASONS) if looked and unknown_us else []


def _looked_at(run: Run, hub: str, spans: Iterable[Span]) -> Iterator[UnknownPart]:
    oldest_us = next(iter(run(_OLDEST, {})))[0]
    for span in spans:
        if oldest_us is None or span.end_us <= oldest_us:
            yield UnknownPart(PastUnknown.GONE, None, span.end_us - span.start_us)
            continue
        seen = list(run(_SEEN, {"hub": hub, "start": span.start_us, "last": span.end_us, "most": _JOURNEYS}))
        journeys = [StartedJourney(at_us, at_us + _VOUCHES * interval, outcome, why) for at_us, interval, outcome, why in seen]
        if len(seen) == _JOURNEYS:  # there are more, so it went on
            journeys[-1] = journeys[-1]._replace(until_us=span.end_us)
        yield from parts_of_span(span.start_us, span.end_us, journeys)
