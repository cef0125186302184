"""Which journeys an observation asks for at once, not an interval later.

domain.md, "Confirmation": the second failing observation is "sent at once". The others named here are what the judgement needs to
compare with: the other IdPs, and the IdP without the hub, when the hub's pages failed (spread, `direct`), the mire when a journey did
not get to it, every `direct` when no tile was selectable, every journey when the mire is back.
"""

from probe.core.condition import C1, MIRE, State, journey_of
from probe.core.fold import JOURNEYS, HubState, readings
from probe.core.observation import Fault, Kind, Observation, Outcome, Reason
from probe.core.signal import Health, Signal
from probe.core.timeline import Row

Target = tuple[Kind, str | None]
"""A kind and an IdP; an IdP's journey is IDENTITY, at whichever depth it is run."""


def retries(state: HubState, observation: Observation, rows: list[Row]) -> frozenset[Target]:
    """The targets of this hub to probe at once, after `rows` followed from `observation`."""
    mine: Target = (Kind.IDENTITY if observation.kind in JOURNEYS else observation.kind, observation.idp)
    waiting = [state.signals[name] for name, _ in readings(observation, state.spec) if _waits(state, name)]
    wanted: set[Target] = {mine} if waiting else set()
    if observation.kind in JOURNEYS:
        signal = state.signals.get(journey_of(observation.idp or ""))
        if signal and _told(state, observation) and _turns(signal) and _of_the_way_out(signal, observation):
            wanted |= _journeys(state) - ({mine} - wanted) | {(Kind.DIRECT, observation.idp)}
        elif _missed_the_mire(state, observation):
            wanted.add((Kind.MIRE, None))
    if observation.reason is Reason.NO_IDP_SELECTABLE and waiting:
        wanted |= {(Kind.DIRECT, idp.name) for idp in state.spec.idps}
    if any(_mire_is_back(state, row) for row in rows):
        wanted |= _journeys(state)
    return frozenset(wanted)


def _waits(state: HubState, name: str) -> bool:
    signal = state.signals.get(name)
    return signal is not None and signal.pending(state.clock_us, state.spec.grace_us)


def _turns(signal: Signal) -> bool:
    """Its latest reading begins a run against what was held, or, where one is enough, confirms it."""
    if signal.run_length:
        return signal.run_length == 1
    return signal.since == signal.last_at and (signal.confirmed is Health.BAD or signal.previous is not None)


def _mire_is_back(state: HubState, row: Row) -> bool:
    """It was missing, and masked all the rest. (A mire seen for the first time is no news: every journey is due soon anyway.)"""
    if row.subject != C1 or row.standing.state is not State.UP:
        return False
    before = [standing.state for at, standing in state.tails[C1].points if at < row.effective_us]
    return before[-1:] == [State.DOWN]


def _journeys(state: HubState) -> set[Target]:
    return {(Kind.IDENTITY, idp.name) for idp in state.spec.idps}


def _of_the_way_out(signal: Signal, observation: Observation) -> bool:
    """A failure on the hub's pages has begun, or seems over: the other IdPs tell whose it is."""
    if observation.outcome is Outcome.FAILED:
        return observation.on_hub or observation.authenticated
    cause = signal.cause if signal.confirmed is Health.BAD else signal.previous
    return bool(cause and (cause.on_hub or cause.authenticated))


def _missed_the_mire(state: HubState, observation: Observation) -> bool:
    signal = state.signals.get(MIRE)
    known = signal is not None and (signal.confirmed is Health.BAD or (signal.last_at or 0) >= observation.started_us)
    return observation.outcome is Outcome.FAILED and observation.fault is Fault.HUB and not known and not _told(state, observation)


def _told(state: HubState, observation: Observation) -> bool:
    """The observation itself says something of its IdP."""
    return any(name == journey_of(observation.idp or "") for name, _ in readings(observation, state.spec))
