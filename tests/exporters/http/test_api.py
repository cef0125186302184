"""The API with a fake register: authentication, answers, and the calls of the register."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from exporters.http.api import PREFIX
from exporters.http.auth import Access
from exporters.http.calls import LARGEST_PAGE
from exporters.http.history import OutageQuery
from exporters.http.register import IncidentQuery
from exporters.http.requests import ACTS, DEEPEST, FLAG_STEPS, LARGEST
from probe.core.incident.model import OPEN, ActKind, IncidentState
from probe.core.incident.refusal import RefusedActError
from probe.core.judgement.past import OutageName
from probe.core.judgement.subject import C1
from probe.errors import GoneError, InputError, LedgerError
from tests.fakes.api import ADA, BOB, PASSWORD, RECEIVER, TOKENS, ApiInMemory, bearer, is_problem, story

OUTAGE = "C1@1970-01-01T00:00:01Z"
READS = (
    "/incidents",
    "/incidents/1",
    "/idps",
    "/deactivations",
    "/report",
    "/outbox",
    "/outages",
    f"/outages/fc/{OUTAGE}",
    "/observations/1",
)
WRITES = (
    "/incidents",
    "/incidents/1/comment",
    "/incidents/1/nothing",
    "/deactivations/fc/ameli/approve",
    "/outbox/rt/1/retry",
    "/alertmanager",
)
OPENING = {"title": "Une panne", "severity": 2}


@pytest.fixture
def memory_api() -> ApiInMemory:
    return ApiInMemory()


@pytest.fixture
async def client(memory_api: ApiInMemory) -> AsyncIterator[httpx.AsyncClient]:
    async with memory_api.client(bearer()) as made:
        yield made


# --- who may


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {ADA[:-1]}"},
        {"Authorization": f"Bearer {ADA}x"},
        {"Authorization": f"Basic {ADA}"},
        {"Authorization": f"{ADA}"},
        {"Authorization": f"Bearer {RECEIVER}"},
        {"Authorization": "Bearer é"},
        {"X-Api-Key": ADA},
    ],
)
@pytest.mark.parametrize("path", READS)
async def test_without_a_token_of_ours_nothing_is_read(memory_api: ApiInMemory, path: str, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with memory_api.client() as client:
        answer = await client.get(path, headers=encoded)
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert memory_api.register.asked == []


@pytest.mark.parametrize("path", WRITES)
async def test_without_a_token_of_ours_nothing_is_written(memory_api: ApiInMemory, path: str) -> None:
    async with memory_api.client() as client:
        is_problem(await client.post(path, json=OPENING), 401)
    assert memory_api.register.asked == []


async def test_two_authorization_headers_are_nobodys(memory_api: ApiInMemory) -> None:
    async with memory_api.client() as client:
        is_problem(await client.get("/idps", headers=[("Authorization", f"Bearer {ADA}"), ("Authorization", f"Bearer {ADA}")]), 401)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_schemes_name_is_of_either_case(memory_api: ApiInMemory, scheme: str) -> None:
    async with memory_api.client({"Authorization": f"{scheme} {BOB}"}) as client:
        assert (await client.get("/idps")).status_code == 200


async def test_what_is_done_with_a_token_is_done_by_its_name(memory_api: ApiInMemory) -> None:
    async with memory_api.client(bearer(BOB)) as client:
        await client.post("/incidents", json=OPENING)
        await client.post("/incidents/3/acknowledge", json={})
    (_, (_, opener, _)), (_, (*_, doer, _)) = memory_api.register.asked
    assert (opener, doer) == ("bob", "bob")


@pytest.mark.parametrize("path", READS)
async def test_with_nothing_configured_reading_is_off_and_says_how_to_turn_it_on(path: str) -> None:
    memory_api = ApiInMemory(access=Access())
    async with memory_api.client(bearer()) as client:
        told = is_problem(await client.get(path), 403)
    assert "api.tokens" in told["detail"]


@pytest.mark.parametrize("path", WRITES)
async def test_with_nothing_configured_writing_is_off_even_where_reading_is_open(path: str) -> None:
    memory_api = ApiInMemory(access=Access(open_reads=True))
    async with memory_api.client(bearer()) as client:
        told = is_problem(await client.post(path, json=OPENING), 403)
    assert "api." in told["detail"]
    assert memory_api.register.asked == []


@pytest.mark.parametrize("path", READS)
async def test_open_reads_need_no_token(path: str) -> None:
    async with ApiInMemory(access=Access(TOKENS, open_reads=True)).client() as client:
        assert (await client.get(path)).status_code == 200


async def test_tokens_change_at_a_reload(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    memory_api.access = Access({"ada": "another-0123456789"})
    is_problem(await client.get("/idps"), 401)


def basic(user: str, password: str, charset: str = "utf-8") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode(charset)).decode()}


@pytest.mark.parametrize("headers", [basic("alertmanager", PASSWORD), bearer(RECEIVER)], ids=["basic", "bearer"])
async def test_alertmanager_comes_in_by_its_own_credentials(memory_api: ApiInMemory, headers: dict[str, str]) -> None:
    async with memory_api.client(headers) as client:
        assert (await client.post("/alertmanager", json={"version": "4"})).status_code == 200
        is_problem(await client.get("/idps"), 401)
    assert memory_api.register.asked == [("alertmanager", {"version": "4"})]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer(ADA),
        basic("alertmanager", "wrong"),
        basic("", PASSWORD),
        basic("alertmanager", PASSWORD, "latin-1"),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
    ],
)
async def test_nobody_else_does(memory_api: ApiInMemory, headers: dict[str, str]) -> None:
    async with memory_api.client(headers) as client:
        answer = await client.post("/alertmanager", json={})
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert memory_api.register.asked == []


def test_the_credentials_are_not_shown() -> None:
    shown = repr(Access(TOKENS, basic=("alertmanager", PASSWORD), receiver=RECEIVER))
    assert not any(secret in shown for secret in (ADA, BOB, PASSWORD, RECEIVER))


# --- reading


async def test_incidents_are_the_open_ones_by_default(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    answer = await client.get("/incidents")
    assert [one["number"] for one in answer.json()["incidents"]] == [7, 6, 5, 4, 3, 2, 1]
    assert answer.json()["next"] is None
    assert memory_api.register.asked == [("incidents", IncidentQuery())]
    assert IncidentQuery().states == frozenset(OPEN)


async def test_incidents_are_filtered(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    query = {"state": "resolved,closed", "severity": "2", "hub": "fc", "idp": "ameli", "since": "2026-11-22T10:00:00+01:00", "limit": "3"}
    assert (await client.get("/incidents", params=query)).status_code == 200
    wanted = IncidentQuery(frozenset([IncidentState.RESOLVED, IncidentState.CLOSED]), "fc", "ameli", 2, 1_795_338_000_000_000, None, 3)
    assert memory_api.register.asked == [("incidents", wanted)]


async def test_pages_follow_each_other_to_the_end(client: httpx.AsyncClient) -> None:
    found: list[int] = []
    url: str | None = "/incidents?limit=3&state=all"
    while url:
        answer = await client.get(url.removeprefix("/api/v1"))
        found += [one["number"] for one in answer.json()["incidents"]]
        url = answer.json()["next"]
        assert (f'<{url}>; rel="next"' == answer.headers.get("link")) is bool(url)
    assert found == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", f"limit={LARGEST_PAGE + 1}", "limit=-1", "limit=1.5", "limit=x", "limit=٣", "limit=99999999999999999999",
        "severity=0", "severity=6", "before=0", "since=yesterday", "since=2026-13-01T00:00:00Z", "since=1969-01-01T00:00:00Z",
        "state=", "state=nonsense", "state=open,", "unknown=1", "limit=1&limit=2", "hub=%00", "hub=%0a", "hub=%ff", "=1", "&", "limit",
        "a=1&" * 30,
    ],
)  # fmt: skip
async def test_a_query_that_is_not_understood_is_400(memory_api: ApiInMemory, client: httpx.AsyncClient, query: str) -> None:
    is_problem(await client.get(f"/incidents?{query}"), 400)
    assert memory_api.register.asked == []


@pytest.mark.parametrize("name", ["3", "VIGIE-3", "vigie-3"])
async def test_an_incident_goes_by_its_number_or_its_reference(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/incidents/{name}")).json()["number"] == 3


@pytest.mark.parametrize("name", ["0", "-1", "99", "VIGIE-", "٣", "1e3", "9" * 30, "x", "%00", "3%0a"])
async def test_what_is_no_incident_is_404(client: httpx.AsyncClient, name: str) -> None:
    is_problem(await client.get(f"/incidents/{name}"), 404)


async def test_outages_follow_each_other_to_the_first(client: httpx.AsyncClient) -> None:
    address, starts = "/outages?limit=2", []
    while address:
        told = (await client.get(address.removeprefix(PREFIX))).json()
        starts += [one["start"][17:19] for one in told["outages"]]
        address = told["next"]
    assert starts == ["04", "03", "02", "01", "00"]


async def test_outages_are_filtered(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    query = {"hub": "fc", "since": "1970-01-01T00:00:02Z", "before": f"fc/{OUTAGE}", "limit": "7"}
    assert (await client.get("/outages", params=query)).status_code == 200
    assert (await client.get(f"/outages/fc/{OUTAGE}?limit=9")).status_code == 200
    name = OutageName("fc", C1, 1_000_000)
    assert memory_api.past.asked == [("outages", OutageQuery("fc", 2_000_000, name, 7)), ("outage", (name, 9))]


@pytest.mark.parametrize("query", ["before=C1", "before=fc/C1@noon", "since=yesterday", "limit=0", "limit=501", "state=open"])
async def test_a_query_for_outages_that_is_not_understood_is_400(memory_api: ApiInMemory, client: httpx.AsyncClient, query: str) -> None:
    is_problem(await client.get(f"/outages?{query}"), 400)
    assert memory_api.past.asked == []


@pytest.mark.parametrize(
    "path", ["/outages/fc/C1", "/outages/fc/C1@noon", "/observations/0", "/observations/x", "/observations/1.5", "/observations/-1"]
)
async def test_what_names_nothing_of_the_past_is_404(memory_api: ApiInMemory, client: httpx.AsyncClient, path: str) -> None:
    is_problem(await client.get(path), 404)
    assert memory_api.past.asked == []


async def test_an_observation_that_retention_took_is_404_in_words(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    memory_api.past.error = GoneError("observation 7 was deleted when its retention time was over")
    assert is_problem(await client.get("/observations/7"), 404)["detail"] == str(memory_api.past.error)


async def test_what_did_not_change_is_not_sent_again(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    first = await client.get("/incidents/3")
    assert first.headers["cache-control"] == "private, no-cache"
    again = await client.get("/incidents/3", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    memory_api.register.incidents_there[3] = story(3, "changed")
    changed = await client.get("/incidents/3", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["title"]) == (200, "changed")


async def test_other_sites_may_not_call_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/idps", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    is_problem(await client.options("/idps", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}), 405)


@pytest.mark.parametrize("path", ["/", "/nothing", "/incidents/", "/incidents/1/comment/more", "/incidents//comment", "/deactivations/fc"])
async def test_an_unknown_path_is_404(client: httpx.AsyncClient, path: str) -> None:
    is_problem(await client.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/incidents/1"), ("PUT", "/incidents"), ("GET", "/alertmanager"), ("POST", "/idps")]
)
async def test_another_method_is_405_and_says_which(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path)
    is_problem(answer, 405)
    assert answer.headers["allow"]


# --- writing


async def test_an_incident_is_opened(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    body = {**OPENING, "detail": "Deux\nlignes", "idp": "ameli", "blocking": True, "began": "2026-11-22T08:00:00Z", "requester": "Camille"}
    answer = await client.post("/incidents", json=body)
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v1/incidents/8")
    ((_, (opening, author, key)),) = memory_api.register.asked
    assert (opening.title, opening.severity, opening.detail, opening.began) == ("Une panne", 2, "Deux\nlignes", 1_795_334_400_000_000)
    assert (author, key) == ("ada", "")


DONE: dict[str, tuple[dict[str, Any], ActKind, dict[str, Any]]] = {
    "acknowledge": ({}, ActKind.ACKNOWLEDGED, {}),
    "assign": ({"to": "level2"}, ActKind.ASSIGNED, {"to": "level2"}),
    "wait": ({"request": "Vos journaux ?"}, ActKind.WAITING, {"request": "Vos journaux ?"}),
    "resume": ({"reason": "reçus"}, ActKind.RESUMED, {"reason": "reçus"}),
    "comment": ({"text": "a\tb\nc"}, ActKind.COMMENTED, {"text": "a\tb\nc"}),
    "resolve": (
        {"text": "réparé", "ended": "1970-01-01T00:00:01Z"},
        ActKind.RESOLVED,
        {"text": "réparé", "ended_us": 1_000_000},
    ),
    "notify": ({"to": "Camille"}, ActKind.NOTIFIED, {"to": "Camille"}),
    "remark": ({}, ActKind.REMARKED, {}),
    "close": (
        {"way": "confirmed", "by": "Camille", "how": "spoken", "when": "1970-01-01T00:00:01Z"},
        ActKind.CLOSED,
        {"way": "confirmed", "by": "Camille", "how": "spoken", "when_us": 1_000_000},
    ),
    "reopen": ({"reason": "encore"}, ActKind.REOPENED, {"reason": "encore"}),
    "merge": ({"into": 2}, ActKind.MERGED, {"into": 2}),
    "severity": ({"severity": 1, "reason": "tous"}, ActKind.SEVERITY, {"severity": 1, "reason": "tous"}),
    "blocking": ({"blocking": False}, ActKind.BLOCKING, {"blocking": False}),
    "link": ({"to": 2, "relation": "follows"}, ActKind.LINKED, {"to": 2, "relation": "follows"}),
}


@pytest.mark.parametrize("name", ACTS)
async def test_each_act_reaches_the_register_as_it_was_meant(memory_api: ApiInMemory, client: httpx.AsyncClient, name: str) -> None:
    body, kind, data = DONE[name]
    answer = await client.post(f"/incidents/VIGIE-3/{name}", json={**body, "at": "1970-01-01T00:00:02+00:00"})
    assert answer.status_code == 200
    assert memory_api.register.asked == [("act", (3, kind, data, 2_000_000, "ada", ""))]


async def test_an_act_without_data_needs_no_body(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    assert (await client.post("/incidents/3/acknowledge")).status_code == 200
    assert memory_api.register.asked == [("act", (3, ActKind.ACKNOWLEDGED, {}, None, "ada", ""))]


@pytest.mark.parametrize("step", FLAG_STEPS)
async def test_each_step_of_a_flag_reaches_the_register(memory_api: ApiInMemory, client: httpx.AsyncClient, step: str) -> None:
    assert (await client.post(f"/deactivations/fc/ameli/{step}", json={"reason": "en panne"})).status_code == 200
    assert memory_api.register.asked == [("flag", ("fc", "ameli", step, "en panne", None, "ada"))]


@pytest.mark.parametrize("step", ["propose", "reject"])
async def test_proposing_and_rejecting_need_a_reason(memory_api: ApiInMemory, client: httpx.AsyncClient, step: str) -> None:
    is_problem(await client.post(f"/deactivations/fc/ameli/{step}", json={}), 422)
    assert memory_api.register.asked == []


async def test_a_step_that_is_none_is_404(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    is_problem(await client.post("/deactivations/fc/ameli/delete", json={}), 404)
    assert memory_api.register.asked == []


async def test_dead_letters_are_tried_again(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    assert (await client.post("/outbox/rt/VIGIE-3/retry", json={})).status_code == 200
    assert memory_api.register.asked == [("retry", ("rt", 3))]


# --- what cannot be taken

BAD: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a text": (b'"x"', 422),
    "an array": (b"[]", 422),
    "null": (b"null", 422),
    "NaN": (b'{"title": NaN, "severity": 2}', 400),
    "twice": (b'{"title": "a", "title": "b", "severity": 2}', 400),
    "no UTF-8": (b'{"title": "\xff", "severity": 2}', 400),
    "a number as an instant": (b'{"title": "a", "severity": 2, "began": 5}', 422),
    "a number as an instant that no calendar has": (b'{"title": "a", "severity": 2, "began": 1180591620717411303424}', 422),
    "half a character": (b'{"title": "\\ud800", "severity": 2}', 422),
    "a control character": (b'{"title": "a\\u0000b", "severity": 2}', 422),
    "a line end in a line": (b'{"title": "a\\nb", "severity": 2}', 422),
    "an escape sequence": (b'{"title": "\\u001b[2J", "severity": 2}', 422),
    "a direction override": (b'{"title": "a\\u202eb", "severity": 2}', 422),
    "blank": (b'{"title": "  ", "severity": 2}', 422),
    "too long": (b'{"title": "' + b"x" * 201 + b'", "severity": 2}', 422),
    "a missing key": (b'{"title": "a"}', 422),
    "an unknown key": (b'{"title": "a", "severity": 2, "author": "eve"}', 422),
    "a number as a text": (b'{"title": "a", "severity": "2"}', 422),
    "a fraction": (b'{"title": "a", "severity": 2.0}', 422),
    "true as a number": (b'{"title": "a", "severity": true}', 422),
    "no severity of ours": (b'{"title": "a", "severity": 6}', 422),
    "a huge number": (b'{"title": "a", "severity": ' + b"9" * 5_000 + b"}", 400),
    "an instant without a zone": (b'{"title": "a", "severity": 2, "began": "2026-11-22T10:00:00"}', 422),
    "an instant as a number": (b'{"title": "a", "severity": 2, "began": "1700000000"}', 422),
    "no instant": (b'{"title": "a", "severity": 2, "began": "2026-02-30T10:00:00Z"}', 422),
    "deep": (b'{"title": ' + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1) + b"}", 400),
    "very deep": (b"[" * 400_000, 400),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_body_that_cannot_be_taken_is_a_clear_4xx(memory_api: ApiInMemory, client: httpx.AsyncClient, name: str) -> None:
    content, status = BAD[name]
    told = is_problem(await client.post("/incidents", content=content, headers={"Content-Type": "application/json"}), status)
    assert told["detail"]
    assert memory_api.register.asked == []


async def test_every_problem_of_a_body_is_told_at_once_and_no_value_of_it(client: httpx.AsyncClient) -> None:
    answer = await client.post("/incidents", json={"title": "secret-\n-word", "severity": 9, "nonsense": "secret-word"})
    told = is_problem(answer, 422)
    assert {one["at"] for one in told["errors"]} == {"title", "severity", "nonsense"}
    assert "secret" not in answer.text


async def test_a_body_of_very_many_names_is_refused_at_once_with_some_of_them(client: httpx.AsyncClient) -> None:
    content = json.dumps(OPENING | {f"name{number}": 1 for number in range(60_000)})
    began = time.process_time()
    told = is_problem(await client.post("/incidents", content=content, headers={"Content-Type": "application/json"}), 422)
    assert [one["at"] for one in told["errors"]] == [f"name{number}" for number in range(20)]
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/json-patch+json", ""])
async def test_a_body_of_another_kind_is_415(memory_api: ApiInMemory, client: httpx.AsyncClient, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    is_problem(await client.post("/incidents", content=json.dumps(OPENING), headers=headers), 415)
    assert memory_api.register.asked == []


async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    is_problem(await client.post("/incidents", content=b"\x1f\x8b", headers=headers), 415)


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "in pieces"])
async def test_a_body_that_is_too_large_is_413_however_it_comes(memory_api: ApiInMemory, client: httpx.AsyncClient, stated: bool) -> None:
    content = b'{"title": "' + b"x" * LARGEST + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    answer = await client.post("/incidents", content=content if stated else pieces(), headers={"Content-Type": "application/json"})
    is_problem(answer, 413)
    assert memory_api.register.asked == []


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "99999999999999999999"])
async def test_a_length_that_is_none_is_413(client: httpx.AsyncClient, length: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": length}
    is_problem(await client.post("/incidents", content=b"{}", headers=headers), 413)


# --- refusals of the register


async def test_what_the_contract_forbids_is_409_with_its_code(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    memory_api.register.error = RefusedActError("not_resolved", "VIGIE-3 is not resolved")
    told = is_problem(await client.post("/incidents/3/notify", json={"to": "Camille"}), 409)
    assert (told["code"], told["detail"]) == ("not_resolved", "VIGIE-3 is not resolved")


async def test_what_makes_no_sense_is_422(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    memory_api.register.error = InputError("hub 'x' is not known")
    assert is_problem(await client.post("/incidents", json=OPENING), 422)["detail"] == "hub 'x' is not known"


async def test_a_register_that_is_away_is_503_with_when_to_ask_again(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    memory_api.register.error = LedgerError("/secret/path: locked")
    answer = await client.post("/incidents", json=OPENING)
    is_problem(answer, 503)
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


async def test_a_fault_of_ours_is_500_without_a_word_of_how(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    memory_api.register.error = RuntimeError("secret")
    answer = await client.post("/incidents", json=OPENING)
    is_problem(answer, 500)
    assert "secret" not in answer.text


# --- the same again


async def test_an_idempotency_key_reaches_the_register_with_its_author_and_place(
    memory_api: ApiInMemory, client: httpx.AsyncClient
) -> None:
    await client.post("/incidents", json=OPENING, headers={"Idempotency-Key": '"k 1"'})
    async with memory_api.client(bearer(BOB)) as other:
        await other.post("/incidents", json=OPENING, headers={"Idempotency-Key": "k 1"})
    await client.post("/incidents/3/comment", json={"text": "a"}, headers={"Idempotency-Key": "k2"})
    keys = [what[-1] for _, what in memory_api.register.asked]
    assert keys == ["api:ada:/api/v1/incidents:k 1", "api:bob:/api/v1/incidents:k 1", "api:ada:/api/v1/incidents/3/comment:k2"]


async def test_a_key_that_comes_with_another_request_is_422(memory_api: ApiInMemory, client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    assert (await client.post("/incidents/3/comment", json={"text": "a"}, headers=headers)).status_code == 200
    assert (await client.post("/incidents/3/comment", json={"text": "a"}, headers=headers)).status_code == 200
    is_problem(await client.post("/incidents/3/comment", json={"text": "b"}, headers=headers), 422)
    is_problem(await client.post("/incidents/4/comment", json={"text": "a"}, headers=headers), 422)
    assert len(memory_api.register.asked) == 2


@pytest.mark.parametrize("key", [b"", b'""', b"x" * 201, b"\xe9", b"a\tb"])
async def test_a_key_that_is_none_is_400(memory_api: ApiInMemory, client: httpx.AsyncClient, key: bytes) -> None:
    is_problem(await client.post("/incidents", json=OPENING, headers={b"Idempotency-Key": key}), 400)
    assert memory_api.register.asked == []
