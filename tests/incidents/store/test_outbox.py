"""The outbox: letters written with the acts, taken in order, kept through every failure;
on a file and on a server.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from probe.core.incident.model import ActKind, Severity
from probe.errors import LedgerError
from probe.incidents.store import outbox
from probe.incidents.store.outbox import LetterState, Outbox, QueueCounts, Route, leader_lock
from probe.ledger.db import schema
from probe.ledger.db.store import open_store, writing
from probe.ledger.figures.runs import on
from tests.builders import SECOND
from tests.fakes import incident_acts
from tests.fakes.deliveries import ALL
from tests.fakes.recorder import new_ledger
from tests.servers.postgres import Postgres

US = SECOND
NOW = incident_acts.OPENED_US
SERIOUS = Route("rt", frozenset({Severity.CRITICAL, Severity.MAJOR}))
EVERY = Route("mail", ALL)


class Store:
    """A store, and what a test does with its outbox."""

    def __init__(self, engine: Engine, box: Outbox) -> None:
        self.engine = engine
        self.box = box

    def put(self, number: int, count: int, severity: Severity = Severity.MAJOR, routes: tuple[Route, ...] = (SERIOUS,)) -> int:
        with writing(self.engine) as connection:
            return outbox.put(connection, routes, incident_acts.incident(incident_acts.acts(number)[:count], severity), NOW)

    def states(self, system: str = "rt") -> list[tuple[int, int, str]]:
        table = schema.outbox
        query = select(table.c.incident, table.c.act, table.c.state).where(table.c.system == system).order_by(table.c.incident, table.c.act)
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def standing(self) -> dict[str, QueueCounts]:
        with self.engine.connect() as connection:
            return outbox.queue_counts(on(connection))

    def take(self, at_us: int = NOW, system: str = "rt") -> tuple[int, int, int, bool, str | None] | None:
        letter = self.box.take(system, at_us)
        return letter and tuple(letter[1:])  # type: ignore[return-value]


@contextmanager
def on_file(folder: Path) -> Iterator[Store]:
    engine = new_ledger(folder / "vigie.db")
    yield Store(engine, Outbox(outbox.on_file(engine)))
    engine.dispose()


@contextmanager
def on_server(postgres: Postgres) -> Iterator[Store]:
    url = postgres.ledger()
    engine = open_store(url)
    lock = leader_lock(url)
    assert lock.take()
    yield Store(engine, Outbox(lock.transaction))
    lock.close()
    engine.dispose()


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, running_postgres: Postgres) -> Iterator[Store]:
    with on_file(tmp_path) if request.param == "file" else on_server(running_postgres) as made:
        yield made


def test_a_letter_is_written_for_each_act_and_system_and_none_twice(store: Store) -> None:
    assert store.put(1, 2, routes=(SERIOUS, EVERY)) == 4
    assert store.put(1, 2, routes=(SERIOUS, EVERY)) == 0
    assert store.put(1, 3, routes=(SERIOUS, EVERY)) == 2
    assert store.states("mail") == [(1, 1, "waiting"), (1, 2, "waiting"), (1, 3, "waiting")]


def test_what_is_rolled_back_with_its_act_was_never_written(store: Store) -> None:
    with writing(store.engine) as connection:
        assert outbox.put(connection, [SERIOUS], incident_acts.incident(incident_acts.acts(1)[:1]), NOW) == 1
        connection.rollback()
    assert store.states() == []


def test_a_raised_severity_brings_a_further_system_in_and_it_gets_the_whole_story(store: Store) -> None:
    assert store.put(1, 3, Severity.MEDIUM, (SERIOUS, EVERY)) == 3
    assert store.states("rt") == []
    assert store.put(1, 4, Severity.MAJOR, (SERIOUS, EVERY)) == 5
    assert [act for _, act, _ in store.states("rt")] == [1, 2, 3, 4]


def test_a_lowered_severity_does_not_leave_a_ticket_without_its_end(store: Store) -> None:
    store.put(1, 1, Severity.MAJOR)
    assert store.put(1, 2, Severity.INFO) == 1


def test_letters_go_in_the_order_of_the_acts_and_incidents_do_not_wait_for_each_other(store: Store) -> None:
    store.put(1, 2)
    store.put(2, 2)
    first = store.box.take("rt", NOW)
    assert first is not None
    assert (first.incident, first.act) == (1, 1)
    store.box.fail(first, "later", NOW + US, doubt=False)
    second = store.box.take("rt", NOW)
    assert second is not None
    assert (second.incident, second.act) == (2, 1)
    store.box.delivered(second, "17", NOW)
    third = store.box.take("rt", NOW)
    assert third is not None
    assert third[1:] == (2, 2, 1, False, "17")
    store.box.delivered(third, "17", NOW)
    assert store.take(NOW + US) == (1, 1, 2, False, None)


def test_whoever_takes_a_letter_again_knows_that_the_try_before_may_have_succeeded(store: Store) -> None:
    store.put(1, 1)
    assert store.take() == (1, 1, 1, False, None)
    assert store.take() == (1, 1, 2, True, None)  # the process died in between


def test_a_letter_that_somebody_took_is_not_taken_before_what_he_asked_for_is_over(store: Store) -> None:
    store.put(1, 1)
    assert store.box.take("rt", NOW, 60 * US) is not None
    assert store.take(NOW + 60 * US - 1) is None
    assert store.take(NOW + 60 * US) == (1, 1, 2, True, None)


def test_a_letter_that_failed_is_due_later_and_says_why(store: Store) -> None:
    store.put(1, 1)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    store.box.fail(letter, "x" * 10_000, NOW + 5 * US, doubt=True)
    assert store.take(NOW + 5 * US - 1) is None
    with store.engine.connect() as connection:
        (listed,) = outbox.listed(on(connection))
    assert (listed.tries, listed.due_us, listed.error, listed.state) == (1, NOW + 5 * US, "x" * outbox.LONGEST_ERROR, LetterState.WAITING)
    assert store.take(NOW + 5 * US) == (1, 1, 2, True, None)


def test_the_letter_tried_least_comes_first(store: Store) -> None:
    for number in (1, 2):
        store.put(number, 1)
    for _ in range(3):
        letter = store.box.take("rt", NOW)
        assert letter is not None
        store.box.fail(letter, "", NOW, doubt=False)
    assert store.take() == (2, 1, 2, False, None)


def test_a_dead_letter_holds_those_behind_it_and_no_other_incident(store: Store) -> None:
    store.put(1, 2)
    store.put(2, 1)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    store.box.refuse(letter, "no", NOW, doubt=False)
    assert store.take() == (2, 1, 1, False, None)
    assert store.standing()["rt"] == QueueCounts(waiting=2, oldest_us=NOW, dead=1)


@pytest.mark.parametrize(("system", "incident", "count"), [(None, None, 1), ("rt", None, 1), ("rt", 1, 1), ("mail", None, 0), ("rt", 2, 0)])
def test_the_dead_are_revived_and_those_behind_them_follow(store: Store, system: str | None, incident: int | None, count: int) -> None:
    store.put(1, 2)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    store.box.refuse(letter, "no", NOW, doubt=True)
    with writing(store.engine) as connection:
        assert outbox.revive(connection, NOW + US, system, incident) == count
    assert store.take(NOW + US) == ((1, 1, 1, True, None) if count else None)


def test_a_dropped_letter_lets_those_behind_it_go(store: Store) -> None:
    store.put(1, 2)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    store.box.refuse(letter, "no", NOW, doubt=False)
    with writing(store.engine) as connection:
        assert outbox.drop(connection, NOW, "rt", 1) == 1
    assert store.states() == [(1, 1, "dropped"), (1, 2, "waiting")]
    assert store.take() == (1, 2, 1, False, None)


def test_a_letter_that_was_taken_by_another_is_not_settled_by_the_first(store: Store) -> None:
    store.put(1, 1)
    first = store.box.take("rt", NOW)
    second = store.box.take("rt", NOW)
    assert first is not None
    assert second is not None
    with pytest.raises(LedgerError, match="not as it was taken"):
        store.box.fail(first, "late", NOW, doubt=False)


def test_a_due_time_that_the_wall_clock_moved_out_of_reach_is_due(store: Store) -> None:
    store.put(1, 1)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    store.box.fail(letter, "", NOW + 300 * US, doubt=False)
    assert store.take(NOW - 7 * outbox.LATEST_US) is not None


def test_a_system_that_cannot_be_reached_is_held_as_a_whole_and_hurried_when_it_can(store: Store) -> None:
    store.put(1, 1)
    store.put(2, 1, routes=(SERIOUS, EVERY))
    store.box.hold("rt", NOW + US)
    assert store.take() is None
    assert store.take(system="mail") is not None
    store.box.hurry("rt", NOW)
    assert store.take() is not None


def test_the_ticket_is_known_by_incident(store: Store) -> None:
    store.put(3, 2)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    store.box.delivered(letter, "4711", NOW + US)
    with store.engine.connect() as connection:
        assert outbox.tickets(on(connection), 3) == [outbox.Ticket("rt", "4711", NOW + US)]
        assert outbox.tickets(on(connection), 4) == []


# --- the lock of a shared store


def test_of_several_probers_one_delivers_and_the_next_takes_over(running_postgres: Postgres) -> None:
    url = running_postgres.database()
    open_store(url).dispose()
    one, two = leader_lock(url), leader_lock(url)
    assert one.take()
    assert one.take()  # still
    assert not two.take()
    with pytest.raises(LedgerError, match="another prober"), two.transaction():
        pass
    one.give_up()
    assert two.take()
    with pytest.raises(LedgerError, match="another prober"):
        one.hold()
    for lock in (one, two):
        lock.close()


def test_who_lost_the_seat_can_write_nothing(postgres: Postgres) -> None:
    url = postgres.database()
    engine = open_store(url)
    lock = leader_lock(url)
    assert lock.take()
    store = Store(engine, Outbox(lock.transaction))
    store.put(1, 1)
    letter = store.box.take("rt", NOW)
    assert letter is not None
    with postgres.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    with pytest.raises(LedgerError):
        store.box.delivered(letter, "1", NOW)
    assert not lock.held
    assert lock.take()
    assert store.take() == (1, 1, 2, True, None)
    lock.close()
    engine.dispose()


def test_a_store_that_is_gone_is_an_error_that_names_no_secret(postgres: Postgres) -> None:
    url = postgres.database()
    lock = leader_lock(url.replace("vigie@", "vigie:hunter2000@"))
    postgres.stop()
    with pytest.raises(LedgerError, match="cannot be had") as caught:
        lock.take()
    assert "hunter2000" not in str(caught.value)
    lock.close()


def test_letters_written_by_several_at_once_are_each_written_once(store: Store) -> None:
    def write(number: int) -> None:
        for count in range(1, 6):
            store.put(number, count)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.states() == [(number, act, "waiting") for number in range(1, 5) for act in range(1, 6)]


def test_nothing_that_names_a_person_is_in_an_outbox(store: Store) -> None:
    store.put(1, len(incident_acts.WHOLE))
    with store.engine.connect() as connection:
        everything = " ".join(str(value) for row in connection.execute(select(schema.outbox)) for value in row)
    assert incident_acts.CONTACT.name not in everything
    assert ActKind.OPENED.value not in everything
