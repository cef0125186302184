"""The two grammars of subjects are each on one page: nothing else takes such a text apart or puts
it together.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.paths import files, parsed, tree

HOMES = {"probe/core/judgement/subject.py", "probe/core/incident/scope.py"}
# `idp:NAME` is a party there, that a host belongs to: no subject
PARTIES = {"probe/config/resolve.py"}
_PREFIXES = re.compile(r"(idp|slow|intermittent|rule):(?!\s)")


def grammar_in(source: ast.Module) -> Iterator[str]:
    """Each place where a source knows how a subject is written: `line: text`."""
    nodes = list(ast.walk(source))
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose and _PREFIXES.match(node.value):
            yield f"{node.lineno}: {node.value}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("partition", "split", "rpartition"):
            held = ast.unparse(node.func.value)
            if "subject" in held and any(isinstance(each, ast.Constant) and each.value == ":" for each in node.args):
                yield f"{node.lineno}: {held}"


def test_no_other_module_knows_how_a_subject_is_written() -> None:
    sources = [name for name in files() if name.suffix == ".py" and name.parts[0] in ("probe", "exporters", "benchmarks")]
    others = [name for name in sources if str(name) not in HOMES | PARTIES]
    assert len(others) < len(sources)
    found = {f"{name}:{place}" for name in others for place in grammar_in(tree(name))}
    assert found == set()


@pytest.mark.parametrize(
    "source",
    ['kind, _, name = scope.subject.partition(":")', 'subject.startswith("idp:")', 'f"slow:{idp}"', 'of = subject.split(":", 1)[1]'],
)
def test_a_second_parser_would_be_seen(source: str) -> None:
    assert list(grammar_in(parsed(source)))
