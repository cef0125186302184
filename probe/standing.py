"""The recorder's memory and the ledger, as the exporter reads them: committed facts only."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from exporters.readings import AnnualReading, HubReading, Snapshot, SubjectReading
from probe.core.availability import UnknownTime
from probe.core.condition import Standing, State, subjects
from probe.core.fold import HubState, advance
from probe.core.settle import Neighbours, suspended
from probe.core.timeline import Timeline
from probe.history.annual import annual, reading
from probe.history.memory import recall
from probe.recorder import Recorder

_FINE = (State.UP, State.BLIP)


class Committed(Protocol):
    """Who remembers what was committed last, by hub."""

    def committed(self) -> Mapping[str, bytes]: ...


class Remembered:
    """`exporters.readings.Durable`, from what the last commits left. Its cost does not grow with history."""

    def __init__(self, judged: Committed, recorder: Recorder, store: Path | str, unknown_time: Callable[[], UnknownTime]) -> None:
        """`judged`: who remembers the fold, the recorder itself unless the store is shared. Accounts are each prober's own.
        `store`: the ledger that is judged. `unknown_time`: how the settings in force now read it."""
        self._judged = judged
        self._recorder = recorder
        self._store = store
        self._unknown_time = unknown_time

    def snapshot(self, now_us: int) -> Snapshot:
        """Every hub at `now_us`: what nothing vouches for any more is unknown already. Raises LedgerError."""
        own, judged = self._recorder.committed(), self._judged.committed()
        with reading(self._store) as run:
            figures = annual(run, judged, now_us)
        unknown = self._unknown_time()
        told = {hub: {window: AnnualReading(*one, unknown) for window, one in found.items()} for hub, found in figures.items()}
        return Snapshot({hub: _hub(recall(content).state, recall(own[hub]).near, now_us, told[hub]) for hub, content in judged.items()})


def _hub(state: HubState, near: Neighbours, now_us: int, figures: Mapping[str, AnnualReading]) -> HubReading:
    advance(state, now_us)
    refused = frozenset(idp.name for idp in state.spec.idps if suspended(near, idp.name, state.spec.refused_credentials))
    return HubReading({subject: _subject(state, subject) for subject in subjects(state.spec)}, refused, state.horizon_us, figures)


def _subject(state: HubState, subject: str) -> SubjectReading:
    since, standing = _now(state.tails[subject])
    totals = state.totals[subject]
    fault = standing.cause.fault if standing.cause and standing.state is State.DOWN else None
    return SubjectReading(
        state=standing.state,
        since_us=since,
        fault=fault,
        up_us=totals[State.UP],
        blip_us=totals[State.BLIP],
        down_us=totals[State.DOWN],
        unknown_us=totals[State.UNKNOWN],
        blips=state.blips[subject],
    )


def _now(tail: Timeline) -> tuple[int, Standing]:
    """The present standing, and since when: a blip within up time is not a new state."""
    since, standing = tail.points[-1]
    for at, before in reversed(tail.points[:-1]):
        if before.state is not standing.state and not {before.state, standing.state} <= set(_FINE):
            break
        since = at
    return since, standing
