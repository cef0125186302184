"""HTTP on libcurl. It is timed, routed per host and capped.

Two transports share nothing: no connection, no resolved name, no cookie.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pycurl

from probe.config.models import FamilyChoice, HttpVersion
from probe.core.judgement.observation import TlsFacts
from probe.transport.answer import AnswerReader
from probe.transport.certificates import CertificateChain, certificates_of, read_chain, tells_where_its_issuer_is
from probe.transport.engine import CurlEngine, CurlEngines, CurlFailure
from probe.transport.failure import (
    BrokenError,
    HeadRefusedError,
    IssuerNotSentError,
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
from probe.transport.urls import Url, parse

# The longest that a connection stays idle: common servers close theirs after 5 s.
KEEP_SECONDS = 3


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


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked: `headers` go out in their order, in Latin-1; `body` is a POST's.

    `once`: it goes over a connection of its own, so that nobody can ask for it again.
    """

    method: str
    url: Url
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    once: bool = False


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, its codings undone. The names of `fields` are in small letters.

    `failure` is what cut the body short.
    """

    status: int
    fields: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(repr=False)
    failure: TransportError | None = None

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a header, by its name in small letters."""
        return [value for each, value in self.fields if each == name]


class Transport:
    """HTTP/1.1 and HTTP/2 by libcurl. Redirects, cookies and time-outs are left to the caller.

    The codings of a body are undone here, under a cap.

    It raises TransportError, and LocalError for trouble of this machine. One that comes after the
    head is in the response. `turn`: the family (4 or 6) that is taken where the families of a host
    are asked in turn.
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
        self._opened: dict[Path | None, CurlEngine] = {}  # by CA file, for as long as the journey lasts
        self._addresses: dict[str, list[str]] = {}  # by name: a browser too asks once
        self._in_turn: dict[Endpoint, list[str]] = {}  # those of them that are tried
        self._of_old = set[str]()  # places that are asked by HTTP/1.1 whatever the route says
        self._share: pycurl.CurlShare | None = None  # of the connections

    async def exchange(self, request: HttpRequest, timings: Timings) -> HttpResponse:
        """Send a request, and return the answer; `timings` is filled in whatever happens.

        libcurl sends it again when a kept connection proved to be closed, and we do where one
        brought something else than an answer, or a head over HTTP/2 that libcurl does not read. A
        POST is sent again in the first case only, and once, as browsers do (`_as_a_browser`).
        """
        try:
            return await self._exchange(request, timings, fresh=request.once)
        except LeftoverError:
            if request.method == "POST":
                raise
            return await self._exchange(request, timings, fresh=True)
        except OlderHttpError as refused:
            self._of_old.add(request.url.authority)
            if request.method == "POST":
                raise
            try:
                return await self._exchange(request, timings, fresh=True)
            except TransportError:
                raise refused from None

    async def _exchange(self, request: HttpRequest, timings: Timings, *, fresh: bool = False) -> HttpResponse:
        url = request.url
        route = self._routes(url.host, url.port)
        engine = self._engine(route.ca_file)
        timings.start()  # not before: the time to open an engine is ours
        answer, sockets, handle = AnswerReader(), OpenedSockets(), pycurl.Curl()
        try:
            _ask(handle, request, engine.ca_file)
            version = HttpVersion.ONE if url.authority in self._of_old else route.http
            handle.setopt(pycurl.HTTP_VERSION, _VERSIONS[version])
            if not (route.proxied and url.scheme == "http"):
                handle.setopt(pycurl.REQUEST_TARGET, url.target)  # libcurl would spell it otherwise
            if fresh:
                handle.setopt(pycurl.FRESH_CONNECT, 1)
            await self._reach(handle, url, route, timings)
            handle.setopt(pycurl.SHARE, self._connections())
            answer.listen(handle)
            sockets.listen(handle)
            if request.method == "POST":
                handle.setopt(pycurl.PREREQFUNCTION, _as_a_browser(sockets))
                answer.watch(handle)
            handshake = _look(handle, url, self._looks.secured, timings)
            try:
                failed = await engine.perform(handle)
            finally:
                timings.answering = answer.started
                timings.take(handle)
                if timings.connect_us is None and not answer.started:
                    timings.connect_us = sockets.connect_us()  # libcurl tells it after the handshake only
                _read_tls(handle, url, engine, handshake, self._looks.secured, timings)
            self._look_beside(url, route, timings)
            failure = _failure(handle, failed, answer, sockets, route)
        finally:
            handle.close()
            sockets.close()
        if isinstance(failure, LocalError | OlderHttpError) or (failure and not answer.complete):
            raise failure
        return HttpResponse(answer.status or 0, answer.fields, b"" if failure else answer.body(), failure)

    def _engine(self, ca_file: Path | None) -> CurlEngine:
        if ca_file not in self._opened:
            self._opened[ca_file] = self._engines.get(ca_file)
        return self._opened[ca_file]

    def _connections(self) -> pycurl.CurlShare:
        if self._share is None:
            self._share = pycurl.CurlShare()
            self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_CONNECT)
            self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_DNS)
        return self._share

    def _look_beside(self, url: Url, route: HostRoute, timings: Timings) -> None:
        """Look at the family of addresses that a new connection did not use."""
        if timings.address is None or route.proxied or route.families is FamilyChoice.TOGETHER:
            return
        place = route.endpoint or Endpoint(url.host, url.port)
        self._families.reached(timings.address, place.port)
        addresses, now_us = self._addresses.get(place.host, ()), timings.clock.monotonic_us()
        timings.beside = self._families.beside(place, addresses, timings.address, self._looks.families, now_us)

    def close(self) -> None:
        """Close the connections."""
        if self._share is not None:
            self._share.close()

    async def _reach(self, handle: pycurl.Curl, url: Url, route: HostRoute, timings: Timings) -> None:
        """Tell libcurl where to connect to: through the proxy, or at addresses that we look up.

        libcurl never looks a name of a target up: its own resolver does not tell a machine without
        descriptors from a name without addresses.
        """
        handle.setopt(pycurl.NOPROXY, "")  # whatever the environment says
        if route.proxy is not None and route.proxied:
            await self._through(handle, route.proxy)
            return
        handle.setopt(pycurl.PROXY, "")
        named = Endpoint(url.host, url.port)
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

    async def _through(self, handle: pycurl.Curl, proxy: str) -> None:
        """Send the transfer through a proxy, which looks the target's name up itself."""
        url, parts = parse(proxy), urlsplit(proxy)
        handle.setopt(pycurl.PROXY, f"{url.scheme}://{_bracketed(url.host)}:{url.port}")
        if parts.username or parts.password:
            handle.setopt(pycurl.PROXYUSERNAME, unquote(parts.username or ""))
            handle.setopt(pycurl.PROXYPASSWORD, unquote(parts.password or ""))
        if is_address(url.host):
            return
        try:
            addresses = await self._resolver.addresses(url.host)
        except ResolveError as error:
            raise OwnProxyError from error
        _resolve(handle, Endpoint(url.host, url.port), addresses)


def _resolve(handle: pycurl.Curl, place: Endpoint, addresses: Iterable[str]) -> None:
    """Give libcurl the addresses of a name, so that it looks none up."""
    handle.setopt(pycurl.RESOLVE, [f"{place.host}:{place.port}:{','.join(map(_bracketed, addresses))}"])


def _ask(handle: pycurl.Curl, request: HttpRequest, ca_file: str) -> None:
    """Set what is asked for, and how it is secured."""
    handle.setopt(pycurl.URL, str(request.url))
    for option, value in _ALWAYS:
        handle.setopt(option, value)
    handle.setopt(pycurl.CAINFO, ca_file)
    if request.method == "POST":
        handle.setopt(pycurl.POSTFIELDS, request.body)
    elif request.method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif request.method != "GET":
        handle.setopt(pycurl.CUSTOMREQUEST, request.method)
    handle.setopt(pycurl.HTTPHEADER, [*_lines(request.headers), b"Expect:"])


def _as_a_browser(sockets: OpenedSockets) -> Callable[..., int]:
    """Return what lets libcurl send a form over a kept connection once more, and no other again.

    libcurl would where not a byte of an answer came: the server closed the connection as the form
    arrived, or says that it took nothing. Chromium sends it again then, where the connection was a
    kept one (`HttpNetworkTransaction::ShouldResendRequest`). Over a new one libcurl would send it
    several times, where a server says that it took nothing (RFC 9113, section 8.7).
    """
    sent, kept = 0, False

    def may_send(*_addresses: object) -> int:
        nonlocal sent, kept
        sent += 1
        if sent == 1:
            kept = not sockets.opened
        return pycurl.PREREQFUNC_OK if sent == 1 or (kept and sent == 2) else pycurl.PREREQFUNC_ABORT

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
_LEFT_TO_CURL = frozenset({"content-length", "transfer-encoding", "connection"})


def _look(handle: pycurl.Curl, url: Url, looks: Looks, timings: Timings) -> Handshake | None:
    """Be told how the connection is secured, where that is due."""
    if url.scheme != "https" or not looks.are_due(url.authority, timings.clock.monotonic_us()):
        return None
    handshake = Handshake()
    handshake.listen(handle)
    return handshake


def _read_tls(handle: pycurl.Curl, url: Url, engine: CurlEngine, handshake: Handshake | None, looks: Looks, timings: Timings) -> None:
    """Take over what the server showed of itself; nothing on a kept connection."""
    shown = certificates_of(handle)
    chain = read_chain(shown, engine.trusted) if shown else CertificateChain()
    timings.certificate_expires_us, timings.chain = chain.expires_us, chain.traits
    if handshake is not None and handshake.version:
        looks.done(url.authority, timings.clock.monotonic_us())
        timings.tls = TlsFacts(handshake.version, handshake.cipher, chain.issuer)


def _lines(headers: Mapping[str, str]) -> list[bytes]:
    """Return the header lines. Raises NotHttpError for one that would not stay one line."""
    if any(map(_ENDS_A_LINE.search, headers.values())):
        raise NotHttpError("a header of more than one line")
    written = [f"{name}: {value}" if value else f"{name};" for name, value in headers.items() if name.lower() not in _LEFT_TO_CURL]
    return [line.encode("latin-1") for line in written]


_ENDS_A_LINE = re.compile(r"[\r\n\0]")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_NO_ISSUER = 20  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY (openssl-verification-options)


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
        if answer.may_be_read_on:
            return HeadRefusedError("something before the answer to a form")
        return LeftoverError("something else than an answer on a kept connection")
    if refuses_head(failed.code, failed.text, lengths=answer.lengths):
        return HeadRefusedError("libcurl refused the head")
    if sockets.refused:
        return LocalError("this machine had no socket left")
    if handle.getinfo(pycurl.SSL_VERIFYRESULT) == _NO_ISSUER and tells_where_its_issuer_is(certificates_of(handle)):
        return IssuerNotSentError("the issuer's certificate was not sent")
    tunnel = handle.getinfo(pycurl.HTTP_CONNECTCODE)
    return failure_of(failed.code, failed.text, system_error(handle), tunnel=tunnel, proxied=route.proxied)
