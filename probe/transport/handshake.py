"""Reads how a connection is secured from what libcurl says while it connects.

pycurl has no name for it, and being told costs a tenth of a new TLS connection. Therefore a
connection to a place is looked at once a minute at most (`looks`).
"""

import re

import pycurl

_SAID = re.compile(rb"SSL connection using (TLSv1(?:\.[0-3])?) / ([A-Za-z0-9_-]{1,64})(?: /|$)")


class Handshake:
    """The version and the cipher suite of one connection, as OpenSSL names them.

    Empty while none was secured, or looked at.
    """

    __slots__ = ("cipher", "version")

    def __init__(self) -> None:
        self.version = ""
        self.cipher = ""

    def listen(self, handle: pycurl.Curl) -> None:
        """Be told by a transfer what it does."""
        handle.setopt(pycurl.VERBOSE, 1)
        handle.setopt(pycurl.DEBUGFUNCTION, self._read)

    def _read(self, kind: int, said: bytes) -> None:
        if kind == pycurl.INFOTYPE_TEXT and (found := _SAID.match(said)):
            self.version, self.cipher = found[1].decode(), found[2].decode()
