"""Request Tracker 5 by its REST2 interface (RT 5.0, docs/RT::REST2).

RT keeps no idempotency keys, so ours are where it can be asked for them:

    the incident's name   in the ticket's subject
    its mark              in the ticket's first text
    the act's key         at the head of each comment's subject, where nothing is cut off

RT answers 200 to changes that it did not make, so they are read back.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from probe.core.incident.model import Severity
from probe.tickets.message import Message, RefusedLetterError, Verb
from probe.tickets.template import Template
from probe.tickets.wire import SystemAnswer, Wire, unexpected
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
class QueueSettings:
    """Where tickets go, and with which values.

    `fields`: custom fields and their texts. An empty status leaves the ticket's status as it is.
    """

    queue: str
    priorities: Mapping[Severity, int] = field(default_factory=lambda: PRIORITIES)
    statuses: Mapping[Verb, str] = field(default_factory=lambda: STATUSES)
    fields: Mapping[str, Template] = field(default_factory=dict)
    requestor: str = ""


class RequestTracker:
    """See `probe.tickets.message.TicketSystem`."""

    def __init__(self, wire: Wire, settings: QueueSettings) -> None:
        self._wire = wire
        self._settings = settings

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
            doubt = True  # this very message may have made the ticket
        if not doubt or not await self._has_message(reference, message):
            await self._comment(reference, message)
        await self._change(reference, message, made=False)
        return reference

    async def prove(self) -> bool:
        """Read the queue that tickets go to. See `probe.tickets.message.TicketSystem`."""
        self._wire.begin()
        await self._get(f"/queue/{quote(self._settings.queue, safe='')}")
        return True

    async def close(self) -> None:
        await self._wire.close()

    # --- reading

    async def _find(self, message: Message) -> str | None:
        """Look for the incident's ticket, whose number may never have reached us."""
        query = f"Queue = '{_quoted(self._settings.queue)}' AND Subject LIKE '[{_quoted(message.reference)}]'"
        answer = await self._get("/tickets", query=query, orderby="id", per_page=str(_PAGE))
        for number in _numbers(answer):
            if await self._is_of(number, message):
                return number
        return None

    async def _is_of(self, number: str, message: Message) -> bool:
        """Whether the ticket's first text has the incident's mark.

        The name is not enough: an incident of another store may have the same one.
        """
        answer = await self._get(f"/ticket/{number}/attachments", fields="Content", orderby="id", per_page="1")
        return any(f"{message.mark}." in _text(item.get("Content")) for item in _items(answer))

    async def _has_message(self, number: str, message: Message) -> bool:
        """Whether a comment has the act's key, or the first text does."""
        tag = _tag(message)
        for page in range(1, _MOST_PAGES + 1):
            answer = await self._get(f"/ticket/{number}/attachments", fields="Subject", orderby="id", per_page=str(_PAGE), page=str(page))
            items = _items(answer)
            if any(str(item.get("Subject", "")).startswith(tag) for item in items):
                return True
            if len(items) < _PAGE:
                break
        first = await self._get(f"/ticket/{number}/attachments", fields="Content", orderby="id", per_page="1")
        return any(message.key in _text(item.get("Content")).split() for item in _items(first))

    # --- writing

    async def _create(self, message: Message) -> str:
        body = {
            "Queue": self._settings.queue,
            "Subject": line(f"[{message.reference}] {message.title}"),
            "Content": message.text,
            "ContentType": "text/plain",
            **self._severity_fields(message),
        }
        if self._settings.requestor:
            body["Requestor"] = self._settings.requestor
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
        """Set status, priority and fields by the message; make no request if nothing changes."""
        wanted: dict[str, Any] = {}
        if status := self._settings.statuses.get(message.verb):
            wanted["Status"] = status
        if message.verb is Verb.ESCALATE and not made:
            wanted |= self._severity_fields(message)
        if not wanted or not (wanted := _differing(wanted, await self._ticket(number))):
            return
        answer = await self._wire.ask("PUT", f"{_API}/ticket/{number}", json=wanted)
        if not answer.ok:
            raise self._wire.refused(answer)
        left = _differing({name: value for name, value in wanted.items() if name != "CustomFields"}, await self._ticket(number))
        if left:
            refused = ", ".join(f"{name} {value}" for name, value in left.items())
            raise RefusedLetterError(f"ticket {number} does not take {refused}")

    def _severity_fields(self, message: Message) -> dict[str, Any]:
        """Return priority and custom fields, as far as they are configured."""
        values: dict[str, Any] = {}
        if message.severity in self._settings.priorities:
            values["Priority"] = self._settings.priorities[message.severity]
        if self._settings.fields:
            values["CustomFields"] = {name: template.line(message) for name, template in self._settings.fields.items()}
        return values

    async def _ticket(self, number: str) -> Mapping[str, Any]:
        return _object(await self._get(f"/ticket/{number}"))

    async def _get(self, path: str, **parameters: str) -> SystemAnswer:
        answer = await self._wire.ask("GET", _API + path, params=parameters)
        if not answer.ok:
            raise self._wire.refused(answer)
        return answer


def _tag(message: Message) -> str:
    return f"[{message.key}]"


def _quoted(text: str) -> str:
    """Escape a text for the quotes of TicketSQL (RT docs/query_builder)."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _differing(wanted: Mapping[str, Any], ticket: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `wanted` that the ticket does not have."""
    return {name: value for name, value in wanted.items() if name == "CustomFields" or str(ticket.get(name)) != str(value)}


def _object(answer: SystemAnswer) -> Mapping[str, Any]:
    content = answer.json()
    if not isinstance(content, dict):
        raise unexpected(answer, TypeError())
    return content


def _items(answer: SystemAnswer) -> list[Mapping[str, Any]]:
    items = _object(answer).get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unexpected(answer, KeyError("items"))
    return items


def _numbers(answer: SystemAnswer) -> list[str]:
    numbers = [str(item.get("id", "")) for item in _items(answer)]
    if not all(number.isdecimal() for number in numbers):
        raise unexpected(answer, KeyError("id"))
    return numbers


def _text(content: object) -> str:
    """Decode the text of an attachment.

    RT 5.0 gives it as it is in a list of attachments, and in base64 by itself. Our own text is
    never base64.
    """
    given = str(content or "")
    try:
        return base64.b64decode("".join(given.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return given
