"""What the mire offers beside the watched IdPs."""

from dataclasses import replace

from probe.core.judgement.observation import Tile
from probe.core.judgement.offer import MOST_STRANGERS, offer_of
from probe.core.judgement.signal import Offer
from probe.core.judgement.spec import IdpSpec
from tests.builders import SPEC, mire


def test_some_of_the_tiles_that_nobody_watches_are_named() -> None:
    watched = replace(SPEC, idps=(IdpSpec("a", tile="a"),))
    tiles = tuple(Tile(uid, selectable=True) for uid in ("a", *"zyxw"))
    assert offer_of(replace(mire(0), tiles=tiles), watched) == Offer(True, (), ("w", "x", "y"))
    assert len("wxy") == MOST_STRANGERS
