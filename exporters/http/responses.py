"""Makes the API's responses: JSON, answers that caches validate, problem documents (RFC 9457)."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from exporters.http.answers import ApiAnswer, ProblemAnswer

Json = dict[str, Any]


class ProblemError(Exception):
    """Ends a call with a problem document."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(status)
        self.status, self.detail, self.headers, self.more = status, detail, dict(headers or {}), more


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Make a problem document (RFC 9457); `more` has its other fields (`ProblemAnswer`)."""
    document = ProblemAnswer(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    return Response(dumped(document), status, dict(headers or {}), "application/problem+json")


def dumped(answer: ApiAnswer | Json) -> bytes:
    """Return an answer as JSON in UTF-8, with a line end."""
    plain = answer.plain() if isinstance(answer, ApiAnswer) else answer
    return (json.dumps(plain, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def json_response(answer: ApiAnswer, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Make the response of a call that is not cached."""
    return Response(dumped(answer), status, dict(headers or {}), "application/json")


def cached_response(request: Request, answer: ApiAnswer | Json, headers: Mapping[str, str] | None = None) -> Response:
    """Make an answer that caches must validate (RFC 9111, 5.2.2.4).

    It is 304 when the caller has the same already (RFC 9110, 13.1.2).
    """
    body = dumped(answer)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    common = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})}
    known = {etag.strip().removeprefix("W/") for etag in ",".join(request.headers.getlist("if-none-match")).split(",")}
    if tag in known or "*" in known:
        return Response(b"", 304, common)
    return Response(body, 200, common, "application/json")
