"""Finds the configuration's file."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from probe.errors import InputError
from probe.texts.bilingual import Text

HERE = "vigie.yml"
OWN = "Configuration. Default: VIGIE_CONFIG, else ./vigie.yml."
ELSE_THE_DEMOS = "Configuration. Default: VIGIE_CONFIG, else ./vigie.yml, else the demo's own."
_FALLBACK = Text(
    "Aucune configuration n'est nommée, et il n'y a pas de ./vigie.yml : celle de la démonstration est lue, {path} (historique : {store})",
    "No configuration is named, and there is no ./vigie.yml: the demo's is read, {path} (ledger: {store})",
)


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
    file: for a command that only reads.

    Raises InputError where there is none of them.
    """
    return demo_configuration() if falls_back(given) else own_config_path(given)


def falls_back(given: Path | None) -> bool:
    """Tell whether a command that only reads takes the demo's configuration, which nobody named."""
    named = given is not None or os.environ.get("VIGIE_CONFIG")
    return not named and not Path(HERE).exists() and demo_configuration().is_file()


def own_config_path(given: Path | None) -> Path:
    """Return the value of `--config`, else VIGIE_CONFIG, else ./vigie.yml: for a command that
    watches, logs in or writes. It must not take up the demo's federation, which is gone.

    Raises InputError where nothing is named and ./vigie.yml is not there.
    """
    named = os.environ.get("VIGIE_CONFIG")
    if given is None and not named and not Path(HERE).exists():
        raise InputError("there is no ./vigie.yml: make one with `vigie init`, name one with --config or VIGIE_CONFIG, or try `vigie demo`")
    return given or Path(named or HERE)


def tell_fallback(given: Path | None, store: Path | str, language: str) -> None:
    """Say on standard error that the demo's configuration and ledger are read, where they are."""
    if falls_back(given):
        said = _FALLBACK.format(path=demo_configuration(), store=store if isinstance(store, Path) else "PostgreSQL")
        click.echo(said.in_language(language), err=True)


def named_configuration(arguments: Sequence[str]) -> Path:
    """Return the configuration that the arguments name, or the one that would be read."""
    for number, argument in enumerate(arguments):
        if argument.startswith("--config="):
            return Path(argument.removeprefix("--config="))
        if argument == "--config" and number + 1 < len(arguments):
            return Path(arguments[number + 1])
    return demo_configuration() if falls_back(None) else Path(os.environ.get("VIGIE_CONFIG") or HERE)
