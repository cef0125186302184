"""`vigie observation`: one observation of the ledger, hop by hop."""

import click

from exporters.http.texts import PageTexts
from exporters.http.trace import trace
from probe.cli.help import Command
from probe.cli.options.common import config_option, json_option, past
from probe.cli.output.json_answers import print_json
from probe.cli.output.terminal import terminal_width
from probe.config.models import Config
from probe.service import past_answers


@click.command(cls=Command)
@click.argument("number", type=click.IntRange(1))
@config_option
@json_option
def observation(config: Config, number: int, as_json: bool) -> None:
    """Show observation NUMBER: what was seen, every exchange with its timings, and the page's
    extract, as redacted as it was stored.

    `vigie outages OUTAGE` and tickets give the numbers.
    """
    with past(config) as ledger:
        stored = ledger.observation(number)
    if as_json:
        print_json(past_answers.observation(stored))
    else:
        click.echo(trace(stored.observation, PageTexts.of(config), terminal_width()), nl=False)
