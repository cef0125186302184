"""The stop-watch of one exchange.

The sockets are deep inside httpcore when the exchange's owner wants their times: the watch under way is found through
a context variable, which every coroutine and task of the exchange inherits. All values are integer microseconds of
the monotonic clock; one that did not happen stays None.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from probe.clock import Clock


@dataclass(slots=True)
class Timings:
    """`first_byte_us` counts from the instant the connection was ready, `transfer_us` from the first byte to the last."""

    clock: Clock
    dns_us: int | None = None
    connect_us: int | None = None
    tls_us: int | None = None
    first_byte_us: int | None = None
    transfer_us: int | None = None
    certificate_expires_us: int | None = None  # UTC instant
    # what the wire has shown so far, for limits and for telling failures apart
    connected: bool = False  # a new connection was opened for this exchange
    received: int = 0  # bytes of the answer, headers included
    opening: bytes = b""  # its first bytes
    ended: bool = False  # the peer closed its side
    in_body: bool = False  # the head is complete
    _started_us: int = field(default=0, repr=False)
    _ready_us: int = field(default=0, repr=False)
    _first_us: int = field(default=0, repr=False)

    def start(self) -> None:
        self._started_us = self._ready_us = self.clock.monotonic_us()

    def ready(self) -> None:
        """The connection can carry the request: what came before (a proxy's answer) is forgotten."""
        self._ready_us = self.clock.monotonic_us()
        self.received, self.opening, self.first_byte_us = 0, b"", None

    def read(self, data: bytes) -> None:
        """Note what was read; nothing read means that the peer closed its side."""
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
        if self.first_byte_us is not None:
            self.transfer_us = self.clock.monotonic_us() - self._first_us

    @property
    def total_us(self) -> int:
        return self.clock.monotonic_us() - self._started_us

    def again(self) -> None:
        """The same exchange starts over on another connection; the time lost stays in the total."""
        self.ready()
        self.ended = self.in_body = False


_current: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextmanager
def measuring(clock: Clock) -> Iterator[Timings]:
    """Everything exchanged inside is measured by the watch given."""
    timings = Timings(clock)
    timings.start()
    token = _current.set(timings)
    try:
        yield timings
    finally:
        _current.reset(token)


def current() -> Timings:
    """The watch of the exchange under way. Raises RuntimeError outside `measuring`: nothing here runs unmeasured."""
    timings = _current.get()
    if timings is None:
        raise RuntimeError("no exchange is being measured")
    return timings
