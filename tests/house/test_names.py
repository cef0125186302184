"""A dotted name of a module, a class or a function in a docstring, a comment or a document exists.

`probe.core.incident.rules` is a module, and `probe.core.judgement.fold.readings` a name in one:
whoever looks for it in the source must find it.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.house.paths import ROOT, files, tree

_PACKAGES = ("probe", "exporters", "dashboards", "simulator", "core", "tests")
"""`core` is none: it is refused, since it is `probe.core`."""
_DOTTED = re.compile(rf"`(?:python -m )?((?:{'|'.join(_PACKAGES)})(?:\.[A-Za-z_]\w*)+)(?:\(\))?`")
_ELSEWHERE = re.compile(r"^CHANGELOG|^tests/house/test_names\.py$|^tests/ledger/old/")
"""The changelog and the makers of old ledgers tell of names as they were;
this test has examples.
"""
_EXAMPLES = {"probe.cli.NAME", "probe.core.a", "probe.core.a.xǁSeenǁof__mutmut_4"}
"""Names that stand for others."""
SOURCES = sorted(str(name) for name in files() if name.suffix in (".py", ".md", ".toml", ".yml") and not _ELSEWHERE.search(str(name)))


def prose(name: str) -> str:
    """The text of a file that is for people: all of a document;
    of a module its strings and comments.
    """
    content = (ROOT / name).read_text(encoding="utf-8")
    if not name.endswith(".py"):
        return content
    tokens = tokenize.generate_tokens(io.StringIO(content).readline)
    return "\n".join(token.string for token in tokens if token.type in (tokenize.COMMENT, tokenize.STRING))


def missing_names(text: str) -> list[str]:
    """Every dotted name of a text that is neither a module nor a name in one."""
    return sorted({name for name in _DOTTED.findall(text) if name not in _EXAMPLES and not _exists(name)})


def _exists(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:count])
        if path.is_dir() and (path / "__init__.py").exists():
            return count == len(parts) or _has(path.relative_to(ROOT) / "__init__.py", tuple(parts[count:]))
        if path.with_suffix(".py").exists():
            return _has(path.relative_to(ROOT).with_suffix(".py"), tuple(parts[count:]))
    return False


def _has(path: Path, names: tuple[str, ...]) -> bool:
    """Whether a module defines or imports the first name, and the class of that name the second."""
    if not names:
        return True
    body = tree(path).body
    found = [node for node in body if names[0] in _defined(node)]
    if len(names) == 1 or not found:
        return bool(found)
    members = found[-1].body if isinstance(found[-1], ast.ClassDef) else []
    own = {name for node in members for name in _defined(node)}
    own |= {target.attr for node in members for target in ast.walk(node) if isinstance(target, ast.Attribute)}
    return names[1] in own


def _defined(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module or of a class gives a value."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for each in targets for target in ast.walk(each) if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (each.asname or each.name for each in names)
        case _:
            pass


def test_every_dotted_name_in_prose_exists() -> None:
    """One test looks at all files: a test for each would cost more than what it does."""
    missing = {name: missing_names(prose(name)) for name in SOURCES}
    assert {name: found for name, found in missing.items() if found} == {}


def test_a_name_that_is_not_there_is_found() -> None:
    assert missing_names("`probe.core.judgement.fold` and `probe.core.judgement.fold.readings`") == []
    assert missing_names("`probe.core.judgement.signal.Cause.on_hub`, `probe.config.load.load()`") == []
    wrong = ["core.incident.rules", "probe.core.judgement.signal.Cause.no_field", "probe.core.judgement.signal.Reason_", "probe.history"]
    assert missing_names(", ".join(f"`{each}`" for each in wrong)) == wrong
