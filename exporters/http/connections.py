"""Limits the number of open connections, and chooses which one is dropped for a new one.

Any client can open connections and leave them idle. They must not use up the file descriptors that
journeys and the ledger need, or take the place of a scrape. Therefore connections may have a
quarter of the descriptors, 512 at most. When all are taken, the connection that has waited longest
without a complete request is dropped. It waits since it was accepted, or since its last answer;
bytes that arrive now and then change nothing.

Two kinds of connections are never dropped for another one: those whose request is being processed,
and new ones in their first FIRST_SECONDS, until the loop has read once what they sent.
When all are of these kinds, a new connection waits in the system's queue.
"""

import resource
from collections.abc import Callable
from typing import Protocol

from exporters.metrics.readings import DropReason

FIRST_SECONDS = 0.2  # in which a new connection is not dropped for another one
MOST = 512  # connections, whatever the number of descriptors
FEWEST = 4
SHARE = 4  # one in so many descriptors is for connections; journeys and the ledger have the others
UNREAD_BYTES = 64 * 1024 * 1024  # of all answers that wait to be read


class ConnectionListener(Protocol):
    """Counts the connections to the port."""

    def connections(self, count: int) -> None:
        """Called with the number of open connections when it changes."""

    def connection_dropped(self, why: DropReason) -> None:
        """Called when a connection was dropped."""


class NoListener:
    """A ConnectionListener that does nothing."""

    def connections(self, count: int) -> None:
        """Do nothing."""

    def connection_dropped(self, why: DropReason) -> None:
        """Do nothing."""


class Droppable(Protocol):
    """A connection that can be dropped."""

    def abort(self) -> None:
        """Close the connection now; bytes that were not sent yet are lost."""


def _nothing() -> None:
    pass


def most_connections() -> int:
    """Return the number of connections that this process may have open."""
    return share(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def share(descriptors: int) -> int:
    """Return the number of connections for a process with so many file descriptors."""
    if descriptors == resource.RLIM_INFINITY:
        return MOST
    return max(FEWEST, min(MOST, descriptors // SHARE))


class Connections:
    """All open connections of one port.

    It is not thread-safe: all calls come from one event loop.
    """

    def __init__(self, most: int, listener: ConnectionListener, now: Callable[[], float]) -> None:
        """Start without connections; there may be `most` of them.

        `now` returns monotonic seconds.
        """
        self.most = most
        self.on_room: Callable[[], None] = _nothing  # called when there may be room again
        self._listener = listener
        self._now = now
        self._open: dict[Droppable, float] = {}  # with the instant at which it was accepted
        # In each of these, the connection that has waited longest is the first.
        self._new: dict[Droppable, float] = {}  # past FIRST_SECONDS, without any request
        self._answered: dict[Droppable, float] = {}  # with the instant of the last answer
        self._unread: dict[Droppable, int] = {}  # with the bytes that its client has not read

    @property
    def full(self) -> bool:
        """Whether all places are taken."""
        return len(self._open) >= self.most

    @property
    def room(self) -> bool:
        """Whether a new connection can be accepted, if necessary in the place of another one."""
        return not self.full or self._longest() is not None

    def make_room(self) -> None:
        """Drop the connection that has waited longest; none when all are new or have a request."""
        longest = self._longest()
        if longest is not None:
            self.drop(longest, DropReason.CROWDED)

    def _longest(self) -> Droppable | None:
        firsts = (next(iter(waiting.items()), None) for waiting in (self._new, self._answered))
        found = min((one for one in firsts if one is not None), key=lambda one: one[1], default=None)
        return found[0] if found else None

    def drop(self, connection: Droppable, why: DropReason) -> None:
        """Close a connection, and count it."""
        self.count(why)
        self.lost(connection)
        connection.abort()

    def count(self, why: DropReason) -> None:
        """Count a dropped connection."""
        self._listener.connection_dropped(why)

    def close(self) -> None:
        """Close all connections, as the service stops."""
        for connection in list(self._open):
            connection.abort()

    # --- calls of a connection

    def opened(self, connection: Droppable) -> None:
        """The connection was accepted."""
        self._open[connection] = self._now()
        self._listener.connections(len(self._open))

    def waits(self, connection: Droppable) -> None:
        """FIRST_SECONDS are over, and the client has sent no request."""
        if connection in self._open:
            self._new[connection] = self._open[connection]
            self.on_room()

    def lost(self, connection: Droppable) -> None:
        """The connection is closed."""
        for known in (self._open, self._new, self._answered, self._unread):
            known.pop(connection, None)
        self._listener.connections(len(self._open))
        self.on_room()

    def working(self, connection: Droppable) -> None:
        """The head of its request is complete, and the request is being processed."""
        self._new.pop(connection, None)
        self._answered.pop(connection, None)

    def answered(self, connection: Droppable) -> None:
        """Its request is answered, or its client does not read the answer."""
        if connection in self._open:
            self._answered[connection] = self._now()
            self.on_room()

    def unread(self, connection: Droppable, size: int) -> None:
        """So many bytes wait until its client reads them.

        When all connections together have more than UNREAD_BYTES, those that wait longest are
        dropped.
        """
        if connection in self._open:
            self._unread[connection] = size
        while sum(self._unread.values()) > UNREAD_BYTES and len(self._unread) > 1:
            self.drop(next(iter(self._unread)), DropReason.UNREAD)

    def read(self, connection: Droppable) -> None:
        """Its client has read everything."""
        self._unread.pop(connection, None)
