"""The control: an HTTP API by which tests and the demonstration switch faults.

It has its own address and no fault of its own.

GET /            the federation's description (the ready line)
GET /faults      the table of all faults
GET /state       the active faults, and the counters
GET /requests    ?party=&request_id=&error_id= : the latest requests of a party, by the beginning
                 of X-Request-ID, by the hub's id of a failure
POST /faults     {"party": ..., "fault": ..., "path": null, option: value, ...}
DELETE /faults   ?party=&fault= : switch off; without parameters everything
POST /lifetimes  {"code": 30, "token": 60, "interaction": 1800, "session": 1800}
POST /rotate     {"party": "hub"}: new signing keys, published at once
POST /clients/ID {"idp_filter_exclude": true, "idp_filter": [uid], "allowed_prompts": [...], ...}
POST /sessions/forget   the hub forgets every session
POST /reset      as after the start: no fault, no session, records and lifetimes as given,
                 counters at 0, an empty log
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.faults import FaultError, listing
from simulator.options import Option
from simulator.world import RequestLog

Handler = Callable[[Request], Awaitable[Any]]


class Controlled(Protocol):
    """The commands of a running federation."""

    @property
    def requests(self) -> RequestLog: ...

    def describe(self) -> dict[str, Any]: ...

    def state(self) -> dict[str, Any]: ...

    async def set_fault(self, party: str, fault: str, /, *, path: str | None = None, **options: Option) -> None: ...

    async def clear_faults(self, party: str | None = None, fault: str | None = None) -> None: ...

    def set_lifetimes(self, /, **seconds: float) -> None: ...

    def rotate_keys(self, party: str = ...) -> None: ...

    def change_client(self, client_id: str, /, **changes: Any) -> None: ...

    def forget_sessions(self) -> None: ...

    async def reset(self) -> None: ...


class _Orders:
    """The handlers of the control's addresses. They return the JSON answer, or raise FaultError."""

    def __init__(self, federation: Controlled) -> None:
        self._federation = federation

    async def describe(self, _request: Request) -> Any:
        return self._federation.describe()

    async def faults(self, _request: Request) -> Any:
        return listing()

    async def state(self, _request: Request) -> Any:
        return self._federation.state()

    async def set_fault(self, request: Request) -> Any:
        body = await _json(request)
        party, fault, path = body.pop("party", None), body.pop("fault", None), body.pop("path", None)
        if not isinstance(party, str) or not isinstance(fault, str):
            raise FaultError("party and fault are needed, as text")
        if path is not None and not isinstance(path, str):
            raise FaultError(f"path must be text, not {path!r}")
        await self._federation.set_fault(party, fault, path=path, **body)
        return self._federation.state()

    async def requests(self, request: Request) -> Any:
        wanted = {name: request.query_params.get(name, "") for name in ("party", "request_id", "error_id")}
        return [asdict(line) for line in self._federation.requests.find(**wanted)]

    async def clear(self, request: Request) -> Any:
        await self._federation.clear_faults(request.query_params.get("party"), request.query_params.get("fault"))
        return self._federation.state()

    async def lifetimes(self, request: Request) -> Any:
        self._federation.set_lifetimes(**await _json(request))
        return self._federation.state()

    async def rotate(self, request: Request) -> Any:
        self._federation.rotate_keys(str((await _json(request)).get("party", "hub")))
        return self._federation.state()

    async def client(self, request: Request) -> Any:
        self._federation.change_client(request.path_params["client_id"], **await _json(request))
        return self._federation.state()

    async def forget(self, _request: Request) -> Any:
        self._federation.forget_sessions()
        return self._federation.state()

    async def reset(self, _request: Request) -> Any:
        await self._federation.reset()
        return self._federation.state()


def control_app(federation: Controlled) -> Starlette:
    """Return the control's application."""
    orders = _Orders(federation)
    routes = [
        ("/", "GET", orders.describe),
        ("/faults", "GET", orders.faults),
        ("/faults", "POST", orders.set_fault),
        ("/faults", "DELETE", orders.clear),
        ("/state", "GET", orders.state),
        ("/requests", "GET", orders.requests),
        ("/lifetimes", "POST", orders.lifetimes),
        ("/rotate", "POST", orders.rotate),
        ("/clients/{client_id}", "POST", orders.client),
        ("/sessions/forget", "POST", orders.forget),
        ("/reset", "POST", orders.reset),
    ]
    return Starlette(routes=[Route(path, _answer(handler), methods=[method]) for path, method, handler in routes])


def _answer(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that answers JSON, and 400 with the reason for a bad order."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await handler(request))
        except FaultError as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


async def _json(request: Request) -> dict[str, Any]:
    """Return the body as a JSON object. Raises FaultError."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise FaultError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise FaultError("the body must be a JSON object")
    return body
