"""One vantage among several: it delivers what it saw to the shared store, evaluates when nobody else does, and reads what came of it.

Three loops that never wait for each other. While the shared store is away the vantage goes on, by its own ledger; what it saw waits
there, up to `most` observations, and is delivered in order when the store is back. Beyond, the oldest are dropped and counted.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from probe.clock import Clock
from probe.core.fold import begin
from probe.core.spec import HubSpec
from probe.errors import LedgerError
from probe.history.annual import Annual, annual
from probe.history.evaluator import Evaluator
from probe.history.figures import memories as memories_of
from probe.history.inbox import Inbox, shared
from probe.history.memory import HubMemory, remembered
from probe.history.runs import on
from probe.history.spool import Spool
from probe.history.store import open_store, reason
from probe.history.writer import Writer

AT_ONCE = 500
QUIET_US = 500_000
SEAT_US = 3_000_000
LONGEST_PAUSE_US = 10_000_000
THIN_US = 3_600_000_000
STALE_US = 10_000_000

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Who is told how the sharing goes."""

    def store_away(self, away: bool) -> None: ...
    def dropped(self, observations: int) -> None: ...


class Seen(NamedTuple):
    """One reading of the shared ledger."""

    at_us: int
    memories: Mapping[str, bytes]
    figures: Mapping[str, Mapping[str, Annual]]


class Shared:
    """The shared store, as one of the vantages has it."""

    def __init__(self, address: str, engine: Engine) -> None:
        """`address` with its password; `engine` on it, which may not be connected yet."""
        self._address = address
        self.inbox = Inbox(engine)
        self._engine = engine
        self.writer = Writer(engine)
        self.evaluator = Evaluator(address)

    def look(self, now_us: int) -> "Seen":
        """What the ledger says at an instant. Raises LedgerError."""
        try:
            with self._engine.connect() as connection:
                run = on(connection)
                memories = memories_of(run)
                return Seen(now_us, memories, annual(run, memories, now_us))
        except DBAPIError as error:
            raise LedgerError(f"the shared store could not be read: {reason(error)}") from error

    def prepare(self) -> None:
        """Bring the schema up. Raises LedgerError when the store is away, or is another Vigie's."""
        open_store(self._address).dispose()


class Sharing:
    """A vantage's part in a shared store."""

    def __init__(self, spool: Spool, store: Shared, vantage: str, clock: Clock, listener: Listener, most: int) -> None:
        self._spool = spool
        self._store = store
        self._inbox = store.inbox
        self._evaluator = store.evaluator
        self._vantage = vantage
        self._clock = clock
        self._listener = listener
        self._most = most
        self._delivered: int | None = None  # unknown until the store has been asked
        self._settings: tuple[list[HubSpec], int] | None = None
        self._hubs: dict[str, bytes] = {}
        self._seen: Seen | None = None
        self._away = False
        self._prepared = asyncio.Event()
        self._delivering = asyncio.Lock()

    async def run(self) -> None:
        """All three loops, until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            for loop in (self.deliver(), self.evaluate(), self.follow()):
                group.create_task(loop)

    async def finish(self) -> None:
        """Deliver what waits, as far as the store takes it now."""
        with suppress(LedgerError):
            while await self._deliver_some():
                pass

    async def _deliver_some(self) -> int:
        async with self._delivering:
            return await asyncio.shield(asyncio.to_thread(self.deliver_some))

    def configure(self, specs: Iterable[HubSpec], at_us: int) -> None:
        """The settings from `at_us` on; delivered before what is seen by them."""
        wanted = list(specs)
        self._settings = (wanted, at_us)
        self._hubs = {spec.name: remembered(HubMemory(begin(shared(spec), at_us)[0])) for spec in wanted}

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]:
        """What the shared fold remembers of every configured hub (unknown before there is anything), and the figures, as last read: a
        second ago. Never waits for the store. Raises LedgerError when it could not be read for a while."""
        if self._seen is None or now_us - self._seen.at_us > STALE_US:
            raise LedgerError("the shared store is away")
        return {hub: self._seen.memories.get(hub, unknown) for hub, unknown in self._hubs.items()}, self._seen.figures

    @property
    def delivered(self) -> int:
        return self._delivered or 0

    # --- bring

    async def deliver(self) -> None:
        """Deliver what waits, until cancelled."""
        pause = QUIET_US
        while True:
            try:
                count = await self._deliver_some()
                self._reached(True)
                pause = QUIET_US
            except LedgerError as error:
                self._reached(False, error)
                await self._shorten()
                count, pause = 0, min(2 * pause, LONGEST_PAUSE_US)
            if count < AT_ONCE:
                await self._clock.sleep_us(pause)

    def deliver_some(self) -> int:
        """Deliver a batch. Returns how many it took. Raises LedgerError."""
        if not self._prepared.is_set():
            self._store.prepare()
            self._loop.call_soon_threadsafe(self._prepared.set)
        if self._settings is not None:
            settings = self._settings
            self._inbox.configure(*settings)
            if self._settings is settings:
                self._settings = None
        if self._delivered is None:
            self._delivered = self._inbox.delivered(self._spool.name)
        waiting = self._spool.after(self._delivered, AT_ONCE)
        if waiting:
            self._delivered = self._inbox.deliver(self._spool.name, self._vantage, waiting, self._clock.now_us())
        return len(waiting)

    def forget(self, now_us: int, retention_us: int) -> int:
        """Delete old observations of the shared store, if this prober evaluates it. Returns how many. Raises LedgerError."""
        if not self._evaluator.seated:
            return 0
        return self._store.writer.forget(now_us - retention_us, upto=self._evaluator.evaluated())

    async def _shorten(self) -> None:
        """Hold what waits to its bound."""
        try:
            last = await asyncio.to_thread(self._spool.last)
            if last - self.delivered > self._most:
                gone = await asyncio.to_thread(self._spool.shorten, last - self._most)
                self._listener.dropped(gone)
        except LedgerError as error:
            log.error("spool_failed", error=str(error))

    def _reached(self, well: bool, error: Exception | None = None) -> None:
        if self._away is well:
            self._away = not well
            self._listener.store_away(self._away)
            if well:
                log.info("shared_store_reached")
            else:
                log.error("shared_store_away", error=str(error))

    # --- evaluate

    async def evaluate(self) -> None:
        """Evaluate whenever the seat is free, until cancelled."""
        await self._prepared.wait()
        thinned = self._clock.monotonic_us()
        try:
            while True:
                taken = 0
                try:
                    if not self._evaluator.seated and await asyncio.to_thread(self._evaluator.take_seat):
                        log.info("evaluating")
                    if self._evaluator.seated:
                        taken = (await asyncio.to_thread(self._evaluator.step)).events
                        if self._clock.monotonic_us() - thinned > THIN_US:
                            thinned = self._clock.monotonic_us()
                            await asyncio.to_thread(self._evaluator.thin, self._clock.now_us())
                except LedgerError as error:
                    log.warning("evaluation_interrupted", error=str(error))
                if not taken:
                    await self._clock.sleep_us(QUIET_US if self._evaluator.seated else SEAT_US)
        finally:
            await asyncio.to_thread(self._evaluator.close)

    # --- read

    async def follow(self) -> None:
        """Read what came of it, until cancelled."""
        await self._prepared.wait()
        while True:
            try:
                self._seen = await asyncio.to_thread(self._store.look, self._clock.now_us())
            except LedgerError as error:
                log.debug("shared_store_unread", error=str(error))
            await self._clock.sleep_us(2 * QUIET_US)
