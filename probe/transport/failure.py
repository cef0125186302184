"""Names every way in which an exchange can fail by one closed word.

| word | cause |
|---|---|
| DNS | ResolveError: the name has no address |
| CONNECT | ConnectError: refused, unreachable, or the proxy could not reach it |
| TLS | TlsError: handshake, certificate, alert |
| RESET | BrokenError: the connection broke before a whole answer came |
| PROTOCOL | NotHttpError, UndecodableError: no HTTP, or a body that is not in its coding |
| HEAD_REFUSED | HeadRefusedError: a head that browsers read, and libcurl does not |
| TOO_LARGE | TooLargeError: head, page, chunks or bytes on the wire over their cap |
| TIMEOUT | never from here: the prober's one deadline decides |

`LocalError` has no word: it is our own trouble, and stays an exception (house rule 1). One of them
is our own proxy that is not there, or that refuses us.
libcurl's numbers for errors are those of its manual (libcurl-errors).
"""

import errno
import os
import re
from collections.abc import Iterable

import pycurl

from probe.core.judgement.observation import Reason


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
    """The TLS handshake failed, or an alert ended the connection."""

    reason = Reason.TLS


class IssuerNotSentError(TlsError):
    """The server does not send the certificate that signed its own, and we do not know it.

    Its certificate says where it is: Chromium fetches it there.
    """


class BrokenError(TransportError):
    """The connection broke before a whole answer came."""

    reason = Reason.RESET


class NotHttpError(TransportError):
    """The URL cannot be asked, or the answer is not HTTP."""

    reason = Reason.PROTOCOL


class UndecodableError(TransportError):
    """The body is not in the coding that its header announces."""

    reason = Reason.PROTOCOL


class HeadRefusedError(TransportError):
    """The head is one that Chromium reads, and that libcurl or we refuse: ours, not the peer's."""

    reason = Reason.HEAD_REFUSED


class LeftoverError(NotHttpError):
    """A kept connection brought something before its next answer: bytes of the one before, or a
    blank line. A new connection tells what the server answers.
    """


class OlderHttpError(HeadRefusedError):
    """Over HTTP/2 libcurl refuses a head that Chromium reads, and may read it over HTTP/1.1."""


class TooLargeError(TransportError):
    """The answer is over one of the caps."""

    reason = Reason.TOO_LARGE


class LocalError(Exception):
    """This machine's own trouble (no file descriptors left, no CA file).

    It is not a TransportError, and never a target's fault.
    """


class OwnProxyError(LocalError):
    """Our own proxy cannot be reached, or refuses us: the target was never asked.

    `status`: what the proxy answered, if it did.
    """

    def __init__(self, status: int | None = None) -> None:
        super().__init__("our own proxy failed")
        self.status = status


_OURS = frozenset(
    {
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.EADDRNOTAVAIL,
        errno.EACCES,
        errno.EPERM,
        errno.ENETDOWN,
    }
)
"""Numbers of the system's errors that say something of this machine only: it has run out of
something, or may not connect, or its network is down."""


def is_local(error: BaseException) -> bool:
    """Tell whether an error, or a cause of it, means trouble of this machine."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _OURS:
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


_LOCAL = frozenset(
    {pycurl.E_OUT_OF_MEMORY, pycurl.E_SSL_CACERT_BADFILE, pycurl.E_FAILED_INIT, pycurl.E_SSL_CERTPROBLEM, pycurl.E_INTERFACE_FAILED}
)
_TOO_LARGE_HEAD = 100  # CURLE_TOO_LARGE: pycurl has no name for it yet
_BY_CODE: dict[int, type[TransportError]] = {
    pycurl.E_COULDNT_RESOLVE_HOST: ResolveError,
    pycurl.E_COULDNT_RESOLVE_PROXY: ConnectError,
    pycurl.E_COULDNT_CONNECT: ConnectError,
    97: ConnectError,  # CURLE_PROXY
    pycurl.E_SSL_CONNECT_ERROR: TlsError,
    pycurl.E_PEER_FAILED_VERIFICATION: TlsError,
    pycurl.E_SSL_CIPHER: TlsError,
    pycurl.E_SSL_ISSUER_ERROR: TlsError,
    pycurl.E_SSL_INVALIDCERTSTATUS: TlsError,
    98: TlsError,  # CURLE_SSL_CLIENTCERT: the server asks for a certificate of ours
    pycurl.E_GOT_NOTHING: BrokenError,
    pycurl.E_PARTIAL_FILE: BrokenError,
    pycurl.E_SEND_ERROR: BrokenError,
    pycurl.E_RECV_ERROR: BrokenError,
    pycurl.E_ABORTED_BY_CALLBACK: BrokenError,  # no answer came to a form, which may not be sent again
    _TOO_LARGE_HEAD: TooLargeError,
}


_WEIRD_REPLY = 8  # CURLE_WEIRD_SERVER_REPLY: pycurl has another name for it
_REFUSED_HEADS = (
    (_WEIRD_REPLY, "Header without colon"),
    (_WEIRD_REPLY, "Version mismatch"),  # HTTP/2 in the status line, on a connection of HTTP/1.1
    (pycurl.E_UNSUPPORTED_PROTOCOL, "Unsupported HTTP"),  # a version, or a status that is none
)


def is_leftover(code: int, text: str) -> bool:
    """Tell whether libcurl met something else than a status line on a kept connection."""
    return code == _WEIRD_REPLY and "Invalid status line" in text


def refuses_head(code: int, text: str, *, lengths: int) -> bool:
    """Tell whether libcurl refused a head that Chromium reads (docs/browser.md).

    `lengths`: how many lines of Content-Length came before. Browsers skip one that is no number,
    but not two that are unlike. What has a NUL in it no browser reads.
    """
    if code == _WEIRD_REPLY and "Invalid Content-Length" in text:
        return lengths == 0
    return any(code == number and words in text for number, words in _REFUSED_HEADS)


_HTTP2_STREAM = 92  # CURLE_HTTP2_STREAM: pycurl has no name for it
# Fields of a connection, which HTTP/2 has not (RFC 9113, 8.2.2), and lengths that cannot be.
_READ_BY_BROWSERS = re.compile(r"name: \[(?:(?:connection|keep-alive|proxy-connection|upgrade|content-length)\]|:status\], value: \[\d+\])")
_LENGTH_IGNORED = re.compile(r"received invalid frame: FRAME\[DATA, len=\d+, eos=(?P<end>[01]),.*error -(?P<number>532|505)\b")


def of_unread_http2(code: int, text: str) -> HeadRefusedError | None:
    """Return the failure of an answer over HTTP/2 that Chromium reads, and libcurl refuses."""
    if code != _HTTP2_STREAM:
        return None
    if _READ_BY_BROWSERS.search(text):
        return OlderHttpError("a field that HTTP/2 has not")
    return HeadRefusedError("a length that the body has not") if _LENGTH_IGNORED.search(text) else None


def ends_short_of_its_length(code: int, text: str) -> bool:
    """Tell whether a body over HTTP/2 came whole, and is shorter than its Content-Length.

    Browsers ignore the length there.
    """
    found = _LENGTH_IGNORED.search(text) if code == _HTTP2_STREAM else None
    return found is not None and found["end"] == "1" and found["number"] == "532"


def _of_http2(code: int, text: str) -> TransportError | None:
    """Return the failure of an HTTP/2 connection or stream that its server ended.

    None: libcurl ended it, as it was against the protocol (RFC 9113), or it is another failure.
    """
    if code == pycurl.E_RECV_ERROR and "CONTINUATION" in text:
        return TooLargeError("head over its cap")
    if code == pycurl.E_HTTP2 and not text:
        return BrokenError("the connection was closed")
    if code == _HTTP2_STREAM and "reset by" in text and "PROTOCOL_ERROR" not in text:
        return BrokenError("the stream was reset")
    return None


_PROXY_AUTHENTICATION = 407  # RFC 9110, section 15.5.8


def refused_by_proxy(status: int, fields: Iterable[tuple[bytes, bytes]]) -> TransportError | LocalError | None:
    """Return the failure that an answer through a proxy tells of; None for an answer of the target.

    `fields`: the answer's, their names in small letters.
    A proxy answers plain http in the target's stead where it refuses us, or cannot reach the target
    (RFC 9209, section 2.3: the parameter `error` of Proxy-Status).
    """
    if status == _PROXY_AUTHENTICATION:
        return OwnProxyError(status)
    errors = [value for name, value in fields if name == b"proxy-status" and b"error=" in value.replace(b" ", b"")]
    return ConnectError("the proxy could not ask it") if errors and status >= 500 else None


def failure_of(code: int, text: str, system: int, *, tunnel: int = 0, proxied: bool = False) -> TransportError | LocalError:
    """Return the exception for a failed transfer.

    `code`, `text`: libcurl's. `system`: the system's error number of the last connect that failed,
    0 if none did. `tunnel`: the status with which a proxy answered CONNECT, 0 if none did.
    `proxied`: a proxy was to be used, so that connecting means connecting to it.
    """
    connecting = code in (pycurl.E_COULDNT_CONNECT, pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR)
    if code in _LOCAL or (connecting and system in _OURS) or (code == pycurl.E_COULDNT_CONNECT and not descriptors_are_left()):
        return LocalError("this machine could not connect")
    if tunnel == _PROXY_AUTHENTICATION:
        return OwnProxyError(tunnel)
    if proxied and code in (pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_PROXY):
        return OwnProxyError()
    if tunnel >= 300:
        return ConnectError("the proxy declined")
    if code == pycurl.E_RECV_ERROR and "Too large response headers" in text:
        return TooLargeError("head over its cap")
    if ended := _of_http2(code, text):
        return ended
    if code in (pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR) and "alert" in text:
        return TlsError("an alert ended the connection")
    if code == pycurl.E_RECV_ERROR and "chunk" in text:
        return NotHttpError("chunks that are none")
    return _BY_CODE.get(code, NotHttpError)("the transfer failed")
