"""Outages of the past under a name each, and the observations that show why.

An outage is named by where and when it began: `HUB/SUBJECT@START`, as in

    franceconnect/C1@2026-03-03T10:00:00.000000Z

The subject is written as people write it: C1, C2, C3, or an IdP's name. Nothing is stored under
that name, so it lasts as long as the ledger says that an outage began then. An observation that
comes late can move an outage's beginning; the name before then still finds the outage that
holds at its instant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from probe.core.judgement.observation import JOURNEYS, Kind, Observation, SetupPart
from probe.core.judgement.own_setup import digests
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, C2, C3, Subject, SubjectKind
from probe.core.judgement.timeline import Outage
from probe.core.judgement.unknown_part import UnknownPart
from probe.core.times import parse_rfc3339, rfc3339


class OutageName(NamedTuple):
    """The name of an outage. `at_us`: UTC microseconds."""

    hub: str
    subject: str  # as the ledger holds it
    at_us: int

    @classmethod
    def of(cls, outage: Outage) -> Self:
        return cls(outage.hub, outage.subject, outage.start_us)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name. Raises ValueError when it is none."""
        place, _, start = text.rpartition("@")
        hub, _, subject = place.partition("/")
        if not (hub and subject):
            raise ValueError("is not HUB/SUBJECT@START")
        return cls(hub, str(Subject.named(subject)), parse_rfc3339(start))

    def __str__(self) -> str:
        return f"{self.hub}/{self.within_hub}"

    @property
    def within_hub(self) -> str:
        """The name without the hub: `SUBJECT@START`."""
        subject = Subject.parse(self.subject)
        label = subject.label if Subject.named(subject.label) == subject else str(subject)  # an IdP may be called C1
        return f"{label}@{rfc3339(self.at_us)}"

    def find(self, outages: Iterable[Outage]) -> Outage | None:
        """Return the outage that began at that instant, else the one that holds at it; None for
        none.
        """
        mine = [each for each in outages if (each.hub, each.subject) == (self.hub, self.subject)]
        begun = next((each for each in mine if each.start_us == self.at_us), None)
        held = (each for each in mine if each.start_us <= self.at_us and (each.end_us is None or self.at_us < each.end_us))
        return begun or next(held, None)


@dataclass(frozen=True, slots=True)
class StoredObservation:
    """An observation with the number under which the ledger has it."""

    number: int
    observation: Observation

    @property
    def request_id(self) -> str | None:
        """The id of the request with which the journey ended: of a failed one, the one to search
        the host's log for. None when that one had none.
        """
        return self.observation.hops[-1].request_id if self.observation.hops else None


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A part of our own settings that changed while an outage lasted, and with which no journey has
    passed since: the outage goes on, though the other party may have been mended.

    `since_us`: when the first journey with the new settings started, in UTC microseconds.
    """

    part: SetupPart
    since_us: int

    @classmethod
    def of(cls, failures: Iterable[tuple[int, str, SetupPart | None]]) -> "ChangedSetting | None":
        """Return what changed by the failures of an outage, oldest first; None when nothing did.

        Of each failure: when it started, the digests of the settings, the part that it depends on.
        """
        known = [(at_us, digests(setup), part) for at_us, setup, part in failures]
        part = next((part for _, _, part in reversed(known) if part is not None), None)
        told = [(at_us, of_parts[part]) for at_us, of_parts, _ in known if part in of_parts] if part is not None else []
        if part is None or not told or told[0][1] == told[-1][1]:
            return None
        return cls(part, next(at_us for at_us, digest in told if digest == told[-1][1]))


@dataclass(frozen=True, slots=True)
class PastOutage:
    """An outage with the observation that tells why.

    `telling` is None when none is kept any more. `corrections`: the numbers of what people stated
    about it, each with its kind. `imported`: it was brought in, and nobody here saw it. `direct`:
    what the IdP did meanwhile that was asked without the hub, where that says more. Where the
    outage was asked for by itself: `changed`, our own setting that changed meanwhile; of C3 `idps`,
    the names of those that were down meanwhile, and `watched`, how many were watched; `unknown`,
    why time within it is unknown.
    """

    outage: Outage
    telling: StoredObservation | None = None
    corrections: Sequence[tuple[int, str]] = ()
    imported: bool = False
    changed: ChangedSetting | None = None
    idps: Sequence[str] = ()
    watched: int = 0
    unknown: Sequence[UnknownPart] = ()
    direct: Cause | None = None

    @property
    def name(self) -> OutageName:
        return OutageName.of(self.outage)


@dataclass(frozen=True, slots=True)
class OutageStory:
    """An outage with its observations, oldest first.

    `count` is how many are kept; of more than were asked for, `observations` has the first.
    """

    past: PastOutage
    observations: Sequence[StoredObservation]
    count: int


def kinds_of(subject: str) -> frozenset[Kind]:
    """Return the kinds of journeys that speak of a subject.

    The mire says C1; journeys through IdPs say C2; both say C3, and how another client sees the
    hub. An IdP's journeys, and the IdP asked without the hub, say its own state.
    """
    if Subject.parse(subject).kind is SubjectKind.CLIENT:
        return frozenset({Kind.MIRE, *JOURNEYS})
    return {
        C1: frozenset({Kind.MIRE}),
        C2: frozenset({Kind.IDENTITY}),
        C3: frozenset({Kind.MIRE, *JOURNEYS}),
    }.get(subject, frozenset({*JOURNEYS, Kind.DIRECT}))
