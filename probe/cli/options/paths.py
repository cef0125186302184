"""Finds the configuration's file."""

import os
from contextlib import suppress
from pathlib import Path


def demo_folder() -> Path:
    """Return the folder of the demo's configuration, secrets and ledger.

    It is in the state folder of the XDG Base Directory Specification, which ignores a relative
    path.
    """
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = named if named.is_absolute() else Path("~/.local/state")
    with suppress(RuntimeError):  # a user without a home: the path stays as it is
        base = base.expanduser()
    return base / "vigie" / "demo"


def config_path(given: Path | None) -> Path:
    """Return the value of `--config`, else VIGIE_CONFIG, else ./vigie.yml, else the demo's own
    file.
    """
    if given is not None:
        return given
    if named := os.environ.get("VIGIE_CONFIG"):
        return Path(named)
    here = Path("vigie.yml")
    demo = demo_folder() / "vigie.yml"
    return demo if demo.is_file() and not here.is_file() else here
