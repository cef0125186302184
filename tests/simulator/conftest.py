"""One federation for all the tests of this folder, as new for each of them;
it lives in the session's event loop.
"""

from collections.abc import AsyncIterator

import pytest_asyncio

from simulator import Federation, Settings
from tests.fakes.citizen import Citizen

QUICK = Settings(time_scale=0.02)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def running() -> AsyncIterator[Federation]:
    async with Federation(QUICK) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def simulated(running: Federation) -> AsyncIterator[Federation]:
    await running.reset()
    yield running
    await running.reset()


@pytest_asyncio.fixture(loop_scope="session")
async def citizen(simulated: Federation) -> AsyncIterator[Citizen]:
    async with Citizen(simulated) as made:
        yield made
