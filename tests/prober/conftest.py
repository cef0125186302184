"""One simulated federation for the tests that ask for it, as new for each of them;
it lives in the session's event loop.
"""

from collections.abc import AsyncIterator

import pytest_asyncio

from simulator import Federation, Settings
from tests.fakes.rounds import INTERVAL

QUICK = Settings(time_scale=0.02, interval=INTERVAL)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def plain() -> AsyncIterator[Federation]:
    async with Federation(QUICK) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def simulated(plain: Federation) -> AsyncIterator[Federation]:
    await plain.reset()
    yield plain
    await plain.reset()
