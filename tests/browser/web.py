"""The web of one row, on real sockets: every host there is, over TLS and without.

Vigie reaches it by `resolve`, Chromium by a SOCKS proxy (RFC 1928) that leads every address to this
machine, so that each of them sees the same names, ports and certificates.
"""

import asyncio
import re
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

from tests.browser.row import Row, page
from tests.fakes.peers import Authority, Request, read_request, serve

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
    """A server's context for any name, made when it is first asked for."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self._made: dict[str, ssl.SSLContext] = {}
        self.context = authority.server("127.0.0.1", "::1")
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        if name:
            if name not in self._made:
                self._made[name] = self.authority.server(name)
            connection.context = self._made[name]


@dataclass
class Web:
    """Answers as the row says. `sent` has what was asked, in order."""

    row: Row
    tls: int = 0
    plain: int = 0
    socks: int = 0
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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        scheme = "https" if writer.get_extra_info("ssl_object") else "http"
        while True:
            request = await read_request(reader)
            sent = Sent.of(request, scheme)
            if any(one in sent.url for one in _BY_ITSELF):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            self.sent.append(sent)
            self._busy += 1
            try:
                answer = self._answer(request, sent.url)
                writer.write(answer)
                await writer.drain()
            finally:
                self._busy -= 1
                self._last = monotonic()
            head = answer.partition(b"\r\n\r\n")[0].lower()
            if b"content-length" not in head and b"chunked" not in head:
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
        web.tls = await stack.enter_async_context(serve(web.serve, certificates.context))
        web.plain = await stack.enter_async_context(serve(web.serve))
        web.socks = await stack.enter_async_context(serve(web.lead))
        yield web
