"""A webhook: one signed request per act, its body made by a template.

What is signed is the time and the body, so that neither can be changed nor an old request be sent again later::

    X-Vigie-Timestamp: 1772456700                      seconds since the Unix epoch, UTC
    X-Vigie-Signature: sha256=HEX                      HMAC-SHA256(secret, timestamp + "." + body)
    Idempotency-Key: VIGIE-12-5f0c3a91.3               of the act: what comes again with it is the same

Who listens checks the signature in constant time, refuses timestamps further than five minutes away, and keys that it has seen.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from probe.core.plain_text import fits_header
from probe.tickets.message import Message, TemporaryError
from probe.tickets.template import Template
from probe.tickets.wire import Wire, said

DEFAULT = """{
  "key": {{ key|tojson }}, "verb": {{ verb|tojson }}, "act": {{ act|tojson }}, "at": {{ at|tojson }}, "author": {{ author|tojson }},
  "incident": {{ reference|tojson }}, "hub": {{ hub|tojson }}, "scope": {{ scope|tojson }}, "idp": {{ idp|tojson }},
  "severity": {{ severity|tojson }}, "state": {{ state|tojson }}, "began": {{ began|tojson }}, "ended": {{ ended|tojson }},
  "fault": {{ fault|tojson }}, "reason": {{ reason|tojson }}, "step": {{ step|tojson }}, "due": {{ due|tojson }},
  "title": {{ title|tojson }}, "subject": {{ subject|tojson }}, "text": {{ text|tojson }}
}
"""
_LONGEST_REFERENCE = 200


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What the header X-Vigie-Signature holds; `timestamp` in seconds."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Call:
    """How it is asked. `reference`: the key of a JSON answer that holds the ticket's name; empty: tickets have none, ours stands for it."""

    secret: str
    method: str = "POST"
    body: Template = field(default_factory=lambda: Template(DEFAULT))
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""


class Webhook:
    """See `probe.tickets.message.TicketSystem`."""

    def __init__(self, wire: Wire, call: Call, now_us: Callable[[], int]) -> None:
        self._wire = wire
        self._call = call
        self._now_us = now_us

    async def deliver(self, message: Message, reference: str | None) -> str:
        self._wire.begin()
        call = self._call
        body = call.body.text(message).encode()
        timestamp = self._now_us() // 1_000_000
        headers = {
            "content-type": call.content_type,
            **call.headers,
            "x-vigie-timestamp": str(timestamp),
            "x-vigie-signature": signature(call.secret, timestamp, body),
            "idempotency-key": message.key,
            **({"x-vigie-ticket": reference} if reference else {}),
        }
        answer = await self._wire.ask(call.method, "", headers=headers, content=body)
        if not answer.ok:
            raise self._wire.refused(answer)
        if reference is not None:
            return reference
        if not call.reference or answer.status == HTTPStatus.NO_CONTENT:
            return message.mark
        content = answer.json()
        named = content.get(call.reference) if isinstance(content, dict) else None
        if not isinstance(named, str | int) or isinstance(named, bool) or not _fit(str(named)):
            raise TemporaryError(f"{said(answer)} without {call.reference}, the ticket's name")
        return str(named)

    async def close(self) -> None:
        await self._wire.close()


def _fit(name: str) -> bool:
    """Fit for a header and a page."""
    return len(name) <= _LONGEST_REFERENCE and fits_header(name)
