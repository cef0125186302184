"""IPv4 and IPv6 of a host are seen apart, on real sockets of 127.0.0.1 and ::1."""

import asyncio
import errno
import random
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress

import pytest
from structlog.testing import capture_logs

from probe.config.models import FamilyChoice, Network
from probe.core.judgement.observation import Hop, Outcome, Reason
from probe.prober.run import Prober
from probe.transport import families
from probe.transport.families import FamilyTurns, OtherFamily, ReachedFamilies, Tried, addresses_in_turn
from probe.transport.looks import AGAIN_US, MOST_PLACES, Looks
from probe.transport.resolve import Endpoint
from tests.fakes.peers import Names, Site, Walk, get, prober, serve

BOTH = ["127.0.0.1", "::1"]


def port_of_both() -> int:
    """A port that is free at either address, and not one of those that the system gives to
    others meanwhile.
    """
    for _ in range(100):
        port = random.randrange(10_000, 30_000)
        with socket.socket(socket.AF_INET6) as six, socket.socket() as four, suppress(OSError):
            six.bind(("::1", port))
            four.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free at both addresses")


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


async def hop_of(one: Prober, url: str, choice: FamilyChoice = FamilyChoice.SIDE_BY_SIDE, *, on_record: bool = True) -> Hop:
    observation = await one.run(Walk(get(url), network=Network(families=choice)), on_record=on_record)
    assert observation.outcome is Outcome.OK
    return observation.hops[0]


@asynccontextmanager
async def known_by_both(one: Prober) -> AsyncIterator[None]:
    """Let the prober reach some host by either family, which goes on serving."""
    port = port_of_both()
    async with serve(Site(), host="127.0.0.1", port=port), serve(Site(), host="::1", port=port):
        hop = await hop_of(one, f"http://known.test:{port}/")
        assert {hop.ip, hop.also_ip} == {4, 6}
        assert hop.dead_ip is None
        yield


def seeing(*hosts: str) -> Prober:
    return prober(Names(dict.fromkeys(hosts, BOTH)))


@pytest.mark.parametrize("alive", [4, 6])
@pytest.mark.parametrize("dead", ["refuses", "is a black hole"])
async def test_a_dead_family_is_told_and_is_no_failure(alive: int, dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "PATIENCE_S", 0.3)
    one, port = seeing("known.test", "hub.test"), port_of_both()
    serves, dies = ("127.0.0.1", "::1") if alive == 4 else ("::1", "127.0.0.1")
    with ExitStack() as stack:
        if dead != "refuses":
            stack.enter_context(black_hole(dies, port))
        async with known_by_both(one), serve(Site(), host=serves, port=port):
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


async def test_a_family_that_answers_nowhere_any_more_is_lost_by_this_machine() -> None:
    """It is said once, and of no host."""
    one, ports = seeing("known.test", "one.test", "two.test"), [port_of_both() for _ in range(2)]
    async with known_by_both(one):
        pass
    async with serve(Site(), host="127.0.0.1", port=ports[0]), serve(Site(), host="127.0.0.1", port=ports[1]):
        with capture_logs() as logged:
            hops = [await hop_of(one, f"http://{name}.test:{port}/") for name, port in zip(("one", "two"), ports, strict=True)]
            async with serve(Site(), host="::1", port=ports[0]):
                await hop_of(seeing("one.test"), f"http://one.test:{ports[0]}/")
                again = await hop_of(one, f"http://one.test:{ports[0]}/", on_record=False)
    assert [(hop.ip, hop.also_ip, hop.dead_ip) for hop in hops] == [(4, None, None)] * 2
    assert {again.ip, again.also_ip} == {4, 6}
    assert [line["event"] for line in logged] == ["own_family_lost", "own_family_back"]


@pytest.mark.parametrize("dead", ["refuses", "is a black hole"])
async def test_the_only_host_of_both_families_is_told_by_its_own_refusal(dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its refusal came by that family. Where it is silent nobody can tell."""
    monkeypatch.setattr(families, "PATIENCE_S", 0.3)
    port = port_of_both()
    seen = ReachedFamilies()

    async def look(now_us: int) -> OtherFamily | None:
        task = seen.beside(Endpoint("hub.test", port), BOTH, BOTH[0], Looks(), now_us)
        return await task if task is not None else None

    assert await look(0) is None, "it was never reached by that family"
    async with serve(Site(), host="::1", port=port):
        assert await look(0) == OtherFamily(6, dead=False)
    with ExitStack() as stack:
        if dead != "refuses":
            stack.enter_context(black_hole("::1", port))
        assert await look(0) == (OtherFamily(6, dead=True) if dead == "refuses" else None)


async def test_what_answers_on_this_machine_says_nothing_of_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = "2a00:1450:4007:80e::2003"

    async def connects(address: str, *_: object) -> Tried:
        return Tried.CONNECTED if address != dead else Tried.SILENT

    monkeypatch.setattr(families, "_connects", connects)
    seen = ReachedFamilies()
    for reached in ("::1", "fd00::1"):
        seen.reached(reached, 443)
    verdicts = []
    for further in ("::1", "2a01:e0c:1::1"):
        seen.reached(further, 443)
        look = seen.beside(Endpoint("hub.test", 443), ["192.0.2.1", dead], "192.0.2.1", Looks(), 0)
        verdicts.append(await look if look else None)
    assert verdicts == [None, OtherFamily(6, dead=True)]


async def test_a_run_on_demand_takes_no_look_from_those_on_record() -> None:
    one = seeing("known.test")
    port = port_of_both()
    async with serve(Site(), host="127.0.0.1", port=port), serve(Site(), host="::1", port=port):
        hops = [await hop_of(one, f"http://known.test:{port}/", on_record=on_record) for on_record in (False, False, True, True, False)]
    assert [hop.also_ip is not None for hop in hops] == [True, True, True, False, True]


async def test_a_look_outlasts_no_deadline_of_whoever_asks() -> None:
    one, port = seeing("known.test", "hub.test"), port_of_both()
    with black_hole("::1", port):
        async with known_by_both(one), serve(Site(), host="127.0.0.1", port=port):
            began = asyncio.get_running_loop().time()
            seen = await one.run(Walk(get(f"http://hub.test:{port}/")), on_record=False, at_most_us=400_000)
    assert asyncio.get_running_loop().time() - began < families.PATIENCE_S
    assert (seen.outcome, seen.hops[0].ip, seen.hops[0].dead_ip) == (Outcome.OK, 4, None)


async def test_a_look_that_raises_is_logged_and_fails_no_journey(monkeypatch: pytest.MonkeyPatch) -> None:
    async def raises(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(families, "_connects", raises)
    port = port_of_both()
    async with serve(Site(), host="127.0.0.1", port=port):
        with capture_logs() as logged:
            hop = await hop_of(seeing("hub.test"), f"http://hub.test:{port}/")
    assert (hop.ip, hop.also_ip, hop.dead_ip) == (4, None, None)
    assert [(line["event"], line["error"]) for line in logged] == [("family_not_seen", "ZeroDivisionError")]


def test_the_memory_of_looks_is_bounded_and_forgets_no_young_look_below_the_bound() -> None:
    looks = Looks()
    for number in range(5 * MOST_PLACES):
        looks.done(f"{number}.test:443", number)
    assert len(looks) == MOST_PLACES
    last = f"{5 * MOST_PLACES - 1}.test:443"
    assert not looks.are_due(last, 5 * MOST_PLACES)
    looks.done("new.test:443", 2 * AGAIN_US)
    assert len(looks) == 1
    assert looks.are_due(last, 2 * AGAIN_US)


async def test_a_host_of_which_both_families_are_dead_fails() -> None:
    one, port = seeing("known.test", "hub.test"), port_of_both()
    async with known_by_both(one):
        observation = await one.run(Walk(get(f"http://hub.test:{port}/")))
    assert (observation.outcome, observation.reason) == (Outcome.FAILED, Reason.CONNECT)


async def test_nothing_is_asked_beside_where_the_way_of_browsers_alone_is_wanted() -> None:
    one, port = seeing("known.test", "hub.test"), port_of_both()
    async with known_by_both(one), serve(Site(), host="127.0.0.1", port=port):
        hop = await hop_of(one, f"http://hub.test:{port}/", FamilyChoice.TOGETHER)
    assert (hop.ip, hop.also_ip, hop.dead_ip) == (4, None, None)


async def test_journeys_go_by_the_families_in_turn_where_that_is_wanted() -> None:
    one, port = seeing("hub.test"), port_of_both()
    async with serve(Site(), host="127.0.0.1", port=port), serve(Site(), host="::1", port=port):
        ways = [(await hop_of(one, f"http://hub.test:{port}/", FamilyChoice.IN_TURN)).ip for _ in range(4)]
    assert ways == [6, 4, 6, 4]


@pytest.mark.parametrize("alive", [4, 6])
async def test_a_dead_family_s_turn_goes_by_the_other_and_it_is_told(alive: int) -> None:
    one, port = seeing("known.test", "hub.test"), port_of_both()
    async with known_by_both(one), serve(Site(), host="127.0.0.1" if alive == 4 else "::1", port=port):
        hops = [await hop_of(one, f"http://hub.test:{port}/", FamilyChoice.IN_TURN) for _ in range(2)]
    assert [(hop.ip, hop.dead_ip) for hop in hops] == [(alive, 10 - alive), (alive, None)]


async def test_the_black_hole_of_a_family_costs_its_turn_a_fifth_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "PATIENCE_S", 0.3)
    port = port_of_both()
    with black_hole("127.0.0.1", port):
        assert await addresses_in_turn(BOTH, port, 4) == BOTH
        assert await addresses_in_turn(BOTH, port, 6) == BOTH
    async with serve(Site(), host="127.0.0.1", port=port):
        assert await addresses_in_turn(BOTH, port, 4) == BOTH[:1]
        assert await addresses_in_turn(BOTH[1:], port, 4) == BOTH[1:], "its name has no other"


def test_what_is_not_on_record_takes_no_turn() -> None:
    turns = FamilyTurns()
    assert [turns.next_turn("mire", kept=kept) for kept in (False, True, False, True)] == [6, 6, 4, 4]
    assert turns.next_turn("another target") == 6


def refusing(number: int) -> Callable[..., object]:
    async def sock_connect(*_: object) -> None:
        raise OSError(number, "refused")

    return sock_connect


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EACCES, errno.EMFILE, errno.EADDRNOTAVAIL], ids=errno.errorcode.get)
async def test_trouble_of_this_machine_says_nothing_of_a_family(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", refusing(number))
    seen, looks = ReachedFamilies(), Looks()
    seen.reached("127.0.0.1", 2)
    seen.reached("::1", 2)
    first, second = (seen.beside(Endpoint("hub.test", 1), BOTH, used, looks, now_us) for used, now_us in ((BOTH[0], 0), (BOTH[1], 10**9)))
    assert first is not None
    assert second is not None
    assert (await first, await second) == (None, None)
