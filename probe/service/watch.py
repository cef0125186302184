"""The composition root: the only place that builds concrete things, and one TaskGroup for all that runs.

scheduler -> prober -> recorder -> (committed) -> meters, log, and what to probe again at once
                                \\-> exporter: /metrics, /healthz, /readyz, /probe
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy import Engine

from exporters.http.api import api
from exporters.http.server import Site, application, serve
from exporters.http.texts import Pending
from exporters.metrics.live import Meters
from exporters.metrics.readings import HubView, IdpView, View
from exporters.metrics.readings import TargetReading as Shown
from probe.clock import Clock, SystemClock
from probe.config.formats import parse_address
from probe.config.load import load
from probe.config.models import Config, Hub
from probe.config.resolve import hosts
from probe.config.secrets import Secrets, store_address
from probe.config.spec import watch_spec
from probe.core.incident.deactivation import WEBHOOK
from probe.core.judgement.condition import State
from probe.core.judgement.observation import JOURNEYS, NETWORK_REASONS, Kind, Observation, Outcome, Reason
from probe.errors import LedgerError, VigieError
from probe.incidents.automation import Automation
from probe.incidents.policy import policy_of
from probe.incidents.service import IncidentService
from probe.journeys.plan import Plan, plan
from probe.ledger.db.file_lock import Claim
from probe.ledger.db.postgres import connect
from probe.ledger.db.store import open_store
from probe.ledger.drain import LastWrites, take_up
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.shared.evaluation import Passed
from probe.ledger.shared.inbox import alone
from probe.ledger.shared.spool import Spool
from probe.ledger.shared.vantage import Shared, SharedVantage
from probe.ledger.unwritten import Unwritten
from probe.ledger.writer import Writer, nothing
from probe.logs import Masker
from probe.prober.run import Prober
from probe.prober.scheduler import Scheduler
from probe.prober.scheduler import Target as Due
from probe.prober.targets import Watched, asked_as, urgency, watched
from probe.service.api_backend import ApiBackend, access
from probe.service.incident_loop import IncidentLoop
from probe.service.readings import Own, Remembered
from probe.service.watchdog import Watchdog
from probe.waiting import first_of

PURGE_US = 3_600_000_000
LAST_DELIVERY_SECONDS = 5.0
BEHIND_US = 60_000_000
"""Not ready when an observation has waited longer than this for the ledger: what is shown is older still."""

log = structlog.get_logger(__name__)


class Watch:
    """One running watch. `after` is told of every observation once it is durable."""

    def __init__(
        self,
        config: Config,
        *,
        path: Path | None = None,
        clock: Clock | None = None,
        masker: Masker | None = None,
        after: Callable[[Recorded], None] = lambda _recorded: None,
        stacks: IO[str] | None = None,
    ) -> None:
        """`stacks`: a file with a descriptor for where the program is when nothing in it moves any more (see `probe.service.watchdog`).

        Raises SecretError when a secret is gone since the configuration was loaded, LedgerError when the ledger cannot be opened
        or another process writes it. `run` closes what is opened here."""
        self._path = path
        self._clock = clock or SystemClock()
        self._masker = masker or Masker()
        self._after = after
        self._adopt(config, Secrets.read(config))
        self.meters = Meters(version("vigie-fc"), self.late_us)
        self._keeper = Automation(self._terms, self._clock.now_us)
        with ExitStack() as opened:
            own = config.store if isinstance(config.store, Path) else config.spool
            opened.enter_context(Claim(own))
            engine = self._shelf = open_store(own)
            opened.callback(engine.dispose)
            self._writer = Writer(engine, self._keeper.with_rows if isinstance(config.store, Path) else nothing)
            self._reader, self._unwritten = Reader(engine), Unwritten(own)
            self.recorder = Recorder(self._writer, self, self._reader.memory(), clock=self._clock)
            self._sharing = None if isinstance(config.store, Path) else self._share(config, engine, opened)
            judged = self._sharing or Own(self.recorder, own)
            self._durable = Remembered(judged, self.recorder, lambda: self.config.unknown_time)
            self._opened = opened.pop_all()
        shared = None if isinstance(config.store, Path) else str(store_address(config))
        self.office = IncidentLoop(self._keeper, self._shelf, self._clock, self._sharing, shared, lambda: self.front.intake)
        self.front = ApiBackend(self._desk, lambda: self.config)
        self._prober = Prober(config, self._clock)
        self.scheduler = Scheduler(self._clock, self._run_due)
        self._controls: asyncio.Task[None] | None = None
        self._skips: dict[str, int] = {}
        self._unseen: set[str] = set()
        self._writable = True
        self._store_away = False
        self._undelivered = 0
        self._undelivered_since_us = 0
        self._took_up = False
        self._unsettled: list[Observation] = []
        self._reloading = asyncio.Lock()
        self._watchdog = Watchdog(SystemClock(), self.meters.stalled, dump_to=stacks)

    def _share(self, config: Config, own: Engine, opened: ExitStack) -> SharedVantage:
        """This prober's part in the store that it shares with others. Nothing is connected yet: the store may be away."""
        address = str(store_address(config))
        engine = self._shelf = connect(address, writes=True)
        opened.callback(engine.dispose)
        self.meters.evaluating(False)
        spool, store = Spool(own, config.vantage), Shared(address, engine, config.vantage, self._keeper.with_rows)
        return SharedVantage(spool, store, config.vantage, self._clock, self, config.spool_limit, config.retention)

    def _adopt(self, config: Config, secrets: Secrets) -> None:
        self.config, self._secrets = config, secrets
        self._masker.replace([*secrets.values(), *secrets.personal()])
        self._targets = {target.key: target for target in watched(config)}
        self._asked = {(target.hub, name): target.key for target in self._targets.values() if (name := asked_as(target))}
        self._plans: dict[tuple[str, Kind], Plan] = {}  # made when first needed: keys are parsed once
        self._terms = policy_of(config)

    def _desk(self) -> IncidentService:
        return IncidentService(self._shelf, self._terms, self._clock.now_us)

    # --- life

    async def run(self, stop: asyncio.Event, *, hurry: asyncio.Event | None = None, bound: Callable[[int], None] | None = None) -> None:
        """Watch until `stop` is set, then write what still waits, for as long as the configuration allows or until `hurry` is set. `bound`
        is told the port that is listened on.

        Raises LedgerError when the ledger refuses at the start, or observations are lost at the end; ListenError when the address cannot
        be had.
        """
        async with self._watchdog.watching():
            await self._run(stop, hurry or asyncio.Event(), bound)

    async def _run(self, stop: asyncio.Event, hurry: asyncio.Event, bound: Callable[[int], None] | None) -> None:
        try:
            await self._watch(stop, bound)
        finally:
            lost = await self._end(hurry)
        if lost:
            raise LedgerError(f"{lost} observations are lost: neither the ledger nor {self._unwritten.path} could be written")

    async def _watch(self, stop: asyncio.Event, bound: Callable[[int], None] | None) -> None:
        try:
            self._took_up = await take_up(self.recorder, self._reader, self._unwritten, self, stop)
            if not self._took_up:
                return
            await self._configure(self.config, self._secrets)
            self.meters.reloaded(True, self._clock.now_us())
            address = parse_address(self.config.listen)
            calls = api(self.front, lambda: access(self.config, self._secrets))
            site = Site(self.meters, self._durable, self._clock, self.pending, self.probe, self.office, calls)
            async with asyncio.TaskGroup() as group:
                works = [self.recorder.run(), self._probe_until(stop), self._purge(), self.office.run(), self._last_notification(stop)]
                works += [self._sharing.run()] if self._sharing else []
                tasks = [group.create_task(work) for work in works]
                gc.freeze()  # what was built to start with stays: no need to look at it at every collection
                await serve(application(site), address.host, address.port or 0, stop, bound, self.meters)
                for task in tasks:
                    task.cancel()
        except* VigieError as errors:
            raise errors.exceptions[0] from errors

    async def _last_notification(self, stop: asyncio.Event) -> None:
        """A long notification must not keep the process from ending."""
        await stop.wait()
        self.front.end()

    async def _probe_until(self, stop: asyncio.Event) -> None:
        """Run what is due until `stop` is set: what is served may still take a moment to end."""
        await first_of(self.scheduler.run(), stop.wait())

    async def _end(self, hurry: asyncio.Event) -> int:
        """Returns how many observations are lost."""
        lost = 0
        if self._took_up:  # else nothing was observed, and the file holds what is left of the last run
            await self._last_controls(hurry)
            lost = await LastWrites(self.recorder, self._unwritten, self._clock).write(self.config.drain, hurry)
        if self._sharing:
            if not hurry.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._sharing.finish(), LAST_DELIVERY_SECONDS)
            await self._sharing.close()
        self._opened.close()
        return lost

    async def _last_controls(self, hurry: asyncio.Event) -> None:
        """Journeys that had failed, and were to be recorded once the control targets answered, are: in a few seconds at most. Without that
        answer they would be taken for somebody's failure; they are like journeys that had not ended."""
        if not self._unsettled or self._controls is None:
            return
        await first_of(asyncio.wait({self._controls}), hurry.wait(), self._clock.sleep_us(self.config.control.deadline))
        if self._controls.done() and not self._controls.cancelled() and self._controls.exception() is None:
            for observation in self._unsettled:
                self.recorder.submit(observation)
        else:
            self._controls.cancel()
            log.warning("journeys_given_up_at_exit", journeys=len(self._unsettled), why="no control target answered in time")

    async def reload(self) -> bool:
        """Read the configuration again (SIGHUP). A bad one is refused: the old one stays, the log and a metric say so."""
        async with self._reloading:
            return await self._reload()

    async def _reload(self) -> bool:
        now = self._clock.now_us()
        try:
            config = await asyncio.to_thread(load, self._path or Path())
            secrets = await asyncio.to_thread(Secrets.read, config)
            before = self.config
            await self._configure(config, secrets, release=True)
        except VigieError as error:
            log.error("reload_refused", problems=str(error).splitlines())
            self.meters.reloaded(False, now)
            return False
        for name in ("listen", "store", "store_password", "spool", "spool_limit"):
            if getattr(config, name) != getattr(before, name):
                log.warning("needs_a_restart", setting=name)
        self.meters.reloaded(True, now)
        log.info("reloaded", hubs=len(config.hubs), targets=len(self._targets))
        return True

    async def _configure(self, config: Config, secrets: Secrets, *, release: bool = False) -> None:
        """Raises LedgerError, with nothing changed, when the new settings cannot be recorded."""
        specs = [watch_spec(config, hub) for hub in config.hubs]
        now, own = self._clock.now_us(), specs if self._sharing is None else [alone(spec) for spec in specs]
        await self.recorder.configure(own, now, release=release)
        if self._sharing:
            self._sharing.configure(specs, now)
            self._sharing.retention_us = config.retention
        self._adopt(config, secrets)
        self.office.configure(config, secrets)
        self._prober.reload(config)
        for hub in specs:
            if self.recorder.memory(hub.name).near.client_known_good:
                self._prober.memory.of(hub.name).client_known_good = True
        new = {key for key, target in self._targets.items() if key not in self._skips and target.kind is not Kind.NEGATIVE}
        self._unseen = (self._unseen | new) & self._targets.keys()
        self._skips = {key: self._skips.get(key, 0) for key in self._targets}
        self.meters.configure(_view(self.config, self._targets.values()))
        self.scheduler.reload([Due(target.key, target.interval_us, target.hub) for target in self._targets.values()])

    async def _purge(self) -> None:
        while True:
            try:
                gone = await asyncio.to_thread(self._forget, self._clock.now_us())
                if gone:
                    log.info("old_observations_deleted", observations=gone)
            except VigieError as error:
                log.error("purge_failed", error=str(error))
            await self._clock.sleep_us(PURGE_US)

    def _forget(self, now_us: int) -> int:
        """What is shared is kept there; here, what waits, and an hour of what does not."""
        if self._sharing is None:
            return self._writer.forget(now_us - self.config.retention)
        return self._writer.forget(now_us - PURGE_US, upto=self._sharing.delivered)

    # --- one journey

    async def _run_due(self, key: str, *, lag_us: int, retry: bool) -> None:
        target = self._targets.get(key)
        if target is None:
            return
        self._count_skips(key, target)
        if not retry:
            self.meters.lag(lag_us)
        observation = await self._prober.run(self._plan(target), retry=retry, lag_us=lag_us)
        if observation.reason is Reason.OVERSLEPT:
            self.meters.overslept()
        if target.kind is not Kind.CONTROL and observation.outcome is Outcome.FAILED and observation.reason in NETWORK_REASONS:
            try:
                await self._ask_controls()
            except asyncio.CancelledError:
                self._unsettled.append(observation)
                raise
        self.recorder.submit(observation)

    def _plan(self, target: Watched) -> Plan:
        kind = target.kind
        if kind is Kind.IDENTITY and self.recorder.suspended(target.hub, target.name or ""):
            kind = Kind.LOGIN_PAGE  # the lock-out guard stopped the account; its IdP's login page can still be watched
        made = self._plans.get((target.key, kind))
        if made is None:
            hub = target.hub or self.config.hubs[0].name
            made = self._plans[target.key, kind] = plan(self.config, self._secrets, hub, kind, target.name, target.backend)
        return made

    def _count_skips(self, key: str, target: Watched) -> None:
        total = self.scheduler.stats[key].skipped if key in self.scheduler.stats else 0
        if missed := total - self._skips.get(key, 0):
            self.meters.skipped(_shown(target), missed)
            self._skips[key] = total

    async def _ask_controls(self) -> None:
        """Ask every control target now, once for all who wonder: is it the network?"""
        if self._controls is None or self._controls.done():
            self._controls = asyncio.create_task(self._control_round())
        await asyncio.shield(self._controls)

    async def _control_round(self) -> None:
        targets = [target for target in self._targets.values() if target.kind is Kind.CONTROL]
        for observation in await asyncio.gather(*(self._prober.run(self._plan(target), retry=True) for target in targets)):
            self.recorder.submit(observation)

    async def probe(self, shown: Shown) -> Observation:
        """A journey on demand: answered, not recorded; but credentials refused count for the lock-out guard."""
        target = next((target for target in self._targets.values() if _shown(target) == shown), None)
        if target is None:  # a reload is under way
            raise VigieError(f"{shown} is not watched any more")
        observation = await self._prober.run(self._plan(target), retry=True)
        if observation.reason is Reason.CREDENTIALS_REFUSED:
            self.recorder.submit(observation)
        return observation

    # --- the recorder's listener

    def recorded(self, recorded: Recorded) -> None:
        observation = recorded.observation
        self._writable = True
        self._unseen -= {key for key in self._unseen if _is_of(self._targets.get(key), observation)}
        self.meters.observed(observation)
        if recorded.rows:
            self.office.wake()
        for row in {row.subject: row for row in recorded.rows}.values():
            if row.standing.state is not State.BLIP:
                log.info(
                    "standing" if self._sharing is None else "own_standing",
                    hub=row.hub,
                    subject=row.subject,
                    state=row.standing.state,
                    since_us=row.effective_us,
                    **_why(row.standing.cause),
                )
        for wanted in sorted(recorded.again, key=str):
            key = self._asked.get((observation.hub, wanted))
            if key is not None:
                self.scheduler.again(key, urgency(wanted, observation))
        self._after(recorded)

    def write_failed(self) -> None:
        self._writable = False
        self.meters.ledger_error()

    def backlog(self, waiting: int) -> None:
        self.meters.backlog(waiting + self._undelivered)

    # --- the listener of what is shared

    def store_away(self, away: bool) -> None:
        self._store_away = away
        if away:
            self.meters.ledger_error()

    def dropped(self, observations: int) -> None:
        self.meters.dropped(observations)

    def undelivered(self, observations: int, oldest_us: int) -> None:
        self._undelivered, self._undelivered_since_us = observations, oldest_us
        self.backlog(self.recorder.waiting)

    def late_us(self) -> int:
        """How long the oldest observation has waited for the ledger, and for the store that it shares, in microseconds."""
        since_us = self._undelivered_since_us if self._undelivered else 0
        return max(self.recorder.late_us, self._clock.now_us() - since_us if since_us else 0)

    def evaluating(self, leads: bool) -> None:
        self.meters.evaluating(leads)

    def passed_over(self, passed: Sequence[Passed]) -> None:
        for why, count in Counter(each.why for each in passed).items():
            self.meters.passed_over(why.value, count)

    def ahead(self, us: int) -> None:
        self.meters.ahead(us)

    def pending(self) -> Sequence[Pending]:
        """Why the service is not ready: the ledger refuses, what was seen waits too long for it, or not every target was seen once."""
        holds = {
            Pending.LEDGER_NOT_WRITABLE: not self._writable or self._store_away,
            Pending.LEDGER_BEHIND: self.late_us() > BEHIND_US,
            Pending.FIRST_ROUND: bool(self._unseen & self._targets.keys()),
        }
        return [why for why, held in holds.items() if held]


def _why(cause: object) -> dict[str, object]:
    return {name: getattr(cause, name) for name in ("fault", "reason", "step", "code") if getattr(cause, name, None)}


def _is_of(target: Watched | None, observation: Observation) -> bool:
    """Whether an observation is of a target: by a shallower journey too, when the lock-out guard stopped the account."""
    if target is None or (target.name, target.backend) != (observation.idp, observation.backend):
        return False
    if target.kind is Kind.CONTROL:
        return observation.kind is Kind.CONTROL
    kinds = JOURNEYS if target.kind in JOURNEYS else (target.kind,)
    return target.hub == observation.hub and observation.kind in kinds


def _shown(target: Watched) -> Shown:
    if target.kind in (Kind.CONTROL, Kind.NEGATIVE):
        return Shown(target.kind, target.hub, target=target.name or "")
    return Shown(target.kind, target.hub, idp=target.name or "", backend=target.backend or "")


def _view(config: Config, targets: Iterable[Watched]) -> View:
    met = {host for hub in config.hubs for host in _tls_hosts(config, hub)}
    return View(
        vantage=config.vantage,
        hubs=tuple(
            HubView(hub.name, hub.title or hub.name, tuple(IdpView(idp.name, idp.tile, idp.title or idp.name) for idp in hub.idps))
            for hub in config.hubs
        ),
        targets=tuple(_shown(target) for target in targets),
        hosts=tuple(sorted(met)),
        language=config.language.value,
        systems=(*(system.name for system in config.tickets), *([WEBHOOK] if config.deactivation.webhook else [])),
    )


def _tls_hosts(config: Config, hub: Hub) -> set[str]:
    """The hosts that show a certificate, as hops name them."""
    if not hub.issuer.startswith("https:"):
        return set()
    return {host.removesuffix(":443") for host, party in hosts(config, hub).items() if party != "sp"}
