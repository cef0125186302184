"""The leader's lock is one PostgreSQL session: it goes with the session, and so does what was not
committed.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db.session_lock import SessionLock
from tests.servers.postgres import Postgres

KEY = -(2**63) + 17
"""The smallest numbers of an advisory lock are negative: a signed 64-bit number."""


@pytest.fixture
def url(running_postgres: Postgres) -> str:
    return running_postgres.database()


@pytest.fixture
def locks(url: str) -> Iterator[tuple[SessionLock, SessionLock]]:
    """The locks of two probers that want the same."""
    with ExitStack() as ends:
        first, second = SessionLock.of(url, KEY, "first"), SessionLock.of(url, KEY, "second")
        ends.callback(first.close)
        ends.callback(second.close)
        yield first, second


def end_other_sessions(url: str) -> None:
    """As an administrator, or a server that restarts, ends them."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid() AND datname = current_database()")
        )
    engine.dispose()


def test_one_prober_holds_it_at_a_time(locks: tuple[SessionLock, SessionLock]) -> None:
    first, second = locks
    assert (first.take(), second.take()) == (True, False)
    assert (first.held, second.held) == (True, False)


def test_it_may_be_taken_again_by_who_holds_it(locks: tuple[SessionLock, SessionLock]) -> None:
    first, second = locks
    assert first.take()
    assert first.take()
    first.give_up()
    assert second.take(), "one giving up is enough, however often it was taken"


def test_who_gives_it_up_leaves_it_to_another_and_may_do_so_twice(locks: tuple[SessionLock, SessionLock]) -> None:
    first, second = locks
    first.take()
    first.give_up()
    first.give_up()
    assert not first.held
    assert second.take()


def test_a_transaction_writes_through_the_session_that_holds_it(locks: tuple[SessionLock, SessionLock]) -> None:
    first, second = locks
    first.take()
    with first.transaction() as connection:
        connection.execute(text("CREATE TABLE kept (n integer)"))
    first.give_up()
    second.take()
    with second.transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kept")) == 0


def test_without_the_lock_there_is_no_transaction(locks: tuple[SessionLock, SessionLock]) -> None:
    with pytest.raises(LedgerError, match="first: another prober may hold its lock"), locks[0].transaction():
        raise AssertionError("no transaction begins without the lock")


def test_a_failure_within_a_transaction_gives_the_lock_up_and_keeps_nothing(locks: tuple[SessionLock, SessionLock]) -> None:
    first, second = locks
    first.take()
    with pytest.raises(DBAPIError), first.transaction() as connection:
        connection.execute(text("CREATE TABLE kept (n integer); SELECT 1 / 0"))
    assert not first.held
    assert second.take()
    with second.transaction() as connection:
        assert connection.scalar(text("SELECT to_regclass('kept')")) is None


def test_who_lost_its_session_can_write_nothing_and_knows_it_afterwards(url: str, locks: tuple[SessionLock, SessionLock]) -> None:
    first, second = locks
    first.take()
    end_other_sessions(url)
    assert first.held, "nobody told it yet"
    with pytest.raises(DBAPIError), first.transaction() as connection:
        connection.execute(text("CREATE TABLE kept (n integer)"))
    assert not first.held
    assert second.take()


def test_holding_a_lock_that_is_lost_is_an_error_of_the_ledger(url: str, locks: tuple[SessionLock, SessionLock]) -> None:
    first, _ = locks
    first.take()
    first.hold()
    end_other_sessions(url)
    with pytest.raises(LedgerError, match=r"^first: "):
        first.hold()
    assert not first.held


def test_a_server_that_is_not_there_is_an_error_of_the_ledger() -> None:
    lock = SessionLock.of("postgresql://nobody@127.0.0.1:1/none", KEY, "the lock cannot be had")
    with pytest.raises(LedgerError, match=r"^the lock cannot be had: "):
        lock.take()
    assert not lock.held
    lock.close()
