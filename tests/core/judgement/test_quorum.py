"""The readings of several vantages become one value (docs/judgement.md, "Several vantages")."""

from dataclasses import replace

import pytest

from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.quorum import merged
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Offer, Value
from probe.core.judgement.spec import RULES, RULES_OF_0_1, HubSpec

SPEC = HubSpec("fc", (), shared=True, rules=RULES)
LATE = Cause(Fault.HUB, Reason.TIMEOUT, Step.MIRE)
LOST = Cause(Fault.HUB, Reason.DNS, Step.MIRE)
REFUSED = Cause(Fault.HUB, Reason.CONNECT, Step.MIRE)
GREYED = Cause(Fault.SP, Reason.TILES_GREYED, Step.MIRE)


def good(at: int = 100, since: int = 10) -> Value:
    return Value(Health.GOOD, at=at, since=since)


def bad(at: int = 100, since: int = 10, cause: Cause = LATE) -> Value:
    return Value(Health.BAD, cause, at=at, since=since)


def absent() -> Value:
    return Value(Health.ABSENT, at=100, since=10)


@pytest.mark.parametrize(
    ("held", "health"),
    [
        ((), Health.UNKNOWN),
        ((UNKNOWN, UNKNOWN), Health.UNKNOWN),
        ((UNKNOWN, good()), Health.GOOD),
        ((UNKNOWN, bad()), Health.BAD),
        ((bad(), good()), Health.GOOD),  # a half is not more than a half
        ((bad(), bad(), good()), Health.BAD),
        ((bad(), good(), good()), Health.GOOD),
        ((absent(), absent(), good()), Health.ABSENT),
        ((absent(), good()), Health.GOOD),
        ((absent(), bad()), Health.UNKNOWN),  # neither more than a half, and none is good
    ],
)
def test_more_than_half_of_the_vantages_that_report_decide(held: tuple[Value, ...], health: Health) -> None:
    assert merged(held, SPEC).health is health


def test_fewer_vantages_than_the_minimum_say_nothing() -> None:
    assert merged((bad(), UNKNOWN, bad()), replace(SPEC, min_vantages=3)) == UNKNOWN
    assert merged((bad(), UNKNOWN, bad()), replace(SPEC, min_vantages=2)).health is Health.BAD


def test_the_quorum_is_the_share_that_more_than_must_say_bad() -> None:
    two_of_three = (bad(), bad(), good())
    assert merged(two_of_three, replace(SPEC, quorum=66)).health is Health.BAD
    assert merged(two_of_three, replace(SPEC, quorum=67)).health is Health.GOOD


def test_one_vantage_alone_is_taken_at_its_word() -> None:
    value = replace(bad(), followed=True, turning=True, previous=LOST)
    assert merged((UNKNOWN, value), SPEC) == value


def test_an_outage_began_when_enough_vantages_held_it_and_is_as_fresh_as_the_freshest() -> None:
    found = merged((bad(at=50, since=40), bad(at=90, since=20), bad(at=70, since=30), good()), SPEC)
    # 3 of 4 are more than half: the third of them counts.
    assert (found.since, found.at) == (40, 90)
    # 2 of 3 are enough.
    assert merged((bad(since=40), bad(since=20), bad(since=30)), SPEC).since == 30


def test_it_was_good_again_when_enough_vantages_held_that_it_is() -> None:
    # 3 bad of 4 needed: 2 good suffice.
    assert merged((good(since=40), good(since=20), good(since=30), good(since=10)), SPEC).since == 20


def test_the_cause_is_the_most_telling_one_then_the_commonest_then_the_first() -> None:
    assert merged((bad(cause=LOST), bad(cause=LATE), bad(cause=LATE)), SPEC).cause == LOST
    assert merged((bad(cause=LOST), bad(cause=REFUSED), bad(cause=REFUSED)), SPEC).cause == REFUSED
    assert merged((bad(cause=LOST), bad(cause=REFUSED)), SPEC).cause == LOST


def test_the_cause_was_the_commonest_by_the_rules_of_0_1() -> None:
    assert merged((bad(cause=LOST), bad(cause=LATE), bad(cause=LATE)), replace(SPEC, rules=RULES_OF_0_1)).cause == LATE


def test_what_any_vantage_sees_beside_the_watched_idps_is_there() -> None:
    seen = merged((replace(good(), offer=Offer(False, ("b",))), replace(good(), offer=Offer(True, ("a",))), good()), SPEC)
    assert seen.offer == Offer(True, ("a", "b"))
    assert merged((good(), good()), SPEC).offer is None


def test_one_vantage_alone_in_seeing_every_tile_greyed_says_nothing() -> None:
    assert merged((bad(cause=GREYED),), SPEC) == UNKNOWN
    assert merged((bad(cause=GREYED), good()), replace(SPEC, quorum=40)).health is Health.GOOD
    assert merged((bad(cause=LATE), good()), replace(SPEC, quorum=40)).health is Health.BAD
    assert merged((bad(cause=GREYED), bad(cause=GREYED)), SPEC).health is Health.BAD


def test_an_identity_that_one_supporter_returned_was_returned() -> None:
    assert merged((good(), replace(good(), returned=True)), SPEC).returned
    assert not merged((good(), good()), SPEC).returned


def test_what_one_supporter_saw_again_outweighs_another_that_turns() -> None:
    turning = replace(good(), turning=True, next=LATE)
    assert (merged((good(), turning), SPEC).turning, merged((good(), turning), SPEC).next) == (True, LATE)
    found = merged((replace(good(), followed=True), turning), SPEC)
    assert (found.followed, found.turning, found.next) == (True, False, None)
    assert not merged((good(), good()), SPEC).followed


def test_the_cause_of_the_outage_before_is_the_most_telling_of_the_supporters() -> None:
    assert merged((replace(good(), previous=LATE), good()), SPEC).previous == LATE


def test_it_is_a_blip_when_it_would_be_bad_if_every_blip_were_believed() -> None:
    blip = replace(good(), blip=True, cause=LATE, doubt=60)
    found = merged((bad(cause=LATE), replace(blip, doubt=70), good()), SPEC)
    assert (found.health, found.blip, found.cause, found.doubt) == (Health.GOOD, True, LATE, 70)
    assert merged((blip, replace(blip, doubt=80), good()), SPEC).doubt == 80
    assert not merged((blip, good(), good()), SPEC).blip  # one of three would not be enough
    assert not merged((bad(), good(), good()), SPEC).blip


def test_a_value_that_is_bad_is_no_blip_whatever_another_vantage_doubts() -> None:
    found = merged((bad(), bad(), replace(good(), blip=True, cause=LOST, doubt=60)), SPEC)
    assert (found.health, found.blip, found.cause) == (Health.BAD, False, LATE)


AWAY = Cause(Fault.HUB, Reason.TURNED_AWAY, Step.MIRE)
DOUBTFUL = Value(Health.GOOD, AWAY, blip=True, doubt=90, at=100, since=10)
"""Turned away, and not for long enough to say so."""


@pytest.mark.parametrize(
    ("held", "networks", "health"),
    [
        ((bad(cause=AWAY),), ("a",), Health.UNKNOWN),  # a lone vantage
        ((bad(cause=AWAY), bad(cause=AWAY)), ("a", "b"), Health.BAD),
        ((bad(cause=AWAY), bad(cause=AWAY)), ("a", "a"), Health.UNKNOWN),  # behind one address
        ((bad(cause=AWAY), good()), ("a", "b"), Health.GOOD),
        ((bad(cause=AWAY), bad(cause=AWAY), good()), ("a", "b", "c"), Health.GOOD),
        ((bad(cause=AWAY), bad(cause=AWAY), UNKNOWN), ("a", "b", "c"), Health.BAD),  # it does not report
        ((bad(cause=AWAY), bad()), ("a", "b"), Health.BAD),  # by the one that is served a time-out
        ((bad(cause=AWAY), DOUBTFUL), ("a", "b"), Health.UNKNOWN),
        ((DOUBTFUL, DOUBTFUL), ("a", "b"), Health.UNKNOWN),
        ((DOUBTFUL, good()), ("a", "b"), Health.GOOD),
    ],
)
def test_a_vantage_that_is_turned_away_reports_only_when_all_are_and_on_two_networks(
    held: tuple[Value, ...], networks: tuple[str, ...], health: Health
) -> None:
    """docs/domain.md: "When all vantages of a shared store that report are turned away, on two
    networks at least and for 10 minutes, it is the host's outage".
    """
    assert merged(held, SPEC, networks).health is health


def test_a_vantage_that_is_turned_away_does_not_count_for_the_minimum() -> None:
    two = replace(SPEC, min_vantages=2)
    assert merged((bad(cause=AWAY), good()), two, ("a", "b")) == UNKNOWN
    assert merged((bad(cause=AWAY), bad(cause=AWAY)), two, ("a", "b")).health is Health.BAD
