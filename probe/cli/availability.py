"""`vigie availability`: the annual figure of every hub and IdP, with the unknown time beside it.

The command starts quickly on purpose. It reads the few settings that it needs, and the ledger
through the standard library. It imports the whole configuration, pydantic and SQLAlchemy only where
that is not enough.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from probe.cli.help import Command
from probe.cli.options.complete import hub_names
from probe.cli.options.instants import INSTANT
from probe.cli.options.names import not_in_ledger
from probe.cli.options.paths import ELSE_THE_DEMOS, config_path, tell_fallback
from probe.cli.options.quick_settings import glance
from probe.cli.output.availability import Statement, statements_json, text
from probe.cli.output.availability_texts import FigureTexts
from probe.cli.output.terminal import terminal_width
from probe.clock import SystemClock
from probe.config.peek import Peek
from probe.core.judgement.subject import CONDITIONS, HUB
from probe.core.judgement.unknown_part import UnknownPart
from probe.core.radar.notice import NoticedChange
from probe.core.sla.correction import not_withdrawn
from probe.core.sla.statement import edge_rules, line
from probe.core.sla.window import Window, civil_year, rolling
from probe.ledger.figures import tracks as figures
from probe.ledger.figures.annual import reading
from probe.ledger.figures.seen import noticed_changes
from probe.ledger.figures.staleness import lapsed
from probe.ledger.figures.tracks import Lapse, Run
from probe.ledger.figures.unknown_time import SPANS, SPANS_OF_IDP, unknown_parts


@click.command(cls=Command)
@click.option("--at", "at_us", type=INSTANT, metavar="INSTANT", help="The figure as of then (2026-03-29T08:00:00Z). Default: now.")
@click.option("--window", "name", default="rolling", show_default=True, metavar="rolling|year=YYYY", help="365 days, or a civil year.")
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@click.option("--config", "path", type=click.Path(path_type=Path), metavar="FILE", help=ELSE_THE_DEMOS)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def availability(at_us: int | None, name: str, hub: str | None, path: Path | None, as_json: bool) -> None:
    """Tell the availability of every hub and IdP over a year: the figure, its bounds, and the
    budget that is left.

    Percentages are rounded down; the JSON holds exact fractions and integer microseconds.
    """
    now = SystemClock().now_us()
    if at_us is not None and at_us > now:
        raise click.BadParameter("is in the future", param_hint="--at")
    at = now if at_us is None else at_us
    window = window_named(name, at)
    settings = glance(config_path(path))
    tell_fallback(path, settings.store, settings.language)
    with reading(settings.store) as run:
        found = statements(run, window, hub, settings, monthly=as_json)
    if as_json:
        click.echo(json.dumps(statements_json(found, at), ensure_ascii=False, indent=2))
    else:
        _print(found, settings)


def window_named(name: str, at_us: int) -> Window:
    """Return the window called `rolling` or `year=YYYY`, which ends at `at_us` (UTC microseconds).

    Raises click.BadParameter for any other name.
    """
    kind, _, year = name.partition("=")
    if name == "rolling":
        return rolling(at_us)
    if kind != "year" or not (year.isascii() and year.isdigit() and len(year) == 4):
        raise click.BadParameter(f"{name!r} is neither `rolling` nor `year=YYYY`", param_hint="--window")
    try:
        return civil_year(int(year), at_us)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--window") from error


def statements(run: Run, window: Window, hub: str | None, settings: Peek, *, monthly: bool = True) -> list[Statement]:
    """Make the statement of one hub, or of all, with the months of the hub; `monthly`: with those
    of its IdPs too.

    Raises click.BadParameter for a hub that the ledger does not know.
    """
    hubs = figures.subjects(run)
    if hub is not None and hub not in hubs:
        raise click.BadParameter(not_in_ledger(hub, hubs), param_hint="--hub")
    lapses = lapsed(figures.memories(run).values(), window.end_us)
    seen = noticed_changes(run, settings.announced_of)
    return [_statement(run, one, of, window, lapses, settings, seen, monthly=monthly) for one, of in hubs.items() if hub in (None, one)]


def _statement(
    run: Run,
    hub: str,
    subjects: Sequence[str],
    window: Window,
    lapses: Sequence[Lapse],
    settings: Peek,
    seen: Mapping[str, Sequence[NoticedChange]],
    *,
    monthly: bool,
) -> Statement:
    tracks = figures.tracks(run, hub, subjects, lapses)
    records = [one for one in figures.corrections(run, hub) if one.start_us < window.end_us and one.end_us > window.start_us]
    counted = not_withdrawn(records)
    specs = figures.settings(run, hub)
    lines = {
        name: line(
            tracks, name, window, counted, specs, goal=settings.goals_of(hub, name).over(window.name), monthly=monthly or name == HUB
        )
        for name in subjects
    }

    def unknown(subject: str, most: int) -> list[UnknownPart]:
        spans = tracks[subject].unknowns(window.start_us, window.end_us, most)
        return unknown_parts(run, hub, subject, spans, lines[subject].figure.unknown_us)

    return Statement(
        hub,
        window,
        lines,
        records,
        counted,
        tracks[HUB].imported() if HUB in tracks else [],
        [change for change in figures.changes(run) if change.hub == hub],
        settings.unknown_time,
        edge_rules(specs, window),
        [one for one in seen.get(hub, []) if window.start_us <= one.change.first_us < window.end_us],
        {name: unknown(name, SPANS if name == HUB else SPANS_OF_IDP) for name in lines if name not in CONDITIONS},
    )


def _print(found: Sequence[Statement], settings: Peek) -> None:
    said = FigureTexts.of(settings)
    if not found:
        click.echo(said.empty)
        return
    for one in found:
        for parts in text(one, said, settings.titles or {}, terminal_width()):
            click.echo("".join(_styled(part.text, part.style) for part in parts))
        click.echo()
    click.echo(said.times)


def _styled(text: str, style: str | None) -> str:
    if style in ("bold", "dim"):
        return click.style(text, **{style: True})
    return click.style(text, fg=style) if style else text
