"""The annual figure against the brute-force one (`annual.py`), on random records, corrections
and windows.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.core.judgement.condition import State, SubjectStatus
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import Interval
from probe.core.sla.availability import UnknownTime, figure
from probe.core.sla.correction import Correction, CorrectionKind, corrected, excluded
from probe.core.sla.down_time import downs, longest_allowed
from probe.core.sla.statement import SubjectStatement, line
from probe.core.sla.window import Span, Window, civil_year
from tests.builders import SECOND
from tests.core.sla import annual
from tests.core.sla.annual import CONDITIONS, DOWN, HUB, Record, Said, counted
from tests.core.sla.interval_track import IntervalTrack

HOUR = 3_600 * SECOND
IDP = "idp:ameli"
SPEC = HubSpec("fc", (IdpSpec("ameli", interval_us=7 * SECOND),), mire_us=3 * SECOND)
STATES = ("up", "up", "up", "blip", "down", "down", "unknown")


def track(record: Record, subject: str) -> IntervalTrack:
    """The same record as intervals: equal neighbours joined; a hub's cause may change
    while it is down.
    """
    begins, states = record.begins[subject], record.states[subject]
    held = [(begins + n * record.tick, standing(record, subject, begins + n * record.tick, state)) for n, state in enumerate(states)]
    points = [held[n] for n in range(len(held)) if n == 0 or held[n - 1][1] != held[n][1]]
    ends = [at for at, _ in points[1:]]
    return IntervalTrack([Interval(at, end, now) for (at, now), end in zip(points, [*ends, None], strict=True)])


def standing(record: Record, subject: str, at: int, state: str) -> SubjectStatus:
    condition = next((name for name in CONDITIONS if record.at(name, at) == DOWN), None) if subject == HUB else None
    return SubjectStatus(State(state), None, condition)


def records(said: Sequence[Said]) -> list[Correction]:
    return [
        Correction(n, "fc", one.subject, one.start, one.end, CorrectionKind(one.act), "a", "b", 0) for n, one in enumerate(said, start=1)
    ]


@st.composite
def recorded(draw: st.DrawFn, tick: int = SECOND, start: int = 1_000 * SECOND) -> Record:
    """Runs of states for the three conditions and an IdP; the hub follows from the conditions, as
    docs/domain.md says."""
    length = draw(st.integers(1, 40))
    states: dict[str, list[str]] = {}
    for name in (*CONDITIONS, IDP):
        runs = draw(st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 8)), min_size=1, max_size=12))
        row = [state for state, times in runs for _ in range(times)]
        states[name] = (row * (length // len(row) + 1))[:length]
    states[HUB] = [_hub([states[name][n] for name in CONDITIONS]) for n in range(length)]
    begins = dict.fromkeys(states, start)
    begins[IDP] = start + draw(st.integers(0, 5)) * tick
    return Record(tick, begins, states)


def _hub(conditions: list[str]) -> str:
    return next((state for state in ("down", "unknown", "blip") if state in conditions), "up")


@st.composite
def stated(draw: st.DrawFn, tick: int = SECOND, start: int = 1_000 * SECOND, ticks: int = 45) -> list[Said]:
    """Anything that people might say, overlaps included."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        first, length = draw(st.integers(-2, ticks)), draw(st.integers(1, 15))
        act = draw(st.sampled_from(("up", "unknown", "up", "excluded")))
        subject = HUB if act == "excluded" else draw(st.sampled_from((HUB, *CONDITIONS, IDP)))
        found.append(Said(act, subject, start + first * tick, start + (first + length) * tick))
    return found


def window_of(start: int, end: int, slides: bool = True) -> Window:
    return Window("rolling", start, end, end - start, slides)


def assert_equal(found: SubjectStatement, record: Record, said: list[Said], window: Window) -> None:
    """Every value of a line is the oracle's."""
    expected = counted(record, said, found.subject, window.start_us, window.end_us)
    before = counted(record, [], found.subject, window.start_us, window.end_us)
    for got, wanted in ((found.figure, expected), (found.before, before)):
        assert (got.totals.up_us, got.totals.blip_us, got.down_us, got.unknown_us) == (wanted.up, wanted.blip, wanted.down, wanted.unknown)
        assert got.excluded_us == wanted.excluded
        assert got.since_us == min(max(record.begins[found.subject], window.start_us), window.end_us)
        assert got.availability() == wanted.ratio()
        assert got.availability(UnknownTime.DOWN) == wanted.ratio("down")
        assert got.availability(UnknownTime.UP) == got.highest == wanted.ratio("up")
        assert got.lowest == wanted.lowest
        assert got.budget_left_us == window.nominal_us // 1_000 - wanted.down
    months = {(each.year, each.month): each.figure for each in found.months}
    assert months.keys() == expected.months.keys()
    for key, states in expected.months.items():
        part = months[key]
        told = (part.totals.up_us, part.totals.blip_us, part.down_us, part.unknown_us, part.excluded_us)
        assert told == (states["up"], states["blip"], states["down"], states["unknown"], states["excluded"])
    ends = annual.edges(record, said, found.subject, window.start_us, window.end_us)
    assert found.edges == len(ends)
    every = {IDP: 7, "mire_missing": 3, "identity_not_returned": 7, "all_idps_unavailable": 7}
    if found.subject != HUB:
        assert found.edge_uncertainty_us == len(ends) * every[found.subject] * SECOND


@settings(max_examples=120)
@given(st.data())
def test_every_value_of_a_statement_is_what_counting_second_by_second_gives(data: st.DataObject) -> None:
    record, said = data.draw(recorded()), data.draw(stated())
    start = 1_000 * SECOND + data.draw(st.integers(-10, 45)) * SECOND
    window = window_of(start, start + data.draw(st.integers(1, 60)) * SECOND)
    tracks = {subject: track(record, subject) for subject in record.states}
    for subject in record.states:
        found = line(tracks, subject, window, records(said), [(0, SPEC)])
        assert_equal(found, record, said, window)


@settings(max_examples=80)
@given(st.data())
def test_the_longest_outage_allowed_is_what_trying_every_second_gives(data: st.DataObject) -> None:
    record, said = data.draw(recorded()), data.draw(stated())
    start = 1_000 * SECOND + data.draw(st.integers(-5, 10)) * SECOND
    window = window_of(start, start + data.draw(st.integers(5, 60)) * SECOND)
    budget = data.draw(st.integers(0, 30)) * SECOND
    tracks = {subject: track(record, subject) for subject in record.states}
    pieces, holes = corrected(tracks, HUB, records(said)), excluded(records(said))
    found = list(downs(tracks[HUB], window, corrected=pieces, excluded=holes))
    down = counted(record, said, HUB, window.start_us, window.end_us).down
    got = longest_allowed(found, window, budget - down)
    down_at = lambda at: annual.amended(record, said, HUB, at) == DOWN  # noqa: E731
    assert got == (annual.allowed(down_at, SECOND, window.start_us, window.end_us, budget) if down <= budget else 0)


@settings(max_examples=80)
@given(st.data())
def test_the_oldest_outage_has_left_when_the_window_holds_none_of_it_and_no_instant_earlier(data: st.DataObject) -> None:
    record, said = data.draw(recorded()), data.draw(stated())
    length = data.draw(st.integers(5, 60)) * SECOND
    window = window_of(1_045 * SECOND - length, 1_045 * SECOND)
    tracks = {subject: track(record, subject) for subject in record.states}
    found = line(tracks, HUB, window, records(said), [(0, SPEC)])
    corrections = [one for one in said if one.act != "excluded"]
    instants = range(window.start_us, window.end_us, SECOND)
    states = [annual.amended(record, said, HUB, at) for at in instants]
    last = None
    # An outage goes on through unknown time; what was seen up ends it, excluded or not.
    for n, at in enumerate(instants):
        last = n if states[n] == "down" else last
        if last is not None and annual.amended(record, corrections, HUB, at) in ("up", "blip"):
            break
    lasts = last is not None and last == len(states) - 1 and annual.amended(record, said, HUB, window.end_us + 10**9) == "down"
    expected = None if last is None or lasts else window.start_us + (last + 1) * SECOND + length
    assert found.oldest_leaves_us == expected


@pytest.mark.parametrize("year", [2023, 2024, 2026, 2028])
@pytest.mark.parametrize("seed", range(3))
def test_a_civil_year_is_what_counting_hour_by_hour_gives(year: int, seed: int) -> None:
    """Leap years, and the days of 23 and 25 hours: months are cut where clocks in Paris say."""
    chance = random.Random(f"{year} {seed}")
    begins = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * SECOND - 30 * 24 * HOUR * (seed != 1)
    runs = [(chance.choice(STATES), chance.choice((1, 2, 5, 30, 200))) for _ in range(400)]
    row = [state for state, times in runs for _ in range(times)]
    record = Record(HOUR, {IDP: begins}, {IDP: row})
    said = [
        Said(act, IDP, begins + at * HOUR, begins + (at + 300) * HOUR)
        for act, at in (("up", 2_000), ("excluded", 2_100), ("unknown", 5_000))
    ]
    window = civil_year(year, begins + 20_000 * HOUR)
    found = line({IDP: track(record, IDP)}, IDP, window, records(said), [(0, SPEC)])
    assert_equal(found, record, said, window)
    assert len(found.months) == 12


@settings(max_examples=80)
@given(st.data())
def test_a_window_is_the_sum_of_its_parts(data: st.DataObject) -> None:
    record, said = data.draw(recorded()), data.draw(stated())
    cuts = sorted(data.draw(st.sets(st.integers(-5, 60), min_size=2, max_size=6)))
    tracks = {subject: track(record, subject) for subject in record.states}
    pieces, holes = corrected(tracks, HUB, records(said)), excluded(records(said))

    def spent(span: Span) -> tuple[int, ...]:
        found = figure(tracks[HUB], window_of(*span), corrected=pieces, excluded=holes)
        return (*found.totals[:4], found.excluded_us)

    instants = [(1_000 + cut) * SECOND for cut in cuts]
    parts = [spent(Span(start, end)) for start, end in pairwise(instants)]
    assert tuple(map(sum, zip(*parts, strict=True))) == spent(Span(instants[0], instants[-1]))
