"""Reads what people stated about an outage: corrections, excluded windows, imports."""

from probe.core.sla.correction import Correction, CorrectionKind, not_withdrawn
from probe.core.sla.window import Span
from probe.ledger.figures import tracks
from probe.ledger.figures.tracks import Ledgered, Run

FOREVER = 1 << 62  # microseconds, later than any instant


class Marks:
    """The corrections, excluded windows and imports of all hubs, at one instant of the ledger."""

    def __init__(self, run: Run) -> None:
        known = tracks.subjects(run)
        self._records = {hub: not_withdrawn(tracks.corrections(run, hub)) for hub in known}
        self._imported = {
            (hub, subject): spans for hub, names in known.items() for subject in names if (spans := Ledgered(run, hub, subject).imported())
        }

    def records(self, hub: str, subject: str, start_us: int, end_us: int | None) -> list[Correction]:
        """Return the corrections and excluded windows that touch an outage."""
        return [
            one
            for one in self._records.get(hub, [])
            if (one.act is CorrectionKind.EXCLUDED or one.covers(subject)) and one.start_us < (end_us or FOREVER) and one.end_us > start_us
        ]

    def imported(self, hub: str, subject: str, start_us: int) -> bool:
        """Return whether an outage that starts then was imported rather than seen."""
        spans: list[Span] = self._imported.get((hub, subject), [])
        return any(span.start_us <= start_us < span.end_us for span in spans)
