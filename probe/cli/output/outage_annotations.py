"""Says what people stated about an outage: corrections, excluded windows, imports."""

from probe.cli.output.availability_texts import FigureTexts
from probe.core.judgement.past import PastOutage
from probe.core.sla.correction import CorrectionKind


def label(past: PastOutage, language: str) -> str:
    """Return what was stated, for people; empty when nothing was."""
    said = FigureTexts(language)
    parts = [f"{said.acts[CorrectionKind(act)]} (n° {number})" for number, act in past.corrections]
    return ", ".join(parts + ([said.was_imported] if past.imported else []))
