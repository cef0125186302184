"""`vigie incidents`: each act by its author or refused with its reason, the lists, the report,
what the ticket systems refused.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from exporters.http.openapi import description
from probe.cli.incidents import incidents
from probe.cli.output import incident_tables
from probe.cli.output.fitting import FittingConsole
from probe.cli.output.incident_texts import IncidentTexts
from probe.cli.output.table import Styled, Table
from probe.clock import SystemClock
from probe.core.incident.acts import Opened
from probe.core.incident.model import Act, ActKind, Incident, IncidentState, Origin, Severity, Way
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply
from probe.core.judgement.observation import Kind
from probe.core.judgement.sighting import Aspect, Sighting
from probe.core.judgement.subject import C2
from probe.incidents.details import IncidentDetails
from probe.incidents.store.outbox import Outbox, on_file
from probe.ledger.db import schema
from probe.ledger.db.chain import append
from probe.ledger.db.store import open_store, writing
from probe.ledger.writer import Entry, Writer
from tests.builders import DAY, observation
from tests.cli.conftest import Call
from tests.fakes.register import configuration, incident_service

Vigie = Callable[..., Result]
RT = {"name": "hook", "system": "webhook", "url": "http://127.0.0.1:9/tickets", "secret": {"file": "secret"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return configuration(tmp_path)


@pytest.fixture
def vigie(call: Call, path: Path) -> Vigie:
    """`vigie incidents ARGUMENTS`."""

    def run(*arguments: object) -> Result:
        return call("incidents", *arguments, "--config", path)

    return run


@pytest.fixture
def done(vigie: Vigie) -> Vigie:
    """The same, which must do it."""

    def run(*arguments: object) -> Result:
        found = vigie(*arguments)
        assert found.exit_code == 0, f"{arguments}: {found.output}"
        assert found.stderr == ""
        return found

    return run


def register(path: Path) -> list[tuple[Incident, tuple[Act, ...]]]:
    with incident_service(path) as (_, service):
        return [(shown.incident, shown.acts) for shown in (service.show(one.number) for one in reversed(service.incidents(states=None)))]


OPEN = ("open", "--severity", 2, "--title", "Ameli does not answer", "--idp", "ameli", "--author", "Ada")
BY = ("--author", "Ada")


# --- acts


def test_an_incident_goes_its_whole_way(path: Path, done: Vigie) -> None:
    done(*OPEN, "--detail", "Two\nlines", "--blocking", "--requester", "Camille")
    assert "acknowledged" in done("ack", 1, *BY).stdout
    done("assign", "VIGIE-1", "--to", "level3", *BY)
    done("wait", "vigie-1", "--request", "Logs?", *BY)
    done("resume", 1, "--reason", "they came", *BY)
    done("severity", 1, "--severity", 1, "--reason", "all of them", *BY)
    done("blocking", 1, "--not-blocking", *BY)
    done("comment", 1, "--text", "seen", *BY)
    done("resolve", 1, "--text", "mended", *BY)
    done("notify", 1, "--to", "Camille", *BY)
    done("remark", 1, "--text", "not so", *BY)
    done("reopen", 1, "--reason", "not so", *BY)
    resolved = json.loads(done("resolve", 1, "--text", "mended", *BY, "--json").stdout)["resolved"]
    done("close", 1, "--way", "confirmed", "--by", "Camille", "--how", "written", "--when", resolved, *BY)
    ((incident, acts),) = register(path)
    assert (incident.state, incident.way, incident.detail) == (IncidentState.CLOSED, Way.CONFIRMED, "Two\nlines")
    assert [act.kind for act in acts] == [
        ActKind.OPENED,
        ActKind.ACKNOWLEDGED,
        ActKind.ASSIGNED,
        ActKind.WAITING,
        ActKind.RESUMED,
        ActKind.SEVERITY,
        ActKind.BLOCKING,
        ActKind.COMMENTED,
        ActKind.RESOLVED,
        ActKind.NOTIFIED,
        ActKind.REMARKED,
        ActKind.REOPENED,
        ActKind.RESOLVED,
        ActKind.CLOSED,
    ]
    assert {act.author for act in acts} == {"Ada"}


def test_duplicates_are_merged_and_others_linked(path: Path, done: Vigie) -> None:
    for _ in range(3):
        done(*OPEN)
    done("merge", 1, "--into", "VIGIE-2", *BY)
    done("link", 3, "--to", 2, "--relation", "follows", *BY)
    first, _, third = (incident for incident, _ in register(path))
    assert (first.state, first.into) == (IncidentState.MERGED, 2)
    assert [(link.to, link.relation) for link in third.links] == [(2, "follows")]


def test_closing_by_agreement_needs_both_sides_in_writing(path: Path, vigie: Vigie, done: Vigie) -> None:
    received = json.loads(done(*OPEN, "--json").stdout)["received"]
    spoken = ("close", 1, "--way", "agreed", "--by", "Camille", "--ours", "Ada", "--when", received)
    assert vigie(*spoken, "--how", "spoken", *BY).exit_code == 2
    assert vigie("close", 1, "--way", "agreed", "--by", "Camille", "--when", received, "--how", "written", *BY).exit_code == 2
    done(*spoken, "--how", "written", *BY)
    assert [incident.way for incident, _ in register(path)] == [Way.AGREED]


def test_a_security_event_is_one(path: Path, done: Vigie) -> None:
    done("open", "--severity", 1, "--title", "Leak", "--security", *BY)
    assert [incident.origin for incident, _ in register(path)] == [Origin.SECURITY]


def test_a_text_comes_from_standard_input(path: Path, call: Call, done: Vigie, monkeypatch: pytest.MonkeyPatch) -> None:
    done(*OPEN)
    from click.testing import CliRunner

    from probe.cli import main

    arguments = ["incidents", "comment", "1", "--text", "-", "--author", "Ada", "--config", str(path)]
    assert CliRunner().invoke(main, arguments, input="first\r\nsecond\n").exit_code == 0
    ((_, acts),) = register(path)
    assert acts[-1].data == {"text": "first\nsecond"}


ACTS = sorted(set(incidents.commands) - {"list", "show", "report", "outbox"})


@pytest.mark.parametrize("name", ACTS)
def test_every_act_needs_an_author(vigie: Vigie, path: Path, name: str) -> None:
    given = {
        "open": ("--severity", 2, "--title", "x"),
        "assign": (1, "--to", "x"),
        "wait": (1, "--request", "x"),
        "resume": (1, "--reason", "x"),
        "comment": (1, "--text", "x"),
        "resolve": (1, "--text", "x"),
        "notify": (1, "--to", "x"),
        "reopen": (1, "--reason", "x"),
        "close": (1, "--way", "no_answer"),
        "severity": (1, "--severity", 1, "--reason", "x"),
        "merge": (1, "--into", 2),
        "link": (1, "--to", 2),
    }
    found = vigie(name, *given.get(name, (1,)))
    assert (found.exit_code, found.stdout) == (2, "")
    assert "--author" in found.stderr
    assert register(path) == []


@pytest.mark.parametrize("author", ["", "  ", "a\nb", "\x1b[2J", "x" * 2_000, "vigie", "Vigie"])
def test_an_author_is_somebody(vigie: Vigie, path: Path, author: str) -> None:
    found = vigie("open", "--severity", 2, "--title", "x", "--author", author)
    assert (found.exit_code, found.stdout) == (2, "")
    assert register(path) == []


REFUSED: list[tuple[Any, ...]] = [
    ("notify", 1, "--to", "Camille"),
    ("resume", 1, "--reason", "x"),
    ("remark", 1),
    ("reopen", 1, "--reason", "x"),
    ("close", 1, "--way", "confirmed", "--by", "Camille", "--how", "spoken", "--when", "2026-01-01T00:00:00Z"),
    ("close", 1, "--way", "no_answer"),
    ("close", 1, "--way", "no_remark"),
    ("merge", 1, "--into", 1),
    ("merge", 1, "--into", 99),
    ("link", 1, "--to", 99),
    ("severity", 1, "--severity", 2, "--reason", "x"),
    ("severity", 1, "--severity", 3, "--reason", " "),
    ("blocking", 1, "--not-blocking"),
    ("ack", 99),
    ("ack", 1, "--at", "2020-01-01T00:00:00Z"),
    ("ack", 1, "--at", "2099-01-01T00:00:00Z"),
    ("open", "--severity", 2, "--title", "x", "--hub", "elsewhere"),
    ("open", "--severity", 2, "--title", "x", "--idp", "elsewhere"),
    ("open", "--severity", 2, "--title", "two\nlines"),
    ("open", "--severity", 2, "--title", "x" * 2_000),
    ("open", "--severity", 6, "--title", "x"),
    ("comment", 1, "--text", "\x1b[2J"),
    ("comment", 1, "--text", ""),
    ("comment", 1, "--text", "x" * 30_000),
    ("comment", 0, "--text", "x"),
    ("comment", "VIGIE-", "--text", "x"),
    ("comment", "9" * 30, "--text", "x"),
]


@pytest.mark.parametrize("arguments", REFUSED, ids=lambda given: " ".join(map(str, given))[:60])
def test_what_is_refused_is_said_in_a_sentence_with_status_2_and_changes_nothing(
    vigie: Vigie, done: Vigie, path: Path, arguments: tuple[Any, ...]
) -> None:
    done(*OPEN)
    before = register(path)
    found = vigie(*arguments, *BY)
    assert (found.exit_code, found.stdout) == (2, ""), found.output
    assert found.stderr.strip()
    assert "Traceback" not in found.stderr
    assert register(path) == before


def test_without_a_ledger_nothing_is_made(call: Call, path: Path) -> None:
    path.with_name("vigie.db").unlink()
    found = call("incidents", "list", "--config", path)
    assert (found.exit_code, found.stdout) == (1, "")
    assert "vigie run" in found.stderr
    assert not path.with_name("vigie.db").exists()


# --- reading


def test_the_list_is_of_the_open_ones_newest_first(done: Vigie) -> None:
    assert "No open incident (--all: every incident)." in done("list").stdout
    assert done("list", "--all").stdout.strip() == "No incident."
    for severity in (1, 2, 3):
        done("open", "--severity", severity, "--title", f"number {severity}", *BY)
    done("resolve", 2, "--text", "mended", *BY)
    lines = done("list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["VIGIE-3", "VIGIE-1"]
    assert "escalation" in lines[2] or "resolution" in lines[2]
    for arguments, numbers in (
        (("--all",), [3, 2, 1]),
        (("--state", "resolved"), [2]),
        (("--state", "resolved", "--state", "open"), [3, 2, 1]),
        (("--severity", 1), [1]),
        (("--limit", 1), [3]),
        (("--since", "2099-01-01T00:00:00Z"), []),
        (("--hub", "fc"), [3, 1]),
        (("--idp", "ameli"), []),
    ):
        assert [one["number"] for one in json.loads(done("list", *arguments, "--json").stdout)] == numbers


@pytest.mark.parametrize(("option", "known"), [("--hub", "fc"), ("--idp", "ameli, yris, msa, nobodys")])
def test_a_mistyped_name_is_not_read_as_good_news(vigie: Vigie, done: Vigie, option: str, known: str) -> None:
    refused = vigie("list", option, "nope")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"Invalid value for {option}: 'nope' is none of: {known}" in refused.stderr
    assert "No open incident" in done("list", option, known.split(", ", maxsplit=1)[0]).stdout


def test_json_has_the_apis_shape(done: Vigie) -> None:
    from jsonschema import Draft202012Validator

    schemas = description()["components"]
    made = json.loads(done(*OPEN, "--json").stdout)
    for told, name in (
        (made, "Incident"),
        (json.loads(done("show", 1, "--json").stdout), "Story"),
        (json.loads(done("report", "--json").stdout), "Report"),
    ):
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": schemas}).validate(told)


def test_one_incident_is_shown_with_its_story(done: Vigie) -> None:
    done(*OPEN, "--detail", "Two\nlines")
    done("wait", 1, "--request", "Logs?", *BY)
    shown = done("show", "VIGIE-1").stdout
    for text in (
        "VIGIE-1  Ameli does not answer",
        "waiting for the identity provider",
        "2 (major)",
        "Two",
        "lines",
        "Logs?",
        "the identity provider's answer",
        "Ada",
    ):
        assert text in shown


def test_the_story_tells_links_and_evidence_in_words_of_people(path: Path, done: Vigie) -> None:
    for _ in range(2):
        done(*OPEN)
    done("link", 1, "--to", 2, "--relation", "follows", *BY)
    with incident_service(path) as (_, service):
        service.act(1, ActKind.EVIDENCE, {"fact": "ended", "text": "The end of it"}, author="Ada")
    shown = done("show", 1).stdout
    assert re.search(r"linked +follows VIGIE-2 *$", shown, re.MULTILINE)
    assert re.search(r"evidence +The end of it *$", shown, re.MULTILINE)


def test_the_story_of_a_reopened_one_tells_what_was_so_before(path: Path, done: Vigie) -> None:
    done(*OPEN, "--detail", "the first cause")
    done("resolve", 1, "--text", "over", *BY)
    with incident_service(path) as (_, service):
        service.act(1, ActKind.REOPENED, {"reason": "again", "detail": "the second cause"}, author="vigie")
    shown = done("show", 1).stdout
    assert re.search(r"^Description +the second cause *$", shown, re.MULTILINE)
    assert shown.count("the first cause") == shown.count("the second cause") == 1


def printed(*parts: str | Styled | Table) -> str:
    console = FittingConsole(file=StringIO())
    for part in parts:
        console.print(part)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("runbooks", ["", "https://books.example"])
def test_an_open_incident_says_what_citizens_see_what_to_do_and_how_to_read_its_outage(runbooks: str) -> None:
    opened = Opened(hub="fc", subject=C2, origin=Origin.CONDITION, severity=Severity.CRITICAL, title="x", began_us=5_000_000)
    one = apply(None, opened.act(1, 9_000_000, "vigie"))
    shown = printed(*incident_tables.incident(IncidentDetails(one, (), (), {}), IncidentTexts("fr"), {}, runbooks))
    assert "L'usager s'authentifie chez son fournisseur d'identité, puis la connexion échoue" in shown
    assert "vigie outages fc/C2@1970-01-01T00:00:05.000000Z" in shown
    assert "À faire\nPrévenir l'exploitation du hub" in shown
    assert "vigie incidents ack 1 --author NOM" in shown
    assert ("https://books.example/VigieIdentityNotReturned.md" if runbooks else "docs/runbooks/VigieIdentityNotReturned.md") in shown
    assert ("links.runbooks" in shown) is (runbooks == "")


def test_a_column_of_the_list_in_which_nothing_would_stand_is_left_out() -> None:
    """The title of the machine's incidents repeats what they are about."""
    said = IncidentTexts("en")
    machines, persons = (IncidentDetails(one, (), (), {}) for one in (incident_about("rule:Disk"), incident_about("", "ameli")))
    named = replace(machines, incident=replace(machines.incident, title="Alert Disk"))
    assert "Title" not in printed(incident_tables.incidents([named], said, {}))
    assert "Title" in printed(incident_tables.incidents([named, persons], said, {}))


def test_what_follows_the_first_line_of_an_act_stays_a_command_that_can_be_typed() -> None:
    text = 'Proposed\nApprove: vigie idp approve ameli --hub fc; reject: vigie idp reject ameli --hub fc --reason "WHY"'
    act = Act(1, 0, "vigie", ActKind.EVIDENCE, {"text": text, "at_us": 1})
    first, last = incident_tables.act_text(act, IncidentTexts("en")).split("\n")
    assert first == "Proposed, at 01/01/1970 01:00:00"
    assert last.endswith('--reason "WHY"')


def incident_about(subject: str, idp: str | None = None) -> Incident:
    opened = Opened(hub="fc", subject=subject, origin=Origin.PERSON, severity=Severity.MAJOR, title="x", idp=idp)
    return apply(None, opened.act(1, 0, "Ada"))


@pytest.mark.parametrize(
    ("subject", "idp", "label"),
    [
        ("idp:ameli", "ameli", "fc identity provider Ameli.fr is unavailable"),
        ("idp:yris", "yris", "fc identity provider yris is unavailable"),
        ("mire_missing", None, "fc C1: the mire is not displayed"),
        ("rule:Disk", None, "fc alert Disk"),
        ("something else", None, "fc something else"),
        ("", "ameli", "fc Ameli.fr"),
        ("", None, "fc"),
    ],
)
def test_the_subject_of_an_incident_has_words_for_people(subject: str, idp: str | None, label: str) -> None:
    assert incident_tables.subject(incident_about(subject, idp), IncidentTexts("en"), {("fc", "idp:ameli"): "Ameli.fr"}).text == label


def test_what_people_write_is_not_taken_for_markup(done: Vigie) -> None:
    done("open", "--severity", 2, "--title", "[red]x[/red] [/", "--author", "[bold]Ada")
    assert "[red]x[/red] [/" in done("list").stdout
    assert "[bold]Ada" in done("show", 1).stdout


def test_tables_are_french_by_default(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "fr"
    folder.mkdir()
    path = configuration(folder, language="fr")
    assert call("incidents", *OPEN, "--config", path).stdout == "VIGIE-1\N{NO-BREAK SPACE}: nouveau, sévérité 2 (majeure)\n"
    listed = call("incidents", "list", "--config", path).stdout
    assert listed.startswith("Référence")
    assert "2 (majeure)" in listed
    assert re.search(r"Heures du fuseau Europe/Paris \(UTC\+0[12]:00( et UTC\+02:00)?\)\.\n$", listed)
    assert "Année glissante" in call("incidents", "report", "--config", path).stdout


# --- the report


def test_the_report_tells_the_indicator_in_both_readings(done: Vigie) -> None:
    for _ in range(3):
        done(*OPEN)
    done("open", "--severity", 5, "--title", "A question", *BY)
    done("resolve", 1, "--text", "mended", *BY)
    told = json.loads(done("report", "--json").stdout)
    for period in (told["month"], told["rolling"]):
        assert (period["received"], period["in_time"], period["young"], period["questions"]) == (3, 1, 2, 1)
        assert period["contract"] == {"ratio": [1, 3], "percent": "33.3333", "met": False}
        assert period["mature"] == {"ratio": [1, 1], "percent": "100.0000", "met": True}
    shown = done("report").stdout
    assert "33.3333 %" in shown
    assert "goal missed" in shown
    assert "goal met" in shown


def test_a_month_that_is_none_is_refused(vigie: Vigie) -> None:
    for month in ("2026-13", "november", "2099-01", ""):
        assert vigie("report", "--month", month).exit_code == 2


def test_the_report_lists_announced_changes(done: Vigie, path: Path) -> None:
    assert "No change was announced." in done("report").stdout
    engine = open_store(path.with_name("vigie.db"))
    try:
        with writing(engine) as connection:
            columns = {"hub": "fc", "planned_us": 2 * 10**15, "announced_us": 2 * 10**15 - 1, "title": "A new hub", "author": "Ada"}
            append(connection, schema.change, columns)
    finally:
        engine.dispose()
    shown = done("report").stdout
    assert "! too late" in shown
    assert "A new hub" in shown
    assert [(one["title"], one["late"]) for one in json.loads(done("report", "--json").stdout)["changes"]] == [("A new hub", True)]


def test_the_report_counts_the_changes_that_nobody_announced(done: Vigie, path: Path) -> None:
    at = SystemClock().now_us() - 2 * DAY
    days = [(at, (("issuer", "a"),)), (at + DAY, (("issuer", "b"),))]
    engine = open_store(path.with_name("vigie.db"))
    try:
        for number, (since_us, traits) in enumerate(days):
            seen = Sighting(Aspect.METADATA, "", traits, "1:", since_us)
            one = observation(Kind.MIRE, since_us, sightings=(seen,))
            Writer(engine).write(Entry((), {}, one, source="test", number=number))
    finally:
        engine.dispose()
    assert "! fc: 1 changes seen within a year, announced by nobody" in done("report").stdout
    (told,) = json.loads(done("report", "--json").stdout)["seen"]
    assert (told["kind"], told["notice"]) == ("metadata", "nobody")


# --- the outbox


@pytest.fixture
def ticketed(tmp_path: Path, call: Call) -> Vigie:
    """A ticket system that nobody is, and an incident whose letters it refused."""
    folder = tmp_path / "ticketed"
    folder.mkdir()
    path = configuration(folder, tickets=[RT])

    def run(*arguments: object) -> Result:
        return call("incidents", *arguments, "--config", path)

    assert run(*OPEN).exit_code == 0
    engine = open_store(folder / "vigie.db")
    try:
        box = Outbox(on_file(engine))
        letter = box.take("hook", 2**50)
        assert letter is not None
        box.refuse(letter, "HTTP 400: no such queue", 2**50, doubt=False)
    finally:
        engine.dispose()
    return run


def test_dead_letters_are_shown_with_what_was_said(ticketed: Vigie) -> None:
    (letter,) = json.loads(ticketed("outbox", "--json").stdout)
    assert (letter["id"], letter["state"], letter["error"]) == ("hook/VIGIE-1", "dead", "HTTP 400: no such queue")
    shown = ticketed("outbox").stdout
    assert "hook/VIGIE-1" in shown
    assert "refused" in shown
    assert "no such queue" in shown


@pytest.mark.parametrize("name", ["hook/VIGIE-1", "hook/1", "hook", "all"])
def test_dead_letters_are_tried_again(ticketed: Vigie, name: str) -> None:
    assert "1 message(s)" in ticketed("outbox", "--retry", name).stdout
    (letter,) = json.loads(ticketed("outbox", "--json").stdout)
    assert (letter["state"], letter["tries"]) == ("waiting", 0)
    assert ticketed("outbox", "--retry", name).exit_code == 2


def test_dead_letters_are_given_up(ticketed: Vigie) -> None:
    assert "1 message(s)" in ticketed("outbox", "--drop", "hook/VIGIE-1").stdout
    assert "All is delivered" in ticketed("outbox").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--retry", "elsewhere/VIGIE-1"),
        ("--retry", "hook/x"),
        ("--retry", "hook/VIGIE-2"),
        ("--drop", "hook"),
        ("--drop", "all"),
        ("--retry", ""),
    ],
)
def test_a_letter_that_is_none_is_refused(ticketed: Vigie, arguments: tuple[str, ...]) -> None:
    before = ticketed("outbox", "--json").stdout
    if arguments[1]:
        assert ticketed("outbox", *arguments).exit_code == 2
    assert ticketed("outbox", "--json").stdout == before


def test_a_refusal_of_the_rules_is_bad_input(vigie: Vigie, done: Vigie) -> None:
    done(*OPEN)
    found = vigie("notify", 1, "--to", "Camille", *BY)
    assert found.stderr == "VIGIE-1 is not resolved (not_resolved)\n"
    assert issubclass(RefusedActError, Exception)
