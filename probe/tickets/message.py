"""The message to a ticket system, the system's interface, and its errors.

TicketError               not our own trouble: the ticket system's, or the way's to it
  +-- TemporaryError      the deliverer tries again (`away`: the whole system is out of reach)
  +-- RefusedLetterError  the message will never be taken as it is: a person must look
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from probe.core.incident.model import Incident, Severity


class Verb(StrEnum):
    """What happens to the ticket. Each of them also adds a comment."""

    CREATE = "create"
    COMMENT = "comment"
    ESCALATE = "escalate"  # to a role, or to a worse severity
    WAIT = "wait"  # for the IdP
    WORK = "work"  # somebody works on it
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Message:
    """One act of an incident, written for people.

    `key` is unique to the act and `mark` to its incident, across all stores (see `mark_of`).
    """

    verb: Verb
    reference: str  # the incident's name: VIGIE-12
    mark: str  # VIGIE-12-5f0c3a91
    key: str  # VIGIE-12-5f0c3a91.3
    severity: Severity
    at_us: int  # of the act
    title: str  # of the ticket: one line, without the reference
    subject: str  # of this message: one line, without the reference
    text: str
    html: str  # what goes into a page's body
    to: str = ""  # the mail address of the role that it is escalated to
    notify: tuple[str, ...] = ()  # mail addresses of the IdPs' contacts whom the act is for
    doubt: bool = False  # an earlier try may have succeeded
    facts: Mapping[str, object] = field(default_factory=dict)  # plain values, for templates


def mark_of(incident: Incident) -> str:
    """Return the incident's name with a digest of its identity.

    A new store numbers its incidents from 1 again, and a ticket system still has the old ones.
    """
    identity = f"{incident.number}\n{incident.received_us}\n{incident.scope.hub}\n{incident.scope.subject}"
    return f"{incident.reference}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


class TicketSystem(Protocol):
    """A ticket system, a mailbox, or the receiver of a webhook. It takes one message at a time."""

    async def deliver(self, message: Message, reference: str | None) -> str:
        """Add the message to the ticket `reference`, and return the ticket's reference.

        Without a reference, find the incident's ticket, or make it. It may be called again with a
        message that the system has: nothing is written twice where the system can be asked. Raises
        TicketError.
        """

    async def prove(self) -> bool:
        """Ask the system, with our credentials, for something that changes nothing.

        Return whether there is such a request. Raises TicketError when it fails.
        """

    async def close(self) -> None:
        """Close its connections."""


class TicketError(Exception):
    """The text is for people, bounded, and without secrets.

    `doubt`: the message may have been taken all the same.
    """

    def __init__(self, text: str, *, doubt: bool = True) -> None:
        super().__init__(text)
        self.doubt = doubt


class TemporaryError(TicketError):
    """The message may be taken later.

    `away`: the whole system is out of reach. `after_us`: the microseconds to wait, by the system.
    """

    def __init__(self, text: str, *, doubt: bool = True, away: bool = False, after_us: int = 0) -> None:
        super().__init__(text, doubt=doubt)
        self.away = away
        self.after_us = after_us


class RefusedLetterError(TicketError):
    """The message will never be taken as it is."""
