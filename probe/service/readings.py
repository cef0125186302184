"""The recorder's memory and the ledger, as the exporter reads them: committed facts only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from exporters.metrics.readings import AnnualReading, HubReading, Snapshot, SubjectReading
from probe.core.judgement.condition import State, SubjectStatus, subjects
from probe.core.judgement.corroboration import Neighbours, suspended
from probe.core.judgement.fold import HubState, advance
from probe.core.judgement.timeline import Timeline
from probe.core.sla.availability import UnknownTime
from probe.ledger.figures.annual import Annual, annual, reading
from probe.ledger.memory import recall
from probe.ledger.recorder import Recorder

_FINE = (State.UP, State.BLIP)


class Judged(Protocol):
    """Who knows what was committed last: what is remembered of each hub, and its annual figures by window. Raises LedgerError."""

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]: ...


class Own:
    """A ledger that is not shared, by who writes it."""

    def __init__(self, recorder: Recorder, store: Path) -> None:
        self._recorder = recorder
        self._store = store

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]:
        memories = self._recorder.committed()
        with reading(self._store) as run:
            return memories, annual(run, memories, now_us)


class HasUnknownTime(Protocol):
    """Settings that say how unknown time counts."""

    @property
    def unknown_time(self) -> UnknownTime: ...


class Remembered:
    """`exporters.metrics.readings.Durable`, from what the last commits left. Its cost does not grow with history."""

    def __init__(self, judged: Judged, recorder: Recorder, settings: HasUnknownTime) -> None:
        """`recorder`: accounts are each prober's own. `settings`: those in force."""
        self._judged = judged
        self._recorder = recorder
        self._settings = settings

    def snapshot(self, now_us: int) -> Snapshot:
        """Every hub at `now_us`: what nothing vouches for any more is unknown already; one that a reload takes away meanwhile is left out.

        Reads the disk, and is called beside the loop. Raises LedgerError.
        """
        memories, figures = self._judged.read(now_us)
        own, unknown = self._recorder.committed(), self._settings.unknown_time
        told = {hub: {window: _annual(one, unknown) for window, one in found.items()} for hub, found in figures.items()}
        both = ((hub, recall(content).state, recall(own[hub]).near) for hub, content in memories.items() if hub in own)
        return Snapshot({hub: _hub(state, near, now_us, told.get(hub, {})) for hub, state, near in both})


def _annual(found: Annual, unknown: UnknownTime) -> AnnualReading:
    return AnnualReading(found.figure, found.before, found.condition_down_us, unknown, found.idps)


def _hub(state: HubState, near: Neighbours, now_us: int, figures: Mapping[str, AnnualReading]) -> HubReading:
    advance(state, now_us)
    refused = frozenset(idp.name for idp in state.spec.idps if suspended(near, idp.name, state.spec.refused_credentials))
    return HubReading({subject: _subject(state, subject) for subject in subjects(state.spec)}, refused, state.horizon_us, figures)


def _subject(state: HubState, subject: str) -> SubjectReading:
    since, status = _now(state.tails[subject])
    totals = state.totals[subject]
    fault = status.cause.fault if status.cause and status.state is State.DOWN else None
    return SubjectReading(
        state=status.state,
        since_us=since,
        fault=fault,
        up_us=totals[State.UP],
        blip_us=totals[State.BLIP],
        down_us=totals[State.DOWN],
        unknown_us=totals[State.UNKNOWN],
        blips=state.blips[subject],
    )


def _now(tail: Timeline) -> tuple[int, SubjectStatus]:
    """The present standing, and since when: a blip within up time is not a new state."""
    since, status = tail.points[-1]
    for at, before in reversed(tail.points[:-1]):
        if before.state is not status.state and not {before.state, status.state} <= set(_FINE):
            break
        since = at
    return since, status
