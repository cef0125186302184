"""`vigie outages OUTAGE` and `vigie observation N`: what the ledger still has of a past failure."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from exporters.http.openapi import description
from probe.core.judgement.observation import Hop, Observation, Outcome, Step
from probe.ledger.writer import Writer
from tests.builders import BEGUN, SECOND, a_day
from tests.cli.conftest import Call
from tests.fakes.recorder import ImmediateRecorder, ledger

GONE = "fc/C1@2026-01-01T00:01:00.000000Z"
ERROR_ID, REQUEST_ID = "0b8d9c66-1d8e-4a52-9f6c-8b1f6ef0a7c1", "5f0c2a8e-91d3-4c7b-a6e2-0d9b7c41e001"


def evidence(one: Observation) -> Observation:
    hop = Hop(Step.MIRE, "GET", "hub.example", "/mire", 500, request_id=REQUEST_ID)
    return replace(one, error_id=ERROR_ID, hops=(hop,), extract="une page") if one.outcome is Outcome.FAILED else one


@pytest.fixture
def told(config: Path) -> Path:
    """A configuration whose ledger holds a day, with evidence."""
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine).keep(map(evidence, a_day()))
    return config


def as_described(name: str, answer: object) -> bool:
    components = {"schemas": description()["components"]["schemas"]}
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components}).is_valid(answer)


def test_the_list_leads_to_each_outage_and_that_to_its_observations(call: Call, told: Path) -> None:
    listed = json.loads(call("outages", "--json", "--config", told).stdout)
    gone = next(one for one in listed if one["id"] == GONE)
    assert (gone["error_id"], gone["request_id"]) == (ERROR_ID, REQUEST_ID)
    story = json.loads(call("outages", gone["id"], "--json", "--config", told).stdout)
    assert as_described("OutageStory", story)
    assert story["observations"][0]["number"] == gone["observation"]
    one = json.loads(call("observation", gone["observation"], "--json", "--config", told).stdout)
    assert as_described("Observation", one)
    assert one == story["observations"][0]


@pytest.mark.parametrize(("language", "words"), [("fr", ("Observation n°", "identifiants")), ("en", ("Observation no.", "request ids"))])
def test_an_outage_is_told_with_the_trace_that_explains_it(call: Call, told: Path, language: str, words: tuple[str, ...]) -> None:
    told.write_text(told.read_text().replace("language: en", f"language: {language}"))
    shown = call("outages", GONE, "--config", told)
    assert shown.exit_code == 0
    for word in (GONE, ERROR_ID, "GET hub.example/mire", f"{REQUEST_ID[:-3]}*", *words):
        assert word in shown.stdout
    assert shown.stdout.count("hub.example/mire") == 1
    every = call("outages", GONE, "--trace", "--config", told).stdout
    assert every.count("hub.example/mire") == 3
    assert "--limit" in call("outages", GONE, "--limit", "2", "--config", told).stdout


def test_a_name_without_seconds_and_any_instant_within_find_it(call: Call, told: Path) -> None:
    for name in ("fc/C1@2026-01-01T00:01Z", "fc/mire_missing@2026-01-01T01:01:15+01:00"):
        assert json.loads(call("outages", name, "--json", "--config", told).stdout)["id"] == GONE


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["outages", "C1"], "'C1' names no outage"),
        (["outages", "fc/C1@noon"], "'noon' is no instant"),
        (["outages", "fc/C1@2026-01-01T00:00Z"], "the ledger knows no outage fc/C1@2026-01-01T00:00:00.000000Z"),
        (["outages", GONE, "--hub", "fc"], "are for the list"),
        (["outages", GONE, "--limit", "0"], "--limit"),
        (["observation", "0"], "0 is not in the range"),
        (["observation", "x"], "'x' is not a valid integer"),
        (["observation", "9999"], "there is no observation 9999"),
    ],
)
def test_what_is_not_there_is_said_with_status_2(call: Call, told: Path, arguments: list[str], problem: str) -> None:
    done = call(*arguments, "--config", told)
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr


def test_what_retention_took_is_said(call: Call, told: Path) -> None:
    with ledger(told.with_suffix(".db")) as engine:
        Writer(engine).forget(BEGUN + 80 * SECOND)
    done = call("observation", "1", "--config", told)
    assert (done.exit_code, done.stderr) == (2, "observation 1 was deleted when its retention time was over\n")
    shown = call("outages", GONE, "--config", told)
    assert shown.exit_code == 0
    assert "no longer" in shown.stdout
