"""Tells which journeys an observation asks for at once, not an interval later.

docs/judgement.md, "What is asked again at once", has the rules in words. docs/domain.md,
"Confirmation": the second failing observation is "sent at once". The judgement compares with other
journeys, which are asked for too: the other IdPs, and the IdP without the hub, when the hub's pages
failed (spread, `direct`), the mire when a journey did not get to it, every `direct` when no tile
was selectable, every journey when the mire is back.

Of the other IdPs only those are asked that are no evidence yet. An IdP that was measured since the
failure began is evidence, and so is one that fails in the same way; one that waits for its own
confirmation is asked for that anyway. So when a whole hub of N IdPs fails, each IdP is asked about
twice, not N times. How many are under way at once is the business of `probe.prober.scheduler`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from probe.core.judgement.comparison import shape
from probe.core.judgement.condition import C1, MIRE, State, journey_of, signals_seen_by
from probe.core.judgement.fold import HubState, cause_of, own_readings
from probe.core.judgement.observation import JOURNEYS, Fault, Kind, Observation, Outcome, Reason
from probe.core.judgement.signal import Health, Signal
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import LedgerRow, Timeline

AGAIN_LIMIT = 10
"""How often a target is asked again at most between two of its slots (`probe.prober.scheduler`)."""

RetryTarget = tuple[Kind, str | None]
"""A kind and an IdP; an IdP's journey is IDENTITY, at whichever depth it is run."""


class _Seen(NamedTuple):
    """What is remembered of a hub as one of its clients sees it, under the names of the main one's
    signals.
    """

    spec: HubSpec
    signals: Mapping[str, Signal]
    clock_us: int
    tails: Mapping[str, Timeline]

    @classmethod
    def by(cls, client: str, state: HubState) -> "_Seen | None":
        """Return what a client sees; None when it is not one of this hub's."""
        spec = state.spec.as_seen_by(client)
        if spec is None:
            return None
        names = signals_seen_by(client, spec) if client else {}
        own = {name: state.signals[known] for known, name in names.items() if known in state.signals}
        return cls(spec, own if client else state.signals, state.clock_us, state.tails)


def retries(state: HubState, observation: Observation, rows: list[LedgerRow], *, turned: bool = False) -> frozenset[RetryTarget]:
    """Return the targets of this hub to probe at once, after `rows` followed from `observation`.

    Those at an IdP or at the mire are to be probed as the observation's client. `turned`: a
    negative journey proved the opposite of the one before
    (`probe.core.judgement.corroboration.turns`).
    """
    seen = _Seen.by(observation.client, state)
    again: frozenset[RetryTarget] = frozenset({(observation.kind, observation.idp)} if turned else ())
    return again | _retries(seen, observation, rows) if seen else again


def _retries(state: _Seen, observation: Observation, rows: list[LedgerRow]) -> frozenset[RetryTarget]:
    mine: RetryTarget = (Kind.IDENTITY if observation.kind in JOURNEYS else observation.kind, observation.idp)
    waiting = [state.signals[name] for name, _ in own_readings(observation, state.spec) if _waits(state, name)]
    wanted: set[RetryTarget] = {mine} if waiting else set()
    if observation.kind in JOURNEYS:
        signal = state.signals.get(journey_of(observation.idp or ""))
        if signal and _is_reading(state, observation) and _is_first_success(signal):
            wanted |= _failing_before(state, signal.since)
        if signal and _is_reading(state, observation) and _turns(signal) and _of_the_way_out(signal, observation):
            wanted |= _others(state, observation, signal) | {(Kind.DIRECT, observation.idp)}
        elif _missed_the_mire(state, observation):
            wanted.add((Kind.MIRE, None))
    if observation.reason is Reason.NO_IDP_SELECTABLE and waiting:
        wanted |= {(Kind.DIRECT, idp.name) for idp in state.spec.idps}
    if not observation.client and any(_mire_is_back(state, row) for row in rows):
        wanted |= _journeys(state)
    return frozenset(wanted)


def _waits(state: _Seen, name: str) -> bool:
    signal = state.signals.get(name)
    return signal is not None and signal.pending(state.clock_us, state.spec.grace_us)


def _turns(signal: Signal) -> bool:
    """Return whether its latest reading begins a run against what was held, or confirms one at
    once.
    """
    if signal.run_length:
        return signal.run_length == 1
    return signal.since == signal.last_at and (signal.confirmed is Health.BAD or signal.previous is not None)


def _is_first_success(signal: Signal) -> bool:
    """Return whether its latest reading says good, and nothing was known before."""
    return signal.confirmed is Health.GOOD and not signal.run_length and signal.since == signal.last_at and signal.previous is None


def _failing_before(state: _Seen, instant: int) -> set[RetryTarget]:
    """Return the journeys that failed on the hub's pages, and were last asked before an instant.

    Until they are asked again, a success since then says nothing of their failure.
    """
    journeys = ((idp.name, state.signals.get(journey_of(idp.name))) for idp in state.spec.idps)
    failing = [(name, signal) for name, signal in journeys if signal and signal.confirmed is Health.BAD and signal.cause]
    return {
        (Kind.IDENTITY, name)
        for name, signal in failing
        if signal.cause and (signal.cause.on_hub or signal.cause.authenticated) and (signal.last_at or 0) < instant
    }


def _mire_is_back(state: _Seen, row: LedgerRow) -> bool:
    """Return whether the mire was missing, which masked all the rest, and is back.

    A mire that is seen for the first time does not count: every journey is due soon anyway.
    """
    if row.subject != C1 or row.status.state is not State.UP:
        return False
    before = [status.state for at, status in state.tails[C1].points if at < row.effective_us]
    return before[-1:] == [State.DOWN]


def _journeys(state: _Seen) -> set[RetryTarget]:
    return {(Kind.IDENTITY, idp.name) for idp in state.spec.idps}


def _others(state: _Seen, observation: Observation, turning: Signal) -> set[RetryTarget]:
    """Return the journeys of the other IdPs that are needed to tell whose failure begins or ends
    here.
    """
    names = (idp.name for idp in state.spec.idps if idp.name != observation.idp)
    return {(Kind.IDENTITY, name) for name in names if _is_needed(state, state.signals.get(journey_of(name)), observation, turning)}


def _is_needed(state: _Seen, other: Signal | None, observation: Observation, turning: Signal) -> bool:
    if other is None or other.last_at is None:
        return True
    if other.pending(state.clock_us, state.spec.grace_us):
        return False  # it is asked for its own confirmation
    turned_at = turning.last_at or 0
    if other.confirmed is not Health.BAD:
        return other.last_at < _failed_by(turning)
    return other.last_at < turned_at and not _fails_alike(other, observation)


def _failed_by(turning: Signal) -> int:
    """Return the finish of the first reading of the failure that the latest reading begins or
    ends.
    """
    if turning.run_length and turning.confirmed is not Health.BAD:
        return max(turning.run_start, turning.run_done)
    failures = (max(value.since, value.since_done) for _, value in reversed(turning.track) if value.health is Health.BAD)
    return next(failures, turning.since)


def _fails_alike(other: Signal, observation: Observation) -> bool:
    cause = other.cause
    return observation.outcome is Outcome.FAILED and cause is not None and shape(cause, False) == shape(cause_of(observation), False)


def _of_the_way_out(signal: Signal, observation: Observation) -> bool:
    """Return whether a failure on the hub's pages begins or seems over. The other IdPs tell whose
    fault it is.
    """
    if observation.outcome is Outcome.FAILED:
        return observation.on_hub or observation.authenticated
    cause = signal.cause if signal.confirmed is Health.BAD else signal.previous
    return bool(cause and (cause.on_hub or cause.authenticated))


def _missed_the_mire(state: _Seen, observation: Observation) -> bool:
    signal = state.signals.get(MIRE)
    known = signal is not None and (signal.confirmed is Health.BAD or (signal.last_at or 0) >= observation.started_us)
    return observation.outcome is Outcome.FAILED and observation.fault is Fault.HUB and not known and not _is_reading(state, observation)


def _is_reading(state: _Seen, observation: Observation) -> bool:
    """Return whether the observation itself is a reading of its IdP."""
    return any(name == journey_of(observation.idp or "") for name, _ in own_readings(observation, state.spec))
