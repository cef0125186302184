"""An independent federation: a LemonLDAP::NG hub with its own chooser page in front of N
oidc-provider identity providers.

Beside it stands a plain web server that has nothing to do with it: the control target.

Each party stands on its own loopback address, in its own process, with its own log;
each can be stopped, frozen and broken on chosen paths, and `reset()` makes everything work again.
"""

import json
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwk

from tests.servers import lemonldap
from tests.servers.faults import Action, FaultSwitch
from tests.servers.processes import Server, answers, free_port

HERE = Path(__file__).parent
REDIRECT_URI = "http://127.0.0.1:9/retour"
"""Where the hub sends the synthetic service's browser back to. Nobody listens there:
a journey ends at that redirect.
"""

_DISCOVERY = "/.well-known/openid-configuration"
# one that waits for a hung identity provider must not keep the others from answering
_HUB_WORKERS = 8
_TITLES = ("Ministère de l’Exemple", "Université d’Essai", "Caisse de Démonstration", "Mairie Témoin")


class IdentityProvider:
    """One oidc-provider. Any login is accepted, with any password."""

    def __init__(self, name: str, title: str, host: str, hub_url: str, directory: Path) -> None:
        self.name = name
        self.title = title
        self.host = host
        self.port = free_port(host)
        self.url = f"http://{host}:{self.port}"
        self.client_id = "hub"
        self.client_secret = secrets.token_urlsafe(32)
        self._faults = FaultSwitch(directory / f"{name}.faults")
        settings = directory / f"{name}.json"
        settings.write_text(json.dumps(self._settings(hub_url)), "utf-8")
        node = shutil.which("node") or "node"
        self.server = Server(
            name,
            [node, "provider.mjs", str(settings)],
            ready=answers(self.url + _DISCOVERY),
            log=directory / f"{name}.log",
            cwd=HERE / "npm",
            env={"NODE_ENV": "test"},
        )

    def _settings(self, hub_url: str) -> dict[str, Any]:
        # The key outlives a restart: the hub keeps the public half that it read at its own start.
        key = jwk.RSAKey.generate_key(2048, {"kid": f"{self.name}-1", "use": "sig", "alg": "RS256"})
        return {
            "name": self.name,
            "host": self.host,
            "port": self.port,
            "faults": str(self._faults.path),
            "jwks": {"keys": [key.as_dict(private=True)]},
            "twoPages": False,
            "client": {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "redirect_uris": [f"{hub_url}/?openidconnectcallback=1"],
            },
        }

    def upstream(self) -> lemonldap.Upstream:
        """What the hub must know of it. It must be running."""
        metadata = httpx.get(self.url + _DISCOVERY, trust_env=False).json()
        jwks = httpx.get(metadata["jwks_uri"], trust_env=False).json()
        return lemonldap.Upstream(self.name, self.title, self.client_id, self.client_secret, metadata, jwks)

    def persona(self, login: str) -> dict[str, str]:
        """The claims that the hub returns for `login` of this identity provider (see
        npm/provider.mjs).
        """
        return {
            "sub": login,
            "email": f"{login}@{self.name}.test",
            "given_name": "Camille",
            "family_name": login.upper(),
            "name": f"Camille {login.upper()}",
        }

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        """Connections are refused."""
        self.server.stop()

    def hang(self) -> None:
        """Connections are accepted, nothing answers."""
        self.server.pause()

    def hang_token_endpoint(self) -> None:
        """Its pages work; its token endpoint accepts the hub's request and never answers."""
        self._faults.set("/token", Action.HANG)

    def break_token(self, action: Action = Action.ERROR) -> None:
        self._faults.set("/token", action)

    def break_userinfo(self, action: Action = Action.ERROR) -> None:
        self._faults.set("/me", action)

    def break_login_page(self, action: Action = Action.ERROR) -> None:
        self._faults.set("/auth", action)

    def break_discovery(self, action: Action = Action.ERROR) -> None:
        """What `direct` asks for. The hub read it at its own start, so logins still pass."""
        self._faults.set(_DISCOVERY, action)

    def reset(self) -> None:
        """Everything works again, whatever was done to it."""
        self._faults.clear()
        self.server.resume()
        self.server.start()


class Hub:
    """The LemonLDAP::NG portal under starman."""

    def __init__(self, host: str, directory: Path) -> None:
        self.host = host
        self.port = free_port(host)
        self.url = f"http://{host}:{self.port}"
        self.directory = directory
        self._faults = FaultSwitch(directory / "hub.faults")
        self.services = tuple(
            lemonldap.Service(
                name=f"vigie-{method}",
                client_id=f"vigie-{method}",
                client_secret=secrets.token_urlsafe(32),
                redirect_uri=REDIRECT_URI,
                require_pkce=True,
                ask_consent=consent,
            )
            for method, consent in (("post", False), ("basic", True))
        )
        self.server = Server(
            "hub",
            [
                shutil.which("starman") or "starman",
                f"--listen={host}:{self.port}",
                f"--workers={_HUB_WORKERS}",
                "--preload-app",
                "--env=deployment",
                str(HERE / "hub" / "hub.psgi"),
            ],
            ready=answers(self.url + _DISCOVERY),
            log=directory / "hub.log",
            env={"LLNG_DEFAULTCONFFILE": str(directory / "lemonldap-ng.ini"), "HUB_FAULTS": str(self._faults.path)},
        )

    def configure(self, upstreams: Sequence[lemonldap.Upstream], *, logs_in_itself: bool = False) -> None:
        """Write its configuration, with fresh signing keys: it reads it when it starts."""
        lemonldap.write(lemonldap.HubSettings(self.host, self.port, self.directory, upstreams, self.services, logs_in_itself))

    def service(self, method: str) -> lemonldap.Service:
        """The client for Vigie: `post` (client_secret_post), or `basic` (client_secret_basic,
        asked for consent).
        """
        return next(service for service in self.services if service.name == f"vigie-{method}")

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        """Connections are refused."""
        self.server.stop()

    def hang(self) -> None:
        """Connections are accepted, nothing answers."""
        self.server.pause()

    def break_mire(self, action: Action = Action.BLANK) -> None:
        """The authorization endpoint answers, without the chooser (BLANK,
        ERROR), or never (HANG).
        """
        self._faults.set("/oauth2/authorize", action)

    def break_token(self, action: Action = Action.ERROR) -> None:
        self._faults.set("/oauth2/token", action)

    def break_userinfo(self, action: Action = Action.ERROR) -> None:
        self._faults.set("/oauth2/userinfo", action)

    def break_jwks(self, action: Action = Action.ERROR) -> None:
        self._faults.set("/oauth2/jwks", action)

    def deactivate(self, idp: str) -> None:
        """Its chooser does not offer this identity provider any more."""
        self._faults.set(f"idp:{idp}", Action.HIDDEN)

    def reset(self) -> None:
        """Everything works again, whatever was done to it."""
        self._faults.clear()
        self.server.resume()
        self.server.start()


class Federation:
    """The hub and its identity providers, started together and stopped
    together: a context manager.
    """

    def __init__(self, directory: Path, names: Sequence[str] = ("ministere", "universite"), network: str = "127.0.0") -> None:
        """`directory` takes configuration, sessions and logs; control,
        hub and providers stand on `network`.1, .2, .3 and so on.
        """
        self.directory = directory
        self.hub = Hub(f"{network}.2", directory)
        self.idps = {
            name: IdentityProvider(name, _TITLES[rank % len(_TITLES)], f"{network}.{3 + rank}", self.hub.url, directory)
            for rank, name in enumerate(names)
        }
        control_host, web = f"{network}.1", directory / "control"
        web.mkdir()
        control_port = free_port(control_host)
        self.control_url = f"http://{control_host}:{control_port}/"
        self.control = Server(
            "control",
            [sys.executable, "-m", "http.server", str(control_port), f"--bind={control_host}", f"--directory={web}"],
            ready=answers(self.control_url),
            log=directory / "control.log",
        )

    def __enter__(self) -> "Federation":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        starting = [self.control, *(idp.server for idp in self.idps.values())]
        for server in starting:
            server.spawn()
        for server in starting:
            server.wait()
        self.hub.configure([idp.upstream() for idp in self.idps.values()])
        self.hub.start()

    def stop(self) -> None:
        for server in self._servers():
            server.stop()

    def reset(self) -> None:
        """Every party runs and works, whatever was done to it."""
        for idp in self.idps.values():
            idp.reset()
        self.hub.reset()
        self.control.resume()
        self.control.start()

    def _servers(self) -> list[Server]:
        return [self.hub.server, *(idp.server for idp in self.idps.values()), self.control]
