"""Past time that others watched, which a new installation imports to show a full year.

A period says that a subject was `down`, `up` (watched, and no outage) or `unknown` in a span that
ended before our own watch began. Periods of one state do not overlap. Where periods of two states
do, down goes before unknown, and unknown before up. Time that no period speaks of, between the
first of them and our own watch, is unknown. Instants are UTC microseconds.

Theory of operation
-------------------
Periods of the hub and of C1, C2 and C3 together make four subjects. A condition is up where the hub
was watched and the condition was not down. The hub is down where a condition is (the first of them
names it), or where a period says so. Periods of an IdP make that IdP's time.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from probe.core.judgement.subject import CONDITIONS, HUB, State


class Period(NamedTuple):
    """One line of an import.

    `batch` and `line`: where it stands. `note`: what its source says of it.
    """

    batch: int
    line: int
    hub: str
    subject: str
    state: State
    start_us: int
    end_us: int
    note: str = ""

    def overlaps(self, other: "Period") -> bool:
        """Return whether both say the same of one subject at some instant."""
        same = (self.hub, self.subject, self.state) == (other.hub, other.subject, other.state)
        return same and self.start_us < other.end_us and other.start_us < self.end_us


class ImportedInterval(NamedTuple):
    """An interval of imported time.

    `batch`: the import that says so; the latest, where several do.
    """

    start_us: int
    end_us: int
    state: State
    condition: str | None
    batch: int


def project(periods: Sequence[Period], subject: str, until_us: int) -> list[ImportedInterval]:
    """Return one subject's time from its first period to `until_us`, where our own watch begins.

    `periods`: all those of one hub.
    """
    of_hub = subject in (HUB, *CONDITIONS)
    mine = [each for each in periods if (each.subject in (HUB, *CONDITIONS) if of_hub else each.subject == subject)]
    if not mine:
        return []
    latest = max(each.batch for each in mine)
    edges = {each.start_us for each in mine} | {each.end_us for each in mine} | {until_us}
    intervals: list[ImportedInterval] = []
    for start, end in pairwise(sorted(edge for edge in edges if edge <= until_us)):
        here = [each for each in mine if each.start_us <= start < each.end_us]
        batch = max((each.batch for each in here), default=latest)
        part = ImportedInterval(start, end, *_state_of(subject, here), batch)
        if intervals and intervals[-1][2:] == part[2:]:
            part = part._replace(start_us=intervals.pop().start_us)
        intervals.append(part)
    return intervals


def _state_of(subject: str, here: Sequence[Period]) -> tuple[State, str | None]:
    """Return the state of a subject that the periods of one instant add up to, and the condition
    that makes the hub down.
    """
    states = {(each.subject, each.state) for each in here}
    if subject == HUB:
        holding = next((name for name in CONDITIONS if (name, State.DOWN) in states), None)
        if holding or (HUB, State.DOWN) in states:
            return State.DOWN, holding
    elif (subject, State.DOWN) in states:
        return State.DOWN, None
    speaks = {HUB, subject} if subject in CONDITIONS else {subject}
    own_states = {state for name, state in states if name in speaks}
    return (State.UP if State.UP in own_states and State.UNKNOWN not in own_states else State.UNKNOWN), None


def overlaps(fresh: Sequence[Period], before: Iterable[Period]) -> Iterator[tuple[Period, Period]]:
    """Yield each fresh period that overlaps another one, with that one.

    The other is of the same file, or of an earlier import (`before`).
    """
    latest: Period | None = None
    marked = [(each, True) for each in fresh] + [(each, False) for each in before]
    for each, new in sorted(marked, key=_by_time):
        if latest is not None and latest.overlaps(each):
            yield (each, latest) if new else (latest, each)
        if latest is None or not latest.overlaps(each) or each.end_us > latest.end_us:
            latest = each


def _by_time(pair: tuple[Period, bool]) -> tuple[object, ...]:
    period, new = pair
    return period.hub, period.subject, period.state, period.start_us, new, period.line
