"""docs/contract.md, 2.2.2: support of identity providers. Figures 1 and 2, cell by cell."""

import pytest

from probe.core.incident.clocks import FIGURE_2, due, next_deadline
from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.detection import TroubleTerms, about_condition, about_idp, present_signs
from probe.core.incident.model import ActKind, IncidentClock, IncidentState, Origin, Severity
from probe.core.judgement.subject import CONDITIONS
from tests.contract.support import CALENDAR, TERMS, act, clock, incident, machine
from tests.core.business_hours_oracle import HOUR, at
from tests.core.incident.samples import direct, mire, seen
from tests.fakes.stated_hub import StatedHub, minute

# --- support hours


@pytest.mark.parametrize(
    ("time", "open_"),
    [
        ("2026-11-16T09:29:59", False),  # Monday
        ("2026-11-16T09:30", True),
        ("2026-11-20T17:59:59", True),  # Friday
        ("2026-11-20T18:00", False),
        ("2026-11-21T11:00", False),
        ("2026-11-22T11:00", False),
    ],
)
def test_the_support_helps_from_monday_to_friday(time: str, open_: bool) -> None:
    """« Le Support FranceConnect assure une assistance aux Fournisseurs d'Identité du lundi au
    vendredi de 9h30 à 18h »
    """
    assert CALENDAR.is_open(at(time)) is open_


# --- 48 hours


def test_a_request_is_taken_in_hand_within_48_working_hours_of_its_receipt() -> None:
    """« Dès réception, la demande est référencée [...] et un personnel qualifié s'engage à le
    traiter dans les 48h ouvrées »
    """
    request = incident("2026-11-16T09:30", 4)
    reading = clock(request, IncidentClock.TAKE_IN_HAND, "2026-11-16T10:30")
    assert (reading.allowed_us, reading.elapsed_us, reading.due_us) == (48 * HOUR, HOUR, at("2026-11-23T15:00"))
    assert clock(request, IncidentClock.TAKE_IN_HAND, "2026-11-23T15:00").breached is False
    late = [each for each in due(request, CALENDAR, TERMS, at("2026-11-23T15:00:01")) if each.data.get("clock") == "take_in_hand"]
    assert [each.kind for each in late] == [ActKind.BREACHED]


@pytest.mark.parametrize("acts", [ActKind.ASSIGNED, ActKind.WAITING, ActKind.RESOLVED])
def test_the_48_hours_end_when_somebody_qualified_works_on_it(acts: ActKind) -> None:
    """« un personnel qualifié s'engage à le traiter »"""
    request = incident("2026-11-16T09:30", 4, act("2026-11-16T11:30", acts, to="level1", request="which version?", text="answered"))
    reading = clock(request, IncidentClock.TAKE_IN_HAND, "2026-12-16T10:00")
    assert (reading.stopped_us, reading.elapsed_us, reading.breached) == (at("2026-11-16T11:30"), 2 * HOUR, False)


def test_an_acknowledgement_is_not_yet_work() -> None:
    """« à le traiter dans les 48h ouvrées »"""
    request = incident("2026-11-16T09:30", 4, act("2026-11-16T09:31", ActKind.ACKNOWLEDGED))
    assert clock(request, IncidentClock.TAKE_IN_HAND, "2026-12-16T10:00").breached


# --- figure 1


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_concerns_all_identity_providers_is_severity_1(condition: str) -> None:
    """« Dysfonctionnement concernant l'ensemble des Fournisseurs d'Identité [...] Entreprise
    | 1 (Critique) »
    """
    assert int(about_condition("fc", condition).severity) == 1


def test_what_concerns_one_identity_provider_is_severity_2() -> None:
    """« Dysfonctionnement concernant un Fournisseur d'Identité [...] Site | 2 (Majeure) »"""
    assert int(about_idp("fc", "ameli").severity) == 2


@pytest.mark.parametrize(("severity", "number"), [(Severity.MEDIUM, 3), (Severity.MINOR, 4), (Severity.INFO, 5)])
def test_several_users_one_user_and_questions_are_severities_3_4_and_5(severity: Severity, number: int) -> None:
    """« touchant plusieurs Usagers | 3 (Moyenne) », « ne touchant qu'un Usager | 4 (Mineure) »,
    « Demande d'information | 5 (Info) »
    """
    assert severity == number
    assert incident("2026-11-16T10:00", number).severity is severity


def test_security_is_an_origin_of_its_own() -> None:
    """« 1 (Critique) [...] Un problème de sécurité »"""
    assert incident("2026-11-16T10:00", 1, origin="security").origin is Origin.SECURITY


# --- figure 2


@pytest.mark.parametrize(
    ("severity", "escalate", "total", "role"),
    [
        (1, 1, 2, "production"),  # « 1 heure | 2 heures | Responsable de la production »
        (2, 2.5, 4, "level3"),  # « 2,5 heures | 4 heures | Équipe Support de niveau 3 »
        (3, 8, 12, "level2"),  # « 8 heures | 12 heures | Équipe Support de niveau 2 »
        (4, 15, 24, "level1"),  # « 15 heures | 24 heures | Équipe Support de niveau 1 »
        (5, 15, 24, "level1"),  # « 15 heures | 24 heures | Équipe Support de niveau 1 »
    ],
)
def test_every_cell_of_figure_2(severity: int, escalate: float, total: float, role: str) -> None:
    """« ESCALADE APRES | TEMPS TOTAL DE TRAITEMENT EN HEURES OUVREES | ESCALADE VERS »"""
    assert tuple(FIGURE_2[Severity(severity)]) == (escalate * HOUR, total * HOUR, role)
    start = at("2026-11-16T09:30")
    open_ = incident("2026-11-16T09:30", severity)
    escalated_us, over_us = CALENDAR.add(start, int(escalate * HOUR)), CALENDAR.add(start, int(total * HOUR))
    assert not due(open_, CALENDAR, TERMS, escalated_us - 1)
    (escalation,) = due(open_, CALENDAR, TERMS, escalated_us)
    assert (escalation.kind, escalation.data) == (ActKind.ESCALATED, {"severity": severity, "role": role, "due_us": escalated_us})
    assert {each.kind for each in due(open_, CALENDAR, TERMS, over_us)} == {ActKind.ESCALATED}
    overdue = [each.data for each in due(open_, CALENDAR, TERMS, CALENDAR.add(over_us, 1)) if each.kind is ActKind.BREACHED]
    assert overdue == [{"clock": "resolution", "severity": severity, "due_us": over_us}]


def test_the_clocks_start_when_the_severity_is_assigned() -> None:
    """« Après affectation du niveau de sévérité, l'équipe support doit résoudre l'incident suivant
    un temps imparti »
    """
    raised = incident("2026-11-16T09:30", 4, act("2026-11-17T10:00", ActKind.SEVERITY, severity=1))
    assert clock(raised, IncidentClock.ESCALATION, "2026-11-17T10:30").due_us == at("2026-11-17T11:00")
    assert clock(raised, IncidentClock.RESOLUTION, "2026-11-17T10:30").due_us == at("2026-11-17T12:00")
    assert clock(raised, IncidentClock.TAKE_IN_HAND, "2026-11-17T10:30").started_us == at("2026-11-16T09:30")


def test_the_clocks_run_in_working_hours() -> None:
    """« TEMPS TOTAL DE TRAITEMENT EN HEURES OUVREES »"""
    assert clock(incident("2026-11-20T17:30", 1), IncidentClock.RESOLUTION, "2026-11-20T17:45").due_us == at("2026-11-23T11:00")
    assert clock(incident("2026-11-21T03:00", 1), IncidentClock.ESCALATION, "2026-11-21T04:00").due_us == at("2026-11-23T10:30")
    assert clock(incident("2026-11-10T17:30", 1), IncidentClock.RESOLUTION, "2026-11-10T17:45").due_us == at("2026-11-12T11:00")


def test_what_is_resolved_at_its_last_moment_is_in_time_whatever_the_wall_clock_says() -> None:
    """« suivant un temps imparti »: outside working hours no time passes."""
    evening = incident("2026-11-20T16:00", 1, act("2026-11-20T23:00", ActKind.RESOLVED, text="fixed"))
    assert clock(evening, IncidentClock.RESOLUTION, "2026-11-24T10:00").breached is False
    monday = incident("2026-11-20T16:00", 1, act("2026-11-23T09:30:01", ActKind.RESOLVED, text="fixed"))
    assert clock(monday, IncidentClock.RESOLUTION, "2026-11-24T10:00").breached is True


def test_no_clock_runs_while_waiting_for_the_identity_provider() -> None:
    """« non-collaboration du Fournisseur d'Identité à fournir les informations nécessaires »:
    its time is not the support's.
    """
    waiting = incident("2026-11-16T10:00", 2, act("2026-11-16T11:00", ActKind.WAITING, request="which version?"))
    reading = clock(waiting, IncidentClock.RESOLUTION, "2026-11-18T10:00")
    assert (reading.elapsed_us, reading.due_us, reading.paused, reading.breached) == (HOUR, None, True, False)
    assert not due(waiting, CALENDAR, TERMS, at("2026-11-18T10:00"))
    resumed = incident(
        "2026-11-16T10:00",
        2,
        act("2026-11-16T11:00", ActKind.WAITING, request="which version?"),
        act("2026-11-18T10:00", ActKind.RESUMED, reason="version 3"),
    )
    assert clock(resumed, IncidentClock.ESCALATION, "2026-11-18T10:30").due_us == at("2026-11-18T11:30")
    assert clock(resumed, IncidentClock.RESOLUTION, "2026-11-18T10:30").due_us == at("2026-11-18T13:00")


def test_an_escalation_fires_once() -> None:
    """« une échéance qui donnera lieu à une escalade si le problème n'est toujours pas résolu »"""
    fired = machine("2026-11-16T10:30", ActKind.ESCALATED, severity=1, role="production", due_us=at("2026-11-16T10:30"))
    assert not due(incident("2026-11-16T09:30", 1, fired), CALENDAR, TERMS, at("2026-11-16T11:00"))


def test_what_is_resolved_is_not_escalated() -> None:
    """« si le problème n'est toujours pas résolu »"""
    resolved = incident("2026-11-16T09:30", 1, act("2026-11-16T10:00", ActKind.RESOLVED, text="fixed"))
    assert not due(resolved, CALENDAR, TERMS, at("2026-11-16T17:00"))


def test_every_deadline_can_be_told_before_it_is_missed() -> None:
    """docs/domain.md: "an alert before it is missed"."""
    open_ = incident("2026-11-16T09:30", 2)
    times = []
    for now in ("2026-11-16T09:30", "2026-11-16T12:00", "2026-11-16T13:31"):
        reading = next_deadline(open_, CALENDAR, TERMS, at(now))
        assert reading is not None
        times.append((reading.clock, reading.due_us))
    assert times == [
        (IncidentClock.ESCALATION, at("2026-11-16T12:00")),
        (IncidentClock.RESOLUTION, at("2026-11-16T13:30")),
        (IncidentClock.TAKE_IN_HAND, at("2026-11-23T15:00")),
    ]


# --- what machines see, in the words of figure 2


def test_strongly_affected_response_times_are_severity_2_and_degraded_ones_of_one_idp_3() -> None:
    """« 2 (Majeure) [...] Les temps de réponse sont fortement affectés », « 3 (Moyenne) [...]
    fortement dégradés »
    """
    found = present_signs(StatedHub().situation(0), (), TroubleTerms())
    severities = {about.scope.subject: int(about.severity) for about in found}
    assert (severities["slow"], severities["slow:ameli"], severities["intermittent:ameli"], severities["shared"]) == (2, 3, 3, 1)


# --- deactivation


def test_an_identity_provider_in_trouble_is_deactivated_until_its_incident_is_completely_resolved() -> None:
    """« ce dernier sera désactivé jusqu'à la résolution complète de l'incident »"""
    watch = StatedHub(downs={"ameli": [(10, None)]}, samples=mire() + direct("ameli", False, 10, 59) + direct("ameli", True, 60, 90))
    watch.tick(12)
    watch.tick(20)
    assert (watch.flags["ameli"].state, watch.incidents[1].severity) == (FlagStep.PROPOSED, Severity.MAJOR)
    watch.flag(FlagAct("fc", "ameli", FlagStep.APPROVED, minute(21), "Alice"))
    watch.samples += seen("ameli", False, 22, 70)
    watch.tick(24)
    watch.unknown = {"ameli"}
    for now in (24, 40, 60, 69):
        watch.tick(now)
        assert watch.flags["ameli"].state is FlagStep.DEACTIVATED
        assert watch.incidents[1].open
    watch.tick(70)
    assert (watch.flags["ameli"].state, watch.incidents[1].state) == (FlagStep.RECOVERED, IncidentState.RESOLVED)
    watch.samples += seen("ameli", True, 71, 72)
    watch.tick(73)
    assert watch.flags["ameli"].state is FlagStep.REACTIVATED
