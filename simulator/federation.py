"""The whole federation in one event loop, for `python -m simulator` and for the tests.

async with Federation(Settings(time_scale=0.02)) as federation:
    await federation.set_fault("ameli", "token_500")
"""

import asyncio
import copy
import logging
import shutil
import ssl
import tempfile
from pathlib import Path
from typing import Any, Self

from starlette.types import ASGIApp

from simulator import config_writer
from simulator.clients import RegisteredClient
from simulator.control import control_app
from simulator.faults import FaultError
from simulator.files import private_folder
from simulator.hub import SimulatedHub, hub_app
from simulator.hub.upstream import Upstream
from simulator.idp import idp_app
from simulator.options import Option
from simulator.outside import outside_app
from simulator.parties import ADDRESSES, BY_NAME, CONTROL, HUB, IDPS, OUTSIDE, REGISTRY
from simulator.registry import registry_app
from simulator.server import PartyServer
from simulator.settings import Lifetimes, Settings, SettingsError
from simulator.tls import Authority
from simulator.transport import Unreliable
from simulator.world import RequestLog, World


class Federation:
    """The federation. Use it as an async context manager, or call `start` and `stop`.

    No URL has a trailing slash.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        for name in (*self.settings.idps, *self.settings.unwatched, *self.settings.login_page, *filter(None, [self.settings.control_idp])):
            if name not in BY_NAME:
                raise SettingsError(f"no IdP {name!r}; there are: {', '.join(BY_NAME)}")
        config_writer.seconds(self.settings.interval)
        lifetimes = self.settings.lifetimes
        self.world = World(self.settings, Lifetimes(lifetimes.code, lifetimes.token, lifetimes.interaction, lifetimes.session))
        for client in (self.settings.client, *self.settings.further_clients):
            if client not in self.world.clients:
                raise SettingsError(f"no client {client!r}; there are: {', '.join(self.world.clients)}")
        self.hub: SimulatedHub
        self.state_dir: Path
        self.config_path: Path
        self.ca_file: Path | None = None
        self._records = {name: copy.copy(client) for name, client in self.world.clients.items()}
        self._own_state = self.settings.state_dir is None
        self._authority: Authority | None = None
        self._servers: dict[str, PartyServer] = {}
        self._apps: dict[str, ASGIApp] = {}
        self._upstream: Upstream
        self._switching = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- start and stop

    async def start(self) -> None:
        """Bind, write the state folder, and listen.

        Raises OSError when an address or the folder cannot be used.
        """
        for name in ("uvicorn.error", "uvicorn.asgi"):
            # The parties log their own errors, and broken connections are intended.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, codes included
        self.state_dir = private_folder(self.settings.state_dir or Path(tempfile.mkdtemp(prefix="vigie-simulator-"))).resolve()
        try:
            self._bind()
            self._upstream = Upstream(self.world, self._trust())
            self.hub = SimulatedHub(self.world, self._upstream)
            self._apps = {name: Unreliable(name, app, self.world) for name, app in self._parties().items()}
            self._apps[CONTROL] = control_app(self)
            self.config_path = config_writer.write(self)
            await asyncio.gather(*(server.start(self._apps[name]) for name, server in self._servers.items()))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening everywhere, and remove a temporary state folder. May be called twice."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()))
        for server in self._servers.values():
            server.release()
        self._servers.clear()
        if hasattr(self, "_upstream"):
            await self._upstream.close()
        if self._own_state:
            shutil.rmtree(self.state_dir, ignore_errors=True)

    def _bind(self) -> None:
        authority = self._authority = Authority(self.state_dir) if self.settings.tls else None
        self.ca_file = authority.ca_file if authority else None
        secure = {HUB, *BY_NAME}
        for index, (party, address) in enumerate(ADDRESSES.items()):
            port = self.settings.port_base + index if self.settings.port_base else 0
            certificate = authority.certificate(party, address) if authority and party in secure else None
            self._servers[party] = PartyServer(party, address, port, certificate)
            self.world.urls[party] = self._servers[party].url

    def _trust(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else None

    def _parties(self) -> dict[str, ASGIApp]:
        idps: dict[str, ASGIApp] = {idp.name: idp_app(idp, self.world) for idp in IDPS}
        return {HUB: hub_app(self.hub), **idps, REGISTRY: registry_app(self.world), OUTSIDE: outside_app()}

    # --- addresses and state

    @property
    def hub_url(self) -> str:
        return self.world.urls[HUB]

    @property
    def issuer(self) -> str:
        """The v2 issuer, which is also the prefix of its paths."""
        return self.world.hub_base(2)

    @property
    def issuer_v1(self) -> str:
        """The legacy issuer, which has no path."""
        return self.world.hub_issuer(1)

    @property
    def base_v1(self) -> str:
        """The prefix of the legacy paths."""
        return self.world.hub_base(1)

    @property
    def idp_urls(self) -> dict[str, str]:
        return {idp.name: self.world.urls[idp.name] for idp in IDPS}

    @property
    def registry_url(self) -> str:
        return self.world.urls[REGISTRY]

    @property
    def outside_url(self) -> str:
        return self.world.urls[OUTSIDE]

    @property
    def control_url(self) -> str:
        return self.world.urls[CONTROL]

    @property
    def clients(self) -> dict[str, RegisteredClient]:
        return self.world.clients

    @property
    def mails(self) -> int:
        """The number of new-device e-mails that the hub would have sent."""
        return self.world.counters.mails

    @property
    def requests(self) -> RequestLog:
        """The parties' logs: the latest requests, with the hub's ids of those that failed."""
        return self.world.log

    def describe(self) -> dict[str, Any]:
        """Return the ready line: URLs, client ids, and the paths of the files with the secrets."""
        return {
            "hub": self.hub_url,
            "issuer": self.issuer,
            "issuer_v1": self.issuer_v1,
            "idps": self.idp_urls,
            "registry": self.registry_url,
            "outside": self.outside_url,
            "control": self.control_url,
            "state_dir": str(self.state_dir),
            "config": str(self.config_path),
            "ca_file": str(self.ca_file) if self.ca_file else None,
            "clients": {name: config_writer.client_files(self, client) for name, client in self.clients.items()},
            "accounts": {name: config_writer.account_files(self, name) for name in self.world.accounts},
        }

    def state(self) -> dict[str, Any]:
        """Return the active faults and the counters."""
        lifetimes = self.world.lifetimes
        return {
            "faults": [active.as_dict() for active in self.world.board.active()],
            "down": sorted(self.world.board.down()),
            "mails": self.world.counters.mails,
            "sessions": len(self.hub.sessions),
            "events": dict(self.world.counters.events),
            "lifetimes": {name: getattr(lifetimes, name) for name in ("code", "token", "interaction", "session")},
        }

    # --- faults

    async def set_fault(self, party: str, fault: str, /, *, path: str | None = None, **options: Option) -> None:
        """Switch a fault on (see `simulator.faults`); it is active on return. Raises FaultError."""
        self.world.board.set(party, fault, path, **options)
        if fault == "keys_rotated":
            self.rotate_keys()
        if fault == "certificate_renewed":
            self.renew_certificate(int(options.get("authority", 1)))
        await self._listen_on_ports()

    async def clear_faults(self, party: str | None = None, fault: str | None = None) -> None:
        """Switch off all faults, or those that match. Raises FaultError for an unknown party."""
        self.world.board.clear(party, fault)
        await self._listen_on_ports()

    async def _listen_on_ports(self) -> None:
        async with self._switching:
            down = self.world.board.down()
            await asyncio.gather(*(server.stop() for name, server in self._servers.items() if name in down))
            await asyncio.gather(*(server.start(self._apps[name]) for name, server in self._servers.items() if name not in down))

    async def reset(self) -> None:
        """Return to the state after the start, except for keys, secrets and addresses.

        That is: no fault, no session, records and lifetimes as given, counters at 0, an empty log.
        """
        await self.clear_faults()
        self.forget_sessions()
        lifetimes = self.settings.lifetimes
        self.set_lifetimes(code=lifetimes.code, token=lifetimes.token, interaction=lifetimes.interaction, session=lifetimes.session)
        for name, record in self._records.items():
            self.world.clients[name] = copy.copy(record)
        self.world.counters.reset()
        self.world.log.lines.clear()

    def rotate_keys(self, party: str = HUB) -> None:
        """Replace the hub's signing keys, as in a legitimate rotation.

        Raises FaultError for another party.
        """
        if party != HUB:
            raise FaultError(f"only the keys of {HUB} rotate, not those of {party!r}")
        self.hub.keys.rotate()

    def renew_certificate(self, authority: int = 1) -> None:
        """Give the hub another certificate, of its authority or of a second one; without TLS none.

        Connections that are open keep the old one. Raises FaultError for another authority.
        """
        if authority not in (1, 2):
            raise FaultError(f"there is no authority {authority}: there are 1 and 2")
        if self._authority is None:
            return
        signing = self._authority if authority == 1 else Authority(self.state_dir, name="Another simulator CA", file="ca-2.pem")
        if authority == 2 and self.ca_file is not None:
            # Clients read the file again when it has changed.
            self.ca_file.write_bytes(self.ca_file.read_bytes() + signing.ca_file.read_bytes())
        self._servers[HUB].renew(signing.certificate(HUB, ADDRESSES[HUB]))

    def forget_sessions(self) -> None:
        """Empty the hub's session store."""
        self.hub.sessions.clear()

    def set_lifetimes(self, /, **seconds: float) -> None:
        """Change some of the hub's lifetimes, in seconds.

        Raises FaultError on a bad one, and then changes nothing.
        """
        for name, value in seconds.items():
            if name not in ("code", "token", "interaction", "session"):
                raise FaultError(f"no lifetime {name!r}; there are: code, token, interaction, session")
            _check_seconds(name, value)
        for name, value in seconds.items():
            setattr(self.world.lifetimes, name, float(value))

    def change_client(self, client_id: str, /, **changes: Any) -> None:
        """Change an SP's record, as an administrator would.

        Raises FaultError on a bad order, and then changes nothing.
        """
        client = self.clients.get(client_id)
        if client is None:
            raise FaultError(f"no client {client_id!r}; there are: {', '.join(self.clients)}")
        checked = {name: _client_value(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(client, name, value)


_LONGEST_LIFE = 1e9  # seconds


def _check_seconds(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < _LONGEST_LIFE:
        raise FaultError(f"lifetime {name}: {value!r} is not a number of seconds above 0 and below {_LONGEST_LIFE:g}")


_CLIENT_SETS = ("idp_filter", "allowed_prompts", "allowed_idp_hints", "allowed_acr", "scopes")
_CLIENT_CHOICES: dict[str, tuple[Any, ...]] = {
    "idp_filter_exclude": (True, False),
    "identity_consent": (True, False),
    "userinfo": ("jwt", "json"),
    "alg": ("ES256", "RS256", "Ed25519", "HS256"),
    "auth": ("client_secret_post", "client_secret_basic"),
}


def _client_value(name: str, value: Any) -> Any:
    """Return the value as the record holds it. Raises FaultError."""
    if name in _CLIENT_SETS:
        if isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value):
            return frozenset(value)
        raise FaultError(f"{name} must be a list of texts, not {value!r}")
    if name in _CLIENT_CHOICES:
        if value in _CLIENT_CHOICES[name]:
            return value
        raise FaultError(f"{name} must be one of {', '.join(map(str, _CLIENT_CHOICES[name]))}, not {value!r}")
    raise FaultError(f"a client has no {name!r} to change; it has: {', '.join((*_CLIENT_SETS, *_CLIENT_CHOICES))}")
