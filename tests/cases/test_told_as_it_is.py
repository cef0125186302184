"""Troubles that lie on the way, with us, or with one half of a host's addresses, in one table.

Each is played by a whole journey over real sockets, and told as what it is: none is somebody's
outage.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from email.utils import formatdate
from typing import Any

import pytest

from probe.clock import SystemClock
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Kind, Observation
from probe.core.times import SECOND_US
from probe.journeys.plan import plan
from probe.prober.run import Prober
from tests.cases.federation import Federation, told
from tests.cases.network import through
from tests.fakes.descriptors import none_left
from tests.fakes.hub import ISSUER, secrets
from tests.fakes.peers import Authority, Names, Request, answer, read_request, serve
from tests.servers.processes import free_port


def call(federation: Federation, hub: str, idp: str = "idp.test") -> None:
    """Give hub and IdP other names."""
    federation.names = {"hub.test": hub, "idp.test": idp}
    federation.hub.id_token_claims = federation.hub.userinfo_claims = {"iss": ISSUER.replace("hub.test", hub)}


async def of_a_name_that_is_not_ascii(federation: Federation) -> Observation:
    call(federation, hub="xn--hb-xka.test")
    observation = await federation.watched(tls=federation.authority.server("xn--hb-xka.test", "idp.test"))
    assert {request.headers["host"] for request in federation.asked} == {"xn--hb-xka.test", "idp.test"}
    return observation


async def behind_a_proxy_that_wants_credentials(federation: Federation) -> Observation:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(b"", 407, [("Proxy-Authenticate", "Basic realm=egress")]))
        await writer.drain()

    async with serve(refuse) as proxy:
        observation = await federation.watched(change=through(proxy))
    assert observation.detail == Detail(DetailKind.OWN_PROXY, ("407",))
    return observation


def with_our_clock_off_by(seconds: int) -> Callable[[Federation], Awaitable[Observation]]:
    class Wrong(SystemClock):
        def now_us(self) -> int:
            return super().now_us() + seconds * SECOND_US

    async def play(federation: Federation) -> Observation:
        def dated(request: Request) -> bytes:
            return federation.usual(request).replace(b"\r\n", f"\r\nDate: {formatdate(usegmt=True)}\r\n".encode(), 1)

        federation.hooks.append(dated)
        observation = await federation.watched(clock=Wrong())
        told_us = [hop.clock_us for hop in observation.hops if hop.clock_us is not None]
        assert told_us
        assert all(abs(ahead_us + seconds * SECOND_US) < 3 * SECOND_US for ahead_us in told_us)
        return observation

    return play


async def without_a_descriptor(federation: Federation) -> Observation:
    """They are gone once the hub listens."""
    with ExitStack() as stack:

        def change(*_: object) -> None:
            stack.enter_context(none_left())

        return await federation.watched(change=change)


def by_its_names(document: Any, _: int) -> None:
    hub = document["hubs"][0]
    for party in (hub, hub["idps"][0]):
        del party["network"]["resolve"]


async def with_the_hub_s_ipv6_dead(federation: Federation) -> Observation:
    """The IdP is reached by IPv6 first: this machine has a way by it."""
    free = free_port("127.0.0.1")
    tls, both = federation.authority.server("hub.test", "idp.test"), ["127.0.0.1", "::1"]
    async with AsyncExitStack() as stack:
        six = await stack.enter_async_context(serve(federation.serve, tls, "::1"))
        await stack.enter_async_context(serve(federation.serve, tls, "127.0.0.1", six))
        await stack.enter_async_context(serve(federation.serve, tls, "127.0.0.1", free))
        call(federation, hub=f"hub.test:{free}", idp=f"idp.test:{six}")
        config = federation.config(0, by_its_names, {})
        prober = Prober(config, SystemClock(), resolver=Names({"hub.test": both, "idp.test": both}))
        await prober.run(plan(config, secrets(), "fc", Kind.DIRECT, "impots"))
        observation = await prober.run(plan(config, secrets(), "fc", Kind.IDENTITY, "impots"))
    assert [hop.dead_ip for hop in observation.hops if hop.host.startswith("hub.test") and hop.dead_ip] == [6]
    assert {hop.ip for hop in observation.hops} <= {None, 4, 6}
    return observation


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("play", "words"),
    [
        pytest.param(of_a_name_that_is_not_ascii, "ok/-/-@claims", id="a hub under xn--"),
        pytest.param(behind_a_proxy_that_wants_credentials, "inconclusive/network/connect@authorize", id="a proxy that answers 407"),
        pytest.param(with_our_clock_off_by(-60), "inconclusive/prober/clock_off@token", id="our clock is a minute behind"),
        pytest.param(with_our_clock_off_by(60), "ok/-/-@claims", id="our clock is a minute ahead"),
        pytest.param(without_a_descriptor, "inconclusive/prober/prober_error@authorize", id="no descriptor is left"),
        pytest.param(with_the_hub_s_ipv6_dead, "ok/-/-@claims", id="the hub does not answer by IPv6"),
    ],
)
async def test_each_trouble_is_told_as_what_it_is(
    play: Callable[[Federation], Awaitable[Observation]], words: str, authority: Authority
) -> None:
    observation = await play(Federation(authority))
    assert told(observation) == words
