"""The subjects whose time is kept, and the states they can be in: words only, for whoever needs no judgement with them."""

from enum import StrEnum
from functools import cache

C1, C2, C3, HUB = "mire_missing", "identity_not_returned", "all_idps_unavailable", "hub"
CONDITIONS = (C1, C2, C3)


class State(StrEnum):
    UP = "up"
    BLIP = "blip"
    DOWN = "down"
    UNKNOWN = "unknown"


@cache
def journey_of(idp: str) -> str:
    """The name of an IdP's journey signal, and of the IdP as a subject."""
    return f"idp:{idp}"
