"""The hub's routes in both flavours of the paths, and their common parts.

Common are cookies, headers and error pages.
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulator.hub import authorize, back, interaction, logout, own_login, pages
from simulator.hub.errors import NOT_FOUND, SESSION_LOST, BackError, FrontError, SpRefusalError, name_error
from simulator.hub.state import SimulatedHub, Visit
from simulator.parties import HUB
from simulator.web import with_query

Front = Callable[[Visit], Awaitable[Response]]
Back = Callable[[SimulatedHub, Request, int], Awaitable[Response]]

_HEADERS = {
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; object-src 'none'",
}

_FRONT: tuple[tuple[str, str, str, Front], ...] = (
    ("/authorize", "GET", "authorize", authorize.authorize),
    ("/authorize", "POST", "", authorize.authorize_by_post),
    ("/interaction/{uid}", "GET", "mire", interaction.mire),
    ("/own-login", "POST", "", own_login.take),
    ("/redirect-to-idp", "POST", "", interaction.redirect_to_idp),
    ("/oidc-callback", "GET", "oidc-callback", interaction.oidc_callback),
    ("/interaction/{uid}/verify", "GET", "verify", interaction.verify),
    ("/interaction/{uid}/consent", "GET", "consent", interaction.consent),
    ("/interaction/{uid}/auto-login", "GET", "consent", interaction.auto_login),
    ("/login", "POST", "login", interaction.login),
    ("/authorize/{uid}", "GET", "resume", interaction.resume),
    ("/redirect-to-sp-with-error", "GET", "", interaction.give_up),
    ("/session/end", "GET", "", logout.end),
    ("/client/disconnect-from-idp", "POST", "", logout.disconnect),
    ("/client/logout-callback", "GET", "", logout.callback),
    ("/session/end/confirm", "POST", "", logout.confirm),
)
"""Path, method, the step's name on the board, handler.

The handler of a step without a name asks the board itself.
"""

# Steps before the choice of an IdP, whose errors need no session.
_EARLY = frozenset({"authorize", "mire"})


def hub_app(hub: SimulatedHub) -> Starlette:
    """Return the hub's application."""
    routes = []
    for version in (1, 2):
        prefix = f"/api/v{version}"
        routes += [Route(prefix + path, _front(hub, version, step, handler), methods=[method]) for path, method, step, handler in _FRONT]
        routes.append(Route(f"{prefix}/token", _back(hub, version, back.token), methods=["POST"]))
        routes.append(Route(f"{prefix}/userinfo", _back(hub, version, back.userinfo)))
    routes.append(Route("/api/v2/jwks", _back(hub, 2, back.jwks)))
    routes.append(Route("/api/v2/.well-known/openid-configuration", _back(hub, 2, back.metadata)))
    routes.append(Route("/api/v1/logout", _front(hub, 1, "", logout.end)))
    routes.append(Route("/api/v2", _portal))
    return Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_found})


def _front(hub: SimulatedHub, version: int, step: str, handler: Front) -> Callable[[Request], Awaitable[Response]]:
    """Return a front-channel endpoint: the handler's answer or error, with cookies and headers."""

    async def endpoint(request: Request) -> Response:
        visit = Visit(hub, request, version)
        try:
            _lose_session(visit, step)
            if step in _EARLY:
                interaction.scripted_error(visit, step)
            response = await handler(visit)
        except FrontError as error:
            response = _error_page(visit, error)
        except SpRefusalError as refusal:
            response = _refusal(visit, refusal)
        return _with_headers(visit.finish(response), hub)

    return endpoint


def _back(hub: SimulatedHub, version: int, handler: Back) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            response = await handler(hub, request, version)
        except BackError as error:
            response = back.error_answer(request, error)
        return _with_headers(response, hub)

    return endpoint


def _lose_session(visit: Visit, step: str) -> None:
    """Forget the browser's session when the board says so for this step.

    Raises FrontError Y190001.
    """
    if step and any(fault.text("step") == step for fault in visit.world.board.all(HUB, "session_lost")):
        session = visit.read_session()
        if session is not None:
            visit.hub.sessions.drop(session)
        raise FrontError(SESSION_LOST)


def _error_page(visit: Visit, error: FrontError) -> Response:
    session = visit.session or visit.read_session()
    interaction_ = session.interaction if session else None
    client = visit.world.clients.get(interaction_.client_id) if interaction_ else None
    markup = pages.error(
        error.code,
        name_error(visit.request, error.code),
        visit.prefix,
        client.name if client else "",
        session.idp if session else "",
        back=interaction_ is not None,
    )
    return HTMLResponse(markup, error.http_status)


def _refusal(visit: Visit, refusal: SpRefusalError) -> Response:
    parameters = {"error": refusal.error, "error_description": refusal.error.replace("_", " "), "state": refusal.state}
    if visit.version == 2:
        parameters["iss"] = visit.world.hub_base(2)
    return RedirectResponse(with_query(refusal.redirect_uri, parameters), 302)


def _with_headers(response: Response, hub: SimulatedHub) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("cache-control", "no-store")
    if hub.world.settings.tls:
        response.headers.setdefault("strict-transport-security", "max-age=31536000")
    return response


async def _portal(_request: Request) -> Response:
    return RedirectResponse("https://franceconnect.gouv.fr", 301)


async def _not_found(request: Request, _error: Exception) -> Response:
    return HTMLResponse(pages.error(NOT_FOUND, name_error(request, NOT_FOUND), "/api/v2"), 404)
