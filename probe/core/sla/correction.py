"""People's statements about the record: corrected outages, excluded windows, announced changes.

docs/domain.md: "Excluded windows, and corrections of a false outage, are append-only records with
author, reason and date; reports print the figure before and after them." A correction says that
time recorded as down was up, or that it cannot be known; it never makes down or unknown time better
than that. Nothing here touches the ledger. Instants are UTC microseconds.

Theory of operation
-------------------
    of            corrects
    a condition   that condition's down time
    an IdP        that IdP's down time
    the hub       its down time, and that of its three conditions

The hub is down because one of its conditions is. So its down time is also corrected where every
condition that holds there is corrected. The latest record of an instant counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from probe.core.judgement.subject import CONDITIONS, HUB, State
from probe.core.sla.availability import CorrectedSpan, DownInterval, Track
from probe.core.sla.window import PARIS, Span, merged
from probe.core.times import at, microseconds

NOTICE_MONTHS = 6


class CorrectionKind(StrEnum):
    """The statement of a record about its span."""

    UP = "up"  # what is recorded as down was up
    UNKNOWN = "unknown"  # what is recorded as down cannot be known
    EXCLUDED = "excluded"  # the span counts as nothing, for the hub and its IdPs
    WITHDRAWN = "withdrawn"  # an earlier record was wrong: it counts no more


class Correction(NamedTuple):
    """One append-only record.

    `withdraws`: the number of the record that a WITHDRAWN takes back, whose subject and span it
    has.
    """

    seq: int
    hub: str
    subject: str
    start_us: int
    end_us: int
    act: CorrectionKind
    author: str
    reason: str
    recorded_us: int
    withdraws: int | None = None

    @property
    def span(self) -> Span:
        return Span(self.start_us, self.end_us)

    def covers(self, subject: str) -> bool:
        """Return whether the record corrects a subject's down time by itself."""
        return self.act in (CorrectionKind.UP, CorrectionKind.UNKNOWN) and (
            self.subject == subject or (self.subject == HUB and subject in CONDITIONS)
        )


def not_withdrawn(records: Iterable[Correction]) -> list[Correction]:
    """Return the records that count: neither withdrawn ones nor the withdrawals."""
    listed = list(records)
    withdrawn = {record.withdraws for record in listed}
    return [record for record in listed if record.act is not CorrectionKind.WITHDRAWN and record.seq not in withdrawn]


def excluded(records: Iterable[Correction]) -> list[Span]:
    """Return the spans that count in no state."""
    return [record.span for record in records if record.act is CorrectionKind.EXCLUDED]


def corrected(tracks: Mapping[str, Track], subject: str, records: Iterable[Correction]) -> list[CorrectedSpan]:
    """Return the spans of a subject's down time that count as something else, in order.

    `records`: those of one hub that were not withdrawn.
    """
    if subject not in tracks:
        return []
    concerned = [record for record in records if record.covers(subject) or (subject == HUB and any(map(record.covers, CONDITIONS)))]
    pieces: list[CorrectedSpan] = []
    for span in _clusters(concerned):
        here = [record for record in concerned if record.start_us < span.end_us and record.end_us > span.start_us]
        pieces += _within(tracks, subject, here, span)
    return pieces


def _clusters(records: Iterable[Correction]) -> list[Span]:
    spans = [record.span for record in records]
    return merged(spans, Span(min(span.start_us for span in spans), max(span.end_us for span in spans))) if spans else []


def _within(tracks: Mapping[str, Track], subject: str, records: Sequence[Correction], span: Span) -> list[CorrectedSpan]:
    """Return the corrected pieces of one span.

    Each part of the span in which nothing changes is judged on its own.
    """
    names = [subject, *(CONDITIONS if subject == HUB else ())]
    down = {name: list(tracks[name].downs(*span)) for name in names if name in tracks}
    instants = {span.start_us, span.end_us}
    for record in records:
        instants |= {record.start_us, record.end_us}
    for intervals in down.values():
        for interval in intervals:
            instants |= {at for at in (interval.start_us, interval.end_us) if at is not None and span.start_us < at < span.end_us}
    pieces: list[CorrectedSpan] = []
    for start, end in pairwise(sorted(instants)):
        state = _ruling(subject, records, down, start)
        if state is not None:
            if pieces and pieces[-1].end_us == start and pieces[-1].state is state:
                start = pieces.pop().start_us
            pieces.append(CorrectedSpan(start, end, state))
    return pieces


def _ruling(subject: str, records: Sequence[Correction], down: Mapping[str, Sequence[DownInterval]], at: int) -> State | None:
    """Return the state to which a subject's down time at an instant was corrected.

    None when it was not down then, or stays down.
    """
    if not _holds(down[subject], at):
        return None
    latest = _latest(records, at, lambda record: record.covers(subject))
    if latest or subject != HUB:
        return latest
    acts = [_latest(records, at, lambda record: record.covers(name)) for name in CONDITIONS if _holds(down.get(name, ()), at)]  # noqa: B023
    if not acts or None in acts:
        return None
    return State.UNKNOWN if State.UNKNOWN in acts else State.UP


def _latest(records: Sequence[Correction], at: int, concerns: Callable[[Correction], bool]) -> State | None:
    """Return the state that the latest record gives an instant; None when there is no record."""
    acts = [record.act for record in records if concerns(record) and record.start_us <= at < record.end_us]
    return State(acts[-1].value) if acts else None


def _holds(intervals: Sequence[DownInterval], at: int) -> bool:
    return any(interval.start_us <= at and (interval.end_us is None or at < interval.end_us) for interval in intervals)


# --- announced changes


class Change(NamedTuple):
    """A planned change of application or infrastructure, and when it was announced.

    `announced_us` is the instant that `author` says: it may have been announced elsewhere, by mail
    or by telephone. `recorded_us` is when that was recorded; None in a record of 0.1, which was
    announced when it was recorded.
    """

    seq: int
    hub: str
    planned_us: int
    announced_us: int
    title: str
    author: str
    recorded_us: int | None = None

    @property
    def backdated(self) -> bool:
        """Whether it was announced before it was recorded."""
        return self.recorded_us is not None and self.announced_us < self.recorded_us

    @property
    def due_us(self) -> int:
        """The latest instant at which it had to be announced."""
        return months_before(self.planned_us, NOTICE_MONTHS)

    @property
    def late(self) -> bool:
        """Whether it was announced too late (docs/contract.md, 2.1: « Toute modification
        applicative ou d'infrastructure fait l'objet d'une information préalable de la DINSIC dans
        un délai de six mois »).
        """
        return self.announced_us > self.due_us


def months_before(at_us: int, count: int) -> int:
    """Return the instant of the same local time in Europe/Paris, `count` calendar months before.

    It is on the last day of the month where the month has no such day.
    """
    local = at(at_us).astimezone(PARIS)
    year, month = divmod(local.year * 12 + local.month - 1 - count, 12)
    first = local.replace(year=year, month=month + 1, day=1)
    following = first.replace(year=year + (month + 1) // 12, month=(month + 1) % 12 + 1)
    last = (following - timedelta(days=1)).day
    earlier = first.replace(day=min(local.day, last))
    return microseconds(earlier)
