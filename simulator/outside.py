"""The control target: a page that has nothing to do with the hub.

When it fails too, the prober lost its own network.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def outside_app() -> Starlette:
    """Return the application: one page, `ok`."""

    async def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    return Starlette(routes=[Route("/", page)])
