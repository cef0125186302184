"""A shared store: whoever evaluates keeps the register, in the transaction of the rows;
a broken register stops no evaluation.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select

from probe.audit.verify import verify
from probe.core.incident.model import ActKind
from probe.core.judgement.observation import Observation
from probe.incidents.automation import Automation
from probe.incidents.service import IncidentService
from probe.incidents.store.situations import Place
from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox, shared
from probe.ledger.writer import WithRows, nothing
from tests.builders import BEGUN, SECOND, SPEC, idp_down, journey, mire
from tests.fakes.watched_hub import always
from tests.servers.postgres import Postgres

VANTAGES = ("brest", "paris")


@pytest.fixture
def url(running_postgres: Postgres) -> str:
    return running_postgres.ledger()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()


def outage() -> list[Observation]:
    """Half a minute of an IdP's outage, and what was before."""
    found = [each for at in range(0, 60, 10) for each in (mire(at), journey("yris", at + 1))]
    found += [idp_down("ameli", at) if at > 20 else journey("ameli", at) for at in (2, 12, 22, 32, 42)]
    return sorted(found, key=lambda one: one.finished_us)


def evaluated(url: str, engine: Engine, with_rows: WithRows) -> None:
    """Both vantages bring the same, and it is evaluated."""
    inbox = Inbox(engine)
    inbox.configure([shared(SPEC)], BEGUN)
    for vantage in VANTAGES:
        told = [replace(one, vantage=vantage) for one in outage()]
        inbox.deliver(vantage, vantage, list(enumerate(told, start=1)), BEGUN)
    evaluator = Evaluator(url, with_rows)
    try:
        assert evaluator.take_lead()
        while evaluator.step().events:
            pass
    finally:
        evaluator.close()


def automation() -> Automation:
    return Automation(always(places=(Place("fc", ("ameli", "yris")),)), lambda: BEGUN + 60 * SECOND)


def test_the_evaluators_rows_and_their_incident_are_one_transaction(url: str, engine: Engine) -> None:
    kept = automation()
    evaluated(url, engine, kept.with_rows)
    service = IncidentService(engine, kept.terms, lambda: BEGUN + 60 * SECOND)
    [incident] = service.incidents()
    assert (incident.scope.subject, incident.began_us) == ("idp:ameli", BEGUN + 22 * SECOND)
    service.act(incident.number, ActKind.ACKNOWLEDGED, author="Ada")
    kept.tick(engine)
    with engine.connect() as connection:
        assert verify(connection).findings == []
    assert kept.failures == 0


def test_a_prober_that_evaluates_later_finds_what_is_missing(url: str, engine: Engine) -> None:
    evaluated(url, engine, nothing)
    kept = automation()
    assert kept.tick(engine)
    assert not kept.tick(engine)
    assert len(IncidentService(engine, kept.terms, lambda: BEGUN + 60 * SECOND).incidents()) == 1


def test_a_broken_register_stops_no_evaluation(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = automation()

    def break_down(connection: object, *_: object) -> None:
        engine_error = select(func.count()).select_from(schema.incident).where(schema.incident.c.hub == 1)
        connection.execute(engine_error)  # type: ignore[attr-defined]  # the server refuses it: the transaction would be lost

    monkeypatch.setattr(kept, "apply_rules", break_down)
    evaluated(url, engine, kept.with_rows)
    assert kept.failures > 0
    with engine.connect() as connection:
        down = select(func.count()).select_from(schema.interval).where(schema.interval.c.state == "down")
        assert connection.scalar(down) == 1
