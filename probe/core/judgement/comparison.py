"""Compares all IdPs at one instant to tell whose fault a failure on the hub's pages is.

docs/domain.md: "Spread decides what one observation cannot." docs/judgement.md, "Blame", has the
rule in words.

Theory of operation
-------------------
IdP i fails on the hub's pages. Each other IdP j is a witness. It shows to i:

    j                                           shows
    ------------------------------------------  -----------------------------------------------
    fails too                                   its failure
    works, was last measured before i failed,   the failure that follows in j, if one is
    and was not measured again since            confirmed; else j is stale: its next reading
                                                decides
    works, and i was last measured before j     i recovered since: the failure that j came out
    began to work, and not again since          of, or nothing; i was not asked again: j is
                                                stale
    works, and was measured while i failed      its success
    is not offered any more, and i was last     i recovered since: the failure that j came out
    measured before it was gone                 of; i was not asked again: j is stale; nothing,
                                                if j came out of no failure

"Before i failed" means before i's first failing journey had finished: that journey failed at some
instant from its start to its finish, and a journey of j that began meanwhile may have passed
before. (In the first edition of the rules it means before that journey started, and a j that came
out of no failure is not stale: docs/judgement.md, "Editions of the rules".)

Of a j that came out of no failure, "i was last measured before j began to work" means that i had
failed by then. Until i had failed, its verdict is the one that it has at that instant
(`VerdictsWhenFailed`): nothing was measured in between.

An example. IdP A fails at 10:00:10 on the hub's pages; B worked at 09:59:50. B's success is older
than A's failure, so it is stale, and the verdict is `UNDECIDED`. At 10:00:50 B is asked again. If
it works, the hub did its part for B, and A is at fault (`IDP`). If B fails in the same way, the two
are `ALIKE`, and the hub is at fault.

To compare each IdP with each other one would cost the square of their number. Two facts avoid it:

- Witnesses that differ in their instants only are one `PeerGroup`, and failures that differ in
  their instants only are one `FailureKind`. The table above compares four instants, so a group says
  the same to a whole kind when it does so to the kind's earliest and latest instants.
- Where it does not, the kind is halved by the instants at which the failures began.

So a verdict costs about the logarithm of the number of IdPs, and mostly nothing changes for those
that did not move.

`Spread` is moved along from instant to instant: `put` what an IdP holds now, then `update`.
Instants are UTC microseconds.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple, TypeVar

from probe.core.judgement.observation import Fault, Reason
from probe.core.judgement.signal import Cause, Health, Value

FOREVER = 1 << 80
"""Later than any instant. A success that the next reading repeats counts until then."""


class PeerVerdict(Enum):
    """The answer of the other IdPs to the question whose fault a failure is."""

    HUB = "hub"  # a control IdP's login works and the identity does not come back
    IDP = "idp"  # the hub did its part for another IdP
    # another IdP was last asked before this failure: its next reading decides
    UNDECIDED = "undecided"
    ALIKE = "alike"  # others fail, all by the same trouble
    ALONE = "alone"  # no other IdP tells anything


WAY_OUT = frozenset({Reason.IDP_DISCOVERY, Reason.IDP_TOKEN, Reason.IDP_USERINFO})
"""Failures of the hub's calls to an IdP. They count as one trouble: the hub asks some IdPs for
their metadata first, and others for a token."""


class Shape(NamedTuple):
    """The part of a failure that is compared: its trouble, and where it happened."""

    trouble: tuple[object, ...]
    authenticated: bool
    on_pages: bool  # on the hub's pages, or after the authentication
    control: bool


def shape(cause: Cause, control: bool) -> Shape:
    """Return the shape of an IdP's failure."""
    trouble = ("way out",) if cause.reason in WAY_OUT else (cause.step, cause.reason)
    return Shape(trouble, cause.authenticated, cause.on_hub or cause.authenticated, control)


class PeerEvidence(Enum):
    """The evidence that a working IdP gives. A `Shape` stands in its place where the IdP shows a
    failure to come or a past one.
    """

    WELL = "well"
    RETURNED = "returned"  # well, and an identity came back
    STALE = "stale"  # it was not measured while the other failed: its next reading decides


class WindowEnd(Enum):
    """The end of a failing IdP's evidence window (docs/judgement.md, "Evidence windows")."""

    REPEATED = "repeated"  # in a reading that says the same
    CONTRADICTED = "contradicted"  # in a confirmed recovery
    OPEN = "open"  # not yet


class PeerGroup(NamedTuple):
    """Working IdPs, or such as are not offered any more, that show the same, but for their
    instants.
    """

    well: PeerEvidence | None  # None: it is not offered, and shows nothing
    coming: PeerEvidence | Shape | None  # shown where their success is older than the failure
    past: Shape | None  # the failure that they came out of


class FailureKind(NamedTuple):
    """Failing IdPs that are judged alike, but for their instants."""

    shape: Shape
    ending: WindowEnd


PairEntry = tuple[int, int, int]
Key = TypeVar("Key")
_FIRST: PairEntry = (-FOREVER, 0, 0)


class InstantPairs:
    """Keeps two instants of each of some IdPs, sorted by the first and also by the second."""

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
        """Return whether some IdP's first instant is at or after `first`, and its second after
        `second`.
        """
        latest_first, latest_second = self.by_first[-1], self.by_second[-1]
        if latest_first[0] < first or latest_second[0] <= second:
            return False
        if latest_second[1] >= first or latest_first[1] > second:
            return True
        return any(row[1] >= first for row in self.by_second[bisect_left(self.by_second, (second + 1,)) :])

    def some_within(self, first: int, second: int) -> bool:
        """Return whether some IdP's first instant is at or after `first`, and its second at or
        before `second`.
        """
        latest, earliest = self.by_first[-1], self.by_second[0]
        if latest[0] < first or earliest[0] > second:
            return False
        if earliest[1] >= first or latest[1] <= second:
            return True
        return any(row[1] >= first for row in self.by_second[: bisect_left(self.by_second, (second + 1,))])


class _Bad(NamedTuple):
    shape: Shape
    kind: FailureKind | None  # None: not compared, the fault is of the party at whose host it failed
    since: int  # `failed_by`
    at: int


class _Good(NamedTuple):
    group: PeerGroup
    until: int  # its success counts for failures that began at or before it
    since: int


class _Mixed(Exception):  # noqa: N818
    """The working IdPs do not show the same to all failures of a kind: the kind must be halved."""


class Spread:
    """Compares all the IdPs of a hub at one instant, by groups.

    IdPs are numbered in the hub's order.
    """

    def __init__(self, controls: Sequence[bool], *, first_edition: bool = False) -> None:
        # of the failures that are compared
        self.verdicts: list[PeerVerdict | None] = [None] * len(controls)
        self._controls = controls
        self._first_edition = first_edition
        self._places: list[_Bad | _Good | None] = [None] * len(controls)
        self._bad: Counter[Shape] = Counter()
        self._good: dict[PeerGroup, InstantPairs] = {}
        self._failing: dict[FailureKind, InstantPairs] = {}
        self._verdicts_by_kind: dict[FailureKind, list[tuple[PairEntry, PeerVerdict]]] = {}
        self._moved: set[int] = set()

    # --- the values of the IdPs

    def put(self, idp: int, value: Value) -> None:
        """Set the value that an IdP's journey holds from now on."""
        place = _place(value, self._controls[idp], first_edition=self._first_edition)
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

    # --- the verdicts that follow

    def update(self) -> set[int]:
        """Bring the verdicts up to date. Return the IdPs whose verdict changed."""
        by_kind = {kind: self._verdicts_of(kind, members.by_first) for kind, members in self._failing.items()}
        changed = set()
        for kind, ranges in by_kind.items():
            if ranges != self._verdicts_by_kind.get(kind):
                self._moved.update(row[2] for row in self._failing[kind].by_first)
        for idp in self._moved:
            place = self._places[idp]
            assert isinstance(place, _Bad)
            assert place.kind is not None
            ranges = by_kind[place.kind]
            verdict = ranges[bisect_right([start for start, _ in ranges], (place.since, place.at, idp)) - 1][1]
            if self.verdicts[idp] is not verdict:
                self.verdicts[idp] = verdict
                changed.add(idp)
        self._moved.clear()
        self._verdicts_by_kind = by_kind
        return changed

    def _verdicts_of(self, kind: FailureKind, rows: list[PairEntry]) -> list[tuple[PairEntry, PeerVerdict]]:
        """Return the verdicts on the failures of a kind, in the order of their `since`.

        Each stands with the first failure that it holds for.
        """
        verdicts: list[tuple[PairEntry, PeerVerdict]] = []
        for start, verdict in self._ranges(kind, rows):
            if not verdicts:
                verdicts.append((_FIRST, verdict))
            elif verdicts[-1][1] is not verdict:
                verdicts.append((start, verdict))
        return verdicts

    def _ranges(self, kind: FailureKind, rows: list[PairEntry]) -> Iterator[tuple[PairEntry, PeerVerdict]]:
        seconds = [row[1] for row in rows]
        try:
            evidence = self._evidence(kind.ending, (rows[0][0], rows[-1][0]), (min(seconds), max(seconds)))
        except _Mixed:
            half = len(rows) // 2
            yield from self._ranges(kind, rows[:half])
            yield from self._ranges(kind, rows[half:])
        else:
            yield rows[0], self._verdict(kind.shape, evidence)

    def _evidence(self, ending: WindowEnd, since: tuple[int, int], at: tuple[int, int]) -> set[PeerEvidence | Shape | None]:
        """Return the evidence of the working IdPs for failures whose instants lie in these bounds.

        Raises _Mixed when the evidence is not the same for all of them.
        """
        evidence: set[PeerEvidence | Shape | None] = set()
        for group, goods in self._good.items():
            first, last = goods.by_first[0][0], goods.by_first[-1][0]
            if _same(first < since[0], first < since[1]):
                evidence.add(group.coming)
            if ending is WindowEnd.REPEATED or (self._first_edition and ending is WindowEnd.OPEN and group.past is None):
                if _same(last >= since[1], last >= since[0]):
                    evidence.add(group.well)
                continue
            least, most = at
            if ending is WindowEnd.OPEN and group.past is None:
                least, most = max(least, since[0]), max(most, since[1])
            if _same(goods.some_later(since[1], most), goods.some_later(since[0], least)):
                evidence.add(group.past if ending is WindowEnd.CONTRADICTED else PeerEvidence.STALE)
            if _same(goods.some_within(since[1], least), goods.some_within(since[0], most)):
                evidence.add(group.well)
        return evidence

    def _verdict(self, own: Shape, evidence: set[PeerEvidence | Shape | None]) -> PeerVerdict:
        """Return the verdict on a failure: the first line that fits the evidence of all the others.

        Example: own is a failure at `verify` after the login. Another IdP that returned an identity
        makes it this IdP's. Another failure at `verify` for the same reason makes it the hub's.
        """
        failures = [shown for shown in evidence if isinstance(shown, Shape)]
        failures += [shown for shown, count in self._bad.items() if count > (shown == own)]
        if own.authenticated and (own.control or any(other.control and other.authenticated for other in failures)):
            return PeerVerdict.HUB
        alike = [other for other in failures if _alike(other, own)]
        if _hub_did_its_part(own, evidence, other_failures=len(alike) < len(failures)):
            return PeerVerdict.IDP
        if PeerEvidence.STALE in evidence:
            return PeerVerdict.UNDECIDED
        return PeerVerdict.ALIKE if alike and all(other.trouble == own.trouble for other in alike) else PeerVerdict.ALONE


def _hub_did_its_part(own: Shape, evidence: set[PeerEvidence | Shape | None], *, other_failures: bool) -> bool:
    """Return whether the hub got further with another IdP than with this one.

    After a login that is an identity that came back. Before it, it is any success, or a failure of
    another sort: the hub did send that browser on.
    """
    if own.authenticated:
        return PeerEvidence.RETURNED in evidence
    return other_failures or PeerEvidence.RETURNED in evidence or PeerEvidence.WELL in evidence


def _same(least: bool, most: bool) -> bool:
    """Return the answer that holds at both bounds. Raises _Mixed when they differ."""
    if least is not most:
        raise _Mixed
    return least


def _drop(pairs: dict[Key, InstantPairs], key: Key, first: int, second: int, idp: int) -> None:
    pairs[key].drop(first, second, idp)
    if not pairs[key]:
        del pairs[key]


def _alike(shown: Shape, own: Shape) -> bool:
    """Return whether both failed on the hub's pages, and both before or both after the
    authentication, or by the same trouble.
    """
    return shown.on_pages and (shown.authenticated == own.authenticated or shown.trouble == own.trouble)


def failed_by(value: Value, *, first_edition: bool) -> int:
    """Return the instant by which a failing IdP had failed, so that a success since then says
    something of its failure: the finish of its first failing journey.

    In the first edition of the rules it is the start.
    """
    return value.since if first_edition else max(value.since, value.since_done)


class VerdictsWhenFailed:
    """Keeps whose fault each failure was at the instant by which it had failed (`failed_by`).

    It is told every fault, from the last instant back to the first. Before its first journey had
    finished, a failure has the fault that it has then.
    """

    def __init__(self, *, first_edition: bool) -> None:
        self._first_edition = first_edition
        # of each IdP, by the start of the failure and the instant by which it had failed
        self._kept: dict[int, dict[tuple[int, int], Fault | None]] = {}

    def copied(self) -> "VerdictsWhenFailed":
        """Return another one that knows the same."""
        copy = VerdictsWhenFailed(first_edition=self._first_edition)
        copy._kept = {idp: dict(kept) for idp, kept in self._kept.items()}
        return copy

    def look_up(self, idp: int, value: Value, at: int) -> tuple[bool, Fault | None]:
        """Return whether the fault of what an IdP holds at an instant is known, and the fault."""
        if self._first_edition:
            return False, None
        failure = self._failure(value)
        kept = self._kept.get(idp, {})
        for other in [each for each in kept if each[1] <= at]:
            del kept[other]  # at this instant or a later one: it is told anew
        return failure in kept, kept.get(failure)

    def put(self, idp: int, value: Value, at: int, fault: Fault | None) -> None:
        """Set the fault of what an IdP holds at an instant."""
        failure = self._failure(value)
        if failure[1] <= at and not self._first_edition:
            self._kept.setdefault(idp, {})[failure] = fault

    def _failure(self, value: Value) -> tuple[int, int]:
        return value.since, failed_by(value, first_edition=False)


def _place(value: Value, control: bool, *, first_edition: bool) -> _Bad | _Good | None:
    """Return the place of an IdP in the comparison; None when it shows nothing."""
    if value.health is Health.GOOD:
        past = shape(value.previous, control) if value.previous else None
        coming = None if value.followed else _coming(value, control)
        group = PeerGroup(PeerEvidence.RETURNED if value.returned else PeerEvidence.WELL, coming, past)
        return _Good(group, FOREVER if value.followed else value.at, value.since)
    if value.health is Health.ABSENT and value.previous:
        return _Good(PeerGroup(None, None, shape(value.previous, control)), FOREVER, value.since)
    if value.health is not Health.BAD or value.cause is None:
        return None
    own = shape(value.cause, control)
    if not own.on_pages:
        return _Bad(own, None, 0, 0)
    ending = WindowEnd.REPEATED if value.followed else WindowEnd.CONTRADICTED if value.turning else WindowEnd.OPEN
    return _Bad(own, FailureKind(own, ending), failed_by(value, first_edition=first_edition), value.at)


def _coming(value: Value, control: bool) -> PeerEvidence | Shape | None:
    if not value.turning:
        return PeerEvidence.STALE
    return shape(value.next, control) if value.next else None
