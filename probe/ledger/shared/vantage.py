"""One vantage among several: it delivers to the shared store, evaluates it when no other prober
does, and reads the results.

These are three loops that never wait for each other, each with a thread of its own. A server that
hangs holds up one thread, and neither the watch nor its end. While the shared store is away, the
vantage goes on with its own ledger. Its observations wait there, up to `most` of them, and are
delivered in order when the store is back. Beyond that the oldest are dropped and counted.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from probe.clock import Clock
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import begin
from probe.core.judgement.observation import Observation
from probe.core.judgement.spec import HubSpec
from probe.errors import LedgerError
from probe.ledger.db.salt import store_salt
from probe.ledger.db.store import open_store, reason
from probe.ledger.figures.annual import Annual, annual
from probe.ledger.figures.runs import on
from probe.ledger.figures.tracks import memories as memories_of
from probe.ledger.memory import HubMemory, recall, remembered
from probe.ledger.shared.evaluation import Passed, StepResult
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox, UnwritableError, VantageTakenError, shared
from probe.ledger.shared.spool import Spool
from probe.waiting import backoff_us
from probe.worker import Worker

AT_ONCE = 500
QUIET_US = 500_000
TAKE_LEAD_US = 3_000_000
FIRST_PAUSE_US = 1_000_000
LONGEST_PAUSE_US = 10_000_000
"""The first and the longest pause between two tries of a store that is away."""
TIDY_US = 3_600_000_000
STALE_US = 10_000_000
HUNG_SECONDS = 10.0
LAST_WORDS_SECONDS = 2.0
CLAIM_US = 30_000_000
"""How long a prober tries to claim its vantage's name before it gives up. The server releases the
name of a dead prober within some twenty seconds."""

CLOCK_US = 60_000_000
"""How often the store is asked for its clock, and the largest difference that is not logged."""

log = structlog.get_logger(__name__)


class VantageListener(Protocol):
    """Is called about the shared store: its absence, dropped observations, backlog, evaluation."""

    def store_away(self, away: bool) -> None: ...
    def dropped(self, observations: int) -> None: ...
    def undelivered(self, observations: int, oldest_us: int) -> None: ...
    def evaluating(self, leads: bool) -> None: ...
    def passed_over(self, passed: Sequence[Passed]) -> None: ...
    def ahead(self, us: int) -> None: ...


class Seen(NamedTuple):
    """One reading of the shared ledger."""

    at_us: int
    memories: Mapping[str, bytes]
    figures: Mapping[str, Mapping[str, Annual]]


class Shared:
    """The shared store, as one of the vantages has it."""

    def __init__(self, address: str, engine: Engine, inbox: Inbox, evaluator: Evaluator) -> None:
        """`address` with its password. `engine` on it may not be connected yet.

        `inbox` and `evaluator` are closed with the vantage.
        """
        self._address = address
        self._engine = engine
        self.inbox = inbox
        self.evaluator = evaluator

    def look(self, now_us: int) -> "Seen":
        """Read the shared ledger at an instant. Raises LedgerError."""
        try:
            with self._engine.connect() as connection:
                run = on(connection)
                memories = memories_of(run)
                return Seen(now_us, memories, annual(run, memories, now_us))
        except DBAPIError as error:
            raise LedgerError(f"the shared store could not be read: {reason(error)}") from error

    def prepare(self) -> bytes:
        """Migrate the schema, and return the store's salt.

        Raises LedgerError when the store is away, or has another Vigie's schema.
        """
        engine = open_store(self._address)
        try:
            return store_salt(engine)
        finally:
            engine.dispose()


class SharedVantage:
    """A vantage's part in a shared store."""

    def __init__(
        self, spool: Spool, store: Shared, vantage: str, clock: Clock, listener: VantageListener, most: int, retention_us: int
    ) -> None:
        self._spool = spool
        self._store = store
        self._inbox = store.inbox
        self._evaluator = store.evaluator
        self._vantage = vantage
        self._clock = clock
        self._listener = listener
        self._most = most
        self.retention_us = retention_us
        self._delivered: int | None = None  # unknown until the store has been asked
        self._known = 0  # the last that was known of it
        self._settings: tuple[list[HubSpec], int] | None = None
        self._hubs: dict[str, bytes] = {}
        self._seen: Seen | None = None
        self._away = False
        self._taken = False
        self._wrong_clock = False
        self._asked_us: int | None = None
        self._passed: Counter[Passed] = Counter()
        self._prepared = asyncio.Event()
        self._schema = False
        self._salt = b""
        self._bringing, self._evaluating, self._reading = Worker("deliver"), Worker("evaluate"), Worker("follow")

    async def run(self) -> None:
        """Run the three loops until cancelled.

        Raises VantageTakenError when another prober keeps watching as this vantage.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for loop in (self.deliver(), self.evaluate(), self.refresh()):
                    group.create_task(loop)
        except* LedgerError as errors:
            raise errors.exceptions[0] from errors

    async def finish(self) -> None:
        """Deliver the observations that wait, as far as the store takes them now."""
        with suppress(LedgerError):
            count = AT_ONCE if self._schema else 0
            while count:
                count = await self._bringing.submit(self.deliver_some)

    async def close(self) -> None:
        """Release all locks in the store.

        It does not wait for a store that hangs: the server releases them itself.
        """
        for worker, given_back in ((self._evaluating, self._evaluator.close), (self._bringing, self._inbox.close)):
            with suppress(TimeoutError):
                await asyncio.wait_for(worker.submit(given_back), LAST_WORDS_SECONDS)

    def configure(self, specs: Iterable[HubSpec], at_us: int) -> None:
        """Put settings in force from `at_us` on. They are delivered before later observations."""
        hubs = list(specs)
        self._settings = (hubs, at_us)
        self._hubs = {spec.name: remembered(HubMemory(begin(shared(spec), at_us)[0])) for spec in hubs}

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]:
        """Return the shared fold's memory of every configured hub, and the figures.

        They are those of the last reading, about a second ago. A hub without an observation yet is
        unknown. This never waits for the store. Raises LedgerError when the store could not be
        read for `STALE_US`.
        """
        if self._seen is None or now_us - self._seen.at_us > STALE_US:
            raise LedgerError("the shared store is away")
        return {hub: self._seen.memories.get(hub, unknown) for hub, unknown in self._hubs.items()}, self._seen.figures

    def neighbours(self, hub: str) -> Neighbours | None:
        """Return what all vantages know of the settings that passed, by the last reading.

        None while the store is away.
        """
        content = self._seen.memories.get(hub) if self._seen is not None else None
        return recall(content).near if content is not None else None

    @property
    def evaluates(self) -> bool:
        """Whether this prober is the one that evaluates the store."""
        return self._evaluator.leads

    @property
    def prepared(self) -> bool:
        """Whether the store was reached, and has this Vigie's schema."""
        return self._schema

    def salt(self) -> bytes:
        """Return the salt of the shared store; empty until the store was reached."""
        return self._salt

    @property
    def delivered(self) -> int:
        """The number of the last observation that is known to be in the store."""
        return self._known

    # --- bring

    async def deliver(self) -> None:
        """Deliver the observations that wait, until cancelled.

        Raises VantageTakenError when the name could not be claimed at the start.
        """
        failures, begun = 0, self._clock.monotonic_us()
        while True:
            count = 0
            try:
                count = await self._patiently()
                self._reached()
                failures = 0
            except VantageTakenError as error:
                if not self._schema and self._clock.monotonic_us() - begun > CLAIM_US:
                    raise
                self._refused(error)
                failures = 1
            except LedgerError as error:
                self._failed(error)
                failures += 1
            await self._hold_to_bound()
            if count < AT_ONCE:
                await self._clock.sleep_us(backoff_us(failures, FIRST_PAUSE_US, LONGEST_PAUSE_US) if failures else QUIET_US)

    async def _patiently(self) -> int:
        """Deliver a batch. Report the store as away while it neither takes nor refuses it."""
        batch = self._bringing.submit(self.deliver_some)
        while not (await asyncio.wait({batch}, timeout=HUNG_SECONDS))[0]:
            self._failed(LedgerError("the shared store does not answer"))
            await self._hold_to_bound()
        return batch.result()

    def deliver_some(self) -> int:
        """Deliver a batch. Return how many observations it had. Raises LedgerError."""
        try:
            return self._deliver_some()
        except LedgerError:
            self._delivered = None  # a server that replaces this one may have fewer of them
            raise

    def _deliver_some(self) -> int:
        self._inbox.claim()
        if not self._schema:
            self._salt = self._store.prepare()
            self._schema = True
        if self._settings is not None:
            settings = self._settings
            self._inbox.configure(*settings)
            if self._settings is settings:
                self._settings = None
        self._ask_clock()
        if self._delivered is None:
            earlier = (min(self._inbox.delivered(part.name), part.upto or part.after) for part in self._spool.parts[:-1])
            last = self._spool.parts[-1]
            self._delivered = self._known = max(self._spool.parts[0].after, self._inbox.delivered(last.name), *earlier)
        name, waiting = self._spool.after(self._delivered, AT_ONCE)
        if waiting:
            self._bring(name, waiting)
        return len(waiting)

    def _bring(self, name: str, waiting: Sequence[tuple[int, Observation]]) -> None:
        """Deliver all of these but those that the store can never take, which are found by
        halving.
        """
        try:
            self._delivered = self._inbox.deliver(name, self._vantage, waiting, self._clock.now_us())
        except UnwritableError as error:
            if len(waiting) > 1:
                half = len(waiting) // 2
                self._bring(name, waiting[:half])
                self._bring(name, waiting[half:])
                return
            ((number, seen),) = waiting
            self._delivered = self._inbox.pass_over(name, self._vantage, number)
            log.error("observation_undeliverable", hub=seen.hub, kind=seen.kind.value, number=number, error=str(error))
            self._bringing.notify(self._listener.dropped, 1)
        self._known = self._delivered

    def _ask_clock(self) -> None:
        """Compare the store's clock with this prober's, and log when they disagree.

        Observations that seem to come from the future are not believed.
        """
        at = self._clock.monotonic_us()
        if self._asked_us is not None and at - self._asked_us < CLOCK_US:
            return
        self._asked_us = at
        before = self._clock.now_us()
        theirs = self._inbox.now_us(before)
        ahead = (before + self._clock.now_us()) // 2 - theirs
        self._bringing.notify(self._listener.ahead, ahead)
        wrong, self._wrong_clock = self._wrong_clock, abs(ahead) > CLOCK_US
        if self._wrong_clock and not wrong:
            log.error("clock_differs_from_the_stores", ahead_seconds=ahead // 1_000_000, vantage=self._vantage)
        elif wrong and not self._wrong_clock:
            log.info("clock_agrees_with_the_stores", vantage=self._vantage)

    async def _hold_to_bound(self) -> None:
        """Drop the observations beyond the spool's limit, and report how many wait."""
        try:
            dropped = await asyncio.to_thread(self._spool.shorten, self._known, self._most)
            waiting = await asyncio.to_thread(self._spool.waiting, self._known)
            oldest_us = await asyncio.to_thread(self._spool.oldest_us, self._known)
        except LedgerError as error:
            log.error("spool_failed", error=str(error))
            return
        if dropped:
            log.error("observations_dropped", observations=dropped, why="the spool is full", spool_limit=self._most)
            self._listener.dropped(dropped)
        self._listener.undelivered(waiting, oldest_us)

    def _reached(self) -> None:
        if self._schema:
            self._prepared.set()
        self._taken = False
        if self._away:
            self._away = False
            self._listener.store_away(False)
            log.info("shared_store_reached")

    def _refused(self, error: VantageTakenError) -> None:
        if not self._taken:
            log.error("vantage_taken", error=str(error), vantage=self._vantage)
        self._taken = True
        self._be_away()

    def _failed(self, error: LedgerError) -> None:
        if self._be_away():
            log.error("shared_store_away", error=str(error))

    def _be_away(self) -> bool:
        """Record that the store is away. Return whether it was there until now."""
        before, self._away = self._away, True
        if not before:
            self._listener.store_away(True)
        return not before

    # --- evaluate

    async def evaluate(self) -> None:
        """Evaluate while no other prober does, until cancelled."""
        await self._prepared.wait()
        tidied = self._clock.monotonic_us() - TIDY_US
        while True:
            taken = StepResult()
            try:
                taken = await self._evaluate_some()
                if self._evaluator.leads and self._clock.monotonic_us() - tidied > TIDY_US:
                    tidied = self._clock.monotonic_us()
                    await self._tidy()
            except LedgerError as error:
                log.warning("evaluation_interrupted", error=str(error))
            # whatever is wrong with other vantages' observations, this one goes on watching
            except Exception as error:
                log.error("evaluation_failed", exc_info=error)
                await self._clock.sleep_us(LONGEST_PAUSE_US)
            self._listener.evaluating(self._evaluator.leads)
            if not taken.events:
                await self._clock.sleep_us(QUIET_US if self._evaluator.leads else TAKE_LEAD_US)

    async def _evaluate_some(self) -> StepResult:
        if not self._evaluator.leads and await self._evaluating.submit(self._evaluator.take_lead):
            log.info("evaluating")
        if not self._evaluator.leads:
            return StepResult()
        taken = await self._evaluating.submit(self._evaluator.step)
        if taken.passed:
            self._listener.passed_over(taken.passed)
            self._passed.update(taken.passed)
            for each in {*taken.passed}:
                # only the first of them is logged; the metric counts the others
                if self._passed[each] == taken.passed.count(each):
                    log.warning("observations_passed_over", vantage=each.vantage, why=each.why.value)
        return taken

    async def _tidy(self) -> None:
        deleted = await self._evaluating.submit(self._evaluator.forget, self._clock.now_us(), self.retention_us)
        if deleted:
            log.info("old_observations_deleted", observations=deleted, store="shared")

    # --- read

    async def refresh(self) -> None:
        """Read the results again and again, until cancelled."""
        await self._prepared.wait()
        while True:
            try:
                self._seen = await self._reading.submit(self._store.look, self._clock.now_us())
            except LedgerError as error:
                log.debug("shared_store_unread", error=str(error))
            except Exception as error:  # as above
                log.error("shared_store_unreadable", exc_info=error)
            await self._clock.sleep_us(2 * QUIET_US)
