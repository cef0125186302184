"""The tests mirror the source, folder for folder,
and each module of it has a test that names it.
"""

import ast
from pathlib import Path

import pytest

from tests.house.paths import ROOT, files, parsed, text

ELSEWHERE = {
    "browser": "the same servers visited by Vigie and by Chromium",
    "builders": "values that tests of every folder are made of",
    "cases": "situations from public reports, played by the whole prober",
    "contract": "clause by clause",
    "docs": "examples of documents, played",
    "fuzz": "odd inputs for every reader of strangers' data",
    "fakes": "what stands for the outside world",
    "house": "the project's own files",
    "servers": "the whole program against real servers",
}
"""Folders of tests that name no folder of the source, and why."""

THROUGH_OTHERS = {
    "exporters.http.past_answers": "tests/exporters/http/test_answers.py holds every answer to the document",
    "exporters.http.past_views": "tests/exporters/http/test_past_pages.py asks for every page",
    "exporters.http.headers": "tests/exporters/http/test_server.py asks for what it makes",
    "exporters.http.responses": "tests/exporters/http/test_api.py and test_answers.py ask for what it makes",
    "exporters.http.go_names": "tests/exporters/http/test_go_names.py, by the answer of /probe",
    "exporters.metrics.hosts": "tests/exporters/metrics/test_live.py, by the page",
    "probe.ledger.sightings": "tests/ledger/test_sightings.py, by the writer, the inbox and the readers",
    "probe.config.checks": "tests/config/bad has a file for each",
    "probe.config.rules": "tests/config/bad has a file for each",
    "probe.config.words": "tests/config/test_bad_files.py compares every text",
    "probe.inbound.email.pipe": "tests/inbound/email/test_pipe.py runs it as a process",
    "probe.core.incident.machine_acts": "tests/core/incident/test_automation.py, by the rules that add to it",
    "probe.incidents.own_settings": "tests/incidents/test_automation.py changes a setting while an outage lasts",
    "probe.incidents.alert_attachment": "tests/exporters/http/test_api_register.py, by the service; its rules: test_alert.py of the core",
    "probe.ledger.figures.outage_marks": "tests/ledger/test_past.py, tests/cli/test_outages_marked.py",
    "probe.ledger.db.numbering": "tests/ledger/test_ledger.py: a number is never given twice",
    "probe.oidc.problem": "the exception of tests/oidc",
    "probe.service.build": "tests/service/test_build.py reads its source, test_watch.py runs what it builds",
    "probe.service.configure": "tests/service/test_watch.py reloads a process",
    "probe.service.events": "tests/service/test_watch.py reads the log of a process",
    "probe.service.incident_loop": "tests/incidents/test_story.py",
    "probe.service.watch": "tests/service/test_watch.py runs it as a process",
    "probe.transport.client": "tests/transport/test_answers.py, over sockets",
    "probe.transport.handshake": "tests/transport/test_network.py, over sockets",
    "probe.transport.session": "tests/transport/test_network.py, over sockets",
    "probe.transport.sockets": "tests/prober/test_own_trouble.py, tests/transport/test_network.py",
    "probe.transport.timings": "tests/transport/test_timings.py, over sockets",
}
"""Modules that no test imports, and what tests them."""

JOURNEYS = "probe.journeys."
"""The modules of the journeys are driven through `plan`, by tests/journeys and the fake hub."""


def folders_of_tests() -> list[str]:
    found = {path.parent.relative_to("tests").as_posix() for path in filter(is_test, files())}
    return sorted(found - {"."})


def is_test(path: Path) -> bool:
    return path.parts[0] == "tests" and path.suffix == ".py" and path.name.startswith("test_")


@pytest.mark.parametrize("folder", folders_of_tests())
def test_a_folder_of_tests_is_named_as_the_source_that_it_tests(folder: str) -> None:
    if folder.split("/", maxsplit=1)[0] in ELSEWHERE:
        return
    assert any((ROOT / top / folder).is_dir() for top in (".", "probe")), f"tests/{folder} names no folder of the source"


def test_folders_that_name_no_source_are_there() -> None:
    there = {path.name.removesuffix(".py") for path in (ROOT / "tests").iterdir()}
    assert set(ELSEWHERE) <= there


def imported() -> set[str]:
    found: set[str] = set()
    for path in filter(is_test, files()):
        for node in ast.walk(parsed(text(path))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_module_has_a_test_that_names_it_or_a_reason_why_not() -> None:
    """The commands are called by their names, and migrations by opening old ledgers."""
    sources = [path for path in files() if path.suffix == ".py" and path.parts[0] in ("probe", "exporters")]
    modules = {".".join(path.with_suffix("").parts) for path in sources if path.name[:2] != "__"}
    untold = {
        module
        for module in modules - imported()
        if not module.startswith(("probe.cli.", JOURNEYS, "probe.ledger.db.migrations."))
    }  # fmt: skip
    assert untold - set(THROUGH_OTHERS) == set(), "no test imports them: write one, or say in THROUGH_OTHERS what tests them"
    assert set(THROUGH_OTHERS) - untold == set(), "a test imports them, or they are gone: take them out of THROUGH_OTHERS"
