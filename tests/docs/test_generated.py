"""Pages that are drawn from the code say what the code says."""

import re
from pathlib import Path

import pytest

from probe.core.judgement.diagram import markdown as transitions
from simulator.__main__ import make_parser
from simulator.faults import markdown as faults

DOCS = Path(__file__).parents[2] / "docs"


def test_the_diagram_of_the_transitions_is_drawn_from_the_code() -> None:
    assert (DOCS / "transitions.md").read_text(encoding="utf-8") == transitions()


@pytest.mark.parametrize("state", ["new", "good", "good_doubted", "bad", "bad_recovering"])
def test_every_state_of_a_signal_is_on_the_diagram(state: str) -> None:
    assert f" {state} -->" in transitions()


def test_the_page_of_the_simulators_faults_is_drawn_from_the_code() -> None:
    page = (DOCS / "simulator.md").read_text(encoding="utf-8")
    assert faults() in page


def test_the_page_of_the_simulator_has_every_option_of_its_command() -> None:
    page = (DOCS / "simulator.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z-]+", make_parser().format_help())) - {"--help"}
    assert len(options) > 10
    assert [name for name in sorted(options) if f"| `{name}" not in page] == []
