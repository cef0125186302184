"""What journeys see of a hub's outward form: its metadata, keys, certificates, tiles and pages.

A sighting says nothing of up and down. It is compared with earlier ones, so that a change of
application or infrastructure is noticed (`probe.core.radar`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    """Which part of the outward form."""

    METADATA = "metadata"  # the hub's published metadata: keys and values
    KEYS = "keys"  # its signing keys
    CHAIN = "chain"  # the certificate of one of its hosts, and the chain above it
    IDP_CHAIN = "idp-chain"  # the same of an IdP's host
    TILES = "tiles"  # the IdPs on the mire, with their names
    MIRE = "mire"  # the structure of the mire, or of the hub's own login page
    CONSENT = "consent"  # the structure of a consent page


PAGES = frozenset({Aspect.TILES, Aspect.MIRE, Aspect.CONSENT})
"""The aspects that are read off a page."""

MOST_TRAITS = 400
"""Traits kept of one sighting."""
LONGEST_TRAIT = 160
"""Characters kept of a trait's name, and of its value."""

Trait = tuple[str, str]
"""A name and a value. Which names there are depends on the aspect."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One part of the outward form, as one prober saw it.

    `place` tells several of one aspect apart: the host of a chain, the number of a consent page.
    `traits` are sorted by their names, each of which occurs once. They hold no secret and no
    personal data. `basis` names the rules by which they were read and our own settings on which
    they depend: only sightings on one basis are compared. `since_us` is when this prober saw them
    first, after it had last seen others at `before_us` (None: it had seen none).
    """

    aspect: Aspect
    place: str = ""
    traits: tuple[Trait, ...] = ()
    basis: str = ""
    since_us: int = 0
    before_us: int | None = None


def in_order(traits: Iterable[Trait]) -> tuple[Trait, ...]:
    """Return traits as a sighting holds them, whatever order they came in.

    Of several with one name the smallest value stays. What is beyond `MOST_TRAITS` is left out.
    """
    chosen: dict[str, str] = {}
    for name, value in sorted(traits):
        chosen.setdefault(name, value)
    return tuple(chosen.items())[:MOST_TRAITS]
