"""One party's server: its own address and listening socket, so that it can be down and come back.

The sockets are bound before anything listens,
so that every party's URL is known before the first one starts.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "simulator.transport"
"""The key, in the ASGI scope's extensions, of the application's connection."""


class OpenProtocol(H11Protocol):
    """uvicorn's protocol. For faults below HTTP it gives the application its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner: Any = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app


class _PartyListener(uvicorn.Server):
    """uvicorn's server, which leaves the process's signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.ending = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """Tick once a second (the Date header); uvicorn's own loop does so ten times as often."""
        tick = 0
        while not await self.on_tick(tick):
            tick += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop at once, like a process that dies: break connections and cancel requests."""
        for listener in self.servers:
            listener.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        under_way = list(self.server_state.tasks)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


class PartyServer:
    """Starts and stops one party. `port` stays the same across stops."""

    def __init__(self, party: str, address: str, port: int = 0, certificate: tuple[Path, Path] | None = None) -> None:
        self.party = party
        self.address = address
        self._certificate = certificate
        self._held: socket.socket | None = _bound(address, port)
        self.port: int = self._held.getsockname()[1]
        self._server: _PartyListener | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://{self.address}:{self.port}"

    @property
    def running(self) -> bool:
        return self._server is not None

    async def start(self, app: ASGIApp) -> None:
        """Listen, unless it listens already. Raises OSError when the port was taken meanwhile."""
        if self._server is not None:
            return
        listening = self._held or _bound(self.address, self.port)
        self._held = None
        files = {"ssl_certfile": self._certificate[0], "ssl_keyfile": self._certificate[1]} if self._certificate else {}
        config = uvicorn.Config(
            app,
            http=OpenProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # `Unreliable` tells the party's own time
            timeout_keep_alive=5,
            backlog=512,
            **files,  # type: ignore[arg-type]
        )
        self._server = _PartyListener(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]), name=f"serve {self.party}")
        ready = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._task

    def renew(self, certificate: tuple[Path, Path]) -> None:
        """Show another certificate on new connections."""
        self._certificate = certificate
        if self._server is not None and self._server.config.ssl is not None:
            self._server.config.ssl.load_cert_chain(*certificate)

    async def stop(self) -> None:
        """Stop listening, and break the connections in use: no answer to them ever comes."""
        server, task = self._server, self._task
        self._server = self._task = None
        if server is None or task is None:
            return
        server.should_exit = True
        server.ending.set()
        await task

    def release(self) -> None:
        """Close a socket that never listened."""
        if self._held is not None:
            self._held.close()
            self._held = None


def _bound(address: str, port: int) -> socket.socket:
    """Return a bound socket that does not listen yet. Raises OSError."""
    # asyncio turns Nagle's algorithm (40 ms a page) off only when the protocol is named.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address, port))
    except OSError as error:
        made.close()
        raise OSError(error.errno, f"cannot listen on {address}:{port}: {error.strerror}") from error
    made.setblocking(False)
    return made
