"""Takes connections from a listening socket, a few a turn of the loop, while there is room.

asyncio's own loop for it takes all that wait, and when the descriptors have run out it tries, and
logs, a hundred times a turn. Here a failure ends the turn, drops the connection that has waited
longest, and lets the next turn wait; the log hears of it once a minute.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

import structlog

from exporters.http.connection import Connection
from exporters.http.connections import Connections

AT_ONCE = 16  # connections taken in one turn of the loop
ROOM_SECONDS = 0.01  # until it is looked again whether there is room
PAUSE_SECONDS = 0.1  # until accepting is tried again after it failed
SILENCE_SECONDS = 60.0  # between two lines of the log

log = structlog.get_logger(__name__)


class Acceptor:
    """`make` makes the protocol of a new connection."""

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
        self._connections.on_room = _nothing
        self._loop.add_reader(self._listening, self._accept)

    def stop(self) -> None:
        self._hold()

    def _hold(self) -> None:
        """Take no connection for now: what comes waits in the system's queue."""
        self._connections.on_room = _nothing
        if self._listening.fileno() >= 0:  # it may be closed already
            self._loop.remove_reader(self._listening)
        if self._later:
            self._later.cancel()

    def _hold_for(self, seconds: float) -> None:
        self._hold()
        self._later = self._loop.call_later(seconds, self.start)

    def _hold_until_room(self) -> None:
        self._hold_for(ROOM_SECONDS)
        self._connections.on_room = self._go_on

    def _go_on(self) -> None:
        self._hold()
        self._later = self._loop.call_soon(self._start_at_once)

    def _start_at_once(self) -> None:
        self.start()
        self._accept()

    def _accept(self) -> None:
        for _ in range(self._at_once):
            if not self._connections.room:
                self._hold_until_room()
                return
            try:
                accepted, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return  # none waits, or it left
            except OSError as error:
                self._failures.add(error)
                self._connections.make_room()
                self._hold_for(PAUSE_SECONDS)
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
        except OSError:  # it went before it was looked at
            self._connections.lost(connection)
            accepted.close()


def _nothing() -> None:
    pass


class Failures:
    """Tells the log that accepting fails: at once, then once a minute, with how often since."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._count = 0
        self._silent_until = 0.0

    def add(self, error: OSError) -> None:
        self._count += 1
        now = self._now()
        if now < self._silent_until:
            return
        log.error("accept_failed", error=errno.errorcode.get(error.errno or 0, "unknown"), failures=self._count)
        self._count, self._silent_until = 0, now + SILENCE_SECONDS
