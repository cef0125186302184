"""The options `--config` and `--json`, and the reader of the configured ledger."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from probe.cli.options.language import for_reader
from probe.cli.options.paths import ELSE_THE_DEMOS, OWN, config_path, own_config_path, tell_fallback
from probe.config.load import load, load_alone
from probe.config.models import Config
from probe.config.secrets import store_address
from probe.core.judgement.corroboration import Neighbours
from probe.errors import LedgerError
from probe.ledger.db.store import open_store
from probe.ledger.memory import recall
from probe.ledger.past import Past
from probe.ledger.reader import Reader

Read = Callable[[click.Context, click.Parameter, Path | None], Config]


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The `--config` option, for a command that only reads the ledger: it gets a `Config`.

    The secrets and certificates that the configuration names are not looked for: a reader of the
    ledger need not have them, and a missing one must hide no outage.
    """

    def read(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Config:
        config = load_alone(config_path(value))
        tell_fallback(value, config.store, config.language)
        return config

    return _option(read, ELSE_THE_DEMOS)(command)


def own_config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same, for a command that writes the ledger: it never takes the demo's by itself."""
    return _option(lambda _context, _parameter, value: load_alone(own_config_path(value)), OWN)(command)


def whole_config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The `--config` option, for a command that runs journeys: it gets a `Config`.

    The files that the configuration names are checked too.
    """
    return _option(lambda _context, _parameter, value: load(own_config_path(value)), OWN)(command)


def _option(read: Read, help_: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def answer(context: click.Context, parameter: click.Parameter, value: Path | None) -> Config | Path | None:
        """Return the configuration. No completion waits for it: it gets the path."""
        return value if context.resilient_parsing else for_reader(read(context, parameter, value))

    return click.option("--config", "config", type=click.Path(path_type=Path), callback=answer, metavar="FILE", help=help_)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")(command)


@contextmanager
def reading(config: Config) -> Iterator[Reader]:
    """A reader of the configured ledger. Raises LedgerError when there is none."""
    engine: Engine = open_store(store_address(config), create=False)
    try:
        yield Reader(engine)
    finally:
        engine.dispose()


@contextmanager
def past(config: Config) -> Iterator[Past]:
    """A reader of the configured ledger's past outages and observations.

    Raises LedgerError when there is none.
    """
    engine: Engine = open_store(store_address(config), create=False)
    try:
        yield Past(engine)
    finally:
        engine.dispose()


def known_neighbours(config: Config) -> Mapping[str, Neighbours]:
    """Return, by hub, what a journey on demand is judged by: what this prober's ledger knows.

    Without a ledger nothing has passed yet.
    """
    return {hub.name: Neighbours(passed={}) for hub in config.hubs} | dict(known_settings(config))


def known_settings(config: Config) -> Mapping[str, Neighbours]:
    """Return, by hub, what the ledger of this prober knows of the settings that passed.

    Empty where there is no ledger yet, or it cannot be read: then nothing is known.
    """
    own = config.store if isinstance(config.store, Path) else config.spool
    try:
        engine = open_store(own, create=False)
    except LedgerError:
        return {}
    try:
        return {hub: recall(content).near for hub, content in Reader(engine).memory().items()}
    except LedgerError:
        return {}
    finally:
        engine.dispose()
