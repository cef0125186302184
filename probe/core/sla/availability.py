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
    5. What is left makes the `Figure`: ratio, bounds, coverage, budget, and the verdict on its goal
       (`probe.core.sla.goal`).

`probe.core.sla.window` has the windows, `probe.core.sla.down_time` the outages in them.

An example: a year with 4 hours down, 10 hours unknown, the rest up. Availability is up / (up +
down), 99.954 %. The lowest value takes unknown time as down, 99.840 %; the highest takes it as up.

A *track* is anything that can tell those totals and list the down intervals of a span. The product
has one, the projected ledger (`probe.ledger.figures.tracks`); the tests make theirs of a list.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, Protocol

from probe.core.judgement.subject import State
from probe.core.sla.goal import CONTRACT, Goal, GoalVerdict, verdict
from probe.core.sla.window import Span, Window, merged, without


class UnknownTime(StrEnum):
    """The way in which time counts of which nothing is known."""

    IGNORE = "ignore"  # left out of the figure: the default
    DOWN = "down"
    UP = "up"


# --- tracks


class Totals(NamedTuple):
    """The microseconds spent in each of the four states, the blips that began (`blips`), and the
    ends of down time (`rises`).
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
        """The instant at which its record begins; None when there is none."""
        ...

    def until(self, at_us: int) -> Totals:
        """Return the time in each state from the beginning to an instant.

        There is none before the beginning.
        """
        ...

    def down_before(self, at_us: int) -> bool:
        """Return whether the subject was down just before an instant."""
        ...

    def downs(self, start_us: int, end_us: int) -> Iterator[DownInterval]:
        """Yield the down intervals that reach into [start_us, end_us), uncut, in order."""
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
    goal: Goal = CONTRACT

    @property
    def complete(self) -> bool:
        """Whether the record covers the whole window, and the window its whole period."""
        return self.since_us == self.window.start_us and self.window.length_us == self.window.nominal_us

    @property
    def up_us(self) -> int:
        """Time that counts as up. Blips are included, since a failure that was not confirmed is no
        outage.
        """
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
        """Known time / window. Excluded time counts in neither."""
        length = self.window.length_us - self.excluded_us
        return Fraction(self.known_us, length) if length > 0 else Fraction(0)

    def availability(self, unknown: UnknownTime = UnknownTime.IGNORE) -> Fraction | None:
        """Return up / (up + down) under a reading of unknown time; None when nothing is known."""
        up = self.up_us + (self.unknown_us if unknown is UnknownTime.UP else 0)
        down = self.down_us + (self.unknown_us if unknown is UnknownTime.DOWN else 0)
        return Fraction(up, up + down) if up + down else None

    @property
    def lowest(self) -> Fraction | None:
        """The availability if unknown time and blips were down; None when nothing was recorded."""
        total = self.known_us + self.unknown_us
        return Fraction(self.totals.up_us, total) if total else None

    @property
    def highest(self) -> Fraction | None:
        """The availability if unknown time was up; None when nothing was recorded."""
        return self.availability(UnknownTime.UP)

    def verdict(self, unknown: UnknownTime = UnknownTime.IGNORE) -> GoalVerdict:
        """Return whether the goal is met, under a reading of unknown time."""
        return verdict(self.availability(unknown), self.coverage, self.goal)

    @property
    def budget_us(self) -> int:
        """The error budget: by default 0.1 % of the period, 31,536 s of 365 days."""
        return self.goal.budget_us(self.window.nominal_us)

    @property
    def unknown_limit_us(self) -> int:
        """The unknown time of the window that is tolerated."""
        return self.goal.unknown_limit_us(self.window.nominal_us)

    @property
    def budget_left_us(self) -> int:
        """The rest of the error budget; negative once it is overspent."""
        return self.budget_us - self.down_us


def figure(
    track: Track, window: Window, *, corrected: Iterable[CorrectedSpan] = (), excluded: Iterable[Span] = (), goal: Goal = CONTRACT
) -> Figure:
    """Return the figure of one subject.

    `corrected`: disjoint pieces of its down time (`probe.core.sla.correction.corrected`).
    `excluded` spans count as nothing, and may overlap.
    Time before the track's beginning counts in no state: `since_us` of the figure tells it.
    """
    since, holes = recorded_part(track, window, excluded)
    totals = track.until(window.end_us).minus(track.until(since))
    for hole in holes:
        totals = totals.minus(track.until(hole.end_us).minus(track.until(hole.start_us)))
    for piece in corrected:
        moved = sum(part.end_us - part.start_us for part in without(holes, max(piece.start_us, since), min(piece.end_us, window.end_us)))
        totals = totals.spent(piece.state, moved).spent(State.DOWN, -moved)
    return Figure(window, since, totals, sum(hole.end_us - hole.start_us for hole in holes), goal)


def recorded_part(track: Track, window: Window, excluded: Iterable[Span]) -> tuple[int, list[Span]]:
    """Return where the record begins within a window, and the excluded spans from there on."""
    began = window.end_us if track.began_us is None else track.began_us
    since = min(max(window.start_us, began), window.end_us)
    return since, merged(excluded, Span(since, window.end_us))


def percent(value: Fraction, digits: int = 4) -> str:
    """Return a ratio (0 or more) as a percentage, rounded down.

    So an outage of half a second in a year is never printed as 100.
    """
    whole, part = divmod(value.numerator * 100 * 10**digits // value.denominator, 10**digits)
    return f"{whole}.{part:0{digits}}" if digits else str(whole)
