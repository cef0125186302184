"""The composition root: the only place that makes the parts of `vigie run` and joins them."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import IO

from sqlalchemy import Engine
from starlette.types import ASGIApp

from exporters.http.api import api
from exporters.http.auth import Access
from exporters.http.reload import Reload
from exporters.http.server import Site, application
from exporters.metrics.live import Meters
from probe.clock import Clock, SystemClock
from probe.config.models import Config
from probe.config.secrets import Secrets, store_address
from probe.incidents.automation import Automation
from probe.incidents.service import IncidentService
from probe.incidents.store.outbox import Outbox, leader_lock, on_file
from probe.ledger.db.file_lock import Claim
from probe.ledger.db.postgres import connect
from probe.ledger.db.salt import store_salt
from probe.ledger.db.store import open_store
from probe.ledger.logins import LoginRegister
from probe.ledger.past import Past
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox
from probe.ledger.shared.spool import Spool
from probe.ledger.shared.vantage import Shared, SharedVantage
from probe.ledger.unwritten import Unwritten
from probe.ledger.writer import Writer, nothing
from probe.logs import Masker
from probe.prober.logins import LoginBudgets
from probe.prober.run import Prober
from probe.prober.scheduler import Scheduler
from probe.service.api_backend import ApiBackend, access
from probe.service.configure import Configurator
from probe.service.events import Listeners, Publisher, Reactions
from probe.service.heartbeat import HeartbeatSender
from probe.service.incident_loop import IncidentLoop
from probe.service.incident_readings import IncidentCounter
from probe.service.journeys import JourneyRunner
from probe.service.past_answers import LedgerPast
from probe.service.readiness import Readiness
from probe.service.readings import Own, Remembered
from probe.service.service_manager import ServiceManager
from probe.service.settings import WatchSettings
from probe.service.watch import Ledger, Watch
from probe.service.watchdog import Watchdog
from probe.tickets.deactivation_webhook import flag_hook
from probe.tickets.deliverer import Deliverer, DeliveryListener
from probe.tickets.make import deliverer
from probe.tickets.ticket_history import TicketHistory
from probe.transport.tls import TlsContexts


def build(
    config: Config,
    *,
    path: Path | None = None,
    clock: Clock | None = None,
    masker: Masker | None = None,
    after: Callable[[Recorded], None] | None = None,
    stacks: IO[str] | None = None,
    manager: ServiceManager | None = None,
) -> Watch:
    """Make a watch. Its `run` closes everything that is opened here.

    `path`: the configuration file, read again at a reload.
    `after` is called with every observation once it is durable.
    `stacks`: a file with a descriptor. When the program hangs, the stacks of its threads are
    written there (see `probe.service.watchdog`).
    `manager`: the service manager that started this process.

    Raises SecretError when a secret has gone since the configuration was loaded, LedgerError when
    the ledger cannot be opened or another process writes it.
    """
    clock = clock or SystemClock()
    manager = manager or ServiceManager(clock)
    manager.starting("opening the ledger")
    settings = WatchSettings(config, Secrets.read(config), masker or Masker())
    automation = Automation(settings.policy, clock.now_us)
    with ExitStack() as opened:
        own = config.store if isinstance(config.store, Path) else config.spool
        opened.enter_context(Claim(own))
        engine = open_store(own)
        opened.callback(engine.dispose)
        listeners = Listeners()
        writer = Writer(engine, automation.with_rows if isinstance(config.store, Path) else nothing)
        reader = Reader(engine)
        recorder = Recorder(writer, listeners, reader.memory(), clock=clock)
        readiness = Readiness(recorder, clock)
        meters = Meters(version("vigie-fc"), readiness.late_us)
        publisher = Publisher(meters, readiness)
        listeners.subscribe(publisher)

        shared = None if isinstance(config.store, Path) else str(store_address(config))
        sharing, register = None, engine
        if shared is not None:
            register = connect(shared, writes=True)
            opened.callback(register.dispose)
            meters.evaluating(False)
            sharing = _shared_vantage(config, shared, register, automation, Spool(engine, config.vantage), publisher, clock)
            recorder.elsewhere = sharing.neighbours
        salt = sharing.salt if sharing is not None else partial(bytes, store_salt(engine))
        ledger = Ledger(writer, reader, recorder, listeners, Unwritten(own), sharing, opened.pop_all())

    prober = Prober(config, clock)
    prober.memory.salt = salt
    budgets = LoginBudgets(LoginRegister(engine), clock)
    budgets.withheld = lambda member, run: meters.login_withheld(*member, run)
    meters.access.logins = budgets.today
    meters.access.credentials = lambda: settings.credentials(clock.now_us())
    journeys = JourneyRunner(settings, prober, budgets, recorder, meters, clock)
    scheduler = Scheduler(clock, journeys.run_due, missed=journeys.missed)
    current = CurrentIncidents(register, settings, clock)
    backend = ApiBackend(current, settings)
    delivery = TicketDelivery(register, shared, automation, clock)
    incidents = IncidentLoop(automation, register, clock, sharing, backend.intake, IncidentCounter(), delivery)
    listeners.react(Reactions(settings, scheduler, incidents, shared=sharing is not None).recorded)
    heartbeat = HeartbeatSender(settings, clock, meters.heartbeat, pending=readiness.pending, stuck_us=lambda: recorder.stuck_us)
    listeners.react(heartbeat.recorded)
    if after is not None:
        listeners.react(after)
    configurator = Configurator(
        settings,
        path,
        clock,
        recorder=recorder,
        sharing=sharing,
        incidents=incidents,
        prober=prober,
        budgets=budgets,
        scheduler=scheduler,
        readiness=readiness,
        meters=meters,
        manager=manager,
    )
    durable = Remembered(sharing or Own(recorder, own), recorder, settings)
    return Watch(
        settings,
        ledger,
        clock,
        scheduler=scheduler,
        journeys=journeys,
        incidents=incidents,
        backend=backend,
        configurator=configurator,
        application=_application(
            settings, meters, durable, clock, readiness, journeys, incidents, Past(register), backend, current, configurator
        ),
        meters=meters,
        watchdog=Watchdog(SystemClock(), meters.stalled, dump_to=stacks),
        manager=manager,
        heartbeat=heartbeat,
    )


def _shared_vantage(
    config: Config, address: str, engine: Engine, automation: Automation, spool: Spool, publisher: Publisher, clock: Clock
) -> SharedVantage:
    """Return this prober's part in a shared store.

    Nothing connects yet, as the store may be away.
    """
    inbox, evaluator = Inbox.of(address, config.vantage), Evaluator(address, automation.with_rows)
    store = Shared(address, engine, inbox, evaluator)
    return SharedVantage(spool, store, config.vantage, clock, publisher, config.spool_limit, config.retention)


def _application(
    settings: WatchSettings,
    meters: Meters,
    durable: Remembered,
    clock: Clock,
    readiness: Readiness,
    journeys: JourneyRunner,
    incidents: IncidentLoop,
    past: Past,
    backend: ApiBackend,
    current: "CurrentIncidents",
    configurator: Configurator,
) -> ASGIApp:
    """Return the HTTP service: metrics, pages, journeys on demand, the API, the reload."""
    access = CurrentAccess(settings)
    site = Site(
        meters,
        durable,
        clock,
        readiness.pending,
        journeys.probe,
        incidents,
        past,
        api(backend, LedgerPast(past, clock.now_us), access),
        lambda number: current().show(number),
        Reload(lambda author: configurator.reload(by=author), access),
        readiness.notices,
    )
    return application(site)


class CurrentIncidents:
    """Makes the incident service with the policy in force."""

    def __init__(self, engine: Engine, settings: WatchSettings, clock: Clock) -> None:
        self._engine, self._settings, self._clock = engine, settings, clock

    def __call__(self) -> IncidentService:
        return IncidentService(self._engine, self._settings.policy, self._clock.now_us)


class CurrentAccess:
    """Returns who may call the API, by the tokens in force."""

    def __init__(self, settings: WatchSettings) -> None:
        self._settings = settings

    def __call__(self) -> Access:
        return access(self._settings.config, self._settings.secrets)


class TicketDelivery:
    """Makes the deliverer of the ticket systems, a new one for every configuration."""

    def __init__(self, engine: Engine, shared: str | None, automation: Automation, clock: Clock) -> None:
        """`engine` reaches the store that has the register. `shared`: the address of a shared
        store, with its password.
        """
        self._engine = engine
        self._shared = shared
        self._automation = automation
        self._clock = clock
        self._tls = TlsContexts()

    def __call__(self, config: Config, secrets: Secrets, listener: DeliveryListener) -> Deliverer:
        """Raises LocalError when a certificate's file cannot be read."""
        policy = self._automation.terms
        leader = leader_lock(self._shared) if self._shared is not None else None
        outbox = Outbox(leader.transaction if leader is not None else on_file(self._engine))
        history = TicketHistory(self._engine, config, policy.calendar, policy.clocks)
        hook = flag_hook(config, secrets, policy, self._engine, self._tls, self._clock.now_us)
        return deliverer(config, secrets, outbox, history, self._clock, leader=leader, tls=self._tls, listener=listener, others=hook)
