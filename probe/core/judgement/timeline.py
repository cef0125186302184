"""Reads ledger rows as time: intervals of a state, and outages.

A row says that a subject is in a state from `effective_us` on. A row that is written later replaces
everything from its own `effective_us` on. So rows are read in the order of writing, and each one
overrides the tail. Intervals are half-open, in UTC microseconds.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from probe.core.judgement.condition import State, SubjectStatus
from probe.core.judgement.signal import Cause
from probe.core.judgement.telling import most_telling


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the ledger, before it is chained.

    `recorded_us`: the finish of the observation that it follows from.
    """

    hub: str
    subject: str
    effective_us: int
    status: SubjectStatus
    recorded_us: int


@dataclass(frozen=True, slots=True)
class Interval:
    """[start_us, end_us) with one status; `end_us` is None on the last one of a subject."""

    start_us: int
    end_us: int | None
    status: SubjectStatus

    def length(self, now_us: int) -> int:
        """Return the length in microseconds. An open end counts to `now_us`."""
        return max(0, (now_us if self.end_us is None else self.end_us) - self.start_us)


@dataclass(slots=True)
class Timeline:
    """Keeps one subject's time as ascending breakpoints. The last status is open-ended."""

    points: list[tuple[int, SubjectStatus]] = field(default_factory=list)

    def apply(self, effective_us: int, status: SubjectStatus) -> None:
        """Override the tail from `effective_us` on."""
        del self.points[bisect_left(self.points, effective_us, key=lambda point: point[0]) :]
        if not self.points or self.points[-1][1] != status:
            self.points.append((effective_us, status))

    def index(self, at_us: int) -> int:
        """Return the index of the point that holds at `at_us` (0 before the first)."""
        return max(0, bisect_right(self.points, at_us, key=lambda point: point[0]) - 1)

    def intervals(self) -> list[Interval]:
        """Return the intervals, oldest first; the last one is open."""
        ends = [at for at, _ in self.points[1:]]
        return [Interval(at, end, status) for (at, status), end in zip(self.points, [*ends, None], strict=True)]


def timelines(rows: Iterable[LedgerRow]) -> dict[tuple[str, str], Timeline]:
    """Return the timeline of each (hub, subject), from rows in the order of writing."""
    by_subject: dict[tuple[str, str], Timeline] = {}
    for row in rows:
        by_subject.setdefault((row.hub, row.subject), Timeline()).apply(row.effective_us, row.status)
    return by_subject


@dataclass(frozen=True, slots=True)
class Outage:
    """From the first instant down until the subject was up again.

    `end_us` is None while nothing has shown it over. Unknown time inside it is neither up nor down.
    `condition` names the one of the three that made the hub down for most of the down time. `cause`
    is the most telling one under that condition, the first of equals.
    """

    hub: str
    subject: str
    start_us: int
    end_us: int | None
    down_us: int
    unknown_us: int
    cause: Cause | None
    condition: str | None = None


def outages(hub: str, subject: str, intervals: Iterable[Interval], now_us: int) -> list[Outage]:
    """Return the outages of one subject, oldest first: each lasts until the subject is up again,
    unknown time included. Down time of an open one counts to `now_us`.
    """
    ended: list[Outage] = []
    open_: list[Interval] = []
    for interval in intervals:
        if interval.status.state is State.DOWN or (open_ and interval.status.state is State.UNKNOWN):
            open_.append(interval)
        elif open_:
            ended.append(_outage(hub, subject, open_, now_us))
            open_ = []
    if open_:
        ended.append(_outage(hub, subject, open_, now_us))
    return ended


def _outage(hub: str, subject: str, intervals: list[Interval], now_us: int) -> Outage:
    weights: Counter[str | None] = Counter()
    unknown = 0
    for interval in intervals:
        if interval.status.state is State.DOWN:
            weights[interval.status.condition] += interval.length(now_us)
        else:
            unknown += interval.length(now_us)
    condition = weights.most_common(1)[0][0]
    down = (interval.status for interval in intervals if interval.status.state is State.DOWN)
    cause = most_telling(status.cause for status in down if status.condition == condition)
    return Outage(hub, subject, intervals[0].start_us, intervals[-1].end_us, sum(weights.values()), unknown, cause, condition)


def lengths(intervals: Iterable[Interval], since_us: int, until_us: int) -> dict[State, int]:
    """Return the microseconds in each state within [since_us, until_us)."""
    totals = dict.fromkeys(State, 0)
    for interval in intervals:
        end = until_us if interval.end_us is None else min(interval.end_us, until_us)
        totals[interval.status.state] += max(0, end - max(interval.start_us, since_us))
    return totals


def corrections(tail: Timeline, fresh: list[tuple[int, SubjectStatus]]) -> list[tuple[int, SubjectStatus]]:
    """Return the fewest points that make `tail` agree with `fresh` from its first instant on."""
    first = tail.index(fresh[0][0])
    old = tail.points[first + 1 :]
    standing = tail.points[first][1]  # the status at that instant
    if not old and all(status is standing or status == standing for _, status in fresh):
        return []  # as nearly always: nothing is new
    new = [point for before, point in pairwise([(0, standing), *fresh]) if point[1] != before[1]]
    same = next((n for n, (a, b) in enumerate(zip(new, old, strict=False)) if a != b), min(len(new), len(old)))
    wrong = [points[same][0] for points in (new, old) if same < len(points)]
    if not wrong:
        return []
    start = min(wrong)
    following = [point for point in new if point[0] > start]
    status_at_start = [point for point in [(0, standing), *new] if point[0] <= start][-1][1]
    return [(start, status_at_start), *following]
