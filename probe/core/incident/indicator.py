"""Computes the indicator of the quality of service, exactly: by integers and `Fraction`.

docs/contract.md, 4: « 95% en moins de 24 heures ouvrées », Σ incidents résolus [...] en moins de
24 h ouvrées / Σ incidents reçus.

What the contract leaves open:

- An incident belongs to the period in which it was received, whenever it was resolved.
  Periods are civil months of Europe/Paris, and the 365 days that end now.
- Its time is the working time from its receipt to its resolution,
  without waits for the IdP (docs/domain.md: "paused while waiting for the IdP")
  and without the time between a resolution and a reopening.
  Of several resolutions the last one counts; reopened, it is not resolved.
- « en moins de »: exactly 24 hours are too late.
- Closed without having been resolved (agreed, no answer), it was received and is never resolved in
  time.
- Duplicates that were merged do not count: the incident they were merged into does.
  Questions (severity 5: « La question ne concerne pas un dysfonctionnement ») are no incidents;
  they are counted beside. Severity is the present one.
- Two readings: the contract's own formula, in which an incident that was just received counts as
  not resolved; and the same without those that are younger than their deadline, which nobody can
  have failed yet.

Instants are UTC microseconds, durations microseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from probe.core.business_hours import Calendar
from probe.core.incident.clocks import working
from probe.core.incident.model import Incident, IncidentState, Severity
from probe.core.sla.goal import meets
from probe.core.sla.window import Span, Window, months, rolling
from probe.core.times import HOUR_US

GOAL = Fraction(95, 100)
ALLOWED_US = 24 * HOUR_US


class Fate(StrEnum):
    """The class in which an incident counts."""

    IN_TIME = "in_time"  # resolved in less than what is allowed
    YOUNG = "young"  # not resolved, and less than that has passed
    LATE = "late"  # not resolved in time: resolved too late, not at all, or closed unresolved


@dataclass(frozen=True, slots=True)
class JudgedIncident:
    """One incident in the indicator.

    `worked_us`: its working time until it was resolved or closed, or until now.
    """

    incident: Incident
    fate: Fate
    worked_us: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """The indicator of one period.

    `name`: `month=2026-03` or `rolling`. `questions`: how many were received beside the incidents.
    """

    name: str
    start_us: int
    end_us: int
    judged: tuple[JudgedIncident, ...]
    questions: int

    @property
    def received(self) -> int:
        return len(self.judged)

    @property
    def in_time(self) -> int:
        return self._count(Fate.IN_TIME)

    @property
    def young(self) -> int:
        return self._count(Fate.YOUNG)

    @property
    def late(self) -> tuple[JudgedIncident, ...]:
        """The incidents that were not resolved in time, in the order of their receipt."""
        return tuple(each for each in self.judged if each.fate is Fate.LATE)

    @property
    def ratio(self) -> Fraction | None:
        """The contract's ratio; None when no incident was received."""
        return Fraction(self.in_time, self.received) if self.received else None

    @property
    def mature_ratio(self) -> Fraction | None:
        """The ratio without incidents younger than their deadline; None when none is left."""
        mature = self.received - self.young
        return Fraction(self.in_time, mature) if mature else None

    @property
    def met(self) -> bool | None:
        """Whether the contract's ratio reaches 95 %; None when no incident was received."""
        return meets(self.ratio, GOAL)

    @property
    def mature_met(self) -> bool | None:
        return meets(self.mature_ratio, GOAL)

    def _count(self, fate: Fate) -> int:
        return sum(each.fate is fate for each in self.judged)


def judge(incident: Incident, calendar: Calendar, now_us: int, allowed_us: int = ALLOWED_US) -> JudgedIncident:
    """Return the class in which one incident counts at an instant."""
    over_us = incident.resolved_us if incident.resolved_us is not None else incident.closed_us
    worked = working(incident, calendar, now_us if over_us is None else over_us)
    if incident.resolved_us is not None:
        return JudgedIncident(incident, Fate.IN_TIME if worked < allowed_us else Fate.LATE, worked)
    return JudgedIncident(incident, Fate.LATE if incident.closed_us is not None or worked >= allowed_us else Fate.YOUNG, worked)


def over(
    span: Window | Span, name: str, incidents: Iterable[Incident], calendar: Calendar, now_us: int, allowed_us: int = ALLOWED_US
) -> Indicator:
    """Return the indicator of the incidents that were received within a half-open span."""
    received = sorted(
        (each for each in incidents if span.start_us <= each.received_us < span.end_us and each.state is not IncidentState.MERGED),
        key=lambda each: (each.received_us, each.number),
    )
    judged = tuple(judge(each, calendar, now_us, allowed_us) for each in received if each.severity is not Severity.INFO)
    return Indicator(name, span.start_us, span.end_us, judged, len(received) - len(judged))


def year(incidents: Iterable[Incident], calendar: Calendar, now_us: int, allowed_us: int = ALLOWED_US) -> Indicator:
    """Return the indicator of the 365 days that end now, now included."""
    window = rolling(now_us + 1)
    return over(window, window.name, incidents, calendar, now_us, allowed_us)


def by_month(incidents: Iterable[Incident], calendar: Calendar, span: Span, now_us: int, allowed_us: int = ALLOWED_US) -> list[Indicator]:
    """Return one indicator for every civil month of Europe/Paris in the span, the oldest first.

    Each is of the month's part within the span.
    """
    known = list(incidents)
    return [over(part, f"month={year:04}-{month:02}", known, calendar, now_us, allowed_us) for year, month, part in months(span)]
