"""Reads the end of each subject's timeline, for all subjects of a hub at once.

A tail is read again only where the ledger has new rows.

Theory of operation
-------------------
    refresh   forgets the tails of the subjects that have new ledger rows since the last reading.
              All tails are forgotten when periods were imported, or when the ledger is another one
              than before (its last row is gone or has changed).
    read      gives the tails of some subjects of one hub: from the last interval back to one that
              is well and ended before an instant. Tails that are not known as far back as that are
              read in one query, however many subjects there are.

In a transaction that may be rolled back, read into a `copy`. Instants are UTC microseconds.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, String, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from probe.core.judgement.subject import UP_STATES
from probe.core.judgement.timeline import Interval
from probe.ledger.db import records, schema

_EVER = -(1 << 63)


class _KnownTail(NamedTuple):
    """Intervals, oldest first.

    `whole`: there are no earlier ones, or none that is well and old enough was found.
    """

    intervals: tuple[Interval, ...]
    whole: bool

    def since(self, since_us: int) -> Sequence[Interval] | None:
        """Return the intervals from the latest one on that is well and ended before `since_us`.

        All of them when there is none; None when the tail is not known that far back.
        """
        for index in range(len(self.intervals) - 1, -1, -1):
            if _is_over(self.intervals[index], since_us):
                return self.intervals[index:]
        return self.intervals if self.whole else None


def _is_over(interval: Interval, since_us: int) -> bool:
    return interval.end_us is not None and interval.end_us < since_us and interval.status.state in UP_STATES


class Tails:
    """The tails that are known."""

    def __init__(self) -> None:
        self._last: tuple[int, str] | None = None  # the last ledger row that they have, and its hash
        self._batch = 0  # the last import that they have
        self._of: dict[tuple[str, str], _KnownTail] = {}

    def copy(self) -> "Tails":
        """Return a copy, for reading in a transaction that may be rolled back."""
        other = Tails()
        other._last, other._batch, other._of = self._last, self._batch, dict(self._of)
        return other

    def refresh(self, connection: Connection) -> None:
        """Forget the tails that the ledger has changed since the last reading."""
        table = schema.ledger
        batch = connection.scalar(select(func.max(schema.batch.c.seq))) or 0
        query = select(table.c.seq, table.c.hash, table.c.hub, table.c.subject).order_by(table.c.seq)
        rows = connection.execute(query.where(table.c.seq >= self._last[0])).all() if self._last else []
        if not rows or (rows[0].seq, rows[0].hash) != self._last or batch != self._batch:
            self._of.clear()
            last = connection.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
            self._last, self._batch = (last.seq, last.hash) if last else None, batch
            return
        for row in rows[1:]:
            self._of.pop((row.hub, row.subject), None)
        self._last = (rows[-1].seq, rows[-1].hash)

    def read(self, connection: Connection, hub: str, subjects: Iterable[str], since_us: int) -> dict[str, Sequence[Interval]]:
        """Return the latest intervals of these subjects, oldest first.

        Each subject's reach back to one that is well and ended before `since_us`.
        """
        tails: dict[str, Sequence[Interval]] = {}
        missing = []
        for subject in subjects:
            tail = self._of.get((hub, subject))
            known = tail.since(since_us) if tail else None
            if known is None:
                missing.append(subject)
            else:
                tails[subject] = known
        if missing:
            self._ask(connection, hub, missing, since_us)
            tails |= {subject: self._of[hub, subject].since(since_us) or () for subject in missing}
        return tails

    def _ask(self, connection: Connection, hub: str, subjects: Sequence[str], since_us: int) -> None:
        read: dict[str, list[Interval]] = {subject: [] for subject in subjects}
        whole = dict.fromkeys(subjects, True)
        asked = {"hub": hub, "subjects": json.dumps(subjects), "since_us": since_us}
        for row in connection.execute(_query(connection.dialect.name), asked).mappings():
            columns: dict[str, Any] = {str(name): value for name, value in row.items()}
            read[columns["subject"]].append(records.to_interval(columns))
            whole[columns["subject"]] = columns["first_us"] is None
        for subject, intervals in read.items():
            self._of[hub, subject] = _KnownTail(tuple(intervals), whole[subject])


@cache
def _query(dialect: str) -> Select[Any]:
    """Return the query for the tails of the `subjects` (a list in JSON) of a `hub`, in order.

    Each tail begins at the latest interval that is well and ended before `since_us`. The subjects
    are one parameter, so that there may be any number of them.
    """
    listed = bindparam("subjects", type_=String)
    named = (
        func.jsonb_array_elements_text(cast(listed, JSONB)).table_valued("value", name="named")
        if dialect == "postgresql"
        else func.json_each(listed).table_valued("value", name="named")
    )
    hub, name = bindparam("hub", type_=String), cast(named.c.value, String)
    table, earlier = schema.interval, schema.interval.alias("earlier")
    first = (
        select(earlier.c.start_us)
        .where(earlier.c.hub == hub, earlier.c.subject == name, earlier.c.end_us < bindparam("since_us", type_=BigInteger))
        .where(earlier.c.state.in_(UP_STATES))
        .order_by(earlier.c.start_us.desc())
        .limit(1)
        .correlate(named)
        .scalar_subquery()
    )
    firsts = select(name.label("subject"), first.label("first_us")).cte("firsts")
    return (
        select(table.c.subject, table.c.start_us, table.c.end_us, table.c.state, table.c.condition, table.c.cause, firsts.c.first_us)
        .join_from(firsts, table, table.c.subject == firsts.c.subject)
        .where(table.c.hub == hub, table.c.start_us >= func.coalesce(firsts.c.first_us, cast(_EVER, BigInteger)))
        .order_by(table.c.subject, table.c.start_us)
    )
