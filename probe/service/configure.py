"""Putting a configuration in force, at the start and at every reload."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from exporters.metrics.live import Meters
from probe.clock import Clock
from probe.config.accounts import accounts
from probe.config.load import load
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.setup_digests import client_digest
from probe.config.spec import watch_spec
from probe.core.judgement.corroboration import has_passed
from probe.core.judgement.observation import SetupPart
from probe.core.judgement.own_trouble import HUB
from probe.core.judgement.subject import at_client
from probe.errors import VigieError
from probe.ledger.recorder import Recorder
from probe.ledger.shared.inbox import alone
from probe.ledger.shared.vantage import SharedVantage
from probe.prober.logins import LoginBudgets
from probe.prober.run import Prober
from probe.prober.scheduler import ScheduledTarget, Scheduler
from probe.service.config_files import ConfigFiles
from probe.service.incident_loop import IncidentLoop
from probe.service.readiness import Readiness
from probe.service.service_manager import ServiceManager
from probe.service.settings import WatchSettings
from probe.service.view import view_of

NEEDS_A_RESTART = ("listen", "store", "store_password", "spool", "spool_limit")

log = structlog.get_logger(__name__)


def watched_in(settings: WatchSettings) -> str:
    """Say in a few words what is watched, for the service manager."""
    hubs = ", ".join(hub.name for hub in settings.config.hubs)
    return f"watching {hubs}: {len(settings.targets)} targets, from {settings.config.vantage}"


class Configurator:
    """Hands the configuration to every part of the watch."""

    def __init__(
        self,
        settings: WatchSettings,
        path: Path | None,
        clock: Clock,
        *,
        recorder: Recorder,
        sharing: SharedVantage | None,
        incidents: IncidentLoop,
        prober: Prober,
        budgets: LoginBudgets,
        scheduler: Scheduler,
        readiness: Readiness,
        meters: Meters,
        manager: ServiceManager,
    ) -> None:
        """`path`: the configuration file, which is read again at a reload.

        `manager` is told of every reload.
        """
        self._settings = settings
        self._path = path
        self._clock = clock
        self._recorder = recorder
        self._sharing = sharing
        self._incidents = incidents
        self._prober = prober
        self._budgets = budgets
        self._scheduler = scheduler
        self._readiness = readiness
        self._meters = meters
        self._manager = manager
        self.files = ConfigFiles(path)
        self._reloading = asyncio.Lock()

    async def start(self) -> None:
        """Put the settings in force that the watch was built with.

        Raises LedgerError when they cannot be recorded.
        """
        await self._apply(self._settings.config, self._settings.secrets)
        self._meters.reloaded(True, self._clock.now_us())

    async def reload(self, by: str = "signal") -> Sequence[str]:
        """Read the configuration again. Return why it is refused; empty when it is in force.

        `by`: who or what asked for it.

        A bad one is refused: the old one stays in force. The log, a metric, the page, /readyz and
        the service manager say so.
        """
        async with self._reloading:
            log.info("reloading", by=by)
            self._manager.reloading()
            problems: Sequence[str] = ("the reload did not end",)
            try:
                problems = await self._reload()
            finally:
                self._manager.reloaded(problems, watched_in(self._settings))
        return problems

    async def _reload(self) -> Sequence[str]:
        now = self._clock.now_us()
        self.files.asked(await asyncio.to_thread(self.files.digest))
        try:
            config = await asyncio.to_thread(load, self._path or Path())
            secrets = await asyncio.to_thread(Secrets.read, config)
            before = self._settings.config
            await self._apply(config, secrets, release=True)
        except VigieError as error:
            problems = str(error).splitlines()
            log.error("reload_refused", problems=problems)
            self._publish_outcome(False, now)
            return problems
        for name in NEEDS_A_RESTART:
            if getattr(config, name) != getattr(before, name):
                log.warning("needs_a_restart", setting=name)
        self._publish_outcome(True, now)
        log.info("reloaded", hubs=len(config.hubs), targets=len(self._settings.targets))
        return ()

    def _publish_outcome(self, ok: bool, at_us: int) -> None:
        self._meters.reloaded(ok, at_us)
        self._readiness.reloaded(ok)

    async def _apply(self, config: Config, secrets: Secrets, *, release: bool = False) -> None:
        """Put a configuration in force. `release`: suspended accounts may be tried again.

        Raises LedgerError, with nothing changed, when the settings cannot be recorded.
        """
        specs = [watch_spec(config, hub) for hub in config.hubs]
        now, own = self._clock.now_us(), specs if self._sharing is None else [alone(spec) for spec in specs]
        logging_in, zone = accounts(config, secrets), ZoneInfo(config.support.timezone)
        await self._budgets.read(logging_in, zone)
        await self._recorder.configure(own, now, release=release)
        if self._sharing:
            self._sharing.configure(specs, now)
            self._sharing.retention_us = config.retention
        self._budgets.adopt(logging_in, zone)
        self._settings.adopt(config, secrets)
        self._incidents.configure(config, secrets)
        self._prober.reload(config)
        for watched in config.hubs:
            near = self._recorder.memory(watched.name).near
            if has_passed(near, HUB, SetupPart.CLIENT, client_digest(watched)):
                self._prober.memory.of(watched.name).client_known_good = True
            for client in watched.clients:
                owner = at_client(HUB, client.name)
                if has_passed(near, owner, SetupPart.CLIENT, client_digest(watched.as_seen_by(client))):
                    self._prober.memory.of(at_client(watched.name, client.name)).client_known_good = True
        targets = self._settings.targets
        self._readiness.expect(targets)
        self._meters.configure(view_of(config, targets.values()))
        self._scheduler.reload([ScheduledTarget(target.key, target.interval_us, target.hub) for target in targets.values()])
