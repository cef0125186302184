"""Clients of the port that hold connections and do not behave: as many as are wanted,
for as long as they are wanted.
"""

import random
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

TICK_SECONDS = 0.02
OPENED_A_TICK = 10
Behaviour = Callable[[socket.socket], None]


def allow_many_sockets() -> None:
    """This process may open as many files as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8_192 if hard == resource.RLIM_INFINITY else min(hard, 8_192)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Held:
    """Keeps `count` connections open: each that the server ends is opened again,
    some hundreds a second.

    `first` is done with each new connection, `later` with each open one some twice a second.
    """

    def __init__(self, port: int, count: int, first: Behaviour | None = None, later: Behaviour | None = None) -> None:
        allow_many_sockets()
        self._port, self._count, self._first, self._later = port, count, first, later
        self._open: list[socket.socket] = []
        self.opened = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Held":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for one in self._open:
            one.close()

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self._open = [one for one in self._open if not _ended(one)]
            for _ in range(min(OPENED_A_TICK, self._count - len(self._open))):
                self._add()
            if self._later:
                for one in random.sample(self._open, len(self._open) // 25):
                    with suppress(OSError):
                        self._later(one)

    def _add(self) -> None:
        made = socket.socket()
        made.setblocking(False)
        made.connect_ex(("127.0.0.1", self._port))
        self._open.append(made)
        self.opened += 1
        if self._first:
            with suppress(OSError):
                self._first(made)


def _ended(one: socket.socket) -> bool:
    """Whether the server ended a connection; it is closed here too then.
    What it sent is left unread.
    """
    try:
        ended = not one.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        ended = True
    if ended:
        one.close()
    return ended


def says(sent: bytes) -> Behaviour:
    """Send this, as far as the connection takes it."""

    def say(one: socket.socket) -> None:
        one.send(sent)

    return say


def drips(one: socket.socket) -> None:
    """One more byte of a header that never ends."""
    one.send(b"x")


def ask(port: int, path: str, seconds: float = 10.0) -> int:
    """The status of an answer on a connection of its own, read to its end.
    Raises OSError when there is none in time.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as one:
        one.settimeout(seconds)
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        pieces = []
        while piece := one.recv(65_536):
            pieces.append(piece)
    return int(b"".join(pieces).split(b" ", 2)[1])


@contextmanager
def hammering(port: int, count: int, path: str) -> Iterator[list[int]]:
    """So many clients that ask again as soon as they are answered.
    The list gets the status of each answer, 0 for none.
    """
    stop, told = threading.Event(), []

    def hammer() -> None:
        while not stop.is_set():
            try:
                told.append(ask(port, path))
            except (OSError, IndexError, ValueError):
                told.append(0)

    threads = [threading.Thread(target=hammer, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        stop.set()
        for thread in threads:
            thread.join()
