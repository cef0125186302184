"""The whole walk on the simulated federation: an IdP breaks down and is deactivated until it is
well; then all of them break down.

Everything is done as people do it: the federation is broken, commands are run, the page is read,
an automation hears of each step.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from probe.audit.verify import verify
from probe.core.judgement.condition import C3
from tests.fakes.recorder import ledger
from tests.service.running import Running, Simulator, simulating, vigie

ONE, OTHERS = "ameli", ("yris", "msa")
SECRET = "a secret of the hub's automation"


class Automation:
    """What the hub's administrators run: it hears of each step,
    and believes only what is signed.
    """

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        automation = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                signed = f"{self.headers['x-vigie-timestamp']}.".encode() + body
                expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
                believed = hmac.compare_digest(self.headers["x-vigie-signature"], expected)
                if believed:
                    automation.heard.append(json.loads(body))
                self.send_response(204 if believed else 401)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def steps(self) -> list[str]:
        return [one["step"] for one in self.heard]


@pytest.fixture
def automation() -> Iterator[Automation]:
    made = Automation()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with simulating(tmp_path / "federation", "--interval", "2s", "--time-scale", "1", "--idps", ",".join((ONE, *OTHERS))) as running:
        yield running


@pytest.fixture
def watch(simulator: Simulator, automation: Automation, tmp_path: Path) -> Iterator[Running]:
    secret = tmp_path / "hook"
    secret.write_text(SECRET, "utf-8")
    secret.chmod(0o600)

    def short(document: dict[str, Any]) -> None:
        document["support"] = {"tick": "200ms", "settle": "2s", "reopen_within": "2s"}
        document["deactivation"] = {
            "after": "4s",
            "recovery": "4s",
            "failing": {"window": "20s"},
            "webhook": {"url": automation.url, "secret": {"file": str(secret)}},
        }

    with Running(simulator.config(tmp_path / "vigie.yml", short)) as running:
        running.wait(lambda one: one.ready(), "the first round")
        yield running


PATIENCE_S = 120.0


def incidents(watch: Running) -> list[dict[str, Any]]:
    told = vigie("incidents", "list", "--all", "--json", config=watch.config)
    assert told.returncode == 0, told.stderr
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return sorted(found, key=lambda one: one["number"])


def standing(watch: Running, idp: str = ONE) -> str:
    """Where its flag stands, by the metrics page."""
    hub = watch.page()
    lines = [line for line in hub if line.startswith("vigie_idp_flag{") and f'idp="{idp}"' in line and line.endswith(" 1.0")]
    return lines[0].split('state="')[1].split('"')[0]


def test_an_idp_is_deactivated_until_it_is_well_and_all_idps_down_are_one_incident(
    simulator: Simulator, watch: Running, automation: Automation
) -> None:
    simulator.set(ONE, "down")
    watch.wait(lambda one: one.total("vigie_incidents_open", severity="2", state="new"), "an incident of severity 2 opens", PATIENCE_S)
    found = incidents(watch)
    assert len(found) == 1, found
    [outage] = found
    assert (outage["severity"], outage["idp"], outage["origin"]) == (2, ONE, "idp")

    watch.wait(lambda one: standing(one) == "proposed", "its deactivation is proposed", PATIENCE_S)
    approved = vigie("idp", "approve", ONE, "--author", "Ada", config=watch.config)
    assert approved.returncode == 0, approved.stderr
    simulator.set(ONE, "hidden")  # the hub's administrators take its tile away
    watch.wait(lambda one: standing(one) == "deactivated", "the mire confirms that its tile is gone", PATIENCE_S)
    assert watch.total("vigie_condition_active") == 0

    simulator.clear()
    simulator.set(ONE, "hidden")  # the IdP is back, its tile not yet
    watch.wait(lambda one: standing(one) == "recovered", "asked directly it is well for long enough", PATIENCE_S)
    watch.wait(
        lambda _: [one["state"] for one in incidents(watch) if one["idp"] == ONE] == ["resolved"], "its incident is resolved", PATIENCE_S
    )
    simulator.clear()
    watch.wait(lambda one: standing(one) == "none", "its tile is back", PATIENCE_S)
    watch.wait(
        lambda _: automation.steps() == ["proposed", "approved", "deactivated", "recovered", "reactivated"],
        "all steps were told",
        PATIENCE_S,
    )
    assert [one["author"] for one in automation.heard] == ["vigie", "Ada", "vigie", "vigie", "vigie"]

    for idp in (ONE, *OTHERS):
        simulator.set(idp, "down")
    watch.wait(lambda one: one.total("vigie_incidents_open", severity="1", state="new"), "an incident of severity 1 opens", PATIENCE_S)
    watch.wait(lambda one: one.total("vigie_idp_flag_guarded") == 3, "every IdP would be flagged, and a guard forbids it", PATIENCE_S)
    open_ones = [one for one in incidents(watch) if one["state"] == "new"]
    assert [(one["severity"], one["subject"]) for one in open_ones] == [(1, C3)]
    assert {standing(watch, idp) for idp in (ONE, *OTHERS)} == {"none"}

    assert watch.stop() == 0
    with ledger(watch.config.with_suffix(".db")) as engine, engine.connect() as connection:
        assert verify(connection).findings == []
