"""Serves the API under /api/v1: incidents, deactivation flags, the report, Alertmanager's webhook.

docs/api.md describes it. The database is read and written in a few threads, never on the event
loop. Bodies are strict JSON; only Alertmanager's is read as far as possible (see `notification`).
Every error is a problem document (RFC 9457) that repeats nothing of the request. Pages of other
sites cannot call the API, as no answer has a CORS header.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from exporters.http.answers import (
    ApiAnswer,
    DeactivationsAnswer,
    FieldProblemAnswer,
    FlagActAnswer,
    FlagAnswer,
    IdpAnswer,
    IdpsAnswer,
    IncidentAnswer,
    IncidentsAnswer,
    LetterAnswer,
    OutboxAnswer,
    ProblemAnswer,
    ReportAnswer,
    RetriedAnswer,
    StoryAnswer,
    TakenAnswer,
)
from exporters.http.auth import Access
from exporters.http.notification import read_body
from exporters.http.openapi import description
from exporters.http.requests import (
    ACTS,
    FLAG_STEPS,
    LARGEST,
    LARGEST_NOTIFICATION,
    FlagDoing,
    MalformedError,
    Opening,
    Retrying,
    decoded,
    parse_instant,
)
from probe.core.incident.acts import LARGEST_NUMBER
from probe.core.incident.model import OPEN, ActKind, Data, IncidentState
from probe.core.incident.refusal import RefusedActError
from probe.core.plain_text import cleaned_line, fits_header
from probe.errors import InputError, LedgerError, VigieError

PREFIX = "/api/v1"
AT_ONCE = 4  # calls that use the database at the same time
PAGE = 100
LARGEST_PAGE = 500
NOTIFICATIONS_AT_ONCE = 2  # in memory
BODY_SECONDS = 20.0  # until the whole body must have arrived
LONGEST_KEY = 200  # characters of an Idempotency-Key
REMEMBERED = 10_000  # keys whose body is remembered
RETRY_SECONDS = "5"
STATES: Mapping[str, frozenset[IncidentState]] = {
    "open": frozenset(OPEN),
    "all": frozenset(IncidentState),
    **{one.value: frozenset([one]) for one in IncidentState},
}

Json = dict[str, Any]
T = TypeVar("T")
B = TypeVar("B", bound=BaseModel)


class UnknownError(InputError):
    """The incident, IdP or letter that a call names does not exist: 404."""


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents to list: newest first, `limit` at most, with numbers below `before`."""

    states: frozenset[IncidentState] = frozenset(OPEN)
    hub: str | None = None
    idp: str | None = None
    severity: int | None = None
    since_us: int | None = None
    before: int | None = None
    limit: int = PAGE


class IncidentPage(NamedTuple):
    """A page of incidents. `more` says that there are others with lower numbers."""

    incidents: Sequence[IncidentAnswer]
    more: bool


class Register(Protocol):
    """The incident register, as the API calls it.

    Implemented by `probe.service.api_backend.ApiBackend`.

    Each call may wait for the database. A call that is repeated with the same `key` changes
    nothing. `at_us` is UTC microseconds, None for now. `retry` returns how many dead letters are
    tried again.

    All raise RefusedActError, UnknownError, InputError and LedgerError.
    """

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        """List incidents."""
        ...

    def incident(self, number: int) -> StoryAnswer:
        """Return an incident with its deadlines and acts."""
        ...

    def open(self, opening: Opening, author: str, key: str) -> IncidentAnswer:
        """Open an incident."""
        ...

    def act(self, number: int, kind: ActKind, data: Data, at_us: int | None, author: str, key: str) -> IncidentAnswer:
        """Add an act to an incident."""
        ...

    def idps(self, hub: str | None) -> Sequence[IdpAnswer]:
        """List the IdPs of a hub, or of all hubs."""
        ...

    def deactivations(self, hub: str | None, idp: str | None) -> Sequence[FlagActAnswer]:
        """List the steps of deactivations, the oldest first."""
        ...

    def flag(self, hub: str, idp: str, step: str, reason: str, at_us: int | None, author: str) -> FlagAnswer:
        """Take a step of a deactivation."""
        ...

    def report(self, month: str | None) -> ReportAnswer:
        """Make the report of a month (`2026-11`), or of the current one."""
        ...

    def outbox(self) -> Sequence[LetterAnswer]:
        """List the letters that the ticket systems have not received."""
        ...

    def retry(self, system: str, number: int) -> int:
        """Deliver dead letters again, and return their number."""
        ...

    def alertmanager(self, document: object) -> TakenAnswer:
        """Accept or refuse the alerts of a notification."""
        ...


class ProblemError(Exception):
    """Ends a call with a problem document."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(status)
        self.status, self.detail, self.headers, self.more = status, detail, dict(headers or {}), more


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Make a problem document (RFC 9457); `more` has its other fields (`Problem`)."""
    document = ProblemAnswer(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    return Response(_dumped(document), status, dict(headers or {}), "application/problem+json")


def api(register: Register, access: Callable[[], Access]) -> Starlette:
    """Make the application that is mounted at PREFIX.

    `access` is called for every request, as a reload may change the tokens.
    """
    views = _ApiViews(register, access)
    routes = [
        Route("/openapi.json", views.openapi, methods=["GET"]),
        Route("/incidents", views.incidents, methods=["GET", "POST"]),
        Route("/incidents/{number}", views.incident, methods=["GET"]),
        Route("/incidents/{number}/{act}", views.act, methods=["POST"]),
        Route("/idps", views.idps, methods=["GET"]),
        Route("/deactivations", views.deactivations, methods=["GET"]),
        Route("/deactivations/{hub}/{idp}/{step}", views.flag, methods=["POST"]),
        Route("/report", views.report, methods=["GET"]),
        Route("/outbox", views.outbox, methods=["GET"]),
        Route("/outbox/{system}/{number}/retry", views.retry, methods=["POST"]),
        Route("/alertmanager", views.alertmanager, methods=["POST"]),
    ]
    handlers = {HTTPException: _refused, ProblemError: _problem, Exception: _broken}
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False
    return made


class _ApiViews:
    def __init__(self, register: Register, access: Callable[[], Access]) -> None:
        self._register = register
        self._access = access
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._notifications = asyncio.Semaphore(NOTIFICATIONS_AT_ONCE)
        self._keys: OrderedDict[tuple[str, str], str] = OrderedDict()

    # --- reading

    async def openapi(self, request: Request) -> Response:
        return _cached(request, description())

    async def incidents(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._open(request)
        self._reader(request)
        query = _query(request, "state", "severity", "hub", "idp", "since", "before", "limit")
        wanted = _incident_query(query)
        page = await self._ask(lambda: self._register.incidents(wanted))
        following = None
        if page.more and page.incidents:
            following = f"{PREFIX}/incidents?{urlencode({**query, 'before': page.incidents[-1].number})}"
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        return _cached(request, IncidentsAnswer(incidents=list(page.incidents), next=following), headers)

    async def incident(self, request: Request) -> Response:
        self._reader(request)
        _query(request)
        number = _number(request)
        return _cached(request, await self._ask(lambda: self._register.incident(number)))

    async def idps(self, request: Request) -> Response:
        self._reader(request)
        hub = _query(request, "hub").get("hub")
        return _cached(request, IdpsAnswer(idps=list(await self._ask(lambda: self._register.idps(hub)))))

    async def deactivations(self, request: Request) -> Response:
        self._reader(request)
        query = _query(request, "hub", "idp")
        found = await self._ask(lambda: self._register.deactivations(query.get("hub"), query.get("idp")))
        return _cached(request, DeactivationsAnswer(deactivations=list(found)))

    async def report(self, request: Request) -> Response:
        self._reader(request)
        month = _query(request, "month").get("month")
        return _cached(request, await self._ask(lambda: self._register.report(month)))

    async def outbox(self, request: Request) -> Response:
        self._reader(request)
        _query(request)
        return _cached(request, OutboxAnswer(letters=list(await self._ask(self._register.outbox))))

    # --- writing

    async def _open(self, request: Request) -> Response:
        author, body = await self._writer(request)
        opening = _valid(Opening, body.document)
        key = self._key(request, author, body)
        made = await self._ask(lambda: self._register.open(opening, author, key))
        return _json(made, 201, {"Location": f"{PREFIX}/incidents/{made.number}"})

    async def act(self, request: Request) -> Response:
        name = request.path_params["act"]
        author, body = await self._writer(request, known=name in ACTS)
        number = _number(request)
        doing = _valid(ACTS[name], body.document)
        key = self._key(request, author, body)
        return _json(await self._ask(lambda: self._register.act(number, doing.kind, doing.data(), doing.at, author, key)))

    async def flag(self, request: Request) -> Response:
        hub, idp, step = (request.path_params[name] for name in ("hub", "idp", "step"))
        author, body = await self._writer(request, known=step in FLAG_STEPS)
        doing = _valid(FlagDoing, body.document)
        if step in ("propose", "reject") and doing.reason is None:
            raise ProblemError(422, "the body is not what this call takes", errors=[FieldProblemAnswer(at="reason", problem="is missing")])
        return _json(await self._ask(lambda: self._register.flag(hub, idp, step, doing.reason or "", doing.at, author)))

    async def retry(self, request: Request) -> Response:
        _, body = await self._writer(request)
        system, number = request.path_params["system"], _number(request)
        _valid(Retrying, body.document)
        return _json(RetriedAnswer(letters=await self._ask(lambda: self._register.retry(system, number))))

    async def alertmanager(self, request: Request) -> Response:
        access = self._access()
        if access.basic is None and access.receiver is None:
            raise ProblemError(403, "Alertmanager has no credentials here: set api.alertmanager in the configuration")
        if not access.alertmanager(request.headers.getlist("authorization")):
            raise ProblemError(401, "credentials are missing or wrong", {"WWW-Authenticate": 'Basic realm="vigie", charset="UTF-8"'})
        _query(request)
        async with self._notifications:
            raw = await _raw(request, LARGEST_NOTIFICATION)
            _check_kind(request)
            return _json(await self._ask(lambda: self._register.alertmanager(_read(raw))))

    # --- shared by the calls

    def _reader(self, request: Request) -> None:
        """Raises ProblemError unless the caller may read."""
        access = self._access()
        if access.open_reads:
            return
        if not access.tokens:
            raise ProblemError(403, "the API is off: no token is configured (api.tokens), and reading is not open (api.open_reads)")
        self._caller(request, access)

    async def _writer(self, request: Request, *, known: bool = True) -> tuple[str, "_Body"]:
        """Return the author and the body of a writing call.

        Raises ProblemError. The body is not read when the caller may not write.
        """
        access = self._access()
        if not access.tokens:
            raise ProblemError(403, "the writing API is off: no token is configured (api.tokens)")
        author = self._caller(request, access)
        if not known:
            raise ProblemError(404, "there is no such call")
        _query(request)
        return author, await _body(request)

    def _caller(self, request: Request, access: Access) -> str:
        caller = access.caller(request.headers.getlist("authorization"))
        if caller is None:
            raise ProblemError(401, "a bearer token is missing, or wrong", {"WWW-Authenticate": 'Bearer realm="vigie"'})
        return caller

    def _key(self, request: Request, author: str, body: "_Body") -> str:
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
            except UnknownError as error:
                raise ProblemError(404, str(error)) from error
            except InputError as error:
                raise ProblemError(422, str(error)) from error
            except (LedgerError, VigieError) as error:
                raise ProblemError(503, "the register cannot be asked now", {"Retry-After": RETRY_SECONDS}) from error


# --- requests


class _Body(NamedTuple):
    raw: bytes
    document: Any


async def _body(request: Request) -> _Body:
    """Return the decoded body, an empty object when there is none. Raises ProblemError."""
    raw = await _raw(request, LARGEST)
    if not raw and not request.headers.getlist("content-type"):
        return _Body(raw, {})
    _check_kind(request)
    try:
        return _Body(raw, decoded(raw))
    except MalformedError as error:
        raise ProblemError(400, f"the body {error}") from None


def _check_kind(request: Request) -> None:
    """Raises ProblemError (415) unless the body is plain JSON."""
    kinds = request.headers.getlist("content-type")
    kind = kinds[0].partition(";")[0].strip().lower() if len(kinds) == 1 else ""
    if kind != "application/json":
        raise ProblemError(415, "the body must be application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "the body must not be compressed", {"Accept-Encoding": "identity"})


def _read(raw: bytes) -> Any:
    """Return the document of a notification.

    It is called in a thread, as a large one would stop the event loop. Raises ProblemError.
    """
    try:
        return read_body(raw)
    except MalformedError as error:
        raise ProblemError(400, f"the body {error}") from None


async def _raw(request: Request, largest: int) -> bytes:
    """Read the body, and stop after `largest` bytes. Raises ProblemError."""
    stated = request.headers.get("content-length", "0")
    if not (stated.isascii() and stated.isdigit()) or int(stated[:10]) > largest:
        raise ProblemError(413, f"the body is larger than {largest} bytes", {"Connection": "close"})
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > largest:
                    raise ProblemError(413, f"the body is larger than {largest} bytes", {"Connection": "close"})
                parts.append(part)
    except ClientDisconnect:
        raise ProblemError(400, "the body is not complete") from None
    except TimeoutError:
        raise ProblemError(408, "the body takes too long", {"Connection": "close"}) from None
    return b"".join(parts)


def _valid(model: type[B], document: Any) -> B:
    """Check a document against a model.

    Raises ProblemError (422) with all problems and their places, without any value.
    """
    if not isinstance(document, dict):
        raise ProblemError(422, "the body must be an object")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        errors = [_field_problem(each["loc"], each["msg"]) for each in problems[:20]]
        raise ProblemError(422, "the body is not what this call takes", errors=errors) from None


def _field_problem(path: Sequence[int | str], message: str) -> FieldProblemAnswer:
    """Make a problem of one field; names that the caller sent are cleaned and cut."""
    at = ".".join(cleaned_line(str(part), 80) for part in path)
    return FieldProblemAnswer(at=at, problem=message.removeprefix("Value error, "))


def _query(request: Request, *known: str) -> dict[str, str]:
    """Return the query's parameters.

    Raises ProblemError (400) when one is unknown, empty, not printable, or given twice.
    """
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=20
        )
    except ValueError:
        pairs = [("", "")] if request.scope["query_string"] else []
    found = dict(pairs)
    if len(found) < len(pairs) or not set(found) <= set(known):
        raise ProblemError(400, f"the query takes, once each: {', '.join(known) or 'nothing'}")
    for name, value in found.items():
        if not value or not value.isprintable():
            raise ProblemError(400, f"{name} in the query must be printable, and not empty")
    return found


def _incident_query(query: Mapping[str, str]) -> IncidentQuery:
    """Raises ProblemError (400)."""
    named = query.get("state", "open").split(",")
    if not set(named) <= set(STATES):
        raise ProblemError(400, f"state must be one or more of, with commas: {', '.join(STATES)}")
    try:
        since = parse_instant(query["since"]) if "since" in query else None
    except ValueError as error:
        raise ProblemError(400, f"since {error}") from None
    return IncidentQuery(
        states=frozenset(state for one in named for state in STATES[one]),
        hub=query.get("hub"),
        idp=query.get("idp"),
        severity=_whole(query, "severity", 5) if "severity" in query else None,
        since_us=since,
        before=_whole(query, "before", LARGEST_NUMBER) if "before" in query else None,
        limit=_whole(query, "limit", LARGEST_PAGE) if "limit" in query else PAGE,
    )


def _whole(query: Mapping[str, str], name: str, largest: int) -> int:
    number = _digits(query[name])
    if number is None or not 1 <= number <= largest:
        raise ProblemError(400, f"{name} must be a number from 1 to {largest}")
    return number


def _digits(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None


def _number(request: Request) -> int:
    """Return the number in the path, which is `12` or `VIGIE-12`. Raises ProblemError (404)."""
    found = _digits(request.path_params["number"].upper().removeprefix("VIGIE-"))
    if found is None or not 1 <= found <= LARGEST_NUMBER:
        raise ProblemError(404, "there is no such number")
    return found


# --- answers


def _dumped(answer: ApiAnswer | Json) -> bytes:
    plain = answer.plain() if isinstance(answer, ApiAnswer) else answer
    return (json.dumps(plain, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _json(answer: ApiAnswer, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_dumped(answer), status, dict(headers or {}), "application/json")


def _cached(request: Request, answer: ApiAnswer | Json, headers: Mapping[str, str] | None = None) -> Response:
    """Make an answer that caches must validate (RFC 9111, 5.2.2.4).

    It is 304 when the caller has the same already (RFC 9110, 13.1.2).
    """
    body = _dumped(answer)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    kept = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})}
    known = {one.strip().removeprefix("W/") for one in ",".join(request.headers.getlist("if-none-match")).split(",")}
    if tag in known or "*" in known:
        return Response(b"", 304, kept)
    return Response(body, 200, kept, "application/json")


async def _problem(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the signature of a handler
    assert isinstance(error, ProblemError)
    return problem(error.status, error.detail, error.headers, **error.more)


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Answer errors of the router: 404, 405 and others."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail.lower(), error.headers)


async def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the log gets the error, the caller does not
    return problem(500, "internal error")
