"""Writes the ledger: one transaction takes observations and everything that follows from them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, desc, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from probe.core.judgement.observation import Observation
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import LedgerRow
from probe.errors import LedgerError
from probe.ledger.checkpoints import CHECKPOINT_EVERY, checkpoint, forget_checkpoints
from probe.ledger.db import records, schema
from probe.ledger.db.chain import GENESIS, append, link
from probe.ledger.db.numbering import last_given, numbered
from probe.ledger.db.store import is_file, reason, writing
from probe.ledger.sightings import append_sightings

FORGOTTEN_AT_ONCE = 1_000
"""Observations deleted in one transaction, so that other writers do not wait for long."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An observation or new settings, the rows that follow, and the hubs' memory after them.

    All of it is written together. `memory`: hub -> its memory. `settings`: each with the instant,
    in UTC microseconds, at which they took effect. `source` and `number`: the recorder that the
    observation was submitted to, and its number there.
    """

    rows: Sequence[LedgerRow]
    memory: Mapping[str, bytes]
    observation: Observation | None = None
    settings: Sequence[tuple[HubSpec, int]] = field(default=())
    source: str | None = None
    number: int | None = None


WithRows = Callable[[Connection, Sequence[LedgerRow]], None]
"""Is called with ledger rows in the transaction that writes them, so that everything that follows
from them is committed with them. It raises nothing for a trouble of its own."""


def nothing(_connection: Connection, _rows: Sequence[LedgerRow]) -> None:
    """Write nothing more: a `WithRows` for ledgers without a register."""


class Writer:
    """The one writer of a ledger."""

    def __init__(self, engine: Engine, with_rows: WithRows = nothing) -> None:
        self._engine = engine
        self._with_rows = with_rows
        self._path = Path(engine.url.database) if is_file(engine) and engine.url.database else None
        self._file = _identity(self._path)

    @property
    def adds_to_rows(self) -> bool:
        """Whether the transaction writes more than the rows.

        An entry that has rows then needs the memory of every hub that changed up to it.
        """
        return self._with_rows is not nothing

    def write(self, *entries: Entry) -> None:
        """Commit entries in their order, durably and together, or none of them.

        Of several entries, one may leave the memory of its hubs to a later one.

        Raises LedgerError when the ledger refuses now (a full disk, a locked file): try again.
        Raises any other exception when one of the entries can never be written (text that is no
        Unicode, a number beyond 64 bits): trying again is in vain.
        """
        with self._writing("the ledger could not be written") as connection:
            for some in self._parts(entries):
                _write(connection, some)
                self._with_rows(connection, [row for entry in some for row in entry.rows])

    def _parts(self, entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
        """Yield the entries in parts, each up to the next one that has rows.

        So `with_rows` finds the ledger as that entry left it.
        """
        begun = 0
        for end, entry in enumerate(entries, start=1):
            if end == len(entries) or (self.adds_to_rows and entry.rows):
                yield entries[begun:end]
                begun = end

    def forget(self, before_us: int, upto: int | None = None) -> int:
        """Delete the observations that started before an instant, with numbers up to `upto` only.

        The ledger's rows stay. Return how many were deleted. Raises LedgerError.
        """
        table = schema.observation
        some = select(table.c.id).where(table.c.started_us < before_us).limit(FORGOTTEN_AT_ONCE)
        if upto is not None:
            some = some.where(table.c.id <= upto)
        count = 0
        while True:
            with self._writing("old observations could not be deleted") as connection:
                deleted = int(connection.execute(delete(table).where(table.c.id.in_(some))).rowcount)
            count += deleted
            if deleted < FORGOTTEN_AT_ONCE:
                break
        if count:
            with self._writing("old checkpoints could not be deleted") as connection:
                forget_checkpoints(connection)
        return count

    @contextmanager
    def _writing(self, failed: str) -> Iterator[Connection]:
        # SQLite would go on writing to a file that nobody finds again
        if _identity(self._path) != self._file:
            raise LedgerError(f"{failed}: {self._path} was removed or replaced while Vigie ran: put it back, and start Vigie again")
        try:
            with writing(self._engine) as connection:
                yield connection
        except (DataError, IntegrityError):
            raise  # the values cannot be written, whatever the state of the file
        except DBAPIError as error:
            raise LedgerError(f"{failed}: {reason(error)}") from error


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Return the device and inode of a file, which no other file of the same name has.

    None when there is no file.
    """
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _write(connection: Connection, entries: Sequence[Entry]) -> None:
    columns = [_columns(entry) for entry in entries if entry.observation is not None]
    before, number = _inserted(connection, columns) if columns else (0, 0)
    digests = iter([each["digest"] for each in columns])
    for entry in entries:
        for spec, at_us in entry.settings:
            setting = {"hub": spec.name, "at_us": at_us, "after_observation": last_given(connection), "spec": spec.to_json()}
            append(connection, schema.setting, setting)
        observation = next(digests) if entry.observation is not None else ""
        append_rows(connection, entry.rows, observation)
        if entry.observation is not None:
            append_sightings(connection, entry.observation, observation)
    replace_memory(connection, {hub: content for entry in entries for hub, content in entry.memory.items()})
    if number // CHECKPOINT_EVERY > before // CHECKPOINT_EVERY:
        checkpoint(connection, number)


def _columns(entry: Entry) -> dict[str, Any]:
    assert entry.observation is not None
    return {**records.from_observation(entry.observation), "source": entry.source, "number": entry.number}


def _inserted(connection: Connection, columns: list[dict[str, Any]]) -> tuple[int, int]:
    """Insert observations. Return the number before their first, and that of their last."""
    table = schema.observation
    *others, last = numbered(connection, columns)
    if others:
        connection.execute(insert(table), others)
    number = connection.scalar(insert(table).returning(table.c.id), last) or 0
    return number - len(columns), number


def replace_memory(connection: Connection, memory: Mapping[str, bytes]) -> None:
    """Replace the stored memory of each hub."""
    for hub, content in memory.items():
        connection.execute(delete(schema.memory).where(schema.memory.c.hub == hub))
        connection.execute(insert(schema.memory), {"hub": hub, "content": content})


def append_rows(connection: Connection, rows: Sequence[LedgerRow], observation: str) -> None:
    """Append rows to the ledger's chain, and update the intervals.

    `observation`: the digest of the observation that they follow from; empty for settings.
    """
    if not rows:
        return
    last = connection.execute(select(schema.ledger.c.seq, schema.ledger.c.hash).order_by(desc(schema.ledger.c.seq)).limit(1)).first()
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    chained: list[dict[str, Any]] = []
    for row in rows:
        seq += 1
        columns = records.from_row(row, seq, observation)
        previous = link(previous, columns)
        chained.append({**columns, "hash": previous})
        _project(connection, row)
    connection.execute(insert(schema.ledger), chained)


def _project(connection: Connection, row: LedgerRow) -> None:
    """Override the tail of the subject's intervals, as `Timeline.apply` does."""
    table = schema.interval
    mine = (table.c.hub == row.hub) & (table.c.subject == row.subject)
    connection.execute(delete(table).where(mine, table.c.start_us >= row.effective_us))
    last = connection.execute(select(table).where(mine).order_by(desc(table.c.start_us)).limit(1)).mappings().first()
    same = last is not None and last["batch"] is None and records.to_status(dict(last)) == row.status
    if last is not None:
        end = None if same else row.effective_us
        connection.execute(update(table).where(mine, table.c.start_us == last["start_us"]).values(end_us=end))
    if not same:
        columns = {"hub": row.hub, "subject": row.subject, "start_us": row.effective_us, "end_us": None}
        columns |= records.sums_after(dict(last), row.effective_us, row.status.state) if last is not None else {}
        connection.execute(insert(table), {**columns, **records.from_status(row.status)})
