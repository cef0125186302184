"""The hub as a client, over real HTTP, of the IdPs and of the civil registry.

It asks the IdPs for metadata, tokens, keys and userinfo. Every call is limited to 6 s in all
(docs/hub.md, "The journey, hop by hop"). That time is scaled, but is never less than a second:
a healthy IdP on a busy machine must not pass for a dead one.
"""

import asyncio
import json
import ssl
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from simulator.hub import errors
from simulator.hub.errors import FrontError
from simulator.hub.session import IdpTrip
from simulator.idp.app import CLIENT_ID, metadata_of
from simulator.jose import now, verify
from simulator.parties import HUB, REGISTRY, Idp
from simulator.registry import FOUND, FOUND_CORRECTED, PATH, query_for
from simulator.world import World

REQUEST_TIMEOUT = 6.0
SHORTEST_TIMEOUT = 1.0
MAX_BODY = 1 << 20


class CallError(Exception):
    """The other side could not be asked. `slow`: the time ran out."""

    def __init__(self, why: str, *, slow: bool = False) -> None:
        super().__init__(why)
        self.slow = slow


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the hub."""

    status: int
    content_type: str
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises CallError."""
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise CallError("not JSON") from error
        if not isinstance(value, dict):
            raise CallError("not a JSON object")
        return value


class Upstream:
    """The hub's HTTP client.

    `trust` has the TLS authorities; None when the federation speaks plain HTTP.
    """

    def __init__(self, world: World, trust: ssl.SSLContext | None = None) -> None:
        self._world = world
        self._timeout = max(SHORTEST_TIMEOUT, world.scaled(REQUEST_TIMEOUT))
        # A party that comes back must not meet a dead connection.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(verify=trust or False, trust_env=False, timeout=self._timeout, limits=limits)

    async def close(self) -> None:
        await self._http.aclose()

    async def _call(self, method: str, url: str, **options: Any) -> Reply:
        """Make one request, with one total time limit and a capped body. Raises CallError."""
        try:
            async with asyncio.timeout(self._timeout):
                async with self._http.stream(method, url, **options) as response:
                    body = b""
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > MAX_BODY:
                            raise CallError("too large")
        except TimeoutError as error:
            raise CallError("time-out", slow=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CallError(type(error).__name__) from error
        return Reply(response.status_code, response.headers.get("content-type", ""), body)

    async def _ask_idp(self, method: str, url: str, **options: Any) -> Reply:
        """Make a call that leaves through the forward proxy.

        Raises CallError on any status but 200.
        """
        if self._world.board.has(HUB, "egress_down"):
            raise CallError("proxy unreachable")
        reply = await self._call(method, url, **options)
        if reply.status != 200:
            raise CallError(f"status {reply.status}")
        return reply

    async def metadata(self, idp: Idp) -> dict[str, Any]:
        """Return the IdP's metadata: read now, or from the hub's record.

        Raises FrontError Y000000.
        """
        url = self._world.urls[idp.name]
        if not idp.discovery:
            return metadata_of(url)
        try:
            metadata = (await self._ask_idp("GET", f"{url}/.well-known/openid-configuration")).json()
        except CallError as error:
            raise FrontError(errors.UNEXPECTED) from error
        if metadata.get("issuer") != url:
            raise FrontError(errors.UNEXPECTED)
        return metadata

    async def exchange(self, idp: Idp, trip: IdpTrip, code: str) -> tuple[str, str, dict[str, Any]]:
        """Exchange the code for access token, id_token and its checked claims.

        Raises FrontError Y020026.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": trip.redirect_uri,
            "client_id": CLIENT_ID,
            "client_secret": self._world.hub_secrets[idp.name],
        }
        try:
            answer = (await self._ask_idp("POST", trip.metadata["token_endpoint"], data=form)).json()
            access, id_token = str(answer.get("access_token") or ""), str(answer.get("id_token") or "")
            claims = verify(id_token, await self._keys(trip))
        except (CallError, JoseError, ValueError) as error:
            raise FrontError(errors.IDP_TOKEN) from error
        if not access or not _acceptable(claims, trip):
            raise FrontError(errors.IDP_TOKEN)
        return access, id_token, claims

    async def userinfo(self, trip: IdpTrip, access: str, sub: str) -> dict[str, Any]:
        """Return the IdP's identity. Raises FrontError Y020027, or Y020029 without `sub`."""
        try:
            reply = await self._ask_idp("GET", trip.metadata["userinfo_endpoint"], headers={"authorization": f"Bearer {access}"})
            if reply.content_type.startswith("application/jwt"):
                claims = verify(reply.body.decode("ascii", "replace"), await self._keys(trip))
            else:
                claims = reply.json()
        except (CallError, JoseError, ValueError) as error:
            raise FrontError(errors.IDP_USERINFO) from error
        if "sub" not in claims:
            raise FrontError(errors.IDP_NO_SUB)
        if claims["sub"] != sub:
            raise FrontError(errors.IDP_USERINFO)
        return claims

    async def _keys(self, trip: IdpTrip) -> KeySet:
        document = (await self._ask_idp("GET", trip.metadata["jwks_uri"])).json()
        return KeySet.import_key_set(document)  # type: ignore[arg-type]

    async def registry(self, identity: dict[str, Any]) -> dict[str, Any]:
        """Return the person in the civil registry. Raises FrontError Y0100xx."""
        try:
            reply = await self._call("GET", self._world.urls[REGISTRY] + PATH, params=query_for(identity))
        except CallError as error:
            raise FrontError(errors.REGISTRY_TIMEOUT if error.slow else errors.REGISTRY_UNREACHABLE) from error
        if reply.status == 403:
            raise FrontError(errors.REGISTRY_REJECTED)
        if reply.status == 400:
            raise FrontError(errors.REGISTRY_BAD_DATA)
        try:
            if reply.status != 200:
                raise CallError(f"status {reply.status}")
            return _person(ElementTree.fromstring(reply.body))  # noqa: S314 - our own registry, and capped
        except (CallError, ElementTree.ParseError, KeyError, ValueError) as error:
            raise FrontError(errors.REGISTRY_UNREACHABLE) from error


def _acceptable(claims: dict[str, Any], trip: IdpTrip) -> bool:
    """Check the claims as the hub's library does (OpenID Connect Core 1.0, 3.1.3.7)."""
    audience = claims.get("aud")
    return (
        claims.get("iss") == trip.metadata["issuer"]
        and (audience == CLIENT_ID or (isinstance(audience, list) and CLIENT_ID in audience))
        and claims.get("nonce") == trip.nonce
        and bool(claims.get("sub"))
        and isinstance(claims.get("exp"), int)
        and claims["exp"] > now() - 10
    )


_GENDERS = {"F": "female", "M": "male"}


def _person(answer: ElementTree.Element) -> dict[str, Any]:
    """Return the registry's answer as claims.

    Raises FrontError for a refusal, KeyError or ValueError for a malformed answer.
    """
    response = int(answer.findtext("codeReponse") or "")
    if response not in (FOUND, FOUND_CORRECTED):
        raise FrontError(errors.REGISTRY_PERSON.get(response, errors.REGISTRY_UNREACHABLE))
    person = answer.find("individu")
    if person is None:
        raise ValueError("no person in the answer")
    if person.get("deces") == "true":
        raise FrontError(errors.DECEASED)
    names = [name.text or "" for name in person.iterfind("prenoms/prenom")]
    return {
        "given_name": " ".join(names),
        "given_name_array": names,
        "family_name": person.findtext("nom") or "",
        "birthdate": person.findtext("dateNaissance") or "",
        "gender": _GENDERS.get(person.findtext("sexe") or "", "unspecified"),
        "birthplace": person.findtext("lieuNaissance") or "",
        "birthcountry": person.findtext("paysNaissance") or "",
    }
