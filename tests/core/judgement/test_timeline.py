"""Ledger rows read as time, and what a step of the clock or a change of settings writes.
Quotations are from docs/domain.md."""

from dataclasses import replace

from probe.core.judgement.condition import C1, C2, HUB, State, SubjectStatus, subjects
from probe.core.judgement.fold import fold, respec
from probe.core.judgement.observation import Fault, Kind, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import Interval, LedgerRow, Outage, Timeline, lengths, outages, timelines
from tests.builders import SECOND
from tests.core.judgement.strategies import BEGUN, IDP_HOST_DOWN, NO_MIRE, REGISTRY, WELL, observation
from tests.fakes.folded_hub import FoldedHub, hub

UP, DOWN, BLIP, UNKNOWN = State.UP, State.DOWN, State.BLIP, State.UNKNOWN
SLOW, LOST = Cause(Fault.HUB, Reason.TIMEOUT, Step.MIRE), Cause(Fault.HUB, Reason.CONNECT, Step.AUTHORIZE)


def line(*points: tuple[int, State]) -> Timeline:
    return Timeline([(at, SubjectStatus(state)) for at, state in points])


def intervals(*points: tuple[int, State | SubjectStatus]) -> list[Interval]:
    standings = [(at, held if isinstance(held, SubjectStatus) else SubjectStatus(held)) for at, held in points]
    return Timeline(standings).intervals()


# --- rows and intervals


def test_a_later_row_overrides_the_tail_from_its_own_instant_on() -> None:
    timeline = line((0, UNKNOWN), (10, UP), (20, BLIP), (30, UP))
    timeline.apply(20, SubjectStatus(DOWN))
    assert [(at, standing.state) for at, standing in timeline.points] == [(0, UNKNOWN), (10, UP), (20, DOWN)]


def test_a_row_that_says_what_held_before_joins_it() -> None:
    timeline = line((0, UP), (10, DOWN))
    timeline.apply(10, SubjectStatus(UP))
    assert timeline.points == [(0, SubjectStatus(UP))]


def test_rows_of_several_subjects_are_kept_apart_and_read_in_the_order_of_writing() -> None:
    rows = [
        LedgerRow("fc", "a", 0, SubjectStatus(UNKNOWN), 0),
        LedgerRow("fc", "b", 5, SubjectStatus(UP), 5),
        LedgerRow("fc", "a", 0, SubjectStatus(UP), 9),
    ]
    assert timelines(rows) == {("fc", "a"): line((0, UP)), ("fc", "b"): line((5, UP))}


def test_intervals_are_half_open_and_leave_no_gap() -> None:
    assert [(each.start_us, each.end_us) for each in intervals((0, UP), (10, DOWN), (25, UP))] == [(0, 10), (10, 25), (25, None)]


def test_the_point_that_holds_is_found_at_and_between_the_breaks() -> None:
    timeline = line((0, UP), (10, DOWN))
    assert [timeline.index(at) for at in (-5, 0, 9, 10, 99)] == [0, 0, 0, 1, 1]


def test_lengths_count_each_state_within_the_window_only() -> None:
    """ "State is kept as half-open UTC intervals in integer microseconds" """
    spent = lengths(intervals((0, UNKNOWN), (10, UP), (20, BLIP), (22, DOWN), (30, UP)), 5, 40)
    assert spent == {UNKNOWN: 5, UP: 20, BLIP: 2, DOWN: 8}
    assert lengths(intervals((0, UP), (10, DOWN)), 10, 10) == {UNKNOWN: 0, UP: 0, BLIP: 0, DOWN: 0}
    assert [Interval(10, None, SubjectStatus(UP)).length(now) for now in (9, 10, 11)] == [0, 0, 1]


# --- outages


def found(*points: tuple[int, State | SubjectStatus], now: int = 100) -> list[Outage]:
    return outages("fc", HUB, intervals(*points), now)


def edges(*points: tuple[int, State | SubjectStatus]) -> list[tuple[int, int | None, int, int]]:
    return [(each.start_us, each.end_us, each.down_us, each.unknown_us) for each in found(*points)]


def test_unknown_time_within_an_outage_is_neither_up_nor_down() -> None:
    """ "Unknown is neither up nor down, ever." """
    assert edges((0, UP), (10, DOWN), (20, UNKNOWN), (50, DOWN), (60, UP)) == [(10, 60, 20, 30)]
    assert edges((0, UP), (10, DOWN), (20, UNKNOWN), (25, DOWN), (30, UNKNOWN), (40, DOWN), (50, UP)) == [(10, 50, 25, 15)]


def test_an_outage_ends_when_it_was_seen_over_not_when_nobody_could_tell_any_more() -> None:
    """ "ends at the first good observation's **finish**" """
    assert edges((0, UP), (10, DOWN), (20, UNKNOWN), (50, UP)) == [(10, 50, 10, 30)]
    assert edges((0, UP), (10, DOWN), (20, UNKNOWN), (30, DOWN), (40, UNKNOWN), (50, UP)) == [(10, 50, 20, 20)]


def test_an_outage_that_nothing_has_shown_over_is_open() -> None:
    assert edges((0, UP), (10, DOWN)) == [(10, None, 90, 0)]
    assert edges((0, UP), (10, DOWN), (20, UNKNOWN)) == [(10, None, 10, 80)]


def test_a_blip_ends_an_outage_and_begins_none() -> None:
    """ "A failure that is not confirmed is a blip": the subject was up."""
    assert edges((0, BLIP), (10, DOWN), (20, BLIP), (30, DOWN), (40, UP)) == [(10, 20, 10, 0), (30, 40, 10, 0)]


def test_an_outage_is_told_by_the_cause_of_most_of_its_time() -> None:
    (outage,) = found(
        (0, SubjectStatus(DOWN, SLOW, C1)), (10, SubjectStatus(DOWN, LOST, C2)), (50, SubjectStatus(DOWN, SLOW, C1)), (60, UP)
    )
    assert (outage.cause, outage.condition, outage.down_us) == (LOST, C2, 60)
    assert (outage.hub, outage.subject) == ("fc", HUB)
    assert [(each.hub, each.subject) for each in found((0, UP), (10, DOWN), (20, UP), (30, DOWN))] == [("fc", HUB)] * 2
    unended = [Interval(10, None, SubjectStatus(DOWN)), Interval(60, None, SubjectStatus(UP))]
    assert outages("fc", HUB, unended, 50)[0].down_us == 40, "what has no end counts to now"


# --- the clock


def test_a_clock_set_back_by_more_than_the_grace_voids_what_was_said_beyond() -> None:
    story = FoldedHub(hub()).mire(0).mire(600, NO_MIRE).mire(601, NO_MIRE)
    assert story.times(C1) == [(600, None)]
    story.mire(300)
    assert story.outages(C1) == []
    assert [story.at(C1, at) for at in (179, 299, 300, 479)] == [UP, UNKNOWN, UP, UP]


def test_a_clock_set_back_by_the_grace_is_a_journey_that_finished_late() -> None:
    """The boundary: exactly the grace before the clock is still within it."""
    within, beyond = FoldedHub(hub(grace_us=120 * SECOND)), FoldedHub(hub(grace_us=120 * SECOND))
    for story, finish in ((within, 181), (beyond, 180)):
        story.mire(0).mire(300, NO_MIRE, length=1)  # the clock is 301
        story.tell(finish - 1, Kind.CONTROL, "net", WELL)
    assert within.state.clock_us == BEGUN + 301 * SECOND
    assert beyond.state.clock_us == BEGUN + 180 * SECOND


def test_a_clock_set_back_during_a_journey_leaves_nothing_of_what_it_said_beyond() -> None:
    """Found by the property: the journey's start, by the old clock,
    lay in what is now the future.
    """
    story = FoldedHub(hub()).mire(0).mire(600)
    torn = replace(observation((Kind.MIRE, None), WELL, 660, 1, 60), finished_us=BEGUN + 100 * SECOND)
    story.rows += fold(story.state, torn)
    assert [story.at(C1, at) for at in (99, 100, 400)] == [UP, UP, UP]
    story.time_passes(1000)
    assert [story.at(C1, at) for at in (279, 280, 600)] == [UP, UNKNOWN, UNKNOWN]


def test_time_that_waited_to_be_settled_is_not_lost_when_the_clock_is_set_back() -> None:
    story = FoldedHub(hub(grace_us=10 * SECOND)).mire(0, every=1000).time_passes(500)
    assert sum(story.state.totals[C1].values()) == 0, "the reading after the first may still say what that one was worth"
    story.mire(400)
    assert story.state.totals[C1] == {UP: 400 * SECOND, DOWN: 0, BLIP: 0, UNKNOWN: 0}


def test_a_journey_longer_than_the_grace_speaks_of_the_grace_only() -> None:
    story = FoldedHub(hub(grace_us=60 * SECOND))
    story.tell(0, Kind.MIRE, None, WELL, length=200)
    assert [story.at(C1, at) for at in (139, 140, 200)] == [UNKNOWN, UP, UP]


# --- settings


def told(story: FoldedHub, spec: HubSpec, at: int) -> FoldedHub:
    story.spec = spec
    story.rows += respec(story.state, spec, BEGUN + at * SECOND)
    return story


def test_an_idp_that_leaves_the_configuration_is_unknown_from_there_on() -> None:
    story = FoldedHub(hub("a", "b")).round(0).round(60, a=IDP_HOST_DOWN).round(120, a=IDP_HOST_DOWN)
    told(story, hub("b"), 130)
    assert (story.at("idp:a", 129), story.at("idp:a", 130)) == (DOWN, UNKNOWN)
    assert set(story.state.tails) == set(subjects(story.spec))


def test_an_idp_that_joins_begins_unknown_and_rewrites_nothing_of_the_time_before() -> None:
    story = FoldedHub(hub("a")).round(0).round(60)
    told(story, hub("a", "b"), 70)
    before = len(story.rows)
    story.round(120).round(180)
    assert story.at("idp:b", 121) is UNKNOWN
    assert story.at("idp:b", 122) is UP
    assert all(row.effective_us >= BEGUN + 70 * SECOND for row in story.rows[before:])


def test_a_run_that_waits_is_confirmed_by_the_threshold_of_the_day() -> None:
    """A replay judges each observation by the settings of its day."""
    story = FoldedHub(hub(failures=3)).mire(0).mire(60, NO_MIRE).mire(61, NO_MIRE)
    assert story.outages(C1) == []
    told(story, hub(failures=2), 62)
    assert story.outages(C1) == [], "what was read is not read again"
    assert story.mire(63, NO_MIRE).times(C1) == [(60, None)], "the next failure confirms them all"


def test_a_change_of_depth_judges_the_time_from_there_on_only() -> None:
    story = FoldedHub(hub("a", "b"))
    story.round(0).round(60, a=REGISTRY, b=REGISTRY).round(120, a=REGISTRY, b=REGISTRY)
    told(story, hub(IdpSpec("a", identity=False), IdpSpec("b", identity=False)), 130)
    story.mire(180).mire(181)
    assert story.at(C2, 129) is DOWN
    assert story.at(C2, 130) is UNKNOWN
