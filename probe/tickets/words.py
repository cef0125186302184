"""From an act of an incident to the message that a ticket system gets: French or English, plain text and HTML.

The sentences are in `texts/<language>/words.j2`, the layout in `texts/message.txt.j2` and `texts/message.html.j2`. What people and machines
wrote is cleaned of control characters and cut here, and escaped where it becomes HTML.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from probe.core.incident.model import Act, ActKind, Incident, IncidentClock
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.signal import Cause
from probe.core.plain_text import cleaned_block, cleaned_line
from probe.core.times import at, rfc3339
from probe.tickets.message import Message, Verb, mark_of

LONGEST_LINE = 200  # characters
LONGEST_BLOCK = 20_000  # characters
LANGUAGES = ("fr", "en")
_DATES = {"fr": "%d/%m/%Y à %H:%M:%S", "en": "%d/%m/%Y at %H:%M:%S"}
_SENTENCES = {
    ScopeKind.IDP: "idp",
    ScopeKind.INTERMITTENT: "intermittent",
    ScopeKind.SLOW: "slow",
    ScopeKind.SLOW_IDP: "slow",
    ScopeKind.RULE: "rule",
}
_VERBS = {
    ActKind.OPENED: Verb.CREATE,
    ActKind.SEVERITY: Verb.ESCALATE,
    ActKind.ESCALATED: Verb.ESCALATE,
    ActKind.ACKNOWLEDGED: Verb.COMMENT,
    ActKind.ASSIGNED: Verb.WORK,
    ActKind.WAITING: Verb.WAIT,
    ActKind.RESUMED: Verb.WORK,
    ActKind.RESOLVED: Verb.RESOLVE,
    ActKind.REOPENED: Verb.REOPEN,
    ActKind.CLOSED: Verb.CLOSE,
    ActKind.MERGED: Verb.CLOSE,
}
_SAID = ("title", "headline", "scope", "citizen", "told")
"""The macros of the words. They are called here and come into the layouts as text: within HTML, what a macro returns is taken for HTML."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to call: an IdP's contact, or whoever has a role. Never kept in the store."""

    name: str
    mail: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """An incident up to one of its acts, which is told, and what the reader needs beside it.

    `acts`: all up to and with the one that is told, in their order; `incident`: what they make of it. `due_us`: the clocks that ran after
    it, with the UTC microseconds at which each is missed. `role`: to whom the next escalation goes, or this one went. `cause`: what the
    ledger says of the outage.
    """

    incident: Incident
    acts: Sequence[Act]
    due_us: Mapping[IncidentClock, int] = field(default_factory=dict)
    hub: str = ""  # as people call it
    idp: str = ""
    role: Person | None = None
    contacts: Sequence[Person] = ()  # the IdP's
    notify: Sequence[str] = ()  # mail addresses of the contacts whom the act is for
    cause: Cause | None = None

    @property
    def act(self) -> Act:
        return self.acts[-1]


@dataclass(frozen=True, slots=True)
class Sites:
    """Where people look: base URLs without a final slash; empty: there is none."""

    vigie: str = ""
    grafana: str = ""


class Words:
    """Says stories in one language and time zone."""

    def __init__(self, language: str, zone: str, sites: Sites | None = None) -> None:
        self._language = language if language in LANGUAGES else LANGUAGES[0]
        self._zone = ZoneInfo(zone)
        self._sites = sites or Sites()
        environment = Environment(
            loader=PackageLoader("probe.tickets", "texts"),
            autoescape=select_autoescape(("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"when": self.when, "line": line, "block": block}
        environment.globals["language"] = self._language
        self._text = environment.get_template("message.txt.j2")
        self._html = environment.get_template("message.html.j2")
        self._lines: Any = environment.get_template(f"{self._language}/words.j2").module

    def message(self, story: Story, *, doubt: bool = False) -> Message:
        """The message of the story's last act."""
        incident, act = story.incident, story.act
        mark = mark_of(incident)
        key = f"{mark}.{len(story.acts)}"
        verb = _VERBS.get(act.kind, Verb.COMMENT)
        seen = {
            "story": story,
            "incident": incident,
            "act": act,
            "data": defaultdict(str, act.data),
            "full": verb is Verb.CREATE or verb is Verb.REOPEN,
            "evidence": [one for one in story.acts if one.kind is ActKind.EVIDENCE],
            "subject": _subject(incident),
            "idp": story.idp or incident.idp or "",
            "hub": story.hub or incident.scope.hub,
            "links": self._links(incident),
            "key": key,
        }
        said = {name: str(getattr(self._lines, name)(seen)) for name in _SAID}
        return Message(
            verb=verb,
            reference=incident.reference,
            mark=mark,
            key=key,
            severity=incident.severity,
            at_us=act.at_us,
            title=line(said["title"]),
            subject=line(said["headline"]),
            text=self._text.render(seen, said=said).strip() + "\n",
            html=self._html.render(seen, said=said).strip() + "\n",
            to=story.role.mail if story.role and act.kind is ActKind.ESCALATED else "",
            notify=tuple(story.notify),
            doubt=doubt,
            facts=_facts(story, mark, key, verb),
        )

    def when(self, us: int) -> str:
        """An instant as local time, with its zone: a reader elsewhere, or an hour of the clock change, is not misled."""
        local = _local(us, self._zone)
        offset = local.strftime("%z")
        return f"{local.strftime(_DATES[self._language])} ({self._zone.key}, UTC{offset[:3]}:{offset[3:5]})"

    def _links(self, incident: Incident) -> list[tuple[str, str]]:
        sites = self._sites
        links = [("vigie", f"{sites.vigie}/incidents/{incident.number}")] if sites.vigie else []
        since = (incident.began_us or incident.received_us) // 1000 - 3_600_000  # Grafana's instants are milliseconds
        if sites.grafana:
            links.append(("grafana", f"{sites.grafana}/dashboards?var-hub={quote(incident.scope.hub)}&from={since}&to=now"))
        return links


def _local(us: int, zone: ZoneInfo) -> datetime:
    return at(us).astimezone(zone)


def _subject(incident: Incident) -> str:
    """Which sentences fit the scope: a closed word."""
    subject = ScopeSubject.parse(incident.scope.subject)
    return subject.name if subject.kind is ScopeKind.CONDITION else _SENTENCES.get(subject.kind, "other")


def _facts(story: Story, mark: str, key: str, verb: Verb) -> dict[str, object]:
    """Plain values for the templates of configurations. Instants are ISO 8601 in UTC, empty when they have not come."""
    incident, cause = story.incident, story.cause
    return {
        "incident": incident.number,
        "reference": incident.reference,
        "mark": mark,
        "key": key,
        "verb": verb.value,
        "act": story.act.kind.value,
        "author": line(story.act.author),
        "at": _iso(story.act.at_us),
        "severity": int(incident.severity),
        "state": incident.state.value,
        "origin": incident.origin.value,
        "hub": incident.scope.hub,
        "scope": incident.scope.subject,
        "idp": incident.idp or "",
        "blocking": incident.blocking,
        "received": _iso(incident.received_us),
        "began": _iso(incident.began_us),
        "ended": _iso(incident.ended_us),
        "due": {clock.value: _iso(us) for clock, us in story.due_us.items()},
        "role": line(story.role.name) if story.role else "",
        "fault": (cause and cause.fault) or "",
        "reason": (cause and cause.reason) or "",
        "step": (cause and cause.step) or "",
        "code": (cause and cause.code) or "",
    }


def _iso(us: int | None) -> str:
    return "" if us is None else rfc3339(us, "seconds")


def line(text: object) -> str:
    """One line of visible characters, bounded."""
    one = cleaned_line(str(text), LONGEST_LINE + 1)
    return one if len(one) <= LONGEST_LINE else one[: LONGEST_LINE - 1] + "…"


def block(text: object) -> str:
    """Lines of visible characters, bounded."""
    shown = cleaned_block(str(text), LONGEST_BLOCK + 1)
    return shown if len(shown) <= LONGEST_BLOCK else shown[: LONGEST_BLOCK - 1] + "…"
