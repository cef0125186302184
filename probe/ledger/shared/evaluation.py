"""Evaluates a shared store: folds the observations of all vantages into one ledger.

Theory of operation
-------------------
One transaction takes in some hundreds of observations, in the order of their numbers, with
everything that follows from them: rows, intervals, memory, and how far the evaluation has come. The
next evaluator goes on exactly there.

The order in which vantages report makes no difference to the fold (`probe.core.judgement.fold`),
until an observation is `late`: it would change time that the fold has forgotten, or it belongs
before a change of settings. Then the hub is *refolded*. All observations since a checkpoint that is
early enough are folded again in the order of their finish, each vantage's in its own order. Where
the result differs from the ledger, new rows override it. So a vantage that catches up hours later
leaves the same times in the ledger as if it had reported in time. The rows of both readings stay,
as they must.

A checkpoint is stored every `EVERY_US` of the fold's clock. Some observations are *passed over*:
stored and counted, but never folded. They belong before the oldest checkpoint; or their vantage's
clock runs ahead of the store's by more than the grace, or was set back by as much; or this Vigie
cannot read them. Settings that belong before the oldest checkpoint take effect at that checkpoint.
Nothing that a vantage delivers ends the evaluation.

A ledger that one prober wrote alone before (a backup, restored) is *adopted*: its memory becomes
that of its last vantage, and the evaluation begins after it.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, desc, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from probe.core.judgement.corroboration import Neighbours, adopt
from probe.core.judgement.fold import SOLE, HubState, begin, by_a_clock_set_back, fold, late, respec
from probe.core.judgement.observation import Kind
from probe.core.judgement.timeline import LedgerRow, Timeline, corrections
from probe.errors import LedgerError
from probe.ledger.db import records, schema
from probe.ledger.db.numbering import last_given
from probe.ledger.db.store import reason
from probe.ledger.memory import HubMemory, recall, remembered
from probe.ledger.shared.checkpoints import (
    ANY,
    CLOSE_US,
    EVERY_US,
    FAR_US,
    HubFold,
    checkpoint_instants,
    columns_of,
    forget_later,
    load_checkpoint,
    put_checkpoint,
    save_checkpoint,
)
from probe.ledger.shared.events import AT_ONCE, StoredEvent, events_in_order, observations_after, settings_after
from probe.ledger.shared.neighbours import VantagesNeighbours
from probe.ledger.writer import append_rows, replace_memory


class Why(StrEnum):
    """The cause for which an observation was passed over."""

    AHEAD = "ahead"  # its vantage's clock is ahead of the store's
    SET_BACK = "set_back"  # its vantage's clock was set back
    TOO_LATE = "too_late"  # it belongs before the oldest checkpoint
    UNREADABLE = "unreadable"  # another version of Vigie wrote it


class Passed(NamedTuple):
    """One observation that was passed over: its vantage, and why."""

    vantage: str
    why: Why


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of a step.

    `events`: how many observations and settings it took in. `rows`: the ledger rows that followed.
    `refolded`: how many hubs were folded again. `passed`: the observations passed over.
    """

    events: int = 0
    rows: tuple[LedgerRow, ...] = ()
    refolded: int = 0
    passed: tuple[Passed, ...] = ()


class _Late(Exception):  # noqa: N818 - control flow, not an error
    """An event belongs before time that the state has forgotten."""


@dataclass(slots=True)
class Evaluation:
    """The evaluator's memory. `load` it once; each `step` then runs in a transaction of the caller.

    When a transaction fails, this memory is ahead of the store: load a new one.
    """

    hubs: dict[str, HubFold] = field(default_factory=dict)
    observation: int = 0
    setting: int = 0
    every_us: int = EVERY_US
    near: VantagesNeighbours = field(default_factory=VantagesNeighbours)

    @classmethod
    def load(cls, connection: Connection, every_us: int = EVERY_US) -> "Evaluation":
        """Load the evaluation from where the store's last evaluator left it.

        Raises LedgerError when Vigie did not write the memory.
        """
        progress = connection.execute(select(schema.evaluation)).first()
        if progress is None:
            return cls._adopting(connection, every_us)
        hubs, near = {}, VantagesNeighbours()
        for row in connection.execute(select(schema.memory)).mappings():
            latest_us = next(iter(checkpoint_instants(connection, row["hub"])), None)
            memory = recall(row["content"])
            state, taken = memory.state, {ANY: progress.observation}
            near.recall(row["hub"], memory.near)
            hubs[row["hub"]] = HubFold(state, progress.setting, taken, state.begun_us if latest_us is None else latest_us)
        return cls(hubs, progress.observation, progress.setting, every_us, near)

    @classmethod
    def _adopting(cls, connection: Connection, every_us: int) -> "Evaluation":
        """Begin the evaluation of a store that nobody has evaluated yet.

        Rows that one prober alone recorded in it stay as they are.
        """
        number = last_given(connection) if connection.execute(select(schema.memory.c.hub).limit(1)).first() else 0
        setting = (connection.scalar(select(func.max(schema.setting.c.id))) or 0) if number else 0
        connection.execute(insert(schema.evaluation), {"id": 1, "observation": number, "setting": setting})
        evaluation = cls({}, number, setting, every_us)
        for row in connection.execute(select(schema.memory)).mappings():
            memory = recall(row["content"])
            adopt(memory.near, memory.state)
            evaluation.near.recall(row["hub"], Neighbours(passed=memory.near.passed, accounts=memory.near.accounts))
            state = _as_shared(connection, memory.state)
            evaluation.hubs[row["hub"]] = hub = HubFold(state, setting, {ANY: number}, state.clock_us)
            save_checkpoint(connection, hub)
        return evaluation

    def step(self, connection: Connection, most: int = AT_ONCE) -> StepResult:
        """Take in up to `most` observations and all settings before them, and write what follows.

        Raises LedgerError.
        """
        before = self.observation
        events = self._arrived(connection, most)
        if not events:
            return StepResult()
        batch = self._take_in(connection, events)
        rows, unfit = batch.append(connection), batch.unfit
        for name in sorted(batch.refold):
            again, also = self._refold(connection, name)
            append_rows(connection, again, "")
            rows += again
            unfit += [(event, why) for event, why in also if event.number > before]
        self.near.remember(events, {name: hub.state.spec.vouches for name, hub in self.hubs.items()})
        self._save(connection)
        return StepResult(len(events), tuple(rows), len(batch.refold), tuple(Passed(event.vantage, why) for event, why in unfit))

    def _arrived(self, connection: Connection, most: int) -> list[StoredEvent]:
        """Read the next observations, at most `most`, and all settings before the last of them.

        They are returned in their order, and count as taken in.
        """
        settings, observations = settings_after(connection, after=self.setting), observations_after(connection, self.observation, most)
        if len(observations) == most:
            settings = [(after, event) for after, event in settings if after < observations[-1].number]
        if observations:
            self.observation = observations[-1].number
        if settings:
            self.setting = settings[-1][1].number
        seen = ((event.number, 0, event) for event in observations)
        return [event for _, _, event in sorted(chain(seen, ((after, 1, event) for after, event in settings)), key=_place)]

    def _take_in(self, connection: Connection, events: Sequence[StoredEvent]) -> "_Batch":
        """Fold events in their order. A hub that gets a late event is only marked for a refold."""
        batch = _Batch()
        for event in events:
            if event.hub in batch.refold:
                continue
            if why := _unfit(self.hubs.get(event.hub), event):
                batch.unfit.append((event, why))
                continue
            try:
                batch.folded.append((event, self._take(connection, event.hub, event)))
            except _Late:
                batch.leave(event.hub)
        return batch

    def _take(self, connection: Connection, name: str, event: StoredEvent) -> list[LedgerRow]:
        """Take in one event. Raises _Late, with nothing changed."""
        hub = self.hubs.get(name)
        if event.spec is not None:
            if hub is None:
                state, rows = begin(event.spec, event.at_us)
                self.hubs[name] = HubFold(state, event.number, {ANY: 0}, event.at_us)
                save_checkpoint(connection, self.hubs[name])
                if _has_observations(connection, name):
                    raise _Late  # they may belong after these settings, though they came before
                return rows
            return _take(hub, event)
        return _take(hub, event) if hub is not None else []

    def _save(self, connection: Connection) -> None:
        for hub in self.hubs.values():
            hub.taken, hub.setting = {ANY: self.observation}, self.setting
            if hub.state.clock_us >= hub.checkpoint_us + self.every_us:
                save_checkpoint(connection, hub)
        memories = {name: HubMemory(hub.state, self.near.of(hub.state)) for name, hub in self.hubs.items()}
        replace_memory(connection, {name: remembered(memory) for name, memory in memories.items()})
        connection.execute(update(schema.evaluation).values(observation=self.observation, setting=self.setting))

    def _refold(self, connection: Connection, name: str) -> tuple[list[LedgerRow], list[tuple[StoredEvent, Why]]]:
        """Fold a hub again from an earlier checkpoint.

        Return the rows that bring the ledger in line with the result, and the events passed over.
        """
        starts = checkpoint_instants(connection, name)
        for at_us in starts:
            start = load_checkpoint(connection, name, at_us)
            unfit: list[tuple[StoredEvent, Why]] = []
            floor = start.state.horizon_us
            result = {subject: Timeline(list(tail.points)) for subject, tail in start.state.tails.items()}
            new_checkpoints: list[dict[str, Any]] = []
            hub = self._tried(connection, start, result, new_checkpoints, unfit, last=at_us == starts[-1])
            if hub is None:
                continue
            self.hubs[name] = hub
            forget_later(connection, name, at_us)
            for columns in new_checkpoints:
                put_checkpoint(connection, columns)
            return _differing(connection, hub.state, result, floor), unfit
        raise LedgerError(f"hub {name}: the store has no checkpoint from which it could be folded again")

    def _tried(
        self,
        connection: Connection,
        start: HubFold,
        result: dict[str, Timeline],
        new_checkpoints: list[dict[str, Any]],
        unfit: list[tuple[StoredEvent, Why]],
        *,
        last: bool,
    ) -> HubFold | None:
        """Return the hub, folded again from a checkpoint.

        None when an event belongs before this checkpoint too. The oldest one is the last to try:
        events that are too late for it are passed over.
        """
        try:
            return self._again(connection, start, result, new_checkpoints, unfit, last=last)
        except _Late:
            return None

    def _again(
        self,
        connection: Connection,
        hub: HubFold,
        result: dict[str, Timeline],
        new_checkpoints: list[dict[str, Any]],
        unfit: list[tuple[StoredEvent, Why]],
        *,
        last: bool,
    ) -> HubFold:
        """Fold all events since a checkpoint into `hub` and `result`, and collect the new ones in
        `new_checkpoints`.

        Raises _Late, unless this is the last checkpoint to try.
        """
        close = self.hubs[hub.state.spec.name].state.clock_us - CLOSE_US
        with closing(events_in_order(connection, hub, self.observation, self.setting)) as events:
            for event in events:
                if why := _unfit(hub, event):
                    unfit.append((event, why))
                else:
                    for row in _taken_late(hub, event, unfit) if last else _take(hub, event):
                        result.setdefault(row.subject, Timeline()).apply(row.effective_us, row.status)
                if event.spec is None:
                    hub.taken[event.vantage] = event.number
                else:
                    hub.setting = event.number
                if hub.state.clock_us >= hub.checkpoint_us + (self.every_us if hub.state.clock_us > close else FAR_US):
                    hub.checkpoint_us = hub.state.clock_us
                    new_checkpoints.append(columns_of(hub))
        return hub


@dataclass(slots=True)
class _Batch:
    """The result of some events: rows by event, observations passed over, hubs to be refolded."""

    folded: list[tuple[StoredEvent, list[LedgerRow]]] = field(default_factory=list)
    unfit: list[tuple[StoredEvent, Why]] = field(default_factory=list)
    refold: set[str] = field(default_factory=set)

    def leave(self, hub: str) -> None:
        """Drop the results of a hub's events: it is folded again as a whole."""
        self.refold.add(hub)
        self.folded = [(event, rows) for event, rows in self.folded if event.hub != hub]
        self.unfit = [(event, why) for event, why in self.unfit if event.hub != hub]

    def append(self, connection: Connection) -> list[LedgerRow]:
        """Append the rows to the ledger. Return them."""
        for event, rows in self.folded:
            append_rows(connection, rows, event.digest)
        return [row for _, rows in self.folded for row in rows]


class Refolded(NamedTuple):
    """The result of folding all stored observations again.

    `from_us`: where it began. `observations`: how many there were. `unlike`: the rows that the
    ledger would need to say the same; empty when it does.
    """

    from_us: int
    observations: int
    unlike: list[LedgerRow]


def is_evaluated(engine: Engine) -> bool:
    """Return whether several vantages share a ledger, or did. Raises LedgerError."""
    try:
        with engine.connect() as connection:
            return connection.execute(select(schema.evaluation)).first() is not None
    except DBAPIError as error:
        raise LedgerError(f"the ledger could not be read: {reason(error)}") from error


def refolded(connection: Connection) -> Refolded:
    """Fold all stored observations again, from the oldest checkpoint of each hub, and compare.

    The rows of a shared ledger depend on the order in which observations came, which a replay does
    not know. So times are compared, not rows. Raises LedgerError.
    """
    lacking: list[LedgerRow] = []
    instants: list[int] = []
    try:
        evaluation = Evaluation.load(connection)
        for name in sorted(evaluation.hubs):
            *_, oldest = checkpoint_instants(connection, name)
            start = load_checkpoint(connection, name, oldest)
            instants.append(oldest)
            floor = start.state.horizon_us
            result = {subject: Timeline(list(tail.points)) for subject, tail in start.state.tails.items()}
            hub = evaluation._again(connection, start, result, [], [], last=True)
            lacking += _differing(connection, hub.state, result, floor)
        observations = connection.scalar(select(func.count()).where(schema.observation.c.id <= evaluation.observation)) or 0
    except DBAPIError as error:
        raise LedgerError(f"the ledger could not be read: {reason(error)}") from error
    return Refolded(min(instants, default=0), observations, lacking)


def _place(entry: tuple[int, int, StoredEvent]) -> tuple[int, int, int]:
    return entry[0], entry[1], entry[2].number


def _unfit(hub: HubFold | None, event: StoredEvent) -> Why | None:
    """Return why an observation is passed over, whatever its vantage saw; None when it is not."""
    if event.spec is not None:
        return None
    if event.observation is None:
        return Why.UNREADABLE
    if not event.believed:
        return Why.AHEAD
    return Why.SET_BACK if hub is not None and by_a_clock_set_back(hub.state, event.observation) else None


def _taken_late(hub: HubFold, event: StoredEvent, unfit: list[tuple[StoredEvent, Why]]) -> list[LedgerRow]:
    """Take in an event where no earlier checkpoint is left.

    An observation that is too late is passed over. Settings take effect as soon as they can.
    """
    try:
        return _take(hub, event)
    except _Late:
        if event.spec is not None:
            return respec(hub.state, event.spec, event.at_us)
        unfit.append((event, Why.TOO_LATE))
        return []


def _take(hub: HubFold, event: StoredEvent) -> list[LedgerRow]:
    """Take one event into a hub. Raises _Late, with nothing changed."""
    state, seen = hub.state, event.observation
    if event.spec is not None:
        if event.at_us < state.clock_us or state.settings_us < event.at_us == state.clock_us:
            raise _Late  # settings come before the observations of the same instant
        return respec(state, event.spec, event.at_us)
    if seen is None or seen.kind is Kind.CONTROL:
        return []
    if late(state, seen):
        raise _Late
    return fold(state, seen)


def _has_observations(connection: Connection, hub: str) -> bool:
    return connection.scalar(select(schema.observation.c.id).where(schema.observation.c.hub == hub).limit(1)) is not None


def _as_shared(connection: Connection, state: HubState) -> HubState:
    """Turn the memory of a sole prober into that of one vantage among several."""
    table = schema.observation
    sole = state.vantages.pop(SOLE, None)
    if sole is not None:
        newest = select(table.c.vantage).where(table.c.hub == state.spec.name).order_by(desc(table.c.id)).limit(1)
        state.vantages[connection.scalar(newest) or SOLE] = sole
    state.spec = replace(state.spec, shared=True, client="")
    return state


def _differing(connection: Connection, state: HubState, result: Mapping[str, Timeline], since_us: int) -> list[LedgerRow]:
    """Return the fewest rows that make the ledger agree with a result from an instant on."""
    rows = []
    for subject, timeline in result.items():
        fresh = [point for point in timeline.points if point[0] >= since_us]
        if not fresh or fresh[0][0] > since_us:
            before = [point for point in timeline.points if point[0] < since_us]
            if before:
                fresh.insert(0, (since_us, before[-1][1]))
        stored = _stored_timeline(connection, state.spec.name, subject, since_us)
        known = bool(fresh and stored.points and stored.points[0][0] <= fresh[0][0])
        changes = corrections(stored, fresh) if known else fresh
        rows += [LedgerRow(state.spec.name, subject, at, status, state.clock_us) for at, status in changes]
    return rows


def _stored_timeline(connection: Connection, hub: str, subject: str, since_us: int) -> Timeline:
    """Read a subject's time in the ledger, from the status that held at an instant on."""
    table = schema.interval
    mine = select(table).where(table.c.hub == hub, table.c.subject == subject, table.c.batch.is_(None))
    query = mine.where(or_(table.c.end_us.is_(None), table.c.end_us > since_us)).order_by(table.c.start_us)
    intervals = [records.to_interval({str(name): value for name, value in row.items()}) for row in connection.execute(query).mappings()]
    return Timeline([(interval.start_us, interval.status) for interval in intervals])
