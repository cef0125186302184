"""Submits one mail to a mail server: SMTP with TLS and login (RFC 5321, 3207, 4954).

aiosmtplib speaks the protocol: its answers are bounded, and a delivery that is cancelled ends at
once. This module decides what an answer means: whether the mail may be tried again, and whether it
may have been taken. It keeps three things out of the library's hands:

- Connecting. The library lets the first address of a host use up the time of all.
- The login. The library tries one method after the other, and a server may lock an account that is
  refused a few times.
- The recipients. The library sends a mail to the others when one is refused for now. The mail is
  tried again for that one, so the others would get it twice.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

import structlog
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from probe.tickets.message import RefusedLetterError, TemporaryError, TicketError
from probe.tickets.wire import excerpt
from probe.transport.failure import LocalError, TransportError
from probe.transport.resolve import Resolver

log = structlog.get_logger(__name__)

_ANSWER_SECONDS = 20.0  # for one answer, and for connecting to one address
_GOODBYE_SECONDS = 5.0  # for the answer to QUIT
_ALREADY = 503  # RFC 4954, section 4: logged in before
_TEMPORARY, _PERMANENT, _UNKNOWN = 400, 500, 600  # RFC 5321, section 4.2: the first digit decides
_CLOSING = 421


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


async def submit(server: Server, sender: str, recipients: Sequence[str], content: bytes) -> None:
    """Send one mail to all recipients that the server accepts. Raises TicketError.

    A recipient who is refused for now stops the mail before it is sent to anybody.
    """
    async with _opened(server) as session:
        await _transfer(session, sender, recipients, content)


async def prove(server: Server) -> None:
    """Open a session, log in where the server has a user, and send nothing. Raises TicketError."""
    async with _opened(server) as session:
        try:
            await session.noop()
        except SMTPResponseException as error:
            raise _judged(error, began=False) from None
        except (SMTPException, OSError) as error:
            raise TemporaryError(f"the mail server broke the exchange off ({_name(error)})", doubt=False, away=True) from None


# --- the session


@asynccontextmanager
async def _opened(server: Server) -> AsyncIterator[SMTP]:
    """Connect, secure the connection and log in. Raises TicketError."""
    plain = await _connected(server.host, server.port)
    try:
        async with _session(server, plain) as session:
            yield session
    finally:
        with suppress(OSError):  # it is closed already
            # The transport that owns the socket notices, and closes it at once.
            # By itself a TLS transport would wait half a minute for the server's farewell.
            plain.shutdown(socket.SHUT_RDWR)


async def _connected(host: str, port: int) -> socket.socket:
    """Connect to the first address that answers. Raises TemporaryError."""
    failure: Exception = ConnectionError("no address")
    try:
        for address in await Resolver().addresses(host):
            try:
                return await _connected_to(address, port)
            except OSError as error:
                failure = error
    except (TransportError, LocalError) as error:
        failure = error
    raise _unreached(host, failure)


async def _connected_to(address: str, port: int) -> socket.socket:
    plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    plain.setblocking(False)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await asyncio.get_running_loop().sock_connect(plain, (address, port))
    except BaseException:
        plain.close()
        raise
    return plain


@asynccontextmanager
async def _session(server: Server, plain: socket.socket) -> AsyncIterator[SMTP]:
    """Open a session, and say goodbye at its end. Raises TemporaryError."""
    session = SMTP(
        hostname=server.host,  # whose name the certificate must have
        sock=plain,
        local_hostname=server.helo,
        timeout=_ANSWER_SECONDS,
        use_tls=server.security is Security.TLS,
        start_tls=False,
        tls_context=server.tls,
    )
    try:
        await _open(session, server)
        yield session
    except asyncio.CancelledError:
        session.close()
        raise
    finally:
        with suppress(SMTPException, OSError):  # the mail was judged before
            await session.quit(timeout=_GOODBYE_SECONDS)


async def _open(session: SMTP, server: Server) -> None:
    """Take the greeting, encrypt and log in. Raises TemporaryError.

    What fails here is the server's trouble and not the mail's, so it leaves no doubt.
    """
    try:
        await session.connect()
        await _greet(session)
        if server.security is Security.STARTTLS:
            await _encrypt(session)
        if server.user:
            await _log_in(session, server.user, server.password)
    except SMTPAuthenticationError as error:  # without its text, which may quote what was sent
        raise TemporaryError(f"{server.host} refuses our login (SMTP {error.code})", doubt=False, away=True) from None
    except SMTPResponseException as error:
        raise TemporaryError(f"{server.host}: SMTP {error.code}: {excerpt(error.message)}", doubt=False, away=True) from None
    except SMTPNotSupported:
        raise TemporaryError(f"{server.host} does not offer what is configured (STARTTLS or login)", doubt=False, away=True) from None
    except (SMTPException, OSError, ValueError) as error:  # ssl.SSLError is an OSError, and UnicodeError a ValueError
        raise _unreached(server.host, error) from None


async def _greet(session: SMTP) -> None:
    try:
        await session.ehlo()
    except SMTPHeloError:
        await session.helo()


async def _encrypt(session: SMTP) -> None:
    if not session.supports_extension("starttls"):
        raise SMTPNotSupported("STARTTLS")
    await session.starttls()
    await _greet(session)  # RFC 3207, section 4.2: what was said before counts no more


async def _log_in(session: SMTP, user: str, password: str) -> None:
    """Log in by one method. Raises SMTPException."""
    methods = {"plain": session.auth_plain, "login": session.auth_login, "cram-md5": session.auth_crammd5}
    method = next((method for name, method in methods.items() if name in session.server_auth_methods), None)
    if method is None:
        raise SMTPNotSupported("login")
    try:
        await method(user, password)
    except SMTPAuthenticationError as error:
        if error.code != _ALREADY:
            raise


# --- the mail


async def _transfer(session: SMTP, sender: str, recipients: Sequence[str], content: bytes) -> None:
    """Send one mail. Raises TicketError."""
    began = False
    try:
        await _address(session, sender, recipients)
        began = True
        await session.data(content)
    except SMTPResponseException as error:
        raise _judged(error, began=began) from None
    except (SMTPException, OSError) as error:
        raise TemporaryError(f"the mail server broke the exchange off ({_name(error)})", doubt=began, away=True) from None
    except ValueError:  # the library puts no such address on a line of the protocol
        raise RefusedLetterError("a mail address is malformed", doubt=False) from None


async def _address(session: SMTP, sender: str, recipients: Sequence[str]) -> None:
    """Name sender and recipients to the server.

    Raises SMTPResponseException when one is refused for now, or all are refused.
    """
    await session.mail(sender)
    refused = []
    for recipient in recipients:
        try:
            await session.rcpt(recipient)
        except SMTPRecipientRefused as error:
            if not _PERMANENT <= error.code < _UNKNOWN:
                raise
            refused.append(error)
    if len(refused) == len(recipients):
        raise refused[0]
    if refused:
        log.warning("mail_recipients_refused", refused=len(refused), of=len(recipients), code=refused[0].code)


def _judged(error: SMTPResponseException, *, began: bool) -> TicketError:
    """Return what an answer other than success means.

    One that is neither a success nor a refusal says nothing: the mail may have been taken.
    """
    text = f"SMTP {error.code}: {excerpt(error.message)}"
    if _PERMANENT <= error.code < _UNKNOWN:
        return RefusedLetterError(text, doubt=False)
    if _TEMPORARY <= error.code < _PERMANENT:
        return TemporaryError(text, doubt=False, away=error.code == _CLOSING)
    return TemporaryError(text, doubt=began, away=True)


def _unreached(host: str, error: Exception) -> TicketError:
    return TemporaryError(f"{host} cannot be reached ({_name(error)})", doubt=False, away=True)


def _name(error: Exception) -> str:
    """Return the name of what happened, which the libraries wrap."""
    return type(error.__cause__ or error).__name__
