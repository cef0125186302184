"""What the automation does with incidents, told as stories.

Times are minutes since the beginning. The automation runs when a story asks for it.
"""

from dataclasses import replace
from typing import Any

import pytest

from probe.core.incident import automation
from probe.core.incident.acts import earlier_details
from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import MACHINE, ActKind, Data, Incident, IncidentState, Link, Origin, Scope, Severity, Way
from probe.core.incident.policy import outage_of
from probe.core.incident.situation import Present, Sample
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.observation import Kind as Journey
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, C3, State
from probe.incidents.wording import RegisterTexts
from tests.builders import fresh_incident
from tests.fakes.stated_hub import M, StatedHub, minute

AMELI = "idp:ameli"


def only(watch: StatedHub, name: str) -> int:
    """The number of the only open incident of a scope."""
    (incident,) = watch.open(name)
    return incident.number


# --- opening and resolving


@pytest.mark.parametrize("condition", ["C1", "C2", "C3"])
def test_a_condition_that_holds_opens_an_incident_of_severity_1_that_is_blocking(condition: str) -> None:
    watch = StatedHub(downs={condition: [(10, None)]})
    assert watch.tick(9) == []
    watch.tick(12)
    (incident,) = watch.incidents.values()
    assert (incident.severity, incident.origin, incident.blocking, incident.state) == (1, Origin.CONDITION, True, IncidentState.NEW)
    assert (incident.began_us, incident.received_us) == (minute(10), minute(12))
    assert incident.title


def test_an_idps_outage_opens_one_of_severity_2_with_its_cause() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    (incident,) = watch.incidents.values()
    assert (incident.scope.subject, incident.severity, incident.idp, incident.blocking) == (AMELI, 2, "ameli", False)
    assert incident.detail == "idp-login-page, timeout, idp"
    assert "ameli" in incident.title


PATIENT = TroubleTerms(patience_us=2 * M)


def test_a_patient_machine_waits_whether_an_idps_outage_is_everybodys() -> None:
    alone = StatedHub(terms=PATIENT, downs={"ameli": [(10, None)]})
    assert alone.tick(11) == []
    assert [act.kind for act in alone.tick(12)] == [ActKind.OPENED]
    everybody = StatedHub(terms=PATIENT, downs={"ameli": [(10, 40)], "poste": [(11, 40)], "C3": [(11, 40)]})
    for at in range(10, 60):
        everybody.tick(at)
    assert [each.scope.subject for each in everybody.incidents.values()] == [C3]


def test_nor_is_a_short_outage_forgotten_by_it() -> None:
    watch = StatedHub(terms=PATIENT, downs={"ameli": [(10, 11)]})
    assert [act.kind for act in watch.tick(11)] == [ActKind.OPENED, ActKind.EVIDENCE, ActKind.RESOLVED, ActKind.NOTIFIED]


def test_when_it_is_over_it_is_resolved_with_its_end_and_the_idp_is_told() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40)]})
    watch.tick(12)
    acts = watch.tick(42)
    assert [(act.kind, act.data.get("ended_us", act.data.get("at_us", act.data.get("to")))) for act in acts] == [
        (ActKind.EVIDENCE, minute(40)),
        (ActKind.RESOLVED, minute(40)),
        (ActKind.NOTIFIED, "ameli"),
    ]
    (incident,) = watch.incidents.values()
    assert (incident.state, incident.ended_us, incident.notified_us) == (IncidentState.RESOLVED, minute(40), minute(42))
    assert watch.tick(43) == []


def test_all_idps_are_told_of_the_hubs_own_and_nobody_when_nobody_can_be() -> None:
    told = StatedHub(downs={"C1": [(10, 40)]}, contacts=frozenset({"poste", "ameli"}))
    told.tick(12)
    assert told.tick(42)[-1].data == {"to": "ameli, poste"}
    mute = StatedHub(downs={"C1": [(10, 40)]}, contacts=frozenset())
    mute.tick(12)
    assert mute.tick(42)[-1].kind is ActKind.RESOLVED


def test_an_outage_that_began_and_ended_between_two_ticks_has_its_incident() -> None:
    watch = StatedHub(downs={"C2": [(10, 40)]})
    watch.tick(5)
    assert [act.kind for act in watch.tick(100)] == [ActKind.OPENED, ActKind.EVIDENCE, ActKind.RESOLVED, ActKind.NOTIFIED]


def test_what_ended_more_than_a_day_ago_without_an_incident_gets_none() -> None:
    watch = StatedHub(downs={"C1": [(10, 40)], "ameli": [(10, 50)]})
    assert watch.tick(50 + 24 * 60 + 1) == []


def test_unknown_time_neither_opens_nor_resolves() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, unknown={"ameli"})
    assert watch.tick(12) == []
    watch.unknown = set()
    watch.tick(13)
    watch.unknown = {"ameli"}
    assert watch.tick(200) == []
    assert watch.incidents[1].open


# --- recurrence


def test_a_recurrence_within_half_an_hour_reopens() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40), (70, None)]})
    watch.tick(12)
    watch.tick(42)
    watch.tick(72)
    assert (len(watch.incidents), watch.incidents[1].state, watch.incidents[1].reopenings) == (1, IncidentState.NEW, 1)


def test_later_it_is_a_new_incident() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40), (71, None)]})
    watch.tick(12)
    watch.tick(42)
    watch.tick(72)
    assert [each.state for each in watch.incidents.values()] == [IncidentState.RESOLVED, IncidentState.NEW]


def test_a_short_recurrence_between_two_ticks_reopens_and_resolves() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40), (50, 55)]})
    watch.tick(12)
    watch.tick(42)
    watch.tick(60)
    (incident,) = watch.incidents.values()
    assert (incident.state, incident.ended_us, incident.reopenings) == (IncidentState.RESOLVED, minute(55), 1)


def test_a_recurrence_reopens_what_was_closed_in_the_meantime() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40), (50, None)]})
    watch.tick(12)
    watch.tick(42)
    watch.do(1, 45, ActKind.CLOSED, {"way": "confirmed", "by": "Bob", "how": "spoken", "when_us": minute(45)})
    watch.tick(52)
    assert watch.incidents[1].open


# --- the ledger is corrected


def test_an_outage_that_was_corrected_away_resolves_its_incident() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.downs = {}
    acts = watch.tick(14)
    assert (acts[0].kind, acts[0].data["fact"], acts[1].kind) == (ActKind.EVIDENCE, "vanished", ActKind.RESOLVED)
    assert (watch.incidents[1].state, watch.incidents[1].ended_us) == (IncidentState.RESOLVED, minute(10))


def test_but_not_into_unknown_time() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.downs, watch.unknown = {}, {"ameli"}
    assert watch.tick(14) == []


def test_a_beginning_that_is_dated_back_is_kept_true() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.downs = {"ameli": [(7, None)]}
    assert [(act.kind, act.data["fact"], act.data["at_us"]) for act in watch.tick(13)] == [(ActKind.EVIDENCE, "began", minute(7))]
    assert watch.incidents[1].began_us == minute(7)


@pytest.mark.parametrize("end", [38, 44])
def test_an_end_that_is_corrected_is_kept_true(end: float) -> None:
    watch = StatedHub(downs={"ameli": [(10, 40)]})
    watch.tick(12)
    watch.tick(45)
    watch.downs = {"ameli": [(10, end)]}
    assert [(act.kind, act.data["at_us"]) for act in watch.tick(46)] == [(ActKind.EVIDENCE, minute(end))]
    assert (watch.incidents[1].state, watch.incidents[1].ended_us) == (IncidentState.RESOLVED, minute(end))


def test_a_recovery_that_was_corrected_away_reopens() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40)]})
    watch.tick(12)
    watch.tick(42)
    watch.downs = {"ameli": [(10, None)]}
    watch.tick(43)
    assert (watch.incidents[1].open, len(watch.incidents)) == (True, 1)


# --- people's word


def test_what_a_person_resolved_while_it_lasts_is_reopened_after_half_an_hour() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.do(1, 20, ActKind.RESOLVED, {"text": "restarted"})
    assert watch.tick(49) == []
    assert [act.kind for act in watch.tick(50)] == [ActKind.REOPENED]


def test_even_when_the_person_says_since_when_it_is_well() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.do(1, 20, ActKind.RESOLVED, {"text": "restarted", "ended_us": minute(18)})
    assert watch.tick(49) == []
    assert [act.kind for act in watch.tick(50)] == [ActKind.REOPENED]


def test_and_when_it_is_over_soon_its_end_is_noted() -> None:
    watch = StatedHub(downs={"ameli": [(10, 30)]})
    watch.tick(12)
    watch.do(1, 20, ActKind.RESOLVED, {"text": "restarted"})
    assert [(act.kind, act.data["at_us"]) for act in watch.tick(32)] == [(ActKind.EVIDENCE, minute(30))]
    assert watch.tick(33) == []


def test_what_both_parties_closed_unresolved_stays_closed_as_long_as_that_trouble_lasts() -> None:
    watch = StatedHub(downs={"ameli": [(10, 5000), (9000, None)]})
    watch.tick(12)
    watch.do(1, 20, ActKind.CLOSED, {"way": "agreed", "by": "Bob", "ours": "Alice", "how": "written", "when_us": minute(20)})
    assert watch.tick(100) == []
    assert watch.tick(4000) == []
    watch.tick(5001)
    assert (watch.incidents[1].state, watch.incidents[1].ended_us) == (IncidentState.CLOSED, minute(5000))
    watch.tick(9001)
    assert [each.state for each in watch.incidents.values()] == [IncidentState.CLOSED, IncidentState.NEW]


def test_what_was_closed_unresolved_and_then_corrected_away_is_over_and_stays_closed() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.do(1, 20, ActKind.CLOSED, {"way": "agreed", "by": "Bob", "ours": "Alice", "how": "written", "when_us": minute(20)})
    watch.downs = {}
    assert [(act.kind, act.data["fact"]) for act in watch.tick(30)] == [(ActKind.EVIDENCE, "vanished")]
    assert watch.incidents[1].state is IncidentState.CLOSED


def test_what_a_person_reopened_stays_open_though_the_trouble_is_over() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40)]})
    watch.tick(12)
    watch.tick(42)
    watch.do(1, 50, ActKind.REOPENED, {"reason": "the cause is not found"})
    watch.tick(51)
    assert watch.tick(300) == []
    assert watch.incidents[1].open
    watch.downs = {"ameli": [(10, 40), (60, 90)]}
    watch.tick(301)
    assert watch.incidents[1].state is IncidentState.RESOLVED


def test_an_incident_that_people_opened_in_the_scope_is_the_one_and_is_raised() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40)]})
    data: Data = {"hub": "fc", "subject": AMELI, "origin": "person", "severity": 3, "title": "Users complain", "idp": "ameli"}
    watch.do(0, 5, ActKind.OPENED, data)
    assert [(act.kind, act.data.get("severity", act.data.get("fact"))) for act in watch.tick(12)] == [
        (ActKind.EVIDENCE, "began"),
        (ActKind.SEVERITY, 2),
    ]
    watch.tick(42)
    assert (watch.incidents[1].open, watch.incidents[1].ended_us, len(watch.incidents)) == (True, minute(40), 1)


def test_a_severity_that_a_person_set_is_left() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.do(1, 13, ActKind.SEVERITY, {"severity": 4, "reason": "nobody uses it"})
    assert watch.tick(14) == []


# --- the hub's conditions and its IdPs


def test_while_a_condition_holds_no_idp_has_an_incident_of_its_own() -> None:
    for condition in ("C1", "C2", "C3"):
        watch = StatedHub(downs={condition: [(10, None)], "ameli": [(10, None)], "poste": [(11, None)]})
        watch.tick(60)
        assert [each.severity for each in watch.incidents.values()] == [Severity.CRITICAL]


def test_when_c3_opens_what_nobody_touched_is_merged_into_it_and_the_others_are_linked() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], "impots": [(15, None)], "C3": [(20, None)]})
    watch.tick(12)
    watch.tick(16)
    watch.do(2, 17, ActKind.ACKNOWLEDGED)
    watch.tick(21)
    c3 = only(watch, C3)
    assert (watch.incidents[1].state, watch.incidents[1].into) == (IncidentState.MERGED, c3)
    assert watch.incidents[2].state is IncidentState.ACKNOWLEDGED
    assert all(Link(c3, "swallowed_by") in watch.incidents[number].links for number in (1, 2))
    assert set(watch.incidents[c3].links) == {Link(1, "swallows"), Link(2, "swallows")}


def test_an_idp_that_still_fails_two_minutes_after_the_c3_has_its_incident_again() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], "C3": [(20, 30)]})
    watch.tick(12)
    watch.tick(21)
    watch.tick(31)
    assert watch.open() == []
    watch.tick(32.5)
    assert [(each.number, each.state, each.into) for each in watch.open()] == [(1, IncidentState.NEW, None)]
    assert Link(2, "swallowed_by") in watch.incidents[1].links


def test_one_that_recovers_with_the_c3_stays_merged() -> None:
    watch = StatedHub(downs={"ameli": [(10, 31)], "C3": [(20, 30)]})
    watch.tick(12)
    watch.tick(21)
    watch.tick(60)
    assert watch.incidents[1].state is IncidentState.MERGED
    assert watch.open() == []


def test_an_idp_first_seen_failing_in_a_c3_has_an_incident_when_it_goes_on_alone() -> None:
    watch = StatedHub(downs={"ameli": [(20, None)], "C3": [(20, 30)]})
    watch.tick(21)
    watch.tick(31)
    assert watch.open() == []
    watch.tick(33)
    assert [(each.scope.subject, each.began_us) for each in watch.open()] == [(AMELI, minute(20))]


def test_seconds_alone_before_a_c3_that_nobody_saw_in_time_are_the_c3s() -> None:
    watch = StatedHub(downs={"ameli": [(19.5, 30)], "C3": [(20, 30)]})
    watch.tick(60)
    assert [each.scope.subject for each in watch.incidents.values()] == [C3]


def test_what_was_over_when_the_c3_began_is_not() -> None:
    watch = StatedHub(downs={"ameli": [(19, 20)], "poste": [(40, 41)], "C3": [(20, 40)]})
    watch.tick(60)
    assert sorted(each.scope.subject for each in watch.incidents.values()) == [C3, AMELI, "idp:poste"]


def test_hours_alone_before_it_are_not() -> None:
    watch = StatedHub(downs={"ameli": [(1, 200)], "C3": [(180, 200)]})
    watch.tick(260)
    assert {each.scope.subject for each in watch.incidents.values()} == {C3, AMELI}


def test_a_recurrence_within_a_c3_is_the_c3s() -> None:
    watch = StatedHub(downs={"ameli": [(10, 20), (40, 60)], "C3": [(40, 60)]})
    watch.tick(12)
    watch.tick(22)
    watch.tick(42)
    assert watch.incidents[1].state is IncidentState.RESOLVED
    watch.tick(70)
    assert (watch.incidents[1].reopenings, watch.open()) == (0, [])


def test_what_was_merged_long_ago_is_not_reopened_by_a_new_outage() -> None:
    watch = StatedHub(downs={"ameli": [(10, 30)], "C3": [(20, 30)]})
    watch.tick(12)
    watch.tick(21)
    watch.tick(40)
    watch.downs = {"ameli": [(9000, None)]}  # of the others nothing is read any more
    situation = watch.situation(9001)
    assert [(act.number, act.kind) for act in automation.automatic_acts(situation, watch.incidents.values(), {}, (), watch.terms)] == [
        (0, ActKind.OPENED)
    ]


def test_what_a_person_resolved_while_it_lasted_has_its_end_noted_even_after_days_of_silence() -> None:
    watch = StatedHub(downs={"ameli": [(10, 60)]})
    watch.tick(12)
    watch.do(1, 20, ActKind.RESOLVED, {"text": "restarted"})
    situation = watch.situation(9000)
    assert automation.since([], watch.incidents.values(), situation.now_us, watch.terms) == minute(10 - 30)
    watch.tick(9000)
    assert watch.incidents[1].ended_us == minute(60)


def test_what_a_person_merged_elsewhere_stays_there() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.do(0, 5, ActKind.OPENED, {"hub": "fc", "subject": "", "origin": "person", "severity": 3, "title": "Users complain"})
    watch.tick(12)
    watch.do(2, 13, ActKind.MERGED, {"into": 1})
    assert watch.tick(100) == []
    assert watch.tick(3000) == []


# --- flags


def test_a_deactivated_idp_is_resolved_by_its_flag_and_not_again_by_the_ledger() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    for step, now, author in ((FlagStep.PROPOSED, 20, MACHINE), (FlagStep.APPROVED, 21, "Alice"), (FlagStep.DEACTIVATED, 25, MACHINE)):
        watch.flag(FlagAct("fc", "ameli", step, minute(now), author))
    watch.unknown = {"ameli"}
    assert watch.tick(60) == []
    watch.flag(FlagAct("fc", "ameli", FlagStep.RECOVERED, minute(90), "Alice"))
    acts = watch.tick(91)
    assert [(act.kind, act.data.get("fact")) for act in acts][:2] == [(ActKind.EVIDENCE, "recovered"), (ActKind.RESOLVED, None)]
    assert watch.incidents[1].ended_us == minute(90)
    # It is back on the mire: the ledger trims the unknown time.
    watch.unknown, watch.downs = set(), {"ameli": [(10, 25)]}
    assert watch.tick(95) == []
    watch.downs = {"ameli": [(10, 25), (100, None)]}
    watch.tick(102)
    assert watch.incidents[1].open or len(watch.incidents) == 2


def test_a_deactivated_idp_is_no_part_of_a_c3() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], "C3": [(60, None)]})
    watch.tick(12)
    for step, now, author in ((FlagStep.PROPOSED, 20, MACHINE), (FlagStep.DEACTIVATED, 25, MACHINE)):
        watch.flag(FlagAct("fc", "ameli", step, minute(now), author))
    watch.unknown = {"ameli"}
    watch.tick(61)
    assert watch.incidents[1].open
    assert watch.incidents[1].links == ()


def test_one_whose_flag_is_only_proposed_is() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)], "C3": [(60, None)]})
    watch.tick(12)
    watch.flag(FlagAct("fc", "ameli", FlagStep.PROPOSED, minute(20), MACHINE))
    watch.tick(61)
    assert watch.incidents[1].state is IncidentState.MERGED


def test_most_idps_at_once_are_one_incident_of_severity_1_and_no_flag() -> None:
    watch = StatedHub(downs={"ameli": [(10, 60)], "impots": [(11, 60)]})
    watch.samples = [Sample(Journey.MIRE, None, minute(now), True, selectable=5) for now in range(90)]
    watch.tick(12)
    assert len(watch.open()) == 2
    watch.tick(22)
    shared = only(watch, "shared")
    assert (watch.incidents[shared].severity, watch.incidents[shared].began_us) == (Severity.CRITICAL, minute(10))
    assert [watch.incidents[number].into for number in (1, 2)] == [shared, shared]
    assert watch.flags == {}
    watch.tick(70)
    assert watch.open() == []


# --- intermittent and slow


def journeys(idp: str, pattern: str, took: float = 1, every: float = 2, step: str = "idp-login-page") -> list[Sample]:
    """One journey every two minutes: `.` passed, `x` failed, `s` passed slowly."""
    return [
        Sample(Journey.IDENTITY, idp, minute(n * every), letter != "x", {} if letter == "x" else {step: round(took * M) * (letter == "s")})
        for n, letter in enumerate(pattern)
    ]


def test_an_idp_that_fails_now_and_again_is_severity_3_until_an_hour_is_clean() -> None:
    watch = StatedHub(samples=journeys("ameli", "..x...x...x..............................................."))
    assert watch.tick(19) == []
    watch.tick(21)
    (incident,) = watch.incidents.values()
    assert (incident.scope.subject, incident.severity, incident.origin) == ("intermittent:ameli", 3, Origin.INTERMITTENT)
    assert incident.began_us == minute(4)
    assert watch.tick(70) == []
    watch.tick(81)
    assert watch.incidents[1].state is IncidentState.RESOLVED


def test_failures_in_a_row_are_one_and_those_of_an_outage_have_their_own_incident() -> None:
    assert StatedHub(samples=journeys("ameli", "..xxxxxx..xx....")).tick(31) == []
    watch = StatedHub(samples=journeys("ameli", "..x..xx..xx..."), downs={"ameli": [(10, 14), (18, 22)]})
    watch.tick(27)
    assert {each.scope.subject for each in watch.incidents.values()} == {AMELI}


SLOW = TroubleTerms(objectives={"idp-login-page": M // 60, "mire": M // 60})


def test_an_objective_missed_by_more_than_half_of_five_journeys_is_severity_3() -> None:
    watch = StatedHub(terms=SLOW, samples=journeys("ameli", "ss.s"))
    assert watch.tick(7) == []
    watch.samples = journeys("ameli", "ss.s..")
    assert watch.tick(9) != []
    assert [(each.scope.subject, each.severity, each.origin) for each in watch.incidents.values()] == [("slow:ameli", 3, Origin.SLOW)]
    watch.samples = journeys("ameli", "ss.s..")
    watch.tick(11)
    assert watch.incidents[1].state is IncidentState.RESOLVED  # three of six are not more than half
    # Of the journeys that were too slow.
    assert (watch.incidents[1].began_us, watch.incidents[1].ended_us) == (minute(0), minute(6))


def test_a_slow_idp_that_a_person_resolved_is_reopened_when_it_goes_on_and_its_end_is_noted_when_not() -> None:
    for pattern, kinds in (("s" * 30, [ActKind.REOPENED]), ("sssss" + "." * 25, [ActKind.EVIDENCE])):
        watch = StatedHub(terms=SLOW, samples=journeys("ameli", pattern))
        watch.tick(9)
        watch.do(1, 12, ActKind.RESOLVED, {"text": "more memory"})
        assert watch.tick(13) == []
        acts = [*watch.tick(41), *watch.tick(43)]
        assert [act.kind for act in acts] == kinds


def test_slow_failures_are_failures_and_without_journeys_nothing_is_known() -> None:
    watch = StatedHub(terms=SLOW, samples=journeys("ameli", "sssss"))
    watch.tick(9)
    assert watch.tick(120) == []
    assert watch.incidents[1].open
    assert StatedHub(terms=SLOW, samples=journeys("ameli", "xxxxx")).tick(9) == []
    assert StatedHub(samples=journeys("ameli", "sssss")).tick(9) == []  # no objective


def test_a_slow_mire_is_the_hubs_severity_2() -> None:
    watch = StatedHub(terms=SLOW)
    watch.samples = [Sample(Journey.MIRE, None, minute(n), True, {"mire": M}) for n in range(6)]
    watch.tick(6)
    assert [(each.scope.subject, each.severity, each.blocking) for each in watch.incidents.values()] == [("slow", 2, False)]


def test_most_idps_slow_is_the_hubs_and_takes_theirs_in() -> None:
    watch = StatedHub(terms=SLOW, samples=journeys("ameli", "sssss") + journeys("poste", ".....") + journeys("impots", "....."))
    watch.tick(9)
    assert only(watch, "slow:ameli") == 1
    watch.samples = journeys("ameli", "ssssssss") + journeys("poste", ".....sss") + journeys("impots", ".....")
    assert watch.tick(15) == []
    watch.samples = journeys("ameli", "sssssssss") + journeys("poste", "....sssss") + journeys("impots", ".....")
    watch.tick(17)
    assert only(watch, "slow") == 2
    assert (watch.incidents[1].state, watch.incidents[1].into, len(watch.incidents)) == (IncidentState.MERGED, 2, 2)


def test_a_single_slow_idp_is_not_the_hub() -> None:
    watch = StatedHub(idps=("ameli",), terms=SLOW, samples=journeys("ameli", "sssss"))
    watch.tick(9)
    assert [each.scope.subject for each in watch.incidents.values()] == ["slow:ameli"]


# --- configuration


def test_an_idp_that_is_no_longer_configured_is_no_longer_an_incident() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(12)
    watch.idps = ("impots", "poste")
    assert [(act.kind, act.data.get("fact")) for act in watch.tick(14)][:2] == [(ActKind.EVIDENCE, "removed"), (ActKind.RESOLVED, None)]
    assert watch.incidents[1].ended_us == minute(14)


def test_nor_is_a_hub() -> None:
    watch = StatedHub(downs={"C1": [(10, None)]})
    watch.tick(12)
    watch.watched = False
    watch.tick(14)
    assert watch.incidents[1].state is IncidentState.RESOLVED


def test_other_hubs_incidents_are_left_alone() -> None:
    watch = StatedHub()
    data: Data = {"hub": "other", "subject": C1, "origin": "condition", "severity": 1, "title": "The other hub"}
    watch.do(0, 1, ActKind.OPENED, data, author=MACHINE)
    assert watch.tick(5) == []


def test_titles_are_in_the_language_that_was_asked_for() -> None:
    for language, words in (("fr", "indisponible"), ("en", "unavailable")):
        watch = StatedHub(terms=replace(TroubleTerms(), wording=RegisterTexts(language)), downs={"ameli": [(10, None)]})
        watch.tick(12)
        assert words in watch.incidents[1].title


ZONE = "(Europe/Paris, UTC+01:00)"
FRENCH = [
    (
        f"Du 15/01/2027 à 09:10:00 au 15/01/2027 à 09:14:00 {ZONE} : page de connexion du fournisseur d'identité : "
        "le fournisseur d'identité ne répond pas (délai dépassé) (en cause : le fournisseur d'identité)"
    ),
    (
        f"À partir du 15/01/2027 à 09:16:00 {ZONE} : connexion chez le fournisseur d'identité : "
        "le fournisseur d'identité refuse la connexion ou n'est pas joignable (en cause : le fournisseur d'identité)"
    ),
]
ENGLISH = [
    (
        f"From 15/01/2027 at 09:10:00 to 15/01/2027 at 09:14:00 {ZONE}: login page of the identity provider: "
        "the identity provider does not answer (timed out) (at fault: the identity provider)"
    ),
    (
        f"From 15/01/2027 at 09:16:00 {ZONE} on: login at the identity provider: "
        "the identity provider refuses the connection or cannot be reached (at fault: the identity provider)"
    ),
]
REFUSED = Cause(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN)


@pytest.mark.parametrize(("language", "detail"), [("fr", FRENCH), ("en", ENGLISH)])
def test_the_description_tells_each_cause_with_its_instants(language: str, detail: list[str]) -> None:
    terms = TroubleTerms(patience_us=20 * M, wording=RegisterTexts(language))
    watch = StatedHub(terms=terms, downs={"ameli": [(10, 14), (16, None)]}, causes={"ameli": [(16, REFUSED)]})
    watch.tick(40)
    assert watch.incidents[1].detail.replace("\N{NO-BREAK SPACE}", " ").splitlines() == detail


def test_a_description_lists_the_latest_causes_only() -> None:
    hours: list[tuple[float, float | None]] = [(20 * n, 20 * n + 5) for n in range(automation.MOST_CAUSES + 3)]
    watch = StatedHub(terms=TroubleTerms(wording=RegisterTexts("en")), downs={"ameli": hours})
    watch.tick(400)
    lines = watch.incidents[1].detail.splitlines()
    assert len(lines) == automation.MOST_CAUSES
    assert lines[-1].startswith("From 15/01/2027 at 13:40:00 to 15/01/2027 at 13:45:00")


def test_a_reopened_incident_says_what_is_so_now_and_its_history_what_was_so_before() -> None:
    """A person who resolved it, and the machine; what a person described stays as it is."""
    watch = StatedHub(downs={"ameli": [(10, 20), (30, None)]}, causes={"ameli": [(30, REFUSED)]})
    for at in (12, 21, 31):
        watch.tick(at)
    assert (watch.incidents[1].reopenings, watch.incidents[1].detail) == (1, "idp-login, connect, idp")
    assert outage_of(watch.incidents[1]) == ("fc", AMELI, minute(30))
    assert earlier_details(watch.acts)[0] == "idp-login-page, timeout, idp"
    watch.causes["ameli"].append((40, replace(REFUSED, reason=Reason.DNS)))
    watch.do(1, 45, ActKind.RESOLVED, {"text": "repaired"})
    watch.tick(80)
    assert (watch.incidents[1].reopenings, watch.incidents[1].detail) == (2, "idp-login, connect, idp\nidp-login, dns, idp")


def test_outages_are_read_from_the_beginning_of_what_lasts() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    situation = watch.situation(9000)
    assert automation.since(situation.outages, [], situation.now_us, watch.terms) == minute(10 - 30)
    assert automation.since([], [], situation.now_us, watch.terms) == minute(9000 - 24 * 60 - 30)
    watch.tick(12)
    assert automation.since([], watch.incidents.values(), situation.now_us, watch.terms) == minute(10 - 30)
    over = StatedHub(downs={"ameli": [(10, 8000)]}).situation(9000)
    assert automation.since(over.outages, [], over.now_us, watch.terms) == minute(10 - 30)


# --- one round, from incidents and outages as they are


def given(number: int = 1, **more: Any) -> Incident:
    """An incident of ameli's outage that the machine opened."""
    known: dict[str, Any] = {"scope": Scope("fc", AMELI), "origin": Origin.IDP, "idp": "ameli", "began_us": minute(10)}
    return fresh_incident(number, minute(12), **known | more)


def resolved(number: int = 1, ended: float = 40, by: str = MACHINE, **more: Any) -> Incident:
    """The same, when it was over."""
    known: dict[str, Any] = {"ended_us": minute(ended), "resolved_us": minute(ended + 1), "resolved_by": by, **more}
    return given(number, state=IncidentState.RESOLVED, **known)


def done(watch: StatedHub, now: float, *incidents: Incident) -> list[tuple[int, str]]:
    """What the machine does, by incident."""
    acts = automation.automatic_acts(watch.situation(now), incidents, watch.flags, watch.shared, watch.terms)
    return [(act.number, act.kind.value) for act in acts]


def test_of_several_incidents_of_a_scope_the_open_one_is_it_then_the_latest() -> None:
    watch = StatedHub(downs={"ameli": [(50, None)]})
    assert done(watch, 60, resolved(1), resolved(2)) == [(2, "reopened")]
    assert done(watch, 60, given(1, began_us=minute(50)), resolved(2)) == []


def test_two_chains_without_an_incident_open_one() -> None:
    assert done(StatedHub(downs={"ameli": [(10, 40), (100, None)]}), 120) == [(0, "opened")]


def test_what_a_person_opened_stays_the_only_one_of_its_scope() -> None:
    own = given(origin=Origin.PERSON, ended_us=minute(40))
    assert done(StatedHub(downs={"ameli": [(200, None)]}), 210, own) == []


def test_nothing_is_reopened_beside_what_is_open_or_about_to_be() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40), (100, None)]})
    assert done(watch, 120, resolved(1, began_us=minute(90), ended=95)) == [(0, "opened")]
    other = given(2, origin=Origin.PERSON, began_us=minute(10), ended_us=minute(40))
    assert done(watch, 120, resolved(1, began_us=minute(90), ended=95), other) == []


@pytest.mark.parametrize(("end", "noted"), [(70, True), (69.9, False)])
def test_what_people_reported_without_a_beginning_is_met_by_what_ended_half_an_hour_before(end: float, noted: bool) -> None:
    own = replace(given(origin=Origin.PERSON, began_us=None), received_us=minute(100))
    assert bool(done(StatedHub(downs={"ameli": [(10, end)]}), 101, own)) is noted


@pytest.mark.parametrize(("start", "kinds"), [(70, [(1, "reopened")]), (70.1, [(0, "opened")])])
def test_what_ended_half_an_hour_before_is_met_though_its_outage_is_not_read_any_more(start: float, kinds: list[tuple[int, str]]) -> None:
    assert done(StatedHub(downs={"ameli": [(start, None)]}), 72, resolved()) == kinds


def test_what_ended_a_day_ago_is_the_last_that_has_an_incident() -> None:
    day = 24 * 60
    assert done(StatedHub(downs={"C1": [(10, 40)]}), 40 + day) == [(0, "opened")]
    assert done(StatedHub(downs={"C1": [(10, 40)]}), 40.1 + day) == []


@pytest.mark.parametrize(("start", "scopes"), [(18, [C3]), (17.9, [C3, AMELI])])
def test_two_minutes_apart_from_a_condition_are_the_conditions(start: float, scopes: list[str]) -> None:
    watch = StatedHub(downs={"ameli": [(start, 30)], "C3": [(20, 30)]})
    acts = automation.automatic_acts(watch.situation(40), [], {}, (), watch.terms)
    assert [act.data["subject"] for act in acts] == scopes


def test_an_open_incident_that_was_over_began_again_with_the_latest_outage() -> None:
    watch = StatedHub(downs={"ameli": [(10, 40), (50, None)]})
    again = given(ended_us=minute(40), reopened_us=minute(45), reopened_by="Ada", reopenings=1)
    acts = automation.automatic_acts(watch.situation(60), [again], {}, (), watch.terms)
    assert [(act.kind, act.data["fact"], act.data["at_us"]) for act in acts] == [(ActKind.EVIDENCE, "began", minute(50))]
    at_once = StatedHub(downs={"ameli": [(10, 40), (40, None)]})
    assert done(at_once, 60, again) == []


@pytest.mark.parametrize(
    ("since", "does"),
    [(40, [(1, "reopened")]), (40.1, [(1, "reopened")]), (70, [(1, "reopened")]), (70.1, [(0, "opened")])],
)
def test_an_outage_that_was_corrected_to_go_on_is_the_same_or_a_new_one_by_when_it_is_down_again(
    since: float, does: list[tuple[int, str]]
) -> None:
    """The ledger joined two outages by the unknown time between them: one chain."""
    told = StatedHub(downs={"ameli": [(10, None)]}).situation(80)
    told = replace(told, present={**told.present, AMELI: Present(State.DOWN, minute(since))})
    acts = automation.automatic_acts(told, [resolved()], {}, (), TroubleTerms())
    assert [(act.number, act.kind.value) for act in acts] == does
    if acts[0].kind is ActKind.OPENED:
        assert (acts[0].data["subject"], acts[0].data["began_us"], acts[0].data["detail"]) == (
            AMELI,
            minute(since),
            "idp-login-page, timeout, idp",
        )
    else:
        assert acts[0].data == {
            "reason": "lasts" if since == 40 else "again",
            "detail": "idp-login-page, timeout, idp",
            "again_us": minute(10 if since == 40 else since),
        }


def test_what_was_closed_and_goes_on_is_reopened_after_half_an_hour_unless_both_agreed() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    closed = given(state=IncidentState.CLOSED, closed_us=minute(20), way=Way.CONFIRMED)
    assert (done(watch, 49.9, closed), done(watch, 50, closed)) == ([], [(1, "reopened")])
    assert done(watch, 300, replace(closed, way=Way.AGREED)) == []


@pytest.mark.parametrize(
    ("into", "touched", "now", "does"),
    [
        (None, False, 32.1, [(1, "reopened")]),  # the wider one is not read any more
        (None, True, 32.1, []),  # a person may have merged it elsewhere
        ({"ended_us": minute(30)}, True, 32, []),
        ({"ended_us": minute(30)}, True, 32.1, [(1, "reopened")]),
        ({"ended_us": minute(31)}, True, 33, []),
        ({"ended_us": minute(31)}, True, 33.1, [(1, "reopened")]),
        ({"ended_us": None, "resolved_us": minute(31)}, False, 32.1, [(1, "reopened")]),
        ({"subject": C1, "ended_us": minute(20)}, False, 60, []),  # merged into one that is no wider
    ],
)
def test_a_merged_incident_is_reopened_when_the_wider_one_is_over_and_it_goes_on(
    into: dict[str, Any] | None, touched: bool, now: float, does: list[tuple[int, str]]
) -> None:
    merged = given(state=IncidentState.MERGED, into=2, closed_us=minute(21), touched=touched)
    known = [merged]
    if into is not None:
        wide = {"state": IncidentState.RESOLVED, "resolved_us": minute(30), **into}
        subject = wide.pop("subject", C3)
        known.append(replace(given(2, **wide), idp=None, scope=Scope("fc", subject)))
    acts = done(StatedHub(downs={"ameli": [(10, None)], "C3": [(20, 30)]}), now, *known)
    assert [each for each in acts if each[0] == 1] == does


# --- signs


def slow(**more: Any) -> Incident:
    """An incident of ameli that is slow, over at minute 20."""
    known: dict[str, Any] = {
        "state": IncidentState.RESOLVED,
        "ended_us": minute(20),
        "resolved_us": minute(20),
        "resolved_by": MACHINE,
        **more,
    }
    return replace(given(**known), scope=Scope("fc", "slow:ameli"), origin=Origin.SLOW, severity=Severity.MEDIUM)


@pytest.mark.parametrize(
    ("first", "does"),
    [
        (12, []),  # its last slow journey was at 20: that is what ended
        (14, [(1, "reopened", {"reason": "again"})]),
        (50, [(1, "reopened", {"reason": "again"})]),
        (52, [(0, "opened", minute(52))]),
    ],
)
def test_a_sign_that_is_back_within_half_an_hour_reopens(first: int, does: list[tuple[Any, ...]]) -> None:
    """Five slow journeys, one every two minutes."""
    late = [replace(each, at_us=each.at_us + first * M) for each in journeys("ameli", "sssss")]
    watch = StatedHub(terms=SLOW, samples=late)
    acts = automation.automatic_acts(watch.situation(first + 9), [slow()], {}, (), watch.terms)
    assert [(act.number, act.kind.value, act.data.get("began_us", act.data)) for act in acts] == does
    wide = replace(slow(number=2, state=IncidentState.NEW, ended_us=None), scope=Scope("fc", "slow"), idp=None, severity=Severity.MAJOR)
    covered = automation.automatic_acts(watch.situation(first + 9), [slow(), wide], {}, (), watch.terms)
    assert covered == [], "what a wider incident covers is not told again"


def test_a_merged_sign_is_reopened_apart_when_nothing_covers_it_any_more() -> None:
    merged = slow(state=IncidentState.MERGED, into=2, closed_us=minute(5), ended_us=None, resolved_us=None, resolved_by="")
    watch = StatedHub(terms=SLOW, samples=journeys("ameli", "sssss"))
    (act,) = automation.automatic_acts(watch.situation(9), [merged], {}, (), watch.terms)
    assert (act.number, act.kind, act.data) == (1, ActKind.REOPENED, {"reason": "apart"})


def test_a_sign_that_is_good_ends_no_earlier_than_its_trouble_began() -> None:
    watch = StatedHub(terms=SLOW, samples=journeys("ameli", "....."))
    lasting = {"state": IncidentState.NEW, "ended_us": None, "resolved_us": None, "resolved_by": ""}
    acts = automation.automatic_acts(watch.situation(9), [slow(**lasting, began_us=minute(7))], {}, (), watch.terms)
    assert acts[0].data["at_us"] == minute(7)


# --- what nothing explains


def test_every_incident_that_nothing_explains_is_cleared_and_a_persons_is_not() -> None:
    watch = StatedHub(idps=("poste",))
    people = given(1, origin=Origin.PERSON)
    gone = given(2)
    assert done(watch, 60, people, gone)[:2] == [(2, "evidence"), (2, "resolved")]
    without_a_beginning = replace(given(3, began_us=None), idp="poste", scope=Scope("fc", "idp:poste"))
    acts = automation.automatic_acts(watch.situation(60), [without_a_beginning], {}, (), watch.terms)
    assert acts[0].data["at_us"] == minute(12), "since its receipt"


def test_a_condition_that_a_person_did_not_open_vanishes_with_its_outage_and_a_sign_does_not() -> None:
    c1 = replace(given(1), idp=None, scope=Scope("fc", C1), origin=Origin.CONDITION)
    assert [kind for _, kind in done(StatedHub(), 60, c1)] == ["evidence", "resolved", "notified"]
    sign = replace(given(1), scope=Scope("fc", "intermittent:ameli"), origin=Origin.INTERMITTENT)
    assert done(StatedHub(), 60, sign) == []


@pytest.mark.parametrize(("recovered", "known"), [(12, False), (12.1, True)])
def test_a_flag_that_recovered_before_the_incident_says_nothing_of_it(recovered: float, known: bool) -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]}, unknown={"ameli"})
    for step, now, author in (
        (FlagStep.PROPOSED, 10, MACHINE),
        (FlagStep.DEACTIVATED, 11, MACHINE),
        (FlagStep.RECOVERED, recovered, "Ada"),
    ):
        watch.flag(FlagAct("fc", "ameli", step, minute(now), author))
    assert bool(done(watch, 60, given())) is known
    watch.unknown = set()
    assert done(watch, 60, given()) == [], "it is down again"


def test_what_is_to_be_read_begins_before_what_lasts_or_ended_within_a_day() -> None:
    now, day = minute(9000), 24 * 60
    edge = StatedHub(downs={"ameli": [(10, 9000 - day)]}).situation(9000).outages
    assert automation.since(edge, [], now, TroubleTerms()) == minute(10 - 30)
    assert automation.since([], [resolved()], now, TroubleTerms()) == minute(9000 - day - 30), "what is resolved and over is not"
    assert automation.since([], [given(state=IncidentState.CLOSED)], now, TroubleTerms()) == minute(9000 - day - 30)
