"""The output of `vigie availability`: exact values for JSON, and text for people, rounded down.

Colour never stands alone: every mark and every bar says the same by its characters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from probe.cli.output.availability_texts import FigureTexts
from probe.cli.output.changes import seen_change_json
from probe.cli.output.folding import COLUMNS, packed
from probe.cli.output.table import Heading, Line, Styled, Table, hanging
from probe.core.judgement.subject import CONDITIONS, HUB, NUMBERS, Subject
from probe.core.judgement.unknown_part import UnknownPart
from probe.core.radar.notice import Notice, NoticedChange
from probe.core.sla.availability import Figure, UnknownTime, percent
from probe.core.sla.correction import Change, Correction, CorrectionKind
from probe.core.sla.goal import CONTRACT, GoalVerdict
from probe.core.sla.statement import EdgeRule, Month, SubjectStatement
from probe.core.sla.window import Span, Window
from probe.core.times import rfc3339
from probe.texts.figure import unknown_part, unknown_sentence
from probe.texts.subjects import subject_title, titles_of

BAR = 20  # characters of a month's bar


class Statement(NamedTuple):
    """One hub over one window.

    `lines`: by subject. `records`: all corrections that touch the window, withdrawn ones too.
    `counted`: those of them that count. `edge_rules`: where outages ended in the window.
    `seen`: the changes of the hub that were seen in it. `unknown_parts`: why the hub's state and
    its IdPs' were unknown, by subject, as far as the ledger tells.
    """

    hub: str
    window: Window
    lines: Mapping[str, SubjectStatement]
    records: Sequence[Correction] = ()
    counted: Sequence[Correction] = ()
    imported: Sequence[Span] = ()
    changes: Sequence[Change] = ()
    unknown_time: UnknownTime = UnknownTime.IGNORE
    edge_rules: Sequence[EdgeRule] = ()
    seen: Sequence[NoticedChange] = ()
    unknown_parts: Mapping[str, Sequence[UnknownPart]] = MappingProxyType({})

    @property
    def idps(self) -> list[SubjectStatement]:
        return [line for subject, line in self.lines.items() if Subject.parse(subject).idp is not None]


# --- as JSON


def statements_json(found: Iterable[Statement], at_us: int) -> dict[str, Any]:
    """Return all statements of one instant.

    `goal` is the contract's; each figure has its own. Durations are integer microseconds.
    Ratios are exact fractions, with a percentage rounded down.
    """
    return {"at": rfc3339(at_us), "at_us": at_us, "goal": _ratio(CONTRACT.availability), "hubs": [_statement_json(one) for one in found]}


def _statement_json(one: Statement) -> dict[str, Any]:
    return {
        "hub": one.hub,
        "window": _window_json(one.window),
        "unknown_time": one.unknown_time,
        **_line_json(one.lines[HUB], one.unknown_time),
        "conditions": {NUMBERS[name]: _line_json(one.lines[name], one.unknown_time) for name in CONDITIONS if name in one.lines},
        "idps": {Subject.parse(line.subject).label: _idp_json(line, one) for line in one.idps},
        "unknown_because": _because_json(one, HUB),
        "edge_rules": [{"since": rfc3339(rule.since_us), "since_us": rule.since_us, "edge": rule.edge.value} for rule in one.edge_rules],
        "imported": [_span_json(span) for span in one.imported],
        "corrections": [correction_json(record, record in one.counted) for record in one.records],
        "changes": [change_json(change) for change in one.changes],
        "seen_changes": [seen_change_json(one.hub, seen) for seen in one.seen],
    }


def _idp_json(line: SubjectStatement, one: Statement) -> dict[str, Any]:
    return {**_line_json(line, one.unknown_time), "unknown_because": _because_json(one, line.subject)}


def _because_json(one: Statement, subject: str) -> list[dict[str, Any]]:
    return [{"why": part.why.value, "reason": part.reason, "us": part.us} for part in one.unknown_parts.get(subject, ())]


def _window_json(window: Window) -> dict[str, Any]:
    return {"name": window.name, **_span_json(Span(window.start_us, window.end_us)), "nominal_us": window.nominal_us}


def _span_json(span: Span) -> dict[str, Any]:
    return {"start": rfc3339(span.start_us), "end": rfc3339(span.end_us), "start_us": span.start_us, "end_us": span.end_us}


def _line_json(line: SubjectStatement, unknown: UnknownTime) -> dict[str, Any]:
    leaves = line.oldest_leaves_us
    return {
        "subject": line.subject,
        **figure_json(line.figure, unknown),
        "before_corrections": figure_json(line.before, unknown) if line.amended else None,
        "edges": line.edges,
        "edge_uncertainty_us": line.edge_uncertainty_us,
        "oldest_outage_leaves": None if leaves is None else rfc3339(leaves),
        "oldest_outage_leaves_us": leaves,
        "longest_outage_allowed_us": line.longest_allowed_us,
        "months": [_month_json(month, unknown) for month in line.months],
    }


def figure_json(found: Figure, unknown: UnknownTime = UnknownTime.IGNORE) -> dict[str, Any]:
    """Return one figure, by one way to count unknown time and by each of them."""
    value = found.availability(unknown)
    return {
        "availability": _ratio(value),
        "meets_goal": _MEETS[found.verdict(unknown)],
        "verdict": found.verdict(unknown).value,
        "goal": _goal_json(found),
        "by_unknown_time": {reading.value: _ratio(found.availability(reading)) for reading in UnknownTime},
        "lowest": _ratio(found.lowest),
        "highest": _ratio(found.highest),
        "coverage": _ratio(found.coverage),
        "since": rfc3339(found.since_us),
        "since_us": found.since_us,
        "complete": found.complete,
        "up_us": found.up_us,
        "blip_us": found.totals.blip_us,
        "blips": found.totals.blips,
        "down_us": found.down_us,
        "unknown_us": found.unknown_us,
        "excluded_us": found.excluded_us,
        "budget_us": found.budget_us,
        "budget_left_us": found.budget_left_us,
    }


_MEETS = {GoalVerdict.MET: True, GoalVerdict.MISSED: False, GoalVerdict.TOO_LITTLE: None, GoalVerdict.NOTHING: None}


def _goal_json(found: Figure) -> dict[str, Any]:
    goal = found.goal
    return {"availability": _ratio(goal.availability), "coverage": _ratio(goal.coverage), "unknown_limit_us": found.unknown_limit_us}


def _month_json(month: Month, unknown: UnknownTime) -> dict[str, Any]:
    found = month.figure
    return {
        "month": f"{month.year:04}-{month.month:02}",
        "availability": _ratio(found.availability(unknown)),
        "up_us": found.up_us,
        "blip_us": found.totals.blip_us,
        "down_us": found.down_us,
        "unknown_us": found.unknown_us,
        "excluded_us": found.excluded_us,
        "not_recorded_us": found.since_us - found.window.start_us,
    }


def _ratio(value: Fraction | None) -> dict[str, str] | None:
    return None if value is None else {"fraction": f"{value.numerator}/{value.denominator}", "percent": percent(value)}


def correction_json(record: Correction, stands: bool) -> dict[str, Any]:
    return {
        "number": record.seq,
        "hub": record.hub,
        "subject": record.subject,
        **_span_json(record.span),
        "as": record.act.value,
        "author": record.author,
        "reason": record.reason,
        "recorded": rfc3339(record.recorded_us),
        "recorded_us": record.recorded_us,
        "withdraws": record.withdraws,
        "stands": stands,
    }


def change_json(change: Change) -> dict[str, Any]:
    """Return an announced change in the API's shape (`exporters.http.answers.ChangeAnswer`).

    The last three keys are those of 0.1, kept for one version: 0.3 will be without them.
    No pydantic here: `vigie availability` starts without it.
    """
    return {
        "number": change.seq,
        "hub": change.hub,
        "title": change.title,
        "author": change.author,
        "planned": rfc3339(change.planned_us),
        "announced": rfc3339(change.announced_us),
        "recorded": rfc3339(change.announced_us if change.recorded_us is None else change.recorded_us),
        "due": rfc3339(change.due_us),
        "late": change.late,
        "announce_by": rfc3339(change.due_us),
        "planned_us": change.planned_us,
        "announced_us": change.announced_us,
    }


# --- for people


class FigureFact(NamedTuple):
    """A fact: its name, and its parts, which stand beside each other as far as there is room."""

    name: str
    parts: Sequence[str]
    between: str = "   "


class Prose(NamedTuple):
    """A sentence that is broken between words, its lines that far in."""

    text: str
    indent: int
    style: str | None = None


Part = Line | FigureFact | Prose | Table


def text(one: Statement, said: FigureTexts, titles: Mapping[tuple[str, str], str], columns: int | None = None) -> Iterator[Line]:
    """Yield the lines of one statement. `columns`: those of the terminal, None where there is none.

    Sentences have 80 columns at most, tables as many as there are.
    """
    room = COLUMNS if columns is None else min(COLUMNS, columns)
    for part in _parts(one, said, titles, room):
        if isinstance(part, Table):
            yield from part.lines(columns)
        elif isinstance(part, FigureFact):
            yield from _fact_lines(part, said, room)
        elif isinstance(part, Prose):
            yield from hanging([Styled(part.text, part.style)], part.indent, room, 0)
        else:
            yield from hanging(part, 0, room) if part else [part]


def _parts(one: Statement, said: FigureTexts, titles: Mapping[tuple[str, str], str], room: int) -> Iterator[Part]:
    hub = one.lines[HUB]
    yield [Styled(titles.get((one.hub, ""), one.hub), "bold")]
    yield [Styled(f"{said.window(one.window.name)}, {said.span(one.window.start_us, one.window.end_us)}", "bold")]
    yield []
    yield from _headline(one, hub, said, room)
    yield from _facts(one, hub, said)
    yield []
    yield _bars(hub, said, one.unknown_time, room)
    yield from ([Styled(f"  {line}")] for line in packed(said.legend.split("   "), room - 2))
    if one.idps:
        yield []
        yield _idps(one, said, titles)
        yield from _idps_unknown(one, said, titles)
    yield from _records(one, said, titles, room)


def _fact_lines(fact: FigureFact, said: FigureTexts, room: int) -> Iterator[Line]:
    """Yield a fact: its parts beside its name, or under it where they would have no room there."""
    beside = room - said.width - 4
    if any(len(part) > beside for part in fact.parts):
        yield [Styled(f"  {fact.name}".rstrip())]
        for line in packed(fact.parts, room - 6, fact.between):
            yield from hanging([Styled(line)], 6, room)
        return
    for number, line in enumerate(packed(fact.parts, beside, fact.between)):
        yield [Styled(f"  {'' if number else fact.name:<{said.width}}  {line}")]


def _headline(one: Statement, hub: SubjectStatement, said: FigureTexts, room: int) -> Iterator[Line]:
    value = hub.figure.availability(one.unknown_time)
    yield from _judged(
        [Styled(f"  {said.availability:<{said.width}}  "), Styled(said.percent(value), "bold")], _verdict(hub.figure, one, said), room
    )
    if hub.amended:
        before = hub.before.availability(one.unknown_time)
        yield from _judged([Styled(f"  {said.before:<{said.width}}  {said.percent(before)}")], _verdict(hub.before, one, said), room)


def _judged(figure: Line, verdict: Styled, room: int) -> Iterator[Line]:
    """Yield a figure with its verdict, beside it where there is room."""
    beside = [*figure, Styled("  "), verdict]
    if sum(len(part.text) for part in beside) <= room:
        yield beside
    else:
        yield figure
        yield [Styled(" " * len(figure[0].text)), verdict]


def _verdict(found: Figure, one: Statement, said: FigureTexts) -> Styled:
    goal, least = said.share(found.goal.availability), said.share(found.goal.coverage)
    match found.verdict(one.unknown_time):
        case GoalVerdict.MET:
            return Styled(f"✔ {said.met.format(goal=goal)}", "green")
        case GoalVerdict.MISSED:
            return Styled(f"✖ {said.missed.format(goal=goal)}", "red")
        case GoalVerdict.TOO_LITTLE:
            return Styled(f"? {said.too_little.format(least=least)}", "magenta")
        case GoalVerdict.NOTHING:
            return Styled(f"? {said.no_verdict}", "magenta")


def _record(figure: Figure, texts: FigureTexts) -> str:
    """Say how much of the window is on record."""
    if figure.complete:
        return texts.complete
    if figure.since_us >= figure.window.end_us:
        return texts.not_recorded
    return texts.incomplete.format(since=texts.instant(figure.since_us))


def _facts(one: Statement, hub: SubjectStatement, said: FigureTexts) -> Iterator[Part]:
    found = hub.figure
    readings = (f"{said.readings[reading]} {said.percent(found.availability(reading))}" for reading in UnknownTime)
    yield _fact(said.unknown_time, *readings)
    yield _fact(said.bounds, said.between.format(low=said.percent(found.lowest), high=said.percent(found.highest)))
    yield _fact(said.coverage, said.percent(found.coverage), _record(found, said))
    conditions = (f"{NUMBERS[name]} {said.duration(one.lines[name].figure.down_us)}" for name in CONDITIONS if name in one.lines)
    yield _fact(said.down, said.duration(found.down_us), *conditions)
    edges = said.edges.format(count=hub.edges, uncertainty=said.duration(hub.edge_uncertainty_us))
    yield _fact(said.unknown, said.duration(found.unknown_us), edges)
    for part in one.unknown_parts.get(HUB, ()):
        words = f"{said.duration(part.us)}{said.colon} {unknown_part(part).in_language(said.language)}"
        yield _fact("", *words.split(" "), between=" ")
    yield from _warned(one, found, said)
    yield _fact(said.blips, f"{found.totals.blips} ({said.duration(found.totals.blip_us)})")
    if found.excluded_us:
        yield _fact(said.excluded, said.duration(found.excluded_us))
    if one.imported:
        yield _fact(said.imported, *(said.span(span.start_us, span.end_us) for span in one.imported))
    left = said.left.format(left=said.duration(found.budget_left_us))
    allowed = said.allowed.format(allowed=said.duration(hub.longest_allowed_us))
    yield _fact(said.budget, said.duration(found.budget_us), left, allowed)
    if hub.oldest_leaves_us is not None:
        yield _fact(said.oldest, said.instant(hub.oldest_leaves_us))


def _warned(one: Statement, found: Figure, said: FigureTexts) -> Iterator[Part]:
    """Say that too much is unknown, and that edges were judged by more than one rule."""
    if found.unknown_us > found.unknown_limit_us:
        limit = said.too_much_unknown.format(limit=said.duration(found.unknown_limit_us))
        yield [Styled(f"  ! {limit}", "yellow")]
    if len(one.edge_rules) > 1:
        for rule in one.edge_rules:
            words = said.edge_rules[rule.edge].format(since=said.instant(rule.since_us)).split(" ")
            yield _fact(said.edge_rule, *words, between=" ")


def _fact(name: str, *parts: str, between: str = "   ") -> FigureFact:
    return FigureFact(name, parts, between)


def _bars(line: SubjectStatement, said: FigureTexts, unknown: UnknownTime, room: int) -> Table:
    """Draw a month a row. Where there is room, the bars stand under what is beside the names."""
    made = Table("", "", Heading("", right=True), Heading("", rank=1), heads=False, indent=2)
    width = said.width if room == COLUMNS else 0
    for month in line.months:
        found = month.figure
        bar = _bar(found)
        colour = "red" if "✖" in bar else "magenta" if "?" in bar else "green"
        percentage = f"{said.percent(found.availability(unknown)):>11}"
        down = said.duration(found.down_us) if found.down_us else ""
        made.add_row(f"{said.month(month.year, month.month):<{width}}", Styled(bar, colour), percentage, down)
    return made


def _bar(found: Figure) -> str:
    """Draw a month's time in `BAR` characters.

    Any time that is not zero takes one character at least, so that neither an outage nor a gap is
    rounded away.
    """
    parts = {
        "█": found.up_us,
        "✖": found.down_us,
        "?": found.unknown_us,
        "-": found.excluded_us,
        "·": found.since_us - found.window.start_us,
    }
    whole = sum(parts.values())
    if not whole:
        return "·" * BAR
    widths = {mark: max(1, us * BAR // whole) if us else 0 for mark, us in parts.items()}
    widest = max(widths, key=lambda mark: widths[mark])
    widths[widest] += BAR - sum(widths.values())
    return "".join(mark * width for mark, width in widths.items())


def _idps(one: Statement, said: FigureTexts, titles: Mapping[tuple[str, str], str]) -> Table:
    ranks = (0, 0, 0, 2, 5, 6, 4, 1, 3, 2, 7)
    made = Table(*(Heading(head, rank, right=rank > 0) for head, rank in zip(said.idp_columns, ranks, strict=True)), indent=2)
    for line in one.idps:
        found = line.figure
        value = found.availability(one.unknown_time)
        name = subject_title(line.subject, titles_of(one.hub, titles)).in_language(said.language)
        before = said.percent(line.before.availability(one.unknown_time)) if line.amended else ""
        ratios = (found.lowest, found.highest, found.coverage)
        times = (found.down_us, found.unknown_us, found.budget_left_us)
        mark = _verdict(found, one, said)
        made.add_row(
            name, said.percent(value), Styled(mark.text[0], mark.style), before,
            *map(said.percent, ratios), *map(said.duration, times), str(found.totals.blips),
        )  # fmt: skip
    return made


def _idps_unknown(one: Statement, said: FigureTexts, titles: Mapping[tuple[str, str], str]) -> Iterator[Part]:
    """Yield why the state of each IdP was unknown, where it was."""
    told = [(line.subject, parts) for line in one.idps if (parts := one.unknown_parts.get(line.subject))]
    if told:
        yield []
        yield [Styled(f"  {said.unknown_of_idps}", "bold")]
    for subject, parts in told:
        name = subject_title(subject, titles_of(one.hub, titles)).in_language(said.language)
        yield Prose(f"{name}{said.colon} {unknown_sentence(parts).in_language(said.language)}", 4)


def _records(one: Statement, said: FigureTexts, titles: Mapping[tuple[str, str], str], room: int) -> Iterator[Part]:
    for record in one.records:
        if record.act is CorrectionKind.WITHDRAWN:
            continue
        yield []
        subject = subject_title(record.subject, titles_of(one.hub, titles)).in_language(said.language)
        gone = "" if record in one.counted else f" ({said.withdrawn})"
        head = (f"n° {record.seq}", f"{said.acts[record.act]}{gone}", subject, said.span(record.start_us, record.end_us))
        yield from ([Styled(f"  {line}")] for line in packed(head, room - 2, "  "))
        yield Prose(f"{record.author}, {said.instant(record.recorded_us)}{said.colon} {record.reason}", 8)
    late = [change for change in one.changes if change.late]
    for change in late:
        yield []
        late_change = said.late_change.format(title=change.title, planned=said.instant(change.planned_us))
        yield Prose(f"! {late_change}", 2, "yellow")
    unannounced = sum(seen.notice is Notice.NOBODY for seen in one.seen)
    if unannounced:
        yield []
        yield [Styled(f"  ! {said.seen_unannounced.format(count=unannounced)}", "yellow")]
