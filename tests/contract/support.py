"""The calendar and the incidents that the clauses are tested with.
Times are local, of Europe/Paris.
"""

from typing import Any
from zoneinfo import ZoneInfo

from probe.core.business_hours import Calendar
from probe.core.incident.clocks import ClockReading, ClockTerms, read
from probe.core.incident.model import MACHINE, Act, ActKind, Incident, IncidentClock
from probe.core.incident.rules import replay
from probe.incidents.holidays import french
from tests.core.business_hours_oracle import at

CALENDAR = Calendar(ZoneInfo("Europe/Paris"), is_holiday=french("FR"))
TERMS = ClockTerms()


def act(time: str, kind: ActKind, author: str = "Alice", number: int = 1, **data: Any) -> Act:
    return Act(number, at(time), author, kind, data)


def incident(received: str, severity: int, *acts: Act, number: int = 1, **data: Any) -> Incident:
    """One that a person opened, and what was done to it."""
    opening = {"hub": "fc", "subject": "", "origin": "person", "severity": severity, "title": "A request", **data}
    return replay([Act(number, at(received), "Alice", ActKind.OPENED, opening), *acts])


def clock(of: Incident, which: IncidentClock, now: str) -> ClockReading:
    return next(each for each in read(of, CALENDAR, TERMS, at(now)) if each.clock is which)


def machine(time: str, kind: ActKind, **data: Any) -> Act:
    return act(time, kind, MACHINE, **data)
