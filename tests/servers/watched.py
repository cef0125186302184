"""Vigie's configuration for the test federation: the generic page profile and a login recipe,
and no code of its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.servers.federation import REDIRECT_URI, Federation, IdentityProvider
from tests.servers.processes import free_port

LOGIN = "camille"
PASSWORD = "a password that must show up nowhere"

# BaseLoader builds strings, lists and dictionaries only, as Vigie reads its configuration.
_EXAMPLE = yaml.load((Path(__file__).parents[2] / "config/examples/generic.yml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506
"""The example that users start from: what it says of the pages is what is tested here."""

LEMONLDAP: dict[str, Any] = _EXAMPLE["profiles"]["lemonldap"]
"""The pages of LemonLDAP::NG's portal."""

OIDC_PROVIDER: dict[str, Any] = _EXAMPLE["recipes"]["oidc-provider"]
"""The built-in login and consent pages of oidc-provider."""


def vigie_config(
    federation: Federation,
    directory: Path,
    *,
    method: str = "post",
    intervals: Mapping[str, str] | None = None,
    deadlines: Mapping[str, str] | None = None,
    hub: Mapping[str, Any] | None = None,
    top: Mapping[str, Any] | None = None,
) -> Path:
    """Write Vigie's configuration for `federation` under `directory`, secrets in files beside it.
    Returns its path.

    The journey's deadline is longer than the hub waits for a hung provider,
    so that its error page is seen.
    `method` picks the client: `post` or `basic`. `intervals` and `deadlines` change the short ones
    given here; `hub` replaces keys of the hub, `top` keys of the whole.
    """
    service = federation.hub.service(method)
    document = {
        "vantage": "test",
        "listen": f"127.0.0.1:{free_port('127.0.0.1')}",
        "store": str(directory / "vigie.db"),
        "control": {"targets": [{"name": "control", "url": federation.control_url}], "interval": "1s", "deadline": "2s"},
        "recipes": {"oidc-provider": OIDC_PROVIDER},
        "profiles": {"lemonldap": LEMONLDAP},
        "hubs": [
            {
                "name": "hub",
                "issuer": federation.hub.url,
                "profile": "lemonldap",
                "sp": {
                    "client_id": service.client_id,
                    "client_auth": f"client_secret_{method}",
                    "client_secret": _secret(directory, service.name, service.client_secret),
                    "redirect_uri": REDIRECT_URI,
                    "scope": "openid email profile",
                    "pkce": "auto",
                    "id_token_alg": ["RS256"],
                },
                "idps": [_idp(idp, directory) for idp in federation.idps.values()],
                "negative": ["idp"],  # an unknown client still gets this hub's chooser
                "intervals": {"mire": "1s", "journey": "2.5s", "direct": "1s", "negative": "30s", **(intervals or {})},
                "deadlines": {"mire": "2s", "journey": "5s", "direct": "2s", "negative": "5s", **(deadlines or {})},
                **(hub or {}),
            }
        ],
        **(top or {}),
    }
    path = directory / "vigie.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def _idp(idp: IdentityProvider, directory: Path) -> dict[str, Any]:
    return {
        "name": idp.name,
        "title": idp.title,
        "tile": idp.name,
        "depth": "identity",
        "hosts": [f"{idp.host}:{idp.port}"],
        "recipe": "oidc-provider",
        "account": {
            "username": _secret(directory, f"{idp.name}-username", LOGIN),
            "password": _secret(directory, f"{idp.name}-password", PASSWORD),
        },
        "persona": idp.persona(LOGIN),
        "direct": {"url": f"{idp.url}/.well-known/openid-configuration", "contains": "authorization_endpoint"},
    }


def _secret(directory: Path, name: str, value: str) -> dict[str, str]:
    path = directory / f"{name}.secret"
    path.write_text(value + "\n", "utf-8")
    path.chmod(0o600)
    return {"file": str(path)}
