"""`vigie outages`: every outage in the ledger, or one of them with its observations."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import click

from exporters.http.texts import PageTexts
from exporters.http.trace import trace as trace_text
from probe.cli.help import Command
from probe.cli.options.common import config_option, json_option, past, reading
from probe.cli.options.complete import hub_names, idp_names, outage_names
from probe.cli.options.instants import INSTANT
from probe.cli.options.names import none_of, not_in_ledger
from probe.cli.options.outage_names import read_name
from probe.cli.output import status
from probe.cli.output.json_answers import print_json
from probe.cli.output.outages import outage_table
from probe.cli.output.terminal import terminal_width
from probe.cli.output.texts import CommandTexts
from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.titles import titles
from probe.core.judgement.condition import State
from probe.core.judgement.past import OutageStory, PastOutage
from probe.core.judgement.subject import Subject
from probe.core.judgement.timeline import Outage
from probe.ledger.past import MOST, Past
from probe.service import past_answers
from probe.texts.bilingual import Text, Texts
from probe.texts.figure import unknown_sentence
from probe.texts.subjects import some_idps, titles_of
from probe.texts.why_unknown import unproven

AT_FIRST = 50
"""How many are shown unless `--limit` says otherwise: outages, or observations of one of them."""


class OutageListTexts(Texts):
    """Of the list of outages."""

    none_such = Text("Aucune indisponibilité ne répond à ces critères.", "No outage is as was asked.")
    more = Text("Les {shown} plus récentes ; --limit en montre davantage.", "The {shown} newest; --limit shows more.")


class OutagesAsked(NamedTuple):
    """Which outages are asked for. Instants are UTC microseconds."""

    hub: str | None
    idp: str | None
    since_us: int | None
    until_us: int | None
    open: bool

    def __bool__(self) -> bool:
        return any(each is not None for each in self[:4]) or self.open

    def wants(self, outage: Outage) -> bool:
        """Tell whether an outage is one of an IdP, began in time, and goes on, as is asked."""
        begun = self.until_us is None or outage.start_us < self.until_us
        of_idp = self.idp is None or Subject.parse(outage.subject).idp == self.idp
        return begun and of_idp and (outage.end_us is None or not self.open)


@click.command(cls=Command)
@click.argument("outage", required=False, shell_complete=outage_names)
@click.option("--hub", help="Only this hub's.", metavar="NAME", shell_complete=hub_names)
@click.option("--idp", help="Only this IdP's.", metavar="NAME", shell_complete=idp_names)
@click.option("--since", "since_us", type=INSTANT, metavar="INSTANT", help="Only those that were not over by then.")
@click.option("--until", "until_us", type=INSTANT, metavar="INSTANT", help="Only those that began before it.")
@click.option("--open", "open_", is_flag=True, help="Only those that go on.")
@click.option("--trace", is_flag=True, help="Of one outage: show every observation hop by hop, not only the one that tells why.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), help="So many outages, or observations of one. Default: 50; of --json all outages."
)
@config_option
@json_option
def outages(
    config: Config, outage: str | None, hub: str | None, idp: str | None, since_us: int | None, until_us: int | None, open_: bool,
    trace: bool, limit: int | None, as_json: bool,
) -> None:  # fmt: skip
    """List the outages of the hubs (C1, C2, C3) and of the IdPs, the newest first.

    With OUTAGE, which is written HUB/SUBJECT@START as the list has it, show that one: its
    observations, as long as they are kept, and the trace of the one that tells why.
    """
    now, asked = SystemClock().now_us(), OutagesAsked(hub, idp, since_us, until_us, open_)
    if since_us is not None and until_us is not None and since_us >= until_us:
        raise click.BadParameter("the end must be after the start", param_hint="--until")
    if outage is None:
        _list(config, asked, now, limit, as_json=as_json)
        return
    if asked:
        raise click.UsageError("the outage is named: --hub, --idp, --since, --until and --open are for the list")
    with past(config) as ledger:
        story = ledger.story(read_name(outage), now, min(limit or AT_FIRST, MOST))
    if as_json:
        print_json(past_answers.outage_story(story))
    else:
        _show(config, story, trace, now)


def unknown_since(config: Config, found: Sequence[PastOutage], now_us: int) -> Mapping[tuple[str, str], int]:
    """Return, by hub and subject, since when nobody can tell whether an open outage goes on."""
    if all(each.outage.end_us is not None for each in found):
        return {}
    with reading(config) as reader:
        return {key: since for key, (since, current) in reader.statuses(now_us).items() if current.state is State.UNKNOWN}


def _list(config: Config, asked: OutagesAsked, now_us: int, limit: int | None, *, as_json: bool) -> None:
    """Print the outages that are asked for, the newest first: all of them as JSON."""
    most = limit or (None if as_json else AT_FIRST)
    with past(config) as ledger:
        _check_names(config, asked, ledger)
        found = ledger.outages(now_us, asked.hub, since_us=asked.since_us, wanted=asked.wants, latest=most and most + 1)
    found = found[::-1]
    shown = found[:most]
    if as_json:
        click.echo(json.dumps([status.past_json(one) for one in shown], ensure_ascii=False, indent=2))
        return
    said, own = CommandTexts.of(config), OutageListTexts.of(config)
    out = status.console()
    if not shown:
        out.print(own.none_such if asked else said.no_outage)
        return
    out.print(outage_table(shown, said, titles(config), unknown_since(config, shown, now_us)))
    if len(found) > len(shown):
        out.print(own.more.format(shown=len(shown)), style="dim")
    out.print(said.times, style="dim")


def _check_names(config: Config, asked: OutagesAsked, ledger: Past) -> None:
    """Refuse a hub that the ledger does not know, and an IdP that neither it nor the configuration
    knows. Raises click.BadParameter.
    """
    if asked.hub is not None and asked.hub not in (hubs := ledger.hubs()):
        raise click.BadParameter(not_in_ledger(asked.hub, hubs), param_hint="--hub")
    if asked.idp is None:
        return
    idps = ledger.idps(asked.hub)
    configured = [idp.name for hub in config.hubs if asked.hub in (None, hub.name) for idp in hub.idps]
    if asked.idp not in (*idps, *configured):
        raise click.BadParameter(none_of(asked.idp, sorted({*idps, *configured})), param_hint="--idp")


def _show(config: Config, story: OutageStory, every: bool, now_us: int) -> None:
    """Print one outage, its observations, and the trace of the telling one, or of every one."""
    said, out = CommandTexts.of(config), status.console()
    out.print(outage_table([story.past], said, titles(config), unknown_since(config, [story.past], now_us)))
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
