"""docs/contract.md, 2.1: maintenance."""

from probe.core.incident.clocks import due
from probe.core.incident.model import ActKind, IncidentClock
from probe.core.sla.correction import Change
from tests.contract.support import CALENDAR, TERMS, act, clock, incident
from tests.core.business_hours_oracle import HOUR, at


def test_a_blocking_anomaly_is_fixed_within_four_hours_of_its_acknowledgement() -> None:
    """« la DINSIC s'engage à régler les anomalies bloquantes dans les 4h après prise en compte de
    l'anomalie »
    """
    blocking = incident("2026-11-19T16:00", 1, act("2026-11-19T17:00", ActKind.ACKNOWLEDGED), blocking=True)
    reading = clock(blocking, IncidentClock.BLOCKING, "2026-11-19T20:00")
    assert (reading.started_us, reading.due_us, reading.elapsed_us) == (at("2026-11-19T17:00"), at("2026-11-19T21:00"), 3 * HOUR)
    assert not reading.breached
    late = [each for each in due(blocking, CALENDAR, TERMS, at("2026-11-19T21:00:01")) if each.data.get("clock") == "blocking"]
    assert [(each.kind, each.data["due_us"]) for each in late] == [(ActKind.BREACHED, at("2026-11-19T21:00"))]


def test_the_four_hours_begin_with_the_acknowledgement_and_of_blocking_anomalies_only() -> None:
    """« les anomalies bloquantes [...] après prise en compte »"""
    unacknowledged = incident("2026-11-19T10:00", 1, blocking=True)
    assert not [each for each in due(unacknowledged, CALENDAR, TERMS, at("2026-11-19T18:00")) if each.data.get("clock") == "blocking"]
    harmless = incident("2026-11-19T10:00", 1, act("2026-11-19T10:05", ActKind.ACKNOWLEDGED))
    assert not [each for each in due(harmless, CALENDAR, TERMS, at("2026-11-19T18:00")) if each.data.get("clock") == "blocking"]


def test_fixed_within_the_four_hours_it_is_in_time() -> None:
    """« dans les 4h »"""
    acts = (act("2026-11-19T11:00", ActKind.ACKNOWLEDGED), act("2026-11-19T15:00", ActKind.RESOLVED, text="fixed"))
    assert not clock(incident("2026-11-19T10:00", 1, *acts, blocking=True), IncidentClock.BLOCKING, "2026-11-20T10:00").breached


def test_a_change_is_announced_six_months_ahead() -> None:
    """« Toute modification applicative ou d'infrastructure fait l'objet d'une information préalable
    [...] dans un délai de six mois »
    """
    planned = at("2026-11-19T10:00")
    assert not Change(1, "fc", planned, at("2026-05-19T10:00"), "New servers", "Alice").late
    assert Change(1, "fc", planned, at("2026-05-19T10:00") + 1, "New servers", "Alice").late
