"""A gateway before a real hub, on one vantage's way to it, which may grey every tile of a page."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.fakes.peers import Request, answer, read_request, serve

_OF_THE_CONNECTION = frozenset({"accept-encoding", "connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"})
"""Headers that are not handed on: the gateway has connections and a framing of its own."""


@dataclass
class Gateway:
    """Hands each request on to the server at `url`, and its answer back.

    `tile`: the start of a tile in the HTML, up to the end of an attribute. While it `greys`, each
    tile is written as one that cannot be chosen.
    """

    url: str
    tile: re.Pattern[str]
    greys: bool = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Yield the port of 127.0.0.1 at which it is reached."""
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # none is spoken here, and the default takes long to make
        # without a client there are no cookies and no redirects of the gateway's own
        async with httpx.AsyncHTTPTransport(verify=no_tls) as way:

            async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                while True:
                    writer.write(await self._answer(await read_request(reader), way))
                    await writer.drain()

            async with serve(served) as port:
                yield port

    async def _answer(self, asked: Request, way: httpx.AsyncHTTPTransport) -> bytes:
        headers = [(name, value) for name, value in asked.headers.items() if name not in _OF_THE_CONNECTION]
        came = await way.handle_async_request(httpx.Request(asked.method, self.url + asked.target, headers=headers, content=asked.body))
        await came.aread()
        handed_on = [(name, value) for name, value in came.headers.multi_items() if name.lower() not in _OF_THE_CONNECTION]
        return answer(self._filtered(came), came.status_code, handed_on)

    def _filtered(self, came: httpx.Response) -> bytes:
        if not self.greys or "html" not in came.headers.get("content-type", ""):
            return came.content
        return self.tile.sub(r"\g<0> disabled", came.text).encode(came.encoding or "utf-8")
