"""Visits that many situations share: one answer of the hub or the IdP is another one than usual."""

from collections.abc import Callable, Mapping

from probe.core.judgement.observation import Kind
from tests.cases.federation import Reply, form_of, page, redirect
from tests.cases.situation import OK, Right, Severity, situation
from tests.fakes.hub import ISSUER, LOGIN_FORM, PASSWORD
from tests.fakes.peers import Request

MIRE = "GET /api/v2/interaction/i-123456789"
LOGIN_PAGE = "GET /interaction/x-987654321"
BACK_AT_THE_HUB = redirect(f"{ISSUER}/oidc-callback?code=idp-code&state=idpstate", 303)
REFUSED = page("<p class=refused>Refusé</p>" + LOGIN_FORM)


def at(path: str, reply: Reply) -> Callable[[Request], bytes | None]:
    """A hook that answers a path, whatever its query and method."""

    def hook(request: Request) -> bytes | None:
        if request.target.partition("?")[0] != path:
            return None
        return reply(request) if callable(reply) else reply

    return hook


def with_mire(name: str, severity: Severity, kind: str, source: str, answer: bytes, right: Right = OK, journey: Kind = Kind.MIRE) -> None:
    """The mire answers so."""

    @situation(name, severity, kind, source, right)
    async def play(federation):
        federation.on[MIRE] = answer
        return await federation.watched(journey)


def _password_arrived(request: Request) -> bool:
    return dict(form_of(request)).get("password") == PASSWORD


def with_login_page(
    name: str,
    severity: Severity,
    kind: str,
    source: str,
    answer: bytes,
    journey: Kind = Kind.IDENTITY,
    accepts: Callable[[Request], bool] = _password_arrived,
    secret: Mapping[str, str] | None = None,
) -> None:
    """The IdP's login page answers so, and its form is taken when `accepts` says so.
    It must go well.
    """

    @situation(name, severity, kind, source)
    async def play(federation):
        federation.on[LOGIN_PAGE] = answer
        federation.on["POST /login"] = lambda request: BACK_AT_THE_HUB if accepts(request) else REFUSED
        return await federation.watched(journey, secret=secret)
