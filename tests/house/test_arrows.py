"""The import contracts name what they must, and what is imported is declared:
a dependency added later does not slip past.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.paths import ROOT, files, tree

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def imported_by(source: ast.Module) -> Iterator[str]:
    """The top-level modules that a source imports."""
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def test_every_module_that_the_packages_import_is_of_a_declared_dependency() -> None:
    declared = {canonicalize_name(Requirement(text).name) for text in PROJECT["project"]["dependencies"]}
    known = {module for module, owners in packages_distributions().items() if declared & {canonicalize_name(owner) for owner in owners}}
    allowed = known | set(PACKAGES) | sys.stdlib_module_names | {"compression"}  # of the standard library, since Python 3.14
    sources = [name for name in files() if name.parts[0] in PACKAGES and name.suffix == ".py"]
    strays = {f"{name}: {module}" for name in sources for module in imported_by(tree(name)) if module not in allowed}
    assert len(sources) > len(PACKAGES)
    assert strays == set()


def test_no_runtime_dependency_is_allowed_in_the_core() -> None:
    asked = {canonicalize_name(Requirement(text).name) for text in PROJECT["project"]["dependencies"]}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if asked & {canonicalize_name(distribution) for distribution in distributions} and not module.startswith("_")
        # ada-url names folders of its own project, which are no modules, as its modules
        if module not in ("build", "docs", "requirements", "tests", "wheelhouse")
    }
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (core,) = (contract for contract in contracts if "probe.clock" in contract.get("source_modules", ()))
    assert modules - set(core["forbidden_modules"]) == set()
    assert len(modules) >= len(asked)


def test_every_package_of_the_wheel_is_under_the_contracts() -> None:
    assert PROJECT["tool"]["importlinter"]["root_packages"] == PACKAGES
