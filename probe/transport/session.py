"""One journey's two channels: the citizen's browser with cookies, the SP's server without.

`Session.exchange` turns an `Ask` into an `Answer`. It never raises for what the network did, nor
for an exception that the answer caused. `hops` records the exchanges.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import structlog

from probe.clock import Clock
from probe.core.judgement.observation import Hop, Reason
from probe.core.judgement.sighting import Trait
from probe.core.times import SECOND_US
from probe.journeys.addresses import ascii_header
from probe.journeys.exchange import Answer, Ask, Channel
from probe.journeys.form_data import body
from probe.logs import frames
from probe.transport.client import HttpRequest, HttpResponse, Routes, Transport
from probe.transport.cookies import Jar
from probe.transport.engine import CurlEngines
from probe.transport.failure import IssuerNotSentError, LocalError, NotHttpError, TransportError, is_local
from probe.transport.families import OtherFamily, ReachedFamilies
from probe.transport.looks import ConnectionLooks
from probe.transport.request_ids import RequestIds
from probe.transport.resolve import Resolver
from probe.transport.timings import Timings
from probe.transport.urls import parse, place

log = structlog.get_logger(__name__)

_CODINGS = "gzip, deflate"
_CODINGS_OF_BROWSERS = "gzip, deflate, br, zstd"  # over TLS only: proxies on the way spoilt others
_BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5",
    "Upgrade-Insecure-Requests": "1",
}
_SERVER = {"Accept": "application/json, application/jwt;q=0.9, */*;q=0.1"}


_LONGEST_DATE = 64  # characters of a date that is read


class Session:
    """The exchanges of one journey. Its connections are not shared, and `close` ends them all."""

    def __init__(
        self,
        *,
        clock: Clock,
        routes: Routes,
        engines: CurlEngines,
        resolver: Resolver,
        families: ReachedFamilies,
        looks: ConnectionLooks,
        turn: int,
        user_agent: Callable[[str], str],
        request_ids: RequestIds,
        redact_path: Callable[[str], str],
        jar: Jar,
    ) -> None:
        self.hops: list[Hop] = []
        self.chains: dict[str, set[tuple[Trait, ...]]] = {}  # by host: those that an answer came with
        self._told_time: dict[str, int] = {}  # by host: `Hop.boot_us` when it last did
        self.jar = jar
        self._clock = clock
        self._started_us = clock.monotonic_us()
        self._user_agent = user_agent
        self._request_ids = request_ids
        self._redact_path = redact_path
        self._transports = {channel: Transport(routes, engines, resolver, families, looks, turn) for channel in Channel}
        self._beside: dict[int, asyncio.Task[OtherFamily | None]] = {}  # by the number of the hop

    @property
    def since_us(self) -> int:
        """Monotonic microseconds since the journey started."""
        return self._clock.monotonic_us() - self._started_us

    def close(self) -> None:
        """End the connections."""
        for transport in self._transports.values():
            transport.close()

    async def note_other_families(self, at_most_us: int | None = None) -> None:
        """Note in the hops by which other family their hosts could be reached.

        That takes `families.PATIENCE_S` and `PATIENCE_WITH_OTHERS_S` at most, and `at_most_us`
        microseconds where that is less: what is not known by then is not noted. A look that raised
        is a mistake of ours, and logged.
        """
        if not self._beside:
            return
        looks = set(self._beside.values())
        try:
            await asyncio.wait(looks, timeout=None if at_most_us is None else max(0, at_most_us) / 1_000_000)
        finally:
            for look in looks:
                look.cancel()
        for number, task in self._beside.items():
            if not task.done() or task.cancelled():
                continue
            if (error := task.exception()) is not None:
                log.error("family_not_seen", error=type(error).__name__, frames=frames(error))
            elif (other := task.result()) is not None:
                hop = self.hops[number]
                self.hops[number] = replace(hop, dead_ip=other.ip) if other.dead else replace(hop, also_ip=other.ip)

    async def exchange(self, ask: Ask) -> Answer:
        """Make one HTTP exchange. The hop is kept even when the prober's deadline cancels it.

        Raises LocalError when this machine has run out of something:
        that says nothing of the party asked.
        """
        headers: dict[str, str] = {}
        body: bytes | None = None
        error: Reason | None = None
        issuer_not_sent = False
        response: HttpResponse | None = None
        asked_us = self.since_us
        tag = self._request_ids.of(place(ask.url)[0], len(self.hops) + 1)
        timings = Timings(self._clock)
        timings.start()
        try:
            response = await self._send(ask, tag, timings)
            headers = _headers(response)
            if response.failure:
                raise response.failure
            body = response.body
        except TransportError as failure:
            error, issuer_not_sent = failure.reason, isinstance(failure, IssuerNotSentError)
        except Exception as failure:
            if not timings.answering or is_local(failure) or isinstance(failure, LocalError | MemoryError):
                raise  # it is our own trouble
            log.error("answer_unreadable", step=ask.step.value, error=type(failure).__name__, frames=frames(failure))
            error = Reason.PROTOCOL
        except asyncio.CancelledError:
            error = Reason.TIMEOUT
            raise
        finally:
            if timings.beside is not None:
                self._beside[len(self.hops)] = timings.beside
            size, request_id = None if body is None else len(body), tag[1] if tag else None
            self.hops.append(self._hop(ask, timings, response, size, error, request_id, self._own_clock(ask, headers, asked_us)))
        at_us, since_us = self._clock.now_us(), self.since_us
        if response is None or body is None:
            return Answer(ask.url, at_us=at_us, since_us=since_us, error=error, asked_us=asked_us, issuer_not_sent=issuer_not_sent)
        if timings.chain:
            self.chains.setdefault(place(ask.url)[0], set()).add(timings.chain)
        return Answer(ask.url, response.status, headers, body, at_us, since_us, asked_us=asked_us)

    def _own_clock(self, ask: Ask, headers: Mapping[str, str], asked_us: int) -> tuple[int, int] | None:
        """Return what the host says of our clock, if it says so: `Hop.clock_us` and `Hop.boot_us`.

        It says nothing new where it said so before in this journey and our clock was not set since,
        and nothing certain where the answer may be an old one out of a cache (RFC 9111, section
        5.1).
        """
        date = _date_us(headers)
        if date is None:
            return None
        arrived_us = self._clock.now_us()
        boot_us = arrived_us - self._clock.boottime_us()
        host, _ = place(ask.url)
        told_us = self._told_time.get(host)
        if told_us is not None and abs(boot_us - told_us) < SECOND_US:
            return None
        self._told_time[host] = boot_us
        sent_us = arrived_us - (self.since_us - asked_us)
        return max(0, date - arrived_us) + min(0, date + SECOND_US - sent_us), boot_us

    async def _send(self, ask: Ask, tag: tuple[str, str] | None, timings: Timings) -> HttpResponse:
        front = ask.channel is Channel.FRONT
        url = parse(ask.url)
        codings = _CODINGS_OF_BROWSERS if front and url.scheme == "https" else _CODINGS
        always = {"Host": url.authority, "Accept-Encoding": codings, "User-Agent": self._user_agent(url.authority)}
        headers = (_BROWSER if front else _SERVER) | always
        content = b""
        if ask.form is not None:
            content, headers["Content-Type"] = body(ask.form, ask.encoding, ask.enctype)
        if ask.auth is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(ask.auth).encode()).decode("ascii")
        headers |= {name.title(): value for name, value in ask.headers.items()}
        if tag is not None:
            headers[tag[0]] = tag[1]
        if front and (cookies := self.jar.header(url, self._clock.now_us(), method=ask.method, sent_by=ask.sent_by)):
            headers["Cookie"] = cookies
        # A code or a refresh token that is used twice is taken for stolen (RFC 6749, 4.1.2).
        request = HttpRequest(ask.method, url, headers, content, once=not front and ask.method == "POST")
        response = await self._transports[ask.channel].exchange(request, timings)
        if front:
            self.jar.take(url, response.values(b"set-cookie"), self._clock.now_us())
            if clearing := response.values(b"clear-site-data"):
                self.jar.clear(url, clearing)
        return response

    def _hop(
        self,
        ask: Ask,
        timings: Timings,
        response: HttpResponse | None,
        size: int | None,
        error: Reason | None,
        request_id: str | None,
        own_clock: tuple[int, int] | None,
    ) -> Hop:
        host, path = place(ask.url)
        clock_us, boot_us = own_clock or (None, None)
        return Hop(
            step=ask.step,
            method=ask.method,
            host=host,
            path=self._redact_path(path),
            status=response.status if response is not None else None,
            bytes=size,
            dns_us=timings.dns_us,
            connect_us=timings.connect_us,
            tls_us=timings.tls_us,
            first_byte_us=timings.first_byte_us,
            transfer_us=timings.transfer_us,
            total_us=timings.total_us,
            error=error,
            certificate_expires_us=timings.certificate_expires_us,
            request_id=request_id,
            tls=timings.tls,
            http=timings.http,
            ip=timings.ip,
            clock_us=clock_us,
            boot_us=boot_us,
        )


def _date_us(headers: Mapping[str, str]) -> int | None:
    """Return the time at which an answer was made, whole seconds; None where it does not say."""
    if headers.get("age", "0").strip() != "0":
        return None
    return _instant(headers.get("date", "")[:_LONGEST_DATE])


@lru_cache(maxsize=64)  # the answers of a journey come within a few seconds
def _instant(date: str) -> int | None:
    try:
        made = parsedate_to_datetime(date)
        return int(made.replace(tzinfo=made.tzinfo or UTC).timestamp()) * SECOND_US
    except (ValueError, OverflowError):
        return None


def _headers(response: HttpResponse) -> dict[str, str]:
    """Return the headers of an answer, by their names in small letters.

    Repeated ones are joined. Left out are its cookies, and what no longer holds of the body.
    Raises NotHttpError for an answer that leads to several addresses, which browsers refuse.
    """
    headers: dict[str, str] = {}
    for line in _text(b"\n".join([name + b":" + value for name, value in response.fields])).split("\n"):
        name, _, text = line.partition(":")
        if name not in _LEFT_OUT:
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    if "location" in headers:
        addresses = {value for value in response.values(b"location") if value}
        if len(addresses) > 1:
            raise NotHttpError("several addresses to go to")
        headers["location"] = ascii_header(next(iter(addresses), b""))
    return headers


_LEFT_OUT = frozenset({"", "set-cookie", "set-cookie2", "content-encoding", "content-length", "transfer-encoding"})


def _text(head: bytes) -> str:
    """Return a head as text: in UTF-8 where all of it is that, else in Latin-1."""
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("latin-1")
