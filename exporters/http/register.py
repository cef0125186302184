"""The incident register, as the API calls it. `probe.service.api_backend` implements it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from exporters.http.answers import (
    FlagActAnswer,
    FlagAnswer,
    IdpAnswer,
    IncidentAnswer,
    LetterAnswer,
    ReportAnswer,
    StoryAnswer,
    TakenAnswer,
)
from exporters.http.requests import Opening
from probe.core.incident.model import OPEN, ActKind, Data, IncidentState
from probe.errors import InputError

PAGE = 100


class UnknownError(InputError):
    """The incident, IdP or letter that a call names does not exist: 404."""


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """A query for incidents: the newest first, `limit` at most, with numbers below `before`."""

    states: frozenset[IncidentState] = frozenset(OPEN)
    hub: str | None = None
    idp: str | None = None
    severity: int | None = None
    since_us: int | None = None
    before: int | None = None
    limit: int = PAGE


class IncidentPage(NamedTuple):
    """A page of incidents. `more` says that there are others with lower numbers."""

    incidents: Sequence[IncidentAnswer]
    more: bool


class Register(Protocol):
    """The incident register, as the API calls it.

    Implemented by `probe.service.api_backend.ApiBackend`.

    Each call may wait for the database. A call that is repeated with the same `key` changes
    nothing. `at_us` is UTC microseconds, None for now. `retry` returns how many dead letters are
    tried again.

    All raise RefusedActError, UnknownError, InputError and LedgerError.
    """

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        """List incidents."""
        ...

    def incident(self, number: int) -> StoryAnswer:
        """Return an incident with its deadlines and acts."""
        ...

    def open(self, opening: Opening, author: str, key: str) -> IncidentAnswer:
        """Open an incident."""
        ...

    def act(self, number: int, kind: ActKind, data: Data, at_us: int | None, author: str, key: str) -> IncidentAnswer:
        """Add an act to an incident."""
        ...

    def idps(self, hub: str | None) -> Sequence[IdpAnswer]:
        """List the IdPs of a hub, or of all hubs."""
        ...

    def deactivations(self, hub: str | None, idp: str | None) -> Sequence[FlagActAnswer]:
        """List the steps of deactivations, the oldest first."""
        ...

    def flag(self, hub: str, idp: str, step: str, reason: str, at_us: int | None, author: str) -> FlagAnswer:
        """Take a step of a deactivation."""
        ...

    def report(self, month: str | None) -> ReportAnswer:
        """Make the report of a month (`2026-11`), or of the current one."""
        ...

    def outbox(self) -> Sequence[LetterAnswer]:
        """List the letters that the ticket systems have not received."""
        ...

    def retry(self, system: str, number: int) -> int:
        """Deliver dead letters again, and return their number."""
        ...

    def alertmanager(self, document: object) -> TakenAnswer:
        """Accept or refuse the alerts of a notification."""
        ...
