"""The other ends: servers on real sockets that behave as told, certificates, a CONNECT proxy,
and a plan to drive.
"""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from probe.clock import SystemClock
from probe.config.base import DatedSecretRef
from probe.config.models import Config, Depth, Hub, IdP, Network, ServiceProvider, TrustedDevice
from probe.core.judgement.observation import Kind, Observation, Outcome, Step
from probe.core.judgement.sighting import Aspect
from probe.journeys.exchange import Answer, Ask, Channel, Journey, Verdict
from probe.journeys.redact import Redactor
from probe.journeys.site import HubCaches
from probe.prober.run import Prober
from probe.transport.resolve import Addresses, Resolver

Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve(handler: Raw, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """A server on a port of the system's choice, if none is named.

    Every connection it has is ended with it.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                await handler(reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, host, port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """A small HTTP server: paths -> answers; keeps what it was asked. `answers` values: (status,
    headers, body).
    """

    answers: dict[str, tuple[int, list[tuple[str, str]], bytes]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    connections: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            request = await read_request(reader)
            self.asked.append(request)
            status, headers, body = self.answers.get(request.target.partition("?")[0], (200, [], b"ok"))
            writer.write(answer(body, status, headers))
            await writer.drain()


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def answer(body: bytes = b"ok", status: int = 200, headers: list[tuple[str, str]] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers or [])]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(data: bytes, *, then: float = 0.0) -> Raw:
    """A server that reads a request, says `data` as it is, and closes after `then` seconds."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(then)

    return handler


def streams(start: bytes, piece: bytes, pause: float = 0.0) -> Raw:
    """A server that goes on for ever."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return handler


PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """A certificate authority for one test."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._build(self._name, self._key, dt.timedelta(days=1), x509.BasicConstraints(ca=True, path_length=None))
        self.ca_file = folder / f"{name.replace(' ', '-')}.pem"
        self.ca_file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def server(
        self, *names: str, lasts: dt.timedelta = dt.timedelta(days=30), key: PrivateKey | None = None, issuer_at: str = ""
    ) -> ssl.SSLContext:
        """A server's context whose certificate is for `names` (else 127.0.0.1)
        and expires `lasts` from now.

        A time before now is one that has expired. `key` is its private key, else one on P-256.
        `issuer_at`: the address of its issuer's certificate, which it names (RFC 5280, 4.2.2.1).
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        extensions: list[x509.ExtensionType] = [x509.SubjectAlternativeName([_general(name) for name in names or ("127.0.0.1",)])]
        if issuer_at:
            place = x509.UniformResourceIdentifier(issuer_at)
            extensions.append(x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)]))
        certificate = self._build(x509.Name([]), key, lasts, *extensions)
        pem = self._folder / f"server-{certificate.serial_number}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
        return context

    def below(self, name: str) -> "Authority":
        """An authority that this one has signed, and whose certificate no server sends."""
        made = Authority(self._folder, name)
        extension = x509.BasicConstraints(ca=True, path_length=None)
        made.certificate = self._build(made._name, made._key, dt.timedelta(days=1), extension)
        return made

    def _build(self, subject: x509.Name, key: PrivateKey, lasts: dt.timedelta, *extensions: x509.ExtensionType) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=60))
            .not_valid_after(now + lasts)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=not isinstance(extension, x509.AuthorityInformationAccess))
        return builder.sign(self._key, hashes.SHA256())


@dataclass
class ConnectProxy:
    """RFC 9110 section 9.3.6, in a few lines: tunnels to `where`, whatever was asked for;
    keeps what was asked.
    """

    where: int  # port on 127.0.0.1
    refuse: int | None = None  # a status to refuse with
    asked: list[Request] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        self.asked.append(request)
        if self.refuse:
            writer.write(answer(b"", self.refuse))
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.where)
        try:
            if request.method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = "/" + request.target.split("/", 3)[3]
                far_writer.write(f"{request.method} {path} HTTP/1.1\r\nHost: {request.headers['host']}\r\n\r\n".encode())
            await asyncio.wait([asyncio.create_task(_pipe(reader, far_writer)), asyncio.create_task(_pipe(far_reader, writer))])
        finally:
            far_writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()


class Names(Resolver):
    """A resolver that knows what it is told, and notes what it was asked."""

    def __init__(self, known: dict[str, Addresses] | None = None) -> None:
        super().__init__()
        self.known = known or {}
        self.asked: list[str] = []

    async def addresses(self, host: str) -> Addresses:
        self.asked.append(host)
        return self.known[host] if host in self.known else await super().addresses(host)


def hub(issuer: str = "http://127.0.0.1:9", *, trusted_device: TrustedDevice | None = None, backends: dict[str, str] | None = None) -> Hub:
    sp = ServiceProvider(client_id="vigie", client_secret=DatedSecretRef(env="NONE"), redirect_uri="http://127.0.0.1/callback")
    idps = [IdP(name="fip1", tile="t1", depth=Depth.LOGIN_PAGE)]
    return Hub(name="hub", issuer=issuer, sp=sp, idps=idps, trusted_device=trusted_device, backends=backends or {})


Script = Callable[["Walk"], Journey]


@dataclass
class Walk:
    """A plan whose journey is given by the test."""

    script: Script
    hub: Hub = field(default_factory=hub)
    kind: Kind = Kind.IDENTITY
    idp: str | None = "fip1"
    backend: str | None = None
    interval_us: int = 60_000_000
    deadline_us: int = 5_000_000
    setup: str = ""
    client: str = ""
    network: Network = field(default_factory=Network)
    networks: dict[str, Network] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    answers: list[Answer] = field(default_factory=list)
    shows_outward_form: bool = True

    def chain_of(self, host: str) -> Aspect | None:
        return Aspect.CHAIN

    @property
    def account(self) -> str | None:
        return self.idp

    def redactor(self) -> Redactor:
        return Redactor(self.hidden)

    def network_for(self, host: str) -> Network:
        return self.networks.get(host, self.network)

    def start(self, memory: HubCaches, entropy: Callable[[int], bytes], now_us: int) -> Journey:
        return self.script(self)


def get(*urls: str, channel: Channel = Channel.FRONT) -> Script:
    """A journey that asks for each in turn and fails at the first error, with its reason."""
    return asks(*(Ask(Step.MIRE, "GET", url, channel) for url in urls))


def asks(*all_of_them: Ask) -> Script:
    def script(walk: Walk) -> Journey:
        for ask in all_of_them:
            answer = yield ask
            walk.answers.append(answer)
            if answer.error:
                return Verdict(Outcome.FAILED, ask.step, reason=answer.error)
        return Verdict(Outcome.OK, all_of_them[-1].step)

    return script


def prober(resolver: Resolver | None = None, **settings: object) -> Prober:
    return Prober(Config.model_validate({"hubs": [hub()], **settings}), SystemClock(), resolver=resolver)


async def run(walk: Walk, resolver: Resolver | None = None) -> Observation:
    return await prober(resolver).run(walk)
