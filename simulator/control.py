"""The control: HTTP by which tests and the demo switch faults. It has its own address and no fault of its own.

GET /            the federation's description (the ready line)
GET /faults      the table of all faults
GET /state       what is in force, and the counters
POST /faults     {"party": ..., "fault": ..., "path": null, option: value, ...}
DELETE /faults   ?party=&fault= : switch off; without parameters everything
POST /lifetimes  {"code": 30, "token": 60, "interaction": 1800, "session": 1800}
POST /rotate     {"party": "hub"}: new signing keys, published at once
POST /clients/ID {"idp_filter_exclude": true, "idp_filter": [uid], "allowed_prompts": [...], ...}
POST /sessions/forget   the hub forgets every session
"""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.faults import FaultError, listing

if TYPE_CHECKING:
    from simulator.federation import Federation

Handler = Callable[[Request], Awaitable[Any]]


def control_app(federation: "Federation") -> Starlette:
    async def describe(_request: Request) -> Any:
        return federation.describe()

    async def faults(_request: Request) -> Any:
        return listing()

    async def state(_request: Request) -> Any:
        return federation.state()

    async def set_fault(request: Request) -> Any:
        body = await _json(request)
        party, fault, path = body.pop("party", None), body.pop("fault", None), body.pop("path", None)
        if not isinstance(party, str) or not isinstance(fault, str):
            raise FaultError("party and fault are needed, as text")
        if path is not None and not isinstance(path, str):
            raise FaultError(f"path must be text, not {path!r}")
        await federation.set_fault(party, fault, path=path, **body)
        return federation.state()

    async def clear(request: Request) -> Any:
        await federation.clear_faults(request.query_params.get("party"), request.query_params.get("fault"))
        return federation.state()

    async def lifetimes(request: Request) -> Any:
        federation.set_lifetimes(**await _json(request))
        return federation.state()

    async def rotate(request: Request) -> Any:
        federation.rotate_keys(str((await _json(request)).get("party", "hub")))
        return federation.state()

    async def client(request: Request) -> Any:
        federation.change_client(request.path_params["client_id"], **await _json(request))
        return federation.state()

    async def forget(_request: Request) -> Any:
        federation.forget_sessions()
        return federation.state()

    return Starlette(
        routes=[
            Route("/", _answer(describe)),
            Route("/faults", _answer(faults), methods=["GET"]),
            Route("/faults", _answer(set_fault), methods=["POST"]),
            Route("/faults", _answer(clear), methods=["DELETE"]),
            Route("/state", _answer(state)),
            Route("/lifetimes", _answer(lifetimes), methods=["POST"]),
            Route("/rotate", _answer(rotate), methods=["POST"]),
            Route("/clients/{client_id}", _answer(client), methods=["POST"]),
            Route("/sessions/forget", _answer(forget), methods=["POST"]),
        ]
    )


def _answer(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """JSON out; a bad order is 400 with its reason."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await handler(request))
        except FaultError as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


async def _json(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises FaultError."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise FaultError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise FaultError("the body must be a JSON object")
    return body
