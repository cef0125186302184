"""Reads the recorder's memory and the ledger for the exporters: committed facts only."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from exporters.metrics.readings import AnnualReading, HubReading, Snapshot, SubjectReading
from probe.core.judgement.accounts import differing, present_accounts
from probe.core.judgement.condition import State, SubjectStatus, subjects
from probe.core.judgement.direct_failures import direct_failures
from probe.core.judgement.fold import HubState, advance, unwatched_tiles
from probe.core.judgement.reach import short_reaches
from probe.core.judgement.subject import UP_STATES
from probe.core.judgement.suspension import suspensions
from probe.core.judgement.timeline import Timeline
from probe.core.judgement.unproven import unproven_outages
from probe.core.judgement.why_unknown import explain
from probe.core.sla.availability import UnknownTime
from probe.ledger.figures.annual import Annual, annual, reading
from probe.ledger.memory import HubMemory, recall
from probe.ledger.recorder import Recorder


class Judged(Protocol):
    """Reads the last commit: each hub's memory, and its annual figures by window.

    Raises LedgerError.
    """

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]: ...


class Own:
    """The last commit of a ledger that is not shared, from the recorder that writes it."""

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
    """The state of every hub at the last commit. Its cost does not grow with history.

    Satisfies `exporters.metrics.readings.Durable`.
    """

    def __init__(self, judged: Judged, recorder: Recorder, settings: HasUnknownTime) -> None:
        """`recorder` knows this prober's own accounts. `settings`: those in force."""
        self._judged = judged
        self._recorder = recorder
        self._settings = settings

    def snapshot(self, now_us: int) -> Snapshot:
        """Return every hub at `now_us`. States without a fresh observation are unknown by then.

        A hub that a reload takes away meanwhile is left out. This reads the disk, so it is called
        in a thread beside the event loop. Raises LedgerError.
        """
        memories, figures = self._judged.read(now_us)
        own, unknown = self._recorder.committed(), self._settings.unknown_time
        readings = {hub: {window: _annual(figure, unknown) for window, figure in by_window.items()} for hub, by_window in figures.items()}
        judged = {hub: _judged(content, own[hub]) for hub, content in memories.items() if hub in own}
        return Snapshot({hub: _hub(memory, now_us, readings.get(hub, {})) for hub, memory in judged.items()})


def _judged(content: bytes, own: bytes) -> HubMemory:
    """Return the judged state of a hub and its accounts, with the neighbours that this prober
    itself saw.

    A prober that shares no ledger judges by itself: the two are one memory, parsed once.
    """
    memory = recall(content)
    return memory if own == content else HubMemory(memory.state, replace(recall(own).near, accounts=memory.near.accounts))


def _annual(figures: Annual, unknown: UnknownTime) -> AnnualReading:
    return AnnualReading(figures.figure, figures.before, figures.condition_down_us, unknown, figures.idps)


def _hub(memory: HubMemory, now_us: int, figures: Mapping[str, AnnualReading]) -> HubReading:
    state = memory.state
    advance(state, now_us)
    why, directs = explain(state, memory.near), direct_failures(state)
    subjects_read = {
        subject: replace(_subject(state, subject), unknown=why.get(subject), direct=directs.get(subject))
        for subject in subjects(state.spec)
    }
    present = present_accounts(memory.near.accounts, [idp.name for idp in state.spec.idps])
    return HubReading(
        subjects_read,
        suspensions(state.spec, memory.near),
        state.horizon_us,
        figures,
        frozenset(memory.near.never_passed),
        present,
        differing(present),
        unwatched_tiles(state),
        unproven_outages(state, memory.near),
        short_reaches(state, memory.near),
    )


def _subject(state: HubState, subject: str) -> SubjectReading:
    since, status = _now(state.tails[subject])
    totals = state.totals[subject]
    cause = status.cause if status.state is State.DOWN else None
    return SubjectReading(
        state=status.state,
        since_us=since,
        fault=cause.fault if cause else None,
        up_us=totals[State.UP],
        blip_us=totals[State.BLIP],
        down_us=totals[State.DOWN],
        unknown_us=totals[State.UNKNOWN],
        blips=state.blips[subject],
        cause=cause,
        condition=status.condition if status.state is State.DOWN else None,
    )


def _now(tail: Timeline) -> tuple[int, SubjectStatus]:
    """Return the present status, and since when.

    A blip within up time does not begin a new state.
    """
    since, status = tail.points[-1]
    for at, before in reversed(tail.points[:-1]):
        if before.state is not status.state and not {before.state, status.state} <= set(UP_STATES):
            break
        since = at
    return since, status
