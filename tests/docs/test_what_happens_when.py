"""docs/what-happens-when.md: its instants are the program's, its settings the defaults."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from probe.config.formats import say_duration
from probe.config.outliner import outline
from probe.core.incident.deactivation_steps import FlagTerms
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import IncidentState, Severity
from probe.core.judgement.spec import RULES as RULES_NOW
from probe.core.judgement.spec import Edge, HubSpec, IdpSpec
from probe.incidents.wording import RegisterTexts
from probe.ledger.reader import Reader
from tests.builders import BEGUN, MINUTE, SECOND, idp_down, journey, mire
from tests.fakes.recorder import ImmediateRecorder, new_ledger
from tests.fakes.watched_hub import WatchedHub, always
from tests.house.paths import ROOT

PAGE = (ROOT / "docs/what-happens-when.md").read_text("utf-8")
RULES = (ROOT / "config/prometheus/vigie.rules.yml").read_text("utf-8")
ROUTES = (ROOT / "config/alertmanager/alertmanager.yml").read_text("utf-8")
WELL_S = 20 - 60  # the last good journey before 10:00:20
ELSEWHERE = {"for: 90s": RULES, "group_wait: 30s": ROUTES}
"""Settings of Prometheus and Alertmanager that the page names."""


@pytest.fixture
def engine(tmp_path: Any) -> Iterator[Engine]:
    made = new_ledger(tmp_path / "vigie.db")
    yield made
    made.dispose()


def at(clock: str) -> int:
    """The seconds after 10:00:00 of a time of the page's day."""
    hours, minutes, seconds = map(int, clock.split(":"))
    return (hours - 10) * 3600 + minutes * 60 + seconds


def test_the_outage_of_the_example_is_dated_as_the_page_says(engine: Engine) -> None:
    spec = HubSpec(
        "fc", (IdpSpec("ameli", interval_us=60 * SECOND), IdpSpec("yris", interval_us=60 * SECOND)), edge=Edge.FINISH, rules=RULES_NOW
    )
    recorder = ImmediateRecorder(engine, spec)
    zero = 600  # 10:00:00, in seconds after the builders' beginning
    seen = [(offset, mire(zero + offset)) for offset in range(-120, at("10:32:00"), 30)]
    seen += [(offset + 1, journey("yris", zero + offset)) for offset in range(-110, at("10:32:00"), 60)]
    for offset in (*range(WELL_S - 60, at("10:32:00"), 60), at("10:00:22"), at("10:30:22")):
        fails = at("10:00:20") <= offset < at("10:30:00")
        seen.append((offset + 1, (idp_down if fails else journey)("ameli", zero + offset)))
    recorder.keep([replace(one, interval_us=60 * SECOND) for _, one in sorted(seen, key=lambda each: each[0])])
    [outage] = Reader(engine).outages(BEGUN + (zero + at("10:32:00")) * SECOND)
    assert outage.subject == "idp:ameli"
    assert outage.end_us is not None
    assert (outage.start_us - BEGUN) // SECOND - zero == at("10:00:20")
    assert (outage.end_us - BEGUN) // SECOND - zero == at("10:30:21")
    assert outage.down_us == outage.end_us - outage.start_us
    assert "dated back to 10:00:20" in PAGE
    assert "dated back to the finish of the first good journey, 10:30:21" in PAGE


def test_incident_and_proposal_come_as_long_after_its_beginning_as_the_page_says(engine: Engine) -> None:
    troubles = TroubleTerms(settle_us=2 * MINUTE, patience_us=2 * MINUTE, wording=RegisterTexts("en"))
    hub = WatchedHub(engine, always(troubles=troubles, flags=FlagTerms(failing_at_least=1_000)))
    hub.run(3)
    began = hub.now_us + 10 * SECOND
    opened = proposed = 0
    for _ in range(70):
        hub.run(1, down=["ameli"])
        opened = opened or (hub.now_us if hub.incidents() else 0)
        proposed = proposed or (hub.now_us if hub.steps("ameli") else 0)
    round_us = 11 * SECOND
    assert 0 <= opened - began - (at("10:02:20") - at("10:00:20")) * SECOND <= round_us
    assert 0 <= proposed - began - (at("10:10:20") - at("10:00:20")) * SECOND <= round_us
    assert hub.incidents()[0].severity is Severity(2)
    hub.run(3)
    assert hub.incidents()[0].state is IncidentState.RESOLVED


def default_of(path: str) -> str:
    """The default of a key, as the configuration writes it: `support.settle` is 2m."""
    section, _, key = path.partition(".")
    models = outline()["models"]
    owner = {"intervals": "Intervals", "thresholds": "Thresholds", "support": "Support", "deactivation": "Deactivation"}[section]
    shape = models[owner][key]
    return say_duration(shape["default"]) if shape.get("by") == "parse_duration" else str(shape["default"])


SETTINGS = re.findall(r"`((?:intervals|thresholds|support|deactivation)\.\w+): (\w+)`", PAGE)


def test_the_page_names_settings() -> None:
    assert len(SETTINGS) >= 8


@pytest.mark.parametrize(("path", "value"), SETTINGS)
def test_a_setting_of_the_page_has_the_default_that_it_says(path: str, value: str) -> None:
    assert default_of(path) == {"60s": "1m"}.get(value, value)


@pytest.mark.parametrize("said", ELSEWHERE)
def test_a_delay_of_prometheus_and_alertmanager_is_the_one_that_is_shipped(said: str) -> None:
    assert f"`{said}`" in PAGE
    assert said in ELSEWHERE[said]
