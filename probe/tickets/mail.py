"""Sends incidents to a support's mailbox: one mail thread per incident (RFC 5322, section 3.6.4).

It uses SMTP with TLS and login (RFC 5321, 3207, 4954). A mailbox cannot be asked for its mails. So
a message that is sent again is the same mail, with the same Message-ID, date and bytes, and mail
servers and readers take both for one. Texts are UTF-8, quoted-printable. The words of people reach
a header only as one encoded line.
"""

import asyncio
import base64
import smtplib
import socket
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum

import structlog

from probe.core.times import at
from probe.tickets.message import Message, RefusedLetterError, TemporaryError
from probe.tickets.wire import excerpt
from probe.tickets.wording import line

log = structlog.get_logger(__name__)

_SOCKET_SECONDS = 20.0
_HANG_UP_SECONDS = 5.0
_GREETED = 220  # RFC 5321, section 4.3.2
_LOGGED_IN, _GO_ON, _ALREADY = 235, 334, 503  # RFC 4954, sections 4 and 6
_TEMPORARY, _PERMANENT, _CLOSING = 400, 500, 421  # RFC 5321, section 4.2
_URGENT = {1: "1", 2: "2"}  # X-Priority, as mail readers know it
_PAGE = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{}</body></html>\n'


class Security(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `tls` is needed unless `security` is none. No user: no login."""

    host: str
    port: int
    security: Security
    tls: ssl.SSLContext | None = None
    user: str = ""
    password: str = ""
    helo: str = "localhost"


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


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class _Link(smtplib.SMTP):
    """A connection that another thread can end: its pending call then fails, a handshake too."""

    def __init__(self, server: Server) -> None:
        super().__init__(local_hostname=server.helo, timeout=_SOCKET_SECONDS)
        self._server = server
        self._host = server.host  # whose name the certificate must have
        self._handle: socket.socket | None = None  # `sock` is another object after each handshake
        self._ended = False

    def open(self) -> None:
        """Connect, encrypt and log in, as configured. Raises smtplib.SMTPException, OSError."""
        server = self._server
        code, text = self.connect(server.host, server.port)
        if code != _GREETED:
            raise smtplib.SMTPConnectError(code, text)
        if server.security is Security.STARTTLS:
            self.starttls(context=server.tls)
        self.ehlo_or_helo_if_needed()
        if server.user:
            self._log_in(server.user, server.password)

    def _log_in(self, user: str, password: str) -> None:
        """Log in by PLAIN (RFC 4616) or LOGIN in UTF-8, which smtplib cannot; else by smtplib."""
        offered = self.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, text = self.docmd("AUTH", "PLAIN " + _base64(f"\0{user}\0{password}"))
        elif "LOGIN" in offered:
            code, text = self.docmd("AUTH", "LOGIN")
            for part in (user, password):
                if code == _GO_ON:
                    code, text = self.docmd(_base64(part))
        else:
            self.login(user, password)
            return
        if code not in (_LOGGED_IN, _ALREADY):
            raise smtplib.SMTPAuthenticationError(code, text)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        self._handle = plain.dup()
        if self._ended:
            self.end()
        if self._server.security is not Security.TLS or self._server.tls is None:
            return plain
        return self._server.tls.wrap_socket(plain, server_hostname=host)

    def end(self) -> None:
        self._ended = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def goodbye(self) -> None:
        """Send QUIT and close, and ignore the answer: the mail was accepted before."""
        with suppress(smtplib.SMTPException, OSError):
            self.docmd("QUIT")
        self.close()
        if self._handle is not None:
            self._handle.close()


class Mailbox:
    """See `probe.tickets.message.TicketSystem`.

    The reference is the Message-ID of the thread's first mail.
    """

    def __init__(self, server: Server, letterhead: Letterhead) -> None:
        self._server = server
        self._letterhead = letterhead
        self._threads = ThreadPoolExecutor(1, "mail")  # its own, which a server that hangs may block
        self._link: _Link | None = None

    async def deliver(self, message: Message, reference: str | None) -> str:
        mail = compose(message, self._letterhead, reference)
        blind = message.notify if self._letterhead.contacts else ()
        under_way = asyncio.get_running_loop().run_in_executor(self._threads, self._send, mail, _recipients(mail, blind))
        try:
            await asyncio.shield(under_way)
        except asyncio.CancelledError:
            self._hang_up()
            done, _ = await asyncio.wait((under_way,), timeout=_HANG_UP_SECONDS)
            for one in done:
                one.exception()
            raise
        return reference or str(mail["Message-ID"])

    def post(self, mail: EmailMessage) -> None:
        """Send a mail that belongs to no ticket, and block until it is sent. Raises TicketError."""
        self._send(mail, _recipients(mail, ()))

    async def close(self) -> None:
        self._hang_up()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.end()

    def _send(self, mail: EmailMessage, recipients: Sequence[str]) -> None:
        """Send a mail, in the mail thread. Raises TicketError."""
        link = self._link = _Link(self._server)
        try:
            self._open(link)
            _transfer(link, mail, recipients)
        finally:
            self._link = None
            link.goodbye()

    def _open(self, link: _Link) -> None:
        """Connect. A failure here is the server's, so it is temporary and leaves no doubt."""
        host = self._server.host
        try:
            link.open()
        except smtplib.SMTPAuthenticationError as error:
            raise TemporaryError(f"{host} refuses our login (SMTP {error.smtp_code})", doubt=False, away=True) from None
        except smtplib.SMTPResponseException as error:
            raise TemporaryError(f"{host}: SMTP {error.smtp_code}: {excerpt(error.smtp_error)}", doubt=False, away=True) from None
        except smtplib.SMTPNotSupportedError:
            raise TemporaryError(f"{host} does not offer what is configured (STARTTLS or login)", doubt=False, away=True) from None
        except (smtplib.SMTPException, OSError, UnicodeError) as error:  # ssl.SSLError is an OSError
            raise TemporaryError(f"{host} cannot be reached ({type(error).__name__})", doubt=False, away=True) from None


def _transfer(link: smtplib.SMTP, mail: EmailMessage, recipients: Sequence[str]) -> None:
    """Send one mail to all accepted recipients. Raises TicketError.

    A recipient who is refused for now stops the mail before it is sent to anybody.
    """
    began = False
    try:
        _address(link, mail["From"].addresses[0].addr_spec, recipients)
        began = True
        code, reply = link.data(mail.as_bytes())
        if code >= _TEMPORARY:
            raise smtplib.SMTPResponseException(code, reply)
    except smtplib.SMTPResponseException as error:
        text = f"SMTP {error.smtp_code}: {excerpt(error.smtp_error)}"
        if error.smtp_code >= _PERMANENT:
            raise RefusedLetterError(text, doubt=False) from None
        raise TemporaryError(text, doubt=False, away=error.smtp_code == _CLOSING) from None
    except (smtplib.SMTPException, OSError) as error:
        raise TemporaryError(f"the mail server broke the exchange off ({type(error).__name__})", doubt=began, away=True) from None


def _address(link: smtplib.SMTP, sender: str, recipients: Sequence[str]) -> None:
    """Name sender and recipients to the server.

    Raises smtplib.SMTPResponseException when one is refused for now, or all are refused.
    """
    code, text = link.mail(sender)
    if code >= _TEMPORARY:
        raise smtplib.SMTPResponseException(code, text)
    refused = []
    for recipient in recipients:
        code, text = link.rcpt(recipient)
        if code >= _PERMANENT:
            refused.append((code, text))
        elif code >= _TEMPORARY:
            raise smtplib.SMTPResponseException(code, text)
    if len(refused) == len(recipients):
        raise smtplib.SMTPResponseException(*refused[0])
    if refused:
        log.warning("mail_recipients_refused", refused=len(refused), of=len(recipients), code=refused[0][0])


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
