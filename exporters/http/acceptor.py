"""Accepts connections from a listening socket: a few in each turn of the loop, while there is room.

asyncio's own acceptor accepts all waiting connections at once. When the process has no file
descriptors left, it tries and logs a hundred times in each turn. This acceptor stops after the
first failure, drops the connection that has waited longest, and tries again after a pause.
It logs the failures once a minute.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

import structlog

from exporters.http.connection import Connection
from exporters.http.connections import Connections

AT_ONCE = 16  # connections that are accepted in one turn of the loop
ROOM_SECONDS = 0.01  # between two checks whether there is room
PAUSE_SECONDS = 0.1  # between a failure to accept and the next attempt
SILENCE_SECONDS = 60.0  # between two lines of the log

log = structlog.get_logger(__name__)


class Acceptor:
    """Accepts the connections of one socket. `make` makes the protocol of a new connection."""

    def __init__(self, listening: socket.socket, connections: Connections, make: Callable[[], Connection]) -> None:
        self._listening = listening
        self._connections = connections
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.Handle | None = None
        self._beginning: set[asyncio.Task[None]] = set()
        self._failures = Failures(self._loop.time)
        self._at_once = min(AT_ONCE, max(1, connections.most // 4))

    def start(self) -> None:
        """Accept connections from now on."""
        self._connections.on_room = _nothing
        self._loop.add_reader(self._listening, self._accept)

    def stop(self) -> None:
        """Accept no more connections."""
        self._pause()

    def _pause(self) -> None:
        """Accept no connection for now: new ones wait in the system's queue."""
        self._connections.on_room = _nothing
        if self._listening.fileno() >= 0:  # it may be closed already
            self._loop.remove_reader(self._listening)
        if self._later:
            self._later.cancel()

    def _pause_for(self, seconds: float) -> None:
        self._pause()
        self._later = self._loop.call_later(seconds, self.start)

    def _pause_until_room(self) -> None:
        self._pause_for(ROOM_SECONDS)
        self._connections.on_room = self._resume

    def _resume(self) -> None:
        self._pause()
        self._later = self._loop.call_soon(self._start_at_once)

    def _start_at_once(self) -> None:
        self.start()
        self._accept()

    def _accept(self) -> None:
        for _ in range(self._at_once):
            if not self._connections.room:
                self._pause_until_room()
                return
            try:
                accepted, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return  # no connection waits, or its client left
            except OSError as error:
                self._failures.add(error)
                self._connections.make_room()
                self._pause_for(PAUSE_SECONDS)
                return
            self._begin(accepted)

    def _begin(self, accepted: socket.socket) -> None:
        if self._connections.full:
            self._connections.make_room()
        accepted.setblocking(False)
        connection = self._make()
        self._connections.opened(connection)
        task = self._loop.create_task(self._connect(accepted, connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _connect(self, accepted: socket.socket, connection: Connection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, accepted)
        except OSError:  # the client left
            self._connections.lost(connection)
            accepted.close()


def _nothing() -> None:
    pass


class Failures:
    """Logs failures to accept: the first at once, then once a minute, with their number."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._count = 0
        self._silent_until = 0.0

    def add(self, error: OSError) -> None:
        """Count a failure, and log it unless a line was logged in the last minute."""
        self._count += 1
        now = self._now()
        if now < self._silent_until:
            return
        log.error("accept_failed", error=errno.errorcode.get(error.errno or 0, "unknown"), failures=self._count)
        self._count, self._silent_until = 0, now + SILENCE_SECONDS
