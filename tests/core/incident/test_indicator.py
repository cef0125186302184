"""The indicator's counting, by a calendar that is always open. Its clauses: tests/contract."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probe.core.business_hours import Calendar
from probe.core.incident.indicator import Fate, Indicator, by_month, judge, over, year
from probe.core.incident.model import Incident, IncidentState, Severity
from probe.core.sla.window import Span
from probe.core.times import DAY_US, HOUR_US, microseconds
from tests.builders import fresh_incident

ALWAYS = Calendar(ZoneInfo("UTC"), 0, DAY_US, days=range(7))
NOW = 400 * DAY_US
ALLOWED = 100


def received(at_us: int, number: int = 1, **more: Any) -> Incident:
    return fresh_incident(number, at_us, **more)


@pytest.mark.parametrize(
    ("resolved", "closed", "now", "fate", "worked"),
    [
        (99, None, 500, Fate.IN_TIME, 99),
        (100, None, 500, Fate.LATE, 100),  # « en moins de »
        (99, 450, 500, Fate.IN_TIME, 99),
        (None, None, 99, Fate.YOUNG, 99),
        (None, None, 100, Fate.LATE, 100),
        (None, 10, 500, Fate.LATE, 10),  # closed unresolved
    ],
)
def test_an_incident_is_resolved_in_time_or_late_or_young(
    resolved: int | None, closed: int | None, now: int, fate: Fate, worked: int
) -> None:
    told = received(NOW, resolved_us=resolved and NOW + resolved, closed_us=closed and NOW + closed)
    found = judge(told, ALWAYS, NOW + now, ALLOWED)
    assert (found.incident, found.fate, found.worked_us) == (told, fate, worked)


def test_24_working_hours_are_allowed() -> None:
    assert [judge(received(NOW), ALWAYS, NOW + 24 * HOUR_US - early).fate for early in (1, 0)] == [Fate.YOUNG, Fate.LATE]


def test_incidents_of_a_span_are_those_received_in_it_in_that_order_without_duplicates_and_questions() -> None:
    told = [
        received(20, 5),
        received(10, 9),
        received(10, 2),
        received(9, 1),
        received(30, 3),
        received(15, 4, state=IncidentState.MERGED, closed_us=16),
        received(16, 6, severity=Severity.INFO),
        received(17, 7, severity=Severity.INFO, state=IncidentState.MERGED),
    ]
    found = over(Span(10, 30), "some", told, ALWAYS, 40)
    assert (found.name, found.start_us, found.end_us, found.questions) == ("some", 10, 30, 1)
    assert [each.incident.number for each in found.judged] == [2, 9, 5]


def counted(in_time: int, late: int, young: int) -> Indicator:
    """An indicator over so many of each."""
    ends = [(0, 50)] * in_time + [(0, 150)] * late + [(160, None)] * young
    told = [received(at, number, resolved_us=end) for number, (at, end) in enumerate(ends)]
    return over(Span(0, 200), "some", told, ALWAYS, 200, ALLOWED)


@pytest.mark.parametrize(
    ("counts", "ratio", "met", "mature_ratio", "mature_met"),
    [
        ((19, 1, 0), Fraction(19, 20), True, Fraction(19, 20), True),  # « 95% »
        ((18, 1, 0), Fraction(18, 19), False, Fraction(18, 19), False),
        ((19, 1, 1), Fraction(19, 21), False, Fraction(19, 20), True),
        ((0, 1, 1), Fraction(0), False, Fraction(0), False),
        ((0, 0, 2), Fraction(0), False, None, None),
        ((0, 0, 0), None, None, None, None),
    ],
)
def test_the_ratio_is_of_all_that_were_received_and_the_mature_one_of_those_whose_time_is_over(
    counts: tuple[int, int, int], ratio: Fraction | None, met: bool | None, mature_ratio: Fraction | None, mature_met: bool | None
) -> None:
    found = counted(*counts)
    assert (found.in_time, len(found.late), found.young, found.received) == (*counts, sum(counts))
    assert (found.ratio, found.met, found.mature_ratio, found.mature_met) == (ratio, met, mature_ratio, mature_met)
    assert all(each.fate is Fate.LATE for each in found.late)


def test_the_rolling_year_ends_now_and_now_belongs_to_it() -> None:
    told = [received(NOW + at, number) for number, at in enumerate((-365 * DAY_US, -365 * DAY_US + 1, -ALLOWED, 0, 1))]
    found = year(iter(told), ALWAYS, NOW, ALLOWED)
    assert (found.name, found.start_us, found.end_us) == ("rolling", NOW + 1 - 365 * DAY_US, NOW + 1)
    assert [(each.incident.number, each.fate) for each in found.judged] == [(1, Fate.LATE), (2, Fate.LATE), (3, Fate.YOUNG)]


def test_each_month_of_a_span_has_its_own_indicator() -> None:
    new_year = microseconds(datetime(2025, 12, 31, 23, tzinfo=UTC))  # midnight in Paris
    span = Span(new_year - DAY_US, new_year + DAY_US)
    told = [received(new_year - 1, 1), received(new_year, 2), received(span.end_us, 3)]
    found = by_month(iter(told), ALWAYS, span, new_year + 100, ALLOWED)
    assert [(each.name, each.start_us, each.end_us) for each in found] == [
        ("month=2025-12", span.start_us, new_year),
        ("month=2026-01", new_year, span.end_us),
    ]
    assert [[(one.incident.number, one.worked_us, one.fate) for one in each.judged] for each in found] == [
        [(1, 101, Fate.LATE)],
        [(2, 100, Fate.LATE)],
    ]
