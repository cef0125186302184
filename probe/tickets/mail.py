"""Sends incidents to a support's mailbox: one mail thread per incident (RFC 5322, section 3.6.4).

A mailbox cannot be asked for its mails. So a message that is sent again is the same mail, with the
same Message-ID, date and bytes, and mail servers and readers take both for one. Texts are UTF-8,
quoted-printable. The words of people reach a header only as one encoded line.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import structlog

from probe.core.times import at
from probe.tickets.message import Message, RefusedLetterError
from probe.tickets.smtp import Server, prove, submit
from probe.tickets.wording import line

log = structlog.get_logger(__name__)

_URGENT = {1: "1", 2: "2"}  # X-Priority, as mail readers know it
_PAGE = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{}</body></html>\n'


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Sender and recipients.

    `domain`: the right side of every Message-ID; a change of it breaks the threads. `contacts`:
    whether the IdPs' contacts get a blind copy of the messages for them.
    """

    sender: str
    to: tuple[str, ...]
    domain: str
    reply_to: str = ""
    name: str = "Vigie"
    contacts: bool = True


class Mailbox:
    """See `probe.tickets.message.TicketSystem`.

    The reference is the Message-ID of the thread's first mail.
    """

    def __init__(self, server: Server, letterhead: Letterhead) -> None:
        self._server = server
        self._letterhead = letterhead

    async def deliver(self, message: Message, reference: str | None) -> str:
        mail = compose(message, self._letterhead, reference)
        blind = message.notify if self._letterhead.contacts else ()
        await self._send(mail, _recipients(mail, blind))
        return reference or str(mail["Message-ID"])

    def post(self, mail: EmailMessage) -> None:
        """Send a mail that belongs to no ticket, outside of a loop. Raises TicketError."""
        asyncio.run(self._send(mail, _recipients(mail, ())))

    async def prove(self) -> bool:
        """Log in to the mail server. See `probe.tickets.message.TicketSystem`."""
        await prove(self._server)
        return True

    async def close(self) -> None:
        """Do nothing: no connection outlives its delivery."""

    async def _send(self, mail: EmailMessage, recipients: Sequence[str]) -> None:
        await submit(self._server, mail["From"].addresses[0].addr_spec, recipients, mail.as_bytes())


def _recipients(mail: EmailMessage, blind: Iterable[str]) -> list[str]:
    """Return all recipients, each once.

    `blind`: those in no header (Bcc), as the IdPs must not see each other's contacts.
    """
    named = [address.addr_spec for header in ("To", "Cc") if header in mail for address in mail[header].addresses]
    return list(dict.fromkeys([*named, *_written(blind)]))


def _written(addresses: Iterable[str]) -> list[str]:
    """Return the addresses that any mail server takes, as they are written in SMTP.

    A domain is in its ASCII form (RFC 5891), the local part must be ASCII. Another address (RFC
    6531) is left out with a warning, so that the others get their mail.
    """
    written = []
    for address in filter(None, addresses):
        local, _, domain = address.rpartition("@")
        try:
            written.append(f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}")
        except UnicodeError:
            log.warning("mail_address_not_ascii")
    return written


def compose(message: Message, letterhead: Letterhead, reference: str | None) -> EmailMessage:
    """Make the mail from the message alone.

    Raises RefusedLetterError when an address is malformed.
    """
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(letterhead.name, addr_spec=letterhead.sender)
        mail["To"] = [Address(addr_spec=one) for one in letterhead.to]
        copies = [one for one in _written([message.to]) if one not in letterhead.to]
        if copies:
            mail["Cc"] = [Address(addr_spec=one) for one in copies]
        if letterhead.reply_to:
            mail["Reply-To"] = Address(addr_spec=letterhead.reply_to)
    except (ValueError, IndexError):  # what the standard library's parser raises
        raise RefusedLetterError("a mail address is malformed", doubt=False) from None
    mail["Subject"] = f"{'Re: ' if reference else ''}[{message.reference}] {line(message.title)}"
    mail["Date"] = at(message.at_us).replace(microsecond=0)
    mail["Message-ID"] = f"<{message.key}@{letterhead.domain}>"
    if reference:
        mail["In-Reply-To"] = mail["References"] = reference
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5: no automatic reply
    mail["X-Priority"] = _URGENT.get(int(message.severity), "3")
    mail["X-Vigie-Incident"] = message.reference
    mail["X-Vigie-Act"] = message.key
    mail["X-Vigie-Severity"] = str(int(message.severity))
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(_PAGE.format(message.html), subtype="html", charset="utf-8", cte="quoted-printable")
    mail.set_boundary(f"=_{message.key}")
    return mail
