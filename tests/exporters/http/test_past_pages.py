"""The pages about past failures: linked from the page for people, readable without a script."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import Engine

from exporters.http.past import ReadablePast, observation_path, outage_path
from probe.core.judgement.observation import Hop, Observation, Outcome, Reason, Step
from probe.core.judgement.past import OutageName
from probe.core.judgement.subject import C1, journey_of
from probe.errors import LedgerError
from probe.ledger.past import Past
from probe.ledger.writer import Writer
from tests.builders import BEGUN, DAY, SECOND, a_day
from tests.fakes.exporter import ServedExporter
from tests.fakes.readings import VIEW
from tests.fakes.recorder import ImmediateRecorder, in_memory

MIRE_GONE, AMELI_DOWN = OutageName("fc", C1, BEGUN + 60 * SECOND), OutageName("fc", journey_of("ameli"), BEGUN + 12 * SECOND)
ERROR_ID, REQUEST_ID = "0b8d9c66-1d8e-4a52-9f6c-8b1f6ef0a7c1", "5f0c2a8e-91d3-4c7b-a6e2-0d9b7c41e001"
EVIL = "<script>alert(1)</script>"


def evidence(one: Observation) -> Observation:
    """What a failed journey keeps, of a hub that would like to break the page."""
    if one.outcome is not Outcome.FAILED:
        return one
    hop = Hop(Step.MIRE, "GET", "hub.example", f"/{EVIL}", 500, 12, total_us=1_500, error=Reason.HTTP_STATUS, request_id=REQUEST_ID)
    return replace(one, error_id=ERROR_ID, code="Y000000", hops=(hop,), extract=f"Erreur {EVIL}")


@pytest.fixture
def stored() -> Iterator[Engine]:
    engine = in_memory()
    ImmediateRecorder(engine).keep(map(evidence, a_day()))
    yield engine
    engine.dispose()


@pytest.fixture
async def client(stored: Engine) -> AsyncIterator[httpx.AsyncClient]:
    world = ServedExporter(Past(stored))
    world.clock.step_us(100 * SECOND)
    async with world.client() as made:
        yield made


async def page(client: httpx.AsyncClient, path: str, status: int = 200) -> HTMLParser:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return HTMLParser(answer.text)


async def test_every_link_of_the_page_leads_to_the_past_and_from_there_on(client: httpx.AsyncClient) -> None:
    start = await page(client, "/")
    links = [link.attributes["href"] or "" for link in start.css("section a") if "/probe" not in (link.attributes["href"] or "")]
    assert links[:2] == [outage_path(MIRE_GONE), outage_path(AMELI_DOWN)], "the latest first"
    assert len(links) == 3
    for link in links:
        told = await page(client, link)
        for further in (one.attributes["href"] or "" for one in told.css("main a")):
            assert "Observation n°" in (await page(client, further)).css_first("h1").text()


async def test_the_page_has_the_trace_of_the_latest_failure(client: httpx.AsyncClient) -> None:
    told = (await page(client, "/")).css_first("details").text()
    assert "GET hub.example" in told
    assert ERROR_ID in told
    assert REQUEST_ID in told


async def test_an_outage_tells_why_and_lists_its_observations(client: httpx.AsyncClient) -> None:
    told = await page(client, outage_path(MIRE_GONE))
    assert told.css_first("h1").text() == "Indisponibilité\u00a0: C1\u00a0: la mire n'est pas affichée (Fédération)"
    facts = {row.css_first("th").text(): row.css_first("td").text() for row in told.css("table")[0].css("tr")}
    assert facts["Nom"] == str(MIRE_GONE)
    assert (facts["Identifiant d'erreur du hub"], facts["Identifiant de la requête"]) == (ERROR_ID, REQUEST_ID)
    assert len(told.css("table")[-1].css("tbody tr")) == 3


@pytest.mark.parametrize("path", ["/", outage_path(MIRE_GONE), outage_path(AMELI_DOWN), observation_path(3), observation_path(99)])
async def test_each_page_can_be_read_by_everybody(client: httpx.AsyncClient, path: str) -> None:
    """WCAG 2.1: 1.3.1 (structure), 2.1.1 (keyboard), 2.4.1, 2.4.2, 2.4.4, 2.4.6, 3.1.1."""
    told = HTMLParser((await client.get(path)).text)
    assert told.css_first("html").attributes["lang"] == "fr"
    assert told.css_first("title").text()
    assert [len(told.css(tag)) for tag in ("main", "h1", "nav[aria-label]", "script")] == [1, 1, 1, 0]
    levels = [int((head.tag or "h0")[1]) for head in told.css("h1,h2,h3,h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert all(table.css_first("caption") is not None for table in told.css("table"))
    assert all(cell.attributes.get("scope") in ("row", "col") for cell in told.css("th"))
    assert all(box.attributes.get("tabindex") == "0" and box.attributes.get("aria-label") for box in told.css(".wide"))
    assert all(link.text().strip() for link in told.css("a"))
    identifiers = [node.attributes["id"] for node in told.css("[id]")]
    assert len(set(identifiers)) == len(identifiers)
    assert {node.attributes["aria-labelledby"] for node in told.css("[aria-labelledby]")} <= set(identifiers)


async def test_what_the_hub_wrote_cannot_break_a_page(client: httpx.AsyncClient, stored: Engine) -> None:
    failing = Past(stored).latest_failure("fc")
    assert failing is not None
    for path in ("/", outage_path(MIRE_GONE), observation_path(failing.number)):
        told = await page(client, path)
        assert told.css("script") == []
        assert EVIL in told.body.text()


@pytest.mark.parametrize("path", ["/outages/fc/C2@2026-01-01T00:01:00Z", "/outages/fc/C1", "/outages/nope/C1@2026-01-01T00:01:00Z"])
async def test_an_outage_that_never_was_is_404_in_words(client: httpx.AsyncClient, path: str) -> None:
    assert "ne connaît pas d'indisponibilité de ce nom" in (await page(client, path, 404)).css_first("main").text()


async def test_an_observation_that_retention_took_is_404_in_words(client: httpx.AsyncClient, stored: Engine) -> None:
    Writer(stored).forget(BEGUN + 80 * SECOND)
    assert "durée de conservation est écoulée" in (await page(client, observation_path(1), 404)).css_first("main").text()
    assert "n'a pas d'observation n° 999" in (await page(client, observation_path(999), 404)).css_first("main").text()
    assert (await page(client, "/observations/x", 404)).css_first("h1").text() == "Introuvable"
    kept = await page(client, outage_path(MIRE_GONE))
    assert "supprimées après leur durée de conservation" in kept.css_first("main").text()


async def test_an_old_outage_leaves_the_page_and_keeps_its_own(stored: Engine) -> None:
    world = ServedExporter(Past(stored))
    world.clock.step_us(31 * DAY)
    async with world.client() as client:
        assert "Aucune indisponibilité depuis 30 jours." in (await page(client, "/")).css_first("main").text()
        assert (await page(client, outage_path(MIRE_GONE))).css_first("h1")


async def test_a_ledger_that_cannot_be_read_is_503_and_the_page_stays() -> None:
    class Away:
        def __getattr__(self, name: str) -> object:
            raise LedgerError("the disk is gone")

    world = ServedExporter(Away())  # type: ignore[arg-type]
    async with world.client() as client:
        assert (await page(client, "/")).css_first("h1")
        for path in (outage_path(MIRE_GONE), observation_path(1)):
            assert "Réessayez" in (await page(client, path, 503)).css_first("main").text()


async def test_the_pages_are_in_the_language_of_the_configuration(stored: Engine) -> None:
    past: ReadablePast = Past(stored)
    world = ServedExporter(past)
    world.meters.configure(replace(VIEW, language="en"))
    async with world.client() as client:
        assert (await page(client, outage_path(MIRE_GONE))).css_first("h1").text() == "Outage: C1: the mire is not displayed (Fédération)"
        assert (await page(client, observation_path(1))).css_first("h1").text() == "Observation no. 1"
