"""What the figure of a window must reach, and the verdict on it.

docs/contract.md, 3: « Le taux de disponibilité annuel du dispositif est de 99,9% ». That is the
default; a goal is a setting of each hub, IdP and window. Shares are exact, from 0 to 1.
"""

from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class Goal(NamedTuple):
    """The goal over one window.

    `availability`: the least share of known time that is up. `coverage`: the least share of the
    window that must be known before the goal is said to be met. `unknown`: the largest share of
    the window's period that may be unknown before an alert says so.
    """

    availability: Fraction = Fraction(999, 1000)
    coverage: Fraction = Fraction(90, 100)
    unknown: Fraction = Fraction(1, 100)

    def budget_us(self, nominal_us: int) -> int:
        """Return the downtime that the goal leaves of a period, both in microseconds."""
        return _share_us(1 - self.availability, nominal_us)

    def unknown_limit_us(self, nominal_us: int) -> int:
        """Return the unknown time that is tolerated of a period, both in microseconds."""
        return _share_us(self.unknown, nominal_us)


CONTRACT = Goal()
"""The goal where no setting says otherwise."""


class Goals(NamedTuple):
    """The goals of one subject: over the 365 days that end now, and over a civil year."""

    rolling: Goal = CONTRACT
    year: Goal = CONTRACT

    def over(self, window: str) -> Goal:
        """Return the goal over the window of this name: `rolling`, `year` or `year=2026`."""
        return self.year if window.startswith("year") else self.rolling


CONTRACT_GOALS = Goals()


class GoalVerdict(StrEnum):
    """Whether a goal is met."""

    MET = "met"
    MISSED = "missed"
    TOO_LITTLE = "not_enough_known"  # it would be met, were there not too much that is not known
    NOTHING = "nothing_known"


def meets(value: Fraction | None, goal: Fraction = CONTRACT.availability) -> bool | None:
    """Return whether a ratio reaches the goal, by comparing integers.

    None when nothing is known.
    """
    return None if value is None else value.numerator * goal.denominator >= goal.numerator * value.denominator


def verdict(value: Fraction | None, coverage: Fraction, goal: Goal) -> GoalVerdict:
    """Judge an availability, given the share of the window that is known.

    What is missed is told as missed, however little is known: only "met" needs more.
    """
    met = meets(value, goal.availability)
    if met is None:
        return GoalVerdict.NOTHING
    if not met:
        return GoalVerdict.MISSED
    return GoalVerdict.MET if meets(coverage, goal.coverage) else GoalVerdict.TOO_LITTLE


def _share_us(share: Fraction, period_us: int) -> int:
    return period_us * share.numerator // share.denominator
