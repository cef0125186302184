"""The times of one exchange, as libcurl measured them."""

import asyncio
from dataclasses import dataclass, field

import pycurl

from probe.clock import Clock
from probe.core.judgement.observation import TlsFacts
from probe.core.judgement.sighting import Trait
from probe.transport.families import OtherFamily, family


@dataclass(slots=True)
class Timings:
    """The times of one exchange, in microseconds of the monotonic clock.

    One whose event did not happen stays None: on a kept connection there is no lookup, no connect
    and no TLS handshake. `tls_us` includes the making of a tunnel where there is a proxy.
    `first_byte_us` counts from the instant at which the request could be sent, `transfer_us` from
    the first byte of the answer to the last.
    """

    clock: Clock
    dns_us: int | None = None
    connect_us: int | None = None
    tls_us: int | None = None
    first_byte_us: int | None = None
    transfer_us: int | None = None
    certificate_expires_us: int | None = None  # UTC instant
    chain: tuple[Trait, ...] = ()  # of the certificates that were shown (`certificates.CertificateChain`)
    tls: TlsFacts | None = None
    http: int | None = None  # major version of the protocol where it is not 1
    address: str | None = None  # of a new connection: that of the host, or of the proxy
    beside: "asyncio.Task[OtherFamily | None] | None" = None  # looks at the other one
    answering: bool = False  # a byte of the answer came
    _started_us: int = field(default=0, repr=False)

    def start(self) -> None:
        """Start the watch."""
        self._started_us = self.clock.monotonic_us()

    @property
    def ip(self) -> int | None:
        """The family (4 or 6) of a new connection."""
        return None if self.address is None else family(self.address)

    @property
    def total_us(self) -> int:
        """Microseconds since the start."""
        return self.clock.monotonic_us() - self._started_us

    def take(self, handle: pycurl.Curl) -> None:
        """Take over what libcurl measured of a transfer that has ended, or was ended.

        libcurl's times all count from the start of the transfer, and are 0 for what did not happen.
        """
        resolved, connected, secured, ready, first, total = map(handle.getinfo, _TIMES)
        if connected:
            self.connect_us = max(0, connected - resolved)
            self.address = str(handle.getinfo(pycurl.PRIMARY_IP))
        if secured:
            self.tls_us = max(0, secured - connected)
        if handle.getinfo(pycurl.INFO_HTTP_VERSION) == pycurl.CURL_HTTP_VERSION_2_0:
            self.http = 2
        if first:
            self.first_byte_us, self.transfer_us = max(0, first - ready), max(0, total - first)


_TIMES = (
    pycurl.NAMELOOKUP_TIME_T,
    pycurl.CONNECT_TIME_T,
    pycurl.APPCONNECT_TIME_T,
    pycurl.PRETRANSFER_TIME_T,
    pycurl.STARTTRANSFER_TIME_T,
    pycurl.TOTAL_TIME_T,
)
