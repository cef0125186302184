"""What the exporter needs to be told: what is watched (`View`), and what the history says of it (`Durable`).

The composition root builds a `View` from the configuration and satisfies `Durable` with the history's reader. Both are plain
data: instants are integer UTC microseconds, durations integer microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from probe.core.judgement.condition import State
from probe.core.judgement.observation import JOURNEYS, Fault, Kind, Observation
from probe.core.sla.availability import Figure, UnknownTime


class DropReason(StrEnum):
    """Why the port dropped a connection."""

    HEAD = "head"  # the head of a request was not complete in time
    BODY = "body"  # the request was answered, and its body did not end in time
    UNREAD = "unread"  # the answer was not read in time, or too many bytes waited to be read
    CROWDED = "crowded"  # a new connection needed the room
    MALFORMED = "malformed"  # what came was no HTTP request; it was answered 400 where it could be


@dataclass(frozen=True, slots=True, order=True)
class TargetReading:
    """One thing that is probed at its own interval. The fields are the labels of `names.TARGET`, but for the vantage."""

    kind: Kind
    hub: str = ""  # empty for control targets, which have nothing to do with a hub
    idp: str = ""
    target: str = ""  # the control target's name; for negative journeys what is made up
    backend: str = ""

    @classmethod
    def of(cls, observation: Observation) -> "TargetReading":
        """The target that an observation is of."""
        name, kind = observation.idp or "", observation.kind
        if kind is Kind.CONTROL:
            return cls(kind, target=name)
        if kind is Kind.NEGATIVE:
            return cls(kind, observation.hub, target=name)
        return cls(kind, observation.hub, idp=name, backend=observation.backend or "")

    def labels(self, vantage: str) -> dict[str, str]:
        """The values of `names.TARGET`."""
        return {
            "hub": self.hub,
            "kind": self.kind.value,
            "idp": self.idp,
            "target": self.target,
            "backend": self.backend,
            "vantage": vantage,
        }


@dataclass(frozen=True, slots=True)
class IdpView:
    """One configured IdP. `tile` is the uid under which the mire offers it."""

    name: str
    tile: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class HubView:
    name: str
    title: str = ""
    idps: tuple[IdpView, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What is watched now. `targets`: everything the scheduler probes. `hosts`: those whose certificates are expected.

    `language` (`fr` or `en`) is that of the pages that people read.
    """

    vantage: str = "local"
    hubs: tuple[HubView, ...] = ()
    targets: tuple[TargetReading, ...] = ()
    hosts: tuple[str, ...] = ()
    language: str = "fr"
    systems: tuple[str, ...] = ()  # the ticket systems' names

    def on_demand(self, hub: str, idp: str) -> TargetReading | None:
        """The target that /probe runs for these names (an empty `idp` is the mire's journey), or None when there is none."""
        kinds = JOURNEYS if idp else (Kind.MIRE,)
        found = (one for one in self.targets if (one.hub, one.idp, one.backend) == (hub, idp, "") and one.kind in kinds)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class SubjectReading:
    """One subject (`probe.core.judgement.condition.subjects`): its state now, and its settled time.

    `since_us`: since when it is in this state (up and blip are one state here), 0 when it never was in any. `fault`: whose it is
    while down. The four durations are disjoint, cover the ledger from its start to `HubReading.settled_us`, and never shrink:
    time that a later observation could still rewrite is not in them yet.
    """

    state: State = State.UNKNOWN
    since_us: int = 0
    fault: Fault | None = None
    up_us: int = 0
    blip_us: int = 0
    down_us: int = 0
    unknown_us: int = 0
    blips: int = 0  # failures that were never confirmed, within the settled time


@dataclass(frozen=True, slots=True)
class AnnualReading:
    """A hub's availability over one window at the scrape: after what people corrected (all but `before`), and before it."""

    figure: Figure
    before: Figure
    condition_down_us: Mapping[str, int]
    unknown_time: UnknownTime = UnknownTime.IGNORE
    idps: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HubReading:
    """One hub. `subjects` is keyed as `probe.core.judgement.condition.subjects` does, `annual` by `WINDOWS`; a missing one is unknown."""

    subjects: Mapping[str, SubjectReading] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()  # IdPs whose account the lock-out guard has stopped
    settled_us: int = 0
    annual: Mapping[str, AnnualReading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the history says at one instant, by hub name."""

    hubs: Mapping[str, HubReading] = field(default_factory=dict)


class Durable(Protocol):
    """The history as the exporter reads it."""

    def snapshot(self, now_us: int) -> Snapshot:
        """What is durable, at `now_us`. Called beside the loop at each scrape: it must not grow with history.

        Raises `probe.errors.VigieError` when the history cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """The indicator of one period: the contract's ratio, the one without what is younger than its deadline (None: nothing to divide by)."""

    contract: Fraction | None = None
    due: Fraction | None = None
    received: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class FlagReading:
    """Where an IdP's deactivation stands, and since when (0: nothing was ever proposed)."""

    state: str = "none"
    since_us: int = 0
    guarded: bool = False
    slow: bool = False
    intermittent: bool = False


@dataclass(frozen=True, slots=True)
class SystemReading:
    """What waits for a ticket system, and what this process brought it. `oldest_us`: 0 without any."""

    waiting: int = 0
    oldest_us: int = 0
    dead: int = 0
    delivered: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that is not resolved, as the page lists it."""

    reference: str
    hub: str
    severity: int
    state: str
    title: str
    received_us: int


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """The incident register at one instant. Severities are numbers; states, clocks and ways the register's words; what is missing is 0.

    `seen_us`: when the clocks were last looked at, 0 before. `lag_us`: how late the escalations are.
    """

    standing: Mapping[tuple[int, str], int] = field(default_factory=dict)  # (severity, state) -> incidents that are not closed
    received: Mapping[int, int] = field(default_factory=dict)  # severity -> since the register began
    oldest_us: Mapping[int, int] = field(default_factory=dict)
    deadline_us: Mapping[str, int] = field(default_factory=dict)  # clock -> the next
    overdue: Mapping[str, int] = field(default_factory=dict)
    breaches: Mapping[tuple[str, int], int] = field(default_factory=dict)
    escalations: Mapping[int, int] = field(default_factory=dict)
    lag_us: int = 0
    seen_us: int = 0
    indicators: Mapping[str, IndicatorReading] = field(default_factory=dict)  # month, rolling
    flags: Mapping[tuple[str, str], FlagReading] = field(default_factory=dict)  # (hub, idp)
    systems: Mapping[str, SystemReading] = field(default_factory=dict)
    intake: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (way, result)
    changes_planned: Mapping[str, int] = field(default_factory=dict)
    changes_late: Mapping[str, int] = field(default_factory=dict)
    open: tuple[OpenIncident, ...] = ()


class Registered(Protocol):
    """The register as the exporter reads it."""

    def register(self) -> RegisterReading:
        """What was read last: a few seconds ago. Never waits."""
        ...


class NothingRegistered:
    """A register that was not read yet."""

    def register(self) -> RegisterReading:
        return RegisterReading()
