"""Shows the incident register: incidents, clocks, the indicator, flags and the outbox.

The register, each hub and each IdP have a part of the page, rendered from a reading that another
thread made. Every series exists from the start, at 0. No metric has the name or the address of a
person, or a text that a person wrote.
"""

from collections.abc import Callable, Iterator
from math import nan

from exporters.metrics import names
from exporters.metrics.exposition import MetricsSource, UncachedPart
from exporters.metrics.live import seconds
from exporters.metrics.readings import FlagReading, IndicatorReading, Registered, RegisterReading, SystemReading, View
from exporters.metrics.states import Families, FamilyCollector, Ratchet
from probe.core.incident.model import OPEN, IncidentClock, IncidentState, Severity
from probe.core.judgement.observation import Kind
from probe.core.radar.notice import Notice

NOT_CLOSED = (*OPEN, IncidentState.RESOLVED)
PERIODS = ("month", "rolling")
FLAG_STATES = ("none", "proposed", "approved", "deactivated", "recovered")
WAYS = ("alertmanager", "api")
RESULTS = ("opened", "attached", "unchanged", "refused")

Fill = Callable[[Families], None]


class IncidentMetrics:
    """The register's part of the page."""

    def __init__(self, registered: Registered) -> None:
        self._registered = registered
        self._ratchet = Ratchet()

    def parts(self, view: View) -> Iterator[MetricsSource]:
        """Yield the parts for all hubs, IdPs and ticket systems of `view`, out of one reading."""
        reading = self._registered.register()
        yield self._part(lambda families: _incidents(families, reading))
        yield self._part(lambda families: _quality(families, reading))
        yield self._part(lambda families: _outbox(families, view, reading))
        for hub in view.hubs:
            yield self._part(_changes(hub.name, reading))
            for idp in hub.idps:
                yield self._part(_flag((hub.name, idp.name), reading.flags.get((hub.name, idp.name), FlagReading())))

        for target in dict.fromkeys(view.targets):
            if target.kind is Kind.NEGATIVE:
                yield self._part(_security((target.hub, target.target), reading))

    def _part(self, fill: Fill) -> MetricsSource:
        return UncachedPart(FamilyCollector(self._ratchet, fill))


def _incidents(families: Families, reading: RegisterReading) -> None:
    for severity in Severity:
        for state in NOT_CLOSED:
            families.put(names.INCIDENTS_OPEN, (str(int(severity)), state.value), reading.not_closed.get((severity, state.value), 0))
    for severity in Severity:
        labels = (str(int(severity)),)
        families.put(names.INCIDENTS, labels, families.count(names.INCIDENTS, labels, reading.received.get(severity, 0)))
        families.put(names.INCIDENT_OLDEST, labels, seconds(reading.oldest_us.get(severity, 0)))
        families.put(names.ESCALATIONS, labels, families.count(names.ESCALATIONS, labels, reading.escalations.get(severity, 0)))
    for clock in IncidentClock:
        families.put(names.INCIDENT_DEADLINE, (clock.value,), seconds(reading.deadline_us.get(clock.value, 0)))
        families.put(names.INCIDENTS_OVERDUE, (clock.value,), reading.overdue.get(clock.value, 0))
        for severity in Severity:
            missed = (clock.value, str(int(severity)))
            families.put(names.BREACHES, missed, families.count(names.BREACHES, missed, reading.breaches.get((clock.value, severity), 0)))
    families.put(names.ESCALATION_LAG, (), seconds(reading.lag_us))
    families.put(names.REGISTER_SEEN, (), seconds(reading.seen_us))


def _quality(families: Families, reading: RegisterReading) -> None:
    for period in PERIODS:
        found = reading.indicators.get(period)
        known = found or IndicatorReading()
        for name, ratio in (("contract", known.contract), ("due", known.due)):
            families.put(names.INDICATOR, (period, name), nan if found is None else 1.0 if ratio is None else float(ratio))
        families.put(names.INDICATOR_LATE, (period,), known.late)
        families.put(names.INDICATOR_RECEIVED, (period,), known.received)


def _outbox(families: Families, view: View, reading: RegisterReading) -> None:
    for system in view.systems:
        found = reading.systems.get(system, SystemReading())
        families.put(names.OUTBOX_WAITING, (system,), found.waiting)
        families.put(names.OUTBOX_OLDEST, (system,), seconds(found.oldest_us))
        families.put(names.OUTBOX_DEAD, (system,), found.dead)
        families.put(names.OUTBOX_DELIVERED, (system,), families.count(names.OUTBOX_DELIVERED, (system,), found.delivered))
        families.put(names.OUTBOX_FAILURES, (system,), families.count(names.OUTBOX_FAILURES, (system,), found.failures))
        families.put(names.TICKET_SYSTEM_FAILING, (system,), found.way.failing)
        families.put(names.TICKET_SYSTEM_REACHED, (system,), seconds(found.way.reached_us))
    for way in WAYS:
        for result in RESULTS:
            families.put(names.INTAKE, (way, result), families.count(names.INTAKE, (way, result), reading.intake.get((way, result), 0)))


def _changes(hub: str, reading: RegisterReading) -> Fill:
    def fill(families: Families) -> None:
        families.put(names.CHANGES_PLANNED, (hub,), reading.changes_planned.get(hub, 0))
        for notice in Notice:
            families.put(names.CHANGES_SEEN, (hub, notice.value), reading.changes_seen.get((hub, notice.value), 0))
        families.put(names.CHANGES_LATE, (hub,), reading.changes_late.get(hub, 0))

    return fill


def _security(labels: tuple[str, str], reading: RegisterReading) -> Fill:
    return lambda families: families.put(names.SECURITY_OPEN, labels, labels in reading.accepted)


def _flag(labels: tuple[str, str], reading: FlagReading) -> Fill:
    def fill(families: Families) -> None:
        for state in FLAG_STATES:
            families.put(names.FLAG, (*labels, state), reading.state == state)
        families.put(names.FLAG_SINCE, labels, seconds(reading.since_us))
        families.put(names.FLAG_GUARDED, labels, reading.guarded)
        families.put(names.IDP_SLOW, labels, reading.slow)
        families.put(names.IDP_INTERMITTENT, labels, reading.intermittent)

    return fill
