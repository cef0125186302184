"""Deactivation of an IdP, told as it would happen. docs/domain.md, "Deactivation of an IdP".

docs/contract.md, 2.2.2: « ce dernier sera désactivé jusqu'à la résolution complète de l'incident
pour permettre à l'utilisateur de disposer d'un parcours fluide ».
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident import deactivation as flags
from probe.core.incident import deactivation_steps
from probe.core.incident.deactivation import Flag, FlagAct, FlagCause, FlagStep
from probe.core.incident.deactivation_steps import FlagTerms, Guard, Stepped, guard
from probe.core.incident.model import MACHINE, Data
from probe.core.incident.situation import Present, Sample, Situation
from probe.core.judgement.observation import Kind
from probe.core.judgement.subject import C2, HUB, State
from probe.core.judgement.timeline import Outage
from tests.core.incident.samples import IDPS, courses, direct, failing, flagged, mire, seen, step
from tests.fakes.stated_hub import M, StatedHub, minute


def machine(to: FlagStep, now: float, **evidence: Any) -> FlagAct:
    """A step that Vigie took by itself."""
    return FlagAct("fc", "ameli", to, minute(now), MACHINE, "", evidence)


def steps(watch: StatedHub, now: float) -> list[str]:
    return [act.step.value for act in step(watch, now).acts]


# --- raising


def test_a_flag_is_proposed_when_an_idp_was_unavailable_for_ten_minutes() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire())
    assert steps(watch, 19.9) == []
    (act,) = step(watch, 20).acts
    assert (act.step, act.idp, act.author, act.evidence) == (
        FlagStep.PROPOSED,
        "ameli",
        MACHINE,
        {"why": "unavailable", "down_us": 10 * M, "blind": False},
    )
    assert (watch.flags["ameli"].state, watch.flags["ameli"].why) == (FlagStep.PROPOSED, FlagCause.UNAVAILABLE)
    assert steps(watch, 21) == []


@pytest.mark.parametrize(("pattern", "raised"), [("x.x.x", True), ("x.x.", False), ("x.x.x.", False), ("xx?x?", False), ("..xxx??", True)])
def test_or_when_more_than_half_of_at_least_five_journeys_failed(pattern: str, raised: bool) -> None:
    watch = StatedHub(samples=mire() + failing("ameli", pattern))
    stepped = step(watch, 8)
    assert [act.evidence["why"] for act in stepped.acts] == (["failing"] if raised else [])


def test_journeys_of_the_last_half_hour_count() -> None:
    watch = StatedHub(samples=mire() + failing("ameli", "xxxxx"))
    assert steps(watch, 34.5) == []
    assert steps(watch, 30) == ["proposed"]


def test_journeys_while_a_condition_held_tell_nothing_of_the_idp() -> None:
    watch = StatedHub(samples=mire() + failing("ameli", "xxxxx......"), downs={"C2": [(0, 3)]})
    assert steps(watch, 12) == []


def test_those_of_its_own_outages_do() -> None:
    watch = StatedHub(samples=mire() + failing("ameli", "xxxxx"), downs={"ameli": [(0, 4.5)]})
    assert steps(watch, 8) == ["proposed"]


def test_unavailable_time_counts_from_the_end_of_the_last_flag() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), flags={"ameli": flagged(FlagStep.REACTIVATED, since=60)})
    assert steps(watch, 69) == []
    assert steps(watch, 70) == ["proposed"]


def test_what_is_proposed_and_approved_says_what_it_rests_on() -> None:
    watch = StatedHub(samples=mire() + failing("ameli", "x.x.x"), flag_terms=FlagTerms(automatic=True))
    failed: Data = {"why": "failing", "failed": 3, "journeys": 5, "blind": False}
    assert step(watch, 8).acts == [
        FlagAct("fc", "ameli", FlagStep.PROPOSED, minute(8), MACHINE, evidence=failed),
        FlagAct("fc", "ameli", FlagStep.APPROVED, minute(8), MACHINE, evidence={"automatic": True}),
    ]


def stated(*outages: Outage, state: State = State.DOWN, since: float = 10, samples: list[Sample] | None = None) -> Situation:
    """At minute 30, with ameli in this state since then."""
    present = {"idp:ameli": Present(state, minute(since)), HUB: Present(State.UP, 0)}
    return Situation("fc", minute(30), IDPS, present=present, outages=outages, samples=[*mire(), *(samples or [])])


def evidence(situation: Situation, flag: Flag | None = None) -> dict[str, Any]:
    acts = deactivation_steps.step(situation, {"ameli": flag} if flag else {}, FlagTerms()).acts
    return dict(acts[0].evidence) if acts else {}


def outage(start: float, end: float | None, down_us: int, subject: str = "idp:ameli") -> Outage:
    return Outage("fc", subject, minute(start), None if end is None else minute(end), down_us, 0, None)


def test_unavailable_time_is_that_of_the_outage_without_what_is_unknown() -> None:
    assert evidence(stated(outage(5, None, 12 * M))) == {"why": "unavailable", "down_us": 12 * M, "blind": False}
    assert evidence(stated(outage(5, None, 9 * M))) == {}
    assert evidence(stated(outage(5, 8, 12 * M)))["down_us"] == 20 * M, "what is over says nothing: since it is down"
    assert evidence(stated(outage(5, None, 12 * M, subject="idp:poste")))["down_us"] == 20 * M
    assert evidence(stated(), flagged(FlagStep.CLEARED, since=15))["down_us"] == 15 * M
    assert evidence(stated(outage(5, None, 12 * M)), flagged(FlagStep.CLEARED, since=5))["down_us"] == 12 * M
    assert evidence(stated(outage(5, None, 12 * M)), flagged(FlagStep.CLEARED, since=6))["down_us"] == 20 * M
    assert evidence(stated(outage(5, None, 12 * M), state=State.UNKNOWN)) == {}


@pytest.mark.parametrize(
    ("asked", "blind"),
    [
        ([(12, True), (29, True)], True),
        ([(12, True), (20, False)], False),
        ([(9, False), (10, True)], True),  # before the trouble
        ([(9, True)], False),  # nothing was asked since
        ([(12, None)], False),
        ([(12, None), (13, True)], True),
    ],
)
def test_direct_is_blind_to_a_trouble_of_which_it_saw_nothing(asked: list[tuple[int, bool | None]], blind: bool) -> None:
    answers = [Sample(Kind.DIRECT, "ameli", minute(at), good) for at, good in asked]
    assert evidence(stated(samples=answers))["blind"] is blind


def test_of_journeys_that_fail_direct_is_asked_about_their_window() -> None:
    failed = failing("ameli", "xxxxx", start=20)
    for before in (-1, 0):
        answers = [Sample(Kind.DIRECT, "ameli", minute(before), False), Sample(Kind.DIRECT, "ameli", minute(20), True)]
        assert evidence(stated(state=State.UP, since=25, samples=failed + answers))["blind"] is (before < 0)


@pytest.mark.parametrize(
    ("condition", "counted"), [((20, 21), 4), ((19, 20), 5), ((21, 22), 4), ((20.5, 21.5), 4), ((15, 19), 5), ((24, 25), 4)]
)
def test_a_journey_tells_nothing_of_its_idp_from_the_start_of_a_condition_to_its_end(condition: tuple[float, float], counted: int) -> None:
    told = stated(outage(*condition, M, subject=C2), state=State.UP, samples=failing("ameli", "xxxxx", start=20))
    terms = replace(FlagTerms(), failing_at_least=1)
    (act,) = deactivation_steps.step(told, {}, terms).acts
    assert act.evidence["journeys"] == counted


def test_nor_while_one_lasts() -> None:
    told = stated(outage(20, None, M, subject=C2), state=State.UP, samples=failing("ameli", "xxxxx", start=20))
    assert deactivation_steps.step(told, {}, FlagTerms()).acts == []


# --- guards


@pytest.mark.parametrize(("condition", "held"), [("C1", "mire_missing"), ("C2", "identity_not_returned"), ("C3", "all_idps_unavailable")])
def test_no_flag_while_a_condition_holds_and_the_guard_is_named(condition: str, held: str) -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], condition: [(15, None)]}, samples=mire())
    stepped = step(watch, 30)
    assert (stepped.acts, stepped.held, stepped.shared) == ([], {"ameli": Guard(held)}, ())


@pytest.mark.parametrize("unknown", ["C1", "C2", "C3"])
def test_nor_while_the_hubs_state_is_not_known(unknown: str) -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), unknown={unknown})
    assert step(watch, 30).held == {"ameli": Guard.UNKNOWN}


def test_nor_while_the_mires_tiles_are_not_known() -> None:
    assert step(StatedHub(downs={"ameli": [(10, None)]}), 30).held == {"ameli": Guard.UNKNOWN}


def test_an_idp_that_is_not_known_to_be_down_is_not_flagged() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), unknown={"ameli"})
    assert step(watch, 60) == Stepped([], {}, ())


def test_never_the_last_selectable_idp() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(1))
    assert step(watch, 30).held == {"ameli": Guard.LAST}
    watch.samples = mire(2)
    assert steps(watch, 31) == ["proposed"]


def test_those_that_are_about_to_go_are_no_longer_selectable() -> None:
    idps = ("a", "b", "c", "d", "e")
    watch = StatedHub(idps=idps, downs={"a": [(10, None)], "b": [(40, None)]}, samples=mire(2))
    assert steps(watch, 30) == ["proposed"]
    assert step(watch, 60).held == {"b": Guard.LAST}


def test_never_the_operators_own() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), control=frozenset({"ameli"}))
    assert step(watch, 30).held == {"ameli": Guard.CONTROL}


def test_when_more_than_half_would_be_flagged_at_once_none_is() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], "impots": [(10, None)]}, samples=mire())
    stepped = step(watch, 30)
    assert (stepped.acts, stepped.held) == ([], {"ameli": Guard.SHARED, "impots": Guard.SHARED})
    assert stepped.shared == ("ameli", "impots")


@pytest.mark.parametrize("not_counted", ["deactivated", "control"])
def test_of_those_that_citizens_can_choose(not_counted: str) -> None:
    """Two of three: the fourth is away, or the operator's own."""
    watch = StatedHub(idps=("a", "b", "c", "ameli"), downs={"a": [(10, None)], "b": [(10, None)]}, samples=mire(4))
    if not_counted == "control":
        watch.control = frozenset({"ameli"})
    else:
        watch.flags["ameli"] = flagged(FlagStep.DEACTIVATED, blind=True)
    assert step(watch, 30).shared == ("a", "b")


@pytest.mark.parametrize("more", [{"downs": {"C2": [(15, None)]}}, {"unknown": {"C3"}}])
def test_a_cause_is_not_shared_by_idps_alone_while_the_hub_is_down_or_not_known(more: dict[str, Any]) -> None:
    downs = {"ameli": [(10, None)], "impots": [(10, None)], **more.get("downs", {})}
    assert step(StatedHub(downs=downs, samples=mire(), unknown=more.get("unknown", set())), 30).shared == ()


def test_one_idp_is_no_several() -> None:
    watch = StatedHub(idps=("ameli",), downs={"ameli": [(10, None)]}, samples=mire())
    assert [(act.step, act.idp) for act in step(watch, 30).acts] == [(FlagStep.PROPOSED, "ameli")]


def test_the_latest_mire_tells_how_many_can_be_chosen() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=[*mire(3, until=20), Sample(Kind.MIRE, None, minute(20), True, selectable=1)])
    assert step(watch, 20).held == {"ameli": Guard.LAST}


def test_half_is_not_more_than_half() -> None:
    watch = StatedHub(idps=("a", "b", "c", "d"), downs={"a": [(10, None)], "b": [(10, None)]}, samples=mire(4))
    assert steps(watch, 30) == ["proposed", "proposed"]


def test_a_proposal_whose_cause_turns_out_to_be_shared_is_cleared() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], "impots": [(15, None)]}, samples=mire())
    assert steps(watch, 20) == ["proposed"]
    assert step(watch, 25).acts == [machine(FlagStep.CLEARED, 25, guard="shared")]
    assert watch.flags["ameli"].state is FlagStep.CLEARED


def test_a_deactivated_idp_is_not_counted_among_those_at_once() -> None:
    watch = StatedHub(idps=("ameli", "b", "c"), downs={"b": [(10, None)]}, samples=mire())
    watch.flags["ameli"] = flagged(FlagStep.DEACTIVATED, blind=True)
    watch.unknown = {"ameli"}
    assert steps(watch, 30) == ["proposed"]


def test_whoever_asks_is_told_the_guard() -> None:
    watch = StatedHub(downs={"C1": [(5, None)]}, samples=mire())
    assert guard(watch.situation(10), {}, "ameli", FlagTerms()) is Guard.MIRE_MISSING
    watch.downs = {}
    assert guard(watch.situation(10), {}, "ameli", FlagTerms()) is None
    watch = StatedHub(downs={"ameli": [(10, None)], "impots": [(10, None)]}, samples=mire(), control=frozenset({"poste"}))
    told = watch.situation(30)
    assert [guard(told, {}, idp, FlagTerms()) for idp in IDPS] == [Guard.SHARED, Guard.SHARED, Guard.CONTROL]
    over = {"impots": replace(flagged(FlagStep.CLEARED, since=25), idp="impots")}
    assert guard(told, over, "ameli", FlagTerms()) is None, "the trouble of a flag that is over is not counted again"


# --- approval and deactivation


def test_a_person_approves_and_the_mire_confirms() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire())
    step(watch, 20)
    watch.flag(FlagAct("fc", "ameli", FlagStep.APPROVED, minute(22), "Alice", "agreed with ameli"))
    assert (watch.flags["ameli"].approved_by, watch.flags["ameli"].approved_us) == ("Alice", minute(22))
    watch.samples += seen("ameli", True, 23, 24)
    assert steps(watch, 25) == []
    watch.samples += seen("ameli", False, 25, 25)
    assert steps(watch, 25.5) == []  # one observation is not believed
    watch.samples += seen("ameli", False, 26, 26)
    (act,) = step(watch, 27).acts
    assert (act.step, act.evidence) == (FlagStep.DEACTIVATED, {"tile_us": minute(26)})
    assert watch.flags["ameli"].deactivated_us == minute(27)


def test_with_automatic_approval_it_is_approved_at_once() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), flag_terms=FlagTerms(automatic=True))
    assert steps(watch, 20) == ["proposed", "approved"]
    assert watch.flags["ameli"].approved_by == MACHINE


def test_a_proposal_is_approved_as_soon_as_the_settings_say_so() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), flags={"ameli": flagged(FlagStep.PROPOSED, since=20)})
    assert step(watch, 30).acts == []
    watch.flag_terms = FlagTerms(automatic=True)
    assert step(watch, 31).acts == [machine(FlagStep.APPROVED, 31, automatic=True)]


def test_nothing_is_approved_automatically_that_a_person_proposed_or_rejected() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), flag_terms=FlagTerms(automatic=True))
    watch.flag(FlagAct("fc", "ameli", FlagStep.PROPOSED, minute(12), "Alice", "stolen keys"))
    assert steps(watch, 30) == []
    watch.flag(FlagAct("fc", "ameli", FlagStep.REJECTED, minute(31), "Bob", "they are not"))
    assert steps(watch, 60) == []
    rejected = StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), flag_terms=FlagTerms(automatic=True))
    rejected.flags["ameli"] = flagged(FlagStep.REJECTED, since=12)
    assert steps(rejected, 60) == []


def test_a_tile_that_goes_without_approval_is_deactivated_all_the_same() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire())
    step(watch, 20)
    watch.samples += seen("ameli", False, 21, 22)
    assert steps(watch, 23) == ["deactivated"]


def test_a_rejection_holds_for_the_whole_trouble() -> None:
    watch = StatedHub(downs={"ameli": [(10, 100), (130, None)]}, samples=mire())
    step(watch, 20)
    watch.flag(FlagAct("fc", "ameli", FlagStep.REJECTED, minute(22), "Alice", "planned work"))
    assert steps(watch, 90) == []
    assert steps(watch, 109) == []
    assert steps(watch, 110) == ["cleared"]
    assert steps(watch, 139) == []
    assert steps(watch, 140) == ["proposed"]


def test_a_proposal_of_an_idp_that_is_well_again_is_cleared() -> None:
    watch = StatedHub(downs={"ameli": [(10, 25)]}, samples=mire())
    step(watch, 20)
    assert steps(watch, 34.9) == []
    assert step(watch, 35).acts == [machine(FlagStep.CLEARED, 35, up_us=10 * M)]


def test_an_approved_one_is_recovered_then_reactivated_since_its_tile_is_there() -> None:
    watch = StatedHub(downs={"ameli": [(10, 25)]}, samples=mire(), flag_terms=FlagTerms(automatic=True))
    step(watch, 20)
    assert step(watch, 35).acts == [machine(FlagStep.RECOVERED, 35, up_us=10 * M)]
    watch.samples += seen("ameli", True, 36, 37)
    assert step(watch, 38).acts == [machine(FlagStep.REACTIVATED, 38, tile_us=minute(37))]
    assert not watch.flags["ameli"].current


def test_up_is_not_well_while_most_journeys_fail() -> None:
    watch = StatedHub(samples=mire() + failing("ameli", "x.xx.xx.xx.x" * 3))
    watch.flags["ameli"] = flagged(FlagStep.PROPOSED, why=FlagCause.FAILING)
    assert steps(watch, 36) == []


# --- recovery


def test_a_deactivated_idp_recovers_after_ten_minutes_of_good_direct_observations() -> None:
    watch = StatedHub(unknown={"ameli"}, flags={"ameli": flagged(FlagStep.DEACTIVATED)})
    watch.samples = direct("ameli", False, 10, 29) + direct("ameli", True, 30, 39)
    assert steps(watch, 39.5) == []
    watch.samples += direct("ameli", True, 40, 40)
    (act,) = step(watch, 40).acts
    assert (act.step, act.evidence) == (FlagStep.RECOVERED, {"direct_us": 10 * M})
    watch.samples += seen("ameli", True, 50, 51)
    assert steps(watch, 52) == ["reactivated"]


@pytest.mark.parametrize(
    "more",
    [
        direct("ameli", False, 35, 35),  # a bad one
        [],  # a silence as long as that
    ],
)
def test_ten_minutes_without_a_bad_one_nor_a_silence(more: list[Sample]) -> None:
    start = direct("ameli", True, 30, 34) if more else direct("ameli", True, 20, 25)
    watch = StatedHub(
        unknown={"ameli"}, flags={"ameli": flagged(FlagStep.DEACTIVATED)}, samples=start + more + direct("ameli", True, 36, 44)
    )
    assert steps(watch, 44.5) == []


def test_two_good_answers_ten_minutes_apart_are_enough_and_a_moment_more_is_a_silence() -> None:
    for apart, recovered in ((10, ["recovered"]), (10.1, [])):
        watch = StatedHub(unknown={"ameli"}, flags={"ameli": flagged(FlagStep.DEACTIVATED)})
        watch.samples = direct("ameli", True, 10, 10) + direct("ameli", True, 10 + apart, 10 + apart)
        assert steps(watch, 21) == recovered


def test_good_long_ago_is_not_good_now() -> None:
    watch = StatedHub(unknown={"ameli"}, flags={"ameli": flagged(FlagStep.DEACTIVATED)}, samples=direct("ameli", True, 10, 30))
    assert steps(watch, 41) == []
    assert steps(watch, 40) == ["recovered"]


def test_inconclusive_observations_neither_recover_nor_break() -> None:
    watch = StatedHub(unknown={"ameli"}, flags={"ameli": flagged(FlagStep.DEACTIVATED)}, samples=direct("ameli", None, 10, 40))
    assert steps(watch, 40) == []
    watch.samples += direct("ameli", True, 30, 40, every=5)
    assert steps(watch, 40) == ["recovered"]


def test_where_direct_saw_nothing_of_the_trouble_only_a_person_sees_its_end() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire() + direct("ameli", True, 5, 90))
    (act,) = step(watch, 20).acts
    assert act.evidence["blind"] is True
    watch.samples += seen("ameli", False, 30, 31)
    watch.unknown = {"ameli"}
    assert steps(watch, 32) == ["deactivated"]
    assert steps(watch, 80) == []
    watch.flag(FlagAct("fc", "ameli", FlagStep.RECOVERED, minute(81), "Alice", "ameli called"))
    assert watch.flags["ameli"].recovered_us == minute(81)


def test_a_tile_that_comes_back_before_the_recovery_was_seen_is_reactivated() -> None:
    watch = StatedHub(flags={"ameli": flagged(FlagStep.DEACTIVATED)}, samples=seen("ameli", True, 10, 11))
    assert steps(watch, 12) == ["reactivated"]


def test_tiles_seen_before_the_last_step_say_nothing_of_it() -> None:
    watch = StatedHub(flags={"ameli": flagged(FlagStep.DEACTIVATED, since=20)}, samples=seen("ameli", True, 10, 19))
    assert steps(watch, 21) == []


def test_what_a_person_proposed_only_people_end() -> None:
    watch = StatedHub(samples=mire() + direct("ameli", False, 0, 1) + direct("ameli", True, 2, 60))
    watch.flag(FlagAct("fc", "ameli", FlagStep.PROPOSED, minute(2), "Alice", "stolen keys"))
    assert steps(watch, 30) == []
    watch.samples += seen("ameli", False, 31, 32)
    assert steps(watch, 33) == ["deactivated"]
    assert steps(watch, 60) == []


def test_a_hub_that_is_no_longer_watched_has_no_new_flags() -> None:
    assert step(StatedHub(downs={"ameli": [(10, None)]}, samples=mire(), watched=False), 30) == Stepped([], {}, ())


# --- whatever happens


@given(courses(), st.lists(st.integers(0, 150), max_size=12))
def test_asked_again_it_says_nothing_and_never_flags_the_last_or_most_at_once(watch: StatedHub, times: list[int]) -> None:
    for now in sorted(times):
        before = dict(watch.flags)
        for _ in range(4):
            if not step(watch, now).acts:
                break
        else:
            raise AssertionError("it does not come to rest")
        proposed = [each for each in watch.flag_acts if each.at_us == minute(now) and each.step is FlagStep.PROPOSED]
        assert (
            2 * len(proposed) <= len([idp for idp in IDPS if before.get(idp) is None or before[idp].state not in flags.OVER])
            or len(proposed) <= 1
        )
        pending = [each for each in watch.flags.values() if each.state in (FlagStep.PROPOSED, FlagStep.APPROVED)]
        assert not proposed or len(pending) < (watch.situation(now).mires(0)[-1].selectable or 0)
    assert {idp: flags.replay([each for each in watch.flag_acts if each.idp == idp]) for idp in watch.flags} == watch.flags
