"""`vigie config check` and `vigie config schema`."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from probe.cli.help import CommandGroup
from probe.cli.options.language import for_reader
from probe.cli.options.paths import config_path, tell_fallback
from probe.cli.output.credentials import credential_lines
from probe.cli.output.texts import CommandTexts
from probe.clock import SystemClock
from probe.config.accounts import accounts
from probe.config.credentials import credentials, validities
from probe.config.load import load_with_warnings
from probe.config.models import Config
from probe.config.schema import schema as json_schema
from probe.config.secrets import Secrets
from probe.config.summary import summary
from probe.core.credentials import Validity
from probe.prober.targets import watched
from probe.texts.refusals import problem


@click.group(cls=CommandGroup)
def config() -> None:
    """Check a configuration, or print its JSON Schema."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--config", "named", type=click.Path(path_type=Path), metavar="FILE", help="The same, as an option.")
def check(file: Path | None, named: Path | None) -> None:
    """Report every problem in FILE as `file:line: path: what is wrong`, and exit with 2.

    Without a problem, say how many hubs, IdPs and journeys FILE has, and how many logins a day each
    account makes, and when the credentials end.
    """
    path = config_path(file or named)
    loaded, warnings = load_with_warnings(path)
    tell_fallback(file or named, loaded.store, loaded.language)
    said = CommandTexts.of(for_reader(loaded))
    for warning in warnings:
        click.echo(f"{said.warning}{said.colon} {replace(warning, message=problem(warning.message, said.language))}", err=True)
    found = summary(loaded)
    click.echo(said.config_good.format(path=path))
    rate = f"{float(found.journeys_per_minute):.1f}".replace(".", said.decimal)
    click.echo(said.summary.format(hubs=len(found.hubs), idps=found.idps, targets=len(watched(loaded)), rate=rate))
    for line in _accounts(loaded, said):
        click.echo(line)
    known = validities(credentials(loaded), loaded.expiry, SystemClock().now_us())
    for line in credential_lines(known, said, {}, urgent_only=True):
        click.echo(f"{said.warning}{said.colon} {line}", err=True)
    for line in credential_lines({each: validity for each, validity in known.items() if validity is Validity.VALID}, said, {}):
        click.echo(line)
    if known:
        click.echo(said.times)


def _accounts(loaded: Config, said: CommandTexts) -> Iterator[str]:
    """Yield how many logins a day each account makes from here."""
    for account in accounts(loaded, Secrets.read(loaded)):
        logins = said.logins.format(idps=", ".join(idp for _, idp in account.members), regular=account.regular, most=account.most)
        if account.budget is None:
            yield logins
        else:
            shown = said.login_budget if account.vantages == 1 else said.login_budget_part
            yield shown.format(logins=logins, budget=account.budget, part=account.part)


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
