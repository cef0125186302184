"""The API with a real register: accepted calls change it, refused calls do not."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from exporters.http.openapi import description
from exporters.http.requests import ACTS
from probe.config.load import load
from probe.core.incident.model import Act, ActKind, Incident, IncidentState, Origin, Severity
from probe.errors import LedgerError
from probe.incidents.policy import policy_of
from probe.incidents.service import IncidentService
from probe.ledger.db.store import open_store, writing
from probe.ledger.past import Past
from probe.service.api_backend import ApiBackend
from probe.service.past_answers import LedgerPast
from tests.fakes.alertmanager import alert, at_us, notification
from tests.fakes.api import ADA, PASSWORD, RECEIVER, ApiInMemory, bearer, is_problem
from tests.fakes.register import configuration

NOW = at_us(3_600)


class House:
    """A register in a file, the API over it, and its clock."""

    def __init__(self, folder: Path, store: str = "vigie.db", **more: Any) -> None:
        self.config = load(configuration(folder, store=store, **more))
        self.engine = open_store(self.config.store)
        self.now = NOW
        self.service = IncidentService(self.engine, policy_of(self.config), lambda: self.now)
        self.front = ApiBackend(lambda: self.service, self)
        self.past = LedgerPast(Past(self.engine), lambda: self.now)
        self.memory_api = ApiInMemory(self.front, past=self.past)

    def story(self) -> list[tuple[Incident, tuple[Act, ...]]]:
        found = self.service.incidents(states=None)
        return [(shown.incident, shown.acts) for shown in (self.service.show(one.number) for one in reversed(found))]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.memory_api.client(bearer()) as made:
        yield made


@pytest.fixture
async def manager(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.memory_api.client() as made:
        made.auth = httpx.BasicAuth("alertmanager", PASSWORD)
        yield made


def follows(answer: httpx.Response, name: str) -> Any:
    """The answer, which is as the description says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": description()["components"]}
    Draft202012Validator(schema).validate(answer.json())
    return answer.json()


OPENING = {"title": "Une panne", "severity": 2, "idp": "ameli"}


async def test_an_incident_goes_its_whole_way(house: House, client: httpx.AsyncClient) -> None:
    made = await client.post("/incidents", json={**OPENING, "detail": "Deux\nlignes"})
    assert follows(made, "Incident")["reference"] == "VIGIE-1"
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("acknowledge", {}, "acknowledged"),
        ("assign", {"to": "level3"}, "in_hand"),
        ("wait", {"request": "Vos journaux ?"}, "waiting"),
        ("resume", {"reason": "reçus"}, "in_hand"),
        ("severity", {"severity": 1, "reason": "tous"}, "in_hand"),
        ("blocking", {"blocking": True}, "in_hand"),
        ("comment", {"text": "vu"}, "in_hand"),
        ("resolve", {"text": "réparé"}, "resolved"),
        ("notify", {"to": "Camille"}, "resolved"),
        ("remark", {"text": "encore"}, "resolved"),
        ("reopen", {"reason": "encore"}, "in_hand"),
        ("resolve", {"text": "réparé"}, "resolved"),
        ("close", {"way": "confirmed", "by": "Camille", "how": "spoken", "when": "2026-11-20T11:00:00Z"}, "closed"),
    ]
    for name, body, state in steps:
        answer = await client.post(f"/incidents/1/{name}", json=body)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        assert follows(answer, "Incident")["state"] == state
    told = follows(await client.get("/incidents/1"), "Story")
    assert [one["kind"] for one in told["acts"]] == ["opened", *(ACTS[name].kind.value for name, _, _ in steps)]
    assert {one["author"] for one in told["acts"]} == {"ada"}
    assert (told["way"], told["closed"]) == ("confirmed", "2026-11-20T11:00:00.000000Z")


async def test_what_is_refused_changed_nothing(house: House, client: httpx.AsyncClient) -> None:
    await client.post("/incidents", json=OPENING)
    before = house.story()
    refusals = [
        ("/incidents/1/notify", {"to": "Camille"}, 409),
        ("/incidents/1/close", {"way": "confirmed"}, 409),
        ("/incidents/1/close", {"way": "no_remark"}, 409),
        ("/incidents/1/resume", {"reason": "x"}, 409),
        ("/incidents/1/reopen", {"reason": "x"}, 409),
        ("/incidents/1/merge", {"into": 1}, 409),
        ("/incidents/1/merge", {"into": 99}, 422),
        ("/incidents/1/severity", {"severity": 2, "reason": "x"}, 409),
        ("/incidents/1/acknowledge", {"at": "2026-11-20T12:00:00Z"}, 422),
        ("/incidents/1/acknowledge", {"at": "2020-01-01T00:00:00Z"}, 422),
        ("/incidents/99/acknowledge", {}, 404),
        ("/incidents", {**OPENING, "hub": "elsewhere"}, 422),
        ("/incidents", {**OPENING, "idp": "elsewhere"}, 422),
        ("/deactivations/fc/ameli/approve", {}, 409),
        ("/deactivations/fc/elsewhere/approve", {}, 404),
        ("/outbox/rt/1/retry", {}, 404),
    ]
    for path, body, status in refusals:
        told = is_problem(await client.post(path, json=body), status)
        assert bool(told.get("code")) is (status == 409)
    assert house.story() == before
    assert house.front.intake["api", "refused"] == 13


async def test_a_trouble_in_the_future_is_refused(house: House, client: httpx.AsyncClient) -> None:
    """Every outage to come would be taken for a part of an incident that ends in 2999."""
    later = "2999-01-01T00:00:00Z"
    is_problem(await client.post("/incidents", json={**OPENING, "began": later}), 422)
    await client.post("/incidents", json={**OPENING, "began": "2026-11-20T10:10:00Z"})
    is_problem(await client.post("/incidents/1/resolve", json={"text": "x", "ended": later}), 422)
    is_problem(await client.post("/incidents/1/resolve", json={"text": "x", "ended": "2026-11-20T10:09:59Z"}), 422)
    assert [len(acts) for _, acts in house.story()] == [1]


async def test_an_alert_that_ends_in_the_future_is_over_now(house: House, manager: httpx.AsyncClient) -> None:
    await tell(manager, alert(idp="ameli"))
    await tell(manager, alert(0, 10**9, idp="ameli"))
    ((incident, _),) = house.story()
    assert (incident.state, incident.ended_us) == (IncidentState.RESOLVED, NOW)
    house.now += 2 * 3_600_000_000
    await tell(manager, alert(3 * 3_600, idp="ameli"))
    assert [one.state for one, _ in house.story()] == [IncidentState.RESOLVED, IncidentState.NEW]


async def test_a_name_that_is_not_ours_is_repeated_in_part_and_as_text(client: httpx.AsyncClient) -> None:
    foreign = "<b>" + "x" * 190
    for path, body in (("/incidents", {**OPENING, "hub": foreign}), ("/incidents", {**OPENING, "idp": foreign})):
        told = is_problem(await client.post(path, json=body), 422)
        assert foreign[:80] in told["detail"]
        assert foreign[:81] not in told["detail"]
    is_problem(await client.get(f"/idps?hub={'x' * 8_000}"), 422)
    for path in (f"/outages/fc/{'x' * 5_000}@2026-01-01T00:00:00Z", "/outages/%00/C1@2026-01-01T00:00:00Z"):
        assert "x@" not in is_problem(await client.get(path), 404)["detail"]


async def test_the_same_key_does_the_same_thing_once(house: House, client: httpx.AsyncClient) -> None:
    first = await client.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k"})
    again = await client.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k"})
    assert (first.json(), first.headers["location"]) == (again.json(), again.headers["location"])
    for _ in range(2):
        await client.post("/incidents/1/comment", json={"text": "vu"}, headers={"Idempotency-Key": "c"})
    ((_, acts),) = house.story()
    assert [act.kind for act in acts] == [ActKind.OPENED, ActKind.COMMENTED]


async def test_the_same_key_at_the_same_time_does_it_once(house: House, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k"}) for _ in range(8)))
    assert {answer.json()["number"] for answer in answers} == {1}
    assert len(house.story()) == 1


async def test_a_key_outlives_the_process(house: House, client: httpx.AsyncClient) -> None:
    await client.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k"})
    async with ApiInMemory(house.front).client(bearer()) as restarted:
        assert (await restarted.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k"})).json()["number"] == 1
    assert len(house.story()) == 1


async def test_incidents_come_in_pages_and_by_what_they_are(house: House, client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.post("/incidents", json={**OPENING, "severity": 1 + number % 2, "idp": ("ameli", "yris")[number % 2]})
    await client.post("/incidents/5/resolve", json={"text": "réparé"})
    page = (await client.get("/incidents?limit=3")).json()
    assert [one["number"] for one in page["incidents"]] == [4, 3, 2]
    rest = (await client.get(page["next"].removeprefix("/api/v1"))).json()
    assert ([one["number"] for one in rest["incidents"]], rest["next"]) == ([1], None)
    assert [one["number"] for one in (await client.get("/incidents?severity=2&state=all&idp=yris")).json()["incidents"]] == [4, 2]
    assert [one["number"] for one in (await client.get("/incidents?state=resolved")).json()["incidents"]] == [5]
    assert (await client.get("/incidents?since=2026-11-20T11:00:01Z&state=all")).json()["incidents"] == []


async def test_the_hubs_administrators_see_every_idp(client: httpx.AsyncClient) -> None:
    told = (await client.get("/idps")).json()["idps"]
    assert [(one["name"], one["tile"], one["state"], one["flag"]["state"]) for one in told] == [
        (name, f"uid-{name}", "unknown", "none") for name in ("ameli", "yris", "msa", "nobodys")
    ]
    for one in told:
        Draft202012Validator({"$ref": "#/components/schemas/Idp", "components": description()["components"]}).validate(one)
    is_problem(await client.get("/idps?hub=elsewhere"), 422)
    assert (await client.get("/deactivations")).json() == {"deactivations": []}


async def test_the_report_says_what_the_indicator_is(house: House, client: httpx.AsyncClient) -> None:
    await client.post("/incidents", json=OPENING)
    told = follows(await client.get("/report"), "Report")
    assert (told["month"]["name"], told["month"]["received"], told["month"]["young"]) == ("month=2026-11", 1, 1)
    assert (told["month"]["contract"]["percent"], told["month"]["mature"]["percent"]) == ("0.0000", None)
    assert (await client.get("/report?month=2026-10")).json()["month"]["received"] == 0
    for wrong in ("2026-13", "november", "2030-01"):
        is_problem(await client.get(f"/report?month={wrong}"), 422)


async def test_the_outbox_is_shown(client: httpx.AsyncClient) -> None:
    assert (await client.get("/outbox")).json() == {"letters": []}


# --- Alertmanager


async def tell(manager: httpx.AsyncClient, *alerts: dict[str, Any]) -> list[tuple[str, str | None]]:
    answer = await manager.post("/alertmanager", json=notification(*alerts))
    assert answer.status_code == 200, answer.text
    return [(one["result"], one.get("incident")) for one in follows(answer, "Taken")["alerts"]]


async def test_an_alert_opens_an_incident_of_its_scope_and_its_end_resolves_it(house: House, manager: httpx.AsyncClient) -> None:
    assert await tell(manager, alert(idp="ameli")) == [("opened", "VIGIE-1")]
    ((incident, _),) = house.story()
    assert (incident.scope, incident.idp, incident.severity, incident.origin) == (
        ("fc", "idp:ameli"),
        "ameli",
        Severity.MAJOR,
        Origin.ALERT,
    )
    assert incident.began_us == at_us(0)
    assert await tell(manager, alert(0, 60, idp="ameli")) == [("attached", "VIGIE-1")]
    ((incident, _),) = house.story()
    assert (incident.state, incident.ended_us) == (IncidentState.RESOLVED, at_us(60))


async def test_duplicates_replays_and_what_comes_out_of_order_change_nothing(house: House, manager: httpx.AsyncClient) -> None:
    await tell(manager, alert(idp="ameli"))
    before = house.story()
    assert await tell(manager, alert(idp="ameli"), alert(idp="ameli")) == [("unchanged", "VIGIE-1")] * 2
    assert house.story() == before
    await tell(manager, alert(0, 60, idp="ameli"))
    before = house.story()
    for again in (alert(idp="ameli"), alert(0, 60, idp="ameli"), alert(0, 90, idp="ameli")):
        assert await tell(manager, again) == [("unchanged", "VIGIE-1")]
    assert house.story() == before


async def test_an_end_of_what_was_never_told_changes_nothing_and_its_beginning_comes_too_late(
    house: House, manager: httpx.AsyncClient
) -> None:
    assert await tell(manager, alert(0, 60, idp="ameli")) == [("unchanged", None)]
    assert await tell(manager, alert(0, idp="ameli")) == [("unchanged", None)]
    assert house.story() == []


async def test_of_grouped_alerts_each_goes_to_its_own_scope(house: House, manager: httpx.AsyncClient) -> None:
    group = [alert(idp="ameli"), alert(idp="yris"), alert(name="Disk", vigie_severity="4"), alert(1, idp="ameli", name="Other")]
    assert await tell(manager, *group) == [("opened", "VIGIE-1"), ("opened", "VIGIE-2"), ("opened", "VIGIE-3"), ("attached", "VIGIE-1")]
    before = house.story()
    assert {result for result, _ in await tell(manager, *reversed(group))} == {"unchanged"}
    assert house.story() == before


async def test_an_incident_is_resolved_when_the_last_of_its_alerts_is_over(house: House, manager: httpx.AsyncClient) -> None:
    await tell(manager, alert(idp="ameli"), alert(idp="ameli", name="Other"))
    await tell(manager, alert(0, 60, idp="ameli"))
    assert [incident.state for incident, _ in house.story()] == [IncidentState.NEW]
    await tell(manager, alert(0, 90, idp="ameli", name="Other"))
    assert [incident.state for incident, _ in house.story()] == [IncidentState.RESOLVED]


async def test_a_start_that_moves_is_the_same_occurrence(house: House, manager: httpx.AsyncClient) -> None:
    """Of two Prometheus Alertmanager counts the earlier start, once it is told."""
    await tell(manager, alert(10, idp="ameli"))
    before = house.story()
    assert await tell(manager, alert(3, idp="ameli")) == [("unchanged", "VIGIE-1")]
    assert house.story() == before
    await tell(manager, alert(3, 60, idp="ameli"))
    assert [incident.state for incident, _ in house.story()] == [IncidentState.RESOLVED]
    assert await tell(manager, alert(10, idp="ameli")) == [("unchanged", "VIGIE-1")]


async def test_a_late_end_of_an_earlier_occurrence_does_not_end_this_one(house: House, manager: httpx.AsyncClient) -> None:
    await tell(manager, alert(0, idp="ameli"))
    await tell(manager, alert(600, idp="ameli"))
    await tell(manager, alert(0, 60, idp="ameli"))
    assert [incident.state for incident, _ in house.story()] == [IncidentState.NEW]
    await tell(manager, alert(600, 700, idp="ameli"))
    assert [incident.state for incident, _ in house.story()] == [IncidentState.RESOLVED]


async def test_a_recurrence_within_half_an_hour_reopens_and_a_later_one_opens_anew(house: House, manager: httpx.AsyncClient) -> None:
    await tell(manager, alert(0, idp="ameli"))
    await tell(manager, alert(0, 60, idp="ameli"))
    again = alert(60 + 1_799, idp="ameli")
    again["annotations"]["description"] = "Why it fires again."
    assert await tell(manager, again) == [("attached", "VIGIE-1")]
    assert house.story()[0][0].detail.startswith("Why it fires again.")
    await tell(manager, alert(1_859, 1_900, idp="ameli"))
    house.now += 3_600_000_000
    assert await tell(manager, alert(1_900 + 1_801, idp="ameli")) == [("opened", "VIGIE-2")]


async def test_what_a_person_settled_is_not_opened_again_by_a_replay(
    house: House, client: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    await tell(manager, alert(idp="ameli"))
    await client.post("/incidents/1/resolve", json={"text": "fausse alerte"})
    before = house.story()
    assert await tell(manager, alert(idp="ameli")) == [("unchanged", "VIGIE-1")]
    assert house.story() == before


@pytest.mark.parametrize(
    ("subject", "labels"),
    [
        ("idp:ameli", {"idp": "ameli"}),
        ("mire_missing", {"condition": "mire_missing"}),
        ("all_idps_unavailable", {"idp": "yris"}),
        ("slow:ameli", {"name": "VigieIdpSlow", "idp": "ameli", "vigie_severity": "3"}),
    ],
)
async def test_what_the_machines_own_incident_covers_is_attached_to_it(
    house: House, manager: httpx.AsyncClient, subject: str, labels: Any
) -> None:
    house.service.open(author="Ada", hub="fc", severity=Severity.MAJOR, title="x", subject=subject, origin=Origin.CONDITION)
    assert await tell(manager, alert(**labels)) == [("attached", "VIGIE-1")]
    await tell(manager, alert(ends=60, **labels))
    assert [incident.state for incident, _ in house.story()] == [IncidentState.NEW]


async def test_a_worse_alert_raises_the_severity_and_no_alert_lowers_it(house: House, manager: httpx.AsyncClient) -> None:
    await tell(manager, alert(name="Rule", vigie_severity="3"))
    await tell(manager, alert(1, name="Rule", vigie_severity="4"))
    assert [incident.severity for incident, _ in house.story()] == [3]
    await tell(manager, alert(2, name="Rule", vigie_severity="2"))
    assert [incident.severity for incident, _ in house.story()] == [2]


async def test_the_same_alert_through_two_alertmanagers_at_once_is_one_incident(house: House, manager: httpx.AsyncClient) -> None:
    bodies = [notification(alert(idp="ameli"), receiver=f"am-{number}") for number in range(8)]
    answers = await asyncio.gather(*(manager.post("/alertmanager", json=body) for body in bodies))
    results = sorted(one["result"] for answer in answers for one in answer.json()["alerts"])
    assert results == ["opened", *["unchanged"] * 7]
    assert len(house.story()) == 1


async def test_one_alert_of_another_hub_is_refused_alone(house: House, manager: httpx.AsyncClient) -> None:
    answer = await manager.post("/alertmanager", json=notification(alert(idp="ameli"), alert(1, hub="elsewhere")))
    assert [one["result"] for one in answer.json()["alerts"]] == ["opened", "refused"]
    assert house.front.intake == {("alertmanager", "opened"): 1, ("alertmanager", "refused"): 1}


async def test_a_notification_of_which_nothing_is_ours_is_422(house: House, manager: httpx.AsyncClient) -> None:
    told = is_problem(await manager.post("/alertmanager", json=notification(alert(hub="elsewhere"))), 422)
    assert "elsewhere" in told["detail"]
    assert house.story() == []


async def test_one_odd_alert_never_costs_the_others(house: House, manager: httpx.AsyncClient) -> None:
    told = [
        {**alert(name="Long"), "annotations": {"description": "x" * 5_400}, "generatorURL": "http://x/" + "x" * 5_000},
        {**alert(name="Null"), "annotations": {"summary": None}},
        {**alert(name="Half"), "annotations": {"summary": "a\ud800"}},
        {**alert(name="When"), "startsAt": "yesterday"},
        {**alert(), "labels": {"alertname": "Many", **{f"l{number}": "x" for number in range(102)}}},
        {**alert(), "labels": {}},
        alert(9, condition="C1", name="VigieMireMissing"),
    ]
    answer = await manager.post("/alertmanager", content=json.dumps(notification(*told)), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    refused = [(one["number"], one["alert"], one["why"]) for one in answer.json()["alerts"] if one["result"] == "refused"]
    assert refused == [(6, "?", "it has no label alertname"), (4, "When", "its startsAt is no RFC 3339 instant")]
    assert "yesterday" not in answer.text
    follows(answer, "Taken")
    stories = [incident for incident, _ in house.story()]
    assert [one.scope.subject for one in stories] == ["mire_missing", "rule:Long", "rule:Null", "rule:Half", "rule:Many"]
    assert all(len(one.detail) <= 4_000 for one in stories)


async def test_a_flood_is_taken_whole_and_the_worst_of_it_first(house: House, manager: httpx.AsyncClient) -> None:
    told = [alert(number / 1_000, name=f"R{number}", note="x" * 1_000) for number in range(1_500)]
    told += [alert(60, condition="C1"), *(alert(0, 30, name=f"Over{number}") for number in range(20))]
    answer = await manager.post("/alertmanager", json=notification(*told), timeout=300)
    assert answer.status_code == 200, answer.text
    assert (len(answer.json()["alerts"]), answer.json()["untold"]) == (1_000, 521)
    assert house.front.intake == {("alertmanager", "opened"): 1_501, ("alertmanager", "unchanged"): 20}
    first = house.service.show(1).incident
    assert (first.scope.subject, first.severity) == ("mire_missing", Severity.CRITICAL)


async def test_a_store_that_goes_away_halfway_has_it_come_again_and_nothing_is_doubled(
    house: House, manager: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = notification(*(alert(number, name=f"R{number}") for number in range(100)))
    taken, attach_all = [0], IncidentService.attach_all

    def failing(service: IncidentService, some: Any) -> Any:
        taken[0] += len(some)
        if taken[0] > 60:
            raise LedgerError("the disk is full")
        return attach_all(service, some)

    with monkeypatch.context() as patched:
        patched.setattr(IncidentService, "attach_all", failing)
        assert is_problem(await manager.post("/alertmanager", json=told), 503)
    assert len(house.service.incidents()) == 60
    answer = await manager.post("/alertmanager", json=told)
    assert Counter(one["result"] for one in answer.json()["alerts"]) == {"opened": 40, "unchanged": 60}


async def test_an_alert_that_the_register_cannot_take_is_refused_alone_and_alone_comes_again(
    house: House, manager: httpx.AsyncClient
) -> None:
    await tell(manager, alert(name="Spoilt"))
    with writing(house.engine) as connection:
        connection.exec_driver_sql("UPDATE incident SET content = '{}' WHERE number = 1")
    is_problem(await manager.post("/alertmanager", json=notification(alert(9, name="Spoilt", note="x"))), 503)
    assert [result for result, _ in await tell(manager, alert(9, name="Spoilt", note="x"), alert(condition="C1"))] == ["opened", "refused"]


async def test_a_process_that_ends_takes_a_notification_no_further(house: House, manager: httpx.AsyncClient) -> None:
    house.front.end()
    is_problem(await manager.post("/alertmanager", json=notification(alert())), 503)


async def test_a_body_larger_than_the_api_takes_is_taken_of_alertmanager(manager: httpx.AsyncClient) -> None:
    told = [{**alert(name=f"R{number}"), "annotations": {"description": "x" * 1_300_000}} for number in range(3)]
    assert {result for result, _ in await tell(manager, *told)} == {"opened"}
    is_problem(await manager.post("/alertmanager", content=b"x" * (16 * 1_048_576 + 1), headers={"Content-Type": "application/json"}), 413)


async def test_an_empty_notification_changes_nothing(house: House, manager: httpx.AsyncClient) -> None:
    assert await tell(manager) == []


BODIES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["title", "severity", "to", "text", "reason", "way", "at", "into", "version", "alerts", "x"])
            | st.text(max_size=4),
            inner,
        )
    ),
    max_leaves=12,
)
PATHS = [
    "/incidents",
    *(f"/incidents/1/{name}" for name in ACTS),
    "/incidents/99/comment",
    "/deactivations/fc/ameli/propose",
    "/alertmanager",
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), body=BODIES, raw=st.none() | st.binary(max_size=60))
def test_any_body_is_done_or_is_a_clear_4xx_that_changes_nothing(house: House, path: str, body: Any, raw: bytes | None) -> None:
    async def post() -> httpx.Response:
        credentials = bearer(RECEIVER if path == "/alertmanager" else ADA)
        content = json.dumps(body).encode() if raw is None else raw
        async with house.memory_api.client({**credentials, "Content-Type": "application/json"}) as client:
            return await client.post(path, content=content)

    before = house.story()
    answer = asyncio.run(post())
    if answer.status_code >= 300:
        is_problem(answer, answer.status_code)
        assert 400 <= answer.status_code < 500
        assert house.story() == before
