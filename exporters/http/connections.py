"""The open connections: how many there may be, and which one makes room for a new one.

Whoever reaches the port can open connections and leave them idle. They must not take the file
descriptors of the journeys and of the ledger, nor the place of a scrape. So a quarter of the
descriptors is theirs, 512 at most. When all are taken, the connection that has waited longest
without a complete request is dropped. "Waited" counts from the moment it was accepted, or from
its last answer: bytes that come now and then change nothing. A connection whose request is being
worked on is never dropped for another one, nor is one that has not had its moment (FIRST_SECONDS,
and one look at what it sent, however busy the loop is): a new one waits in the system's queue then.
"""

import resource
from collections.abc import Callable
from typing import Protocol

from exporters.metrics.readings import DropReason

FIRST_SECONDS = 0.2  # that a new connection has in any case to ask for something
MOST = 512  # connections, however many descriptors there are
FEWEST = 4
SHARE = 4  # one descriptor in so many is for a connection, the rest for journeys and the ledger
UNREAD_BYTES = 64 * 1024 * 1024  # of all answers that wait to be read


class Listener(Protocol):
    """Whoever counts connections."""

    def connections(self, count: int) -> None:
        """So many are open."""

    def connection_dropped(self, why: DropReason) -> None:
        """One was dropped."""


class Unheard:
    """Counts nothing."""

    def connections(self, count: int) -> None:
        pass

    def connection_dropped(self, why: DropReason) -> None:
        pass


class Droppable(Protocol):
    """A connection, as it is seen here."""

    def abort(self) -> None:
        """Close it now. What it still had to send is lost."""


def _nothing() -> None:
    pass


def most_connections() -> int:
    """How many connections this process may hold open."""
    return share(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def share(descriptors: int) -> int:
    """How many connections there may be when the process may open so many files."""
    if descriptors == resource.RLIM_INFINITY:
        return MOST
    return max(FEWEST, min(MOST, descriptors // SHARE))


class Connections:
    """All open connections of one port. Not thread-safe: everything happens on one loop."""

    def __init__(self, most: int, listener: Listener, now: Callable[[], float]) -> None:
        """`now` tells the time in seconds that only grow."""
        self.most = most
        self.on_room: Callable[[], None] = _nothing  # called when there may be room again
        self._listener = listener
        self._now = now
        self._open: dict[Droppable, float] = {}  # since when
        # The longest is first in each of these.
        self._new: dict[Droppable, float] = {}  # had their moment and never asked, since when
        self._answered: dict[Droppable, float] = {}  # do not ask any more, since when
        self._unread: dict[Droppable, int] = {}  # bytes that its client has not read

    @property
    def full(self) -> bool:
        return len(self._open) >= self.most

    @property
    def room(self) -> bool:
        """Whether a new connection can be taken, if need be in the place of another."""
        return not self.full or self._longest() is not None

    def make_room(self) -> None:
        """Drop the connection that has waited longest; none when every one is new or at work."""
        longest = self._longest()
        if longest is not None:
            self.drop(longest, DropReason.CROWDED)

    def _longest(self) -> Droppable | None:
        firsts = (next(iter(waiting.items()), None) for waiting in (self._new, self._answered))
        found = min((one for one in firsts if one is not None), key=lambda one: one[1], default=None)
        return found[0] if found else None

    def drop(self, connection: Droppable, why: DropReason) -> None:
        self.count(why)
        self.lost(connection)
        connection.abort()

    def count(self, why: DropReason) -> None:
        self._listener.connection_dropped(why)

    def close(self) -> None:
        """End them all: the service stops."""
        for connection in list(self._open):
            connection.abort()

    # --- what a connection tells

    def opened(self, connection: Droppable) -> None:
        self._open[connection] = self._now()
        self._listener.connections(len(self._open))

    def waits(self, connection: Droppable) -> None:
        """It has had its moment, and did not ask yet."""
        if connection in self._open:
            self._new[connection] = self._open[connection]
            self.on_room()

    def lost(self, connection: Droppable) -> None:
        for known in (self._open, self._new, self._answered, self._unread):
            known.pop(connection, None)
        self._listener.connections(len(self._open))
        self.on_room()

    def working(self, connection: Droppable) -> None:
        """Its request is complete, and being worked on."""
        self._new.pop(connection, None)
        self._answered.pop(connection, None)

    def answered(self, connection: Droppable) -> None:
        """Its request was answered, or is being answered and its client does not read."""
        if connection in self._open:
            self._answered[connection] = self._now()
            self.on_room()

    def unread(self, connection: Droppable, size: int) -> None:
        """So many bytes wait for its client. The longest wait ends when all are too many."""
        if connection in self._open:
            self._unread[connection] = size
        while sum(self._unread.values()) > UNREAD_BYTES and len(self._unread) > 1:
            self.drop(next(iter(self._unread)), DropReason.UNREAD)

    def read(self, connection: Droppable) -> None:
        """Its client has read all."""
        self._unread.pop(connection, None)
