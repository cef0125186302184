"""Faults at and below HTTP, the same for every party: an ASGI layer around its application."""

import asyncio
import gzip
import io
import logging
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.faults import Active
from simulator.server import TRANSPORT
from simulator.world import World

_log = logging.getLogger("simulator")

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n"
_START = b"<!doctype html><html><head><title>Patientez</title></head><body>"

_EDGE_TITLES = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
_MAINTENANCE = (
    "<!doctype html><html lang='fr'><head><title>Maintenance</title></head><body id='maintenance'>"
    "<h1>Service momentanément interrompu</h1><p>Nos équipes interviennent. Merci de réessayer dans quelques minutes.</p></body></html>"
)


class Unreliable:
    """Wraps one party's application: plays the active transport fault, or passes the request on.

    An error of the application itself is logged with its traceback and answered 500,
    so that a bug here does not pass for a scripted fault.
    """

    def __init__(self, party: str, app: ASGIApp, world: World) -> None:
        self._party = party
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._world.log.note(self._party, scope)
        send = self._dated(send)
        fault = self._world.board.transport(self._party, scope["path"])
        try:
            if fault is None or not _concerns(fault, scope):
                await self._app(scope, receive, send)
            elif fault.fault.name == "held":
                await self._hold(scope["path"])
                await self._app(scope, receive, send)
            elif fault.fault.name in ("slow", "content_type"):
                await self._altered(fault, scope, receive, send)
            else:
                await self._play(fault, scope, receive, send)
        except asyncio.CancelledError:
            _transport(scope).abort()  # the server is stopping
        except Exception:
            _log.exception("%s %s failed", self._party, scope["path"])
            raise

    def _dated(self, send: Send) -> Send:
        """Tell the party's own time with every answer (RFC 9110, section 6.6.1)."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(time.time() + self._world.clock_off(self._party), usegmt=True)
                message = {**message, "headers": [*message["headers"], (b"date", date.encode())]}
            await send(message)

        return dated

    async def _hold(self, path: str) -> None:
        while self._world.board.has(self._party, "held", path):  # noqa: ASYNC110 - faults are data, and tell nobody
            await asyncio.sleep(0.02)

    async def _altered(self, fault: Active, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.fault.name == "slow":
            await self._world.pause(fault.number("seconds"))
            await self._app(scope, receive, send)
            return

        async def relabelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name.lower() != b"content-type"]
                message = {**message, "headers": [*kept, (b"content-type", fault.text("value").encode())]}
            await send(message)

        await self._app(scope, receive, relabelled)

    async def _play(self, fault: Active, scope: Scope, receive: Receive, send: Send) -> None:
        name = fault.fault.name
        below: dict[str, Callable[[asyncio.Transport, Active], Awaitable[None]]] = {
            "hang": _silent,
            "drip": self._drip,
            "reset": _reset,
            "truncated": _truncated,
            "garbage": _garbage,
            "endless": _endless,
            "bomb": _bomb,
        }
        if name in below:
            await _drain(receive)
            await below[name](_transport(scope), fault)
            return
        path = scope["path"]
        if name == "redirect_loop":
            answer: HTMLResponse | RedirectResponse = RedirectResponse(path, 302)
        elif name == "bad_redirect":
            answer = RedirectResponse(fault.text("to"), 302)
        elif name == "maintenance":
            answer = HTMLResponse(_MAINTENANCE)
        elif name == "turned_away":
            answer = _turned_away(fault)
        else:
            status = int(fault.number("status"))
            title = f"{status} {_EDGE_TITLES.get(status, 'Error')}"
            page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>\n"
            answer = HTMLResponse(page, status)
        await answer(scope, receive, send)

    async def _drip(self, transport: asyncio.Transport, fault: Active) -> None:
        transport.write(_HEAD + b"content-length: 1000000\r\n\r\n" + _START)
        while not transport.is_closing():
            transport.write(b".")
            await self._world.pause(fault.number("every"))


def _concerns(fault: Active, scope: Scope) -> bool:
    """Tell whether a fault that is played to some clients only is played to this one."""
    if fault.fault.name != "turned_away":
        return True
    agents = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"user-agent"]
    return any(fault.text("user_agent") in agent for agent in agents or [""])


def _turned_away(fault: Active) -> HTMLResponse:
    """The answer of a limit on requests, or of a filter that asks for proof of being human."""
    challenge, status = fault.text("challenge"), int(fault.number("status"))
    if challenge == "header":
        return HTMLResponse("<html><title>Just a moment...</title></html>", status, {"cf-mitigated": "challenge"})
    widget = '<form action="/captcha/check"><div class="h-captcha"></div><button>Je suis humain</button></form>' if challenge else ""
    return HTMLResponse(f"<html><title>Too Many Requests</title><body>{widget}</body></html>", status, {"retry-after": "120"})


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    return transport


async def _drain(receive: Receive) -> None:
    """Read the request's body, so that a later reset is the intended one."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def _until_closed(transport: asyncio.Transport) -> None:
    while not transport.is_closing():  # noqa: ASYNC110 - a transport reports its closing to its protocol only
        await asyncio.sleep(0.05)


async def _silent(transport: asyncio.Transport, _fault: Active) -> None:
    await _until_closed(transport)


async def _reset(transport: asyncio.Transport, _fault: Active) -> None:
    transport.write(_HEAD + b"content-length: 20000\r\n\r\n" + _START)
    await asyncio.sleep(0.02)  # the first bytes leave before the reset
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        # a linger of zero makes the kernel send RST in place of FIN
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _truncated(transport: asyncio.Transport, _fault: Active) -> None:
    transport.write(_HEAD + b"content-length: 20000\r\n\r\n" + _START)
    transport.close()


async def _garbage(transport: asyncio.Transport, _fault: Active) -> None:
    transport.write(b"\x00\x01\x02 220 mail.example ESMTP\r\nwhat?\r\n\r\n")
    transport.close()


async def _endless(transport: asyncio.Transport, _fault: Active) -> None:
    transport.write(_HEAD + b"\r\n" + _START)
    await _pour(transport, lambda: b"<p>encore</p>" * 1000)


async def _bomb(transport: asyncio.Transport, fault: Active) -> None:
    transport.write(_HEAD + b"content-encoding: gzip\r\nconnection: close\r\n\r\n")
    left = int(fault.number("mebibytes"))
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as squeezed:
        while left > 0 and not transport.is_closing():
            squeezed.write(bytes(1 << 20))  # so little in one turn of the loop: others share it
            left -= 1
            await _write(transport, buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
    transport.write(buffer.getvalue())
    transport.close()


async def _pour(transport: asyncio.Transport, block: Callable[[], bytes]) -> None:
    while not transport.is_closing():
        await _write(transport, block())


async def _write(transport: asyncio.Transport, data: bytes) -> None:
    """Write at the reader's pace: never more than a mebibyte ahead."""
    transport.write(data)
    await asyncio.sleep(0)
    while not transport.is_closing() and transport.get_write_buffer_size() > 1 << 20:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)
