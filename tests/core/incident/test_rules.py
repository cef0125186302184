"""Which acts an incident allows: transcripts, and refusals by their codes.

Times are minutes of one day.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.model import (
    MACHINE,
    OPEN,
    Act,
    ActKind,
    IncidentClock,
    IncidentState,
    Link,
    Origin,
    Scope,
    Severity,
    Way,
)
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply, replay
from tests.core.incident.one_incident import ACK, AGREED, IN_HAND, NOTIFIED, RESOLVED, WAIT, act, opened, refusal, story
from tests.fakes.stated_hub import minute

# --- the way through


def test_an_incident_is_opened_new() -> None:
    incident = story(began_us=minute(-5), detail="timeout", requester="Bob", blocking=True)
    assert (incident.state, incident.severity, incident.received_us, incident.began_us) == (IncidentState.NEW, 2, minute(0), minute(-5))
    assert (incident.blocking, incident.blocking_us, incident.idp, incident.requester) == (True, minute(0), "ameli", "Bob")
    assert (incident.touched, incident.acts, incident.reference, incident.open) == (False, 1, "VIGIE-7", True)
    assert (incident.scope, incident.origin, incident.title, incident.detail) == (
        Scope("fc", "idp:ameli"),
        Origin.IDP,
        "ameli is down",
        "timeout",
    )
    assert incident.assigned_us == minute(0)
    assert (story(author="Alice").touched, story().requester, story().blocking_us) == (True, "", None)


def test_it_is_acknowledged_then_taken_in_hand_by_whoever_it_is_assigned_to() -> None:
    acknowledged = story(ACK)
    assert (acknowledged.state, acknowledged.acknowledged_us, acknowledged.in_hand_us) == (IncidentState.ACKNOWLEDGED, minute(1), None)
    taken = story(ACK, IN_HAND)
    assert (taken.state, taken.in_hand_us, taken.assignee, taken.touched) == (IncidentState.IN_HAND, minute(2), "level3", True)


@pytest.mark.parametrize("taking", [IN_HAND, WAIT])
def test_whoever_works_on_it_has_acknowledged_it(taking: Act) -> None:
    incident = story(taking)
    assert incident.acknowledged_us == incident.in_hand_us == taking.at_us


def test_it_is_taken_in_hand_once() -> None:
    assert story(IN_HAND, act(4, ActKind.ASSIGNED, to="level2")).in_hand_us == minute(2)


def test_waiting_is_a_span_and_asking_again_asks_anew() -> None:
    waiting = story(WAIT, act(8, ActKind.WAITING, request="please?"))
    assert (waiting.state, waiting.waits, waiting.asked_us) == (IncidentState.WAITING, ((minute(3), None),), minute(8))
    resumed = apply(waiting, act(9, ActKind.RESUMED, reason="version 3"))
    assert (resumed.state, resumed.waits, resumed.asked_us) == (IncidentState.IN_HAND, ((minute(3), minute(9)),), None)


def test_assigning_what_waits_leaves_it_waiting() -> None:
    incident = story(WAIT, act(4, ActKind.ASSIGNED, to="level1"))
    assert (incident.state, incident.assignee) == (IncidentState.WAITING, "level1")


def test_resolving_ends_a_wait_and_begins_a_rest() -> None:
    incident = story(WAIT, act(5, ActKind.RESOLVED, text="restarted", ended_us=minute(4)))
    assert (incident.state, incident.resolved_us, incident.ended_us, incident.resolved_by) == (
        IncidentState.RESOLVED,
        minute(5),
        minute(4),
        "Alice",
    )
    assert (incident.waits, incident.rests, incident.asked_us) == (((minute(3), minute(5)),), ((minute(5), None),), None)


@pytest.mark.parametrize(
    ("before", "state"),
    [((), IncidentState.NEW), ((ACK,), IncidentState.ACKNOWLEDGED), ((IN_HAND,), IncidentState.IN_HAND), ((WAIT,), IncidentState.IN_HAND)],
)
def test_reopened_it_is_as_far_as_it_had_been(before: tuple[Act, ...], state: IncidentState) -> None:
    incident = story(*before, RESOLVED, NOTIFIED, act(7, ActKind.REMARKED), act(9, ActKind.REOPENED, reason="again"))
    assert (incident.state, incident.reopenings, incident.reopened_us, incident.reopened_by) == (state, 1, minute(9), "Alice")
    assert incident.rests == ((minute(5), minute(9)),)
    assert (incident.resolved_us, incident.notified_us, incident.remarked_us, incident.ended_us, incident.resolved_by) == (None,) * 4 + (
        "",
    )


def test_what_is_closed_or_merged_can_be_reopened() -> None:
    closed = story(RESOLVED, NOTIFIED, act(9, ActKind.CLOSED, MACHINE, way="no_remark", due_us=minute(8)))
    assert (closed.state, closed.way, closed.closed_us, closed.rests) == (
        IncidentState.CLOSED,
        Way.NO_REMARK,
        minute(9),
        ((minute(5), None),),
    )
    again = apply(closed, act(10, ActKind.REOPENED, reason="again"))
    assert (again.state, again.way, again.closed_us, again.rests) == (IncidentState.NEW, None, None, ((minute(5), minute(10)),))
    merged = story(WAIT, act(5, ActKind.MERGED, into=3))
    assert (merged.state, merged.into, merged.closed_us, merged.waits) == (IncidentState.MERGED, 3, minute(5), ((minute(3), minute(5)),))
    again = apply(merged, act(10, ActKind.REOPENED, reason="it is another"))
    assert (again.state, again.into, again.rests) == (IncidentState.IN_HAND, None, ((minute(5), minute(10)),))


def test_a_severity_that_changes_starts_its_clocks_anew() -> None:
    before = story(
        act(1, ActKind.ESCALATED, MACHINE, severity=2, role="level3", due_us=minute(1)),
        act(1, ActKind.BREACHED, MACHINE, clock="resolution", severity=2, due_us=minute(1)),
        act(1, ActKind.BREACHED, MACHINE, clock="take_in_hand", severity=2, due_us=minute(1)),
    )
    raised = apply(before, act(4, ActKind.SEVERITY, MACHINE, severity=1))
    assert (raised.severity, raised.assigned_us, raised.graded) == (1, minute(4), False)
    assert raised.escalated == {Severity.MAJOR}
    back = apply(raised, act(5, ActKind.SEVERITY, severity=2, reason="one IdP only"))
    assert (back.severity, back.assigned_us, back.escalated, back.graded) == (2, minute(5), frozenset(), True)
    assert back.breached == {(IncidentClock.TAKE_IN_HAND, Severity.MAJOR)}


def test_an_anomaly_is_blocking_from_when_it_is_said_and_its_breach_may_come_again() -> None:
    missed = [act(1, ActKind.BREACHED, MACHINE, clock=clock, severity=2, due_us=minute(1)) for clock in ("blocking", "resolution")]
    blocking = story(*missed, act(3, ActKind.BLOCKING, MACHINE, blocking=True))
    assert (blocking.blocking, blocking.blocking_us) == (True, minute(3))
    assert blocking.breached == {(IncidentClock.RESOLUTION, Severity.MAJOR)}
    not_any_more = apply(blocking, act(4, ActKind.BLOCKING, blocking=False))
    assert (not_any_more.blocking, not_any_more.blocking_us) == (False, None)


def test_who_acknowledged_it_first_stays_so() -> None:
    assert story(ACK, IN_HAND).acknowledged_us == minute(1)


@pytest.mark.parametrize("answer", [act(5, ActKind.RESUMED, reason="version 3"), act(5, ActKind.RESOLVED, text="restarted")])
def test_an_answer_lets_the_idps_time_run_out_again_and_keeps_other_breaches(answer: Act) -> None:
    missed = [act(4, ActKind.BREACHED, MACHINE, clock=clock, severity=2, due_us=minute(4)) for clock in ("no_answer", "resolution")]
    assert story(WAIT, *missed, answer).breached == {(IncidentClock.RESOLUTION, Severity.MAJOR)}


def test_a_second_wait_leaves_the_first_as_it_was() -> None:
    resumed = act(5, ActKind.RESUMED, reason="version 3")
    again = story(WAIT, resumed, act(7, ActKind.WAITING, request="and?"), act(9, ActKind.RESUMED, reason="4"))
    assert again.waits == ((minute(3), minute(5)), (minute(7), minute(9)))


def test_a_comment_changes_nothing_but_that_a_person_was_there() -> None:
    assert story(act(1, ActKind.COMMENTED, text="looking")) == replace(story(), touched=True, acts=2)


def test_links_are_kept_once() -> None:
    link = act(1, ActKind.LINKED, MACHINE, to=3, relation="swallowed_by")
    assert story(link, link).links == (Link(3, "swallowed_by"),)


def test_the_machine_moves_the_edges_of_the_trouble_and_people_only_tell_of_them() -> None:
    began: dict[str, Any] = {"fact": "began", "text": "earlier", "at_us": minute(-3)}
    ended: dict[str, Any] = {"fact": "ended", "text": "over", "at_us": minute(4)}
    machine = story(act(5, ActKind.EVIDENCE, MACHINE, **began), act(5, ActKind.EVIDENCE, MACHINE, **ended))
    assert (machine.began_us, machine.ended_us) == (minute(-3), minute(4))
    person = story(act(5, ActKind.EVIDENCE, **began), act(5, ActKind.EVIDENCE, **ended))
    assert (person.began_us, person.ended_us) == (None, None)


def test_what_begins_again_is_not_over() -> None:
    ended = act(5, ActKind.EVIDENCE, MACHINE, fact="ended", text="over", at_us=minute(4))
    assert story(ended, act(9, ActKind.EVIDENCE, MACHINE, fact="began", text="again", at_us=minute(8))).ended_us is None
    assert story(ended, act(9, ActKind.EVIDENCE, MACHINE, fact="began", text="earlier", at_us=minute(3))).ended_us == minute(4)
    assert story(ended, act(9, ActKind.EVIDENCE, MACHINE, fact="began", text="at once", at_us=minute(4))).ended_us is None
    assert story(ended, act(9, ActKind.EVIDENCE, MACHINE, fact="alert", text="it fires", at_us=minute(8))).ended_us == minute(4)
    assert story(ended, act(9, ActKind.RESOLVED, text="restarted")).ended_us == minute(4), "when nothing else is said"


def test_a_clock_that_was_set_back_makes_no_span_that_ends_before_it_began() -> None:
    assert story(WAIT, act(-9, ActKind.RESUMED, reason="version 3")).waits == ((minute(3), minute(3)),)
    assert story(RESOLVED, act(-9, ActKind.REOPENED, reason="again")).rests == ((minute(5), minute(5)),)


# --- refusals


@pytest.mark.parametrize(
    ("before", "refused", "code"),
    [
        ((), act(1, ActKind.SEVERITY, MACHINE, severity=3), "machine_lowers"),
        ((), act(1, ActKind.SEVERITY, severity=3), "no_reason"),
        ((), act(1, ActKind.SEVERITY, severity=2, reason="so"), "same_severity"),
        ((), act(1, ActKind.SEVERITY, severity=6, reason="so"), "malformed"),
        ((), act(1, ActKind.SEVERITY, severity=True, reason="so"), "malformed"),
        ((RESOLVED,), act(6, ActKind.SEVERITY, severity=1), "resolved"),
        ((ACK,), ACK, "acknowledged"),
        ((), act(1, ActKind.ACKNOWLEDGED, MACHINE), "machine"),
        ((), act(1, ActKind.ASSIGNED, MACHINE, to="level1"), "machine"),
        ((), act(1, ActKind.ASSIGNED, to=" "), "malformed"),
        ((), act(1, ActKind.WAITING), "malformed"),
        ((), act(1, ActKind.RESUMED, reason="so"), "not_waiting"),
        ((WAIT,), act(4, ActKind.RESUMED), "malformed"),
        ((), act(1, ActKind.RESOLVED), "malformed"),
        ((RESOLVED,), RESOLVED, "resolved"),
        ((), NOTIFIED, "not_resolved"),
        ((), act(1, ActKind.REMARKED), "not_resolved"),
        ((), act(1, ActKind.REOPENED, reason="so"), "open"),
        ((RESOLVED,), act(6, ActKind.REOPENED), "malformed"),
        ((), act(1, ActKind.MERGED, into=7), "itself"),
        ((), act(1, ActKind.LINKED, to=7, relation="related"), "itself"),
        ((), act(1, ActKind.LINKED, to=8, relation="cousin_of"), "malformed"),
        ((act(1, ActKind.MERGED, into=3),), IN_HAND, "merged"),
        ((act(1, ActKind.CLOSED, **{**AGREED, "when_us": minute(1)}),), IN_HAND, "closed"),
        ((act(1, ActKind.CLOSED, **{**AGREED, "when_us": minute(1)}),), act(2, ActKind.MERGED, into=3), "closed"),
        ((), act(1, ActKind.ESCALATED, severity=2, role="level3", due_us=1), "person"),
        ((), act(1, ActKind.BREACHED, clock="resolution", severity=2, due_us=1), "person"),
        ((), act(1, ActKind.BLOCKING, blocking=False), "same_blocking"),
        ((act(1, ActKind.BLOCKING, blocking=True),), act(2, ActKind.BLOCKING, MACHINE, blocking=False), "machine_lowers"),
        ((), act(1, ActKind.BLOCKING, blocking=1), "malformed"),
        ((), act(1, ActKind.EVIDENCE, fact="rumour", text="so"), "malformed"),
        ((), act(1, ActKind.COMMENTED, text=""), "malformed"),
        ((), opened(), "exists"),
        ((), act(1, ActKind.COMMENTED, " ", text="so"), "nobody"),
        ((), Act(8, 1, "Alice", ActKind.COMMENTED, {"text": "so"}), "other"),
    ],
)
def test_an_act_that_the_contract_or_the_state_forbids_is_refused(before: tuple[Act, ...], refused: Act, code: str) -> None:
    assert refusal(story(*before), refused) == code


def test_an_escalation_and_a_breach_are_recorded_once() -> None:
    escalated = act(1, ActKind.ESCALATED, MACHINE, severity=2, role="level3", due_us=minute(1))
    breached = act(1, ActKind.BREACHED, MACHINE, clock="resolution", severity=2, due_us=minute(1))
    assert refusal(story(escalated), escalated) == "escalated"
    assert refusal(story(breached), breached) == "breached"


def test_a_new_request_lets_the_time_for_an_answer_run_out_again() -> None:
    ran_out = act(4, ActKind.BREACHED, MACHINE, clock="no_answer", severity=2, due_us=minute(4))
    assert story(WAIT, ran_out, act(5, ActKind.WAITING, request="please?")).breached == frozenset()


def test_nothing_can_be_done_to_what_is_not_there() -> None:
    assert refusal(None, ACK) == "unknown"
    with pytest.raises(RefusedActError, match="no such incident"):
        replay([])


@pytest.mark.parametrize(
    "wrong", [{"hub": ""}, {"origin": "rumour"}, {"severity": 0}, {"severity": "1"}, {"title": None}, {"blocking": "no"}, {"began_us": 1.5}]
)
def test_an_opening_says_all_it_must(wrong: dict[str, Any]) -> None:
    assert refusal(None, opened(**wrong)) == "malformed"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 9), st.sampled_from(["", "idp", "spoken", "written", "agreed", "confirmed", "related", "x"])
)
FIELDS = (
    "severity",
    "to",
    "text",
    "reason",
    "way",
    "by",
    "ours",
    "how",
    "when_us",
    "due_us",
    "role",
    "clock",
    "into",
    "relation",
    "fact",
    "at_us",
    "request",
    "blocking",
)


@given(
    st.lists(
        st.builds(
            Act,
            st.just(7),
            st.integers(0, 60),
            st.sampled_from(["Alice", MACHINE, ""]),
            st.sampled_from(ActKind),
            st.dictionaries(st.sampled_from(FIELDS), VALUES),
        ),
        max_size=12,
    )
)
def test_whatever_is_asked_an_incident_stays_whole(acts: list[Act]) -> None:
    """Refused with a code, or applied; and then every state has what belongs to it."""
    incident = story()
    for each in acts:
        with suppress(RefusedActError):
            incident = apply(incident, each)
    assert incident.open is (incident.state in OPEN)
    assert (
        (incident.asked_us is not None)
        is (incident.state is IncidentState.WAITING)
        is bool(incident.waits and incident.waits[-1][1] is None)
    )
    assert incident.open is not bool(incident.rests and incident.rests[-1][1] is None)
    assert (incident.closed_us is not None) is (incident.state in (IncidentState.CLOSED, IncidentState.MERGED))
    assert (incident.way is not None) is (incident.state is IncidentState.CLOSED)
    assert (incident.into is not None) is (incident.state is IncidentState.MERGED)
    assert incident.resolved_us is None or not incident.open
    assert all(end is None or start <= end for start, end in (*incident.waits, *incident.rests))
