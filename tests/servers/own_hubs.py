"""Hubs that log citizens in themselves, and Vigie's configuration for them: the example's own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from probe.config.load import load
from probe.config.models import Config
from probe.config.source import read_source
from tests.servers.federation import REDIRECT_URI, Hub, IdentityProvider

AFTER_LOGOUT = "http://127.0.0.1:9/fin"
"""Where the hub sends the browser back to after a logout. Nobody listens there."""
_EXAMPLE = read_source(Path(__file__).parents[2] / "config/examples/own-login.yml").data
"""The example that users start from: what it says of the pages is what is tested here."""


class BareProvider(IdentityProvider):
    """An oidc-provider that is the hub itself: its client is Vigie's.

    `accepts`: what it is made to accept (npm/provider.mjs). `further`: its other clients, of the
    same secret.
    """

    def __init__(self, name: str, host: str, directory: Path, *, two_pages: bool = False) -> None:
        self._two_pages = two_pages
        self.accepts: tuple[str, ...] = ()
        self.further: tuple[str, ...] = ()
        self.token_seconds = 3_600
        super().__init__(name, name, host, "", directory)
        self.directory = directory
        self.account = ("camille", "any password")

    def _settings(self, hub_url: str) -> dict[str, Any]:
        settings = super()._settings(hub_url)
        client = settings["client"] | {"redirect_uris": [REDIRECT_URI], "post_logout_redirect_uris": [AFTER_LOGOUT]}
        further = [{"client_id": name} for name in self.further]
        own = {"client": client, "further": further, "accepts": self.accepts}
        return settings | own | {"twoPages": self._two_pages, "tokenSeconds": self.token_seconds}

    def rotate(self) -> None:
        """Start again, with the settings as they are now and a new key."""
        self.stop()
        (self.directory / f"{self.name}.json").write_text(json.dumps(self._settings("")), "utf-8")
        self.start()


class Portal(Hub):
    """LemonLDAP::NG with its own demonstration accounts."""

    def __init__(self, name: str, host: str, directory: Path) -> None:
        super().__init__(host, directory)
        self.name = name
        self.client_id, self.client_secret = self.service("post").client_id, self.service("post").client_secret
        self.account = ("dwho", "dwho")
        self.services = tuple(replace(service, after_logout=AFTER_LOGOUT) for service in self.services)
        self.configure([], logs_in_itself=True)

    def rotate(self) -> None:
        self.stop()
        self.configure([], logs_in_itself=True)
        self.start()


OwnHub = BareProvider | Portal


def own_hub(name: str, host: str, directory: Path) -> OwnHub:
    """The hub that the example has under this name. It is not started."""
    if name == "lemonldap":
        return Portal(name, host, directory)
    return BareProvider(name, host, directory, two_pages=name == "two-pages")


def configured(server: OwnHub, folder: Path, *, sp: dict[str, Any] | None = None, witness: str = "", **changed: Any) -> Config:
    """Write and load Vigie's configuration, with the example's own profile and recipe.

    `sp` adds to the hub's client, `changed` to the hub. `witness` is a second client like it.
    """
    hub = next(each for each in _EXAMPLE["hubs"] if each["name"] == server.name)
    for name, value in (("username", server.account[0]), ("password", server.account[1]), ("client", server.client_secret)):
        path = folder / name
        path.write_text(value, "utf-8")
        path.chmod(0o600)
    client = {"client_id": server.client_id, "client_secret": {"file": str(folder / "client")}, "redirect_uri": REDIRECT_URI}
    account = {"username": {"file": str(folder / "username")}, "password": {"file": str(folder / "password")}}
    hub = hub | {
        "issuer": server.url,
        "sp": hub["sp"] | client | (sp or {}),
        "idps": [hub["idps"][0] | {"account": account}],
        "deadlines": {"journey": "8s", "mire": "8s"},
        **changed,
    }
    if witness:
        idps = [{"name": each["name"]} for each in hub["idps"]]
        hub["clients"] = [hub["sp"] | {"name": witness, "client_id": witness, "idps": idps}]
    file = folder / "vigie.yml"
    parts = {"recipes": {server.name: _EXAMPLE["recipes"][server.name]}, "profiles": {server.name: _EXAMPLE["profiles"][server.name]}}
    file.write_text(yaml.safe_dump({**parts, "hubs": [hub]}), "utf-8")
    return load(file)
