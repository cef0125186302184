"""libcurl's numbers for errors, as the closed words for what went wrong, and whose it is."""

import errno

import pycurl
import pytest

from probe.core.judgement.observation import Reason
from probe.transport.failure import (
    ConnectError,
    LocalError,
    OwnProxyError,
    TransportError,
    failure_of,
    is_local,
    refused_by_proxy,
    refuses_head,
)

NO_ERROR = 0
CLOSED_WORDS = {
    "no address": (pycurl.E_COULDNT_RESOLVE_HOST, "", NO_ERROR, Reason.DNS),
    "refused": (pycurl.E_COULDNT_CONNECT, "", errno.ECONNREFUSED, Reason.CONNECT),
    "no route": (pycurl.E_COULDNT_CONNECT, "", errno.EHOSTUNREACH, Reason.CONNECT),
    "a proxy that is not there": (pycurl.E_COULDNT_RESOLVE_PROXY, "", NO_ERROR, Reason.CONNECT),
    "a handshake": (pycurl.E_SSL_CONNECT_ERROR, "", NO_ERROR, Reason.TLS),
    "a certificate": (pycurl.E_PEER_FAILED_VERIFICATION, "", NO_ERROR, Reason.TLS),
    "an alert after the handshake": (pycurl.E_RECV_ERROR, "OpenSSL SSL_read: tlsv13 alert certificate required", NO_ERROR, Reason.TLS),
    "nothing": (pycurl.E_GOT_NOTHING, "", NO_ERROR, Reason.RESET),
    "half a body": (pycurl.E_PARTIAL_FILE, "", NO_ERROR, Reason.RESET),
    "a reset": (pycurl.E_RECV_ERROR, "Recv failure: Connection reset by peer", NO_ERROR, Reason.RESET),
    "a chunk that is none": (pycurl.E_RECV_ERROR, "chunk hex-length char not a hex digit: 0x7a", NO_ERROR, Reason.PROTOCOL),
    "a head without end": (pycurl.E_RECV_ERROR, "Too large response headers: 307231 > 307200", NO_ERROR, Reason.TOO_LARGE),
    "a line without end": (100, "", NO_ERROR, Reason.TOO_LARGE),
    "no HTTP": (pycurl.E_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", NO_ERROR, Reason.PROTOCOL),
    "a number that no table has": (4_242, "", NO_ERROR, Reason.PROTOCOL),
}


@pytest.mark.parametrize(("code", "text", "system", "reason"), CLOSED_WORDS.values(), ids=CLOSED_WORDS.keys())
def test_what_the_target_did_has_a_closed_word(code: int, text: str, system: int, reason: Reason) -> None:
    failure = failure_of(code, text, system)
    assert isinstance(failure, TransportError)
    assert failure.reason is reason


@pytest.mark.parametrize(
    ("code", "text", "lengths", "refused"),
    [
        (8, "Header without colon", 0, True),
        (8, "Version mismatch (from HTTP/1 to HTTP/2)", 0, True),
        (8, "Invalid Content-Length: value", 0, True),
        (8, "Invalid Content-Length: value", 1, False),
        (8, "NUL byte in header", 0, False),
        (1, "Unsupported HTTP/1 subversion in response", 0, True),
        (1, 'Protocol "gopher" not supported', 0, False),
        (100, "A value or data field grew larger than allowed", 0, False),
    ],
)
def test_a_head_that_chromium_reads_is_told_by_what_libcurl_says(code: int, text: str, lengths: int, refused: bool) -> None:
    assert refuses_head(code, text, lengths=lengths) is refused


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EADDRNOTAVAIL, errno.EPERM, errno.EACCES, errno.ENETDOWN, errno.ENOBUFS])
def test_what_the_system_refuses_this_machine_is_ours(number: int) -> None:
    assert isinstance(failure_of(pycurl.E_COULDNT_CONNECT, "", number), LocalError)
    assert is_local(OSError(number, ""))


@pytest.mark.parametrize("code", [pycurl.E_OUT_OF_MEMORY, pycurl.E_SSL_CACERT_BADFILE])
def test_memory_and_authorities_are_ours(code: int) -> None:
    assert isinstance(failure_of(code, "", NO_ERROR), LocalError)


def test_a_system_s_error_of_an_attempt_that_another_address_made_good_says_nothing() -> None:
    failure = failure_of(pycurl.E_PARTIAL_FILE, "", errno.EACCES)
    assert isinstance(failure, TransportError)


@pytest.mark.parametrize("status", [403, 502])
def test_a_proxy_that_makes_no_tunnel_is_not_the_target(status: int) -> None:
    failure = failure_of(pycurl.E_RECV_ERROR, "CONNECT tunnel failed", NO_ERROR, tunnel=status)
    assert isinstance(failure, TransportError)
    assert failure.reason is Reason.CONNECT


@pytest.mark.parametrize(
    ("code", "tunnel"), [(pycurl.E_RECV_ERROR, 407), (pycurl.E_COULDNT_CONNECT, 0), (pycurl.E_COULDNT_RESOLVE_PROXY, 0)]
)
def test_a_proxy_of_ours_that_is_not_there_or_refuses_us_is_our_own_trouble(code: int, tunnel: int) -> None:
    assert isinstance(failure_of(code, "", NO_ERROR, tunnel=tunnel, proxied=True), OwnProxyError)


@pytest.mark.parametrize(
    ("status", "proxy_status", "told"),
    [
        (407, None, OwnProxyError),
        (503, b"proxy.test; error=destination_unavailable", ConnectError),
        (502, b"proxy.test; error = dns_error", ConnectError),
        (503, None, type(None)),  # the target's own
        (503, b"cdn.test; received-status=503", type(None)),
        (200, b"proxy.test; error=none", type(None)),
    ],
)
def test_an_answer_in_the_targets_stead_is_told_by_what_a_proxy_says_of_itself(status: int, proxy_status: bytes | None, told: type) -> None:
    fields = [(b"proxy-status", proxy_status)] if proxy_status else []
    assert type(refused_by_proxy(status, fields)) is told
