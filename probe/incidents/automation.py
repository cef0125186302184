"""The keeper of the register: what the machine does with incidents and flags, whenever something may have changed.

Theory of operation
-------------------
    ledger rows --same transaction--> follow() --acts, letters-->  committed with the rows, or none of them
    every `tick`  --look: is there anything to do?--> follow() in a transaction of its own
So an outage and its incident become durable together, and what only time brings (escalations, flags, what nothing vouches for any more)
comes within a tick. `follow` is idempotent: whoever is killed at any instant leaves nothing undone that the next tick does not do, and
nothing done twice. A register that fails never keeps an observation from being recorded: it works within a savepoint, and what is wrong is
logged.

All instants are UTC microseconds.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from probe.core.incident.acts import Observed
from probe.core.incident.automation import automatic_acts, since
from probe.core.incident.clocks import due
from probe.core.incident.deactivation import FlagAct, Guard
from probe.core.incident.deactivation import guard as flag_guard
from probe.core.incident.deactivation import step as flag_step
from probe.core.incident.model import MACHINE, Act, Fact, Incident, Scope
from probe.core.incident.rules import RefusedError
from probe.core.incident.situation import UNSEEN, Present, Situation
from probe.core.judgement.subject import journey_of
from probe.core.judgement.timeline import LedgerRow
from probe.errors import LedgerError
from probe.incidents.policy import Policy
from probe.incidents.store import register
from probe.incidents.store.deactivations import Flags, WrittenStep, post
from probe.incidents.store.situations import Place, Samples, memory_of, situation_of
from probe.ledger.db.store import reason, writing
from probe.ledger.figures.staleness import Lapses
from probe.ledger.tails import Tails

ROUNDS = 8
"""Opening, linking, merging and resolving follow from each other; more rounds than these would be a mistake of ours."""

log = structlog.get_logger(__name__)


class Automation:
    """Brings the register in line with the ledger. Its methods may be called from several threads."""

    def __init__(self, wanted: Policy, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._lock = threading.Lock()  # of the caches alone: never held while a transaction is waited for
        self.configure(wanted)
        self.failures = 0
        self.looked_us = 0  # when all that was due was last done
        self.held: Mapping[tuple[str, str], Guard] = {}
        self._stand: Mapping[str, Situation] = {}

    def configure(self, wanted: Policy) -> None:
        """The settings in force from now on."""
        with self._lock:
            self.terms = wanted
            self._samples = Samples(wanted.lookback_us)
            self._flags = Flags()
            self._tails = Tails()
            self._lapses = Lapses()

    # --- with the ledger's rows

    def with_rows(self, connection: Connection, rows: Sequence[LedgerRow]) -> None:
        """In the transaction that writes ledger rows: what follows from them, or nothing of it when that fails, which is nobody else's
        trouble."""
        if not rows:
            return
        try:
            with connection.begin_nested():
                self.follow(connection, {row.hub for row in rows})
        except Exception as error:  # whatever is wrong with the register, the observation is recorded
            log.error("register_failed", exc_info=error)
            self.failures += 1

    # --- every tick

    def tick(self, engine: Engine) -> bool:
        """Do what is due. Returns whether there was anything. Raises LedgerError when the store cannot be had."""
        now_us = self._now_us()
        try:
            with engine.connect() as connection:
                wanted = self.wanted(connection)
            if wanted:
                with writing(engine) as connection:
                    done = self._kept(connection)
            if not wanted or done:
                self.looked_us = now_us
        except DBAPIError as error:
            raise LedgerError(f"the register could not be kept: {reason(error)}") from error
        return wanted

    def _kept(self, connection: Connection) -> bool:
        """Whether it could be done."""
        try:
            with connection.begin_nested():
                self.follow(connection)
        except (RefusedError, LedgerError, ValueError, LookupError, TypeError) as error:
            log.error("register_failed", exc_info=error)
            self.failures += 1
            return False
        return True

    def wanted(self, connection: Connection) -> bool:
        """Whether there is anything to do now. Reads only."""
        work = self._work(connection)
        found = work.wanted()
        self.held, self._stand = work.held, work.stand
        with self._lock:
            self._tails = work.tails
        return found

    def present(self, hub: str, subject: str) -> Present:
        """How a subject stood when all was last looked at."""
        found = self._stand.get(hub)
        return found.of(subject) if found else UNSEEN

    def guard(self, connection: Connection, hub: str, idp: str) -> Guard | None:
        """What forbids anybody to flag an IdP now."""
        return self._work(connection, {hub}, fresh=False).guard(hub, idp)

    def follow(self, connection: Connection, hubs: Collection[str] | None = None) -> None:
        """All that the machine does now, in the transaction under way; of some hubs only, without their clocks, when they are given.

        Raises RefusedError when the rules forbid the machine what it wants: a mistake of ours.
        """
        register.hold(connection)
        self._work(connection, hubs, fresh=False).do(hubs)

    def _work(self, connection: Connection, hubs: Collection[str] | None = None, *, fresh: bool = True) -> "_Work":
        """`hubs`: those that will be looked at, when not all of them. `fresh`: what is read is committed, and may be kept for the next
        time."""
        now_us = self._now_us()
        with self._lock:
            samples, flags = (self._samples, self._flags) if fresh else (self._samples.copy(), self._flags.copy())
            samples.refresh(connection, now_us)
            flags.refresh(connection)
            tails = self._tails.copy()
            tails.refresh(connection)
            return _Work(connection, self.terms, now_us, _Caches(samples.copy(), flags.copy(), tails, self._lapses), hubs)


class _Caches(NamedTuple):
    """What was read before, brought up to date."""

    samples: Samples
    flags: Flags
    tails: Tails
    lapses: Lapses


class _Work:
    """One time that the keeper looks, at one instant, in one transaction."""

    def __init__(self, connection: Connection, wanted: Policy, now_us: int, caches: _Caches, hubs: Collection[str] | None) -> None:
        self.connection, self.terms, self.now_us = connection, wanted, now_us
        self._samples, self._flags, self.tails, self._lapses = caches
        self._memory = memory_of(connection, hubs)
        self.stand: dict[str, Situation] = {}
        self._unsettled: list[Incident] | None = None
        self.held: dict[tuple[str, str], Guard] = {}

    def wanted(self) -> bool:
        """Whether any act is due. Looks at everything, so that all guards are known."""
        found = [bool(acts or steps) for acts, steps in map(self._next, self._places())]
        return any(found) or any(self._due())

    def guard(self, hub: str, idp: str) -> Guard | None:
        """What forbids anybody to flag an IdP now. Raises KeyError for a hub that is not configured."""
        place = {each.hub: each for each in self.terms.places}[hub]
        return flag_guard(self._situation(place), self._flags.of_hub(hub), idp, self.terms.flags)

    def do(self, hubs: Collection[str] | None) -> None:
        for place in self._places():
            if hubs is None or place.hub in hubs:
                self._settle(place)
        if hubs is None:
            for acts in self._due():
                self._write(acts)

    def _places(self) -> list[Place]:
        """The configured hubs, and those whose incidents are left over."""
        known = {place.hub for place in self.terms.places}
        left = {incident.scope.hub for incident in self._alive()} - known
        return [*self.terms.places, *(Place(hub, watched=False) for hub in sorted(left))]

    def _settle(self, place: Place) -> None:
        for _ in range(ROUNDS):
            acts, steps = self._next(place)
            if steps:
                self._unsettled = None
                write_steps(self.connection, self._flags, steps, self.now_us, self.terms)
            elif acts:
                self._write(acts)
            else:
                return
        log.error("register_unsettled", hub=place.hub)

    def _next(self, place: Place) -> tuple[list[Act], list[FlagAct]]:
        """What is to be done about a hub first: steps of flags, and only when there are none, acts."""
        stand = self._situation(place)
        flags = self._flags.of_hub(place.hub)
        stepped = flag_step(stand, flags, self.terms.flags)
        self.held |= {(place.hub, idp): guard for idp, guard in stepped.held.items()}
        if stepped.acts:
            return [], stepped.acts
        unsettled = self._of(place)
        earliest = since(stand.outages, unsettled, self.now_us, self.terms.troubles)
        settled = register.settled_since(self.connection, place.hub, earliest)
        return automatic_acts(stand, [*unsettled, *settled], flags, stepped.shared, self.terms.troubles), []

    def _situation(self, place: Place) -> Situation:
        """What is in the ledger does not change while the register is brought after it."""
        found = self.stand.get(place.hub)
        if found is None:
            unsettled = self._of(place)
            found = self.stand[place.hub] = situation_of(
                self.connection,
                place,
                self.now_us,
                self._samples.of(place.hub),
                self.tails,
                self._lapsed(place.hub),
                lambda stand: since(stand.outages, unsettled, self.now_us, self.terms.troubles),
            )
        return found

    def _lapsed(self, hub: str) -> Sequence[LedgerRow]:
        content = self._memory.get(hub)
        return () if content is None else self._lapses.rows(hub, content, self.now_us)

    def _alive(self) -> list[Incident]:
        """The open and the resolved incidents of all hubs, as they are now."""
        if self._unsettled is None:
            self._unsettled = register.unsettled(self.connection)
        return self._unsettled

    def _of(self, place: Place) -> list[Incident]:
        return [incident for incident in self._alive() if incident.scope.hub == place.hub]

    def _write(self, acts: Sequence[Act]) -> None:
        self._unsettled = None
        register.write(self.connection, acts, self.now_us, self.terms.routes)

    def _due(self) -> Iterator[list[Act]]:
        for incident in self._alive():
            if acts := due(incident, self.terms.calendar, self.terms.clocks, self.now_us):
                yield acts


# --- flags' steps, by the machine and by people


def write_steps(connection: Connection, flags: Flags, steps: Sequence[FlagAct], now_us: int, wanted: Policy) -> list[WrittenStep]:
    """Append steps with all that follows: evidence in the IdP's open incident, and a letter to the webhook. Raises RefusedError."""
    written = flags.write(connection, steps, now_us)
    for each in written:
        incident = register.open_in(connection, Scope(each.act.hub, journey_of(each.act.idp)))
        if incident is not None:
            evidence = Observed(fact=Fact.OTHER, text=wanted.wording.flag_step(each.act), at_us=each.act.at_us)
            register.write(connection, [evidence.act(incident.number, now_us, MACHINE)], now_us, wanted.routes)
        if wanted.hooked:
            post(connection, each.act, now_us)
    return written
