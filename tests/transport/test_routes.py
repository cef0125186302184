"""Each host is reached as its network says, and a backend of the hub at the backend's address."""

from pathlib import Path

import pytest

from probe.config.models import Hub, Network
from probe.transport.resolve import Endpoint
from probe.transport.routes import PlannedRoutes
from tests.fakes.peers import hub

RESOLVE = {"idp.test": "192.0.2.7", "idp.test:8443": "192.0.2.8:9443", "hub.test": "192.0.2.9"}
NETWORK = Network(ca_file=Path(__file__), proxy="http://proxy.test:3128", resolve=RESOLVE)


def hub_at(issuer: str) -> Hub:
    return hub(issuer, backends={"b1": "192.0.2.1:444"})


@pytest.mark.parametrize(
    ("backend", "host", "port", "endpoint"),
    [
        (None, "other.test", 443, None),
        (None, "idp.test", 443, Endpoint("192.0.2.7", 443)),
        (None, "idp.test", 80, Endpoint("192.0.2.7", 80)),
        (None, "idp.test", 8443, Endpoint("192.0.2.8", 9443)),
        (None, "hub.test", 443, Endpoint("192.0.2.9", 443)),
        ("b1", "hub.test", 443, Endpoint("192.0.2.1", 444)),
        ("b1", "hub.test", 80, Endpoint("192.0.2.9", 80)),
        ("b1", "idp.test", 443, Endpoint("192.0.2.7", 443)),
        ("b1", "other.test", 443, None),
    ],
)
def test_a_host_is_reached_where_the_network_or_the_backend_says(
    backend: str | None, host: str, port: int, endpoint: Endpoint | None
) -> None:
    routes = PlannedRoutes(hub_at("https://hub.test/api"), backend, lambda host: NETWORK)
    route = routes(host, port)
    assert (route.ca_file, route.proxy, route.endpoint) == (NETWORK.ca_file, NETWORK.proxy, endpoint)


@pytest.mark.parametrize(("port", "named"), [(443, "h.test"), (80, "h.test"), (8080, "h.test:8080")])
def test_a_hosts_network_is_asked_for_by_its_name_and_its_port_unless_that_is_the_schemes_own(port: int, named: str) -> None:
    networks = {named: Network(proxy="http://own.test:1")}
    routes = PlannedRoutes(hub_at("https://hub.test"), None, networks.__getitem__)
    assert routes("h.test", port).proxy == networks[named].proxy


@pytest.mark.parametrize(
    ("issuer", "behind"),
    [("https://hub.test", [("hub.test", 443)]), ("http://hub.test", [("hub.test", 80)]), ("https://hub.test:8443/x", [("hub.test", 8443)])],
)
def test_a_backend_serves_the_hub_at_its_own_port_alone(issuer: str, behind: list[tuple[str, int]]) -> None:
    routes = PlannedRoutes(hub_at(issuer), "b1", lambda host: Network())
    asked = [("hub.test", port) for port in (80, 443, 8443)]
    assert [place for place in asked if routes(*place).endpoint] == behind


def test_a_backend_that_the_hub_does_not_have_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        PlannedRoutes(hub_at("https://hub.test"), "missing", lambda host: Network())
