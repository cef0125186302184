"""The API with a register on a PostgreSQL server, and several callers at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.core.incident.model import ActKind, IncidentState
from tests.exporters.http.test_api_register import OPENING, House
from tests.fakes.alertmanager import alert, notification
from tests.fakes.api import RECEIVER, bearer
from tests.servers.postgres import Postgres


@pytest.fixture
def house(running_postgres: Postgres, tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, running_postgres.ledger())
    yield made
    made.engine.dispose()


async def test_several_callers_at_once_do_each_thing_once(house: House) -> None:
    async with house.memory_api.client(bearer()) as client:
        opened = await asyncio.gather(*(client.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k"}) for _ in range(6)))
        assert {answer.json()["number"] for answer in opened} == {1}
        acknowledged = await asyncio.gather(*(client.post("/incidents/1/acknowledge") for _ in range(6)))
        assert sorted(answer.status_code for answer in acknowledged) == [200, 409, 409, 409, 409, 409]
    ((_, acts),) = house.story()
    assert [act.kind for act in acts] == [ActKind.OPENED, ActKind.ACKNOWLEDGED]


async def test_the_same_alert_at_once_is_one_incident_and_its_end_resolves_it_once(house: House) -> None:
    async with house.memory_api.client(bearer(RECEIVER)) as client:
        for told in (alert(idp="ameli"), alert(0, 60, idp="ameli")):
            answers = await asyncio.gather(*(client.post("/alertmanager", json=notification(told)) for _ in range(6)))
            results = sorted(one["result"] for answer in answers for one in answer.json()["alerts"])
            assert results[1:] == ["unchanged"] * 5
    ((incident, acts),) = house.story()
    assert (incident.state, [act.kind for act in acts].count(ActKind.RESOLVED)) == (IncidentState.RESOLVED, 1)


async def test_every_character_that_is_taken_can_be_stored_and_is_read_back(house: House) -> None:
    odd = "é € 𝄞 \N{COMBINING ACUTE ACCENT} \\ ' \" % ; -- \ufffd"
    async with house.memory_api.client(bearer()) as client:
        made = await client.post("/incidents", json={**OPENING, "title": odd, "detail": f"{odd}\n\t{odd}"})
        assert made.status_code == 201, made.text
        told = (await client.get("/incidents/1")).json()
        assert (told["title"], told["detail"]) == (odd, f"{odd}\n\t{odd}")
    async with house.memory_api.client(bearer(RECEIVER)) as client:
        spoilt = {**alert(idp="ameli"), "annotations": {"summary": "a\0b", "description": "c\0d"}}
        assert (await client.post("/alertmanager", json=notification(spoilt))).status_code == 200
