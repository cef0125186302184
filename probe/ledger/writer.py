"""Writing the ledger: one transaction takes observations and all that follows from them."""

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

FORGOTTEN_AT_ONCE = 1_000
"""Observations deleted in one transaction: the others who write do not wait for long."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written together: an observation or new settings, the rows that follow, and the memory after them."""

    rows: Sequence[LedgerRow]
    memory: Mapping[str, bytes]  # hub -> what is remembered of it
    observation: Observation | None = None
    settings: Sequence[tuple[HubSpec, int]] = field(default=())  # and the instant they took effect
    source: str | None = None  # of the observation: which recorder it was submitted to, and as its how-many-th
    number: int | None = None


WithRows = Callable[[Connection, Sequence[LedgerRow]], None]
"""Called with ledger rows in the transaction that writes them, so that what follows from them is
committed with them. It raises nothing for a trouble of its own."""


def nothing(_connection: Connection, _rows: Sequence[LedgerRow]) -> None:
    """Nothing follows."""


class Writer:
    """The one writer of a ledger."""

    def __init__(self, engine: Engine, with_rows: WithRows = nothing) -> None:
        self._engine = engine
        self._with_rows = with_rows
        self._path = Path(engine.url.database) if is_file(engine) and engine.url.database else None
        self._file = _identity(self._path)

    @property
    def adds_to_rows(self) -> bool:
        """Whether more is written with the rows.

        An entry that has rows then needs the memory of every hub that changed up to it.
        """
        return self._with_rows is not nothing

    def write(self, *entries: Entry) -> None:
        """Commit entries in their order, durably and together, or nothing of them.

        Of several, an entry may leave the memory of its hubs to a later one.

        Raises LedgerError when the ledger refuses now (a full disk, a locked file: try again), and anything else when one of the
        entries can never be written (text that is no Unicode, a number beyond 64 bits: trying again is in vain).
        """
        with self._writing("the ledger could not be written") as connection:
            for some in self._parts(entries):
                _write(connection, some)
                self._with_rows(connection, [row for entry in some for row in entry.rows])

    def _parts(self, entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
        """Entries up to the next one that has rows: what is written with rows finds the ledger as that entry left it."""
        begun = 0
        for end, entry in enumerate(entries, start=1):
            if end == len(entries) or (self.adds_to_rows and entry.rows):
                yield entries[begun:end]
                begun = end

    def forget(self, before_us: int, upto: int | None = None) -> int:
        """Delete the observations that started before an instant, numbers up to `upto` only; the ledger stays. Returns how many.
        Raises LedgerError."""
        table = schema.observation
        some = select(table.c.id).where(table.c.started_us < before_us).limit(FORGOTTEN_AT_ONCE)
        if upto is not None:
            some = some.where(table.c.id <= upto)
        gone = 0
        while True:
            with self._writing("old observations could not be deleted") as connection:
                deleted = int(connection.execute(delete(table).where(table.c.id.in_(some))).rowcount)
            gone += deleted
            if deleted < FORGOTTEN_AT_ONCE:
                break
        if gone:
            with self._writing("old checkpoints could not be deleted") as connection:
                forget_checkpoints(connection)
        return gone

    @contextmanager
    def _writing(self, failed: str) -> Iterator[Connection]:
        if _identity(self._path) != self._file:  # SQLite would go on writing to a file that nobody finds again
            raise LedgerError(f"{failed}: {self._path} was removed or replaced while Vigie ran: put it back, and start Vigie again")
        try:
            with writing(self._engine) as connection:
                yield connection
        except (DataError, IntegrityError):
            raise  # it is what was written that cannot be, whatever the state of the file
        except DBAPIError as error:
            raise LedgerError(f"{failed}: {reason(error)}") from error


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What tells one file from another of the same name; None when there is none."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _write(connection: Connection, entries: Sequence[Entry]) -> None:
    columns = [_columns(entry) for entry in entries if entry.observation is not None]
    before, number = _inserted(connection, columns) if columns else (0, 0)
    digests = iter([each["digest"] for each in columns])
    for entry in entries:
        for spec, at_us in entry.settings:
            setting = {"hub": spec.name, "at_us": at_us, "after_observation": last_given(connection), "spec": spec.to_json()}
            append(connection, schema.setting, setting)
        append_rows(connection, entry.rows, next(digests) if entry.observation is not None else "")
    keep(connection, {hub: content for entry in entries for hub, content in entry.memory.items()})
    if number // CHECKPOINT_EVERY > before // CHECKPOINT_EVERY:
        checkpoint(connection, number)


def _columns(entry: Entry) -> dict[str, Any]:
    assert entry.observation is not None
    return {**records.from_observation(entry.observation), "source": entry.source, "number": entry.number}


def _inserted(connection: Connection, columns: list[dict[str, Any]]) -> tuple[int, int]:
    """Insert observations. Returns the number before their first, and that of their last."""
    table = schema.observation
    *others, last = numbered(connection, columns)
    if others:
        connection.execute(insert(table), others)
    number = connection.scalar(insert(table).returning(table.c.id), last) or 0
    return number - len(columns), number


def keep(connection: Connection, memory: Mapping[str, bytes]) -> None:
    """Put what is remembered of each hub in the place of what was."""
    for hub, content in memory.items():
        connection.execute(delete(schema.memory).where(schema.memory.c.hub == hub))
        connection.execute(insert(schema.memory), {"hub": hub, "content": content})


def append_rows(connection: Connection, rows: Sequence[LedgerRow], observation: str) -> None:
    """Chain rows to the ledger, as what follows from the observation of this digest, and bring the intervals after them."""
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
