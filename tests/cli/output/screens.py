"""What the commands show on a terminal, as files: `python -m tests.cli.output.screens` writes them
anew, and the difference is read before it is committed.

A fixed ledger, a fixed clock, three widths, two languages.
"""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog
from click.testing import CliRunner

from probe.cli import main
from probe.clock import SystemClock
from tests.builders import BEGUN, SECOND, a_day
from tests.fakes.recorder import ImmediateRecorder, ledger

FOLDER = Path(__file__).with_name("screens")
WIDTHS = (60, 80, 120)
LANGUAGES = ("fr", "en")
NOW = BEGUN + 7_200 * SECOND

_CONFIGURATION = """
language: {language}
hubs:
  - name: fc
    title: FranceConnect
    issuer: https://fc.example/api/v2
    sp: {{client_id: abc, client_secret: {{file: nowhere}}, redirect_uri: "https://sp.example/cb"}}
    idps:
      - {{name: ameli, title: Ameli.fr, tile: uid-1, depth: login-page, hosts: [ameli.example]}}
      - {{name: yris, title: L'Identité Numérique d'YRIS, tile: uid-2, depth: login-page, hosts: [yris.example]}}
"""
_WHO = ("--author", "A. Martin")
_PAST = (
    ("incidents", "open", "--hub", "fc", "--title", "Les connexions par Ameli.fr échouent depuis ce matin dans toute la France",
     "--severity", "2", *_WHO),
    ("incidents", "ack", "1", *_WHO),
    ("incidents", "comment", "1", "--text", "Le fournisseur d'identité est prévenu ; il cherche, et rappelle avant midi.", *_WHO),
    ("change", "announce", "--hub", "fc", "--planned", "2026-03-29T08:00:00Z", "--title", "Nouvelle version de la mire", *_WHO),
    ("correct", "fc/C1@2026-01-01T00:01:00.000000Z", "--as", "unknown", "--reason", "Maintenance convenue", *_WHO),
)  # fmt: skip
_SHOWN = (
    ("status",),
    ("outages",),
    ("outages", "fc/ameli@2026-01-01T00:00:12.000000Z"),
    ("observation", "1"),
    ("claims",),
    ("availability",),
    ("availability", "--window", "year=2026"),
    ("incidents", "list", "--all"),
    ("incidents", "show", "1"),
    ("incidents", "report"),
    ("idp", "list"),
    ("idp", "history"),
    ("change", "list"),
    ("change", "seen"),
    ("verify",),
    ("replay",),
)


def screens(folder: Path, language: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each file of a language, and what is to be in it."""
    path = folder / f"{language}.yml"
    path.write_text(_CONFIGURATION.format(language=language) + f"store: {folder / language}.db\n", "utf-8")
    with ledger(folder / f"{language}.db") as engine:
        ImmediateRecorder(engine).keep(a_day())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now_us", lambda _clock: NOW)
        for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "VIGIE_LANG": language}.items():
            patch.setenv(name, value)
        for command in _PAST:
            _call(path, command)
        for width in WIDTHS:
            patch.setenv("COLUMNS", str(width))
            yield f"{language}-{width}.txt", "\n".join(f"$ vigie {' '.join(one)}\n{_call(path, one)}" for one in _SHOWN)


def _call(path: Path, command: tuple[str, ...]) -> str:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    done = CliRunner().invoke(main, [*command, "--config", str(path)], prog_name="vigie", color=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert done.exit_code in (0, 1, 3), (command, done.output, done.exception)
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def write() -> None:
    """Write every file anew."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        for language in LANGUAGES:
            for name, text in screens(Path(folder), language):
                (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
