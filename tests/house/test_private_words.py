"""Names of modules, classes and functions are the field's terms: none is a word that only the
authors understood.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.house.paths import files, tree

PRIVATE = frozenset(
    {
        "desk", "frontdesk", "office", "hand", "keeper", "intake", "standing", "standings",
        "shown", "tally", "settle", "settles", "settled", "follow", "follows", "followed",
        "persists", "awaited", "turning", "told", "keep", "teller", "seat", "stretch",
    }
)  # fmt: skip
"""Words that named things in 0.1 and meant several of them. The terms are in docs/glossary.md."""
TERMS = {"_in_hand": "the contract's state IN_HAND (docs/contract.md, 2.2.2)"}
"""Names that hold such a word as part of a term, and where the term comes from."""
SOURCES = sorted(path for path in files() if path.suffix == ".py" and path.parts[0] in ("probe", "exporters", "dashboards", "simulator"))


def words(name: str) -> set[str]:
    """The words of a name: of `IncidentLoop` and `incident_loop` they are incident and loop."""
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))


def names(path: Path) -> set[str]:
    """The module's own name, and those of all classes and functions in it."""
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {path.stem} | {node.name for node in ast.walk(tree(path)) if isinstance(node, definitions)}


@pytest.mark.parametrize("name", ["Desk", "FrontDesk", "take_seat", "_keep", "settle_until"])
def test_a_private_word_is_found_in_any_style_of_name(name: str) -> None:
    assert words(name) & PRIVATE


def test_no_module_class_or_function_is_named_by_a_private_word() -> None:
    found = {f"{path}: {name}" for path in SOURCES for name in names(path) - set(TERMS) if words(name) & PRIVATE}
    assert found == set()
