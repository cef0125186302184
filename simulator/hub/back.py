"""The back channel: token, userinfo, metadata, keys (docs/hub.md, hops 10 and 11)."""

import base64
import json
import re
import secrets
import time
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.clients import RegisteredClient
from simulator.hub import errors
from simulator.hub.errors import BackError
from simulator.hub.state import Grant, SimulatedHub
from simulator.jose import Key, encrypt, now, sign, unsigned, verify
from simulator.parties import HUB
from simulator.web import basic_credentials, bearer, form_of, same

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DOCUMENTATION = "https://docs.partenaires.franceconnect.gouv.fr/fs/fs-technique/fs-technique-erreurs/"
_PUBLIC = {"cache-control": "public, max-age=600"}
_NO_STORE = {"cache-control": "no-store"}
_SECONDS = re.compile(r"[+-]?[0-9]{1,12}")


def error_answer(request: Request, error: BackError) -> Response:
    """Return the hub's JSON error. It has no `error` key when the library itself failed."""
    body: dict[str, str] = {} if error.error is None else {"error": error.error}
    body["error_description"] = f"{error.description} ({error.code if error.error else 'undefined'})"
    body["error_uri"] = f"{_DOCUMENTATION}?code={error.code}&id={errors.name_error(request, error.code)}"
    headers = dict(_NO_STORE)
    if error.status == 401:
        headers["www-authenticate"] = f'Bearer error="{error.error}"' if error.error == "invalid_token" else "Basic"
    return JSONResponse(body, error.status, headers=headers)


# --- token


async def token(hub: SimulatedHub, request: Request, version: int) -> Response:
    """Exchange a code for tokens. Raises BackError."""
    form = await form_of(request)
    await _spoilt_token(hub, request.url.path)
    if hub.has("token_garbage"):
        return Response("<html>?</html>", media_type="text/html")
    if (answer := _other_secret(hub, request, form)) is not None:
        return answer
    client = _client(hub, request, form, version)
    grant = _spend_code(hub, client, form)
    hub.world.counters.event("SP_REQUESTED_FC_TOKEN")
    access = secrets.token_urlsafe(32)
    grant.token, grant.token_at = access, time.monotonic()
    hub.tokens[access] = grant
    body = {
        "access_token": access,
        "expires_in": int(hub.world.lifetimes.token),
        "id_token": _id_token(hub, client, grant),
        "scope": " ".join(grant.scopes),
        "token_type": "Bearer",
    }
    for fault, name in (("token_no_id_token", "id_token"), ("token_no_access_token", "access_token")):
        if hub.has(fault):
            del body[name]
    return JSONResponse(body, headers=_NO_STORE)


def _other_secret(hub: SimulatedHub, request: Request, form: dict[str, str]) -> Response | None:
    """Refuse a client that shows its secret, as the board says. Raises BackError."""
    rotated = hub.world.board.find(HUB, "secret_rotated")
    if rotated is None or not (basic_credentials(request) or form.get("client_secret")):
        return None
    if rotated.text("form") == "json":
        raise BackError(errors.BAD_SECRET, "invalid_client", "client authentication failed", 401)
    return Response("Unauthorized" if rotated.text("form") == "text" else "", 401, {"www-authenticate": "Basic"}, "text/plain")


async def _spoilt_token(hub: SimulatedHub, path: str) -> None:
    """Play the token endpoint's scripted failures. Raises BackError."""
    if hub.has("session_store_down", path):
        await hub.world.pause(10.3)
        raise BackError(errors.UNMAPPED, None, "undefined")
    if hub.has("token_500"):
        raise BackError(errors.UNMAPPED, "server_error", "oops", 500)
    scripted = hub.world.board.find(HUB, "token_error")
    if scripted:
        raise BackError(scripted.text("code"), scripted.text("error"), "scripted", int(scripted.number("status")))


def _client(hub: SimulatedHub, request: Request, form: dict[str, str], version: int) -> RegisteredClient:
    """Return the authenticated client, by the one method that its record allows.

    Raises BackError 401 invalid_client.
    """
    basic = basic_credentials(request)
    assertion = form.get("client_assertion")
    client_id = basic[0] if basic else form.get("client_id") or (_assertion_issuer(assertion) if assertion else "")
    client = hub.world.clients.get(client_id)
    refused = BackError(errors.BAD_SECRET, "invalid_client", "client authentication failed", 401)
    if client is None:
        raise refused
    if client.auth == "private_key_jwt":
        typed = form.get("client_assertion_type") == _ASSERTION
        good = typed and assertion is not None and _assertion_good(hub, client, assertion, version)
    elif client.auth == "client_secret_basic":
        good = basic is not None and same(basic[1], client.secret)
    else:
        good = basic is None and same(form.get("client_secret", ""), client.secret)
    if not good and not hub.has("accepts_any_secret"):
        raise refused
    return client


def _assertion_issuer(assertion: str) -> str:
    """Return the client that an assertion claims to come from, before its signature is checked."""
    try:
        payload = assertion.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["iss"])
    except (IndexError, KeyError, TypeError, ValueError):
        return ""


def _assertion_good(hub: SimulatedHub, client: RegisteredClient, assertion: str, version: int) -> bool:
    """Check an assertion: signature, iss = sub = client, audience, expiry, single use.

    Source: RFC 7523, section 3.
    """
    if client.signing_key is None:
        return False
    try:
        claims = verify(assertion, client.signing_key)
    except (JoseError, ValueError):
        return False
    base = hub.world.hub_base(version)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    jti, expires = claims.get("jti"), claims.get("exp")
    if not isinstance(jti, str) or jti in hub.assertions or not isinstance(expires, int) or expires < now():
        return False
    hub.assertions[jti] = time.monotonic() + max(0, expires - now()) + 60
    about_itself = claims.get("iss") == claims.get("sub") == client.client_id
    return about_itself and not {hub.world.hub_issuer(version), f"{base}/token"}.isdisjoint(audiences)


def _spend_code(hub: SimulatedHub, client: RegisteredClient, form: dict[str, str]) -> Grant:
    """Use the code up, and return its grant. Raises BackError.

    A second use kills the access token of the first.
    """
    if form.get("grant_type") != "authorization_code":
        raise BackError(errors.UNMAPPED, "unsupported_grant_type", "unsupported grant_type requested")
    grant = hub.codes.get(form.get("code", ""))
    if grant is None or grant.client_id != client.client_id:
        raise BackError(errors.CODE_UNKNOWN, "invalid_grant", "grant request is invalid")
    if grant.spent and not hub.has("code_reusable"):
        hub.tokens.pop(grant.token, None)
        raise BackError(errors.CODE_REUSED, "invalid_grant", "grant request is invalid")
    expired = time.monotonic() - grant.at > hub.world.lifetimes.code
    if expired or form.get("redirect_uri") != grant.redirect_uri or form.get("code_verifier"):
        # No code was issued for a challenge.
        raise BackError(errors.CODE_UNKNOWN, "invalid_grant", "grant request is invalid")
    grant.spent = True
    return grant


# --- signing


def _alg(client: RegisteredClient, grant: Grant) -> str:
    # The legacy flavour has the shared secret only.
    return "HS256" if grant.version == 1 else client.alg


def _key(hub: SimulatedHub, client: RegisteredClient, alg: str) -> Key:
    if alg == "HS256":
        return OctKey.import_key((client.secret[::-1] if hub.has("secret_rotated") else client.secret).encode())
    return hub.keys.current(alg)


def _wrong_key(hub: SimulatedHub, alg: str) -> Key:
    return OctKey.import_key(secrets.token_bytes(32)) if alg == "HS256" else hub.keys.unknown(alg)


def _signed(hub: SimulatedHub, client: RegisteredClient, grant: Grant, claims: dict[str, Any], prefix: str) -> str:
    """Sign the claims, or spoil the signature as the board says.

    `what` is the prefix of the faults that spoil it: id_token or userinfo.
    """
    alg = _alg(client, grant)
    good = _key(hub, client, alg)
    if hub.has(f"{prefix}_bad_signature"):
        return sign(claims, _wrong_key(hub, alg), alg, good.kid)
    if hub.has(f"{prefix}_unknown_key"):
        return sign(claims, _wrong_key(hub, alg), alg)
    return sign(claims, good, alg)


def _id_token(hub: SimulatedHub, client: RegisteredClient, grant: Grant) -> str:
    issued = now() + hub.world.clock_off(HUB)
    claims: dict[str, Any] = {
        "sub": grant.claims["sub"],
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "nonce": grant.nonce,
        "aud": client.client_id,
        "exp": issued + int(hub.world.lifetimes.token),
        "iat": issued,
        "iss": hub.world.hub_issuer(grant.version),
    }
    if not grant.nonce:
        del claims["nonce"]
    for fault in hub.world.board.all(HUB, "id_token_claim"):
        name = fault.text("claim")
        claims[name] = _wrong_value(name, fault.text("value"), issued)
    for fault in hub.world.board.all(HUB, "id_token_missing"):
        claims.pop(fault.text("claim"), None)
    if hub.has("id_token_alg_none"):
        return unsigned(claims)
    return _signed(hub, client, grant, claims, "id_token")


def _wrong_value(claim: str, value: str, issued: int) -> Any:
    """Return the requested value, else one that is wrong for this claim.

    For `exp` and `iat`, a whole number is seconds after the issue; another text stands as it is.
    """
    wrong: dict[str, Any] = {
        "iss": "https://autre.example/api/v2",
        "aud": "un-autre-service",
        "azp": "un-autre-service",
        "nonce": "0" * 64,
        "acr": "eidas0",
        "at_hash": "A" * 22,
        "exp": issued - 3600,
        "iat": issued - 86_400,
        "sub": "0" * 64 + "v1",
    }
    if claim in ("exp", "iat") and _SECONDS.fullmatch(value):
        return issued + int(value)
    return value or wrong.get(claim, "faux")


# --- userinfo


async def userinfo(hub: SimulatedHub, request: Request, version: int) -> Response:
    """Exchange an access token for the identity. Raises BackError."""
    if hub.has("session_store_down", request.url.path):
        await hub.world.pause(32.6)
        raise BackError(errors.UNMAPPED, None, "undefined")
    if hub.has("userinfo_500"):
        raise BackError(errors.UNMAPPED, "server_error", "oops", 500)
    if hub.has("userinfo_garbage"):
        return Response("a5f}} not a token", media_type="application/jwt")
    grant = hub.tokens.get(bearer(request))
    too_old = grant is not None and time.monotonic() - grant.token_at > hub.world.lifetimes.token
    expired = too_old and not hub.has("tokens_immortal")
    if grant is None or expired or grant.version != version or hub.has("userinfo_401"):
        raise BackError(errors.UNMAPPED, "invalid_token", "invalid token provided", 401)
    hub.world.counters.event("SP_REQUESTED_FC_USERINFO")
    client = hub.world.clients[grant.client_id]
    plain = version == 1 or client.userinfo == "json" or hub.has("userinfo_unsigned")
    issued = now() + hub.world.clock_off(HUB)
    about = {"aud": client.client_id, "exp": issued + int(hub.world.lifetimes.token), "iat": issued, "iss": hub.world.hub_base(2)}
    claims = _spoilt_claims(hub, grant.claims if plain else {**grant.claims, **about}, issued)
    if plain:
        return JSONResponse(claims, headers=_NO_STORE)
    signed = _signed(hub, client, grant, claims, "userinfo")
    if client.userinfo == "encrypted" and client.encryption_key is not None:
        signed = encrypt(signed, client.encryption_key)
    return Response(signed, media_type="application/jwt", headers=_NO_STORE)


def _spoilt_claims(hub: SimulatedHub, claims: dict[str, Any], issued: int) -> dict[str, Any]:
    """Return the claims with those that the board spoils: some left out, some wrong.

    The claims about the token itself (iss, aud, exp) can be spoilt too.
    """
    missing = {fault.text("claim") for fault in hub.world.board.all(HUB, "userinfo_missing")}
    wrong = {fault.text("claim"): fault.text("value") for fault in hub.world.board.all(HUB, "userinfo_claim")}
    kept = {name: value for name, value in claims.items() if name not in missing}
    return kept | {name: _wrong_value(name, value, issued) for name, value in wrong.items()}


# --- metadata and keys


async def jwks(hub: SimulatedHub, _request: Request, _version: int) -> Response:
    """Answer with the hub's keys."""
    if hub.has("jwks_down"):
        raise BackError(errors.UNEXPECTED, "server_error", "oops", 500)
    if hub.has("jwks_garbage"):
        return Response("<html>?</html>", media_type="text/html")
    return JSONResponse({"keys": []} if hub.has("jwks_empty") else hub.keys.published(beside=hub.has("keys_beside")), headers=_PUBLIC)


async def metadata(hub: SimulatedHub, _request: Request, _version: int) -> Response:
    """Answer with the hub's metadata (OpenID Connect Discovery 1.0, section 3)."""
    if hub.has("discovery_down"):
        raise BackError(errors.UNEXPECTED, "server_error", "oops", 500)
    base = hub.world.hub_base(2)
    document: dict[str, Any] = {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{base}/jwks",
        "end_session_endpoint": f"{base}/session/end",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "acr_values_supported": ["eidas1"],
        "scopes_supported": sorted({scope for client in hub.world.clients.values() for scope in client.scopes}),
        "token_endpoint_auth_methods_supported": sorted({client.auth for client in hub.world.clients.values()}),
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "Ed25519", "HS256"],
        "userinfo_signing_alg_values_supported": ["ES256", "RS256", "Ed25519", "HS256"],
        "code_challenge_methods_supported": ["S256"],  # offered here, refused by /authorize (OBS)
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": True,
    }
    if changed := hub.world.board.find(HUB, "metadata_changed"):
        name, value = changed.text("name"), changed.text("value")
        known = document.get(name)
        document[name] = [*known, value] if isinstance(known, list) else value
    return JSONResponse(document, headers=_PUBLIC)
