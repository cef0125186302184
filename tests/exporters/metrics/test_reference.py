"""docs/metrics.md is what the table of names gives."""

from pathlib import Path

from exporters.metrics import reference


def test_the_document_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert written == reference.reference(), "run: python -m exporters.metrics.reference > docs/metrics.md"
