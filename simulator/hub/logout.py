"""The logout's hops (docs/hub.md, hop 12). Two of its pages post themselves by script."""

import secrets

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.hub import errors, pages
from simulator.hub.errors import FrontError
from simulator.hub.state import Visit
from simulator.idp.app import metadata_of
from simulator.jose import verify
from simulator.web import form_of, with_query


async def end(visit: Visit) -> Response:
    """`GET /session/end`: check the hint and the address, then show a page that posts itself."""
    asked = visit.request.query_params
    client_id = _hinted_client(visit, asked.get("id_token_hint", ""))
    target = asked.get("post_logout_redirect_uri", "")
    if target not in visit.world.clients[client_id].post_logout_redirect_uris:
        raise FrontError(errors.UNMAPPED)
    visit.session = visit.read_session()
    visit.set_signed("_logout", secrets.token_hex(16))
    visit.set_cookie("_logout_to", with_query(target, {"state": asked.get("state", "")}))
    return HTMLResponse(pages.auto_post(f"{visit.prefix}/client/disconnect-from-idp", {}))


def _hinted_client(visit: Visit, hint: str) -> str:
    """Return the client for which the id_token was made. Raises FrontError for a foreign token."""
    published = KeySet.import_key_set(visit.hub.keys.published())  # type: ignore[arg-type]
    for client in visit.world.clients.values():
        if client.client_id in (_audience(hint, published), _audience(hint, OctKey.import_key(client.secret.encode()))):
            return client.client_id
    raise FrontError(errors.UNMAPPED)


def _audience(token: str, keys: KeySet | OctKey) -> object:
    """Return the audience of a token that these keys signed, else None."""
    try:
        return verify(token, keys).get("aud")
    except (JoseError, ValueError):
        return None


async def disconnect(visit: Visit) -> Response:
    """`POST /client/disconnect-from-idp`: 302 to the IdP's end of session, or straight on."""
    await form_of(visit.request)
    session = visit.session = visit.read_session()
    back = f"{visit.world.hub_base(visit.version)}/client/logout-callback"
    if session is None or not session.idp:
        return RedirectResponse(back, 302)
    end_session = str(metadata_of(visit.world.urls[session.idp])["end_session_endpoint"])
    asked = {"id_token_hint": session.id_token_idp, "post_logout_redirect_uri": back, "state": secrets.token_hex(16)}
    return RedirectResponse(with_query(end_session, asked), 302)


async def callback(visit: Visit) -> Response:
    """`GET /client/logout-callback`: show the second page that posts itself."""
    visit.session = visit.read_session()
    return HTMLResponse(pages.auto_post(f"{visit.prefix}/session/end/confirm", {"logout": "yes", "xsrf": visit.read_signed("_logout")}))


async def confirm(visit: Visit) -> Response:
    """`POST /session/end/confirm`: end the session, and answer 303 to the SP."""
    form = await form_of(visit.request)
    target = visit.request.cookies.get("_logout_to", "").strip('"')
    if not form.get("xsrf") or form["xsrf"] != visit.read_signed("_logout") or not _known_target(visit, target):
        raise FrontError(errors.UNMAPPED)
    session = visit.read_session()
    if session is not None and not visit.hub.has("logout_keeps_session"):
        visit.hub.sessions.drop(session)
    visit.clear_cookie("_logout")
    visit.clear_cookie("_logout_to")
    visit.clear_cookie("_session")
    return RedirectResponse(target, 303)


def _known_target(visit: Visit, target: str) -> bool:
    return any(target.partition("?")[0] in client.post_logout_redirect_uris for client in visit.world.clients.values())
