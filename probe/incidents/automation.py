"""Applies the automatic rules to incidents and flags, at each change of the ledger and tick.

Theory of operation
-------------------
    ledger rows --> apply_rules() --> acts and letters, committed in the transaction of the rows
    every tick  --> anything_due() --> apply_rules(), in a transaction of its own

So an outage and its incident become durable together. Escalations, flags and stale states, which
only the passing of time brings, come within a tick. `apply_rules` is idempotent: when the process
is killed at any instant, the next tick does what is missing, and nothing is done twice. A failure
of the register never keeps an observation from being recorded: the rules run within a savepoint,
and the failure is logged.

All instants are UTC microseconds.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from probe.core.incident.acts import Observed
from probe.core.incident.automation import automatic_acts, since
from probe.core.incident.clocks import due
from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.deactivation_steps import Guard
from probe.core.incident.deactivation_steps import guard as flag_guard
from probe.core.incident.deactivation_steps import step as flag_step
from probe.core.incident.detection import about_negative
from probe.core.incident.model import MACHINE, Act, Fact, Incident, Scope
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.situation import UNSEEN, Present, Situation
from probe.core.judgement.accounts import RememberedAccount, present_accounts
from probe.core.judgement.subject import journey_of
from probe.core.judgement.timeline import LedgerRow
from probe.errors import LedgerError
from probe.incidents.own_settings import own_setting_notes
from probe.incidents.policy import Policy
from probe.incidents.store import register
from probe.incidents.store.deactivations import Flags, WrittenStep, post
from probe.incidents.store.situations import Place, Samples, memory_of, situation_of
from probe.ledger.db.store import reason, writing
from probe.ledger.figures.staleness import Lapses
from probe.ledger.memory_parts import KnownParts, RememberedParts
from probe.ledger.tails import Tails

ROUNDS = 8
"""How often the rules are applied to a hub at most.

Opening, linking, merging and resolving follow from each other; more rounds would be our bug.
"""

log = structlog.get_logger(__name__)


class Automation:
    """Brings the register in line with the ledger. Several threads may call its methods."""

    def __init__(self, policy: Policy, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._lock = threading.Lock()  # of the caches alone: never held while waiting for a transaction
        self.configure(policy)
        self.failures = 0
        self.looked_us = 0  # when nothing due was left undone, lastly
        self.held: Mapping[tuple[str, str], Guard] = {}
        self._stand: Mapping[str, Situation] = {}

    def configure(self, policy: Policy) -> None:
        """Put new settings in force."""
        with self._lock:
            self.terms = policy
            self._samples = Samples(policy.lookback_us, policy.places)
            self._flags = Flags()
            self._tails = Tails()
            self._lapses = Lapses()
            self._parts = KnownParts()

    # --- with the ledger's rows

    def with_rows(self, connection: Connection, rows: Sequence[LedgerRow]) -> None:
        """Apply the rules to the hubs of new ledger rows, in the transaction that writes the rows.

        A failure is logged and counted, and leaves no act; it never fails the transaction.
        """
        if not rows:
            return
        try:
            with connection.begin_nested():
                self.apply_rules(connection, {row.hub for row in rows})
        except Exception as error:  # any failure of the register: the observation is recorded
            log.error("register_failed", exc_info=error)
            self.failures += 1

    # --- every tick

    def tick(self, engine: Engine) -> bool:
        """Do what is due, and return whether there was anything.

        Raises LedgerError when the store cannot be read or written.
        """
        now_us = self._now_us()
        try:
            with engine.connect() as connection:
                is_due = self.anything_due(connection)
            if is_due:
                with writing(engine) as connection:
                    acted = self._applied(connection)
            if not is_due or acted:
                self.looked_us = now_us
        except DBAPIError as error:
            raise LedgerError(f"the register could not be brought up to date: {reason(error)}") from error
        return is_due

    def _applied(self, connection: Connection) -> bool:
        """Apply the rules within a savepoint. Return whether that worked; a failure is logged."""
        try:
            with connection.begin_nested():
                self.apply_rules(connection)
        except (RefusedActError, LedgerError, ValueError, LookupError, TypeError) as error:
            log.error("register_failed", exc_info=error)
            self.failures += 1
            return False
        return True

    def anything_due(self, connection: Connection) -> bool:
        """Return whether there is anything to do now. It reads only."""
        work = self._work(connection)
        is_due = work.anything_due()
        self.held, self._stand = work.held, work.stand
        with self._lock:
            self._tails = work.tails
        return is_due

    def present(self, hub: str, subject: str) -> Present:
        """Return the state of a subject when the rules last looked at all hubs."""
        situation = self._stand.get(hub)
        return situation.of(subject) if situation else UNSEEN

    def accounts(self, hub: str) -> Mapping[str, RememberedAccount]:
        """Return the present account of each IdP when the rules last looked at all hubs."""
        situation = self._stand.get(hub)
        return situation.accounts if situation else {}

    def guard(self, connection: Connection, hub: str, idp: str) -> Guard | None:
        """Return the guard that forbids to flag an IdP now; None when none does."""
        return self._work(connection, {hub}, fresh=False).guard(hub, idp)

    def apply_rules(self, connection: Connection, hubs: Collection[str] | None = None) -> None:
        """Write all acts and steps that are due now, in the caller's transaction.

        `hubs`: only those hubs, and without the deadlines of their incidents.

        Raises RefusedActError when the register's rules forbid an act of the machine, which is our
        bug.
        """
        register.hold(connection)
        self._work(connection, hubs, fresh=False).do(hubs)

    def _work(self, connection: Connection, hubs: Collection[str] | None = None, *, fresh: bool = True) -> "_RulePass":
        """Read what the rules need.

        `hubs`: only those hubs; None for all. `fresh`: the transaction has only committed data, so
        that the caches may keep it.
        """
        now_us = self._now_us()
        with self._lock:
            samples, flags = (self._samples, self._flags) if fresh else (self._samples.copy(), self._flags.copy())
            samples.refresh(connection, now_us)
            flags.refresh(connection)
            tails = self._tails.copy()
            tails.refresh(connection)
            return _RulePass(connection, self.terms, now_us, _Caches(samples.copy(), flags.copy(), tails, self._lapses, self._parts), hubs)


class _Caches(NamedTuple):
    """Data that was read before, brought up to date."""

    samples: Samples
    flags: Flags
    tails: Tails
    lapses: Lapses
    parts: KnownParts


class _RulePass:
    """One application of the rules, at one instant, in one transaction."""

    def __init__(self, connection: Connection, policy: Policy, now_us: int, caches: _Caches, hubs: Collection[str] | None) -> None:
        self.connection, self.terms, self.now_us = connection, policy, now_us
        self._samples, self._flags, self.tails, self._lapses, self._parts = caches
        self._memory = memory_of(connection, hubs)
        self.stand: dict[str, Situation] = {}
        self._unclosed: list[Incident] | None = None
        self.held: dict[tuple[str, str], Guard] = {}

    def anything_due(self) -> bool:
        """Return whether any act is due. It looks at all hubs, so that all guards are known."""
        hubs_due = [bool(acts or steps) for acts, steps in map(self._next, self._places())]
        return any(hubs_due) or any(self._due())

    def guard(self, hub: str, idp: str) -> Guard | None:
        """Return the guard that forbids to flag an IdP now.

        Raises KeyError for a hub that is not configured.
        """
        place = {each.hub: each for each in self.terms.places}[hub]
        return flag_guard(self._situation(place), self._flags.of_hub(hub), idp, self.terms.flags)

    def do(self, hubs: Collection[str] | None) -> None:
        for place in self._places():
            if hubs is None or place.hub in hubs:
                self._apply_to_hub(place)
        if hubs is None:
            for acts in self._due():
                self._write(acts)

    def _places(self) -> list[Place]:
        """Return the configured hubs, and those of which only incidents are left."""
        known = {place.hub for place in self.terms.places}
        left = {incident.scope.hub for incident in self._unclosed_incidents()} - known
        return [*self.terms.places, *(Place(hub, watched=False) for hub in sorted(left))]

    def _apply_to_hub(self, place: Place) -> None:
        """Write steps and acts until none is due."""
        for _ in range(ROUNDS):
            acts, steps = self._next(place)
            if steps:
                self._unclosed = None
                write_steps(self.connection, self._flags, steps, self.now_us, self.terms)
            elif acts:
                self._write(acts)
            else:
                return
        log.error("register_unsettled", hub=place.hub)

    def _next(self, place: Place) -> tuple[list[Act], list[FlagAct]]:
        """Return what a hub needs next: steps of flags; acts only when there are no steps."""
        stand = self._situation(place)
        flags = self._flags.of_hub(place.hub)
        stepped = flag_step(stand, flags, self.terms.flags)
        self.held |= {(place.hub, idp): guard for idp, guard in stepped.held.items()}
        if stepped.acts:
            return [], stepped.acts
        unclosed = self._of(place)
        earliest = since(stand.outages, unclosed, self.now_us, self.terms.troubles)
        closed = register.closed_since(self.connection, place.hub, earliest)
        security = [about_negative(place.hub, name).scope.subject for name in place.negatives]
        closed += register.latest_of(self.connection, place.hub, security)
        acts = automatic_acts(stand, [*unclosed, *closed], flags, stepped.shared, self.terms.troubles)
        return acts or list(own_setting_notes(self.connection, stand, unclosed, self.terms.wording)), []

    def _situation(self, place: Place) -> Situation:
        """Read the hub's situation once: the ledger does not change while the rules are applied."""
        situation = self.stand.get(place.hub)
        if situation is None:
            unclosed = self._of(place)
            situation = situation_of(
                self.connection,
                place,
                self.now_us,
                self._samples,
                self.tails,
                self._lapsed(place.hub),
                lambda stand: since(stand.outages, unclosed, self.now_us, self.terms.troubles),
            )
            known = self._remembered(place.hub)
            accounts = present_accounts(known.accounts, place.idps)
            situation = self.stand[place.hub] = replace(situation, accounts=accounts, unproven=known.unproven)
        return situation

    def _remembered(self, hub: str) -> RememberedParts:
        content = self._memory.get(hub)
        return RememberedParts({}, {}) if content is None else self._parts.of(hub, content)

    def _lapsed(self, hub: str) -> Sequence[LedgerRow]:
        content = self._memory.get(hub)
        return () if content is None else self._lapses.rows(hub, content, self.now_us)

    def _unclosed_incidents(self) -> list[Incident]:
        """Return the open and the resolved incidents of all hubs, as they are now."""
        if self._unclosed is None:
            self._unclosed = register.unclosed(self.connection)
        return self._unclosed

    def _of(self, place: Place) -> list[Incident]:
        return [incident for incident in self._unclosed_incidents() if incident.scope.hub == place.hub]

    def _write(self, acts: Sequence[Act]) -> None:
        self._unclosed = None
        register.write(self.connection, acts, self.now_us, self.terms.routes)

    def _due(self) -> Iterator[list[Act]]:
        for incident in self._unclosed_incidents():
            if acts := due(incident, self.terms.calendar, self.terms.clocks, self.now_us):
                yield acts


# --- flags' steps, by the machine and by people


def write_steps(connection: Connection, flags: Flags, steps: Sequence[FlagAct], now_us: int, policy: Policy) -> list[WrittenStep]:
    """Append steps, evidence in the IdP's open incident, and a letter to the webhook.

    Raises RefusedActError when the rules forbid a step.
    """
    written = flags.write(connection, steps, now_us)
    approved = {(each.hub, each.idp) for each in steps if each.step is FlagStep.APPROVED}
    for each in written:
        incident = register.open_in(connection, Scope(each.act.hub, journey_of(each.act.idp)))
        if incident is not None:
            awaits = each.act.step is FlagStep.PROPOSED and (each.act.hub, each.act.idp) not in approved
            text = policy.wording.flag_evidence(each.act, awaits=awaits)
            evidence = Observed(fact=Fact.OTHER, text=text, at_us=each.act.at_us)
            register.write(connection, [evidence.act(incident.number, now_us, MACHINE)], now_us, policy.routes)
        if policy.hooked:
            post(connection, each.act, now_us)
    return written
