"""Sends each step of a deactivation flag to the automation of the hub's administrators.

docs/domain.md, "Deactivation of an IdP". Each step is sent once, and signed.

A step is a letter of the outbox, written in the transaction of the step itself. It is delivered
like the letters to ticket systems: in order, with retries, and with visible dead letters. The
request is that of `probe.tickets.webhook`: HMAC-SHA256 over timestamp and body, and a key by which
the receiver recognises a repeated request.
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
from probe.tickets.message import Message, RefusedLetterError, TicketSystem, Verb
from probe.tickets.template import Template
from probe.tickets.wire import Wire
from probe.transport.tls import TlsContexts

BODY = "{{ body }}"
Hook = tuple[TicketSystem, Compose]


def flag_hook(
    config: Config, secrets: Secrets, policy: Policy, engine: Engine, tls: TlsContexts, now_us: Callable[[], int]
) -> dict[str, Hook]:
    """Return the webhook of `deactivation:` by its name in the outbox; empty when none is
    configured.

    Raises LocalError when a CA file cannot be read.
    """
    configured = config.deactivation.webhook
    if configured is None:
        return {}
    wire = Wire(configured.url, tls.get(None), {"user-agent": config.user_agent})
    return {WEBHOOK: (webhook.Webhook(wire, webhook.Call(secrets[configured.secret], body=Template(BODY)), now_us), Steps(engine, policy))}


class Steps:
    """Makes the message of a flag's step; `engine` may read the register from any thread."""

    def __init__(self, engine: Engine, policy: Policy) -> None:
        self._engine, self._terms = engine, policy

    def __call__(self, letter: OutboxMessage) -> Message:
        """Return the message of the letter's step.

        Raises LedgerError when the register cannot be read, and RefusedLetterError when it has no
        such step.
        """
        try:
            with self._engine.connect() as connection:
                steps = steps_of(connection, letter.incident)
        except DBAPIError as error:
            raise LedgerError(f"the register could not be read: {reason(error)}") from error
        if len(steps) < letter.act:
            raise RefusedLetterError(f"flag {letter.incident} has no step {letter.act}", doubt=False)
        return self._message(letter, steps[letter.act - 1])

    def _message(self, letter: OutboxMessage, step: FlagAct) -> Message:
        title, tile = self._terms.titles.get((step.hub, step.idp), (step.idp, ""))
        name = f"FLAG-{letter.incident}-{step.hub}-{step.idp}"
        key = f"{name}.{letter.act}"
        text = self._terms.wording.flag_step(step)
        body = {
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
            facts={"body": json.dumps(body, ensure_ascii=False)},
        )
