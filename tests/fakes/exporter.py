"""A whole exporter whose surroundings a test can change, called in memory or served on a real
socket.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from exporters.http.incident_page import ReadIncident, nobody
from exporters.http.past import NothingPast, ReadablePast
from exporters.http.server import Site, application, serve
from exporters.http.texts import Pending
from exporters.metrics.live import Meters
from exporters.metrics.readings import TargetReading
from probe.core.judgement.observation import Observation
from tests.fakes.clock import FakeClock
from tests.fakes.readings import HOPS, MIRE, TILES, VIEW, History, seen

HOST = "127.0.0.1"


class ServedExporter:
    """A site whose parts a test can change."""

    def __init__(self, past: ReadablePast | None = None, incident: ReadIncident = nobody) -> None:
        self.meters = Meters("1.2.3")
        self.meters.configure(VIEW)
        self.history = History()
        self.clock = FakeClock()
        self.pending: list[Pending] = []
        self.ran: list[TargetReading] = []
        self.result: Observation | Exception = seen(MIRE, hops=HOPS, tiles=TILES)
        self.hold: asyncio.Event | None = None
        self.running = asyncio.Event()
        site = Site(self.meters, self.history, self.clock, lambda: self.pending, self.run, past=past or NothingPast(), incident=incident)
        self.app = application(site)

    async def run(self, target: TargetReading, deadline_us: int | None = None) -> Observation:
        self.ran.append(target)
        self.running.set()
        if self.hold:
            await self.hold.wait()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, raise_app_exceptions=False), base_url="http://vigie.test")


@asynccontextmanager
async def served(world: ServedExporter | None = None) -> AsyncIterator[tuple[ServedExporter, int]]:
    world, stop, port = world or ServedExporter(), asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(world.app, HOST, 0, stop, port.set_result))
    try:
        yield world, await port
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task
