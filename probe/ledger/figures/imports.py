"""Imports past time: all periods of a file go into the record, or none.

A batch is chained like the ledger, and names its author and source. Its periods are projected into
`interval` before the watched time, and stay marked as imported for ever. The sums of the watched
intervals grow by the imported time before them. The ledger itself is not touched.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, desc, func, insert, select, update

from probe.core.judgement.subject import CONDITIONS, HUB, State
from probe.core.sla.availability import Totals
from probe.core.sla.imported import ImportedInterval, Period, overlaps, project
from probe.errors import InputError
from probe.ledger.db import schema
from probe.ledger.db.chain import append, digest
from probe.ledger.db.records import sums_after
from probe.ledger.db.schema import SUMS
from probe.ledger.figures import tracks
from probe.ledger.figures.corrections import subject_label
from probe.ledger.figures.runs import on

_TABLE = schema.interval
OPEN = 1 << 62  # a projection that no watch of ours ends


class Batch(NamedTuple):
    """One import. `file`: SHA-256 of the file's bytes."""

    source: str
    author: str
    recorded_us: int
    file: str


class Imported(NamedTuple):
    """The result of an import. `new` is false when the same file had been imported already."""

    number: int
    new: bool


def bring_in(connection: Connection, batch: Batch, periods: Sequence[Period], file: str) -> Imported:
    """Import the periods of a file.

    Raises InputError, with `file:line:` before each problem, when any period is refused.
    """
    known = connection.scalar(select(schema.batch.c.seq).where(schema.batch.c.file == batch.file))
    if known is not None:
        return Imported(int(known), new=False)
    problems = sorted(_problems(connection, periods, batch.recorded_us))
    if problems:
        raise InputError("\n".join(f"{file}:{line}: {message}" for line, message in problems))
    number = append(connection, schema.batch, {**batch._asdict(), "periods": periods_digest(periods)})
    connection.execute(insert(schema.imported), [{**_columns(period), "batch": number} for period in periods])
    for hub in sorted({period.hub for period in periods}):
        _rebuild(connection, hub)
    return Imported(number, new=True)


def periods_digest(periods: Iterable[Period]) -> str:
    """Return the SHA-256 over a batch's periods."""
    return digest({"periods": [_columns(period) for period in sorted(periods, key=lambda period: period.line)]})


def _columns(period: Period) -> dict[str, Any]:
    return {**{name: value for name, value in period._asdict().items() if name != "batch"}, "state": period.state.value}


def stored_periods(connection: Connection, hub: str | None = None) -> list[Period]:
    """Return every imported period, of one hub or of all, in the order of import."""
    table = schema.imported
    query = select(table).order_by(table.c.batch, table.c.line)
    rows = connection.execute(query if hub is None else query.where(table.c.hub == hub))
    return [Period(row.batch, row.line, row.hub, row.subject, State(row.state), row.start_us, row.end_us, row.note) for row in rows]


def _problems(connection: Connection, periods: Sequence[Period], now_us: int) -> Iterator[tuple[int, str]]:
    subjects = tracks.subjects(on(connection))
    for period in periods:
        if period.hub not in subjects:
            yield period.line, f"hub {period.hub!r} is not in the ledger, which knows: {', '.join(subjects) or 'no hub'}"
        elif period.subject not in subjects[period.hub]:
            yield period.line, f"{subject_label(period.subject)!r} is not known of hub {period.hub!r}"
        else:
            watched = watched_from(connection, period.hub, period.subject)
            if watched is not None and period.end_us > watched:
                yield period.line, "it overlaps time that is watched here: an import ends where the watch began"
        if period.end_us > now_us:
            yield period.line, "the end is in the future"
    for fresh, other in overlaps(periods, stored_periods(connection)):
        where = f"line {other.line}" if not other.batch else f"line {other.line} of import no. {other.batch}"
        yield fresh.line, f"it overlaps what {where} says of the same"


def watched_from(connection: Connection, hub: str, subject: str) -> int | None:
    """Return the instant at which our own watch of a subject begins; None when there is none."""
    mine = (_TABLE.c.hub == hub) & (_TABLE.c.subject == subject) & _TABLE.c.batch.is_(None)
    begun_us: int | None = connection.scalar(select(func.min(_TABLE.c.start_us)).where(mine))
    return begun_us


def subjects_of(periods: Iterable[Period]) -> list[str]:
    """Return the subjects that a hub's periods are about."""
    named = {period.subject for period in periods}
    of_hub = {HUB, *CONDITIONS} if named & {HUB, *CONDITIONS} else set()
    return sorted(named | of_hub)


def parts_of(connection: Connection, hub: str, subject: str, periods: Sequence[Period]) -> list[ImportedInterval]:
    """Return the imported intervals of a subject, up to our own watch."""
    watched = watched_from(connection, hub, subject)
    return project(periods, subject, OPEN if watched is None else watched)


def columns_of(hub: str, subject: str, parts: Iterable[ImportedInterval]) -> list[dict[str, Any]]:
    """Return the rows of `interval` for imported intervals."""
    rows: list[dict[str, Any]] = []
    total = Totals()
    ahead = [*parts]
    for part, following in zip_longest(ahead, ahead[1:]):
        start, end, state, condition, batch = part
        rows.append(
            {
                "hub": hub, "subject": subject, "start_us": start, "end_us": None if end == OPEN else end, "state": state.value,
                "condition": condition, "cause": None, **total._asdict(), "batch": batch,
            }
        )  # fmt: skip
        if following is not None:
            total = total.with_interval(state, end - start, following.state)
    return rows


def _rebuild(connection: Connection, hub: str) -> None:
    periods = stored_periods(connection, hub)
    for subject in subjects_of(periods):
        mine = (_TABLE.c.hub == hub) & (_TABLE.c.subject == subject)
        watched = watched_from(connection, hub, subject)
        connection.execute(delete(_TABLE).where(mine, _TABLE.c.batch.is_not(None)))
        connection.execute(insert(_TABLE), columns_of(hub, subject, parts_of(connection, hub, subject, periods)))
        if watched is not None:
            _raise_sums(connection, hub, subject, watched)


def _raise_sums(connection: Connection, hub: str, subject: str, watched_us: int) -> None:
    """Add the imported time to the sums of the watched intervals, in place of earlier imports."""
    mine = (_TABLE.c.hub == hub) & (_TABLE.c.subject == subject)
    query = select(_TABLE).where(mine, _TABLE.c.start_us <= watched_us).order_by(desc(_TABLE.c.start_us)).limit(2)
    first, last = (dict(row) for row in connection.execute(query).mappings())
    before = sums_after(last, watched_us, State(first["state"]))
    changed = {name: _TABLE.c[name] + (before[name] - first[name]) for name in SUMS}
    connection.execute(update(_TABLE).where(mine, _TABLE.c.start_us >= watched_us).values(changed))
