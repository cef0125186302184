"""Runs the incident register inside `vigie run`: automation, counts for the metrics, delivery.

The automation acts every tick and after each change of the ledger. The database is called in a
thread beside the event loop, so a store that hangs holds up that thread, and neither the watch nor
the page. Where several probers share a store, the evaluator runs the automation, one prober leads
the delivery, and each one counts for its own metrics.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from exporters.metrics.readings import RegisterReading, TicketWay
from probe.clock import Clock
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.errors import LedgerError, VigieError
from probe.incidents.automation import Automation
from probe.incidents.policy import policy_of
from probe.ledger.db.store import reason
from probe.ledger.shared.vantage import SharedVantage
from probe.service.incident_readings import IncidentCounter, with_counts
from probe.tickets.deliverer import Deliverer, DeliveryListener
from probe.waiting import set_within
from probe.worker import Worker

PAUSE_US = 250_000
"""The least pause between two runs of the automation, so that changes that come one after the
other, as the rows of a first round do, are handled together."""

AGAIN_US = 5_000_000
"""The pause after a trouble of our own."""

MakeDeliverer = Callable[[Config, Secrets, DeliveryListener], Deliverer]
"""Raises LocalError when a certificate's file cannot be read."""

log = structlog.get_logger(__name__)


class IncidentLoop:
    """Runs the automation and the delivery, and counts the register.

    Satisfies `exporters.metrics.readings.Registered` and
    `probe.tickets.deliverer.DeliveryListener`.
    """

    def __init__(
        self,
        automation: Automation,
        engine: Engine,
        clock: Clock,
        sharing: SharedVantage | None,
        intake: Mapping[tuple[str, str], int],
        counter: IncidentCounter,
        make_deliverer: MakeDeliverer,
    ) -> None:
        """`engine` reaches the store that has the register; it may not be connected yet.

        `intake`: the requests and alerts that came in, counted by way and result.
        `make_deliverer` is called again after every reload, and after a trouble.
        """
        self._automation = automation
        self._engine = engine
        self._clock = clock
        self._sharing = sharing
        self._intake = intake
        self._counter = counter
        self._make_deliverer = make_deliverer
        self._worker = Worker("register")
        self._reading = RegisterReading()
        self._delivered: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._ways: dict[str, TicketWay] = {}
        self._news = asyncio.Event()
        self._configured = asyncio.Event()
        self._deliverer: Deliverer | None = None
        self._away = False

    def configure(self, config: Config, secrets: Secrets) -> None:
        """Put these settings in force."""
        self._config, self._secrets = config, secrets
        self._automation.configure(policy_of(config))
        self._configured.set()
        self.wake()

    async def run(self) -> None:
        """Automate and deliver until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in (self._automate(), self._deliver()):
                group.create_task(work)

    # --- called by others, on the loop

    def wake(self) -> None:
        """Run the automation soon: the ledger has changed."""
        self._news.set()

    def ticket_delivered(self, system: str) -> None:
        self._delivered[system] += 1

    def ticket_failed(self, system: str) -> None:
        self._failures[system] += 1

    def system_reached(self, system: str, at_us: int) -> None:
        self._ways[system] = TicketWay(at_us)

    def system_unreachable(self, system: str) -> None:
        known = self._ways.get(system, TicketWay())
        self._ways[system] = replace(known, failing=True)

    def register(self) -> RegisterReading:
        """See `exporters.metrics.readings.Registered`."""
        return with_counts(self._reading, self._delivered, self._failures, self._ways, self._intake)

    # --- automation

    async def _automate(self) -> None:
        while True:
            self._news.clear()
            if self._sharing is None or self._sharing.prepared:
                await self._look_once()
            await self._clock.sleep_us(PAUSE_US)
            await set_within(self._news, self._automation.terms.tick_us, self._clock)

    async def _look_once(self) -> None:
        leads = self._sharing is None or self._sharing.evaluates
        try:
            did, self._reading = await self._worker.submit(self._look, leads)
        except LedgerError as error:
            if not self._away:
                log.warning("register_away", error=str(error))
            self._away = True
            return
        except Exception as error:  # whatever is wrong with the register, the watch goes on
            log.error("register_failed", exc_info=error)
            return
        self._away = False
        if did and self._deliverer:
            self._deliverer.wake()

    def _look(self, leads: bool) -> tuple[bool, RegisterReading]:
        """Let the automation act, if this prober leads, and count the register."""
        did = leads and self._automation.tick(self._engine)
        try:
            with self._engine.connect() as connection:
                if not leads:
                    self._automation.anything_due(connection)
                return did, self._counter.count(connection, self._automation.terms, self._automation, self._clock.now_us())
        except DBAPIError as error:
            raise LedgerError(f"the register could not be read: {reason(error)}") from error

    # --- delivering

    async def _deliver(self) -> None:
        """Deliver, with a new deliverer after every reload."""
        while True:
            await self._configured.wait()
            self._configured.clear()
            if self._sharing is not None and not self._sharing.prepared:
                await self._clock.sleep_us(AGAIN_US)
                self._configured.set()
                continue
            task = asyncio.create_task(self._deliver_until_cancelled())
            try:
                await self._configured.wait()
            finally:
                task.cancel()
                await asyncio.wait((task,))

    async def _deliver_until_cancelled(self) -> None:
        while True:
            try:
                self._deliverer = self._make_deliverer(self._config, self._secrets, self)
                await self._deliverer.run()
            except VigieError as error:
                log.error("tickets_not_delivered", error=str(error))
            except Exception as error:  # whatever is wrong with a ticket system, the watch goes on
                log.error("tickets_not_delivered", exc_info=error)
            finally:
                self._deliverer = None
            await self._clock.sleep_us(AGAIN_US)
