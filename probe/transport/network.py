"""Names, TCP and TLS for httpcore. Each is timed, and reading has hard limits.

The race between addresses (RFC 8305) is written here. `aiohappyeyeballs` was weighed: when
addresses fail for different reasons, it raises one error made of all messages, without their
numbers. Whether one of them failed by our own lack of sockets decides here whether the journey
says anything of the hub. Its plain sockets would also have to be put into httpcore's streams by
their private names.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
from anyio import CancelScope

from probe.transport.failure import ConnectError, LocalError, NotHttpError, ResolveError, TlsError, TooLargeError, is_local
from probe.transport.resolve import Endpoint, Resolver, is_address
from probe.transport.timings import current
from probe.transport.tls import expiry_us

# Bytes up to the end of the final answer's head; h11 stops one event at 100 KiB.
HEAD_LIMIT = 256 * 1024
WIRE_LIMIT = 8 * 1024 * 1024  # bytes of one answer on the wire, framing included
STAGGER_SECONDS = 0.25  # RFC 8305, section 5: the Connection Attempt Delay

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class TimedStream(httpcore.AsyncNetworkStream):
    """A socket, with or without TLS, that times the current exchange."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, *, opened_us: int) -> None:
        self._stream = stream
        self._opened_us = opened_us  # when connecting began

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Read some bytes, and record them. Raises NotHttpError, TooLargeError."""
        timings = current()
        data = await self._stream.read(max_bytes, timeout)
        timings.read(data)
        if not timings.in_body:
            if not timings.opening.startswith(b"HTTP/"[: len(timings.opening)]):
                raise NotHttpError("the answer is not HTTP")
            if timings.received > HEAD_LIMIT:
                raise TooLargeError("head over its cap")
        if timings.received > WIRE_LIMIT:
            raise TooLargeError("answer over its cap")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Begin TLS. The certificate must be for the URL's name, whatever the address is.

        Raises TlsError, and LocalError when this machine has run out of descriptors or memory.
        """
        timings = current()
        started_us = timings.clock.monotonic_us()
        # Through a proxy it includes making the tunnel.
        timings.connect_us = started_us - self._opened_us
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException as error:
            with CancelScope(shield=True):  # httpcore leaks the socket when cancelled here
                await self._stream.aclose()
            if is_local(error):
                raise LocalError("out of descriptors or memory") from error
            if isinstance(error, Exception):
                raise TlsError("handshake failed") from error
            raise
        timings.tls_us = timings.clock.monotonic_us() - started_us
        timings.certificate_expires_us = expiry_us(stream.get_extra_info("ssl_object"))
        timings.ready()
        return TimedStream(stream, opened_us=self._opened_us)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class TimedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to a host at the address that `endpoint` gives.

    `proxied` means that httpcore asks for the proxy's host, whose name is not the target's affair.
    The lookup of the proxy is then a part of connecting,
    and a proxy without an address counts as one that cannot be connected to.
    """

    def __init__(self, resolver: Resolver, endpoint: Callable[[str, int], Endpoint], *, proxied: bool) -> None:
        self._resolver = resolver
        self._endpoint = endpoint
        self._proxied = proxied
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature; the prober's deadline rules
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Connect. Raises ResolveError, ConnectError, LocalError."""
        timings = current()
        timings.connected = True
        opened_us = timings.clock.monotonic_us()
        endpoint = self._endpoint(host, port)
        addresses = await self._addresses(endpoint.host)
        if not self._proxied and not is_address(endpoint.host):
            resolved_us = timings.clock.monotonic_us()
            timings.dns_us, opened_us = resolved_us - opened_us, resolved_us
        stream = await self._connect(addresses, endpoint.port)
        timings.connect_us = timings.clock.monotonic_us() - opened_us
        timings.ready()
        return TimedStream(stream, opened_us=opened_us)

    async def _addresses(self, host: str) -> Sequence[str]:
        if is_address(host):
            return (host,)
        try:
            return await self._resolver.addresses(host)
        except ResolveError as error:
            if self._proxied:
                raise ConnectError("the proxy's name has no address") from error
            raise

    async def _connect(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        if len(addresses) == 1:
            return await self._connect_one(addresses[0], port)
        return await self._race(addresses, port)

    async def _connect_one(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        try:
            return await self._sockets.connect_tcp(address, port)
        except (httpcore.ConnectError, OSError) as error:
            if is_local(error):
                raise LocalError("out of sockets") from error
            raise ConnectError("no connection") from error

    async def _race(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        """Return the first connection that succeeds (RFC 8305). A slow address does not hold up
        others.

        Raises LocalError when an address could not be tried because of our own trouble:
        it might have connected.
        """
        waiting = list(reversed(addresses))
        attempts: set[asyncio.Task[httpcore.AsyncNetworkStream]] = set()
        failure: BaseException | None = None
        try:
            while waiting or attempts:
                if waiting:
                    attempts.add(asyncio.create_task(self._connect_one(waiting.pop(), port)))
                done, _ = await asyncio.wait(attempts, timeout=STAGGER_SECONDS if waiting else None, return_when=asyncio.FIRST_COMPLETED)
                for attempt in done:
                    attempts.discard(attempt)
                    failed = attempt.exception()
                    if failed is None:
                        return attempt.result()
                    failure = failure if isinstance(failure, LocalError) else failed
            raise failure or ConnectError("no address")
        finally:
            await _abandon(attempts)


async def _abandon(attempts: set[asyncio.Task[httpcore.AsyncNetworkStream]]) -> None:
    """Cancel the losers of a race, and close those that connected as early as the winner."""
    for attempt in attempts:
        attempt.cancel()
    with CancelScope(shield=True):
        for result in await asyncio.gather(*attempts, return_exceptions=True):
            if isinstance(result, httpcore.AsyncNetworkStream):
                await result.aclose()
