"""The table of outages, each with its name."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from probe.cli.output.outage_annotations import label
from probe.cli.output.status import cause_cells
from probe.cli.output.table import Heading, Table
from probe.cli.output.texts import CommandTexts
from probe.core.judgement.past import PastOutage
from probe.core.judgement.timeline import Outage
from probe.texts import judgement as labels
from probe.texts.bilingual import Language
from probe.texts.durations import duration
from probe.texts.subjects import subject_title, titles_of


def outage_table(
    found: Sequence[PastOutage],
    said: CommandTexts,
    titles: Mapping[tuple[str, str], str],
    unknown_since: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> Table:
    """One line an outage, with the name that `vigie outages` and `vigie correct` take.

    `unknown_since`: by hub and subject, since when nobody can tell whether an open one goes on.
    """
    table = Table(
        Heading(said.hub, shared=True), Heading(said.subject, flows=True), said.start, Heading(said.end, rank=1),
        Heading(said.duration, rank=2),
        Heading(said.fault, rank=5), Heading(said.reason, rank=3), Heading(said.step, rank=6), Heading(said.stated, rank=4),
        Heading(said.name, rank=7),
    )  # fmt: skip
    marks = [label(past, said.language) for past in found]
    for past, mark in zip(found, marks, strict=True):
        outage = past.outage
        end = _end(outage, unknown_since.get((outage.hub, outage.subject)), said)
        subject = subject_title(outage.subject, titles_of(outage.hub, titles)).in_language(said.language)
        fault, reason, step = cause_cells(outage.cause, outage.subject, said.language, past.telling.observation if past.telling else None)
        table.add_row(
            outage.hub, subject, said.instant(outage.start_us), end, duration_text(outage, said.language),
            fault, labels.with_direct(reason, past.direct, said.language), step, mark, str(past.name),
        )  # fmt: skip
    return table


def _end(outage: Outage, unknown_us: int | None, said: CommandTexts) -> str:
    if outage.end_us is not None:
        return said.instant(outage.end_us)
    return said.ongoing if unknown_us is None else said.perhaps_ongoing.format(since=said.instant(unknown_us))


def duration_text(outage: Outage, language: Language) -> str:
    said = CommandTexts(language)
    text = duration(outage.down_us, language)
    if outage.unknown_us:
        text += " + " + said.unknown_within.format(duration=duration(outage.unknown_us, language))
    return text
