"""The annual figure: exact, with what it does not know beside it.

annexe-qualite-de-service, section 3: « Le taux de disponibilité annuel du dispositif est de 99,9% ».
domain.md, "The ledger and the annual figure": time, not counts; integers and `Fraction` until the last character; the verdict is an
integer comparison; a printed percentage is rounded down. Instants are UTC microseconds, durations microseconds; windows are half-open.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from probe.core.condition import State
from probe.core.timeline import Interval

DAY_US = 86_400_000_000
ROLLING_US = 365 * DAY_US
GOAL = Fraction(999, 1000)
PARIS = ZoneInfo("Europe/Paris")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownTime(StrEnum):
    """How time of which nothing is known is read."""

    IGNORE = "ignore"  # left out of the figure: the default
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Window:
    """[start_us, end_us), of a period of `nominal_us` whose thousandth is the budget. `name`: `rolling` or `year=2026`."""

    name: str
    start_us: int
    end_us: int
    nominal_us: int

    @property
    def length_us(self) -> int:
        return self.end_us - self.start_us


def rolling(now_us: int) -> Window:
    """The 365 days that end now."""
    return Window("rolling", now_us - ROLLING_US, now_us, ROLLING_US)


def civil_year(year: int, now_us: int) -> Window:
    """A civil year of Europe/Paris, up to now while it lasts. Raises ValueError for a year that has not begun."""
    start, end = _new_year(year), _new_year(year + 1)
    if now_us < start:
        raise ValueError(f"the year {year} has not begun")
    return Window(f"year={year}", start, min(end, now_us), end - start)


def _new_year(year: int) -> int:
    local = datetime(year, 1, 1, tzinfo=PARIS)
    return (local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """The availability of one subject over one window. Microseconds; `blip_us` is part of `up_us`."""

    window: Window
    since_us: int  # where the ledger begins, if within the window; else the window's start
    up_us: int
    blip_us: int
    down_us: int
    unknown_us: int
    excluded_us: int
    edges: int  # of outages within the window
    edge_uncertainty_us: int  # each edge is only known within one interval

    @property
    def complete(self) -> bool:
        """Whether the ledger is as old as the window, and the window over its whole period."""
        return self.since_us == self.window.start_us and self.window.length_us == self.window.nominal_us

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
        return Fraction(self.up_us - self.blip_us, total) if total else None

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


def meets(value: Fraction | None, goal: Fraction = GOAL) -> bool | None:
    """The verdict: an integer comparison. None when nothing is known."""
    return None if value is None else value.numerator * goal.denominator >= goal.numerator * value.denominator


def percent(value: Fraction, digits: int = 4) -> str:
    """A ratio as a percentage, rounded down: half a second of outage in a year never prints 100."""
    scaled = value * 100 * 10**digits
    whole, part = divmod(scaled.numerator // scaled.denominator, 10**digits)
    return f"{whole}.{part:0{digits}}" if digits else str(whole)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time, [start_us, end_us)."""

    start_us: int
    end_us: int


def figure(
    intervals: Sequence[Interval], window: Window, *, excluded: Iterable[Span] = (), probed_every: Callable[[int], int] = lambda _at: 0
) -> Figure:
    """The figure of one subject. `intervals` ascend without gaps, the last one open; `probed_every` tells the interval of its probes
    at an instant.

    `excluded` spans count as nothing, and may overlap. Before the first interval nothing was recorded: that is `since_us`.
    """
    began = intervals[0].start_us if intervals else window.end_us
    since = min(max(window.start_us, began), window.end_us)
    holes = merged(excluded, Span(since, window.end_us))
    totals = dict.fromkeys(State, 0)
    edges: list[int] = []
    for interval in intervals:
        start = max(interval.start_us, since)
        end = min(window.end_us if interval.end_us is None else interval.end_us, window.end_us)
        if start < end:
            totals[interval.standing.state] += end - start - _overlap(holes, start, end)
            if interval.standing.state is State.DOWN:
                edges += [at for at in (interval.start_us, interval.end_us) if at is not None and since <= at < window.end_us]
    return Figure(
        window=window,
        since_us=since,
        up_us=totals[State.UP] + totals[State.BLIP],
        blip_us=totals[State.BLIP],
        down_us=totals[State.DOWN],
        unknown_us=totals[State.UNKNOWN],
        excluded_us=sum(hole.end_us - hole.start_us for hole in holes),
        edges=len(edges),
        edge_uncertainty_us=sum(map(probed_every, edges)),
    )


def merged(spans: Iterable[Span], within: Span) -> list[Span]:
    """Spans cut to `within`, overlaps joined, in order."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start_us):
        start, end = max(span.start_us, within.start_us), min(span.end_us, within.end_us)
        if start >= end:
            continue
        if found and start <= found[-1].end_us:
            found[-1] = Span(found[-1].start_us, max(found[-1].end_us, end))
        else:
            found.append(Span(start, end))
    return found


def _overlap(holes: Sequence[Span], start: int, end: int) -> int:
    return sum(max(0, min(hole.end_us, end) - max(hole.start_us, start)) for hole in holes)


def oldest_leaves(intervals: Iterable[Interval], window: Window) -> int | None:
    """When the oldest outage of a rolling window will have left it; None when there is none in it, or it lasts."""
    down = (each for each in intervals if each.standing.state is State.DOWN)
    oldest = next((each for each in down if each.end_us is None or each.end_us > window.start_us), None)
    return oldest.end_us + window.nominal_us if oldest and oldest.end_us is not None else None


def longest_allowed(intervals: Iterable[Interval], window: Window, budget_left_us: int) -> int:
    """The longest outage, starting at the end of a rolling window, that still meets the goal: old outages leave while it lasts.

    Microseconds; 0 when the budget is spent.
    """
    if budget_left_us < 0:
        return 0
    allowed = budget_left_us
    for each in intervals:
        if each.standing.state is not State.DOWN:
            continue
        start, end = max(each.start_us, window.start_us), min(window.end_us if each.end_us is None else each.end_us, window.end_us)
        if start < end and start - window.start_us <= allowed:
            allowed += min(end - start, end - window.start_us)
    return allowed


def by_month(intervals: Sequence[Interval], window: Window, excluded: Iterable[Span] = ()) -> list[tuple[int, int, Mapping[State, int]]]:
    """(year, month, microseconds in each state) for every civil month of Europe/Paris that the window touches."""
    spans = list(excluded)
    found: list[tuple[int, int, Mapping[State, int]]] = []
    at = datetime.fromtimestamp(window.start_us // 1_000_000, PARIS).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while (start := _instant(at)) < window.end_us:
        following = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
        cut = Window("month", max(start, window.start_us), min(_instant(following), window.end_us), 0)
        part = figure(intervals, cut, excluded=spans)
        states = {State.UP: part.up_us - part.blip_us, State.BLIP: part.blip_us, State.DOWN: part.down_us, State.UNKNOWN: part.unknown_us}
        found.append((at.year, at.month, states))
        at = following
    return found


def _instant(local: datetime) -> int:
    return (local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
