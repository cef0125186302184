"""Past outages and observations, as the API calls them. `probe.service.past_answers` has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from exporters.http.past_answers import ObservationAnswer, OutageAnswer, OutageStoryAnswer
from exporters.http.register import PAGE
from probe.core.judgement.past import OutageName


@dataclass(frozen=True, slots=True)
class OutageQuery:
    """A query for outages: the latest first, `limit` at most, those that come before `before`.

    `since_us`: those that were not over by then.
    """

    hub: str | None = None
    since_us: int | None = None
    before: OutageName | None = None
    limit: int = PAGE


class OutagePage(NamedTuple):
    """A page of outages. `more` says that there are earlier ones."""

    outages: Sequence[OutageAnswer]
    more: bool


class PastAnswers(Protocol):
    """Past outages and observations, as the API answers them.

    Implemented by `probe.service.past_answers.LedgerPast`. Each call may wait for the database.

    All raise NoneSuchError, InputError and LedgerError.
    """

    def outages(self, query: OutageQuery) -> OutagePage:
        """List outages."""
        ...

    def outage(self, name: OutageName, limit: int) -> OutageStoryAnswer:
        """Return an outage with its observations, `limit` at most."""
        ...

    def observation(self, number: int) -> ObservationAnswer:
        """Return an observation with its evidence."""
        ...
