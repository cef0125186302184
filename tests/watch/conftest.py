"""One simulated federation for all the tests of this folder, as new for each of them; it lives in the session's event loop."""

import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulator import Federation, Settings
from tests.watch.watching import INTERVAL

QUICK = Settings(time_scale=0.02, interval=INTERVAL)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of this folder run in the loop in which the federation lives."""
    for item in items:
        if HERE in item.path.parents and isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def plain() -> AsyncIterator[Federation]:
    async with Federation(QUICK) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def simulated(plain: Federation) -> AsyncIterator[Federation]:
    await plain.reset()
    yield plain
    await plain.reset()
