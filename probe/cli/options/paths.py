"""Where the configuration is."""

import os
from contextlib import suppress
from pathlib import Path


def demo_folder() -> Path:
    """Where the demo keeps its configuration, secrets and ledger (XDG Base Directory: state; a relative path there counts for nothing)."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = named if named.is_absolute() else Path("~/.local/state")
    with suppress(RuntimeError):  # a user without a home: the path stays as it is
        base = base.expanduser()
    return base / "vigie" / "demo"


def config_path(given: Path | None) -> Path:
    """`--config`, else VIGIE_CONFIG, else ./vigie.yml, else the demo's own."""
    if given is not None:
        return given
    if named := os.environ.get("VIGIE_CONFIG"):
        return Path(named)
    here = Path("vigie.yml")
    demo = demo_folder() / "vigie.yml"
    return demo if demo.is_file() and not here.is_file() else here
