"""The hub's own login, which stands where the mire would be: on one page, or on two.

A federation whose settings say `own_login` has it. After it the journey goes on as after an IdP.
"""

from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.claims import idp_identity
from simulator.hub import errors, pages
from simulator.hub.errors import FrontError
from simulator.hub.session import BrowserSession, HubStep
from simulator.hub.state import Visit, store_gate
from simulator.jose import now
from simulator.parties import OWN_LOGIN, LoginShape
from simulator.web import form_of, same


def show(visit: Visit, session: BrowserSession, extra: str) -> Response:
    """Show the login page, or the second one when the user name is known. `extra` is markup."""
    asks_name = not session.username
    asks_password = not asks_name or visit.world.settings.own_login != LoginShape.TWO_PAGES
    csrf = "" if visit.hub.has("no_csrf") else session.new_csrf()
    markup = pages.own_login(
        visit.prefix, visit.client.name, csrf, name=asks_name, password=asks_password, refused=session.refused, extra=extra
    )
    session.refused = False
    return HTMLResponse(markup)


async def take(visit: Visit) -> Response:
    """`POST /own-login`: take one page's form.

    Answers 303 to the next page, or 302 to the step that follows an IdP's callback.
    Raises FrontError: Y000404 where the hub has no login of its own.
    """
    if not visit.world.settings.own_login:
        raise FrontError(errors.NOT_FOUND)
    await store_gate(visit)
    session = visit.need_session(HubStep.REDIRECT)
    form = await form_of(visit.request)
    visit.spend_csrf(session, form.get("csrfToken"))
    here = f"{visit.prefix}/interaction/{visit.interaction.uid}"
    session.username = session.username or form.get("username", "")
    if "password" not in form:
        return RedirectResponse(here, 303)
    account, username = visit.world.accounts[OWN_LOGIN], session.username
    session.username = ""
    if not (same(username, account.username) and same(form["password"], account.password)):
        session.refused = True
        return RedirectResponse(here, 303)
    session = visit.session = visit.hub.sessions.duplicate(session)
    session.idp_identity, session.acr, session.amr = idp_identity(OWN_LOGIN), visit.interaction.acr, ("pwd",)
    session.auth_time = now()
    session.step = HubStep.CALLBACK
    return RedirectResponse(f"{here}/verify", 302)
