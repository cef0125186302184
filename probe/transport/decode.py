"""Undoes content codings (RFC 9110, section 8.4) under a cap, which stops a decompression bomb."""

import zlib
from collections.abc import Iterable

from probe.transport.failure import TooLargeError, UndecodableError

_GZIP = 16 + zlib.MAX_WBITS
_MOST_CODINGS = 3  # several codings in a row are legal; many are an attack
_MOST_MEMBERS = 100  # in a gzip body: each costs a copy of the rest, and an empty one takes no room


class Inflate:
    """Undoes one gzip or deflate coding.

    `deflate` is zlib by the RFC. Some servers send it raw, which browsers accept, and so does this.
    """

    def __init__(self, coding: str, limit: int) -> None:
        self._gzip = coding == "gzip"
        self._room = limit
        self._started = False
        self._members = 1
        self._zlib = zlib.decompressobj(_GZIP if self._gzip else zlib.MAX_WBITS)

    def feed(self, data: bytes) -> bytes:
        """Return the decoded bytes. Raises TooLargeError, UndecodableError."""
        pieces = []
        while data:
            if self._zlib.eof:
                if not self._gzip:
                    break  # bytes after a deflate stream mean nothing
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise TooLargeError("gzip members over their cap")
                self._zlib = zlib.decompressobj(_GZIP)  # another member (RFC 1952 section 2.2)
            piece = self._inflate(data)
            self._room -= len(piece)
            if self._room < 0:
                raise TooLargeError("decoded body over its cap")
            pieces.append(piece)
            data = self._zlib.unused_data
        return b"".join(pieces)

    def finish(self) -> None:
        """Raise UndecodableError when the body ended too early."""
        if self._started and not self._zlib.eof:
            raise UndecodableError("compressed body cut short")

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._zlib.decompress(data, self._room + 1)
        except zlib.error as error:
            if self._started or self._gzip:
                raise UndecodableError("not the coding announced") from error
            piece = self._inflate_raw(data)
        self._started = True
        return piece

    def _inflate_raw(self, data: bytes) -> bytes:
        self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._zlib.decompress(data, self._room + 1)
        except zlib.error as error:
            raise UndecodableError("not the coding announced") from error


class Decoder:
    """Undoes a body's codings, piece by piece.

    No piece, and no sum of pieces, is ever larger than `limit` plus one byte.

    Raises TooLargeError over `limit` bytes, UndecodableError for a coding that we did not offer or
    a body that is not in its coding.
    """

    def __init__(self, codings: Iterable[str], limit: int) -> None:
        self._room = limit
        names = [name for name in (coding.strip().lower().removeprefix("x-") for coding in codings) if name not in ("", "identity")]
        if len(names) > _MOST_CODINGS or any(name not in ("gzip", "deflate") for name in names):
            raise UndecodableError("a coding we did not offer")
        self._inflaters = [Inflate(name, limit) for name in reversed(names)]

    def feed(self, data: bytes) -> bytes:
        """Return the decoded bytes. Raises TooLargeError, UndecodableError."""
        for inflater in self._inflaters:
            data = inflater.feed(data)
        self._room -= len(data)
        if self._room < 0:
            raise TooLargeError("body over its cap")
        return data

    def finish(self) -> None:
        """Raise UndecodableError when the body ended too early."""
        for inflater in self._inflaters:
            inflater.finish()
