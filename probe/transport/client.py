"""An httpx transport of our own. It is timed, routed per host and capped.

Two transports share nothing: no connection, no cookie.
"""

import base64
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpcore
import httpx

from probe.transport.network import TimedNetwork
from probe.transport.resolve import Endpoint, Resolver
from probe.transport.timings import current
from probe.transport.tls import TlsContexts
from probe.transport.urls import port

# The longest that a connection stays idle: common servers close theirs after 5 s.
KEEP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class HostRoute:
    """How one host is reached.

    A host with an `endpoint` of its own (`resolve`, `backends`) is reached there directly,
    and never through the proxy: an operator who names an address wants that machine,
    and an egress proxy would not know it.
    """

    ca_file: Path | None = None
    proxy: str | None = None
    endpoint: Endpoint | None = None


Routes = Callable[[str, int], HostRoute]
"""Maps the host and the port of a URL to the way it is reached."""


class _ResponseStream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


class Transport(httpx.AsyncBaseTransport):
    """An HTTP/1.1 transport. Redirects, cookies and time-outs are left to the caller.

    It raises the exceptions of `failure.FAILURES`.
    It must be used inside `measuring(clock)`, one exchange at a time.
    """

    def __init__(self, routes: Routes, tls: TlsContexts, resolver: Resolver) -> None:
        self._routes = routes
        self._tls = tls
        self._resolver = resolver
        self._pools: dict[tuple[ssl.SSLContext | None, str | None], httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, once more on a new connection if an idle one proved to be closed."""
        timings = current()
        pool = self._pool(request.url)
        timings.start()  # not before: the time to build an SSL context is ours
        try:
            response = await pool.handle_async_request(_to_httpcore(request))
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            # The server closed an idle connection while we wrote to it.
            # Browsers then try once more on a new one.
            if timings.connected or timings.received:
                raise
            timings.again()
            response = await pool.handle_async_request(_to_httpcore(request))
        timings.in_body = True
        return httpx.Response(response.status, headers=response.headers, stream=_ResponseStream(response), request=request)

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def _pool(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        route = self._routes(url.host, port(url))
        proxy = None if route.endpoint else route.proxy
        tls = self._tls.get(route.ca_file) if url.scheme == "https" or (proxy or "").startswith("https:") else None
        key = (tls, proxy)
        if key not in self._pools:
            self._pools[key] = self._open(tls, proxy)
        return self._pools[key]

    def _open(self, tls: ssl.SSLContext | None, proxy: str | None) -> httpcore.AsyncConnectionPool:
        if proxy is None:
            network = TimedNetwork(self._resolver, self._endpoint, proxied=False)
            return httpcore.AsyncConnectionPool(ssl_context=tls, keepalive_expiry=KEEP_SECONDS, network_backend=network)
        url = httpx.URL(proxy)
        return httpcore.AsyncHTTPProxy(
            proxy_url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=port(url), target=b"/"),
            proxy_headers=_proxy_authorization(url),
            proxy_ssl_context=tls if url.scheme == "https" else None,
            ssl_context=tls,
            keepalive_expiry=KEEP_SECONDS,
            network_backend=TimedNetwork(self._resolver, Endpoint, proxied=True),
        )

    def _endpoint(self, host: str, port: int) -> Endpoint:
        return self._routes(host, port).endpoint or Endpoint(host, port)


def _proxy_authorization(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    """Return the header for the user and the password in the proxy's URL (RFC 9110, 11.7.2)."""
    if not url.userinfo:
        return []
    user, _, password = url.userinfo.decode("ascii").partition(":")
    pair = f"{unquote(user)}:{unquote(password)}".encode()
    return [(b"Proxy-Authorization", b"Basic " + base64.b64encode(pair))]


def _to_httpcore(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
    return httpcore.Request(method=request.method, url=url, headers=request.headers.raw, content=request.stream)
