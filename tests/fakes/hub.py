"""A small hub, one IdP and its tokens, answering `Ask`s in memory:
what a journey is told is a transcript, not a mock.

Every answer can be replaced: `hub.on("GET /api/v2/authorize", answer)`.
Keys are `METHOD path` with the path as asked.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, OctKey

from probe.config.base import SecretRef
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Kind, Reason
from probe.journeys.exchange import Answer, Ask, Channel, Journey, Verdict
from probe.journeys.plan import Plan, plan
from probe.journeys.site import Memory
from probe.oidc.id_token import half_hash

NOW_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
ISSUER = "https://hub.test/api/v2"
IDP = "https://idp.test"
SP = "https://sp.test/callback"
UID = "8dfc4080-c90d-4234-969b-f6c961de3e90"
SECRET = "s3cret-of-the-client-0123456789abcdef"
PASSWORD = "correct horse battery staple"
USERNAME = "angela"
CSRF = "c" * 64
PERSONA: dict[str, Any] = {"given_name": "Angela", "family_name": "DUBOIS", "birthdate": "1962-08-24", "email": None}
KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "k2", "use": "sig", "alg": "ES256"})

Reply = Answer | Callable[[Ask], Answer]


def html(body: str, status: int = 200, title: str = "Page", body_id: str = "") -> Answer:
    page = f"<!doctype html><html><head><title>{title}</title></head><body id='{body_id}'>{body}</body></html>"
    return Answer("", status, {"content-type": "text/html; charset=utf-8"}, page.encode())


def to(url: str, status: int = 302) -> Answer:
    return Answer("", status, {"location": url})


def document(value: Any, status: int = 200, kind: str = "application/json") -> Answer:
    return Answer("", status, {"content-type": kind}, json.dumps(value).encode())


def token(text: str, kind: str = "application/jwt") -> Answer:
    return Answer("", 200, {"content-type": kind}, text.encode())


def broken(reason: Reason) -> Answer:
    return Answer("", error=reason)


def error_page(code: str, status: int = 500) -> Answer:
    return html(f"<h1>Une erreur s’est produite</h1><p data-testid='error-code'>Erreur {code}</p>", status, "Erreur", "fc-error-page")


def tile(uid: str, *, greyed: bool = False, csrf: str = CSRF) -> str:
    disabled = " disabled" if greyed else ""
    return (
        f"<li><form name='fs-request' method='POST' action='/api/v2/redirect-to-idp'><button id='idp-{uid}'{disabled}>IdP</button>"
        f"<input type=hidden name=providerUid value='{uid}'><input type=hidden name=csrfToken value='{csrf}'></form></li>"
    )


def aidants(uid: str = "aidants-uid", *, greyed: bool = False) -> str:
    """The button of those who help others: a form as a tile's, beside the list."""
    disabled = " disabled" if greyed else ""
    return (
        "<section><form id='form-aidants-connect' name='fs-request' method='POST' action='/api/v2/redirect-to-idp'>"
        f"<button data-testid='interaction-aidants-connect-button'{disabled}>Aider</button>"
        f"<input type=hidden name=providerUid value='{uid}'><input type=hidden name=csrfToken value='{CSRF}'></form></section>"
    )


def mire(*tiles: str, extra: str = "", after: str = "") -> Answer:
    listed = f"<section id='grid-main-providers'><ul data-testid='main-providers'>{''.join(tiles)}</ul></section>"
    return html(f"{extra}{listed}{after}", title="Connexion - Choix du compte", body_id="fc-interaction-page")


def sign(claims: Mapping[str, Any], key: Any = KEY, alg: str = "ES256", **header: Any) -> str:
    kid = {"kid": key.kid} if getattr(key, "kid", None) else {}
    return jwt.encode({"alg": alg} | kid | header, dict(claims), key, algorithms=[alg])


def encrypt(text: str, key: Any) -> str:
    return jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT"}, text, key)


LOGIN_FORM = (
    "<form method=post action='/login'><input type=hidden name=interactionId value=i1><input name=login><input type=password name=password>"
    "<button>Connexion</button></form>"
)


@dataclass
class FakeHub:
    """Answers as a healthy hub and IdP do, unless told otherwise."""

    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[Ask] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)  # of the authorization request
    id_token_claims: dict[str, Any] = field(default_factory=dict)  # changes; None removes
    userinfo_claims: dict[str, Any] = field(default_factory=dict)
    signing: Any = field(default_factory=lambda: KEY)
    alg: str = "ES256"
    published: list[Any] = field(default_factory=lambda: [KEY])
    clock_us: int = NOW_US
    step_us: int = 10_000
    # microseconds that we let pass before we ask there
    waits: dict[str, int] = field(default_factory=dict)

    def on(self, where: str, reply: Reply) -> "FakeHub":
        self.replies[where] = reply
        return self

    def answer(self, ask: Ask) -> Answer:
        parts = urlsplit(ask.url)
        self.clock_us = max(self.clock_us + self.waits.get(f"{ask.method} {parts.path}", 0), NOW_US + ask.not_before_us)
        self.asked.append(ask)
        asked_us = self.clock_us - NOW_US
        self.clock_us += self.step_us
        reply = self.replies.get(f"{ask.method} {parts.path}") or self._usual(ask, parts.path)
        made = reply(ask) if callable(reply) else reply
        return Answer(
            ask.url, made.status, made.headers, made.body, self.clock_us, self.clock_us - NOW_US, made.error, asked_us, made.issuer_not_sent
        )

    def _usual(self, ask: Ask, path: str) -> Reply:
        hub: dict[str, Reply] = {
            "GET /api/v2/.well-known/openid-configuration": document({"issuer": ISSUER, "code_challenge_methods_supported": ["S256"]}),
            "GET /api/v2/authorize": self._authorize,
            "GET /api/v2/interaction/i-123456789": mire(tile(UID), tile("other", greyed=True)),
            "POST /api/v2/redirect-to-idp": to(f"{IDP}/authorize?state=idpstate&nonce=idpnonce"),
            "GET /api/v2/oidc-callback": to("/api/v2/interaction/i-123456789/verify"),
            "GET /api/v2/interaction/i-123456789/verify": to("/api/v2/interaction/i-123456789/consent"),
            "GET /api/v2/interaction/i-123456789/consent": html(
                "<h1>Continuer</h1><p>Angela DUBOIS</p><form data-testid='consent-form' method=post action='/api/v2/login'>"
                f"<input type=hidden name=csrfToken value='{CSRF}'><button data-testid='consent-continue'>Continuer</button></form>",
                body_id="fc-consent-page",
            ),
            "POST /api/v2/login": to(f"{ISSUER}/authorize/i-123456789", 303),
            "GET /api/v2/authorize/i-123456789": lambda _: to(self.callback(), 303),
            "POST /api/v2/token": lambda _: document(self.tokens()),
            "GET /api/v2/jwks": lambda _: document({"keys": [key.as_dict(private=False) for key in self.published]}),
            "GET /api/v2/userinfo": lambda _: token(sign(self.userinfo(), self.signing, self.alg)),
        }
        idp: dict[str, Reply] = {
            "GET /authorize": to("/interaction/x-987654321"),
            "GET /interaction/x-987654321": html(LOGIN_FORM),
            "POST /login": to(f"{ISSUER}/oidc-callback?code=idp-code&state=idpstate", 303),
        }
        known = idp if ask.url.startswith(IDP) else hub
        return known.get(f"{ask.method} {path}", html("nothing here", 404))

    def _authorize(self, ask: Ask) -> Answer:
        self.sent = dict(parse_qsl(urlsplit(ask.url).query))
        return to("/api/v2/interaction/i-123456789", 303)

    def callback(self, **changes: str | None) -> str:
        params = {"code": "the-authorization-code", "state": self.sent.get("state"), "iss": ISSUER} | changes
        return f"{SP}?{urlencode({name: value for name, value in params.items() if value is not None})}"

    def tokens(self) -> dict[str, Any]:
        token_ = sign(self.id_token(), self.signing, self.alg)
        return {"access_token": "the-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": token_, "scope": "openid"}

    def id_token(self) -> dict[str, Any]:
        now = self.clock_us // 1_000_000
        claims = {
            "iss": ISSUER,
            "sub": "pairwise-subjectv1",
            "aud": "vigie",
            "exp": now + 60,
            "iat": now,
            "nonce": self.sent.get("nonce"),
            "acr": "eidas1",
            "at_hash": half_hash("the-access-token", self.alg),
        } | self.id_token_claims
        return {name: value for name, value in claims.items() if value is not None}

    def userinfo(self) -> dict[str, Any]:
        usual = {"sub": "pairwise-subjectv1", "iss": ISSUER, "aud": "vigie", "given_name": "Angela", "family_name": "DUBOIS"}
        claims = usual | {"birthdate": "1962-08-24", "email": "angela@example.org"} | self.userinfo_claims
        return {name: value for name, value in claims.items() if value is not None}


def settings(**sp: Any) -> dict[str, Any]:
    """One hub seen through the built-in profile, one `identity` IdP with an inline recipe,
    as plain data. `sp` are settings of the service provider.
    """
    idp = {
        "name": "impots",
        "tile": UID,
        "hosts": ["idp.test"],
        "recipe": {
            "pages": [
                {"fill": {"login": "{username}", "password": "{password}"}},
                {"page": "#notice", "press": "#go", "optional": "true"},
            ],
            "refused": ".refused",
            "error": "#idp-error",
        },
        "account": {"username": {"env": "USERNAME"}, "password": {"env": "PASSWORD"}},
        "persona": PERSONA,
        "direct": {"url": f"{IDP}/health", "contains": "well"},
    }
    service_provider = {
        "client_id": "vigie",
        "client_secret": {"env": "SECRET"},
        "redirect_uri": SP,
        "scope": "openid identite_pivot",
        "acr_values": "eidas1",
        **sp,
    }
    return {
        "control": {"targets": [{"name": "elsewhere", "url": "https://elsewhere.test/"}]},
        "hubs": [{"name": "fc", "issuer": ISSUER, "sp": service_provider, "idps": [idp]}],
    }


def configured(**sp: Any) -> Config:
    """The same, checked; the hub has a node behind it and is asked what it must refuse."""
    document = settings(**sp)
    document["hubs"][0] |= {"negative": ["client", "idp"], "backends": {"node1": "192.0.2.1:443"}}
    return Config.model_validate(document)


def secrets(**more: str) -> Secrets:
    values = {"SECRET": SECRET, "USERNAME": USERNAME, "PASSWORD": PASSWORD} | more
    return Secrets({SecretRef(env=name): value for name, value in values.items()}, frozenset({"Angela", "DUBOIS", "1962-08-24"}))


def entropy(count: int) -> bytes:
    return bytes(index * 7 % 251 for index in range(count))


@dataclass
class Told:
    """A journey that ended: its verdict, and everything it asked."""

    verdict: Verdict
    asks: list[Ask]

    @property
    def front(self) -> list[str]:
        return [f"{ask.method} {urlsplit(ask.url).path}" for ask in self.asks if ask.channel is Channel.FRONT]


def drive(journey: Journey, answer: Callable[[Ask], Answer], limit: int = 100) -> Told:
    """Run a journey against a function. Raises AssertionError when it does not end within `limit`
    exchanges.
    """
    asks: list[Ask] = []
    running: Generator[Ask, Answer, Verdict] = journey
    try:
        ask = next(running)
        for _ in range(limit):
            asks.append(ask)
            ask = running.send(answer(ask))
    except StopIteration as end:
        return Told(end.value, asks)
    raise AssertionError(f"the journey did not end within {limit} exchanges")


def planned(kind: Kind, config: Config | None = None, name: str | None = None, **more: str) -> Plan:
    names = {Kind.IDENTITY: "impots", Kind.LOGIN_PAGE: "impots", Kind.DIRECT: "impots", Kind.CONTROL: "elsewhere"}
    return plan(config or configured(), secrets(**more), "fc", kind, name or names.get(kind))


def run(
    hub: FakeHub,
    kind: Kind = Kind.IDENTITY,
    config: Config | None = None,
    name: str | None = None,
    memory: Memory | None = None,
    **more: str,
) -> Told:
    return drive(planned(kind, config, name, **more).start(memory or Memory(), entropy, NOW_US), hub.answer)


def symmetric() -> OctKey:
    return OctKey.import_key(SECRET)
