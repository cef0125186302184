"""Tells systemd how the service is (sd_notify(3)): ready, reloading, stopping, alive.

The protocol is one datagram of text to the socket that NOTIFY_SOCKET names. The libraries for it
are either unmaintained or want systemd's headers to be built.

Theory of operation
-------------------
    ready      once the port is open. Until then a status line says what is done
    alive      `WATCHDOG=1`, three times in the interval that systemd allows, from the event loop,
               and only while the ledger answers. A ledger that refuses answers; one that hangs
               for `PATIENCE_US` does not. systemd then stops the service and starts it anew
    reloading  with the clock's instant, then ready again, whether the reload was taken or refused
    stopping   before the last observations are written
Without a socket nothing is told.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from probe.clock import Clock

PATIENCE_US = 120_000_000
"""How long one write to the ledger may take."""
A_LOOK_US = 5_000_000
"""How often the loop looks whether somebody watches it, where nobody does."""


class ServiceManager:
    """The service manager that started this process; or none."""

    def __init__(self, clock: Clock, address: str | None = None, watchdog_us: int = 0) -> None:
        """`watchdog_us`: within which it wants a sign of life; 0: it does not watch."""
        self._clock = clock
        self._address = address
        self._watchdog_us = watchdog_us
        self._ready = ""
        self._stopping = False

    @classmethod
    def of(cls, environment: Mapping[str, str], process: int, clock: Clock) -> "ServiceManager":
        """Return the manager that the environment of the process with this number names."""
        interval, watched = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(process))
        wanted = int(interval) if interval.isascii() and interval.isdigit() and watched == str(process) else 0
        return cls(clock, environment.get("NOTIFY_SOCKET"), wanted)

    def starting(self, doing: str) -> None:
        """Tell what is done before the service is ready."""
        self._send(f"STATUS={doing}")

    def ready(self, watched: str) -> None:
        """Tell that the service is ready, and what it watches."""
        self._ready = watched
        self._send("READY=1", f"STATUS={watched}")

    def reloading(self) -> None:
        """Tell that the configuration is read again."""
        if not self._stopping and self._ready:
            self._send("RELOADING=1", f"MONOTONIC_USEC={self._clock.monotonic_us()}", "STATUS=reading the configuration again")

    def reloaded(self, problems: Sequence[str], watched: str = "") -> None:
        """Tell that the reload is over, and why it was refused, if it was."""
        if self._stopping or not self._ready:
            return
        self._ready = watched or self._ready
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        refused = f"; the last reload was refused: {problems[0]}{more}" if problems else ""
        self._send("READY=1", f"STATUS={self._ready}{refused}")

    def stopping(self) -> None:
        """Tell that the last observations are written."""
        self._stopping = True
        self._send("STOPPING=1", "STATUS=writing the last observations")

    async def send_signs_of_life(self, stuck_us: Callable[[], int]) -> None:
        """Give signs of life until cancelled.

        `stuck_us`: for how long the write to the ledger that is under way has lasted.
        """
        while self._watchdog_us:
            if stuck_us() < PATIENCE_US:
                self._send("WATCHDOG=1", patience_seconds=0)  # the next one does as well
            await self._clock.sleep_us(self._watchdog_us // 3)

    def _send(self, *lines: str, patience_seconds: float = 1) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        text = "\n".join(" ".join(line.splitlines()) for line in lines)
        # A manager that does not listen is no reason to stop watching, or to wait for long: systemd
        # has a queue of some datagrams, and is busy when many services start.
        with suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as opened:
            opened.settimeout(patience_seconds)
            opened.sendto(text.encode("utf-8", "replace"), address)
