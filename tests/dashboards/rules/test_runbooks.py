"""Each alert has a runbook, with all parts filled, and with real links and commands."""

import re
from pathlib import Path

import pytest

from dashboards.rules.document import alerts
from dashboards.rules.model import RuleSettings
from exporters.metrics.names import TABLE
from tests.cli.typed import what_is_asked_for
from tests.house.paths import ROOT

FOLDER = ROOT / "docs/runbooks"
PAGES = sorted(FOLDER.glob("*.md"))
ALERTS = alerts(RuleSettings())
PARTS = [
    "Ce que voit le citoyen",
    "Ce que cela veut dire",
    "À regarder d'abord",
    "À faire",
    "Qui appeler",
    "Comment cela finit",
]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def test_every_alert_has_a_page_and_every_page_is_an_alerts() -> None:
    assert {page.stem for page in PAGES} == {alert.name for alert in ALERTS}


@every_page
def test_the_page_has_every_part_and_none_is_empty(page: Path) -> None:
    head, *parts = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    titles = [part.partition("\n")[0] for part in parts]
    assert head.startswith(f"# {page.stem}\n")
    assert titles == PARTS
    assert [part for part in parts if not part.partition("\n")[2].strip()] == []


@every_page
def test_the_page_says_whom_the_alert_calls_and_how_grave_it_is(page: Path) -> None:
    head = page.read_text("utf-8").partition("\n## ")[0]
    rules = [alert for alert in ALERTS if alert.name == page.stem]
    told = set(re.findall(r"`(page|ticket|info|none)` \([^)]*\), sévérité (\d)", head))
    assert told == {(alert.severity.value, str(alert.contract)) for alert in rules}
    assert {f"(`{alert.dashboard}`)" for alert in rules} == set(re.findall(r"\(`vigie-\w+`\)", head))


@every_page
def test_every_link_of_the_page_leads_to_a_page(page: Path) -> None:
    links = re.findall(r"\]\(([^)]*)\)", page.read_text("utf-8"))
    assert [link for link in links if not (FOLDER / link.partition("#")[0]).is_file()] == []


@every_page
def test_every_command_of_the_page_is_complete(page: Path) -> None:
    """As `vigie incidents ack N --author NOM`: nothing more is asked for."""
    commands = re.findall(r"`vigie ([^`]*)`", page.read_text("utf-8"))
    assert {written: asked for written in commands if (asked := what_is_asked_for(written))} == {}


@every_page
def test_every_metric_of_the_page_exists(page: Path) -> None:
    spelled = set(re.findall(r"\bvigie_\w+", page.read_text("utf-8")))
    assert spelled - {metric.name for metric in TABLE} == set()
