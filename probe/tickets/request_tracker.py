"""Request Tracker 5 by its REST2 interface (RT 5.0, docs/RT::REST2).

RT keeps no idempotency keys, so ours stand where it can be asked for them: the incident's name in the ticket's subject and its mark in the
ticket's first text, the act's key at the head of each comment's subject, where
nothing is cut off. RT says 200 to changes that it did not make: they are read back.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from probe.core.incident.model import Severity
from probe.tickets.message import Message, RefusedError, Verb
from probe.tickets.template import Template
from probe.tickets.wire import Answer, Wire, unexpected
from probe.tickets.wording import line

_API = "/REST/2.0"
_PAGE = 100
_MOST_PAGES = 50
PRIORITIES = {Severity.CRITICAL: 90, Severity.MAJOR: 70, Severity.MEDIUM: 50, Severity.MINOR: 30, Severity.INFO: 10}
STATUSES = {Verb.WORK: "open", Verb.WAIT: "stalled", Verb.RESOLVE: "resolved", Verb.REOPEN: "open", Verb.CLOSE: "resolved"}


def authorization(token: str) -> dict[str, str]:
    """The header of an authentication token (RT::Authen::Token)."""
    return {"authorization": f"token {token}"}


def basic(user: str, password: str) -> httpx.Auth:
    return httpx.BasicAuth(user, password)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where tickets go, and as what. `fields`: custom fields and their texts. An empty status leaves the ticket's as it is."""

    queue: str
    priorities: Mapping[Severity, int] = field(default_factory=lambda: PRIORITIES)
    statuses: Mapping[Verb, str] = field(default_factory=lambda: STATUSES)
    fields: Mapping[str, Template] = field(default_factory=dict)
    requestor: str = ""


class RequestTracker:
    """See `probe.tickets.message.TicketSystem`."""

    def __init__(self, wire: Wire, desk: Desk) -> None:
        self._wire = wire
        self._desk = desk

    async def deliver(self, message: Message, reference: str | None) -> str:
        self._wire.begin()
        doubt = message.doubt
        if reference is None:
            reference = await self._find(message)
            if reference is None:
                reference = await self._create(message)
                await self._change(reference, message, made=True)
                return reference
            if message.verb is Verb.CREATE:
                return reference
            doubt = True  # the ticket may have been made of this very message
        if not doubt or not await self._told(reference, message):
            await self._comment(reference, message)
        await self._change(reference, message, made=False)
        return reference

    async def close(self) -> None:
        await self._wire.close()

    # --- what is there

    async def _find(self, message: Message) -> str | None:
        """The incident's ticket, though its number never reached us."""
        query = f"Queue = '{_quoted(self._desk.queue)}' AND Subject LIKE '[{_quoted(message.reference)}]'"
        answer = await self._get("/tickets", query=query, orderby="id", per_page=str(_PAGE))
        for number in _numbers(answer):
            if await self._is_of(number, message):
                return number
        return None

    async def _is_of(self, number: str, message: Message) -> bool:
        """Whether its first text has the incident's mark: another store's incident may have the same name."""
        answer = await self._get(f"/ticket/{number}/attachments", fields="Content", orderby="id", per_page="1")
        return any(f"{message.mark}." in _text(item.get("Content")) for item in _items(answer))

    async def _told(self, number: str, message: Message) -> bool:
        """Whether a comment has the act's key, or the first text does."""
        wanted = _tag(message)
        for page in range(1, _MOST_PAGES + 1):
            answer = await self._get(f"/ticket/{number}/attachments", fields="Subject", orderby="id", per_page=str(_PAGE), page=str(page))
            items = _items(answer)
            if any(str(item.get("Subject", "")).startswith(wanted) for item in items):
                return True
            if len(items) < _PAGE:
                break
        first = await self._get(f"/ticket/{number}/attachments", fields="Content", orderby="id", per_page="1")
        return any(message.key in _text(item.get("Content")).split() for item in _items(first))

    # --- what is done

    async def _create(self, message: Message) -> str:
        body = {
            "Queue": self._desk.queue,
            "Subject": line(f"[{message.reference}] {message.title}"),
            "Content": message.text,
            "ContentType": "text/plain",
            **self._standing(message),
        }
        if self._desk.requestor:
            body["Requestor"] = self._desk.requestor
        answer = await self._wire.ask("POST", f"{_API}/ticket", json=body)
        if not answer.ok:
            raise self._wire.refused(answer)
        made = _object(answer)
        if not str(made.get("id", "")).isdecimal():
            raise unexpected(answer, KeyError("id"))
        return str(made["id"])

    async def _comment(self, number: str, message: Message) -> None:
        body = {"Subject": line(f"{_tag(message)} {message.subject}"), "Content": message.text, "ContentType": "text/plain"}
        answer = await self._wire.ask("POST", f"{_API}/ticket/{number}/comment", json=body)
        if not answer.ok:
            raise self._wire.refused(answer)

    async def _change(self, number: str, message: Message, *, made: bool) -> None:
        """Bring status, priority and fields to what the message says; nothing is asked where nothing changes."""
        wanted: dict[str, Any] = {}
        if status := self._desk.statuses.get(message.verb):
            wanted["Status"] = status
        if message.verb is Verb.ESCALATE and not made:
            wanted |= self._standing(message)
        if not wanted or not (wanted := _differing(wanted, await self._ticket(number))):
            return
        answer = await self._wire.ask("PUT", f"{_API}/ticket/{number}", json=wanted)
        if not answer.ok:
            raise self._wire.refused(answer)
        left = _differing({name: value for name, value in wanted.items() if name != "CustomFields"}, await self._ticket(number))
        if left:
            shown = ", ".join(f"{name} {value}" for name, value in left.items())
            raise RefusedError(f"ticket {number} does not take {shown}")

    def _standing(self, message: Message) -> dict[str, Any]:
        standing: dict[str, Any] = {}
        if message.severity in self._desk.priorities:
            standing["Priority"] = self._desk.priorities[message.severity]
        if self._desk.fields:
            standing["CustomFields"] = {name: template.line(message) for name, template in self._desk.fields.items()}
        return standing

    async def _ticket(self, number: str) -> Mapping[str, Any]:
        return _object(await self._get(f"/ticket/{number}"))

    async def _get(self, path: str, **parameters: str) -> Answer:
        answer = await self._wire.ask("GET", _API + path, params=parameters)
        if not answer.ok:
            raise self._wire.refused(answer)
        return answer


def _tag(message: Message) -> str:
    return f"[{message.key}]"


def _quoted(text: str) -> str:
    """Inside the quotes of a TicketSQL text (RT docs/query_builder)."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _differing(wanted: Mapping[str, Any], ticket: Mapping[str, Any]) -> dict[str, Any]:
    """What of `wanted` the ticket does not have."""
    return {name: value for name, value in wanted.items() if name == "CustomFields" or str(ticket.get(name)) != str(value)}


def _object(answer: Answer) -> Mapping[str, Any]:
    content = answer.json()
    if not isinstance(content, dict):
        raise unexpected(answer, TypeError())
    return content


def _items(answer: Answer) -> list[Mapping[str, Any]]:
    items = _object(answer).get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unexpected(answer, KeyError("items"))
    return items


def _numbers(answer: Answer) -> list[str]:
    numbers = [str(item.get("id", "")) for item in _items(answer)]
    if not all(number.isdecimal() for number in numbers):
        raise unexpected(answer, KeyError("id"))
    return numbers


def _text(content: object) -> str:
    """The text of an attachment: in a list of them as it is (RT 5.0), by itself in base64. Text of ours is never base64."""
    given = str(content or "")
    try:
        return base64.b64decode("".join(given.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return given
