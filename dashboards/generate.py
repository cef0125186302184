"""Makes the files of all dashboards, which Grafana reads."""

import json
from collections.abc import Mapping
from pathlib import Path

from dashboards import annual, idp, on_call, support, watch
from dashboards.translation import translated
from probe.texts.bilingual import Language

BOARDS = (on_call.BOARD, idp.BOARD, annual.BOARD, support.BOARD, watch.BOARD)
FOLDER = Path(__file__).parent / "json"
"""The folder of the committed files, which are in French."""
RUNBOOKS = "http://127.0.0.1:9090/user"
"""The address at which Prometheus serves docs/runbooks (`--web.user-assets`), as in the alerts."""


def files(language: Language = Language.FR, runbooks: str = RUNBOOKS) -> Mapping[str, str]:
    """Return the text of each file by its name.

    `runbooks` is the address of the folder of runbooks.
    """
    return {f"{board.uid}.json": _written(translated(board.drawn(BOARDS, runbooks.rstrip("/")), language)) for board in BOARDS}


def _written(dashboard: object) -> str:
    return json.dumps(dashboard, ensure_ascii=False, indent=2) + "\n"


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Write the files into `folder`, which is made if it does not exist. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def differing(folder: Path, made: Mapping[str, str]) -> list[str]:
    """Return the names of the files in `folder` that differ, including missing and extra ones.

    Raises OSError.
    """
    there = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.json")}
    return sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))
