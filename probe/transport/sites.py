"""Tells which hosts are of one site: what the owner of one registered name runs.

The names below which anybody may register one are the Public Suffix List's.
"""

import ipaddress
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from probe.transport.resolve import is_address
from probe.transport.urls import Url


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # some 50 ms: read when it is first needed


def is_public_suffix(host: str) -> bool:
    """Tell whether anybody may register a name below this one (`fr`, `gouv.fr`, `localhost`)."""
    return not is_address(host) and _suffixes().privatesuffix(host) is None


@lru_cache(maxsize=1_024)
def registrable(host: str) -> str:
    """Return the registered name that a host belongs to; the host itself where there is none."""
    return host if is_address(host) else _suffixes().privatesuffix(host) or host


def site(url: Url) -> tuple[str, str]:
    """Return the site of an address: its scheme and the registered name.

    See RFC 6265bis, section 5.2, and HTML, "same site".
    """
    return url.scheme, registrable(url.host)


def is_local(host: str) -> bool:
    """Tell whether a host is this machine, which browsers take for secure whatever the scheme."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_address(host) and ipaddress.ip_address(host).is_loopback
