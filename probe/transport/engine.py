"""Drives libcurl's transfers from asyncio: no thread, and no polling.

libcurl says which sockets it waits for and until when. The event loop watches them, and calls
libcurl when one is ready or the time has come (curl's "multi_socket" interface).

One engine holds one store of certificate authorities, which libcurl parses once and keeps. That is
why there is an engine for each CA file and not one for all: parsing costs 30 to 60 ms. What must
not be shared between journeys (connections, resolved names) is in a `pycurl.CurlShare` of each.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import certifi
import pycurl

from probe.transport.failure import LocalError

_AUTHORITIES = certifi.where()  # looked up now: it opens a file, and later none may be left


@dataclass(frozen=True, slots=True)
class CurlFailure:
    """What libcurl says of a transfer that failed: its number for the error, and a text.

    The text may quote the peer: it stays in the process.
    """

    code: int
    text: str


class CurlEngine:
    """The transfers of one CA file, on the event loop that runs when it is made."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._multi = pycurl.CurlMulti()
        self._timer: asyncio.TimerHandle | None = None
        self._running: dict[pycurl.Curl, asyncio.Future[CurlFailure | None]] = {}
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    async def perform(self, handle: pycurl.Curl) -> CurlFailure | None:
        """Run a transfer to its end. Return what went wrong, or None.

        When the caller is cancelled, the transfer is ended and its connection closed.
        """
        future = self._running[handle] = self.loop.create_future()
        try:
            self._multi.add_handle(handle)
            failure: CurlFailure | None = await future
        finally:
            if self._running.pop(handle, None) is not None:
                self._multi.remove_handle(handle)
        return failure

    def _watch(self, what: int, descriptor: int, multi: object, data: object) -> None:  # noqa: ARG002 - libcurl's signature
        """Watch a socket as libcurl asks: for reading, for writing, both, or no more."""
        if self.loop.is_closed():
            return  # the process ends, and libcurl closes what is left
        if what in (pycurl.POLL_IN, pycurl.POLL_INOUT):
            self.loop.add_reader(descriptor, self._act, descriptor, pycurl.CSELECT_IN)
        else:
            self.loop.remove_reader(descriptor)
        if what in (pycurl.POLL_OUT, pycurl.POLL_INOUT):
            self.loop.add_writer(descriptor, self._act, descriptor, pycurl.CSELECT_OUT)
        else:
            self.loop.remove_writer(descriptor)

    def _set_timer(self, milliseconds: int) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(milliseconds / 1000, self._act, pycurl.SOCKET_TIMEOUT, 0) if milliseconds >= 0 else None

    def _act(self, descriptor: int, ready: int) -> None:
        """Let libcurl go on, and tell those whose transfers have ended."""
        self._multi.socket_action(descriptor, ready)
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


class CurlEngines:
    """One engine for each CA file, made again when the file changes on disk.

    Without a CA file the authorities are certifi's: the same on every machine, whatever the
    environment.
    """

    def __init__(self) -> None:
        self._engines: dict[str, tuple[int, CurlEngine]] = {}

    def get(self, ca_file: Path | None) -> tuple[CurlEngine, str]:
        """Return the engine, and the path of its CA file.

        Raises LocalError when the file cannot be read.
        """
        path = str(ca_file or _AUTHORITIES)
        try:
            changed_ns = Path(path).stat().st_mtime_ns
        except OSError as error:
            raise LocalError(f"{path}: not a file of certificates") from error
        known = self._engines.get(path)
        if known and known[0] == changed_ns and known[1].loop is asyncio.get_running_loop():
            return known[1], path
        with suppress(KeyError):
            del self._engines[path]
        engine = CurlEngine()
        self._engines[path] = (changed_ns, engine)
        return engine, path
