"""Collects one answer from libcurl's callbacks, and undoes its codings, under hard caps.

libcurl gives each line of a head, then the body piece by piece. What is over a cap, or cannot be
decoded, ends the transfer at once: the callback returns a number that libcurl takes for a refusal.
So a small answer that unfolds to a gigabyte costs neither memory nor time.
"""

import pycurl

from probe.transport.decode import Decoder
from probe.transport.failure import HeadRefusedError, NotHttpError, TooLargeError, TransportError

HEAD_LIMIT = 256 * 1024  # bytes of all heads of one answer, the interim ones included
PAGE_LIMIT = 2 * 1024 * 1024  # bytes of a body, before its codings are undone and after
# Pieces of a body. Each costs some microseconds: a page in one-byte chunks would hold the loop.
PIECES_LIMIT = 20_000
_REFUSED = -1
_SWITCHING = 101
_START = 8  # bytes of an answer: at most four, then `http` (Chromium, HttpUtil::LocateStartOfStatusLine)
_SKIPPED = 4
_STATUS_DIGITS = 3
_SPECIAL = b"Hh\r\n"  # with these begin a status line, and the line that ends a head
_LONGEST_NUMBER = 19  # digits of a length: 64 bits


class AnswerReader:
    """The head and the decoded body of one answer, as far as they have come.

    `fields`: names (in small letters) and values of the head.
    `complete`: the final head has come. `whole`: all of the body has come, though libcurl waits for
    more. `failure`: why the transfer was ended from here. `misplaced`: the first line that libcurl
    refused in the place of a status line, where it is shown (`watch`).
    """

    __slots__ = ("_decoder", "_head", "_length", "_pieces", "_size", "complete", "failure", "fields", "misplaced", "status", "whole")

    def __init__(self) -> None:
        self.status: int | None = None
        self.fields: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.whole = False
        self.failure: TransportError | None = None
        self.misplaced: bytes | None = None
        self._pieces: list[bytes] = []
        self._head = 0
        self._size = 0
        self._length: int | None = None  # of the body, where libcurl does not heed it
        self._decoder: Decoder | None = None

    def listen(self, handle: pycurl.Curl) -> None:
        """Be called by a transfer."""
        handle.setopt(pycurl.HEADERFUNCTION, self._line)
        handle.setopt(pycurl.WRITEFUNCTION, self._piece)

    def watch(self, handle: pycurl.Curl) -> None:
        """Be shown what libcurl refuses before it gives any line: it costs some microseconds."""
        handle.setopt(pycurl.VERBOSE, 1)
        handle.setopt(pycurl.DEBUGFUNCTION, self._debug_line)

    def _debug_line(self, kind: int, line: bytes) -> None:
        if kind == pycurl.INFOTYPE_HEADER_IN and not self._head and self.misplaced is None:
            self.misplaced = line[:_START]

    @property
    def may_be_read_on(self) -> bool:
        """Whether the misplaced line may be one of those that Chromium skips or reads on from."""
        return self.misplaced is not None and (len(self.misplaced) <= _SKIPPED or b"http" in self.misplaced.lower())

    @property
    def started(self) -> bool:
        """Whether a byte of the answer came."""
        return self._head > 0 or self._size > 0

    @property
    def lengths(self) -> int:
        """How many lines of the head are a Content-Length, so far."""
        return sum(name == b"content-length" for name, _ in self.fields)

    def body(self) -> bytes:
        """Return the decoded body."""
        return b"".join(self._pieces)

    def _line(self, line: bytes) -> int | None:
        """Take a line of a head. What stands after the body (trailers) is left out."""
        self._head += len(line)
        if self._head > HEAD_LIMIT:
            return self._refuse(TooLargeError("head over its cap"))
        if self.complete:
            return None
        if line[:1] not in _SPECIAL:
            self._field(line)
            return None
        if line[:5].upper() == b"HTTP/":
            self.status, self.fields = _status(line), []
            if self.status is None:
                return self._refuse(HeadRefusedError("a status of other than three digits"))
            if self.status == _SWITCHING:
                return self._refuse(NotHttpError("a switch of protocols"))
            return None
        if line in (b"\r\n", b"\n"):
            return self._end_of_head()
        self._field(line)
        return None

    def _field(self, line: bytes) -> None:
        """Keep a line of the head; one without a colon is skipped, as browsers do."""
        if line[:1] in b" \t" and self.fields:  # a folded line (RFC 9112, 5.2)
            name, value = self.fields[-1]
            self.fields[-1] = (name, value + b" " + line.strip())
            return
        name, colon, value = line.partition(b":")
        if colon:
            self.fields.append((name.strip().lower(), value.strip()))

    def _end_of_head(self) -> int | None:
        if self.status is None or self.status < 200:
            return None  # an interim answer
        self.complete = True
        try:
            self._decoder = Decoder(codings.split(","), PAGE_LIMIT) if (codings := self._values(b"content-encoding")) else None
        except TransportError as failure:
            return self._refuse(failure)
        self._length = self._unheeded_length()
        return self._stop() if self._length == 0 else None

    def _piece(self, piece: bytes) -> int | None:
        self._size += len(piece)
        if self._size > PAGE_LIMIT or len(self._pieces) >= PIECES_LIMIT:
            return self._refuse(TooLargeError("body over its cap"))
        if self.status is None:
            return self._without_status(piece)
        try:
            self._pieces.append(self._decoder.feed(piece) if self._decoder else piece)
        except TransportError as failure:
            return self._refuse(failure)
        return self._stop() if self._size == self._length else None

    def _without_status(self, piece: bytes) -> int | None:
        """Take bytes that came in place of a status line (to libcurl: HTTP/0.9).

        Chromium looks for `http` among the first, and reads on from there.
        """
        self._pieces.append(piece)
        start = self.body()[:_START]
        if b"http" in start.lower():
            return self._refuse(HeadRefusedError("bytes before the status line"))
        self.failure = NotHttpError("no status line")
        return _REFUSED if len(start) == _START else None

    def _refuse(self, failure: TransportError) -> int:
        self.failure = failure
        return _REFUSED

    def _stop(self) -> int:
        self.whole = True
        return _REFUSED

    def _values(self, wanted: bytes) -> str:
        return b", ".join([value for name, value in self.fields if name == wanted]).decode("latin-1")

    def _unheeded_length(self) -> int | None:
        """Return the Content-Length where a Transfer-Encoding that is none stands beside it.

        libcurl then reads until the server closes; browsers heed the length (RFC 9112, 6.3, speaks
        of `chunked` only).
        """
        if not (coding := self._values(b"transfer-encoding").lower()):
            return None
        length = self._values(b"content-length")
        if "chunked" in coding or not length.isascii() or not length.isdigit() or len(length) > _LONGEST_NUMBER:
            return None
        return int(length)


def _status(line: bytes) -> int | None:
    """Return the status code of a status line; None unless it has three digits (RFC 9112, 4).

    libcurl gives lines on that have more.
    """
    words = line.split(None, 2)
    code = words[1] if len(words) > 1 else b""
    return int(code) if len(code) == _STATUS_DIGITS and code.isdigit() else None
