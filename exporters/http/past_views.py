"""Answers the requests for the pages about the past."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from exporters.http.past import OBSERVATIONS, ReadablePast, RecentPast, missing_page, observation_page, outage_page, recent
from exporters.http.texts import PageTexts
from exporters.metrics.live import Meters
from probe.clock import Clock
from probe.core.judgement.past import OutageName
from probe.errors import GoneError, LedgerError, NoneSuchError


class PastViews:
    """The pages of outages and observations, and what the page for people shows of them."""

    def __init__(self, reader: ReadablePast, clock: Clock, meters: Meters) -> None:
        self._reader = reader
        self._clock = clock
        self._meters = meters

    def recent(self) -> dict[str, RecentPast]:
        """Return what went wrong lately at each hub; nothing where the ledger cannot be read."""
        now_us = self._clock.now_us()
        try:
            return {hub.name: recent(self._reader, hub, now_us) for hub in self._meters.view.hubs}
        except LedgerError:
            return {}

    async def outage(self, request: Request) -> Response:
        texts = PageTexts.of(self._meters.view)
        try:
            name = OutageName.parse("{hub}/{name}".format_map(request.path_params))
        except ValueError:
            return self._missing(texts.no_such_outage)
        return await self._past(
            lambda: outage_page(self._meters.view, self._reader.story(name, self._clock.now_us(), OBSERVATIONS)),
            texts.no_such_outage,
        )

    async def observation(self, request: Request) -> Response:
        texts, given = PageTexts.of(self._meters.view), request.path_params["number"]
        if not (given.isascii() and given.isdigit() and len(given) <= 16):
            return self._missing(texts.not_there)
        number = int(given)
        return await self._past(
            lambda: observation_page(self._meters.view, self._reader.observation(number)),
            texts.no_observation.format(number=number),
            texts.gone.format(number=number),
        )

    async def _past(self, page: Callable[[], str], missing: str, gone: str = "") -> Response:
        """Make a page of the past in a thread, as it reads the disk; or say what is not there."""
        try:
            return HTMLResponse(await asyncio.to_thread(page))
        except GoneError:
            return self._missing(gone)
        except NoneSuchError:
            return self._missing(missing)
        except LedgerError:
            texts = PageTexts.of(self._meters.view)
            return HTMLResponse(missing_page(self._meters.view, texts.not_readable_now), 503, {"Retry-After": "5"})

    def _missing(self, text: str) -> Response:
        return HTMLResponse(missing_page(self._meters.view, text), 404)
