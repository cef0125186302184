"""A real SMTP server in the test's process, with STARTTLS or TLS by a certificate of its own,
and login.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.fakes.peers import Authority

USER, PASSWORD = "vigie", "smtp-secret-é-77"


@dataclass
class ReceivedMail:
    """What arrives. `replies`: what it answers to RCPT or DATA instead of taking the mail,
    each once.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: int = 0
    replies: dict[str, list[str]] = field(default_factory=dict)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        for word in (address, "RCPT"):
            if self.replies.get(word):
                return self.replies[word].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.replies.get("DATA"):
            return self.replies["DATA"].pop(0)
        content = envelope.content or b""
        assert isinstance(content, bytes)
        self.raw.append(content)
        self.mails.append(message_from_bytes(content, policy=default))
        self.recipients.append(list(envelope.rcpt_tos))
        if self.replies.get("AFTER"):
            self.replies["AFTER"].pop()
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()  # taken, and the answer is lost
        return "250 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = data.login == USER.encode() and data.password == PASSWORD.encode()
        self.logins += good
        return AuthResult(success=good, handled=False)


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    ca_file: Path
    received: ReceivedMail


@contextmanager
def server(folder: Path, *, tls: str = "starttls", login: bool = True) -> Iterator[Server]:
    """`tls`: starttls, tls or none."""
    authority = Authority(folder, "ca")
    context = authority.server()
    received = ReceivedMail()
    arguments: dict[str, Any] = {"auth_required": login, "authenticator": received.authenticate, "auth_require_tls": tls != "none"}
    if tls == "starttls":
        arguments |= {"tls_context": context, "require_starttls": True}
    elif tls == "tls":
        arguments |= {"auth_require_tls": False}  # it does not count TLS from the first byte on
    running = _Controller(received, hostname="127.0.0.1", port=0, ssl_context=context if tls == "tls" else None, **arguments)
    running.start()
    try:
        yield Server("127.0.0.1", running.bound, authority.ca_file, received)
    finally:
        running.stop()


class _Controller(Controller):
    """On a port that the system chooses."""

    @property
    def bound(self) -> int:
        assert self.server is not None
        port: int = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        return port

    def _trigger_server(self) -> None:
        self.port = self.bound
        super()._trigger_server()
