"""The rules that tests/conftest.py lays on every test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.paths import ROOT


def run_pytest(folder: Path, test: str, *, ci: bool) -> "subprocess.CompletedProcess[str]":
    (folder / "test_it.py").write_text(test, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = servers\n", "utf-8")
    env = {name: value for name, value in os.environ.items() if name != "CI"} | {"PYTHONPATH": str(ROOT)} | ({"CI": "true"} if ci else {})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", "pytest.ini", "test_it.py"]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


SKIPS = (
    "import pytest\n@pytest.mark.skip(reason='no time')\ndef test_one(): pass\n",
    "import pytest\ndef test_one(): pytest.skip('no time')\n",
    "import pytest\npytest.skip('no time', allow_module_level=True)\n",
    "import pytest\npytest.importorskip('a_module_that_nobody_has')\n",
)


@pytest.mark.parametrize("test", SKIPS)
def test_a_skipped_test_fails_in_ci(tmp_path: Path, test: str) -> None:
    run = run_pytest(tmp_path, test, ci=True)
    assert run.returncode not in (0, 5)
    assert "skipped in CI" in run.stdout


@pytest.mark.parametrize("test", SKIPS[:2])
def test_a_skipped_test_is_only_skipped_elsewhere(tmp_path: Path, test: str) -> None:
    assert run_pytest(tmp_path, test, ci=False).returncode == 0


def test_a_test_that_connects_to_another_machine_is_refused(tmp_path: Path) -> None:
    address = "192.0.2.1"  # RFC 5737: nobody's
    test = f"import socket\ndef test_one():\n    with socket.socket() as s:\n        s.settimeout(1)\n        s.connect(('{address}', 9))\n"
    run = run_pytest(tmp_path, test, ci=False)
    assert run.returncode == 1
    assert f"wants to connect to {address}: only loopback" in run.stdout


def test_what_asks_for_a_real_server_is_marked_so(tmp_path: Path) -> None:
    marked = "def test_one(federation): raise SystemExit('it ran')\ndef test_two(): pass\n"
    (tmp_path / "test_it.py").write_text(marked, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = servers\naddopts = -m 'not servers'\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", "pytest.ini", "test_it.py"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert "1 passed, 1 deselected" in run.stdout
