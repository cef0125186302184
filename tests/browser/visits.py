"""Lets Vigie and Chromium visit rows, several at once: most of a visit is waiting."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Error

from probe.config.models import Network
from tests.browser import by_vigie
from tests.browser.by_chromium import Window, window
from tests.browser.chromium import started, trust
from tests.browser.end import End
from tests.browser.row import Row
from tests.browser.web import Certificates, Sent, opened
from tests.fakes.peers import Authority, prober

ABREAST = 4


@dataclass(frozen=True, slots=True)
class Visits:
    """One row, visited by both."""

    vigie: tuple[Sent, ...]
    vigie_end: End
    verdict: str
    chromium: tuple[Sent, ...]
    chromium_end: End

    @property
    def agree(self) -> bool:
        return self.vigie == self.chromium and self.vigie_end == self.chromium_end


class Visitors:
    """Both of them, on their way through these rows."""

    def __init__(self, windows: Iterable[Window], authority: Authority, rows: Iterable[Row]) -> None:
        self._network, self._certificates = Network(ca_file=authority.ca_file), Certificates(authority)
        self._prober = prober()  # one: it parses the authorities once
        self._free = asyncio.Queue[Window]()
        for one in windows:
            self._free.put_nowait(one)
        self._visits = {row.name: asyncio.create_task(self._visit(row)) for row in rows}

    async def of(self, row: Row) -> Visits:
        return await self._visits[row.name]

    async def _visit(self, row: Row) -> Visits:
        chromium = await self._free.get()
        try:
            async with opened(row, self._certificates) as web:
                vigie_end, verdict = await by_vigie.visit(self._prober, web, self._network)
                vigie = tuple(web.sent)
                web.forget()
                chromium_end = await chromium.visit(web, len(vigie))
                return Visits(vigie, vigie_end, verdict, tuple(web.sent), chromium_end)
        except Error as error:
            error.add_note(row.name)
            raise
        finally:
            self._free.put_nowait(chromium)

    async def stop(self) -> None:
        """End the visits that nobody waits for."""
        for task in self._visits.values():
            task.cancel()
        await asyncio.gather(*self._visits.values(), return_exceptions=True)


@asynccontextmanager
async def visitors(folder: Path, rows: Iterable[Row]) -> AsyncIterator[Visitors]:
    """Both of them, for as long as somebody waits for a row. `folder` is theirs to write in."""
    authority = Authority(folder)
    await asyncio.to_thread(trust, folder, authority.ca_file)
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(started(folder))
        windows = [await stack.enter_async_context(window(browser)) for _ in range(ABREAST)]
        both = Visitors(windows, authority, rows)
        try:
            yield both
        finally:
            await both.stop()
