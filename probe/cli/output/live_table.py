"""Lays out the demo's live screen: every subject's state at all times, and the latest events.

A line is a subject, as long as the terminal has as many lines; its columns stay where they are
whatever happens. On a lower terminal the subjects stand beside each other, the worst first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from probe.cli.output.status import MARKS, STYLES, Statuses, cause_cells, rank
from probe.cli.output.table import BETWEEN, Line, Styled, cell_len, hanging, wrapped
from probe.cli.output.texts import CommandTexts
from probe.core.judgement.condition import CONDITIONS, State, SubjectStatus
from probe.core.judgement.subject import NUMBERS
from probe.texts.moments import local, offset
from probe.texts.subjects import subject_title, titles_of

_WORST_FIRST = (State.DOWN, State.UNKNOWN, State.BLIP, State.UP)
_CLOCK = 8  # characters of a time of day


class _Subject(NamedTuple):
    name: str
    state: Styled
    since: str
    reason: str
    order: int


def screen(
    statuses: Statuses, events: Sequence[Line], title: str, size: tuple[int, int], said: CommandTexts, titles: Mapping[tuple[str, str], str]
) -> list[Line]:
    """Return the lines of the screen: `size` is its columns and its lines.

    `events`: oldest first; the latest ones that have room are shown.
    """
    width, height = size
    head = list(wrapped([Styled(f"{said.story}{said.colon} {title}", "bold reverse")], width))
    subjects = list(_subjects(statuses, said, titles))
    table = list(_rows(subjects, width, said))
    if len(head) + len(table) > height:
        return [*head, *_beside(subjects, width, height - len(head), said)][:height]
    foot = list(wrapped([Styled(said.last_events, "bold")], width))
    left = height - len(head) - len(table) - len(foot)
    if left < 1:
        return [*head, *table]
    blank = [Line()] if left > 1 else []
    return [*head, *table, *blank, *foot, *_latest(events, width, left - len(blank))]


def _subjects(statuses: Statuses, said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Iterator[_Subject]:
    for (hub, subject), (since, current) in sorted(statuses.items(), key=lambda item: (item[0][0], rank(item[0][1]))):
        name = subject_title(subject, titles_of(hub, titles)).in_language(said.language)
        _, reason, _ = cause_cells(current.cause, current.condition or subject, said.language)
        clock = f"{local(since, said.timezone):%H:%M:%S}"
        yield _Subject(name, _state(current, subject, said), clock, reason, _WORST_FIRST.index(current.state))


def _state(current: SubjectStatus, subject: str, said: CommandTexts) -> Styled:
    """Write a state briefly: that some failures are not confirmed is said by its mark alone."""
    word = (said.holds if subject in CONDITIONS else said.states)[State.UP if current.state is State.BLIP else current.state]
    condition = f" ({NUMBERS[current.condition]})" if current.condition else ""
    return Styled(f"{MARKS[current.state]} {word}{condition}", STYLES[current.state])


def _rows(subjects: Sequence[_Subject], width: int, said: CommandTexts) -> Iterator[Line]:
    """Yield a row a subject. The reason stands behind a name where it has room; the events tell it
    too.
    """
    longest = [max(cell_len(each[state]) for state in State if state is not State.BLIP) for each in (said.states, said.holds)]
    state_width = max(longest[0] + len("x  (C1)"), longest[1] + len("x "))
    clock_width = max(_CLOCK, cell_len(said.since))
    before = state_width + clock_width + 2 * len(BETWEEN)
    room = max(width - before, 1)
    name_width = max((cell_len(each.name) for each in subjects), default=0)
    yield from wrapped([Styled(f"{said.state:<{state_width}}{BETWEEN}{said.since:<{clock_width}}{BETWEEN}{said.subject}", "bold")], width)
    for each in subjects:
        first, *others = wrapped([Styled(each.name)], room)
        line = [_padded(each.state, state_width), Styled(f"{BETWEEN}{each.since:<{clock_width}}{BETWEEN}"), *first]
        gap = name_width - cell_len(each.name) + len(BETWEEN)
        if each.reason and not others and cell_len(each.name) + gap + cell_len(each.reason) <= room:
            line += [Styled(" " * gap), Styled(each.reason, "dim")]
        yield line
        yield from ([Styled(" " * before), *other] for other in others)


def _beside(subjects: Sequence[_Subject], width: int, height: int, said: CommandTexts) -> Iterator[Line]:
    """Yield the subjects beside each other, the worst first; how many more there are, if any."""
    units = [Styled(f"{each.state.text[:1]} {each.name}", each.state.style) for each in sorted(subjects, key=lambda each: each.order)]
    lines = list(_packed(units, width))
    if len(lines) <= height:
        yield from lines
        return
    kept = lines[: max(height - 1, 0)]
    shown = sum(part.style is not None for line in kept for part in line)
    yield from kept
    yield from list(wrapped([Styled(said.and_more.format(count=len(units) - shown))], width))[:1]


def _packed(units: Iterable[Styled], width: int) -> Iterator[Line]:
    line, used = Line(), 0
    for unit in units:
        if line and used + len(BETWEEN) + cell_len(unit.text) > width:
            yield line
            line, used = Line(), 0
        line += [Styled(BETWEEN), unit] if line else [unit]
        used += cell_len(unit.text) + (len(BETWEEN) if used else 0)
    if line:
        yield line


def _latest(events: Sequence[Line], width: int, height: int) -> list[Line]:
    """Return the lines of the latest events that have room, whole ones."""
    shown: list[Line] = []
    for event in reversed(events):
        lines = list(hanging(event, 0, width, 4))
        if len(shown) + len(lines) > height:
            break
        shown = [*lines, *shown]
    return shown


def _padded(part: Styled, width: int) -> Styled:
    return part._replace(text=part.text + " " * (width - cell_len(part.text)))


def day_and_zone(us: int, said: CommandTexts) -> str:
    """Return the day and the time zone of the times of day on the screen."""
    moment = local(us, said.timezone)
    return f"{moment:%d/%m/%Y}, {said.timezone} ({offset(moment)})"
