"""From a pipe's standard input to an outcome, and the reply that goes with it."""

from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, BinaryIO

from probe.clock import Clock
from probe.config.load import load
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.tickets import MailSystem
from probe.inbound.email.message import IncomingMail, UnreadableError, plain_address, read_letter
from probe.inbound.email.receive import Became, Exit, Outcome, take
from probe.inbound.email.replies import reply, words
from probe.incidents.service import desk
from probe.tickets.message import TicketError, mark_of

_PIECE = 1_048_576
_BOUNCES = ("", "<>", "mailer-daemon")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a message. `message`: the reply, when somebody gets one."""

    outcome: Outcome
    message: EmailMessage | None = None
    unsent: str = ""  # why the reply could not be sent

    def told(self) -> dict[str, Any]:
        """As values of JSON."""
        incident = self.outcome.incident
        return {
            "result": self.outcome.became.value,
            "status": int(self.outcome.status),
            "reference": incident.reference if incident else None,
            "text": self.outcome.text,
        }


def take_from(path: Path, stream: BinaryIO, sender: str | None, clock: Clock) -> Done:
    """Read a message, and do what it asks for. `sender`: the envelope's, None when the mail server did not tell.

    Raises VigieError (the configuration, the register): the message is to be presented again.
    """
    config = load(path)
    content = read_bounded(stream, config.mail.largest)
    try:
        letter = read_letter(content, largest=config.mail.largest, attachments=config.mail.attachments)
    except UnreadableError as error:
        text = words(config.language).unreadable.format(why=error)
        return Done(Outcome(Became.REFUSED, Exit.DATA, text))
    with desk(config) as opened:
        outcome = take(opened, config, letter, envelope_of(sender, letter))
    message = _reply(config, letter, outcome, clock.now_us())
    return Done(outcome, message, _sent(config, message))


def read_bounded(stream: BinaryIO, largest: int) -> bytes:
    """At most one byte more than is allowed; the rest is read too, and dropped, lest the mail server take a broken pipe for a failure."""
    content = stream.read(largest + 1)
    if len(content) > largest:
        while stream.read(_PIECE):
            pass
    return content


def envelope_of(sender: str | None, letter: IncomingMail) -> str | None:
    """The envelope's sender: as told, else the Return-Path; "" of a bounce, None when nobody tells."""
    if sender is None:
        return letter.return_path
    if sender.strip().lower() in _BOUNCES:
        return ""
    return plain_address(sender) or "?"


def _reply(config: Config, letter: IncomingMail, outcome: Outcome, now_us: int) -> EmailMessage | None:
    """To the contact's address as the configuration has it, never to one that the message gives."""
    if outcome.to is None or outcome.incident is None:
        return None
    incident = outcome.incident
    sender = config.mail.sender or _own_sender(config) or f"vigie@{config.vantage}.invalid"
    return reply(letter, incident.reference, mark_of(incident), outcome.text, sender=sender, to=outcome.to.mail, at_us=now_us)


def _own_sender(config: Config) -> str | None:
    """Of the mail system that sends the replies."""
    return next((each.sender for each in config.tickets if isinstance(each, MailSystem) and each.name == config.mail.reply_by), None)


def _sent(config: Config, message: EmailMessage | None) -> str:
    """Send the reply where that is configured; why it could not be, "" otherwise. What the message asked for is done all the same."""
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
