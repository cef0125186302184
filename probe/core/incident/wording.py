"""The sentences that the machine writes into the register for people to read.

The core has no language, so it takes them from a `Wording`. `probe.incidents.wording` has the
French and the English one.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from probe.core.incident.model import Fact, Scope
from probe.core.incident.situation import NegativeSample
from probe.core.judgement.signal import Cause


class ReopeningCause(StrEnum):
    """The cause for which the machine reopens an incident."""

    AGAIN = "again"  # the trouble is back
    LASTS = "lasts"  # a person ended the incident, and the trouble goes on
    APART = "apart"  # the incident that covered it is over, and this IdP still fails


class DatedCause(NamedTuple):
    """A cause of an outage, and when it was seen.

    `since_us`: when it was first seen. `until_us`: when it was seen no more; None while it holds.
    """

    cause: Cause
    since_us: int
    until_us: int | None


class Wording(Protocol):
    """Sentences for people, in their language."""

    def title(self, about: Scope) -> str:
        """Return the title of an incident that the machine opens."""
        ...

    def cause(self, dated: DatedCause, subject: str) -> str:
        """Return why the subject is or was unavailable, and when: step, reason and fault."""
        ...

    def through(self, idps: Sequence[str]) -> str:
        """Return through which IdPs the hub's trouble shows."""
        ...

    def fact(self, fact: Fact) -> str:
        """Return the sentence about a fact that the machine saw."""
        ...

    def reopening(self, why: ReopeningCause) -> str:
        """Return why an incident is reopened."""
        ...

    def acceptance(self, seen: NegativeSample) -> str:
        """Return what the hub accepted, and the observation that tells."""
        ...


class ClosedWords:
    """The closed words themselves, where no sentence is needed."""

    def title(self, about: Scope) -> str:
        """Return the scope's subject."""
        return about.subject

    def cause(self, dated: DatedCause, subject: str) -> str:  # noqa: ARG002 -- a closed word is the same of every subject
        """Return the words of step, reason and fault."""
        cause = dated.cause
        return ", ".join(each.value for each in (cause.step, cause.reason, cause.fault) if each is not None)

    def through(self, idps: Sequence[str]) -> str:
        """Return the IdPs' names."""
        return ", ".join(idps)

    def fact(self, fact: Fact) -> str:
        """Return the fact's own word."""
        return fact.value

    def reopening(self, why: ReopeningCause) -> str:
        """Return the reason's own word."""
        return why.value

    def acceptance(self, seen: NegativeSample) -> str:
        """Return the name of what the hub must refuse."""
        return seen.name


CLOSED_WORDS: Wording = ClosedWords()
