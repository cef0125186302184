"""The acts of people on incidents and deactivation flags.

The command line, the API, mail and Alertmanager call them; there is one method for each act.

The methods are synchronous. Each is one transaction, which holds the act, its consequences, and the
letters to the ticket systems. They work in another process beside the running watch, on a ledger
that is a file and on a shared one.

`author` is the person's name or role, or `MACHINE`. `at_us` is when the act was done, now by
default: never in the future, nor before the incident's latest act. The methods raise
`probe.core.incident.rules.RefusedActError` when the contract or the state forbids the act,
`probe.errors.InputError` when an argument is wrong (an unknown number, hub or IdP; a text that is
too long), and `probe.errors.LedgerError` when the ledger cannot be read or written now. In each
case nothing was written.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

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
from probe.core.incident.indicator import by_month, year
from probe.core.incident.model import OPEN, Act, ActKind, Data, Incident, IncidentState, Origin, Severity, Way, reference
from probe.core.incident.refusal import RefusedActError
from probe.core.plain_text import block_fault, cleaned_line
from probe.core.radar.notice import NoticedChange
from probe.core.sla.correction import Change
from probe.core.sla.window import Span, civil_year, months, year_of
from probe.core.times import YEAR_US
from probe.errors import InputError, LedgerError, VigieError
from probe.incidents.alert_attachment import AlertAttachment, Attached, Result
from probe.incidents.automation import write_steps
from probe.incidents.details import DeadlineStatus, FlagRecord, IncidentDetails, Report
from probe.incidents.idp_status import FlagState, IdpStatus, guarded, idp_statuses, state_of
from probe.incidents.policy import Policy, policy_of
from probe.incidents.store import deactivations, outbox, register
from probe.incidents.trouble_instants import check_trouble
from probe.ledger.db.store import open_store, writing
from probe.ledger.db.store import reason as reason_of
from probe.ledger.figures import tracks
from probe.ledger.figures.corrections import text_problems
from probe.ledger.figures.runs import on
from probe.ledger.figures.seen import noticed_changes

__all__ = [
    "Alert",
    "Attached",
    "FlagState",
    "IdpStatus",
    "IncidentService",
    "RefusedActError",
    "Result",
    "month_span",
    "open_service",
]  # fmt: skip


log = structlog.get_logger(__name__)
LONGEST_NAME = 80
"""Characters of a foreign name that a refusal repeats."""
_FAR_US = 2**62


class IncidentService:
    """The incident register, for people and for other machines."""

    def __init__(self, engine: Engine, settings: Policy, clock_now: Callable[[], int]) -> None:
        """`engine` may write.

        `settings` are `probe.incidents.policy.policy_of` of the configuration.

        `clock_now` returns the instant in UTC microseconds. `open_service` makes all three.
        """
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
        """Open an incident, and return it.

        `key` names its source (a mail's Message-ID): the same key again changes nothing, and
        returns the same incident. It is refused with code `open_already` when its scope (a
        `subject`) has an open incident.
        """
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
        """Do one act to an incident, and return the incident after it. `key`: as in `open`.

        CLOSED by `no_answer` or `no_remark` is given its `due_us` here; MERGED and LINKED name an
        incident that is there.
        """
        if kind is ActKind.OPENED:
            raise RefusedActError("exists", "an incident is opened by open()")
        fields = dict(data or {})
        check_texts(one_line={"author": author}, block={name: value for name, value in fields.items() if isinstance(value, str)})
        return self._do(number, kind, fields, author, key, at_us)

    def _do(self, number: int, kind: ActKind, data: Data, author: str, key: str, at_us: int | None) -> Incident:
        with self._writing() as connection:
            now = self._now()
            if key and (known := register.incident_of_key(connection, key)) is not None:
                return _existing(connection, known)
            at = self._instant(connection, number, at_us, now)
            before = register.get(connection, number)
            check_trouble(data, None if before is None else before.began_us, now)
            act = Act(number, at, author, kind, self._completed(connection, number, kind, data, at))
            (written,) = register.write(connection, [act], now, self._terms.routes)
            if key:
                register.remember_key(connection, key, written.incident.number, now)
            return written.incident

    def _instant(self, connection: Connection, number: int, at_us: int | None, now: int) -> int:
        """Return when the act was done: not in the future, nor before the incident's latest act."""
        last = max((act.at_us for _, act in register.acts_of(connection, number)), default=0)
        if at_us is None:
            return max(now, last)  # a clock that was set back must not stop the work
        if at_us > now:
            raise InputError("the instant of the act is in the future")
        if at_us < last:
            raise InputError(f"{reference(number)} has a later act: an act cannot be added before it")
        return at_us

    def _completed(self, connection: Connection, number: int, kind: ActKind, data: Data, at_us: int) -> Data:
        if kind in (ActKind.MERGED, ActKind.LINKED):
            other = data.get("into" if kind is ActKind.MERGED else "to")
            if isinstance(other, int):
                _existing(connection, other)
        if kind is ActKind.CLOSED and data.get("due_us") is None and data.get("way") in (Way.NO_ANSWER, Way.NO_REMARK):
            due_us = runs_out(_existing(connection, number), Way(str(data["way"])), self._terms.calendar, self._terms.clocks, at_us)
            return {**data, "due_us": due_us}
        return data

    def attach(self, alert: Alert, *, at_us: int | None = None) -> Attached:
        """Attach an alert to the open incident of its scope, or open or reopen one.

        It is idempotent: duplicates and late notifications change nothing. When the last alert of
        an incident that alerts opened is over, the incident is resolved.
        """
        self._check_alert(alert)
        with self._writing() as connection:
            now = self._now()
            return AlertAttachment(connection, self._terms, now if at_us is None else min(at_us, now)).attach(alert)

    def attach_all(self, alerts: Sequence[Alert]) -> list[Attached | VigieError]:
        """Attach several alerts in one transaction, in their order, like `attach`.

        The result has one entry for each alert: what became of it, or the error by which it alone
        was refused. A LedgerError there is the register's trouble with that one alert. Raises
        LedgerError when nothing could be written.
        """
        with self._writing() as connection:
            attachment = AlertAttachment(connection, self._terms, self._now())
            return [self._attached_alone(connection, attachment, alert) for alert in alerts]

    def _attached_alone(self, connection: Connection, attachment: AlertAttachment, alert: Alert) -> Attached | VigieError:
        try:
            self._check_alert(alert)
            with connection.begin_nested():
                return attachment.attach(alert)
        except RefusedActError as error:
            return InputError(error.text)
        except InputError as error:
            return error
        except (DataError, IntegrityError) as error:
            return LedgerError(f"the register cannot take the alert: {reason_of(error)}")
        except (LedgerError, ValueError, LookupError, TypeError) as error:  # a mistake of ours
            log.error("alert_failed", exc_info=error)
            return LedgerError("the register cannot take the alert")

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
        """List incidents, the newest first.

        `states`: None for all. `since_us`: received at or after it. `before`: numbers below it.
        """
        with self._reading() as connection:
            return register.listed(
                connection, hub=hub, idp=idp, states=states, severity=severity, since_us=since_us, before=before, limit=limit
            )

    def keyed(self, key: str) -> int | None:
        """Return the number of the incident of a `key`; None when the key never came in."""
        with self._reading() as connection:
            return register.incident_of_key(connection, key)

    def show(self, number: int) -> IncidentDetails:
        """Return one incident with all its acts and deadlines."""
        with self._reading() as connection:
            return self._details(connection, _existing(connection, number))

    def _details(self, connection: Connection, incident: Incident) -> IncidentDetails:
        acts = tuple(act for _, act in register.acts_of(connection, incident.number))
        clocks = tuple(
            DeadlineStatus(each.clock, each.due_us, each.breached)
            for each in read(incident, self._terms.calendar, self._terms.clocks, self._now())
        )
        keys = {ticket.system: ticket.reference for ticket in outbox.tickets(on(connection), incident.number)}
        return IncidentDetails(incident, acts, clocks, keys)

    def acts(self, after: int = 0) -> Iterator[tuple[int, Act]]:
        """Yield every act after number `after`, with its number, in the order of writing."""
        with self._reading() as connection:
            yield from register.acts_after(connection, after)

    def report(self, month: str | None = None) -> Report:
        """Return the indicator of a civil month of Europe/Paris and of the rolling year.

        `month`: `2026-11`; None for the one under way.
        """
        now = self._now()
        span = month_span(month, now)
        with self._reading() as connection:
            earliest = min(span.start_us, now - YEAR_US)
            received = register.listed(connection, since_us=earliest)
            still_open = tuple(self._details(connection, incident) for incident in reversed(received) if incident.open)
            stragglers = [incident for incident in register.listed(connection, states=OPEN) if incident.received_us < earliest]
            still_open = (*(self._details(connection, incident) for incident in reversed(stragglers)), *still_open)
        calendar, late = self._terms.calendar, self._terms.late_us
        (monthly,) = by_month(received, calendar, span, now, late)
        return Report(now, monthly.name.removeprefix("month="), monthly, year(received, calendar, now, late), still_open)

    def changes(self) -> list[Change]:
        """Return the announced changes of application or infrastructure (docs/contract.md, 2.1)."""
        with self._reading() as connection:
            return tracks.changes(on(connection))

    def seen_changes(self) -> dict[str, list[NoticedChange]]:
        """Return the changes that were seen in the rolling year, by hub, each beside its
        announcement.
        """
        with self._reading() as connection:
            seen = noticed_changes(on(connection), self._terms.announced_of)
        since_us = self._now() - YEAR_US
        return {hub: [one for one in of if one.change.first_us > since_us] for hub, of in seen.items()}

    # --- undelivered letters to ticket systems

    def letters(self) -> list[outbox.UndeliveredLetter]:
        """Return the undelivered letters: the waiting and the dead ones."""
        with self._reading() as connection:
            return outbox.listed(on(connection))

    def revive(self, system: str | None = None, number: int | None = None) -> int:
        """Queue dead letters again, of all, a system, or an incident there. Return how many."""
        with self._writing() as connection:
            return outbox.revive(connection, self._now(), system, number)

    def drop(self, system: str, number: int) -> int:
        """Drop an incident's dead letters to a system, and return how many.

        Those behind them are delivered then.
        """
        with self._writing() as connection:
            return outbox.drop(connection, self._now(), system, number)

    # --- flags

    def idps(self, hub: str | None = None) -> list[IdpStatus]:
        """Return the status of every configured IdP."""
        self._known(hub, None)
        with self._reading() as connection:
            return idp_statuses(connection, self._terms, self._now(), hub)

    def flags(self, hub: str | None = None, idp: str | None = None) -> Sequence[FlagRecord]:
        """Return every step of every flag, oldest first."""
        with self._reading() as connection:
            return [
                FlagRecord(seq, act.hub, act.idp, act.step.value, act.at_us, act.author, act.reason, act.evidence)
                for seq, act in deactivations.acts_after(connection, 0, hub, idp)
            ]

    def propose(self, hub: str, idp: str, *, author: str, reason: str, at_us: int | None = None) -> FlagState:
        """Propose a deactivation as a person; the guards hold for people too."""
        return self._step(hub, idp, FlagStep.PROPOSED, author, reason, at_us)

    def approve(self, hub: str, idp: str, *, author: str, reason: str = "", at_us: int | None = None) -> FlagState:
        return self._step(hub, idp, FlagStep.APPROVED, author, reason, at_us)

    def reject(self, hub: str, idp: str, *, author: str, reason: str, at_us: int | None = None) -> FlagState:
        return self._step(hub, idp, FlagStep.REJECTED, author, reason, at_us)

    def recovered(self, hub: str, idp: str, *, author: str, reason: str = "", at_us: int | None = None) -> FlagState:
        """Record that the IdP works again, by a person."""
        return self._step(hub, idp, FlagStep.RECOVERED, author, reason, at_us)

    def _step(self, hub: str, idp: str, step: FlagStep, author: str, reason: str, at_us: int | None) -> FlagState:
        self._known(hub, idp)
        check_texts(one_line={"author": author}, block={"reason": reason})
        with self._writing() as connection:
            now = self._now()
            if at_us is not None and at_us > now:
                raise InputError("the instant of the act is in the future")
            known = deactivations.Flags()
            known.refresh(connection)
            before = known.latest.get((hub, idp))
            at = max(now if at_us is None else at_us, before.since_us if before else 0)
            if step is FlagStep.PROPOSED and (before is None or not before.current):
                guard = guarded(connection, self._terms, now, hub, idp)
                if guard is not None:
                    raise RefusedActError(f"guard_{guard.value}", f"{idp} must not be deactivated now: {guard.value}")
            write_steps(connection, known, [core_flag.FlagAct(hub, idp, step, at, author, reason)], now, self._terms)
            return state_of(known, hub, idp)

    # --- shared

    def _known(self, hub: str | None, idp: str | None) -> None:
        """Check hub and IdP. Raises InputError for one that is not configured."""
        if hub is None:
            return
        place = next((known for known in self._terms.places if known.hub == hub), None)
        if place is None:
            known = ", ".join(place.hub for place in self._terms.places)
            raise InputError(f"hub {cleaned_line(hub, LONGEST_NAME)!r} is not configured, only: {known}")
        if idp is not None and idp not in place.idps:
            raise InputError(f"hub {hub!r} has no IdP {cleaned_line(idp, LONGEST_NAME)!r}, only: {', '.join(place.idps)}")

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


def _existing(connection: Connection, number: int) -> Incident:
    incident = register.get(connection, number)
    if incident is None:
        raise InputError(f"there is no incident {reference(number)}")
    return incident


def month_span(month: str | None, now_us: int) -> Span:
    """Return a civil month of Europe/Paris: that of `2026-11`, or by default that of `now_us`.

    Raises InputError for a malformed month, or one that has not begun.
    """
    if month is None:
        return next(part for _, _, part in months(civil_year(year_of(now_us), _FAR_US)) if part.start_us <= now_us < part.end_us)
    parts = re.fullmatch(r"([1-9]\d{3})-(0[1-9]|1[0-2])", month, re.ASCII)
    if not parts or not 1970 <= int(parts[1]) <= 9998:
        raise InputError(f"{month!r} is no month: write it as 2026-11")
    span = next(part for _, number, part in months(civil_year(int(parts[1]), _FAR_US)) if number == int(parts[2]))
    if span.start_us > now_us:
        raise InputError(f"{month} has not begun")
    return span


def check_texts(one_line: Mapping[str, str], block: Mapping[str, str]) -> None:
    """Check texts that will stay on every ticket.

    Raises InputError for one that is too long, empty where a line is needed, or unprintable.
    """
    problems = list(text_problems(**one_line))
    problems += [f"the {name} {fault}" for name, text in block.items() if text and (fault := block_fault(text))]
    if problems:
        raise InputError("\n".join(problems))


@contextmanager
def open_service(config: Config) -> Iterator[IncidentService]:
    """Open the incident register of a configuration's ledger.

    Raises LedgerError when it cannot be opened (there is none before `vigie run`), and SecretError.
    """
    place = store_address(config)
    open_store(place, create=False).dispose()  # raises when there is no ledger, and creates none
    engine = open_store(place)
    try:
        yield IncidentService(engine, policy_of(config), SystemClock().now_us)
    finally:
        engine.dispose()
