"""Says what people stated about an outage: corrections, excluded windows, imports."""

from collections.abc import Mapping
from typing import Any

from probe.cli.output.availability_texts import FigureTexts
from probe.core.judgement.timeline import Outage
from probe.core.sla.correction import Correction, CorrectionKind, not_withdrawn
from probe.core.sla.window import Span
from probe.core.times import rfc3339
from probe.ledger.figures import tracks
from probe.ledger.figures.corrections import subject_label
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
        """The corrections and excluded windows that touch an outage."""
        return [
            one
            for one in self._records.get(hub, [])
            if (one.act is CorrectionKind.EXCLUDED or one.covers(subject)) and one.start_us < (end_us or FOREVER) and one.end_us > start_us
        ]

    def imported(self, hub: str, subject: str, start_us: int) -> bool:
        """Whether an outage that starts then was imported rather than seen."""
        spans: list[Span] = self._imported.get((hub, subject), [])
        return any(span.start_us <= start_us < span.end_us for span in spans)

    def as_json(self, hub: str, subject: str, start_us: int, end_us: int | None) -> Mapping[str, Any]:
        """Return them as values of JSON. `id` is the name that `vigie correct` takes."""
        return {
            "id": f"{hub}/{subject_label(subject)}@{rfc3339(start_us)}",
            "corrections": [{"number": one.seq, "as": one.act.value} for one in self.records(hub, subject, start_us, end_us)],
            "imported": self.imported(hub, subject, start_us),
        }

    def label(self, outage: Outage, language: str) -> str:
        """Return them for people; empty when nothing was stated."""
        said = FigureTexts(language)
        stated = self.records(outage.hub, outage.subject, outage.start_us, outage.end_us)
        parts = [f"{said.acts[one.act]} (n° {one.seq})" for one in stated]
        return ", ".join(parts + ([said.was_imported] if self.imported(outage.hub, outage.subject, outage.start_us) else []))
