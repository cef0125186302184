"""The recorder's memory, as the exporter reads it: committed facts only."""

from exporters.readings import HubReading, Snapshot, SubjectReading
from probe.core.condition import Standing, State, subjects
from probe.core.fold import HubState, advance
from probe.core.settle import suspended
from probe.core.timeline import Timeline
from probe.history.memory import HubMemory, recall
from probe.recorder import Recorder

_FINE = (State.UP, State.BLIP)


class Remembered:
    """`exporters.readings.Durable`, from what the last commits left. Its cost does not grow with history."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def snapshot(self, now_us: int) -> Snapshot:
        """Every hub at `now_us`: what nothing vouches for any more is unknown already."""
        return Snapshot({hub: _hub(recall(content), now_us) for hub, content in self._recorder.committed().items()})


def _hub(memory: HubMemory, now_us: int) -> HubReading:
    state = memory.state
    advance(state, now_us)
    refused = frozenset(idp.name for idp in state.spec.idps if suspended(memory.near, idp.name, state.spec.refused_credentials))
    return HubReading({subject: _subject(state, subject) for subject in subjects(state.spec)}, refused, state.horizon_us)


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
