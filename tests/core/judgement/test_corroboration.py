"""Corroboration changes an observation before it is stored.

docs/domain.md, "Outcome, fault, reason".
"""

from dataclasses import replace

import pytest

from probe.core.judgement.corroboration import Neighbours, corroborate, remember, suspended
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
    settled = corroborate(greyed(kind), near(WELL, WELL))
    assert (settled.outcome, settled.fault, settled.reason) == (Outcome.INCONCLUSIVE, Fault.SP, Reason.TILES_GREYED)
    assert corroborate(settled, near(WELL, WELL)) == settled


@pytest.mark.parametrize("kind", [Kind.MIRE, Kind.IDENTITY])
@pytest.mark.parametrize("directs", [(), (IDP_DOWN, WELL), (IDP_DOWN, IDP_DOWN)])
def test_tiles_all_greyed_stay_the_hubs_unless_every_idp_answers_directly(kind: Kind, directs: tuple[Told, ...]) -> None:
    assert corroborate(greyed(kind), near(*directs)) == greyed(kind)


def test_a_button_beside_the_list_is_no_tile_that_could_be_greyed_for_us_only() -> None:
    alone = (Tile("own", selectable=True, listed=False),)
    assert corroborate(greyed(Kind.MIRE, alone), near(WELL)) == greyed(Kind.MIRE, alone)
    assert corroborate(greyed(Kind.MIRE, (*GREYED, *alone)), near(WELL)).reason is Reason.TILES_GREYED


def test_a_mire_without_any_tile_is_never_our_trouble() -> None:
    assert corroborate(greyed(Kind.MIRE, ()), near(WELL)) == greyed(Kind.MIRE, ())


NO_NAME = Told(Outcome.FAILED, Fault.HUB, Reason.DNS, None)
REFUSED = Told(Outcome.INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED, None)


def controls(*told: Told, started: int = 60) -> Neighbours:
    """Each control target was asked for a second from `started` on."""
    known = Neighbours()
    for number, each in enumerate(told):
        remember(observation((Kind.CONTROL, f"control{number}"), each, started, 1, 60), known, 3)
    return known


@pytest.mark.parametrize("kind", [Kind.MIRE, Kind.IDENTITY, Kind.LOGIN_PAGE, Kind.DIRECT])
def test_a_transport_failure_while_every_control_target_fails_is_the_networks(kind: Kind) -> None:
    seen = observation((kind, None if kind is Kind.MIRE else "idp0"), NO_NAME, 60, 1, 60)
    settled = corroborate(seen, controls(NO_NAME, NO_NAME))
    assert settled == replace(seen, outcome=Outcome.INCONCLUSIVE, fault=Fault.NETWORK)


@pytest.mark.parametrize("near_it", [(), (WELL,), (NO_NAME, WELL)])
def test_a_transport_failure_stays_the_targets_unless_every_control_target_fails(near_it: tuple[Told, ...]) -> None:
    seen = observation((Kind.MIRE, None), NO_NAME, 60, 1, 60)
    assert corroborate(seen, controls(*near_it)) == seen


def test_control_targets_that_failed_only_before_the_journey_say_nothing_of_it() -> None:
    seen = observation((Kind.MIRE, None), NO_NAME, 60, 1, 60)
    assert corroborate(seen, controls(NO_NAME, started=58)) == seen  # it ended at 59
    # It ended as the journey began.
    assert corroborate(seen, controls(NO_NAME, started=59)).fault is Fault.NETWORK


def test_a_failure_that_was_no_transport_failure_is_not_the_networks() -> None:
    seen = observation((Kind.MIRE, None), Told(Outcome.FAILED, Fault.HUB, Reason.HTTP_STATUS, None), 60, 1, 60)
    assert corroborate(seen, controls(NO_NAME, NO_NAME)) == seen


def test_a_control_target_is_not_measured_by_the_others() -> None:
    seen = observation((Kind.CONTROL, "control0"), NO_NAME, 60, 1, 60)
    assert corroborate(seen, controls(NO_NAME, NO_NAME)) == seen


def test_a_direct_probe_vouches_for_as_many_intervals_as_it_is_told() -> None:
    known = near(WELL)  # started at 0, for three minutes
    assert corroborate(replace(greyed(Kind.MIRE), started_us=known.directs["idp0"].until_us - 1), known).reason is Reason.TILES_GREYED
    assert corroborate(replace(greyed(Kind.MIRE), started_us=known.directs["idp0"].until_us), known).reason is Reason.NO_IDP_SELECTABLE
    assert known.directs["idp0"].until_us - known.directs["idp0"].started_us == 3 * 60_000_000


def test_an_inconclusive_direct_probe_does_not_replace_what_was_known() -> None:
    known = near(WELL)
    before = dict(known.directs)
    remember(observation((Kind.DIRECT, "idp0"), Told(Outcome.INCONCLUSIVE, Fault.PROBER, None, None), 10, 1, 60), known, 3)
    assert known.directs == before


def test_an_account_is_suspended_after_as_many_refusals_in_a_row_as_agreed_and_freed_by_a_success() -> None:
    known = Neighbours()
    for said in (False, False, True):
        remember(observation((Kind.IDENTITY, "idp0"), REFUSED, 0, 1, 60), known, 3)
        assert suspended(known, "idp0", 3) is said
    assert not suspended(known, "idp1", 3)
    remember(observation((Kind.IDENTITY, "idp0"), NO_NAME, 0, 1, 60), known, 3)
    assert suspended(known, "idp0", 3)  # a failure says nothing of the password
    remember(observation((Kind.IDENTITY, "idp0"), WELL, 0, 1, 60), known, 3)
    assert not suspended(known, "idp0", 1)


def test_refusals_of_another_journey_do_not_count_against_the_account() -> None:
    known = Neighbours()
    remember(observation((Kind.LOGIN_PAGE, "idp0"), REFUSED, 0, 1, 60), known, 3)
    assert not suspended(known, "idp0", 1)


@pytest.mark.parametrize(
    ("kind", "told", "known_good"), [(Kind.MIRE, WELL, True), (Kind.MIRE, NO_NAME, False), (Kind.LOGIN_PAGE, WELL, False)]
)
def test_a_client_is_known_good_once_the_hub_has_shown_it_its_mire(kind: Kind, told: Told, known_good: bool) -> None:
    known = Neighbours()
    assert not known.client_known_good
    remember(observation((kind, None if kind is Kind.MIRE else "idp0"), told, 0, 1, 60), known, 3)
    assert known.client_known_good is known_good


def test_a_success_of_an_account_that_was_never_refused_changes_nothing() -> None:
    known = Neighbours()
    remember(observation((Kind.IDENTITY, "idp0"), WELL, 0, 1, 60), known, 3)
    assert known == Neighbours()
