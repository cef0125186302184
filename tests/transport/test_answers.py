"""Every odd answer a server can give ends in an observation with a closed word (docs/domain.md,
"Outcome, fault, reason")."""

import asyncio
import gzip
import socket
import struct
import zlib

import brotli
import pytest

from probe.core.judgement.observation import Outcome, Reason, Step
from probe.journeys.exchange import Ask
from tests.fakes.peers import Raw, Walk, answer, asks, get, read_request, run, says, serve, streams

GZIP = "Content-Encoding: gzip\r\n"


async def fetch(handler: Raw, deadline_s: float = 5.0) -> Walk:
    async with serve(handler) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/page"), deadline_us=int(deadline_s * 1_000_000))
        observation = await run(walk)
    assert observation.reason == walk.answers[0].error
    assert observation.hops[0].error == walk.answers[0].error
    return walk


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *(line.strip() for line in lines), "", ""]).encode()


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def resets_within_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(head("Content-Length: 1000") + b"abc")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


BOMB = gzip.compress(b"\0" * (64 * 1024 * 1024), 9)
NESTED = gzip.compress(gzip.compress(b"\0" * (64 * 1024 * 1024), 9), 9)


SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"

ODD: dict[str, tuple[Raw, Reason]] = {
    "a reset": (resets, Reason.RESET),
    "a reset within the body": (resets_within_the_body, Reason.RESET),
    "nothing at all": (says(b""), Reason.RESET),
    "half a status line": (says(b"HTTP/1.1 2"), Reason.RESET),
    "half a head": (says(b"HTTP/1.1 200 OK\r\nContent-"), Reason.RESET),
    "a truncated body": (says(head("Content-Length: 1000") + b"short"), Reason.RESET),
    "a truncated chunk": (says(head("Transfer-Encoding: chunked") + b"ff\r\nabc"), Reason.RESET),
    "no last chunk": (says(head("Transfer-Encoding: chunked") + b"3\r\nabc\r\n"), Reason.RESET),
    "garbage": (says(b"\x00\x01\x02\xff garbage"), Reason.PROTOCOL),
    "a banner of another protocol, and silence": (says(b"SSH-2.0-OpenSSH_9.2\r\n", then=60), Reason.PROTOCOL),
    "garbage after the status line": (says(b"HTTP/1.1 200 OK\r\n\x00\x01 no colon here\r\n\r\n"), Reason.PROTOCOL),
    "a status that is no number": (says(b"HTTP/1.1 abc OK\r\n\r\n"), Reason.HEAD_REFUSED),
    "a status of four digits": (says(b"HTTP/1.1 2000 OK\r\n\r\n"), Reason.HEAD_REFUSED),
    "another version": (says(b"HTTP/1.7 200 OK\r\n\r\n"), Reason.HEAD_REFUSED),
    "HTTP/2 in words": (says(b"HTTP/2 200 OK\r\n\r\n"), Reason.HEAD_REFUSED),
    "a line without a colon": (says(head("Garbage", "Content-Length: 0")), Reason.HEAD_REFUSED),
    "a folded line first": (says(b"HTTP/1.1 200 OK\r\n folded\r\n\r\n"), Reason.HEAD_REFUSED),
    "a blank line first": (says(b"\r\n" + answer(b"page"), then=60), Reason.HEAD_REFUSED),
    "four octets first": (says(b"abcd" + answer(b"page"), then=60), Reason.HEAD_REFUSED),
    "five octets first": (says(b"abcde" + answer(b"page"), then=60), Reason.PROTOCOL),
    "no version": (says(b"HTTP 200 OK\r\n\r\n"), Reason.HEAD_REFUSED),
    "a page and no head": (says(b"<p>page"), Reason.PROTOCOL),
    "two octets": (says(b"ok"), Reason.PROTOCOL),
    "a NUL in a head": (says(head("X: a\0b")), Reason.PROTOCOL),
    "two lengths, one that is no number": (says(head("Content-Length: 3", "Content-Length: many") + b"abc"), Reason.PROTOCOL),
    "two lengths": (says(head("Content-Length: 3", "Content-Length: 5") + b"abc"), Reason.PROTOCOL),
    "a length that is no number": (says(head("Content-Length: many") + b"abc"), Reason.HEAD_REFUSED),
    "a chunk size that is no number": (says(head("Transfer-Encoding: chunked") + b"zz\r\nabc\r\n"), Reason.PROTOCOL),
    "gzip that is not": (says(head(GZIP, "Content-Length: 5") + b"plain"), Reason.PROTOCOL),
    "deflate that is not": (says(head("Content-Encoding: deflate", "Content-Length: 5") + b"\xff\xff\xff\xff\xff"), Reason.PROTOCOL),
    "codings without end": (says(head("Content-Encoding: " + ", ".join(["gzip"] * 40), "Content-Length: 5") + b"plain"), Reason.PROTOCOL),
    "a switch of protocols": (says(SWITCH, then=60), Reason.PROTOCOL),
    "a header without end": (streams(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096), Reason.TOO_LARGE),
    "headers without end": (streams(b"HTTP/1.1 200 OK\r\n", b"X-Header: x\r\n" * 300), Reason.TOO_LARGE),
    "a status line without end": (streams(b"HTTP/1.1 200 ", b"O" * 4096), Reason.TOO_LARGE),
    "informational answers without end": (streams(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 50), Reason.TOO_LARGE),
    "trailers without end": (streams(head("Transfer-Encoding: chunked") + b"0\r\n", b"X-Trailer: x\r\n" * 300), Reason.TOO_LARGE),
    "a body without end": (streams(head("Connection: close"), b"x" * 65_536), Reason.TOO_LARGE),
    "chunks without end": (streams(head("Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 4096), Reason.TOO_LARGE),
    "compressed nothing without end": (streams(head(GZIP) + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff" * 8192), Reason.TOO_LARGE),
    "a gzip bomb": (says(head(GZIP, f"Content-Length: {len(BOMB)}") + BOMB), Reason.TOO_LARGE),
    "a bomb in a bomb": (says(head("Content-Encoding: gzip, gzip", f"Content-Length: {len(NESTED)}") + NESTED), Reason.TOO_LARGE),
    "a page of 3 MiB": (says(answer(b"x" * (3 * 1024 * 1024))), Reason.TOO_LARGE),
    "a length of an exabyte": (says(head(f"Content-Length: {10**18}"), then=0.0), Reason.RESET),
}  # fmt: skip


@pytest.mark.parametrize(("handler", "reason"), ODD.values(), ids=ODD.keys())
async def test_an_odd_answer_has_its_word(handler: Raw, reason: Reason) -> None:
    walk = await fetch(handler)
    assert walk.answers[0].error == reason
    assert (walk.answers[0].body, walk.answers[0].status) == (b"", 0)


FINE = {
    "gzip": (gzip.compress(b"page"), "gzip"),
    "x-gzip, as of old": (gzip.compress(b"page"), "x-gzip"),
    "two gzip members": (gzip.compress(b"page") + gzip.compress(b"more"), "GZIP"),
    "gzip cut short": (gzip.compress(b"page")[:-7], "gzip"),
    "a coding that nobody knows": (b"page", "gzip, utf-8"),
    "brotli": (brotli.compress(b"page"), "br"),
    "zlib deflate": (zlib.compress(b"page"), "deflate"),
    "raw deflate": (zlib.compress(b"page")[2:-4], "deflate"),
    "two codings": (zlib.compress(gzip.compress(b"page")), "gzip, deflate"),
    "identity": (b"page", "identity"),
}


@pytest.mark.parametrize(("body", "coding"), FINE.values(), ids=FINE.keys())
async def test_a_body_is_decoded(body: bytes, coding: str) -> None:
    walk = await fetch(says(answer(body, headers=[("Content-Encoding", coding)])))
    assert (walk.answers[0].error, walk.answers[0].text) == (None, "page")


async def test_a_page_of_two_mebibytes_is_read_and_one_byte_more_is_not() -> None:
    size = 2 * 1024 * 1024
    whole, over = await fetch(says(answer(b"x" * size))), await fetch(says(answer(b"x" * (size + 1))))
    assert (len(whole.answers[0].body), over.answers[0].error) == (size, Reason.TOO_LARGE)


async def test_a_bomb_is_never_held_in_memory() -> None:
    import tracemalloc

    tracemalloc.start()
    try:
        await fetch(says(head(GZIP, f"Content-Length: {len(BOMB)}") + BOMB))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * 1024 * 1024


async def test_early_hints_are_passed_over() -> None:
    walk = await fetch(says(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(b"page")))
    assert walk.answers[0].text == "page"


async def test_headers_are_joined_and_cookies_never_shown() -> None:
    sent = [("X-Two", "a"), ("X-Two", "b"), ("Set-Cookie", "session=secret"), ("Content-Type", "text/html")]
    walk = await fetch(says(answer(headers=sent)))
    headers = walk.answers[0].headers
    assert (headers["x-two"], headers["content-type"], "set-cookie" in headers) == ("a, b", "text/html", False)


async def test_a_hang_is_a_timeout_at_the_deadline() -> None:
    walk = await fetch(says(b"", then=60), deadline_s=0.4)
    assert walk.answers[0].error == Reason.TIMEOUT


DRIPS = {"status line": b"HTTP/1.1 200 O", "header": b"HTTP/1.1 200 OK\r\nX: ", "body": head("Content-Length: 100000")}


@pytest.mark.parametrize("start", DRIPS.values(), ids=DRIPS.keys())
async def test_a_drip_is_cut_at_the_deadline(start: bytes) -> None:
    async with serve(streams(start, b"x", pause=0.05)) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=600_000)
        observation = await run(walk)
    took_us = observation.finished_us - observation.started_us
    assert 600_000 <= took_us < 2_500_000
    assert (observation.outcome, observation.reason) == (Outcome.FAILED, Reason.TIMEOUT)
    assert observation.hops[0].error == Reason.TIMEOUT


@pytest.mark.parametrize(
    "url", ["http://", "ftp://127.0.0.1/", "http://[::1", "/relative", "http://127.0.0.1:99999/", "http://a b/", "\x00"]
)
async def test_a_url_that_cannot_be_asked_is_an_answer_too(url: str) -> None:
    walk = Walk(get(url))
    observation = await run(walk)
    assert (observation.outcome, observation.reason) == (Outcome.FAILED, Reason.PROTOCOL)


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("abruptly", [True, False])
async def test_a_form_is_sent_again_where_a_kept_connection_brings_no_answer(answered: bool, abruptly: bool) -> None:
    """The page came on a connection that is closed at once, or once the form has come over it.

    A browser then sends the form once more, over a new one, and not a third time.
    """
    posts: list[bytes] = []

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await read_request(reader)) is not None:
            if request.method == "POST":
                posts.append(request.body)
            if request.method == "GET" or answered:
                writer.write(answer(b"page"))
                await writer.drain()
            if request.method == "POST" or answered:
                break
        if abruptly:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async with serve(closes) as port:
        url = f"http://127.0.0.1:{port}/"
        form = Ask(Step.IDP_LOGIN, "POST", url, form=(("password", "once"),))
        walk = Walk(asks(Ask(Step.IDP_LOGIN_PAGE, "GET", url), form))
        await run(walk)
    assert posts == [b"password=once"] * (1 if answered else 2)
    if not answered:
        assert walk.answers[1].error == Reason.RESET


@pytest.mark.parametrize("before", [b"\r\n", b"\n", b" ", b"left"], ids=["a blank line", "a newline", "a space", "octets"])
async def test_what_a_kept_connection_brings_before_an_answer_is_no_outage(before: bytes) -> None:
    """Browsers read on. libcurl does not: the page is asked for again, on a new connection."""
    connections = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for start in (b"", before):
            await read_request(reader)
            writer.write(start + answer(b"page"))
            await writer.drain()

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        walk = Walk(get(url, url))
        observation = await run(walk)
    assert (observation.outcome, connections) == (Outcome.OK, 2)
    assert [said.body for said in walk.answers] == [b"page", b"page"]
