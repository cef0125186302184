"""The value of one signal over time. Quotations are from docs/domain.md."""

import copy

import pytest

from probe.core.judgement.condition import C1, State
from probe.core.judgement.fold import advance
from probe.core.judgement.observation import Kind
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Reading, Signal, Value
from probe.core.judgement.timeline import lengths, timelines
from tests.builders import SECOND
from tests.core.judgement.strategies import BEGUN, NO_MIRE, NOT_THE_MIRE, OURS, WELL
from tests.fakes.folded_hub import MINUTE, FoldedHub, hub

GOOD, BAD, ABSENT = Health.GOOD, Health.BAD, Health.ABSENT
CAUSE = Cause(None, None, None)


def read(*readings: tuple[int, Health], failures: int = 2, successes: int = 2, vouch: int = 30) -> Signal:
    signal = Signal()
    for at, health in readings:
        signal.read(Reading(at, health, vouch, CAUSE if health is BAD else None, health is GOOD), failures, successes)
    return signal


def healths(signal: Signal, *instants: int) -> list[Health]:
    return [signal.value(at).health for at in instants]


# --- confirmation


def test_a_condition_opens_at_the_first_of_F_failures_and_ends_at_the_first_of_G_successes() -> None:
    """ "a condition opens after F failing observations [...] and closes after 2 good ones.
    Once confirmed the outage starts at the first failing observation's start
    and ends at the first good observation's **finish**"
    """
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE, length=9)
    assert story.at(C1, 60) is State.BLIP, "one failure is not an outage yet"
    story.mire(70, NO_MIRE, length=9)
    assert story.times(C1) == [(60, None)], "confirmed, and backdated"
    story.mire(120)
    assert story.times(C1) == [(60, None)], "one good observation does not end it"
    story.mire(180)
    assert story.times(C1) == [(60, 121)], "the end is backdated too"


def test_a_journey_that_hung_until_the_repair_vouches_for_its_end_only() -> None:
    """ "a request that hung until the repair vouches for its end only" """
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(61, NO_MIRE).mire(90, length=17).mire(120)
    assert story.times(C1) == [(60, 107)]


def test_a_failure_that_is_not_confirmed_lasts_until_the_next_journey_has_passed() -> None:
    """What is not known to work again may be down still: for the lowest value."""
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(70, length=17)
    assert [story.at(C1, at) for at in (60, 86, 87)] == [State.BLIP, State.BLIP, State.UP]


def test_a_good_journey_after_good_ones_vouches_from_its_start() -> None:
    story = FoldedHub(hub()).mire(0).mire(60, length=17)
    assert [story.at(C1, at) for at in (60, 77)] == [State.UP, State.UP]
    assert story.times(C1) == []


def test_after_a_silence_in_an_outage_the_first_good_journey_vouches_from_its_start_and_ends_it_at_its_finish() -> None:
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(61, NO_MIRE).mire(1000, length=17).mire(1060)
    (outage,) = story.outages(C1)
    assert story.times(C1) == [(60, 1017)]
    assert [story.at(C1, at) for at in (241, 242, 999, 1000, 1016, 1017)] == [
        State.DOWN, State.UNKNOWN, State.UNKNOWN, State.DOWN, State.DOWN, State.UP,
    ]  # fmt: skip
    assert outage.unknown_us == (1000 - 242) * SECOND, "the silence is unknown time inside it"


def test_an_inconclusive_stretch_in_an_outage_is_unknown_time_inside_it() -> None:
    """ "inconclusive observations never close an open outage" """
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(61, NO_MIRE)
    for at in range(120, 600, 60):
        story.mire(at, OURS)
    assert story.times(C1) == [(60, None)]
    story.mire(600, NO_MIRE)
    assert story.times(C1) == [(60, None)]
    assert [each.unknown_us for each in story.outages(C1)] == [(600 - 242) * SECOND]


@pytest.mark.parametrize("deadline", [1, 30, 59, 60, 119, 120])
def test_a_failure_that_takes_its_whole_deadline_is_down_without_a_gap(deadline: int) -> None:
    """While a slow failing journey is under way the state stays down, with the longest deadline
    that the configuration allows too: two intervals of the three that an observation vouches for.
    """
    story, at, states = FoldedHub(hub()).mire(0), 60, []
    for _ in range(8):
        if len(story.outages(C1)):
            states += [live(story, instant) for instant in range(at, at + deadline)]
        story.mire(at, NO_MIRE, length=deadline)
        if len(story.outages(C1)):
            # its next slot after its finish; once confirmed it is not asked again at once
            at += max(MINUTE, -(-deadline // MINUTE) * MINUTE)
        else:
            at += deadline
    assert set(states) == {State.DOWN}
    assert [each.unknown_us for each in story.outages(C1)] == [0]


def live(story: FoldedHub, at: int) -> State:
    """What a reader sees of C1 at an instant at which no later journey has finished."""
    state = copy.deepcopy(story.state)
    rows = advance(state, BEGUN + at * SECOND)
    timeline = timelines([*story.rows, *rows])["fc", C1]
    return timeline.points[timeline.index(BEGUN + at * SECOND)][1].state


@pytest.mark.parametrize("failures", [1, 2, 3, 4])
def test_F_failures_in_a_row_confirm_and_one_fewer_does_not(failures: int) -> None:
    bad = [(10 * n, BAD) for n in range(1, failures + 1)]
    assert healths(read((0, GOOD), *bad, failures=failures), 9, 10, 10 * failures) == [GOOD, BAD, BAD]
    assert BAD not in healths(read((0, GOOD), *bad[:-1], failures=failures), 10, 10 * failures)


@pytest.mark.parametrize("successes", [1, 2, 3, 4])
def test_G_successes_in_a_row_end_it_and_one_fewer_does_not(successes: int) -> None:
    good = [(10 * n, GOOD) for n in range(2, successes + 2)]
    ended = read((0, BAD), (10, BAD), *good, successes=successes)
    assert healths(ended, 0, 19, 20, 20 + 10 * (successes - 1)) == [BAD, BAD, GOOD, GOOD]
    assert GOOD not in healths(read((0, BAD), (10, BAD), *good[:-1], successes=successes), 0, 20, 10 * successes)


def test_failures_that_are_not_in_a_row_confirm_nothing() -> None:
    signal = read((0, GOOD), (10, BAD), (20, GOOD), (30, BAD), (40, GOOD))
    assert healths(signal, 0, 10, 20, 30, 40) == [GOOD] * 5
    assert [signal.value(at).blip for at in (0, 10, 20, 30)] == [False, True, False, True]


def test_the_first_success_of_all_is_enough() -> None:
    """Nothing is known before: there is no outage to end."""
    assert healths(read((0, GOOD), successes=4), 0) == [GOOD]


def test_a_failure_that_is_not_confirmed_is_a_blip_and_counts_only_for_the_pessimist() -> None:
    """ "A failure that is not confirmed is a blip: kept, counted by the pessimistic bound,
    not by the figure."
    """
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(61).mire(120)
    assert story.outages(C1) == []
    spent = lengths(timelines(story.rows)["fc", C1].intervals(), BEGUN, BEGUN + 121 * SECOND)
    assert {state.value: length // SECOND for state, length in spent.items()} == {"up": 119, "blip": 2, "down": 0, "unknown": 0}


def test_an_outage_tells_the_latest_cause() -> None:
    story = FoldedHub(hub()).mire(0, NO_MIRE).mire(1, NO_MIRE).mire(60, NOT_THE_MIRE).mire(120, NOT_THE_MIRE)
    causes = [story.standing(C1, at)[1] for at in (0, 60)]
    assert [cause and cause.reason for cause in causes] == [NO_MIRE.reason, NOT_THE_MIRE.reason]
    assert story.times(C1) == [(0, None)], "one outage all the same"


# --- freshness


def test_an_observation_vouches_for_three_intervals_and_no_longer() -> None:
    """ "An observation vouches from its start until 3 intervals of its kind after its finish [...]
    Time that no observation vouches for [...] is unknown." """
    story = FoldedHub(hub()).mire(0, every=60, length=20).time_passes(1000)
    assert [story.at(C1, at) for at in (199, 200, 999)] == [State.UP, State.UNKNOWN, State.UNKNOWN]


def test_a_change_of_interval_changes_only_how_long_an_observation_vouches() -> None:
    """ "a change of probe interval, a retry or a second vantage never changes the weight of a
    minute."
    """
    often = FoldedHub(hub())
    for at in range(0, 300, 10):
        often.mire(at, every=10)
    seldom = FoldedHub(hub()).mire(0, every=300).mire(299, every=300)
    spent = [lengths(timelines(story.rows)["fc", C1].intervals(), BEGUN, BEGUN + 299 * SECOND) for story in (often, seldom)]
    assert spent[0] == spent[1]


def test_inconclusive_observations_vouch_for_nothing() -> None:
    """ "or only inconclusive ones, [...] is unknown." """
    story = FoldedHub(hub()).mire(0)
    for at in (60, 120, 180, 240):
        story.mire(at, OURS)
    assert [story.at(C1, at) for at in (180, 181, 240)] == [State.UP, State.UNKNOWN, State.UNKNOWN]


def test_an_outage_is_resumed_after_a_kill_and_the_gap_is_unknown() -> None:
    """Issue 2: "`kill -9` at any point and a restart resumes the open outage,
    and the gap is unknown time."
    """
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(61, NO_MIRE)
    again = FoldedHub(story.spec)
    # What the restarted process reads back.
    for at, told in ((0, WELL), (60, NO_MIRE), (61, NO_MIRE)):
        again.mire(at, told)
    again.mire(1000, NO_MIRE).mire(1060).mire(1120)
    (outage,) = again.outages(C1)
    assert again.times(C1) == [(60, 1061)]
    assert (outage.down_us // SECOND, outage.unknown_us // SECOND) == (62 + 180 - 60 + 61, 1000 - 242)


def test_a_silence_breaks_a_run_that_was_not_confirmed() -> None:
    """Two failures an hour apart are two blips, not an outage of an hour."""
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(3660, NO_MIRE).mire(3720)
    assert story.outages(C1) == []
    assert [story.at(C1, at) for at in (60, 300, 3660, 3721)] == [State.BLIP, State.UNKNOWN, State.BLIP, State.UP]


def test_a_confirmed_outage_outlives_a_silence() -> None:
    signal = read((0, BAD), (10, BAD), (100, GOOD), (110, BAD), vouch=30)
    assert healths(signal, 10, 40, 100, 110) == [BAD, Health.UNKNOWN, BAD, BAD]


def test_readings_that_touch_leave_no_silence_between_them() -> None:
    assert healths(read((0, GOOD), (30, BAD), (60, BAD), vouch=30), 29, 30, 60) == [GOOD, BAD, BAD]
    assert healths(read((0, GOOD), (30, BAD), (61, BAD), vouch=30), 29, 30, 60, 61) == [GOOD, GOOD, Health.UNKNOWN, GOOD]


# --- absence, order, equal starts


def test_an_absence_takes_effect_at_once_and_what_follows_is_new() -> None:
    signal = read((0, BAD), (10, BAD), (20, ABSENT), (30, BAD), (40, GOOD))
    assert healths(signal, 10, 20, 30, 40) == [BAD, ABSENT, GOOD, GOOD]
    assert signal.value(30).blip
    assert (signal.value(30).since, signal.value(30).returned, signal.value(40).previous) == (0, False, CAUSE)


def test_an_absence_keeps_the_cause_of_the_outage_that_it_ends_and_no_other() -> None:
    signal = read((0, BAD), (10, BAD), (20, ABSENT), (30, ABSENT))
    assert [(value.since, value.previous) for value in (signal.value(20), signal.value(30))] == [(20, CAUSE), (20, CAUSE)]
    after_recovery = read((0, BAD), (10, BAD), (20, GOOD), (30, GOOD), (40, ABSENT))
    assert after_recovery.value(40) == Value(ABSENT, at=40, since=40)
    after_silence = read((0, ABSENT), (100, ABSENT))
    assert after_silence.value(100) == Value(ABSENT, at=100, since=100)


def test_by_the_rules_of_0_1_an_absence_forgets_the_outage_that_it_ends() -> None:
    signal = read((0, BAD), (10, BAD), (20, ABSENT))
    signal.read(Reading(30, ABSENT, 30, forgets=True), 2, 2)
    assert signal.value(30) == Value(ABSENT, at=30, since=30)


def test_nothing_read_is_unknown() -> None:
    assert Signal().value(0) == UNKNOWN
    assert read((10, GOOD)).value(9) == UNKNOWN


def test_of_readings_with_the_same_start_the_last_recorded_holds_and_all_count() -> None:
    signal = read((0, GOOD), (10, BAD), (10, BAD))
    assert healths(signal, 9, 10) == [GOOD, BAD]
    assert read((0, GOOD), (10, BAD), (10, GOOD)).value(10).blip is False
    assert read((10, GOOD), (10, GOOD)).changes(0, 20) == [10]
    assert read((10, BAD), (10, BAD)).value(10) == Value(BAD, CAUSE, at=10, since=10), "nothing was before, so nothing turned"


def test_a_good_reading_as_old_as_the_run_stands_between_the_run_and_the_reading_before() -> None:
    """Found by the property: the earlier reading was taken for the last one before the failure."""
    assert read((0, GOOD), (10, BAD), (20, BAD)).value(0).turning
    assert not read((0, GOOD), (10, GOOD), (10, BAD), (20, BAD)).value(0).turning


def test_the_cause_to_come_is_that_of_the_first_failure() -> None:
    first, second = Cause(None, None, None, "first"), Cause(None, None, None, "second")
    signal = read((0, GOOD))
    signal.read(Reading(10, BAD, 30, first), 2, 2)
    signal.read(Reading(10, BAD, 30, second), 2, 2)
    assert signal.value(0).next == first
    assert signal.value(10).cause == second


def test_a_journey_that_started_earlier_but_finished_later_is_read_where_its_signal_stands() -> None:
    """A reading is never earlier than the one before it in its signal."""
    story = FoldedHub(hub()).mire(60)
    story.tell(50, Kind.MIRE, None, NO_MIRE, length=20)
    story.tell(71, Kind.MIRE, None, NO_MIRE)
    assert story.times(C1) == [(60, None)]


def test_a_reading_that_may_yet_be_turning_is_not_forgotten() -> None:
    """Found by the property: once the grace was over,
    the last success before an outage was settled as evidence.
    """
    signal = read((0, GOOD), vouch=300)
    assert signal.open_from(clock=250, grace=100) == 0
    assert signal.open_from(clock=401, grace=100) == 301


def test_a_run_after_a_silence_keeps_nothing_of_the_time_before_it_unsettled() -> None:
    """Found by the property: one failure after a night without a prober held the whole
    night open.
    """
    signal = read((0, BAD), (1000, BAD))
    assert signal.open_from(clock=1001, grace=10) == 1000


# --- evidence windows (docs/judgement.md, "Evidence windows")


def holds(signal: Signal, *instants: int) -> list[Value]:
    return [signal.value(at) for at in instants]


def test_a_value_that_the_next_reading_repeats_is_followed() -> None:
    assert holds(read((100, GOOD), (110, GOOD)), 100, 110) == [
        Value(GOOD, returned=True, at=100, since=100, followed=True),
        Value(GOOD, returned=True, at=110, since=100),
    ]
    assert holds(read((100, BAD), (110, BAD), (120, BAD)), 110, 120) == [
        Value(BAD, CAUSE, at=110, since=100, followed=True),
        Value(BAD, CAUSE, at=120, since=100),
    ]


def test_a_blip_rests_on_the_reading_before_it_and_is_followed_with_it() -> None:
    doubted = Value(GOOD, CAUSE, returned=True, blip=True, doubt=110, at=100, since=100)
    assert holds(read((100, GOOD), (110, BAD)), 100, 110) == [Value(GOOD, returned=True, at=100, since=100), doubted]
    assert holds(read((100, GOOD), (110, BAD), (120, GOOD)), 100, 110, 120) == [
        Value(GOOD, returned=True, at=100, since=100, followed=True),
        Value(GOOD, CAUSE, returned=True, blip=True, doubt=110, at=100, since=100, followed=True),
        Value(GOOD, returned=True, at=120, since=100),
    ]


def test_a_confirmed_outage_and_its_confirmed_end_turn_the_readings_before_them() -> None:
    signal = read((100, GOOD), (110, BAD), (120, BAD), (125, GOOD))
    assert holds(signal, 100, 110, 120, 125) == [
        Value(GOOD, returned=True, at=100, since=100, turning=True, next=CAUSE),
        Value(BAD, CAUSE, at=110, since=110, followed=True),
        Value(BAD, CAUSE, at=120, since=110),
        Value(BAD, CAUSE, returned=True, at=120, since=110),  # it seems over
    ]
    signal.read(Reading(130, GOOD, 30), 2, 2)
    assert holds(signal, 120, 125, 130) == [
        Value(BAD, CAUSE, at=120, since=110, turning=True),
        Value(GOOD, returned=True, at=125, since=125, followed=True, previous=CAUSE),
        Value(GOOD, at=130, since=125, previous=CAUSE),
    ]
    signal.read(Reading(140, BAD, 30, CAUSE), 2, 2)
    assert signal.value(140) == Value(GOOD, CAUSE, blip=True, doubt=140, at=130, since=125, previous=CAUSE)
    signal.read(Reading(150, GOOD, 30), 2, 2)
    assert signal.value(150) == Value(GOOD, at=150, since=125, previous=CAUSE)


def test_a_success_that_did_not_return_the_identity_is_told_by_the_latest_one() -> None:
    signal = read((100, GOOD))
    signal.read(Reading(110, GOOD, 30), 2, 2)
    signal.read(Reading(120, BAD, 30, CAUSE), 2, 2)
    assert [each.returned for each in holds(signal, 100, 110, 120)] == [True, False, False]


def test_after_a_silence_no_reading_says_what_is_held() -> None:
    """A repetition after it follows nothing that was before it, but what was doubted since."""
    assert holds(read((100, GOOD), (200, GOOD)), 100, 200) == [
        Value(GOOD, returned=True, at=100, since=100),
        Value(GOOD, returned=True, at=200, since=100),
    ]
    doubted = read((100, GOOD), (200, BAD), (210, GOOD))
    assert holds(doubted, 100, 200) == [
        Value(GOOD, returned=True, at=100, since=100),
        Value(GOOD, CAUSE, returned=True, blip=True, doubt=200, since=100, followed=True),
    ]
    assert read((100, GOOD), (200, BAD), (210, BAD)).value(100) == Value(GOOD, returned=True, at=100, since=100)
    seems_over = read((100, BAD), (110, BAD), (200, GOOD))
    assert seems_over.value(200) == Value(BAD, CAUSE, returned=True, since=100)


def test_a_signal_after_an_absence_is_as_new() -> None:
    signal = read((100, BAD), (110, BAD), (120, GOOD), (130, GOOD), (140, ABSENT), (150, BAD))
    assert holds(signal, 140, 150) == [Value(ABSENT, at=140, since=140), Value(GOOD, CAUSE, blip=True, doubt=150)]
    signal.read(Reading(160, GOOD, 30), 2, 2)
    assert signal.value(160) == Value(GOOD, at=160, since=160)
    absent = read((100, GOOD), (110, ABSENT), (120, BAD), (130, BAD))
    assert absent.value(110) == Value(ABSENT, at=110, since=110), "an absence turns into nothing"
    assert read((99, ABSENT), (100, GOOD), (110, GOOD)).value(99) == Value(ABSENT, at=99, since=99), "and nothing follows it"


@pytest.mark.parametrize(
    ("holds", "confirmed"),
    [
        ((50, 50), None),
        ((50, 0), None),  # one other failure is not enough of them
        ((0, 50, 50), None),
        ((50, 0, 50, 0), 30),
        ((50, 0, 50, 50, 50, 50), 50),
        ((0, 0), 10),
    ],
)
def test_readings_that_hold_a_run_back_confirm_it_only_once_it_has_lasted(holds: tuple[int, ...], confirmed: int | None) -> None:
    signal, first = Signal(), None
    for at, hold_us in zip(range(0, 100, 10), holds, strict=False):
        signal.read(Reading(at, BAD, 30, CAUSE, hold_us=hold_us), 2, 2)
        first = at if first is None and signal.confirmed is BAD else first
    assert first == confirmed


def test_a_run_of_three_marks_each_of_its_readings_but_the_last_as_followed() -> None:
    signal = read((100, GOOD), (110, BAD), (120, BAD), (130, BAD), failures=3)
    assert [(each.health, each.at, each.since, each.followed) for each in holds(signal, 110, 120, 130)] == [
        (BAD, 110, 110, True),
        (BAD, 120, 110, True),
        (BAD, 130, 110, False),
    ]
    assert signal.value(100).turning
    soon = read((99, GOOD), (100, BAD), (101, BAD))
    assert [(each.health, each.turning) for each in holds(soon, 99, 100)] == [(GOOD, True), (BAD, False)]


# --- what a reading may have changed


def told_by(signal: Signal, at: int, health: Health) -> tuple[int, int]:
    """From when health or cause, and from when anything may have changed."""
    return signal.read(Reading(at, health, 30, CAUSE if health is BAD else None), 2, 2), signal.retold


def test_a_reading_tells_from_when_on_it_changes_what_is_held() -> None:
    signal = Signal()
    assert told_by(signal, 100, GOOD) == (100, 100)
    assert told_by(signal, 110, GOOD) == (110, 100), "the one before is followed"
    assert told_by(signal, 120, BAD) == (120, 120)
    assert told_by(signal, 130, BAD) == (110, 130), "the one before the run is turning"
    assert told_by(signal, 200, BAD) == (160, 200), "after a silence all that was held is unknown"
    assert told_by(signal, 210, GOOD) == (210, 210)
    assert told_by(signal, 220, GOOD) == (200, 220)
    assert told_by(signal, 230, ABSENT) == (230, 230)
    assert told_by(signal, 300, ABSENT) == (260, 300)


def test_a_run_that_begins_after_a_silence_changes_nothing_before_itself() -> None:
    signal = read((100, GOOD))
    assert told_by(signal, 200, BAD) == (130, 200)
    assert told_by(signal, 210, BAD) == (200, 210)


def test_a_reading_that_started_before_the_last_one_is_read_where_that_one_stands() -> None:
    signal = read((100, GOOD), (90, BAD))
    assert (signal.last_at, signal.vouched_until) == (100, 130)
    assert signal.value(100) == Value(GOOD, CAUSE, returned=True, blip=True, doubt=100, at=100, since=100)


# --- looking back


def test_a_value_may_change_at_its_readings_and_where_the_last_is_not_fresh_any_more() -> None:
    signal = read((100, GOOD), (110, BAD))  # fresh until 140
    assert signal.changes(99, 200) == [100, 110, 140]
    assert signal.changes(99, 110) == [100, 110]
    assert signal.changes(100, 140) == [110, 140]
    assert signal.changes(109, 139) == [110]
    assert signal.changes(110, 139) == signal.changes(140, 200) == Signal().changes(0, 200) == []


def test_the_oldest_evidence_is_that_of_the_oldest_value_that_is_asked_for() -> None:
    signal = read((100, GOOD), (110, GOOD), (120, BAD))
    assert [signal.oldest_evidence(start) for start in (90, 100, 109, 110, 125)] == [100, 100, 100, 110, 110]
    assert Signal().oldest_evidence(0) == read((100, GOOD), (200, GOOD)).oldest_evidence(150) == 0


def test_what_began_after_an_instant_is_a_value_or_a_blip() -> None:
    assert [read((100, GOOD), (110, GOOD)).began_after(at) for at in (99, 100)] == [True, False]
    assert [read((100, GOOD), (110, BAD)).began_after(at) for at in (109, 110)] == [True, False]


def test_a_signal_is_disputed_where_it_is_bad_or_a_blip() -> None:
    assert [read(*says).disputed() for says in ([(100, GOOD)], [(100, GOOD), (110, BAD)], [(100, BAD), (110, BAD)])] == [False, True, True]


def test_a_run_waits_for_its_confirmation_while_its_reading_is_fresh() -> None:
    waiting = read((100, GOOD), (110, BAD))  # fresh until 140
    assert [waiting.pending(clock, grace=10) for clock in (110, 150, 151)] == [True, True, False]
    assert not read((100, GOOD)).pending(110, grace=10)
    assert not read((100, BAD), (110, BAD)).pending(111, grace=10)


def test_from_when_on_a_reading_to_come_may_change_the_value() -> None:
    assert Signal().open_from(clock=200, grace=50) == 150
    assert read((100, GOOD), (110, GOOD)).open_from(clock=120, grace=5) == 110
    assert read((100, GOOD), (110, BAD)).open_from(clock=120, grace=5) == 100, "the one before the run may be turning"
    assert [read((100, GOOD)).open_from(clock, grace=50) for clock in (180, 181)] == [100, 131]


def test_what_is_forgotten_is_what_held_before_an_instant() -> None:
    for before, kept in ((90, [100, 110, 120]), (100, [100, 110, 120]), (109, [100, 110, 120]), (110, [110, 120]), (500, [120])):
        signal = read((100, GOOD), (110, BAD), (120, GOOD))
        signal.forget(before)
        assert [at for at, _ in signal.track] == kept
