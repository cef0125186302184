"""Resolves names to addresses."""

import asyncio
import encodings.idna  # noqa: F401 - getaddrinfo loads it otherwise, and fails without a descriptor
import errno
import ipaddress
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from probe.config.formats import parse_address
from probe.transport.failure import LocalError, ResolveError, descriptors_are_left, is_local


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The place to connect to: a name or an address, and a port."""

    host: str
    port: int


def parse_endpoint(text: str, port: int) -> Endpoint:
    """Parse `address`, `address:port`, `[v6]:port` or a bare IPv6 address.

    `port` is used when the text names none.

    Raises ValueError on an empty host or a port outside 1..65535.
    """
    address = parse_address(text.strip())
    if address.port == 0:
        raise ValueError(f"{text!r} is not address:port")
    return Endpoint(address.host, address.port or port)


@lru_cache(maxsize=1_024)  # each exchange asks
def is_address(host: str) -> bool:
    """Tell whether the host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


Addresses = list[str]


class Resolver:
    """Runs getaddrinfo, each lookup in a thread of its own. Simultaneous callers share a lookup.

    The loop's own getaddrinfo runs in a pool of a few threads. getaddrinfo cannot be interrupted,
    and may take half a minute, so a handful of names whose servers hang would delay every other
    name. One daemon thread per name avoids that, and there are never more of them than names in the
    configuration. Nothing is cached: the measurement is of what the system's resolver answers now.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[Addresses]] = {}

    async def addresses(self, host: str) -> Addresses:
        """Return the addresses of `host` in the system's order, families in turn (RFC 8305, 4).

        Raises ResolveError, and LocalError when this machine cannot look up any name.
        """
        lookup = self._under_way.get(host)
        if lookup is None:
            lookup = self._under_way[host] = self._start(host)
        try:
            return await asyncio.shield(lookup)
        except OSError as error:
            if is_local(error):
                raise LocalError("out of descriptors") from error
            raise ResolveError("no address") from error
        except UnicodeError as error:  # a label longer than 63 octets, or empty
            raise ResolveError("not a host name") from error

    def _start(self, host: str) -> asyncio.Future[Addresses]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Addresses] = loop.create_future()

        def finish(result: Addresses | OSError | UnicodeError) -> None:
            self._under_way.pop(host, None)
            if future.done():
                return
            if isinstance(result, list):
                future.set_result(result)
            else:
                future.set_exception(result)
                future.exception()  # retrieved here, as nobody may be waiting any more

        def look_up() -> None:
            result: Addresses | OSError | UnicodeError
            try:
                answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                result = _alternate((family, str(where[0])) for family, _, _, _, where in answers if "%" not in str(where[0]))
                if not result:  # an address of one link ("fe80::1%eth0") is none for a name
                    result = socket.gaierror(socket.EAI_NONAME, "no address that holds beyond one link")
            except (OSError, UnicodeError) as error:
                result = _ours(error)
            with suppress(RuntimeError):  # the loop is closed, and so nobody waits
                loop.call_soon_threadsafe(finish, result)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        return future


def _ours(error: OSError | UnicodeError) -> OSError | UnicodeError:
    """Return the error of a failed lookup, or the one of this machine that caused it.

    Without a descriptor the system's resolver reads neither its files nor an answer,
    and may say that the name is unknown. It is not believed then.
    """
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_MEMORY:
        return OSError(errno.ENOMEM, "no memory for a lookup")
    if isinstance(error, OSError) and not descriptors_are_left():
        return OSError(errno.EMFILE, "no descriptor for a lookup")
    return error


def _alternate(answers: Iterable[tuple[int, str]]) -> Addresses:
    """Sort addresses so that their families take turns, the first one's first; each address once.

    The input is pairs of family and address, in order of preference.
    """
    families: dict[int, list[str]] = {}
    for family, address in answers:
        known = families.setdefault(family, [])
        if address not in known:
            known.append(address)
    rows = list(families.values())
    longest = max((len(row) for row in rows), default=0)
    return [row[turn] for turn in range(longest) for row in rows if turn < len(row)]
