"""docs/incidents.md says what the code does: its diagrams are the modules' own,
and it has every code of a refusal.
"""

import re
from pathlib import Path
from types import ModuleType

import pytest

from probe.core.incident import closing, deactivation, rules
from probe.core.incident.clocks import FIGURE_2, ROLES
from probe.core.incident.model import OPEN, ActKind, IncidentState

PAGE = (Path(__file__).parents[3] / "docs" / "incidents.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", [rules, deactivation], ids=["rules", "deactivation"])
def test_its_diagrams_are_the_modules_own(module: ModuleType) -> None:
    drawn = [line.strip() for line in (module.__doc__ or "").splitlines() if "-->" in line]
    assert len(drawn) >= 4
    shown = [line.strip() for line in PAGE.splitlines()]
    assert [line for line in drawn if line not in shown] == []


def test_every_code_of_a_refusal_is_on_it() -> None:
    source = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (rules, closing))
    codes = set(re.findall(r'RefusedActError\("(\w+)"', source)) | set(re.findall(r'(?:_must_\w+)\([^)]*"((?:not|too)_\w+)"', source))
    assert {"unknown", "machine_lowers", "too_early", "not_confirmed", "not_agreed"} <= codes
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE] == []


def test_its_table_has_the_states_in_which_each_act_may_be_done() -> None:
    """As `rules` holds them, when every act is tried in every state."""
    rows = re.findall(r"^\| ([a-z, ]+) \| ([a-z, ]+) \|", PAGE, re.MULTILINE)
    named: dict[str, set[IncidentState]] = {}
    for kinds, states in rows:
        for kind in kinds.split(", "):
            if kind in {each.value for each in ActKind}:
                named[kind] = _states(states)
    assert named["acknowledged"] == {IncidentState.NEW}
    assert {"resolved", "merged", "reopened", "severity", "notified"} <= set(named)
    held = {
        kind.value: set(states) for kind, states in rules._WHEN.items() if kind not in (ActKind.OPENED, ActKind.CLOSED, ActKind.ESCALATED)
    }
    assert {kind: states for kind, states in named.items() if kind in held} == held


def _states(words: str) -> set[IncidentState]:
    found: set[IncidentState] = set()
    for word in words.split(", "):
        found |= set(OPEN) if word == "open ones" else {IncidentState(word)} if word in set(IncidentState) else set()
    return found


def test_every_escalation_has_a_role_that_the_configuration_can_name() -> None:
    assert {each.role for each in FIGURE_2.values()} == set(ROLES)
    assert all(f"{role}:" in PAGE for role in ROLES)
