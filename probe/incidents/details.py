"""Values that the incident service returns: incidents with their deadlines, flags, the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from probe.core.incident.indicator import Indicator
from probe.core.incident.model import Act, Data, Incident, IncidentClock


class DeadlineStatus(NamedTuple):
    """One deadline of an incident.

    `due_us` is None while its clock is paused. `late`: whether it was missed.
    """

    clock: IncidentClock
    due_us: int | None
    late: bool


@dataclass(frozen=True, slots=True)
class IncidentDetails:
    """An incident with all its acts and deadlines.

    `keys`: the ticket's reference in each ticket system, by its name under `tickets:`.
    """

    incident: Incident
    acts: tuple[Act, ...]
    clocks: tuple[DeadlineStatus, ...]
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
    """The report on the quality of service (docs/contract.md, 4).

    `open`: the open incidents, the oldest first.
    """

    at_us: int
    name: str  # of the month: `2026-11`
    month: Indicator
    rolling: Indicator
    open: tuple[IncidentDetails, ...]

    @property
    def breaches(self) -> list[tuple[Incident, IncidentClock]]:
        """The open incidents whose clocks have run out, each with its clock."""
        return [(details.incident, each.clock) for details in self.open for each in details.clocks if each.late]
