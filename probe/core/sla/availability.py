"""The annual figure: exact, with what it does not know beside it.

docs/contract.md, 3: « Le taux de disponibilité annuel du dispositif est de 99,9% ». docs/domain.md,
"The ledger and the annual figure": time, not counts; integers and `Fraction` until the last
character; the verdict is an integer comparison; a printed percentage is rounded down. Instants are
UTC microseconds, durations microseconds; windows are half-open.

Theory of operation
-------------------
    1. A *track* tells the time that a subject spent in each state, from its beginning to an instant
       t: `until(t)`.
    2. The time within a window [a, b) is until(b) - until(a): two look-ups, however long the
       history.
    3. Excluded spans are taken out of it.
    4. Down time that was corrected is moved to the state that it was corrected to.
    5. What is left makes the `Figure`: ratio, bounds, coverage, budget.

An example: a year with 4 hours down, 10 hours unknown, the rest up. Availability is up / (up +
down), 99.954 %. The lowest value takes unknown time as down, 99.840 %; the highest takes it as up.

A *track* is anything that can tell those totals and list the down intervals of a span. The product
has one, the projected ledger (`probe.ledger.figures.tracks`); the tests make theirs of a list.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, datetime
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from probe.core.judgement.subject import State
from probe.core.times import DAY_US, at, microseconds

ROLLING_US = 365 * DAY_US
GOAL = Fraction(999, 1000)
PARIS = ZoneInfo("Europe/Paris")


class UnknownTime(StrEnum):
    """How time of which nothing is known is read."""

    IGNORE = "ignore"  # left out of the figure: the default
    DOWN = "down"
    UP = "up"


ROLLING, YEAR = "rolling", "year"
WINDOWS = (ROLLING, YEAR)
"""The reported windows: the 365 days that end now, and the current civil year of Europe/Paris."""


# --- windows


class Span(NamedTuple):
    """A half-open span of time, [start_us, end_us)."""

    start_us: int
    end_us: int


class Window(NamedTuple):
    """[start_us, end_us), of a period of `nominal_us` whose thousandth is the budget.

    `name`: `rolling` or `year=2026`. `slides`: its start follows its end, so that old outages leave
    it.
    """

    name: str
    start_us: int
    end_us: int
    nominal_us: int
    slides: bool = False

    @property
    def length_us(self) -> int:
        return self.end_us - self.start_us

    @property
    def left_us(self) -> int:
        """What is still to come of a civil year that is not over."""
        return 0 if self.slides else self.start_us + self.nominal_us - self.end_us


def rolling(now_us: int) -> Window:
    """The 365 days that end now."""
    return Window(ROLLING, now_us - ROLLING_US, now_us, ROLLING_US, slides=True)


def civil_year(year: int, now_us: int) -> Window:
    """A civil year of Europe/Paris, up to now while it lasts.

    Raises ValueError for a year that has not begun, or that no calendar has.
    """
    if not MINYEAR < year < MAXYEAR:
        raise ValueError(f"{year} is not a year")
    start, end = microseconds(datetime(year, 1, 1, tzinfo=PARIS)), microseconds(datetime(year + 1, 1, 1, tzinfo=PARIS))
    if now_us < start:
        raise ValueError(f"the year {year} has not begun")
    return Window(f"year={year}", start, min(end, now_us), end - start)


def year_of(at_us: int) -> int:
    """The civil year of Europe/Paris that an instant is in."""
    return _local(at_us).year


def months(span: Window | Span) -> Iterator[tuple[int, int, Span]]:
    """Yield (year, month, its part within the span) for each civil month of Europe/Paris in it."""
    at = _local(span.start_us).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    while (start := microseconds(at)) < span.end_us:
        following = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
        yield at.year, at.month, Span(max(start, span.start_us), min(microseconds(following), span.end_us))
        at = following


def _local(at_us: int) -> datetime:
    return at(at_us).astimezone(PARIS)


# --- tracks


class Totals(NamedTuple):
    """Microseconds in each of the four states, how many blips began, and how often down
    time ended.
    """

    up_us: int = 0
    blip_us: int = 0
    down_us: int = 0
    unknown_us: int = 0
    blips: int = 0
    rises: int = 0

    def minus(self, other: "Totals") -> "Totals":
        return Totals._make(map(int.__sub__, self, other))

    def spent(self, state: State, us: int) -> "Totals":
        """Return the totals with `us` more in a state, of an interval that began within."""
        up, blip, down, unknown, blips, rises = self
        if state is State.UP:
            return Totals(up + us, blip, down, unknown, blips, rises)
        if state is State.BLIP:
            return Totals(up, blip + us, down, unknown, blips + 1, rises)
        if state is State.DOWN:
            return Totals(up, blip, down + us, unknown, blips, rises)
        return Totals(up, blip, down, unknown + us, blips, rises)

    def with_interval(self, state: State, us: int, following: State) -> "Totals":
        """Return the totals with one more whole interval, after which the state was `following`.

        The two may be the same, where only the cause changed.
        """
        spent = self.spent(state, us)
        rose = state is State.DOWN and following is not State.DOWN
        return spent._replace(rises=spent.rises + 1) if rose else spent


class DownInterval(NamedTuple):
    """One interval of down time, as it is recorded. An open end is None.

    `condition`: which of the three makes a hub down.
    """

    start_us: int
    end_us: int | None
    condition: str | None = None


class Track(Protocol):
    """One subject's time."""

    @property
    def began_us(self) -> int | None:
        """Where its record begins; None when there is none."""
        ...

    def until(self, at_us: int) -> Totals:
        """Time in each state from the beginning to an instant; nothing before the beginning."""
        ...

    def down_before(self, at_us: int) -> bool:
        """Whether the subject was down just before an instant."""
        ...

    def downs(self, start_us: int, end_us: int) -> Iterator[DownInterval]:
        """The down intervals that reach into [start_us, end_us), whole, ascending."""
        ...


class CorrectedSpan(NamedTuple):
    """A part of a subject's down time that was corrected: it counts as `state` (up or unknown)."""

    start_us: int
    end_us: int
    state: State


# --- the figure


class Figure(NamedTuple):
    """The availability of one subject over one window, in microseconds."""

    window: Window
    since_us: int  # where the record begins, if within the window; else the window's start
    totals: Totals
    excluded_us: int = 0

    @property
    def complete(self) -> bool:
        """Whether the record is as old as the window, and the window over its whole period."""
        return self.since_us == self.window.start_us and self.window.length_us == self.window.nominal_us

    @property
    def up_us(self) -> int:
        """Up, blips included: what was not confirmed is no outage."""
        return self.totals.up_us + self.totals.blip_us

    @property
    def down_us(self) -> int:
        return self.totals.down_us

    @property
    def unknown_us(self) -> int:
        return self.totals.unknown_us

    @property
    def known_us(self) -> int:
        return self.up_us + self.down_us

    @property
    def coverage(self) -> Fraction:
        """Known time / window (excluded time is nobody's)."""
        length = self.window.length_us - self.excluded_us
        return Fraction(self.known_us, length) if length > 0 else Fraction(0)

    def availability(self, unknown: UnknownTime = UnknownTime.IGNORE) -> Fraction | None:
        """Up / (up + down) under a reading of unknown time; None when nothing is known."""
        up = self.up_us + (self.unknown_us if unknown is UnknownTime.UP else 0)
        down = self.down_us + (self.unknown_us if unknown is UnknownTime.DOWN else 0)
        return Fraction(up, up + down) if up + down else None

    @property
    def lowest(self) -> Fraction | None:
        """Unknown time and blips as down."""
        total = self.known_us + self.unknown_us
        return Fraction(self.totals.up_us, total) if total else None

    @property
    def highest(self) -> Fraction | None:
        """Unknown time as up."""
        return self.availability(UnknownTime.UP)

    @property
    def budget_us(self) -> int:
        """0.1 % of the period: 31,536 s of 365 days."""
        return self.window.nominal_us * (GOAL.denominator - GOAL.numerator) // GOAL.denominator

    @property
    def budget_left_us(self) -> int:
        """Negative once it is overspent."""
        return self.budget_us - self.down_us


def figure(track: Track, window: Window, *, corrected: Iterable[CorrectedSpan] = (), excluded: Iterable[Span] = ()) -> Figure:
    """The figure of one subject.

    `corrected`: disjoint pieces of its down time (`probe.core.sla.correction.corrected`).
    `excluded` spans count as nothing, and may overlap.
    Before the track's beginning nothing was recorded: that is `since_us`, and no time of any state.
    """
    since, holes = _holes(track, window, excluded)
    totals = track.until(window.end_us).minus(track.until(since))
    for hole in holes:
        totals = totals.minus(track.until(hole.end_us).minus(track.until(hole.start_us)))
    for piece in corrected:
        moved = sum(part.end_us - part.start_us for part in without(holes, max(piece.start_us, since), min(piece.end_us, window.end_us)))
        totals = totals.spent(piece.state, moved).spent(State.DOWN, -moved)
    return Figure(window, since, totals, sum(hole.end_us - hole.start_us for hole in holes))


def _holes(track: Track, window: Window, excluded: Iterable[Span]) -> tuple[int, list[Span]]:
    began = window.end_us if track.began_us is None else track.began_us
    since = min(max(window.start_us, began), window.end_us)
    return since, merged(excluded, Span(since, window.end_us))


def merged(spans: Iterable[Span], within: Span) -> list[Span]:
    """Spans cut to `within`, those that overlap or touch joined, in order."""
    joined: list[Span] = []
    for span in sorted(spans):
        start, end = max(span.start_us, within.start_us), min(span.end_us, within.end_us)
        if start >= end:
            continue
        if joined and start <= joined[-1].end_us:
            joined[-1] = Span(joined[-1].start_us, max(joined[-1].end_us, end))
        else:
            joined.append(Span(start, end))
    return joined


def without(holes: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """What is left of [start, end) outside disjoint, ascending holes."""
    for hole in holes:
        if hole.end_us > start and hole.start_us < end:
            if hole.start_us > start:
                yield Span(start, hole.start_us)
            start = hole.end_us
    if start < end:
        yield Span(start, end)


def meets(value: Fraction | None, goal: Fraction = GOAL) -> bool | None:
    """The verdict: an integer comparison. None when nothing is known."""
    return None if value is None else value.numerator * goal.denominator >= goal.numerator * value.denominator


def percent(value: Fraction, digits: int = 4) -> str:
    """A ratio (0 or more) as a percentage, rounded down.

    So half a second of outage in a year never prints 100.
    """
    whole, part = divmod(value.numerator * 100 * 10**digits // value.denominator, 10**digits)
    return f"{whole}.{part:0{digits}}" if digits else str(whole)


# --- outages in the window


class DownTime(NamedTuple):
    """Down time within a window, after corrections and exclusions.

    `condition`: which of the three, for a hub.
    """

    start_us: int
    end_us: int
    condition: str | None = None
    lasts: bool = False  # nothing has shown it over yet


def downs(track: Track, window: Window, *, corrected: Iterable[CorrectedSpan] = (), excluded: Iterable[Span] = ()) -> Iterator[DownTime]:
    """What is left of a subject's down time in a window, in order; an open end is the window's."""
    since, gone = _gone(track, window, corrected, excluded)
    for interval in track.downs(since, window.end_us):
        start = max(interval.start_us, since)
        end = window.end_us if interval.end_us is None else min(interval.end_us, window.end_us)
        for part in without(gone, start, end):
            yield DownTime(*part, interval.condition, interval.end_us is None and part.end_us == end)


def _gone(track: Track, window: Window, corrected: Iterable[CorrectedSpan], excluded: Iterable[Span]) -> tuple[int, list[Span]]:
    since, holes = _holes(track, window, excluded)
    return since, merged([*holes, *(Span(piece.start_us, piece.end_us) for piece in corrected)], Span(since, window.end_us))


class Precision(NamedTuple):
    """How precisely edges from `start_us` on are known.

    `interval_us` tells it for the condition of an outage.
    """

    start_us: int
    interval_us: Callable[[str | None], int]


def counted_edges(track: Track, window: Window, precisions: Sequence[Precision]) -> tuple[int, int]:
    """Return what `edges` would, by look-ups alone.

    For subjects of which nothing was corrected or excluded, and whose outages are all known equally
    precisely.
    """
    ends = [precision.start_us for precision in precisions[1:]]
    spans = [(0, 0), *zip((one.start_us for one in precisions), (one.interval_us(None) for one in precisions), strict=True)]
    count = uncertainty = 0
    for (start, interval_us), end in zip(spans, [spans[1][0] if precisions else window.end_us, *ends, window.end_us], strict=False):
        start, end = max(start, window.start_us + 1), min(end, window.end_us)
        found = _begun_and_ended(track, end) - _begun_and_ended(track, start) if start < end else 0
        count += found
        uncertainty += found * interval_us
    return count, uncertainty


def _begun_and_ended(track: Track, at_us: int) -> int:
    """How often down time began or ended before an instant."""
    return 2 * track.until(at_us).rises + track.down_before(at_us)


def edges(
    track: Track,
    window: Window,
    precisions: Sequence[Precision],
    *,
    corrected: Iterable[CorrectedSpan] = (),
    excluded: Iterable[Span] = (),
) -> tuple[int, int]:
    """Return how many edges of down time the window holds, and the sum of their uncertainties.

    Microseconds.

    docs/domain.md: "each edge is only known within one interval". `precisions` ascend without gaps.
    Where the cause changes the subject stays down: that is no edge, nor are the window's own ends;
    what was corrected or excluded has none.
    """
    _, gone = _gone(track, window, corrected, excluded)
    begins = [precision.start_us for precision in precisions]
    inside = range(window.start_us + 1, window.end_us)
    tally: Counter[tuple[int, str | None]] = Counter()
    for start, end, first, last in _runs(track.downs(window.start_us, window.end_us)):
        if start in inside and not _inside(gone, start):
            tally[bisect_right(begins, start), first] += 1
        if end is not None and end in inside and not _inside(gone, end - 1):
            tally[bisect_right(begins, end), last] += 1
    known = ((index, condition, count) for (index, condition), count in tally.items() if index)
    return tally.total(), sum(count * precisions[index - 1].interval_us(condition) for index, condition, count in known)


def _runs(found: Iterable[DownInterval]) -> Iterator[tuple[int, int | None, str | None, str | None]]:
    """(start, end, first condition, last one) of down time without a gap."""
    run: tuple[int, int | None, str | None, str | None] | None = None
    for start, end, condition in found:
        if run is not None and run[1] == start:
            run = (run[0], end, run[2], condition)
            continue
        if run is not None:
            yield run
        run = (start, end, condition, condition)
    if run is not None:
        yield run


def _inside(gone: Sequence[Span], at: int) -> bool:
    if not gone:
        return False
    index = bisect_right(gone, at, key=lambda span: span.start_us) - 1
    return index >= 0 and at < gone[index].end_us


def oldest_leaves(found: Iterable[DownTime], window: Window, up_between: Callable[[int, int], bool]) -> int | None:
    """When the oldest outage of a sliding window will have left it; None when none will.

    An outage goes on through unknown time: `up_between` tells whether the subject was up within
    [start, end).
    """
    ahead = iter(found)
    last = next(ahead, None)
    if not window.slides or last is None:
        return None
    for each in ahead:
        if up_between(last.end_us, each.start_us):
            break
        last = each
    return None if last.lasts else last.end_us + window.nominal_us


def longest_allowed(found: Iterable[DownTime], window: Window, budget_left_us: int) -> int:
    """The longest outage that could start now and stay within the budget.

    Old outages leave a sliding window while it lasts.

    Microseconds; 0 when the budget is spent. Of a civil year: no longer than what is left of it.
    """
    if not window.slides:
        return max(0, min(budget_left_us, window.left_us))
    if budget_left_us < 0:
        return 0
    allowed = budget_left_us
    for each in found:
        if each.start_us - window.start_us > allowed:
            break
        allowed += each.end_us - each.start_us
    return min(allowed, window.nominal_us)
