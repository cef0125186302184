"""docs/contract.md, 4: the indicator of the quality of service."""

from dataclasses import replace
from fractions import Fraction

import pytest

from probe.core.incident import indicator
from probe.core.incident.indicator import Fate, Indicator
from probe.core.incident.model import Act, ActKind, Incident
from probe.core.sla.window import Span
from tests.contract.support import CALENDAR, act, incident
from tests.core.business_hours_oracle import HOUR, at

NOVEMBER = Span(at("2026-11-01T00:00"), at("2026-12-01T00:00"))
LATER = at("2027-02-01T00:00")


def resolved(time: str, number: int = 1) -> Act:
    return act(time, ActKind.RESOLVED, number=number, text="fixed")


def november(*incidents: Incident, now_us: int = LATER) -> Indicator:
    return indicator.over(NOVEMBER, "month=2026-11", incidents, CALENDAR, now_us)


def test_no_service_outside_working_hours() -> None:
    """« plages fixes du lundi au vendredi de 9H30 à 18H [...] Pas de service en HNO »:
    three working days are 25.5 hours.
    """
    friday = incident("2026-11-13T18:00", 2, resolved("2026-11-18T16:29:59"))
    assert november(friday).judged[0].worked_us == 24 * HOUR - 1_000_000


@pytest.mark.parametrize(
    ("end", "fate"), [("2026-11-18T16:29:59", Fate.IN_TIME), ("2026-11-18T16:30", Fate.LATE), ("2026-11-18T16:30:01", Fate.LATE)]
)
def test_less_than_24_working_hours(end: str, fate: Fate) -> None:
    """« 95% en moins de 24 heures ouvrées »"""
    assert november(incident("2026-11-16T09:30", 2, resolved(end))).judged[0].fate is fate


def test_the_formula() -> None:
    """« Σ incidents résolus par le support FranceConnect Particuliers en moins de 24 h ouvrées
    / Σ incidents reçus »
    """
    good = [incident("2026-11-16T09:30", 2, resolved("2026-11-16T12:00", n), number=n) for n in range(1, 20)]
    late = incident("2026-11-16T09:30", 2, resolved("2026-11-23T12:00", 20), number=20)
    found = november(*good, late)
    assert (found.ratio, found.received, found.in_time) == (Fraction(19, 20), 20, 19)
    assert found.met is True
    assert [each.incident.number for each in found.late] == [20]
    assert november(*good[1:], late).ratio == Fraction(18, 19)
    assert november(*good[1:], late).met is False


def test_an_incident_that_was_just_received_counts_in_the_formula_and_not_in_the_other_reading() -> None:
    """« incidents reçus »"""
    done = incident("2026-11-16T09:30", 2, resolved("2026-11-16T12:00"))
    young = incident("2026-11-16T09:30", 2, number=2)
    before = november(done, young, now_us=at("2026-11-18T16:29"))
    assert (before.ratio, before.mature_ratio, before.met, before.mature_met, before.young) == (Fraction(1, 2), Fraction(1), False, True, 1)
    after = november(done, young, now_us=at("2026-11-18T16:30"))
    assert (after.ratio, after.mature_ratio, after.young, len(after.late)) == (Fraction(1, 2), Fraction(1, 2), 0, 1)


def test_security_incidents_count() -> None:
    """« incidents d'exploitation (y compris les incidents de sécurité) »"""
    assert november(incident("2026-11-16T09:30", 1, origin="security")).received == 1


def test_questions_are_no_incidents_and_duplicates_count_once() -> None:
    """« incidents d'exploitation »; figure 2:
    « La question ne concerne pas un dysfonctionnement »
    """
    question = incident("2026-11-16T09:30", 5, number=2)
    duplicate = incident("2026-11-16T09:30", 2, act("2026-11-16T10:00", ActKind.MERGED, number=3, into=1), number=3)
    found = november(incident("2026-11-16T09:30", 2), question, duplicate)
    assert (found.received, found.questions) == (1, 1)


def test_waiting_for_the_identity_provider_is_not_counted() -> None:
    """docs/domain.md: "paused while waiting for the IdP"."""
    waits = (
        act("2026-11-16T10:30", ActKind.WAITING, request="which version?"),
        act("2026-11-26T10:30", ActKind.RESUMED, reason="version 3"),
        resolved("2026-11-26T11:30"),
    )
    (judged,) = november(incident("2026-11-16T09:30", 2, *waits)).judged
    assert (judged.worked_us, judged.fate) == (2 * HOUR, Fate.IN_TIME)


def test_of_several_resolutions_the_last_one_counts_and_the_time_between_does_not() -> None:
    """« résolus »"""
    again = act("2026-11-26T10:30", ActKind.REOPENED, reason="again")
    (judged,) = november(incident("2026-11-16T09:30", 2, resolved("2026-11-16T10:30"), again)).judged
    assert (judged.fate, judged.worked_us) == (Fate.LATE, CALENDAR.between(at("2026-11-26T10:30"), LATER) + HOUR)
    (judged,) = november(incident("2026-11-16T09:30", 2, resolved("2026-11-16T10:30"), again, resolved("2026-11-26T11:30"))).judged
    assert (judged.fate, judged.worked_us) == (Fate.IN_TIME, 2 * HOUR)


def test_what_was_closed_without_having_been_resolved_is_never_in_time() -> None:
    """« incidents résolus »"""
    agreed = act("2026-11-16T10:00", ActKind.CLOSED, way="agreed", by="Bob", ours="Alice", how="written", when_us=at("2026-11-16T10:00"))
    found = november(incident("2026-11-16T09:30", 2, agreed), now_us=at("2026-11-16T11:00"))
    assert (found.judged[0].fate, found.mature_ratio) == (Fate.LATE, Fraction(0))


def test_an_incident_belongs_to_the_month_of_paris_in_which_it_was_received() -> None:
    """Per civil month."""
    edges = [
        incident("2026-10-31T23:59:59", 2, number=1),
        incident("2026-11-01T00:00", 2, resolved("2026-12-20T10:00", 2), number=2),
        incident("2026-11-30T23:59:59", 2, number=3),
        incident("2026-12-01T00:00", 2, number=4),
    ]
    months = indicator.by_month(edges, CALENDAR, Span(at("2026-10-01T00:00"), at("2027-01-01T00:00")), LATER)
    assert [(each.name, [one.incident.number for one in each.judged]) for each in months] == [
        ("month=2026-10", [1]),
        ("month=2026-11", [2, 3]),
        ("month=2026-12", [4]),
    ]


def test_the_rolling_year_holds_what_was_received_in_the_last_365_days() -> None:
    """And over the rolling year."""
    now = at("2026-11-16T09:30")
    day = 24 * HOUR
    at_us = {1: now - 365 * day, 2: now - 365 * day + 1, 3: now, 4: now + 1}
    incidents = [_received(number, instant) for number, instant in at_us.items()]
    found = indicator.year(incidents, CALENDAR, now)
    assert [each.incident.number for each in found.judged] == [2, 3]
    assert found.name == "rolling"


def _received(number: int, at_us: int) -> Incident:
    return replace(incident("2026-11-16T09:30", 2, number=number), received_us=at_us)


def test_with_nothing_received_there_is_no_figure() -> None:
    """0 / 0"""
    found = november()
    assert (found.ratio, found.mature_ratio, found.met, found.mature_met) == (None, None, None, None)


@pytest.mark.parametrize(("good", "all_", "met"), [(95, 100, True), (94, 100, False), (189, 199, False), (190, 200, True), (1, 1, True)])
def test_95_percent_is_compared_as_integers(good: int, all_: int, met: bool) -> None:
    """« 95% »"""
    incidents = [
        incident("2026-11-16T09:30", 2, *([resolved("2026-11-16T10:00", n)] if n <= good else []), number=n) for n in range(1, all_ + 1)
    ]
    assert november(*incidents).met is met
