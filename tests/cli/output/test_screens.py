"""What the commands show at three widths in both languages is what the files in `screens` hold."""

from pathlib import Path

import pytest

from tests.cli.output.screens import FOLDER, LANGUAGES, WIDTHS, screens


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_is_as_it_was_looked_at(tmp_path: Path, language: str) -> None:
    """`python -m tests.cli.output.screens` writes the files anew."""
    shown = dict(screens(tmp_path, language))
    assert sorted(shown) == sorted(f"{language}-{width}.txt" for width in WIDTHS)
    for name, text in shown.items():
        assert text == (FOLDER / name).read_text(encoding="utf-8")
        width = int(name.removesuffix(".txt").split("-")[1])
        assert [line for line in text.splitlines() if len(line) > width and not line.startswith("$ ")] == []
        assert "…" not in text
