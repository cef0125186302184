"""The answers of the HTTP server, to proper and to improper requests."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from exporters.http.server import REQUEST_TARGET_BYTES, chosen_format, quality
from exporters.http.texts import Pending
from exporters.metrics import names
from exporters.metrics.exposition import Format
from exporters.metrics.readings import HubReading, HubView, Snapshot, SubjectReading
from probe.core.judgement.condition import C3, HUB, State
from probe.core.judgement.observation import Fault, Outcome, Reason, Step
from probe.core.judgement.suspension import Suspension
from probe.errors import VigieError
from tests.fakes.exporter import ServedExporter
from tests.fakes.readings import ALPHA, HOPS, IDENTITY, MIRE, START, VIEW, parsed, seen, value

PROMETHEUS_ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


@pytest.fixture
def world() -> ServedExporter:
    return ServedExporter()


@pytest.fixture
async def client(world: ServedExporter) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as made:
        yield made


# --- /metrics


async def test_metrics_are_text_by_default(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert names.HUB_AVAILABLE.name in parsed(answer.content)


async def test_metrics_are_openmetrics_for_prometheus(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"accept": PROMETHEUS_ACCEPT})
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.content.endswith(b"# EOF\n")
    assert names.HUB_AVAILABLE.name in parsed(answer.content, Format.OPENMETRICS)


async def test_metrics_hold_the_live_and_the_durable(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.meters.observed(seen(MIRE))
    world.history.says = Snapshot({"fc": HubReading({HUB: SubjectReading(State.UP, START)})})
    page = (await client.get("/metrics")).content
    assert value(page, names.RUNS, hub="fc", kind="mire", vantage="local") == 1
    assert value(page, names.HUB_AVAILABLE, hub="fc") == 1


async def test_metrics_are_compressed_for_who_can_read_it(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/metrics", headers={"accept-encoding": "gzip;q=0.5, br"}) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(raw)
    parsed(gzip.decompress(raw))


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
async def test_metrics_are_plain_for_the_others(client: httpx.AsyncClient, accepted: str) -> None:
    answer = await client.get("/metrics", headers={"accept-encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


async def test_metrics_are_answered_when_the_history_cannot_be_read(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.history.readable = False
    page = (await client.get("/metrics")).content
    assert value(page, names.LEDGER_READABLE) == 0
    assert value(page, names.HUB_UNKNOWN, hub="fc") == 1


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("APPLICATION/OpenMetrics-Text; version=1.0.0; Q=0.2, text/plain;q=0.2", Format.OPENMETRICS),
        ("application/openmetrics-text;q=0.3, text/plain;q=0.4", Format.TEXT),
        ("application/openmetrics-text;q=0", Format.TEXT),
        ("application/openmetrics-text;q=nonsense", Format.TEXT),
        ("text/html, application/openmetrics-text;q=0.1", Format.OPENMETRICS),
    ],
)
def test_the_format_is_negotiated(accept: str, chosen: Format) -> None:
    assert chosen_format(accept) is chosen


@given(st.text())
def test_any_accept_header_can_be_weighed(header: str) -> None:
    assert 0 <= quality(header, "text/plain") <= 1


# --- /healthz and /readyz


async def test_health_is_that_of_the_process(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.history.readable = False
    world.pending = list(Pending)
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive\n")
    assert (await client.get("/healthz", headers={"accept": "application/json"})).json() == {"status": "alive"}


async def test_readiness_waits_for_each_reason(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.pending = [Pending.LEDGER_NOT_WRITABLE, Pending.FIRST_ROUND]
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert [line.partition(":")[0] for line in answer.text.splitlines()] == ["ledger_not_writable", "first_round"]
    world.pending = []
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


async def test_readiness_is_json_for_who_asks(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.pending = [Pending.NOT_CONFIGURED]
    world.meters.configure(replace(VIEW, language="en"))
    answer = await client.get("/readyz", headers={"accept": "application/json"})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == {
        "status": "pending",
        "pending": [{"code": "not_configured", "text": "the configuration is not loaded"}],
        "notices": [],
    }


# --- /probe


async def test_a_journey_on_demand_answers_with_its_own_metrics(world: ServedExporter, client: httpx.AsyncClient) -> None:
    answer = await client.get("/probe?hub=fc")
    assert (answer.status_code, world.ran) == (200, [MIRE])
    assert value(answer.content, names.PROBE_SUCCESS) == 1
    assert value(answer.content, names.PROBE_DURATION) == 1
    assert value(answer.content, names.PROBE_STEP, step="mire") == pytest.approx(0.123)
    assert value(answer.content, names.PROBE_PHASE, phase="tls") == pytest.approx(0.003)
    assert value(answer.content, names.PROBE_CERTIFICATE, host="hub.example") == (START + 10**12) / 1e6
    assert names.PROBE_FAILURE.name not in answer.text


async def test_a_failed_journey_on_demand_says_why(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.result = seen(IDENTITY, Outcome.FAILED, step=Step.OIDC_CALLBACK, reason=Reason.IDP_TOKEN, fault=Fault.IDP)
    answer = await client.get("/probe?hub=fc&idp=alpha", headers={"accept": PROMETHEUS_ACCEPT})
    assert world.ran == [IDENTITY]
    found = parsed(answer.content, Format.OPENMETRICS)
    assert found[names.PROBE_FAILURE.name.removesuffix("_info")].samples[0].labels == {
        "step": "oidc-callback",
        "reason": "idp_token",
        "fault": "idp",
    }
    assert found[names.PROBE_SUCCESS.name].samples[0].value == 0
    assert found[names.PROBE_INCONCLUSIVE.name].samples[0].value == 0


async def test_a_journey_on_demand_counts_as_a_demand_and_as_nothing_else(world: ServedExporter, client: httpx.AsyncClient) -> None:
    await client.get("/probe?hub=fc")
    page = (await client.get("/metrics")).content
    labels = {"hub": "fc", "kind": "mire", "vantage": "local"}
    assert value(page, names.DEMANDS, **labels) == 1
    assert value(page, names.RUNS, **labels) == 0


async def test_a_trace_is_told_in_the_language_of_the_configuration(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.result = seen(
        MIRE, Outcome.FAILED, step=Step.MIRE, reason=Reason.NOT_THE_MIRE, fault=Fault.HUB, hops=HOPS, extract="one\x1b[31m\ntwo"
    )
    answer = await client.get("/probe?hub=fc&debug=true")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "en cause      le hub\n" in answer.text
    assert "parcours      fc / mire\n" in answer.text
    lines = [line.split("  ") for line in answer.text.splitlines()]
    exchanges = [[cell.strip() for cell in line if cell] for line in lines if line[0] in ("n°", "2")]
    assert exchanges[0][:4] == ["n°", "étape", "échange", "statut"]
    assert exchanges[1][:3] == ["2", "affichage de la mire", "GET hub.example/api/v2/interaction/*"]
    assert "  one\N{REPLACEMENT CHARACTER}[31m\n  two" in answer.text
    world.meters.configure(replace(VIEW, language="en"))
    await world.clock.advance_us(10_000_000)
    assert "the hub\n" in (await client.get("/probe?hub=fc&debug=true")).text


async def test_a_target_is_not_run_again_at_once(world: ServedExporter, client: httpx.AsyncClient) -> None:
    await client.get("/probe?hub=fc")
    answer = await client.get("/probe?hub=fc&debug=true")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert (await client.get("/probe?hub=fc&idp=alpha")).status_code == 200
    assert value((await client.get("/metrics")).content, names.DEMANDS_REFUSED) == 1
    await world.clock.advance_us(10_000_000)
    assert (await client.get("/probe?hub=fc")).status_code == 200


async def test_a_target_under_way_is_not_run_beside_itself(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.hold = asyncio.Event()
    first = asyncio.create_task(client.get("/probe?hub=fc"))
    await world.running.wait()
    assert (await client.get("/probe?hub=fc")).status_code == 429
    world.hold.set()
    assert (await first).status_code == 200
    assert world.ran == [MIRE]


@pytest.mark.parametrize("query", ["", "?hub=x", "?hub=fc&idp=x", "?hub=fc&debug=yes", "?hub=fc&x=1", "?hub=fc&hub=fc"])
async def test_a_bad_query_is_a_bad_request(world: ServedExporter, client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/probe{query}")
    assert (answer.status_code, world.ran) == (400, [])


async def test_another_site_cannot_make_us_log_in(world: ServedExporter, client: httpx.AsyncClient) -> None:
    answer = await client.get("/probe?hub=fc", headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, world.ran) == (403, [])


async def test_a_journey_that_cannot_be_run_is_told_without_details(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.result = VigieError("the secret is in /etc/vigie/secret")
    answer = await client.get("/probe?hub=fc")
    assert answer.status_code == 503
    assert "secret" not in answer.text


async def test_no_traceback_is_ever_answered(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.result = RuntimeError("password hunter2")
    answer = await client.get("/probe?hub=fc")
    assert (answer.status_code, answer.text) == (500, "internal error\n")
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- the page


async def test_the_page_tells_the_state_in_words(world: ServedExporter, client: httpx.AsyncClient) -> None:
    down = SubjectReading(State.DOWN, START, Fault.HUB)
    world.history.says = Snapshot(
        {"fc": HubReading({HUB: down, C3: down, "idp:alpha": SubjectReading(State.UP, START)}, {"beta": Suspension(3)})}
    )
    page = HTMLParser((await client.get("/")).text)
    rows = {cells[0]: cells[1:] for row in page.css("tbody tr") if (cells := [cell.text() for cell in row.css("th,td")])}
    assert rows["C3\N{NO-BREAK SPACE}: tous les fournisseurs d'identité sont indisponibles"] == [
        "oui, en cours",
        "01/01/2026 à 01:00:00",
        "le hub",
        "-",
    ]
    assert rows["Alpha & fils Parcours à la demande"] == ["disponible", "01/01/2026 à 01:00:00", "-", "-"]
    assert rows["beta (compte de test suspendu) Parcours à la demande"] == ["inconnu", "-", "-", "-"]
    assert page.css_first("section strong").text() == "indisponible"


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_page_is_accessible(world: ServedExporter, client: httpx.AsyncClient, language: str) -> None:
    world.meters.configure(replace(VIEW, language=language))
    world.pending = list(Pending)
    page = HTMLParser((await client.get("/")).text)
    assert page.css_first("html").attributes["lang"] == language
    assert page.css_first("title").text()
    assert [len(page.css(tag)) for tag in ("main", "h1", "nav[aria-label]", "h2", "table caption")] == [1, 1, 1, 2, 2]
    assert all(cell.attributes.get("scope") for cell in page.css("th"))
    assert all(
        section.attributes["aria-labelledby"] in {node.attributes["id"] for node in page.css("h2")} for section in page.css("section")
    )
    assert page.css("script") == []
    names_ = [link.attributes.get("aria-label") for link in page.css("section a")]
    assert len(set(names_)) == len(names_) == 3


async def test_the_page_links_to_what_answers(client: httpx.AsyncClient) -> None:
    page = HTMLParser((await client.get("/")).text)
    links = [link.attributes["href"] or "" for link in page.css("a")]
    assert {"/metrics", "/healthz", "/readyz"} <= set(links)
    assert [(await client.get(link)).status_code for link in links] == [200] * len(links)


async def test_a_title_cannot_break_the_page(world: ServedExporter, client: httpx.AsyncClient) -> None:
    evil = '"><script>alert(1)</script>'
    hub = HubView("fc", evil, (replace(ALPHA, title=evil),))
    world.meters.configure(replace(VIEW, hubs=(hub,)))
    page = HTMLParser((await client.get("/")).text)
    assert page.css("script") == []
    assert evil in page.css_first("#hub-fc").text()


async def test_the_page_says_that_the_history_cannot_be_read(world: ServedExporter, client: httpx.AsyncClient) -> None:
    world.history.readable = False
    assert "L'historique n'a pas pu être lu" in HTMLParser((await client.get("/")).text).text()


# --- manners


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/readyz"])
async def test_head_is_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.head(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/readyz", "/probe?hub=fc"])
async def test_other_methods_are_not_allowed(world: ServedExporter, client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, world.ran) == (405, [])
    assert "GET" in answer.headers["allow"]


async def test_a_head_runs_no_journey(world: ServedExporter, client: httpx.AsyncClient) -> None:
    answer = await client.head("/probe?hub=fc")
    assert (answer.status_code, answer.headers["allow"], world.ran) == (405, "GET", [])


@pytest.mark.parametrize("path", ["/nope", "/metrics/", "/METRICS", "/%2e%2e", "/%00", "/probe/fc"])
async def test_an_unknown_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.text) == (404, "not found\n")


async def test_an_address_too_long_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/probe?hub={'a' * REQUEST_TARGET_BYTES}")
    assert answer.status_code == 414
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/readyz", "/probe?hub=fc", "/probe", "/nope"])
async def test_every_answer_allows_nothing_it_does_not_need(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert "server" not in headers


parameter = st.sampled_from(["hub", "idp", "debug", "x", ""]) | st.text(max_size=8)
held = st.sampled_from(["fc", "alpha", "beta", "true", "elsewhere", ""]) | st.text(max_size=40)
pairs = st.lists(st.tuples(parameter, held).map(lambda pair: f"{quote(pair[0])}={quote(pair[1])}"), max_size=5).map("&".join)
hostile = pairs.map(str.encode) | st.binary(max_size=60)


@settings(max_examples=300, deadline=None)
@given(query=hostile, accept=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_no_query_is_an_error_of_ours(query: bytes, accept: str) -> None:
    status, body = asyncio.run(raw("/probe", query, accept))
    assert status in (200, 400, 429)
    assert b"Traceback" not in body


@settings(max_examples=100, deadline=None)
@given(path=st.text(max_size=30), query=st.binary(max_size=30))
def test_no_path_is_an_error_of_ours(path: str, query: bytes) -> None:
    status, _ = asyncio.run(raw(f"/{path}", query, "*/*"))
    assert status in (200, 400, 404)


async def raw(path: str, query: bytes, accept: str) -> tuple[int, bytes]:
    """One request as a server would hand it over: bytes that no client library would send."""
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": query,
        "headers": [(b"accept", accept.encode("latin-1"))],
        "server": ("127.0.0.1", 9464),
        "client": ("127.0.0.1", 1),
    }
    await HOSTILE_WORLD.app(scope, receive, send)  # type: ignore[arg-type]
    body = b"".join(bytes(message.get("body", b"")) for message in sent)  # type: ignore[call-overload]
    return int(sent[0]["status"]), body  # type: ignore[call-overload]


HOSTILE_WORLD = ServedExporter()


async def test_the_trace_and_the_ready_page_are_valid_json_and_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz", headers={"accept": "application/json, text/plain;q=0.9"})
    assert json.loads(answer.content) == {"status": "ready", "pending": [], "notices": []}
    answer = await client.get("/readyz", headers={"accept": "text/plain, application/json;q=0.9"})
    assert answer.headers["content-type"].startswith("text/plain")
