"""Reads the configuration again when an authenticated caller asks: `POST /-/reload`.

The address and the methods are those of Prometheus, so that what reloads it reloads Vigie too.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporters.http.auth import Access
from exporters.http.responses import problem

PATH = "/-/reload"


@dataclass(frozen=True, slots=True)
class Reload:
    """The call. `run` reads the configuration again for a caller of this name, and returns why it
    is refused; nothing when it is in force. `access` is called for every request.
    """

    run: Callable[[str], Awaitable[Sequence[str]]]
    access: Callable[[], Access]

    def route(self) -> Route:
        """Return the route, for POST and PUT."""
        return Route(PATH, self._answer, methods=["POST", "PUT"])

    async def _answer(self, request: Request) -> Response:
        access = self.access()
        if not access.tokens:
            return problem(403, "reloading by HTTP is off: no token is configured (api.tokens)")
        caller = access.caller(request.headers.getlist("authorization"))
        if caller is None:
            return problem(401, "a bearer token is missing, or wrong", {"WWW-Authenticate": 'Bearer realm="vigie"'})
        refusal = await self.run(caller)
        if refusal:  # 500, as Prometheus answers
            return PlainTextResponse("".join(f"{line}\n" for line in ("refused; the configuration before stays in force", *refusal)), 500)
        return PlainTextResponse("reloaded\n")
