"""Folds one observation into what is known of a hub, and gives the ledger rows that follow.

Theory of operation
-------------------
    observation --> readings --> signals --> judge, at every instant that may have changed
                                         --> rows, where the ledger now says otherwise

The exact rules in words: docs/judgement.md, "Signals" and "The rows of the ledger".

The fold's clock is the latest finish of an observation that it took in. Time enters only through
observations and settings, so that folding the same events again gives the same rows. Time before
the watermark (`horizon_us`) is final: it can no longer change, and is forgotten. Time after it is
kept, and judged again when a reading rewrites it. Instants are UTC microseconds.

Several vantages (`spec.shared`): each has signals and a clock of its own, which only its own
observations move. Every instant is judged by what they hold together
(`probe.core.judgement.quorum`). So the order in which observations of different vantages come makes
no difference to the ledger, as long as none of them changes time before the watermark. `late` tells
that before an observation is folded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from probe.core.judgement.condition import MIRE, TILES, State, SubjectStatus, direct_of, history, journey_of, signals, subjects
from probe.core.judgement.observation import JOURNEYS, Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.offer import offer_of
from probe.core.judgement.own_setup import got_past
from probe.core.judgement.quorum import merged
from probe.core.judgement.signal import Cause, Health, Reading, Signal, Value
from probe.core.judgement.spec import Edge, HubSpec
from probe.core.judgement.subject import at_client, without_client
from probe.core.judgement.timeline import LedgerRow, Timeline, corrections, lengths

# docs/domain.md: "A failure of ours is never an outage"
_OURS = frozenset({Fault.SP, Fault.PROBER, Fault.NETWORK})
_BEGINNING = SubjectStatus(State.UNKNOWN)


SOLE = ""
"""The key of the only vantage of a hub that is not shared, whatever the vantage is called."""

PATIENCE_US = 300_000_000
"""How far a vantage of a shared hub may be behind the others: what comes later may be late."""


@dataclass(slots=True)
class Vantage:
    """The signals of one vantage. Its clock is the latest finish of its own observations."""

    clock_us: int
    signals: dict[str, Signal] = field(default_factory=dict)
    network: str = ""  # of its latest observation; empty: its own


@dataclass(slots=True)
class HubState:
    """All that the fold remembers of one hub."""

    spec: HubSpec
    clock_us: int
    floor_us: int  # time before this is never judged again: other settings were in force
    horizon_us: int
    begun_us: int = 0
    settings_us: int = 0  # since when the spec is in force
    # by name; SOLE only where not shared
    vantages: dict[str, Vantage] = field(default_factory=dict)
    # per subject, what the ledger says from the watermark on
    tails: dict[str, Timeline] = field(default_factory=dict)
    # per subject, final microseconds in each state
    totals: dict[str, dict[State, int]] = field(default_factory=dict)
    blips: dict[str, int] = field(default_factory=dict)  # per subject, final blips

    @property
    def signals(self) -> dict[str, Signal]:
        """The signals of the only vantage; none of a hub that is shared."""
        return self.vantages[SOLE].signals if SOLE in self.vantages else {}


def begin(spec: HubSpec, at_us: int) -> tuple[HubState, list[LedgerRow]]:
    """Return the state of a hub watched from `at_us` on, and its first rows, all unknown."""
    state = HubState(spec, at_us, at_us, at_us, at_us, at_us)
    return state, _enter(state, subjects(spec), at_us)


def respec(state: HubState, spec: HubSpec, at_us: int) -> list[LedgerRow]:
    """Change the hub's settings at `at_us`. Return the rows that follow.

    A subject that is gone becomes unknown; a new one starts unknown.
    """
    at = state.clock_us = max(state.clock_us, at_us)
    state.settings_us = at
    gone = [subject for subject in state.tails if subject not in subjects(spec)]
    rows = [_row(state, subject, at, _BEGINNING) for subject in gone if state.tails[subject].points[-1][1] != _BEGINNING]
    came = [subject for subject in subjects(spec) if subject not in state.tails]
    moved = _judging(spec) != _judging(state.spec)
    state.spec = spec
    for subject in gone:
        del state.tails[subject], state.totals[subject], state.blips[subject]
    for vantage in state.vantages.values():
        vantage.signals = {name: signal for name, signal in vantage.signals.items() if name in signals(spec)}
    rows += _enter(state, came, at)
    if moved:
        _finalise_until(state, at)
        state.floor_us = at
    return rows + _rejudge(state, at)


def _judging(spec: HubSpec) -> tuple[object, ...]:
    """Return the settings that an instant is judged by. When they change, time before the change
    keeps its judgement.
    """
    return set(spec.idps), spec.any_identity, spec.quorum, spec.min_vantages, spec.rules, set(spec.clients)


def fold(state: HubState, observation: Observation) -> list[LedgerRow]:
    """Take one observation in. Return the rows that it adds to the ledger, in the order of writing.

    Of a shared hub it must not be `late`. There an observation says nothing when it finished before
    the hub was watched, or by a clock that was set back.
    """
    shared, grace = state.spec.shared, state.spec.grace_us
    if shared and (observation.finished_us < state.begun_us or by_a_clock_set_back(state, observation)):
        return []
    rows = _set_back(state, observation) if not shared and observation.finished_us < state.clock_us - grace else []
    changed = state.clock_us
    state.clock_us = max(state.clock_us, observation.finished_us)
    vantage = state.vantages.setdefault(observation.vantage if shared else SOLE, Vantage(observation.finished_us))
    vantage.clock_us = max(vantage.clock_us, observation.finished_us) if shared else state.clock_us
    vantage.network = observation.network
    at = min(max(observation.started_us, vantage.clock_us - grace), vantage.clock_us)
    for name in _questions(observation) if observation.never_passed else ():
        own = vantage.signals.get(at_client(name, observation.client))
        changed = min(changed, _go_on(own, at, observation, state.spec))
    for name, reading in readings(observation, state.spec):
        signal = vantage.signals.setdefault(name, Signal())
        changed = min(changed, signal.read(replace(reading, at=at), state.spec.failures, state.spec.successes))
        at_idp = without_client(name) not in (MIRE, TILES)
        if at_idp and signal.retold < changed and _compares(state, signal.oldest_evidence(signal.retold)):
            changed = signal.retold
    rows += _rejudge(state, changed)
    _forget(state)
    return rows


def _questions(observation: Observation) -> tuple[str, ...]:
    """Return the signals that a journey of this kind speaks to."""
    if observation.backend is not None:
        return ()
    if observation.kind is Kind.MIRE:
        return MIRE, TILES
    if observation.kind is Kind.DIRECT:
        return (direct_of(observation.idp or ""),)
    return (journey_of(observation.idp or ""),) if observation.kind in JOURNEYS else ()


def _go_on(signal: Signal | None, at: int, observation: Observation, spec: HubSpec) -> int:
    """Let an outage go on while a journey fails in a part of our set-up that has never passed.

    Nobody can tell what the journey would have met (docs/judgement.md, "Signals"); unless it got
    past the part at which the outage stands. Return the first instant whose value may have changed.
    """
    if signal is None or signal.cause is None or got_past(observation, signal.cause):
        return observation.finished_us
    done = observation.finished_us if spec.edge is Edge.FINISH else 0
    return signal.go_on(Reading(at, Health.UNKNOWN, spec.vouches * observation.interval_us, done=done))


def late(state: HubState, observation: Observation) -> bool:
    """Return whether an observation of a shared hub has to be folded in its place, from an earlier
    state.

    So it is when it may change time that is final, or belongs before the latest settings.
    """
    if observation.finished_us < state.begun_us or by_a_clock_set_back(state, observation):
        return False
    vantage = state.vantages.get(observation.vantage)
    clock = observation.finished_us if vantage is None else max(vantage.clock_us, observation.finished_us)
    return clock < state.settings_us or max(_open(vantage, clock, state.spec.grace_us), state.floor_us) < state.horizon_us


def by_a_clock_set_back(state: HubState, observation: Observation) -> bool:
    """Return whether the clock of a shared hub's vantage was set back.

    One clock of several is no reason to begin anew: its observations say nothing until it is right.
    """
    vantage = state.vantages.get(observation.vantage)
    return vantage is not None and observation.finished_us < vantage.clock_us - state.spec.grace_us


def _open(vantage: Vantage | None, clock: int, grace: int) -> int:
    """Return the instant from which on a vantage may still change its values, once its clock is at
    `clock`.
    """
    signals = vantage.signals.values() if vantage else ()
    return min([clock - grace, *(signal.open_from(clock, grace) for signal in signals)])


def _all_signals(state: HubState) -> Iterator[Signal]:
    for vantage in state.vantages.values():
        yield from vantage.signals.values()


def values_at(state: HubState, at: int) -> dict[str, Value]:
    """Return the value that the vantages together hold of every question at an instant."""
    if not state.spec.shared:
        return {name: signal.value(at) for name, signal in state.signals.items()}
    names = {name for vantage in state.vantages.values() for name in vantage.signals}
    return {name: _value(state, name, at) for name in names}


def _value(state: HubState, name: str, at: int) -> Value:
    """Return the value that the vantages together hold of a question at an instant.

    At least one of them has a signal of that name.
    """
    if not state.spec.shared:
        return state.signals[name].value(at)
    asked = [(vantage_name, vantage) for vantage_name, vantage in sorted(state.vantages.items()) if name in vantage.signals]
    values = [vantage.signals[name].value(at) for _, vantage in asked]
    return merged(values, state.spec, [vantage.network or vantage_name for vantage_name, vantage in asked])


def _compares(state: HubState, instant: int) -> bool:
    """Return whether it matters that a reading at `instant` was repeated later.

    It does when some IdP is bad or a blip since the watermark, and something that it is compared
    with began after that instant (`condition._carried_over`).
    """
    names = [name for name in signals(state.spec) if without_client(name) not in (MIRE, TILES)]
    compared = [vantage.signals[name] for vantage in state.vantages.values() for name in names if name in vantage.signals]
    return any(signal.began_after(instant) for signal in compared) and any(signal.disputed() for signal in compared)


def _set_back(state: HubState, observation: Observation) -> list[LedgerRow]:
    """Begin anew where the wall clock was set back by more than the grace.

    The ledger is void beyond that instant; nothing is known from there on.
    """
    at = min(observation.started_us, observation.finished_us)
    _finalise_until(state, max(state.horizon_us, at))
    state.clock_us = observation.finished_us
    state.floor_us = state.horizon_us = at
    state.vantages.clear()
    return _enter(state, tuple(state.tails), at)


def advance(state: HubState, now_us: int) -> list[LedgerRow]:
    """Let time pass until `now_us`: a signal without a fresh reading becomes unknown.

    For readers, on a copy. The ledger itself learns of it from the next observation, so that a
    replay writes the same rows.
    """
    before = state.clock_us
    state.clock_us = max(before, now_us)
    return _rejudge(state, before)


def readings(observation: Observation, spec: HubSpec) -> list[tuple[str, Reading]]:
    """Return the readings of an observation, each with the name of its signal (docs/judgement.md,
    "Signals", "Several clients").
    """
    seen = spec.as_seen_by(observation.client)
    return [(at_client(name, observation.client), reading) for name, reading in own_readings(observation, seen)] if seen else []


def own_readings(observation: Observation, spec: HubSpec) -> list[tuple[str, Reading]]:
    """Return the readings of an observation, with the names of the main client's signals.

    `spec` is the hub as the observation's client sees it.
    """
    if observation.backend is not None:
        return []
    if observation.kind is Kind.MIRE:
        return _mire_readings(observation, spec)
    if observation.kind is Kind.DIRECT:
        health = {Outcome.OK: Health.GOOD, Outcome.FAILED: Health.BAD}.get(observation.outcome)
        return _reading(direct_of(observation.idp or ""), observation, spec, health)
    if observation.kind in JOURNEYS:
        at_idp = observation.step in (Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN)
        health = Health.BAD if at_idp and _turned_away(observation, spec) else _journey_health(observation)
        return _reading(journey_of(observation.idp or ""), observation, spec, health)
    return []


def _turned_away(observation: Observation, spec: HubSpec) -> bool:
    """Return whether the vantage was turned away and other vantages tell whose fault that is."""
    return spec.shared and observation.reason is Reason.TURNED_AWAY and observation.fault is None


def _mire_readings(observation: Observation, spec: HubSpec) -> list[tuple[str, Reading]]:
    mire, tiles = _mire_healths(observation, spec)
    return _reading(MIRE, observation, spec, mire) + _reading(TILES, observation, spec, tiles)


def _mire_healths(observation: Observation, spec: HubSpec) -> tuple[Health | None, Health | None]:
    """Return the health of the page and that of its tiles, as an observation of the mire shows
    them; None where it shows nothing.
    """
    if observation.outcome is Outcome.OK:
        return Health.GOOD, Health.GOOD
    if observation.reason is Reason.TILES_GREYED and spec.shared:
        return Health.GOOD, Health.BAD  # the other vantages tell whether it is this one only
    if observation.reason is Reason.TILES_GREYED and not spec.first_edition:
        return Health.GOOD, Health.UNKNOWN
    if _turned_away(observation, spec):
        return Health.BAD, None
    if observation.outcome is not Outcome.FAILED:
        return None, None
    if observation.reason is Reason.NO_IDP_SELECTABLE:
        return Health.GOOD, Health.BAD
    return Health.BAD if observation.fault is Fault.HUB else None, None


def _journey_health(observation: Observation) -> Health | None:
    if observation.outcome is Outcome.OK:
        return Health.GOOD
    if observation.reason is Reason.IDP_NOT_OFFERED:
        return Health.ABSENT
    if observation.outcome is not Outcome.FAILED or observation.fault in _OURS:
        return None
    tells = observation.fault is Fault.IDP or observation.authenticated or observation.step is Step.REDIRECT_TO_IDP
    return Health.BAD if tells else None


def _reading(name: str, observation: Observation, spec: HubSpec, health: Health | None) -> list[tuple[str, Reading]]:
    if health is None or name not in signals(spec):
        return []
    cause = cause_of(observation) if health is Health.BAD else None
    hold_us = 0
    if cause is not None and cause.reason is Reason.TURNED_AWAY and cause.fault is None:
        hold_us, cause = spec.turned_away_us, replace(cause, fault=Fault.HUB if observation.on_hub else Fault.IDP)
    reading = Reading(
        observation.started_us,
        health,
        spec.vouches * observation.interval_us,
        cause,
        health is Health.GOOD and observation.kind is Kind.IDENTITY,
        observation.finished_us if spec.edge is Edge.FINISH else 0,
        offer_of(observation, spec) if name == TILES and not spec.first_edition else None,
        hold_us,
        health is Health.ABSENT and spec.first_edition,
    )
    return [(name, reading)]


def unwatched_tiles(state: HubState) -> tuple[str, ...]:
    """Return the uids of some tiles that can be picked and that nobody watches, at the clock: while
    there is one, nobody can tell that no IdP is available.
    """
    tiles = values_at(state, state.clock_us).get(TILES)
    return tiles.offer.strangers if tiles is not None and tiles.offer is not None else ()


def cause_of(observation: Observation) -> Cause:
    """Return the cause of a failed observation."""
    return Cause(
        observation.fault,
        observation.reason,
        observation.step,
        observation.code,
        observation.on_hub,
        observation.authenticated,
        observation.coded,
    )


def _enter(state: HubState, entering: Sequence[str], at: int) -> list[LedgerRow]:
    for subject in entering:
        state.tails[subject] = Timeline([(at, _BEGINNING)])
        state.totals.setdefault(subject, dict.fromkeys(State, 0))
        state.blips.setdefault(subject, 0)
    return [_row(state, subject, at, _BEGINNING) for subject in entering]


def _row(state: HubState, subject: str, at: int, status: SubjectStatus) -> LedgerRow:
    return LedgerRow(state.spec.name, subject, at, status, state.clock_us)


def _rejudge(state: HubState, changed: int) -> list[LedgerRow]:
    """Judge every instant from `changed` to the clock again. Return the rows that correct the
    ledger.
    """
    start = max(_unsettled(state, changed), state.floor_us, state.horizon_us)
    moved: dict[int, set[str]] = {}
    for vantage in state.vantages.values():
        for name, signal in vantage.signals.items():
            for at in signal.changes(start, state.clock_us):
                moved.setdefault(at, set()).add(name)
    later = [(at, {name: _value(state, name, at) for name in moved[at]}) for at in sorted(moved)]
    judged = history(state.spec, start, values_at(state, start), later)
    rows = []
    for subject, tail in state.tails.items():
        for at, status in corrections(tail, judged[subject]):
            tail.apply(at, status)
            rows.append(_row(state, subject, at, status))
    return rows


def _unsettled(state: HubState, instant: int) -> int:
    """Return the first instant whose judgement may change when an instant's does.

    A failure is judged, from its beginning on, as at the finish of its first journey.
    """
    failed = [signal for signal in _all_signals(state) if signal.since_done]  # mostly none
    while failed and not state.spec.first_edition:
        began = min(signal.began_failing(instant) for signal in failed)
        if began == instant:
            break
        instant = began
    return instant


def _forget(state: HubState) -> None:
    """Move the watermark up: add up the time that becomes final, and forget it."""
    grace = state.spec.grace_us
    patient = state.clock_us - PATIENCE_US
    waiting = [_open(vantage, max(vantage.clock_us, patient), grace) for vantage in state.vantages.values()]
    final = _unsettled(state, min([*waiting, state.clock_us - grace]))
    _finalise_until(state, max(state.horizon_us, final))
    for signal in _all_signals(state):
        signal.forget(state.horizon_us)


def _finalise_until(state: HubState, horizon: int) -> None:
    """Add the time before `horizon` to the totals, and drop it from the tails."""
    for subject, tail in state.tails.items():
        totals = state.totals[subject]
        if len(tail.points) == 1:  # as nearly always
            at, status = tail.points[0]
            totals[status.state] += max(0, horizon - max(at, state.horizon_us))
            state.blips[subject] += status.state is State.BLIP and state.horizon_us <= at < horizon
            continue
        if horizon == state.horizon_us:
            del tail.points[: tail.index(horizon)]
            continue
        for kind, length in lengths(tail.intervals(), state.horizon_us, horizon).items():
            totals[kind] += length
        final = [at for at, status in tail.points if status.state is State.BLIP and state.horizon_us <= at < horizon]
        state.blips[subject] += len(final)
        del tail.points[: tail.index(horizon)]
    state.horizon_us = horizon
