"""The incident register's vocabularies, its acts, and the incident that its acts add up to.

The register is append-only. Everything that happens to an incident is an `Act`, written by a
person or by the machine, and chained by its hash like the ledger. `probe.core.incident.rules`
applies the acts in their order, and the result is an `Incident`. Nothing is ever rewritten.

Instants are UTC microseconds, durations microseconds. Source: docs/contract.md, 2.2.2
(severities, escalation), 2.2.3 (closing) and 4 (indicator).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

MACHINE = "vigie"
"""The author of every act that no person did."""


class Severity(IntEnum):
    """The contract's severities (docs/contract.md, 2.2.2, figure 1). A smaller number is worse."""

    CRITICAL = 1  # all identity providers, the service, or security
    MAJOR = 2  # one identity provider
    MEDIUM = 3  # several users
    MINOR = 4  # one user
    INFO = 5  # a question


class Origin(StrEnum):
    """The source that opened an incident."""

    CONDITION = "condition"  # C1, C2 or C3 holds, or a cause that most IdPs share
    IDP = "idp"  # an IdP's confirmed outage
    CLIENT = "client"  # another client of the hub fails where the main one passes
    INTERMITTENT = "intermittent"  # an IdP that fails now and again
    SLOW = "slow"  # a missed latency objective
    ACCOUNTS = "accounts"  # people have other accounts than before
    SECURITY = "security"
    ALERT = "alert"  # Alertmanager
    PERSON = "person"
    MAIL = "mail"


MACHINES = (Origin.CONDITION, Origin.IDP, Origin.CLIENT, Origin.INTERMITTENT, Origin.SLOW, Origin.ACCOUNTS)
"""Origins of the incidents that `probe.core.incident.automation` opens, and resolves."""


class Scope(NamedTuple):
    """The subject of an incident. At most one open incident has a given scope.

    `probe.core.incident.scope` has the grammar of `subject`, and what each kind means. A subject ""
    is the exception: each request of a person is an incident of its own.
    Source: docs/domain.md, "One open incident per scope".
    """

    hub: str
    subject: str


class IncidentState(StrEnum):
    """The state of the work on an incident."""

    NEW = "new"  # received
    ACKNOWLEDGED = "acknowledged"
    IN_HAND = "in_hand"  # somebody works on it
    WAITING = "waiting"  # for the IdP: the clocks are paused
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"  # a duplicate of another


OPEN = (IncidentState.NEW, IncidentState.ACKNOWLEDGED, IncidentState.IN_HAND, IncidentState.WAITING)
"""States in which work remains."""


class Way(StrEnum):
    """The four ways to close a ticket. There is no other (docs/contract.md, 2.2.3)."""

    CONFIRMED = "confirmed"  # resolved, confirmed by the IdP, spoken or written
    AGREED = "agreed"  # unresolved, both parties agree in writing
    NO_ANSWER = "no_answer"  # the IdP did not answer for 10 working days
    NO_REMARK = "no_remark"  # resolved, notified, and no remark


SPOKEN, WRITTEN = "spoken", "written"
"""How somebody confirmed or agreed."""


class IncidentClock(StrEnum):
    """The contract's clocks.

    They run in working hours, `blocking` by the wall clock. While the incident waits for the IdP
    they stand still, all but `no_answer`.
    """

    TAKE_IN_HAND = "take_in_hand"  # 48 working hours from its receipt (2.2.2)
    ESCALATION = "escalation"  # by severity, from its assignment (2.2.2, figure 2)
    RESOLUTION = "resolution"  # by severity, the total time (2.2.2, figure 2)
    BLOCKING = "blocking"  # a blocking anomaly: 4 hours from its acknowledgement (2.1)
    NO_ANSWER = "no_answer"  # 10 working days from the last request to the IdP (2.2.3)
    NO_REMARK = "no_remark"  # 5 working days (setting) from the notice of the resolution (2.2.3)


class Fact(StrEnum):
    """A fact that a machine saw, as an act EVIDENCE records it, with its instant `at_us`."""

    BEGAN = "began"  # the trouble's beginning is now known to be this
    ENDED = "ended"  # the trouble is over since then
    VANISHED = "vanished"  # the record was corrected: there was no such outage
    REMOVED = "removed"  # no longer watched
    RECOVERED = "recovered"  # the deactivated IdP is well again, as its flag says
    OWN_SETTING = "own_setting"  # a setting of ours changed while the trouble lasts, and has not passed
    ALERT = "alert"  # a notification of Alertmanager
    OTHER = "other"


class Relation(StrEnum):
    """The relation of another incident to this one."""

    SWALLOWED_BY = "swallowed_by"  # the other is about all IdPs, this one is part of it
    SWALLOWS = "swallows"
    DUPLICATE_OF = "duplicate_of"
    FOLLOWS = "follows"
    RELATED = "related"


class ActKind(StrEnum):
    """The kind of an act. `probe.core.incident.acts` has the fields of its data."""

    OPENED = "opened"
    SEVERITY = "severity"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    WAITING = "waiting"  # something is asked of the IdP
    RESUMED = "resumed"
    COMMENTED = "commented"
    EVIDENCE = "evidence"  # what a machine saw
    BLOCKING = "blocking"
    RESOLVED = "resolved"
    NOTIFIED = "notified"  # the IdP was told of the resolution
    REMARKED = "remarked"  # the IdP has a remark about it
    REOPENED = "reopened"
    CLOSED = "closed"
    ESCALATED = "escalated"
    BREACHED = "breached"
    MERGED = "merged"
    LINKED = "linked"


Data = Mapping[str, str | int | bool | None]
"""An act's data as JSON: names and plain values."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done to the incident `number`, at `at_us`, by `author`.

    The author is a person's name or role, or MACHINE. `data` is as the register stores it;
    `probe.core.incident.acts.content_of` reads it.
    """

    number: int
    at_us: int
    author: str
    kind: ActKind
    data: Data = field(default_factory=dict)


class Link(NamedTuple):
    """A link to the incident `to`; `relation` is the relation of that one to this one."""

    to: int
    relation: str


Span = tuple[int, int | None]
"""[start, end) in UTC microseconds; the end is None while it lasts."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident, as its acts add up to it. Instants that have not come are None.

    `in_hand_us`: when somebody first took it in hand.
    `assigned_us`: when it was given its present severity, which starts the severity's clocks.
    `graded`: a person set the severity, so the machine leaves it alone.
    `blocking_us`: since when the anomaly counts as blocking.
    `ended_us`: when the trouble was over, as the machine saw it or as the resolution says.
    `asked_us`: when the IdP was last asked; None once it has answered.
    `closed_us`: when it was closed or merged.
    `waits`: the spans in which it waited for the IdP.
    `rests`: the spans from resolved, closed or merged to reopened. No clock runs in them.
    `escalated`: the severities whose escalation has fired.
    `breached`: the clocks whose breach is recorded, each with the severity at that time.
    `touched`: a person has acted on it.
    `reopened_us`, `reopened_by`: the latest reopening. `again_us`: when the trouble began again, as
    the machine saw it.
    `acts`: how many acts it is made of.
    """

    number: int
    scope: Scope
    origin: Origin
    severity: Severity
    state: IncidentState
    title: str
    detail: str
    received_us: int
    assigned_us: int
    began_us: int | None = None
    ended_us: int | None = None
    idp: str | None = None
    requester: str = ""
    blocking: bool = False
    blocking_us: int | None = None
    assignee: str = ""
    graded: bool = False
    acknowledged_us: int | None = None
    in_hand_us: int | None = None
    resolved_us: int | None = None
    resolved_by: str = ""
    notified_us: int | None = None
    remarked_us: int | None = None
    asked_us: int | None = None
    closed_us: int | None = None
    way: Way | None = None
    into: int | None = None
    touched: bool = False
    waits: tuple[Span, ...] = ()
    rests: tuple[Span, ...] = ()
    escalated: frozenset[Severity] = frozenset()
    breached: frozenset[tuple[IncidentClock, Severity]] = frozenset()
    links: tuple[Link, ...] = ()
    reopenings: int = 0
    reopened_us: int | None = None
    reopened_by: str = ""
    again_us: int | None = None
    acts: int = 0

    @property
    def since_us(self) -> int:
        """When the trouble began, as far as is told; else when it was received."""
        return self.received_us if self.began_us is None else self.began_us

    @property
    def reference(self) -> str:
        """The incident's name in tickets, in mails and on pages."""
        return reference(self.number)

    @property
    def open(self) -> bool:
        """Whether work on it remains."""
        return self.state in OPEN


def reference(number: int) -> str:
    """Return the name of the incident `number` in tickets, in mails and on pages."""
    return f"VIGIE-{number}"
