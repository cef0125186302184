"""An httpx transport on libcurl. It is timed, routed per host and capped.

Two transports share nothing: no connection, no resolved name, no cookie.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpx
import pycurl

from probe.config.models import FamilyChoice, HttpVersion
from probe.core.judgement.observation import TlsFacts
from probe.transport.answer import AnswerReader
from probe.transport.certificates import CertificateChain, certificates_of, read_chain
from probe.transport.engine import CurlEngine, CurlEngines, CurlFailure
from probe.transport.failure import (
    BrokenError,
    HeadRefusedError,
    LeftoverError,
    LocalError,
    NotHttpError,
    OlderHttpError,
    OwnProxyError,
    ResolveError,
    TransportError,
    ends_short_of_its_length,
    failure_of,
    is_leftover,
    of_unread_http2,
    refused_by_proxy,
    refuses_head,
)
from probe.transport.families import ReachedFamilies, addresses_in_turn
from probe.transport.handshake import Handshake
from probe.transport.looks import ConnectionLooks, Looks
from probe.transport.resolve import Endpoint, Resolver, is_address
from probe.transport.sockets import OpenedSockets
from probe.transport.timings import Timings
from probe.transport.urls import authority, host, port

# The longest that a connection stays idle: common servers close theirs after 5 s.
KEEP_SECONDS = 3
TIMINGS = "vigie.timings"
"""The name under which a request's extensions hold the `Timings` that its exchange fills in."""
TARGET = "vigie.target"
"""The name under which they may hold path and query as they are sent."""


@dataclass(frozen=True, slots=True)
class HostRoute:
    """How one host is reached.

    A host with an `endpoint` of its own (`resolve`, `backends`) is reached there directly,
    and never through the proxy: an operator who names an address wants that machine,
    and an egress proxy would not know it.
    """

    ca_file: Path | None = None
    proxy: str | None = None
    http: HttpVersion = HttpVersion.TWO
    families: FamilyChoice = FamilyChoice.SIDE_BY_SIDE
    endpoint: Endpoint | None = None

    @property
    def proxied(self) -> bool:
        """Whether the host is reached through the proxy."""
        return self.proxy is not None and self.endpoint is None


Routes = Callable[[str, int], HostRoute]
"""Maps the host and the port of a URL to the way it is reached."""


class _Body(httpx.AsyncByteStream):
    """A decoded body, or the failure that cut it short."""

    def __init__(self, answer: AnswerReader, failure: Exception | None) -> None:
        self._answer = answer
        self._failure = failure

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._failure:
            raise self._failure
        yield self._answer.body()


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 and HTTP/2 by libcurl. Redirects, cookies and time-outs are left to the caller.

    The codings of a body are undone here, under a cap.

    It raises TransportError, and LocalError for trouble of this machine. One that comes after the
    head is raised by the body of the response. `turn`: the family (4 or 6) that is taken where the
    families of a host are asked in turn.
    """

    def __init__(
        self, routes: Routes, engines: CurlEngines, resolver: Resolver, families: ReachedFamilies, looks: ConnectionLooks, turn: int
    ) -> None:
        self._routes = routes
        self._looks = looks
        self._turn = turn
        self._families = families
        self._engines = engines
        self._resolver = resolver
        self._addresses: dict[str, list[str]] = {}  # by name: a browser too asks once
        self._in_turn: dict[Endpoint, list[str]] = {}  # those of them that are tried
        self._of_old = set[str]()  # places that are asked by HTTP/1.1 whatever the route says
        self._share = pycurl.CurlShare()
        self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_CONNECT)
        self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_DNS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        libcurl sends it again when a kept connection proved to be closed, and we do where one
        brought something else than an answer, or a head over HTTP/2 that libcurl does not read. A
        POST gets a connection of its own: a password or a code is never sent twice.
        """
        try:
            return await self._exchange(request)
        except LeftoverError:
            return await self._exchange(request, fresh=True)
        except OlderHttpError as refused:
            self._of_old.add(authority(request.url))
            if request.method == "POST":
                raise
            try:
                return await self._exchange(request, fresh=True)
            except TransportError:
                raise refused from None

    async def _exchange(self, request: httpx.Request, *, fresh: bool = False) -> httpx.Response:
        timings: Timings = request.extensions[TIMINGS]
        route = self._routes(host(request.url), port(request.url))
        engine = self._engines.get(route.ca_file)
        timings.start()  # not before: the time to open an engine is ours
        answer, sockets, handle = AnswerReader(), OpenedSockets(), pycurl.Curl()
        try:
            _ask(handle, request, engine.ca_file)
            version = HttpVersion.ONE if authority(request.url) in self._of_old else route.http
            handle.setopt(pycurl.HTTP_VERSION, _VERSIONS[version])
            if TARGET in request.extensions and not (route.proxied and request.url.scheme == "http"):
                handle.setopt(pycurl.REQUEST_TARGET, request.extensions[TARGET])  # libcurl would spell it otherwise
            if fresh:
                handle.setopt(pycurl.FRESH_CONNECT, 1)
            await self._reach(handle, request.url, route, timings)
            handle.setopt(pycurl.SHARE, self._share)
            answer.listen(handle)
            sockets.listen(handle)
            handshake = _look(handle, request.url, self._looks.secured, timings)
            try:
                failed = await engine.perform(handle)
            finally:
                timings.answering = answer.started
                timings.take(handle)
                if timings.connect_us is None and not answer.started:
                    timings.connect_us = sockets.connect_us()  # libcurl tells it after the handshake only
                _read_tls(handle, request.url, engine, handshake, self._looks.secured, timings)
            self._look_beside(request.url, route, timings)
            failure = _failure(handle, failed, answer, sockets, route)
        finally:
            handle.close()
            sockets.close()
        if isinstance(failure, LocalError | OlderHttpError) or (failure and not answer.complete):
            raise failure
        return httpx.Response(answer.status or 0, headers=_decoded(answer.fields), stream=_Body(answer, failure), request=request)

    def _look_beside(self, url: httpx.URL, route: HostRoute, timings: Timings) -> None:
        """Look at the family of addresses that a new connection did not use."""
        if timings.address is None or route.proxied or route.families is FamilyChoice.TOGETHER:
            return
        place = route.endpoint or Endpoint(host(url), port(url))
        self._families.reached(timings.address, place.port)
        addresses, now_us = self._addresses.get(place.host, ()), timings.clock.monotonic_us()
        timings.beside = self._families.beside(place, addresses, timings.address, self._looks.families, now_us)

    async def aclose(self) -> None:
        """Close the connections."""
        self._share.close()

    async def _reach(self, handle: pycurl.Curl, url: httpx.URL, route: HostRoute, timings: Timings) -> None:
        """Tell libcurl where to connect to: through the proxy, or at addresses that we look up.

        libcurl never looks a name of a target up: its own resolver does not tell a machine without
        descriptors from a name without addresses.
        """
        handle.setopt(pycurl.NOPROXY, "")  # whatever the environment says
        if route.proxy is not None and route.proxied:
            await self._through(handle, httpx.URL(route.proxy))
            return
        handle.setopt(pycurl.PROXY, "")
        named = Endpoint(host(url), port(url))
        place = route.endpoint or named
        if place != named:
            handle.setopt(pycurl.CONNECT_TO, [f"::{_bracketed(place.host)}:{place.port}"])
        if is_address(place.host):
            return
        if place.host not in self._addresses:
            began_us = timings.clock.monotonic_us()
            self._addresses[place.host] = await self._resolver.addresses(place.host)
            timings.dns_us = timings.clock.monotonic_us() - began_us
        addresses = self._addresses[place.host]
        if route.families is FamilyChoice.IN_TURN:
            if place not in self._in_turn:
                self._in_turn[place] = await addresses_in_turn(addresses, place.port, self._turn)
            addresses = self._in_turn[place]
        _resolve(handle, place, addresses)

    async def _through(self, handle: pycurl.Curl, proxy: httpx.URL) -> None:
        """Send the transfer through a proxy, which looks the target's name up itself."""
        name = host(proxy)
        handle.setopt(pycurl.PROXY, f"{proxy.scheme}://{_bracketed(name)}:{port(proxy)}")
        if proxy.userinfo:
            user, _, password = proxy.userinfo.decode("ascii").partition(":")
            handle.setopt(pycurl.PROXYUSERNAME, unquote(user))
            handle.setopt(pycurl.PROXYPASSWORD, unquote(password))
        if is_address(name):
            return
        try:
            addresses = await self._resolver.addresses(name)
        except ResolveError as error:
            raise OwnProxyError from error
        _resolve(handle, Endpoint(name, port(proxy)), addresses)


def _resolve(handle: pycurl.Curl, place: Endpoint, addresses: Iterable[str]) -> None:
    """Give libcurl the addresses of a name, so that it looks none up."""
    handle.setopt(pycurl.RESOLVE, [f"{place.host}:{place.port}:{','.join(map(_bracketed, addresses))}"])


def _ask(handle: pycurl.Curl, request: httpx.Request, ca_file: str) -> None:
    """Set what is asked for, and how it is secured."""
    url = request.url
    target = request.extensions.get(TARGET) or url.raw_path.decode("ascii")
    handle.setopt(pycurl.URL, f"{url.scheme}://{url.netloc.decode('ascii')}{target}")
    for option, value in _ALWAYS:
        handle.setopt(option, value)
    handle.setopt(pycurl.CAINFO, ca_file)
    if request.method == "POST":
        handle.setopt(pycurl.POSTFIELDS, request.read())
        handle.setopt(pycurl.PREREQFUNCTION, _once())
        # A kept connection may have been closed meanwhile, and nobody could tell whether its server
        # had read anything.
        handle.setopt(pycurl.FRESH_CONNECT, 1)
    elif request.method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif request.method != "GET":
        handle.setopt(pycurl.CUSTOMREQUEST, request.method)
    handle.setopt(pycurl.HTTPHEADER, [*_fields(request.headers), b"Expect:"])


def _once() -> Callable[..., int]:
    """Return what lets libcurl send a request, and not another time.

    It would where a server says that it took nothing (RFC 9113, section 8.7), which may be a lie.
    """
    sent = False

    def may_send(*_addresses: object) -> int:
        nonlocal sent
        again, sent = sent, True
        return pycurl.PREREQFUNC_ABORT if again else pycurl.PREREQFUNC_OK

    return may_send


_SUPPRESS_CONNECT_HEADERS = 265  # CURLOPT_SUPPRESS_CONNECT_HEADERS: pycurl has no name for it
_ALWAYS: tuple[tuple[int, int], ...] = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.PATH_AS_IS, 1),
    (pycurl.SSL_SESSIONID_CACHE, 0),
    (pycurl.OPT_CERTINFO, 1),
    (_SUPPRESS_CONNECT_HEADERS, 1),
    (pycurl.MAXAGE_CONN, KEEP_SECONDS),
    (pycurl.TCP_NODELAY, 1),
    (pycurl.HTTP09_ALLOWED, 1),  # what has no status line comes to `AnswerReader`, which refuses it
)
_VERSIONS = {HttpVersion.TWO: pycurl.CURL_HTTP_VERSION_2TLS, HttpVersion.ONE: pycurl.CURL_HTTP_VERSION_1_1}
_LEFT_TO_CURL = frozenset({b"content-length", b"transfer-encoding", b"connection"})


def _look(handle: pycurl.Curl, url: httpx.URL, looks: Looks, timings: Timings) -> Handshake | None:
    """Be told how the connection is secured, where that is due."""
    if url.scheme != "https" or not looks.are_due(authority(url), timings.clock.monotonic_us()):
        return None
    handshake = Handshake()
    handshake.listen(handle)
    return handshake


def _read_tls(handle: pycurl.Curl, url: httpx.URL, engine: CurlEngine, handshake: Handshake | None, looks: Looks, timings: Timings) -> None:
    """Take over what the server showed of itself; nothing on a kept connection."""
    shown = certificates_of(handle)
    chain = read_chain(shown, engine.trusted) if shown else CertificateChain()
    timings.certificate_expires_us, timings.chain = chain.expires_us, chain.traits
    if handshake is not None and handshake.version:
        looks.done(authority(url), timings.clock.monotonic_us())
        timings.tls = TlsFacts(handshake.version, handshake.cipher, chain.issuer)


def _fields(headers: httpx.Headers) -> list[bytes]:
    """Return the header lines. Raises NotHttpError for one that would not stay one line."""
    lines = []
    for name, value in headers.raw:
        if b"\r" in value or b"\n" in value or b"\0" in value:
            raise NotHttpError("a header of more than one line")
        if name.lower() not in _LEFT_TO_CURL:
            lines.append(name + b": " + value if value else name + b";")
    return lines


def _decoded(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the header without what no longer holds of the body that is handed on."""
    return [(name, value) for name, value in fields if name.lower() not in _UNDONE]


_UNDONE = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def system_error(handle: pycurl.Curl) -> int:
    """Return the system's number for the last connect that failed, 0 if none did."""
    return int(handle.getinfo(pycurl.OS_ERRNO))


def _failure(
    handle: pycurl.Curl, failed: CurlFailure | None, answer: AnswerReader, sockets: OpenedSockets, route: HostRoute
) -> TransportError | LocalError | None:
    if route.proxied and answer.complete and (refused := refused_by_proxy(answer.status or 0, answer.fields)):
        return refused
    if failed is None or answer.whole or ends_short_of_its_length(failed.code, failed.text):
        return None if answer.complete else answer.failure or BrokenError("the head was cut short")
    if answer.failure:
        return answer.failure
    if refused_head := of_unread_http2(failed.code, failed.text):
        return refused_head
    if is_leftover(failed.code, failed.text) and not handle.getinfo(pycurl.NUM_CONNECTS):
        return LeftoverError("something else than an answer on a kept connection")
    if refuses_head(failed.code, failed.text, lengths=answer.lengths):
        return HeadRefusedError("libcurl refused the head")
    if sockets.refused:
        return LocalError("this machine had no socket left")
    tunnel = handle.getinfo(pycurl.HTTP_CONNECTCODE)
    return failure_of(failed.code, failed.text, system_error(handle), tunnel=tunnel, proxied=route.proxied)
