"""The page of an incident, which tickets link to: what the machine knows, and nobody's name."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from exporters.http.incident_page import RecordedIncident
from probe.core.incident.acts import Assigned, Commented, Opened, Reopened, Resolved
from probe.core.incident.model import MACHINE, Act, Origin, Severity
from probe.core.incident.rules import replay
from probe.errors import InputError, LedgerError
from probe.incidents.details import IncidentDetails
from tests.builders import BEGUN, SECOND
from tests.fakes.exporter import ServedExporter

EVIL = "<script>alert(1)</script>"
DETAIL = "Un client inconnu voit la mire (observation n° 1234)"


def shown(number: int, origin: Origin = Origin.SECURITY, subject: str = "security:client", detail: str = DETAIL) -> IncidentDetails:
    opened = Opened(
        hub="fc", subject=subject, origin=origin, severity=Severity.CRITICAL, title=f"titre {EVIL}", detail=detail, requester="Zoé",
        began_us=BEGUN,
    )  # fmt: skip
    acts = [
        opened.act(number, BEGUN, MACHINE),
        Assigned(to="Ada Lovelace").act(number, BEGUN + SECOND, "Bob Martin"),
        Commented(text="mot de passe : sésame").act(number, BEGUN + 2 * SECOND, "Bob Martin"),
    ]
    return IncidentDetails(replay(acts), tuple[Act, ...](acts), (), {})


def reopened(number: int) -> IncidentDetails:
    """One that the machine reopened for another cause."""
    acts = [
        *shown(number, Origin.IDP, "idp:ameli", "premier motif").acts,
        Resolved(text="fini").act(number, BEGUN + 3 * SECOND, MACHINE),
        Reopened(reason="a repris", detail="second motif").act(number, BEGUN + 4 * SECOND, MACHINE),
    ]
    return IncidentDetails(replay(acts), tuple[Act, ...](acts), (), {})


KNOWN: Mapping[int, IncidentDetails] = {
    7: shown(7),
    8: shown(8, Origin.PERSON, "", f"Zoé a vu {EVIL} (observation n° 9)"),
    9: shown(9, Origin.CONDITION, "mire_missing", ""),
    10: shown(10, Origin.IDP, "idp:ameli@eidas2", ""),
    11: shown(11, Origin.IDP, "idp:ameli", "premier motif\nsecond motif"),
    13: reopened(13),
}


def read(number: int) -> RecordedIncident:
    if number == 500:
        raise LedgerError("away")
    if number not in KNOWN:
        raise InputError("no such incident")
    return KNOWN[number]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with ServedExporter(incident=read).client() as made:
        yield made


async def test_it_says_what_the_machine_knows_and_leads_to_the_observation(client: httpx.AsyncClient) -> None:
    answer = await client.get("/incidents/7")
    assert (await client.get("/incidents/VIGIE-7")).text == (await client.get("/incidents/vigie-7")).text == answer.text
    page = HTMLParser(answer.text)
    assert answer.status_code == 200
    assert page.css_first("h1").text() == f"VIGIE-7 - titre {EVIL}"
    for told in (
        "le hub accepte ce qu'il doit refuser : client inconnu",
        "1 (critique)",
        "Ce que voit l'usager",
        "un tiers pourrait se faire passer pour un service ou pour un usager",
        "pris en charge",
        DETAIL,
        "confié",
        "À faire",
        "Conduite à tenir : docs/runbooks/VigieNegativePassed.md, dans les sources de Vigie",
        "commentaire",
    ):
        assert told in page.body.text().replace("\u00a0", " "), told
    assert [link.attributes["href"] for link in page.css("main a")] == ["/observations/1234"]


async def test_each_cause_is_a_line(client: httpx.AsyncClient) -> None:
    page = HTMLParser((await client.get("/incidents/11")).text)
    assert [each.text() for each in page.css("main > p")][:2] == ["premier motif", "second motif"]


async def test_a_reopened_one_says_what_is_so_now_and_its_history_what_was_so_before(client: httpx.AsyncClient) -> None:
    page = HTMLParser((await client.get("/incidents/13")).text)
    assert [each.text() for each in page.css("main > p")][:1] == ["second motif"]
    rows = [each.css("td")[1].text(separator="|") for each in page.css("main table")[-1].css("tbody tr")]
    assert (rows[0], rows[-1]) == ("ouvert|premier motif", "rouvert")


@pytest.mark.parametrize(("number", "outage"), [(9, "fc/C1"), (10, "fc/ameli@eidas2")])
async def test_an_outage_s_incident_leads_to_the_outage(client: httpx.AsyncClient, number: int, outage: str) -> None:
    page = HTMLParser((await client.get(f"/incidents/{number}")).text)
    [path] = [link.attributes["href"] for link in page.css("main a")]
    assert path == f"/outages/{outage}@2026-01-01T00:00:00.000000Z"
    assert "Heures du fuseau Europe/Paris (UTC+01:00)." in page.css_first("footer").text()


@pytest.mark.parametrize("number", KNOWN)
async def test_it_names_nobody_and_repeats_nothing_else_that_people_wrote(client: httpx.AsyncClient, number: int) -> None:
    text = (await client.get(f"/incidents/{number}")).text
    assert EVIL not in text
    for secret in ("Ada", "Bob", "Zoé", "sésame"):
        assert secret not in text
    assert ("/observations/" in text) == (number == 7)


@pytest.mark.parametrize(
    ("path", "status"), [("12", 404), ("x", 404), ("VIGIE-", 404), ("0", 404), ("²", 404), ("9" * 17, 404), ("500", 503)]
)
async def test_what_is_not_there_or_cannot_be_read_is_said(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(f"/incidents/{path}")
    assert answer.status_code == status
    assert "<h1>" in answer.text
