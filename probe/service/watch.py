"""Runs a watch from its start to its last write, with one TaskGroup for all its parts.

scheduler -> prober -> recorder -> (committed) -> meters, log, and what to probe again at once
                                \\-> exporter: /metrics, /healthz, /readyz, /probe

`probe.service.build` makes the parts and joins them.
"""

import asyncio
import gc
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

import structlog
from starlette.types import ASGIApp

from exporters.http.server import serve
from exporters.metrics.live import Meters
from probe.clock import Clock
from probe.config.formats import parse_address
from probe.errors import LedgerError, VigieError
from probe.ledger.drain import LastWrites, take_up
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder, RecorderListener
from probe.ledger.shared.vantage import SharedVantage
from probe.ledger.unwritten import Unwritten
from probe.ledger.writer import Writer
from probe.prober.scheduler import Scheduler
from probe.service.api_backend import ApiBackend
from probe.service.config_files import reload_on_change
from probe.service.configure import Configurator, watched_in
from probe.service.heartbeat import HeartbeatSender
from probe.service.incident_loop import IncidentLoop
from probe.service.journeys import JourneyRunner
from probe.service.service_manager import ServiceManager
from probe.service.settings import WatchSettings
from probe.service.watchdog import Watchdog
from probe.waiting import first_of

PURGE_US = 3_600_000_000
LAST_DELIVERY_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger that this prober writes: the store itself, or the spool of a shared one.

    `opened` closes everything at the end. `sharing`: this prober's part in a shared store.
    """

    writer: Writer
    reader: Reader
    recorder: Recorder
    listener: RecorderListener
    unwritten: Unwritten
    sharing: SharedVantage | None
    opened: ExitStack


class Retention:
    """Deletes observations that are older than the configuration keeps them, once an hour."""

    def __init__(self, settings: WatchSettings, ledger: Ledger, clock: Clock) -> None:
        self._settings = settings
        self._ledger = ledger
        self._clock = clock

    async def run(self) -> None:
        """Delete old observations once an hour, until cancelled."""
        while True:
            try:
                deleted = await asyncio.to_thread(self._forget, self._clock.now_us())
                if deleted:
                    log.info("old_observations_deleted", observations=deleted)
            except VigieError as error:
                log.error("purge_failed", error=str(error))
            await self._clock.sleep_us(PURGE_US)

    def _forget(self, now_us: int) -> int:
        """Delete old observations. Return how many.

        A shared store keeps its own observations. The spool keeps those that wait for it, and an
        hour of those that do not.
        """
        sharing = self._ledger.sharing
        if sharing is None:
            return self._ledger.writer.forget(now_us - self._settings.config.retention)
        return self._ledger.writer.forget(now_us - PURGE_US, upto=sharing.delivered)


class Watch:
    """Runs the parts together, and ends them so that nothing that was observed is lost."""

    def __init__(
        self,
        settings: WatchSettings,
        ledger: Ledger,
        clock: Clock,
        *,
        scheduler: Scheduler,
        journeys: JourneyRunner,
        incidents: IncidentLoop,
        backend: ApiBackend,
        configurator: Configurator,
        application: ASGIApp,
        meters: Meters,
        watchdog: Watchdog,
        manager: ServiceManager,
        heartbeat: HeartbeatSender,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._scheduler = scheduler
        self._journeys = journeys
        self._incidents = incidents
        self._backend = backend
        self._configurator = configurator
        self._application = application
        self._meters = meters
        self._watchdog = watchdog
        self._manager = manager
        self._heartbeat = heartbeat
        self._retention = Retention(settings, ledger, clock)
        self._took_up = False

    async def run(self, stop: asyncio.Event, *, hurry: asyncio.Event | None = None, bound: Callable[[int], None] | None = None) -> None:
        """Watch until `stop` is set, then write the observations that still wait.

        That last writing ends after the time that the configuration allows (`drain`), or when
        `hurry` is set. `bound` is called with the port that the server listens on.

        Raises LedgerError when the ledger refuses at the start, or observations are lost at the
        end; ListenError when the server cannot listen on its address.
        """
        async with self._watchdog.watching():
            await self._run(stop, hurry or asyncio.Event(), bound)

    async def reload(self) -> Sequence[str]:
        """Read the configuration again. Return why it is refused; empty when it is in force."""
        return await self._configurator.reload()

    async def _run(self, stop: asyncio.Event, hurry: asyncio.Event, bound: Callable[[int], None] | None) -> None:
        try:
            await self._watch(stop, bound)
        finally:
            lost = await self._end(hurry)
        if lost:
            path = self._ledger.unwritten.path
            raise LedgerError(f"{lost} observations are lost: neither the ledger nor {path} could be written")

    async def _watch(self, stop: asyncio.Event, bound: Callable[[int], None] | None) -> None:
        ledger = self._ledger
        try:
            self._manager.starting("writing what the last run could not write")
            self._took_up = await take_up(ledger.recorder, ledger.reader, ledger.unwritten, ledger.listener, stop)
            if not self._took_up:
                return
            await self._configurator.start()
            address = parse_address(self._settings.config.listen)
            async with asyncio.TaskGroup() as group:
                works = [ledger.recorder.run(), first_of(self._scheduler.run(), stop.wait()), self._retention.run()]
                works += [self._incidents.run(), self._last_notification(stop), self._reload_on_change()]
                works.append(self._heartbeat.run())
                works.append(self._manager.send_signs_of_life(lambda: ledger.recorder.stuck_us))
                works += [ledger.sharing.run()] if ledger.sharing else []
                tasks = [group.create_task(work) for work in works]
                gc.freeze()  # the parts of the watch stay: no collection need look at them
                await serve(self._application, address.host, address.port or 0, stop, self._listening(bound), self._meters)
                for task in tasks:
                    task.cancel()
        except* VigieError as errors:
            raise errors.exceptions[0] from errors

    def _listening(self, bound: Callable[[int], None] | None) -> Callable[[int], None]:
        def listening(port: int) -> None:
            if bound:
                bound(port)
            self._manager.ready(watched_in(self._settings))

        return listening

    async def _reload_on_change(self) -> None:
        configurator, settings = self._configurator, self._settings
        by_change = partial(configurator.reload, by="change of a file")
        await reload_on_change(configurator.files, lambda: settings.config.auto_reload, by_change, self._clock)

    async def _last_notification(self, stop: asyncio.Event) -> None:
        """Stop a long notification at the end, so that it does not keep the process alive."""
        await stop.wait()
        self._backend.end()

    async def _end(self, hurry: asyncio.Event) -> int:
        """Write and deliver the observations that wait, and close everything.

        Return how many observations are lost.
        """
        lost, ledger = 0, self._ledger
        self._manager.stopping()
        if self._took_up:  # else nothing was observed, and the file still has the last run's rest
            await self._journeys.finish(hurry)
            await self._journeys.budgets.finish()
            lost = await LastWrites(ledger.recorder, ledger.unwritten, self._clock).write(self._settings.config.drain, hurry)
        if ledger.sharing:
            if not hurry.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(ledger.sharing.finish(), LAST_DELIVERY_SECONDS)
            await ledger.sharing.close()
        ledger.opened.close()
        return lost
