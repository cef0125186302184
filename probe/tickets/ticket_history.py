"""Reads the story of a ticket: the incident as it was when an act was done, and the facts beside
it.

Everything but the people to call depends on stored data alone, so that a letter which is sent again
has the same text.
"""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, or_, select
from sqlalchemy.exc import DBAPIError

from probe.config.models import Config, Hub
from probe.config.support import Person as Configured
from probe.config.titles import titles_at
from probe.core.business_hours import Calendar
from probe.core.incident import clocks
from probe.core.incident.acts import Escalated, undamaged
from probe.core.incident.clocks import ClockTerms
from probe.core.incident.model import Act, ActKind, Incident, IncidentClock
from probe.core.incident.rules import replay
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.fold import cause_of
from probe.core.judgement.past import OutageName, PastOutage, StoredObservation
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import State
from probe.core.judgement.telling import most_telling
from probe.errors import LedgerError, NoneSuchError
from probe.incidents.store import register
from probe.ledger.db import records, schema
from probe.ledger.db.store import reason
from probe.ledger.past import Past
from probe.tickets.wording import PersonToCall, Story


class TicketEvidence(NamedTuple):
    """The ledger's cause of an incident's outage, and the outage with what tells why.

    `accepted`: of a security incident, the observation that found what the hub accepts. `again_us`:
    of an incident that was reopened, when the outage began that reopened it.
    """

    cause: Cause | None = None
    past: PastOutage | None = None
    accepted: StoredObservation | None = None
    again_us: int | None = None


class TicketHistory:
    """Reads the incidents of a store. It may be called in any thread."""

    def __init__(self, engine: Engine, config: Config, calendar: Calendar, terms: ClockTerms) -> None:
        self._engine = engine
        self._config = config
        self._calendar = calendar
        self._terms = terms

    def __call__(self, number: int, act: int) -> Story:
        """Return the story of incident `number` up to its act no. `act`, counted from 1.

        Raises LedgerError when there is no such act, or when the store cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                acts = [one for _, one in register.acts_of(connection, number)][:act]
                if len(acts) != act:
                    raise LedgerError(f"incident {number} has no act {act}")
                incident = replay(acts)
                return self._story(incident, acts, _evidence(connection, incident, acts))
        except DBAPIError as error:
            raise LedgerError(f"the register could not be read: {reason(error)}") from error

    def _story(self, incident: Incident, acts: list[Act], evidence: TicketEvidence) -> Story:
        hub = next((hub for hub in self._config.hubs if hub.name == incident.scope.hub), None)
        idp = hub and next((idp for idp in hub.idps if idp.name == incident.idp), None)
        return Story(
            incident=incident,
            acts=acts,
            due_us=self._due(incident, acts[-1].at_us),
            hub=_hub_title(hub),
            idp=(idp.title or idp.name) if idp else "",
            role=self._role(incident, acts[-1]),
            contacts=[_person(one) for one in idp.contacts] if idp else [],
            cause=evidence.cause,
            outage=evidence.past,
            titles=titles_at(self._config, hub) if hub else {},
            accepted=evidence.accepted,
            again_us=evidence.again_us,
            notify=_notified(hub, incident, acts[-1]) if hub else (),
        )

    def _due(self, incident: Incident, at_us: int) -> dict[IncidentClock, int]:
        readings = clocks.read(incident, self._calendar, self._terms, at_us)
        return {each.clock: each.due_us for each in readings if each.running and each.due_us is not None and each.due_us > at_us}

    def _role(self, incident: Incident, act: Act) -> PersonToCall | None:
        name = _escalated_to(act) or self._terms.treatments[incident.severity].role
        configured = next((person for role, person in self._config.support.roles.items() if role.value == name), None)
        return _person(configured) if configured else None


def _escalated_to(act: Act) -> str | None:
    """Return the role that an escalation names. None of other acts, and of damaged data."""
    content = undamaged(act)
    return content.role if isinstance(content, Escalated) else None


def _notified(hub: Hub, incident: Incident, act: Act) -> list[str]:
    """Return the mail addresses for a request or the notice of a resolution.

    docs/contract.md, 2.2.3: the contacts of the IdP, or of all IdPs when it is about all.
    """
    if act.kind is not ActKind.NOTIFIED and (act.kind is not ActKind.WAITING or incident.idp is None):
        return []
    return [person.mail for idp in hub.idps if incident.idp in (None, idp.name) for person in idp.contacts]


def _hub_title(hub: Hub | None) -> str:
    return (hub.title or hub.name) if hub else ""


def _person(configured: Configured) -> PersonToCall:
    return PersonToCall(configured.name, configured.mail, configured.phone or "")


def _evidence(connection: Connection, incident: Incident, acts: list[Act]) -> TicketEvidence:
    """Return what the ledger has of the incident's trouble until the last of its acts."""
    at_us = acts[-1].at_us
    subject = ScopeSubject.parse(incident.scope.subject)
    if subject.kind is not ScopeKind.SECURITY:
        return _outage(connection, incident, at_us, reopened=any(act.kind is ActKind.REOPENED for act in acts))
    seen = Past.on(connection).latest_acceptance(incident.scope.hub, subject.name, at_us)
    return TicketEvidence(None if seen is None else cause_of(seen.observation), accepted=seen)


def _outage(connection: Connection, incident: Incident, at_us: int, *, reopened: bool) -> TicketEvidence:
    """Return the incident's outage, at `at_us` or the last one before.

    Its cause is the most telling one that the ledger has of the incident's outages until then. Of
    an incident that was reopened it is that of the last outage alone: the observation beside it
    is of that one, and the outage before may have had another cause. Nothing when the incident is
    not about an outage. What was observed after `at_us` does not count.
    """
    table = schema.interval
    hub, subject = incident.scope.hub, incident.scope.subject
    began_us = incident.began_us if incident.began_us is not None else incident.received_us
    query = (
        select(table.c.start_us, table.c.state, table.c.condition, table.c.cause)
        .where(table.c.hub == hub, table.c.subject == subject, table.c.state == State.DOWN)
        .where(table.c.start_us <= at_us, or_(table.c.end_us.is_(None), table.c.end_us >= began_us))
        .order_by(table.c.start_us)
    )
    rows = connection.execute(query).mappings().all()
    if not rows:
        return TicketEvidence()
    last_us: int = rows[-1]["start_us"]
    try:
        past = Past.on(connection).outage(OutageName(hub, subject, last_us), at_us)
    except NoneSuchError:
        past = None
    begun_us = past.outage.start_us if past else last_us
    causes = [records.to_status(dict(row)).cause for row in rows if not reopened or row["start_us"] >= begun_us]
    again_us = begun_us if reopened and begun_us > began_us else None
    return TicketEvidence(most_telling(causes), past, again_us=again_us)
