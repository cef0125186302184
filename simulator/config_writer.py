"""Writes the state folder: every secret in a file of its own, and `vigie.yml`, ready to be used.

The configuration is data for another program. It is written here from the federation's facts alone.
"""

import math
import re
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml
from joserfc.jwk import OKPKey

from simulator import own_login
from simulator.claims import EMAIL, REGISTRY_IDENTITY, pairwise_sub
from simulator.clients import RegisteredClient
from simulator.files import private_folder, write_private
from simulator.parties import BY_NAME, IDPS, OUTSIDE, OWN_LOGIN, Idp, LoginShape
from simulator.settings import Settings, SettingsError
from simulator.world import World

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
_DEADLINES = {"mire": 45.0, "journey": 45.0, "direct": 15.0, "negative": 45.0}
"""The longest deadline of each kind of journey, in seconds.

The real hub takes 33 s to report that its store is gone.
"""

_VOUCHES = 3  # the default of Vigie

SCOPE = "openid identite_pivot email idp_id"


class Facts(Protocol):
    """The facts of a running federation that the configuration needs."""

    settings: Settings
    state_dir: Path
    world: World
    ca_file: Path | None

    @property
    def issuer(self) -> str: ...

    @property
    def issuer_v1(self) -> str: ...

    @property
    def outside_url(self) -> str: ...

    @property
    def idp_urls(self) -> dict[str, str]: ...

    @property
    def clients(self) -> dict[str, RegisteredClient]: ...


def write(federation: Facts) -> Path:
    """Write the secrets and `vigie.yml`, and return the path of the latter. Raises OSError."""
    folder = private_folder(federation.state_dir / "secrets")
    for client in federation.clients.values():
        write_private(folder / f"{client.client_id}.secret", client.secret)
        for kind, key in (("signing", client.signing_key), ("decryption", client.encryption_key)):
            if key is not None:
                write_private(folder / f"{client.client_id}.{kind}.pem", key.as_pem(private=True))
    for name, account in federation.world.accounts.items():
        write_private(folder / f"{name}.username", account.username)
        write_private(folder / f"{name}.password", account.password)
    text = "# Written by the simulator at its start: a whole configuration for the federation it runs.\n"
    text += yaml.safe_dump(configuration(federation), sort_keys=False, allow_unicode=True, width=120)
    return write_private(federation.state_dir / "vigie.yml", text)


def client_files(federation: Facts, client: RegisteredClient) -> dict[str, str]:
    """Return the paths of one client's secrets, and its other settings."""
    folder = federation.state_dir / "secrets"
    files = {"auth": client.auth, "redirect_uri": client.callback, "client_secret_file": str(folder / f"{client.client_id}.secret")}
    if client.signing_key is not None:
        files["private_key_file"] = str(folder / f"{client.client_id}.signing.pem")
    if client.encryption_key is not None:
        files["decryption_key_file"] = str(folder / f"{client.client_id}.decryption.pem")
    return files


def account_files(federation: Facts, name: str) -> dict[str, str]:
    """Return the paths of one account's secrets."""
    folder = federation.state_dir / "secrets"
    return {"username_file": str(folder / f"{name}.username"), "password_file": str(folder / f"{name}.password")}


def configuration(federation: Facts) -> dict[str, Any]:
    """Return `vigie.yml` as plain data: texts, lists and mappings only."""
    settings = federation.settings
    chosen = [idp for idp in IDPS if not settings.idps or idp.name in settings.idps]
    recipes = {idp.name: recipe(idp) for idp in chosen}
    if settings.own_login:
        chosen, recipes = [], {OWN_LOGIN: own_login.recipe(settings.own_login)}
    return {
        "vantage": "simulator",
        "store": str(federation.state_dir / "vigie.db"),
        "politeness": {"requests": "200", "period": "1s"},
        "control": {
            "targets": [{"name": OUTSIDE, "url": f"{federation.outside_url}/"}],
            "interval": settings.interval,
            "deadline": _deadline(settings, 2.0),
        },
        # Two rounds show whether all IdPs fail.
        "support": {"settle": f"{min(120.0, 2 * seconds(settings.interval)):g}s"},
        **({"profiles": {own_login.PROFILE_NAME: own_login.profile()}} if settings.own_login else {}),
        "recipes": recipes,
        "hubs": [_hub(federation, chosen)],
    }


def _hub(federation: Facts, idps: list[Idp]) -> dict[str, Any]:
    settings = federation.settings
    legacy = settings.profile == "franceconnect-v1"
    hub: dict[str, Any] = {
        "name": settings.hub_name,
        "title": "FranceConnect (simulateur)",
        "issuer": federation.issuer_v1 if legacy else federation.issuer,
        "profile": settings.profile,
        "sp": _sp(federation, federation.clients[settings.client], legacy=legacy),
        "idps": [_idp(federation, idp) for idp in idps],
        "negative": ["client", "idp", "redirect_uri", "state", "secret"],
        "trusted_device": {"cookie": "trustedDevice", "file": str(federation.state_dir / "trusted-device")},
        "intervals": {"mire": settings.interval, "journey": settings.interval, "direct": settings.interval},
    }
    if settings.further_clients:
        clients = {name: federation.clients[name] for name in settings.further_clients}
        hub["clients"] = [{"name": name, **_sp(federation, client, legacy=legacy)} for name, client in clients.items()]
    hub["deadlines"] = {name: settings.deadline or _deadline(settings, longest) for name, longest in _DEADLINES.items()}
    if (vouches := _vouches(settings)) > _VOUCHES:
        hub["thresholds"] = {"vouches": str(vouches)}
    if federation.ca_file:
        hub["network"] = {"ca_file": str(federation.ca_file)}
    return hub | _own_login(federation, hub) if settings.own_login else hub


def _own_login(federation: Facts, hub: dict[str, Any]) -> dict[str, Any]:
    """Return what differs at a hub that logs citizens in itself: each client meets that login."""
    files, claims = account_files(federation, OWN_LOGIN), persona(federation, "")
    account = {"username": {"file": files["username_file"]}, "password": {"file": files["password_file"]}}
    scope = " ".join(name for name in SCOPE.split() if name != "idp_id")
    differs: dict[str, Any] = {
        "profile": own_login.PROFILE_NAME,
        "sp": {**hub["sp"], "scope": scope},
        "idps": [{"name": OWN_LOGIN, "title": "Comptes", "recipe": OWN_LOGIN, "account": account, "persona": claims}],
        "negative": own_login.NEGATIVE,
    }
    if "clients" in hub:
        differs["clients"] = [{**client, "scope": scope, "idps": [{"name": OWN_LOGIN}]} for client in hub["clients"]]
    return differs


def _deadline(settings: Settings, longest: float) -> str:
    """Return at most `longest` seconds, and at most twice the interval.

    So a journey ends well before its observation is stale.
    """
    return f"{min(longest, 2 * seconds(settings.interval)):g}s"


def _vouches(settings: Settings) -> int:
    """Return how many intervals an observation vouches for: one more than a journey may last."""
    return math.ceil(seconds(settings.deadline) / seconds(settings.interval)) + 1 if settings.deadline else _VOUCHES


def seconds(duration: str) -> float:
    """Parse `1.5m` to 90.0. Raises SettingsError."""
    match = _DURATION.fullmatch(duration)
    if not match:
        raise SettingsError(f"{duration!r} is not a duration: write a number and a unit, as in 500ms, 30s, 5m")
    return float(match[1]) * _UNITS[match[2]]


def _sp(federation: Facts, client: RegisteredClient, *, legacy: bool) -> dict[str, Any]:
    files = client_files(federation, client)
    sp: dict[str, Any] = {
        "client_id": client.client_id,
        "client_auth": client.auth,
        "redirect_uri": client.callback,
        "post_logout_redirect_uri": client.post_logout_redirect_uris[0],
        "scope": SCOPE,
        "acr_values": "eidas1",
        "userinfo": "json" if legacy else {"json": "json", "jwt": "signed", "encrypted": "encrypted"}[client.userinfo],
        "id_token_alg": ["HS256" if legacy else client.alg],
    }
    if "private_key_file" in files:
        sp["private_key"] = {"file": files["private_key_file"]}
        sp["private_key_kid"] = str(client.signing_key.kid if client.signing_key else "")
        sp["private_key_alg"] = "Ed25519" if isinstance(client.signing_key, OKPKey) else "ES256"
    if legacy or "private_key_file" not in files:
        sp["client_secret"] = {"file": files["client_secret_file"]}
    if "decryption_key_file" in files:
        sp["decryption_key"] = {"file": files["decryption_key_file"]}
    return sp


def _idp(federation: Facts, idp: Idp) -> dict[str, Any]:
    settings, url = federation.settings, federation.idp_urls[idp.name]
    files = account_files(federation, idp.name)
    shallow = idp.name in settings.login_page
    entry: dict[str, Any] = {
        "name": idp.name,
        "title": idp.title,
        "tile": idp.uid,
        "depth": "login-page" if shallow else "identity",
        "hosts": [urlsplit(url).netloc],
        "recipe": idp.name,
        "direct": {"url": f"{url}/.well-known/openid-configuration"} if idp.discovery else {"url": f"{url}/", "contains": "ok"},
    }
    if idp.name == settings.control_idp:
        entry["control"] = "true"
    if not shallow:
        entry["account"] = {"username": {"file": files["username_file"]}, "password": {"file": files["password_file"]}}
        entry["persona"] = persona(federation, idp.name)
    if federation.ca_file:
        entry["network"] = {"ca_file": str(federation.ca_file)}
    return entry


def persona(federation: Facts, name: str) -> dict[str, Any]:
    """Return the claims that the written scope must give for the account of one IdP.

    Without a name: for the account of the hub's own login.
    """
    entity = federation.clients[federation.settings.client].entity
    claims = {**REGISTRY_IDENTITY, "sub": pairwise_sub(REGISTRY_IDENTITY, entity), "email": EMAIL}
    return {**claims, "idp_id": BY_NAME[name].uid} if name else claims


def recipe(idp: Idp) -> dict[str, Any]:
    """Return how to log in at this IdP, in the form of Vigie's recipes."""
    user, password = {idp.user_field: "{username}"}, {idp.password_field: "{password}"}
    first = {"page": "form#login-form", "press": "#submit-login"}
    if idp.login is LoginShape.TWO_PAGES:
        pages = [{**first, "fill": user}, {"page": "form#password-form", "fill": password, "press": "#submit-password"}]
    else:
        pages = [{**first, "fill": {**user, **password}}]
    if idp.login is LoginShape.INTERSTITIAL:
        pages.append({"page": "form#information-form", "press": "#continue", "optional": "true"})
    return {"pages": pages, "refused": "#login-error", "error": ".idp-error"}
