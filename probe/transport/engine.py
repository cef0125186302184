"""Drives libcurl's transfers from asyncio: no thread, and no polling.

libcurl says which sockets it waits for and until when (curl's "multi_socket" interface). An epoll
of the engine watches them, and the event loop watches that one: libcurl changes its mind three
times a connection, which is a system call each, and would be several objects in the loop.

One engine holds one store of certificate authorities, which libcurl parses once and keeps. That is
why there is an engine for each CA file and not one for all: parsing costs 30 to 60 ms. What must
not be shared between journeys (connections, resolved names) is in a `pycurl.CurlShare` of each.
"""

import asyncio
import os
import select
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pycurl

from probe.config.authorities import trusted_file
from probe.transport.certificates import names_of_authorities
from probe.transport.failure import LocalError

trusted_file(None)  # looks certifi's file up now: later no descriptor may be left


@dataclass(frozen=True, slots=True)
class CurlFailure:
    """What libcurl says of a transfer that failed: its number for the error, and a text.

    The text may quote the peer: it stays in the process.
    """

    code: int
    text: str


class CurlEngine:
    """The transfers of one CA file, on the event loop that runs when it is made.

    `changed_ns`: when the file was changed last.
    """

    def __init__(self, ca_file: str, changed_ns: int) -> None:
        self.ca_file, self.changed_ns = ca_file, changed_ns
        self.loop = asyncio.get_running_loop()
        self._multi = pycurl.CurlMulti()
        self._epoll = select.epoll()
        self._timer: asyncio.TimerHandle | None = None
        self._starting = False
        self._running: dict[pycurl.Curl, asyncio.Future[CurlFailure | None]] = {}
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self.loop.add_reader(self._epoll.fileno(), _ready, weakref.ref(self))
        weakref.finalize(self, _end, self.loop, self._epoll)

    @property
    def trusted(self) -> frozenset[bytes]:
        """The names of the authorities in the CA file."""
        return names_of_authorities(self.ca_file, self.changed_ns)

    async def perform(self, handle: pycurl.Curl) -> CurlFailure | None:
        """Run a transfer to its end. Return what went wrong, or None.

        When the caller is cancelled, the transfer is ended and its connection closed.
        """
        future = self._running[handle] = self.loop.create_future()
        try:
            self._add(handle)
            self._act(pycurl.SOCKET_TIMEOUT, 0)  # at once: what is new is always due
            failure: CurlFailure | None = await future
        finally:
            if self._running.pop(handle, None) is not None:
                self._multi.remove_handle(handle)
        return failure

    def _add(self, handle: pycurl.Curl) -> None:
        self._starting = True
        try:
            self._multi.add_handle(handle)
        finally:
            self._starting = False

    def _watch(self, what: int, descriptor: int, multi: object, data: object) -> None:  # noqa: ARG002 - libcurl's signature
        """Watch a socket as libcurl asks: for reading, for writing, both, or no more."""
        if self._epoll.closed:
            return  # the engine ends, and libcurl closes what is left
        if what == pycurl.POLL_REMOVE:
            with suppress(OSError):  # it is closed already
                self._epoll.unregister(descriptor)
            return
        try:
            self._epoll.modify(descriptor, _EVENTS[what])
        except FileNotFoundError:
            self._epoll.register(descriptor, _EVENTS[what])

    def go_on(self) -> None:
        """Let libcurl go on with the sockets that are ready; one that failed is both."""
        for descriptor, events in self._epoll.poll(0):
            reading = pycurl.CSELECT_IN if events & ~select.EPOLLOUT else 0
            writing = pycurl.CSELECT_OUT if events & ~select.EPOLLIN else 0
            self._act(descriptor, reading | writing)

    def _set_timer(self, milliseconds: int) -> None:
        if self._starting:
            return  # `perform` goes on by itself
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(milliseconds / 1000, self._act, pycurl.SOCKET_TIMEOUT, 0) if milliseconds >= 0 else None

    def _act(self, descriptor: int, ready: int) -> None:
        """Let libcurl go on, and tell those whose transfers have ended."""
        _, under_way = self._multi.socket_action(descriptor, ready)
        if under_way == len(self._running):
            return  # none has ended
        for handle, failure in self._ended():
            future = self._running.pop(handle, None)
            self._multi.remove_handle(handle)
            if future is not None and not future.done():
                future.set_result(failure)

    def _ended(self) -> Iterator[tuple[pycurl.Curl, CurlFailure | None]]:
        while True:
            queued, good, failed = self._multi.info_read()
            yield from ((handle, None) for handle in good)
            yield from ((handle, CurlFailure(code, text)) for handle, code, text in failed)
            if not queued:
                return


def _ready(engine: "weakref.ref[CurlEngine]") -> None:
    if (here := engine()) is not None:
        here.go_on()


def _end(loop: asyncio.AbstractEventLoop, epoll: select.epoll) -> None:
    """Close the epoll of an engine that nobody uses any more, in the loop's thread."""

    def close() -> None:
        loop.remove_reader(epoll.fileno())
        epoll.close()

    with suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(close)


_EVENTS = {
    pycurl.POLL_NONE: 0,
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}


class CurlEngines:
    """One engine for each CA file, made again when the file changes on disk.

    Which authorities those are is in `probe.config.authorities`.
    """

    def __init__(self) -> None:
        self._engines: dict[str, CurlEngine] = {}

    def get(self, ca_file: Path | None) -> CurlEngine:
        """Return the engine.

        Raises LocalError when the file cannot be read.
        """
        path = str(ca_file or "certifi")
        try:
            path = str(trusted_file(ca_file))
            changed_ns = os.stat(path).st_mtime_ns
        except OSError as error:
            raise LocalError(f"{path}: not a file of certificates") from error
        known = self._engines.get(path)
        if known and known.changed_ns == changed_ns and known.loop is asyncio.get_running_loop():
            return known
        with suppress(KeyError):
            del self._engines[path]
        engine = self._engines[path] = CurlEngine(path, changed_ns)
        return engine
