"""A healthy federation for each test of this folder."""

from collections.abc import AsyncIterator

import pytest

from simulator import Federation, Settings
from tests.simulator.citizen import Citizen

QUICK = Settings(time_scale=0.02)


@pytest.fixture
async def simulated() -> AsyncIterator[Federation]:
    async with Federation(QUICK) as made:
        yield made


@pytest.fixture
async def citizen(simulated: Federation) -> AsyncIterator[Citizen]:
    async with Citizen(simulated) as made:
        yield made
