"""The data that the exporter shows, and the protocols by which it asks for them.

A `View` says what is watched: the composition root builds it from the configuration. `Durable`
reads the ledger and `Registered` the incident register. Their results are plain data: instants are
integer UTC microseconds, durations integer microseconds.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Protocol, TypeVar

from probe.core.judgement.accounts import RememberedAccount
from probe.core.judgement.condition import CONDITIONS, State
from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.observation import JOURNEYS, Fault, Kind, Observation
from probe.core.judgement.reach import Reach
from probe.core.judgement.signal import Cause
from probe.core.judgement.suspension import Suspension
from probe.core.judgement.why_unknown import Explanation
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import Notice
from probe.core.sla.availability import Figure, UnknownTime
from probe.core.sla.goal import CONTRACT_GOALS, Goals


class DropReason(StrEnum):
    """Why the port dropped a connection."""

    HEAD = "head"  # the head of a request was not complete in time
    BODY = "body"  # the request was answered, and its body did not end in time
    UNREAD = "unread"  # the answer was not read in time, or too many bytes waited to be read
    CROWDED = "crowded"  # a new connection needed its place
    MALFORMED = "malformed"  # the bytes were no HTTP request


@dataclass(frozen=True, slots=True, order=True)
class TargetReading:
    """A target of the scheduler, named by its labels: those of `names.TARGET` without `vantage`."""

    kind: Kind
    hub: str = ""  # empty for control targets, which have nothing to do with a hub
    idp: str = ""
    target: str = ""  # a control target's name, or what the hub must refuse
    backend: str = ""

    @classmethod
    def of(cls, observation: Observation) -> "TargetReading":
        """Return the target of an observation."""
        name, kind = observation.idp or "", observation.kind
        if kind is Kind.CONTROL:
            return cls(kind, target=name)
        if kind is Kind.NEGATIVE:
            return cls(kind, observation.hub, target=name)
        return cls(kind, observation.hub, idp=name, backend=observation.backend or "")

    def labels(self, vantage: str) -> dict[str, str]:
        """Return the values of the labels of `names.TARGET`."""
        return {
            "hub": self.hub,
            "kind": self.kind.value,
            "idp": self.idp,
            "target": self.target,
            "backend": self.backend,
            "vantage": vantage,
        }


@dataclass(frozen=True, slots=True, order=True)
class ClientTarget:
    """A target of the scheduler that is probed as another client than the main one, named by its
    labels: those of `names.CLIENT_TARGET` without `vantage`.
    """

    hub: str
    client: str
    kind: Kind
    idp: str = ""

    @classmethod
    def of(cls, observation: Observation) -> "ClientTarget":
        """Return the target of an observation."""
        return cls(observation.hub, observation.client, observation.kind, observation.idp or "")


_Target = TypeVar("_Target", TargetReading, ClientTarget)


def counted_for(target: _Target, configured: Container[_Target]) -> _Target:
    """Return the configured target for which a journey of this one counts.

    While the lock-out guard stops an IdP's account, a login-page journey runs in the place of the
    identity journey. It counts for the identity target.
    """
    replaced = replace(target, kind=Kind.IDENTITY)
    return replaced if target.kind is Kind.LOGIN_PAGE and replaced in configured else target


@dataclass(frozen=True, slots=True)
class IdpView:
    """One configured IdP. `tile` is the uid under which the mire offers it.

    `claims` are those that its journey asks for, and `levels` the levels of assurance that it asks
    for (an empty one where it asks for none); both are empty of an IdP that is watched up to its
    login page.
    """

    name: str
    tile: str
    title: str = ""
    goals: Goals = CONTRACT_GOALS
    claims: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientView:
    """Another client of a hub than the main one. `idps` names those at which it logs in."""

    name: str
    title: str = ""
    idps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HubView:
    """One configured hub, with its IdPs and further clients, and the conditions that can hold.

    `login_missing`: what C1 is called at a hub without a chooser; "" at any other.
    """

    name: str
    title: str = ""
    idps: tuple[IdpView, ...] = ()
    conditions: tuple[str, ...] = CONDITIONS
    goals: Goals = CONTRACT_GOALS
    clients: tuple[ClientView, ...] = ()
    login_missing: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The configuration as far as the exporter shows it.

    `targets` are all targets of the scheduler that the main client of a hub asks, or no client;
    `client_targets` are those of the other clients. `hosts` are those (`host` or `host:port`) whose
    certificates are expected. `language` (`fr` or `en`) and `timezone` are those of the pages that
    people read.
    `systems` are the names of the ticket systems. `runbooks` is the base URL of the runbooks,
    without a final slash; "" where none is configured.
    """

    vantage: str = "local"
    hubs: tuple[HubView, ...] = ()
    targets: tuple[TargetReading, ...] = ()
    hosts: tuple[str, ...] = ()
    language: str = "fr"
    systems: tuple[str, ...] = ()
    client_targets: tuple[ClientTarget, ...] = ()
    timezone: str = "Europe/Paris"
    runbooks: str = ""

    def on_demand(self, hub: str, idp: str) -> TargetReading | None:
        """Return the target that /probe runs for these names, or None when there is none.

        An empty `idp` asks for the mire's journey.
        """
        kinds = JOURNEYS if idp else (Kind.MIRE,)
        found = (one for one in self.targets if (one.hub, one.idp, one.backend) == (hub, idp, "") and one.kind in kinds)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class SubjectReading:
    """One subject (`probe.core.judgement.condition.subjects`): its state now, and its final time.

    `since_us` is the instant at which its present state began (up and blip are one state here),
    0 when it never had a state. `fault` says whose fault it is that the subject is down.
    `cause` says why it is down, and `unknown` why nobody can tell. `condition`: which of the three
    makes a hub down. `direct`: what an IdP does that is asked without the hub, where it fails too.
    The four durations are disjoint, cover the ledger from its start to `HubReading.settled_us`,
    and never shrink: they do not include time that a later observation could still change.
    `blips` counts the unconfirmed failures of that time.
    """

    state: State = State.UNKNOWN
    since_us: int = 0
    fault: Fault | None = None
    up_us: int = 0
    blip_us: int = 0
    down_us: int = 0
    unknown_us: int = 0
    blips: int = 0
    cause: Cause | None = None
    unknown: Explanation | None = None
    condition: str | None = None
    direct: Cause | None = None


@dataclass(frozen=True, slots=True)
class AnnualReading:
    """A hub's availability over one window at the scrape.

    `before` is the figure before corrections; all other fields are after them.
    """

    figure: Figure
    before: Figure
    condition_down_us: Mapping[str, int]
    unknown_time: UnknownTime = UnknownTime.IGNORE
    idps: Mapping[str, Figure] = field(default_factory=dict)


OF_THE_HUB = ""
"""Stands for the hub itself among names of IdPs."""


@dataclass(frozen=True, slots=True)
class HubReading:
    """One hub.

    The keys of `subjects` are those of `probe.core.judgement.condition.subjects`, the keys of
    `annual` are `WINDOWS`; a missing one is unknown. `suspended`: the accounts that the lock-out
    guard has stopped, by IdP; `never_passed` names those whose journeys fail in a part of our own
    settings that has never passed (`OF_THE_HUB`: all journeys). `settled_us` is the watermark: time
    before it is final. `accounts`: by IdP, the account of its persona and the claims that came;
    `differing` names those through which one person has another account than through others.
    `unwatched` names some tiles that can be picked and that nobody watches. `unproven`: by IdP, the
    failures that go on with settings that have never passed. `reaches`: by subject, up to where it
    is seen, where that is not the identity.
    """

    subjects: Mapping[str, SubjectReading] = field(default_factory=dict)
    suspended: Mapping[str, Suspension] = field(default_factory=dict)
    settled_us: int = 0
    annual: Mapping[str, AnnualReading] = field(default_factory=dict)
    never_passed: frozenset[str] = frozenset()
    accounts: Mapping[str, RememberedAccount] = field(default_factory=dict)
    differing: frozenset[str] = frozenset()
    unwatched: tuple[str, ...] = ()
    unproven: Mapping[str, NeverPassed] = field(default_factory=dict)
    reaches: Mapping[str, Reach] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ledger at one instant, by the hubs' names."""

    hubs: Mapping[str, HubReading] = field(default_factory=dict)


class Durable(Protocol):
    """Reads the ledger for the exporter."""

    def snapshot(self, now_us: int) -> Snapshot:
        """Return the ledger's state at `now_us` (UTC microseconds).

        It is called at each scrape, beside the event loop. Its cost must not grow with the ledger.

        Raises `probe.errors.VigieError` when the ledger cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """The indicator of one period (contract, section 4).

    `contract` is the ratio of all incidents received, `due` the one without those that are younger
    than their deadline; each is None when there is no incident to divide by.
    """

    contract: Fraction | None = None
    due: Fraction | None = None
    received: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class FlagReading:
    """The state of an IdP's deactivation flag, and what the register knows of the IdP.

    `since_us` is the instant at which that state began, 0 when no flag was ever raised.
    `deactivated_us`: the instant at which the hub was seen to have deactivated the IdP, of a flag
    that is not over; else 0.
    """

    state: str = "none"
    since_us: int = 0
    guarded: bool = False
    slow: bool = False
    intermittent: bool = False
    deactivated_us: int = 0


@dataclass(frozen=True, slots=True)
class TicketWay:
    """What this process knows of the way to a ticket system.

    `reached_us`: when the system last took a letter or answered a proof, 0 before. `failing`: the
    last exchange failed, by the way or by our credentials.
    """

    reached_us: int = 0
    failing: bool = False


@dataclass(frozen=True, slots=True)
class SystemReading:
    """The outbox of one ticket system, and what this process delivered to it.

    `oldest_us` is when the oldest waiting message was written, 0 without any.
    """

    waiting: int = 0
    oldest_us: int = 0
    dead: int = 0
    delivered: int = 0
    failures: int = 0
    way: TicketWay = TicketWay()


@dataclass(frozen=True, slots=True)
class ListedIncident:
    """An incident that is not resolved, as the page for people lists it."""

    reference: str
    hub: str
    severity: int
    state: str
    title: str
    received_us: int


@dataclass(frozen=True, slots=True)
class ListedChange:
    """A change of the hub that was seen, as the page for people lists it.

    `traits` are the names of what differs. `recorded_after_us`: when its announcement was recorded,
    where that was after the change was seen.
    """

    first_us: int
    kind: ChangeKind
    place: str
    traits: tuple[str, ...]
    notice: Notice
    recorded_after_us: int | None = None


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """The incident register at one instant.

    Severities are numbers; states, clocks and ways are the register's words; a missing key is 0.
    `not_closed` counts by (severity, state), `received` by severity since the register began,
    `deadline_us` has the next deadline of each clock, `intake` counts by (way, result).
    `changes_seen` counts those of the rolling year by (hub, notice), `latest_changes` lists the
    last ones of each hub. `seen_us` is when the clocks of all incidents were last checked, 0 before
    the first time.
    `lag_us` is how late the escalations are, in microseconds. `accepted` names, by hub, what it
    accepts and must refuse, as open incidents tell.
    """

    not_closed: Mapping[tuple[int, str], int] = field(default_factory=dict)
    received: Mapping[int, int] = field(default_factory=dict)
    oldest_us: Mapping[int, int] = field(default_factory=dict)
    deadline_us: Mapping[str, int] = field(default_factory=dict)
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
    changes_seen: Mapping[tuple[str, str], int] = field(default_factory=dict)
    latest_changes: Mapping[str, tuple[ListedChange, ...]] = field(default_factory=dict)
    open: tuple[ListedIncident, ...] = ()
    accepted: frozenset[tuple[str, str]] = frozenset()


class Registered(Protocol):
    """Reads the incident register for the exporter."""

    def register(self) -> RegisterReading:
        """Return the last reading, which is a few seconds old. Never waits."""
        ...


class NothingRegistered:
    """A register that was not read yet: all figures are 0."""

    def register(self) -> RegisterReading:
        """Return an empty reading."""
        return RegisterReading()
