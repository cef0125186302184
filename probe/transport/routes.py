"""Decides how each host of a journey is reached: by the `network:` settings, or as a backend.

    host                               is reached
    a host of the hub, with a backend  at the backend's address
    named in `network.resolve`         at the address there, of `host:port` before `host`
    any other                          at the address that its name has

The CA file and the proxy are those of the network of the host's party (hub, IdP or control target).
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from probe.config.formats import Address
from probe.config.models import Hub, Network
from probe.transport.client import HostRoute
from probe.transport.resolve import Endpoint, parse_endpoint


class PlannedRoutes:
    """Returns the route to each host of one journey.

    `backend` is the name of the hub's backend that the journey asks, if it asks one by itself.
    `network_for` returns the network of `host`, or of `host:port` when the port is not the scheme's
    default. Raises KeyError when the hub has no such backend.
    """

    def __init__(self, hub: Hub, backend: str | None, network_for: Callable[[str], Network]) -> None:
        self._network_for = network_for
        self._backend = None if backend is None else hub.backends[backend]
        self._behind = frozenset[tuple[str, int]]() if self._backend is None else _hosts_of(hub)

    def __call__(self, host: str, port: int) -> HostRoute:
        network = self._network_for(str(Address(host, None if port in (80, 443) else port)))
        return HostRoute(network.ca_file, network.proxy, network.http, network.families, self._endpoint(network, host, port))

    def _endpoint(self, network: Network, host: str, port: int) -> Endpoint | None:
        where = network.resolve.get(str(Address(host, port))) or network.resolve.get(host)
        if (host, port) in self._behind:
            where = self._backend
        return parse_endpoint(where, port) if where else None


def _hosts_of(hub: Hub) -> frozenset[tuple[str, int]]:
    """Return the hosts that a backend of the hub serves: its issuer's and its endpoints'."""
    endpoints = hub.endpoints
    urls = (hub.issuer, endpoints.authorization, endpoints.token, endpoints.userinfo, endpoints.jwks)
    parts = [urlsplit(url) for url in urls if url]
    return frozenset((part.hostname or "", part.port or (443 if part.scheme == "https" else 80)) for part in parts)
