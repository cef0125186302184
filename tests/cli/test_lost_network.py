"""A machine without network: one sentence, and nobody's fault but ours."""

import json
import re
from pathlib import Path

import pytest

from probe.cli.lost_network import dead_controls, is_lost
from tests.builders import journey, mire
from tests.cli.conftest import Call

SENTENCE = "No control target answers (outside): this machine has no network."


@pytest.fixture
def dead(config: Path) -> Path:
    """The same federation at ports that are closed."""
    text = config.read_text("utf-8")
    config.write_text(re.sub(r"(127\.\d+\.\d+\.\d+):\d+", r"\1:1", text), "utf-8")
    return config


def test_a_check_without_a_network_is_one_sentence(call: Call, dead: Path) -> None:
    done = call("check", "--config", dead)
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout.startswith(SENTENCE)
    assert len(done.stdout.splitlines()) == 1


def test_a_plugin_without_a_network_is_one_short_line(call: Call, dead: Path) -> None:
    done = call("check", "--plugin", "--config", dead)
    text, _, _ = done.stdout.partition(" | ")
    assert (done.exit_code, text) == (3, "VIGIE UNKNOWN - no control target answers (outside): this machine has no network")


def test_without_a_network_neither_the_hub_nor_an_idp_is_to_blame_for_any_journey(call: Call, dead: Path) -> None:
    told = json.loads(call("check", "--json", "--config", dead).stdout)
    assert {(one["outcome"], one["fault"]) for one in told["observations"] if one["kind"] != "control"} == {("inconclusive", "network")}
    assert "negative" in {one["kind"] for one in told["observations"]}
    one = call("journey", "ameli", "--config", dead)
    assert (one.exit_code, one.stdout.startswith(SENTENCE)) == (1, True)
    assert json.loads(call("journey", "ameli", "--json", "--config", dead).stdout)["fault"] == "network"


def test_a_hub_that_is_gone_alone_is_to_blame(call: Call, simulator: object, config: Path) -> None:
    text = config.read_text("utf-8")
    (issuer,) = set(re.findall(r"issuer: (http://[\d.]+:\d+)", text))
    config.write_text(text.replace(issuer, issuer.rpartition(":")[0] + ":1"), "utf-8")
    done = call("journey", "ameli", "--config", config)
    assert SENTENCE not in done.stdout
    assert "the hub" in done.stdout


def test_what_was_answered_by_anybody_is_no_lost_network() -> None:
    assert dead_controls([mire(0), journey("ameli", 1)]) == []
    assert not is_lost(mire(0))
