"""GLPI, played as its apirest.md says: sessions, tickets, followups, solutions, ranges,
and errors as lists.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from probe.core.incident.model import ActKind
from probe.incidents.store.outbox import LetterState
from probe.tickets.glpi import Glpi, GlpiSettings, Login
from probe.tickets.message import Message, RefusedLetterError, TemporaryError, TicketError
from probe.tickets.wire import Wire
from probe.tickets.wording import TicketWording
from probe.transport.tls import TlsContexts
from tests.fakes import incident_acts
from tests.fakes.deliveries import Deliveries
from tests.fakes.recorder import ledger

URL = "https://glpi.example/apirest.php"
LOGIN = Login(user_token="user-token-1", app_token="app-token-1")
SETTINGS = GlpiSettings(category=12, entity=3)
NEW, WORKING, PENDING, SOLVED, CLOSED = 1, 2, 4, 5, 6
WORDS = TicketWording("fr", "Europe/Paris")


class Server:
    """GLPI 10's REST interface, as far as it is documented and used. `lose`:
    of which changes the answer is lost.
    """

    def __init__(self) -> None:
        self.tickets: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []  # followups and solutions, in their order
        self.sessions: set[str] = set()
        self.opened = 0
        self.lose: list[bool] = []
        self.as_object = False
        self.page = 0  # of sub-items at most; 0: no bound

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/apirest.php")
        if request.headers.get("app-token") != LOGIN.app_token:
            return httpx.Response(400, json=["ERROR_WRONG_APP_TOKEN_PARAMETER", "app_token has an incorrect value"])
        if path == "/initSession":
            return self._init(request)
        if request.headers.get("session-token") not in self.sessions:
            return httpx.Response(401, json=["ERROR_SESSION_TOKEN_INVALID", "session_token semble invalide"])
        assert "authorization" not in request.headers
        if path == "/killSession":
            self.sessions.discard(request.headers["session-token"])
            return httpx.Response(200, json=True)
        answer = self._ask(request, path)
        if request.method != "GET" and answer.status_code < 300 and self.lose and self.lose.pop(0):
            raise httpx.ReadError("reset", request=request)
        return answer

    def _init(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") not in (f"user_token {LOGIN.user_token}", "Basic dmlnaWU6c2VjcmV0"):
            return httpx.Response(401, json=["ERROR_GLPI_LOGIN_USER_TOKEN", "le paramètre user_token semble invalide"])
        self.opened += 1
        token = f"session{self.opened}"
        self.sessions.add(token)
        return httpx.Response(200, json={"session_token": token})

    def _ask(self, request: httpx.Request, path: str) -> httpx.Response:
        body = json.loads(request.content)["input"] if request.content else {}
        if request.method == "POST":
            return self._add(path.strip("/"), body)
        if path == "/search/Ticket":
            return self._search(request)
        found = re.fullmatch(r"/Ticket/(\d+)(?:/(\w+))?", path)
        if not found or int(found[1]) > len(self.tickets):
            return httpx.Response(404, json=["ERROR_ITEM_NOT_FOUND", "Élément introuvable"])
        ticket = self.tickets[int(found[1]) - 1]
        if request.method == "PUT":
            ticket |= body
            return httpx.Response(200, json=[{found[1]: True, "message": ""}])
        return self._under(request, int(found[1]), found[2]) if found[2] else httpx.Response(200, json=ticket)

    def _add(self, kind: str, body: dict[str, Any]) -> httpx.Response:
        if kind == "Ticket":
            self.tickets.append({"id": len(self.tickets) + 1, "status": NEW, **body})
            return httpx.Response(201, json={"id": len(self.tickets), "message": ""})
        ticket = self.tickets[body["items_id"] - 1]
        if kind == "ITILSolution":
            if ticket["status"] in (SOLVED, CLOSED):
                return httpx.Response(400, json=["ERROR_GLPI_ADD", "Le ticket est déjà résolu"])
            ticket["status"] = SOLVED
        self.notes.append({"id": len(self.notes) + 1, "kind": kind, **body})
        return httpx.Response(201, json={"id": len(self.notes), "message": ""})

    def _search(self, request: httpx.Request) -> httpx.Response:
        wanted = request.url.params
        assert (wanted["criteria[0][field]"], wanted["criteria[0][searchtype]"], wanted["forcedisplay[0]"]) == ("1", "contains", "2")
        rows = [{"1": each["name"], "2": each["id"], "80": "Root"} for each in self.tickets if wanted["criteria[0][value]"] in each["name"]]
        content: dict[str, Any] = {"totalcount": len(rows), "count": len(rows), "content-range": f"0-{len(rows)}/{len(rows)}"}
        if rows:
            content["data"] = {str(row["2"]): row for row in rows} if self.as_object else rows
        return httpx.Response(200, json=content)

    def _under(self, request: httpx.Request, number: int, kind: str) -> httpx.Response:
        rows = [note for note in self.notes if note["items_id"] == number and note["kind"] == kind]
        first, last = map(int, request.url.params["range"].split("-"))
        shown = rows[first : last + 1]
        return httpx.Response(206 if len(rows) > last + 1 else 200, json=shown)

    def kinds(self) -> list[str]:
        return [note["kind"].removeprefix("ITIL") for note in self.notes]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        router.route().mock(side_effect=made)
        yield made


def glpi(login: Login = LOGIN) -> Glpi:
    return Glpi(Wire(URL, TlsContexts().get(None)), login, SETTINGS)


def message(count: int = 1, *, doubt: bool = False) -> Message:
    return WORDS.message(incident_acts.story(incident_acts.acts(12)[:count]), doubt=doubt)


async def test_a_story_is_one_ticket_with_followups_and_solutions_in_order(server: Server, tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        deliveries = Deliveries(engine, {"glpi": glpi()})
        found = []
        for act in incident_acts.WHOLE:
            deliveries.put(12, act)
            await deliveries.drain("glpi")
            found.append(server.tickets[0]["status"])
        assert deliveries.ticket(12) == "1"
        assert deliveries.standing() == {}
    (ticket,) = server.tickets
    assert ticket["name"] == "[VIGIE-12] FranceConnect\N{NO-BREAK SPACE}: fournisseur d'identité l’Assurance maladie indisponible"
    assert (ticket["itilcategories_id"], ticket["entities_id"], ticket["type"]) == (12, 3, 1)
    assert (ticket["urgency"], ticket["impact"]) == (5, 5)  # raised to severity 1 on the way
    assert [re.findall(r"VIGIE-12-\w+\.(\d+)<", note["content"])[-1] for note in server.notes] == [str(act) for act in range(2, 15)]
    assert server.kinds() == ["Followup"] * 8 + ["Solution", "Followup", "Followup", "Solution", "Followup"]
    assert found == [NEW, NEW, NEW, WORKING, PENDING, WORKING, WORKING, WORKING, WORKING, SOLVED, SOLVED, WORKING, SOLVED, CLOSED]
    assert server.sessions == set()  # each was ended


@pytest.mark.parametrize("lose", [[True], [False, True], [False, False, True], [True] * 3])
@pytest.mark.parametrize("as_object", [False, True])
async def test_answers_that_are_lost_make_nothing_twice(server: Server, tmp_path: Path, lose: list[bool], as_object: bool) -> None:
    server.lose, server.as_object = list(lose), as_object
    with ledger(tmp_path / "vigie.db") as engine:
        deliveries = Deliveries(engine, {"glpi": glpi()})
        deliveries.put(12, incident_acts.WHOLE[0], (ActKind.COMMENTED, {"text": "a"}), (ActKind.RESOLVED, {"text": "b", "ended_us": 1}))
        await deliveries.settle()
        assert {row.state for row in deliveries.rows()} == {LetterState.DELIVERED}
    assert len(server.tickets) == 1
    assert server.kinds() == ["Followup", "Solution"]
    assert server.tickets[0]["status"] == SOLVED


async def test_a_followup_among_hundreds_is_found(server: Server) -> None:
    system = glpi()
    await system.deliver(message(), None)
    await system.deliver(message(2), "1")
    first = server.notes.pop()
    server.notes = [{**first, "content": "autre"}] * 450 + [first] + [{**first, "content": "autre"}] * 10
    await system.deliver(message(2, doubt=True), "1")
    assert len(server.notes) == 461


async def test_what_a_person_resolved_gets_a_followup_instead_of_a_second_solution(server: Server) -> None:
    system = glpi()
    await system.deliver(message(), None)
    server.tickets[0]["status"] = CLOSED
    await system.deliver(message(10), "1")
    assert server.kinds() == ["Followup"]
    assert server.tickets[0]["status"] == CLOSED


async def test_a_ticket_of_the_same_name_from_another_store_is_not_taken_for_ours(server: Server) -> None:
    server.tickets.append({"id": 1, "name": "[VIGIE-12] d’un autre", "content": "VIGIE-12-00000000.1", "status": NEW})
    assert await glpi().deliver(message(), None) == "2"


async def test_a_name_and_a_password_do_as_well(server: Server) -> None:
    assert await glpi(Login(user="vigie", password="secret", app_token=LOGIN.app_token)).deliver(message(), None) == "1"


@pytest.mark.parametrize(
    ("login", "kind"),
    [(Login(user_token="wrong-4711", app_token=LOGIN.app_token), TemporaryError), (Login(user_token="user-token-1"), RefusedLetterError)],
)
async def test_a_login_that_is_refused_is_not_shown(server: Server, login: Login, kind: type[TicketError]) -> None:
    with pytest.raises(kind) as caught:
        await glpi(login).deliver(message(), None)
    assert "4711" not in str(caught.value)
    assert not caught.value.doubt


async def test_a_proof_opens_a_session_and_changes_nothing(server: Server) -> None:
    assert await glpi().prove()
    with pytest.raises(TemporaryError):
        await glpi(Login(user_token="wrong-4711", app_token=LOGIN.app_token)).prove()


async def test_a_ticket_that_is_gone_is_refused_for_good(server: Server) -> None:
    with pytest.raises(RefusedLetterError, match="ERROR_ITEM_NOT_FOUND"):
        await glpi().deliver(message(5, doubt=True), "9")
