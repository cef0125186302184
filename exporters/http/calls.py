"""Reads the parts of a call: its body, its query, the number in its path.

A part that cannot be read raises ProblemError, which answers the call.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from exporters.http.answers import FieldProblemAnswer
from exporters.http.history import OutageQuery
from exporters.http.notification import read_body
from exporters.http.register import PAGE, IncidentQuery
from exporters.http.requests import LARGEST, MalformedError, decoded, parse_instant
from exporters.http.responses import ProblemError
from probe.core.incident.acts import LARGEST_NUMBER
from probe.core.incident.acts import number_of as read_number
from probe.core.incident.model import OPEN, IncidentState
from probe.core.judgement.past import OutageName
from probe.core.plain_text import checked_line, cleaned_line

LARGEST_PAGE = 500
MOST_PROBLEMS = 20  # of one body, as they are told
BODY_SECONDS = 20.0  # until the whole body must have arrived
STATES: Mapping[str, frozenset[IncidentState]] = {
    "open": frozenset(OPEN),
    "all": frozenset(IncidentState),
    **{state.value: frozenset([state]) for state in IncidentState},
}

B = TypeVar("B", bound=BaseModel)


class CallBody(NamedTuple):
    """The body of a call: its bytes, and the JSON document that they hold."""

    raw: bytes
    document: Any


async def read_body_of(request: Request) -> CallBody:
    """Read and decode the body; an empty object when there is none. Raises ProblemError."""
    raw = await read_raw(request, LARGEST)
    if not raw and not request.headers.getlist("content-type"):
        return CallBody(raw, {})
    check_kind(request)
    try:
        return CallBody(raw, decoded(raw))
    except MalformedError as error:
        raise ProblemError(400, f"the body {error}") from None


def check_kind(request: Request) -> None:
    """Raise ProblemError (415) unless the body is plain JSON."""
    kinds = request.headers.getlist("content-type")
    kind = kinds[0].partition(";")[0].strip().lower() if len(kinds) == 1 else ""
    if kind != "application/json":
        raise ProblemError(415, "the body must be application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "the body must not be compressed", {"Accept-Encoding": "identity"})


def read_notification(raw: bytes) -> Any:
    """Return the document of a notification.

    It is called in a thread, as a large one would stop the event loop. Raises ProblemError.
    """
    try:
        return read_body(raw)
    except MalformedError as error:
        raise ProblemError(400, f"the body {error}") from None


async def read_raw(request: Request, largest: int) -> bytes:
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


def validated(model: type[B], document: Any) -> B:
    """Check a document against a model.

    Raises ProblemError (422) with all problems and their places, without any value.
    """
    if not isinstance(document, dict):
        raise ProblemError(422, "the body must be an object")
    unknown = islice((name for name in document if name not in model.model_fields), MOST_PROBLEMS)
    known = {name: document[name] for name in model.model_fields if name in document}
    try:
        return model.model_validate(known | {name: document[name] for name in unknown})
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        errors = [_field_problem(each["loc"], each["msg"]) for each in problems[:MOST_PROBLEMS]]
        raise ProblemError(422, "the body is not what this call takes", errors=errors) from None


def _field_problem(path: Sequence[int | str], message: str) -> FieldProblemAnswer:
    """Make a problem of one field; names that the caller sent are cleaned and cut."""
    at = ".".join(cleaned_line(str(part), 80) for part in path)
    return FieldProblemAnswer(at=at, problem=message.removeprefix("Value error, "))


def query_of(request: Request, *known: str) -> dict[str, str]:
    """Return the query's parameters.

    Raises ProblemError (400) when one is unknown, empty, not printable, or given twice.
    """
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=20
        )
    except ValueError:
        pairs = [("", "")] if request.scope["query_string"] else []
    parameters = dict(pairs)
    if len(parameters) < len(pairs) or not set(parameters) <= set(known):
        raise ProblemError(400, f"the query takes, once each: {', '.join(known) or 'nothing'}")
    for name, value in parameters.items():
        if not value or not value.isprintable():
            raise ProblemError(400, f"{name} in the query must be printable, and not empty")
    return parameters


def incident_query(query: Mapping[str, str]) -> IncidentQuery:
    """Return the query for incidents that these parameters make. Raises ProblemError (400)."""
    named = query.get("state", "open").split(",")
    if not set(named) <= set(STATES):
        raise ProblemError(400, f"state must be one or more of, with commas: {', '.join(STATES)}")
    try:
        since = parse_instant(query["since"]) if "since" in query else None
    except ValueError as error:
        raise ProblemError(400, f"since {error}") from None
    return IncidentQuery(
        states=frozenset(state for word in named for state in STATES[word]),
        hub=query.get("hub"),
        idp=query.get("idp"),
        severity=_whole(query, "severity", 5) if "severity" in query else None,
        since_us=since,
        before=_whole(query, "before", LARGEST_NUMBER) if "before" in query else None,
        limit=limit_of(query),
    )


def outage_query(query: Mapping[str, str]) -> OutageQuery:
    """Return the query for outages that these parameters make. Raises ProblemError (400)."""
    try:
        since = parse_instant(query["since"]) if "since" in query else None
    except ValueError as error:
        raise ProblemError(400, f"since {error}") from None
    try:
        before = OutageName.parse(query["before"]) if "before" in query else None
    except ValueError:
        raise ProblemError(400, "before must be the name of an outage: HUB/SUBJECT@START") from None
    return OutageQuery(query.get("hub"), since, before, limit_of(query))


def limit_of(query: Mapping[str, str]) -> int:
    """Return how many things a page has. Raises ProblemError (400)."""
    return _whole(query, "limit", LARGEST_PAGE) if "limit" in query else PAGE


def outage_of(request: Request) -> OutageName:
    """Return the outage that the path names. Raises ProblemError (404)."""
    text = "{hub}/{name}".format_map(request.path_params)
    try:
        return OutageName.parse(checked_line(text))
    except ValueError:
        raise ProblemError(404, "there is no such outage: its name is HUB/SUBJECT@START") from None


def observation_of(request: Request) -> int:
    """Return the number of an observation in the path. Raises ProblemError (404)."""
    number = _digits(request.path_params["number"])
    if not number:
        raise ProblemError(404, "there is no such number")
    return number


def _whole(query: Mapping[str, str], name: str, largest: int) -> int:
    number = _digits(query[name])
    if number is None or not 1 <= number <= largest:
        raise ProblemError(400, f"{name} must be a number from 1 to {largest}")
    return number


def _digits(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None


def number_of(request: Request) -> int:
    """Return the number in the path, which is `12` or `VIGIE-12`. Raises ProblemError (404)."""
    number = read_number(request.path_params["number"])
    if number is None:
        raise ProblemError(404, "there is no such number")
    return number
