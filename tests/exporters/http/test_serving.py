"""The server on a real socket: it answers, shares the loop, and stops.

When it cannot listen, its error names the address.
"""

import asyncio
import signal
import socket

import httpx
import pytest

from exporters.http.server import ListenError, listen, serve
from probe.errors import VigieError
from tests.fakes.exporter import HOST, ServedExporter, served


async def exchange(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(sent)
    await writer.drain()
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_it_answers_over_a_socket() -> None:
    async with served() as (_, port), httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{HOST}:{port}/metrics")
        assert answer.status_code == 200
        assert "server" not in answer.headers


async def test_it_stops_when_told_with_a_connection_open() -> None:
    async with served() as (_, port):
        _, writer = await asyncio.open_connection(HOST, port)
    writer.close()
    with pytest.raises(OSError, match=r"Connect call failed"):
        await asyncio.open_connection(HOST, port)


async def test_it_leaves_the_signals_alone() -> None:
    before = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    async with served() as (_, port), httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"http://{HOST}:{port}/healthz")
        assert {which: signal.getsignal(which) for which in before} == before


async def test_its_port_is_free_again_after_it_was_cancelled() -> None:
    world, port = ServedExporter(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(world.app, HOST, 0, asyncio.Event(), port.set_result))
    await port
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    listen(HOST, port.result()).close()


async def test_a_port_in_use_is_named() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on {HOST}:{port}: Address already in use"):
            await serve(ServedExporter().app, HOST, port, asyncio.Event())


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000), ("no host at all", 0), ("a" * 70, 0)])
def test_an_address_that_is_none_of_ours_is_an_error_of_the_house(host: str, port: int) -> None:
    with pytest.raises(VigieError, match=f"cannot listen on {host}:{port}"):
        listen(host, port)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 20_000, b" 400 "),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000, b" 400 "),
        (b"GET /" + b"a" * 4_000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b" 414 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b" 400 "),
        (b"GET /probe?hub=\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b" 400 "),
    ],
    ids=["a line without end", "a header without end", "a long address", "TLS", "bytes"],
)
async def test_what_is_not_a_fit_request_is_refused(sent: bytes, status: bytes) -> None:
    async with served() as (_, port):
        assert status in (await exchange(port, sent)).partition(b"\r\n")[0]


def test_an_application_answers_nothing_but_http() -> None:
    async def never(*_: object) -> dict[str, object]:
        raise AssertionError

    world = ServedExporter()
    assert asyncio.run(application_call(world, never)) is None


async def application_call(world: ServedExporter, never: object) -> None:
    await world.app({"type": "lifespan"}, never, never)  # type: ignore[arg-type]


def test_answers_are_not_held_back_by_nagle() -> None:
    opened = listen(HOST, 0)
    # asyncio sets TCP_NODELAY only on sockets that name their protocol.
    assert opened.proto == socket.IPPROTO_TCP
    opened.close()
