"""Judges the three conditions and the state of each IdP at one instant.

Theory of operation
-------------------
A signal (`probe.core.judgement.signal`) holds a value for each question. This module derives from
the values the state of each *subject*:

    subject                  docs/contract.md, 3
    mire_missing         C1  « n'affiche pas la mire de choix des Fournisseurs d'Identité »
    identity_not_returned C2 « n'est pas en mesure de renvoyer les données d'identité [...] même si
                             l'authentification a réussi »
    all_idps_unavailable C3  « Tous les Fournisseurs d'Identité sont indisponibles alors même que
                             FranceConnect [...] fonctionne »
    hub                      down when one of the three holds
    idp:<name>               « un dysfonctionnement concernant un Fournisseur d'Identité »
                             (section 2.2.2)
    client:<name>            the hub as another client than the main one sees it; no condition
    idp:<name>@<client>      an IdP, likewise

1. While C1 holds, everything else is unknown: nothing can be seen through a missing mire.
2. `_fault` decides between hub and IdP where one journey cannot: by the other IdPs
   (`probe.core.judgement.comparison`), then by the hub's code, then by `direct`.
3. C2, C3 and each IdP follow from the fault, and the hub follows from the three conditions.

An example. Two IdPs fail at `verify`, after the login, for the same reason. They fail alike, so the
fault is the hub's. Two identities are lost and none came back: C2 holds, and the hub is down. The
IdPs themselves are unknown: their login works, but nobody can tell more.

A `Board` is moved along from instant to instant and tells what changed, so that only what moved is
judged again. `judge` is a board at one instant, `history` the course of many.

Each client is judged by its own journeys alone, as if it had the hub to itself. The conditions and
the hub are the main client's. So no journey counts twice, and no client hides what another sees.

The exact rules in words: docs/judgement.md, "Blame: whose fault a failing login is" and
"The state of a subject at an instant", "Several clients"; examples: docs/decides.md.

A subject is `up`, `down`, `unknown`, or `blip`: it is up, but would be down if each unconfirmed
failure were confirmed.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from probe.core.judgement.comparison import FOREVER, PeerVerdict, Spread, VerdictsWhenFailed, failed_by
from probe.core.judgement.observation import Fault, Reason
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Offer, Value
from probe.core.judgement.spec import ClientSpec, HubSpec
from probe.core.judgement.subject import C1, C2, C3, CONDITIONS, HUB, State, at_client, client_of, journey_of
from probe.core.judgement.telling import rank

MIRE, TILES = "mire", "tiles"  # the hub's own signals

__all__ = [
    "C1",
    "C2",
    "C3",
    "CONDITIONS",
    "HUB",
    "MIRE",
    "TILES",
    "State",
    "SubjectStatus",
    "Values",
    "blame",
    "conditions",
    "direct_of",
    "history",
    "journey_of",
    "judge",
    "signals",
    "signals_seen_by",
    "subjects",
]  # fmt: skip


def direct_of(idp: str) -> str:
    """Return the name of an IdP's `direct` signal."""
    return f"direct:{idp}"


def conditions(spec: HubSpec) -> tuple[str, ...]:
    """Return the conditions that can hold at a hub. Without a chooser there is no C3."""
    return CONDITIONS if spec.chooser else (C1, C2)


def subjects(spec: HubSpec) -> tuple[str, ...]:
    """Return every subject of a hub, the hub first, and those of other clients last."""
    own = (HUB, *conditions(spec), *(journey_of(idp.name) for idp in spec.idps))
    others = (_of_client(client.name, [journey_of(idp.name) for idp in client.idps]) for client in spec.clients)
    return (*own, *(subject for names in others for subject in names))


def _of_client(client: str, idps: Sequence[str]) -> tuple[str, ...]:
    return (client_of(client), *(at_client(idp, client) for idp in idps))


def signals(spec: HubSpec) -> tuple[str, ...]:
    """Return the names of a hub's signals, those of other clients last."""
    others = [at_client(name, client.name) for client in spec.clients for name in _seen_by_a_client(client)]
    return (*_own_signals(spec), *others)


def _seen_by_a_client(client: ClientSpec) -> tuple[str, ...]:
    """Return the questions that another client than the main one answers."""
    return (MIRE, TILES, *(journey_of(idp.name) for idp in client.idps))


def signals_seen_by(client: str, seen: HubSpec) -> dict[str, str]:
    """Return the name of each signal that a client is judged by -> that of the main client's.

    `seen`: the hub as this client sees it. `direct` asks without the hub: it counts for everybody.
    """
    directs = {direct_of(idp.name) for idp in seen.idps}
    return {name if name in directs else at_client(name, client): name for name in signals(seen)}


def _own_signals(spec: HubSpec) -> tuple[str, ...]:
    names = [idp.name for idp in spec.idps]
    return (MIRE, TILES, *map(journey_of, names), *map(direct_of, names))


@dataclass(frozen=True, slots=True)
class SubjectStatus:
    """A subject's state, and why it is down, or would be if its blip were confirmed.

    `condition`: which of the three makes the hub down.
    """

    state: State
    cause: Cause | None = None
    condition: str | None = None


_UP, _UNKNOWN = SubjectStatus(State.UP), SubjectStatus(State.UNKNOWN)
Values = Mapping[str, Value]


def judge(spec: HubSpec, values: Values) -> dict[str, SubjectStatus]:
    """Return every subject's status, from the signals' values at one instant.

    A signal that is missing is unknown. Do not change the result: it is cached.
    """
    if not spec.clients:
        return _judge(spec, values)
    return {
        subject: status
        for seen in _seen(spec)
        for name, status in _judge(seen.spec, seen.values(values)).items()
        if (subject := seen.subjects.get(name))
    }


def _judge(spec: HubSpec, values: Values) -> dict[str, SubjectStatus]:
    """Return the statuses that one client sees."""
    if not _disputed(values):
        return _undisputed(spec, tuple((name, value.health, value.returned, value.offer) for name, value in values.items()))
    return _Judging(spec).move(values)


def history(spec: HubSpec, at: int, values: Values, later: Sequence[tuple[int, Values]]) -> dict[str, list[tuple[int, SubjectStatus]]]:
    """Return every subject's statuses from an instant on, each with its beginning.

    `later`: the values that change, each with its instant, ascending.
    """
    if not spec.clients:
        return _history(spec, at, values, later)
    return {
        subject: statuses
        for seen in _seen(spec)
        for name, statuses in _history(seen.spec, at, seen.values(values), seen.moves(later)).items()
        if (subject := seen.subjects.get(name))
    }


@dataclass(frozen=True, slots=True)
class _ClientView:
    """A hub as one of its clients sees it.

    `signals` maps the name of each signal that it is judged by to that of the main client's,
    `subjects` the main client's subjects to its own.
    """

    spec: HubSpec
    signals: Mapping[str, str]
    subjects: Mapping[str, str]

    def values(self, values: Values) -> Values:
        """Return this client's own values, under the names of the main client's."""
        return {self.signals[name]: value for name, value in values.items() if name in self.signals}

    def moves(self, later: Sequence[tuple[int, Values]]) -> list[tuple[int, Values]]:
        """Return what moves of this client's own, each with its instant."""
        return [(at, own) for at, moved in later if (own := self.values(moved))]


@lru_cache(maxsize=64)
def _seen(spec: HubSpec) -> tuple[_ClientView, ...]:
    """Return the hub as each of its clients sees it, the main one first."""
    main = replace(spec, clients=())
    return (_ClientView(main, signals_seen_by("", main), {name: name for name in subjects(main)}), *_others(spec))


def _others(spec: HubSpec) -> Iterator[_ClientView]:
    for client in spec.clients:
        seen = spec.as_seen_by(client.name)
        assert seen is not None, "it is a client of this hub"
        idps = [journey_of(idp.name) for idp in client.idps]
        yield _ClientView(seen, signals_seen_by(client.name, seen), dict(zip((HUB, *idps), _of_client(client.name, idps), strict=True)))


def _history(spec: HubSpec, at: int, values: Values, later: Sequence[tuple[int, Values]]) -> dict[str, list[tuple[int, SubjectStatus]]]:
    """Return the statuses that one client sees."""
    moves = [values, *(moved for _, moved in later)]
    if len(later) <= _FEW and not any(map(_disputed, moves)):
        return _undisputed_history(spec, at, values, later)
    return _disputed_history(spec, at, values, later)


def _disputed_history(
    spec: HubSpec, at: int, values: Values, later: Sequence[tuple[int, Values]]
) -> dict[str, list[tuple[int, SubjectStatus]]]:
    """Judge the last instant first: a failure whose first journey is under way is judged as at
    the finish of that journey.
    """
    held, undone, instants = dict(values), list[Values](), [at]
    for instant, moved in later:
        undone.append({name: held.get(name, UNKNOWN) for name in moved})
        instants.append(instant)
        held |= moved
    judging = _Judging(spec)
    status = judging.move(held, instants.pop())
    statuses: dict[str, list[tuple[int, SubjectStatus]]] = {subject: [] for subject in status}
    for (instant, _), before in zip(reversed(later), reversed(undone), strict=True):
        for subject, earlier in judging.move(before, instants.pop()).items():
            if earlier is not status[subject]:
                statuses[subject].append((instant, status[subject]))
                status[subject] = earlier
    return {subject: [(at, status[subject]), *reversed(found)] for subject, found in statuses.items()}


_FEW = 3
"""Up to so many instants, look-ups cost less than setting up a board."""


def _undisputed_history(
    spec: HubSpec, at: int, values: Values, later: Sequence[tuple[int, Values]]
) -> dict[str, list[tuple[int, SubjectStatus]]]:
    judged = _judge(spec, values)
    statuses = {subject: [(at, status)] for subject, status in judged.items()}
    for instant, moved in later:
        values = {**values, **moved}
        before, judged = judged, _judge(spec, values)
        if judged is not before:
            for subject, status in judged.items():
                statuses[subject].append((instant, status))
    return statuses


def _disputed(values: Values) -> bool:
    return any(value.blip or value.health is Health.BAD for value in values.values())


def _doubtful(values: Values) -> bool:
    return any(value.blip for value in values.values())


@lru_cache(maxsize=256)
def _undisputed(spec: HubSpec, signals: tuple[tuple[str, Health, bool, Offer | None], ...]) -> dict[str, SubjectStatus]:
    """Return the statuses where nothing is bad and nothing is a blip, as nearly always.

    `signals`: of each its name, and of its value `health`, `returned` and `offer`. Nothing is
    compared then, so the instants of the readings do not matter.
    """
    return Board(spec).move({name: Value(health, returned=returned, offer=offer) for name, health, returned, offer in signals})


class _Judging:
    """Judges the statuses, and tells which of those that are up are blips."""

    def __init__(self, spec: HubSpec) -> None:
        self._spec = spec
        self._board = Board(spec)
        # as if each blip were bad; until the first blip it is the same
        self._pessimistic: Board | None = None
        self._values: dict[str, Value] = {}

    def move(self, values: Values, at: int = FOREVER) -> dict[str, SubjectStatus]:
        """Set the values that the signals hold at an instant, no later than the one before.

        Return the statuses that may have changed; the first time, all.
        """
        moved = self._board.move(values, at)
        self._values |= values
        if self._pessimistic is None:
            if not _doubtful(values):
                return moved
            self._pessimistic, values = self._board.beginning(), self._values
        worst = self._pessimistic.move({name: _believed(value) for name, value in values.items()}, at)
        return {subject: _doubted(self._board.of(subject), self._pessimistic.of(subject)) for subject in moved | worst}


def _doubted(status: SubjectStatus, worst: SubjectStatus) -> SubjectStatus:
    return replace(worst, state=State.BLIP) if status.state is State.UP and worst.state is State.DOWN else status


def _believed(value: Value) -> Value:
    return Value(Health.BAD, value.cause, at=value.doubt, since=value.doubt) if value.blip else value


def blame(spec: HubSpec, values: Values) -> dict[str, Cause]:
    """Return for every IdP whose journey is bad its cause, with the fault that all journeys point
    to.
    """
    board = Board(spec)
    board.move(values)
    return board.blamed


# --- at one instant after the other


class Board:
    """Keeps every subject's status at an instant, and goes back from instant to instant."""

    def __init__(self, spec: HubSpec) -> None:
        self._spec = spec
        self._at = FOREVER
        self._when_failed = VerdictsWhenFailed(first_edition=spec.first_edition)
        self._journeys = {journey_of(idp.name): number for number, idp in enumerate(spec.idps)}
        self._directs = {direct_of(idp.name): number for number, idp in enumerate(spec.idps)}
        self._values = [UNKNOWN] * len(spec.idps)
        self._direct = [UNKNOWN] * len(spec.idps)
        self._mire = self._tiles = UNKNOWN
        self._masked = False
        self._spread = Spread([idp.control for idp in spec.idps], first_edition=spec.first_edition)
        self._shares = [_NOTHING] * len(spec.idps)
        self._lost, self._reach = _Lost(spec), _Reach(spec)
        self._idps: dict[str, SubjectStatus] = {journey_of(idp.name): _UNKNOWN for idp in spec.idps}
        self._conditions: dict[str, SubjectStatus] = {}

    @property
    def blamed(self) -> dict[str, Cause]:
        """The cause of every IdP whose journey is bad, with the fault that all journeys point
        to.
        """
        return {idp.name: share.blamed for idp, share in zip(self._spec.idps, self._shares, strict=True) if share.blamed}

    def beginning(self) -> "Board":
        """Return a board without values that knows what this one does of later instants."""
        board = Board(self._spec)
        board._when_failed = self._when_failed.copied()
        return board

    def of(self, subject: str) -> SubjectStatus:
        """Return a subject's status now."""
        status = self._conditions.get(subject)
        return status or (_UNKNOWN if self._masked else self._idps[subject])

    def move(self, values: Values, at: int = FOREVER) -> dict[str, SubjectStatus]:
        """Set the values that the signals hold at an instant, no later than the one before.

        Return the statuses that may have changed; the first time, all.
        """
        first, self._at = not self._conditions, at
        moved = {number for name, value in values.items() if (number := self._put(name, value)) is not None}
        moved |= self._spread.update()
        for number in moved:
            self._judge(number)
        masked = self._mire.health is Health.BAD
        mask_changed, self._masked = masked is not self._masked, masked
        self._conditions = self._judged_conditions()
        if first or mask_changed:
            return self._conditions | {subject: self.of(subject) for subject in self._idps}
        if masked:
            return self._conditions
        idps = (journey_of(self._spec.idps[number].name) for number in moved)
        return self._conditions | {subject: self._idps[subject] for subject in idps}

    def _put(self, name: str, value: Value) -> int | None:
        """Set one signal's value. Return the number of the IdP that it is about, if any."""
        if name == MIRE:
            self._mire = value
        elif name == TILES:
            self._tiles = value
            self._reach.set_aside(value.offer.aside if value.offer else ())
        elif (number := self._journeys.get(name)) is not None:
            self._values[number] = value
            self._spread.put(number, value)
            return number
        elif (number := self._directs.get(name)) is not None:
            self._direct[number] = value
            return number
        return None

    def _judge(self, number: int) -> None:
        """Judge an IdP again: its status, and its share in C2 and C3."""
        value, idp = self._values[number], self._spec.idps[number]
        share = _share(value, self._blamed(number, value))
        before = self._shares[number]
        if share == before:
            return
        self._shares[number] = share
        self._lost.move(number, before, share)
        self._reach.move(number, share)
        self._idps[journey_of(idp.name)] = _idp(share)

    def _blamed(self, number: int, value: Value) -> Cause | None:
        known, fault = self._when_failed.look_up(number, value, self._at)
        cause = _bad(value)
        if cause is None or not (cause.authenticated or cause.on_hub):
            return cause
        if not known:
            verdict = self._spread.verdicts[number]
            assert verdict is not None, "what is compared has a verdict"
            fault = _fault(cause, verdict, value, self._direct[number], first_edition=self._spec.first_edition)
            self._when_failed.put(number, value, self._at, fault)
        if fault is cause.fault:
            return cause
        return _with_fault(cause, fault) if self._spec.first_edition else _overruled(cause, fault)

    def _judged_conditions(self) -> dict[str, SubjectStatus]:
        if self._masked:
            down = SubjectStatus(State.DOWN, self._mire.cause)
            masked = {C2: _UNKNOWN, C3: _UNKNOWN} if self._spec.chooser else {C2: _UNKNOWN}
            return {C1: down, **masked, HUB: replace(down, condition=C1)}
        displayed = self._mire.health is Health.GOOD
        statuses = {C1: _UP if displayed else _UNKNOWN, C2: self._lost.status()}
        if self._spec.chooser:
            statuses[C3] = self._reach.status(self._tiles) if displayed else _UNKNOWN
        statuses[HUB] = _hub(self._spec, statuses)
        return statuses


def _with_fault(cause: Cause, fault: Fault | None) -> Cause:
    """Return the cause with another fault. `dataclasses.replace` takes three times as long."""
    return Cause(fault, cause.reason, cause.step, cause.code, cause.on_hub, cause.authenticated, cause.coded)


def _overruled(cause: Cause, fault: Fault | None) -> Cause:
    """Return the cause of a failure that the comparison ascribes to another party than it names.

    A reason that comes of the hub's code names a party. Where the comparison names the other one,
    the reason is the comparison's, and the code stays as evidence.
    """
    if fault is None or not cause.coded:
        return _with_fault(cause, fault)
    reason = Reason.AT_EVERY_IDP if fault is Fault.HUB else Reason.AT_THIS_IDP_ONLY
    return Cause(fault, reason, cause.step, cause.code, cause.on_hub, cause.authenticated)


def _bad(value: Value) -> Cause | None:
    return (value.cause or Cause(Fault.IDP, None, None)) if value.health is Health.BAD else None


# --- whose fault


def _fault(cause: Cause, verdict: PeerVerdict, failing: Value, direct: Value, *, first_edition: bool) -> Fault | None:
    """Return whose fault a failure on the hub's pages is; None while nobody can tell yet."""
    match verdict:
        case PeerVerdict.HUB:
            return Fault.HUB
        case PeerVerdict.IDP:
            return Fault.IDP
        case PeerVerdict.UNDECIDED:
            return None
        case PeerVerdict.ALIKE:
            known, otherwise = cause.coded and cause.fault is Fault.HUB, Fault.HUB
        case PeerVerdict.ALONE:
            if not failing.at and not first_edition:
                return None  # nothing has said so since a silence
            known, otherwise = cause.coded, Fault.HUB if cause.authenticated else Fault.IDP
    return cause.fault if known else _by_direct(failing, direct, otherwise, first_edition=first_edition)


def _by_direct(failing: Value, direct: Value, otherwise: Fault, *, first_edition: bool) -> Fault | None:
    """Return whose fault a failing journey is by the IdP's `direct`; None while that is stale.

    `direct` is a witness like another IdP (`probe.core.judgement.comparison`): its success is
    evidence only if it was measured while the journey failed.
    """
    cause: Cause | None = None
    if direct.health is Health.BAD:
        cause = direct.cause
    elif direct.health is Health.GOOD:
        failed = failed_by(failing, first_edition=first_edition)
        came_after = failed < direct.since and not first_edition
        if _carried_over(direct, failed):
            if not direct.turning:
                return None
            cause = direct.next
        elif _carried_over(failing, direct.since) and (failing.turning or direct.previous or came_after):
            if not failing.turning:
                return None
            cause = direct.previous
        else:
            return Fault.HUB
    return otherwise if cause is None else Fault.IDP


def _carried_over(value: Value, since: int) -> bool:
    """Return whether the value was last measured before `since`, and the next reading did not
    repeat it.
    """
    return value.at < since and not value.followed


# --- the conditions that follow


class _Share(NamedTuple):
    """The part of an IdP's value from which the conditions follow.

    `until`: its success is evidence about identities lost at or before that instant.
    """

    health: Health = Health.UNKNOWN
    cause: Cause | None = None  # its own
    blamed: Cause | None = None  # with the fault that all the journeys together point to
    returned: bool = False
    since: int = 0
    until: int = 0

    @property
    def authenticated(self) -> bool:
        """Whether it failed after its login."""
        return self.blamed is not None and self.blamed.authenticated


_NOTHING = _Share()


def _share(value: Value, blamed: Cause | None) -> _Share:
    if value.health is Health.BAD:
        return _Share(Health.BAD, value.cause, blamed, since=value.since)
    returned = value.health is Health.GOOD and value.returned
    return _Share(value.health, returned=returned, until=(FOREVER if value.followed else value.at) if returned else 0)


def _idp(share: _Share) -> SubjectStatus:
    if share.health is Health.GOOD:
        return _UP
    cause = share.blamed
    return SubjectStatus(State.DOWN, cause) if cause and cause.fault is Fault.IDP else _UNKNOWN


class _Lost:
    """Judges C2 by the identities that are lost and those that came back."""

    def __init__(self, spec: HubSpec) -> None:
        self._spec = spec
        self._since: list[tuple[int, int]] = []  # (`since`, IdP) of the lost, ascending
        self._returned: list[tuple[int, int]] = []  # (`until`, IdP) of those that came back, ascending
        self._by_hub = 0  # how many were lost by the hub's fault
        self._causes = _Causes(spec)
        self._unexcused = _Causes(spec)  # of the lost whose own code does not name the IdP

    def move(self, number: int, before: _Share, share: _Share) -> None:
        """Replace an IdP's share."""
        if self._spec.idps[number].identity:
            self._drop(number, before)
            self._put(number, share)

    def _put(self, number: int, share: _Share) -> None:
        if share.returned:
            insort(self._returned, (share.until, number))
        if share.blamed and share.authenticated:
            insort(self._since, (share.since, number))
            self._by_hub += share.blamed.fault is Fault.HUB
            self._causes.put(number, share.blamed)
            if share.cause and not (share.cause.coded and share.cause.fault is Fault.IDP):
                self._unexcused.put(number, share.cause)

    def _drop(self, number: int, share: _Share) -> None:
        if share.returned:
            del self._returned[bisect_left(self._returned, (share.until, number))]
        if share.blamed and share.authenticated:
            del self._since[bisect_left(self._since, (share.since, number))]
            self._by_hub -= share.blamed.fault is Fault.HUB
            self._causes.drop(number)
            self._unexcused.drop(number)

    def status(self) -> SubjectStatus:
        if self._spec.any_identity and self._unexcused:
            return SubjectStatus(State.DOWN, replace(self._unexcused.chosen(), fault=Fault.HUB))
        since = self._since[-1][0] if self._since else 0
        if self._returned and self._returned[-1][0] >= since:
            return _UP
        if self._since and self._by_hub == len(self._since):
            return SubjectStatus(State.DOWN, self._causes.chosen())
        return _UNKNOWN


class _Reach:
    """Judges C3 by the offered IdPs at which a citizen can log in."""

    def __init__(self, spec: HubSpec) -> None:
        self._spec = spec
        self._shares = [_NOTHING] * len(spec.idps)
        # those whose button stands beside the list of the mire
        self._aside: tuple[str, ...] = ()
        # at how many IdPs a citizen can log in, cannot, and of how many nobody can tell
        self._counts = {True: 0, False: 0, None: sum(not idp.control for idp in spec.idps)}
        self._causes = _Causes(spec)

    def move(self, number: int, share: _Share) -> None:
        """Replace an IdP's share."""
        if self._is_tile(number):
            self._drop(number)
        self._shares[number] = share
        if self._is_tile(number):
            self._put(number)

    def set_aside(self, names: tuple[str, ...]) -> None:
        """Leave out the IdPs with these names, whose button is no tile, and no others."""
        if names == self._aside:
            return
        for number, idp in enumerate(self._spec.idps):
            if not idp.control and (idp.name in names) is not (idp.name in self._aside):
                (self._drop if idp.name in names else self._put)(number)
        self._aside = names

    def _is_tile(self, number: int) -> bool:
        idp = self._spec.idps[number]
        return not idp.control and idp.name not in self._aside

    def _put(self, number: int) -> None:
        share = self._shares[number]
        if share.health is not Health.ABSENT:
            self._counts[_reachable(share)] += 1
        if share.blamed:
            self._causes.put(number, share.blamed)

    def _drop(self, number: int) -> None:
        share = self._shares[number]
        if share.health is not Health.ABSENT:
            self._counts[_reachable(share)] -= 1
        self._causes.drop(number)

    def status(self, tiles: Value) -> SubjectStatus:
        """Return whether a citizen can log in somewhere, while the mire is displayed.

        A selectable tile of an IdP that nobody watches may work. Tiles of which nobody can tell
        (they are greyed for this prober only) may do, too.
        """
        if tiles.health is Health.BAD:
            return SubjectStatus(State.DOWN, tiles.cause)
        if tiles.health is Health.UNKNOWN and not self._spec.first_edition:
            return _UNKNOWN
        if self._counts[True]:
            return _UP
        unwatched = tiles.offer is not None and tiles.offer.unwatched
        if self._counts[False] and not self._counts[None] and not unwatched:
            return SubjectStatus(State.DOWN, self._causes.chosen())
        return _UNKNOWN


def _reachable(share: _Share) -> bool | None:
    """Return whether a citizen can log in at an IdP; None when nobody can tell.

    A hub that loses the identity afterwards is C2's matter, not C3's.
    """
    if share.blamed:
        fault = share.blamed.fault
        return (None if fault is None else fault is Fault.HUB) if share.authenticated else False
    return True if share.health is Health.GOOD else None


class _Causes:
    """Keeps the causes of some IdPs, and chooses the one that stands for all of them."""

    def __init__(self, spec: HubSpec) -> None:
        self._ranked = not spec.first_edition
        self._of: dict[int, Cause] = {}
        self._sharing: dict[Cause, list[int]] = {}  # the IdPs that have a cause, in the hub's order
        # (how little it tells, -how many have it, the first of them), ascending
        self._ranks: list[tuple[int, int, int]] = []

    def __bool__(self) -> bool:
        return bool(self._of)

    def put(self, number: int, cause: Cause) -> None:
        self._of[number] = cause
        sharing = self._sharing.setdefault(cause, [])
        if sharing:
            self._unrank(cause, sharing)
        insort(sharing, number)
        insort(self._ranks, self._rank(cause, sharing))

    def drop(self, number: int) -> None:
        """Drop an IdP's cause, if it has one."""
        cause = self._of.pop(number, None)
        if cause is None:
            return
        sharing = self._sharing[cause]
        self._unrank(cause, sharing)
        sharing.remove(number)
        if sharing:
            insort(self._ranks, self._rank(cause, sharing))
        else:
            del self._sharing[cause]

    def _rank(self, cause: Cause, sharing: Sequence[int]) -> tuple[int, int, int]:
        return rank(cause) if self._ranked else 0, -len(sharing), sharing[0]

    def _unrank(self, cause: Cause, sharing: Sequence[int]) -> None:
        del self._ranks[bisect_left(self._ranks, self._rank(cause, sharing))]

    def chosen(self) -> Cause:
        """Return the cause that tells most; of equals the commonest, then the first IdP's."""
        return self._of[self._ranks[0][2]]


def _hub(spec: HubSpec, statuses: Mapping[str, SubjectStatus]) -> SubjectStatus:
    for condition in (name for name in CONDITIONS if name in statuses):
        if statuses[condition].state is State.DOWN:
            return SubjectStatus(State.DOWN, statuses[condition].cause, condition)
    needed = [C1, *([C3] if spec.chooser else []), *([C2] if any(idp.identity for idp in spec.idps) else [])]
    return _UNKNOWN if any(statuses[condition].state is State.UNKNOWN for condition in needed) else _UP
