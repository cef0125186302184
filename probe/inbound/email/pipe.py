"""Processes a message from a pipe's standard input, and makes the reply."""

from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, BinaryIO

from probe.clock import Clock
from probe.config.load import load
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.tickets import MailSystem
from probe.inbound.email.message import IncomingMail, UnreadableError, plain_address, read_mail
from probe.inbound.email.receive import Became, Exit, MailResult, act_on
from probe.inbound.email.replies import ReplyTexts, reply, unreadable
from probe.incidents.service import open_service
from probe.tickets.message import TicketError, mark_of

_PIECE = 1_048_576
_BOUNCES = ("", "<>", "mailer-daemon")


@dataclass(frozen=True, slots=True)
class Processed:
    """The result of a message. `message` is the reply, when there is one."""

    outcome: MailResult
    message: EmailMessage | None = None
    unsent: str = ""  # why the reply could not be sent

    def as_json(self) -> dict[str, Any]:
        """Return the result as values of JSON."""
        incident = self.outcome.incident
        return {
            "result": self.outcome.became.value,
            "status": int(self.outcome.status),
            "reference": incident.reference if incident else None,
            "text": self.outcome.text,
        }


def process_mail(path: Path, stream: BinaryIO, sender: str | None, clock: Clock) -> Processed:
    """Read a message, and act on it.

    `sender` is the envelope's; None when the mail server did not give it.

    Raises VigieError for trouble with the configuration or the register: the mail server must
    present the message again.
    """
    config = load(path)
    content = read_bounded(stream, config.mail.largest)
    try:
        mail = read_mail(content, largest=config.mail.largest, attachments=config.mail.attachments)
    except UnreadableError as error:
        return Processed(MailResult(Became.REFUSED, Exit.DATA, unreadable(error, ReplyTexts.of(config))))
    with open_service(config) as opened:
        outcome = act_on(opened, config, mail, envelope_of(sender, mail))
    message = _reply(config, mail, outcome, clock.now_us())
    return Processed(outcome, message, _sent(config, message))


def read_bounded(stream: BinaryIO, largest: int) -> bytes:
    """Read at most one byte more than is allowed, and drop the rest.

    The rest is read too, or the mail server would take the broken pipe for a failure.
    """
    content = stream.read(largest + 1)
    if len(content) > largest:
        while stream.read(_PIECE):
            pass
    return content


def envelope_of(sender: str | None, mail: IncomingMail) -> str | None:
    """Return the envelope's sender: the given one, else the Return-Path.

    It is "" for a bounce, and None when neither is there.
    """
    if sender is None:
        return mail.return_path
    if sender.strip().lower() in _BOUNCES:
        return ""
    return plain_address(sender) or "?"


def _reply(config: Config, mail: IncomingMail, outcome: MailResult, now_us: int) -> EmailMessage | None:
    """Make the reply. It goes to the contact's configured address, never to one of the message."""
    if outcome.to is None or outcome.incident is None:
        return None
    incident = outcome.incident
    sender = config.mail.sender or _own_sender(config) or f"vigie@{config.vantage}.invalid"
    return reply(mail, incident.reference, mark_of(incident), outcome.text, sender=sender, to=outcome.to.mail, at_us=now_us)


def _own_sender(config: Config) -> str | None:
    """Return the sender of the mail system that sends the replies."""
    return next((each.sender for each in config.tickets if isinstance(each, MailSystem) and each.name == config.mail.reply_by), None)


def _sent(config: Config, message: EmailMessage | None) -> str:
    """Send the reply where that is configured, and return why it failed, or "".

    A failure does not undo the act.
    """
    if message is None or config.mail.reply_by is None:
        return ""
    from probe.tickets.make import mailbox

    box = mailbox(config, Secrets.read(config), config.mail.reply_by)
    try:
        if box is not None:
            box.post(message)
    except TicketError as error:
        return str(error)
    return ""
