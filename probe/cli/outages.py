"""`vigie outages`: every outage in the ledger, or one of them with its observations."""

import json

import click

from exporters.http.texts import PageTexts
from exporters.http.trace import trace as trace_text
from probe.cli.options.common import config_option, json_option, past
from probe.cli.options.outage_names import read_name
from probe.cli.output import status
from probe.cli.output.fitting import terminal_width
from probe.cli.output.json_answers import print_json
from probe.cli.output.texts import CommandTexts
from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.titles import titles
from probe.core.judgement.past import OutageStory
from probe.ledger.past import MOST
from probe.service import past_answers
from probe.texts.figure import unknown_sentence
from probe.texts.subjects import some_idps, titles_of
from probe.texts.why_unknown import unproven

AT_FIRST = 50  # observations of one outage that are shown, unless --limit says otherwise


@click.command()
@click.argument("outage", required=False)
@click.option("--hub", help="Only this hub's.", metavar="NAME")
@click.option("--trace", is_flag=True, help="Of one outage: show every observation hop by hop, not only the one that tells why.")
@click.option("--limit", type=click.IntRange(1, MOST), default=AT_FIRST, show_default=True, help="Of one outage: so many observations.")
@config_option
@json_option
def outages(config: Config, outage: str | None, hub: str | None, trace: bool, limit: int, as_json: bool) -> None:
    """List the outages of the hubs (C1, C2, C3) and of the IdPs, oldest first.

    With OUTAGE, which is written HUB/SUBJECT@START as the list has it, show that one: its
    observations, as long as they are kept, and the trace of the one that tells why.
    """
    now = SystemClock().now_us()
    if outage is not None:
        if hub is not None:
            raise click.UsageError("OUTAGE names its hub: --hub is for the list")
        with past(config) as ledger:
            story = ledger.story(read_name(outage), now, limit)
        if as_json:
            print_json(past_answers.outage_story(story))
        else:
            _show(config, story, trace)
        return
    with past(config) as ledger:
        if hub is not None and hub not in (known := ledger.hubs()):
            raise click.BadParameter(f"{hub!r} is not in the ledger, which knows: {', '.join(known) or 'no hub'}", param_hint="--hub")
        found = ledger.outages(now, hub)
    if as_json:
        click.echo(json.dumps([status.past_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    said = CommandTexts.of(config)
    out = status.console()
    if not found:
        out.print(said.no_outage)
        return
    out.print(status.outage_table(found, said, titles(config)))
    out.print(said.times, style="dim")


def _show(config: Config, story: OutageStory, every: bool) -> None:
    """Print one outage, its observations, and the trace of the telling one, or of every one."""
    said, out = CommandTexts.of(config), status.console()
    out.print(status.outage_table([story.past], said, titles(config)))
    out.print(said.times, style="dim")
    if story.past.idps:
        affected = some_idps(story.past.idps, story.past.watched, titles_of(story.past.outage.hub, titles(config)))
        out.print(f"{said.affected}{said.colon} {affected.in_language(said.language)}")
    if story.past.unknown:
        out.print(f"{said.unknown_because}{said.colon} {unknown_sentence(story.past.unknown).in_language(said.language)}")
    if story.past.changed is not None:
        out.print(f"! {unproven(story.past.changed, said)}")
    out.print()
    if not story.count:
        out.print(said.no_observation_kept)
        return
    out.print(status.stored_table(story.observations, said, titles(config)))
    if len(story.observations) < story.count:
        out.print(said.more_observations.format(shown=len(story.observations), count=story.count), style="dim")
    telling = [story.past.telling] if story.past.telling else []
    for stored in story.observations if every else telling:
        click.echo()
        click.echo(said.observation_no.format(number=stored.number))
        click.echo(trace_text(stored.observation, PageTexts.of(config), terminal_width()), nl=False)
