"""Leader election among the probers of a shared store: an advisory lock of one PostgreSQL session.

The leader writes through the session that holds the lock. So the right to write and the current
transaction end together, however the process or its machine ends: the server releases the
lock when it closes the session. It does so at once when the process is gone, and after some
twenty seconds when the machine or the network is (TCP keep-alives). A session that has been silent
for longer than its `idle_session_timeout` is closed too, so a frozen process loses the lock
(PostgreSQL 15, "Explicit Locking", 13.3.5; "Client Connection Defaults", 20.11.1).

It needs a session of its own: a pooler that shares one among transactions (pgbouncer's
`pool_mode=transaction`) must not stand between.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db import postgres
from probe.ledger.db.store import reason


class SessionLock:
    """One lock, held by this process or not. Its methods may be called from several threads."""

    def __init__(self, engine: Engine, key: int, failed: str) -> None:
        """`key`: the advisory lock's number, signed 64 bits. `failed`: how errors begin.

        `engine` should keep no sessions of its own (`of`): a lock lasts as long as its session.
        """
        self._engine = engine
        self._key = key
        self._failed = failed
        self._connection: Connection | None = None
        self._threads = Lock()

    @classmethod
    def of(cls, url: str, key: int, failed: str, session: Mapping[str, str] | None = None) -> "SessionLock":
        """Return a lock on the server at `url`, with these settings of its session.

        Nothing connects yet.
        """
        return cls(postgres.connect(url, writes=True, session=dict(session or {}), pooled=False), key, failed)

    @property
    def held(self) -> bool:
        """Whether this process holds the lock, as far as it knows."""
        return self._connection is not None

    def take(self) -> bool:
        """Take the lock if it is free. Return whether this process holds it now.

        Raises LedgerError when the server cannot be asked.
        """
        with self._threads:
            if self._connection is None:
                self._connection = self._session_with_lock()
            return self._connection is not None

    def _session_with_lock(self) -> Connection | None:
        session = None
        try:
            session = self._engine.connect().execution_options(isolation_level="READ COMMITTED")
            with session.begin():
                free = session.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key})
        except DBAPIError as error:
            if session is not None:
                _end(session)
            raise LedgerError(f"{self._failed}: {reason(error)}") from error
        if free:
            return session
        session.close()
        return None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction of the session that holds the lock, which is committed at the end.

        On any failure the lock is given up, and the failure is raised as it is. Raises LedgerError
        when the lock is not held.
        """
        with self._threads:
            if self._connection is None:
                raise LedgerError(f"{self._failed}: another prober may hold its lock")
            try:
                with self._connection.begin():
                    yield self._connection
            except BaseException:
                self._give_up()
                raise

    def hold(self) -> None:
        """Run a small statement, so that the server does not close the session as idle.

        Raises LedgerError when the lock is lost.
        """
        try:
            with self.transaction() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise LedgerError(f"{self._failed}: {reason(error)}") from error

    def give_up(self) -> None:
        """Give the lock back. May be called twice."""
        with self._threads:
            self._give_up()

    def close(self) -> None:
        """Give the lock back, and close every connection."""
        self.give_up()
        self._engine.dispose()

    def _give_up(self) -> None:
        session, self._connection = self._connection, None
        if session is not None:
            _end(session)


def _end(session: Connection) -> None:
    """End the session itself: its locks go with it."""
    with suppress(DBAPIError):
        session.invalidate()
    with suppress(DBAPIError):
        session.close()
