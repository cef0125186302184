"""Opens the sockets of one transfer, so that a machine's own trouble is told from a target's.

libcurl asks for a socket for each address that it tries. What the system says when it refuses one
is kept exactly here; libcurl keeps the last error of all addresses only.
"""

import socket
import struct
from typing import Protocol

import pycurl

from probe.transport.failure import is_local

_ESTABLISHED = 1
_ROUND_TRIP = 68  # offset of `tcpi_rtt` in Linux's `struct tcp_info`: microseconds, 32 bits


class _Address(Protocol):
    family: int
    socktype: int
    protocol: int


class OpenedSockets:
    """The sockets of one transfer. libcurl works on copies of them; `close` closes ours."""

    __slots__ = ("_opened", "refused")

    def __init__(self) -> None:
        self._opened: list[socket.socket] = []
        self.refused = False  # this machine had no socket for an address

    @property
    def opened(self) -> bool:
        """Whether the transfer asked for one: it uses no kept connection, or did not at first."""
        return bool(self._opened)

    def listen(self, handle: pycurl.Curl) -> None:
        """Be asked by a transfer for its sockets."""
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def _open(self, purpose: int, address: _Address) -> socket.socket | int:  # noqa: ARG002 - libcurl's signature
        try:
            opened = socket.socket(address.family, address.socktype, address.protocol)
        except OSError as error:
            self.refused = self.refused or is_local(error)
            return pycurl.SOCKET_BAD
        self._opened.append(opened)
        return opened

    def connect_us(self) -> int | None:
        """Return how long the connection took that is established, in microseconds: the round trip
        of its first packets. None when none is.
        """
        for opened in self._opened:
            known = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ROUND_TRIP + 4)
            if len(known) >= _ROUND_TRIP + 4 and known[0] == _ESTABLISHED:
                return int(struct.unpack_from("=I", known, _ROUND_TRIP)[0])
        return None

    def close(self) -> None:
        """Close our copies."""
        for opened in self._opened:
            opened.close()
        self._opened.clear()
