"""IPv4 and IPv6 of a host are seen apart, on real sockets of 127.0.0.1 and ::1."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from probe.config.models import FamilyChoice, Network
from probe.core.judgement.observation import Hop, Outcome, Reason
from probe.prober.run import Prober
from probe.transport import families
from probe.transport.families import ReachedFamilies
from tests.fakes.peers import Names, Site, Walk, get, prober, serve

BOTH = ["127.0.0.1", "::1"]


def port_of_both() -> int:
    """A port that is free at either address."""
    with socket.socket(socket.AF_INET6) as six, socket.socket() as four:
        six.bind(("::1", 0))
        port: int = six.getsockname()[1]
        four.bind(("127.0.0.1", port))
        return port


@contextmanager
def black_hole(address: str, port: int) -> Iterator[None]:
    """A socket whose queue is full: what connects to it gets no answer."""
    with ExitStack() as stack:
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        full = stack.enter_context(socket.socket(kind))
        full.bind((address, port))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket(kind))
            waiting.setblocking(False)
            assert waiting.connect_ex((address, port)) in (0, errno.EINPROGRESS)
        yield


async def hop_of(one: Prober, url: str, choice: FamilyChoice = FamilyChoice.SIDE_BY_SIDE) -> Hop:
    observation = await one.run(Walk(get(url), network=Network(families=choice)))
    assert observation.outcome is Outcome.OK
    return observation.hops[0]


async def knows_both(one: Prober) -> None:
    """Let the prober reach some host by either family."""
    port = port_of_both()
    async with serve(Site(), host="127.0.0.1", port=port), serve(Site(), host="::1", port=port):
        hop = await hop_of(one, f"http://known.test:{port}/")
    assert {hop.ip, hop.also_ip} == {4, 6}
    assert hop.dead_ip is None


def seeing(*hosts: str) -> Prober:
    return prober(Names(dict.fromkeys(hosts, BOTH)))


@pytest.mark.parametrize("alive", [4, 6])
@pytest.mark.parametrize("dead", ["refuses", "is a black hole"])
async def test_a_dead_family_is_told_and_is_no_failure(alive: int, dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "PATIENCE_S", 0.3)
    one, port = seeing("known.test", "hub.test"), port_of_both()
    await knows_both(one)
    serves, dies = ("127.0.0.1", "::1") if alive == 4 else ("::1", "127.0.0.1")
    with ExitStack() as stack:
        if dead != "refuses":
            stack.enter_context(black_hole(dies, port))
        async with serve(Site(), host=serves, port=port):
            hop = await hop_of(one, f"http://hub.test:{port}/")
            again = await hop_of(one, f"http://hub.test:{port}/")
    assert (hop.ip, hop.also_ip, hop.dead_ip) == (alive, None, 10 - alive)
    assert (again.ip, again.also_ip, again.dead_ip) == (alive, None, None), "a host is looked at once a minute"


async def test_a_family_by_which_nothing_was_ever_reached_is_not_told_dead() -> None:
    """It may be this machine that has no way by it."""
    port = port_of_both()
    async with serve(Site(), host="127.0.0.1", port=port):
        hop = await hop_of(seeing("hub.test"), f"http://hub.test:{port}/")
    assert (hop.ip, hop.also_ip, hop.dead_ip) == (4, None, None)


async def test_a_host_of_which_both_families_are_dead_fails() -> None:
    one, port = seeing("known.test", "hub.test"), port_of_both()
    await knows_both(one)
    observation = await one.run(Walk(get(f"http://hub.test:{port}/")))
    assert (observation.outcome, observation.reason) == (Outcome.FAILED, Reason.CONNECT)


async def test_nothing_is_asked_beside_where_the_way_of_browsers_alone_is_wanted() -> None:
    one, port = seeing("known.test", "hub.test"), port_of_both()
    await knows_both(one)
    async with serve(Site(), host="127.0.0.1", port=port):
        hop = await hop_of(one, f"http://hub.test:{port}/", FamilyChoice.TOGETHER)
    assert (hop.ip, hop.also_ip, hop.dead_ip) == (4, None, None)


def refusing(number: int) -> Callable[..., object]:
    async def sock_connect(*_: object) -> None:
        raise OSError(number, "refused")

    return sock_connect


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EACCES, errno.EMFILE, errno.EADDRNOTAVAIL], ids=errno.errorcode.get)
async def test_trouble_of_this_machine_says_nothing_of_a_family(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", refusing(number))
    seen = ReachedFamilies()
    first, second = (seen.beside("hub.test", 1, BOTH, used, now_us) for used, now_us in ((4, 0), (6, 10**9)))
    assert first is not None
    assert second is not None
    assert (await first, await second) == (None, None)
