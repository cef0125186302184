"""The web of one row, on real sockets: every host there is, over TLS and without.

Vigie reaches it by `resolve`, Chromium by a SOCKS proxy (RFC 1928) that leads every address to this
machine, so that each of them sees the same names, ports and certificates.
"""

import asyncio
import re
import ssl
import struct
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.browser.http2 import Streams
from tests.browser.row import Row, page, raw
from tests.fakes.peers import Authority, PrivateKey, Request, read_request, serve

TLS_PORTS = frozenset({443, 8443})
_BY_ITSELF = ("/favicon.ico", ".googleapis.com/", ".google.com/")
"""What Chromium asks for by itself, and no citizen sees. None of it leaves this machine."""
_BOUNDARY = re.compile(rb"(?<=boundary=)[^;\s]+")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, as far as a server may care."""

    method: str
    url: str
    cookie: str
    origin: str
    referer: str
    content_type: str
    body: bytes

    @classmethod
    def of(cls, request: Request, scheme: str) -> "Sent":
        header = request.headers.get
        kind, body = header("content-type", ""), request.body
        if found := _BOUNDARY.search(kind.encode("latin-1")):  # each browser draws its own
            body = body.replace(found[0], b"BOUNDARY")
            kind = kind.replace(found[0].decode("latin-1"), "BOUNDARY")
        return cls(
            request.method,
            f"{scheme}://{header('host', '')}{request.target}",
            header("cookie", ""),
            header("origin", ""),
            header("referer", ""),
            kind,
            body,
        )


class Certificates:
    """A server's context for any name, made when it is first asked for.

    The first label of a name may say what is wrong with it: see `_UNUSUAL`.
    """

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self._made: dict[str, ssl.SSLContext] = {}
        self.context = authority.server("127.0.0.1", "::1")
        self.context.sni_callback = self._choose

    def of(self, row: Row) -> ssl.SSLContext:
        """Return the context of a row's servers: its own where it begins at an unusual host."""
        host = urlsplit(row.start).hostname or ""
        make = _UNUSUAL.get(host.partition(".")[0])
        return self.context if make is None else make(self.authority, host)

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        if name:
            if name not in self._made:
                self._made[name] = _UNUSUAL.get(name.partition(".")[0], Authority.server)(self.authority, name)
            connection.context = self._made[name]


def _expired(authority: Authority, name: str) -> ssl.SSLContext:
    return authority.server(name, lasts=timedelta(days=-1))


def _without_intermediate(authority: Authority, name: str) -> ssl.SSLContext:
    return _INTERMEDIATES.setdefault(authority, authority.below("Intermediate")).server(name, issuer_at=f"http://aia.test{ISSUER}")


def _of_another(authority: Authority, _: str) -> ssl.SSLContext:
    return authority.server("another.test")


def _unknown(authority: Authority, name: str) -> ssl.SSLContext:
    return Authority(authority.ca_file.parent, "Unknown CA").server(name)


def _up_to(
    version: ssl.TLSVersion, ciphers: str = "DEFAULT@SECLEVEL=0", key: PrivateKey | None = None
) -> Callable[[Authority, str], ssl.SSLContext]:
    def make(authority: Authority, name: str) -> ssl.SSLContext:
        context = authority.server(name, key=key)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that a version is old is what is tested
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = version
        context.set_ciphers(ciphers)
        return context

    return make


def _two(authority: Authority, name: str) -> ssl.SSLContext:
    context = authority.server(name)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


ISSUER = "/issuer.der"
_INTERMEDIATES: dict[Authority, Authority] = {}
_RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
_UNUSUAL: dict[str, Callable[[Authority, str], ssl.SSLContext]] = {
    "no-intermediate": _without_intermediate,
    "expired": _expired,
    "misnamed": _of_another,
    "unknown": _unknown,
    "tls-1-2": _up_to(ssl.TLSVersion.TLSv1_2),
    "tls-1-1": _up_to(ssl.TLSVersion.TLSv1_1),
    "cbc": _up_to(ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-SHA", _RSA),
    "rsa-exchange": _up_to(ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256", _RSA),
    "cbc-of-rsa": _up_to(ssl.TLSVersion.TLSv1_2, "AES256-SHA", _RSA),
    "cbc-sha-2": _up_to(ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES256-SHA384", _RSA),
    "h2": _two,
    "dhe": _up_to(ssl.TLSVersion.TLSv1_2, "DHE-RSA-AES128-GCM-SHA256", _RSA),
}


@dataclass
class Web:
    """Answers as the row says. `sent` has what was asked, in order."""

    row: Row
    tls: int = 0
    plain: int = 0
    sent: list[Sent] = field(default_factory=list)
    _times: dict[str, int] = field(default_factory=dict)
    _last: float = field(default_factory=monotonic)
    _busy: int = 0

    def forget(self) -> None:
        """Begin again, as if nobody had been here."""
        self.sent.clear()
        self._times.clear()
        self._last = monotonic()

    @property
    def idle(self) -> float:
        """Seconds since the last answer; 0 while one is under way."""
        return 0.0 if self._busy else monotonic() - self._last

    def _answer(self, request: Request, url: str) -> bytes:
        path = request.target.partition("?")[0]
        host = urlsplit(url).netloc
        for key in (f"{request.method} {host}{path}", f"{host}{path}", f"{request.method} {path}", path):
            given = self.row.answers.get(key)
            if given is None:
                continue
            if isinstance(given, bytes):
                return given
            time = self._times[key] = self._times.get(key, -1) + 1
            return given[min(time, len(given) - 1)]
        return page(f"<p>{path}</p>", title=f"At {path}")

    def _take(self, request: Request, scheme: str) -> bytes:
        """Note a request, and return its answer."""
        sent = Sent.of(request, scheme)
        if request.target == ISSUER:
            ((_, intermediate),) = _INTERMEDIATES.items()
            return raw(intermediate.certificate.public_bytes(Encoding.DER), 200, [("Content-Type", "application/pkix-cert")])
        if any(one in sent.url for one in _BY_ITSELF):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        self.sent.append(sent)
        self._last = monotonic()
        return self._answer(request, sent.url)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        secured = writer.get_extra_info("ssl_object")
        scheme = "https" if secured else "http"
        if secured and secured.selected_alpn_protocol() == "h2":
            await Streams(reader, writer, lambda request: self._take(request, scheme)).serve()
            return
        while True:
            request = await read_request(reader)
            self._busy += 1
            try:
                answer = self._take(request, scheme).replace(b"EXACT ", b"HTTP/1.1 ", 1)
                writer.write(answer)
                await writer.drain()
            finally:
                self._busy -= 1
                self._last = monotonic()
            head = answer.partition(b"\r\n\r\n")[0].lower()
            if b"connection: close" in head or (b"content-length" not in head and b"chunked" not in head):
                return

    async def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection of a SOCKS client to this web."""
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\5\0")
        _, _, _, kind = await reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        await reader.readexactly(size)
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.tls if port in TLS_PORTS else self.plain)
        writer.write(b"\5\0\0\1" + bytes(6))
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        with suppress(ConnectionError):
            writer.close()


@asynccontextmanager
async def opened(row: Row, certificates: Certificates) -> AsyncIterator[Web]:
    """The web of a row, for as long as it is visited."""
    web = Web(row)
    async with AsyncExitStack() as stack:
        web.tls = await stack.enter_async_context(serve(web.serve, certificates.of(row)))
        web.plain = await stack.enter_async_context(serve(web.serve))
        yield web
