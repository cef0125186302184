"""Whose fault a failure on the hub's pages is, beside what all the other IdPs show at the same instant.

docs/domain.md: "Spread decides what one observation cannot." docs/judgement.md, "Blame", has the
rule in words.

Theory of operation
-------------------
What IdP j shows to a failing IdP i is its cause when j is bad; when j is good, one of a few things, told by comparing four instants:

    j persists from before i failed         the cause to come (`next`), or it is awaited
    i persists from before j was well       the cause of j's past outage (`previous`), or it is awaited; nothing, without a past
    neither                                 j's success

So j's that differ in instants only are one *group*, and i's of one kind of failure are one *kind*. A group answers a whole kind at once
when its outermost instants do; where it does not, the kind is halved, by the instants at which they failed. So a verdict costs about the
logarithm of the number of IdPs, and most of the time nothing changes for whoever did not move.

`Spread` is moved along from instant to instant: `put` what an IdP holds now, then `settle`. Instants are UTC microseconds.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple, TypeVar

from probe.core.judgement.observation import Reason
from probe.core.judgement.signal import Cause, Health, Value

FOREVER = 1 << 80
"""Later than any instant: until then a success counts that the next reading confirmed."""


class PeerVerdict(Enum):
    """What the other IdPs say of a failure."""

    HUB = "hub"  # a control IdP's login works and the identity does not come back
    IDP = "idp"  # the hub did its part for another IdP
    AWAITED = "awaited"  # another IdP was asked too long ago to be compared
    ALIKE = "alike"  # others fail, all by the same trouble
    ALONE = "alone"  # nobody else tells


WAY_OUT = frozenset({Reason.IDP_DISCOVERY, Reason.IDP_TOKEN, Reason.IDP_USERINFO})
"""One trouble, whichever of the hub's calls to the IdP met it: one hub calls some IdPs' metadata first, and others' token endpoint."""


class Shape(NamedTuple):
    """What counts of a failure when it is compared: its trouble (the same one, or another), and where it happened."""

    trouble: tuple[object, ...]
    authenticated: bool
    on_pages: bool  # on the hub's pages, or after the authentication
    control: bool


def shape(cause: Cause, control: bool) -> Shape:
    """The shape of an IdP's failure."""
    trouble = ("way out",) if cause.reason in WAY_OUT else (cause.step, cause.reason)
    return Shape(trouble, cause.authenticated, cause.on_hub or cause.authenticated, control)


class PeerEvidence(Enum):
    """What a good IdP may show beside a failure to come or past (a Shape)."""

    WELL = "well"
    RETURNED = "returned"  # well, and an identity came back
    AWAITED = "awaited"


class WindowEnd(Enum):
    """How the stretch of a failing IdP ends: in the same again, in a confirmed recovery, or not yet."""

    FOLLOWED = "followed"
    TURNING = "turning"
    OPEN = "open"


class PeerGroup(NamedTuple):
    """Good IdPs that show the same, but for their instants."""

    well: PeerEvidence
    coming: PeerEvidence | Shape | None  # shown while it merely persists
    past: Shape | None


class FailureKind(NamedTuple):
    """Failing IdPs that are judged alike, but for their instants."""

    shape: Shape
    ending: WindowEnd


PairEntry = tuple[int, int, int]
Key = TypeVar("Key")
_FIRST: PairEntry = (-FOREVER, 0, 0)


class InstantPairs:
    """Two instants of each of some IdPs, in the order of the first and in that of the second."""

    __slots__ = ("by_first", "by_second")

    def __init__(self) -> None:
        self.by_first: list[PairEntry] = []  # (first, second, IdP)
        self.by_second: list[PairEntry] = []  # (second, first, IdP)

    def __bool__(self) -> bool:
        return bool(self.by_first)

    def put(self, first: int, second: int, idp: int) -> None:
        insort(self.by_first, (first, second, idp))
        insort(self.by_second, (second, first, idp))

    def drop(self, first: int, second: int, idp: int) -> None:
        del self.by_first[bisect_left(self.by_first, (first, second, idp))]
        del self.by_second[bisect_left(self.by_second, (second, first, idp))]

    def some_later(self, first: int, second: int) -> bool:
        """Whether some IdP's first instant is at or after `first`, and its second after `second`."""
        latest_first, latest_second = self.by_first[-1], self.by_second[-1]
        if latest_first[0] < first or latest_second[0] <= second:
            return False
        if latest_second[1] >= first or latest_first[1] > second:
            return True
        return any(row[1] >= first for row in self.by_second[bisect_left(self.by_second, (second + 1,)) :])

    def some_within(self, first: int, second: int) -> bool:
        """Whether some IdP's first instant is at or after `first`, and its second at or before `second`."""
        latest, earliest = self.by_first[-1], self.by_second[0]
        if latest[0] < first or earliest[0] > second:
            return False
        if earliest[1] >= first or latest[1] <= second:
            return True
        return any(row[1] >= first for row in self.by_second[: bisect_left(self.by_second, (second + 1,))])


class _Bad(NamedTuple):
    shape: Shape
    kind: FailureKind | None  # None: not compared, it is the fault of whoever's host it failed on
    since: int
    at: int


class _Good(NamedTuple):
    group: PeerGroup
    until: int  # its success counts for failures that began at or before it
    since: int


class _Mixed(Exception):  # noqa: N818
    """The IdPs of a kind do not all see the same."""


class Spread:
    """What all the IdPs of a hub show, by groups, at one instant. They are numbered in the hub's order."""

    def __init__(self, controls: Sequence[bool]) -> None:
        self.verdicts: list[PeerVerdict | None] = [None] * len(controls)  # of the failures that are compared
        self._controls = controls
        self._places: list[_Bad | _Good | None] = [None] * len(controls)
        self._bad: Counter[Shape] = Counter()
        self._good: dict[PeerGroup, InstantPairs] = {}
        self._failing: dict[FailureKind, InstantPairs] = {}
        self._told: dict[FailureKind, list[tuple[PairEntry, PeerVerdict]]] = {}
        self._moved: set[int] = set()

    # --- what they hold

    def put(self, idp: int, value: Value) -> None:
        """What an IdP's journey holds from now on."""
        place = _place(value, self._controls[idp])
        before = self._places[idp]
        if place == before:
            return
        self._places[idp] = place
        if isinstance(before, _Bad):
            self._drop_bad(idp, before)
        elif before is not None:
            _drop(self._good, before.group, before.until, before.since, idp)
        if isinstance(place, _Bad):
            self._put_bad(idp, place)
        elif place is not None:
            self._good.setdefault(place.group, InstantPairs()).put(place.until, place.since, idp)

    def _put_bad(self, idp: int, place: _Bad) -> None:
        self._bad[place.shape] += 1
        if place.kind is not None:
            self._failing.setdefault(place.kind, InstantPairs()).put(place.since, place.at, idp)
            self._moved.add(idp)

    def _drop_bad(self, idp: int, place: _Bad) -> None:
        self._bad[place.shape] -= 1
        if not self._bad[place.shape]:
            del self._bad[place.shape]
        if place.kind is not None:
            _drop(self._failing, place.kind, place.since, place.at, idp)
            self._moved.discard(idp)

    # --- what follows

    def settle(self) -> set[int]:
        """Bring the verdicts up to date. Returns the IdPs whose verdict is another one."""
        told = {kind: self._tell(kind, members.by_first) for kind, members in self._failing.items()}
        changed = set()
        for kind, parts in told.items():
            if parts != self._told.get(kind):
                self._moved.update(row[2] for row in self._failing[kind].by_first)
        for idp in self._moved:
            place = self._places[idp]
            assert isinstance(place, _Bad)
            assert place.kind is not None
            parts = told[place.kind]
            verdict = parts[bisect_right([start for start, _ in parts], (place.since, place.at, idp)) - 1][1]
            if self.verdicts[idp] is not verdict:
                self.verdicts[idp] = verdict
                changed.add(idp)
        self._moved.clear()
        self._told = told
        return changed

    def _tell(self, kind: FailureKind, rows: list[PairEntry]) -> list[tuple[PairEntry, PeerVerdict]]:
        """The verdict on the failures of a kind, from which of them on, in the order of their `since`."""
        found: list[tuple[PairEntry, PeerVerdict]] = []
        for start, verdict in self._parts(kind, rows):
            if not found:
                found.append((_FIRST, verdict))
            elif found[-1][1] is not verdict:
                found.append((start, verdict))
        return found

    def _parts(self, kind: FailureKind, rows: list[PairEntry]) -> Iterator[tuple[PairEntry, PeerVerdict]]:
        seconds = [row[1] for row in rows]
        try:
            seen = self._seen(kind.ending, (rows[0][0], rows[-1][0]), (min(seconds), max(seconds)))
        except _Mixed:
            half = len(rows) // 2
            yield from self._parts(kind, rows[:half])
            yield from self._parts(kind, rows[half:])
        else:
            yield rows[0], self._verdict(kind.shape, seen)

    def _seen(self, ending: WindowEnd, since: tuple[int, int], at: tuple[int, int]) -> set[PeerEvidence | Shape | None]:
        """What the good IdPs show to failures whose instants lie within these bounds. Raises _Mixed when that is not one thing."""
        seen: set[PeerEvidence | Shape | None] = set()
        for group, goods in self._good.items():
            first, last = goods.by_first[0][0], goods.by_first[-1][0]
            if _same(first < since[0], first < since[1]):
                seen.add(group.coming)
            if ending is WindowEnd.FOLLOWED or (ending is WindowEnd.OPEN and group.past is None):
                if _same(last >= since[1], last >= since[0]):
                    seen.add(group.well)
                continue
            if _same(goods.some_later(since[1], at[1]), goods.some_later(since[0], at[0])):
                seen.add(group.past if ending is WindowEnd.TURNING else PeerEvidence.AWAITED)
            if _same(goods.some_within(since[1], at[0]), goods.some_within(since[0], at[1])):
                seen.add(group.well)
        return seen

    def _verdict(self, own: Shape, seen: set[PeerEvidence | Shape | None]) -> PeerVerdict:
        shown = [each for each in seen if isinstance(each, Shape)]
        shown += [each for each, count in self._bad.items() if count > (each == own)]
        if own.authenticated and (own.control or any(each.control and each.authenticated for each in shown)):
            return PeerVerdict.HUB
        alike = [each for each in shown if _alike(each, own)]
        if own.authenticated:
            further = PeerEvidence.RETURNED in seen
        else:
            further = (
                PeerEvidence.RETURNED in seen or PeerEvidence.WELL in seen or len(alike) < len(shown)
            )  # the hub did send the browser on
        if further:
            return PeerVerdict.IDP
        if PeerEvidence.AWAITED in seen:
            return PeerVerdict.AWAITED
        return PeerVerdict.ALIKE if alike and all(each.trouble == own.trouble for each in alike) else PeerVerdict.ALONE


def _same(least: bool, most: bool) -> bool:
    """What holds at both bounds. Raises _Mixed when it does not hold at both."""
    if least is not most:
        raise _Mixed
    return least


def _drop(pairs: dict[Key, InstantPairs], key: Key, first: int, second: int, idp: int) -> None:
    pairs[key].drop(first, second, idp)
    if not pairs[key]:
        del pairs[key]


def _alike(shown: Shape, own: Shape) -> bool:
    """Both failed on the hub's pages, both before or both after the authentication, or of the same trouble."""
    return shown.on_pages and (shown.authenticated == own.authenticated or shown.trouble == own.trouble)


def _place(value: Value, control: bool) -> _Bad | _Good | None:
    """Where an IdP belongs: nowhere, when it shows nothing."""
    if value.health is Health.GOOD:
        past = shape(value.previous, control) if value.previous else None
        coming = None if value.followed else _coming(value, control)
        group = PeerGroup(PeerEvidence.RETURNED if value.returned else PeerEvidence.WELL, coming, past)
        return _Good(group, FOREVER if value.followed else value.at, value.since)
    if value.health is not Health.BAD or value.cause is None:
        return None
    own = shape(value.cause, control)
    if not own.on_pages:
        return _Bad(own, None, 0, 0)
    ending = WindowEnd.FOLLOWED if value.followed else WindowEnd.TURNING if value.turning else WindowEnd.OPEN
    return _Bad(own, FailureKind(own, ending), value.since, value.at)


def _coming(value: Value, control: bool) -> PeerEvidence | Shape | None:
    if not value.turning:
        return PeerEvidence.AWAITED
    return shape(value.next, control) if value.next else None
