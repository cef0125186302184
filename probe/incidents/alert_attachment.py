"""Attach the alerts of Alertmanager to incidents, each alert once. The rules are pure: `probe.core.incident.alert`.

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

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from probe.core.incident.acts import ActData, Graded, Observed, Reopened, Resolved
from probe.core.incident.alert import Alert, opening, place, resolves
from probe.core.incident.model import MACHINE, Act, Fact, Incident, Scope
from probe.core.incident.policy import covering_scopes, may_raise
from probe.incidents.policy import Policy
from probe.incidents.store import register
from probe.ledger.db import schema


class Result(StrEnum):
    """What became of what came in."""

    OPENED = "opened"
    ATTACHED = "attached"  # one more fact of an incident that is there
    UNCHANGED = "unchanged"  # it was known: a duplicate, a replay, or a resolution of what was never told
    REFUSED = "refused"


class Attached(NamedTuple):
    """What became of an alert, and its incident."""

    result: Result
    incident: Incident | None


class AlertAttachment:
    """Takes alerts in, in a transaction that holds the register."""

    def __init__(self, connection: Connection, terms: Policy, now_us: int) -> None:
        self._connection, self._terms, self._now_us = connection, terms, now_us
        self._said = terms.wording
        self._reopen_within_us = terms.troubles.reopen_within_us

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
        scope = alert.scope
        in_scope = register.open_in(self._connection, scope)
        covering = self._covering(scope) if in_scope is None else None
        latest = register.latest_in(self._connection, scope) if in_scope is None and covering is None else None
        placed = place(alert, in_scope, covering, latest, self._reopen_within_us)
        if placed.incident is None:
            title = alert.title or self._fires_text(alert)
            found = self._write(opening(alert, title, self._now_us).act(register.NEW, self._now_us, MACHINE))
            self._note(alert, found.number)
            return Attached(Result.OPENED, found)
        found = placed.incident
        if placed.reopen:
            found = self._do(found, Reopened(reason=self._said.alert_again.format(name=alert.name)))
        if may_raise(found, alert.severity):
            found = self._do(found, Graded(severity=alert.severity))
        found = self._fact(found, self._fires_text(alert), alert.starts_us)
        self._note(alert, found.number)
        return Attached(Result.ATTACHED, found)

    def _over(self, alert: Alert, ends_us: int, number: int) -> Incident | None:
        found = self._get(number)
        if found is None:
            return None
        found = self._fact(found, self._over_text(alert), ends_us)
        if resolves(found, ends_us, others_fire=self._firing(number)):
            return self._do(found, Resolved(text=self._over_text(alert), ended_us=max(ends_us, found.began_us or 0)))
        return found

    def _covering(self, scope: Scope) -> Incident | None:
        """The hub's own open incident that takes in what concerns one IdP."""
        wide = (register.open_in(self._connection, each) for each in covering_scopes(scope))
        return next((each for each in wide if each is not None), None)

    def _fact(self, incident: Incident, text: str, at_us: int) -> Incident:
        return self._do(incident, Observed(fact=Fact.ALERT, text=text, at_us=at_us))

    def _fires_text(self, alert: Alert) -> str:
        text = self._said.alert_fires.format(name=alert.name)
        return f"{text} - {alert.title}" if alert.title and alert.title != text else text

    def _over_text(self, alert: Alert) -> str:
        return self._said.alert_over.format(name=alert.name)

    def _do(self, incident: Incident, done: ActData) -> Incident:
        return self._write(done.act(incident.number, self._now_us, MACHINE))

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
