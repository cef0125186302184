"""What incidents and flags learn from observations and the ledger."""

from typing import Any

import pytest

from probe.core.incident.situation import UNSEEN, Present, Sample, Situation, present, sample, situation
from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.subject import C1, C2, C3, State
from probe.core.judgement.timeline import Interval, Outage
from tests.builders import MINUTE, observation
from tests.fakes.stated_hub import TIMEOUT, minute

UP, DOWN, UNKNOWN, BLIP = (SubjectStatus(state) for state in (State.UP, State.DOWN, State.UNKNOWN, State.BLIP))


def observed(kind: Kind = Kind.IDENTITY, outcome: Outcome = Outcome.OK, **more: Any) -> Observation:
    return observation(kind, minute(1), outcome, lasts_us=MINUTE, interval_us=MINUTE, **{"idp": "ameli", **more})


def told(*args: Any, **more: Any) -> Sample:
    found = sample(observed(*args, **more))
    assert found is not None
    return found


def failed(fault: Fault | None, reason: Reason = Reason.TIMEOUT, step: Step = Step.IDP_LOGIN_PAGE, kind: Kind = Kind.IDENTITY) -> Sample:
    return told(kind, Outcome.FAILED, fault=fault, reason=reason, step=step)


@pytest.mark.parametrize("kind", [Kind.CONTROL, Kind.NEGATIVE])
def test_control_and_negative_journeys_tell_nothing_of_idps(kind: Kind) -> None:
    assert sample(observed(kind)) is None


def test_nor_do_retries_and_a_single_backend() -> None:
    assert sample(observed(retry=True)) is None
    assert sample(observed(backend="b1")) is None


def test_a_journey_that_passed_tells_that_it_did_and_how_long_each_step_took() -> None:
    hops = tuple(Hop(step, "GET", "h", "/", total_us=took) for step, took in ((Step.MIRE, 5), (Step.MIRE, 7), (Step.IDP_LOGIN_PAGE, 9)))
    found = told(hops=hops)
    assert (found.kind, found.idp, found.at_us, found.good, found.offered) == (Kind.IDENTITY, "ameli", minute(1), True, True)
    assert found.steps == {"mire": 12, "idp-login-page": 9}


def test_a_failed_one_tells_no_durations() -> None:
    hops = (Hop(Step.MIRE, "GET", "h", "/", total_us=5),)
    assert told(Kind.IDENTITY, Outcome.FAILED, fault=Fault.IDP, hops=hops).steps == {}


@pytest.mark.parametrize(("fault", "good"), [(Fault.IDP, False), (Fault.HUB, None), (Fault.NETWORK, None), (Fault.SP, None), (None, None)])
def test_a_journey_fails_by_the_idps_own_fault_or_says_nothing_of_it(fault: Fault | None, good: bool | None) -> None:
    assert failed(fault).good is good


def test_direct_fails_whoevers_fault_it_is_and_the_mire_by_the_hubs() -> None:
    assert failed(Fault.IDP, kind=Kind.DIRECT).good is False
    assert failed(Fault.HUB, kind=Kind.MIRE).good is False
    assert failed(Fault.NETWORK, kind=Kind.MIRE).good is None


def test_what_is_inconclusive_says_nothing() -> None:
    assert told(Kind.DIRECT, Outcome.INCONCLUSIVE, fault=Fault.NETWORK).good is None
    assert told(Kind.IDENTITY, Outcome.INCONCLUSIVE, fault=Fault.PROBER, step=Step.MIRE).good is None


@pytest.mark.parametrize(
    ("outcome", "reason", "step", "offered"),
    [
        (Outcome.OK, None, None, True),
        (Outcome.FAILED, Reason.TIMEOUT, Step.REDIRECT_TO_IDP, True),
        (Outcome.INCONCLUSIVE, Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN, True),
        (Outcome.FAILED, Reason.IDP_NOT_OFFERED, Step.MIRE, False),
        (Outcome.INCONCLUSIVE, Reason.IDP_NOT_OFFERED, Step.MIRE, False),
        (Outcome.FAILED, Reason.TIMEOUT, Step.MIRE, None),
        (Outcome.FAILED, Reason.TIMEOUT, Step.AUTHORIZE, None),
        (Outcome.INCONCLUSIVE, Reason.DNS, None, None),
    ],
)
def test_an_idp_is_offered_when_the_journey_could_pick_it(
    outcome: Outcome, reason: Reason | None, step: Step | None, offered: bool | None
) -> None:
    found = told(Kind.LOGIN_PAGE, outcome, reason=reason, step=step, fault=Fault.IDP)
    assert found.offered is offered
    assert reason is not Reason.IDP_NOT_OFFERED or found.good is None


def test_the_mire_tells_how_many_can_be_picked_when_it_was_displayed() -> None:
    tiles = (Tile("a", selectable=True), Tile("b", selectable=False), Tile("c", selectable=True))
    assert told(Kind.MIRE, tiles=tiles).selectable == 2
    assert told(Kind.MIRE, tiles=(*tiles, Tile("own button", selectable=True, listed=False))).selectable == 2
    assert told(Kind.MIRE, Outcome.FAILED, fault=Fault.HUB, reason=Reason.NO_IDP_SELECTABLE).selectable == 0
    assert told(Kind.MIRE, Outcome.FAILED, fault=Fault.HUB, reason=Reason.NOT_THE_MIRE).selectable is None
    assert told(Kind.IDENTITY, tiles=tiles).selectable is None
    assert told(Kind.MIRE, tiles=tiles).offered is told(Kind.DIRECT).offered is None


def test_a_state_lasts_since_it_was_entered_whatever_its_cause_was() -> None:
    intervals = [Interval(1, 5, UP), Interval(5, 9, DOWN), Interval(9, None, SubjectStatus(State.DOWN, TIMEOUT))]
    assert present(intervals) == Present(State.DOWN, 5)
    assert present([]) == UNSEEN


def test_a_situation_is_made_of_the_ends_of_timelines() -> None:
    intervals = {
        C3: [Interval(1, None, UP)],
        "hub": [Interval(1, None, UP)],
        "idp:ameli": [Interval(1, 5, UP), Interval(5, 8, DOWN), Interval(8, None, UNKNOWN)],
        "idp:poste": [Interval(1, 4, DOWN), Interval(4, 6, UNKNOWN), Interval(6, None, BLIP)],
    }
    found = situation("fc", 20, ["ameli", "poste"], intervals, contacts=frozenset({"ameli"}))
    assert {name: each.state for name, each in found.present.items()} == {
        C3: "up",
        "hub": "up",
        "idp:ameli": "unknown",
        "idp:poste": "blip",
    }
    assert [(each.subject, each.start_us, each.end_us) for each in found.outages] == [("idp:ameli", 5, None), ("idp:poste", 1, 6)]
    assert (found.idps, found.holding(), found.of("mire_missing")) == (("ameli", "poste"), None, UNSEEN)
    assert (found.hub, found.now_us, found.watched) == ("fc", 20, True)
    assert found.outages[1] == Outage("fc", "idp:poste", 1, 6, 3, 2, None)
    assert found.contacts == {"ameli"}


def test_what_a_situation_is_given_besides_is_kept() -> None:
    seen = [Sample(Kind.MIRE, None, 5, True)]
    found = situation("fc", 20, [], {}, seen, control=frozenset({"own"}), contacts=frozenset({"ameli"}))
    assert found.samples == seen
    assert found.control == {"own"}
    assert found.contacts == {"ameli"}


def test_samples_are_found_by_their_target_oldest_first_since_an_instant_and_up_to_now() -> None:
    def at(at_us: int, kind: Kind = Kind.IDENTITY, idp: str | None = "a") -> Sample:
        return Sample(kind, idp, at_us, None)

    told = [at(30, Kind.LOGIN_PAGE), at(100), at(10), at(101), at(20, idp="b"), at(25, Kind.DIRECT), at(15, Kind.MIRE, None), at(20)]
    found = Situation("fc", 100, samples=told)
    assert [each.at_us for each in found.journeys("a", 0)] == [10, 20, 30, 100]
    assert [each.at_us for each in found.journeys("a", 20)] == [20, 30, 100]
    assert [each.at_us for each in found.journeys("a", 21)] == [30, 100]
    assert (list(found.journeys("b", 0)), list(found.journeys("c", 0))) == ([told[4]], [])
    assert (list(found.directs("a", 25)), list(found.directs("a", 26)), list(found.directs("b", 0))) == ([told[5]], [], [])
    assert (list(found.mires(15)), list(found.mires(16))) == ([told[6]], [])


def test_the_first_condition_that_holds_is_named() -> None:
    down, up = Present(State.DOWN, 1), Present(State.UP, 2)
    assert Situation("fc", 9, present={C1: up, C2: down, C3: down, "idp:a": down}).holding() == C2
    assert Situation("fc", 9, present={C1: up, "idp:a": down}).holding() is None
    assert Situation("fc", 9, present={C1: up}).of(C1) == up
