"""One observation folded into what is known of a hub: the ledger rows that follow from it.

Theory of operation
-------------------
    observation -> readings -> signals -> (at every instant that may have changed) judge -> rows where the ledger now says otherwise

The fold's clock is the latest finish it was told of: time enters only through observations and settings, so folding the same
events again gives the same rows. What lies before the *horizon* can no longer change and is forgotten; what lies after is kept and
judged again when a reading rewrites it. Instants are UTC microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from probe.core.condition import MIRE, TILES, Standing, State, direct_of, journey_of, judge, subjects
from probe.core.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.signal import Cause, Health, Reading, Signal
from probe.core.spec import HubSpec
from probe.core.timeline import Row, Timeline, lengths

JOURNEYS = (Kind.IDENTITY, Kind.LOGIN_PAGE)
_OURS = frozenset({Fault.SP, Fault.PROBER, Fault.NETWORK})  # domain.md: "A failure of ours is never an outage"
_BEGINNING = Standing(State.UNKNOWN)


@dataclass(slots=True)
class HubState:
    """All that the fold remembers of one hub."""

    spec: HubSpec
    clock_us: int
    floor_us: int  # the judgement never rewrites time before this: other IdPs were configured then
    horizon_us: int
    signals: dict[str, Signal] = field(default_factory=dict)
    tails: dict[str, Timeline] = field(default_factory=dict)  # per subject, what the ledger says from the horizon on
    totals: dict[str, dict[State, int]] = field(default_factory=dict)  # per subject, settled microseconds in each state, ever
    blips: dict[str, int] = field(default_factory=dict)  # per subject, settled blips, ever


def begin(spec: HubSpec, at_us: int) -> tuple[HubState, list[Row]]:
    """A hub that is watched from `at_us` on: every subject unknown."""
    state = HubState(spec, at_us, at_us, at_us)
    return state, _enter(state, subjects(spec), at_us)


def respec(state: HubState, spec: HubSpec, at_us: int) -> list[Row]:
    """The hub's settings change at `at_us`. A subject that is gone becomes unknown; a new one starts so."""
    at = state.clock_us = max(state.clock_us, at_us)
    gone = [subject for subject in state.tails if subject not in subjects(spec)]
    rows = [_row(state, subject, at, _BEGINNING) for subject in gone if state.tails[subject].points[-1][1] != _BEGINNING]
    came = [subject for subject in subjects(spec) if subject not in state.tails]
    moved = (set(spec.idps), spec.any_identity) != (set(state.spec.idps), state.spec.any_identity)
    state.spec = spec
    for subject in gone:
        del state.tails[subject], state.totals[subject], state.blips[subject]
    for name in [name for name in state.signals if name not in _signals(spec)]:
        del state.signals[name]
    rows += _enter(state, came, at)
    if moved:
        _settle_until(state, at)
        state.floor_us = at
    return rows + _rejudge(state, at)


def fold(state: HubState, observation: Observation) -> list[Row]:
    """Take one observation in. Returns the rows that it adds to the ledger, in the order of writing."""
    rows = _set_back(state, observation) if observation.finished_us < state.clock_us - state.spec.grace_us else []
    changed = state.clock_us
    state.clock_us = max(state.clock_us, observation.finished_us)
    for name, reading in readings(observation, state.spec):
        at = min(max(reading.at, state.clock_us - state.spec.grace_us), state.clock_us)
        signal = state.signals.setdefault(name, Signal())
        changed = min(changed, signal.read(replace(reading, at=at), state.spec.failures, state.spec.successes))
        if _comparing(state):
            changed = min(changed, signal.retold)
    rows += _rejudge(state, changed)
    _forget(state)
    return rows


def _comparing(state: HubState) -> bool:
    """Some IdP's journey is bad, or may be, within the time that can still change: then it matters when the others were asked."""
    names = (journey_of(idp.name) for idp in state.spec.idps)
    signals = (state.signals[name] for name in names if name in state.signals)
    return any(value.health is Health.BAD or value.blip for signal in signals for _, value in signal.track)


def _set_back(state: HubState, observation: Observation) -> list[Row]:
    """The wall clock was set back by more than the grace: what it said beyond is void, and nothing is known from here on."""
    at = min(observation.started_us, observation.finished_us)
    _settle_until(state, max(state.horizon_us, at))
    state.clock_us = observation.finished_us
    state.floor_us = state.horizon_us = at
    state.signals.clear()
    return _enter(state, tuple(state.tails), at)


def advance(state: HubState, now_us: int) -> list[Row]:
    """Let time pass without an observation: what nothing vouches for at `now_us` becomes unknown. For readers, on a copy:
    the ledger itself learns of a lapse from the next observation, so that a replay writes the same rows."""
    before = state.clock_us
    state.clock_us = max(before, now_us)
    return _rejudge(state, before)


def readings(observation: Observation, spec: HubSpec) -> list[tuple[str, Reading]]:
    """What an observation says to which signals (docs/architecture.md, "Signals")."""
    if observation.backend is not None:
        return []
    if observation.kind is Kind.MIRE:
        return _mire_readings(observation, spec)
    if observation.kind is Kind.DIRECT:
        health = {Outcome.OK: Health.GOOD, Outcome.FAILED: Health.BAD}.get(observation.outcome)
        return _reading(direct_of(observation.idp or ""), observation, spec, health)
    if observation.kind in JOURNEYS:
        return _reading(journey_of(observation.idp or ""), observation, spec, _journey_health(observation))
    return []


def _mire_readings(observation: Observation, spec: HubSpec) -> list[tuple[str, Reading]]:
    if observation.outcome is Outcome.OK:
        return _reading(MIRE, observation, spec, Health.GOOD) + _reading(TILES, observation, spec, Health.GOOD)
    if observation.outcome is not Outcome.FAILED:
        return []
    if observation.reason is Reason.NO_IDP_SELECTABLE:
        return _reading(MIRE, observation, spec, Health.GOOD) + _reading(TILES, observation, spec, Health.BAD)
    return _reading(MIRE, observation, spec, Health.BAD) if observation.fault is Fault.HUB else []


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
    if health is None or name not in _signals(spec):
        return []
    vouch = spec.vouches * observation.interval_us
    returned = health is Health.GOOD and observation.kind is Kind.IDENTITY
    return [(name, Reading(observation.started_us, health, vouch, _cause(observation) if health is Health.BAD else None, returned))]


def _cause(observation: Observation) -> Cause:
    return Cause(
        observation.fault,
        observation.reason,
        observation.step,
        observation.code,
        observation.on_hub,
        observation.authenticated,
        observation.coded,
    )


def _signals(spec: HubSpec) -> set[str]:
    names = [idp.name for idp in spec.idps]
    return {MIRE, TILES, *map(journey_of, names), *map(direct_of, names)}


def _enter(state: HubState, entering: Sequence[str], at: int) -> list[Row]:
    for subject in entering:
        state.tails[subject] = Timeline([(at, _BEGINNING)])
        state.totals.setdefault(subject, dict.fromkeys(State, 0))
        state.blips.setdefault(subject, 0)
    return [_row(state, subject, at, _BEGINNING) for subject in entering]


def _row(state: HubState, subject: str, at: int, standing: Standing) -> Row:
    return Row(state.spec.name, subject, at, standing, state.clock_us)


def _rejudge(state: HubState, changed: int) -> list[Row]:
    """Judge every instant from `changed` to the clock again, and write where the ledger says otherwise."""
    start = max(changed, state.floor_us, state.horizon_us)
    instants = {start}
    for signal in state.signals.values():
        instants.update(signal.changes(start, state.clock_us))
    judged = []
    for at in sorted(instants):
        values = {name: signal.value(at) for name, signal in state.signals.items()}
        judged.append((at, judge(state.spec, values)))
    rows = []
    for subject, tail in state.tails.items():
        for at, standing in _corrections(tail, [(at, standings[subject]) for at, standings in judged]):
            tail.apply(at, standing)
            rows.append(_row(state, subject, at, standing))
    return rows


def _corrections(tail: Timeline, fresh: list[tuple[int, Standing]]) -> list[tuple[int, Standing]]:
    """The fewest rows that make `tail` say what `fresh` does from its first instant on."""
    first = tail.index(fresh[0][0])
    old = tail.points[first + 1 :]
    held = tail.points[first][1]
    if not old and all(standing is held or standing == held for _, standing in fresh):
        return []  # as nearly always: nothing is new
    new = [point for before, point in pairwise([(0, held), *fresh]) if point[1] != before[1]]
    same = next((n for n, (a, b) in enumerate(zip(new, old, strict=False)) if a != b), min(len(new), len(old)))
    wrong = [points[same][0] for points in (new, old) if same < len(points)]
    if not wrong:
        return []
    start = min(wrong)
    ahead = [point for point in new if point[0] > start]
    here = [point for point in [(0, held), *new] if point[0] <= start][-1]
    return [(start, here[1]), *ahead]


def _forget(state: HubState) -> None:
    """Move the horizon up: count what is settled by it, and forget it."""
    grace = state.spec.grace_us
    waiting = [signal.unsettled(state.clock_us, grace) for signal in state.signals.values()]
    _settle_until(state, max(state.horizon_us, min([*waiting, state.clock_us - grace])))
    for signal in state.signals.values():
        signal.forget(state.horizon_us)


def _settle_until(state: HubState, horizon: int) -> None:
    for subject, tail in state.tails.items():
        totals = state.totals[subject]
        if len(tail.points) == 1:  # as nearly always
            at, standing = tail.points[0]
            totals[standing.state] += max(0, horizon - max(at, state.horizon_us))
            state.blips[subject] += standing.state is State.BLIP and state.horizon_us <= at < horizon
            continue
        for kind, length in lengths(tail.intervals(), state.horizon_us, horizon).items():
            totals[kind] += length
        settled = [at for at, standing in tail.points if standing.state is State.BLIP and state.horizon_us <= at < horizon]
        state.blips[subject] += len(settled)
        del tail.points[: tail.index(horizon)]
    state.horizon_us = horizon
