"""What the mire offers beside the IdPs that are watched."""

from probe.core.judgement.observation import Observation
from probe.core.judgement.signal import Offer
from probe.core.judgement.spec import HubSpec

MOST_STRANGERS = 3
"""Of the tiles that nobody watches, how many are named."""


def offer_of(observation: Observation, spec: HubSpec) -> Offer:
    """Return the mire's offer beside the IdPs that are watched."""
    listed = {tile.uid for tile in observation.tiles if tile.listed}
    beside = {tile.uid for tile in observation.tiles if not tile.listed}
    watched = {idp.tile for idp in spec.idps}
    strangers = sorted({tile.uid for tile in observation.tiles if tile.listed and tile.selectable and tile.uid not in watched})
    aside = tuple(idp.name for idp in spec.idps if idp.tile in beside and idp.tile not in listed)
    return Offer(bool(strangers), aside, tuple(strangers[:MOST_STRANGERS]))
