"""What the automation of the hub's administrators is told: each step of a flag, signed, once
(docs/domain.md, "Deactivation of an IdP").

A step is a letter of the outbox, written with the step itself, and goes out as the ticket systems' do: in order, retried, dead letters
visible. The request is `probe.tickets.webhook`'s: HMAC-SHA256 over timestamp and body, and a key by which what comes again is known.
"""

import json
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.incident.deactivation import WEBHOOK, FlagAct
from probe.core.incident.model import Severity
from probe.core.times import rfc3339
from probe.errors import LedgerError
from probe.incidents.policy import Policy
from probe.incidents.store.deactivations import steps_of
from probe.incidents.store.outbox import OutboxMessage
from probe.ledger.db.store import reason
from probe.tickets import webhook
from probe.tickets.deliverer import Compose
from probe.tickets.message import Message, RefusedError, TicketSystem, Verb
from probe.tickets.template import Template
from probe.tickets.wire import Wire
from probe.transport.tls import TlsContexts

BODY = "{{ body }}"
Hook = tuple[TicketSystem, Compose]


def flag_hook(
    config: Config, secrets: Secrets, wanted: Policy, engine: Engine, tls: TlsContexts, now_us: Callable[[], int]
) -> dict[str, Hook]:
    """The webhook of `deactivation:`, by its name in the outbox; nothing when there is none. Raises LocalError."""
    asked = config.deactivation.webhook
    if asked is None:
        return {}
    wire = Wire(asked.url, tls.get(None), {"user-agent": config.user_agent})
    return {WEBHOOK: (webhook.Webhook(wire, webhook.Call(secrets[asked.secret], body=Template(BODY)), now_us), Steps(engine, wanted))}


class Steps:
    """Makes the message of a flag's step; `engine` may read the register from any thread."""

    def __init__(self, engine: Engine, wanted: Policy) -> None:
        self._engine, self._terms = engine, wanted

    def __call__(self, letter: OutboxMessage) -> Message:
        """Raises LedgerError when the register cannot be read, RefusedError when it has no such step."""
        try:
            with self._engine.connect() as connection:
                steps = steps_of(connection, letter.incident)
        except DBAPIError as error:
            raise LedgerError(f"the register could not be read: {reason(error)}") from error
        if len(steps) < letter.act:
            raise RefusedError(f"flag {letter.incident} has no step {letter.act}", doubt=False)
        return self._message(letter, steps[letter.act - 1])

    def _message(self, letter: OutboxMessage, step: FlagAct) -> Message:
        title, tile = self._terms.titles.get((step.hub, step.idp), (step.idp, ""))
        name = f"FLAG-{letter.incident}-{step.hub}-{step.idp}"
        key = f"{name}.{letter.act}"
        text = self._terms.wording.flag_step(step)
        told = {
            "key": key,
            "flag": letter.incident,
            "hub": step.hub,
            "idp": step.idp,
            "title": title,
            "tile": tile,
            "step": step.step.value,
            "at": rfc3339(step.at_us),
            "author": step.author,
            "reason": step.reason,
            "text": text,
            "evidence": dict(step.evidence),
        }
        return Message(
            verb=Verb.COMMENT,
            reference=name,
            mark=name,
            key=key,
            severity=Severity.MAJOR,
            at_us=step.at_us,
            title=f"{title}: {text}",
            subject=text,
            text=text,
            html="",
            doubt=letter.doubt,
            facts={"body": json.dumps(told, ensure_ascii=False)},
        )
