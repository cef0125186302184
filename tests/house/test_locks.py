"""The hashed locks pin all that pyproject.toml asks for, once, the same everywhere."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
BUILD = PROJECT["build-system"]["requires"]


def pins(lock: str) -> dict[str, str]:
    """The version of each distribution of a lock, by its canonical name."""
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)(?: ; .+)? \\", line) for line in lines]
    return {canonicalize_name(pin[1]): pin[2] for pin in found if pin}


@pytest.mark.parametrize(
    ("lock", "asked"), [("requirements.lock", RUNTIME), ("requirements-dev.lock", RUNTIME + DEV), ("requirements-build.lock", BUILD)]
)
def test_a_lock_pins_a_version_that_fits_for_everything_asked(lock: str, asked: list[str]) -> None:
    pinned = pins(lock)
    requirements = [Requirement(text) for text in asked]
    unfit = [str(need) for need in requirements if not need.specifier.contains(pinned.get(canonicalize_name(need.name), "0"))]
    assert requirements
    assert unfit == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_every_pin_of_a_lock_has_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    entries = re.findall(r"^\S+==\S+(?: ; .+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE)
    assert len(entries) == len(pins(lock)) == text.count("==") > 0


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock"])
def test_tests_run_with_the_versions_that_users_get(lock: str) -> None:
    developers = pins("requirements-dev.lock")
    assert {name: version for name, version in pins(lock).items() if developers.get(name, version) != version} == {}


def test_every_dependency_has_an_upper_bound() -> None:
    unbounded = [
        text
        for text in RUNTIME + DEV + BUILD
        if not any(clause.operator in ("<", "<=", "==", "~=") for clause in Requirement(text).specifier)
    ]
    assert unbounded == []
