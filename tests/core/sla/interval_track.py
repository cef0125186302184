"""A track made of a list of intervals, from which tests compute a figure without a database.

The product reads its tracks from the ledger (`probe.ledger.figures.tracks`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from probe.core.judgement.subject import State
from probe.core.judgement.timeline import Interval
from probe.core.sla.availability import DownInterval, Totals


class IntervalTrack:
    """A `probe.core.sla.availability.Track` of intervals that ascend without gaps,
    the last one open.
    """

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self._intervals = intervals
        self._starts = [interval.start_us for interval in intervals]
        self._sums: list[Totals] = []
        total = Totals()
        for interval, following in zip_longest(intervals, intervals[1:]):
            self._sums.append(total)
            if following is not None:
                total = total.with_interval(interval.status.state, following.start_us - interval.start_us, following.status.state)

    @property
    def began_us(self) -> int | None:
        return self._starts[0] if self._starts else None

    def until(self, at_us: int) -> Totals:
        index = bisect_left(self._starts, at_us) - 1
        if index < 0:
            return Totals()
        return self._sums[index].spent(self._intervals[index].status.state, at_us - self._starts[index])

    def down_before(self, at_us: int) -> bool:
        index = bisect_left(self._starts, at_us) - 1
        return index >= 0 and self._intervals[index].status.state is State.DOWN

    def downs(self, start_us: int, end_us: int) -> Iterator[DownInterval]:
        first, last = max(0, bisect_right(self._starts, start_us) - 1), bisect_left(self._starts, end_us)
        for interval in self._intervals[first:last]:
            if interval.status.state is State.DOWN and (interval.end_us is None or interval.end_us > start_us):
                yield DownInterval(interval.start_us, interval.end_us, interval.status.condition)
