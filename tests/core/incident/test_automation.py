"""What the automation does with incidents, told as stories.

Times are minutes since the beginning. The automation runs when a story asks for it.
"""

from dataclasses import replace

import pytest

from probe.core.incident import automation
from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import MACHINE, ActKind, Data, IncidentState, Link, Origin, Severity
from probe.core.incident.situation import Sample
from probe.core.judgement.observation import Kind as Journey
from probe.core.judgement.subject import C1, C3
from probe.incidents.wording import RegisterTexts
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


FRENCH = (
    "Page de connexion du fournisseur d'identité\N{NO-BREAK SPACE}: le fournisseur d'identité ne répond pas (délai dépassé)"
    " (en cause\N{NO-BREAK SPACE}: le fournisseur d'identité)"
)
ENGLISH = "Login page of the identity provider: the identity provider does not answer (timed out) (at fault: the identity provider)"


@pytest.mark.parametrize(("language", "detail"), [("fr", FRENCH), ("en", ENGLISH)])
def test_the_description_tells_the_cause_by_its_labels(language: str, detail: str) -> None:
    """The second outage has the same cause, which stands once."""
    terms = TroubleTerms(patience_us=20 * M, wording=RegisterTexts(language))
    watch = StatedHub(terms=terms, downs={"ameli": [(10, 14), (16, None)]})
    watch.tick(40)
    assert watch.incidents[1].detail == detail


def test_outages_are_read_from_the_beginning_of_what_lasts() -> None:
    watch = StatedHub(downs={"ameli": [(10, None)]})
    situation = watch.situation(9000)
    assert automation.since(situation.outages, [], situation.now_us, watch.terms) == minute(10 - 30)
    assert automation.since([], [], situation.now_us, watch.terms) == minute(9000 - 24 * 60 - 30)
    watch.tick(12)
    assert automation.since([], watch.incidents.values(), situation.now_us, watch.terms) == minute(10 - 30)
    over = StatedHub(downs={"ameli": [(10, 8000)]}).situation(9000)
    assert automation.since(over.outages, [], over.now_us, watch.terms) == minute(10 - 30)
