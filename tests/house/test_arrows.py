"""The import contracts name what they must: a dependency added later does not slip past them."""

import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_no_runtime_dependency_is_allowed_in_the_core() -> None:
    asked = {canonicalize_name(Requirement(text).name) for text in PROJECT["project"]["dependencies"]}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if asked & {canonicalize_name(distribution) for distribution in distributions} and not module.startswith("_")
    }
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (core,) = (contract for contract in contracts if "probe.clock" in contract.get("source_modules", ()))
    assert modules - set(core["forbidden_modules"]) == set()
    assert len(modules) >= len(asked)


def test_every_package_of_the_wheel_is_under_the_contracts() -> None:
    assert PROJECT["tool"]["importlinter"]["root_packages"] == PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
