"""The result of a check that failed: closed words, and never a value of the token."""

from dataclasses import dataclass

from probe.core.judgement.observation import Reason, Step


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """What a check found wrong, and at which step.

    `detail` is a phrase of ours for on-call staff. It names claims and rules,
    and quotes nothing that was received.
    """

    step: Step
    reason: Reason
    detail: str
