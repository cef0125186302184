"""Visits a row as a citizen's browser does: headless Chromium, with its scripts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from playwright.async_api import Browser, Error, Page, ProxySettings, Request

from tests.browser.end import NOTHING, End
from tests.browser.row import Doing
from tests.browser.web import Web
from tests.fakes.peers import serve

_PATIENCE = 15.0  # seconds: far more than a visit takes, even on a machine that is busy
_CALM = 1.5  # seconds without a request after which a visit is over that sent less than expected
_CALM_OF_UNLIKE = 0.4  # the same for a row of which both are known to send something else, once something was sent
_BREATH = "new Promise(done => setTimeout(done, 20))"  # in the page's own time, however slow it is
_PRESS = """selector => {
  window.before = true;  // a page that is left forgets it
  document.querySelector(selector).click();
}"""
_READ = "[document.contentType, location.href, document.title, document.characterSet, window.before === true]"
_PAGES = ("text/html", "application/xhtml+xml")


@asynccontextmanager
async def window(browser: Browser) -> AsyncIterator["Window"]:
    """A window of Chromium's, in which one row after the other is visited."""
    way = _Way()
    async with serve(way) as port:
        proxy = ProxySettings(server=f"socks5://127.0.0.1:{port}", bypass="<-loopback>")
        context = await browser.new_context(proxy=proxy)
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        await devtools.send("Network.enable")
        await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})  # no row knows another's answers
        yield Window(page, way)


@dataclass
class _Way:
    """Leads every connection to the web that is visited."""

    web: Web | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.web is not None:
            await self.web.lead(reader, writer)


class Window:
    """One page of Chromium's, and the documents that it waits for."""

    def __init__(self, page: Page, way: _Way) -> None:
        self.page, self._way = page, way
        self._waits: set[Request] = set()
        self._count = 0
        self._done_at, self._count_then = 0.0, 0  # when the citizen last did something; what was counted before
        page.set_default_timeout(_PATIENCE * 1_000)
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    async def visit(self, web: Web, expected: int) -> End:
        """Visit the web of a row. `expected`: the requests after which it is probably done."""
        await self.page.goto("about:blank")
        await self.page.context.clear_cookies()
        self._waits.clear()
        self._count, self._way.web = 0, web
        self._begin_something()
        with suppress(Error):
            await self.page.goto(web.row.start, wait_until="commit")
        for number, doing in enumerate(web.row.doings, 1):
            await self.come_to_rest(number)
            await self.do(doing)
        await self.come_to_rest(expected)
        return await self.end()

    @property
    def _web(self) -> Web:
        assert self._way.web is not None
        return self._way.web

    def _begin_something(self) -> None:
        self._done_at, self._count_then = monotonic(), self._count

    @property
    def _is_calm(self) -> bool:
        """Whether nothing was asked for long enough, since the citizen last did something too.

        On a busy machine a page takes long to send what a press makes it send.
        """
        calm = _CALM_OF_UNLIKE if self._web.row.differs and self._count > self._count_then else _CALM
        return min(self._web.idle, monotonic() - self._done_at) > calm

    def _begun(self, request: Request) -> None:
        if request.is_navigation_request():
            self._count += 1
            self._waits.add(request)

    def _ended(self, request: Request) -> None:
        self._waits.discard(request)

    async def come_to_rest(self, expected: int) -> None:
        """Wait until nothing more is asked: soon once as much came as is expected."""
        until = monotonic() + _PATIENCE
        while monotonic() < until:
            before = len(self._web.sent)
            # What Chromium sends again by itself is no request of the page's, and is never counted.
            uncounted = self._count < before and not self._is_calm
            if self._waits or uncounted or not self._web.idle:
                await asyncio.sleep(0.01)
                continue
            with suppress(Error):  # the page was left
                await self.page.wait_for_load_state("load")
                await self.page.evaluate(_BREATH)
                if before == len(self._web.sent) and not self._waits and (before >= expected or self._is_calm):
                    return

    async def do(self, doing: Doing) -> None:
        self._begin_something()
        field = None
        for name, value in doing.fill.items():
            field = self.page.locator(f'[name="{name}"]').first
            await field.fill(value)
        if doing.press:
            await self.page.evaluate(_PRESS, doing.press)
        elif field is not None:
            await self.page.evaluate("window.before = true")
            await field.press("Enter", no_wait_after=True)

    async def end(self) -> End:
        for _ in range(3):
            with suppress(Error):  # the page was left while it was read
                kind, url, title, encoding, stayed = await self.page.evaluate(_READ)
                shown = kind in _PAGES and not stayed and url.startswith(("http:", "https:"))
                return End.page(url, title, encoding) if shown else NOTHING
        return NOTHING
