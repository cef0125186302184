"""Drives libcurl's transfers from asyncio: no thread, and no polling.

libcurl says which sockets it waits for and until when. The event loop watches them, and calls
libcurl when one is ready or the time has come (curl's "multi_socket" interface).

One engine holds one store of certificate authorities, which libcurl parses once and keeps. That is
why there is an engine for each CA file and not one for all: parsing costs 30 to 60 ms. What must
not be shared between journeys (connections, resolved names) is in a `pycurl.CurlShare` of each.
"""

import asyncio
import os
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
        self._timer: asyncio.TimerHandle | None = None
        self._running: dict[pycurl.Curl, asyncio.Future[CurlFailure | None]] = {}
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

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
