"""The register in the database: numbers without gaps, acts that are chained,
incidents that are what their acts make them.
"""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from probe.audit.verify import verify
from probe.core.incident.model import MACHINE, Act, ActKind, IncidentState, Origin, Scope, Severity
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import replay
from probe.incidents.store import register
from probe.incidents.store.outbox import Route
from probe.ledger.db import schema
from probe.ledger.db.store import open_store, writing
from tests.marks import in_a_file

AT = 1_767_600_000_000_000
EVERYTHING = Route("everything", frozenset(Severity))


def opened(subject: str = "", author: str = MACHINE, at_us: int = AT, severity: int = 2) -> Act:
    data: dict[str, str | int | bool | None] = {
        "hub": "fc",
        "subject": subject,
        "origin": Origin.PERSON.value,
        "severity": severity,
        "title": subject or "?",
    }
    return Act(register.NEW, at_us, author, ActKind.OPENED, data)


def written(engine: Engine, *acts: Act, routes: tuple[Route, ...] = ()) -> list[register.Written]:
    with writing(engine) as connection:
        register.hold(connection)
        return register.write(connection, acts, AT, routes)


def findings(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [str(one) for one in verify(connection).findings]


def test_incidents_are_numbered_from_one_on_without_gaps(engine: Engine) -> None:
    numbers = [written(engine, opened())[0].incident.number for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_an_incident_is_read_as_its_acts_make_it(engine: Engine) -> None:
    (first,) = written(engine, opened("idp:ameli"))
    number = first.incident.number
    written(engine, Act(number, AT + 1, "Ada", ActKind.ACKNOWLEDGED), Act(number, AT + 2, "Ada", ActKind.WAITING, {"request": "logs?"}))
    with engine.connect() as connection:
        stored = register.get(connection, number)
        acts = [act for _, act in register.acts_of(connection, number)]
    assert stored == replay(acts)
    assert stored is not None
    assert (stored.state, stored.waits, stored.scope) == (IncidentState.WAITING, ((AT + 2, None),), Scope("fc", "idp:ameli"))


def test_an_incident_of_vigie_0_1_0_verifies_and_one_that_began_again_is_read_back(engine: Engine) -> None:
    """0.1.0 knew no `again_us`, and its rows are compared with what the acts make."""
    written(engine, opened("idp:ameli"), Act(1, AT, MACHINE, ActKind.RESOLVED, {"text": "over", "ended_us": AT}))
    with engine.connect() as connection:
        assert "again_us" not in connection.scalars(select(schema.incident.c.content)).one()
    written(engine, Act(1, AT, MACHINE, ActKind.REOPENED, {"reason": "again", "detail": "another cause", "again_us": AT + 7}))
    with engine.connect() as connection:
        stored = register.get(connection, 1)
    assert stored is not None
    assert (stored.again_us, stored.detail) == (AT + 7, "another cause")
    written(engine, Act(1, AT, "Ada", ActKind.RESOLVED, {"text": "mended"}), Act(1, AT, "Ada", ActKind.REOPENED, {"reason": "no"}))
    with engine.connect() as connection:
        assert register.get(connection, 1) == replay([act for _, act in register.acts_of(connection, 1)])
    assert findings(engine) == []


def test_a_scope_has_one_open_incident(engine: Engine) -> None:
    (first,) = written(engine, opened("mire_missing"))
    with pytest.raises(RefusedActError) as refused:
        written(engine, opened("mire_missing"))
    assert refused.value.code == "open_already"
    written(engine, Act(first.incident.number, AT + 1, "Ada", ActKind.RESOLVED, {"text": "mended"}))
    (second,) = written(engine, opened("mire_missing"))
    assert second.incident.number == 2
    with pytest.raises(RefusedActError):
        written(engine, Act(1, AT + 2, "Ada", ActKind.REOPENED, {"reason": "again"}))


def test_what_is_refused_leaves_nothing_behind(engine: Engine) -> None:
    written(engine, opened())
    with pytest.raises(RefusedActError):
        written(engine, opened(), Act(1, AT, "Ada", ActKind.RESUMED, {"reason": "?"}), routes=(EVERYTHING,))
    with engine.connect() as connection:
        assert [act.kind for _, act in register.acts_after(connection)] == [ActKind.OPENED]
        assert connection.execute(select(schema.outbox)).all() == []


def test_the_letters_are_written_with_the_acts(engine: Engine) -> None:
    written(engine, opened(), routes=(EVERYTHING,))
    written(engine, Act(1, AT, "Ada", ActKind.COMMENTED, {"text": "seen"}), routes=(EVERYTHING,))
    with engine.connect() as connection:
        letters = connection.execute(select(schema.outbox.c.incident, schema.outbox.c.act)).all()
    assert [tuple(letter) for letter in letters] == [(1, 1), (1, 2)]


def test_the_acts_are_chained_and_an_altered_one_is_found(engine: Engine) -> None:
    written(engine, opened(), opened())
    assert findings(engine) == []
    with writing(engine) as connection:
        connection.execute(update(schema.act).where(schema.act.c.seq == 2).values(author="Mallory"))
    assert "table='act', number=2" in findings(engine)[0]


def test_an_incident_that_is_not_what_its_acts_make_is_found(engine: Engine) -> None:
    written(engine, opened())
    with writing(engine) as connection:
        connection.execute(update(schema.incident).values(severity=5))
    assert [one for one in findings(engine) if "incident" in one] != []


def _open_many(path: Path, count: int) -> None:
    engine = open_store(path)
    for _ in range(count):
        written(engine, opened(), routes=(EVERYTHING,))
    engine.dispose()


@in_a_file
def test_several_processes_at_once_give_each_number_once(path: Path, engine: Engine) -> None:
    forked = multiprocessing.get_context("spawn")
    others = [forked.Process(target=_open_many, args=(path, 25)) for _ in range(3)]
    for one in others:
        one.start()
    _open_many(path, 25)
    for one in others:
        one.join(60)
    assert [one.exitcode for one in others] == [0, 0, 0]
    with engine.connect() as connection:
        assert [one.number for one in register.listed(connection)] == list(range(100, 0, -1))
        assert register.last_seq(connection) == 100
    assert findings(engine) == []
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT count(*) FROM outbox").fetchone() == (100,)
