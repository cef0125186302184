"""Serves the HTTP port: metrics, health, readiness, journeys on demand, the page and the API.

The server runs in the event loop of the service. Every error has an answer of our own:
400 for a query that is not understood, 404 for an unknown path, 405 for another method,
and 500 for an error of ours, without any detail. All answers have a content policy that forbids
everything (see `headers`).
"""

import asyncio
import contextlib
import gzip
import json
import re
import socket
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporters.http.acceptor import Acceptor
from exporters.http.api import PREFIX
from exporters.http.batches import Batches
from exporters.http.connection import KEEP_ALIVE_SECONDS, Connection
from exporters.http.connections import ConnectionListener, Connections, NoListener, most_connections
from exporters.http.headers import HEADERS
from exporters.http.incident_page import IncidentViews, ReadIncident, nobody
from exporters.http.pages import index
from exporters.http.past import NothingPast, ReadablePast
from exporters.http.past_views import PastViews
from exporters.http.probe_endpoint import SCRAPE_TIMEOUT, BadQueryError, Demand, Gate, TooSoonError, answer, parse
from exporters.http.reload import Reload
from exporters.http.texts import PageTexts, Pending, ServiceNotice
from exporters.http.trace import trace
from exporters.http.turns import Turns
from exporters.metrics.exposition import Format, MetricsSource, page, page_in_turns
from exporters.metrics.incidents import IncidentMetrics
from exporters.metrics.live import Meters
from exporters.metrics.readings import Durable, NothingRegistered, Registered, Snapshot, TargetReading
from exporters.metrics.states import LedgerStates
from probe.clock import Clock
from probe.core.judgement.observation import Observation
from probe.errors import VigieError

REQUEST_TARGET_BYTES = 2_048  # of a path and its query; the answer to a longer one is 414
REQUEST_HEAD_BYTES = 16_384
REQUESTS = 64  # under way at once; the answer to others is 503
CHEAP = frozenset({"/healthz", "/readyz", "/metrics"})  # not limited, as they cost little
A_TURN = 8  # requests or answers that begin in one turn of the loop, which the journeys share
BACKLOG = 512  # connections that wait in the system's queue until they are accepted
GRACE_SECONDS = 3  # in which answers under way may end when the service stops
GZIP_BYTES = 1_024  # smaller answers are not compressed


class ListenError(VigieError):
    """The service cannot listen on the configured address."""


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of the service that the HTTP server needs.

    `pending` returns the reasons why the service is not ready, none when it is. `probe` runs the
    journey of a target, for so many microseconds at most; its observation is shown and not
    recorded. At most `at_once` journeys run
    on demand at a time, and each target waits `pause_us` microseconds between two of them.
    Without `api` the server has no API, and without `reload` no reload by HTTP. `notices` returns
    what somebody should know of a service that is ready.
    """

    meters: Meters
    durable: Durable
    clock: Clock
    pending: Callable[[], Sequence[Pending]]
    probe: Callable[[TargetReading, int | None], Awaitable[Observation]]
    registered: Registered = field(default_factory=NothingRegistered)
    past: ReadablePast = field(default_factory=NothingPast)
    api: ASGIApp | None = None
    incident: ReadIncident = nobody
    reload: Reload | None = None
    notices: Callable[[], Sequence[ServiceNotice]] = tuple
    pause_us: int = 10_000_000
    at_once: int = 4


def application(site: Site) -> ASGIApp:
    """Make the ASGI application of the whole port."""
    views = _SiteViews(site)
    probe = Route("/probe", views.probe, methods=["GET"])
    probe.methods = {"GET"}  # a HEAD would run a journey and discard the answer
    routes: list[BaseRoute] = [
        Route("/", views.index),
        Route("/metrics", views.metrics),
        Route("/healthz", views.healthz),
        Route("/readyz", views.readyz),
        Route("/outages/{hub}/{name}", views.past.outage),
        Route("/observations/{number}", views.past.observation),
        Route("/incidents/{number}", views.incidents.incident),
        probe,
    ]
    if site.api is not None:
        routes.append(Mount(PREFIX, app=site.api))
    if site.reload is not None:
        routes.append(site.reload.route())
    handlers = {HTTPException: _refused, Exception: _broken}
    site_app = Starlette(routes=routes, exception_handlers=handlers)
    site_app.router.redirect_slashes = False  # an unknown path is 404, and no redirect
    return _Guard(_InTurns(_AtOnce(site_app, min(REQUESTS, most_connections() // 2))))


class _SiteViews:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._states = LedgerStates(site.durable, site.clock)
        self._register = IncidentMetrics(site.registered)
        self.past = PastViews(site.past, site.clock, site.meters)
        self.incidents = IncidentViews(site.incident, site.meters)
        self._gate = Gate(site.clock, site.pause_us, site.at_once)
        self._pages = Batches(self._page)

    async def metrics(self, request: Request) -> Response:
        fmt = chosen_format(_header(request, "accept"))
        body, headers = await self._pages.get((fmt, quality(_header(request, "accept-encoding"), "gzip") > 0))
        return Response(body, headers=headers)

    async def _page(self, variant: tuple[Format, bool]) -> tuple[bytes, dict[str, str]]:
        """Return the metrics in a format, compressed or not, with the headers for it."""
        fmt, compressed = variant
        snapshot = await asyncio.to_thread(self._states.read)  # in a thread, as it reads the disk
        body = await page_in_turns(self._parts(snapshot), fmt)
        headers = {"Content-Type": fmt.value, "Vary": "Accept, Accept-Encoding"}
        if compressed and len(body) >= GZIP_BYTES:
            body = await asyncio.to_thread(gzip.compress, body, 1)  # zlib releases the GIL
            headers["Content-Encoding"] = "gzip"
        return body, headers

    def _parts(self, snapshot: tuple[Snapshot, bool]) -> Iterator[MetricsSource]:
        yield from self._states.parts(self._site.meters.view, snapshot)
        yield from self._register.parts(self._site.meters.view)
        yield from self._site.meters.parts()

    async def healthz(self, request: Request) -> Response:
        return _json_or_text(request, 200, {"status": "alive"}, "alive")

    async def readyz(self, request: Request) -> Response:
        pending = list(self._site.pending())
        texts = PageTexts.of(self._site.meters.view)
        reasons = [{"code": reason.value, "text": texts.pending[reason]} for reason in pending]
        notices = [{"code": one.value, "text": texts.service_notices[one]} for one in self._site.notices()]
        document = {"status": "pending" if pending else "ready", "pending": reasons, "notices": notices}
        lines = [f"{reason.value}: {texts.pending[reason]}" for reason in pending] or ["ready"]
        lines += [f"{one['code']}: {one['text']}" for one in notices]
        return _json_or_text(request, 503 if pending else 200, document, "\n".join(lines))

    async def index(self, request: Request) -> Response:  # noqa: ARG002 - every view has the same signature
        snapshot, readable = await asyncio.to_thread(self._states.read)
        register = self._site.registered.register()
        past = await asyncio.to_thread(self.past.recent) if readable else {}
        meters = self._site.meters
        return HTMLResponse(
            index(meters.view, snapshot, readable, list(self._site.pending()), register, past, meters.dead_families, self._site.notices())
        )

    async def probe(self, request: Request) -> Response:
        # The page of another site must not make Vigie log in somewhere.
        if request.headers.get("sec-fetch-site") == "cross-site":
            return _text(403, "not from another site")
        try:
            demand = parse(request.scope["query_string"], self._site.meters.view, _header(request, SCRAPE_TIMEOUT))
            with self._gate.passing(demand.target):
                observation = await self._site.probe(demand.target, demand.deadline_us)
        except BadQueryError as error:
            return _text(400, str(error))
        except TooSoonError as error:
            self._site.meters.demand_refused()
            return _text(429, "too many journeys on demand", {"Retry-After": str(error.retry_after)})
        except VigieError:
            return _text(503, "the journey could not be run; the log says why")
        self._site.meters.demanded(demand.target)
        return self._answer(request, demand, observation)

    def _answer(self, request: Request, demand: Demand, observation: Observation) -> Response:
        if demand.debug:
            return _text(200, trace(observation, PageTexts.of(self._site.meters.view)).rstrip("\n"))
        fmt = chosen_format(_header(request, "accept"))
        return Response(page([answer(observation)], fmt), headers={"Content-Type": fmt.value, "Vary": "Accept"})


# --- answers


def _text(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers)


def _json_or_text(request: Request, status: int, document: Mapping[str, object], text: str) -> Response:
    """Answer with JSON if the request prefers it, else with text."""
    accept = _header(request, "accept")
    if quality(accept, "application/json") > quality(accept, "text/plain"):
        body = json.dumps(document, ensure_ascii=False) + "\n"
        return Response(body, status, {"Vary": "Accept"}, "application/json")
    return _text(status, text, {"Vary": "Accept"})


async def _refused(request: Request, error: Exception) -> Response:
    """Answer errors of the router: 404, 405 and others."""
    assert isinstance(error, HTTPException)
    text = error.detail.lower() if request.method != "HEAD" else ""
    return _text(error.status_code, text, dict(error.headers or {}))


async def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the log gets the error, the caller does not
    return _text(500, "internal error")


# --- negotiation

_QUALITY = re.compile(r"[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def _header(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name))


def quality(header: str, token: str) -> float:
    """Return the weight, 0 to 1, of exactly `token` in an Accept-like header (RFC 9110, 12.4.2).

    Wildcards are ignored.
    """
    best = 0.0
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name.lower() == token:
            stated = next((parameter for parameter in parameters if parameter[:1] in ("q", "Q")), "q=1")
            found = _QUALITY.fullmatch(stated)
            best = max(best, float(found[1]) if found else 0.0)
    return best


def chosen_format(accept: str) -> Format:
    """Choose the exposition format for an Accept header.

    It is OpenMetrics if its weight is at least that of plain text, else the Prometheus text format.
    """
    weight = quality(accept, "application/openmetrics-text")
    return Format.OPENMETRICS if weight > 0 and weight >= quality(accept, "text/plain") else Format.TEXT


# --- around every answer


class _Guard:
    """Refuses addresses that are too long, and adds `HEADERS` to every answer, also to errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", [])
                named = {name for name, _ in given}
                message["headers"] = [*given, *(one for one in HEADERS if one[0] not in named)]
            await send(message)

        if scope["type"] != "http":
            return
        length = len(scope.get("raw_path") or scope["path"].encode("utf-8", "replace")) + len(scope["query_string"])
        app = self._app if length <= REQUEST_TARGET_BYTES else PlainTextResponse("the address is too long\n", 414)
        await app(scope, receive, guarded)


class _AtOnce:
    """Limits the number of requests under way, and answers 503 to the others.

    Requests for `CHEAP` paths are not counted. A request counts until its answer begins,
    so that a client that does not read its answer takes nobody's place.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._free = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in CHEAP:
            await self._app(scope, receive, send)
        elif self._free <= 0:
            await PlainTextResponse("too many requests are under way\n", 503, {"Retry-After": "1"})(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = 1

        def release() -> None:
            nonlocal counted
            self._free += counted
            counted = 0

        async def releasing(message: Message) -> None:
            release()
            await send(message)

        self._free -= 1
        try:
            await self._app(scope, receive, releasing)
        finally:
            release()


class _InTurns:
    """Begins only `A_TURN` requests or answers in one turn of the event loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turns = Turns(A_TURN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_turn(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._turns.take()
            await send(message)

        await self._turns.take()
        await self._app(scope, receive, in_turn)


# --- serving


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers, and with an Acceptor in place of its own.

    The service handles the signals, as it shares its event loop with the server.
    """

    def __init__(self, config: uvicorn.Config, listening: socket.socket, connections: Connections) -> None:
        super().__init__(config)
        self.servers = []
        self._connections = connections
        self._acceptor = Acceptor(listening, connections, lambda: Connection(config, self.server_state, connections))

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        await self.lifespan.startup()
        self._acceptor.start()
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._acceptor.stop()
        await super().shutdown(sockets)

    def end(self) -> None:
        """Close all connections that are still open."""
        self._acceptor.stop()
        self._connections.close()


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; with port 0 the system chooses the port.

    Raises ListenError with the address in its text.
    """
    if not 0 <= port <= 65_535:  # the resolver would use it modulo 65,536
        raise ListenError(f"cannot listen on {host}:{port}: a port is a number from 0 to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        opened = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"cannot listen on {host}:{port}: {_why(error)}") from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise ListenError(f"cannot listen on {host}:{port}: {_why(error)}") from error
    return opened


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    stop: asyncio.Event,
    bound: Callable[[int], None] | None = None,
    listener: ConnectionListener | None = None,
) -> None:
    """Serve until `stop` is set.

    `bound` is called with the port once it is open. `listener` counts the connections.

    Raises ListenError when the port cannot be opened.
    """
    opened = listen(host, port)
    if bound:
        bound(opened.getsockname()[1])
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # a stranger could cause a warning with each request
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=REQUEST_HEAD_BYTES,
    )
    config.load()
    server = _Server(config, opened, Connections(most_connections(), listener or NoListener(), asyncio.get_running_loop().time))
    watch = asyncio.create_task(_stop(server, stop))
    try:
        await server.serve(sockets=[opened])
    finally:
        watch.cancel()
        server.end()
        opened.close()


async def _stop(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
