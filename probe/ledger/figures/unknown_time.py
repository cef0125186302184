"""Says why time was unknown: by the journeys that started in its longest spans."""

from collections.abc import Iterable, Iterator

from probe.core.judgement.subject import Subject
from probe.core.judgement.unknown_part import PastUnknown, StartedJourney, UnknownPart, joined, parts_of_span
from probe.core.sla.statement import Settings
from probe.core.sla.window import Span
from probe.ledger.figures.tracks import Run, settings

SPANS = 20
"""Spans of a hub that are looked at: the longest ones."""
SPANS_OF_IDP = 5
"""Spans of each of its IdPs that are looked at."""
REASONS = 4
"""Reasons that are told."""
_JOURNEYS = 2_000  # of one span that are looked at: its first ones

_OLDEST = "SELECT min(started_us) FROM observation"
_SEEN = """SELECT started_us, finished_us, interval_us, outcome, reason FROM (
               SELECT started_us, finished_us, interval_us, outcome, reason, hub, kind, client FROM observation
               WHERE started_us >= :start AND started_us < :last ORDER BY started_us LIMIT :most
           ) AS seen
           WHERE hub = :hub AND kind <> 'control' AND kind <> 'negative' AND coalesce(client, '') = :client ORDER BY started_us"""
_SEEN_OF_IDP = """SELECT started_us, finished_us, interval_us, outcome, reason FROM observation
                  WHERE hub = :hub AND kind IN ('identity', 'login-page') AND idp = :idp AND coalesce(client, '') = :client
                  AND started_us >= :start AND started_us < :last ORDER BY started_us LIMIT :most"""


def unknown_parts(run: Run, hub: str, subject: str, spans: Iterable[Span], unknown_us: int) -> list[UnknownPart]:
    """Return why `unknown_us` microseconds were unknown of a subject, the longest parts first.

    `spans`: the unknown ones. Those of which no observation is kept are told so. A journey vouched
    for as many of its intervals as the hub's setting said when it started.
    """
    looked = sorted(spans, key=lambda span: span.start_us - span.end_us)[:SPANS]
    return joined(_looked_at(run, hub, Subject.parse(subject), looked), unknown_us, REASONS) if looked and unknown_us else []


def _looked_at(run: Run, hub: str, subject: Subject, spans: Iterable[Span]) -> Iterator[UnknownPart]:
    oldest_us, set_at = next(iter(run(_OLDEST, {})))[0], settings(run, hub)
    query, of = (_SEEN, {}) if subject.idp is None else (_SEEN_OF_IDP, {"idp": subject.name})
    for span in spans:
        if oldest_us is None or span.end_us <= oldest_us:
            yield UnknownPart(PastUnknown.GONE, None, span.end_us - span.start_us)
            continue
        within = {"hub": hub, "client": subject.seen_by, "start": span.start_us, "last": span.end_us, "most": _JOURNEYS}
        seen = list(run(query, {**of, **within}))
        journeys = [
            StartedJourney(at_us, finished_us + _vouches(set_at, at_us) * interval_us, outcome, why)
            for at_us, finished_us, interval_us, outcome, why in seen
        ]
        if len(seen) == _JOURNEYS:  # there are more, so it went on
            journeys[-1] = journeys[-1]._replace(until_us=span.end_us)
        yield from parts_of_span(span.start_us, span.end_us, journeys)


def _vouches(set_at: Settings, at_us: int) -> int:
    """Return for how many intervals a journey that started then vouched; 0 before any setting."""
    return next((spec.vouches for since_us, spec in reversed(set_at) if since_us <= at_us), 0)
