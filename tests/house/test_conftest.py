"""The rules that tests/conftest.py lays on every test."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import is_measured, spread
from tests.house.paths import ROOT

SKIPS = {
    "marked": "import pytest\n@pytest.mark.skip(reason='no time')\ndef test_one(): pass\n",
    "called": "import pytest\ndef test_one(): pytest.skip('no time')\n",
    "of_a_module": "import pytest\npytest.skip('no time', allow_module_level=True)\n",
    "of_an_import": "import pytest\npytest.importorskip('a_module_that_nobody_has')\n",
}
PASSING = "def test_one(): pass\n"
ADDRESS = "192.0.2.1"  # RFC 5737: nobody's
CONNECTING = (
    f"import socket\ndef test_one():\n    with socket.socket() as s:\n        s.settimeout(1)\n        s.connect(('{ADDRESS}', 9))\n"
)
ASKING = "def test_one(federation): raise SystemExit('it ran')\ndef test_two(): pass\n"


def told_by_pytest(folder: Path, tests: dict[str, str], *, ci: bool) -> str:
    """What pytest says of these tests, each a file `test_NAME.py`: a line for each outcome.

    Tests of real servers are left out, and a file that cannot be read ends nothing.
    """
    for name, test in tests.items():
        (folder / f"test_{name}.py").write_text(test, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = servers\n", "utf-8")
    env = {name: value for name, value in os.environ.items() if name != "CI"} | {"PYTHONPATH": str(ROOT), "COLUMNS": "400"}
    command = [
        sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", "pytest.ini",
        "-m", "not servers", "--continue-on-collection-errors",
    ]  # fmt: skip
    run = subprocess.run(
        command, cwd=folder, env=env | ({"CI": "true"} if ci else {}), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    return run.stdout


@pytest.fixture(scope="module")
def in_ci(tmp_path_factory: pytest.TempPathFactory) -> str:
    return told_by_pytest(tmp_path_factory.mktemp("ci"), {**SKIPS, "passing": PASSING}, ci=True)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> str:
    return told_by_pytest(tmp_path_factory.mktemp("elsewhere"), {**SKIPS, "connecting": CONNECTING, "asking": ASKING}, ci=False)


@pytest.mark.parametrize("name", SKIPS)
def test_a_skipped_test_fails_in_ci(in_ci: str, name: str) -> None:
    assert re.search(rf"^(?:FAILED|ERROR) test_{name}\.py.* - skipped in CI: ", in_ci, re.MULTILINE), in_ci


def test_a_test_that_passes_passes_in_ci(in_ci: str) -> None:
    assert re.findall(r"^PASSED .*", in_ci, re.MULTILINE) == ["PASSED test_passing.py::test_one"]


@pytest.mark.parametrize("name", SKIPS)
def test_a_skipped_test_is_only_skipped_elsewhere(elsewhere: str, name: str) -> None:
    assert re.search(rf"^SKIPPED \[1\] test_{name}\.py:\d+: ", elsewhere, re.MULTILINE), elsewhere
    assert not re.search(rf"^(?:FAILED|ERROR) test_{name}\.py", elsewhere, re.MULTILINE)


def test_a_test_that_connects_to_another_machine_is_refused(elsewhere: str) -> None:
    assert f"FAILED test_connecting.py::test_one - PermissionError: a test wants to connect to {ADDRESS}: only loopback" in elsewhere


def test_what_asks_for_a_real_server_is_marked_so(elsewhere: str) -> None:
    assert re.findall(r"^\w+ test_asking\.py.*", elsewhere, re.MULTILINE) == ["PASSED test_asking.py::test_two"]
    assert "1 deselected" in elsewhere


def test_files_that_wait_are_spread_over_the_first_two_thirds_of_a_run() -> None:
    waiting = [ROOT / f"tests/servers/test_{number}.py" for number in range(4)]
    others = [ROOT / f"tests/core/test_{number}.py" for number in range(12)]
    order = spread([*others, *waiting])
    assert [path for path in order if path in others] == others
    assert [order.index(path) for path in waiting] == [0, 3, 6, 9]
    assert spread(others) == others
    assert spread(waiting) == waiting


def test_coverage_leaves_out_servers_properties_and_what_is_marked() -> None:
    @given(st.none())
    def property_of_something(_: None) -> None:
        pass

    def found(*marks: str, path: str = "test_x.py", obj: object = None) -> bool:
        return is_measured(SimpleNamespace(get_closest_marker=set(marks).__contains__, path=Path(path), obj=obj))  # type: ignore[arg-type]

    assert found()
    assert not any((found("servers"), found("unmeasured"), found(path="test_x_property.py"), found(obj=property_of_something)))
