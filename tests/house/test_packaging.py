"""The wheel holds what it must, and nothing else."""

import subprocess
import sys
import tomllib
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.paths import ROOT, files

PACKAGES = ("dashboards", "exporters", "probe", "simulator")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout by the locked build backend."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


def names_in(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata_of(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode("utf-8"))


def test_the_wheel_is_pure_python_and_named_after_the_distribution(wheel: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert wheel.name == f"vigie_fc-{version}-py3-none-any.whl"


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    expected = {name.as_posix() for name in files() if name.parts[0] in PACKAGES}
    assert any(name.startswith("probe/config/profiles/") and name.endswith(".yml") for name in expected)
    assert expected - names_in(wheel) == set()


def test_the_wheel_holds_the_commented_configuration(wheel: Path) -> None:
    shared = {name.partition(".data/data/share/vigie/")[2] for name in names_in(wheel)} - {""}
    assert shared == {name.as_posix() for name in files() if name.parts[0] == "config"}
    assert "config/vigie.yml" in shared


def test_each_package_of_the_wheel_says_that_it_is_typed(wheel: Path) -> None:
    # PEP 561: the marker of a top package holds for the packages inside it.
    assert {f"{package}/py.typed" for package in PACKAGES} - names_in(wheel) == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names_in(wheel)}
    assert {top for top in tops if not top.startswith("vigie_fc-")} == set(PACKAGES)


def test_the_metadata_says_what_it_needs_and_under_which_licence(wheel: Path) -> None:
    metadata = metadata_of(wheel)
    assert (metadata["Name"], metadata["Requires-Python"], metadata["License-Expression"]) == ("vigie-fc", ">=3.11", "MIT")


def test_the_command_is_vigie(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        assert archive.read(name).decode("utf-8").split() == ["[console_scripts]", "vigie", "=", "probe.cli:main"]


def test_the_version_is_the_newest_of_the_changelog(wheel: Path) -> None:
    headings = [
        line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## [") and "Unreleased" not in line
    ]
    assert headings[0].startswith(f"## [{metadata_of(wheel)['Version']}]")
