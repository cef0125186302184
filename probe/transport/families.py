"""Sees the IPv4 and the IPv6 addresses of a host apart.

A browser that finds no way by one family takes the other, a fifth of a second later ("happy
eyeballs", RFC 8305), and so does a journey: nobody notices that half of a host's addresses are
dead, until a network without the other half. Therefore the family that a journey did not take is
connected to beside it, once a minute for each host. It says nothing more, and is closed at once.
Where the setting says so, journeys also take the families in turn, so that each is seen whole.

A machine that lost its way by IPv6 must not tell every host's IPv6 dead. Therefore the places that
this process reached last by the family are connected to once more, before a host's is told dead:

    one of them answers          the host's family is dead
    none of them answers         this machine lost the family: logged once, and nobody's
    nothing was reached by it    nobody can tell

A host that was reached by the family and now refuses the connection needs no other: its refusal
came by that family, so this machine has a way by it. Where it is silent, and no other place was
ever reached by the family, nobody can tell: a control target with addresses of both helps.

What is on this machine or on a private network says nothing of the internet, and the other way
round: only places of the same range as the host's addresses count.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

import structlog

from probe.transport.failure import is_local
from probe.transport.looks import Looks
from probe.transport.resolve import Endpoint

log = structlog.get_logger(__name__)

PATIENCE_S = 2.0  # with a host
PATIENCE_WITH_OTHERS_S = 1.0  # with the places that were reached before
_MOST_TRIES = 3  # addresses of a family
_MOST_REACHED = 8  # places of a family and a range, the last ones
_HEAD_START_S = 0.2  # libcurl's, and that of RFC 8305, section 8
_OF = {4: socket.AF_INET, 6: socket.AF_INET6}


def family(address: str) -> int:
    """Return 4 or 6."""
    return 6 if ":" in address else 4


class Tried(Enum):
    """What came of a connection."""

    CONNECTED = auto()
    REFUSED = auto()  # its host answered that it does not want it
    SILENT = auto()
    OURS = auto()  # this machine prevents it


@dataclass(frozen=True, slots=True)
class OtherFamily:
    """The family (4 or 6) that a journey did not take, and whether it is dead."""

    ip: int
    dead: bool


class ReachedFamilies:
    """The places that this process has reached, by family and range."""

    def __init__(self) -> None:
        self._reached: dict[tuple[int, str], dict[Endpoint, None]] = {}  # the last ones at the end
        self._lost: set[tuple[int, str]] = set()

    def reached(self, address: str, port: int) -> None:
        """Note that a connection to this address came about."""
        way = family(address), _range(address)
        places = self._reached.setdefault(way, {})
        places.pop(place := Endpoint(address, port), None)
        places[place] = None
        if len(places) > _MOST_REACHED:
            del places[next(iter(places))]
        if way in self._lost:
            self._lost.remove(way)
            log.info("own_family_back", ip=way[0], range=way[1])

    def beside(
        self, host: Endpoint, addresses: Iterable[str], used: str, looks: Looks, now_us: int
    ) -> "asyncio.Task[OtherFamily | None] | None":
        """Begin to look at the family that a connection to this host did not use.

        `used` is the address that it used, `addresses` are all that the name has. None where the
        name has no address of the other family, and within a minute of the last of these `looks`
        (`now_us`: monotonic). The task gives None where nothing can be said.
        """
        other = 10 - family(used)
        tried = [address for address in addresses if family(address) == other][:_MOST_TRIES]
        place = f"{host.host}:{host.port}"
        if not tried or not looks.are_due(place, now_us):
            return None
        looks.done(place, now_us)
        return asyncio.get_running_loop().create_task(self._look(tried, host.port, other))

    async def _look(self, addresses: list[str], port: int, ip: int) -> OtherFamily | None:
        tries = await asyncio.gather(*(_connects(address, port, PATIENCE_S) for address in addresses))
        for address, came in zip(addresses, tries, strict=True):
            if came is Tried.CONNECTED:
                self.reached(address, port)
        if Tried.CONNECTED in tries:
            return OtherFamily(ip, dead=False)
        if Tried.OURS in tries:
            return None
        known = any(Endpoint(address, port) in self._reached.get((ip, _range(address)), {}) for address in addresses)
        if known and Tried.REFUSED in tries:
            return OtherFamily(ip, dead=True)
        has_way = await self._have(ip, {_range(address) for address in addresses}, {Endpoint(each, port) for each in addresses})
        return OtherFamily(ip, dead=True) if has_way else None

    async def _have(self, ip: int, ranges: Collection[str], but: Collection[Endpoint]) -> bool:
        """Tell whether this machine reaches something else by this family in each of these ranges
        now.
        """
        return all(await asyncio.gather(*((self._has_way((ip, each), but)) for each in ranges)))

    async def _has_way(self, way: tuple[int, str], but: Collection[Endpoint]) -> bool:
        places = [place for place in self._reached.get(way, {}) if place not in but]
        tries = await asyncio.gather(*(_connects(place.host, place.port, PATIENCE_WITH_OTHERS_S) for place in places))
        if Tried.CONNECTED in tries:
            return True
        if places and way not in self._lost:
            self._lost.add(way)
            log.warning("own_family_lost", ip=way[0], range=way[1], places=len(places))
        return False


@lru_cache(maxsize=1_024)  # each new connection asks
def _range(address: str) -> str:
    """Return whether an address is of this machine, of a private network, or of the internet."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "private"
    return "machine" if parsed.is_loopback else "internet" if parsed.is_global else "private"


class FamilyTurns:
    """Whose turn it is, for each target by itself.

    So what is asked again at once goes the other way.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, int] = {}

    def next_turn(self, target: Hashable, *, kept: bool = True) -> int:
        """Return 4 or 6, the one that was not returned before. `kept`: this turn is taken."""
        turn = 10 - self._last.get(target, 4)
        if kept:
            self._last[target] = turn
        return turn


async def addresses_in_turn(addresses: list[str], port: int, turn: int) -> list[str]:
    """Return the addresses to try where it is the turn of a family.

    libcurl gives IPv6 the head start of RFC 8305. Where it is the turn of IPv4, the addresses of
    IPv6 are left out, unless none of IPv4 connects within that time.
    """
    fours = [address for address in addresses if family(address) == 4]
    if turn == 6 or len(fours) in (0, len(addresses)):
        return addresses
    tries = await asyncio.gather(*(_connects(address, port, _HEAD_START_S) for address in fours[:_MOST_TRIES]))
    return fours if Tried.CONNECTED in tries else addresses


async def _connects(address: str, port: int, patience_s: float) -> Tried:
    """Tell whether a connection comes about."""
    try:
        with socket.socket(_OF[family(address)], socket.SOCK_STREAM) as opened:
            opened.setblocking(False)
            async with asyncio.timeout(patience_s):
                await asyncio.get_running_loop().sock_connect(opened, (address, port))
    except TimeoutError:
        return Tried.SILENT
    except ConnectionRefusedError:
        return Tried.REFUSED
    except OSError as error:
        return Tried.OURS if is_local(error) or error.errno in _NO_WAY else Tried.SILENT
    return Tried.CONNECTED


_NO_WAY = frozenset({errno.ENETUNREACH, errno.EAFNOSUPPORT})
"""Of our own machine: it has no route by this family, or does not know it."""
