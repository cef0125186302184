"""Checks that a store still has the content that was written to it.

It checks every hash chain, every import, the intervals from which figures are read, and the
incidents against their acts.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import DBAPIError

from probe.core.incident.model import Incident
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply
from probe.core.judgement.timeline import Timeline
from probe.core.sla.availability import Totals
from probe.errors import LedgerError
from probe.incidents.store import register
from probe.ledger.db import records, schema
from probe.ledger.db.chain import chained, first_altered, number_of
from probe.ledger.db.store import reason
from probe.ledger.figures.imports import columns_of, parts_of, periods_digest, stored_periods, subjects_of
from probe.ledger.sightings import rows_of

CHAINED = (
    schema.ledger, schema.setting, schema.correction, schema.change, schema.batch, schema.act, schema.flag_act, schema.sighting,
)  # fmt: skip
_AT_ONCE = 1_000
_T = TypeVar("_T")


class RowFlaw(Enum):
    """What is wrong with a row. The value is the English sentence, without its subject."""

    CHAIN = "is not what was written there, or the row before it is gone"
    IMPORT_CHANGED = "the periods of this import are not those that were imported"
    IMPORT_UNKNOWN = "there are periods of an import that was never made"
    UNDECODABLE = "has a row whose content cannot be decoded, so the rows from there on could not be checked"
    UNREADABLE = "cannot be read, so the intervals could not be compared"
    INTERVAL = "of {hub} {subject}: the interval that starts here is not what the ledger says"
    ACT = "cannot follow the acts before it, so the incidents could not be compared"
    PLACE = "is not act {place} of its incident"
    INCIDENT = "is not what its acts make of it"
    SIGHTING = "is not what its observation says, or is missing"
    GAPS = "the numbers of the incidents have gaps"


class Finding(NamedTuple):
    """An altered row. `number` is the row's number, None where rows have none.

    `about` fills in the sentence of the flaw.
    """

    table: str
    number: int | None
    flaw: RowFlaw
    about: Mapping[str, object] = MappingProxyType({})

    @property
    def message(self) -> str:
        """The flaw as an English sentence."""
        return self.flaw.value.format(**self.about)


class Verified(NamedTuple):
    """The result of a verification: the number of checked rows of each table, and the findings."""

    rows: dict[str, int]
    findings: list[Finding]


def verify(connection: Connection) -> Verified:
    """Check the whole store, in the transaction of the connection.

    Raises LedgerError when the database cannot be read.
    """
    counted: dict[str, int] = {}
    findings: list[Finding] = []
    for table in CHAINED:
        findings += _readable(table, _chain(connection, table, counted))
    findings += _readable(schema.imported, _imports(connection))
    findings += _readable(schema.interval, _projection(connection, counted))
    findings += _readable(schema.incident, _incidents(connection, counted))
    findings += _readable(schema.sighting, _sightings(connection))
    return Verified(counted, findings)


class _UndecodableError(Exception):
    """A row that was read has content that cannot be decoded."""


def _readable(table: Table, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield these findings, and one more where a row cannot be decoded.

    The database's driver decodes many rows at once, so the finding cannot name the row.
    """
    try:
        yield from findings
    except _UndecodableError:
        yield Finding(table.name, None, RowFlaw.UNDECODABLE)


def _decoded(read: Callable[[], _T]) -> _T:
    """Return what `read` reads from the database.

    Raises _UndecodableError when the JSON, the text or a closed word of a row is damaged, and
    LedgerError when the database cannot be read. Only the reading of rows is called in here: an
    error of a check is a mistake of ours, and stays one.
    """
    try:
        return read()
    except (ValueError, RecursionError) as error:
        raise _UndecodableError from error
    except DBAPIError as error:
        if _not_utf_8(error):
            raise _UndecodableError from error
        raise LedgerError(f"the ledger cannot be read: {reason(error)}") from error


def _not_utf_8(error: DBAPIError) -> bool:
    """Return whether Python's driver of SQLite found text that is not UTF-8.

    It has no exception of its own for that. What SQLite itself reports has an error code.
    """
    return isinstance(error.orig, sqlite3.OperationalError) and not hasattr(error.orig, "sqlite_errorcode")


def _chain(connection: Connection, table: Table, counted: dict[str, int]) -> Iterator[Finding]:
    with closing(_counting(connection, table, counted)) as rows:
        altered = first_altered((chained(table, row) for row in rows), number_of(table))
    if altered is not None:
        yield Finding(table.name, altered, RowFlaw.CHAIN)


def _rows(connection: Connection, table: Table, *order: str) -> Generator[dict[str, Any]]:
    query = select(table).order_by(*(table.c[name] for name in order)).execution_options(yield_per=_AT_ONCE)
    # A server's cursor must be closed, even when it was not read to its end.
    with _decoded(lambda: connection.execute(query)) as rows:
        mappings = rows.mappings()
        while (row := _decoded(mappings.fetchone)) is not None:
            yield {str(name): value for name, value in row.items()}


def _counting(connection: Connection, table: Table, counted: dict[str, int]) -> Generator[dict[str, Any]]:
    counted[table.name] = 0
    with closing(_rows(connection, table, number_of(table))) as rows:
        for row in rows:
            counted[table.name] += 1
            yield row


def _imports(connection: Connection) -> Iterator[Finding]:
    periods = _decoded(lambda: stored_periods(connection))
    batches = connection.execute(select(schema.batch.c.seq, schema.batch.c.periods)).all()
    for seq, expected in batches:
        if periods_digest(period for period in periods if period.batch == seq) != expected:
            yield Finding("imported", seq, RowFlaw.IMPORT_CHANGED)
    for stray in sorted({period.batch for period in periods} - {seq for seq, _ in batches}):
        yield Finding("imported", stray, RowFlaw.IMPORT_UNKNOWN)


def _projection(connection: Connection, counted: dict[str, int]) -> Iterator[Finding]:
    """Yield the first interval of each subject that does not follow from ledger and imports."""
    timelines: dict[tuple[str, str], Timeline] = {}
    with closing(_rows(connection, schema.ledger, "seq")) as rows:
        for row in rows:
            try:
                status = records.to_status(row)
            except (ValueError, KeyError, TypeError):
                yield Finding("ledger", row["seq"], RowFlaw.UNREADABLE)
                return
            timelines.setdefault((row["hub"], row["subject"]), Timeline()).apply(row["effective_us"], status)
    stored: dict[tuple[str, str], list[dict[str, Any]]] = {}
    counted[schema.interval.name] = 0
    for row in _rows(connection, schema.interval, "hub", "subject", "start_us"):
        counted[schema.interval.name] += 1
        stored.setdefault((row["hub"], row["subject"]), []).append(row)
    imported = _imported(connection)
    for key in sorted(stored.keys() | timelines.keys() | imported.keys()):
        expected = _expected(key, timelines.get(key, Timeline()), imported.get(key, []))
        found = stored.get(key, [])
        wrong = next((n for n, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]), min(len(found), len(expected)))
        if wrong < max(len(found), len(expected)):
            start = (found + expected[len(found) :])[wrong]["start_us"]
            yield Finding("interval", start, RowFlaw.INTERVAL, {"hub": key[0], "subject": key[1]})


def _incidents(connection: Connection, counted: dict[str, int]) -> Iterator[Finding]:
    """Yield the incidents that do not follow from their acts."""
    expected: dict[int, dict[str, Any]] = {}
    made: dict[int, Incident] = {}
    with closing(_rows(connection, schema.act, "seq")) as rows:
        for row in rows:
            try:
                act = register.to_act(row)
                made[act.number] = after = apply(made.get(act.number), act)
            except (LedgerError, RefusedActError):
                yield Finding("act", row["seq"], RowFlaw.ACT)
                return
            expected[act.number] = register.columns_of(after, row["seq"])
            if row["place"] != after.acts:
                yield Finding("act", row["seq"], RowFlaw.PLACE, {"place": row["place"]})
    stored = {row["number"]: row for row in _rows(connection, schema.incident, "number")}
    counted[schema.incident.name] = len(stored)
    for number in sorted(stored.keys() | expected.keys()):
        if stored.get(number) != expected.get(number):
            yield Finding("incident", number, RowFlaw.INCIDENT)
    if sorted(expected) != list(range(1, len(expected) + 1)):
        yield Finding("incident", None, RowFlaw.GAPS)


def _sightings(connection: Connection) -> Iterator[Finding]:
    """Yield the first place where the sightings are not those of the stored observations."""
    written: dict[str, list[dict[str, Any]]] = {}
    last = 0
    for row in _rows(connection, schema.sighting, "seq"):
        written.setdefault(row["observation"], []).append(row)
        last = row["seq"]
    query = select(schema.observation).where(schema.observation.c.sightings.is_not(None)).order_by(schema.observation.c.id)
    for stored in connection.execute(query.execution_options(yield_per=_AT_ONCE)).mappings():
        seen = _decoded(lambda row=stored: records.to_observation({str(name): value for name, value in row.items()}))  # type: ignore[misc]
        found = written.get(stored["digest"], [])
        expected = [columns for columns, _ in rows_of(seen, stored["digest"])]
        if [{name: one[name] for name in columns} for one, columns in zip(found, expected, strict=False)] != expected:
            yield Finding("sighting", found[0]["seq"] if found else last + 1, RowFlaw.SIGHTING)
            return


def _imported(connection: Connection) -> dict[tuple[str, str], list[dict[str, Any]]]:
    intervals: dict[tuple[str, str], list[dict[str, Any]]] = {}
    periods = _decoded(lambda: stored_periods(connection))
    for hub in {period.hub for period in periods}:
        of_hub = [period for period in periods if period.hub == hub]
        for subject in subjects_of(of_hub):
            intervals[hub, subject] = columns_of(hub, subject, parts_of(connection, hub, subject, of_hub))
    return intervals


def _expected(key: tuple[str, str], timeline: Timeline, imported: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = list(imported)
    if rows and timeline.points:
        rows[-1]["end_us"] = timeline.points[0][0]
    for interval in timeline.intervals():
        state = records.from_status(interval.status)
        sums = records.sums_after(rows[-1], interval.start_us, interval.status.state) if rows else Totals()._asdict()
        place = {"hub": key[0], "subject": key[1], "start_us": interval.start_us, "end_us": interval.end_us}
        rows.append({**place, **state, **sums, "batch": None})
    return rows
