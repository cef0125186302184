"""The down time of a window: its outages, its edges, and what it leaves of the error budget.

docs/domain.md, "The ledger and the annual figure". An *edge* is an instant at which a subject went
down or came back. It is known within one interval between two observations. Instants are UTC
microseconds, durations microseconds.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from probe.core.sla.availability import CorrectedSpan, DownInterval, Track, recorded_part
from probe.core.sla.window import Span, Window, merged, without


class DownTime(NamedTuple):
    """Down time within a window, after corrections and exclusions.

    `condition`: which of the three, for a hub.
    """

    start_us: int
    end_us: int
    condition: str | None = None
    lasts: bool = False  # nothing has shown it over yet


def downs(track: Track, window: Window, *, corrected: Iterable[CorrectedSpan] = (), excluded: Iterable[Span] = ()) -> Iterator[DownTime]:
    """Yield the down time of a subject in a window, in order, without what was removed from it.

    Down time that was corrected or excluded is removed. An outage without an end ends with the
    window.
    """
    since, removed = _removed(track, window, corrected, excluded)
    for interval in track.downs(since, window.end_us):
        start = max(interval.start_us, since)
        end = window.end_us if interval.end_us is None else min(interval.end_us, window.end_us)
        for part in without(removed, start, end):
            yield DownTime(*part, interval.condition, interval.end_us is None and part.end_us == end)


def _removed(track: Track, window: Window, corrected: Iterable[CorrectedSpan], excluded: Iterable[Span]) -> tuple[int, list[Span]]:
    """Return where the record begins within the window, and the spans that do not count."""
    since, holes = recorded_part(track, window, excluded)
    return since, merged([*holes, *(Span(piece.start_us, piece.end_us) for piece in corrected)], Span(since, window.end_us))


class Precision(NamedTuple):
    """The precision with which edges from `start_us` on are known.

    `interval_us` returns it for the condition of an outage, in microseconds.
    """

    start_us: int
    interval_us: Callable[[str | None], int]


def counted_edges(track: Track, window: Window, precisions: Sequence[Precision]) -> tuple[int, int]:
    """Return the same as `edges`, by look-ups alone.

    This holds for a subject of which nothing was corrected or excluded, and whose outages are all
    known equally precisely.
    """
    ends = [precision.start_us for precision in precisions[1:]]
    spans = [(0, 0), *((precision.start_us, precision.interval_us(None)) for precision in precisions)]
    count = uncertainty = 0
    for (start, interval_us), end in zip(spans, [spans[1][0] if precisions else window.end_us, *ends, window.end_us], strict=False):
        start, end = max(start, window.start_us + 1), min(end, window.end_us)
        edges_there = _begun_and_ended(track, end) - _begun_and_ended(track, start) if start < end else 0
        count += edges_there
        uncertainty += edges_there * interval_us
    return count, uncertainty


def _begun_and_ended(track: Track, at_us: int) -> int:
    """Return how often down time began or ended before an instant."""
    return 2 * track.until(at_us).rises + track.down_before(at_us)


def edges(
    track: Track,
    window: Window,
    precisions: Sequence[Precision],
    *,
    corrected: Iterable[CorrectedSpan] = (),
    excluded: Iterable[Span] = (),
) -> tuple[int, int]:
    """Return the number of edges in the window, and the sum of their uncertainties (microseconds).

    docs/domain.md: "each edge is only known within one interval". `precisions` ascend without gaps.
    No edge is where only the cause changes, since the subject stays down; nor at the window's own
    ends; nor in time that was corrected or excluded.
    """
    _, removed = _removed(track, window, corrected, excluded)
    begins = [precision.start_us for precision in precisions]
    inside = range(window.start_us + 1, window.end_us)
    counts: Counter[tuple[int, str | None]] = Counter()
    for start, end, first, last in _runs(track.downs(window.start_us, window.end_us)):
        if start in inside and not _inside(removed, start):
            counts[bisect_right(begins, start), first] += 1
        if end is not None and end in inside and not _inside(removed, end - 1):
            counts[bisect_right(begins, end), last] += 1
    known = ((index, condition, count) for (index, condition), count in counts.items() if index)
    return counts.total(), sum(count * precisions[index - 1].interval_us(condition) for index, condition, count in known)


def _runs(intervals: Iterable[DownInterval]) -> Iterator[tuple[int, int | None, str | None, str | None]]:
    """Join down intervals without a gap: yield (start, end, first condition, last condition)."""
    run: tuple[int, int | None, str | None, str | None] | None = None
    for start, end, condition in intervals:
        if run is not None and run[1] == start:
            run = (run[0], end, run[2], condition)
            continue
        if run is not None:
            yield run
        run = (start, end, condition, condition)
    if run is not None:
        yield run


def _inside(removed: Sequence[Span], at: int) -> bool:
    """Return whether an instant lies in one of the spans, which are disjoint and ascend."""
    if not removed:
        return False
    index = bisect_right(removed, at, key=lambda span: span.start_us) - 1
    return index >= 0 and at < removed[index].end_us


def oldest_leaves(down_times: Iterable[DownTime], window: Window, up_between: Callable[[int, int], bool]) -> int | None:
    """Return when the oldest outage of a sliding window will have left it; None when none will.

    An outage goes on through unknown time: `up_between` tells whether the subject was up within
    [start, end).
    """
    ahead = iter(down_times)
    last = next(ahead, None)
    if not window.slides or last is None:
        return None
    for each in ahead:
        if up_between(last.end_us, each.start_us):
            break
        last = each
    return None if last.lasts else last.end_us + window.nominal_us


def longest_allowed(down_times: Iterable[DownTime], window: Window, budget_left_us: int) -> int:
    """Return the longest outage (microseconds) that could start now and stay within the budget.

    It is 0 when the budget is spent. While the outage lasts, old outages leave a sliding window. In
    a civil year it is no longer than the rest of the year.
    """
    if not window.slides:
        return max(0, min(budget_left_us, window.left_us))
    if budget_left_us < 0:
        return 0
    allowed = budget_left_us
    for each in down_times:
        if each.start_us - window.start_us > allowed:  # this one stays in the window for longer
            break
        allowed += each.end_us - each.start_us
    return min(allowed, window.nominal_us)
