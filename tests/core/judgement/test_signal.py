"""The value of one signal over time. Quotations are from docs/domain.md."""

import pytest

from probe.core.judgement.condition import C1, State
from probe.core.judgement.observation import Kind
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Reading, Signal
from probe.core.judgement.timeline import lengths, timelines
from tests.builders import SECOND
from tests.core.judgement.strategies import BEGUN, NO_MIRE, NOT_THE_MIRE, OURS, WELL
from tests.fakes.folded_hub import FoldedHub, hub

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
    and ends at the first good observation's start."
    """
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE, length=9)
    assert story.at(C1, 60) is State.BLIP, "one failure is not an outage yet"
    story.mire(70, NO_MIRE, length=9)
    assert story.times(C1) == [(60, None)], "confirmed, and backdated"
    story.mire(120)
    assert story.times(C1) == [(60, None)], "one good observation does not end it"
    story.mire(180)
    assert story.times(C1) == [(60, 120)], "the end is backdated too"


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
    assert {state.value: length // SECOND for state, length in spent.items()} == {"up": 120, "blip": 1, "down": 0, "unknown": 0}


def test_an_outage_tells_the_latest_cause() -> None:
    story = FoldedHub(hub()).mire(0, NO_MIRE).mire(1, NO_MIRE).mire(60, NOT_THE_MIRE).mire(120, NOT_THE_MIRE)
    causes = [story.standing(C1, at)[1] for at in (0, 60)]
    assert [cause and cause.reason for cause in causes] == [NO_MIRE.reason, NOT_THE_MIRE.reason]
    assert story.times(C1) == [(0, None)], "one outage all the same"


# --- freshness


def test_an_observation_vouches_for_three_intervals_and_no_longer() -> None:
    """ "An observation vouches for at most 3 intervals of its kind [...] Time that no observation
    vouches for [...] is unknown." """
    story = FoldedHub(hub()).mire(0, every=60).time_passes(1000)
    assert [story.at(C1, at) for at in (179, 180, 999)] == [State.UP, State.UNKNOWN, State.UNKNOWN]


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
    assert [story.at(C1, at) for at in (179, 180, 240)] == [State.UP, State.UNKNOWN, State.UNKNOWN]


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
    assert again.times(C1) == [(60, 1060)]
    assert (outage.down_us // SECOND, outage.unknown_us // SECOND) == (61 + 180 - 60 + 60, 1000 - 241)


def test_a_silence_breaks_a_run_that_was_not_confirmed() -> None:
    """Two failures an hour apart are two blips, not an outage of an hour."""
    story = FoldedHub(hub()).mire(0).mire(60, NO_MIRE).mire(3660, NO_MIRE).mire(3720)
    assert story.outages(C1) == []
    assert [story.at(C1, at) for at in (60, 300, 3660, 3720)] == [State.BLIP, State.UNKNOWN, State.BLIP, State.UP]


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
    assert (signal.value(30).since, signal.value(30).returned, signal.value(40).previous) == (0, False, None)


def test_nothing_read_is_unknown() -> None:
    assert Signal().value(0) == UNKNOWN
    assert read((10, GOOD)).value(9) == UNKNOWN


def test_of_readings_with_the_same_start_the_last_recorded_holds_and_all_count() -> None:
    signal = read((0, GOOD), (10, BAD), (10, BAD))
    assert healths(signal, 9, 10) == [GOOD, BAD]
    assert read((0, GOOD), (10, BAD), (10, GOOD)).value(10).blip is False


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
