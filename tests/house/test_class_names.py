"""Each class has a name of its own, so that a name says which class is meant."""

import ast
from collections import Counter
from pathlib import Path

from tests.house.paths import files, tree

PACKAGES = ("probe", "exporters", "dashboards", "simulator")
SAME_NAME: dict[str, str] = {}
"""Names that more than one class has, and why each keeps it."""


def classes(path: Path) -> list[str]:
    """The names of a module's classes. Classes inside classes and functions are theirs alone."""
    return [node.name for node in tree(path).body if isinstance(node, ast.ClassDef)]


def repeated(names: list[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def test_no_two_classes_have_one_name() -> None:
    sources = [path for path in files() if path.suffix == ".py" and path.parts[0] in PACKAGES]
    names = [name for path in sources for name in classes(path)]
    assert len(names) > len(sources)
    assert repeated(names) == set(SAME_NAME), "give one of them another name, or say in SAME_NAME why both keep it"


def test_a_name_that_is_given_twice_is_found() -> None:
    assert repeated(["Incident", "IncidentAnswer", "_Row", "_Row"]) == {"_Row"}
