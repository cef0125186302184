"""The annual figure's known values, each with its arithmetic written out.

docs/contract.md, 3: « Le taux de disponibilité annuel du dispositif est de 99,9% ».
"""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probe.core.judgement.condition import C1, C2, C3, HUB, State, SubjectStatus
from probe.core.judgement.fold import advance, begin, fold, respec
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import Interval, LedgerRow, timelines
from probe.core.sla.availability import CorrectedSpan, Totals, UnknownTime, figure, percent
from probe.core.sla.correction import Change, Correction, CorrectionKind, corrected, months_before, not_withdrawn
from probe.core.sla.goal import CONTRACT, meets
from probe.core.sla.statement import line, precisions
from probe.core.sla.window import ROLLING_US, Span, Window, rolling
from probe.core.times import DAY_US
from tests.builders import SECOND, observation
from tests.core.sla.interval_track import IntervalTrack

HOUR = 3_600 * SECOND
NOW = 1_800_000_000 * SECOND
PARIS = ZoneInfo("Europe/Paris")
YEAR = rolling(NOW)
GRACE = 20 * SECOND


def track(*parts: tuple[int, str], end: str = "up") -> IntervalTrack:
    """Durations with states one after the other, so that the last one ends NOW;
    then `end` goes on.
    """
    at = NOW - sum(us for us, _ in parts)
    found = []
    for us, state in parts:
        found.append(Interval(at, at + us, SubjectStatus(State(state))))
        at += us
    return IntervalTrack([*found, Interval(at, None, SubjectStatus(State(end)))])


# --- the goal


def test_365_days_hold_31_536_000_seconds_and_a_thousandth_of_them_is_the_budget() -> None:
    """365 x 86,400 s = 31,536,000 s; 0.1 % of it = 31,536 s."""
    assert ROLLING_US == 31_536_000 * SECOND
    assert figure(track((ROLLING_US, "up")), YEAR).budget_us == 31_536 * SECOND


def test_31_536_seconds_down_in_365_full_days_meet_the_goal() -> None:
    """(31,536,000 - 31,536) / 31,536,000 = 31,504,464 / 31,536,000 = 999 / 1000."""
    found = figure(track((ROLLING_US - 31_536 * SECOND, "up"), (31_536 * SECOND, "down")), YEAR)
    assert found.availability() == Fraction(999, 1000)
    assert meets(found.availability()) is True
    assert found.budget_left_us == 0
    assert found.complete


@pytest.mark.parametrize("more", [1, SECOND])
def test_one_microsecond_more_misses_it_and_so_does_31_537_seconds(more: int) -> None:
    found = figure(track((ROLLING_US - 31_536 * SECOND - more, "up"), (31_536 * SECOND + more, "down")), YEAR)
    assert meets(found.availability()) is False
    assert found.budget_left_us == -more
    assert percent(found.availability() or Fraction(0)).startswith("99.8")


def test_the_verdict_is_a_comparison_of_integers() -> None:
    """A float of this value is 0.999: 999,999,999,999,999,999 / 1,001,001,001,001,001,001 is less
    by 1e-21.
    """
    just_below = Fraction(999 * 10**18 - 1, 10**21)
    assert float(just_below) == float(CONTRACT.availability)
    assert meets(just_below) is False
    assert meets(CONTRACT.availability) is True
    assert meets(None) is None


def test_half_a_second_down_never_prints_100() -> None:
    """31,535,999.5 / 31,536,000 = 0.99999998...: rounded to four decimals it would be
    100.0000 %.
    """
    found = figure(track((ROLLING_US - SECOND // 2, "up"), (SECOND // 2, "down")), YEAR)
    value = found.availability()
    assert value is not None
    assert f"{float(value) * 100:.4f}" == "100.0000"
    assert percent(value) == "99.9999"
    assert [percent(value, digits) for digits in (0, 1, 2, 6, 9)] == ["99", "99.9", "99.99", "99.999998", "99.999998414"]


@pytest.mark.parametrize(("value", "shown"), [(0, "0.0000"), (1, "100.0000"), (Fraction(1, 3), "33.3333"), (Fraction(2, 3), "66.6666")])
def test_percentages_are_rounded_down(value: Fraction, shown: str) -> None:
    assert percent(Fraction(value)) == shown


# --- sums


def test_time_is_added_to_its_state_and_a_blip_is_counted_besides() -> None:
    begun = Totals(1, 2, 3, 4, 5, 6)
    assert begun.spent(State.UP, 10) == (11, 2, 3, 4, 5, 6)
    assert begun.spent(State.BLIP, 10) == (1, 12, 3, 4, 6, 6)
    assert begun.spent(State.DOWN, 10) == (1, 2, 13, 4, 5, 6)
    assert begun.spent(State.UNKNOWN, 10) == (1, 2, 3, 14, 5, 6)


def test_down_time_ends_when_another_state_follows_and_not_when_the_cause_changes() -> None:
    assert Totals().with_interval(State.DOWN, 10, State.UP) == (0, 0, 10, 0, 0, 1)
    assert Totals(rises=2).with_interval(State.DOWN, 10, State.UNKNOWN) == (0, 0, 10, 0, 0, 3)
    assert Totals().with_interval(State.DOWN, 10, State.DOWN) == (0, 0, 10, 0, 0, 0)
    assert Totals().with_interval(State.UP, 10, State.DOWN) == (10, 0, 0, 0, 0, 0)


# --- what is not known


def test_unknown_time_has_three_readings_and_two_bounds() -> None:
    """90 s up of which 10 s blip, 5 s down, 5 s unknown: 90/95, 90/100, 95/100;
    the lowest is 80/100.
    """
    window = Window("rolling", NOW - 100 * SECOND, NOW, 100 * SECOND, slides=True)
    found = figure(track((80 * SECOND, "up"), (10 * SECOND, "blip"), (5 * SECOND, "down"), (5 * SECOND, "unknown")), window)
    assert found.availability() == Fraction(90, 95)
    assert found.availability(UnknownTime.DOWN) == Fraction(90, 100)
    assert found.availability(UnknownTime.UP) == found.highest == Fraction(95, 100)
    assert found.lowest == Fraction(80, 100)
    assert found.coverage == Fraction(95, 100)
    assert found.totals.blips == 1


def test_nothing_known_is_no_figure_and_no_verdict() -> None:
    assert figure(track((HOUR, "up"), (HOUR, "down")), YEAR).availability() == Fraction(1, 2)
    found = figure(track((ROLLING_US, "unknown")), YEAR)
    assert found.availability() is None
    assert [found.lowest, found.highest] == [Fraction(0), Fraction(1)]
    assert meets(found.availability()) is None
    assert found.coverage == 0
    empty = figure(IntervalTrack([]), YEAR)
    assert (empty.availability(), empty.lowest, empty.highest, empty.complete) == (None, None, None, False)


def test_a_window_older_than_the_ledger_says_so() -> None:
    """A ledger of 10 days: up for 10 days; 10 / 365 is known."""
    found = figure(track((10 * DAY_US, "up")), YEAR)
    assert (found.since_us, found.complete) == (NOW - 10 * DAY_US, False)
    assert found.availability() == 1
    assert found.coverage == Fraction(10, 365)
    assert figure(track((365 * DAY_US, "up")), YEAR).complete
    assert not figure(track((365 * DAY_US - 1, "up")), YEAR).complete


def test_an_open_outage_counts_to_now() -> None:
    found = figure(track((ROLLING_US, "up"), (60 * SECOND, "down"), end="down"), rolling(NOW + 40 * SECOND))
    assert found.down_us == 100 * SECOND


# --- from observations to the figure


def watched(observations: list[Observation], spec: HubSpec, at: int, *, changes: dict[int, HubSpec] | None = None) -> list[LedgerRow]:
    """What the ledger says at the end, the passing of time included."""
    state, rows = begin(spec, at)
    for seen in observations:
        for when in [when for when in (changes or {}) if when <= seen.started_us]:
            rows += respec(state, (changes or {}).pop(when), when)
        rows += fold(state, seen)
    return rows + advance(state, NOW)


def seen(kind: Kind, at: int, interval: int, *, down: bool = False) -> Observation:
    bad: dict[str, Any] = {"fault": Fault.HUB, "reason": Reason.HTTP_STATUS, "step": Step.MIRE, "on_hub": True} if down else {}
    outcome = Outcome.FAILED if down else Outcome.OK
    idp = None if kind is Kind.MIRE else "ameli"
    return observation(kind, at, outcome, lasts_us=0, interval_us=interval, idp=idp, **bad)


def a_watch(start: int, end: int, interval: int, down: Span) -> list[Observation]:
    found = []
    for at in range(start, end, interval):
        gone = down.start_us <= at < down.end_us
        found += [seen(Kind.MIRE, at, interval, down=gone)] + ([] if gone else [seen(Kind.IDENTITY, at, interval)])
    return found


def hub(rows: list[LedgerRow]) -> IntervalTrack:
    return IntervalTrack(timelines(rows)["fc", HUB].intervals())


SPEC = HubSpec("fc", (IdpSpec("ameli"),), grace_us=GRACE, mire_us=60 * SECOND)


def test_a_prober_dead_for_the_30_minutes_of_an_outage_knows_less_and_never_says_100_in_the_lowest_bound() -> None:
    """A day at one probe a minute, from 10:00 to 10:30 the prober is dead:
    24 h - 30 min + 3 min that the last probe vouches for.
    """
    start = NOW - DAY_US
    dead = Span(start + 10 * HOUR, start + 10 * HOUR + HOUR // 2)
    alive = [one for one in a_watch(start, NOW, 60 * SECOND, Span(0, 0)) if not dead.start_us <= one.started_us < dead.end_us]
    found = figure(hub(watched(alive, SPEC, start)), Window("", start, NOW, DAY_US))
    # The probe of 09:59 vouches for 3 intervals: until 10:02.
    assert found.unknown_us == HOUR // 2 - 2 * 60 * SECOND
    assert found.coverage < 1
    assert found.lowest == 1 - Fraction(28 * 60 * SECOND, DAY_US)
    assert percent(found.lowest).startswith("98.")
    assert found.availability() == 1


def test_changing_the_interval_from_60_to_300_seconds_in_mid_outage_changes_nothing() -> None:
    """Down from 10:00 to 11:00, whatever the interval after 10:30: an hour down, 23 hours up."""
    start = NOW - DAY_US
    down = Span(start + 10 * HOUR, start + 11 * HOUR)
    middle = start + 10 * HOUR + HOUR // 2
    steady = a_watch(start, NOW, 60 * SECOND, down)
    slower = [one for one in steady if one.started_us < middle] + a_watch(middle, NOW, 300 * SECOND, down)
    changes = {middle: HubSpec("fc", (IdpSpec("ameli", interval_us=300 * SECOND),), grace_us=GRACE, mire_us=300 * SECOND)}
    window = Window("", start, NOW, DAY_US)
    one, other = figure(hub(watched(steady, SPEC, start)), window), figure(hub(watched(slower, SPEC, start, changes=changes)), window)
    assert one.down_us == other.down_us == HOUR
    assert one.availability() == other.availability() == Fraction(23, 24)


def test_the_precision_of_an_edge_is_that_of_the_probes_of_its_day() -> None:
    """Down at 10:00 (mire every 60 s), up at 11:00 (every 300 s): known within 60 s + 300 s."""
    middle = NOW - HOUR // 2
    up, down = SubjectStatus(State.UP), SubjectStatus(State.DOWN, None, C1)
    edges = [NOW - 10 * HOUR, NOW - HOUR, NOW - 60 * SECOND, None]
    made = IntervalTrack([Interval(at or 0, end, held) for at, end, held in zip(edges, edges[1:], (up, down, up), strict=False)])
    found = line({HUB: made}, HUB, YEAR, [], [(NOW - 10 * HOUR, SPEC), (middle, HubSpec("fc", (), mire_us=300 * SECOND))])
    assert (found.edges, found.edge_uncertainty_us) == (2, 360 * SECOND)


def test_settings_recorded_before_the_clock_was_set_back_are_void_from_where_it_was_set() -> None:
    """60 s from 0, 300 s from 100; the clock is set back to 50, and 10 s hold from there."""
    changes = [(at, HubSpec("fc", (), mire_us=every * SECOND)) for at, every in ((0, 60), (100, 300), (50, 10))]
    assert [(one.start_us, one.interval_us(None)) for one in precisions(C1, changes)] == [(0, 60 * SECOND), (50, 10 * SECOND)]


def test_two_overlapping_conditions_are_counted_once_in_the_total() -> None:
    """C2 from 0 to 100 s, C3 from 60 to 200 s: 100 s and 140 s, and the hub 200 s, not 240."""
    start = NOW - 1_000 * SECOND

    def held(down: int, up: int) -> IntervalTrack:
        edges = [start, start + down * SECOND, start + up * SECOND, None]
        states = (State.UP, State.DOWN, State.UP)
        return IntervalTrack(
            [Interval(at or 0, end, SubjectStatus(state)) for at, end, state in zip(edges, edges[1:], states, strict=False)]
        )

    down = {name: figure(made, YEAR).down_us for name, made in {C2: held(0, 100), C3: held(60, 200), HUB: held(0, 200)}.items()}
    assert down == {C2: 100 * SECOND, C3: 140 * SECOND, HUB: 200 * SECOND}


# --- what people state


def correction(act: CorrectionKind, start: int, end: int, subject: str = C1, seq: int = 1) -> Correction:
    return Correction(seq, "fc", subject, start, end, act, "A. Martin", "why", NOW)


HOUR_AGO = NOW - HOUR
FALSE_ALERT = {
    C1: IntervalTrack([Interval(NOW - DAY_US, HOUR_AGO, SubjectStatus(State.UP)), Interval(HOUR_AGO, None, SubjectStatus(State.DOWN))]),
    HUB: IntervalTrack(
        [Interval(NOW - DAY_US, HOUR_AGO, SubjectStatus(State.UP)), Interval(HOUR_AGO, None, SubjectStatus(State.DOWN, None, C1))]
    ),
}
DAY = Window("", NOW - DAY_US, NOW, DAY_US)


@pytest.mark.parametrize(("act", "up", "unknown"), [(CorrectionKind.UP, 24, 0), (CorrectionKind.UNKNOWN, 23, 1)])
@pytest.mark.parametrize("subject", [C1, HUB])
def test_a_corrected_outage_is_up_or_unknown_for_its_condition_and_for_the_hub(
    act: CorrectionKind, up: int, unknown: int, subject: str
) -> None:
    """23 h up and 1 h down before; 24 h up, or 23 h up and 1 h unknown, after."""
    records = [correction(act, HOUR_AGO, NOW, subject)]
    for name in (C1, HUB):
        found = figure(FALSE_ALERT[name], DAY, corrected=corrected(FALSE_ALERT, name, records))
        assert (found.up_us, found.down_us, found.unknown_us) == (up * HOUR, 0, unknown * HOUR)
        before = figure(FALSE_ALERT[name], DAY)
        assert (before.up_us, before.down_us, before.unknown_us) == (23 * HOUR, HOUR, 0)


def test_the_hub_stays_down_where_another_condition_holds() -> None:
    """C1 corrected over the hour; C2 holds in its last half: half an hour is left."""
    tracks = FALSE_ALERT | {
        C2: IntervalTrack(
            [Interval(NOW - DAY_US, NOW - HOUR // 2, SubjectStatus(State.UP)), Interval(NOW - HOUR // 2, None, SubjectStatus(State.DOWN))]
        )
    }
    records = [correction(CorrectionKind.UP, HOUR_AGO, NOW, C1)]
    assert corrected(tracks, HUB, records) == [CorrectedSpan(HOUR_AGO, NOW - HOUR // 2, State.UP)]


def test_where_one_condition_is_corrected_to_up_and_another_to_unknown_the_hub_is_unknown() -> None:
    tracks = FALSE_ALERT | {C2: FALSE_ALERT[C1]}
    for acts in ((CorrectionKind.UP, CorrectionKind.UNKNOWN), (CorrectionKind.UNKNOWN, CorrectionKind.UP)):
        records = [correction(act, HOUR_AGO, NOW, name, seq) for seq, (name, act) in enumerate(zip((C1, C2), acts, strict=True), start=1)]
        assert corrected(tracks, HUB, records) == [CorrectedSpan(HOUR_AGO, NOW, State.UNKNOWN)]


def test_a_correction_never_makes_unknown_or_up_time_anything_else() -> None:
    tracks = {C1: track((HOUR, "unknown"), (HOUR, "up"))}
    assert (
        corrected(tracks, C1, [correction(CorrectionKind.UP, NOW - 2 * HOUR, NOW), correction(CorrectionKind.UNKNOWN, NOW - 2 * HOUR, NOW)])
        == []
    )


def test_excluded_time_counts_as_nothing() -> None:
    """24 h of which the last is down; that hour excluded: 23 h up of 23 h known."""
    found = figure(FALSE_ALERT[HUB], DAY, excluded=[Span(HOUR_AGO, NOW), Span(HOUR_AGO + 1, HOUR_AGO + 5)])
    assert (found.up_us, found.down_us, found.excluded_us) == (23 * HOUR, 0, HOUR)
    assert [found.availability(), found.coverage] == [Fraction(1), Fraction(1)]


def test_what_was_withdrawn_counts_no_more() -> None:
    first, second = correction(CorrectionKind.UP, HOUR_AGO, NOW), correction(CorrectionKind.EXCLUDED, HOUR_AGO, NOW, HUB, seq=2)
    gone = second._replace(seq=3, act=CorrectionKind.WITHDRAWN, withdraws=2)
    assert not_withdrawn([first, second]) == [first, second]
    assert not_withdrawn([first, second, gone]) == [first]


def test_a_change_is_announced_six_months_before_to_the_same_hour_in_paris() -> None:
    """docs/contract.md, 2.1: « une information préalable de la DINSIC dans un délai de six mois ».

    10:00 in summer in Paris is 08:00 UTC, 10:00 in winter 09:00 UTC;
    six months before 31 August is the last day of February.
    """

    def at(*local: int) -> int:
        return int(datetime(*local, tzinfo=PARIS).timestamp()) * SECOND  # type: ignore[arg-type, misc]

    assert months_before(at(2026, 7, 15, 10), 6) == at(2026, 1, 15, 10) == int(datetime(2026, 1, 15, 9, tzinfo=UTC).timestamp()) * SECOND
    assert months_before(at(2026, 8, 31, 10), 6) == at(2026, 2, 28, 10)
    assert months_before(at(2024, 8, 31, 10), 6) == at(2024, 2, 29, 10)
    assert months_before(at(2026, 3, 1), 6) == at(2025, 9, 1)
    planned = at(2026, 7, 15, 10)
    on_time = Change(1, "fc", planned, months_before(planned, 6), "x", "y")
    assert not on_time.late
    assert on_time._replace(announced_us=on_time.announced_us + 1).late


# --- the budget to come


def test_the_oldest_outage_leaves_365_days_after_its_end_through_what_was_unknown_within() -> None:
    made = track((HOUR, "down"), (HOUR, "unknown"), (HOUR, "down"), (HOUR, "up"), (HOUR, "down"), (HOUR, "up"))
    found = line({HUB: made}, HUB, YEAR, [], [])
    assert found.oldest_leaves_us == NOW - 3 * HOUR + ROLLING_US
    lasting = track((HOUR, "down"), (HOUR, "unknown"), end="down")
    assert line({HUB: lasting}, HUB, rolling(NOW + HOUR), [], []).oldest_leaves_us is None
