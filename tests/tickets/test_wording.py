"""What tickets say: in French and in English, in local time,
with nothing in them that could do harm.
"""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.core.incident.model import Act, ActKind, IncidentClock, Severity
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Hop, Reason, Step
from probe.core.judgement.past import PastOutage, StoredObservation
from probe.core.judgement.signal import Cause
from probe.core.judgement.timeline import Outage
from probe.core.times import rfc3339
from probe.tickets.message import Verb, mark_of
from probe.tickets.wording import LONGEST_BLOCK, LONGEST_LINE, PersonToCall, Sites, Story, TicketWording, block, line
from tests.builders import BEGUN, SECOND, idp_down
from tests.fakes import incident_acts

FR = TicketWording("fr", "Europe/Paris", Sites("https://vigie.example", "https://grafana.example", "https://prom.example/user"))
EN = TicketWording("en", "America/Martinique")
SUBJECTS = (
    "mire_missing",
    "identity_not_returned",
    "all_idps_unavailable",
    "idp:ameli",
    "intermittent:ameli",
    "slow:ameli",
    "slow",
    "rule:X",
    "security:client",
    "",
)


def test_a_new_ticket_says_everything_that_whoever_is_called_needs() -> None:
    text = FR.message(incident_acts.story(incident_acts.acts(12)[:1])).text
    for needed in (
        "Incident : VIGIE-12",
        "Hub : FranceConnect",
        "Périmètre : fournisseur d'identité l’Assurance maladie indisponible",
        "Sévérité : 2 (majeure)",
        "Depuis : 02/03/2026 à 14:04:00 (Europe/Paris, UTC+01:00)",
        "Ce que voit l'usager : L'usager qui choisit l’Assurance maladie ne peut pas se connecter.",
        "Étape : page de connexion du fournisseur d'identité [idp-login-page]",
        "Motif : le fournisseur d'identité refuse la connexion ou n'est pas joignable [connect]",
        "En cause : le fournisseur d'identité",
        "Échec à la page de connexion",
        "- escalade : 02/03/2026 à 15:05:00 (Europe/Paris, UTC+01:00)",
        "- résolution : 02/03/2026 à 18:05:00 (Europe/Paris, UTC+01:00)",
        "- Équipe Support de niveau 3, +33 1 00 00 00 00, n3@support.example",
        "- l’Assurance maladie, Renée Noël, +33 6 00 00 00 00, renee.noel@idp.example",
        "À faire :\n- Écrire au fournisseur d'identité, avec l'étape, le motif et les heures.\n",
        "- Prendre en compte : vigie incidents ack 12 --author NOM\n",
        "- Conduite à tenir : https://prom.example/user/VigieIdpUnavailable.md",
        "https://vigie.example/incidents/12",
        "https://grafana.example/",
    ):
        assert needed.replace(" :", "\N{NO-BREAK SPACE}:") in text


def test_the_same_in_english_and_another_zone() -> None:
    text = EN.message(incident_acts.story(incident_acts.acts(12)[:1])).text
    for needed in (
        "Severity: 2 (major)",
        "Since: 02/03/2026 at 09:04:00 (America/Martinique, UTC-04:00)",
        "At fault: the identity provider",
    ):
        assert needed in text
    assert "Links" not in text
    assert "- Runbook: docs/runbooks/VigieIdpUnavailable.md, in Vigie's sources (a link, where links.runbooks is set)\n" in text


def test_a_reopened_ticket_tells_its_evidence_again() -> None:
    written = [*incident_acts.acts(12)[:2], *incident_acts.acts(12)[11:12]]
    assert "connexion refusée" in FR.message(incident_acts.story(written)).text


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("severity", list(Severity))
def test_every_scope_and_severity_can_be_told(words: TicketWording, subject: str, severity: Severity) -> None:
    told = words.message(incident_acts.story(incident_acts.acts(1)[:1], subject=subject, severity=severity))
    assert told.title
    assert told.verb is Verb.CREATE
    assert str(int(severity)) in told.text


KINDS: dict[ActKind, list[dict[str, Any]]] = {
    ActKind.CLOSED: [
        {"way": way, "by": "A", "how": how, "when_us": 1, "ours": "B"}
        for way in ("confirmed", "agreed", "no_answer", "no_remark")
        for how in ("spoken", "written")
    ],
    ActKind.BREACHED: [{"clock": clock.value, "severity": 1, "due_us": 5} for clock in IncidentClock],
    ActKind.LINKED: [{"to": 3, "relation": each} for each in ("swallowed_by", "swallows", "duplicate_of", "follows", "related")],
    ActKind.ESCALATED: [{"role": each, "severity": 1, "due_us": 5} for each in ("production", "level3", "level2", "level1")],
    ActKind.BLOCKING: [{"blocking": True}, {"blocking": False}],
    ActKind.MERGED: [{"into": 4}],
}  # fmt: skip


@pytest.mark.parametrize("words", [FR, EN], ids=["fr", "en"])
@pytest.mark.parametrize("kind", list(ActKind))
def test_every_act_can_be_told_whatever_it_holds_or_lacks(words: TicketWording, kind: ActKind) -> None:
    for data in [*KINDS.get(kind, []), {}, dict.fromkeys(("text", "reason", "to", "way", "role", "clock", "at_us"))]:
        written = [*incident_acts.acts(1)[:1], Act(1, incident_acts.OPENED_US, "camille", kind, data)]
        for role in (incident_acts.ROLE, None):
            told = words.message(Story(incident_acts.incident(written[:1]), written, role=role))
            assert told.subject
            assert told.text.count(told.key) == 1
            assert told.html.count(told.key) == 1


def test_an_escalation_is_addressed_to_its_role_and_nothing_else_is() -> None:
    whole = incident_acts.acts(1)
    told = {count: FR.message(incident_acts.story(whole[:count])).to for count in range(1, len(whole) + 1)}
    assert {count for count, to in told.items() if to} == {7}
    assert told[7] == incident_acts.ROLE.mail


def test_a_key_is_of_one_act_of_one_incident_of_one_store() -> None:
    written = incident_acts.acts(12)
    first = incident_acts.incident(written)
    later = incident_acts.incident([Act(12, each.at_us + 1, each.author, each.kind, each.data) for each in written])
    assert mark_of(first) == mark_of(incident_acts.incident(written[:3]))
    assert mark_of(first) != mark_of(later)
    assert mark_of(first).startswith("VIGIE-12-")


@pytest.mark.parametrize(
    ("us", "said"),
    [
        (1_774_746_000_000_000, "29/03/2026 à 03:00:00 (Europe/Paris, UTC+02:00)"),
        (1_774_745_999_999_999, "29/03/2026 à 01:59:59 (Europe/Paris, UTC+01:00)"),
        (1_792_890_000_000_000, "25/10/2026 à 02:00:00 (Europe/Paris, UTC+01:00)"),
        (1_792_886_400_000_000, "25/10/2026 à 02:00:00 (Europe/Paris, UTC+02:00)"),
    ],
)
def test_an_hour_that_comes_twice_says_which_it_is(us: int, said: str) -> None:
    assert FR.when(us) == said


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}


ANY = st.text(st.characters(exclude_categories=[]), max_size=80)


@settings(max_examples=40)
@given(title=ANY, detail=ANY, author=ANY, comment=ANY, name=ANY)
def test_whatever_is_written_stays_text(title: str, detail: str, author: str, comment: str, name: str) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y>{{ 7*7 }}\u202e\x00"
    written = [
        Act(1, incident_acts.OPENED_US, author, ActKind.OPENED, {"title": evil + title, "detail": evil + detail}),
        Act(1, incident_acts.OPENED_US, evil + author, ActKind.COMMENTED, {"text": evil + comment}),
    ]
    for count in (1, 2):
        person = PersonToCall(evil + name, evil, evil)
        cause = Cause(Fault.HUB, Reason.TLS, Step.MIRE, code=evil)
        told = FR.message(
            incident_acts.story(written[:count], subject="rule:" + evil, hub=evil, role=person, contacts=(person,), cause=cause)
        )
        tags = _Tags()
        tags.feed(told.html)
        assert not tags.tags - {"h1", "h2", "p", "table", "tr", "th", "td", "ul", "li", "a", "small"}
        assert not tags.names - {"align", "style", "href"}
        assert "49" not in told.title
        for text in (told.text, told.html, told.title, told.subject):
            assert "\u202e" not in text
            assert "\x00" not in text
            text.encode()
        assert "\n" not in told.title + told.subject


def test_long_texts_are_cut() -> None:
    assert len(line("x" * 10**7)) == LONGEST_LINE
    assert len(block("x\n" * 10**6)) == LONGEST_BLOCK
    written = [Act(1, 0, "a", ActKind.OPENED, {"title": "x" * 10**7, "detail": "y" * 10**7})]
    told = FR.message(incident_acts.story(written, subject=""))
    assert len(told.title) == LONGEST_LINE
    assert len(told.text) < 2 * LONGEST_BLOCK


ERROR_ID, REQUEST_ID = "0b8d9c66-1d8e-4a52-9f6c-8b1f6ef0a7c1", "5f0c2a8e-91d3-4c7b-a6e2-0d9b7c41e001"


def outage(**seen: Any) -> PastOutage:
    """The outage of a ticket, with the observation that tells why."""
    hop = Hop(Step.IDP_LOGIN_PAGE, "GET", "idp.example", "/login", request_id=REQUEST_ID)
    told = StoredObservation(1234, replace(idp_down("ameli", 0), **{"error_id": ERROR_ID, "hops": (hop,), **seen}))
    return PastOutage(Outage("fc", "idp:ameli", BEGUN, None, SECOND, 0, incident_acts.CAUSE), told)


@pytest.mark.parametrize(
    ("wording", "labels"),
    [(FR, ("Identifiant d'erreur du hub", "Identifiant de la requête")), (EN, ("The hub's error id", "Request id"))],
)
def test_a_new_ticket_leads_to_the_hubs_logs_and_to_the_trace(wording: TicketWording, labels: tuple[str, str]) -> None:
    told = wording.message(incident_acts.story(incident_acts.acts(12)[:1], outage=outage()))
    for name, value in zip(labels, (ERROR_ID, REQUEST_ID), strict=True):
        assert re.search(rf"{name}\W{{0,2}}: {value}", told.text)
        assert f"<td>{value}</td>" in told.html
    if wording is FR:
        for link in (f"https://vigie.example/outages/fc/ameli@{rfc3339(BEGUN)}", "https://vigie.example/observations/1234"):
            assert link in told.text
            assert f'href="{link}"' in told.html
    facts = (told.facts["error_id"], told.facts["request_id"], told.facts["observation"], told.facts["outage"])
    assert facts == (ERROR_ID, REQUEST_ID, 1234, f"fc/ameli@{rfc3339(BEGUN)}")


def test_a_security_incident_tells_what_is_accepted_and_leads_to_the_trace() -> None:
    given = {"subject": "security:client", "idp": "", "cause": None, "accepted": outage().telling, "severity": Severity.CRITICAL}
    told = FR.message(incident_acts.story(incident_acts.acts(12)[:1], **given))
    assert told.title.replace("\u00a0", " ") == "FranceConnect : le hub accepte ce qu'il doit refuser : client inconnu"
    assert "Ce que voit l'usager : Rien." in told.text.replace("\u00a0", " ")
    assert "https://vigie.example/incidents/12" in told.text
    assert "https://vigie.example/observations/1234" in told.text
    assert (told.facts["scope"], told.facts["observation"]) == ("security:client", 1234)


@pytest.mark.parametrize(
    ("wording", "told"),
    [(FR, "Précisément : la page n'a pas le formulaire #login"), (EN, "Precisely: the page has no form #login (forms: form#other)")],
)
def test_a_new_ticket_says_what_is_missing_and_what_came_instead(wording: TicketWording, told: str) -> None:
    past = outage(detail=Detail(DetailKind.FORM_MISSING, ("#login",), ("form#other",)))
    message = wording.message(incident_acts.story(incident_acts.acts(12)[:1], outage=past))
    assert told in " ".join(message.text.split())


def test_a_ticket_says_what_the_idp_does_that_is_asked_without_the_hub() -> None:
    past = replace(outage(), direct=Cause(Fault.IDP, Reason.CONNECT, Step.DIRECT))
    told = EN.message(incident_acts.story(incident_acts.acts(12)[:1], outage=past))
    assert "Direct call: the identity provider refuses the connection or cannot be reached [connect]\n" in told.text
    assert "Direct call" not in EN.message(incident_acts.story(incident_acts.acts(12)[:1], outage=outage())).text


def test_an_outage_without_observations_or_ids_has_no_empty_lines_about_them() -> None:
    for past in (replace(outage(), telling=None), outage(error_id=None, hops=())):
        told = FR.message(incident_acts.story(incident_acts.acts(12)[:1], outage=past))
        assert "Identifiant" not in told.text
        assert (told.facts["error_id"], told.facts["request_id"]) == ("", "")


def test_the_facts_are_plain_values() -> None:
    facts = FR.message(incident_acts.story(incident_acts.acts(12)[:1])).facts
    assert (facts["severity"], facts["hub"], facts["scope"], facts["began"]) == (2, "franceconnect", "idp:ameli", "2026-03-02T13:04:00Z")
    assert facts["due"] == {"escalation": "2026-03-02T14:05:00Z", "resolution": "2026-03-02T17:05:00Z"}


def test_scopes_without_a_name_are_told_by_their_title() -> None:
    told = FR.message(incident_acts.story(incident_acts.acts(1)[:1], subject="", idp=""))
    assert told.title == "ameli indisponible"
