"""Clients that send nothing, never end a request, or do not read their answers.

They use real sockets, with short time limits.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from exporters.http import connection as times
from exporters.http import connections as rooms
from exporters.http import server
from exporters.http.connections import FEWEST, MOST, Connections, NoListener, share
from exporters.http.server import REQUESTS, serve
from exporters.metrics.readings import DropReason
from tests.fakes.exporter import HOST, ServedExporter

ASK = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 4 * 1024 * 1024  # bytes: more than the system takes in for a client that does not read
SHORT = 0.6  # seconds instead of those of the port


class Count:
    """What the server tells of its connections."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0
        self.dropped: Counter[DropReason] = Counter()

    def connections(self, count: int) -> None:
        self.open, self.most = count, max(count, self.most)

    def connection_dropped(self, why: DropReason) -> None:
        self.dropped[why] += 1


class Port:
    """A served site, and what is told of its connections."""

    def __init__(self, world: ServedExporter, count: Count, number: int, stop: asyncio.Event) -> None:
        self.world, self.count, self.number, self.stop = world, count, number, stop

    async def open(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, self.number)
        writer.write(sent)
        return reader, writer

    async def ask(self, path: str) -> int:
        """The status of an answer on a connection of its own."""
        reader, writer = await self.open(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
        return int(answer.split(b" ", 2)[1])

    def unread(self, sent: bytes) -> socket.socket:
        """A client with little room that sends this and does not read."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        made.connect((HOST, self.number))
        made.sendall(sent)
        return made


@asynccontextmanager
async def port(world: ServedExporter | None = None) -> AsyncIterator[Port]:
    world, count, stop, number = world or ServedExporter(), Count(), asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(world.app, HOST, 0, stop, number.set_result, count))
    try:
        yield Port(world, count, await number, stop)
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await task


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "HEAD_SECONDS", SHORT)
    monkeypatch.setattr(times, "ANSWER_SECONDS", SHORT)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Room for few connections."""
    monkeypatch.setattr(server, "most_connections", lambda: 8)
    return 8


class Large(ServedExporter):
    """A site whose answers are larger than the system's buffers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        inner = self.app

        async def app(scope: object, receive: object, send: object) -> None:
            if scope["path"] == "/healthz":  # type: ignore[index]
                await inner(scope, receive, send)  # type: ignore[arg-type]
                return
            self.asked += 1
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE)]})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b"a" * LARGE})  # type: ignore[operator]

        self.app = app


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server ends the connection."""
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


# --- a head that does not end


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET /met", b"GET /metrics HTTP/1.1\r\n", b"GET /metrics HTTP/1.1\r\nHost: a\r\n", b"PRI * HT"],
    ids=["nothing", "a letter", "half a line", "a line", "all but the end", "half of HTTP/2"],
)
async def test_a_head_that_does_not_end_ends_its_connection(sent: bytes) -> None:
    async with port() as at:
        reader, writer = await at.open(sent)
        assert await ended(reader) == b""
        assert at.count.dropped == {DropReason.HEAD: 1}
        await until(lambda: at.count.open == 0)
        writer.close()


@pytest.mark.usefixtures("short")
async def test_a_byte_now_and_then_gives_no_more_time() -> None:
    async with port() as at:
        reader, writer = await at.open(b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: ")
        closed = asyncio.create_task(ended(reader))
        sent = 0
        while not closed.done():
            writer.write(b"x")
            sent += 1
            await asyncio.sleep(SHORT / 20)
        assert at.count.dropped == {DropReason.HEAD: 1}
        assert sent > 3
        writer.close()


@pytest.mark.usefixtures("short")
async def test_a_kept_connection_is_kept_until_a_further_head_begins() -> None:
    async with port() as at:
        reader, writer = await at.open(ASK)
        await reader.readuntil(b"alive\n")
        await asyncio.sleep(SHORT * 3)
        writer.write(ASK)
        await reader.readuntil(b"alive\n")
        assert at.count.dropped == {}
        writer.write(b"GET")
        await ended(reader)
        assert at.count.dropped == {DropReason.HEAD: 1}
        writer.close()


@pytest.mark.usefixtures("short")
async def test_a_half_request_behind_whole_ones_ends_like_any_other() -> None:
    async with port() as at:
        reader, writer = await at.open(ASK * 3 + b"GET /hea")
        assert (await ended(reader)).count(b"alive\n") == 3
        assert at.count.dropped == {DropReason.HEAD: 1}
        writer.close()


async def test_a_kept_connection_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert times.KEEP_ALIVE_SECONDS == 75
    monkeypatch.setattr(times, "KEEP_ALIVE_SECONDS", SHORT)
    async with port() as at:
        reader, writer = await at.open(ASK)
        assert b"alive" in await ended(reader)
        assert at.count.dropped == {}
        writer.close()


# --- a body that does not end


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("length", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_a_body_that_never_comes_ends_its_connection_once_it_was_answered(method: str, length: str) -> None:
    async with port() as at:
        reader, writer = await at.open(f"{method} /healthz HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 ")
        closed = asyncio.create_task(ended(reader))
        while not closed.done():
            writer.write(b"1" if length.startswith("C") else b"1\r\na\r\n")
            await asyncio.sleep(SHORT / 20)
        assert at.count.dropped == {DropReason.BODY: 1}
        writer.close()


async def test_a_body_that_comes_after_the_answer_leaves_the_connection_of_use() -> None:
    async with port() as at:
        reader, writer = await at.open(b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        await reader.readuntil(b"alive\n")
        writer.write(b"body" + ASK)
        await reader.readuntil(b"alive\n")
        assert at.count.dropped == {}
        writer.close()


@pytest.mark.parametrize("answered", [True, False])
async def test_a_broken_body_ends_its_connection_and_logs_nothing(answered: bool, caplog: pytest.LogCaptureFixture) -> None:
    async with port() as at:
        reader, writer = await at.open(
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"" if answered else b"zz\r\n")
        )
        if answered:
            await reader.readuntil(b"alive\n")
            writer.write(b"zz\r\n")
        await ended(reader)
        assert at.count.dropped == {DropReason.MALFORMED: 1}
        writer.close()
    assert caplog.records == []


# --- what is no HTTP


@pytest.mark.parametrize(
    "sent",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\n: a\r\n\r\n",
    ],
    ids=["HTTP/2", "the first of TLS", "TLS", "zeros", "a header without name"],
)
async def test_what_is_no_http_is_refused_counted_and_not_logged(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with port() as at:
        reader, writer = await at.open(sent)
        answer = await ended(reader)
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
        assert b"content-security-policy: default-src 'none'" in answer
        writer.close()
        assert await at.ask("/healthz") == 200
    assert caplog.records == []


async def test_an_upgrade_is_not_logged_for_each_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    async with port() as at:
        reader, writer = await at.open(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n")
        assert b" 200 " in await ended(reader)
        writer.close()
    assert caplog.records == []


# --- answers that nobody reads


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "after", [b"", ASK * 50, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" * 50], ids=["one", "and small ones", "and large ones"]
)
async def test_an_answer_that_is_not_read_in_time_ends_its_connection(after: bytes) -> None:
    world = Large()
    async with port(world) as at:
        slow = at.unread(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" + after)
        await until(lambda: at.count.dropped[DropReason.UNREAD] == 1 and at.count.open == 0)
        assert world.asked == 1  # what it asked for behind is not worked on
        slow.close()


@pytest.mark.usefixtures("short")
async def test_a_client_that_ends_its_side_and_does_not_read_is_ended_too() -> None:
    async with port(Large()) as at:
        slow = at.unread(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        slow.shutdown(socket.SHUT_WR)
        await until(lambda: at.count.dropped[DropReason.UNREAD] == 1 and at.count.open == 0)
        slow.close()


@pytest.mark.usefixtures("short")
async def test_small_answers_that_nobody_reads_end_their_connection_too() -> None:
    """The system takes some of them in; what it does not take waits here, head or body."""
    async with port() as at:
        slow = at.unread(b"")
        slow.setblocking(False)
        while at.count.dropped[DropReason.UNREAD] == 0:
            with suppress(OSError):  # no room at present, or ended
                slow.send(ASK * 100)
            await asyncio.sleep(0.005)
        await until(lambda: at.count.dropped[DropReason.UNREAD] == 1 and at.count.open == 0)
        slow.close()


async def test_a_slow_client_gets_all_of_its_answers_in_order() -> None:
    async with port(Large()) as at:
        reader, writer = await at.open(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" * 3 + ASK)
        await asyncio.sleep(0.3)
        async with asyncio.timeout(60):
            for _ in range(3):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
                assert await reader.readexactly(LARGE) == b"a" * LARGE
            await reader.readuntil(b"alive\n")
        assert at.count.dropped == {}
        writer.close()


async def test_too_many_unread_bytes_end_the_connection_that_waited_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "UNREAD_BYTES", 1)
    async with port(Large()) as at:
        slow = []
        for count in range(3):
            slow.append(at.unread(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"))
            await until(partial(lambda wanted: at.count.dropped[DropReason.UNREAD] == wanted and at.count.open == 1, count))
        assert await at.ask("/healthz") == 200
        for one in slow:
            one.close()


# --- room


async def test_a_new_connection_takes_the_place_of_the_one_that_waited_longest(few: int) -> None:
    async with port() as at:
        idle = [await at.open() for _ in range(few)]
        await until(lambda: at.count.open == few)
        await asyncio.sleep(rooms.FIRST_SECONDS * 2)
        assert await at.ask("/healthz") == 200
        assert at.count.dropped == {DropReason.CROWDED: 1}
        assert await ended(idle[0][0]) == b""
        idle[1][1].write(ASK)
        await idle[1][0].readuntil(b"alive\n")
        for _, writer in idle:
            writer.close()


async def test_bytes_and_kept_connections_do_not_keep_their_place(few: int) -> None:
    async with port() as at:
        kept = await at.open(ASK)
        await kept[0].readuntil(b"alive\n")
        others = [await at.open(b"GET /") for _ in range(few - 1)]
        await until(lambda: at.count.open == few)
        await asyncio.sleep(rooms.FIRST_SECONDS * 2)
        kept[1].write(b"GET /healthz HTTP/1.1\r\n")  # the head of a further request begins
        assert await at.ask("/healthz") == 200
        assert await ended(kept[0]) == b""
        for _, writer in (kept, *others):
            writer.close()


async def test_who_is_worked_for_keeps_the_place_and_a_new_one_waits(few: int) -> None:
    async with port() as at:
        at.world.hold = asyncio.Event()
        working = await at.open(b"GET /probe?hub=fc&debug=true HTTP/1.1\r\nHost: a\r\n\r\n")
        await at.world.running.wait()
        idle = [await at.open() for _ in range(3 * few)]
        assert await at.ask("/metrics") == 200
        assert at.count.most <= few + 2  # some are ended in the turn in which others are taken
        at.world.hold.set()
        async with asyncio.timeout(20):
            assert (await working[0].readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        for _, writer in (working, *idle):
            writer.close()


async def test_clients_that_ask_again_and_again_leave_room_for_another(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The clients share the loop here, and are slow to ask.
    monkeypatch.setattr(rooms, "FIRST_SECONDS", 5.0)
    async with port() as at:

        async def hammer() -> None:
            while True:
                reader, writer = await at.open(ASK * 20)
                try:
                    await ended(reader)
                finally:
                    writer.close()

        hammers = [asyncio.create_task(hammer()) for _ in range(3 * few)]
        await asyncio.sleep(0.2)
        statuses = [await at.ask(path) for path in ("/healthz", "/metrics") * 5]
        assert statuses == [200] * 10
        for one in hammers:
            one.cancel()
        await asyncio.gather(*hammers, return_exceptions=True)


async def test_connections_that_were_reset_before_they_were_taken_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    async with port() as at:
        for _ in range(50):
            made = socket.create_connection((HOST, at.number))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            made.close()  # RST
        assert await at.ask("/healthz") == 200
        await until(lambda: at.count.open == 0)
    assert caplog.records == []


async def test_more_requests_at_once_than_are_worked_on_are_told_so_and_the_cheap_ones_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "REQUESTS", 2)
    world = ServedExporter()
    async with port(world) as at:
        world.hold = asyncio.Event()
        held = [asyncio.create_task(at.ask(path)) for path in ("/probe?hub=fc", "/probe?hub=fc&idp=alpha")]
        await until(lambda: len(world.ran) == 2)
        statuses = [await at.ask(path) for path in ("/", "/metrics", "/healthz", "/readyz")]
        assert statuses == [503, 200, 200, 200]
        world.hold.set()
        assert await asyncio.gather(*held) == [200, 200]
        assert await at.ask("/") == 200
    assert REQUESTS == 64


async def test_who_is_worked_for_when_it_stops_is_answered_and_nobody_else_is_taken() -> None:
    async with port() as at:
        at.world.hold = asyncio.Event()
        working = asyncio.create_task(at.ask("/probe?hub=fc&debug=true"))
        await at.world.running.wait()
        at.stop.set()
        await asyncio.sleep(0.3)
        with pytest.raises(OSError, match=r"Connect call failed"):
            await at.open()
        at.world.hold.set()
        assert await working == 200


async def test_it_stops_in_time_beside_clients_that_do_not_read_or_do_not_ask() -> None:
    async with port(Large()) as at:
        slow = at.unread(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        idle = [await at.open() for _ in range(3)]
        await until(lambda: at.count.open == 4)
    await until(lambda: at.count.open == 0)
    slow.close()
    for _, writer in idle:
        writer.close()


@pytest.mark.parametrize(
    ("descriptors", "most"), [(-1, MOST), (1_048_576, MOST), (2_048, 512), (1_024, 256), (64, 16), (24, 6), (8, FEWEST), (0, FEWEST)]
)
def test_a_quarter_of_the_descriptors_is_for_connections(descriptors: int, most: int) -> None:
    assert share(descriptors) == most


def test_a_new_connection_has_a_moment_in_any_case() -> None:
    class One:
        def abort(self) -> None:
            pass

    all_ = Connections(2, NoListener(), lambda: 0.0)
    first, second = One(), One()
    all_.opened(first)
    all_.opened(second)
    assert (all_.full, all_.room) == (True, False)
    all_.make_room()
    assert all_.full
    all_.waits(second)
    assert all_.room
    all_.make_room()
    assert not all_.full
