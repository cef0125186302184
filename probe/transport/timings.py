"""The stop-watch of one exchange.

The sockets are deep inside httpcore, far from the caller who wants their times.
They find the current watch by a context variable, which every coroutine and task of the exchange
inherits. All values are integer microseconds of the monotonic clock;
one whose event did not happen stays None.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from probe.clock import Clock


@dataclass(slots=True)
class Timings:
    """The times of one exchange, in microseconds.

    `first_byte_us` counts from the instant at which the connection was ready,
    `transfer_us` from the first byte to the last.
    """

    clock: Clock
    dns_us: int | None = None
    connect_us: int | None = None
    tls_us: int | None = None
    first_byte_us: int | None = None
    transfer_us: int | None = None
    certificate_expires_us: int | None = None  # UTC instant
    # The state of the wire so far, for limits and for telling failures apart:
    connected: bool = False  # a new connection was opened for this exchange
    received: int = 0  # bytes of the answer, headers included
    opening: bytes = b""  # its first bytes
    ended: bool = False  # the peer closed its side
    in_body: bool = False  # the head is complete
    _started_us: int = field(default=0, repr=False)
    _ready_us: int = field(default=0, repr=False)
    _first_us: int = field(default=0, repr=False)

    def start(self) -> None:
        """Start the watch."""
        self._started_us = self._ready_us = self.clock.monotonic_us()

    def ready(self) -> None:
        """Record that the connection can carry the request; forget a proxy's answer before it."""
        self._ready_us = self.clock.monotonic_us()
        self.received, self.opening, self.first_byte_us = 0, b"", None

    def read(self, data: bytes) -> None:
        """Record the bytes that were read; none means that the peer closed its side."""
        if not data:
            self.ended = True
            return
        if self.first_byte_us is None:
            self._first_us = self.clock.monotonic_us()
            self.first_byte_us = self._first_us - self._ready_us
        if len(self.opening) < 5:
            self.opening = (self.opening + data[:5])[:5]
        self.received += len(data)

    def finish(self) -> None:
        """Stop the watch at the last byte."""
        if self.first_byte_us is not None:
            self.transfer_us = self.clock.monotonic_us() - self._first_us

    @property
    def total_us(self) -> int:
        return self.clock.monotonic_us() - self._started_us

    def again(self) -> None:
        """Start the same exchange again on another connection; the time lost stays in the total."""
        self.ready()
        self.ended = self.in_body = False


_current: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextmanager
def measuring(clock: Clock) -> Iterator[Timings]:
    """Measure every exchange inside by a new watch."""
    timings = Timings(clock)
    timings.start()
    token = _current.set(timings)
    try:
        yield timings
    finally:
        _current.reset(token)


def current() -> Timings:
    """Return the watch of the current exchange.

    Raises RuntimeError outside `measuring`: nothing here runs unmeasured.
    """
    timings = _current.get()
    if timings is None:
        raise RuntimeError("no exchange is being measured")
    return timings
