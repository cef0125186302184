"""The HTTP side: metrics, health, readiness, journeys on demand, and a page for people. One port, in the service's own loop.

Whatever is asked, the answer is one of ours: a query that is not understood is 400, an unknown path 404, another method 405, a
trouble of ours 500 without a word of how it came. Everything carries a content policy that allows nothing.
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
from exporters.http.connections import Connections, Listener, Unheard, most_connections
from exporters.http.headers import HEADERS
from exporters.http.pages import index
from exporters.http.probe_endpoint import BadQueryError, Demand, Gate, TooSoonError, answer, parse
from exporters.http.texts import PageTexts, Pending
from exporters.http.trace import trace
from exporters.http.turns import Turns
from exporters.metrics.exposition import Format, MetricsSource, page, page_in_turns
from exporters.metrics.incidents import Incidents
from exporters.metrics.live import Meters
from exporters.metrics.readings import Durable, NothingRegistered, Registered, Snapshot, TargetReading
from exporters.metrics.states import LedgerStates
from probe.clock import Clock
from probe.core.judgement.observation import Observation
from probe.errors import VigieError

REQUEST_TARGET_BYTES = 2_048  # of a path and its query: more is 414
REQUEST_HEAD_BYTES = 16_384
REQUESTS = 64  # worked on at once: more are told 503
CHEAP = frozenset({"/healthz", "/readyz", "/metrics"})  # always answered: cheap, or made once for all
A_TURN = 8  # requests or answers begun in one turn of the loop, which the journeys share
BACKLOG = 512  # connections that the system keeps until they are accepted
GRACE_SECONDS = 3  # for answers under way when the service stops
GZIP_BYTES = 1_024  # smaller answers are not worth it


class ListenError(VigieError):
    """The address cannot be listened on."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the service gives.

    `pending` says why the service is not ready (nothing: it is). `probe` runs the journey of a target, whose observation is
    answered and dropped here. `pause_us` between two journeys on demand of one target, `at_once` of them in all.
    """

    meters: Meters
    durable: Durable
    clock: Clock
    pending: Callable[[], Sequence[Pending]]
    probe: Callable[[TargetReading], Awaitable[Observation]]
    registered: Registered = field(default_factory=NothingRegistered)
    api: ASGIApp | None = None
    pause_us: int = 10_000_000
    at_once: int = 4


def application(site: Site) -> ASGIApp:
    """The whole site as an ASGI application."""
    views = _Views(site)
    probe = Route("/probe", views.probe, methods=["GET"])
    probe.methods = {"GET"}  # a HEAD would run a journey and throw its answer away
    routes: list[BaseRoute] = [
        Route("/", views.index),
        Route("/metrics", views.metrics),
        Route("/healthz", views.healthz),
        Route("/readyz", views.readyz),
        probe,
    ]
    if site.api is not None:
        routes.append(Mount(PREFIX, app=site.api))
    handlers = {HTTPException: _refused, Exception: _broken}
    site_app = Starlette(routes=routes, exception_handlers=handlers)
    site_app.router.redirect_slashes = False  # an unknown path is unknown
    return _Guard(_InTurns(_AtOnce(site_app, min(REQUESTS, most_connections() // 2))))


class _Views:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._standings = LedgerStates(site.durable, site.clock)
        self._incidents = Incidents(site.registered)
        self._gate = Gate(site.clock, site.pause_us, site.at_once)
        self._pages = Batches(self._page)

    async def metrics(self, request: Request) -> Response:
        fmt = chosen_format(_header(request, "accept"))
        body, headers = await self._pages.get((fmt, quality(_header(request, "accept-encoding"), "gzip") > 0))
        return Response(body, headers=headers)

    async def _page(self, wanted: tuple[Format, bool]) -> tuple[bytes, dict[str, str]]:
        """The metrics in a format, compressed or not, and the headers that say so."""
        fmt, compressed = wanted
        said = await asyncio.to_thread(self._standings.read)  # it asks the disk: the watch goes on meanwhile
        body = await page_in_turns(self._parts(said), fmt)
        headers = {"Content-Type": fmt.value, "Vary": "Accept, Accept-Encoding"}
        if compressed and len(body) >= GZIP_BYTES:
            body = await asyncio.to_thread(gzip.compress, body, 1)  # zlib lets the loop run meanwhile
            headers["Content-Encoding"] = "gzip"
        return body, headers

    def _parts(self, said: tuple[Snapshot, bool]) -> Iterator[MetricsSource]:
        yield from self._standings.parts(self._site.meters.view, said)
        yield from self._incidents.parts(self._site.meters.view)
        yield from self._site.meters.parts()

    async def healthz(self, request: Request) -> Response:
        return _told(request, 200, {"status": "alive"}, "alive")

    async def readyz(self, request: Request) -> Response:
        pending = list(self._site.pending())
        said = PageTexts(self._site.meters.view.language)
        told = {"status": "pending" if pending else "ready", "pending": [{"code": one.value, "text": said.pending[one]} for one in pending]}
        lines = [f"{one.value}: {said.pending[one]}" for one in pending] or ["ready"]
        return _told(request, 503 if pending else 200, told, "\n".join(lines))

    async def index(self, request: Request) -> Response:  # noqa: ARG002 - every view has the same signature
        snapshot, readable = await asyncio.to_thread(self._standings.read)
        register = self._site.registered.register()
        return HTMLResponse(index(self._site.meters.view, snapshot, readable, list(self._site.pending()), register))

    async def probe(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site") == "cross-site":  # another site's page must not make us log in somewhere
            return _text(403, "not from another site")
        try:
            demand = parse(request.scope["query_string"], self._site.meters.view)
            with self._gate.passing(demand.target):
                observation = await self._site.probe(demand.target)
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
            return _text(200, trace(observation, PageTexts(self._site.meters.view.language)).rstrip("\n"))
        fmt = chosen_format(_header(request, "accept"))
        return Response(page([answer(observation)], fmt), headers={"Content-Type": fmt.value, "Vary": "Accept"})


# --- answers


def _text(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers)


def _told(request: Request, status: int, told: Mapping[str, object], text: str) -> Response:
    """JSON for those who prefer it, text for the others."""
    accept = _header(request, "accept")
    if quality(accept, "application/json") > quality(accept, "text/plain"):
        body = json.dumps(told, ensure_ascii=False) + "\n"
        return Response(body, status, {"Vary": "Accept"}, "application/json")
    return _text(status, text, {"Vary": "Accept"})


async def _refused(request: Request, error: Exception) -> Response:
    """404, 405 and the like."""
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
    """How much an Accept-like header wants exactly `token` (RFC 9110, 12.4.2): 0 to 1. Wildcards count as no wish."""
    best = 0.0
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name.lower() == token:
            stated = next((parameter for parameter in parameters if parameter[:1] in ("q", "Q")), "q=1")
            found = _QUALITY.fullmatch(stated)
            best = max(best, float(found[1]) if found else 0.0)
    return best


def chosen_format(accept: str) -> Format:
    """OpenMetrics for who asks for it at least as much as for plain text, the Prometheus text format for everyone else."""
    wanted = quality(accept, "application/openmetrics-text")
    return Format.OPENMETRICS if wanted > 0 and wanted >= quality(accept, "text/plain") else Format.TEXT


# --- around every answer


class _Guard:
    """Refuses what is too long, and puts the headers on every answer, the ones for errors included."""

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
        asked = len(scope.get("raw_path") or scope["path"].encode("utf-8", "replace")) + len(scope["query_string"])
        app = self._app if asked <= REQUEST_TARGET_BYTES else PlainTextResponse("the address is too long\n", 414)
        await app(scope, receive, guarded)


class _AtOnce:
    """Lets so many requests be worked on at once, and tells the others 503, but for what is cheap.

    A request counts until its answer begins: a client that does not read takes nobody's place.
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
    """Begins few requests, and few answers, in one turn of the loop."""

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
    """Leaves the signals to the service, whose loop it shares, and accepting to an Acceptor."""

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
        """Whatever is still open ends."""
        self._acceptor.stop()
        self._connections.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises ListenError, with the address."""
    if not 0 <= port <= 65_535:  # the resolver would take it modulo 65,536
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
    listener: Listener | None = None,
) -> None:
    """Answer until `stop` is set. `bound` is told the port once it is open, `listener` counts the connections.

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
        log_level="error",  # its warnings tell of what strangers send, once for each request
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=REQUEST_HEAD_BYTES,
    )
    config.load()
    server = _Server(config, opened, Connections(most_connections(), listener or Unheard(), asyncio.get_running_loop().time))
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
