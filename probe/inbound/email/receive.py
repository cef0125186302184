"""Acts on an authorised message: it opens or changes an incident, and says what to reply.

Theory of operation
-------------------
    the sender is             the message names no        the message names an incident
                              known incident              of the IdP, or of all
    an authorised contact     opens an incident           WAITING: resumes it
                                                          RESOLVED: adds a remark
                                                          CLOSED: opens one that follows it
                                                          MERGED: acts on the other incident
                                                          else: adds a comment
    a contact's automaton     nothing                     adds a comment
    anybody else              refused                     refused

An automatic message is never answered (RFC 3834). The same Message-ID again changes nothing.
"""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from probe.config.models import Config
from probe.core.incident.model import ActKind, Data, Incident, IncidentState, Origin, Relation, Severity
from probe.core.incident.refusal import RefusedActError
from probe.core.plain_text import cleaned_block, cleaned_line
from probe.errors import InputError
from probe.inbound.email.message import IncomingMail
from probe.inbound.email.replies import ReplyTexts, listed
from probe.inbound.email.senders import Contact, Doubt, authorised
from probe.incidents.service import IncidentService
from probe.tickets.message import mark_of

SEVERITY = Severity.MEDIUM
"""The severity of a request that nobody has looked at.

docs/contract.md, 2.2.2: « L'analyse du ticket permet d'y associer un niveau de sévérité ».
"""

MOST_THREADS = 50
_REFERENCE = re.compile(r"\bVIGIE-(\d{1,15})\b", re.IGNORECASE)
_MARK = re.compile(r"\bVIGIE-(\d{1,15})-[0-9a-f]{8}\b", re.IGNORECASE)
_TRIES = 3
_OF_ALL = (Origin.CONDITION, Origin.SLOW, Origin.ACCOUNTS, Origin.ALERT)
"""Origins of incidents that may be about the hub as a whole."""


class Exit(IntEnum):
    """Exit statuses of sysexits(3), as mail servers' pipes understand them."""

    TAKEN = 0
    # EX_DATAERR: no message, one not to be parsed, or one that the register refuses;
    # it is returned.
    DATA = 65
    TEMPORARY = 75  # EX_TEMPFAIL: the mail server presents it again
    REFUSED = 77  # EX_NOPERM: the sender may not; the message is returned with the printed text


class Became(StrEnum):
    """What became of a message."""

    OPENED = "opened"
    ATTACHED = "attached"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"  # automatic
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MailResult:
    """The result of a message. `text` is for the sender.

    `to` is the contact who gets a reply; None when nobody does.
    """

    became: Became
    status: Exit
    text: str
    incident: Incident | None = None
    to: Contact | None = None


class _NotYoursError(Exception):
    """The message names another IdP's incident."""


def act_on(incidents: IncidentService, config: Config, mail: IncomingMail, envelope: str | None) -> MailResult:
    """Act on a message.

    `envelope` is its sender's address: "" for a bounce, None when unknown. Raises LedgerError.
    """
    texts = ReplyTexts.of(config)
    senders = authorised(config, mail, envelope)
    automatic = mail.automatic or envelope == ""
    if isinstance(senders, Doubt):
        if automatic:
            return MailResult(Became.IGNORED, Exit.TAKEN, texts.automatic)
        return MailResult(Became.REFUSED, Exit.REFUSED, texts.refusals[senders])
    try:
        return _AuthorisedMail(incidents, config, mail, senders).run(automatic=automatic)
    except _NotYoursError:
        if automatic:
            return MailResult(Became.IGNORED, Exit.TAKEN, texts.automatic)
        return MailResult(Became.REFUSED, Exit.REFUSED, texts.refusals[Doubt.NOT_YOURS])
    except (InputError, RefusedActError) as error:  # for good: the same message would be refused again
        if automatic:
            return MailResult(Became.IGNORED, Exit.TAKEN, texts.automatic)
        why = texts.bad_text if isinstance(error, InputError) else texts.bad_state
        return MailResult(Became.REFUSED, Exit.DATA, texts.rejected.format(why=why))


def key_of(message_id: str) -> str:
    """Return the register's key of a message."""
    return f"mail:{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:40]}"


class _AuthorisedMail:
    """One message of an authorised sender."""

    def __init__(self, incidents: IncidentService, config: Config, mail: IncomingMail, senders: Sequence[Contact]) -> None:
        self._incidents, self._mail, self._senders = incidents, mail, senders
        self._texts = ReplyTexts.of(config)
        self._key = key_of(mail.message_id)
        attached = listed(mail, self._texts)
        text = "\n\n".join(part for part in (mail.text, attached) if part)
        self._text = cleaned_block(text) or mail.subject or self._texts.no_subject

    def run(self, *, automatic: bool) -> MailResult:
        before = self._known(self._key)
        if before is not None:
            self._check(before)
            return self._result(Became.UNCHANGED, self._texts.unchanged, before, automatic=automatic)
        about = self._about()
        if about is None and automatic:
            return MailResult(Became.IGNORED, Exit.TAKEN, self._texts.automatic)
        if about is None or (about.state is IncidentState.CLOSED and not automatic):
            return self._result(Became.OPENED, self._texts.opened, self._opened(about), automatic=automatic)
        return self._result(Became.ATTACHED, self._texts.attached, self._answered(about.number, automatic=automatic), automatic=automatic)

    def _result(self, became: Became, text: str, incident: Incident, *, automatic: bool) -> MailResult:
        lines = (text, self._texts.keep, self._texts.hours)
        answer = "\n".join(line.format(reference=incident.reference) for line in lines)
        return MailResult(became, Exit.TAKEN, answer, incident, None if automatic else self._senders[0])

    # --- which incident

    def _about(self) -> Incident | None:
        """Return the incident that the message answers: by its subject's reference,
        else its threads.

        Raises _NotYoursError for another IdP's incident.
        """
        named = [int(one) for one in _REFERENCE.findall(self._mail.subject)[:3]]
        for incident in (self._incident(number) for number in named):
            if incident is not None:
                return self._check(self._merged_into(incident))
        for message_id in self._mail.threads[:MOST_THREADS]:
            incident = self._marked(message_id) or self._known(key_of(message_id))
            if incident is not None:
                return self._check(self._merged_into(incident))
        return None

    def _marked(self, message_id: str) -> Incident | None:
        """Return the incident of a Message-ID of ours.

        Numbers start again in a new store; the mark tells such incidents apart.
        """
        mark = _MARK.search(message_id)
        incident = self._incident(int(mark[1])) if mark else None
        return incident if mark and incident and mark_of(incident).lower() == mark[0].lower() else None

    def _known(self, key: str) -> Incident | None:
        number = self._incidents.keyed(key)
        return None if number is None else self._incident(number)

    def _incident(self, number: int) -> Incident | None:
        try:
            return self._incidents.show(number).incident
        except InputError:
            return None

    def _merged_into(self, incident: Incident) -> Incident:
        for _ in range(10):
            into = None if incident.into is None else self._incident(incident.into)
            if into is None:
                break
            incident = into
        return incident

    def _check(self, incident: Incident) -> Incident:
        """Return the incident if the sender may act on it.

        It is about one of the sender's IdPs, or about all IdPs of the hub.
        """
        for sender in self._senders:
            if sender.hub == incident.scope.hub and incident.idp in (None, sender.idp) and _open_to_all(incident, sender):
                return incident
        raise _NotYoursError

    # --- what is done

    def _opened(self, follows: Incident | None) -> Incident:
        sender = self._speaker(follows)
        opened = self._incidents.open(
            author=_author(sender),
            hub=sender.hub,
            severity=SEVERITY,
            title=self._mail.subject or self._texts.no_subject,
            detail=self._text,
            origin=Origin.MAIL,
            idp=sender.idp,
            requester=cleaned_line(f"{sender.name} ({sender.title})"),
            key=self._key,
        )
        if follows is None:
            return opened
        data: Data = {"to": follows.number, "relation": Relation.FOLLOWS.value}
        return self._incidents.act(opened.number, ActKind.LINKED, data, author=_author(sender), key=f"{self._key}:follows")

    def _speaker(self, follows: Incident | None) -> Contact:
        """Return the contact to act as, when the sender speaks for several IdPs.

        It is that of the incident to follow, else of the IdP that the subject names,
        else the first.
        """
        subject = self._mail.subject.lower()
        named = (one for one in self._senders if one.idp.lower() in subject or one.title.lower() in subject)
        followed = (one for one in self._senders if follows is not None and one.idp == follows.idp)
        return next(followed, None) or next(named, self._senders[0])

    def _answered(self, number: int, *, automatic: bool) -> Incident:
        """Act as the incident's state requires; somebody else may change the state meanwhile."""
        sender = self._senders[0]
        for _ in range(_TRIES):
            state = self._incidents.show(number).incident.state
            kind, name = ActKind.COMMENTED, "text"
            if not automatic and state is IncidentState.WAITING:
                kind, name = ActKind.RESUMED, "reason"
            elif not automatic and state is IncidentState.RESOLVED:
                kind = ActKind.REMARKED
            with suppress(RefusedActError):
                return self._incidents.act(number, kind, {name: self._text}, author=_author(sender), key=self._key)
        return self._incidents.act(number, ActKind.COMMENTED, {"text": self._text}, author=_author(sender), key=self._key)


def _author(sender: Contact) -> str:
    """Return a contact's name as the register accepts it, or the IdP's if it is not printable."""
    return cleaned_line(sender.name) or sender.idp


def _open_to_all(incident: Incident, sender: Contact) -> bool:
    """Tell whether an incident without an IdP is open to this sender.

    It is when it is about the hub. A person's request belongs to that person's IdP alone.
    """
    return incident.idp == sender.idp or (incident.scope.subject != "" and incident.origin in _OF_ALL)
