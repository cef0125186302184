"""What only the neighbours can tell changes the observation before it is stored (docs/domain.md,
"Outcome, fault, reason")."""

from dataclasses import replace

import pytest

from probe.core.judgement.corroboration import Neighbours, remember, settle
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Tile
from tests.core.judgement.strategies import NO_TILES, WELL, Told, observation

GREYED = (Tile("a", selectable=False), Tile("b", selectable=False))
IDP_DOWN = Told(Outcome.FAILED, Fault.IDP, Reason.CONNECT, None)


def near(*directs: Told) -> Neighbours:
    """A minute ago each IdP was asked directly."""
    known = Neighbours()
    for number, told in enumerate(directs):
        remember(observation((Kind.DIRECT, f"idp{number}"), told, 0, 1, 60), known, 3)
    return known


def greyed(kind: Kind, tiles: tuple[Tile, ...] = GREYED) -> Observation:
    return replace(observation((kind, None if kind is Kind.MIRE else "idp0"), NO_TILES, 60, 1, 60), tiles=tiles)


@pytest.mark.parametrize("kind", [Kind.MIRE, Kind.IDENTITY, Kind.LOGIN_PAGE])
def test_tiles_all_greyed_while_the_idps_answer_directly_are_our_trouble_whichever_journey_saw_them(kind: Kind) -> None:
    settled = settle(greyed(kind), near(WELL, WELL))
    assert (settled.outcome, settled.fault, settled.reason) == (Outcome.INCONCLUSIVE, Fault.SP, Reason.TILES_GREYED)
    assert settle(settled, near(WELL, WELL)) == settled


@pytest.mark.parametrize("kind", [Kind.MIRE, Kind.IDENTITY])
@pytest.mark.parametrize("directs", [(), (IDP_DOWN, WELL), (IDP_DOWN, IDP_DOWN)])
def test_tiles_all_greyed_stay_the_hubs_unless_every_idp_answers_directly(kind: Kind, directs: tuple[Told, ...]) -> None:
    assert settle(greyed(kind), near(*directs)) == greyed(kind)


def test_a_button_beside_the_list_is_no_tile_that_could_be_greyed_for_us_only() -> None:
    alone = (Tile("own", selectable=True, listed=False),)
    assert settle(greyed(Kind.MIRE, alone), near(WELL)) == greyed(Kind.MIRE, alone)
    assert settle(greyed(Kind.MIRE, (*GREYED, *alone)), near(WELL)).reason is Reason.TILES_GREYED


def test_a_mire_without_any_tile_is_never_our_trouble() -> None:
    assert settle(greyed(Kind.MIRE, ()), near(WELL)) == greyed(Kind.MIRE, ())
