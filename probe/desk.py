"""What people do to incidents and to deactivation flags, one method an act: the command line, the API, mail and Alertmanager call it.

Synchronous; each method is one transaction, which holds the act, what follows from it, and what the ticket systems will be told. It works
from a process of its own beside the running watch, on a ledger that is a file and on a shared one.

`author` is who does it: a person's name or role, or `MACHINE`. `at_us` is when it was done, now when it is not given: never in the future,
nor before the incident's latest act. Methods raise `probe.core.incident.rules.RefusedError` when the contract or the state forbids the act,
`probe.errors.InputError` when what was given cannot be (an unknown number, hub or IdP; a text that is too long), and
`probe.errors.LedgerError` when the ledger refuses now. In each case nothing was written.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Engine

from probe.config.models import Config
from probe.core.incident.model import OPEN, Act, Clock, Data, Incident, Kind, Origin, Severity, State


class Standing(NamedTuple):
    """One deadline of an incident. `due_us` is None while its clock is paused; `late`: it has run out."""

    clock: Clock
    due_us: int | None
    late: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident with its whole story. `keys`: in each ticket system (its name under `tickets:`), the ticket's reference there."""

    incident: Incident
    acts: tuple[Act, ...]
    clocks: tuple[Standing, ...]
    keys: Mapping[str, str]


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
    result: Result
    incident: Incident | None


class FlagState(NamedTuple):
    """Where an IdP's deactivation stands. `state`: none, proposed, approved, deactivated or recovered."""

    hub: str
    idp: str
    state: str
    since_us: int | None


class FlagAct(NamedTuple):
    """One step of a flag, with its evidence."""

    seq: int
    hub: str
    idp: str
    step: str
    at_us: int
    author: str
    reason: str
    evidence: Data


class IdpStanding(NamedTuple):
    """An IdP as the hub's administrators need it.

    `state`: up, down or unknown. `displayed`, `selectable`: on the latest mire, None before any. `guard`: why no flag is proposed although
    it would be, "" otherwise. `incident`: the open one about it.
    """

    hub: str
    idp: str
    title: str
    tile: str
    state: str
    since_us: int | None
    displayed: bool | None
    selectable: bool | None
    flag: FlagState
    guard: str
    incident: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """The quality of service (annex, section 4). `month` and `rolling` are of `probe.core.incident.indicator`; `open` the open incidents."""

    at_us: int
    name: str  # of the month: `2026-11`
    month: object
    rolling: object
    open: tuple[Shown, ...]


class Desk:
    """The register as people use it."""

    def __init__(self, engine: Engine, settings: object, clock_now: Callable[[], int]) -> None:
        """`engine` may write; `clock_now` tells the instant, in UTC microseconds. Use `desk()` unless you have all three."""
        raise NotImplementedError

    # --- incidents

    def open(
        self,
        *,
        author: str,
        hub: str,
        severity: Severity,
        title: str,
        detail: str = "",
        subject: str = "",
        origin: Origin = Origin.PERSON,
        idp: str | None = None,
        blocking: bool = False,
        began_us: int | None = None,
        requester: str = "",
        key: str = "",
        at_us: int | None = None,
    ) -> Incident:
        """Open an incident. `key` names where it comes from (a mail's Message-ID): the same again changes nothing and returns the same
        incident. Refused with code `open_already` when its scope (a `subject`) has an open one."""
        raise NotImplementedError

    def act(self, number: int, kind: Kind, data: Data | None = None, *, author: str, key: str = "", at_us: int | None = None) -> Incident:
        """Do one act, of `probe.core.incident.model.Kind`, to an incident; returns it as it is then. `key`: as in `open`."""
        raise NotImplementedError

    def attach(self, alert: Alert, *, at_us: int | None = None) -> Attached:
        """Attach an alert to the open incident of its scope, or open one (again). What was told before changes nothing, in whatever order
        it comes; when the last alert of an incident that alerts opened is over, it is resolved."""
        raise NotImplementedError

    def incidents(
        self,
        *,
        hub: str | None = None,
        idp: str | None = None,
        states: Collection[State] | None = OPEN,
        severity: Severity | None = None,
        since_us: int | None = None,
        limit: int | None = None,
    ) -> list[Incident]:
        """The newest first; of all states with `states=None`, received at or after `since_us`."""
        raise NotImplementedError

    def show(self, number: int) -> Shown:
        """One incident, all its acts and clocks."""
        raise NotImplementedError

    def acts(self, after: int = 0) -> Iterator[tuple[int, Act]]:
        """Every act after the one of a number, with its own, in the order of writing."""
        raise NotImplementedError

    def report(self, month: str | None = None) -> "Report":
        """The indicator of a civil month of Europe/Paris (`2026-11`; the one under way) and of the rolling year, and what is late."""
        raise NotImplementedError

    # --- flags

    def idps(self, hub: str | None = None) -> list[IdpStanding]:
        """Every configured IdP."""
        raise NotImplementedError

    def flags(self, hub: str | None = None, idp: str | None = None) -> Sequence[FlagAct]:
        """Every step of every flag, oldest first."""
        raise NotImplementedError

    def propose(self, hub: str, idp: str, *, author: str, reason: str, at_us: int | None = None) -> FlagState:
        """A person proposes a deactivation; the guards hold for people too."""
        raise NotImplementedError

    def approve(self, hub: str, idp: str, *, author: str, reason: str = "", at_us: int | None = None) -> FlagState:
        raise NotImplementedError

    def reject(self, hub: str, idp: str, *, author: str, reason: str, at_us: int | None = None) -> FlagState:
        raise NotImplementedError

    def recovered(self, hub: str, idp: str, *, author: str, reason: str = "", at_us: int | None = None) -> FlagState:
        """A person says that the IdP works again."""
        raise NotImplementedError


@contextmanager
def desk(config: Config) -> Iterator[Desk]:  # noqa: ARG001
    """The desk of a configuration's ledger. Raises LedgerError when it cannot be opened (there is none before `vigie run`), SecretError."""
    raise NotImplementedError
    yield
