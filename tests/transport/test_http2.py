"""HTTP/2 as the handshake agrees on it (RFC 9113), by a server whose frames are written here."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from probe.config.models import HttpVersion, Network
from probe.core.judgement.observation import Observation, Outcome, Reason, Step
from probe.journeys.exchange import Ask, Channel
from tests.fakes.peers import Authority, Walk, answer, asks, get, read_request, run, serve

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
OK_STATUS = b"\x88"  # HPACK (RFC 7541), appendix A: `:status: 200`
INTERNAL, REFUSED, HTTP_1_1_REQUIRED = 2, 7, 13


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 1) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def literal(name: str, value: str) -> bytes:
    """A field that is written out, and not remembered (RFC 7541, 6.2.2)."""
    return b"\0" + b"".join(_length(len(text)) + text.encode() for text in (name, value))


def _length(size: int) -> bytes:
    if size < 127:
        return bytes([size])
    rest, pieces = size - 127, [127]
    while rest >= 128:
        pieces.append(rest % 128 + 128)
        rest //= 128
    return bytes([*pieces, rest])


def head(*fields: bytes, end: bool = False) -> bytes:
    return frame(HEADERS, OK_STATUS + b"".join(fields), END_HEADERS | (END_STREAM if end else 0))


def data(body: bytes, *, end: bool = True) -> bytes:
    return frame(DATA, body, END_STREAM if end else 0)


def reset(code: int) -> bytes:
    return frame(RST_STREAM, code.to_bytes(4))


def goes_away(code: int = 0, last: int = 0) -> bytes:
    return frame(GOAWAY, last.to_bytes(4) + code.to_bytes(4), stream=0)


@dataclass
class FrameServer:
    """Answers the first request of each connection with these bytes, and closes it where told.

    A connection that speaks HTTP/1.1 is answered as a `Site` does. `after_body`: it answers when a
    body came, not at the head.
    """

    says: bytes
    closes: bool = False
    after_body: bool = False
    connections: int = 0
    by_old: int = 0
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            await read_request(reader)
            self.by_old += 1
            writer.write(answer(b"old"))
            await writer.drain()
            return
        assert await reader.readexactly(len(PREFACE)) == PREFACE
        writer.write(frame(SETTINGS, stream=0))
        while True:
            start = await reader.readexactly(9)  # length, type, flags, stream
            size, kind, flags = int.from_bytes(start[:3]), start[3], start[4]
            payload = await reader.readexactly(size)
            if kind == SETTINGS and not flags & ACK:
                writer.write(frame(SETTINGS, flags=ACK, stream=0))
            if kind == HEADERS:
                self.heads.append(payload)
            if kind == DATA and payload:
                self.bodies.append(payload)
            if kind == (DATA if self.after_body else HEADERS) and payload:
                writer.write(self.says)
                await writer.drain()
                if self.closes:
                    return


@asynccontextmanager
async def answering(server: FrameServer, authority: Authority, protocols: Iterable[str] = ("h2", "http/1.1")) -> AsyncIterator[str]:
    context = authority.server()
    context.set_alpn_protocols(list(protocols))
    async with serve(server, context) as port:
        yield f"https://127.0.0.1:{port}/"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def visit(url: str, authority: Authority, http: HttpVersion = HttpVersion.TWO) -> tuple[Observation, Walk]:
    walk = Walk(get(url), network=Network(ca_file=authority.ca_file, http=http), deadline_us=3_000_000)
    return await run(walk), walk


def _pieces_of_a_head(count: int) -> Iterator[bytes]:
    """A head in frames of 9 kB each, whose last one does not end it."""
    yield frame(HEADERS, OK_STATUS + literal("a", "b" * 9_000))
    yield from (frame(CONTINUATION, literal("a", "b" * 9_000)) for _ in range(count - 1))


def _long_head(fields: int) -> bytes:
    """A head of so many fields of 15,000 octets, in interim answers of which each is small."""
    interim = frame(HEADERS, literal(":status", "103") + literal("link", "x" * 15_000), END_HEADERS)
    return interim * fields + head(end=True)


FAILURES = {
    "the stream is reset": (reset(INTERNAL), False, Reason.RESET),
    "the stream is refused each time": (reset(REFUSED), False, Reason.RESET),
    "the stream is reset within the body": (head() + data(b"half", end=False) + reset(INTERNAL), False, Reason.RESET),
    "the connection is closed": (b"", True, Reason.RESET),
    "the connection is closed within the body": (head() + data(b"half", end=False), True, Reason.RESET),
    "the server goes away": (goes_away(), True, Reason.RESET),
    "the server goes away for an error of ours": (goes_away(1), True, Reason.PROTOCOL),
    "the server goes away within the body": (head() + data(b"half", end=False) + goes_away(2), True, Reason.RESET),
    "no status": (frame(HEADERS, literal("server", "x"), END_HEADERS | END_STREAM), False, Reason.PROTOCOL),
    "a name in capitals": (head(literal("Server", "x"), end=True), False, Reason.PROTOCOL),
    "frames that are none": (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, False, Reason.PROTOCOL),
    "a body without a head": (data(b"x"), False, Reason.PROTOCOL),
    "a head over the cap": (_long_head(20), False, Reason.TOO_LARGE),
    "a body over the cap": (head() + data(b"x" * 16_384, end=False) * 150, False, Reason.TOO_LARGE),
    "a body in a myriad of pieces": (head() + data(b"x", end=False) * 20_001, False, Reason.TOO_LARGE),
    "a head that never ends": (b"".join(_pieces_of_a_head(30)), False, Reason.TOO_LARGE),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_what_goes_wrong_has_the_reason_that_it_has_over_http_1(case: str, authority: Authority) -> None:
    says, closes, reason = FAILURES[case]
    async with answering(FrameServer(says, closes), authority) as url:
        observation, _ = await visit(url, authority)
    assert (observation.outcome, observation.reason) == (Outcome.FAILED, reason)


async def test_a_page_comes_over_http_2_where_the_server_speaks_it(authority: Authority) -> None:
    server = FrameServer(head(literal("content-type", "text/html"), literal("x", "y" * 16_000)) + data(b"page"))
    async with answering(server, authority) as url:
        observation, walk = await visit(url, authority)
    assert (observation.outcome, observation.hops[0].http, walk.answers[0].body) == (Outcome.OK, 2, b"page")
    assert observation.hops[0].tls_us is not None


async def test_http_1_is_spoken_where_it_is_asked_for_or_the_server_has_no_other(authority: Authority) -> None:
    server = FrameServer(head() + data(b"new"))
    async with answering(server, authority) as url:
        asked_for, _ = await visit(url, authority, HttpVersion.ONE)
    async with answering(server, authority, ["http/1.1"]) as url:
        no_other, _ = await visit(url, authority)
    assert [seen.hops[0].http for seen in (asked_for, no_other)] == [None, None]
    assert server.by_old == 2


async def test_a_server_that_wants_http_1_after_all_is_asked_so(authority: Authority) -> None:
    """RFC 9113, 7: HTTP_1_1_REQUIRED."""
    server = FrameServer(reset(HTTP_1_1_REQUIRED))
    async with answering(server, authority) as url:
        observation, walk = await visit(url, authority)
    assert (observation.outcome, walk.answers[0].body, server.by_old) == (Outcome.OK, b"old", 1)


@pytest.mark.parametrize("name", ["connection", "keep-alive", "proxy-connection", "upgrade"])
async def test_a_field_that_http_2_has_not_is_read_over_http_1(name: str, authority: Authority) -> None:
    """Browsers read on. A form is not sent again, and nobody's outage is told of it."""
    server = FrameServer(head(literal(name, "h2,h2c")) + data(b"new"))
    async with answering(server, authority) as url:
        observation, walk = await visit(url, authority)
        assert (observation.outcome, walk.answers[0].body, server.by_old) == (Outcome.OK, b"old", 1)
        form = Ask(Step.IDP_LOGIN, "POST", url, Channel.FRONT, form=(("password", "once"),))
        observation = await run(Walk(asks(form), network=Network(ca_file=authority.ca_file)))
    assert (observation.reason, server.by_old, len(server.heads)) == (Reason.HEAD_REFUSED, 1, 2)


@pytest.mark.parametrize(
    ("length", "reason", "body"), [("9", None, b"xyz"), ("1", Reason.HEAD_REFUSED, b"")], ids=["longer than the body", "shorter"]
)
async def test_a_length_that_the_body_has_not_is_no_outage(length: str, reason: Reason | None, body: bytes, authority: Authority) -> None:
    """Browsers ignore it over HTTP/2, where the end of a body is told otherwise."""
    async with answering(FrameServer(head(literal("content-length", length)) + data(b"xyz")), authority) as url:
        observation, walk = await visit(url, authority)
    assert (observation.reason, walk.answers[0].body) == (reason, body)


class NewOnly(FrameServer):
    """Hangs up on who speaks HTTP/1.1."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            await super().__call__(reader, writer)
        self.by_old += 1


async def test_what_is_read_over_neither_version_is_nobody_s_outage(authority: Authority) -> None:
    server = NewOnly(head(literal("upgrade", "h2c")) + data(b"new"))
    async with answering(server, authority) as url:
        observation, _ = await visit(url, authority)
    assert (observation.reason, bool(server.by_old)) == (Reason.HEAD_REFUSED, True)


@pytest.mark.parametrize(
    "says", [reset(INTERNAL), reset(REFUSED), reset(HTTP_1_1_REQUIRED), goes_away()], ids=["reset", "refused", "wants-http-1", "goes-away"]
)
async def test_a_form_is_sent_once_over_http_2_too(says: bytes, authority: Authority) -> None:
    """Also where RFC 9113, section 8.7 would allow another time: a server may say so and lie."""
    server = FrameServer(says, after_body=True)
    async with answering(server, authority) as url:
        form = Ask(Step.IDP_LOGIN, "POST", url, Channel.FRONT, form=(("password", "once"),))
        observation = await run(Walk(asks(form), network=Network(ca_file=authority.ca_file)))
    assert (observation.reason, server.bodies, server.by_old) == (Reason.RESET, [b"password=once"], 0)


_NODE = """
const http2 = require("http2"), fs = require("fs"), pem = fs.readFileSync(process.argv[1]);
const server = http2.createSecureServer({key: pem, cert: pem, allowHTTP1: true}, (request, response) => {
  let form = "";
  request.on("data", piece => form += piece);
  request.on("end", () => {
    response.setHeader("Set-Cookie", "sid=1; Path=/");
    response.end([request.httpVersion, request.method, request.headers.cookie, form].join(" "));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@pytest.mark.servers
async def test_a_real_server_is_walked_over_either_version(authority: Authority, tmp_path: Path) -> None:
    authority.server()
    (pem,) = (name for name in os.listdir(tmp_path) if name.startswith("server-"))
    node = await asyncio.create_subprocess_exec("node", "-e", _NODE, str(tmp_path / pem), stdout=asyncio.subprocess.PIPE)
    try:
        assert node.stdout is not None
        url = f"https://127.0.0.1:{int(await node.stdout.readline())}/"
        for http, version in ((HttpVersion.TWO, b"2.0"), (HttpVersion.ONE, b"1.1")):
            form = Ask(Step.IDP_LOGIN, "POST", url, Channel.FRONT, form=(("password", "once"),), sent_by=url)
            page = Ask(Step.MIRE, "GET", url, Channel.FRONT, sent_by=url)
            walk = Walk(asks(page, page, form), network=Network(ca_file=authority.ca_file, http=http))
            assert (await run(walk)).outcome is Outcome.OK
            bodies = [b"GET  ", b"GET sid=1 ", b"POST sid=1 password=once"]
            assert [said.body for said in walk.answers] == [version + b" " + body for body in bodies]
    finally:
        node.kill()
        await node.wait()
