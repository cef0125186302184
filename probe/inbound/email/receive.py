"""A letter and its envelope -> what the desk does, and what is answered.

Theory of operation
-------------------
    from                        names no incident, or an unknown one   names one of the IdP, or of all
    an authorised contact       opened                                 WAITING: resumed     RESOLVED: a remark     CLOSED: a new one that
                                                                       follows it     MERGED: as the other one     else: a comment
    the same, but automatic     nothing                                a comment
    anybody else                refused                                refused
Nothing automatic is ever answered (RFC 3834). The same Message-ID again changes nothing.
"""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from probe.config.models import Config
from probe.core.incident.model import Data, Incident, Kind, Origin, Relation, Severity, State
from probe.core.incident.rules import RefusedError
from probe.core.plain_text import cleaned_block, cleaned_line
from probe.errors import InputError
from probe.inbound.email.message import IncomingMail
from probe.inbound.email.replies import listed, words
from probe.inbound.email.senders import Contact, Doubt, authorised
from probe.incidents.service import IncidentService
from probe.tickets.message import mark_of

SEVERITY = Severity.MEDIUM
"""Of a request that nobody has looked at (docs/contract.md, 2.2.2: « L'analyse du ticket permet
d'y associer un niveau de sévérité »)."""

MOST_THREADS = 50
_REFERENCE = re.compile(r"\bVIGIE-(\d{1,15})\b", re.IGNORECASE)
_MARK = re.compile(r"\bVIGIE-(\d{1,15})-[0-9a-f]{8}\b", re.IGNORECASE)
_TRIES = 3


class Exit(IntEnum):
    """sysexits(3), as the mail servers' pipes understand it."""

    TAKEN = 0
    DATA = 65  # EX_DATAERR: no message, one that nobody should parse, or that the register refuses; it is returned
    TEMPORARY = 75  # EX_TEMPFAIL: it is presented again
    REFUSED = 77  # EX_NOPERM: the sender may not; it is returned with what is printed


class Became(StrEnum):
    """What became of a message."""

    OPENED = "opened"
    ATTACHED = "attached"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"  # automatic
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` is for the sender. `to`: the contact who gets a reply; None when nobody does."""

    became: Became
    status: Exit
    text: str
    incident: Incident | None = None
    to: Contact | None = None


class _NotYoursError(Exception):
    """The message names another IdP's incident."""


def take(desk: IncidentService, config: Config, letter: IncomingMail, envelope: str | None) -> Outcome:
    """Do what a letter asks for. `envelope`: its sender's address, "" of a bounce, None unknown. Raises LedgerError."""
    said = words(config.language)
    found = authorised(config, letter, envelope)
    automatic = letter.automatic or envelope == ""
    if isinstance(found, Doubt):
        if automatic:
            return Outcome(Became.IGNORED, Exit.TAKEN, said.automatic)
        return Outcome(Became.REFUSED, Exit.REFUSED, said.refusals[found])
    try:
        return _Taking(desk, config, letter, found).done(automatic=automatic)
    except _NotYoursError:
        if automatic:
            return Outcome(Became.IGNORED, Exit.TAKEN, said.automatic)
        return Outcome(Became.REFUSED, Exit.REFUSED, said.refusals[Doubt.NOT_YOURS])
    except (InputError, RefusedError) as error:  # for good: presenting it again would change nothing
        if automatic:
            return Outcome(Became.IGNORED, Exit.TAKEN, said.automatic)
        why = said.bad_text if isinstance(error, InputError) else said.bad_state
        return Outcome(Became.REFUSED, Exit.DATA, said.rejected.format(why=why))


def key_of(message_id: str) -> str:
    """The register's key of a message."""
    return f"mail:{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:40]}"


class _Taking:
    """One letter of somebody who may."""

    def __init__(self, desk: IncidentService, config: Config, letter: IncomingMail, senders: Sequence[Contact]) -> None:
        self._desk, self._letter, self._senders = desk, letter, senders
        self._said = words(config.language)
        self._key = key_of(letter.message_id)
        attached = listed(letter, self._said)
        told = "\n\n".join(part for part in (letter.text, attached) if part)
        self._text = cleaned_block(told) or letter.subject or self._said.no_subject

    def done(self, *, automatic: bool) -> Outcome:
        before = self._known(self._key)
        if before is not None:
            self._check(before)
            return self._told(Became.UNCHANGED, self._said.unchanged, before, automatic=automatic)
        about = self._about()
        if about is None and automatic:
            return Outcome(Became.IGNORED, Exit.TAKEN, self._said.automatic)
        if about is None or (about.state is State.CLOSED and not automatic):
            return self._told(Became.OPENED, self._said.opened, self._opened(about), automatic=automatic)
        return self._told(Became.ATTACHED, self._said.attached, self._answered(about.number, automatic=automatic), automatic=automatic)

    def _told(self, became: Became, said: str, incident: Incident, *, automatic: bool) -> Outcome:
        lines = (said, self._said.keep, self._said.hours)
        text = "\n".join(line.format(reference=incident.reference) for line in lines)
        return Outcome(became, Exit.TAKEN, text, incident, None if automatic else self._senders[0])

    # --- which incident

    def _about(self) -> Incident | None:
        """The incident that it answers: the subject's reference, else the threads'. Raises _NotYoursError for another IdP's."""
        named = [int(one) for one in _REFERENCE.findall(self._letter.subject)[:3]]
        for incident in (self._shown(number) for number in named):
            if incident is not None:
                return self._check(self._merged_into(incident))
        for one in self._letter.threads[:MOST_THREADS]:
            incident = self._marked(one) or self._known(key_of(one))
            if incident is not None:
                return self._check(self._merged_into(incident))
        return None

    def _marked(self, message_id: str) -> Incident | None:
        """By a Message-ID of ours; numbers start anew in a new store, marks do not."""
        found = _MARK.search(message_id)
        incident = self._shown(int(found[1])) if found else None
        return incident if found and incident and mark_of(incident).lower() == found[0].lower() else None

    def _known(self, key: str) -> Incident | None:
        number = self._desk.keyed(key)
        return None if number is None else self._shown(number)

    def _shown(self, number: int) -> Incident | None:
        try:
            return self._desk.show(number).incident
        except InputError:
            return None

    def _merged_into(self, incident: Incident) -> Incident:
        for _ in range(10):
            into = None if incident.into is None else self._shown(incident.into)
            if into is None:
                break
            incident = into
        return incident

    def _check(self, incident: Incident) -> Incident:
        """Of one of the sender's IdPs, or about all of its hub's."""
        for one in self._senders:
            if one.hub == incident.scope.hub and incident.idp in (None, one.idp) and _open_to_all(incident, one):
                return incident
        raise _NotYoursError

    # --- what is done

    def _opened(self, follows: Incident | None) -> Incident:
        sender = self._meant(follows)
        made = self._desk.open(
            author=_author(sender),
            hub=sender.hub,
            severity=SEVERITY,
            title=self._letter.subject or self._said.no_subject,
            detail=self._text,
            origin=Origin.MAIL,
            idp=sender.idp,
            requester=cleaned_line(f"{sender.name} ({sender.title})"),
            key=self._key,
        )
        if follows is None:
            return made
        data: Data = {"to": follows.number, "relation": Relation.FOLLOWS.value}
        return self._desk.act(made.number, Kind.LINKED, data, author=_author(sender), key=f"{self._key}:follows")

    def _meant(self, follows: Incident | None) -> Contact:
        """Of several IdPs that the sender speaks for: that of what it follows, else the one that the subject names, else the first."""
        words = self._letter.subject.lower()
        named = (one for one in self._senders if one.idp.lower() in words or one.title.lower() in words)
        followed = (one for one in self._senders if follows is not None and one.idp == follows.idp)
        return next(followed, None) or next(named, self._senders[0])

    def _answered(self, number: int, *, automatic: bool) -> Incident:
        """As its state asks for; somebody else may change that meanwhile."""
        sender = self._senders[0]
        for _ in range(_TRIES):
            state = self._desk.show(number).incident.state
            kind, name = Kind.COMMENTED, "text"
            if not automatic and state is State.WAITING:
                kind, name = Kind.RESUMED, "reason"
            elif not automatic and state is State.RESOLVED:
                kind = Kind.REMARKED
            with suppress(RefusedError):
                return self._desk.act(number, kind, {name: self._text}, author=_author(sender), key=self._key)
        return self._desk.act(number, Kind.COMMENTED, {"text": self._text}, author=_author(sender), key=self._key)


def _author(sender: Contact) -> str:
    """A contact's name as the register takes it; the IdP's when nothing of it can be seen."""
    return cleaned_line(sender.name) or sender.idp


def _open_to_all(incident: Incident, sender: Contact) -> bool:
    """An incident without an IdP is everybody's when it is about the hub; a request of a person is that person's IdP's alone."""
    return incident.idp == sender.idp or (incident.scope.subject != "" and incident.origin in (Origin.CONDITION, Origin.SLOW, Origin.ALERT))
