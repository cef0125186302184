"""Sees the IPv4 and the IPv6 addresses of a host apart.

A browser that finds no way by one family takes the other, a fifth of a second later ("happy
eyeballs", RFC 8305), and so does a journey: nobody notices that half of a host's addresses are
dead, until a network without the other half. Therefore the family that a journey did not take is
connected to beside it, once a minute for each host. It says nothing more, and is closed at once.

A machine without a way by IPv6 must not tell every host's IPv6 dead. So a family is told dead only
if this process has reached some host by it.
"""

import asyncio
import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from probe.transport.failure import is_local
from probe.transport.handshake import Looks

PATIENCE_S = 3.0
_MOST_TRIES = 3  # addresses of a family
_OF = {4: socket.AF_INET, 6: socket.AF_INET6}


def family(address: str) -> int:
    """Return 4 or 6."""
    return 6 if ":" in address else 4


@dataclass(frozen=True, slots=True)
class OtherFamily:
    """The family (4 or 6) that a journey did not take, and whether it is dead."""

    ip: int
    dead: bool


class ReachedFamilies:
    """What this process has reached by which family."""

    def __init__(self) -> None:
        self._looks = Looks()
        self._reached: set[int] = set()

    def beside(self, name: str, port: int, addresses: Iterable[str], used: int, now_us: int) -> "asyncio.Task[OtherFamily | None] | None":
        """Begin to look at the family that a connection to this name did not use.

        None where the name has no address of it, and within a minute of the last look (`now_us`:
        monotonic). The task gives None where nothing can be said.
        """
        self._reached.add(used)
        other = 10 - used
        tried = [address for address in addresses if family(address) == other][:_MOST_TRIES]
        place = f"{name}:{port}"
        if not tried or not self._looks.are_due(place, now_us):
            return None
        self._looks.done(place, now_us)
        return asyncio.get_running_loop().create_task(self._look(tried, port, other))

    async def _look(self, addresses: list[str], port: int, ip: int) -> OtherFamily | None:
        tries = await asyncio.gather(*(_connects(address, port) for address in addresses))
        if True in tries:
            self._reached.add(ip)
            return OtherFamily(ip, dead=False)
        return OtherFamily(ip, dead=True) if None not in tries and ip in self._reached else None


async def _connects(address: str, port: int) -> bool | None:
    """Tell whether a connection comes about; None where this machine is what prevents it."""
    try:
        with socket.socket(_OF[family(address)], socket.SOCK_STREAM) as opened:
            opened.setblocking(False)
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.get_running_loop().sock_connect(opened, (address, port))
    except TimeoutError:
        return False
    except OSError as error:
        return None if is_local(error) or error.errno in _NO_WAY else False
    return True


_NO_WAY = frozenset({errno.ENETUNREACH, errno.EAFNOSUPPORT})
"""Of our own machine: it has no route by this family, or does not know it."""
