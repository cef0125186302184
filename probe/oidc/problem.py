"""What a check found wrong: closed words, never a value of the token."""

from dataclasses import dataclass

from probe.core.judgement.observation import Reason, Step


@dataclass(frozen=True, slots=True)
class Problem:
    """`detail` is a phrase of ours for on-call staff; it names claims and rules, and quotes nothing that was received."""

    step: Step
    reason: Reason
    detail: str
