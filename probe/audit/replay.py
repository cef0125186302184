"""Folds the stored observations again, and compares the result with the ledger.

docs/domain.md, "Replay: folding the observations again gives the same ledger, bit for bit".
Observations are stored after their corroboration, so a replay needs only the observations and the
settings of their day. It streams: its memory does not grow with the ledger.

When the retention time has deleted the first observations, the replay starts from the oldest
checkpoint after which all observations are stored. The rows before it are protected by the hash
chain alone, and the result says where the replay started.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, groupby, zip_longest
from typing import Any

from probe.core.judgement.fold import HubState, begin, fold, respec
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.timeline import LedgerRow
from probe.errors import LedgerError
from probe.ledger.db import records
from probe.ledger.db.chain import GENESIS, link
from probe.ledger.db.records import Setting
from probe.ledger.memory import recall
from probe.ledger.reader import Reader

Columns = Mapping[str, Any]

TELL_EVERY = 1_000
"""The number of observations between two calls of `progress`."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a replay starts: after this observation and this ledger row.

    `previous` is the hash of that row, and `hubs` is the fold's state after it.
    """

    after_observation: int = 0
    seq: int = 0
    previous: str = GENESIS
    hubs: Mapping[str, HubState] = field(default_factory=dict)


BEGINNING = Start()


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of a replay.

    `rows` counts the rows on which the ledger and the replay agree, `observations` the folded ones.
    `difference` is the first row that differs: the ledger's (first) and the replay's (second).
    """

    start: Start
    rows: int
    observations: int
    difference: tuple[Columns | None, Columns | None] | None = None


def replay(
    observations: Iterable[tuple[int, Observation]], settings: Iterable[Setting], start: Start = BEGINNING
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the ledger with their hashes, computed again.

    `observations` are those after the start, with their numbers, in the order of recording;
    `settings` are all settings, in the same order.

    Raises LedgerError when an observation is missing, as when the retention time has deleted it.
    """
    previous = start.previous
    for seq, (row, digest) in enumerate(_rows(observations, settings, start), start=start.seq + 1):
        columns = records.from_row(row, seq, digest)
        previous = link(previous, columns)
        yield {**columns, "hash": previous}


def beginning(reader: Reader) -> Start:
    """Return the earliest start that the stored observations allow.

    Raises LedgerError when there is none.
    """
    first, last, count = reader.kept()
    if first == 1 and count == last:
        return BEGINNING
    found = reader.checkpoints()
    if not found:
        if first == 0 and not any(row["observation"] for row in reader.ledger()):
            return BEGINNING
        raise LedgerError("cannot be replayed: observation 1 was deleted, or one after it, and no checkpoint was kept since")
    hubs = {checkpoint.hub: recall(checkpoint.content).state for checkpoint in found}
    return Start(found[0].after_observation, found[0].seq, reader.hash_of(found[0].seq), hubs)


def compare(reader: Reader, progress: Callable[[int, int], None] = lambda _done, _all: None) -> Replayed:
    """Fold the stored observations again, and compare the rows with the ledger's, one by one.

    `progress(done, all)` is called after each `TELL_EVERY` observations.

    Raises LedgerError when the ledger cannot be read, or when no start is possible.
    """
    with reader.frozen() as still:
        start = beginning(still)
        _, last, _ = still.kept()
        folded, agreed = 0, 0

        def counted() -> Iterator[tuple[int, Observation]]:
            nonlocal folded
            for number, seen in still.observations(start.after_observation):
                yield number, seen
                folded += 1
                if folded % TELL_EVERY == 0:
                    progress(folded, last - start.after_observation)

        for pair in zip_longest(still.ledger(start.seq), replay(counted(), still.settings(), start)):
            if pair[0] != pair[1]:
                _refuse_deleted(pair[0], pair[1])
                return Replayed(start, agreed, folded, pair)
            agreed += 1
        progress(folded, folded)
    return Replayed(start, agreed, folded)


def first_difference(reader: Reader) -> tuple[Columns | None, Columns | None] | None:
    """Return the first row that differs, as the ledger (first) and its replay (second) have it.

    None means that both are the same, bit for bit.

    Raises LedgerError when the ledger cannot be read, or when no start is possible.
    """
    return compare(reader).difference


def _refuse_deleted(written: Columns | None, folded: Columns | None) -> None:
    if written and folded is None and written["observation"]:
        raise LedgerError(f"cannot be replayed: the observation of row {written['seq']} was deleted")


def _rows(observations: Iterable[tuple[int, Observation]], settings: Iterable[Setting], start: Start) -> Iterator[tuple[LedgerRow, str]]:
    """Yield every row in the order of writing, with the digest of its observation."""
    hubs = dict(start.hubs)
    ahead = (setting for setting in settings if setting.after_observation >= start.after_observation)
    changes = groupby(ahead, key=lambda setting: setting.after_observation)
    pending = next(changes, None)
    for number, seen in chain([(start.after_observation, None)], _whole(observations, start.after_observation)):
        if seen is not None and seen.kind is not Kind.CONTROL:
            if seen.hub not in hubs:
                raise LedgerError(f"cannot be replayed: observation {number} is of a hub without settings")
            digest = records.from_observation(seen)["digest"]
            yield from ((row, digest) for row in fold(hubs[seen.hub], seen))
        if pending is not None and pending[0] == number:
            yield from ((row, "") for setting in pending[1] for row in _configured(hubs, setting))
            pending = next(changes, None)
    if pending is not None:
        raise LedgerError(f"cannot be replayed: observation {pending[0]} was deleted")


def _whole(observations: Iterable[tuple[int, Observation]], after: int) -> Iterator[tuple[int, Observation]]:
    for expected, (number, seen) in enumerate(observations, start=after + 1):
        if number != expected:
            raise LedgerError(f"cannot be replayed: observation {expected} was deleted")
        yield number, seen


def _configured(hubs: dict[str, HubState], setting: Setting) -> list[LedgerRow]:
    state = hubs.get(setting.spec.name)
    if state is not None:
        return respec(state, setting.spec, setting.at_us)
    hubs[setting.spec.name], rows = begin(setting.spec, setting.at_us)
    return rows
