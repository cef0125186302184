"""Options of the commands that correct or exclude time, the quick settings, and the author."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from probe.cli.options.author import AUTHOR
from probe.cli.options.complete import hub_names
from probe.cli.options.instants import INSTANT
from probe.cli.options.paths import ELSE_THE_DEMOS, OWN, config_path, own_config_path, tell_fallback
from probe.cli.options.quick_settings import glance
from probe.config.peek import Peek

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def settings_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The `--config` option, for a command that only reads and starts quickly: it gets the few
    settings of a `Peek`.
    """

    def read(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Peek:
        settings = glance(config_path(value))
        tell_fallback(value, settings.store, settings.language)
        return settings

    return _settings(read, ELSE_THE_DEMOS)(command)


def own_settings_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same, for a command that writes the ledger: it never takes the demo's by itself."""
    return _settings(lambda _context, _parameter, value: glance(own_config_path(value)), OWN)(command)


def _settings(read: Callable[[click.Context, click.Parameter, Path | None], Peek], help_: str) -> Decorator:
    def answer(context: click.Context, parameter: click.Parameter, value: Path | None) -> Peek | Path | None:
        """Return the settings. No completion waits for them: it gets the path."""
        return value if context.resilient_parsing else read(context, parameter, value)

    return click.option("--config", "settings", type=click.Path(path_type=Path), callback=answer, metavar="FILE", help=help_)


def hub_option(*, required: bool) -> Decorator:
    return click.option("--hub", metavar="NAME", required=required, shell_complete=hub_names, help="The hub, as the ledger names it.")


def span_options(*, required: bool) -> Decorator:
    def both(command: Callable[..., Any]) -> Callable[..., Any]:
        end = click.option("--to", "end_us", type=INSTANT, metavar="INSTANT", required=required, help="End, not included.")
        start = click.option(
            "--from", "start_us", type=INSTANT, metavar="INSTANT", required=required, help="Start: 2026-03-29T08:00:00Z, or with an offset."
        )
        return start(end(command))

    return both


author_option = click.option(
    "--author", required=True, metavar="NAME", envvar=AUTHOR, show_envvar=True, help="Who says so. It stays on every report."
)
reason_option = click.option("--reason", required=True, metavar="TEXT", help="Why. It stays on every report.")
