"""One IdP's routes: the authorization code flow for one client, the hub, and one account.

Source: OpenID Connect Core 1.0. Its metadata and keys are at the usual places, its health at `/`.
"""

import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulator.claims import idp_identity
from simulator.idp import pages
from simulator.jose import Keyring, now, sign
from simulator.parties import Idp, LoginShape
from simulator.web import bearer, form_of, same, until_gone, with_query
from simulator.world import World

CLIENT_ID = "franceconnect"
CODE_LIFE = 60.0
LOGIN_LIFE = 900.0


@dataclass(slots=True)
class _Login:
    """One login in progress, from the hub's request to the code."""

    redirect_uri: str
    state: str
    nonce: str
    acr: str
    at: float = field(default_factory=time.monotonic)
    csrf: str = field(default_factory=lambda: secrets.token_hex(16))
    username: str = ""
    passed: bool = False


class _Provider:
    """The IdP's state: logins, codes and tokens, in memory."""

    def __init__(self, idp: Idp, world: World) -> None:
        self.idp = idp
        self.world = world
        self.keys = Keyring(idp.alg)
        self.logins: dict[str, _Login] = {}
        self.codes: dict[str, _Login] = {}
        self.tokens: dict[str, float] = {}
        self.sub = secrets.token_hex(16)
        self.finished = 0

    @property
    def url(self) -> str:
        return self.world.urls[self.idp.name]

    def has(self, fault: str) -> bool:
        return self.world.board.has(self.idp.name, fault)

    # --- front channel

    async def authorize(self, request: Request) -> Response:
        front = self.world.board.find(self.idp.name, "front_error")
        if front:
            return pages.error_page(self.idp, int(front.number("status")), "Le service est momentanément indisponible.")
        asked = request.query_params
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") not in self.world.hub_callbacks():
            return pages.error_page(self.idp, 400, "Cette demande de connexion n’est pas valable.")
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return self._back(asked["redirect_uri"], {"error": "invalid_request", "state": asked.get("state", "")})
        self._forget_old()
        uid = secrets.token_urlsafe(16)
        acr = asked.get("acr_values", "eidas1").split()[0]
        self.logins[uid] = _Login(asked["redirect_uri"], asked.get("state", ""), asked.get("nonce", ""), acr)
        answer = RedirectResponse(f"/interaction/{uid}", 302)
        answer.set_cookie("idp_session", uid, httponly=True, samesite="lax", secure=self.world.settings.tls)
        return answer

    async def page(self, request: Request) -> Response:
        front = self.world.board.find(self.idp.name, "front_error")
        if front:
            return pages.error_page(self.idp, int(front.number("status")), "Le service est momentanément indisponible.")
        if self.has("login_missing"):
            return pages.empty_page(self.idp)
        uid = request.path_params["uid"]
        login = self._login(request, uid)
        if login is None:
            return self._expired()
        if login.passed:
            return pages.information_page(self.idp, uid, login.csrf)
        if login.username and self.idp.login is LoginShape.TWO_PAGES:
            return pages.password_page(self.idp, uid, login.csrf)
        if self.has("login_redesigned"):
            return pages.login_page(replace(self.idp, user_field="identifiant-2", password_field="secret-2"), uid, login.csrf)
        return pages.login_page(self.idp, uid, login.csrf)

    async def first(self, request: Request) -> Response:
        """`POST /login`: the first page's form."""
        form = await form_of(request)
        uid, login = self._posted(request, form)
        if login is None:
            return self._expired()
        login.username = form.get(self.idp.user_field, "")
        if self.idp.login is LoginShape.TWO_PAGES:
            return RedirectResponse(f"/interaction/{uid}", 303)
        return self._check(uid, login, form)

    async def second(self, request: Request) -> Response:
        """`POST /password`: the second page's form."""
        form = await form_of(request)
        uid, login = self._posted(request, form)
        if login is None:
            return self._expired()
        if form.get("action") == "back":
            login.username = ""
            return RedirectResponse(f"/interaction/{uid}", 303)
        return self._check(uid, login, form)

    async def information(self, request: Request) -> Response:
        form = await form_of(request)
        uid, login = self._posted(request, form)
        if login is None or not login.passed:
            return self._expired()
        return self._finish(uid, login)

    async def abort(self, request: Request) -> Response:
        """Send `access_denied` to the hub: the citizen gives up."""
        uid = request.path_params["uid"]
        login = self._login(request, uid)
        if login is None:
            return self._expired()
        del self.logins[uid]
        return self._back(login.redirect_uri, {"error": "access_denied", "error_description": "User auth aborted", "state": login.state})

    def _check(self, uid: str, login: _Login, form: dict[str, str]) -> Response:
        broken = self.world.board.find(self.idp.name, "login_error")
        if broken:
            return pages.error_page(self.idp, int(broken.number("status")), "Une erreur technique est survenue.")
        account = self.world.accounts[self.idp.name]
        good = same(login.username, account.username) and same(form.get(self.idp.password_field, ""), account.password)
        if not good or self.has("refuse_credentials"):
            refusal = pages.password_page if self.idp.login is LoginShape.TWO_PAGES else pages.login_page
            return refusal(self.idp, uid, login.csrf, refused=True)
        login.passed = True
        wants = self.world.board.find(self.idp.name, "account_page")
        if wants:
            return pages.account_page(self.idp, uid, login.csrf, wants.text("asks"))
        self.finished += 1
        now_and_then = self.idp.login is LoginShape.INTERSTITIAL and self.finished % 2 == 0 and not self.has("no_interstitial")
        if now_and_then or self.has("interstitial"):
            return RedirectResponse(f"/interaction/{uid}", 303)
        return self._finish(uid, login)

    def _finish(self, uid: str, login: _Login) -> Response:
        del self.logins[uid]
        code = secrets.token_urlsafe(24)
        login.at = time.monotonic()
        self.codes[code] = login
        error = self.world.board.find(self.idp.name, "callback_error")
        if error:
            return self._back(login.redirect_uri, {"error": error.text("error"), "error_description": "refused", "state": login.state})
        back = {"code": code, "state": login.state, "iss": self.url}
        if self.has("callback_no_state"):
            del back["state"]
        if self.has("callback_bad_state"):
            back["state"] = secrets.token_hex(32)
        if self.has("callback_no_code"):
            del back["code"]
        return self._back(login.redirect_uri, back)

    def _back(self, redirect_uri: str, parameters: dict[str, str]) -> Response:
        return RedirectResponse(with_query(redirect_uri, parameters), 303)

    def _login(self, request: Request, uid: str) -> _Login | None:
        """Return the login in progress, if the browser's cookie is the one that it began with."""
        return self.logins.get(uid) if same(request.cookies.get("idp_session", ""), uid) else None

    def _posted(self, request: Request, form: dict[str, str]) -> tuple[str, _Login | None]:
        uid = form.get("interactionId", "")
        login = self._login(request, uid)
        if login is None or not same(form.get("_csrf", ""), login.csrf):
            return uid, None
        return uid, login

    def _expired(self) -> Response:
        return pages.error_page(self.idp, 400, "Votre session a expiré.")

    def _forget_old(self) -> None:
        limit = time.monotonic() - LOGIN_LIFE
        for held in (self.logins, self.codes):
            for key in [key for key, login in held.items() if login.at < limit]:
                del held[key]
        for token in [token for token, until in self.tokens.items() if until < limit]:
            del self.tokens[token]

    # --- back channel

    async def token(self, request: Request) -> Response:
        form = await form_of(request)
        if self.has("token_hang"):
            await until_gone(request)
        if self.has("token_500"):
            return JSONResponse({"error": "server_error"}, 500)
        if self.has("token_garbage"):
            return Response("<html>?</html>", media_type="text/html")
        refused = self.world.board.find(self.idp.name, "token_error")
        if refused:
            return JSONResponse({"error": "invalid_grant"}, int(refused.number("status")))
        if form.get("client_id") != CLIENT_ID or not same(form.get("client_secret", ""), self.world.hub_secrets[self.idp.name]):
            return JSONResponse({"error": "invalid_client"}, 401)
        login = self.codes.pop(form.get("code", ""), None)
        if login is None or time.monotonic() - login.at > CODE_LIFE or form.get("redirect_uri") != login.redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(32)
        self.tokens[access] = time.monotonic() + CODE_LIFE
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "expires_in": int(CODE_LIFE), "id_token": self._id_token(login)},
            headers={"cache-control": "no-store"},
        )

    def _id_token(self, login: _Login) -> str:
        low = self.world.board.find(self.idp.name, "acr_too_low")
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": self.sub,
            "aud": CLIENT_ID,
            "iat": now(),
            "exp": now() + 60,
            "auth_time": now(),
            "nonce": "0" * 64 if self.has("token_wrong_nonce") else login.nonce,
            "acr": low.text("acr") if low else login.acr,
            "amr": ["pwd"],
        }
        if self.has("token_missing_sub"):
            del claims["sub"]
        good = self.keys.current(self.idp.alg)
        if self.has("token_bad_signature"):
            return sign(claims, self.keys.unknown(self.idp.alg), self.idp.alg, good.kid)
        return sign(claims, self.keys.unknown(self.idp.alg) if self.has("token_unknown_key") else good, self.idp.alg)

    async def userinfo(self, request: Request) -> Response:
        if self.has("userinfo_hang"):
            await until_gone(request)
        if self.has("userinfo_500"):
            return JSONResponse({"error": "server_error"}, 500)
        if self.has("userinfo_garbage"):
            return Response("a5f}} not json", media_type="application/json")
        refused = self.world.board.find(self.idp.name, "userinfo_error")
        if refused or self.tokens.get(bearer(request), 0.0) < time.monotonic():
            return JSONResponse({"error": "invalid_token"}, int(refused.number("status")) if refused else 401)
        claims = idp_identity(self.sub)
        for wrong in self.world.board.all(self.idp.name, "userinfo_claim"):
            claims[wrong.text("claim")] = wrong.text("value")
            if not wrong.text("value"):
                claims.pop(wrong.text("claim"), None)
        if self.has("userinfo_missing_sub"):
            del claims["sub"]
        forged = self.has("userinfo_bad_signature")
        if not (self.idp.userinfo_jwt or forged):
            return JSONResponse(claims)
        good = self.keys.current(self.idp.alg)
        key = self.keys.unknown(self.idp.alg) if forged else good
        token = sign({**claims, "iss": self.url, "aud": CLIENT_ID}, key, self.idp.alg, good.kid)
        return Response(token, media_type="application/jwt")

    async def jwks(self, _request: Request) -> Response:
        if self.has("jwks_500"):
            return JSONResponse({"error": "server_error"}, 500)
        return JSONResponse(self.keys.published())

    async def metadata(self, _request: Request) -> Response:
        if not self.idp.discovery:
            return JSONResponse({"error": "not_found"}, 404)
        if self.has("discovery_500"):
            return JSONResponse({"error": "server_error"}, 500)
        return JSONResponse(metadata_of(self.url))

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def end_session(self, request: Request) -> Response:
        """Send the browser back to the hub, the only place that this IdP's client may name."""
        target = request.query_params.get("post_logout_redirect_uri", "")
        hubs = tuple(f"{self.world.hub_base(version)}/client/logout-callback" for version in (1, 2))
        if target not in hubs:
            return pages.error_page(self.idp, 400, "Cette demande de déconnexion n’est pas valable.")
        answer = RedirectResponse(with_query(target, {"state": request.query_params.get("state", "")}), 302)
        answer.delete_cookie("idp_session")
        return answer


def metadata_of(url: str) -> dict[str, Any]:
    """Return an IdP's metadata: as it publishes them, or as the hub's record holds them."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "userinfo_endpoint": f"{url}/userinfo",
        "jwks_uri": f"{url}/jwks",
        "end_session_endpoint": f"{url}/session/end",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "scopes_supported": ["openid", "profile", "email", "birth"],
        "acr_values_supported": ["eidas1"],
    }


def idp_app(idp: Idp, world: World) -> Starlette:
    """Return the application of one IdP."""
    provider = _Provider(idp, world)
    routes = [
        Route("/", provider.health),
        Route("/.well-known/openid-configuration", provider.metadata),
        Route("/jwks", provider.jwks),
        Route("/authorize", provider.authorize),
        Route("/interaction/{uid}", provider.page),
        Route("/interaction/{uid}/abort", provider.abort),
        Route("/login", provider.first, methods=["POST"]),
        Route("/password", provider.second, methods=["POST"]),
        Route("/information", provider.information, methods=["POST"]),
        Route("/token", provider.token, methods=["POST"]),
        Route("/userinfo", provider.userinfo),
        Route("/session/end", provider.end_session),
    ]
    return Starlette(routes=routes)
