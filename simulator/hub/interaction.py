"""The journey's pages, from the mire to the way back to the SP (docs/hub.md, hops 2 to 9)."""

import base64
import json
import secrets
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.claims import ACR_LEVELS, identity_faults, pairwise_sub, released
from simulator.clients import RegisteredClient
from simulator.hub import errors, own_login, pages
from simulator.hub.errors import FrontError, SpRefusalError
from simulator.hub.session import BrowserSession, HubStep, IdpTrip
from simulator.hub.state import DEVICE_AGE, DEVICE_COOKIE, Grant, Visit, store_gate
from simulator.idp.app import CLIENT_ID
from simulator.jose import now
from simulator.parties import BY_NAME, BY_UID, HUB, IDPS, Idp
from simulator.web import form_of, mac, same, with_query

IDP_ACR = "eidas1"  # the highest level in the IdPs' records, unless they are `substantial`
TRUSTED_IDENTITIES, STORED_IDENTITIES = 2, 3  # of one device (trap 2)


# --- step 2: the mire


async def mire(visit: Visit) -> Response:
    """Show the mire, or send the browser to the IdP at once for a hint.

    A hub that logs citizens in itself shows its login page.
    """
    await store_gate(visit)
    session = visit.need_session(HubStep.MIRE)
    interaction = visit.interaction
    if visit.request.headers.get("x-suspicious") == "1":
        session.suspicious = True
    session.step = HubStep.MIRE
    if interaction.idp_hint and not session.idp_error and not visit.world.settings.own_login:
        visit.world.counters.event("FC_REDIRECTED_TO_HINTED_IDP")
        return await _send_to_idp(visit, session, interaction.idp_hint)
    if visit.hub.has("another_page"):
        return HTMLResponse(pages.other())
    if visit.world.settings.own_login:
        return own_login.show(visit, session, _extra(visit, "mire"))
    banner = visit.world.board.find(HUB, "banner")
    csrf = "" if visit.hub.has("no_csrf") else session.new_csrf()
    failed = BY_NAME[session.idp_error].title if session.idp_error else ""
    session.idp_error = ""
    back = with_query(f"{visit.prefix}/redirect-to-sp-with-error", {"error": "access_denied", "error_description": "user gave up"})
    visit.world.counters.event("FC_SHOWED_IDP_CHOICE")
    return HTMLResponse(
        pages.mire(
            visit.prefix,
            visit.client.name,
            back,
            _tiles(visit, session),
            csrf,
            banner=banner.text("text") if banner else "",
            idp_error=failed,
            extra=_extra(visit, "mire"),
        )
    )


def _extra(visit: Visit, page: str) -> str:
    """Return what a page has more than usual: it changed, or it is another one each time."""
    changed = visit.world.board.find(HUB, "page_changed")
    field = pages.hidden_field(changed.text("field")) if changed and changed.text("page") == page else ""
    form = f"<form action='{visit.prefix}/more' method='POST'>{field}</form>" if field else ""
    return form + (pages.noise() if visit.hub.has("page_noise") else "")


def _tiles(visit: Visit, session: BrowserSession) -> list[pages.TileView]:
    board = visit.world.board
    if visit.hub.has("zero_tiles"):
        return []
    views = []
    for idp in IDPS:
        if visit.world.offered and idp.name not in visit.world.offered:
            continue
        if board.has(idp.name, "hidden") or board.has(idp.name, "unknown"):
            continue
        excluded = _excluded(visit, idp)
        if excluded and not visit.world.settings.show_excluded:
            continue
        active = not (excluded or board.has(idp.name, "disabled") or _refused_level(visit, session, idp))
        renamed = board.find(idp.name, "renamed")
        title = renamed.text("title") if renamed else idp.title
        views.append(pages.TileView(idp, title, active, board.has(idp.name, "beta"), board.has(idp.name, "modal")))
    return views


def _excluded(visit: Visit, idp: Idp) -> bool:
    return visit.client.excludes(idp.uid) or visit.world.board.has(idp.name, "excluded")


def _refused_level(visit: Visit, session: BrowserSession, idp: Idp) -> bool:
    """Tell whether an IdP is not good enough: a suspicious connection asks for eidas2 (trap 3)."""
    required = "eidas2" if session.suspicious or visit.hub.has("suspicious") else visit.interaction.acr
    return visit.hub.has("all_greyed") or _level(visit, idp) < ACR_LEVELS[required]


def _level(visit: Visit, idp: Idp) -> int:
    """Return the highest level in an IdP's record."""
    return ACR_LEVELS["eidas2" if visit.world.board.has(idp.name, "substantial") else IDP_ACR]


# --- step 3: the choice


async def redirect_to_idp(visit: Visit) -> Response:
    """Send the browser to the IdP that the citizen chose."""
    await store_gate(visit)
    session = visit.need_session(HubStep.REDIRECT)
    form = await form_of(visit.request)
    visit.spend_csrf(session, form.get("csrfToken"))
    return await _send_to_idp(visit, session, form.get("providerUid", ""))


async def _send_to_idp(visit: Visit, session: BrowserSession, uid: str) -> Response:
    """Answer 302 to the IdP's authorization endpoint. Raises FrontError."""
    idp = BY_UID.get(uid) or (IDPS[0] if visit.hub.has("accepts_any_idp") else None)
    if idp is None or visit.world.settings.own_login or visit.world.board.has(idp.name, "unknown"):
        raise FrontError(errors.IDP_UNKNOWN)
    session.idp = idp.name
    scripted_error(visit, "redirect-to-idp")
    if _excluded(visit, idp):
        raise FrontError(errors.IDP_EXCLUDED)
    if _disabled(visit, idp, "redirect-to-idp") or _refused_level(visit, session, idp):
        raise FrontError(errors.IDP_DISABLED)
    metadata = await visit.hub.upstream.metadata(idp)
    trip = IdpTrip(
        name=idp.name,
        state=secrets.token_hex(32),
        nonce=secrets.token_hex(32),
        redirect_uri=f"{visit.world.hub_base(visit.version)}/oidc-callback",
        metadata=metadata,
    )
    session.trip = trip
    session.step = HubStep.REDIRECT
    visit.world.counters.event("IDP_CHOSEN")
    asked = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "scope": "openid profile email birth",
        "redirect_uri": trip.redirect_uri,
        "acr_values": visit.interaction.acr,
        "prompt": "login",
        "state": trip.state,
        "nonce": trip.nonce,
    }
    target = with_query(str(metadata["authorization_endpoint"]), asked)
    return RedirectResponse(target, 302, headers={"content-type": "text/plain; charset=utf-8"})


def _disabled(visit: Visit, idp: Idp, step: str) -> bool:
    board = visit.world.board
    return board.has(idp.name, "disabled") or any(late.text("step") == step for late in board.all(idp.name, "disabled_late"))


def scripted_error(visit: Visit, step: str) -> None:
    """Raise the FrontError that the board scripts for this step, or for this step and IdP."""
    chosen = visit.session.idp if visit.session else ""
    for fault in visit.world.board.all(HUB, "error_page"):
        if fault.text("step") == step and fault.text("idp") in ("", chosen):
            raise FrontError(fault.text("code"), int(fault.number("status")))


# --- step 5: back from the IdP


async def oidc_callback(visit: Visit) -> Response:
    """Take the IdP's answer, fetch the identity from the IdP, and check it."""
    await store_gate(visit)
    session = visit.need_session(HubStep.CALLBACK)
    trip = session.trip
    if trip is None:
        raise FrontError(errors.SESSION_LOST)
    idp = BY_NAME[trip.name]
    scripted_error(visit, "oidc-callback")
    session = visit.session = visit.hub.sessions.duplicate(session)
    answer = visit.request.query_params
    if _disabled(visit, idp, "oidc-callback"):
        raise FrontError(errors.IDP_DISABLED)
    if "state" not in answer:
        raise FrontError(errors.IDP_NO_STATE)
    if not same(answer["state"], trip.state):
        raise FrontError(errors.IDP_BAD_STATE)
    if "error" in answer:
        session.step = HubStep.MIRE
        session.idp_error = idp.name
        visit.world.counters.event("IDP_CALLEDBACK_WITH_ERROR")
        return RedirectResponse(f"{visit.prefix}/interaction/{visit.interaction.uid}", 303)
    if not answer.get("code"):
        raise FrontError(errors.IDP_NO_CODE)
    visit.world.counters.event("IDP_CALLEDBACK")
    access, id_token, claims = await visit.hub.upstream.exchange(idp, trip, answer["code"])
    identity = await visit.hub.upstream.userinfo(trip, access, str(claims["sub"]))
    if identity_faults(identity):
        raise FrontError(errors.IDP_IDENTITY)
    acr = str(claims.get("acr"))
    if ACR_LEVELS.get(acr, 0) < ACR_LEVELS[visit.interaction.acr] or ACR_LEVELS[acr] > _level(visit, idp):
        raise FrontError(errors.IDP_ACR)
    session.idp_identity, session.acr, session.amr = identity, acr, ("pwd",)
    session.auth_time, session.id_token_idp = now(), id_token
    session.step = HubStep.CALLBACK
    return RedirectResponse(f"{visit.prefix}/interaction/{visit.interaction.uid}/verify", 302)


# --- step 6: the registry and the account


async def verify(visit: Visit) -> Response:
    """Have the registry confirm the identity, and go on to the consent."""
    await store_gate(visit)
    session = visit.need_session(HubStep.VERIFY)
    scripted_error(visit, "verify")
    idp = BY_NAME.get(session.idp)  # none after the hub's own login
    if idp is not None and _disabled(visit, idp, "verify"):
        session.step = HubStep.MIRE
        visit.world.counters.event("FC_IDP_DISABLED")
        return RedirectResponse(f"{visit.prefix}/interaction/{visit.interaction.uid}", 302)
    person = await visit.hub.upstream.registry(session.idp_identity)
    if visit.hub.has("account_store_down"):
        await visit.world.pause(30)
        raise FrontError(errors.UNEXPECTED)
    if visit.hub.has("account_blocked"):
        raise FrontError(errors.ACCOUNT_BLOCKED)
    if visit.hub.has("idp_blocked_by_user"):
        raise FrontError(errors.IDP_BLOCKED)
    session.identity = _identity(person, session, idp)
    session.step = HubStep.VERIFY
    visit.world.counters.event("FC_VERIFIED")
    automatic = "login" in visit.interaction.prompt and "login" in visit.client.allowed_prompts
    page = "auto-login" if automatic else "consent"
    return RedirectResponse(f"{visit.prefix}/interaction/{visit.interaction.uid}/{page}", 302)


def _identity(person: dict[str, Any], session: BrowserSession, idp: Idp | None) -> dict[str, Any]:
    """Return the claims that an SP may get: the registry's identity, and the IdP's own claims."""
    own = session.idp_identity
    extra = {"email": own["email"], "idp_birthdate": own["birthdate"], "amr": list(session.amr)}
    if idp is not None:
        extra["idp_id"] = idp.uid
    if own.get("preferred_username"):
        extra["preferred_username"] = own["preferred_username"]
    return {**person, **extra}


# --- steps 7 and 8: consent


async def consent(visit: Visit) -> Response:
    """Show the consent page."""
    await store_gate(visit)
    session = visit.need_session(HubStep.CONSENT)
    scripted_error(visit, "consent")
    session.step = HubStep.CONSENT
    interaction, client = visit.interaction, visit.client
    visit.world.counters.event("FC_SHOWED_CONSENT")
    name = f"{session.identity['given_name']} {str(session.identity['family_name']).upper()}"
    anonymous = set(interaction.scopes) == {"openid"}
    details = sorted(released(session.identity, interaction.scopes))
    tick, extra = client.identity_consent, _extra(visit, "consent")
    return HTMLResponse(
        pages.consent(visit.prefix, client.name, session.new_csrf(), name, details, anonymous=anonymous, tick=tick, extra=extra)
    )


async def login(visit: Visit) -> Response:
    """Answer 303 to the resume, an absolute address: the citizen goes on."""
    await store_gate(visit)
    session = visit.need_session(HubStep.LOGIN)
    scripted_error(visit, "login")
    form = await form_of(visit.request)
    visit.spend_csrf(session, form.get("csrfToken"))
    return _accepted(visit, session)


async def auto_login(visit: Visit) -> Response:
    """Go on without a page, for an SP that may ask for `prompt=login`."""
    await store_gate(visit)
    session = visit.need_session(HubStep.CONSENT)
    if "login" not in visit.interaction.prompt or "login" not in visit.client.allowed_prompts:
        raise FrontError(errors.OUT_OF_ORDER)
    return _accepted(visit, session)


def _accepted(visit: Visit, session: BrowserSession) -> Response:
    session.step = HubStep.LOGIN
    _trust_device(visit, session)
    return RedirectResponse(f"{visit.world.hub_base(visit.version)}/authorize/{visit.interaction.uid}", 303)


def _trust_device(visit: Visit, session: BrowserSession) -> None:
    """Renew the device's cookie, and count the e-mail for a device that is not trusted (trap 2).

    The hub mails once per SP and session.
    """
    person = pairwise_sub(session.identity, "device")[:32]
    known = _known_identities(visit)
    trusted = person in known and len(known) <= TRUSTED_IDENTITIES and not session.suspicious
    if not trusted and visit.interaction.client_id not in session.mailed:
        session.mailed.add(visit.interaction.client_id)
        visit.world.counters.mails += 1
    kept = [*(other for other in known if other != person), person][-STORED_IDENTITIES:]
    value = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode().rstrip("=")
    signed = f"{value}.{mac(visit.hub.cookie_key, value)}"
    visit.set_cookie(DEVICE_COOKIE, signed, max_age=DEVICE_AGE, samesite="strict")


def _known_identities(visit: Visit) -> list[str]:
    value, _, signature = visit.request.cookies.get(DEVICE_COOKIE, "").partition(".")
    if not value or not same(signature, mac(visit.hub.cookie_key, value)):
        return []
    return [str(one) for one in json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))]


# --- step 9: back to the SP


async def resume(visit: Visit) -> Response:
    """Answer 303 to the SP with `code`, `state` and, in v2, `iss` (RFC 9207)."""
    await store_gate(visit)
    session = visit.need_session(HubStep.RESUME)
    scripted_error(visit, "resume")
    interaction, client = visit.interaction, visit.client
    if visit.read_signed("_interaction_resume") != interaction.uid:
        raise FrontError(errors.UNMAPPED)
    code = secrets.token_urlsafe(32)
    claims = {"sub": _sub(visit, session, client), **released(session.identity, interaction.scopes)}
    visit.hub.codes[code] = Grant(
        client_id=client.client_id,
        redirect_uri=interaction.redirect_uri,
        nonce=interaction.nonce,
        scopes=interaction.scopes,
        acr=session.acr,
        amr=session.amr,
        auth_time=session.auth_time,
        claims=claims,
        version=interaction.version,
    )
    session.step, session.sso = HubStep.RESUME, True
    visit.clear_cookie("_interaction")
    visit.clear_cookie("_interaction_resume", path=f"{visit.prefix}/authorize/{interaction.uid}")
    visit.set_signed("_session", secrets.token_urlsafe(16))
    visit.world.counters.event("FC_REDIRECTED_TO_SP")
    return RedirectResponse(with_query(interaction.redirect_uri, _callback(visit, code)), 303)


def _sub(visit: Visit, session: BrowserSession, client: RegisteredClient) -> str:
    changed = visit.world.board.find(HUB, "sub_changed")
    if changed is None or changed.text("idp") not in ("", session.idp):
        return pairwise_sub(session.identity, client.entity)
    return pairwise_sub(session.identity, f"{client.entity} {secrets.token_hex(8) if changed.number('each') else 'anew'}")


def _callback(visit: Visit, code: str) -> dict[str, str]:
    """Return the parameters of the redirect to the SP, spoilt as the board says."""
    interaction, board = visit.interaction, visit.world.board
    failed = board.find(HUB, "callback_error")
    if failed:
        back = {"error": failed.text("error"), "error_description": "scripted", "state": interaction.state}
    else:
        back = {"code": code, "state": interaction.state}
    if visit.version == 2:
        back["iss"] = visit.world.hub_base(2)
    changes = {
        "callback_no_code": ("code", None),
        "callback_no_state": ("state", None),
        "callback_no_iss": ("iss", None),
        "callback_wrong_state": ("state", secrets.token_hex(16)),
        "callback_wrong_iss": ("iss", "https://autre.example/api/v2"),
    }
    for fault, (name, value) in changes.items():
        if not visit.hub.has(fault):
            continue
        if value is None:
            back.pop(name, None)
        else:
            back[name] = value
    return back


async def give_up(visit: Visit) -> Response:
    """Follow the link back to the SP, with an OAuth error."""
    session = visit.session = visit.read_session()
    if session is None or session.interaction is None:
        raise FrontError(errors.SESSION_LOST)
    error = visit.request.query_params.get("error", "access_denied")
    raise SpRefusalError(session.interaction.redirect_uri, session.interaction.state, error)
