"""The result of a check that failed: closed words and names, and never a value of the token."""

from dataclasses import dataclass

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """What a check found wrong, and at which step.

    `names` and `others` are those of a `Detail` of this kind: names of tokens, claims, algorithms
    and levels. A stranger may have written them, so the journey redacts and bounds them.
    """

    step: Step
    reason: Reason
    kind: DetailKind
    names: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
