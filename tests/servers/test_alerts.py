"""The demonstration's story, as on-call staff is told of it: by a real Prometheus with our rules, and a real Alertmanager with our routes.

The demonstration's journeys run every two seconds where sixty is the default. So the rules and the routes are those that are committed,
thirty times faster.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboards.rules.__main__ import main as write_rules
from tests.house.paths import ROOT
from tests.servers.alertmanager import AlertingPrometheus, Alertmanager, Delivery, Mail, Mails, Receiver, quickened
from tests.servers.processes import Server, answers, free_port

FASTER = 30
WATCHED_S = 66.0
"""The story lasts 58 s, and begins again."""
WITHIN_S = 60.0
ON_CALL, RUNBOOKS = "astreinte@example.org", ROOT / "docs/runbooks"
STORY = {
    "Ameli.fr breaks down": ("VigieIdpUnavailable", "ameli"),
    "Every identity provider goes down": ("VigieAllIdpsUnavailable", ""),
    "The mire is gone: the hub answers 503": ("VigieMireMissing", ""),
    "The civil registry is gone: the login succeeds, the identity is lost": ("VigieIdentityNotReturned", ""),
}
PAGES = {alert for alert, idp in STORY.values() if not idp}
BUDGET = "VigieAnnualBudgetBurns"
"""Half a minute of downtime within one minute is a lot: it may be told once what explains it is over."""


@dataclass(frozen=True)
class Told:
    """What the story was, and what came of it."""

    acts: dict[str, float]  # title -> when it first began, Unix seconds
    posts: list[Delivery]
    mails: list[Mail]
    refused: int
    fired: set[tuple[str, str]]  # alert and IdP, as Prometheus itself has them
    logs: str

    def posted(self, status: str = "firing") -> set[tuple[str, str]]:
        return {(post.name, post.labels.get("idp", "")) for post in self.posts if post.status == status}


@pytest.fixture(scope="module")
def told(real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("alerts")
    rules = folder / "rules.yml"
    assert write_rules(["--faster", str(FASTER), "--output", str(rules)]) == 0
    port = free_port("127.0.0.1")
    demo = Server(
        "vigie demo",
        [str(Path(sys.executable).with_name("vigie")), "demo", "--for", "600", "--port", str(port)],
        ready=answers(f"http://127.0.0.1:{port}/readyz"),
        log=folder / "demo.log",
        env={"XDG_STATE_HOME": str(folder)},
    )
    with Receiver() as receiver, Mails() as mails:
        routes = quickened(ROOT / "config/alertmanager/alertmanager.yml", FASTER, hook=receiver.url, smtp_port=mails.port, directory=folder)
        with Alertmanager(folder, routes) as alertmanager:
            try:
                demo.start()
                began = time.monotonic()
                targets = {"vigie": [f"127.0.0.1:{port}"]}
                with AlertingPrometheus(folder, targets, rules=[rules], alertmanager=alertmanager.port) as prometheus:
                    while demo.running and time.monotonic() - began < WATCHED_S:
                        time.sleep(0.2)
                    fired = prometheus.query('max by (alertname, idp) (max_over_time(ALERTS{alertstate="firing"}[5m]))')
            finally:
                demo.stop()
            acts = json.loads((folder / "vigie/demo/story.json").read_text("utf-8"))
            return Told(
                {act["title"]: act["at_us"] / 1e6 for act in reversed(acts)},
                receiver.deliveries,
                mails.kept,
                receiver.refused,
                {(sample.labels["alertname"], sample.labels.get("idp", "")) for sample in fired},
                demo.tail() + alertmanager.server.tail(),
            )


@pytest.mark.parametrize("act", STORY)
def test_each_alert_of_the_story_reaches_the_ticket_receiver_within_a_minute(told: Told, act: str) -> None:
    alert, idp = STORY[act]
    came = [post.at_s for post in told.posts if (post.name, post.labels.get("idp", "")) == (alert, idp) and post.status == "firing"]
    assert came, f"{alert} was not delivered; delivered: {told.posted()}; fired: {told.fired}\n{told.logs}"
    assert 0 < came[0] - told.acts[act] < WITHIN_S


def test_what_an_alert_explains_is_not_delivered_at_all(told: Told) -> None:
    explained = {(alert, idp) for alert, idp in told.fired if alert == "VigieIdpUnavailable" and idp != "ameli"}
    assert len(explained) >= 3, f"C3 had something to explain: {told.fired}"
    assert told.posted() & explained == set()


def test_nothing_else_is_delivered(told: Told) -> None:
    assert told.posted() - set(STORY.values()) <= {(BUDGET, "")}
    assert told.refused == 0


@pytest.mark.parametrize("alert", sorted(PAGES))
def test_on_call_staff_is_told_by_mail_with_the_way_to_its_runbook(told: Told, alert: str) -> None:
    (act,) = (act for act, (name, _) in STORY.items() if name == alert)
    mails = [mail for mail in told.mails if mail.to == ON_CALL and f"/{alert}.md" in mail.text and mail.subject.startswith("[FIRING]")]
    assert mails, f"{[(mail.to, mail.subject) for mail in told.mails]}\n{told.logs}"
    assert mails[0].at_s - told.acts[act] < WITHIN_S
    assert "/d/vigie-astreinte?var-hub=" in mails[0].text
    assert "<error" not in mails[0].text
    assert (RUNBOOKS / f"{alert}.md").is_file()


def test_on_call_staff_is_woken_by_pages_only(told: Told) -> None:
    woken = {
        line.rpartition("/")[2].removesuffix(".md")
        for mail in told.mails
        if mail.to == ON_CALL
        for line in mail.text.splitlines()
        if ".md" in line
    }
    assert woken == PAGES


def test_the_end_is_told_too(told: Told) -> None:
    assert ("VigieMireMissing", "") in told.posted("resolved")
    assert any(mail.subject == "[RESOLVED] C1 : fc n'affiche pas la mire" for mail in told.mails)
