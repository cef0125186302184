"""What people record about an outage, and how its time counts afterwards (docs/domain.md)."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.subject import C1, C2, C3, HUB, State
from probe.core.judgement.timeline import Interval
from probe.core.sla.availability import CorrectedSpan
from probe.core.sla.correction import Change, Correction, CorrectionKind, corrected, excluded, months_before, not_withdrawn
from probe.core.sla.window import Span
from tests.core.sla.interval_track import IntervalTrack

UP, UNKNOWN, EXCLUDED, WITHDRAWN = CorrectionKind
IDP = "idp:one"


def record(kind: CorrectionKind, subject: str, start: int, end: int, **more: Any) -> Correction:
    given: dict[str, Any] = {"seq": 1, "hub": "fc", "author": "somebody", "reason": "because", "recorded_us": 0}
    return Correction(**given | {"subject": subject, "start_us": start, "end_us": end, "act": kind} | more)


def track(*downs: tuple[int, int | None]) -> IntervalTrack:
    """Up from 0 on, but for these spans."""
    intervals, at = [], 0
    for start, end in downs:
        intervals += [Interval(at, start, SubjectStatus(State.UP)), Interval(start, end, SubjectStatus(State.DOWN))]
        at = -1 if end is None else end
    return IntervalTrack(intervals if at < 0 else [*intervals, Interval(at, None, SubjectStatus(State.UP))])


def spans(tracks: dict[str, IntervalTrack], subject: str, *records: Correction) -> list[tuple[int, int, State]]:
    return [(piece.start_us, piece.end_us, piece.state) for piece in corrected(tracks, subject, records)]


def test_only_down_time_is_corrected_and_only_within_the_record() -> None:
    tracks = {IDP: track((10, 20), (30, 40))}
    assert spans(tracks, IDP, record(UP, IDP, 15, 35)) == [(15, 20, State.UP), (30, 35, State.UP)]


def test_a_record_over_an_outage_without_an_end_corrects_it_as_far_as_the_record_goes() -> None:
    assert spans({IDP: track((10, None))}, IDP, record(UNKNOWN, IDP, 0, 50)) == [(10, 50, State.UNKNOWN)]


def test_the_latest_record_of_an_instant_counts() -> None:
    tracks = {IDP: track((10, 40))}
    found = spans(tracks, IDP, record(UP, IDP, 10, 40), record(UNKNOWN, IDP, 20, 30))
    assert found == [(10, 20, State.UP), (20, 30, State.UNKNOWN), (30, 40, State.UP)]
    assert spans(tracks, IDP, record(UNKNOWN, IDP, 20, 30), record(UP, IDP, 10, 40)) == [(10, 40, State.UP)]


def test_records_that_touch_or_lie_apart_are_each_applied_and_alike_neighbours_are_one_span() -> None:
    tracks = {IDP: track((10, 90))}
    found = spans(tracks, IDP, record(UP, IDP, 20, 30), record(UP, IDP, 30, 40), record(UP, IDP, 60, 70))
    assert found == [(20, 40, State.UP), (60, 70, State.UP)]


def test_a_record_of_the_hub_corrects_its_conditions_and_not_an_idp() -> None:
    tracks = {HUB: track((10, 20)), C1: track((10, 20)), C2: track(), C3: track(), IDP: track((10, 20))}
    kept = record(UP, HUB, 0, 50)
    assert spans(tracks, HUB, kept) == spans(tracks, C1, kept) == [(10, 20, State.UP)]
    assert spans(tracks, IDP, kept) == spans(tracks, C2, kept) == []


def test_a_record_of_an_idp_or_of_another_condition_leaves_the_hub_as_it_is() -> None:
    tracks = {HUB: track((10, 20)), C1: track((10, 20)), C2: track(), C3: track()}
    assert spans(tracks, HUB, record(UP, IDP, 0, 50)) == spans(tracks, HUB, record(UP, C2, 0, 50)) == []


def test_the_hub_is_corrected_where_every_condition_that_holds_is() -> None:
    """docs/domain.md: the hub is down because one of them is."""
    tracks = {HUB: track((10, 40)), C1: track((10, 30)), C2: track((20, 40)), C3: track()}
    only_c1 = [record(UP, C1, 0, 50)]
    assert spans(tracks, HUB, *only_c1) == [(10, 20, State.UP)]
    assert spans(tracks, HUB, *only_c1, record(UNKNOWN, C2, 0, 50)) == [(10, 20, State.UP), (20, 40, State.UNKNOWN)]
    assert spans(tracks, HUB, *only_c1, record(UP, C2, 0, 50)) == [(10, 40, State.UP)]


def test_the_hubs_own_record_goes_before_those_of_its_conditions() -> None:
    tracks = {HUB: track((10, 20)), C1: track((10, 20)), C2: track(), C3: track()}
    assert spans(tracks, HUB, record(UNKNOWN, HUB, 0, 50), record(UP, C1, 0, 50)) == [(10, 20, State.UNKNOWN)]


def test_a_hub_that_is_down_while_no_condition_is_recorded_stays_down() -> None:
    """As imported time may be."""
    assert spans({HUB: track((10, 20))}, HUB, record(UP, C1, 0, 50)) == []


def test_an_excluded_window_corrects_nothing_and_a_subject_without_time_has_nothing_to_correct() -> None:
    assert spans({IDP: track((10, 20))}, IDP, record(EXCLUDED, HUB, 0, 50)) == []
    assert spans({IDP: track((10, 20))}, IDP) == []
    assert corrected({}, IDP, [record(UP, IDP, 0, 50)]) == []


def test_excluded_spans_are_those_of_the_records_that_say_so() -> None:
    assert excluded([record(EXCLUDED, HUB, 1, 2), record(UP, HUB, 3, 4), record(EXCLUDED, HUB, 5, 6)]) == [Span(1, 2), Span(5, 6)]


def test_what_was_withdrawn_counts_no_more_nor_does_the_withdrawal() -> None:
    records = [record(UP, IDP, 0, 9, seq=1), record(EXCLUDED, HUB, 0, 9, seq=2), record(WITHDRAWN, IDP, 0, 9, seq=3, withdraws=1)]
    assert [each.seq for each in not_withdrawn(iter(records))] == [2]


def test_a_span_that_was_corrected_says_what_it_counts_as() -> None:
    assert corrected({IDP: track((10, 20))}, IDP, [record(UP, IDP, 0, 50)]) == [CorrectedSpan(10, 20, State.UP)]


def instant(*local: int, fold: int = 0) -> int:
    at = datetime(*local, tzinfo=ZoneInfo("Europe/Paris"), fold=fold)  # type: ignore[arg-type, misc]
    return int(at.astimezone(UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("at", "count", "before"),
    [
        ((2026, 11, 15, 10, 30), 6, (2026, 5, 15, 10, 30)),
        # Over the turn of a year, and from winter into summer time.
        ((2026, 3, 15, 10, 30), 6, (2025, 9, 15, 10, 30)),
        ((2026, 12, 1), 12, (2025, 12, 1)),
        ((2026, 6, 30), 6, (2025, 12, 30)),
        ((2026, 8, 31), 6, (2026, 2, 28)),  # a month without such a day
        ((2024, 8, 31), 6, (2024, 2, 29)),
        ((2026, 10, 31), 1, (2026, 9, 30)),
        ((2026, 1, 31), 1, (2025, 12, 31)),
        ((2026, 7, 1), 0, (2026, 7, 1)),
    ],
)
def test_months_before_are_calendar_months_of_paris_at_the_same_local_time(
    at: tuple[int, ...], count: int, before: tuple[int, ...]
) -> None:
    assert months_before(instant(*at), count) == instant(*before)


@pytest.mark.parametrize(("announced", "late"), [(0, False), (1, True), (-1, False)])
def test_a_change_is_announced_six_months_ahead_or_late(announced: int, late: bool) -> None:
    """docs/contract.md, 2.1: « dans un délai de six mois »."""
    due = instant(2026, 5, 29, 9)
    change = Change(1, "fc", instant(2026, 11, 29, 9), due + announced, "a change", "somebody")
    assert (change.due_us, change.late) == (due, late)
