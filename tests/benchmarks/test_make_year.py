"""The ledgers on which the benchmarks measure are whole: Vigie itself accepts them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.paths import ROOT

VIGIE = Path(sys.executable).with_name("vigie")


def made(folder: Path, *options: str) -> Path:
    """Make a ledger in `folder`, and return its configuration."""
    subprocess.run([sys.executable, "benchmarks/make_year.py", folder, *options], cwd=ROOT, capture_output=True, check=True)
    return folder / "vigie.yml"


def accepted(config: Path, command: str) -> bool:
    return subprocess.run([VIGIE, command, "--config", config], capture_output=True, check=False).returncode == 0


def test_a_year_of_outages_has_an_unbroken_chain(tmp_path: Path) -> None:
    assert accepted(made(tmp_path, "--outages", "80"), "verify")


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_days_of_observations_give_the_same_ledger_when_replayed(tmp_path: Path, command: str) -> None:
    assert accepted(made(tmp_path, "--days", "0.02"), command)
