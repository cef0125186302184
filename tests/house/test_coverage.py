"""What is left out of the measured coverage is counted: nobody hides a line in silence."""

import re
import tomllib

from tests.house.paths import ROOT, files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
COVERAGE = PROJECT["tool"]["coverage"]

EXCLUSIONS = 0
"""How many `pragma: no cover` and `pragma: no branch` the packages hold.
A change of it needs a reason in its commit.
"""


def exclusions(source: str) -> int:
    """How many comments of a source leave lines or branches out of the measure,
    in any spelling that coverage reads.
    """
    return len(re.findall(r"#\s*pragma[:\s]?\s*no\s*(?:cover|branch)", source, re.IGNORECASE))


def test_the_exclusions_in_the_packages_are_as_many_as_were_agreed() -> None:
    sources = [name for name in files() if name.parts[0] in PACKAGES and name.suffix == ".py"]
    assert len(sources) > 100
    assert sum(exclusions((ROOT / name).read_text("utf-8")) for name in sources) == EXCLUSIONS


def test_every_spelling_of_an_exclusion_is_counted() -> None:
    spellings = ["# pragma: no cover", "#pragma:no cover", "# PRAGMA: NO COVER", "# pragma no cover", "# pragma: no branch"]
    assert [exclusions(f"x = 1  {spelling}") for spelling in spellings] == [1] * len(spellings)
    assert exclusions("x = 1  # covered") == 0


def test_every_package_is_measured_with_its_branches_and_no_file_is_left_out_by_configuration() -> None:
    assert COVERAGE["run"]["branch"]
    assert COVERAGE["run"]["source"] == PACKAGES
    assert {"omit", "include"} & (COVERAGE["run"].keys() | COVERAGE["report"].keys()) == set()
    assert {"exclude_lines", "exclude_also", "partial_branches", "partial_also"} & COVERAGE["report"].keys() == set()


def test_a_drop_below_the_floor_fails_by_hundredths() -> None:
    assert COVERAGE["report"]["precision"] == 2
    assert 90 < COVERAGE["report"]["fail_under"] < 100
