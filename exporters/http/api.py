"""Serves the API under /api/v1: incidents, flags, the report, past failures, Alertmanager's alerts.

docs/api.md describes it. The database is read and written in a few threads, never on the event
loop. Bodies are strict JSON; only Alertmanager's is read as far as possible
(`exporters.http.notification`). Every error is a problem document (RFC 9457) that repeats nothing
of the request. Pages of other sites cannot call the API, as no answer has a CORS header.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exporters.http.answers import (
    DeactivationsAnswer,
    FieldProblemAnswer,
    IdpsAnswer,
    IncidentsAnswer,
    OutboxAnswer,
    RetriedAnswer,
)
from exporters.http.auth import Access
from exporters.http.calls import (
    CallBody,
    check_kind,
    incident_query,
    limit_of,
    number_of,
    observation_of,
    outage_of,
    outage_query,
    query_of,
    read_body_of,
    read_notification,
    read_raw,
    validated,
)
from exporters.http.history import PastAnswers
from exporters.http.openapi import description
from exporters.http.past_answers import OutagesAnswer
from exporters.http.register import Register, UnknownError
from exporters.http.requests import (
    ACTS,
    FLAG_STEPS,
    LARGEST_NOTIFICATION,
    FlagDoing,
    Opening,
    Retrying,
)
from exporters.http.responses import ProblemError, cached_response, json_response, problem
from probe.core.incident.refusal import RefusedActError
from probe.core.plain_text import fits_header
from probe.errors import InputError, LedgerError, NoneSuchError, VigieError

PREFIX = "/api/v1"
AT_ONCE = 4  # calls that use the database at the same time
NOTIFICATIONS_AT_ONCE = 2  # in memory
LONGEST_KEY = 200  # characters of an Idempotency-Key
REMEMBERED = 10_000  # keys whose body is remembered
RETRY_SECONDS = "5"

T = TypeVar("T")


def api(register: Register, past: PastAnswers, access: Callable[[], Access]) -> Starlette:
    """Make the application that is mounted at PREFIX.

    `access` is called for every request, as a reload may change the tokens.
    """
    views = _ApiViews(register, past, access)
    routes = [
        Route("/openapi.json", views.openapi, methods=["GET"]),
        Route("/incidents", views.incidents, methods=["GET", "POST"]),
        Route("/incidents/{number}", views.incident, methods=["GET"]),
        Route("/incidents/{number}/{act}", views.act, methods=["POST"]),
        Route("/idps", views.idps, methods=["GET"]),
        Route("/deactivations", views.deactivations, methods=["GET"]),
        Route("/deactivations/{hub}/{idp}/{step}", views.flag, methods=["POST"]),
        Route("/report", views.report, methods=["GET"]),
        Route("/outages", views.outages, methods=["GET"]),
        Route("/outages/{hub}/{name}", views.outage, methods=["GET"]),
        Route("/observations/{number}", views.observation, methods=["GET"]),
        Route("/outbox", views.outbox, methods=["GET"]),
        Route("/outbox/{system}/{number}/retry", views.retry, methods=["POST"]),
        Route("/alertmanager", views.alertmanager, methods=["POST"]),
    ]
    handlers = {HTTPException: _refused, ProblemError: _problem, Exception: _broken}
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False
    return made


class _ApiViews:
    def __init__(self, register: Register, past: PastAnswers, access: Callable[[], Access]) -> None:
        self._register = register
        self._past = past
        self._access = access
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._notifications = asyncio.Semaphore(NOTIFICATIONS_AT_ONCE)
        self._keys: OrderedDict[tuple[str, str], str] = OrderedDict()

    # --- reading

    async def openapi(self, request: Request) -> Response:
        return cached_response(request, description())

    async def incidents(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._open(request)
        self._reader(request)
        query = query_of(request, "state", "severity", "hub", "idp", "since", "before", "limit")
        wanted = incident_query(query)
        page = await self._ask(lambda: self._register.incidents(wanted))
        following = None
        if page.more and page.incidents:
            following = f"{PREFIX}/incidents?{urlencode({**query, 'before': page.incidents[-1].number})}"
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return cached_response(request, IncidentsAnswer(incidents=list(page.incidents), next=following), headers)

    async def incident(self, request: Request) -> Response:
        self._reader(request)
        query_of(request)
        number = number_of(request)
        return cached_response(request, await self._ask(lambda: self._register.incident(number)))

    async def idps(self, request: Request) -> Response:
        self._reader(request)
        hub = query_of(request, "hub").get("hub")
        return cached_response(request, IdpsAnswer(idps=list(await self._ask(lambda: self._register.idps(hub)))))

    async def deactivations(self, request: Request) -> Response:
        self._reader(request)
        query = query_of(request, "hub", "idp")
        found = await self._ask(lambda: self._register.deactivations(query.get("hub"), query.get("idp")))
        return cached_response(request, DeactivationsAnswer(deactivations=list(found)))

    async def report(self, request: Request) -> Response:
        self._reader(request)
        month = query_of(request, "month").get("month")
        return cached_response(request, await self._ask(lambda: self._register.report(month)))

    async def outbox(self, request: Request) -> Response:
        self._reader(request)
        query_of(request)
        return cached_response(request, OutboxAnswer(letters=list(await self._ask(self._register.outbox))))

    async def outages(self, request: Request) -> Response:
        self._reader(request)
        query = query_of(request, "hub", "since", "before", "limit")
        wanted = outage_query(query)
        page = await self._ask(lambda: self._past.outages(wanted))
        following = None
        if page.more and page.outages:
            following = f"{PREFIX}/outages?{urlencode({**query, 'before': page.outages[-1].id})}"
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return cached_response(request, OutagesAnswer(outages=list(page.outages), next=following), headers)

    async def outage(self, request: Request) -> Response:
        self._reader(request)
        limit, name = limit_of(query_of(request, "limit")), outage_of(request)
        return cached_response(request, await self._ask(lambda: self._past.outage(name, limit)))

    async def observation(self, request: Request) -> Response:
        self._reader(request)
        query_of(request)
        number = observation_of(request)
        return cached_response(request, await self._ask(lambda: self._past.observation(number)))

    # --- writing

    async def _open(self, request: Request) -> Response:
        author, body = await self._writer(request)
        opening = validated(Opening, body.document)
        key = self._key(request, author, body)
        made = await self._ask(lambda: self._register.open(opening, author, key))
        return json_response(made, 201, {"Location": f"{PREFIX}/incidents/{made.number}"})

    async def act(self, request: Request) -> Response:
        name = request.path_params["act"]
        author, body = await self._writer(request, known=name in ACTS)
        number = number_of(request)
        doing = validated(ACTS[name], body.document)
        key = self._key(request, author, body)
        return json_response(await self._ask(lambda: self._register.act(number, doing.kind, doing.data(), doing.at, author, key)))

    async def flag(self, request: Request) -> Response:
        hub, idp, step = (request.path_params[name] for name in ("hub", "idp", "step"))
        author, body = await self._writer(request, known=step in FLAG_STEPS)
        doing = validated(FlagDoing, body.document)
        if step in ("propose", "reject") and doing.reason is None:
            raise ProblemError(422, "the body is not what this call takes", errors=[FieldProblemAnswer(at="reason", problem="is missing")])
        return json_response(await self._ask(lambda: self._register.flag(hub, idp, step, doing.reason or "", doing.at, author)))

    async def retry(self, request: Request) -> Response:
        _, body = await self._writer(request)
        system, number = request.path_params["system"], number_of(request)
        validated(Retrying, body.document)
        return json_response(RetriedAnswer(letters=await self._ask(lambda: self._register.retry(system, number))))

    async def alertmanager(self, request: Request) -> Response:
        access = self._access()
        if access.basic is None and access.receiver is None:
            raise ProblemError(403, "Alertmanager has no credentials here: set api.alertmanager in the configuration")
        if not access.alertmanager(request.headers.getlist("authorization")):
            raise ProblemError(401, "credentials are missing or wrong", {"WWW-Authenticate": 'Basic realm="vigie", charset="UTF-8"'})
        query_of(request)
        async with self._notifications:
            raw = await read_raw(request, LARGEST_NOTIFICATION)
            check_kind(request)
            return json_response(await self._ask(lambda: self._register.alertmanager(read_notification(raw))))

    # --- shared by the calls

    def _reader(self, request: Request) -> None:
        """Raise ProblemError unless the caller may read."""
        access = self._access()
        if access.open_reads:
            return
        if not access.tokens:
            raise ProblemError(403, "the API is off: no token is configured (api.tokens), and reading is not open (api.open_reads)")
        self._caller(request, access)

    async def _writer(self, request: Request, *, known: bool = True) -> tuple[str, CallBody]:
        """Return the author and the body of a writing call.

        Raises ProblemError. The body is not read when the caller may not write.
        """
        access = self._access()
        if not access.tokens:
            raise ProblemError(403, "the writing API is off: no token is configured (api.tokens)")
        author = self._caller(request, access)
        if not known:
            raise ProblemError(404, "there is no such call")
        query_of(request)
        return author, await read_body_of(request)

    def _caller(self, request: Request, access: Access) -> str:
        caller = access.caller(request.headers.getlist("authorization"))
        if caller is None:
            raise ProblemError(401, "a bearer token is missing, or wrong", {"WWW-Authenticate": 'Bearer realm="vigie"'})
        return caller

    def _key(self, request: Request, author: str, body: CallBody) -> str:
        """Return the register's key for the request's `Idempotency-Key`, or "" without one.

        Raises ProblemError (422) when the same key came with another body before.
        """
        given = request.headers.getlist("idempotency-key")
        if not given:
            return ""
        key = given[0].strip().removeprefix('"').removesuffix('"')
        if len(given) > 1 or not (len(key) <= LONGEST_KEY and fits_header(key)):
            raise ProblemError(400, f"Idempotency-Key must be one text of 1 to {LONGEST_KEY} visible characters")
        digest = hashlib.sha256(f"{request.url.path}\0".encode() + body.raw).hexdigest()
        if self._keys.setdefault((author, key), digest) != digest:
            raise ProblemError(422, "this Idempotency-Key came with another request before")
        if len(self._keys) > REMEMBERED:
            self._keys.popitem(last=False)
        return f"api:{author}:{request.url.path}:{key}"

    async def _ask(self, work: Callable[[], T]) -> T:
        """Do the work in one of a few threads. Raises ProblemError."""
        async with self._turns:
            try:
                return await asyncio.to_thread(work)
            except RefusedActError as error:
                raise ProblemError(409, error.text, code=error.code) from error
            except (UnknownError, NoneSuchError) as error:
                raise ProblemError(404, str(error)) from error
            except InputError as error:
                raise ProblemError(422, str(error)) from error
            except (LedgerError, VigieError) as error:
                raise ProblemError(503, "the register cannot be asked now", {"Retry-After": RETRY_SECONDS}) from error


async def _problem(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the signature of a handler
    assert isinstance(error, ProblemError)
    return problem(error.status, error.detail, error.headers, **error.more)


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Answer errors of the router: 404, 405 and others."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail.lower(), error.headers)


async def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the log gets the error, the caller does not
    return problem(500, "internal error")
