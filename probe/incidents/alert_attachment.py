"""Attaches the alerts of Alertmanager to incidents, each alert once.

The rules are pure, in `probe.core.incident.alert`.

Theory of operation
-------------------
    the alert    and                                           then
    fires        is known by (fingerprint, start)              nothing changes
                 its scope has an open incident, or the        the alert is a fact of it
                 hub's open incident covers it
                 its scope's incident ended lately             the incident is reopened
                 otherwise                                     an incident is opened
    is over      never fired here                              it is noted, so that a late
                                                               notification changes nothing
                 is known to be over                           nothing changes
                 otherwise                                     the end is a fact; the last alert of
                                                               an incident that alerts opened
                                                               resolves it

An Alertmanager fingerprint names a label set; together with the start it names an occurrence.
Notifications come several times, from several instances, in new groups and out of order. So each
alert of each occurrence is one row, which only goes from firing to over. The start may move while
an alert fires, since of two Prometheus servers the earlier start counts once it is notified. It is
the same occurrence while its incident is open, and its end ends all of that label set that began
before.
"""

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from probe.core.incident.acts import ActData, Graded, Observed, Reopened, Resolved
from probe.core.incident.alert import Alert, opening, place, resolves
from probe.core.incident.model import MACHINE, Act, Fact, Incident, Origin, Scope
from probe.core.incident.policy import covering_scopes, may_raise
from probe.incidents.policy import Policy
from probe.incidents.store import register
from probe.ledger.db import schema


class Result(StrEnum):
    """The result of attaching an alert."""

    OPENED = "opened"
    ATTACHED = "attached"  # one more fact of an incident that is there
    UNCHANGED = "unchanged"  # a duplicate, a replay, or the end of an unknown alert
    REFUSED = "refused"


class Attached(NamedTuple):
    """The result of attaching an alert, and its incident."""

    result: Result
    incident: Incident | None


class AlertAttachment:
    """Attaches alerts, in a transaction that holds the register."""

    def __init__(self, connection: Connection, terms: Policy, now_us: int) -> None:
        self._connection, self._terms, self._now_us = connection, terms, now_us
        self._wording = terms.wording
        self._reopen_within_us = terms.troubles.reopen_within_us

    def attach(self, alert: Alert) -> Attached:
        """Attach one alert. Raises RefusedActError when the register's rules forbid the act."""
        table = schema.alert
        mine = (table.c.fingerprint == alert.fingerprint) & (table.c.starts_us == alert.starts_us)
        row = self._connection.execute(select(table.c.incident, table.c.ends_us).where(mine)).first()
        if row is not None and (alert.ends_us is None or row.ends_us is not None):
            return Attached(Result.UNCHANGED, self._get(row.incident))
        if alert.ends_us is not None:
            return self._ends(alert, alert.ends_us, known=row is not None)
        firing = (self._get(number) for number in self._firing_since(alert.fingerprint))
        moved = next((incident for incident in firing if incident and incident.open), None)
        if moved is None:
            return self._fires(alert)
        self._note(alert, moved.number)
        return Attached(Result.UNCHANGED, moved)

    def _ends(self, alert: Alert, ends_us: int, *, known: bool) -> Attached:
        """Take the end of an alert. `known`: it fired under this very start."""
        numbers = self._firing_since(alert.fingerprint, ends_us)
        table = schema.alert
        firing = (table.c.fingerprint == alert.fingerprint) & table.c.ends_us.is_(None) & (table.c.starts_us <= ends_us)
        self._connection.execute(update(table).where(firing).values(ends_us=ends_us))
        if not known:
            self._note(alert, numbers[0] if numbers else None)
        if not numbers:
            return Attached(Result.UNCHANGED, None)
        return Attached(Result.ATTACHED, [self._over(alert, ends_us, number) for number in numbers][-1])

    def _firing_since(self, fingerprint: str, before_us: int | None = None) -> list[int]:
        """Return the incidents of a label set's firing alerts that began by `before_us`."""
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
            incident = self._write(opening(alert, title, self._now_us).act(register.NEW, self._now_us, MACHINE))
            self._note(alert, incident.number)
            return Attached(Result.OPENED, incident)
        incident = placed.incident
        if placed.reopen:
            by_alert = incident.origin is Origin.ALERT and alert.detail not in ("", incident.detail)
            reason = self._wording.alert_again.format(name=alert.name)
            incident = self._do(incident, Reopened(reason=reason, detail=alert.detail if by_alert else None))
        if may_raise(incident, alert.severity):
            incident = self._do(incident, Graded(severity=alert.severity))
        incident = self._fact(incident, self._fires_text(alert), min(alert.starts_us, self._now_us))
        self._note(alert, incident.number)
        return Attached(Result.ATTACHED, incident)

    def _over(self, alert: Alert, ends_us: int, number: int) -> Incident | None:
        incident = self._get(number)
        if incident is None:
            return None
        ends_us = min(ends_us, self._now_us)  # another clock may be ahead, and nothing ends in the future
        incident = self._fact(incident, self._over_text(alert), ends_us)
        if resolves(incident, ends_us, others_fire=self._firing(number)):
            return self._do(incident, Resolved(text=self._over_text(alert), ended_us=max(ends_us, incident.began_us or 0)))
        return incident

    def _covering(self, scope: Scope) -> Incident | None:
        """Return the hub's own open incident that covers the scope of one IdP."""
        wide = (register.open_in(self._connection, each) for each in covering_scopes(scope))
        return next((each for each in wide if each is not None), None)

    def _fact(self, incident: Incident, text: str, at_us: int) -> Incident:
        return self._do(incident, Observed(fact=Fact.ALERT, text=text, at_us=at_us))

    def _fires_text(self, alert: Alert) -> str:
        text = self._wording.alert_fires.format(name=alert.name)
        return f"{text} - {alert.title}" if alert.title and alert.title != text else text

    def _over_text(self, alert: Alert) -> str:
        return self._wording.alert_over.format(name=alert.name)

    def _do(self, incident: Incident, data: ActData) -> Incident:
        return self._write(data.act(incident.number, self._now_us, MACHINE))

    def _write(self, act: Act) -> Incident:
        (written,) = register.write(self._connection, [act], self._now_us, self._terms.routes)
        return written.incident

    def _get(self, number: int | None) -> Incident | None:
        return None if number is None else register.get(self._connection, number)

    def _note(self, alert: Alert, incident: int | None) -> None:
        row = {"fingerprint": alert.fingerprint, "starts_us": alert.starts_us, "incident": incident, "ends_us": alert.ends_us}
        self._connection.execute(insert(schema.alert), row)

    def _firing(self, number: int) -> bool:
        """Return whether an alert of the incident is not over."""
        table = schema.alert
        return bool(self._connection.scalar(select(func.count()).where(table.c.incident == number, table.c.ends_us.is_(None))))
