"""`vigie outages`: every outage in the ledger, with its edges and whose fault it was."""

import json

import click

from probe.cli.options.common import config_option, json_option, reading
from probe.cli.output import status
from probe.cli.output.outage_annotations import Marks
from probe.cli.output.texts import CommandTexts
from probe.cli.status import titles
from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.secrets import store_address
from probe.ledger.figures.runs import reading as any_run


@click.command()
@click.option("--hub", help="Only this hub's.", metavar="NAME")
@config_option
@json_option
def outages(config: Config, hub: str | None, as_json: bool) -> None:
    """List the outages of the hubs (C1, C2, C3) and of the IdPs, oldest first."""
    now = SystemClock().now_us()
    with reading(config) as reader:
        if hub is not None and hub not in (known := {name for name, _ in reader.subjects()}):
            raise click.BadParameter(
                f"{hub!r} is not in the ledger, which knows: {', '.join(sorted(known)) or 'no hub'}", param_hint="--hub"
            )
        found = reader.outages(now, hub)
    with any_run(store_address(config)) as run:
        marks = Marks(run)
    if as_json:
        listed = [{**status.outage_json(one), **marks.as_json(one.hub, one.subject, one.start_us, one.end_us)} for one in found]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    said = CommandTexts(config.language)
    out = status.console()
    if not found:
        out.print(said.no_outage)
        return
    out.print(status.outage_table(found, config.language, titles(config), [marks.label(one, config.language) for one in found]))
    out.print(said.at, style="dim")
