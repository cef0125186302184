"""Alertmanager's configuration: who receives which alert, and which alert silences another."""

import re
from typing import Any

import pytest
import yaml

from dashboards.rules.document import alerts, labels
from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, RuleSettings
from tests.dashboards.rules.stories import STORIES
from tests.house.paths import ROOT
from tests.servers.alertmanager import amtool

CONFIG = ROOT / "config/alertmanager/alertmanager.yml"
DOCUMENT: dict[str, Any] = yaml.safe_load(CONFIG.read_text("utf-8"))
ALERTS = alerts(RuleSettings())
NAMES = {alert.name for alert in ALERTS}


INCIDENTS = {AlertTopic.HUB, AlertTopic.IDP, AlertTopic.BUDGET}
"""What the contract calls an incident: Vigie's register has it."""
PEOPLE = {
    AlertSeverity.PAGE: "on-call",
    AlertSeverity.TICKET: "support",
    AlertSeverity.INFO: "readers",
    AlertSeverity.NONE: "dead-mans-switch",
}
every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: f"{alert.name}-{alert.severity}-{alert.labels}")


def receivers(alert: AlertRule) -> str:
    """Who is told, in the order of the routes.
    A ticket of an incident reaches people through the register's own ticket systems.
    """
    if alert.about not in INCIDENTS or alert.severity is AlertSeverity.INFO:
        return PEOPLE[alert.severity]
    return "vigie,on-call" if alert.severity is AlertSeverity.PAGE else "vigie"


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_amtool_accepts_the_configuration() -> None:
    verdict = amtool("check-config", str(CONFIG))
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "5 receivers" in verdict.stdout


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
@every_alert
def test_the_alert_goes_to_whom_it_concerns(alert: AlertRule) -> None:
    given = [f"{name}={value}" for name, value in {"alertname": alert.name, "hub": "fc", **labels(alert)}.items()]
    verdict = amtool("config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receivers(alert)}", *given)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_an_alert_of_somebody_else_goes_to_the_support() -> None:
    verdict = amtool("config", "routes", "test", f"--config.file={CONFIG}", "alertname=DiskFull", "severity=critical")
    assert (verdict.returncode, verdict.stdout.strip()) == (0, "support")


# --- what silences what


def named(matchers: list[str]) -> set[str]:
    """The alerts that a list of matchers names."""
    (names,) = re.findall(r'alertname =~? "([^"]+)"', " ".join(matchers))
    return set(names.split("|"))


RULES: list[tuple[set[str], set[str], list[str]]] = [
    (named(rule["source_matchers"]), named(rule["target_matchers"]), rule["equal"]) for rule in DOCUMENT["inhibit_rules"]
]
ABOUT = {alert.name: alert.about for alert in ALERTS}
PAGES = {alert.name for alert in ALERTS if alert.severity is AlertSeverity.PAGE}


def test_every_alert_that_an_inhibition_names_exists() -> None:
    assert {name for sources, targets, _ in RULES for name in sources | targets} - NAMES == set()


def test_nothing_about_the_watch_silences_a_page() -> None:
    silenced = {name for sources, targets, _ in RULES if any(ABOUT[one] is AlertTopic.WATCH for one in sources) for name in targets}
    assert silenced
    assert silenced & PAGES == set()


def test_a_page_is_silenced_only_by_a_graver_condition_of_its_hub_or_by_its_own_twin() -> None:
    pairs = {(source, target) for sources, targets, _ in RULES for source in sources for target in targets & PAGES}
    assert pairs == {
        ("VigieMireMissing", "VigieIdentityNotReturned"),
        ("VigieMireMissing", "VigieAllIdpsUnavailable"),
        ("VigieCertificateExpires", "VigieCertificateExpires"),
    }


@pytest.mark.parametrize(("sources", "targets", "equal"), RULES)
def test_what_silences_and_what_is_silenced_share_the_labels_that_are_compared(
    sources: set[str], targets: set[str], equal: list[str]
) -> None:
    """Alertmanager takes a label that both lack for equal:
    a rule that compares such a one silences everywhere.
    """
    assert equal
    for name in sources | targets:
        shown = [one.all_labels() for story in STORIES if story.alert == name for fires in story.checks.values() for one in fires]
        assert shown
        assert [given for given in shown if not set(equal) <= given.keys()] == [], name


@pytest.mark.parametrize("explained", ["VigieIdpUnavailable", "VigieIdpIntermittent", "VigieMireLacksIdp", "VigieAnnualBudgetBurns"])
@pytest.mark.parametrize("condition", ["VigieMireMissing", "VigieAllIdpsUnavailable"])
def test_a_condition_of_the_hub_silences_what_it_explains(condition: str, explained: str) -> None:
    assert any(condition in sources and explained in targets and equal == ["hub"] for sources, targets, equal in RULES)


def test_an_idp_that_fails_by_itself_is_told_beside_c2() -> None:
    assert not any("VigieIdentityNotReturned" in sources and "VigieIdpUnavailable" in targets for sources, targets, _ in RULES)


# --- secrets and receivers


def test_no_secret_is_in_the_configuration() -> None:
    text = CONFIG.read_text("utf-8")
    assert re.findall(r"(?:password|credentials|token|secret): \S", text) == []
    assert "credentials_file: /run/secrets/" in text
    assert "smtp_auth_password_file: /run/secrets/" in text


def test_tickets_go_to_vigies_own_receiver() -> None:
    (receiver,) = (one for one in DOCUMENT["receivers"] if one["name"] == "vigie")
    (webhook,) = receiver["webhook_configs"]
    assert webhook["url"].endswith("/api/v1/alertmanager")
    assert webhook["send_resolved"] is True
    assert webhook["http_config"]["authorization"]["type"] == "Bearer"


# --- rooms


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
@pytest.mark.parametrize(
    ("severity", "told"), [("page", "matrix,mattermost"), ("ticket", "mattermost"), ("info", "mattermost"), ("none", "nobody")]
)
def test_the_example_of_rooms_is_accepted_and_tells_whom_it_says(severity: str, told: str) -> None:
    rooms = str(CONFIG.with_name("rooms.yml"))
    assert amtool("check-config", rooms).returncode == 0
    verdict = amtool("config", "routes", "test", f"--config.file={rooms}", f"--verify.receivers={told}", f"severity={severity}")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
