"""`GET /authorize`: checks an SP's request strictly, and takes the SSO short cut.

Source: docs/hub.md, "The journey, hop by hop".
"""

import secrets

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from simulator.claims import ACR_LEVELS
from simulator.clients import RegisteredClient
from simulator.hub import errors
from simulator.hub.errors import FrontError, SpRefusalError
from simulator.hub.session import HubStep, Interaction
from simulator.hub.state import Visit
from simulator.parties import HUB

_REQUIRED = frozenset({"client_id", "response_type", "redirect_uri", "scope", "state"})
_REQUIRED_V2 = frozenset({"acr_values", "nonce"})
_OPTIONAL = frozenset({"prompt", "idp_hint", "claims", "ui_locales", "acr_values", "nonce"})
_PROMPTS = frozenset({"login", "consent"})
NONCE_LENGTH = 22
DEFAULT_ACR = "eidas1"


async def authorize(visit: Visit) -> Response:
    """Start an interaction: 303 to the mire, or 302 to `/verify` after a finished journey."""
    hub = visit.hub
    if hub.has("session_store_down", visit.request.url.path):
        await hub.world.pause(9.4)
        raise FrontError(errors.UNMAPPED)
    hub.forget_old()
    interaction = _accept(visit)
    before = visit.read_session()
    session = hub.sessions.start(before)
    visit.session = session
    session.interaction = interaction
    session.suspicious = visit.request.headers.get("x-suspicious") == "1" or hub.has("suspicious")
    session.trip = None
    visit.clear_cookie("_session")
    visit.clear_cookie("_interaction")
    visit.clear_cookie("_interaction_resume")
    visit.set_signed("_interaction", interaction.uid)
    visit.set_signed("_interaction_resume", interaction.uid, path=f"{visit.prefix}/authorize/{interaction.uid}")
    hub.world.counters.event("FC_AUTHORIZE_INITIATED")
    if session.sso and hub.world.settings.sso and not session.suspicious:
        session.step = HubStep.CALLBACK
        hub.world.counters.event("FC_SSO_INITIATED")
        return RedirectResponse(f"{visit.prefix}/interaction/{interaction.uid}/verify", 302)
    session.step = HubStep.AUTHORIZE
    return RedirectResponse(f"{visit.prefix}/interaction/{interaction.uid}", 303, headers={"content-type": "text/html; charset=utf-8"})


async def authorize_by_post(_visit: Visit) -> Response:
    """Answer 500: the route is declared, but its library refuses it (OBS)."""
    return PlainTextResponse("Internal Server Error", 500)


def _accept(visit: Visit) -> Interaction:
    """Return the request as an interaction.

    Raises FrontError, or SpRefusalError once the callback can be trusted.
    """
    asked = _parameters(visit)
    hub = visit.hub
    client = _client(visit, asked)
    _check_redirect_uri(visit, client, asked)

    def refuse(error: str) -> SpRefusalError:
        return SpRefusalError(asked["redirect_uri"], asked.get("state", ""), error)

    forced = hub.world.board.find(HUB, "authorize_error")
    if forced:
        raise refuse(forced.text("error"))
    if asked["response_type"] != "code":
        raise refuse("unsupported_response_type")
    scopes = tuple(dict.fromkeys(asked["scope"].split()))
    if not set(scopes) <= client.scopes:
        raise refuse("invalid_scope")
    hint = asked.get("idp_hint", "")
    if hint and hint not in client.allowed_idp_hints:
        raise refuse("invalid_idp_hint")
    return Interaction(
        uid=secrets.token_urlsafe(16),
        client_id=client.client_id,
        version=visit.version,
        redirect_uri=asked["redirect_uri"],
        state=asked.get("state", ""),
        nonce=asked.get("nonce", ""),
        scopes=scopes,
        acr=_acr(asked, client, refuse("invalid_acr")),
        prompt=frozenset(asked.get("prompt", "").split()),
        idp_hint=hint,
    )


def _client(visit: Visit, asked: dict[str, str]) -> RegisteredClient:
    """Return the client that asks. Raises FrontError for one that is not known."""
    client = visit.world.clients.get(asked["client_id"])
    if client is None and visit.hub.has("accepts_any_client"):
        client = next((each for each in visit.world.clients.values() if asked["redirect_uri"] in each.redirect_uris), None)
    off = visit.world.board.find(HUB, "client_switched_off")
    if client is None or visit.hub.has("client_list_lost") or (off and off.text("client") in ("", client.client_id)):
        raise FrontError(errors.UNKNOWN_CLIENT)
    return client


def _check_redirect_uri(visit: Visit, client: RegisteredClient, asked: dict[str, str]) -> None:
    """Raise FrontError for an address that is not the client's.

    A hub that is an open redirector raises SpRefusalError.
    """
    known = asked["redirect_uri"] in client.redirect_uris or visit.hub.has("accepts_any_redirect_uri")
    if not known and visit.hub.has("open_redirect"):
        raise SpRefusalError(asked["redirect_uri"], asked.get("state", ""), "invalid_request")
    if not known or visit.hub.has("redirect_uri_unknown"):
        raise FrontError(errors.REDIRECT_URI)


def _parameters(visit: Visit) -> dict[str, str]:
    """Check the query against the whitelist. Raises FrontError Y030007.

    PKCE is not on the list, though the metadata offer S256 (OBS).
    The legacy flavour ignores parameters that it does not know.
    """
    pairs = visit.request.query_params.multi_items()
    asked = dict(pairs)
    strict = visit.version == 2
    required = _REQUIRED | _REQUIRED_V2 if strict else _REQUIRED
    if visit.hub.has("state_optional"):
        required -= {"state"}
    missing = any(not asked.get(name) for name in required)
    unknown = strict and (len(pairs) != len(asked) or not set(asked) <= _REQUIRED | _REQUIRED_V2 | _OPTIONAL)
    nonce = asked.get("nonce", "")
    bad_nonce = strict and len(nonce) < NONCE_LENGTH
    prompts = asked.get("prompt", "").split()
    bad_prompt = "prompt" in asked and (not prompts or not set(prompts) <= _PROMPTS)
    if missing or unknown or bad_nonce or bad_prompt or "openid" not in asked.get("scope", "").split():
        raise FrontError(errors.PARAMETERS)
    return asked


def _acr(asked: dict[str, str], client: RegisteredClient, refusal: SpRefusalError) -> str:
    """Return the level to use. A known level that the SP may not ask for is refused.

    The default stands in for unknown levels.
    """
    known = [value for value in asked.get("acr_values", "").split() if value in ACR_LEVELS]
    if not known:
        return DEFAULT_ACR
    allowed = [value for value in known if value in client.allowed_acr]
    if not allowed:
        raise refusal
    return allowed[0]
