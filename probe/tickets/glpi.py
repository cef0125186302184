"""GLPI 9.5 to 11 by its REST interface (GLPI's apirest.md).

There is one session for each delivery. GLPI keeps no idempotency keys, so ours are where it can be
asked for them: the incident's name in the ticket's name, its mark in the ticket's content, the
act's key in each followup and solution.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from probe.core.incident.model import Severity
from probe.core.plain_text import fits_header
from probe.tickets.message import Message, RefusedLetterError, TicketError, Verb
from probe.tickets.wire import SystemAnswer, Wire, unexpected

_PAGE = 200
_MOST_PAGES = 50
_NAME, _ID = "1", "2"  # search options of a ticket
_INCIDENT = 1  # the type of a ticket
_WORKING, _PENDING, _SOLVED, _CLOSED = 2, 4, 5, 6  # statuses of a ticket
_STATUSES = {Verb.WORK: _WORKING, Verb.WAIT: _PENDING, Verb.REOPEN: _WORKING, Verb.RESOLVE: _SOLVED, Verb.CLOSE: _CLOSED}
URGENCIES = {Severity.CRITICAL: 5, Severity.MAJOR: 4, Severity.MEDIUM: 3, Severity.MINOR: 2, Severity.INFO: 1}


@dataclass(frozen=True, slots=True)
class Login:
    """How to open a session: a user's token, or a name and a password.

    `app_token`: that of the API client; empty when GLPI asks for none.
    """

    user_token: str = ""
    user: str = ""
    password: str = ""
    app_token: str = ""

    def headers(self) -> dict[str, str]:
        return {"app-token": self.app_token} if self.app_token else {}


@dataclass(frozen=True, slots=True)
class GlpiSettings:
    """Where tickets go. `category`, `entity`: numbers in GLPI; None leaves them to GLPI."""

    urgencies: Mapping[Severity, int] = field(default_factory=lambda: URGENCIES)
    category: int | None = None
    entity: int | None = None


class Glpi:
    """See `probe.tickets.message.TicketSystem`."""

    def __init__(self, wire: Wire, login: Login, settings: GlpiSettings) -> None:
        self._wire = wire
        self._login = login
        self._settings = settings

    async def deliver(self, message: Message, reference: str | None) -> str:
        self._wire.begin()
        session = await self._open()
        try:
            return await _Session(self._wire, self._settings, session).deliver(message, reference)
        finally:
            with suppress(TicketError):
                await self._wire.ask("GET", "/killSession", headers=session)

    async def prove(self) -> bool:
        """Open a session and close it. See `probe.tickets.message.TicketSystem`."""
        self._wire.begin()
        session = await self._open()
        with suppress(TicketError):
            await self._wire.ask("GET", "/killSession", headers=session)
        return True

    async def close(self) -> None:
        await self._wire.close()

    async def _open(self) -> dict[str, str]:
        """Open a session and return its headers. Raises TicketError."""
        login = self._login
        headers = login.headers()
        auth = None
        if login.user_token:
            headers["authorization"] = f"user_token {login.user_token}"
        else:
            auth = httpx.BasicAuth(login.user, login.password)
        answer = await self._wire.ask("GET", "/initSession", headers=headers, auth=auth)
        if not answer.ok:
            raise self._wire.refused(answer)
        content = answer.json()
        token = content.get("session_token") if isinstance(content, dict) else None
        if not isinstance(token, str) or not fits_header(token):
            raise unexpected(answer, KeyError("session_token"))
        return {**login.headers(), "session-token": token}


class _Session:
    """One delivery, in its own session."""

    def __init__(self, wire: Wire, settings: GlpiSettings, headers: Mapping[str, str]) -> None:
        self._wire = wire
        self._settings = settings
        self._headers = headers

    async def deliver(self, message: Message, reference: str | None) -> str:
        doubt = message.doubt
        if reference is None:
            reference = await self._find(message)
            if reference is None:
                reference = await self._create(message)
                await self._change(reference, message)
                return reference
            if message.verb is Verb.CREATE:
                return reference
            doubt = True
        if not doubt or not await self._has_message(reference, message):
            await self._comment(reference, message)
        await self._change(reference, message)
        return reference

    # --- reading

    async def _find(self, message: Message) -> str | None:
        criterion = {"field": _NAME, "searchtype": "contains", "value": f"[{message.reference}]"}
        query = {f"criteria[0][{name}]": value for name, value in criterion.items()}
        answer = await self._get("/search/Ticket", {**query, "forcedisplay[0]": _ID, "range": f"0-{_PAGE - 1}"})
        for number in _found(answer):
            ticket = await self._ticket(number)
            if f"{message.mark}." in str(ticket.get("content", "")):
                return number
        return None

    async def _has_message(self, number: str, message: Message) -> bool:
        """Whether the ticket, a followup or a solution has the act's key."""
        for kind in ("ITILFollowup", "ITILSolution"):
            async for item in self._under(number, kind):
                if _has(item, message):
                    return True
        return _has(await self._ticket(number), message)

    async def _under(self, number: str, kind: str) -> AsyncIterator[Mapping[str, Any]]:
        for page in range(_MOST_PAGES):
            answer = await self._get(f"/Ticket/{number}/{kind}", {"range": f"{page * _PAGE}-{(page + 1) * _PAGE - 1}"})
            items = answer.json()
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise unexpected(answer, TypeError())
            for item in items:
                yield item
            if answer.status != HTTPStatus.PARTIAL_CONTENT:
                return

    # --- writing

    async def _create(self, message: Message) -> str:
        fields: dict[str, Any] = {
            "name": f"[{message.reference}] {message.title}",
            "content": message.html,
            "type": _INCIDENT,
            **self._urgency(message),
        }
        if self._settings.category is not None:
            fields["itilcategories_id"] = self._settings.category
        if self._settings.entity is not None:
            fields["entities_id"] = self._settings.entity
        return await self._add("Ticket", fields)

    async def _comment(self, number: str, message: Message) -> None:
        fields = {"itemtype": "Ticket", "items_id": int(number), "content": message.html}
        solves = message.verb is Verb.RESOLVE and _status(await self._ticket(number)) not in (_SOLVED, _CLOSED)
        await self._add("ITILSolution" if solves else "ITILFollowup", fields)

    async def _change(self, number: str, message: Message) -> None:
        ticket = await self._ticket(number)
        changes: dict[str, Any] = self._urgency(message) if message.verb is Verb.ESCALATE else {}
        status = _STATUSES.get(message.verb)
        if status is not None and not (status == _SOLVED and _status(ticket) == _CLOSED):
            changes["status"] = status
        changes = {name: value for name, value in changes.items() if str(ticket.get(name)) != str(value)}
        if not changes:
            return
        answer = await self._wire.ask("PUT", f"/Ticket/{number}", headers=self._headers, json={"input": changes})
        if not answer.ok:
            raise self._wire.refused(answer)
        if "status" in changes and _status(await self._ticket(number)) != changes["status"]:
            raise RefusedLetterError(f"ticket {number} does not take status {changes['status']}")

    def _urgency(self, message: Message) -> dict[str, int]:
        """Return urgency and impact by the severity; empty when none is configured for it."""
        level = self._settings.urgencies.get(message.severity)
        return {} if level is None else {"urgency": level, "impact": level}

    async def _add(self, kind: str, fields: Mapping[str, Any]) -> str:
        answer = await self._wire.ask("POST", f"/{kind}", headers=self._headers, json={"input": fields})
        if not answer.ok or answer.status == HTTPStatus.MULTI_STATUS:
            raise self._wire.refused(answer)
        made = answer.json()
        number = made.get("id") if isinstance(made, dict) else None
        if not str(number).isdecimal():
            raise unexpected(answer, KeyError("id"))
        return str(number)

    async def _ticket(self, number: str) -> Mapping[str, Any]:
        answer = await self._get(f"/Ticket/{number}", {})
        ticket = answer.json()
        if not isinstance(ticket, dict):
            raise unexpected(answer, TypeError())
        return ticket

    async def _get(self, path: str, parameters: Mapping[str, str]) -> SystemAnswer:
        answer = await self._wire.ask("GET", path, headers=self._headers, params=dict(parameters))
        if not answer.ok:
            raise self._wire.refused(answer)
        return answer


def _has(item: Mapping[str, Any], message: Message) -> bool:
    """Whether a content, HTML in any escaping, holds the act's key, and not a longer one."""
    return re.search(re.escape(message.key) + r"(?![0-9])", str(item.get("content", ""))) is not None


def _status(ticket: Mapping[str, Any]) -> int | None:
    text = str(ticket.get("status", ""))
    return int(text) if text.isdecimal() else None


def _found(answer: SystemAnswer) -> list[str]:
    """Return the numbers of the tickets found, the oldest first.

    GLPI gives rows as a list, or as an object keyed by number, and none when it found nothing.
    """
    content = answer.json()
    rows = content.get("data", []) if isinstance(content, dict) else None
    numbers = list(_numbers(rows))
    if not all(number.isdecimal() for number in numbers):
        raise unexpected(answer, KeyError(_ID))
    return sorted(numbers, key=int)


def _numbers(rows: Any) -> Iterator[str]:
    if isinstance(rows, dict):
        yield from map(str, rows)
    elif isinstance(rows, list):
        yield from (str(row.get(_ID)) if isinstance(row, dict) else "" for row in rows)
    else:
        yield ""
