"""A short story told to the fold, and what the ledger then says of it.
All times are seconds after the beginning.
"""

from dataclasses import dataclass, field, replace

from probe.core.judgement.condition import State
from probe.core.judgement.fold import HubState, begin, fold
from probe.core.judgement.observation import Kind, Tile
from probe.core.judgement.signal import Cause
from probe.core.judgement.spec import RULES, Edge, HubSpec, IdpSpec
from probe.core.judgement.timeline import LedgerRow, Outage, outages, timelines
from tests.builders import SECOND
from tests.core.judgement.strategies import BEGUN, WELL, Told, observation

MINUTE = 60


def hub(*idps: IdpSpec | str, **settings: object) -> HubSpec:
    """A hub with the default settings: two failures, two successes, three intervals of vouching.

    The rules are the present ones. The tile of an IdP has its name.
    """
    specs = tuple(IdpSpec(idp, tile=idp) if isinstance(idp, str) else idp for idp in idps)
    return HubSpec("fc", specs, **{"edge": Edge.FINISH, "rules": RULES, **settings})  # type: ignore[arg-type]


@dataclass
class FoldedHub:
    """One hub, told journey by journey."""

    spec: HubSpec
    state: HubState = field(init=False)
    rows: list[LedgerRow] = field(init=False)

    def __post_init__(self) -> None:
        self.state, self.rows = begin(self.spec, BEGUN)

    def tell(self, at: int, kind: Kind, idp: str | None, told: Told, *, length: int = 1, every: int = MINUTE) -> list[LedgerRow]:
        """One journey, started at `at`, takes `length`. Returns the rows that it adds."""
        rows = fold(self.state, observation((kind, idp), told, at, length, every))
        self.rows += rows
        return rows

    def mire(self, at: int, told: Told = WELL, **when: int) -> "FoldedHub":
        self.tell(at, Kind.MIRE, None, told, **when)
        return self

    def mire_with(self, at: int, *tiles: Tile) -> "FoldedHub":
        """The mire is displayed with these tiles."""
        self.rows += fold(self.state, replace(observation((Kind.MIRE, None), WELL, at, 1, MINUTE), tiles=tiles))
        return self

    def journey(self, at: int, idp: str, told: Told = WELL, **when: int) -> "FoldedHub":
        self.tell(at, Kind.IDENTITY, idp, told, **when)
        return self

    def login_page(self, at: int, idp: str, told: Told = WELL, **when: int) -> "FoldedHub":
        self.tell(at, Kind.LOGIN_PAGE, idp, told, **when)
        return self

    def direct(self, at: int, idp: str, told: Told = WELL, **when: int) -> "FoldedHub":
        self.tell(at, Kind.DIRECT, idp, told, **when)
        return self

    def time_passes(self, until: int) -> "FoldedHub":
        """A control target answers: it says nothing of the hub, but that it is `until`."""
        self.tell(until - 1, Kind.CONTROL, "net", WELL)
        return self

    def round(self, at: int, mire: Told = WELL, **idps: Told) -> "FoldedHub":
        """The mire at `at`, then each IdP of the hub one second after the other,
        well unless told otherwise.
        """
        self.mire(at, mire)
        for number, idp in enumerate(self.spec.idps, start=1):
            said = idps.get(idp.name, WELL)
            (self.journey if idp.identity else self.login_page)(at + number, idp.name, said)
        return self

    def standing(self, subject: str, at: int) -> tuple[State, Cause | None]:
        timeline = timelines(self.rows)["fc", subject]
        held = timeline.points[timeline.index(BEGUN + at * SECOND)][1]
        return held.state, held.cause

    def at(self, subject: str, at: int) -> State:
        return self.standing(subject, at)[0]

    def outages(self, subject: str) -> list[Outage]:
        timeline = timelines(self.rows)["fc", subject]
        return outages("fc", subject, timeline.intervals(), self.state.clock_us)

    def times(self, subject: str) -> list[tuple[int, int | None]]:
        """The outages of a subject as (start, end) in seconds after the beginning."""
        ends = [(each.start_us, each.end_us) for each in self.outages(subject)]
        return [((start - BEGUN) // SECOND, None if end is None else (end - BEGUN) // SECOND) for start, end in ends]
