"""Every closed word has one French and one English name, and every reader takes it from
`probe.texts`.
"""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboards.generate import files
from dashboards.rules.document import document as rules
from dashboards.rules.model import RuleSettings
from exporters.http.texts import PageTexts
from probe.audit.verify import CHAINED, RowFlaw
from probe.cli.output.availability_texts import FigureTexts
from probe.cli.output.incident_texts import IncidentTexts
from probe.cli.output.status import why_cells
from probe.cli.output.texts import CommandTexts
from probe.core.incident.clocks import ROLES
from probe.core.incident.deactivation import FlagStep
from probe.core.incident.deactivation_steps import Guard
from probe.core.incident.model import SPOKEN, WRITTEN, ActKind, Fact, IncidentClock, IncidentState, Origin, Relation, Scope, Severity, Way
from probe.core.incident.wording import ReopeningCause
from probe.core.judgement import observation
from probe.core.judgement.accounts import AccountState
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.core.judgement.reach import Reach
from probe.core.judgement.sighting import Aspect
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C2, C3, CONDITIONS
from probe.core.judgement.subject import State as LedgerState
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import Notice
from probe.core.sla.availability import UnknownTime
from probe.core.sla.correction import CorrectionKind
from probe.inbound.email.message import Unreadable
from probe.inbound.email.replies import ReplyTexts
from probe.inbound.email.senders import Doubt
from probe.incidents.wording import RegisterTexts
from probe.journeys.exchange import Answer, Ask, Verdict
from probe.journeys.site import Memory
from probe.ledger.db import schema
from probe.texts import accounts, changes, figure, incidents, judgement, reference
from probe.texts.bilingual import Language, Text, Vocabulary
from probe.texts.details import DETAILS
from probe.texts.judgement import reason, reason_of
from probe.tickets.sentences import TicketTexts
from tests.builders import seen
from tests.fakes.hub import NOW_US, FakeHub, broken, drive, entropy, planned, run

ROOT = Path(__file__).parents[2]
VERIFIED_TABLES = {table.name for table in (*CHAINED, schema.imported, schema.interval, schema.incident)}
VOCABULARIES: list[tuple[str, Vocabulary[Any], Iterable[object]]] = [
    ("states of the ledger", judgement.STATES, LedgerState),
    ("whether a condition holds", judgement.HOLDS, LedgerState),
    ("conditions", judgement.CONDITIONS, CONDITIONS),
    ("outcomes", judgement.OUTCOMES, observation.Outcome),
    ("faults", judgement.FAULTS, observation.Fault),
    ("journeys", judgement.KINDS, observation.Kind),
    ("reasons", judgement.REASONS, observation.Reason),
    ("steps", judgement.STEPS, observation.Step),
    ("details", DETAILS, DetailKind),
    ("aspects of a hub", changes.ASPECTS, Aspect),
    ("kinds of changes", changes.CHANGE_KINDS, ChangeKind),
    ("notices of changes", changes.NOTICES, Notice),
    ("reaches", judgement.REACHES, Reach),
    ("states of incidents", incidents.STATES, IncidentState),
    ("states of accounts", accounts.STATES, AccountState),
    ("severities", incidents.SEVERITIES, Severity),
    ("clocks", incidents.CLOCKS, IncidentClock),
    ("ways", incidents.WAYS, Way),
    ("hows", incidents.HOWS, (SPOKEN, WRITTEN)),
    ("origins", incidents.ORIGINS, Origin),
    ("acts", incidents.ACTS, ActKind),
    ("relations", incidents.RELATIONS, Relation),
    ("roles", incidents.ROLES, ROLES),
    ("steps of flags", incidents.FLAG_STEPS, FlagStep),
    ("guards", incidents.GUARDS, Guard),
    ("unknown time", figure.UNKNOWN_TIME, UnknownTime),
    ("corrections", figure.ACTS, CorrectionKind),
    ("why a message cannot be read", ReplyTexts.unreadables, Unreadable),
    ("tables that are verified", FigureTexts.tables, VERIFIED_TABLES),
    ("flaws that verify finds", FigureTexts.flaws, RowFlaw.__members__),
    ("facts of the register", RegisterTexts.facts, set(Fact) - {Fact.ALERT, Fact.OTHER, Fact.OWN_SETTING}),
    ("reopenings", RegisterTexts.reopenings, ReopeningCause),
    ("sentences on flags", RegisterTexts.flag_steps, FlagStep),
    ("headlines of tickets", TicketTexts.headlines, ActKind),
    ("refusals of mails", ReplyTexts.refusals, Doubt),
]  # fmt: skip
every_vocabulary = pytest.mark.parametrize(
    ("vocabulary", "members"), [row[1:] for row in VOCABULARIES], ids=[row[0] for row in VOCABULARIES]
)


@every_vocabulary
def test_every_member_has_its_word(vocabulary: Vocabulary[Any], members: Iterable[object]) -> None:
    assert set(vocabulary) == set(members)
    assert all(text.fr.strip() and text.en.strip() for text in vocabulary.values())


@every_vocabulary
@pytest.mark.parametrize("language", Language)
def test_no_two_members_share_a_word(vocabulary: Vocabulary[Any], members: Iterable[object], language: Language) -> None:
    said = [text.in_language(language) for text in vocabulary.values()]
    assert len(set(said)) == len(said)


# --- reasons and steps


_ASKED = {
    "direct": "le fournisseur d'identité",
    "idp-login-page": "le fournisseur d'identité",
    "idp-login": "le fournisseur d'identité",
    "control": "le serveur",
    "sp-callback": "le serveur",
}
"""Who is asked at a step; at any other it is the hub (`probe.journeys.walk`,
"Theory of operation").
"""
_PARTIES = ("le hub", "le fournisseur d'identité", "notre fournisseur de services", "le serveur")
_ON_THE_WIRE = (
    *(Reason.CONNECT, Reason.TIMEOUT, Reason.RESET, Reason.PROTOCOL, Reason.HEAD_REFUSED, Reason.TOO_LARGE),
    *(Reason.REDIRECT_LOOP, Reason.UNEXPECTED_HOST, Reason.HTTP_STATUS),
)


@pytest.mark.parametrize("step", [None, *observation.Step])
@pytest.mark.parametrize("on_hub", [False, True])
def test_a_reason_names_the_party_that_was_asked(step: observation.Step | None, on_hub: bool) -> None:
    asked = "le hub" if on_hub else "le serveur" if step is None else _ASKED.get(step, "le hub")
    for word in _ON_THE_WIRE:
        text = judgement.reason(word, step, on_hub=on_hub).fr
        assert [party for party in _PARTIES if text.startswith(f"{party} ")] == [asked], word


@pytest.mark.parametrize("step", [None, *observation.Step])
@pytest.mark.parametrize("on_hub", [False, True])
def test_two_reasons_of_one_step_read_differently_and_leave_no_blank(step: observation.Step | None, on_hub: bool) -> None:
    texts = [judgement.reason(word, step, on_hub=on_hub) for word in Reason]
    for language in Language:
        assert len({text.in_language(language) for text in texts}) == len(Reason)
        assert not any("{" in text.in_language(language) for text in texts)


@pytest.mark.parametrize("fault", [None, *observation.Fault])
def test_whoever_is_blamed_the_reason_names_who_answered(fault: observation.Fault | None) -> None:
    """Six answers of the hub with HTTP 503 at one IdP alone: the IdP is blamed,
    and the hub answered.
    """
    cause = Cause(fault, Reason.HTTP_STATUS, observation.Step.REDIRECT_TO_IDP, on_hub=True)
    assert why_cells(cause, Language.EN)[1] == "the hub answers with an HTTP error"
    blamed = why_cells(cause, Language.EN)[0]
    assert blamed == ("" if fault is None else judgement.FAULTS[fault].en)


@pytest.mark.parametrize("kind", [Kind.IDENTITY, Kind.LOGIN_PAGE, Kind.MIRE, Kind.DIRECT, Kind.CONTROL])
def test_of_every_exchange_of_a_journey_the_label_names_the_party_of_its_host(kind: Kind) -> None:
    parties = {"hub.test": "le hub", "idp.test": "le fournisseur d'identité", "elsewhere.test": "le serveur"}
    for place, ask in enumerate(run(FakeHub(), kind).asks):
        verdict = _timed_out(kind, place)
        assert verdict.reason is Reason.TIMEOUT
        label = judgement.reason(verdict.reason, verdict.step, on_hub=verdict.on_hub).fr
        assert label == f"{parties[urlsplit(ask.url).netloc]} ne répond pas (délai dépassé)"


def _timed_out(kind: Kind, place: int) -> Verdict:
    """The verdict of a journey of which one exchange, counted from 0, is not answered in time."""
    hub = FakeHub()

    def answer(ask: Ask) -> Answer:
        return broken(Reason.TIMEOUT) if len(hub.asked) == place else hub.answer(ask)

    return drive(planned(kind).start(Memory(), entropy, NOW_US), answer).verdict


def test_a_step_that_this_version_does_not_know_names_nobody() -> None:
    assert judgement.reason("timeout", "no-longer-a-step").fr == "le serveur ne répond pas (délai dépassé)"


def test_a_reason_or_a_step_that_this_version_does_not_know_is_told_by_its_own_word() -> None:
    assert judgement.reason("no_longer_a_reason", "mire").in_language("fr") == "no_longer_a_reason"
    assert judgement.step("no-longer-a-step").in_language("en") == "no-longer-a-step"


def test_a_cause_names_who_was_asked_and_who_is_at_fault() -> None:
    """The comparison of all IdPs may blame an IdP for an answer of the hub."""
    why = Cause(observation.Fault.IDP, observation.Reason.HTTP_STATUS, observation.Step.OIDC_CALLBACK, on_hub=True)
    text = judgement.cause(why).in_language("en")
    assert text == "return to the hub: the hub answers with an HTTP error (at fault: the identity provider)"
    unknown = judgement.cause(Cause(None, observation.Reason.TIMEOUT, None)).in_language("en")
    assert unknown == "the server does not answer (timed out)"


def test_the_cause_of_c3_is_told_of_all_idps_and_not_of_one() -> None:
    why = Cause(observation.Fault.IDP, observation.Reason.TIMEOUT, observation.Step.IDP_LOGIN)
    assert judgement.cause(why, C3).in_language("en") == (
        "login at the identity provider: at one of them at least, the identity provider does not answer (timed out) "
        "(at fault: the identity providers)"
    )
    hub = Cause(observation.Fault.HUB, observation.Reason.NO_IDP_SELECTABLE, observation.Step.MIRE)
    assert judgement.cause(hub, C3) == judgement.cause(hub)


def test_the_machine_s_word_stands_behind_the_label_once() -> None:
    assert judgement.with_word(judgement.step("token"), "token").in_language("en") == "exchange of the code for tokens [token]"
    assert judgement.with_word(judgement.step("old"), "old").in_language("en") == "old"


# --- scopes


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("mire_missing", judgement.CONDITIONS["mire_missing"]),
        ("shared", incidents.SHARED),
        ("slow", incidents.HUB_SLOW),
        ("slow:a", Text("fournisseur d'identité Ameli : temps de réponse dégradés", "identity provider Ameli: degraded response times")),
        ("idp:a", Text("fournisseur d'identité Ameli indisponible", "identity provider Ameli is unavailable")),
        ("rule:Disk", Text("alerte Disk", "alert Disk")),
        ("", incidents.REQUEST),
    ],
)
def test_a_scope_says_what_an_incident_is_about(subject: str, said: Text) -> None:
    assert incidents.scope(Scope("fc", subject), {"idp:a": "Ameli"}) == said


# --- one place


READERS: list[tuple[str, object, Vocabulary[Any]]] = [
    ("page, incident", PageTexts.progress, incidents.STATES),
    ("page, severity", PageTexts.severities, incidents.SEVERITIES),
    ("page, fault", PageTexts.faults, judgement.FAULTS),
    ("page, state", PageTexts.states, judgement.STATES),
    ("commands, fault", CommandTexts.faults, judgement.FAULTS),
    ("commands, state", CommandTexts.states, judgement.STATES),
    ("commands, condition", CommandTexts.conditions, judgement.CONDITIONS),
    ("incidents, state", IncidentTexts.states, incidents.STATES),
    ("incidents, clock", IncidentTexts.clocks, incidents.CLOCKS),
    ("incidents, flag", IncidentTexts.flags, incidents.FLAG_STEPS),
    ("figure, correction", FigureTexts.acts, figure.ACTS),
    ("tickets, state", TicketTexts.states, incidents.STATES),
    ("tickets, clock", TicketTexts.clocks, incidents.CLOCKS),
    ("tickets, way", TicketTexts.ways, incidents.WAYS),
    ("tickets, fault", TicketTexts.faults, judgement.FAULTS),
]  # fmt: skip


@pytest.mark.parametrize(("used", "shared"), [row[1:] for row in READERS], ids=[row[0] for row in READERS])
def test_a_reader_has_the_shared_words(used: object, shared: Vocabulary[Any]) -> None:
    assert used is shared


def sources() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "probe", "exporters", "dashboards"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if name.endswith(".py") and not name.startswith("probe/texts/") and (ROOT / name).is_file():
            yield ROOT / name


CLOSED = [
    {str(member.value) for member in kind}
    for kind in (
        IncidentState,
        IncidentClock,
        Way,
        Origin,
        Relation,
        FlagStep,
        Guard,
        observation.Reason,
        observation.Step,
        observation.Fault,
    )
]
NAMES = {
    kind.__name__
    for kind in (
        IncidentState,
        IncidentClock,
        Way,
        Severity,
        Origin,
        Relation,
        Guard,
        observation.Reason,
        observation.Step,
        observation.Fault,
    )
}


def second_names(tree: ast.AST) -> Iterator[str]:
    """Tables that give three or more members of a closed list texts of their own."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Dict):
            continue
        texts = [key for key, value in zip(node.keys, node.values, strict=True) if own_text(value)]
        words = {key.value for key in texts if isinstance(key, ast.Constant)}
        members = [key for key in texts if isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name) and key.value.id in NAMES]
        if len(members) >= 3 or any(len(words & closed) >= 3 for closed in CLOSED):
            yield f"line {node.lineno}"


def own_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Text"


EXEMPT = {
    # `facts`: labels of an act's fields, some of which are called as an end or a clock is
    "probe/cli/output/incident_texts.py": 1,
}


def test_no_other_file_names_the_members_of_a_closed_list() -> None:
    found = {str(path.relative_to(ROOT)): list(second_names(ast.parse(path.read_text()))) for path in sources()}
    assert len(found) > 100
    assert {path: tables for path, tables in found.items() if len(tables) > EXEMPT.get(path, 0)} == {}


FORMER = ("en cours de traitement", "en traitement", "réuni à un autre", "clos")
"""Second names that states of incidents had."""


def told() -> Iterator[tuple[str, str]]:
    yield from files(Language.FR).items()
    yield "rules", rules(RuleSettings())
    yield from ((path.name, path.read_text()) for path in sorted((ROOT / "docs/runbooks").glob("*.md")))
    yield from ((str(path.relative_to(ROOT)), path.read_text()) for path in [*sources(), *(ROOT / "probe/texts").glob("*.py")])


def test_nothing_that_people_read_uses_a_second_name_of_a_state() -> None:
    second = re.compile(rf"\b(?:{'|'.join(FORMER)})\b")
    assert [(name, found[0]) for name, text in told() if (found := second.search(text))] == []


def test_a_registre_is_the_incident_register_and_nothing_else() -> None:
    """docs/glossary.md: the ledger is the « historique »."""
    other = re.compile(r"\b[Rr]egistre\b(?! des incidents)")
    assert [(name, found[0]) for name, text in told() if not name.startswith("probe/texts/") and (found := other.search(text))] == []


def test_the_reference_is_what_the_words_are() -> None:
    assert (ROOT / "docs/reasons.md").read_text(encoding="utf-8") == reference.document(), "write it: python -m probe.texts.reference"


def test_every_closed_list_that_is_named_is_a_list() -> None:
    assert all(issubclass(kind, Enum) for kind in (IncidentState, IncidentClock, Way, Origin, Relation, FlagStep, Guard))


def test_an_altered_row_is_told_in_english_as_json_tells_it() -> None:
    for flaw in RowFlaw:
        assert FigureTexts.flaws[flaw.name].en == flaw.value


@pytest.mark.parametrize("compared", [Reason.AT_EVERY_IDP, Reason.AT_THIS_IDP_ONLY])
def test_a_reason_of_the_comparison_says_which_failure_was_compared(compared: Reason) -> None:
    cause = Cause(Fault.HUB, compared, Step.OIDC_CALLBACK, "Y020026")
    told = seen(Kind.IDENTITY, 0, Outcome.FAILED, "ameli", reason=Reason.IDP_TOKEN, step=Step.OIDC_CALLBACK)
    alone = reason_of(cause).en
    assert reason_of(cause, C2, told).en == f"{alone}: {reason(Reason.IDP_TOKEN, Step.OIDC_CALLBACK).en}"
    assert reason_of(cause, C2, replace(told, reason=None)).en == alone
    assert reason_of(replace(cause, reason=Reason.DNS), C2, told) == reason(Reason.DNS, Step.OIDC_CALLBACK)
