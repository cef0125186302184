"""What a ticket system is told, what it answers, and how it fails.

TicketError             nothing of ours: the ticket system, or the way to it
  +-- TemporaryError    to be tried again, of itself (`away`: the system as a whole cannot be had now)
  +-- RefusedError      it will not be taken as it is: a person must look
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from probe.core.incident.model import Incident, Severity


class Verb(StrEnum):
    """What becomes of the ticket. Each also tells what happened."""

    CREATE = "create"
    COMMENT = "comment"
    ESCALATE = "escalate"  # to a role, or to a worse severity
    WAIT = "wait"  # for the IdP
    WORK = "work"  # somebody does
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Message:
    """One act, in words. `key` and `mark` are of this act and of its incident, and of no other in any store (see `mark_of`)."""

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
    notify: tuple[str, ...] = ()  # the mail addresses of the IdPs' contacts, of what is for them: a request, a resolution
    doubt: bool = False  # an earlier try may have succeeded
    facts: Mapping[str, object] = field(default_factory=dict)  # plain values, for templates


def mark_of(incident: Incident) -> str:
    """The incident's name with a digest of what it is: numbers start anew in a new store, the ticket systems' memory does not."""
    identity = f"{incident.number}\n{incident.received_us}\n{incident.scope.hub}\n{incident.scope.subject}"
    return f"{incident.reference}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


class TicketSystem(Protocol):
    """A ticket system, or a mailbox, or whoever listens to a webhook. It serves one message at a time."""

    async def deliver(self, message: Message, reference: str | None) -> str:
        """Tell the incident's ticket, `reference`; without one make it, unless it is there. Returns what the system calls the ticket.

        May be called again with a message that it has: nothing is told twice where the system can be asked. Raises TicketError.
        """

    async def close(self) -> None:
        """Let go of what it holds."""


class TicketError(Exception):
    """The text is for people: bounded, without secrets. `doubt`: it may have been taken all the same."""

    def __init__(self, text: str, *, doubt: bool = True) -> None:
        super().__init__(text)
        self.doubt = doubt


class TemporaryError(TicketError):
    """It may be taken later. `after_us`: not before so many microseconds, as the system asks."""

    def __init__(self, text: str, *, doubt: bool = True, away: bool = False, after_us: int = 0) -> None:
        super().__init__(text, doubt=doubt)
        self.away = away
        self.after_us = after_us


class RefusedError(TicketError):
    """It will not be taken as it is."""
