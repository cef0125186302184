"""`vigie change`: announced changes of application or infrastructure, and those that were seen.

The contract asks for six months' notice.

docs/contract.md, 2.1: « Toute modification applicative ou d'infrastructure fait l'objet d'une
information préalable de la DINSIC dans un délai de six mois ».
"""

import json

import click

from probe.cli.help import CommandGroup
from probe.cli.options.complete import hub_names
from probe.cli.options.corrections import author_option, hub_option, own_settings_option, settings_option
from probe.cli.options.instants import INSTANT
from probe.cli.output.availability import change_json
from probe.cli.output.availability_texts import FigureTexts
from probe.cli.output.changes import SeenTexts, not_on_record, not_on_record_text, seen_change_json, text, watched_json, watched_text
from probe.cli.output.table import Heading, Table
from probe.cli.output.terminal import terminal_width
from probe.clock import SystemClock
from probe.config.peek import Peek
from probe.core.radar.notice import Notice
from probe.core.sla.correction import Change
from probe.ledger.figures import tracks


@click.group(cls=CommandGroup)
def change() -> None:
    """Announce a planned change, or list the announced ones and those that were seen.

    Less than six months' notice is reported as late.
    """


@change.command()
@hub_option(required=True)
@click.option("--planned", "planned_us", type=INSTANT, metavar="INSTANT", required=True, help="When the change is planned.")
@click.option("--title", required=True, metavar="TEXT", help="What changes.")
@click.option(
    "--announced-at",
    "announced_us",
    type=INSTANT,
    metavar="INSTANT",
    help="When it was announced elsewhere, by mail or by telephone. Now by default; never in the future.",
)
@author_option
@own_settings_option
def announce(settings: Peek, hub: str, planned_us: int, title: str, announced_us: int | None, author: str) -> None:
    """Record that a change is announced.

    The notice is counted from the announcement. The ledger keeps beside it when it was recorded.
    """
    from probe.ledger.figures.corrections import announce as append
    from probe.ledger.figures.corrections import writing

    said = FigureTexts.of(settings)
    with writing(settings.store) as connection:
        now_us = SystemClock().now_us()
        made = append(connection, Change(0, hub, planned_us, now_us if announced_us is None else announced_us, title, author, now_us))
    click.echo(said.announced.format(number=made.seq))
    if made.late:
        click.echo(said.late.format(due=said.zoned_instant(made.due_us)), err=True)


@change.command(name="list")
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
@settings_option
def list_(settings: Peek, hub: str | None, as_json: bool) -> None:
    """List the announced changes, and which were announced too late."""
    from probe.ledger.figures.runs import reading

    with reading(settings.store) as run:
        found = [one for one in tracks.changes(run) if hub in (None, one.hub)]
    if as_json:
        click.echo(json.dumps([change_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    said = FigureTexts.of(settings)
    if not found:
        click.echo(said.no_change)
        return
    columns = [Heading(head, rank) for head, rank in zip(said.change_columns, (0, 0, 0, 3, 1, 0, 2, 4), strict=True)]
    table = Table(*columns)
    for one in found:
        mark = f"! {said.late.format(due=said.instant(one.due_us))}" if one.late else f"✔ {said.in_time}"
        planned, due = said.instant(one.planned_us), said.instant(one.due_us)
        table.add_row(str(one.seq), one.hub, planned, _announced(one, said), due, mark, one.title, one.author)
    for line in table.lines(terminal_width()):
        click.echo("".join(part.text for part in line))
    click.echo(said.times)


def _announced(change: Change, said: FigureTexts) -> str:
    """Write when it was announced, and when that was recorded where that was later."""
    announced = said.instant(change.announced_us)
    if change.recorded_us is None or not change.backdated:
        return announced
    return said.recorded_later.format(announced=announced, recorded=said.instant(change.recorded_us))


@change.command()
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@click.option("--all", "all_", is_flag=True, help="Those that need no announcement too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
@settings_option
def seen(settings: Peek, hub: str | None, *, all_: bool, as_json: bool) -> None:
    """List the changes that the watch saw, and whether they were announced.

    Without --all, routine renewals are left out. --json has all of them, and what is watched.
    """
    from probe.ledger.figures.runs import reading
    from probe.ledger.figures.seen import noticed_changes, sightings, watched

    with reading(settings.store) as run:
        hubs = [name for name in tracks.subjects(run) if hub in (None, name)]
        choosers = {name: all(spec.chooser for _, spec in tracks.settings(run, name)[-1:]) for name in hubs}
        changes = {name: of for name, of in noticed_changes(run, settings.announced_of).items() if hub in (None, name)}
        parts = {name: watched(of) for name, of in sightings(run).items() if hub in (None, name)}
    if as_json:
        listed = [seen_change_json(name, one) for name, of in changes.items() for one in of]
        on_record = [watched_json(name, one) for name, of in parts.items() for one in of]
        missing = [
            {"hub": name, "aspect": each.value} for name in hubs for each in not_on_record(parts.get(name, ()), chooser=choosers[name])
        ]
        click.echo(json.dumps({"changes": listed, "watched": on_record, "not_on_record": missing}, ensure_ascii=False, indent=2))
        return
    said = SeenTexts.of(settings)
    shown = [(name, one) for name, of in changes.items() for one in of if all_ or one.notice is not Notice.NOT_NEEDED]
    for name, one in shown:
        click.echo("\n".join(text(name, one, said)))
    if not shown:
        click.echo(said.nothing)
    for name in hubs:
        click.echo("\n".join(watched_text(name, parts.get(name, ()), said)))
        if missing_here := not_on_record(parts.get(name, ()), chooser=choosers[name]):
            click.echo(not_on_record_text(missing_here, said))
    click.echo(said.times if parts else said.not_watched)
