"""Real Alertmanagers deliver to the API, as `vigie run` serves it: one incident, however often and
by however many it is told.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.register import configuration, incident_service
from tests.servers.alertmanager import Alertmanager
from tests.servers.processes import free_port
from tests.service.running import Running

PASSWORD = "password-of-the-pair"
PATIENCE_S = 120.0


def receiver(port: int, **http: Any) -> dict[str, Any]:
    """A configuration that delivers at once, and again every second."""
    hook = {"url": f"http://127.0.0.1:{port}/api/v1/alertmanager", "send_resolved": True, "http_config": http}
    route = {"receiver": "vigie", "group_by": ["alertname"], "group_wait": "100ms", "group_interval": "1s", "repeat_interval": "1s"}
    return {"route": route, "receivers": [{"name": "vigie", "webhook_configs": [hook]}]}


class Pair:
    """`vigie run`, and two Alertmanagers that know nothing of each other: one with basic
    authentication, one with a token.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port("127.0.0.1")
        self.path = configuration(
            folder,
            listen=f"127.0.0.1:{self.port}",
            api={"alertmanager": {"user": "alertmanager", "password": {"file": "password"}}, "tokens": {"ada": {"file": "token"}}},
        )
        for name, secret in (("password", PASSWORD), ("token", "token-of-ada-0123456789")):
            (folder / name).write_text(secret, "utf-8")
            (folder / name).chmod(0o600)
        self.managers = [Alertmanager(self._folder(folder, name), receiver(self.port, **self._basic())) for name in ("first", "second")]

    @staticmethod
    def _folder(folder: Path, name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    @staticmethod
    def _basic() -> dict[str, Any]:
        return {"basic_auth": {"username": "alertmanager", "password": PASSWORD}}

    def tell(self, *alerts: Mapping[str, Any], only: int | None = None) -> None:
        """As Prometheus does: to every Alertmanager."""
        for number, manager in enumerate(self.managers):
            if only in (None, number):
                url = f"http://127.0.0.1:{manager.port}/api/v2/alerts"
                httpx.post(url, json=list(alerts), timeout=10, trust_env=False).raise_for_status()

    def incidents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("incidents?state=all")["incidents"]
        return found

    def story(self, number: int) -> dict[str, Any]:
        return self._get(f"incidents/{number}")

    def _get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": "Bearer token-of-ada-0123456789"}
        answer = httpx.get(f"http://127.0.0.1:{self.port}/api/v1/{path}", headers=headers, timeout=20, trust_env=False)
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    def delivered(self, number: int) -> float:
        """How many notifications an Alertmanager has delivered by webhook."""
        page = httpx.get(f"http://127.0.0.1:{self.managers[number].port}/metrics", timeout=10, trust_env=False).text
        values = {
            line.split(" ")[0]: float(line.split(" ")[1]) for line in page.splitlines() if line.startswith("alertmanager_notifications_")
        }
        failed = values['alertmanager_notifications_failed_total{integration="webhook"}']
        assert failed == 0, "a notification was refused"
        return values['alertmanager_notifications_total{integration="webhook"}']

    def until(self, holds: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"still not: {what}; {json.dumps(self.incidents())}"
            time.sleep(0.2)

    def both_deliver(self, more: int = 2) -> None:
        """Wait until each has delivered so many notifications more."""
        before = [self.delivered(number) for number in (0, 1)]
        self.until(lambda: all(self.delivered(number) >= before[number] + more for number in (0, 1)), "both delivered")


@pytest.fixture
def pair(real_servers: None, tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    with ExitStack() as running:
        running.enter_context(Running(made.path)).wait(lambda vigie: vigie.port(), "it listens")
        for manager in made.managers:
            running.enter_context(manager)
        yield made


def alert(starts: datetime, ends: datetime | None = None, **labels: Any) -> dict[str, Any]:
    """As Prometheus sends it: an end in the future keeps it firing."""
    until = ends or datetime.now(UTC) + timedelta(minutes=5)
    return {
        "labels": {"hub": "fc", **labels},
        "annotations": {"summary": "Ameli ne répond plus"},
        "startsAt": f"{starts:%Y-%m-%dT%H:%M:%S.%f}Z",
        "endsAt": f"{until:%Y-%m-%dT%H:%M:%S.%f}Z",
        "generatorURL": "http://prometheus.example/graph",
    }


def test_the_same_alert_through_two_alertmanagers_is_one_incident_from_its_beginning_to_its_end(pair: Pair) -> None:
    starts = datetime.now(UTC) - timedelta(minutes=1)
    labels: Any = {"alertname": "VigieIdpUnavailable", "idp": "ameli", "vigie_severity": "2"}
    pair.tell(alert(starts, **labels))
    pair.until(pair.incidents, "an incident is open")
    pair.both_deliver()
    (incident,) = pair.incidents()
    assert (incident["subject"], incident["severity"], incident["state"], incident["origin"]) == ("idp:ameli", 2, "new", "alert")
    assert incident["began"] == f"{starts:%Y-%m-%dT%H:%M:%S.%f}Z"
    story = [one["kind"] for one in pair.story(1)["acts"]]

    # the other Prometheus saw it first: the same occurrence
    pair.tell(alert(starts - timedelta(seconds=20), **labels))
    pair.both_deliver()
    pair.tell(alert(starts, alertname="VigieIdpFlagged", idp="ameli", vigie_severity="2"))
    pair.until(lambda: len(pair.story(1)["acts"]) == len(story) + 1, "another alert of its scope is attached")
    pair.both_deliver()
    assert (len(pair.incidents()), len(pair.story(1)["acts"])) == (1, len(story) + 1)

    ends = datetime.now(UTC)
    pair.tell(
        alert(starts - timedelta(seconds=20), ends, **labels),
        alert(starts, ends, alertname="VigieIdpFlagged", idp="ameli", vigie_severity="2"),
    )
    pair.until(lambda: pair.incidents()[0]["state"] == "resolved", "it is resolved")
    (incident,) = pair.incidents()
    assert incident["ended"][:22] == f"{ends:%Y-%m-%dT%H:%M:%S.%f}"[:22]
    settled = pair.story(1)["acts"]
    pair.tell(alert(starts, ends, **labels), only=1)
    time.sleep(2.5)
    assert pair.story(1)["acts"] == settled


def test_grouped_alerts_go_each_to_its_scope_and_are_in_the_register_for_every_reader(pair: Pair) -> None:
    starts = datetime.now(UTC) - timedelta(seconds=30)
    pair.tell(*(alert(starts, alertname="VigieIdpUnavailable", idp=idp, vigie_severity="2") for idp in ("ameli", "yris", "msa")))
    pair.until(lambda: len(pair.incidents()) == 3, "each IdP has its incident")
    pair.both_deliver()
    with incident_service(pair.path) as (_, service):
        assert sorted(one.scope.subject for one in service.incidents()) == ["idp:ameli", "idp:msa", "idp:yris"]


def test_a_group_with_odd_alerts_opens_the_incident_of_the_condition(pair: Pair) -> None:
    """What is refused Alertmanager gives up for ever; so none of these may be, and it must not say
    that one was.
    """
    starts = datetime.now(UTC) - timedelta(seconds=30)
    condition = alert(starts, alertname="Group", condition="mire_missing", vigie_severity="1")
    long = alert(starts, alertname="Group", instance="long")
    long["annotations"]["description"] = "hôte, " * 200_000
    many = alert(starts, alertname="Group", instance="many")
    many["labels"] |= {f"label_{number}": "x" * 100 for number in range(300)}
    elsewhere = {**alert(starts, alertname="Group", instance="elsewhere"), "generatorURL": "http://prometheus.example/" + "x" * 50_000}
    elsewhere["labels"]["hub"] = "another"
    pair.tell(long, many, elsewhere, condition)
    pair.until(lambda: len(pair.incidents()) == 2, "the condition has its incident, and the rule its own")
    pair.both_deliver()
    assert {(one["subject"], one["severity"], one["state"]) for one in pair.incidents()} == {
        ("mire_missing", 1, "new"),
        ("rule:Group", 3, "new"),
    }

    pair.tell(*({**one, "endsAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"} for one in (long, many, elsewhere, condition)))
    pair.until(lambda: {one["state"] for one in pair.incidents()} == {"resolved"}, "both are resolved")


def test_every_alert_of_a_large_group_is_in_the_register(pair: Pair) -> None:
    """However long it takes: when Alertmanager loses patience it comes again, and what was taken
    changes nothing.
    """
    starts = datetime.now(UTC) - timedelta(seconds=30)
    group = [alert(starts, alertname="Group", instance=f"node-{number}", note="x" * 2_000) for number in range(600)]
    pair.tell(*group, alert(starts, alertname="Group", condition="mire_missing"), only=0)
    pair.until(lambda: len(pair.incidents()) == 2, "both have their incident")
    (rule,) = (one["number"] for one in pair.incidents() if one["subject"] == "rule:Group")
    pair.until(lambda: facts(pair, rule) == 599, "each alert is there, once: one opened it, the others are facts of it")


def facts(pair: Pair, number: int) -> int:
    return [one["kind"] for one in pair.story(number)["acts"]].count("evidence")
