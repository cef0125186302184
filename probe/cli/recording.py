"""Records what people state of past time, and shows every figure that it changes, before and after.

`vigie correct` and `vigie exclude` do this.
"""

from collections.abc import Iterator, Mapping

import click

from probe.cli.output.availability_texts import FigureTexts
from probe.clock import SystemClock
from probe.config.peek import Peek
from probe.core.judgement.subject import HUB
from probe.core.sla.availability import Figure, percent
from probe.core.sla.correction import Correction, CorrectionKind
from probe.core.sla.window import civil_year, rolling, year_of
from probe.ledger.figures import tracks
from probe.ledger.figures.tracks import Run
from probe.texts.bilingual import Text, Texts
from probe.texts.subjects import subject_title, titles_of

Figures = Mapping[tuple[str, str], Figure]
"""By the name of the window, and the subject."""


class ChangedFigureTexts(Texts):
    """Of the figures before and after a record."""

    changed = Text(
        "{hub} {subject}, {window} : {before} -> {after} (indisponible {down_before} -> {down_after})",
        "{hub} {subject}, {window}: {before} -> {after} (unavailable {down_before} -> {down_after})",
    )
    none_changed = Text("Aucun chiffre ne change.", "No figure changes.")
    share = Text("{value} %", "{value} %")
    nothing_known = Text("rien de connu", "nothing known")


def record(
    settings: Peek,
    hub: str,
    *,
    author: str,
    reason: str,
    subject: str = "",
    span: tuple[int | None, int | None] = (None, None),
    act: CorrectionKind = CorrectionKind.WITHDRAWN,
    withdraws: int | None = None,
) -> None:
    """Append a record to the store, print its number, and the figures that it changes.

    `span`: start and end, UTC microseconds; an end that is None is now. `withdraws`: the number of
    the record that this one takes back. Raises InputError when the record is refused.
    """
    from probe.ledger.figures.corrections import correct, withdraw, writing
    from probe.ledger.figures.runs import on

    now = SystemClock().now_us()
    start, end = span[0] or 0, now if span[1] is None else span[1]
    with writing(settings.store) as connection:
        run = on(connection)
        if withdraws is not None:
            start, end = next(((one.start_us, one.end_us) for one in tracks.corrections(run, hub) if one.seq == withdraws), (now, now))
        before = _figures(run, hub, (start, end), settings, now)
        if withdraws is not None:
            number = withdraw(connection, hub, withdraws, author, reason, now)
        else:
            number = correct(connection, Correction(0, hub, subject, start, end, act, author, reason, now))
        after = _figures(run, hub, (start, end), settings, now)
    click.echo(FigureTexts.of(settings).recorded.format(number=number))
    for line in changed_lines(hub, before, after, settings):
        click.echo(line)


def _figures(run: Run, hub: str, span: tuple[int, int], settings: Peek, now_us: int) -> Figures:
    """Return the figures of the 365 days that end now, and of the civil years of a span.

    A hub that the ledger does not know has none: its record is refused.
    """
    from probe.cli.availability import statements

    if hub not in tracks.subjects(run):
        return {}
    years = range(year_of(min(span[0], now_us)), year_of(min(span[1], now_us)) + 1)
    windows = [rolling(now_us), *(civil_year(year, now_us) for year in [*years][-3:])]
    found = [one for window in windows for one in statements(run, window, hub, settings, monthly=False)]
    return {(one.window.name, name): line.figure for one in found for name, line in one.lines.items()}


def changed_lines(hub: str, before: Figures, after: Figures, settings: Peek) -> Iterator[str]:
    """Yield a line for each figure that differs, or one that says that none does."""
    said, figures = ChangedFigureTexts.of(settings), FigureTexts.of(settings)
    titles = titles_of(hub, settings.titles or {})
    changed = [key for key in before if before[key].totals != after[key].totals or before[key].excluded_us != after[key].excluded_us]
    for window, subject in changed:
        old, new = before[window, subject], after[window, subject]
        yield said.changed.format(
            hub=(settings.titles or {}).get((hub, ""), hub),
            subject="" if subject == HUB else subject_title(subject, titles).in_language(said.language),
            window=figures.window(window),
            before=_share(old, settings, said, figures),
            after=_share(new, settings, said, figures),
            down_before=figures.duration(old.down_us),
            down_after=figures.duration(new.down_us),
        ).replace(" ,", ",")
    if not changed:
        yield said.none_changed


def _share(figure: Figure, settings: Peek, said: ChangedFigureTexts, figures: FigureTexts) -> str:
    value = figure.availability(settings.unknown_time)
    return said.nothing_known if value is None else said.share.format(value=percent(value).replace(".", figures.decimal))
