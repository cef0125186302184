"""A module and a function are short enough to be read in one go, or it is said why not."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.paths import files, parsed, text, tree

MODULE_LINES = 450
FUNCTION_LINES = 40
LONG_MODULES = {
    "exporters/http/answers.py": "a list: the models of the API, of which its document is made",
    "exporters/metrics/names.py": "a list: every name of a metric, said once",
    "probe/config/models.py": "a list: the models of the configuration, in the order of its manual",
    "probe/core/judgement/condition.py": "all of the conditions on one page",
}
LONG_FUNCTIONS = {
    "probe/service/build.py: build": "the composition root makes each part once, in the order in which they need each other",
}
"""What is longer, and why."""


def sources() -> list[Path]:
    """The modules of the program, apart from migrations, which are lists of columns."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in ("probe", "exporters") and "migrations" not in path.parts]


def long_functions(source: ast.Module) -> Iterator[str]:
    """The names of functions with more lines than allowed. Docstrings do not count."""
    for node in ast.walk(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            if (node.end_lineno or 0) - first.lineno + 1 > FUNCTION_LINES:
                yield node.name


def test_no_module_is_too_long() -> None:
    found = {str(path) for path in sources() if len(text(path).splitlines()) > MODULE_LINES}
    assert found == set(LONG_MODULES), "take it apart, or say in LONG_MODULES why it is long"


def test_no_function_is_too_long() -> None:
    found = {f"{path}: {name}" for path in sources() for name in long_functions(tree(path))}
    assert found == set(LONG_FUNCTIONS), "take it apart, or say in LONG_FUNCTIONS why it is long"


def test_a_long_function_is_found() -> None:
    body = "    x = 1\n" * FUNCTION_LINES
    assert list(long_functions(parsed(f"def short():\n    'Docstring.'\n{body}"))) == []
    assert list(long_functions(parsed(f"def long():\n{body}    x = 2\n"))) == ["long"]
