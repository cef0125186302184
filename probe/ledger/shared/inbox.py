"""Delivers a vantage's observations, in its own order, and its settings to a shared store.

A vantage that delivers holds the *inbox* until its commit: an advisory lock of the transaction (on
SQLite the write lock does the same). So numbers are given in the order of commits, and a reader
that has read up to a number never finds a smaller one later. An insert takes a millisecond and a
vantage delivers tens a minute, so nobody waits for long. The alternative, reading behind the oldest
running transaction (`pg_snapshot_xmin`), would let any forgotten session hold the evaluation back.

Nothing comes twice and nothing is left out: a vantage numbers its observations itself, and the
number of its last one is committed together with it.

A vantage's name belongs to one prober: the session that delivers holds an advisory lock on it. Two
probers under one name would look like one whose clock jumps. The server releases the name when the
session ends (`probe.ledger.db.session_lock`). A process that is merely frozen keeps it until it is
ended.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self

from sqlalchemy import Connection, Engine, desc, func, insert, select, text, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from probe.core.judgement.observation import Observation
from probe.core.judgement.spec import HubSpec
from probe.errors import LedgerError
from probe.ledger.db import postgres, records, schema
from probe.ledger.db.chain import append
from probe.ledger.db.numbering import last_given, numbered
from probe.ledger.db.session_lock import SessionLock
from probe.ledger.db.store import is_file, reason, writing
from probe.ledger.sightings import append_sightings

_INBOX = 0x56494749_02

Numbered = tuple[int, Observation]


class VantageTakenError(LedgerError):
    """Another running prober watches as the same vantage."""


class UnwritableError(LedgerError):
    """An observation can never be written, however often it is tried. Nothing was changed."""


class Inbox:
    """A vantage's way into a shared store. One thread at a time may use it.

    Every method raises LedgerError when the store cannot be reached. Nothing was changed then.
    """

    def __init__(self, engine: Engine, vantage: str | None = None) -> None:
        """`vantage`: the name that is claimed before anything is delivered.

        With a name, `engine` should keep no sessions of its own (see `of`).
        """
        self._engine = engine
        self._vantage = vantage
        self._lock = None if vantage is None or is_file(engine) else SessionLock(engine, _key(vantage), "the shared store cannot be had")

    @classmethod
    def of(cls, url: str, vantage: str) -> Self:
        """Return an inbox on a server, under a vantage's name. Nothing connects yet."""
        return cls(postgres.connect(url, writes=True, pooled=False), vantage)

    def claim(self) -> None:
        """Claim the vantage's name, or see that this prober still holds it.

        Raises VantageTakenError while another prober has it.
        """
        with self._open("asked") as connection:
            connection.execute(text("SELECT 1"))

    def delivered(self, source: str) -> int:
        """Return the number of the last observation that came from this source; 0 at first."""
        table = schema.source
        with self._open("read") as connection:
            return connection.scalar(select(table.c.delivered).where(table.c.id == source)) or 0

    def deliver(self, source: str, vantage: str, observations: Iterable[Numbered], now_us: int) -> int:
        """Commit the new ones of these observations, all or none. Their numbers ascend.

        `now_us` is only used where the store has no clock of its own (SQLite). Return the number
        of the last one delivered. Raises UnwritableError when one of them can never be written.
        """
        numbered_ones = list(observations)
        with self._open("written") as connection:
            _hold(connection)
            return _deliver(connection, source, vantage, numbered_ones, now_us)

    def pass_over(self, source: str, vantage: str, number: int) -> int:
        """Skip an observation that can never be written. Return its number."""
        with self._open("written") as connection:
            _hold(connection)
            _registered(connection, source, vantage)
            connection.execute(update(schema.source).where(schema.source.c.id == source).values(delivered=number))
        return number

    def configure(self, specs: Sequence[HubSpec], at_us: int) -> None:
        """Write the settings of these hubs from `at_us` on, where they differ from those in
        force.
        """
        with self._open("written") as connection:
            _hold(connection)
            for spec in specs:
                _configure(connection, shared(spec), at_us)

    def now_us(self, otherwise: int) -> int:
        """Return the time of the store's own clock; `otherwise` where it has none (SQLite)."""
        with self._open("read") as connection:
            return _clock(connection, otherwise)

    def leave(self) -> None:
        """Release the name and every lock. May be called twice."""
        if self._lock is not None:
            self._lock.give_up()

    def close(self) -> None:
        self.leave()
        self._engine.dispose()

    @contextmanager
    def _open(self, failed_to_be: str) -> Iterator[Connection]:
        """Open a transaction, under the vantage's name where there is one.

        `failed_to_be` completes the error: "the shared store could not be ...".
        """
        try:
            with self._transaction() as connection:
                yield connection
        except (DataError, IntegrityError, ValueError) as error:
            self.leave()
            why = reason(error) if isinstance(error, DBAPIError) else type(error).__name__
            raise UnwritableError(f"the shared store can never take it: {why}") from error
        except DBAPIError as error:
            self.leave()
            raise LedgerError(f"the shared store could not be {failed_to_be}: {reason(error)}") from error

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._lock is None:
            with writing(self._engine) as connection:
                yield connection
            return
        if not self._lock.take():
            raise VantageTakenError(f"another prober already watches as vantage {self._vantage}: give each a name of its own (vantage:)")
        with self._lock.transaction() as connection:
            yield connection


def _key(vantage: str) -> int:
    """Return the key of the advisory lock on a name: a signed 64-bit number."""
    return int.from_bytes(hashlib.sha256(f"vigie vantage {vantage}".encode()).digest()[:8], signed=True)


def shared(spec: HubSpec) -> HubSpec:
    """Return the settings that all vantages have in common. Each may be a client of its own."""
    return replace(spec, shared=True, client="")


def alone(spec: HubSpec) -> HubSpec:
    """Return the settings by which a vantage corroborates and confirms its own observations
    alone.
    """
    return replace(spec, shared=False, min_vantages=1)


def _hold(connection: Connection) -> None:
    if not is_file(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _INBOX})


def _clock(connection: Connection, now_us: int) -> int:
    return now_us if is_file(connection) else postgres.now_us(connection)


def _deliver(connection: Connection, source: str, vantage: str, observations: Sequence[Numbered], now_us: int) -> int:
    table = schema.source
    delivered = _registered(connection, source, vantage)
    received = _clock(connection, now_us)
    new = [(number, seen) for number, seen in observations if number > delivered]
    if new:
        rows = [_columns(seen, source, number, received) for number, seen in new]
        connection.execute(insert(schema.observation), numbered(connection, rows))
        for (_, seen), row in zip(new, rows, strict=True):
            append_sightings(connection, seen, row["digest"])
        delivered = new[-1][0]
        connection.execute(update(table).where(table.c.id == source).values(delivered=delivered, vantage=vantage))
    return delivered


def _registered(connection: Connection, source: str, vantage: str) -> int:
    """Return the number of the last observation from this source. A new source is registered."""
    table = schema.source
    delivered = connection.scalar(select(table.c.delivered).where(table.c.id == source))
    if delivered is None:
        connection.execute(insert(table), {"id": source, "vantage": vantage, "delivered": 0})
    return delivered or 0


def _columns(seen: Observation, source: str, number: int, received_us: int) -> dict[str, Any]:
    code, error_id = (text and _storable(text) for text in (seen.code, seen.error_id))
    storable = replace(seen, extract=_storable(seen.extract), code=code, error_id=error_id)
    return {**records.from_observation(storable), "source": source, "number": number, "received_us": received_us}


def _storable(written: str) -> str:
    """Return the text as PostgreSQL can store it: valid Unicode without NUL."""
    return written.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _configure(connection: Connection, spec: HubSpec, at_us: int) -> None:
    table = schema.setting
    last = connection.execute(select(table.c.spec).where(table.c.hub == spec.name).order_by(desc(table.c.id)).limit(1)).first()
    if last is not None and HubSpec.from_json(last.spec) == spec:
        return
    latest = connection.scalar(select(func.max(table.c.at_us))) or 0
    columns = {"hub": spec.name, "at_us": max(at_us, latest), "after_observation": last_given(connection), "spec": spec.to_json()}
    append(connection, table, columns)
