"""`POST /-/reload`: who may, and what is answered."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from exporters.http.auth import Access
from exporters.http.reload import PATH, Reload
from exporters.http.server import Site, application
from exporters.http.texts import ServiceNotice
from tests.fakes.exporter import ServedExporter
from tests.fakes.readings import VIEW

TOKEN = "a token that nobody guesses"
WITH_TOKEN = {"authorization": f"Bearer {TOKEN}"}


class Reloadable:
    """A site whose reloads are noted, and end as the test says."""

    def __init__(self) -> None:
        self.world = ServedExporter()
        self.world.meters.configure(replace(VIEW, language="en"))
        self.access = Access({"camille": TOKEN})
        self.refusal: Sequence[str] = ()
        self.asked_by: list[str] = []
        self.notices: list[ServiceNotice] = []
        world = self.world
        call = Reload(self.run, lambda: self.access)
        self.app = application(
            Site(world.meters, world.history, world.clock, lambda: world.pending, world.run, reload=call, notices=lambda: self.notices)
        )

    async def run(self, author: str) -> Sequence[str]:
        self.asked_by.append(author)
        return self.refusal


@pytest.fixture
def site() -> Reloadable:
    return Reloadable()


@pytest.fixture
async def client(site: Reloadable) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url="http://vigie.test") as made:
        yield made


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_who_has_a_token_reloads_under_its_name(site: Reloadable, client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, PATH, headers=WITH_TOKEN)
    assert (answer.status_code, answer.text, site.asked_by) == (200, "reloaded\n", ["camille"])


async def test_a_refusal_is_told_line_by_line(site: Reloadable, client: httpx.AsyncClient) -> None:
    site.refusal = ["vigie.yml:3: hubs: is missing", "vigie.yml:9: store: is empty"]
    answer = await client.post(PATH, headers=WITH_TOKEN)
    assert answer.status_code == 500
    assert answer.text.splitlines() == ["refused; the configuration before stays in force", *site.refusal]


async def test_without_a_token_in_the_configuration_it_is_off(site: Reloadable, client: httpx.AsyncClient) -> None:
    site.access = Access(open_reads=True)
    answer = await client.post(PATH, headers=WITH_TOKEN)
    assert (answer.status_code, site.asked_by) == (403, [])
    assert "api.tokens" in answer.text


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer another"}, {"authorization": f"Basic {TOKEN}"}])
async def test_without_the_token_nothing_is_read(site: Reloadable, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post(PATH, headers=headers)
    assert (answer.status_code, site.asked_by) == (401, [])
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_link_or_an_image_reloads_nothing(site: Reloadable, client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, headers=WITH_TOKEN)
    assert (answer.status_code, site.asked_by) == (405, [])


async def test_a_refused_reload_is_said_where_the_service_is_ready_all_the_same(site: Reloadable, client: httpx.AsyncClient) -> None:
    site.notices = [ServiceNotice.RELOAD_REFUSED]
    ready = await client.get("/readyz")
    assert (ready.status_code, [line.partition(":")[0] for line in ready.text.splitlines()]) == (200, ["ready", "reload_refused"])
    as_json = (await client.get("/readyz", headers={"accept": "application/json"})).json()
    assert [notice["code"] for notice in as_json["notices"]] == ["reload_refused"]
    page = HTMLParser((await client.get("/")).text)
    assert "was refused, and the one before stays in force" in page.css_first("main").text()
