"""`vigie claims`: which claims come back through each IdP, at which level, and to which account."""

import json

import click

from probe.cli.help import Command
from probe.cli.options.common import config_option, json_option, reading
from probe.cli.output import claims as report
from probe.cli.output.status import console
from probe.cli.output.texts import CommandTexts
from probe.cli.status import watched
from probe.config.models import Config
from probe.config.titles import titles
from probe.service import serialize


@click.command(cls=Command)
@config_option
@json_option
def claims(config: Config, as_json: bool) -> None:
    """Show through each IdP which claims come back, at which level, and whether the account is the
    same.

    Of the hubs and IdPs that are configured, with the settings under which they were seen last.
    """
    with reading(config) as reader:
        seen = report.of(reader.accounts(), watched(config))
    if as_json:
        answers = [(each, serialize.account(each.account, differs=each.differs)) for each in seen]
        told = [{"hub": each.hub, "idp": each.idp, "account": answer.plain()} for each, answer in answers]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    out, said = console(), CommandTexts.of(config)
    if not seen:
        out.print(said.no_identity_yet)
        return
    out.print(report.table(seen, said, titles(config)))
    out.print(said.times, style="dim")
