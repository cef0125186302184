"""A webhook: one signed request per act, its body made by a template.

The signature covers time and body, so that nobody can change either, or send an old request again::

    X-Vigie-Timestamp: 1772456700                      seconds since the Unix epoch, UTC
    X-Vigie-Signature: sha256=HEX                      HMAC-SHA256(secret, timestamp + "." + body)
    Idempotency-Key: VIGIE-12-5f0c3a91.3               the act's: a repeated request has the same

A receiver checks the signature in constant time, and refuses timestamps that are more than five
minutes away and keys that it has seen.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from probe.core.plain_text import fits_header
from probe.tickets.message import Message, TemporaryError
from probe.tickets.template import Template
from probe.tickets.wire import Wire, error_text

DEFAULT = """{
  "key": {{ key|tojson }}, "verb": {{ verb|tojson }}, "act": {{ act|tojson }}, "at": {{ at|tojson }}, "author": {{ author|tojson }},
  "incident": {{ reference|tojson }}, "hub": {{ hub|tojson }}, "scope": {{ scope|tojson }}, "idp": {{ idp|tojson }},
  "severity": {{ severity|tojson }}, "state": {{ state|tojson }}, "began": {{ began|tojson }}, "ended": {{ ended|tojson }},
  "fault": {{ fault|tojson }}, "reason": {{ reason|tojson }}, "step": {{ step|tojson }}, "code": {{ code|tojson }},
  "outage": {{ outage|tojson }}, "observation": {{ observation|tojson }}, "error_id": {{ error_id|tojson }},
  "request_id": {{ request_id|tojson }}, "due": {{ due|tojson }},
  "title": {{ title|tojson }}, "subject": {{ subject|tojson }}, "text": {{ text|tojson }}
}
"""
_LONGEST_REFERENCE = 200


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header X-Vigie-Signature; `timestamp` is in seconds."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Call:
    """How the request is made.

    `reference`: the key of the JSON answer that holds the ticket's name; empty: the receiver has no
    names, and the incident's mark is used.
    """

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
            raise TemporaryError(f"{error_text(answer)} without {call.reference}, the ticket's name")
        return str(named)

    async def prove(self) -> bool:
        """Do nothing: any request to the receiver of a webhook may change something."""
        return False

    async def close(self) -> None:
        await self._wire.close()


def _fit(name: str) -> bool:
    """Whether the name fits into a header and a page."""
    return len(name) <= _LONGEST_REFERENCE and fits_header(name)
