"""Corroboration changes an observation before it is stored.

docs/domain.md, "Outcome, fault, reason".
"""

from dataclasses import replace

import pytest

from probe.core.judgement.corroboration import Neighbours, corroborate, remember, suspended, turns
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.own_trouble import OwnTrouble
from tests.builders import SECOND
from tests.core.judgement.strategies import BEGUN, NO_TILES, TURNED_AWAY_AT_IDP, WELL, Told, observation

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


AT_HUB = Hop(Step.AUTHORIZE, "GET", "hub.example", "/api/v2/authorize", 429)
AT_IDP = Hop(Step.IDP_LOGIN_PAGE, "GET", "idp.example", "/login", 429)


def asked_directly(hop: Hop, told: Told = WELL) -> Neighbours:
    known = Neighbours()
    remember(replace(observation((Kind.DIRECT, "idp0"), told, 0, 1, 60), hops=(hop,)), known, 3)
    return known


@pytest.mark.parametrize(
    ("known", "ours"),
    [
        (asked_directly(AT_IDP), True),
        (asked_directly(AT_HUB), False),  # another host
        (asked_directly(AT_IDP, IDP_DOWN), False),
        (Neighbours(), False),
    ],
)
def test_being_turned_away_is_ours_while_the_same_host_serves_direct(known: Neighbours, ours: bool) -> None:
    """docs/domain.md: "It is ours (`sp`) for certain while the same host serves `direct`"."""
    seen = replace(observation((Kind.IDENTITY, "idp0"), TURNED_AWAY_AT_IDP, 60, 1, 60), hops=(AT_HUB, AT_IDP))
    settled = corroborate(seen, known)
    assert settled == (replace(seen, fault=Fault.SP) if ours else seen)
    late = replace(seen, started_us=seen.started_us + 180_000_000)
    assert corroborate(late, known) == late  # `direct` is not fresh any more


@pytest.mark.parametrize(("mire", "proves"), [(WELL, True), (NO_NAME, False), (REFUSED, False), (None, False)])
def test_a_refusal_that_must_be_proves_something_only_while_the_mire_passes(mire: Told | None, proves: bool) -> None:
    """docs/domain.md: "proves something only while the mire passes"."""
    known = Neighbours()
    if mire is not None:
        remember(observation((Kind.MIRE, None), mire, 0, 1, 60), known, 3)
    refused = observation((Kind.NEGATIVE, "client"), WELL, 60, 1, 60)
    told = corroborate(refused, known)
    assert told == (refused if proves else replace(refused, outcome=Outcome.INCONCLUSIVE, reason=Reason.NOTHING_PROVED))
    # a bogus client that is served is served, whatever the mire says to us
    served = observation((Kind.NEGATIVE, "client"), Told(Outcome.FAILED, Fault.PROBER, Reason.NEGATIVE_PASSED), 60, 1, 60)
    assert corroborate(served, known) == served
    late = replace(refused, started_us=refused.started_us + 180_000_000)
    assert corroborate(late, known).reason is Reason.NOTHING_PROVED


ACCEPTED = Told(Outcome.FAILED, Fault.HUB, Reason.NEGATIVE_PASSED)


@pytest.mark.parametrize(
    ("before", "now", "again"),
    [
        ([], WELL, False),
        ([], ACCEPTED, True),
        ([WELL], ACCEPTED, True),
        ([ACCEPTED], ACCEPTED, False),
        ([ACCEPTED], WELL, True),
        ([ACCEPTED, WELL], WELL, False),
        ([ACCEPTED, NO_NAME], WELL, True),
        ([ACCEPTED], NO_NAME, False),
    ],
)
def test_a_negative_journey_is_asked_again_when_it_proves_the_opposite(before: list[Told], now: Told, again: bool) -> None:
    """docs/judgement.md, "What is asked again at once"."""
    known = Neighbours()
    for told in before:
        remember(observation((Kind.NEGATIVE, "client"), told, 0, 1, 60), known, 3)
        remember(observation((Kind.NEGATIVE, "idp"), WELL, 0, 1, 60), known, 3)
    assert turns(observation((Kind.NEGATIVE, "client"), now, 60, 1, 60), known) is again
    assert not turns(observation((Kind.IDENTITY, "client"), now, 60, 1, 60), known)


def test_the_mire_of_a_single_backend_proves_nothing_of_the_others() -> None:
    known = Neighbours()
    remember(replace(observation((Kind.MIRE, None), WELL, 0, 1, 60), backend="node1"), known, 3)
    assert known.mire is None


def test_a_success_of_an_account_that_was_never_refused_changes_nothing() -> None:
    known = Neighbours()
    remember(observation((Kind.IDENTITY, "idp0"), WELL, 0, 1, 60), known, 3)
    assert (known.refused, known.passed, known.never_passed) == ({}, None, {})


def test_why_journeys_say_nothing_is_kept_until_one_says_something() -> None:
    """The detail of the latest is kept, and since when it is so."""
    known, secret = Neighbours(), Detail(DetailKind.CLIENT_REFUSED, ("client_secret_post",))
    ours = Told(Outcome.INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION, Step.TOKEN)
    for at in (60, 120):
        remember(replace(observation((Kind.IDENTITY, "idp0"), ours, at, 1, 60), detail=secret if at == 120 else None), known, 3)
    first, latest, fresh = (BEGUN + at * SECOND for at in (60, 120, 300))
    assert known.own_troubles == {"idp0": OwnTrouble(Kind.IDENTITY, ours.reason, ours.step, first, False, secret, latest, fresh)}
    remember(observation((Kind.IDENTITY, "idp0"), REFUSED, 180, 1, 60), known, 3)
    assert known.own_troubles["idp0"].since_us == BEGUN + 180 * SECOND
    remember(observation((Kind.LOGIN_PAGE, "idp0"), WELL, 190, 1, 60), known, 3)
    assert known.own_troubles["idp0"].until_us == BEGUN + 370 * SECOND  # the login itself was not tried
    remember(replace(observation((Kind.MIRE, None), NO_NAME, 200, 1, 60), backend="node1"), known, 3)
    remember(observation((Kind.DIRECT, "idp0"), WELL, 200, 1, 60), known, 3)
    assert set(known.own_troubles) == {"idp0"}
    remember(observation((Kind.IDENTITY, "idp0"), NO_NAME, 240, 1, 60), known, 3)
    assert known.own_troubles == {}
