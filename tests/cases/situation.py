"""A situation that somebody met with a server or a browser: how it is played,
and what must be told of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from probe.core.judgement.observation import Fault, Observation, Outcome, Reason
from tests.cases.federation import Federation

Play = Callable[[Federation], Awaitable[Observation]]


class Severity(StrEnum):
    """What a wrong verdict costs."""

    SEVERE = "severe"  # an outage that is none, or one that nobody is told
    MEDIUM = "medium"  # the wrong party, or an unusual setting
    LOW = "low"  # rare


@dataclass(frozen=True, slots=True)
class Right:
    """What must be told: in words, and as a question to an observation."""

    words: str
    holds: Callable[[Observation], bool]


@dataclass(frozen=True, slots=True)
class Situation:
    """`source` is the public report, or the document, that it is known from."""

    name: str
    severity: Severity
    kind: str
    source: str
    right: Right
    play: Play


def failed(*faults: Fault, reason: Reason | None = None) -> Right:
    """A failure whose fault is one of these, if any are named, and for this reason."""

    def holds(observation: Observation) -> bool:
        by = not faults or observation.fault in faults
        return observation.outcome is Outcome.FAILED and by and reason in (None, observation.reason)

    words = "/".join(word.value for word in (Outcome.FAILED, *faults, *([reason] if reason else [])))
    return Right(words, holds)


def _ours(observation: Observation) -> bool:
    known = (None, Fault.PROBER, Fault.NETWORK, Fault.SP)
    return observation.outcome is Outcome.INCONCLUSIVE and observation.fault in known


OK = Right("ok", lambda observation: observation.outcome is Outcome.OK)
OURS = Right("inconclusive, by the prober, its network or the service provider", _ours)
NO_OUTAGE = Right("ok, or inconclusive by nobody's fault but ours", lambda observation: OK.holds(observation) or OURS.holds(observation))
HUB = failed(Fault.HUB)
IDP = failed(Fault.IDP)

SITUATIONS: list[Situation] = []
"""All of them, in the order of the modules that tell them."""


def situation(name: str, severity: Severity, kind: str, source: str, right: Right = OK) -> Callable[[Play], Play]:
    """Add the decorated function to the situations. Raises ValueError when the name is taken."""

    def add(play: Play) -> Play:
        if any(known.name == name for known in SITUATIONS):
            raise ValueError(f"two situations are called {name}")
        SITUATIONS.append(Situation(name, severity, kind, source, right, play))
        return play

    return add
