"""Reads past outages and observations with their evidence.

Observations are kept for the retention time and outages for ever, so an outage may have none left.
Every method raises LedgerError when the database refuses, or holds anything that Vigie did not
write.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, case, func, literal_column, or_, select

from probe.core.judgement.direct_failures import says_more
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, SetupPart, Step
from probe.core.judgement.past import ChangedSetting, OutageName, OutageStory, PastOutage, StoredObservation, kinds_of
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, C2, C3, State, Subject, SubjectKind
from probe.core.judgement.timeline import Outage
from probe.core.judgement.unknown_part import UnknownPart
from probe.core.times import DAY_US
from probe.errors import GoneError, NoneSuchError
from probe.ledger.db import records, schema
from probe.ledger.db.numbering import last_given
from probe.ledger.figures.outage_marks import Marks
from probe.ledger.figures.runs import on
from probe.ledger.figures.tracks import Ledgered
from probe.ledger.figures.unknown_time import SPANS, unknown_parts
from probe.ledger.reader import Reader, telling_of_errors

MOST = 500
"""Observations of one outage that are read at once."""

_TABLE = schema.observation
_SHOWING = tuple(step.value for step in (Step.DISCOVERY, Step.AUTHORIZE, Step.MIRE))
_FAILED = _TABLE.c.outcome == literal_column("'failed'")  # by the index of failures, which a parameter would not match
_VOUCHES = 3  # intervals, as the judgement has it by default


class Past:
    """Reads one ledger, each time at one instant. It may be called in any thread."""

    def __init__(self, engine: Engine) -> None:
        self._connect: Callable[[], AbstractContextManager[Connection]] = engine.connect

    @classmethod
    def on(cls, connection: Connection) -> "Past":
        """Return a reader within a connection's transaction."""
        past = cls(connection.engine)
        past._connect = lambda: nullcontext(connection)
        return past

    @telling_of_errors
    def hubs(self) -> list[str]:
        """Return the hubs that the ledger knows, in the order of their names."""
        with self._connect() as connection:
            return sorted({hub for hub, _ in Reader.on(connection).subjects()})

    @telling_of_errors
    def idps(self, hub: str | None = None) -> list[str]:
        """Return the IdPs that the ledger knows, of one hub or of all, by their names."""
        with self._connect() as connection:
            known = [Subject.parse(subject).idp for name, subject in Reader.on(connection).subjects() if hub in (None, name)]
        return sorted({each for each in known if each is not None})

    @telling_of_errors
    def observation(self, number: int) -> StoredObservation:
        """Return one observation. Raises NoneSuchError, or GoneError for one that was deleted."""
        with self._connect() as connection:
            found = next(_stored(connection, select(_TABLE).where(_TABLE.c.id == number)), None)
            if found is not None:
                return found
            if 0 < number <= last_given(connection):
                raise GoneError(f"observation {number} was deleted when its retention time was over")
        raise NoneSuchError(f"there is no observation {number}")

    @telling_of_errors
    def latest_failure(self, hub: str) -> StoredObservation | None:
        """Return the newest observation of a hub that failed; None when none is kept."""
        query = select(_TABLE).where(_TABLE.c.hub == hub, _FAILED).order_by(_TABLE.c.started_us.desc(), _TABLE.c.id.desc()).limit(1)
        with self._connect() as connection:
            return next(_stored(connection, query), None)

    @telling_of_errors
    def latest_acceptance(self, hub: str, negative: str, until_us: int) -> StoredObservation | None:
        """Return the newest negative journey that found accepted what the hub must refuse.

        It began by `until_us`. None when none is kept.
        """
        mine = _TABLE.c.hub == hub, _TABLE.c.kind == Kind.NEGATIVE.value, _TABLE.c.idp == negative, _TABLE.c.started_us <= until_us
        query = select(_TABLE).where(*mine, _TABLE.c.reason == Reason.NEGATIVE_PASSED.value)
        with self._connect() as connection:
            return next(_stored(connection, query.order_by(_TABLE.c.started_us.desc(), _TABLE.c.id.desc()).limit(1)), None)

    @telling_of_errors
    def outages(
        self,
        now_us: int,
        hub: str | None = None,
        *,
        since_us: int | None = None,
        before: OutageName | None = None,
        wanted: Callable[[Outage], bool] = lambda _: True,
        latest: int | None = None,
    ) -> list[PastOutage]:
        """Return outages in the order of their start, as of `now_us`.

        `hub`: of this hub only. `since_us`: those that were not over by then. `before`: those that
        come before this one. `wanted`: those for which it is true. `latest`: so many at most, the
        last ones.
        """
        with self._connect() as connection:
            found = Reader.on(connection).outages(now_us, hub, since_us)
            if before is not None:
                last = (before.at_us, before.hub, before.subject)
                found = [each for each in found if (each.start_us, each.hub, each.subject) < last]
            found = [each for each in found if wanted(each)]
            return _with_evidence(connection, found[-latest:] if latest else found, now_us)

    @telling_of_errors
    def outage(self, name: OutageName, now_us: int) -> PastOutage:
        """Return the outage that began or held at the instant of its name, as of `now_us`.

        Raises NoneSuchError when there is none.
        """
        with self._connect() as connection:
            return _whole(connection, _found(connection, name, now_us), now_us)

    @telling_of_errors
    def story(self, name: OutageName, now_us: int, most: int = MOST) -> OutageStory:
        """Return an outage with its observations, the first `most` of them.

        Raises NoneSuchError when no outage began or held at the instant of its name.
        """
        with self._connect() as connection:
            outage = _found(connection, name, now_us)
            mine = _during(outage, now_us)
            count = connection.scalar(select(func.count()).select_from(_TABLE).where(mine)) or 0
            query = select(_TABLE).where(mine).order_by(_TABLE.c.started_us, _TABLE.c.id).limit(min(most, MOST))
            return OutageStory(_whole(connection, outage, now_us), list(_stored(connection, query)), count)


def _found(connection: Connection, name: OutageName, now_us: int) -> Outage:
    outage = name.find(Reader.on(connection).outages(now_us, name.hub, name.at_us - 1))
    if outage is None:
        raise NoneSuchError(f"the ledger knows no outage {name}")
    return outage


def _whole(connection: Connection, outage: Outage, now_us: int) -> PastOutage:
    """Return an outage with all that is known of it."""
    [past] = _with_evidence(connection, [outage], now_us)
    first_us = func.min(_TABLE.c.started_us)
    query = (
        select(first_us, _TABLE.c.setup, _TABLE.c.part)
        .where(_during(outage, now_us), _TABLE.c.outcome != Outcome.OK.value, _TABLE.c.kind != Kind.DIRECT, _TABLE.c.setup.is_not(None))
        .group_by(_TABLE.c.setup, _TABLE.c.part)
        .order_by(first_us)
    )
    failures = [(at_us, setup, SetupPart(part) if part else None) for at_us, setup, part in connection.execute(query)]
    states = _idps_meanwhile(connection, outage) if outage.subject == C3 else {}
    return replace(
        past,
        changed=ChangedSetting.of(failures),
        idps=sorted(idp for idp, down in states.items() if down),
        watched=len(states),
        unknown=_unknown(connection, outage, now_us) if outage.unknown_us else (),
    )


def _unknown(connection: Connection, outage: Outage, now_us: int) -> list[UnknownPart]:
    """Return why time within an outage is unknown."""
    run, end_us = on(connection), now_us if outage.end_us is None else outage.end_us
    spans = Ledgered(run, outage.hub, outage.subject).unknowns(outage.start_us, end_us, SPANS)
    return unknown_parts(run, outage.hub, outage.subject, spans, outage.unknown_us)


def _idps_meanwhile(connection: Connection, outage: Outage) -> dict[str, bool]:
    """Return the IdPs that were watched while an outage lasted, and whether each was down then."""
    table = schema.interval.c
    down = func.max(case((table.state == State.DOWN, 1), else_=0))
    begun = [] if outage.end_us is None else [table.start_us < outage.end_us]
    lasted = or_(table.end_us.is_(None), table.end_us > outage.start_us)
    query = select(table.subject, down).where(table.hub == outage.hub, lasted, *begun).group_by(table.subject)
    states = [(Subject.parse(subject), bool(was_down)) for subject, was_down in connection.execute(query)]
    return {subject.name: was_down for subject, was_down in states if subject.idp is not None and not subject.client}


def _with_evidence(connection: Connection, outages: Sequence[Outage], now_us: int) -> list[PastOutage]:
    oldest_us = connection.scalar(select(func.min(_TABLE.c.started_us)))
    marks = Marks(on(connection))
    return [_past(connection, each, now_us, marks, oldest_us) for each in outages]


def _past(connection: Connection, outage: Outage, now_us: int, marks: Marks, oldest_us: int | None) -> PastOutage:
    where = (outage.hub, outage.subject, outage.start_us)
    stated = tuple((one.seq, one.act.value) for one in marks.records(*where, outage.end_us))
    kept = oldest_us is not None and (outage.end_us is None or outage.end_us > oldest_us)
    told = telling(connection, outage, now_us) if kept else None
    direct = _direct(connection, outage, now_us) if kept else None
    return PastOutage(outage, told, stated, marks.imported(*where), direct=direct)


def _direct(connection: Connection, outage: Outage, until_us: int) -> Cause | None:
    """Return what most journeys met that asked an outage's IdP without the hub; None where it
    answered most of them, or where that says no more than the outage's cause.
    """
    if Subject.parse(outage.subject).idp is None:
        return None
    columns = _TABLE.c.outcome, _TABLE.c.reason, _TABLE.c.step, _TABLE.c.fault
    mine = _during(outage, until_us), _TABLE.c.kind == Kind.DIRECT.value, _TABLE.c.outcome != Outcome.INCONCLUSIVE.value
    counted = connection.execute(select(func.count(), *columns).where(*mine).group_by(*columns).order_by(func.count().desc(), *columns))
    passed, failed, found = 0, 0, None
    for count, outcome, reason, step, fault in counted:
        if outcome == Outcome.OK.value:
            passed += count
            continue
        failed += count
        found = found or Cause(fault and Fault(fault), reason and Reason(reason), step and Step(step))
    return found if found is not None and failed > passed and says_more(found, outage.cause) else None


def telling(connection: Connection, outage: Outage, until_us: int) -> StoredObservation | None:
    """Return the observation that tells why; None when none is kept.

    It is the first failure of the outage that shows its cause; else the last one before it that
    shows it and still vouched then; else the first or the last of those that show another cause.
    `until_us`: what began later does not count.
    """
    started_us = _TABLE.c.started_us
    within = started_us >= outage.start_us
    order = [_first(within), case((within, started_us), else_=-started_us), _TABLE.c.id]
    if outage.cause is not None:
        order.insert(0, _first(_shows(outage.cause)))
    query = select(_TABLE).where(_during(outage, until_us), _FAILED, _TABLE.c.kind != Kind.DIRECT).order_by(*order).limit(1)
    return next(_stored(connection, query), None)


def _first(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Sort what meets a condition before what does not."""
    return case((condition, 0), else_=1)


def _shows(cause: Cause) -> ColumnElement[bool]:
    compared = cause.reason in (Reason.AT_EVERY_IDP, Reason.AT_THIS_IDP_ONLY)  # which no observation has
    names = ("step", "code") if compared else ("step", "reason", "code")
    return and_(*(getattr(_TABLE.c, name).is_not_distinct_from(getattr(cause, name)) for name in names))


def _during(outage: Outage, until_us: int) -> ColumnElement[bool]:
    """Return the observations that speak of the outage's subject while it lasts.

    A failure of the same kind before it that still vouched when it began is a part of it: C2 and
    C3 begin with the last IdP that fails, and an IdP's outage when it is known to be no other's.
    """
    table, subject = _TABLE.c, Subject.parse(outage.subject)
    client, idp = subject.seen_by, subject.idp
    end_us = until_us + 1 if outage.end_us is None else min(outage.end_us, until_us + 1)
    vouched = table.started_us + _VOUCHES * table.interval_us > outage.start_us
    begun = or_(table.started_us >= outage.start_us, and_(vouched, _FAILED, *_of_kind(subject)))
    return and_(
        table.hub == outage.hub,
        table.backend.is_(None),
        table.kind.in_(sorted(kinds_of(outage.subject))),
        *([table.idp == idp] if idp is not None else []),
        _of_client(client, kinds_of(outage.subject)),
        begun,
        table.started_us >= outage.start_us - DAY_US,  # for the index; nothing vouches for so long
        table.started_us < end_us,
    )


def _of_kind(subject: Subject) -> Iterator[ColumnElement[bool]]:
    """Return what a failure before an outage must be to belong to it.

    One that got no mire belongs to a C1 before it. C2 is about citizens who had logged in.
    """
    if subject.kind is SubjectKind.CLIENT or subject.name == C1:
        return
    yield _TABLE.c.step.not_in(_SHOWING)
    if subject.name == C2:
        yield _TABLE.c.authenticated


def _of_client(client: str, kinds: frozenset[Kind]) -> ColumnElement[bool]:
    """Return the journeys that a client made, and those that ask an IdP without the hub."""
    table = _TABLE.c
    made = table.client == client if client else table.client.is_(None)
    return or_(made, table.kind == Kind.DIRECT) if Kind.DIRECT in kinds else made


def _stored(connection: Connection, query: Select[Any]) -> Iterator[StoredObservation]:
    for row in connection.execute(query).mappings():
        yield StoredObservation(row["id"], records.to_observation({str(name): value for name, value in row.items()}))
