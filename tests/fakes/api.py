"""The API over a register that a test can change: what HTTP makes of calls, without a database."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from exporters.http.answers import (
    AccountAnswer,
    FlagActAnswer,
    FlagAnswer,
    IdpAnswer,
    IdpFlagAnswer,
    IncidentAnswer,
    LetterAnswer,
    ReportAnswer,
    StoryAnswer,
    TakenAnswer,
)
from exporters.http.api import PREFIX, api
from exporters.http.auth import Access
from exporters.http.history import OutagePage, OutageQuery
from exporters.http.past_answers import ObservationAnswer, OutageStoryAnswer
from exporters.http.register import IncidentPage, IncidentQuery, UnknownError
from exporters.http.requests import Opening
from probe.core.incident.indicator import Indicator
from probe.core.incident.model import ActKind, Data
from probe.core.judgement.past import OutageName, OutageStory, PastOutage, StoredObservation
from probe.core.judgement.subject import C1
from probe.core.judgement.timeline import Outage
from probe.incidents import details
from probe.service import past_answers, serialize
from tests.builders import fresh_incident, mire

ADA, BOB = "ada-0123456789abcdef", "bob-0123456789abcdef"
TOKENS = {"ada": ADA, "bob": BOB}
RECEIVER, PASSWORD = "receiver-0123456789", "password-é-0123456789"


def bearer(token: str = ADA) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def story(number: int, title: str) -> StoryAnswer:
    """An incident as the API answers it."""
    return serialize.story(details.IncidentDetails(fresh_incident(number, title=title), (), (), {}))


def quiet_report() -> ReportAnswer:
    """The report of a register that is empty."""
    empty = Indicator("rolling", 0, 1, (), 0)
    return serialize.report(details.Report(0, "1970-01", empty, empty, ()), [], {})


class FakeRegister:
    """Remembers what it was asked; answers what a test says, or raises it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.incidents_there = {number: story(number, f"n° {number}") for number in range(1, 8)}
        self.error: Exception | None = None

    def _note(self, name: str, what: Any) -> None:
        self.asked.append((name, what))
        if self.error is not None:
            raise self.error

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        self._note("incidents", query)
        found = [one for number, one in sorted(self.incidents_there.items(), reverse=True) if query.before is None or number < query.before]
        return IncidentPage(found[: query.limit], len(found) > query.limit)

    def incident(self, number: int) -> StoryAnswer:
        self._note("incident", number)
        if number not in self.incidents_there:
            raise UnknownError(f"there is no VIGIE-{number}")
        return self.incidents_there[number]

    def open(self, opening: Opening, author: str, key: str) -> IncidentAnswer:
        self._note("open", (opening, author, key))
        return story(8, opening.title)

    def act(self, number: int, kind: ActKind, data: Data, at_us: int | None, author: str, key: str) -> IncidentAnswer:
        self._note("act", (number, kind, dict(data), at_us, author, key))
        return story(number, "n°")

    def idps(self, hub: str | None) -> Sequence[IdpAnswer]:
        self._note("idps", hub)
        return [
            IdpAnswer(
                hub="fc", name="ameli", title="Ameli", tile="uid-ameli", state="up", since=None, displayed=None, selectable=None,
                flag=IdpFlagAnswer(state="none", since=None), guard="", incident=None,
                unknown=None, suspended=None, account=AccountAnswer(state="none", since=None, differs=False, levels=[]),
            )
        ]  # fmt: skip

    def deactivations(self, hub: str | None, idp: str | None) -> Sequence[FlagActAnswer]:
        self._note("deactivations", (hub, idp))
        return []

    def flag(self, hub: str, idp: str, step: str, reason: str, at_us: int | None, author: str) -> FlagAnswer:
        self._note("flag", (hub, idp, step, reason, at_us, author))
        return FlagAnswer(hub=hub, idp=idp, state=step, since=None)

    def report(self, month: str | None) -> ReportAnswer:
        self._note("report", month)
        return quiet_report()

    def outbox(self) -> Sequence[LetterAnswer]:
        self._note("outbox", None)
        return []

    def retry(self, system: str, number: int) -> int:
        self._note("retry", (system, number))
        return 1

    def alertmanager(self, document: object) -> TakenAnswer:
        self._note("alertmanager", document)
        return TakenAnswer(alerts=[])


class FakePast:
    """Outages and observations of the past, as a test says; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.error: Exception | None = None
        self.outages_there = [
            past_answers.past_outage(PastOutage(Outage("fc", C1, at * 1_000_000, (at + 1) * 1_000_000, 1_000_000, 0, None)))
            for at in range(5)
        ]

    def _note(self, name: str, what: Any) -> None:
        self.asked.append((name, what))
        if self.error is not None:
            raise self.error

    def outages(self, query: OutageQuery) -> OutagePage:
        self._note("outages", query)
        earlier = [one for one in self.outages_there if query.before is None or OutageName.parse(one.id).at_us < query.before.at_us]
        found = earlier[::-1]
        return OutagePage(found[: query.limit], len(found) > query.limit)

    def outage(self, name: OutageName, limit: int) -> OutageStoryAnswer:
        self._note("outage", (name, limit))
        return past_answers.outage_story(OutageStory(PastOutage(Outage(*name, None, 1_000_000, 0, None)), [], 0))

    def observation(self, number: int) -> ObservationAnswer:
        self._note("observation", number)
        return past_answers.observation(StoredObservation(number, mire(0)))


class ApiInMemory:
    """The API, its register and its settings, called in memory."""

    def __init__(self, register: Any = None, access: Access | None = None, past: Any = None) -> None:
        self.register = register if register is not None else FakeRegister()
        self.past = past if past is not None else FakePast()
        self.access = access or Access(TOKENS, basic=("alertmanager", PASSWORD), receiver=RECEIVER)
        self.app = Starlette(routes=[Mount(PREFIX, app=api(self.register, self.past, lambda: self.access))])

    def client(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=f"http://vigie.test{PREFIX}", headers=dict(headers or {}))


def is_problem(answer: httpx.Response, status: int) -> Mapping[str, Any]:
    """The problem document of an answer (RFC 9457). Fails when it is none of ours."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert set(told) >= {"type", "title", "detail"}
    assert "Traceback" not in answer.text
    return told


Call = Callable[..., Any]
