"""What the command line is tried on: a simulated federation, and a ledger with a known history."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from probe.cli import main
from tests.builders import a_day
from tests.fakes.recorder import ImmediateRecorder, ledger
from tests.service.running import Simulator, simulating

Call = Callable[..., Result]


@pytest.fixture(scope="session")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulating(tmp_path_factory.mktemp("federation"), "--interval", "1s", "--idps", "ameli,yris") as made:
        yield made


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    running_simulator.reset()
    yield running_simulator
    running_simulator.reset()


@pytest.fixture
def config(running_simulator: Simulator, tmp_path: Path) -> Path:
    """A configuration in English, its ledger not there yet."""
    return running_simulator.config(tmp_path / "vigie.yml")


@pytest.fixture
def history(config: Path) -> Path:
    """A configuration whose ledger holds a day: Ameli down for twenty seconds,
    the mire gone for twenty.
    """
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine).keep(a_day())
    return config


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the user who runs the tests: an empty folder, no settings,
    a state folder of its own.
    """
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("VIGIE_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return elsewhere


@pytest.fixture
def call() -> Call:
    """Run a command in this process: `call("status", "--json")`."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="vigie")

    return run
