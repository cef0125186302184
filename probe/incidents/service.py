"""What people do to incidents and to deactivation flags, one method an act: the command line, the API, mail and Alertmanager call it.

Synchronous; each method is one transaction, which holds the act, what follows from it, and what the ticket systems will be told. It works
from a process of its own beside the running watch, on a ledger that is a file and on a shared one.

`author` is who does it: a person's name or role, or `MACHINE`. `at_us` is when it was done, now when it is not given: never in the future,
nor before the incident's latest act. Methods raise `probe.core.incident.rules.RefusedError` when the contract or the state forbids the act,
`probe.errors.InputError` when what was given cannot be (an unknown number, hub or IdP; a text that is too long), and
`probe.errors.LedgerError` when the ledger refuses now. In each case nothing was written.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.secrets import store_address
from probe.core.incident import deactivation as core_flag
from probe.core.incident.acts import Opened
from probe.core.incident.alert import Alert
from probe.core.incident.clocks import read, runs_out
from probe.core.incident.deactivation import FlagStep
from probe.core.incident.indicator import Indicator, by_month, year
from probe.core.incident.model import OPEN, Act, ActKind, Data, Incident, IncidentClock, IncidentState, Origin, Severity, Way, reference
from probe.core.incident.rules import RefusedError
from probe.core.plain_text import block_fault
from probe.core.sla.availability import Span, civil_year, months, year_of
from probe.core.sla.correction import Change
from probe.core.times import YEAR_US
from probe.errors import InputError, LedgerError, VigieError
from probe.incidents.alert_attachment import AlertAttachment, Attached, Result
from probe.incidents.automation import write_steps
from probe.incidents.idp_status import FlagState, IdpStanding, guarded, standings, state_of
from probe.incidents.policy import Policy, policy_of
from probe.incidents.store import deactivations, outbox, register
from probe.ledger.db.store import open_store, writing
from probe.ledger.db.store import reason as reason_of
from probe.ledger.figures import tracks
from probe.ledger.figures.corrections import text_problems
from probe.ledger.figures.runs import on

__all__ = [
    "Alert",
    "Attached",
    "DeadlineStanding",
    "FlagRecord",
    "FlagState",
    "IdpStanding",
    "IncidentService",
    "RefusedError",
    "Report",
    "Result",
    "Shown",
    "desk",
    "month_span",
]  # fmt: skip


log = structlog.get_logger(__name__)
_FAR_US = 2**62


class DeadlineStanding(NamedTuple):
    """One deadline of an incident. `due_us` is None while its clock is paused; `late`: it has run out."""

    clock: IncidentClock
    due_us: int | None
    late: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident with its whole story. `keys`: in each ticket system (its name under `tickets:`), the ticket's reference there."""

    incident: Incident
    acts: tuple[Act, ...]
    clocks: tuple[DeadlineStanding, ...]
    keys: Mapping[str, str]


class FlagRecord(NamedTuple):
    """One step of a flag, with its evidence."""

    seq: int
    hub: str
    idp: str
    step: str
    at_us: int
    author: str
    reason: str
    evidence: Data


@dataclass(frozen=True, slots=True)
class Report:
    """The quality of service (docs/contract.md, 4). `open`: the open incidents, oldest first."""

    at_us: int
    name: str  # of the month: `2026-11`
    month: Indicator
    rolling: Indicator
    open: tuple[Shown, ...]

    @property
    def breaches(self) -> list[tuple[Incident, IncidentClock]]:
        """The open incidents whose clocks have run out, each with its clock."""
        return [(one.incident, each.clock) for one in self.open for each in one.clocks if each.late]


class IncidentService:
    """The register as people use it."""

    def __init__(self, engine: Engine, settings: Policy, clock_now: Callable[[], int]) -> None:
        """`engine` may write; `settings` are `probe.incidents.policy.policy_of` of the configuration; `clock_now` tells the instant, in UTC
        microseconds. Use `desk()` unless you have all three."""
        self._engine = engine
        self._terms = settings
        self._now = clock_now

    @property
    def settings(self) -> Policy:
        return self._terms

    # --- incidents

    def open(
        self,
        *,
        author: str,
        hub: str,
        severity: Severity,
        title: str,
        detail: str = "",
        subject: str = "",
        origin: Origin = Origin.PERSON,
        idp: str | None = None,
        blocking: bool = False,
        began_us: int | None = None,
        requester: str = "",
        key: str = "",
        at_us: int | None = None,
    ) -> Incident:
        """Open an incident. `key` names where it comes from (a mail's Message-ID): the same again changes nothing and returns the same
        incident. Refused with code `open_already` when its scope (a `subject`) has an open one."""
        self._known(hub, idp)
        check_texts(one_line={"author": author, "title": title, "requester": requester or "-"}, block={"detail": detail})
        opened = Opened(
            hub=hub,
            subject=subject,
            origin=origin,
            severity=severity,
            title=title,
            detail=detail,
            began_us=began_us,
            idp=idp,
            blocking=blocking,
            requester=requester,
        )
        return self._do(register.NEW, ActKind.OPENED, opened.data(), author, key, at_us)

    def act(
        self, number: int, kind: ActKind, data: Data | None = None, *, author: str, key: str = "", at_us: int | None = None
    ) -> Incident:
        """Do one act, of `probe.core.incident.model.ActKind`, to an incident; returns it as it is then. `key`: as in `open`.

        CLOSED by `no_answer` or `no_remark` is given its `due_us` here; MERGED and LINKED name an incident that is there.
        """
        if kind is ActKind.OPENED:
            raise RefusedError("exists", "an incident is opened by open()")
        given = dict(data or {})
        check_texts(one_line={"author": author}, block={name: value for name, value in given.items() if isinstance(value, str)})
        return self._do(number, kind, given, author, key, at_us)

    def _do(self, number: int, kind: ActKind, data: Data, author: str, key: str, at_us: int | None) -> Incident:
        with self._writing() as connection:
            now = self._now()
            if key and (known := register.came_in(connection, key)) is not None:
                return _there(connection, known)
            at = self._instant(connection, number, at_us, now)
            act = Act(number, at, author, kind, self._completed(connection, number, kind, data, at))
            (written,) = register.write(connection, [act], now, self._terms.routes)
            if key:
                register.note_intake(connection, key, written.incident.number, now)
            return written.incident

    def _instant(self, connection: Connection, number: int, at_us: int | None, now: int) -> int:
        """When it was done: not in the future, nor before the incident's latest act."""
        last = max((act.at_us for _, act in register.acts_of(connection, number)), default=0)
        if at_us is None:
            return max(now, last)  # a clock that was set back does not stop the work
        if at_us > now:
            raise InputError("what is still to come was not done yet")
        if at_us < last:
            raise InputError(f"{reference(number)} has an act that is later than that")
        return at_us

    def _completed(self, connection: Connection, number: int, kind: ActKind, data: Data, at_us: int) -> Data:
        if kind in (ActKind.MERGED, ActKind.LINKED):
            other = data.get("into" if kind is ActKind.MERGED else "to")
            if isinstance(other, int):
                _there(connection, other)
        if kind is ActKind.CLOSED and data.get("due_us") is None and data.get("way") in (Way.NO_ANSWER, Way.NO_REMARK):
            due_us = runs_out(_there(connection, number), Way(str(data["way"])), self._terms.calendar, self._terms.clocks, at_us)
            return {**data, "due_us": due_us}
        return data

    def attach(self, alert: Alert, *, at_us: int | None = None) -> Attached:
        """Attach an alert to the open incident of its scope, or open one (again). What was told before changes nothing, in whatever order
        it comes; when the last alert of an incident that alerts opened is over, it is resolved."""
        self._check_alert(alert)
        with self._writing() as connection:
            now = self._now()
            return AlertAttachment(connection, self._terms, now if at_us is None else min(at_us, now)).attach(alert)

    def attach_all(self, alerts: Sequence[Alert]) -> list[Attached | VigieError]:
        """As `attach`, several in one transaction, in their order: each is attached, or refused
        alone by the error in its place.

        A LedgerError in it: the register's trouble with that one alert. Raises LedgerError when
        nothing could be written.
        """
        with self._writing() as connection:
            intake = AlertAttachment(connection, self._terms, self._now())
            return [self._attached_alone(connection, intake, alert) for alert in alerts]

    def _attached_alone(self, connection: Connection, intake: AlertAttachment, alert: Alert) -> Attached | VigieError:
        try:
            self._check_alert(alert)
            with connection.begin_nested():
                return intake.attach(alert)
        except RefusedError as error:
            return InputError(error.text)
        except InputError as error:
            return error
        except (DataError, IntegrityError) as error:
            return LedgerError(f"the register does not take it: {reason_of(error)}")
        except (LedgerError, ValueError, LookupError, TypeError) as error:  # a mistake of ours
            log.error("alert_failed", exc_info=error)
            return LedgerError("the register does not take it")

    def _check_alert(self, alert: Alert) -> None:
        self._known(alert.hub, None)
        check_texts(one_line={"name": alert.name, "title": alert.title or "-"}, block={"detail": alert.detail})

    def incidents(
        self,
        *,
        hub: str | None = None,
        idp: str | None = None,
        states: Collection[IncidentState] | None = OPEN,
        severity: Severity | None = None,
        since_us: int | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Incident]:
        """The newest first; of all states with `states=None`, received at or after `since_us`, of numbers below `before`."""
        with self._reading() as connection:
            return register.listed(
                connection, hub=hub, idp=idp, states=states, severity=severity, since_us=since_us, before=before, limit=limit
            )

    def keyed(self, key: str) -> int | None:
        """The incident that what came in under a `key` became part of; None when it never came in."""
        with self._reading() as connection:
            return register.came_in(connection, key)

    def show(self, number: int) -> Shown:
        """One incident, all its acts and clocks."""
        with self._reading() as connection:
            return self._shown(connection, _there(connection, number))

    def _shown(self, connection: Connection, incident: Incident) -> Shown:
        acts = tuple(act for _, act in register.acts_of(connection, incident.number))
        clocks = tuple(
            DeadlineStanding(each.clock, each.due_us, each.breached)
            for each in read(incident, self._terms.calendar, self._terms.clocks, self._now())
        )
        keys = {ticket.system: ticket.reference for ticket in outbox.tickets(on(connection), incident.number)}
        return Shown(incident, acts, clocks, keys)

    def acts(self, after: int = 0) -> Iterator[tuple[int, Act]]:
        """Every act after the one of a number, with its own, in the order of writing."""
        with self._reading() as connection:
            yield from register.acts_after(connection, after)

    def report(self, month: str | None = None) -> Report:
        """The indicator of a civil month of Europe/Paris (`2026-11`; the one under way) and of the rolling year, and what is late."""
        now = self._now()
        span = month_span(month, now)
        with self._reading() as connection:
            earliest = min(span.start_us, now - YEAR_US)
            found = register.listed(connection, since_us=earliest)
            shown = tuple(self._shown(connection, one) for one in reversed(found) if one.open)
            stragglers = [one for one in register.listed(connection, states=OPEN) if one.received_us < earliest]
            shown = (*(self._shown(connection, one) for one in reversed(stragglers)), *shown)
        calendar, late = self._terms.calendar, self._terms.late_us
        (told,) = by_month(found, calendar, span, now, late)
        return Report(now, told.name.removeprefix("month="), told, year(found, calendar, now, late), shown)

    def changes(self) -> list[Change]:
        """The announced changes of application or infrastructure (docs/contract.md, 2.1)."""
        with self._reading() as connection:
            return tracks.changes(on(connection))

    # --- what the ticket systems are still to be told

    def letters(self) -> list[outbox.Listed]:
        """The letters that are not delivered: those that wait, and the dead ones."""
        with self._reading() as connection:
            return outbox.listed(on(connection))

    def revive(self, system: str | None = None, number: int | None = None) -> int:
        """Try dead letters again: all, a system's, or an incident's there. Returns how many."""
        with self._writing() as connection:
            return outbox.revive(connection, self._now(), system, number)

    def drop(self, system: str, number: int) -> int:
        """Give up an incident's dead letters to a system, so that those behind them go on. Returns how many."""
        with self._writing() as connection:
            return outbox.drop(connection, self._now(), system, number)

    # --- flags

    def idps(self, hub: str | None = None) -> list[IdpStanding]:
        """Every configured IdP."""
        self._known(hub, None)
        with self._reading() as connection:
            return standings(connection, self._terms, self._now(), hub)

    def flags(self, hub: str | None = None, idp: str | None = None) -> Sequence[FlagRecord]:
        """Every step of every flag, oldest first."""
        with self._reading() as connection:
            return [
                FlagRecord(seq, act.hub, act.idp, act.step.value, act.at_us, act.author, act.reason, act.evidence)
                for seq, act in deactivations.acts_after(connection, 0, hub, idp)
            ]

    def propose(self, hub: str, idp: str, *, author: str, reason: str, at_us: int | None = None) -> FlagState:
        """A person proposes a deactivation; the guards hold for people too."""
        return self._step(hub, idp, FlagStep.PROPOSED, author, reason, at_us)

    def approve(self, hub: str, idp: str, *, author: str, reason: str = "", at_us: int | None = None) -> FlagState:
        return self._step(hub, idp, FlagStep.APPROVED, author, reason, at_us)

    def reject(self, hub: str, idp: str, *, author: str, reason: str, at_us: int | None = None) -> FlagState:
        return self._step(hub, idp, FlagStep.REJECTED, author, reason, at_us)

    def recovered(self, hub: str, idp: str, *, author: str, reason: str = "", at_us: int | None = None) -> FlagState:
        """A person says that the IdP works again."""
        return self._step(hub, idp, FlagStep.RECOVERED, author, reason, at_us)

    def _step(self, hub: str, idp: str, step: FlagStep, author: str, reason: str, at_us: int | None) -> FlagState:
        self._known(hub, idp)
        check_texts(one_line={"author": author}, block={"reason": reason})
        with self._writing() as connection:
            now = self._now()
            if at_us is not None and at_us > now:
                raise InputError("what is still to come was not done yet")
            known = deactivations.Flags()
            known.refresh(connection)
            before = known.latest.get((hub, idp))
            at = max(now if at_us is None else at_us, before.since_us if before else 0)
            if step is FlagStep.PROPOSED and (before is None or not before.current):
                held = guarded(connection, self._terms, now, hub, idp)
                if held is not None:
                    raise RefusedError(f"guard_{held.value}", f"{idp} must not be deactivated now: {held.value}")
            write_steps(connection, known, [core_flag.FlagAct(hub, idp, step, at, author, reason)], now, self._terms)
            return state_of(known, hub, idp)

    # --- all of them

    def _known(self, hub: str | None, idp: str | None) -> None:
        """Raises InputError for a hub or an IdP that is not configured."""
        if hub is None:
            return
        place = next((one for one in self._terms.places if one.hub == hub), None)
        if place is None:
            raise InputError(f"hub {hub!r} is not configured, only: {', '.join(one.hub for one in self._terms.places)}")
        if idp is not None and idp not in place.idps:
            raise InputError(f"hub {hub!r} has no IdP {idp!r}, only: {', '.join(place.idps)}")

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                register.hold(connection)
                yield connection
        except DBAPIError as error:
            raise LedgerError(f"the register could not be written: {reason_of(error)}") from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise LedgerError(f"the register could not be read: {reason_of(error)}") from error


def _there(connection: Connection, number: int) -> Incident:
    found = register.get(connection, number)
    if found is None:
        raise InputError(f"there is no incident {reference(number)}")
    return found


def month_span(month: str | None, now_us: int) -> Span:
    """A civil month of Europe/Paris: that of `2026-11`, or the one that `now_us` is in. Raises InputError."""
    if month is None:
        return next(part for _, _, part in months(civil_year(year_of(now_us), _FAR_US)) if part.start_us <= now_us < part.end_us)
    found = re.fullmatch(r"([1-9]\d{3})-(0[1-9]|1[0-2])", month, re.ASCII)
    if not found or not 1970 <= int(found[1]) <= 9998:
        raise InputError(f"{month!r} is no month: write it as 2026-11")
    span = next(part for _, number, part in months(civil_year(int(found[1]), _FAR_US)) if number == int(found[2]))
    if span.start_us > now_us:
        raise InputError(f"{month} has not begun")
    return span


def check_texts(one_line: Mapping[str, str], block: Mapping[str, str]) -> None:
    """Raises InputError for texts that cannot stay on every ticket: too long, empty lines where one is needed, or unprintable."""
    problems = list(text_problems(**one_line))
    problems += [f"the {name} {fault}" for name, text in block.items() if text and (fault := block_fault(text))]
    if problems:
        raise InputError("\n".join(problems))


@contextmanager
def desk(config: Config) -> Iterator[IncidentService]:
    """The desk of a configuration's ledger. Raises LedgerError when it cannot be opened (there is none before `vigie run`), SecretError."""
    place = store_address(config)
    open_store(place, create=False).dispose()  # says what is wrong, and makes nothing
    engine = open_store(place)
    try:
        yield IncidentService(engine, policy_of(config), SystemClock().now_us)
    finally:
        engine.dispose()
