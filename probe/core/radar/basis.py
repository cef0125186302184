"""Names what a sighting depends on beside the hub: our rules of reading, and our own settings.

Sightings are compared on one basis only. So a new request, a new page profile or a newer Vigie is
never told as a change of the hub.
"""

from collections.abc import Mapping
from typing import Final

from probe.core.judgement.observation import SetupPart
from probe.core.judgement.own_setup import digests
from probe.core.judgement.sighting import Aspect

READING = 3
"""The edition of the rules by which traits are read. It rises when a trait is read otherwise."""

_DEPENDS_ON: Final[Mapping[Aspect, SetupPart]] = {
    Aspect.TILES: SetupPart.MIRE,
    Aspect.MIRE: SetupPart.MIRE,
    Aspect.CONSENT: SetupPart.RETURN,
}


def basis(aspect: Aspect, setup: str) -> str:
    """Return the basis of a sighting that was made with these settings (`Observation.setup`)."""
    part = _DEPENDS_ON.get(aspect)
    digest = digests(setup).get(part, "") if part else ""
    return f"{READING}:{digest}"
