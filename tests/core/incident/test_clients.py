"""The incident of a client of the hub that fails where the main one passes.

docs/domain.md, "Several clients"; docs/contract.md, 2.2.2: « 3 : plusieurs usagers ».
"""

from typing import Any

import pytest

from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import ActKind, IncidentState, Origin
from probe.core.judgement.subject import C1, C3
from probe.incidents.wording import RegisterTexts
from tests.fakes.stated_hub import M, StatedHub, minute

EIDAS2, AMELI_AT_EIDAS2 = "client:eidas2", "idp:ameli@eidas2"
TERMS = TroubleTerms(patience_us=2 * M, wording=RegisterTexts("fr"))


def hub(**downs: Any) -> StatedHub:
    """A hub with a second client that logs in at one IdP. `downs`: by a short name."""
    names = {"eidas2": EIDAS2, "ameli_at_eidas2": "ameli@eidas2"}
    spans = {names.get(name, name): span for name, span in downs.items()}
    return StatedHub(terms=TERMS, clients={"eidas2": ("ameli",)}, downs=spans)


def subjects(watch: StatedHub) -> list[str]:
    return [each.scope.subject for each in watch.incidents.values()]


@pytest.mark.parametrize(
    ("downs", "subject", "idp", "title"),
    [
        ({"eidas2": [(10, None)]}, EIDAS2, None, "Le client eidas2 échoue, le client principal passe"),
        (
            {"ameli_at_eidas2": [(10, None)]},
            AMELI_AT_EIDAS2,
            "ameli",
            "Fournisseur d'identité ameli indisponible pour le client eidas2 seul",
        ),
    ],
)
def test_what_another_client_alone_meets_opens_one_of_severity_3(downs: Any, subject: str, idp: str | None, title: str) -> None:
    watch = hub(**downs)
    assert watch.tick(11) == []
    watch.tick(12)
    (incident,) = watch.incidents.values()
    assert (incident.scope.subject, incident.idp, incident.title) == (subject, idp, title)
    assert (incident.severity, incident.origin, incident.blocking, incident.began_us) == (3, Origin.CLIENT, False, minute(10))


def test_it_ends_with_the_clients_outage_and_the_idps_are_told_at_which_the_client_logs_in() -> None:
    watch = hub(eidas2=[(10, 40)])
    watch.tick(12)
    told = watch.tick(41)[-1]
    assert (told.kind, told.data) == (ActKind.NOTIFIED, {"to": "ameli"})
    assert [each.state for each in watch.incidents.values()] == [IncidentState.RESOLVED]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("C1", "eidas2"),
        ("C2", "eidas2"),
        ("C3", "eidas2"),
        ("ameli", "ameli_at_eidas2"),
        ("eidas2", "ameli_at_eidas2"),
        ("C3", "ameli_at_eidas2"),
    ],
)
def test_what_the_main_client_meets_too_is_one_incident(wide: str, narrow: str) -> None:
    watch = hub(**{wide: [(10, 60)], narrow: [(11, 61)]})
    for at in range(10, 100):
        watch.tick(at)
    subject = {"C1": "mire_missing", "C2": "identity_not_returned", "C3": C3, "ameli": "idp:ameli", "eidas2": EIDAS2}[wide]
    assert subjects(watch) == [subject]


@pytest.mark.parametrize("end", [58, 60, 62])
def test_a_client_whose_only_idp_is_down_for_everybody_meets_nothing_of_its_own(end: int) -> None:
    watch = hub(ameli=[(10, 60)], ameli_at_eidas2=[(10, 60)], eidas2=[(11, end)])
    for at in range(5, 140):
        watch.tick(at)
    assert subjects(watch) == ["idp:ameli"]


def test_a_client_that_fails_on_when_its_idp_is_back_has_an_incident() -> None:
    watch = hub(ameli=[(10, 60)], eidas2=[(11, 80)])
    for at in range(5, 140):
        watch.tick(at)
    assert subjects(watch) == ["idp:ameli", EIDAS2]


def test_one_that_was_open_before_becomes_part_of_the_hubs_and_is_its_own_again_afterwards() -> None:
    watch = hub(eidas2=[(10, None)], C1=[(30, 60)])
    for at in range(10, 61):
        watch.tick(at)
    assert [(each.scope.subject, each.state) for each in watch.incidents.values()] == [
        (EIDAS2, IncidentState.MERGED),
        (C1, IncidentState.RESOLVED),
    ]
    watch.tick(63)
    assert [each.scope.subject for each in watch.open()] == [EIDAS2]


@pytest.mark.parametrize(("narrow", "main"), [("eidas2", "C1"), ("ameli_at_eidas2", "ameli")])
def test_while_nobody_knows_what_the_main_client_meets_nothing_is_opened(narrow: str, main: str) -> None:
    watch = hub(**{narrow: [(10, None)]})
    watch.unknown = {main}
    assert watch.tick(20) == []
    watch.unknown = set()
    assert [act.kind for act in watch.tick(21)] == [ActKind.OPENED]


@pytest.mark.parametrize("clients", [{}, {"eidas2": ()}])
def test_one_of_a_client_that_is_no_longer_watched_is_resolved(clients: dict[str, tuple[str, ...]]) -> None:
    watch = hub(ameli_at_eidas2=[(10, None)])
    watch.tick(12)
    watch.clients = clients
    watch.tick(20)
    assert watch.open() == []


def test_a_correction_of_the_past_resolves_it() -> None:
    watch = hub(eidas2=[(10, None)])
    watch.tick(12)
    watch.downs = {}
    watch.tick(20)
    assert watch.open() == []


def test_what_another_client_meets_proposes_no_deactivation() -> None:
    watch = hub(ameli_at_eidas2=[(10, None)])
    for at in range(10, 60):
        watch.tick(at)
    assert (watch.flags, subjects(watch)) == ({}, [AMELI_AT_EIDAS2])
