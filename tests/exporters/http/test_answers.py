"""Every answer of the API is as the OpenAPI document says.

Each call is made on a real socket, accepted and refused.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from exporters.http import answers
from exporters.http.api import PREFIX, api
from exporters.http.auth import Access
from exporters.http.openapi import description
from exporters.http.requests import LARGEST_NOTIFICATION
from exporters.http.server import Site, application, serve
from probe.cli.output.availability import change_json
from probe.cli.output.changes import seen_change_json
from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.model import MACHINE, Incident
from probe.core.judgement.sighting import Aspect
from probe.core.radar.change import ChangeKind, Difference, SeenChange
from probe.core.radar.notice import noticed
from probe.core.sla.correction import Change
from probe.errors import LedgerError
from probe.incidents import service
from probe.incidents.store.deactivations import Flags
from probe.incidents.store.outbox import Outbox, on_file
from probe.ledger.db import schema
from probe.ledger.db.chain import append
from probe.ledger.db.store import writing
from probe.service import serialize
from tests.builders import a_day, fresh_incident
from tests.exporters.http.test_api_register import NOW, House
from tests.fakes.alertmanager import alert, notification
from tests.fakes.api import ADA, PASSWORD, RECEIVER, bearer, story
from tests.fakes.exporter import HOST, ServedExporter
from tests.fakes.recorder import ImmediateRecorder

MANAGER = httpx.BasicAuth("alertmanager", PASSWORD)
Seen = defaultdict[tuple[str, str], set[int]]
OPENING = {"title": "Une panne", "severity": 2, "idp": "ameli"}
CONFIRMED = {"way": "confirmed", "by": "Camille", "how": "spoken", "when": "2026-11-20T11:00:00Z"}
INCIDENT, ACT, FLAG = "/incidents/{number}", "/incidents/{number}/", "/deactivations/{hub}/{idp}/"
OUTAGE = "C1@2026-01-01T00:01:00.000000Z"
RETRY = "/outbox/{system}/{number}/retry"

LIFE: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {}),
    ("assign", {"to": "level3"}),
    ("wait", {"request": "Vos journaux ?"}),
    ("resume", {"reason": "reçus"}),
    ("severity", {"severity": 1, "reason": "tous"}),
    ("blocking", {"blocking": True}),
    ("comment", {"text": "vu"}),
    ("link", {"to": 2, "relation": "related"}),
    ("resolve", {"text": "réparé", "ended": "2026-11-20T10:59:00Z"}),
    ("notify", {"to": "Camille"}),
    ("remark", {"text": "encore"}),
    ("reopen", {"reason": "encore"}),
    ("resolve", {"text": "réparé"}),
    ("close", CONFIRMED),
]
"""What incident 1 goes through; afterwards it is closed, and each of these is refused
but a comment and a link.
"""


def closed_schema(schema: Any) -> Any:
    """The same schema, in which an object has no other keys than those that are told."""
    if isinstance(schema, list):
        return [closed_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed_schema(one) for name, one in schema.items()}
    return {**found, "additionalProperties": False} if "properties" in found else found


DOCUMENT = description()
COMPONENTS = {"schemas": closed_schema(DOCUMENT["components"]["schemas"])}


class Caller:
    """Calls the API on a socket, and holds every answer to the document."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.seen: Seen = defaultdict(set)

    async def __call__(self, method: str, path: str, status: int, query: str = "", *, body: Any = None, **more: Any) -> Any:
        """Call `path` of the document. `more`: values of its parameters, `headers`, `content`."""
        extra: dict[str, Any] = {name: more.pop(name) for name in ("headers", "content", "auth") if name in more}
        if body is not None:
            extra["json"] = body
        answer = await self.client.request(method, PREFIX + path.format(**more) + query, **extra)
        return self._held(method, path, status, answer)

    async def send_no_body(self, path: str, status: int, length: int, authorization: str, **values: Any) -> None:
        """Say how long a body is, and send none of it."""
        url = self.client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST {PREFIX}{path.format(**values)} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: {authorization}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode())
        told, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        headers = [line.partition(": ")[::2] for line in told.decode().split("\r\n")[1:]]
        self._held("POST", path, status, httpx.Response(int(told.split()[1]), headers=headers, content=body))

    def _held(self, method: str, path: str, status: int, answer: httpx.Response) -> Any:
        """What was answered, which is what the document has for its status."""
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        self.seen[method.lower(), path].add(status)
        content = DOCUMENT["paths"][path][method.lower()]["responses"][str(status)].get("content")
        if content is None:
            assert answer.content == b""
            return None
        ((kind, told),) = content.items()
        assert answer.headers["content-type"] == kind
        Draft202012Validator({**told["schema"], "components": COMPONENTS}).validate(answer.json())
        return answer.json()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Caller]:
    """The API of a register, on a port of this machine."""
    world, stop, port = ServedExporter(), asyncio.Event(), asyncio.get_running_loop().create_future()
    calls = api(house.front, house.past, lambda: house.memory_api.access)
    app = application(Site(world.meters, world.history, world.clock, lambda: world.pending, world.run, api=calls))
    task = asyncio.create_task(serve(app, HOST, 0, stop, port.set_result))
    try:
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{await port}", trust_env=False, timeout=60, headers=bearer()) as client:
            yield Caller(client)
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ticketed = {"name": "hook", "system": "webhook", "url": "http://127.0.0.4:9/", "secret": {"file": "secret"}}
    made = House(tmp_path, tickets=[ticketed])
    with writing(made.engine) as connection:
        planned = {"hub": "fc", "planned_us": NOW + 60_000_000, "announced_us": NOW, "title": "Un nouveau hub", "author": "Ada"}
        append(connection, schema.change, planned)
    yield made
    made.engine.dispose()


def kill_a_letter(house: House) -> None:
    """The ticket system refuses what it is told of incident 1."""
    box = Outbox(on_file(house.engine))
    letter = box.take("hook", 2**50)
    assert letter is not None
    box.refuse(letter, "HTTP 400: no such queue", 2**50, doubt=False)


async def do_all(call: Caller, house: House) -> None:
    """Each call once, where it can be done."""
    await call("GET", "/openapi.json", 200)
    assert (await call("POST", "/incidents", 201, body={**OPENING, "detail": "Deux\nlignes"}))["number"] == 1
    await call("POST", "/incidents", 201, body={"title": "Une autre", "severity": 5})
    kill_a_letter(house)
    assert (await call("GET", "/outbox", 200))["letters"][0]["state"] == "dead"
    assert await call("POST", RETRY, 200, body={}, system="hook", number=1) == {"letters": 1}
    for name, body in LIFE:
        house.now += 1_000_000
        await call("POST", ACT + name, 200, body=body, number=1)
    assert len((await call("GET", INCIDENT, 200, number="VIGIE-1"))["acts"]) == len(LIFE) + 1
    await call("POST", ACT + "merge", 200, body={"into": 1}, number=2)
    await call("POST", "/incidents", 201, body=OPENING)
    page = await call("GET", "/incidents", 200, "?state=all&limit=2")
    assert [one["number"] for one in page["incidents"]] == [3, 2]
    assert page["next"] is not None
    await deactivate(call, house)
    assert [one["flag"]["state"] for one in (await call("GET", "/idps", 200))["idps"]][:2] == ["recovered", "none"]
    assert len((await call("GET", "/deactivations", 200))["deactivations"]) >= 3
    found = await call("GET", "/report", 200)
    assert [one["title"] for one in found["changes"]] == ["Un nouveau hub"]
    assert found["rolling"]["received"] > 0
    await look_back(call, house)
    told = notification(alert(idp="yris"), alert(1, hub="elsewhere"), alert(0, 9, idp="msa"))
    results = [one["result"] for one in (await call("POST", "/alertmanager", 200, body=told, auth=MANAGER))["alerts"]]
    assert sorted(results) == ["opened", "refused", "unchanged"]


async def look_back(call: Caller, house: House) -> None:
    """Read an outage of a day that the ledger has, with its observations."""
    ImmediateRecorder(house.engine).keep(a_day())
    page = await call("GET", "/outages", 200, "?hub=fc&limit=1&since=2026-01-01T00:00:00Z")
    assert [one["id"] for one in page["outages"]] == [f"fc/{OUTAGE}"]
    rest = await call("GET", "/outages", 200, page["next"].removeprefix(f"{PREFIX}/outages"))
    assert ([one["idp"] for one in rest["outages"]], rest["next"]) == (["ameli"], None)
    story = await call("GET", "/outages/{hub}/{name}", 200, "?limit=2", hub="fc", name=OUTAGE)
    assert (story["kept"], len(story["observations"])) == (3, 2)
    assert await call("GET", "/observations/{number}", 200, number=story["observation"]) == story["observations"][0]


def write_steps(house: House, *steps: FlagAct) -> None:
    with writing(house.engine) as connection:
        flags = Flags()
        flags.refresh(connection)
        flags.write(connection, list(steps), house.now)


async def deactivate(call: Caller, house: House) -> None:
    """Of two IdPs that the machine proposes to deactivate, people approve one
    and reject the other.
    """
    for name in ("ameli", "yris"):
        write_steps(house, FlagAct("fc", name, FlagStep.PROPOSED, house.now, MACHINE, evidence={"why": "unavailable", "since_us": NOW}))
    await call("POST", FLAG + "reject", 200, body={"reason": "en maintenance"}, hub="fc", idp="yris")
    await call("POST", FLAG + "approve", 200, body={}, hub="fc", idp="ameli")
    write_steps(house, FlagAct("fc", "ameli", FlagStep.DEACTIVATED, house.now, MACHINE))
    await call("POST", FLAG + "recovered", 200, body={"reason": "revenu"}, hub="fc", idp="ameli")
    # Its guards ask a ledger that has seen a mire: tests/incidents/test_service.py.
    with pytest.MonkeyPatch.context() as unguarded:
        unguarded.setattr(service, "guarded", lambda *_: None)
        await call("POST", FLAG + "propose", 200, body={"reason": "encore en panne"}, hub="fc", idp="msa")


async def refuse_all(call: Caller) -> None:
    """Each call that the register refuses, and what is not there. Incident 1 is closed, 2 merged,
    3 open.
    """
    for name, body in LIFE:
        if name not in ("comment", "link", "reopen"):
            await call("POST", ACT + name, 409, body=body, number=1)
        await call("POST", ACT + name, 404, body=body, number=99)
    await call("POST", ACT + "link", 409, body={"to": 1, "relation": "related"}, number=1)
    await call("POST", ACT + "reopen", 409, body={"reason": "encore"}, number=3)
    await call("POST", ACT + "merge", 409, body={"into": 1}, number=1)
    await call("POST", ACT + "merge", 404, body={"into": 1}, number=99)
    await call("GET", INCIDENT, 404, number=99)
    for step in ("propose", "approve", "reject", "recovered"):
        await call("POST", FLAG + step, 409, body={"reason": "encore"}, hub="fc", idp="nobodys" if step != "propose" else "msa")
        await call("POST", FLAG + step, 404, body={"reason": "encore"}, hub="fc", idp="elsewhere")
    await call("POST", RETRY, 404, body={}, system="hook", number=99)
    await call("GET", "/outages/{hub}/{name}", 404, hub="fc", name="C1@2026-01-01T00:00:00Z")
    await call("GET", "/outages/{hub}/{name}", 404, hub="fc", name="C1")
    await call("GET", "/observations/{number}", 404, number=10**9)
    await call("GET", "/idps", 422, "?hub=elsewhere")
    await call("GET", "/report", 422, "?month=2026-13")


VALUES: dict[str, Any] = {"number": 1, "hub": "fc", "idp": "ameli", "system": "hook", "name": OUTAGE}
JSON = {"Content-Type": "application/json"}
OPERATIONS = [(method, path) for path, calls in DOCUMENT["paths"].items() for method in calls]


async def misuse(call: Caller, house: House, method: str, path: str) -> None:
    """What any call of its kind is refused for: without credentials, not understood, too large,
    too slow, switched off, no register.
    """
    if path == "/openapi.json":
        await call("GET", path, 304, headers={"If-None-Match": "*"})
        return
    manager = path == "/alertmanager"
    auth: dict[str, Any] = {"auth": MANAGER} if manager else {}
    nobody: dict[str, Any] = {"headers": {"Authorization": "Bearer nobody"}}
    if method == "get":
        await call("GET", path, 401, **VALUES, **nobody)
        await call("GET", path, 400, "?colour=red", **VALUES)
        await call("GET", path, 304, **VALUES, headers={"If-None-Match": "*"})
    else:
        await call("POST", path, 401, **VALUES, body={}, **nobody)
        await call("POST", path, 400, **VALUES, content=b"{", headers=JSON, **auth)
        await call("POST", path, 415, **VALUES, content=b"{}", headers={"Content-Type": "text/plain"}, **auth)
        await call("POST", path, 422, **VALUES, content=b"[]", headers=JSON, **auth)
        token = f"Bearer {RECEIVER if manager else ADA}"
        await call.send_no_body(path, 413, LARGEST_NOTIFICATION + 1, token, **VALUES)
        with pytest.MonkeyPatch.context() as impatient:
            impatient.setattr("exporters.http.calls.BODY_SECONDS", 0.05)
            await call.send_no_body(path, 408, 2, token, **VALUES)
        if not manager:
            told = await call("POST", path, 422, **VALUES, body={"colour": "red"})
            assert "colour" in [one["at"] for one in told["errors"]]
    before, house.memory_api.access = house.memory_api.access, Access()
    await call(method.upper(), path, 403, **VALUES, body=None if method == "get" else {}, **auth)
    house.memory_api.access = before


class Away:
    """A register whose database is gone."""

    def __getattr__(self, name: str) -> Any:
        raise LedgerError("the disk is gone")


async def ask_without_register(call: Caller) -> None:
    """Each call while the register's database is gone."""
    bodies = {ACT + name: body for name, body in LIFE} | {ACT + "merge": {"into": 3}, "/incidents": OPENING}
    for method, path in OPERATIONS:
        if path == "/alertmanager":
            await call("POST", path, 503, body=notification(alert(idp="yris")), auth=MANAGER)
        elif path != "/openapi.json":
            body = {"reason": "x"} if path.startswith(FLAG) else bodies.get(path, {})
            await call(method.upper(), path, 503, **VALUES, body=body if method == "post" else None)


NEVER = {("post", ACT + "comment"): {409}}
"""Documented for all acts alike: a comment is taken in every state."""


async def test_every_call_answers_as_the_document_says(house: House) -> None:
    """Done, refused, not there, misused, too slow, and without its database;
    no status that is documented is left out.
    """
    async with served(house) as call:
        await do_all(call, house)
        await refuse_all(call)
        for method, path in OPERATIONS:
            await misuse(call, house, method, path)
        house.service = house.past._past = Away()  # type: ignore[assignment]
        await ask_without_register(call)
    for method, path in OPERATIONS:
        documented = {int(status) for status in DOCUMENT["paths"][path][method]["responses"]}
        unseen = documented - call.seen[method, path] - NEVER.get((method, path), set())
        assert unseen == set(), f"{method} {path}"


def test_a_key_that_the_document_does_not_have_is_noticed() -> None:
    """The test above would fail if an answer had a key more."""
    told = {**story(1, "t").plain(), "colour": "red"}
    validator = Draft202012Validator({"$ref": "#/components/schemas/Story", "components": COMPONENTS})
    assert not validator.is_valid(told)
    del told["colour"]
    assert validator.is_valid(told)


# --- what is answered of an old ledger


def test_every_instant_of_an_incident_is_in_its_answer() -> None:
    """All but those that only the rules need."""
    names = {field.name.removesuffix("_us") for field in fields(Incident) if field.name.endswith("_us")}
    assert names - {"again", "blocking", "reopened"} <= set(answers.IncidentAnswer.model_fields)


def test_an_announced_change_has_one_shape_for_the_api_and_the_commands() -> None:
    """docs/api.md: the commands still have the keys of 0.1, for one version."""
    change = Change(3, "fc", 9 * 10**15, 8 * 10**15, "Un nouveau hub", "Ada")
    told = change_json(change)
    old = {name: told.pop(name) for name in ("announce_by", "planned_us", "announced_us")}
    assert told == serialize.change(change).plain()
    assert old == {"announce_by": told["due"], "planned_us": 9 * 10**15, "announced_us": 8 * 10**15}


@pytest.mark.parametrize("announcement", [None, Change(3, "fc", 9 * 10**15, 8 * 10**15, "Un nouveau hub", "Ada")])
def test_a_change_that_was_seen_has_one_shape_for_the_api_and_the_commands(announcement: Change | None) -> None:
    differences = (Difference("k1", "RSA-2048 RS256 1", None), Difference("k2", None, "RSA-2048 RS256 2"))
    change = SeenChange(Aspect.KEYS, "", ChangeKind.KEY_SWAPPED, differences, 9 * 10**15, 8 * 10**15, 10**9, 9 * 10**15 + 1)
    for one in noticed([change], [announcement] if announcement else []):
        assert seen_change_json("fc", one) == serialize.seen_change("fc", one).plain()


def test_halves_of_characters_are_marked() -> None:
    assert serialize.incident(fresh_incident(title="a\ud800b", detail="é")).plain()["title"] == "a?b"


def test_an_instant_that_no_calendar_has_is_null_where_it_may_be_and_else_the_last_one() -> None:
    found = serialize.incident(fresh_incident(received_us=2**62, ended_us=2**62))
    assert (found.received, found.ended) == ("9999-12-31T23:59:59.999999Z", None)
