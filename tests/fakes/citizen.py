"""A citizen with a browser and an SP with a server, written by hand:
what a test walks the simulated hub with.

Every hop is one request; redirects are never followed by the client,
so that a test sees each status and location.
"""

import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser

from simulator import Federation
from simulator.clients import RegisteredClient
from simulator.parties import BY_NAME, Idp, LoginShape


def query_of(url: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def tree_of(response: httpx.Response) -> LexborHTMLParser:
    return LexborHTMLParser(response.text)


def fields_of(response: httpx.Response, form: str) -> dict[str, str]:
    """The hidden fields of one form."""
    found = tree_of(response).css(f"{form} input[type=hidden]")
    return {str(node.attributes["name"]): node.attributes.get("value") or "" for node in found}


def code_of(response: httpx.Response) -> str:
    """The error code shown by the hub's error page; empty when the page is not one."""
    node = tree_of(response).css_first('#fc-error-page [data-testid="error-code"]')
    return node.text().removeprefix("Erreur ") if node else ""


def culprit_of(response: httpx.Response) -> str:
    node = tree_of(response).css_first('[data-testid="error-support-button"]')
    return query_of(str(node.attributes["href"])).get("idp_name", "") if node else ""


@dataclass
class Citizen:
    """One browser, one SP. `at` is the address of the last answer."""

    federation: Federation
    client_id: str = "sp-es256"
    version: int = 2
    front: httpx.AsyncClient = field(init=False)
    back: httpx.AsyncClient = field(init=False)
    state: str = field(default_factory=lambda: secrets.token_hex(16))
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    hops: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ca_file = self.federation.ca_file
        # plain HTTP without a CA
        verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else False
        options: dict[str, Any] = {"timeout": 10.0, "trust_env": False, "verify": verify}
        self.front = httpx.AsyncClient(**options)
        self.back = httpx.AsyncClient(**options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.front.aclose()
        await self.back.aclose()

    @property
    def client(self) -> RegisteredClient:
        return self.federation.clients[self.client_id]

    @property
    def base(self) -> str:
        return self.federation.issuer if self.version == 2 else self.federation.base_v1

    # ---- hops

    async def go(self, method: str, url: str, **options: Any) -> httpx.Response:
        response = await self.front.request(method, url, **options)
        self.hops.append((method, urlsplit(url).path, response.status_code))
        return response

    async def follow(self, response: httpx.Response) -> httpx.Response:
        """The next hop of a redirect."""
        return await self.go("GET", self.target(response))

    def target(self, response: httpx.Response) -> str:
        return urljoin(str(response.url), response.headers["location"])

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None removes one."""
        asked: dict[str, str | None] = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.client.callback,
            "scope": "openid identite_pivot email idp_id",
            "state": self.state,
            "nonce": self.nonce,
            "acr_values": "eidas1",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def authorize(self, **changes: str | None) -> httpx.Response:
        return await self.go("GET", f"{self.base}/authorize", params=self.request(**changes))

    async def mire(self, **changes: str | None) -> httpx.Response:
        return await self.follow(await self.authorize(**changes))

    async def choose(self, mire: httpx.Response, idp: Idp, **changes: str) -> httpx.Response:
        """Post the tile's form."""
        node = tree_of(mire).css_first(f'[data-testid="idp-{idp.uid}"]')
        form: Any = node
        while form is not None and form.tag != "form":
            form = form.parent
        data = {str(one.attributes["name"]): one.attributes.get("value") or "" for one in form.css("input[type=hidden]")}
        return await self.go("POST", urljoin(str(mire.url), form.attributes["action"]), data={**data, **changes})

    async def log_in(self, chosen: httpx.Response, idp: Idp, password: str | None = None) -> httpx.Response:
        """From the redirect to the IdP to its last answer: the redirect back to the hub,
        or a page of its own.
        """
        account = self.federation.world.accounts[idp.name]
        page = await self.follow(chosen)
        while page.is_redirect:
            page = await self.follow(page)
        if not tree_of(page).css_first("#login-form"):
            return page
        data = {**fields_of(page, "#login-form"), idp.user_field: account.username, "action": "login"}
        secret = {idp.password_field: account.password if password is None else password}
        if idp.login is not LoginShape.TWO_PAGES:
            data |= secret
        answer = await self.go("POST", urljoin(str(page.url), "/login"), data=data)
        if idp.login is LoginShape.TWO_PAGES:
            page = await self.follow(answer)
            data = {**fields_of(page, "#password-form"), **secret, "action": "login"}
            answer = await self.go("POST", urljoin(str(page.url), "/password"), data=data)
        if answer.is_redirect and "/interaction/" in answer.headers["location"]:
            page = await self.follow(answer)
            data = {**fields_of(page, "#information-form"), "action": "continue"}
            answer = await self.go("POST", urljoin(str(page.url), "/information"), data=data)
        return answer

    async def accept(self, consent: httpx.Response) -> httpx.Response:
        data = fields_of(consent, '[data-testid="consent-form"]')
        return await self.go("POST", f"{self.base}/login", data=data)

    async def to_consent(self, name: str = "impot_gouv", **changes: str | None) -> httpx.Response:
        """Up to the first hub page after the IdP that is not a redirect: the consent page,
        or an error page.
        """
        idp = BY_NAME[name]
        page = await self.mire(**changes)
        chosen = await self.choose(page, idp)
        if not chosen.is_redirect:
            return chosen
        answer = await self.log_in(chosen, idp)
        while answer.is_redirect:
            answer = await self.follow(answer)
        return answer

    async def to_callback(self, name: str = "impot_gouv", **changes: str | None) -> dict[str, str]:
        """The parameters with which the browser comes back to the SP,
        after the whole front channel.
        """
        answer = await self.accept(await self.to_consent(name, **changes))
        answer = await self.follow(answer)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith(self.client.callback)
        return query_of(answer.headers["location"])

    # ---- the SP's back channel

    async def token(self, code: str, **changes: str) -> httpx.Response:
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.callback,
            "client_id": self.client_id,
            "client_secret": self.client.secret,
            **changes,
        }
        return await self.back.post(f"{self.base}/token", data=data)

    async def userinfo(self, access: str) -> httpx.Response:
        return await self.back.get(f"{self.base}/userinfo", headers={"authorization": f"Bearer {access}"})
