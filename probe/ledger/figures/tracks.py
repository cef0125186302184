"""Reads tracks from the ledger: a subject's time as a figure needs it, in a few look-ups.

Every interval carries the time that its subject spent in each state before it. So the totals up to
an instant are one row of an index, and a window costs two, however long the history. The statements
are plain SQL with named parameters. SQLite's driver and SQLAlchemy both run them, and `Run` hides
which one does. All readings of one track must see one instant of the ledger: the caller holds the
transaction.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from probe.core.judgement.spec import HubSpec
from probe.core.judgement.subject import CONDITIONS, HUB, State
from probe.core.sla.availability import DownInterval, Totals
from probe.core.sla.correction import Change, Correction, CorrectionKind
from probe.core.sla.statement import Settings
from probe.core.sla.window import Span

Run = Callable[[str, Mapping[str, Any]], Iterable[Sequence[Any]]]
"""Runs a statement with `:named` parameters, and gives its rows."""

_MINE = 'FROM "interval" WHERE hub = :hub AND subject = :subject'
_SUMS = "start_us, state, up_us, blip_us, down_us, unknown_us, blips, rises"
_POINT = f"SELECT {_SUMS} {_MINE} AND start_us < :at ORDER BY start_us DESC LIMIT 1"
_BEGAN = f"SELECT min(start_us) {_MINE}"
_FROM = f"SELECT max(start_us) {_MINE} AND start_us <= :at"
_TAIL = f"SELECT start_us, state, condition {_MINE} AND start_us >= :at ORDER BY start_us"
_LAST = f"SELECT max(start_us) {_MINE}"
_DOWNS = f"SELECT start_us, end_us, condition {_MINE} AND state = 'down' AND start_us >= :first AND start_us < :last ORDER BY start_us"
_UNKNOWNS = f"""SELECT start_us, end_us {_MINE} AND state = 'unknown' AND start_us >= :first AND start_us < :last
                ORDER BY end_us - start_us DESC LIMIT :most"""
_SUBJECTS = 'SELECT DISTINCT hub, subject FROM "interval"'
_MEMORY = "SELECT hub, content FROM memory"
_SETTINGS = "SELECT at_us, spec FROM setting WHERE hub = :hub ORDER BY id"
_CORRECTIONS = """SELECT seq, hub, subject, start_us, end_us, act, author, reason, recorded_us, withdraws
                  FROM correction WHERE hub = :hub ORDER BY seq"""
_CHANGES = 'SELECT seq, hub, planned_us, announced_us, title, author, recorded_us FROM "change" ORDER BY seq'
_IMPORTED = f"SELECT start_us, end_us {_MINE} AND batch IS NOT NULL ORDER BY start_us"


class Lapse(NamedTuple):
    """A row that the passing of time alone would write: from `effective_us` on the subject is in
    this state (`probe.core.judgement.fold.advance`).
    """

    hub: str
    subject: str
    effective_us: int
    state: State
    condition: str | None


class _TailInterval(NamedTuple):
    """An interval that may still change: the last one stored, or one that a lapse ends or begins.

    The last one is open.
    """

    start_us: int
    end_us: int | None
    state: State
    condition: str | None


class Ledgered:
    """The track of one subject: its stored intervals up to the last one, and the lapses since."""

    def __init__(self, run: Run, hub: str, subject: str, lapses: Iterable[Lapse] = ()) -> None:
        self._run, self._of = run, {"hub": hub, "subject": subject}
        mine = [lapse for lapse in lapses if (lapse.hub, lapse.subject) == (hub, subject)]
        self.began_us: int | None = self._value(_BEGAN)
        cut = self._value(_LAST)
        if cut is not None and mine:
            cut = self._value(_FROM, at=min([cut, *(lapse.effective_us for lapse in mine)])) or self.began_us
        self._cut = cut or 0
        self._tail = self._tail_from(self._cut, mine) if cut is not None else []
        self._base = self._stored(self._cut)
        self._known: dict[int, tuple[Totals, State | None]] = {}

    def _tail_from(self, cut: int, lapses: Iterable[Lapse]) -> list[_TailInterval]:
        points = [(start, State(state), condition) for start, state, condition in self._run(_TAIL, {**self._of, "at": cut})]
        for lapse in lapses:
            points = [point for point in points if point[0] < lapse.effective_us]
            points.append((lapse.effective_us, lapse.state, lapse.condition))
        ends = [point[0] for point in points[1:]]
        return [_TailInterval(start, end, state, why) for (start, state, why), end in zip(points, [*ends, None], strict=True)]

    def _value(self, statement: str, **parameters: int) -> Any:
        return next(iter(self._run(statement, {**self._of, **parameters})))[0]

    def _stored(self, at_us: int) -> tuple[Totals, State | None]:
        """Return the totals up to an instant, and the state just before it.

        None before the beginning.
        """
        for start, name, *sums in self._run(_POINT, {**self._of, "at": at_us}):
            state = State(name)
            return Totals(*sums).spent(state, at_us - start), state
        return Totals(), None

    def until(self, at_us: int) -> Totals:
        """See `probe.core.sla.availability.Track`."""
        return self._at(at_us)[0]

    def down_before(self, at_us: int) -> bool:
        """See `probe.core.sla.availability.Track`."""
        return self._at(at_us)[1] is State.DOWN

    def _at(self, at_us: int) -> tuple[Totals, State | None]:
        known = self._known.get(at_us)
        if known is None:
            known = self._known[at_us] = self._since_cut(at_us) if at_us > self._cut else self._stored(at_us)
        return known

    def _since_cut(self, at_us: int) -> tuple[Totals, State | None]:
        totals, state = self._base
        for part in self._tail:
            if part.start_us < at_us:
                if state is State.DOWN and part.state is not State.DOWN:
                    totals = totals._replace(rises=totals.rises + 1)
                state = part.state
                totals = totals.spent(state, (at_us if part.end_us is None else min(part.end_us, at_us)) - part.start_us)
        return totals, state

    def downs(self, start_us: int, end_us: int) -> Iterator[DownInterval]:
        """See `probe.core.sla.availability.Track`. Each row is read when the caller asks for it."""
        for row in self._run(_DOWNS, self._stored_span(start_us, end_us)):
            if row[1] > start_us:
                yield DownInterval._make(row)
        for start, end, state, condition in self._tail:
            if state is State.DOWN and start < end_us and (end is None or end > start_us):
                yield DownInterval(start, end, condition)

    def unknowns(self, start_us: int, end_us: int, most: int) -> Iterator[Span]:
        """Yield the longest unknown spans within a span, so many of those that are stored."""
        stored = self._run(_UNKNOWNS, {**self._stored_span(start_us, end_us), "most": most})
        tail = ((part.start_us, part.end_us) for part in self._tail if part.state is State.UNKNOWN)
        for start, end in (*stored, *tail):
            found = Span(max(start, start_us), end_us if end is None else min(end, end_us))
            if found.start_us < found.end_us:
                yield found

    def _stored_span(self, start_us: int, end_us: int) -> dict[str, Any]:
        """Return the bounds of the stored intervals that may reach into a span.

        The first is the interval that holds at the span's start.
        """
        first = self._value(_FROM, at=start_us)
        return {**self._of, "first": start_us if first is None else first, "last": min(end_us, self._cut)}

    def imported(self) -> list[Span]:
        """Return the spans that were not watched but imported, adjacent ones joined."""
        spans: list[Span] = []
        for start, end in self._run(_IMPORTED, self._of):
            end = start if end is None else end
            spans[-1:] = [Span(spans[-1].start_us, end)] if spans and spans[-1].end_us == start else [*spans[-1:], Span(start, end)]
        return spans


def tracks(run: Run, hub: str, subjects: Iterable[str], lapses: Sequence[Lapse] = ()) -> dict[str, Ledgered]:
    """Return the tracks of a hub's subjects."""
    return {subject: Ledgered(run, hub, subject, lapses) for subject in subjects}


def subjects(run: Run) -> dict[str, list[str]]:
    """Return, by hub, its subjects in the ledger: the hub itself, its conditions, then its IdPs."""
    by_hub: dict[str, list[str]] = {}
    order = {name: number for number, name in enumerate((HUB, *CONDITIONS))}
    for hub, subject in sorted(run(_SUBJECTS, {}), key=lambda row: (row[0], order.get(row[1], len(order)), row[1])):
        by_hub.setdefault(hub, []).append(subject)
    return by_hub


def memories(run: Run) -> dict[str, bytes]:
    """Return, by hub, the fold's latest memory."""
    return {hub: bytes(content) for hub, content in run(_MEMORY, {})}


def settings(run: Run, hub: str) -> Settings:
    """Return the settings of a hub that ever took effect, each with its instant."""
    return [(at_us, HubSpec.from_json(json.loads(spec) if isinstance(spec, str) else spec)) for at_us, spec in run(_SETTINGS, {"hub": hub})]


def corrections(run: Run, hub: str) -> list[Correction]:
    """Return all records of a hub, withdrawn ones too."""
    return [Correction(*row)._replace(act=CorrectionKind(row[5])) for row in run(_CORRECTIONS, {"hub": hub})]


def changes(run: Run) -> list[Change]:
    """Return every announced change, in the order of recording."""
    return [Change(*row) for row in run(_CHANGES, {})]
