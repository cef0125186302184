"""All figures of one subject over a window, before and after corrections (docs/availability.md)."""

from dataclasses import replace

import pytest

from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.spec import Edge, HubSpec, IdpSpec
from probe.core.judgement.subject import C1, C2, C3, HUB, State
from probe.core.judgement.timeline import Interval
from probe.core.sla.correction import Correction, CorrectionKind
from probe.core.sla.statement import edge_rules, interval_us, line, precisions
from probe.core.sla.window import Window, months, rolling
from probe.core.times import DAY_US
from tests.core.sla.interval_track import IntervalTrack

HOUR = DAY_US // 24
NOW = 1_700_000_000_000_000
START = NOW - 365 * DAY_US
SPEC = HubSpec(
    "fc",
    (IdpSpec("one", interval_us=60), IdpSpec("two", identity=False, interval_us=90), IdpSpec("ours", control=True, interval_us=500)),
    mire_us=30,
)


def track(*downs: tuple[int, int], condition: str | None = None) -> IntervalTrack:
    """Up from the window's start on, but for these spans,
    in microseconds from the window's start.
    """
    intervals, at = [], START
    for start, end in downs:
        intervals.append(Interval(at, START + start, SubjectStatus(State.UP)))
        intervals.append(Interval(START + start, START + end, SubjectStatus(State.DOWN, None, condition)))
        at = START + end
    return IntervalTrack([*intervals, Interval(at, None, SubjectStatus(State.UP))])


def record(kind: CorrectionKind, subject: str, start: int, end: int) -> Correction:
    return Correction(1, "fc", subject, START + start, START + end, kind, "somebody", "because", NOW)


def test_a_subject_without_corrections_has_one_figure_and_its_edges() -> None:
    found = line({"idp:one": track((HOUR, 2 * HOUR))}, "idp:one", rolling(NOW), [], [(START - 1, SPEC)])
    assert (found.subject, found.amended, found.before is found.figure) == ("idp:one", False, True)
    assert found.figure.down_us == HOUR
    assert (found.edges, found.edge_uncertainty_us) == (2, 120)
    assert found.oldest_leaves_us == START + 2 * HOUR + 365 * DAY_US
    assert found.longest_allowed_us == found.figure.budget_left_us + HOUR
    assert sum(month.figure.down_us for month in found.months) == HOUR
    assert [(month.year, month.month) for month in found.months][0::12] == [(2022, 11), (2023, 11)]
    parts = [part for *_, part in months(rolling(NOW))]
    assert [month.figure.window for month in found.months] == [Window("month", *part, part.end_us - part.start_us) for part in parts]


def test_a_correction_amends_the_figure_and_leaves_the_one_before_it() -> None:
    kept = [record(CorrectionKind.UP, "idp:one", HOUR, HOUR + HOUR // 2)]
    found = line({"idp:one": track((HOUR, 2 * HOUR))}, "idp:one", rolling(NOW), kept, [(START - 1, SPEC)])
    assert (found.amended, found.before.down_us, found.figure.down_us) == (True, HOUR, HOUR // 2)
    assert (found.edges, found.edge_uncertainty_us) == (1, 60)
    assert sum(month.figure.down_us for month in found.months) == HOUR // 2


def test_an_excluded_window_counts_as_nothing_in_the_figure_and_its_months() -> None:
    kept = [record(CorrectionKind.EXCLUDED, HUB, 0, 3 * HOUR)]
    found = line({"idp:one": track((HOUR, 2 * HOUR))}, "idp:one", rolling(NOW), kept, [])
    assert (found.amended, found.figure.down_us, found.figure.excluded_us, found.edges) == (True, 0, 3 * HOUR, 0)
    assert (found.oldest_leaves_us, found.longest_allowed_us) == (None, found.figure.budget_left_us), "no outage is left to leave"
    assert sum(month.figure.excluded_us for month in found.months) == 3 * HOUR


def test_months_are_left_out_when_they_are_not_asked_for() -> None:
    assert line({"idp:one": track()}, "idp:one", rolling(NOW), [], [], monthly=False).months == ()


def test_two_outages_with_up_time_between_leave_the_window_one_after_the_other() -> None:
    found = line({"idp:one": track((HOUR, 2 * HOUR), (5 * HOUR, 6 * HOUR))}, "idp:one", rolling(NOW), [], [])
    assert found.oldest_leaves_us == START + 2 * HOUR + 365 * DAY_US


def test_a_single_microsecond_up_parts_two_outages() -> None:
    found = line({"idp:one": track((HOUR, 2 * HOUR), (2 * HOUR + 1, 3 * HOUR))}, "idp:one", rolling(NOW), [], [])
    assert found.oldest_leaves_us == START + 2 * HOUR + 365 * DAY_US


def test_down_time_that_was_corrected_to_up_parts_an_outage_in_two() -> None:
    tracks = {"idp:one": track((HOUR, 6 * HOUR))}
    for kind, end in ((CorrectionKind.UP, 2 * HOUR), (CorrectionKind.UNKNOWN, 6 * HOUR)):
        found = line(tracks, "idp:one", rolling(NOW), [record(kind, "idp:one", 2 * HOUR, 3 * HOUR)], [])
        assert found.oldest_leaves_us == START + end + 365 * DAY_US


def test_a_civil_year_that_is_not_over_allows_no_more_than_what_is_left_of_it() -> None:
    window = Window("year=2023", START, NOW, 365 * DAY_US + 60)
    found = line({"idp:one": track()}, "idp:one", window, [], [])
    assert (found.longest_allowed_us, found.oldest_leaves_us) == (60, None)


@pytest.mark.parametrize(
    ("subject", "condition", "expected"),
    [
        ("idp:one", None, 60),
        ("idp:two", None, 90),
        ("idp:gone", None, 0),
        (C1, None, 30),
        (C2, None, 500),  # the slowest journey that fetches an identity, the control IdP's too
        (C3, None, 90),  # the mire's, or the slowest IdP that is offered
        (HUB, C1, 30),
        (HUB, C3, 90),
        (HUB, None, 500),
    ],
)
def test_an_edge_is_known_as_precisely_as_the_slowest_probe_that_sees_it(subject: str, condition: str | None, expected: int) -> None:
    """docs/domain.md: "each edge is only known within one interval"."""
    assert interval_us(SPEC, subject, condition) == expected


def test_a_hub_without_identities_knows_c2s_edges_by_no_probe_and_c3s_by_the_mire() -> None:
    spec = HubSpec("fc", (IdpSpec("ours", identity=False, control=True, interval_us=500),), mire_us=30)
    assert [interval_us(spec, subject, None) for subject in (C2, C3, HUB)] == [0, 30, 30]


def test_settings_of_a_clock_that_was_set_back_replace_what_came_after_them() -> None:
    other = HubSpec("fc", (IdpSpec("one", interval_us=10),))
    found = precisions("idp:one", [(10, SPEC), (20, SPEC), (30, SPEC), (20, other)])
    assert [(each.start_us, each.interval_us(None)) for each in found] == [(10, 60), (20, 10)]


def test_edges_of_a_hub_are_as_precise_as_the_condition_that_made_it_down() -> None:
    tracks = {HUB: track((HOUR, 2 * HOUR), condition=C1), C1: track(), C2: track(), C3: track()}
    found = line(tracks, HUB, rolling(NOW), [], [(START - 1, SPEC)])
    assert (found.edges, found.edge_uncertainty_us) == (2, 60)


def test_edges_before_the_first_settings_are_counted_without_an_uncertainty() -> None:
    found = line({"idp:one": track((HOUR, 3 * HOUR))}, "idp:one", rolling(NOW), [], [(START + 2 * HOUR, SPEC)])
    assert (found.edges, found.edge_uncertainty_us) == (2, 60)


# --- where outages ended


def rules(*settings: tuple[int, Edge]) -> list[tuple[int, Edge]]:
    """By instants after the window's start, in microseconds."""
    found = edge_rules([(START + at, replace(SPEC, edge=edge)) for at, edge in settings], rolling(NOW))
    return [(rule.since_us - START, rule.edge) for rule in found]


def test_a_window_of_one_rule_has_one() -> None:
    assert rules((-10, Edge.FINISH)) == [(0, Edge.FINISH)]
    assert rules((-10, Edge.START), (0, Edge.FINISH)) == [(0, Edge.FINISH)], "it begins with the window"
    assert rules((-20, Edge.START), (-10, Edge.FINISH), (10, Edge.FINISH)) == [(0, Edge.FINISH)]
    assert rules((10, Edge.FINISH)) == [(10, Edge.FINISH)], "the record begins within the window"
    assert rules((-10, Edge.START), (365 * DAY_US, Edge.FINISH)) == [(0, Edge.START)], "at its end it is over"


def test_a_window_over_both_rules_has_both() -> None:
    assert rules((-10, Edge.START), (10, Edge.FINISH)) == [(0, Edge.START), (10, Edge.FINISH)]


def test_settings_that_a_clock_which_was_set_back_made_void_count_for_no_rule() -> None:
    assert rules((-10, Edge.START), (20, Edge.FINISH), (15, Edge.START)) == [(0, Edge.START)]
