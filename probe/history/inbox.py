"""What the vantages bring to a shared store: observations in the order of each, and settings.

Who brings something holds the *inbox* until its commit: an advisory lock of the transaction (on SQLite the write lock does the same).
So numbers are given in the order of commits: who has read up to a number will never find a smaller one later. An insert takes a
millisecond and a vantage brings tens a minute, so nobody waits for long; the alternative, reading behind the oldest running
transaction (`pg_snapshot_xmin`), would let any forgotten session hold the evaluation back.

Nothing comes twice and nothing is left out: a vantage numbers its observations itself, and the number of its last one is committed
together with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, desc, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from probe.core.observation import Observation
from probe.core.spec import HubSpec
from probe.errors import LedgerError
from probe.history import records, schema
from probe.history.chained import append
from probe.history.store import is_file, reason, writing

_INBOX = 0x56494749_02

Numbered = tuple[int, Observation]


class Inbox:
    """A vantage's way into a shared store. Every method raises LedgerError when the store cannot be had now: nothing was changed then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delivered(self, source: str) -> int:
        """The number of the last observation that came by this source; 0 at first."""
        table = schema.source
        try:
            with self._engine.connect() as connection:
                return connection.scalar(select(table.c.delivered).where(table.c.id == source)) or 0
        except DBAPIError as error:
            raise LedgerError(f"the shared store could not be read: {reason(error)}") from error

    def deliver(self, source: str, vantage: str, observations: Iterable[Numbered], now_us: int) -> int:
        """Commit what of these is new, all of it or nothing; ascending numbers. `now_us` is only used where the store has no clock
        of its own (SQLite). Returns the number of the last one delivered."""
        wanted = list(observations)
        try:
            with writing(self._engine) as connection:
                _hold(connection)
                return _deliver(connection, source, vantage, wanted, now_us)
        except DBAPIError as error:
            raise LedgerError(f"the shared store could not be written: {reason(error)}") from error

    def configure(self, specs: Sequence[HubSpec], at_us: int) -> None:
        """The settings of these hubs from `at_us` on, where they differ from the ones in force."""
        try:
            with writing(self._engine) as connection:
                _hold(connection)
                for spec in specs:
                    _configure(connection, shared(spec), at_us)
        except DBAPIError as error:
            raise LedgerError(f"the shared store could not be written: {reason(error)}") from error


def shared(spec: HubSpec) -> HubSpec:
    """The settings as all vantages have them in common: each may be a client of its own."""
    return replace(spec, shared=True, client="")


def alone(spec: HubSpec) -> HubSpec:
    """The settings by which a vantage looks at its own observations only, to settle and to confirm them."""
    return replace(spec, shared=False, min_vantages=1)


def _hold(connection: Connection) -> None:
    if not is_file(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _INBOX})


def _clock(connection: Connection, now_us: int) -> int:
    if is_file(connection):
        return now_us
    return int(connection.scalar(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")) or 0)


def _deliver(connection: Connection, source: str, vantage: str, observations: Sequence[Numbered], now_us: int) -> int:
    table = schema.source
    delivered = connection.scalar(select(table.c.delivered).where(table.c.id == source))
    if delivered is None:
        delivered = 0
        connection.execute(insert(table), {"id": source, "vantage": vantage, "delivered": 0})
    received = _clock(connection, now_us)
    new = [(number, seen) for number, seen in observations if number > delivered]
    if new:
        connection.execute(insert(schema.observation), [_columns(seen, source, number, received) for number, seen in new])
        delivered = new[-1][0]
        connection.execute(update(table).where(table.c.id == source).values(delivered=delivered, vantage=vantage))
    return delivered


def _columns(seen: Observation, source: str, number: int, received_us: int) -> dict[str, Any]:
    storable = replace(seen, extract=_storable(seen.extract), code=seen.code and _storable(seen.code))
    return {**records.from_observation(storable), "source": source, "number": number, "received_us": received_us}


def _storable(written: str) -> str:
    """PostgreSQL stores any character but NUL, and Unicode only."""
    return written.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _configure(connection: Connection, spec: HubSpec, at_us: int) -> None:
    table = schema.setting
    last = connection.execute(select(table.c.spec).where(table.c.hub == spec.name).order_by(desc(table.c.id)).limit(1)).first()
    if last is not None and HubSpec.from_json(last.spec) == spec:
        return
    latest = connection.scalar(select(func.max(table.c.at_us))) or 0
    seen = connection.scalar(select(func.max(schema.observation.c.id))) or 0
    columns = {"hub": spec.name, "at_us": max(at_us, latest), "after_observation": seen, "spec": spec.to_json()}
    append(connection, table, columns)
