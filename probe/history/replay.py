"""Folding the kept observations again: the ledger, written a second time from what it was written from.

domain.md, "Replay: folding the observations again gives the same ledger, bit for bit". What was settled is what is stored, so a
replay needs the observations and the settings of their day, and nothing else. It streams: its cost does not grow with history.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby, zip_longest
from typing import Any

from probe.core.fold import HubState, begin, fold, respec
from probe.core.observation import Kind, Observation
from probe.core.timeline import Row
from probe.errors import LedgerError
from probe.history import records
from probe.history.chain import GENESIS, link
from probe.history.reader import Reader
from probe.history.records import Setting

Columns = Mapping[str, Any]


def replay(observations: Iterable[tuple[int, Observation]], settings: Iterable[Setting]) -> Iterator[dict[str, Any]]:
    """The ledger's rows, chained. Takes the observations with their numbers and the settings, both in the order of recording.

    Raises LedgerError when an observation is missing: what was deleted (the retention time) can be folded no more.
    """
    previous = GENESIS
    for seq, (row, digest) in enumerate(_rows(observations, settings), start=1):
        columns = records.from_row(row, seq, digest)
        previous = link(previous, columns)
        yield {**columns, "hash": previous}


def first_difference(reader: Reader) -> tuple[Columns | None, Columns | None] | None:
    """The first row that the ledger (first) and its replay (second) do not share; None: they are the same, bit for bit.

    Raises LedgerError when the ledger cannot be read, or its first observations were deleted.
    """
    with reader.frozen() as still:
        pairs = zip_longest(still.ledger(), replay(still.observations(), still.settings()))
        found = next((pair for pair in pairs if pair[0] != pair[1]), None)
    if found and found[0] and found[1] is None and found[0]["observation"]:
        raise LedgerError(f"cannot be replayed: the observation of row {found[0]['seq']} was deleted")
    return found


def _rows(observations: Iterable[tuple[int, Observation]], settings: Iterable[Setting]) -> Iterator[tuple[Row, str]]:
    """Every row with the digest of the observation that it follows from, in the order of writing."""
    hubs: dict[str, HubState] = {}
    changes = groupby(settings, key=lambda setting: setting.after_observation)
    pending = next(changes, None)
    for number, seen in chain([(0, None)], _whole(observations)):
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


def _whole(observations: Iterable[tuple[int, Observation]]) -> Iterator[tuple[int, Observation]]:
    for expected, (number, seen) in enumerate(observations, start=1):
        if number != expected:
            raise LedgerError(f"cannot be replayed: observation {expected} was deleted")
        yield number, seen


def _configured(hubs: dict[str, HubState], setting: Setting) -> list[Row]:
    state = hubs.get(setting.spec.name)
    if state is not None:
        return respec(state, setting.spec, setting.at_us)
    hubs[setting.spec.name], rows = begin(setting.spec, setting.at_us)
    return rows
