"""The SPs that the hub knows, one for each way of talking to it.

Their callbacks are never contacted: nothing listens there.
"""

import secrets
from dataclasses import dataclass, field

from joserfc.jwk import ECKey, OKPKey

ENTITY = "sp-synthetique"  # one entity: the pairwise `sub` is the same for all these clients
SP_HOST = "127.0.0.61"


@dataclass(slots=True)
class RegisteredClient:
    """One SP in the hub's records. An administrator (the control API) may change it.

    `userinfo` is `jwt` (signed with `alg`), `json`, or `encrypted` (signed, then encrypted for
    `encryption_key`).
    """

    client_id: str
    name: str = "Service de démonstration"
    alg: str = "ES256"
    auth: str = "client_secret_post"
    userinfo: str = "jwt"
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    signing_key: ECKey | OKPKey | None = field(default=None, repr=False)  # private_key_jwt
    encryption_key: ECKey | None = field(default=None, repr=False)
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset(
        {"openid", "identite_pivot", "profile", "birth", "email", "idp_birthdate", "idp_id", "amr"}
        | {"given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry", "preferred_username"}
    )
    allowed_acr: frozenset[str] = frozenset({"eidas1"})
    # With `login`, the journey may skip the consent page.
    allowed_prompts: frozenset[str] = frozenset({"consent"})
    allowed_idp_hints: frozenset[str] = frozenset()
    # True: the listed IdPs are excluded; False: only they are allowed.
    idp_filter_exclude: bool = True
    idp_filter: frozenset[str] = frozenset()  # uids
    identity_consent: bool = False  # a private SP: the citizen ticks a box
    entity: str = ENTITY

    @property
    def callback(self) -> str:
        return self.redirect_uris[0]

    def excludes(self, uid: str) -> bool:
        """Tell whether this SP's filter refuses the IdP (docs/hub.md, trap 6)."""
        return (uid in self.idp_filter) == self.idp_filter_exclude


def _client(client_id: str, **options: object) -> RegisteredClient:
    base = f"http://{SP_HOST}/{client_id}"
    uris = (f"{base}/callback",)
    return RegisteredClient(client_id, redirect_uris=uris, post_logout_redirect_uris=(f"{base}/logged-out",), **options)  # type: ignore[arg-type]


def make_clients() -> dict[str, RegisteredClient]:
    """Return the clients by client id, each time with fresh secrets and keys."""
    clients = [
        _client("sp-es256"),
        _client("sp-rs256", alg="RS256"),
        _client("sp-hs256", alg="HS256"),
        _client("sp-ed25519", alg="Ed25519", auth="private_key_jwt", signing_key=_key("sp-ed-sign", "sig", "Ed25519")),
        _client("sp-json", userinfo="json"),
        _client("sp-private-key", auth="private_key_jwt", signing_key=_key("sp-sign", "sig", "ES256")),
        _client("sp-basic", auth="client_secret_basic"),
        _client(
            "sp-encrypted",
            userinfo="encrypted",
            encryption_key=ECKey.generate_key("P-256", {"kid": "sp-enc", "use": "enc", "alg": "ECDH-ES"}),
        ),
        _client("sp-private", identity_consent=True, name="Service privé de démonstration"),
        _client("sp-eidas2", allowed_acr=frozenset({"eidas1", "eidas2"})),
        _client("sp-login", allowed_prompts=frozenset({"consent", "login"})),
    ]
    return {client.client_id: client for client in clients}


def _key(kid: str, use: str, alg: str) -> ECKey | OKPKey:
    if alg == "Ed25519":
        return OKPKey.generate_key("Ed25519", {"kid": kid, "use": use, "alg": alg})
    return ECKey.generate_key("P-256", {"kid": kid, "use": use, "alg": alg})
