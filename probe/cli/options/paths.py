"""Finds the configuration's file."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from probe.errors import InputError


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


def demo_configuration() -> Path:
    """Return the demo's configuration, which need not be there."""
    return demo_folder() / "vigie.yml"


def config_path(given: Path | None) -> Path:
    """Return the value of `--config`, else VIGIE_CONFIG, else ./vigie.yml, else the demo's own
    file: for a command that reads.
    """
    path = own_config_path(given)
    demo = demo_configuration()
    named = given is not None or os.environ.get("VIGIE_CONFIG")
    return path if named or path.is_file() or not demo.is_file() else demo


def own_config_path(given: Path | None) -> Path:
    """Return the value of `--config`, else VIGIE_CONFIG, else ./vigie.yml: for a command that
    watches, and must not take up the demo's federation, which is gone.
    """
    return given or Path(os.environ.get("VIGIE_CONFIG") or "vigie.yml")


def existing_config_path(given: Path | None) -> Path:
    """Return the same. Raises InputError where nothing is named and ./vigie.yml is not there."""
    path = own_config_path(given)
    if given is None and not os.environ.get("VIGIE_CONFIG") and not path.exists():
        raise InputError("there is no ./vigie.yml: name a configuration with --config or VIGIE_CONFIG, or try `vigie demo`")
    return path


def named_configuration(arguments: Sequence[str]) -> Path:
    """Return the configuration that the arguments name, or the one that would be read."""
    for number, argument in enumerate(arguments):
        if argument.startswith("--config="):
            return Path(argument.removeprefix("--config="))
        if argument == "--config" and number + 1 < len(arguments):
            return Path(arguments[number + 1])
    return config_path(None)
