"""HTTP servers that hang, lie, break off and redirect: nothing is lost, nothing is sent elsewhere,
nothing is shown.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from probe.incidents.store.outbox import LetterState
from probe.tickets import glpi, request_tracker, webhook
from probe.tickets.deliverer import Pace
from probe.tickets.message import RefusedLetterError, TemporaryError, TicketError, TicketSystem
from probe.tickets.template import Template
from probe.tickets.wire import LARGEST, Wire
from probe.tickets.wording import TicketWording
from probe.transport.tls import TlsContexts
from tests.fakes import incident_acts
from tests.fakes.deliveries import Deliveries
from tests.fakes.peers import serve
from tests.fakes.recorder import ledger

SECRET = "hunter-2000-secret"
MESSAGE = TicketWording("fr", "Europe/Paris").message(incident_acts.story(incident_acts.acts(12)[:1]))
CONTEXT = TlsContexts().get(None)
Make = Callable[[int], TicketSystem]


def rt(port: int) -> TicketSystem:
    headers = request_tracker.authorization(SECRET)
    return request_tracker.RequestTracker(Wire(f"http://127.0.0.1:{port}", CONTEXT, headers), request_tracker.QueueSettings("Q"))


def basic_rt(port: int) -> TicketSystem:
    wire = Wire(f"http://127.0.0.1:{port}", CONTEXT, auth=request_tracker.basic("vigie", SECRET))
    return request_tracker.RequestTracker(wire, request_tracker.QueueSettings("Q"))


def glpi_desk(port: int) -> TicketSystem:
    login = glpi.Login(user_token=SECRET, app_token=SECRET + "-app")
    return glpi.Glpi(Wire(f"http://127.0.0.1:{port}/apirest.php", CONTEXT), login, glpi.GlpiSettings())


def hook(port: int) -> TicketSystem:
    call = webhook.Call(SECRET, headers={"authorization": f"Bearer {SECRET}"}, reference="id")
    return webhook.Webhook(Wire(f"http://127.0.0.1:{port}/hook", CONTEXT), call, lambda: incident_acts.OPENED_US)


SYSTEMS = pytest.mark.parametrize("make", [rt, basic_rt, glpi_desk, hook])


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


def answering(status: str, body: bytes = b"", *headers: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_of(reader)
            lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
            writer.write("\r\n".join(lines).encode() + body)
            await writer.drain()

    return handle


async def failure(make: Make, port: int) -> TicketError:
    system = make(port)
    with pytest.raises(TicketError) as caught:
        async with asyncio.timeout(30):
            await system.deliver(MESSAGE, None)
    await system.close()
    assert SECRET not in str(caught.value)
    assert len(str(caught.value)) < 500
    return caught.value


@SYSTEMS
@pytest.mark.parametrize(
    "status", ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Slow down", "408 Timeout", "599 Odd", "401 Unauthorized"]
)
async def test_what_may_be_better_later_is_tried_again(make: Make, status: str) -> None:
    async with serve(answering(status, b"<h1>" + SECRET[:5].encode())) as port:
        error = await failure(make, port)
    assert isinstance(error, TemporaryError)
    assert str(error).startswith(f"HTTP {status[:3]}")


@SYSTEMS
@pytest.mark.parametrize("status", ["400 Bad", "403 Forbidden", "404 Not Found", "422 No", "451 Never"])
async def test_what_is_refused_is_refused_for_good(make: Make, status: str) -> None:
    async with serve(answering(status, "queue inconnue é\x1b[31m\n".encode())) as port:
        error = await failure(make, port)
    assert isinstance(error, RefusedLetterError)
    assert not error.doubt
    assert str(error) == f"HTTP {status[:3]}: queue inconnue é?[31m"


@SYSTEMS
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 There", "308 There", "304 Same"])
async def test_a_redirect_is_not_followed(make: Make, status: str) -> None:
    visited = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visited.append(await request_of(reader))

    async with serve(elsewhere) as other, serve(answering(status, b"", f"Location: http://127.0.0.1:{other}/")) as port:
        error = await failure(make, port)
    assert isinstance(error, TemporaryError)
    assert "not followed" in str(error)
    assert visited == []


@SYSTEMS
@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"null", b"[]", b"17", b'{"items": 3}', b'{"id": "a\\nb"}', b'"x"', b"{" * 100_000, b"[" * 100_000, b"\xff\xfe"],
)
async def test_garbage_is_tried_again_and_is_no_ticket(make: Make, body: bytes) -> None:
    async with serve(answering("200 OK", body)) as port:
        error = await failure(make, port)
    assert isinstance(error, TemporaryError)


@SYSTEMS
async def test_an_answer_without_end_is_cut(make: Make) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        while sent < 10_000_000:
            writer.write(b" " * 50_000)
            await writer.drain()
            sent += 50_000

    async with serve(flood) as port:
        error = await failure(make, port)
    assert f"more than {LARGEST} bytes" in str(error)
    assert sent < 10_000_000


@SYSTEMS
async def test_a_compressed_bomb_is_not_opened(make: Make) -> None:
    async with serve(answering("200 OK", b"\x1f\x8b" + b"\0" * 1000, "Content-Encoding: gzip")) as port:
        assert isinstance(await failure(make, port), TemporaryError)


@SYSTEMS
async def test_a_connection_reset_after_the_request_was_taken_is_in_doubt_if_it_could_change_anything(make: Make) -> None:
    taken: list[bytes] = []

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await request_of(reader))
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    async with serve(reset) as port:
        error = await failure(make, port)
    assert isinstance(error, TemporaryError)
    assert error.doubt is taken[0].startswith(b"POST")


@SYSTEMS
async def test_nobody_there_is_away_without_doubt(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await failure(make, port)
    assert isinstance(error, TemporaryError)
    assert (error.away, error.doubt) == (True, False)


@SYSTEMS
async def test_http_that_is_none_is_tried_again(make: Make) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()

    async with serve(babble) as port:
        assert isinstance(await failure(make, port), TemporaryError)


async def test_a_server_that_asks_for_time_is_given_it() -> None:
    async with serve(answering("503 Busy", b"", "Retry-After: 120")) as port:
        error = await failure(hook, port)
    assert isinstance(error, TemporaryError)
    assert (error.after_us, error.away) == (120_000_000, True)


@pytest.mark.parametrize("value", ["-1", "soon", "9" * 50, "Wed, 21 Oct 2026 07:28:00 GMT", "١٢", ""])
async def test_a_time_that_is_none_is_none(value: str) -> None:
    async with serve(answering("503 Busy", b"", f"Retry-After: {value}")) as port:
        error = await failure(hook, port)
    assert isinstance(error, TemporaryError)
    assert error.after_us == 0


@SYSTEMS
async def test_a_server_that_hangs_is_left_at_the_deadline_and_asked_again(make: Make, tmp_path: Path) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        await asyncio.Event().wait()

    with ledger(tmp_path / "vigie.db") as engine:
        async with serve(hang) as port:
            system = make(port)
            deliveries = Deliveries(engine, {"x": system}, pace=Pace(deadline_us=300_000))
            deliveries.put(12, *incident_acts.WHOLE[:1])
            assert await deliveries.deliverer.deliver_next("x")
            await system.close()
        (row,) = deliveries.rows()
    assert (row.state, row.error, row.doubt) == (LetterState.WAITING, "no answer within the deadline", True)


# --- the webhook


def parsed(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, value in pairs}, body


async def called(call: webhook.Call, answer: bytes = b"{}", reference: str | None = None, status: str = "200 OK") -> tuple[bytes, str]:
    taken = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await request_of(reader))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
        await writer.drain()

    async with serve(take) as port:
        system = webhook.Webhook(Wire(f"http://127.0.0.1:{port}/hook?x=1", CONTEXT), call, lambda: incident_acts.OPENED_US)
        try:
            made = await system.deliver(MESSAGE, reference)
        finally:
            await system.close()
    return taken[0], made


async def test_the_signature_is_over_the_time_and_the_body() -> None:
    request, made = await called(webhook.Call(SECRET))
    headers, body = parsed(request)
    assert headers["x-vigie-timestamp"] == str(incident_acts.OPENED_US // 1_000_000)
    assert headers["x-vigie-signature"] == webhook.signature(SECRET, incident_acts.OPENED_US // 1_000_000, body)
    assert headers["idempotency-key"] == MESSAGE.key
    assert made == MESSAGE.mark
    told = json.loads(body)
    assert (told["incident"], told["verb"], told["severity"], told["idp"]) == ("VIGIE-12", "create", 2, "ameli")
    assert told["title"] == MESSAGE.title
    assert SECRET.encode() not in request


def test_the_signature_is_that_of_any_other_implementation() -> None:
    # printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
    assert webhook.signature("key", 1_700_000_000, b'{"a":1}') == (
        "sha256=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"
    )


async def test_the_template_and_the_ticket_s_name_are_the_operator_s() -> None:
    call = webhook.Call(SECRET, "PUT", Template("{{ subject }} / {{ due.escalation }}"), "text/plain", {"x-room": "on-call"}, "id")
    request, made = await called(call, b'{"id": 4711}')
    headers, body = parsed(request)
    assert request.startswith(b"PUT /hook?x=1 HTTP/1.1")
    assert body.decode() == f"{MESSAGE.subject} / 2026-03-02T14:05:00Z"
    assert (headers["x-room"], headers["content-type"]) == ("on-call", "text/plain")
    assert made == "4711"
    assert parsed((await called(call, reference="4711"))[0])[0]["x-vigie-ticket"] == "4711"


@pytest.mark.parametrize(
    "text",
    [
        "{{ nothing }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ due.update({}) }}",
        "{% for i in range(100000) %}{{ text }}{% endfor %}",
        "{% for i in range(10000000) %}x{% endfor %}",
        "{{ 1 // 0 }}",
        "{{ self._TemplateReference__context }}",
    ],
)
async def test_a_template_that_fails_or_reaches_out_is_refused_for_good(text: str) -> None:
    with pytest.raises(RefusedLetterError, match="the template"):
        await called(webhook.Call(SECRET, body=Template(text)))


def test_a_template_that_is_none_dies_at_once() -> None:
    with pytest.raises(ValueError, match="is not a template"):
        Template("{% if %}")
