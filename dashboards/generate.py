"""All dashboards, as the files that Grafana reads."""

import json
from collections.abc import Mapping
from pathlib import Path

from dashboards import annual, idp, on_call, support, watch
from dashboards.say import spoken
from probe.texts.bilingual import Language

BOARDS = (on_call.BOARD, idp.BOARD, annual.BOARD, support.BOARD, watch.BOARD)
FOLDER = Path(__file__).parent / "json"
"""Where the committed ones are, in French."""
RUNBOOKS = "http://127.0.0.1:9090/user"
"""Where Prometheus serves the folder docs/runbooks (`--web.user-assets`), as the alerts' own links have it."""


def files(language: Language = Language.FR, runbooks: str = RUNBOOKS) -> Mapping[str, str]:
    """The text of each file by its name. `runbooks` is the address of the folder of runbooks."""
    return {f"{board.uid}.json": _written(spoken(board.drawn(BOARDS, runbooks.rstrip("/")), language)) for board in BOARDS}


def _written(dashboard: object) -> str:
    return json.dumps(dashboard, ensure_ascii=False, indent=2) + "\n"


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Write the files into `folder`, which is made where it is not there. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def differing(folder: Path, made: Mapping[str, str]) -> list[str]:
    """The names of the files in `folder` that are not what would be made, missing and left-over ones included. Raises OSError."""
    there = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.json")}
    return sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))
