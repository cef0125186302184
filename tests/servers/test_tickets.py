"""Tickets in a real Request Tracker: one per incident, its whole story, in order, once."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from probe.core.incident.model import ActKind
from probe.incidents.store.outbox import LetterState
from probe.tickets import request_tracker
from probe.tickets.message import RefusedLetterError, TemporaryError, TicketError
from probe.tickets.request_tracker import QueueSettings
from probe.tickets.template import Template
from probe.tickets.wire import Wire
from probe.tickets.wording import TicketWording
from probe.transport.tls import TlsContexts
from tests.fakes import incident_acts
from tests.fakes.deliveries import Deliveries
from tests.fakes.recorder import ledger
from tests.servers import request_tracker as real
from tests.servers.request_tracker import RequestTracker

_numbers = itertools.count(101)


@pytest.fixture
def number() -> int:
    """An incident that Request Tracker has not heard of."""
    return next(_numbers)


@pytest.fixture
def rt(running_request_tracker: RequestTracker) -> RequestTracker:
    running_request_tracker.server.start(60.0)
    return running_request_tracker


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with ledger(tmp_path / "vigie.db") as engine:
        yield engine


def client(rt: RequestTracker, queue: str = real.QUEUE, password: str = real.PASSWORD) -> request_tracker.RequestTracker:
    wire = Wire(rt.url, TlsContexts().get(None), auth=request_tracker.basic(real.LOGIN, password))
    return request_tracker.RequestTracker(wire, QueueSettings(queue, fields={"Etape": Template("{{ step }}")}))


def subjects(number: int, what: list[str]) -> list[str]:
    mark = TicketWording("fr", "Europe/Paris").message(incident_acts.story(incident_acts.acts(number))).mark
    return [f"[{mark}.{act}] {subject}" for act, subject in enumerate(what, start=2)]


STORY = [
    "Constat", "Pris en compte", "Confié à niveau 2", "En attente du fournisseur d'identité", "Reprise du traitement",
    "Escalade vers Équipe Support de niveau 3", "Sévérité 1 (critique)", "Commentaire", "Résolu",
    "Fournisseur d'identité notifié de la résolution", "Rouvert", "Résolu",
    "Fermé : résolu, confirmé par le fournisseur d'identité",
]  # fmt: skip


async def test_the_ticket_s_status_follows_the_incident(rt: RequestTracker, engine: Engine, number: int) -> None:
    deliveries = Deliveries(engine, {"rt": client(rt)})
    found = []
    for kind in (ActKind.OPENED, ActKind.ASSIGNED, ActKind.WAITING, ActKind.RESUMED, ActKind.RESOLVED, ActKind.REOPENED, ActKind.CLOSED):
        deliveries.put(number, next(act for act in incident_acts.WHOLE if act[0] is kind))
        await deliveries.drain("rt")
        found.append(rt.ticket(int(deliveries.ticket(number)))["Status"])
    assert found == ["new", "open", "stalled", "open", "resolved", "open", "resolved"]


async def test_stopped_during_the_whole_story_it_gets_one_ticket_with_all_of_it(rt: RequestTracker, engine: Engine, number: int) -> None:
    deliveries = Deliveries(engine, {"rt": client(rt)})
    rt.server.stop()
    for act in incident_acts.WHOLE:
        deliveries.put(number, act)
        await deliveries.drain("rt")
    assert deliveries.standing()["rt"].waiting == len(incident_acts.WHOLE)
    assert "cannot be reached" in deliveries.listed()[0].error
    rt.server.start(60.0)
    deliveries.deliverer = deliveries.another()
    await deliveries.settle(300.0)
    (ticket,) = rt.tickets(f"[VIGIE-{number}]")
    assert deliveries.ticket(number) == str(ticket)
    title, *comments = (" ".join(subject.split()) for subject in rt.history(ticket))
    assert title == f"[VIGIE-{number}] FranceConnect : fournisseur d'identité l’Assurance maladie indisponible"
    assert comments == subjects(number, STORY)
    found = rt.ticket(ticket)
    assert (found["Status"], found["Priority"]) == ("resolved", "90")
    assert found["CustomFields"][0]["values"] == ["idp-login-page"]  # type: ignore[index]


async def test_an_answer_that_was_lost_makes_neither_a_second_ticket_nor_a_second_comment(
    rt: RequestTracker, engine: Engine, number: int
) -> None:
    deliveries = Deliveries(engine, {"rt": client(rt)})
    deliveries.put(number, *incident_acts.WHOLE[:2])
    for _ in range(2):
        letter = deliveries.outbox.take("rt", deliveries.clock.now_us())
        assert letter is not None
        await deliveries.deliverer._try(letter)  # and here the process dies: nothing is written
        deliveries.outbox.hurry("rt", deliveries.clock.now_us())
        deliveries.deliverer = deliveries.another()
        await deliveries.deliverer.deliver_next("rt")
    (ticket,) = rt.tickets(f"[VIGIE-{number}]")
    assert rt.history(ticket)[1:] == subjects(number, STORY[:1])
    assert [row.state for row in deliveries.rows()] == [LetterState.DELIVERED, LetterState.DELIVERED]


async def test_a_ticket_of_the_same_name_from_another_store_is_not_taken_for_ours(rt: RequestTracker, engine: Engine, number: int) -> None:
    with rt.client() as admin:
        other = {"Queue": real.QUEUE, "Subject": f"[VIGIE-{number}] d’un autre Vigie", "Content": f"Clé : VIGIE-{number}-00000000.1"}
        admin.post("/ticket", json=other).raise_for_status()
    deliveries = Deliveries(engine, {"rt": client(rt)})
    deliveries.put(number, *incident_acts.WHOLE[:1])
    await deliveries.settle()
    assert len(rt.tickets(f"[VIGIE-{number}]")) == 2


async def refusal(system: request_tracker.RequestTracker, number: int, reference: str | None = None) -> TicketError:
    what = incident_acts.WHOLE[:1] if reference is None else incident_acts.WHOLE[:2]
    message = TicketWording("fr", "Europe/Paris").message(incident_acts.story(incident_acts.acts(number, what)))
    with pytest.raises(TicketError) as caught:
        await system.deliver(message, reference)
    return caught.value


@pytest.mark.parametrize("queue", ["Nulle part", real.CLOSED_QUEUE, "d'ici \\ou"])
async def test_a_queue_that_is_not_ours_is_refused_for_good(rt: RequestTracker, number: int, queue: str) -> None:
    error = await refusal(client(rt, queue=queue), number)
    assert isinstance(error, RefusedLetterError)
    assert str(error).startswith("HTTP 403: ")
    assert not error.doubt


async def test_a_proof_reads_the_queue_and_changes_nothing(rt: RequestTracker) -> None:
    assert await client(rt).prove()
    with pytest.raises(TemporaryError, match=r"our credentials are refused"):
        await client(rt, password="wrong-4711").prove()
    with pytest.raises(RefusedLetterError):
        await client(rt, queue="Nobody's").prove()
    rt.server.stop()
    with pytest.raises(TemporaryError, match=r"cannot be reached"):
        await client(rt).prove()


async def test_credentials_that_are_refused_are_tried_again_and_not_shown(rt: RequestTracker, number: int) -> None:
    error = await refusal(client(rt, password="mauvais-4711"), number)
    assert isinstance(error, TemporaryError)
    assert error.away
    assert "4711" not in str(error)


async def test_a_token_does_as_well_as_a_password(rt: RequestTracker, engine: Engine, number: int) -> None:
    wire = Wire(rt.url, TlsContexts().get(None), request_tracker.authorization(rt.token))
    deliveries = Deliveries(engine, {"rt": request_tracker.RequestTracker(wire, QueueSettings(real.QUEUE))})
    deliveries.put(number, *incident_acts.WHOLE[:1])
    await deliveries.settle()
    assert rt.tickets(f"[VIGIE-{number}]") == [int(deliveries.ticket(number))]


async def test_a_ticket_that_is_gone_is_refused_for_good(rt: RequestTracker, number: int) -> None:
    assert isinstance(await refusal(client(rt), number, "999999"), RefusedLetterError)


async def test_a_status_that_its_lifecycle_does_not_know_is_refused_though_rt_answers_200(
    rt: RequestTracker, engine: Engine, number: int
) -> None:
    system = client(rt)
    system._settings = QueueSettings(real.QUEUE, statuses=dict.fromkeys(request_tracker.STATUSES, "nulle-part"))
    deliveries = Deliveries(engine, {"rt": system})
    deliveries.put(number, *incident_acts.WHOLE[:1], (ActKind.ASSIGNED, {"to": "niveau 1"}), (ActKind.COMMENTED, {"text": "après"}))
    await deliveries.drain("rt")
    held = {row.act: (row.state, row.error) for row in deliveries.listed()}
    assert held == {
        2: (LetterState.DEAD, f"ticket {deliveries.ticket(number)} does not take Status nulle-part"),
        3: (LetterState.WAITING, ""),
    }
