"""Shows whether the heartbeat is sent, and taken."""

from exporters.metrics import names
from exporters.metrics.exposition import CachedPart


class HeartbeatMeters(CachedPart):
    """The metrics of the heartbeat."""

    def __init__(self) -> None:
        super().__init__()
        self._interval = self.gauge(names.HEARTBEAT_INTERVAL)
        self._sent = self.gauge(names.HEARTBEAT_SENT)
        self._failures = self.counter(names.HEARTBEAT_FAILURES)
        self._withheld = self.counter(names.HEARTBEAT_WITHHELD)
        self._interval_us = 0

    def configured(self, interval_us: int) -> None:
        """Show how often the heartbeat is to be sent, in microseconds; 0: never."""
        if interval_us != self._interval_us:
            self._interval_us = interval_us
            self._interval.set(interval_us / 1_000_000)
            self.touch()

    def sent(self, at_us: int) -> None:
        """Take note that the receiver took a heartbeat, at this instant in UTC microseconds."""
        self._sent.set(at_us / 1_000_000)
        self.touch()

    def failed(self) -> None:
        """Count a heartbeat that the receiver did not take."""
        self._failures.inc()
        self.touch()

    def withheld(self) -> None:
        """Count a heartbeat that was not sent, as nothing was observed or written."""
        self._withheld.inc()
        self.touch()
