"""One simulated federation for all the tests of this folder, as new for each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.running import Simulator, simulating


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulating(tmp_path_factory.mktemp("federation"), "--interval", "1s", "--idps", "ameli,yris,msa") as made:
        yield made


@pytest.fixture
def simulator(running: Simulator) -> Iterator[Simulator]:
    running.reset()
    yield running
    running.reset()


@pytest.fixture
def config(simulator: Simulator, tmp_path: Path) -> Path:
    return simulator.config(tmp_path / "vigie.yml")
