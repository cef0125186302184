"""A real SMTP server in the test's process, with STARTTLS or TLS by a certificate of its own,
and login.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
    desk: ReceivedMail


@contextmanager
def server(folder: Path, *, tls: str = "starttls", login: bool = True) -> Iterator[Server]:
    """`tls`: starttls, tls or none."""
    ca_file, chain = certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    desk = ReceivedMail()
    arguments: dict[str, Any] = {"auth_required": login, "authenticator": desk.authenticate, "auth_require_tls": tls != "none"}
    if tls == "starttls":
        arguments |= {"tls_context": context, "require_starttls": True}
    elif tls == "tls":
        arguments |= {"auth_require_tls": False}  # it does not count TLS from the first byte on
    running = _Controller(desk, hostname="127.0.0.1", port=0, ssl_context=context if tls == "tls" else None, **arguments)
    running.start()
    try:
        yield Server("127.0.0.1", running.bound, ca_file, desk)
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


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A file of an authority, and one of a key with the certificate it signed for `host`."""
    now = datetime.now(UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vigie tests")])

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(name).public_key(public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
        for extension in extensions:
            made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return made.sign(authority_key, hashes.SHA256())

    root = signed(name, authority_key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
    leaf = signed(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]),
        key.public_key(),
        x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]),
    )
    pem = serialization.Encoding.PEM
    ca_file, chain = folder / "ca.pem", folder / "chain.pem"
    ca_file.write_bytes(root.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + leaf.public_bytes(pem))
    return ca_file, chain
