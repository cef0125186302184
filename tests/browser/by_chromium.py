"""Visits a row as a citizen's browser does: headless Chromium, with its scripts."""

import asyncio
from contextlib import suppress
from time import monotonic

from playwright.async_api import Browser, Error, Page, Request

from tests.browser.end import NOTHING, End
from tests.browser.row import Doing
from tests.browser.web import Web

_PATIENCE = 15.0  # seconds: far more than a visit takes, even on a machine that is busy
_CALM = 0.5  # seconds without a request after which a visit is over that sent less than expected
_BREATH = "new Promise(done => setTimeout(done, 20))"  # in the page's own time, however slow it is
_READ = "[document.contentType, location.href, document.title, document.characterSet]"


async def visit(browser: Browser, web: Web, expected: int) -> End:
    """Visit the web of a row. `expected`: the requests after which it is probably done."""
    proxy = {"server": f"socks5://127.0.0.1:{web.socks}", "bypass": "<-loopback>"}
    context = await browser.new_context(proxy=proxy)  # type: ignore[arg-type]
    try:
        visitor = _Visitor(await context.new_page(), web)
        with suppress(Error):
            await visitor.page.goto(web.row.start, wait_until="commit")
        for number, doing in enumerate(web.row.doings, 1):
            await visitor.come_to_rest(number)
            await visitor.do(doing)
        await visitor.come_to_rest(expected)
        return await visitor.end()
    finally:
        await context.close()


class _Visitor:
    """One page of Chromium's, and the documents that it waits for."""

    def __init__(self, page: Page, web: Web) -> None:
        self.page, self._web = page, web
        self._waits: set[Request] = set()
        self._count = 0
        page.set_default_timeout(_PATIENCE * 1_000)
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

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
            if self._waits or self._count < before or not self._web.idle:
                await asyncio.sleep(0.01)
                continue
            with suppress(Error):  # the page was left
                await self.page.wait_for_load_state("load")
                await self.page.evaluate(_BREATH)
                if before == len(self._web.sent) and not self._waits and (before >= expected or self._web.idle > _CALM):
                    return

    async def do(self, doing: Doing) -> None:
        field = None
        for name, value in doing.fill.items():
            field = self.page.locator(f'[name="{name}"]').first
            await field.fill(value)
        if doing.press:
            await self.page.locator(doing.press).first.evaluate("element => element.click()")
        elif field is not None:
            await field.press("Enter", no_wait_after=True)

    async def end(self) -> End:
        for _ in range(3):
            with suppress(Error):  # the page was left while it was read
                kind, url, title, encoding = await self.page.evaluate(_READ)
                if not url.startswith(("http:", "https:")):
                    return NOTHING
                return End.page(url, title, encoding) if "html" in kind else End.other(url)
        return NOTHING
