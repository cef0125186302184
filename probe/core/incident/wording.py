"""The sentences that the machine writes into the register for people to read.

The core has no language, so it takes them from a `Wording`. `probe.incidents.wording` has the
French and the English one.
"""

from enum import StrEnum
from typing import Protocol

from probe.core.incident.model import Fact, Scope
from probe.core.judgement.signal import Cause


class ReopeningCause(StrEnum):
    """Why the machine reopens an incident."""

    AGAIN = "again"  # the trouble is back
    LASTS = "lasts"  # a person ended the incident, and the trouble goes on
    APART = "apart"  # the incident that covered it is over, and this IdP still fails


class Wording(Protocol):
    """Sentences for people, in their language."""

    def title(self, about: Scope) -> str:
        """The title of an incident that the machine opens."""
        ...

    def cause(self, cause: Cause) -> str:
        """Why it is unavailable: where the journey failed, for which reason, by whose fault."""
        ...

    def fact(self, fact: Fact) -> str:
        """The sentence about a fact that the machine saw."""
        ...

    def reopening(self, why: ReopeningCause) -> str:
        """Why an incident is reopened."""
        ...


class ClosedWords:
    """The closed words themselves, where no sentence is needed."""

    def title(self, about: Scope) -> str:
        """The scope's subject."""
        return about.subject

    def cause(self, cause: Cause) -> str:
        """The words of step, reason and fault."""
        return ", ".join(each.value for each in (cause.step, cause.reason, cause.fault) if each is not None)

    def fact(self, fact: Fact) -> str:
        """The fact's own word."""
        return fact.value

    def reopening(self, why: ReopeningCause) -> str:
        """The reason's own word."""
        return why.value


CLOSED_WORDS: Wording = ClosedWords()
