"""What Alertmanager told, once: alerts become facts of the open incident of their scope, or open one.

Theory of operation
-------------------
    fires      known by (fingerprint, start)?  nothing.  Else: a fact of the scope's open incident, or of the hub's that covers it;
               one that ended lately is reopened; else one is opened
    is over    never told: noted, so that what comes late of it changes nothing.  Told and over: nothing.  Else: a fact; the last alert of
               an incident that alerts opened resolves it
An Alertmanager fingerprint names a label set, not an occurrence; with the start it does. Notifications come several times, from several
instances, grouped anew and out of order: each alert of each occurrence is one row, which only goes from firing to over. The start may move
while an alert fires (of two Prometheus the earlier one's counts, once it is told): it is the same occurrence while its incident is open,
and its end ends whatever of that label set began before.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from probe.core.incident.model import MACHINE, MACHINES, Act, Data, Fact, Incident, Kind, Origin, Scope, Severity, Way
from probe.core.judgement.subject import CONDITIONS
from probe.incidents.automation import Policy
from probe.incidents.store import register
from probe.ledger.db import schema


class Result(StrEnum):
    """What became of what came in."""

    OPENED = "opened"
    ATTACHED = "attached"  # one more fact of an incident that is there
    UNCHANGED = "unchanged"  # it was known: a duplicate, a replay, or a resolution of what was never told
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a notification. `fingerprint` names its labels, and with `starts_us` the occurrence (Alertmanager, "Notification").

    `subject`: a condition, `idp:NAME`, or "" for one of neither, whose scope is then `rule:NAME`. `ends_us` is None while it fires.
    """

    fingerprint: str
    name: str
    hub: str
    starts_us: int
    ends_us: int | None = None
    subject: str = ""
    severity: Severity = Severity.MEDIUM
    title: str = ""
    detail: str = ""


class Attached(NamedTuple):
    """What became of an alert, and its incident."""

    result: Result
    incident: Incident | None


_TEXTS = {
    "fr": {"fires": "Alerte {name}", "over": "Alerte {name} terminée", "again": "Alerte {name} de nouveau active"},
    "en": {"fires": "Alert {name}", "over": "Alert {name} is over", "again": "Alert {name} is active again"},
}
_UNRESOLVED = (Way.AGREED, Way.NO_ANSWER)


class AlertAttachment:
    """Takes alerts in, in a transaction that holds the register."""

    def __init__(self, connection: Connection, terms: Policy, now_us: int) -> None:
        self._connection, self._terms, self._now_us = connection, terms, now_us

    def attach(self, alert: Alert) -> Attached:
        """Raises RefusedError."""
        table = schema.alert
        mine = (table.c.fingerprint == alert.fingerprint) & (table.c.starts_us == alert.starts_us)
        row = self._connection.execute(select(table.c.incident, table.c.ends_us).where(mine)).first()
        if row is not None and (alert.ends_us is None or row.ends_us is not None):
            return Attached(Result.UNCHANGED, self._get(row.incident))
        if alert.ends_us is not None:
            return self._ends(alert, alert.ends_us, told=row is not None)
        moved = next((found for number in self._firing_since(alert.fingerprint) if (found := self._get(number)) and found.open), None)
        if moved is None:
            return self._fires(alert)
        self._note(alert, moved.number)
        return Attached(Result.UNCHANGED, moved)

    def _ends(self, alert: Alert, ends_us: int, *, told: bool) -> Attached:
        """`told`: it was told under this very start."""
        numbers = self._firing_since(alert.fingerprint, ends_us)
        table = schema.alert
        firing = (table.c.fingerprint == alert.fingerprint) & table.c.ends_us.is_(None) & (table.c.starts_us <= ends_us)
        self._connection.execute(update(table).where(firing).values(ends_us=ends_us))
        if not told:
            self._note(alert, numbers[0] if numbers else None)
        if not numbers:
            return Attached(Result.UNCHANGED, None)
        return Attached(Result.ATTACHED, [self._over(alert, ends_us, number) for number in numbers][-1])

    def _firing_since(self, fingerprint: str, before_us: int | None = None) -> list[int]:
        """The incidents of a label set's alerts that are not over, and began by then."""
        table = schema.alert
        query = select(table.c.incident).where(table.c.fingerprint == fingerprint, table.c.ends_us.is_(None), table.c.incident.is_not(None))
        query = query if before_us is None else query.where(table.c.starts_us <= before_us)
        return sorted(set(self._connection.scalars(query)))

    def _fires(self, alert: Alert) -> Attached:
        scope = Scope(alert.hub, alert.subject or f"rule:{alert.name}")
        found = register.open_in(self._connection, scope) or self._covering(scope)
        result = Result.ATTACHED
        if found is None and (before := register.latest_in(self._connection, scope)) is not None and self._goes_on(before, alert):
            found = before if self._is_past(before, alert) else self._do(before, Kind.REOPENED, {"reason": self._said("again", alert)})
        if found is not None:
            found = self._worse(found, alert)
            found = self._fact(found, "fires", alert, alert.starts_us)
        else:
            found, result = self._opened(alert, scope), Result.OPENED
        self._note(alert, found.number)
        return Attached(result, found)

    def _over(self, alert: Alert, ends_us: int, number: int) -> Incident | None:
        found = self._get(number)
        if found is None:
            return None
        found = self._fact(found, "over", alert, ends_us)
        kept = found.reopened_us is not None and found.reopened_by != MACHINE and found.reopened_us >= ends_us
        if found.open and found.origin is Origin.ALERT and not kept and not self._firing(number):
            return self._do(found, Kind.RESOLVED, {"text": self._said("over", alert), "ended_us": max(ends_us, found.began_us or 0)})
        return found

    def _covering(self, scope: Scope) -> Incident | None:
        """The hub's own incident: while one of the conditions holds, no IdP has one of its own."""
        if _idp_of(scope) is None:
            return None
        wide = (register.open_in(self._connection, Scope(scope.hub, condition)) for condition in CONDITIONS)
        return next((each for each in wide if each is not None), None)

    def _goes_on(self, before: Incident, alert: Alert) -> bool:
        """Whether it is the same trouble as that of an incident which is resolved or closed."""
        ended_us = before.ended_us if before.ended_us is not None else before.resolved_us
        return (
            before.way not in _UNRESOLVED and ended_us is not None and alert.starts_us <= ended_us + self._terms.troubles.reopen_within_us
        )

    def _is_past(self, before: Incident, alert: Alert) -> bool:
        """Whether it tells late of an outage whose end the ledger knows."""
        return before.origin in MACHINES and before.ended_us is not None and alert.starts_us < before.ended_us

    def _opened(self, alert: Alert, scope: Scope) -> Incident:
        data: Data = {
            "hub": scope.hub,
            "subject": scope.subject,
            "origin": Origin.ALERT.value,
            "severity": int(alert.severity),
            "title": alert.title or self._said("fires", alert),
            "detail": alert.detail,
            "began_us": min(alert.starts_us, self._now_us),
            "idp": _idp_of(scope),
            "blocking": scope.subject in CONDITIONS,
        }
        return self._write(Act(register.NEW, self._now_us, MACHINE, Kind.OPENED, data))

    def _worse(self, incident: Incident, alert: Alert) -> Incident:
        if incident.open and alert.severity < incident.severity and not incident.graded:
            return self._do(incident, Kind.SEVERITY, {"severity": int(alert.severity)})
        return incident

    def _fact(self, incident: Incident, what: str, alert: Alert, at_us: int) -> Incident:
        text = self._said(what, alert)
        return self._do(incident, Kind.EVIDENCE, {"fact": Fact.ALERT.value, "text": text, "at_us": at_us})

    def _said(self, what: str, alert: Alert) -> str:
        text = _TEXTS[self._terms.language][what].format(name=alert.name)
        more = alert.title if what == "fires" and alert.title != text else ""
        return f"{text} - {more}" if more else text

    def _do(self, incident: Incident, kind: Kind, data: Data) -> Incident:
        return self._write(Act(incident.number, self._now_us, MACHINE, kind, data))

    def _write(self, act: Act) -> Incident:
        (written,) = register.write(self._connection, [act], self._now_us, self._terms.routes)
        return written.incident

    def _get(self, number: int | None) -> Incident | None:
        return None if number is None else register.get(self._connection, number)

    def _note(self, alert: Alert, incident: int | None) -> None:
        row = {"fingerprint": alert.fingerprint, "starts_us": alert.starts_us, "incident": incident, "ends_us": alert.ends_us}
        self._connection.execute(insert(schema.alert), row)

    def _firing(self, number: int) -> bool:
        """Whether an alert of the incident is not over."""
        table = schema.alert
        return bool(self._connection.scalar(select(func.count()).where(table.c.incident == number, table.c.ends_us.is_(None))))


def _idp_of(scope: Scope) -> str | None:
    """The IdP that a scope is about."""
    kind, _, name = scope.subject.partition(":")
    return name if name and kind in ("idp", "intermittent", "slow") else None
