"""Names every way in which an exchange can fail by one closed word.

| word | cause |
|---|---|
| DNS | ResolveError: the name has no address |
| CONNECT | ConnectError, httpcore.ProxyError: refused, unreachable, or the proxy declined |
| TLS | TlsError, ssl.SSLError: handshake, certificate, alert |
| RESET | the connection broke before a whole answer came |
| PROTOCOL | NotHttpError, UndecodableError, and every answer that h11 refuses |
| TOO_LARGE | TooLargeError: head, page, chunks or bytes on the wire over their cap |
| TIMEOUT | never from here: the prober's one deadline decides |

httpx's own time-outs are off, as they count per read.
`LocalError` has no word: it is our own trouble, and stays an exception (house rule 1).
"""

import errno
import os
import ssl

import anyio
import httpcore
import httpx

from probe.core.judgement.observation import Reason
from probe.transport.timings import Timings


class TransportError(Exception):
    """An exchange failed. Its text stays in the process, as it may quote the peer."""

    reason = Reason.PROTOCOL


class ResolveError(TransportError):
    """The name has no address."""

    reason = Reason.DNS


class ConnectError(TransportError):
    """No connection could be made."""

    reason = Reason.CONNECT


class TlsError(TransportError):
    """The TLS handshake failed."""

    reason = Reason.TLS


class NotHttpError(TransportError):
    """The URL cannot be asked, or the answer is not HTTP."""

    reason = Reason.PROTOCOL


class UndecodableError(TransportError):
    """The body is not in the coding that its header announces."""

    reason = Reason.PROTOCOL


class TooLargeError(TransportError):
    """The answer is over one of the caps."""

    reason = Reason.TOO_LARGE


class LocalError(Exception):
    """This machine's own trouble (no file descriptors left, no CA file).

    It is not one of `FAILURES`, and never a target's fault.
    """


_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def is_local(error: BaseException) -> bool:
    """Tell whether an error, or a cause of it, means that this machine has run out of something."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _EXHAUSTED:
            return True
        if isinstance(seen, BaseExceptionGroup) and any(is_local(one) for one in seen.exceptions):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def descriptors_are_left() -> bool:
    """Tell whether this process can open a file now."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return not is_local(error)
    return True


_BROKEN = (
    httpcore.NetworkError,
    httpx.NetworkError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    OSError,
)
_MALFORMED = (
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.ProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.DecodingError,
    UnicodeError,  # a URL or a header that cannot be written down
)
_HEAD_TOO_LONG = 431  # h11's hint when one event overflows its buffer (RFC 6585, section 5)

FAILURES = (TransportError, httpcore.ProxyError, httpcore.TimeoutException, httpx.TimeoutException, *_BROKEN, *_MALFORMED)
"""The exceptions that `reason_of` names. Any other one is a bug of ours and stays an exception."""


def reason_of(error: Exception, timings: Timings) -> Reason:
    """Return the closed word for one of `FAILURES`."""
    if isinstance(error, TransportError):
        return error.reason
    if isinstance(error, httpcore.ProxyError):
        return Reason.CONNECT
    if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException | TimeoutError):
        return Reason.TIMEOUT
    if isinstance(error, ssl.SSLError):
        # An OSError too: an alert after the handshake, as for a client certificate.
        return Reason.TLS
    if isinstance(error, _MALFORMED):
        return _malformed(error, timings)
    return Reason.RESET


def _malformed(error: Exception, timings: Timings) -> Reason:
    h11_error = error.args[0] if error.args else None  # httpcore keeps h11's error as its argument
    if getattr(h11_error, "error_status_hint", None) == _HEAD_TOO_LONG:
        return Reason.TOO_LARGE
    speaks_http = timings.opening.startswith(b"HTTP/"[: len(timings.opening)])
    return Reason.RESET if timings.ended and speaks_http else Reason.PROTOCOL
