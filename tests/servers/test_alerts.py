"""The demonstration's story, as on-call staff is told of it: by a real Prometheus with our rules,
and a real Alertmanager with our routes.

The federation, the faults and the pace are the demonstration's:
journeys run every two seconds where sixty is the default. So the rules and the routes are those
that are committed, thirty times faster. An act lasts until it is told,
so that a busy machine may take its time.
"""

import itertools
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dashboards.rules.__main__ import main as write_rules
from dashboards.rules.document import alerts
from dashboards.rules.model import AlertSeverity, AlertTopic, RuleSettings
from probe.cli.demo import INTERVAL, TIME_SCALE
from probe.cli.demo_scenarios import SCENARIOS, Scene
from tests.house.paths import ROOT
from tests.servers.alertmanager import AlertingPrometheus, Alertmanager, Delivery, Mail, Mails, Receiver, quickened
from tests.servers.processes import Server, free_port
from tests.servers.vigie import Vigie

FASTER = 30
WITHIN_S = 60.0
ON_CALL, RUNBOOKS = "astreinte@example.org", ROOT / "docs/runbooks"
STORY = {
    "Ameli.fr breaks down": ("VigieIdpUnavailable", "ameli"),
    "Every identity provider goes down": ("VigieAllIdpsUnavailable", ""),
    "The mire is gone: the hub answers 503": ("VigieMireMissing", ""),
    "The civil registry is gone: the login succeeds, the identity is lost": ("VigieIdentityNotReturned", ""),
}
PAGES = {alert for alert, idp in STORY.values() if not idp}
ALSO = {("VigieAnnualBudgetBurns", ""), ("VigieIdpFlagged", "ameli"), ("Watchdog", "")}
"""What follows from the story, sooner or later: half a minute of downtime in a minute,
and an IdP that failed half of its journeys; and the alert that always fires.
"""
WATCH = {alert.name for alert in alerts(RuleSettings()) if alert.about is AlertTopic.WATCH}
"""Of a machine that is too busy for a watch thirty times as fast as usual. People are told,
rightly; it is not of the story.
"""


EXPLAINED_S = 6.0
"""After C3 was told: time enough for the alert of each IdP to fire,
and to be delivered if nothing silenced it.
"""


@dataclass(frozen=True)
class Told:
    """What the story was, and what came of it."""

    acts: dict[str, float]  # title -> when it began, Unix seconds
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
    with Receiver() as receiver, Mails() as mails, Simulator(folder) as simulator:
        routes = quickened(ROOT / "config/alertmanager/alertmanager.yml", FASTER, hook=receiver.url, smtp_port=mails.port, directory=folder)
        with Alertmanager(folder, routes) as alertmanager, Vigie(simulator.config) as vigie:
            targets = {"vigie": [vigie.address]}
            with AlertingPrometheus(folder, targets, rules=[rules], alertmanager=alertmanager.port) as prometheus:
                vigie.until_well(0)
                acts = {act.english: _played(act, simulator, vigie, receiver) for act in SCENARIOS["story"] if act.faults}
                _until(lambda: any(post.status == "resolved" and post.name in PAGES for post in receiver.deliveries))
                fired = prometheus.query('max by (alertname, idp) (max_over_time(ALERTS{alertstate="firing"}[10m]))')
            logs = vigie.log + alertmanager.server.tail()
    pairs = {(sample.labels["alertname"], sample.labels.get("idp", "")) for sample in fired}
    return Told(acts, receiver.deliveries, mails.kept, receiver.refused, pairs, logs)


def _played(act: Scene, simulator: "Simulator", vigie: Vigie, receiver: Receiver) -> float:
    """When the act began, Unix seconds: it is broken, told (or not, for a minute), mended,
    and over.
    """
    began = time.time()
    simulator.breaks(act)
    _until(lambda: STORY[act.english] in {(post.name, post.labels.get("idp", "")) for post in receiver.deliveries})
    if STORY[act.english][0] == "VigieAllIdpsUnavailable":
        time.sleep(EXPLAINED_S)
    mended = time.time()
    simulator.mends()
    vigie.until_well(mended, WITHIN_S)
    return began


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)


class Simulator:
    """The demonstration's federation, as `vigie demo` starts it: a context manager.
    `config` is Vigie's configuration for it.
    """

    def __init__(self, folder: Path) -> None:
        self.config = folder / "federation/vigie.yml"
        self._log = folder / "federation.log"
        words = ["--state-dir", str(self.config.parent), "--interval", INTERVAL, "--time-scale", TIME_SCALE]
        self._server = Server("simulator", [sys.executable, "-m", "simulator", *words], ready=self._ready, log=self._log)

    def _ready(self) -> bool:
        return self.config.is_file() and self._log.read_text("utf-8").endswith("}\n")

    def __enter__(self) -> "Simulator":
        self._server.start()
        self._control = str(json.loads(self._log.read_text("utf-8").splitlines()[-1])["control"])
        with self.config.open("a", encoding="utf-8") as file:
            file.write(f"\nlisten: 127.0.0.1:{free_port('127.0.0.1')}\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def breaks(self, act: Scene) -> None:
        for party, fault, options in act.faults:
            self._ask("POST", {"party": party, "fault": fault, **options})

    def mends(self) -> None:
        self._ask("DELETE")

    def _ask(self, method: str, body: object = None) -> None:
        httpx.request(method, f"{self._control}/faults", json=body, timeout=20, trust_env=False).raise_for_status()


@pytest.mark.parametrize("act", STORY)
def test_each_alert_of_the_story_reaches_the_ticket_receiver_within_a_minute(told: Told, act: str) -> None:
    alert, idp = STORY[act]
    came = [post.at_s for post in told.posts if (post.name, post.labels.get("idp", "")) == (alert, idp) and post.status == "firing"]
    assert came, f"{alert} was not delivered; delivered: {told.posted()}; fired: {told.fired}\n{told.logs}"
    assert 0 < came[0] - told.acts[act] < WITHIN_S


def test_the_watchdog_arrives_again_and_again_whatever_happens(told: Told) -> None:
    came = [post.at_s for post in told.posts if post.name == "Watchdog" and post.status == "firing"]
    assert len(came) >= 2
    assert all(later - before < 2 * WITHIN_S for before, later in itertools.pairwise(came))


def test_what_an_alert_explains_is_not_delivered_at_all(told: Told) -> None:
    explained = {(alert, idp) for alert, idp in told.fired if alert == "VigieIdpUnavailable" and idp != "ameli"}
    assert len(explained) >= 3, f"C3 had something to explain: {told.fired}"
    assert told.posted() & explained == set()


def test_nothing_else_is_delivered(told: Told) -> None:
    assert told.posted() - set(STORY.values()) <= ALSO
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
    woken = {name for mail in told.mails if mail.to == ON_CALL for name in re.findall(r"/(\w+)\.md", mail.text)}
    assert woken - WATCH - {name for name, _ in ALSO} == PAGES
    assert woken <= {alert.name for alert in alerts(RuleSettings()) if alert.severity is AlertSeverity.PAGE}


def test_the_end_is_told_too(told: Told) -> None:
    over = {name for name, _ in told.posted("resolved")} & PAGES
    assert over
    assert any(mail.to == ON_CALL and mail.subject.startswith("[RESOLVED] C") for mail in told.mails)
