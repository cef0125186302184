"""docs/contract.md, 2.2.3: the ways to close a ticket, and no other. Every refusal is in
tests/core/incident/test_closing.py."""

from typing import Any

import pytest

from probe.core.incident.clocks import due, runs_out
from probe.core.incident.model import ActKind, Incident, IncidentClock, IncidentState, Way
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply
from tests.contract.support import CALENDAR, TERMS, act, clock, incident
from tests.core.business_hours_oracle import at

RESOLVED = act("2026-11-16T12:00", ActKind.RESOLVED, text="fixed")
NOTIFIED = act("2026-11-16T12:05", ActKind.NOTIFIED, to="ameli")
ASKED = act("2026-11-16T12:00", ActKind.WAITING, request="which version?")


def closing(of: Incident, now: str, **data: Any) -> str:
    """What comes of it: the state, or the refusal's code."""
    try:
        return apply(of, act(now, ActKind.CLOSED, **data)).state
    except RefusedActError as error:
        return error.code


@pytest.mark.parametrize("how", ["spoken", "written"])
def test_resolved_and_confirmed_by_the_identity_provider(how: str) -> None:
    """« sera fermée par la DINSIC si celle-ci est résolue avec la confirmation verbale ou écrite du
    Fournisseur d'Identité »
    """
    evidence: dict[str, Any] = {"way": "confirmed", "by": "Bob", "how": how, "when_us": at("2026-11-16T14:00")}
    assert closing(incident("2026-11-16T10:00", 2, RESOLVED), "2026-11-16T15:00", **evidence) == "closed"
    assert closing(incident("2026-11-16T10:00", 2), "2026-11-16T15:00", **evidence) == "not_resolved"
    assert closing(incident("2026-11-16T10:00", 2, RESOLVED), "2026-11-16T15:00", **{**evidence, "by": ""}) == "not_confirmed"


def test_unresolved_and_agreed_in_writing_by_both_parties() -> None:
    """« Un ticket pour un objet non résolu sera fermé si les deux parties en conviennent
    par écrit »
    """
    evidence: dict[str, Any] = {"way": "agreed", "by": "Bob", "ours": "Alice", "how": "written", "when_us": at("2026-11-16T14:00")}
    open_ = incident("2026-11-16T10:00", 2)
    assert closing(open_, "2026-11-16T15:00", **evidence) == "closed"
    assert closing(open_, "2026-11-16T15:00", **{**evidence, "how": "spoken"}) == "not_written"
    assert closing(open_, "2026-11-16T15:00", **{**evidence, "ours": ""}) == "not_agreed"
    assert closing(incident("2026-11-16T10:00", 2, RESOLVED), "2026-11-16T15:00", **evidence) == "resolved"


def test_no_answer_for_ten_working_days() -> None:
    """« au bout de 10 jours ouvrés en cas d'absence de réactivité ou de non-collaboration du
    Fournisseur d'Identité »
    """
    waiting = incident("2026-11-16T10:00", 2, ASKED)
    runs_out_us = runs_out(waiting, Way.NO_ANSWER, CALENDAR, TERMS, at("2026-11-17T10:00"))
    assert runs_out_us == at("2026-11-30T18:00")  # the tenth working day after the 16th
    assert closing(waiting, "2026-11-30T17:59:59", way="no_answer", due_us=runs_out_us) == "too_early"
    assert closing(waiting, "2026-11-30T18:00", way="no_answer", due_us=runs_out_us) == "closed"
    assert closing(incident("2026-11-16T10:00", 2), "2026-12-30T18:00", way="no_answer", due_us=runs_out_us) == "not_waiting"


def test_the_ten_days_count_from_the_last_request_and_end_with_an_answer() -> None:
    """« absence de réactivité »"""
    again = incident("2026-11-16T10:00", 2, ASKED, act("2026-11-20T12:00", ActKind.WAITING, request="please?"))
    assert clock(again, IncidentClock.NO_ANSWER, "2026-11-21T10:00").due_us == at("2026-12-04T18:00")
    answered = incident("2026-11-16T10:00", 2, ASKED, act("2026-11-20T12:00", ActKind.RESUMED, reason="version 3"))
    assert runs_out(answered, Way.NO_ANSWER, CALENDAR, TERMS, at("2026-12-21T10:00")) is None


def test_the_machine_tells_that_the_ten_days_have_run_out_and_leaves_the_closing_to_people() -> None:
    """« Un ticket sera fermé par la DINSIC »"""
    acts = due(incident("2026-11-16T10:00", 2, ASKED), CALENDAR, TERMS, at("2026-11-30T18:00"))
    assert [(each.kind, each.data["clock"]) for each in acts] == [(ActKind.BREACHED, "no_answer")]


def test_resolved_notified_and_without_a_remark() -> None:
    """« lorsque celui-ci sera résolu par la DINSIC, notifié au Fournisseur d'Identité et sans
    remarque de ce dernier »
    """
    quiet = incident("2026-11-16T10:00", 2, RESOLVED, NOTIFIED)
    assert not due(quiet, CALENDAR, TERMS, at("2026-11-23T17:59:59"))
    # The fifth working day after the 16th.
    (closed,) = due(quiet, CALENDAR, TERMS, at("2026-11-23T18:00"))
    after = apply(quiet, closed)
    assert (after.state, after.way) == (IncidentState.CLOSED, Way.NO_REMARK)


@pytest.mark.parametrize("missing", [NOTIFIED, None])
def test_neither_unnotified_nor_with_a_remark(missing: object) -> None:
    """« notifié au Fournisseur d'Identité et sans remarque de ce dernier »"""
    acts = (RESOLVED,) if missing else (RESOLVED, NOTIFIED, act("2026-11-17T10:00", ActKind.REMARKED, text="it still fails"))
    open_ = incident("2026-11-16T10:00", 2, *acts)
    assert not due(open_, CALENDAR, TERMS, at("2026-12-23T18:00"))
    refused = closing(open_, "2026-12-23T18:00", way="no_remark", due_us=at("2026-11-23T18:00"))
    assert refused == ("not_notified" if missing else "remarked")


def test_there_is_no_other_way() -> None:
    """« Les conditions de fermeture d'un ticket sont les suivantes »: four"""
    assert {each.value for each in Way} == {"confirmed", "agreed", "no_answer", "no_remark"}
    assert closing(incident("2026-11-16T10:00", 2, RESOLVED), "2026-11-16T15:00", way="tired_of_it") == "malformed"
    assert closing(incident("2026-11-16T10:00", 2, RESOLVED), "2026-11-16T15:00") == "malformed"
