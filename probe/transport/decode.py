"""Undoes content codings (RFC 9110, section 8.4) under a cap, which stops a decompression bomb.

Where servers stray from the text, it does as Chromium does: a body in a coding that nobody knows is
taken as it is, what follows a compressed stream is ignored, and a stream that ends too early gives
what came.
"""

import re
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

import brotli

from probe.transport.failure import TooLargeError, UndecodableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MOST_CODINGS = 3  # several codings in a row are legal; many are an attack
_MOST_FRAMES = 100  # of zstd in a body: an empty one takes no room
_WINDOW_LOG = 23  # 8 MiB: the most that a zstd frame may ask for (RFC 9659)
_LONGEST_GZIP_HEAD = 65_536


class Stage(Protocol):
    """Undoes one coding, piece by piece."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Return decoded bytes, at most `room + 1`; more than `room` means that it is too much.

        Raises UndecodableError, TooLargeError.
        """


class Deflated:
    """The `deflate` coding: zlib by the RFC. Some servers send it raw, and browsers read both."""

    def __init__(self, *, raw: bool = False) -> None:
        self._head = b""
        self._zlib = zlib.decompressobj(-zlib.MAX_WBITS) if raw else None

    def feed(self, data: bytes, room: int) -> bytes:
        if self._zlib is None:
            data = self._head = self._head + data
            if len(data) < _ZLIB_HEAD:
                return b""
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(data) else -zlib.MAX_WBITS)
        if self._zlib.eof:
            return b""  # what follows would be collected
        try:
            return self._zlib.decompress(data, room + 1)
        except zlib.error as error:
            raise UndecodableError("not the coding announced") from error


_ZLIB_HEAD = 2  # bytes


def _is_zlib(head: bytes) -> bool:
    """Tell whether a stream begins as RFC 1950, section 2.2, says."""
    return head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2]) % 31 == 0


class Gzipped:
    """The `gzip` coding (RFC 1952). Its check sum and what follows are not looked at."""

    def __init__(self) -> None:
        self._head = b""
        self._deflated: Deflated | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        if self._deflated:
            return self._deflated.feed(data, room)
        self._head += data
        end = _end_of_gzip_head(self._head)
        if end is None:
            if len(self._head) > _LONGEST_GZIP_HEAD:
                raise TooLargeError("the head of a gzip stream over its cap")
            return b""
        self._deflated = Deflated(raw=True)
        return self._deflated.feed(self._head[end:], room)


def _end_of_gzip_head(head: bytes) -> int | None:
    """Return where the compressed bytes begin; None while the head has not come whole.

    Raises UndecodableError when it is no head of gzip.
    """
    if not b"\x1f\x8b\x08".startswith(head[:3]):
        raise UndecodableError("not the coding announced")
    found = _GZIP_HEAD.match(head)
    if not found:
        return None
    flags, end = head[3], found.end()
    if flags & 4:  # extra field
        if len(head) < end + 2:
            return None
        end += 2 + int.from_bytes(head[end : end + 2], "little")
    for _ in range((flags >> 3 & 1) + (flags >> 4 & 1)):  # name, comment
        zero = head.find(b"\0", end)
        if zero < 0:
            return None
        end = zero + 1
    end += 2 * (flags >> 1 & 1)  # check sum of the head
    return end if len(head) >= end else None


_GZIP_HEAD = re.compile(rb"\x1f\x8b\x08.{7}", re.DOTALL)


class Brotli:
    """The `br` coding (RFC 7932). What follows the stream is ignored.

    The library refuses a piece in which other bytes follow, and gives nothing of it. Then what came
    before is read once more, and that piece byte by byte.
    """

    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()
        self._read = list[bytes]()

    def feed(self, data: bytes, room: int) -> bytes:
        pieces, size = list[bytes](), 0
        for at in range(0, len(data), _BROTLI_PIECE):
            if self._brotli.is_finished() or size > room:
                break
            pieces.append(self._piece(data[at : at + _BROTLI_PIECE], room - size))
            size += len(pieces[-1])
        return b"".join(pieces)

    def _piece(self, data: bytes, room: int) -> bytes:
        try:
            decoded = _undo_brotli(self._brotli, data, room)
        except brotli.error:
            self._brotli = brotli.Decompressor()
            return self._byte_by_byte(data, room)
        self._read.append(data)
        return decoded

    def _byte_by_byte(self, data: bytes, room: int) -> bytes:
        pieces, size = list[bytes](), 0
        try:
            for piece in self._read:
                _undo_brotli(self._brotli, piece, sys.maxsize)
            for at in range(len(data)):
                if self._brotli.is_finished() or size > room:
                    break
                pieces.append(_undo_brotli(self._brotli, data[at : at + 1], room - size))
                size += len(pieces[-1])
        except brotli.error as error:
            raise UndecodableError("not the coding announced") from error
        return b"".join(pieces)


def _undo_brotli(decoder: brotli.Decompressor, data: bytes, room: int) -> bytes:
    """Return what a piece of a stream holds, at most `room + 1` bytes. Raises brotli.error."""
    pieces, size = list[bytes](), 0
    while size <= room and not decoder.is_finished():
        piece = decoder.process(data, output_buffer_limit=min(room - size, _BROTLI_ROOM) + 1)
        pieces.append(piece)
        size += len(piece)
        if decoder.can_accept_more_data():
            break
        data = b""
    return b"".join(pieces)


_BROTLI_PIECE = 16_384  # bytes: those of a piece in which the stream ends are read one by one
_BROTLI_ROOM = 2**24


class Zstd:
    """The `zstd` coding (RFC 8878, RFC 9659): one frame or several.

    What follows a frame and is none is ignored, as browsers do.
    """

    def __init__(self) -> None:
        self._frames = 0
        self._over = False
        self._begin()

    def _begin(self) -> None:
        self._frames += 1
        self._zstd = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})

    def feed(self, data: bytes, room: int) -> bytes:
        pieces, size = list[bytes](), 0
        try:
            while data and size <= room and not self._over:
                if self._zstd.eof:
                    self._begin()
                    if self._frames > _MOST_FRAMES:
                        raise TooLargeError("zstd frames over their cap")
                piece = self._zstd.decompress(data, room + 1 - size)
                pieces.append(piece)
                size += len(piece)
                data = self._zstd.unused_data if self._zstd.eof else b""
        except zstd.ZstdError as error:
            if self._frames == 1:
                raise UndecodableError("not the coding announced") from error
            self._over = True
        return b"".join(pieces)


_STAGES: dict[str, Callable[[], Stage]] = {"gzip": Gzipped, "deflate": Deflated, "br": Brotli, "zstd": Zstd}


class Decoder:
    """Undoes a body's codings, piece by piece.

    No piece, and no sum of pieces, is ever larger than `limit` plus one byte.

    Raises TooLargeError over `limit` bytes, UndecodableError for a body that is not in its coding.
    """

    def __init__(self, codings: Iterable[str], limit: int) -> None:
        self._limit = limit
        names = [name for name in (coding.strip().lower().removeprefix("x-") for coding in codings) if name not in ("", "identity")]
        if not all(name in _STAGES for name in names):
            names = []
        if len(names) > _MOST_CODINGS:
            raise UndecodableError("more codings than any server needs")
        self._stages = [_STAGES[name]() for name in reversed(names)]
        self._rooms = [limit] * (len(names) + 1)

    def feed(self, data: bytes) -> bytes:
        """Return the decoded bytes. Raises TooLargeError, UndecodableError."""
        for number, stage in enumerate(self._stages):
            data = self._counted(number, stage.feed(data, self._rooms[number]))
        return data if self._stages else self._counted(0, data)

    def _counted(self, number: int, data: bytes) -> bytes:
        self._rooms[number] -= len(data)
        if self._rooms[number] < 0:
            raise TooLargeError("decoded body over its cap")
        return data
