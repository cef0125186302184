"""Which incident an outside alert belongs to, and when its end resolves the incident."""

from dataclasses import replace

import pytest

from probe.core.incident.acts import Opened
from probe.core.incident.alert import Alert, AlertPlace, opening, place, resolves
from probe.core.incident.model import MACHINE, Incident, IncidentState, Origin, Scope, Severity, Way
from probe.core.incident.policy import covering_scopes, may_raise
from probe.core.incident.scope import ScopeSubject
from probe.core.judgement.subject import C1, C2, C3
from tests.builders import fresh_incident

MINUTE = 60_000_000
WITHIN = 60 * MINUTE
SCOPE = Scope("fc", "idp:ameli")
ALERT = Alert("f1", "IdpDown", "fc", starts_us=100 * MINUTE, subject="idp:ameli", severity=Severity.MAJOR)
FIRST = fresh_incident(1, MINUTE, scope=SCOPE, origin=Origin.ALERT, severity=Severity.MEDIUM)
OVER = replace(FIRST, state=IncidentState.RESOLVED, resolved_us=50 * MINUTE, ended_us=50 * MINUTE)


def placed(**known: Incident) -> AlertPlace:
    found: dict[str, Incident | None] = {"in_scope": None, "covering": None, "latest": None, **known}
    return place(ALERT, **found, reopen_within_us=WITHIN)


def test_without_an_incident_one_is_opened() -> None:
    assert placed() == AlertPlace(None)


def test_it_is_a_fact_of_the_open_incident_of_its_scope_before_the_one_that_covers_it() -> None:
    wide = replace(FIRST, number=2, scope=Scope("fc", C3))
    assert placed(in_scope=FIRST, covering=wide, latest=FIRST) == AlertPlace(FIRST)
    assert placed(covering=wide, latest=OVER) == AlertPlace(wide)


def test_what_ended_lately_is_reopened_and_what_ended_long_ago_is_not() -> None:
    assert placed(latest=replace(OVER, ended_us=ALERT.starts_us - WITHIN)) == AlertPlace(
        replace(OVER, ended_us=ALERT.starts_us - WITHIN), reopen=True
    )
    assert placed(latest=replace(OVER, ended_us=ALERT.starts_us - WITHIN - 1)) == AlertPlace(None)


def test_without_an_end_the_resolution_is_the_end() -> None:
    assert placed(latest=replace(OVER, ended_us=None, resolved_us=ALERT.starts_us)).reopen
    assert placed(latest=replace(OVER, ended_us=None, resolved_us=None)) == AlertPlace(None)


@pytest.mark.parametrize("way", [Way.AGREED, Way.NO_ANSWER])
def test_what_was_closed_unresolved_is_never_reopened(way: Way) -> None:
    assert placed(latest=replace(OVER, state=IncidentState.CLOSED, way=way, ended_us=ALERT.starts_us)) == AlertPlace(None)


def test_what_tells_late_of_an_outage_whose_end_the_ledger_knows_reopens_nothing() -> None:
    known = replace(OVER, origin=Origin.IDP, ended_us=ALERT.starts_us + 1)
    assert placed(latest=known) == AlertPlace(known, reopen=False)
    assert placed(latest=replace(known, ended_us=ALERT.starts_us)).reopen
    assert placed(latest=replace(known, origin=Origin.ALERT)).reopen


def test_the_end_resolves_what_an_alert_opened_when_no_other_fires() -> None:
    assert resolves(FIRST, 9 * MINUTE, others_fire=False)
    assert not resolves(FIRST, 9 * MINUTE, others_fire=True)
    assert not resolves(replace(FIRST, origin=Origin.IDP), 9 * MINUTE, others_fire=False)
    assert not resolves(OVER, 9 * MINUTE, others_fire=False)


def test_what_a_person_reopened_since_the_end_stays_open() -> None:
    again = replace(FIRST, reopened_us=9 * MINUTE, reopened_by="Ada")
    assert not resolves(again, 9 * MINUTE, others_fire=False)
    assert resolves(again, 9 * MINUTE + 1, others_fire=False)
    assert resolves(replace(again, reopened_by=MACHINE), 9 * MINUTE, others_fire=False)


def test_the_severity_is_raised_never_lowered_and_a_persons_grading_holds() -> None:
    assert may_raise(FIRST, Severity.MAJOR)
    assert not may_raise(FIRST, Severity.MEDIUM)
    assert not may_raise(replace(FIRST, graded=True), Severity.MAJOR)
    assert not may_raise(OVER, Severity.MAJOR)


def test_an_alert_of_no_subject_has_its_rules_scope_and_began_at_the_latest_now() -> None:
    assert replace(ALERT, subject="").scope == Scope("fc", "rule:IdpDown")
    assert opening(replace(ALERT, detail="d"), "t", now_us=MINUTE) == Opened(
        hub="fc",
        subject="idp:ameli",
        origin=Origin.ALERT,
        severity=Severity.MAJOR,
        title="t",
        detail="d",
        began_us=MINUTE,
        idp="ameli",
    )
    assert opening(ALERT, "t", now_us=200 * MINUTE).began_us == ALERT.starts_us
    assert (opening(ALERT, "t", 0).idp, opening(ALERT, "t", 0).blocking) == ("ameli", False)
    assert opening(replace(ALERT, subject=C1), "t", 0).blocking


@pytest.mark.parametrize(
    ("subject", "idp"),
    [("idp:ameli", "ameli"), ("slow:ameli", "ameli"), ("intermittent:a", "a"), ("slow", None), (C1, None), ("rule:x", None)],
)
def test_the_hubs_own_incidents_cover_what_concerns_an_idp(subject: str, idp: str | None) -> None:
    assert ScopeSubject.parse(subject).idp == idp
    covering = [scope.subject for scope in covering_scopes(Scope("fc", subject))]
    assert covering == ([] if idp is None else [C1, C2, C3])
