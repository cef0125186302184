"""The incident register in the database: the acts, chained by hashes, and each incident after them.

All functions use the caller's transaction. One that writes has taken `hold`: it gives numbers,
applies and chains acts, updates the incidents, and writes the letters to ticket systems, all or
nothing. Acts are never rewritten. Incidents are, as they are a projection: `probe.audit.verify`
computes them again from the acts.

Functions that only read (`get`, `acts_of`, ...) need no `hold`. Instants are UTC microseconds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, desc, func, insert, select, text, update

from probe.core.incident.model import (
    OPEN,
    Act,
    ActKind,
    Incident,
    IncidentClock,
    IncidentState,
    Link,
    Origin,
    Scope,
    Severity,
    Way,
    reference,
)
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply
from probe.errors import LedgerError
from probe.incidents.store import outbox
from probe.incidents.store.outbox import Route
from probe.ledger.db import schema
from probe.ledger.db.chain import append
from probe.ledger.db.store import is_file

NEW = 0
"""The number in an act that opens an incident, which has none yet."""

_HOLD = 0x56494749_06
_AT_ONCE = 1_000


class Written(NamedTuple):
    """A written act, its number, and its incident after it."""

    seq: int
    act: Act
    incident: Incident


def hold(connection: Connection) -> None:
    """Lock the register for writing until the transaction ends, and wait for another writer.

    A file has one writer anyway.
    """
    if not is_file(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _HOLD})


def write(connection: Connection, acts: Iterable[Act], now_us: int, routes: Sequence[Route] = ()) -> list[Written]:
    """Append acts, in their order, and the letters to ticket systems.

    An act of number `NEW` opens an incident, and gets the incident's number.

    Raises RefusedActError when the rules forbid an act, or when its scope has another open incident
    (`open_already`). The caller must then roll back, to a savepoint at least.
    """
    written = [_write(connection, act, now_us) for act in acts]
    latest = {each.incident.number: each.incident for each in written}
    for incident in latest.values():
        outbox.put(connection, routes, incident, now_us)
    return written


def _write(connection: Connection, act: Act, now_us: int) -> Written:
    before = None if act.kind is ActKind.OPENED else get(connection, act.number)
    if act.number == NEW:
        act = replace(act, number=next_number(connection))
    after = apply(before, act)
    _one_open(connection, before, after)
    seq = append(
        connection,
        schema.act,
        {
            "incident": act.number,
            "place": after.acts,
            "at_us": act.at_us,
            "author": act.author,
            "kind": act.kind.value,
            "data": dict(act.data),
            "recorded_us": now_us,
        },
    )
    _project(connection, after, seq)
    return Written(seq, act, after)


def next_number(connection: Connection) -> int:
    """Return the number of the incident opened next."""
    return (connection.scalar(select(func.max(schema.incident.c.number))) or 0) + 1


def _one_open(connection: Connection, before: Incident | None, after: Incident) -> None:
    """docs/domain.md: "One open incident per scope"."""
    if not after.scope.subject or not after.open or (before is not None and before.open):
        return
    other = open_in(connection, after.scope)
    if other is not None and other.number != after.number:
        raise RefusedActError("open_already", f"{other.reference} is open about the same thing")


def _project(connection: Connection, incident: Incident, seq: int) -> None:
    table = schema.incident
    columns = columns_of(incident, seq)
    if connection.execute(update(table).where(table.c.number == incident.number).values(columns)).rowcount == 0:
        connection.execute(insert(table), columns)


def columns_of(incident: Incident, seq: int) -> dict[str, Any]:
    """Return an incident's row; `seq` is the number of its last act."""
    return {
        "number": incident.number,
        "hub": incident.scope.hub,
        "subject": incident.scope.subject,
        "idp": incident.idp,
        "severity": int(incident.severity),
        "state": incident.state.value,
        "open": incident.open,
        "received_us": incident.received_us,
        "latest_us": max(incident.received_us, incident.ended_us or 0, incident.closed_us or 0),
        "changed": seq,
        "content": to_json(incident),
    }


# --- reading


def get(connection: Connection, number: int) -> Incident | None:
    """Return an incident by its number; None when there is none.

    Raises LedgerError when it cannot be read.
    """
    return next(_incidents(connection, select(schema.incident).where(schema.incident.c.number == number)), None)


def open_in(connection: Connection, scope: Scope) -> Incident | None:
    """Return the open incident of a scope; None when there is none."""
    return next(_incidents(connection, _of_scope(scope).where(schema.incident.c.open.is_(True))), None)


def latest_in(connection: Connection, scope: Scope) -> Incident | None:
    """Return the latest incident of a scope, in any state but merged."""
    return next(_incidents(connection, _of_scope(scope).where(schema.incident.c.state != IncidentState.MERGED.value).limit(1)), None)


def _of_scope(scope: Scope) -> Select[Any]:
    table = schema.incident
    return select(table).where(table.c.hub == scope.hub, table.c.subject == scope.subject).order_by(desc(table.c.number))


def unclosed(connection: Connection, hub: str | None = None) -> list[Incident]:
    """Return the incidents that the machine may still change: open and resolved ones, by number."""
    table = schema.incident
    query = select(table).where(table.c.state.in_([*OPEN, IncidentState.RESOLVED])).order_by(table.c.number)
    return list(_incidents(connection, query if hub is None else query.where(table.c.hub == hub)))


def closed_since(connection: Connection, hub: str, since_us: int) -> list[Incident]:
    """Return the closed and merged incidents with an instant at or after `since_us`, by number.

    It is that at which they were received, ended or closed.
    """
    table = schema.incident
    states = (IncidentState.CLOSED, IncidentState.MERGED)
    query = select(table).where(table.c.hub == hub, table.c.latest_us >= since_us, table.c.state.in_(states)).order_by(table.c.number)
    return list(_incidents(connection, query))


def latest_of(connection: Connection, hub: str, subjects: Collection[str]) -> list[Incident]:
    """Return the latest incident of each of these scopes, by number.

    One that was merged counts only while the other is open.
    """
    if not subjects:
        return []
    table = schema.incident
    latest = select(func.max(table.c.number)).where(table.c.hub == hub, table.c.subject.in_(subjects)).group_by(table.c.subject)
    found = _incidents(connection, select(table).where(table.c.number.in_(latest)).order_by(table.c.number))
    return [each for each in found if each.into is None or ((into := get(connection, each.into)) and into.open)]


def changed_after(connection: Connection, seq: int) -> Iterator[Incident]:
    """Yield the incidents with an act after number `seq`."""
    table = schema.incident
    return _incidents(connection, select(table).where(table.c.changed > seq).order_by(table.c.changed))


def listed(
    connection: Connection,
    *,
    hub: str | None = None,
    idp: str | None = None,
    states: Collection[IncidentState] | None = None,
    severity: Severity | None = None,
    since_us: int | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[Incident]:
    """Return incidents, the newest first; `before`: of numbers below it."""
    table = schema.incident
    query = select(table).order_by(desc(table.c.number))
    for column, value in ((table.c.hub, hub), (table.c.idp, idp), (table.c.severity, severity and int(severity))):
        query = query if value is None else query.where(column == value)
    query = query if states is None else query.where(table.c.state.in_([state.value for state in states]))
    query = query if since_us is None else query.where(table.c.received_us >= since_us)
    query = query if before is None else query.where(table.c.number < before)
    return list(_incidents(connection, query if limit is None else query.limit(limit)))


def _incidents(connection: Connection, query: Select[Any]) -> Iterator[Incident]:
    for row in connection.execute(query).mappings():
        yield from_json(row["content"])


def acts_of(connection: Connection, number: int) -> list[tuple[int, Act]]:
    """Return the acts of an incident in their order, each with its number in the register."""
    table = schema.act
    return list(_acts(connection, select(table).where(table.c.incident == number).order_by(table.c.place)))


def acts_after(connection: Connection, seq: int = 0, most: int | None = None) -> Iterator[tuple[int, Act]]:
    """Yield every act after number `seq`, with its number; rows are streamed."""
    table = schema.act
    query = select(table).where(table.c.seq > seq).order_by(table.c.seq)
    return _acts(connection, query if most is None else query.limit(most))


def _acts(connection: Connection, query: Select[Any]) -> Iterator[tuple[int, Act]]:
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows.mappings():
            yield row["seq"], to_act(row)


def last_seq(connection: Connection) -> int:
    """Return the number of the latest act; 0 before any."""
    return connection.scalar(select(func.max(schema.act.c.seq))) or 0


# --- keys of mails and requests that came in


def incident_of_key(connection: Connection, key: str) -> int | None:
    """Return the number of the incident of a key; None when the key never came in."""
    return connection.scalar(select(schema.intake.c.incident).where(schema.intake.c.key == key))


def remember_key(connection: Connection, key: str, incident: int, at_us: int) -> None:
    """Record that a key came in, and belongs to an incident."""
    connection.execute(insert(schema.intake), {"key": key, "incident": incident, "at_us": at_us})


# --- rows and values


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("the data of an act are an object")
    return data


def to_act(row: Mapping[Any, Any]) -> Act:
    """Read a row of the table of acts. Raises LedgerError when its kind is unknown,
    or its data are no object.

    The fields within the data are not read here: one damaged act must not hide the others.
    `probe.core.incident.acts.content_of` reads them, and `vigie verify` tells of the damage.
    """
    try:
        return Act(row["incident"], row["at_us"], row["author"], ActKind(row["kind"]), _object(row["data"]))
    except (ValueError, KeyError, TypeError) as error:
        place = f"act {row['place']} of {reference(row['incident'])}"
        raise LedgerError(f"the register holds what Vigie did not write: {place} cannot be read (run `vigie verify`)") from error


def to_json(incident: Incident) -> dict[str, Any]:
    """Return plain values. Sets are sorted, so that equal incidents are equal texts.

    What Vigie 0.1 did not know is left out where there is none, so that its incidents stay equal.
    """
    values = asdict(incident)
    if incident.again_us is None:
        del values["again_us"]
    values["scope"] = list(incident.scope)
    values["escalated"] = sorted(int(severity) for severity in incident.escalated)
    values["breached"] = sorted([clock.value, int(severity)] for clock, severity in incident.breached)
    values["links"] = [list(link) for link in incident.links]
    values["waits"] = [list(span) for span in incident.waits]
    values["rests"] = [list(span) for span in incident.rests]
    return values


def from_json(content: Mapping[str, Any]) -> Incident:
    """Read what `to_json` wrote. Raises LedgerError for anything else."""
    try:
        return Incident(
            **{
                **content,
                "scope": Scope(*content["scope"]),
                "origin": Origin(content["origin"]),
                "severity": Severity(content["severity"]),
                "state": IncidentState(content["state"]),
                "way": Way(content["way"]) if content["way"] is not None else None,
                "escalated": frozenset(Severity(each) for each in content["escalated"]),
                "breached": frozenset((IncidentClock(clock), Severity(severity)) for clock, severity in content["breached"]),
                "links": tuple(Link(*link) for link in content["links"]),
                "waits": tuple((start, end) for start, end in content["waits"]),
                "rests": tuple((start, end) for start, end in content["rests"]),
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"the register holds what Vigie did not write ({type(error).__name__})") from error
