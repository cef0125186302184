"""The goals of a configuration: defaults, windows, and a percentage's spelling."""

from fractions import Fraction
from pathlib import Path

import pytest

from probe.config.goals import goals, other_goals
from probe.config.load import load
from probe.config.peek import peek
from probe.core.judgement.subject import C1, HUB, journey_of
from probe.core.sla.goal import CONTRACT, Goal, Goals
from probe.errors import ConfigError

HUBS_GOAL = "{availability: 99.95%, coverage: 75, unknown: 0.5 %, year: {availability: 99.5, unknown: 0%}}"
IDPS_GOAL = "{rolling: {coverage: 0.25}}"


def percent(text: str) -> Fraction:
    return Fraction(text) / 100


def test_without_a_word_the_goal_is_the_contracts(valid: Path) -> None:
    """docs/contract.md, 3: « Le taux de disponibilité annuel du dispositif est de 99,9% »."""
    hub = load(valid).hubs[0]
    assert goals(hub.goal) == goals(hub.idps[0].goal) == goals(None) == Goals(CONTRACT, CONTRACT)
    assert CONTRACT.availability == percent("99.9")
    assert other_goals([hub]) == {}


def test_a_window_takes_from_the_hubs_goal_what_it_does_not_say(valid: Path) -> None:
    text = valid.read_text("utf-8")
    text = text.replace("    issuer:", f"    goal: {HUBS_GOAL}\n    issuer:").replace(
        "        tile:", f"        goal: {IDPS_GOAL}\n        tile:"
    )
    valid.write_text(text, "utf-8")
    rolling = Goal(percent("99.95"), percent("75"), percent("0.5"))
    year = Goal(percent("99.5"), percent("75"), Fraction(0))
    told = peek(valid)
    assert told is not None
    assert told.goals_of("fc", HUB) == told.goals_of("fc", C1) == Goals(rolling, year)
    assert told.goals_of("fc", journey_of("one")) == Goals(CONTRACT._replace(coverage=percent("0.25")), CONTRACT)
    assert told.goals_of("gone", HUB) == Goals()
    assert other_goals(load(valid).hubs) == told.goals


@pytest.mark.parametrize("written", ["100%", "0", "0.0 %", "-1", "99.9999999", "99,9", "a lot", "1e2", "101", "[99]"])
def test_a_goal_that_is_none_is_refused_on_its_line_by_every_command(valid: Path, written: str) -> None:
    text = valid.read_text("utf-8").replace("    issuer:", f'    goal: {{availability: "{written}"}}\n    issuer:')
    valid.write_text(text, "utf-8")
    assert peek(valid) is None
    with pytest.raises(ConfigError) as refused:
        load(valid)
    assert [(problem.line, problem.path) for problem in refused.value.problems] == [(6, "hubs[0].goal.availability")]
