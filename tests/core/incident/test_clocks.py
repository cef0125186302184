"""The clocks beside brute force, minute by minute, and corner cases that no clause names.

The clauses themselves are in tests/contract.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.business_hours import Calendar
from probe.core.incident.acts import Breached, Closed, Escalated
from probe.core.incident.clocks import FIGURE_2, ClockReading, ClockTerms, due, next_deadline, read, runs_out, working
from probe.core.incident.model import MACHINE, Act, ActKind, Incident, IncidentClock, IncidentState, Severity, Way
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply, replay
from probe.core.times import DAY_US, HOUR_US, MINUTE_US
from tests.builders import fresh_incident
from tests.contract.support import CALENDAR, TERMS, act, clock, incident
from tests.core.business_hours_oracle import Oracle, at

ORACLE = Oracle("Europe/Paris", 570, 1080, frozenset(range(5)), True)
START = at("2026-11-09T00:00")  # a week with a public holiday in it
WALL = Oracle("Europe/Paris", 0, 1440, frozenset(range(7)), False)

KINDS: tuple[tuple[ActKind, dict[str, Any]], ...] = (
    (ActKind.ACKNOWLEDGED, {}),
    (ActKind.ASSIGNED, {"to": "level1"}),
    (ActKind.WAITING, {"request": "which version?"}),
    (ActKind.RESUMED, {"reason": "version 3"}),
    (ActKind.RESOLVED, {"text": "fixed"}),
    (ActKind.REOPENED, {"reason": "again"}),
    (ActKind.SEVERITY, {"severity": 1}),
    (ActKind.SEVERITY, {"severity": 3, "reason": "not so bad"}),
    (ActKind.BLOCKING, {"blocking": True}),
    (ActKind.MERGED, {"into": 9}),
    (ActKind.CLOSED, {"way": "agreed", "by": "Bob", "ours": "Alice", "how": "written"}),
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Incident, int]:
    """An incident to which much was done, at whole minutes, and an instant after it."""
    times = sorted(draw(st.lists(st.integers(0, 9 * 1440), min_size=2, max_size=10)))
    first = incident("2026-11-09T00:00", draw(st.integers(1, 5)))
    lived = replace(first, received_us=START + times[0] * MINUTE_US, assigned_us=START + times[0] * MINUTE_US)
    for time in times[1:-1]:
        kind, data = draw(st.sampled_from(KINDS))
        now_us = START + time * MINUTE_US
        more: dict[str, Any] = {**data, "when_us": now_us} if kind is ActKind.CLOSED else data
        with suppress(RefusedActError):
            lived = apply(lived, Act(1, now_us, "Alice", kind, more))
    return lived, START + times[-1] * MINUTE_US


def elapsed(of: Incident, oracle: Oracle, start: int, end: int) -> int:
    """Open minutes between two instants in which it neither waited nor rested."""
    away = (*of.waits, *of.rests)
    total = 0
    for minute in range(start, end, MINUTE_US):
        if any(a <= minute and (b is None or minute < b) for a, b in away):
            continue
        day, rest = divmod(minute, 24 * HOUR_US)
        total += oracle.minutes(day)[rest // MINUTE_US] * MINUTE_US
    return total


@given(lives())
def test_every_clock_has_run_for_the_open_minutes_in_which_it_neither_waited_nor_rested(life: tuple[Incident, int]) -> None:
    lived, now_us = life
    for reading in read(lived, CALENDAR, TERMS, now_us):
        if reading.elapsed_us is None:
            continue
        oracle = WALL if reading.clock is IncidentClock.BLOCKING else ORACLE
        end_us = now_us if reading.stopped_us is None else reading.stopped_us
        assert reading.elapsed_us == elapsed(lived, oracle, reading.started_us, end_us)
        assert reading.breached is (reading.elapsed_us > (reading.allowed_us or 0))
        _check_due(lived, reading, oracle, end_us)


def _check_due(lived: Incident, reading: ClockReading, oracle: Oracle, end_us: int) -> None:
    """It runs out when what is allowed has elapsed, and no earlier."""
    allowed_us = reading.allowed_us or 0
    assert reading.elapsed_us is not None
    if reading.due_us is None:
        assert reading.elapsed_us < allowed_us
        assert reading.paused or reading.stopped_us is not None
        return
    if reading.due_us <= end_us:
        assert elapsed(lived, oracle, reading.started_us, reading.due_us) == allowed_us
        assert elapsed(lived, oracle, reading.started_us, reading.due_us - MINUTE_US) < allowed_us
    else:
        assert reading.elapsed_us < allowed_us
        assert oracle.add(end_us, allowed_us - reading.elapsed_us) == reading.due_us


@given(lives())
def test_what_is_due_is_acted_on_once_and_no_rule_refuses_it(life: tuple[Incident, int]) -> None:
    lived, now_us = life
    acts = due(lived, CALENDAR, TERMS, now_us)
    for each in acts:
        lived = apply(lived, each)
        assert each.author == MACHINE
        assert int(str(each.data["due_us"])) <= now_us
    assert due(lived, CALENDAR, TERMS, now_us) == []


@given(lives())
def test_working_time_is_what_is_left_of_its_life(life: tuple[Incident, int]) -> None:
    lived, now_us = life
    assert working(lived, CALENDAR, now_us) == elapsed(lived, ORACLE, lived.received_us, now_us)


def test_a_new_severity_escalates_again_and_breaches_again() -> None:
    lived = incident("2026-11-16T09:30", 3)
    told: list[tuple[str, object]] = []
    for time, kind, data in (
        ("2026-11-17T10:00", None, {}),
        ("2026-11-17T11:00", ActKind.SEVERITY, {"severity": 1}),
        ("2026-11-17T12:30", None, {}),
        ("2026-11-17T15:00", None, {}),
        ("2026-11-17T16:00", ActKind.SEVERITY, {"severity": 3, "reason": "not so bad"}),
        ("2026-11-19T16:00", None, {}),
    ):
        if kind is not None:
            lived = apply(lived, act(time, kind, **data))
        for each in due(lived, CALENDAR, TERMS, at(time)):
            lived = apply(lived, each)
            told.append((each.kind.value, each.data["severity"]))
    assert told == [("escalated", 3), ("escalated", 1), ("breached", 1), ("escalated", 3), ("breached", 3)]


def test_a_breach_that_was_missed_is_recorded_after_the_resolution_and_an_escalation_is_not() -> None:
    late = incident("2026-11-16T09:30", 1, act("2026-11-16T15:00", ActKind.RESOLVED, text="fixed"))
    assert [each.kind for each in due(late, CALENDAR, TERMS, at("2026-11-16T15:30"))] == [ActKind.BREACHED]


def test_reopened_its_clocks_go_on_where_they_were() -> None:
    resolved = act("2026-11-16T10:00", ActKind.RESOLVED, text="fixed")
    again = incident("2026-11-16T09:30", 1, resolved, act("2026-11-17T10:00", ActKind.REOPENED, reason="again"))
    assert clock(again, IncidentClock.ESCALATION, "2026-11-17T10:10").due_us == at("2026-11-17T10:30")
    assert clock(again, IncidentClock.ESCALATION, "2026-11-17T10:10").running


def test_a_merged_incident_has_no_clocks() -> None:
    merged = incident("2026-11-16T09:30", 1, act("2026-11-16T10:00", ActKind.MERGED, into=2))
    assert read(merged, CALENDAR, TERMS, at("2026-12-16T10:00")) == ()
    assert due(merged, CALENDAR, TERMS, at("2026-12-16T10:00")) == []


def test_what_becomes_blocking_later_has_its_four_hours_from_then() -> None:
    acts = (act("2026-11-16T10:00", ActKind.ACKNOWLEDGED), act("2026-11-16T12:00", ActKind.BLOCKING, blocking=True))
    assert clock(incident("2026-11-16T09:30", 1, *acts), IncidentClock.BLOCKING, "2026-11-16T13:00").due_us == at("2026-11-16T16:00")


def test_the_four_hours_may_be_working_hours() -> None:
    blocking = incident("2026-11-16T09:30", 1, act("2026-11-16T17:00", ActKind.ACKNOWLEDGED), blocking=True)
    (reading,) = [
        each
        for each in read(blocking, CALENDAR, ClockTerms(blocking_working=True), at("2026-11-16T17:30"))
        if each.clock is IncidentClock.BLOCKING
    ]
    assert reading.due_us == at("2026-11-17T12:30")


def test_terms_are_settings() -> None:
    treatments = {**FIGURE_2, Severity.MAJOR: FIGURE_2[Severity.MAJOR]._replace(escalate_us=HOUR_US // 2, role="night")}
    terms = ClockTerms(take_in_hand_us=HOUR_US, no_answer_days=1, no_remark_days=1, treatments=treatments)
    open_ = incident("2026-11-16T09:30", 2)
    acts = due(open_, CALENDAR, terms, at("2026-11-16T11:00"))
    assert [(each.kind.value, each.data.get("role", each.data.get("clock"))) for each in acts] == [
        ("breached", "take_in_hand"),
        ("escalated", "night"),
    ]
    asked = incident("2026-11-16T09:30", 2, act("2026-11-16T10:00", ActKind.WAITING, request="which?"))
    assert runs_out(asked, Way.NO_ANSWER, CALENDAR, terms, at("2026-11-16T11:00")) == at("2026-11-17T18:00")


@pytest.mark.parametrize("way", [Way.CONFIRMED, Way.AGREED])
def test_other_ways_to_close_have_no_time_to_run_out(way: Way) -> None:
    assert runs_out(incident("2026-11-16T09:30", 2), way, CALENDAR, TERMS, at("2026-11-16T11:00")) is None


def test_the_idps_time_is_no_deadline_of_ours() -> None:
    waiting = incident("2026-11-16T09:30", 2, act("2026-11-16T10:00", ActKind.WAITING, request="which version?"))
    assert next_deadline(waiting, CALENDAR, TERMS, at("2026-11-16T11:00")) is None
    resolved = incident(
        "2026-11-16T09:30",
        2,
        act("2026-11-16T10:00", ActKind.RESOLVED, text="fixed"),
        act("2026-11-16T10:00", ActKind.NOTIFIED, to="ameli"),
    )
    assert next_deadline(resolved, CALENDAR, TERMS, at("2026-11-16T11:00")) is None


def test_a_remark_stops_what_would_close_it_and_a_new_notice_starts_it_anew() -> None:
    acts = [act("2026-11-16T10:00", ActKind.RESOLVED, text="fixed"), act("2026-11-16T10:00", ActKind.NOTIFIED, to="ameli")]
    acts.append(act("2026-11-18T10:00", ActKind.NOTIFIED, to="ameli"))
    assert runs_out(incident("2026-11-16T09:30", 2, *acts), Way.NO_REMARK, CALENDAR, TERMS, at("2026-11-18T11:00")) == at(
        "2026-11-25T18:00"
    )
    acts.append(act("2026-11-19T10:00", ActKind.REMARKED))
    assert runs_out(incident("2026-11-16T09:30", 2, *acts), Way.NO_REMARK, CALENDAR, TERMS, at("2026-11-19T11:00")) is None


def test_a_restart_changes_nothing_since_what_fired_is_in_the_register() -> None:
    acts = [act("2026-11-16T09:30", ActKind.OPENED, hub="fc", subject="", origin="person", severity=1, title="A request")]
    for time in ("2026-11-16T10:30", "2026-11-16T10:31", "2026-11-16T11:31", "2026-11-16T11:32", "2026-11-24T18:00"):
        acts += due(replay(acts), CALENDAR, TERMS, at(time))  # as if the process began here
    assert [each.kind.value for each in acts[1:]] == ["escalated", "breached", "breached"]
    assert replay(acts).state is IncidentState.NEW


# --- each reading whole, by a calendar that is always open: working time is the wall clock's

ALWAYS = Calendar(ZoneInfo("UTC"), 0, DAY_US, days=range(7))
MORNINGS = Calendar(ZoneInfo("UTC"), 0, HOUR_US, days=range(7))
NOW = 100 * DAY_US
TAKEN, ESCALATED, SOLVED = IncidentClock.TAKE_IN_HAND, IncidentClock.ESCALATION, IncidentClock.RESOLUTION
ALLOWED = {TAKEN: 48 * HOUR_US, ESCALATED: 5 * HOUR_US // 2, SOLVED: 4 * HOUR_US}
"""What a severity 2 is allowed (docs/contract.md, 2.2.2)."""


def received(at_us: int = NOW, **more: Any) -> Incident:
    return fresh_incident(7, at_us, **more)


def readings(of: Incident, now_us: int, calendar: Calendar = ALWAYS, terms: ClockTerms = TERMS) -> dict[IncidentClock, ClockReading]:
    return {each.clock: each for each in read(of, calendar, terms, now_us)}


def hours(clock: IncidentClock, elapsed: int, started: int = NOW, due: int | None = None, **more: Any) -> ClockReading:
    return ClockReading(
        clock,
        started,
        due,
        **{"stopped_us": None, "paused": False, "breached": False, **more},
        elapsed_us=elapsed,
        allowed_us=ALLOWED[clock],
    )


def test_a_new_incidents_clocks_run_from_its_receipt_and_its_assignment() -> None:
    found = readings(received(assigned_us=NOW + 3), NOW + 10)
    assert found == {
        TAKEN: hours(TAKEN, 10, due=NOW + 48 * HOUR_US),
        ESCALATED: hours(ESCALATED, 7, NOW + 3, NOW + 3 + 5 * HOUR_US // 2),
        SOLVED: hours(SOLVED, 7, NOW + 3, NOW + 3 + 4 * HOUR_US),
    }
    assert all(each.running for each in found.values())


@pytest.mark.parametrize(
    ("done", "taken", "others"),
    [
        ({"in_hand_us": NOW + 5}, 5, None),
        ({"resolved_us": NOW + 7}, 7, 7),
        ({"in_hand_us": NOW + 5, "resolved_us": NOW + 7}, 5, 7),
        ({"closed_us": NOW + 8}, 8, 8),
        ({"resolved_us": NOW + 7, "closed_us": NOW + 9}, 7, 7),
    ],
)
def test_a_clock_stops_when_what_it_is_for_is_done(done: dict[str, int], taken: int, others: int | None) -> None:
    found = readings(received(**done), NOW + 10)
    assert (found[TAKEN].stopped_us, found[TAKEN].elapsed_us, found[TAKEN].due_us) == (NOW + taken, taken, None)
    for each in (ESCALATED, SOLVED):
        stopped = found[each].stopped_us
        assert (stopped, found[each].elapsed_us) == ((NOW + others, others) if others else (None, 10))
        assert found[each].running is (others is None)


def test_what_is_done_at_the_end_of_the_last_hour_is_in_time() -> None:
    for each, allowed in ALLOWED.items():
        at_end, after = (readings(received(), NOW + allowed + late)[each] for late in (0, 1))
        assert (at_end.breached, after.breached) == (False, True)
        assert at_end.due_us == after.due_us == NOW + allowed


def test_a_clock_stands_still_while_it_waits_and_rests() -> None:
    waited = received(waits=((NOW + 10, NOW + 30),), rests=((NOW + 50, NOW + 60), (NOW + 70, None)))
    assert readings(waited, NOW + 90)[SOLVED] == hours(SOLVED, 40, paused=True)
    assert readings(replace(waited, rests=waited.rests[:1]), NOW + 90)[SOLVED] == hours(SOLVED, 60, due=NOW + 30 + 4 * HOUR_US)
    ran_out = received(waits=((NOW + 5 * HOUR_US, None),))
    assert readings(ran_out, NOW + 9 * HOUR_US)[SOLVED] == hours(SOLVED, 5 * HOUR_US, due=NOW + 4 * HOUR_US, paused=True, breached=True)
    at_the_very_end = received(waits=((NOW + 4 * HOUR_US, None),))
    assert readings(at_the_very_end, NOW + 9 * HOUR_US)[SOLVED] == hours(SOLVED, 4 * HOUR_US, due=NOW + 4 * HOUR_US, paused=True)
    after_a_wait = received(waits=((NOW + HOUR_US, NOW + 2 * HOUR_US),))
    assert readings(after_a_wait, NOW + 9 * HOUR_US)[SOLVED].due_us == NOW + 5 * HOUR_US
    at_once = received(waits=((NOW + 5, NOW + 5),), rests=((NOW + 5, None),))
    assert readings(at_once, NOW + 9)[SOLVED].elapsed_us == 5, "resolved at the instant at which it began to wait"
    before = received(assigned_us=NOW + 20, waits=((NOW + 10, NOW + 15), (NOW + 15, NOW + 25)))
    assert readings(before, NOW + 30)[SOLVED].elapsed_us == 5, "a wait that began before it"
    assert working(waited, ALWAYS, NOW + 65) == 35
    assert working(waited, ALWAYS, NOW + 10) == 10


def test_a_blocking_anomaly_is_counted_by_the_wall_clock_from_its_acknowledgement() -> None:
    """docs/contract.md, 2.1: « 4h »."""
    both = received(blocking_us=NOW + 3, acknowledged_us=NOW + 5)
    told = ClockReading(IncidentClock.BLOCKING, NOW + 5, NOW + 5 + 4 * HOUR_US, None, False, False, 10, 4 * HOUR_US)
    assert readings(both, NOW + 15, MORNINGS)[IncidentClock.BLOCKING] == told
    later = readings(replace(both, blocking_us=NOW + 8, resolved_us=NOW + 9), NOW + 15)[IncidentClock.BLOCKING]
    assert (later.started_us, later.stopped_us, later.elapsed_us) == (NOW + 8, NOW + 9, 1)
    for missing in (replace(both, blocking_us=None), replace(both, acknowledged_us=None)):
        assert IncidentClock.BLOCKING not in readings(missing, NOW + 15)
    by_hours = readings(both, NOW + 15, MORNINGS, ClockTerms(blocking_working=True))[IncidentClock.BLOCKING]
    assert by_hours.due_us == NOW + 4 * DAY_US + 5


@pytest.mark.parametrize(
    ("clock", "field", "days"), [(IncidentClock.NO_ANSWER, "asked_us", 10), (IncidentClock.NO_REMARK, "notified_us", 5)]
)
def test_the_idps_time_is_whole_working_days(clock: IncidentClock, field: str, days: int) -> None:
    told, over = received(**{field: NOW + 7}), NOW + (days + 1) * DAY_US
    assert readings(told, over - 1)[clock] == ClockReading(clock, NOW + 7, over, None, False, False)
    assert readings(told, over)[clock].breached
    assert clock not in readings(received(), over)


def test_the_time_for_remarks_ends_with_the_incident_and_with_a_remark() -> None:
    told, over = received(notified_us=NOW + 7), NOW + 6 * DAY_US
    closed = readings(replace(told, closed_us=over - 1), over + 9)[IncidentClock.NO_REMARK]
    assert (closed.stopped_us, closed.breached) == (over - 1, False)
    assert readings(replace(told, closed_us=over), over + 9)[IncidentClock.NO_REMARK].breached
    assert IncidentClock.NO_REMARK not in readings(replace(told, remarked_us=NOW + 8), NOW + 9)


def test_the_next_deadline_is_the_first_of_ours_that_is_still_to_come() -> None:
    def following(now_us: int, **more: Any) -> IncidentClock | None:
        found = next_deadline(received(**more), ALWAYS, TERMS, now_us)
        return found and found.clock

    assert following(NOW) is following(NOW + 5 * HOUR_US // 2 - 1) is ESCALATED
    assert following(NOW + 5 * HOUR_US // 2) is following(NOW + 4 * HOUR_US - 1) is SOLVED
    assert following(NOW + 4 * HOUR_US) is following(NOW + 48 * HOUR_US - 1) is TAKEN
    assert following(NOW + 48 * HOUR_US) is following(NOW + 9, waits=((NOW, None),)) is following(NOW + 9, resolved_us=NOW + 3) is None
    assert following(NOW + 9, blocking_us=NOW, acknowledged_us=NOW, assigned_us=NOW) is ESCALATED
    same = ClockTerms(take_in_hand_us=4 * HOUR_US)
    tied = next_deadline(received(), ALWAYS, same, NOW + 3 * HOUR_US)
    assert tied is not None
    assert tied.clock is TAKEN, "of several at once the first by name"


def test_what_is_due_is_told_whole_and_only_once_it_is() -> None:
    def acts(of: Incident, after: int) -> list[Act]:
        return due(of, ALWAYS, TERMS, NOW + after)

    early, at_end, late = 5 * HOUR_US // 2 - 1, 5 * HOUR_US // 2, 4 * HOUR_US + 1
    escalated = Escalated(severity=Severity.MAJOR, role="level3", due_us=NOW + at_end)
    missed = Breached(clock=SOLVED, severity=Severity.MAJOR, due_us=NOW + 4 * HOUR_US)
    assert acts(received(), early) == []
    assert acts(received(), at_end) == [escalated.act(7, NOW + at_end, MACHINE)]
    assert acts(received(), late) == [escalated.act(7, NOW + late, MACHINE), missed.act(7, NOW + late, MACHINE)]
    told = received(escalated=frozenset({Severity.MAJOR}), breached=frozenset({(SOLVED, Severity.MAJOR)}))
    assert acts(told, late) == []
    other = received(escalated=frozenset({Severity.MINOR}), breached=frozenset({(SOLVED, Severity.MINOR), (TAKEN, Severity.MAJOR)}))
    assert len(acts(other, late)) == 2, "another severity's are its own"


def test_what_the_idp_left_without_an_answer_is_a_breach_and_without_a_remark_it_is_closed() -> None:
    asked, over = received(asked_us=NOW, waits=((NOW, None),)), NOW + 11 * DAY_US
    missed = Breached(clock=IncidentClock.NO_ANSWER, severity=Severity.MAJOR, due_us=over)
    assert (due(asked, ALWAYS, TERMS, over - 1), due(asked, ALWAYS, TERMS, over)) == ([], [missed.act(7, over, MACHINE)])
    solved, over = received(state=IncidentState.RESOLVED, resolved_us=NOW, notified_us=NOW, rests=((NOW, None),)), NOW + 6 * DAY_US
    closed = Closed(way=Way.NO_REMARK, due_us=over)
    assert (due(solved, ALWAYS, TERMS, over - 1), due(solved, ALWAYS, TERMS, over)) == ([], [closed.act(7, over, MACHINE)])
    assert due(replace(solved, state=IncidentState.CLOSED, closed_us=over), ALWAYS, TERMS, over + 1) == []
    assert runs_out(solved, Way.NO_REMARK, ALWAYS, TERMS, NOW) == over
    assert runs_out(solved, Way.NO_ANSWER, ALWAYS, TERMS, NOW) is None
