"""The facts with which the machine opens an incident, and when it may raise or resolve one."""

from dataclasses import replace

import pytest

from probe.core.incident.acts import Opened
from probe.core.incident.model import MACHINE, IncidentState, Origin, Scope, Severity
from probe.core.incident.policy import covering_scopes, machine_opened, may_raise, opened, reopened_since
from probe.core.judgement.subject import C1, C2, C3
from tests.builders import fresh_incident

SCOPE = Scope("fc", "idp:ameli")
OPEN = fresh_incident(scope=SCOPE, origin=Origin.IDP, severity=Severity.MEDIUM)


def test_an_incident_is_opened_with_nine_facts() -> None:
    assert opened(SCOPE, Origin.ALERT, Severity.MAJOR, "a title", "its causes", 9, idp="ameli", blocking=True) == Opened(
        hub="fc",
        subject="idp:ameli",
        origin=Origin.ALERT,
        severity=Severity.MAJOR,
        title="a title",
        detail="its causes",
        began_us=9,
        idp="ameli",
        blocking=True,
    )


@pytest.mark.parametrize(
    ("severity", "state", "graded", "raised"),
    [
        (Severity.MAJOR, IncidentState.NEW, False, True),
        (Severity.MEDIUM, IncidentState.NEW, False, False),
        (Severity.MINOR, IncidentState.NEW, False, False),
        (Severity.MAJOR, IncidentState.RESOLVED, False, False),
        (Severity.MAJOR, IncidentState.NEW, True, False),
    ],
)
def test_a_severity_is_raised_of_what_is_open_and_no_person_graded(
    severity: Severity, state: IncidentState, graded: bool, raised: bool
) -> None:
    assert may_raise(replace(OPEN, state=state, graded=graded), severity) is raised


@pytest.mark.parametrize(
    ("at", "by", "stays"), [(None, "", False), (10, "Ada", True), (9, "Ada", False), (11, "Ada", True), (10, MACHINE, False)]
)
def test_what_a_person_reopened_since_the_end_stays_open(at: int | None, by: str, stays: bool) -> None:
    assert reopened_since(replace(OPEN, reopened_us=at, reopened_by=by), 10) is stays


def test_what_concerns_an_idp_is_covered_by_its_hubs_conditions() -> None:
    assert covering_scopes(SCOPE) == (Scope("fc", C1), Scope("fc", C2), Scope("fc", C3))
    assert covering_scopes(Scope("fc", C1)) == ()


@pytest.mark.parametrize(
    ("origin", "subject", "machines"),
    [
        (Origin.IDP, "idp:ameli", True),
        (Origin.PERSON, "idp:ameli", False),
        (Origin.SECURITY, "security:client", True),
        (Origin.SECURITY, "idp:ameli", False),
        (Origin.PERSON, "security:client", False),
    ],
)
def test_the_machine_opened_what_has_its_origin_and_security_incidents_of_its_own_scope(
    origin: Origin, subject: str, machines: bool
) -> None:
    assert machine_opened(fresh_incident(origin=origin, scope=Scope("fc", subject))) is machines
