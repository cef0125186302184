"""Writes the message of an act for a ticket system: French or English, plain text and HTML.

The sentences are in `sentences`, the layout in `layouts/message.txt.j2` and
`layouts/message.html.j2`. Foreign text is cleaned of control characters and cut here, and escaped
where it becomes HTML.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from probe.core.incident.model import Act, ActKind, Fact, Incident, IncidentClock, reference
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.past import PastOutage, StoredObservation
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1
from probe.core.plain_text import cleaned_block, cleaned_line
from probe.core.times import rfc3339
from probe.texts import details
from probe.texts import judgement as labels
from probe.texts.bilingual import Text
from probe.texts.incidents import scope
from probe.texts.sights import sight
from probe.texts.subjects import Titles, some_idps
from probe.texts.what_to_do import advice, first_steps
from probe.texts.why_unknown import unproven
from probe.tickets.message import Message, Verb, mark_of
from probe.tickets.sentences import TicketTexts

LONGEST_LINE = 200  # characters
LONGEST_BLOCK = 20_000  # characters
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
_WRITTEN_IN = {
    ActKind.SEVERITY: "reason",
    ActKind.RESUMED: "reason",
    ActKind.REOPENED: "reason",
    ActKind.WAITING: "request",
    ActKind.COMMENTED: "text",
    ActKind.EVIDENCE: "text",
    ActKind.RESOLVED: "text",
    ActKind.REMARKED: "text",
}
"""Which field of an act holds the author's text."""


@dataclass(frozen=True, slots=True)
class PersonToCall:
    """Somebody to call: an IdP's contact, or the holder of a role. Never kept in the store."""

    name: str
    mail: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """An incident up to one of its acts, the one of the message, and the facts beside it.

    `acts`: all up to and with that one, in their order; `incident`: its state after them. `due_us`:
    the deadlines that ran after it, in UTC microseconds. `role`: to whom the next escalation goes,
    or this one went. `cause`: the ledger's cause of the outage; `outage`: with what tells why.
    `titles`: those of the hub's IdPs. `accepted`: of a security incident, the observation that
    found what the hub accepts. `again_us`: when the trouble came back of an incident that was
    reopened.
    """

    incident: Incident
    acts: Sequence[Act]
    due_us: Mapping[IncidentClock, int] = field(default_factory=dict)
    hub: str = ""  # as people call it
    idp: str = ""
    role: PersonToCall | None = None
    contacts: Sequence[PersonToCall] = ()  # the IdP's
    notify: Sequence[str] = ()  # mail addresses of the contacts whom the act is for
    cause: Cause | None = None
    outage: PastOutage | None = None
    titles: Titles = field(default_factory=dict)
    accepted: StoredObservation | None = None
    again_us: int | None = None

    @property
    def act(self) -> Act:
        return self.acts[-1]

    @property
    def telling(self) -> StoredObservation | None:
        """The observation that tells why."""
        return self.outage.telling if self.outage else self.accepted


@dataclass(frozen=True, slots=True)
class Sites:
    """The links of a message: base URLs without a final slash; empty when there is none."""

    vigie: str = ""
    grafana: str = ""
    runbooks: str = ""


class TicketWording:
    """Writes messages in one language and time zone."""

    def __init__(self, language: str, zone: str, sites: Sites | None = None) -> None:
        self._texts = TicketTexts(language, zone)
        self._sites = sites or Sites()
        environment = Environment(
            loader=PackageLoader("probe.tickets", "layouts"),
            autoescape=select_autoescape(("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"when": self.when, "line": line, "block": block}
        environment.globals["texts"] = self._texts
        self._text = environment.get_template("message.txt.j2")
        self._html = environment.get_template("message.html.j2")

    def message(self, story: Story, *, doubt: bool = False) -> Message:
        """Write the message of the story's last act. `doubt`: an earlier try may have succeeded."""
        incident, act = story.incident, story.act
        mark = mark_of(incident)
        key = f"{mark}.{len(story.acts)}"
        verb = _VERBS.get(act.kind, Verb.COMMENT)
        title, headline = self._title(story), self._headline(story)
        seen = {
            "story": story,
            "incident": incident,
            "act": act,
            "headline": headline,
            "told": self._body(act),
            "scope": self._scope(story),
            "sight": self._sight(story),
            "why": self._why(story),
            "full": verb is Verb.CREATE or verb is Verb.REOPEN,
            "own_setting": self._own_setting(story),
            "to_do": self._to_do(incident) if incident.open else [],
            "evidence": [one for one in story.acts if one.kind is ActKind.EVIDENCE],
            "idp": story.idp or incident.idp or "",
            "hub": story.hub or incident.scope.hub,
            "links": self._links(incident, story.outage, story.telling),
            "key": key,
        }
        return Message(
            verb=verb,
            reference=incident.reference,
            mark=mark,
            key=key,
            severity=incident.severity,
            at_us=act.at_us,
            title=line(title),
            subject=line(headline),
            text=self._text.render(seen).strip() + "\n",
            html=self._html.render(seen).strip() + "\n",
            to=story.role.mail if story.role and act.kind is ActKind.ESCALATED else "",
            notify=tuple(story.notify),
            doubt=doubt,
            facts=_facts(story, mark, key, verb),
        )

    # --- sentences

    def _scope(self, story: Story) -> str:
        """Write what the incident is about. A person's request about an IdP names the IdP."""
        incident, idp = story.incident, _idp(story)
        text = self._texts.about_idp.format(idp=idp) if not incident.scope.subject and idp else ""
        return line(text or scope(incident.scope, story.titles).in_language(self._texts.language))

    def _title(self, story: Story) -> str:
        """Return the title: as people and alerting rules wrote it, or by the scope for the
        machine's.
        """
        incident = story.incident
        if ScopeSubject.parse(incident.scope.subject).kind in (ScopeKind.NONE, ScopeKind.RULE, ScopeKind.OTHER):
            return line(incident.title)
        return self._texts.title.format(hub=line(story.hub or incident.scope.hub), scope=self._scope(story))

    def _sight(self, story: Story) -> str:
        """Write what the citizen sees; "" when the scope does not say it."""
        subject = ScopeSubject.parse(story.incident.scope.subject)
        return sight(subject, _idp(story), own_login=C1 in story.titles).in_language(self._texts.language)

    def _headline(self, story: Story) -> str:
        texts, act = self._texts, story.act
        data = defaultdict(str, act.data)
        if act.kind is ActKind.BLOCKING and not data["blocking"]:
            return texts.not_blocking
        relation = texts.relations[str(data["relation"] or "related")]
        return texts.headlines[act.kind].format(
            title=self._title(story),
            severity=texts.severities[story.incident.severity],
            to=line(data["to"]),
            way=line(texts.ways[str(data["way"] or "")]),
            role=line(story.role.name if story.role else texts.roles[str(data["role"] or "")]),
            clock=line(texts.clocks[str(data["clock"] or "")]),
            into=reference(int(data["into"] or 0)),
            relation=relation[:1].upper() + relation[1:],
            linked=f"VIGIE-{data['to']}",
        )

    def _body(self, act: Act) -> str:
        """Return the author's text, or an addition to the headline; "" when there is neither."""
        texts, data = self._texts, defaultdict(str, act.data)
        if act.kind in _WRITTEN_IN:
            return block(data[_WRITTEN_IN[act.kind]] or "")
        if act.kind is ActKind.NOTIFIED and data["to"]:
            return texts.notified.format(to=line(data["to"]))
        if act.kind in (ActKind.ESCALATED, ActKind.BREACHED) and data["due_us"]:
            return texts.was_due.format(due=self.when(int(data["due_us"])))
        return self._agreement(data) if act.kind is ActKind.CLOSED else ""

    def _agreement(self, data: Mapping[str, Any]) -> str:
        """Write who agreed to the end of an incident, how and when."""
        texts, parts = self._texts, []
        if data["by"]:
            parts.append(texts.confirmed.format(by=line(data["by"])))
            parts += [texts.confirmed_how.format(how=line(texts.hows[data["how"]]))] if data["how"] else []
            parts += [texts.confirmed_when.format(when=self.when(data["when_us"]))] if data["when_us"] else []
            parts.append(".")
        parts += [texts.agreed.format(ours=line(data["ours"]))] if data["ours"] else []
        return "".join(parts).strip()

    def _why(self, story: Story) -> Mapping[str, str]:
        """Return step, reason, fault, code, and what leads to the logs, by their labels.

        The machine's words stand behind, as they are those of the logs and the metrics.
        """
        cause, told, subject = story.cause, story.telling, story.incident.scope.subject
        if cause is None:
            return {}
        texts = self._texts
        return {
            texts.step: labels.with_word(labels.step(cause.step), cause.step).in_language(texts.language) if cause.step else "",
            texts.reason: labels.with_word(labels.reason_of(cause, subject, told.observation if told else None), cause.reason).in_language(
                texts.language
            )
            if cause.reason
            else "",
            texts.fault: labels.fault_of(cause.fault, subject).in_language(texts.language),
            texts.direct: _direct(story).in_language(texts.language),
            texts.affected: _affected(story).in_language(texts.language),
            texts.code: line(cause.code or ""),
            texts.precisely: self._detail(told),
            texts.error_id: line(told.observation.error_id or "") if told else "",
            texts.request_id: line(told.request_id or "") if told else "",
            texts.observation: str(told.number) if told else "",
        }

    def _own_setting(self, story: Story) -> str:
        """Write which setting of ours changed meanwhile; "" of a message that is about just it."""
        changed = story.outage.changed if story.outage else None
        noted = story.act.kind is ActKind.EVIDENCE and story.act.data.get("fact") == Fact.OWN_SETTING.value
        return unproven(changed, self._texts) if changed is not None and not noted else ""

    def _to_do(self, incident: Incident) -> list[str]:
        """Write what to do first; a runbook that has an address is among the links."""
        found = advice(ScopeSubject.parse(incident.scope.subject))
        steps = [*first_steps(incident), *([found.read_on("")] if found is not None and not self._sites.runbooks else [])]
        return [each.in_language(self._texts.language) for each in steps]

    def _detail(self, told: StoredObservation | None) -> str:
        """Write what is missing, or what came instead, as the telling observation has it."""
        detail = told.observation.detail if told is not None else None
        return line(details.sentence(detail).in_language(self._texts.language)) if detail is not None else ""

    def when(self, us: int) -> str:
        """Write an instant (UTC microseconds) as local time.

        Its zone and offset are given, for a reader elsewhere and for the hour of the clock change.
        """
        return self._texts.zoned_instant(us)

    def _links(self, incident: Incident, outage: PastOutage | None, told: StoredObservation | None) -> list[tuple[str, str]]:
        sites = self._sites
        found = advice(ScopeSubject.parse(incident.scope.subject))
        links = [("runbook", found.link(sites.runbooks))] if found is not None and sites.runbooks else []
        links += [("vigie", f"{sites.vigie}/incidents/{incident.number}")] if sites.vigie else []
        if sites.vigie and outage is not None:
            links.append(("outage", f"{sites.vigie}/outages/{quote(str(outage.name), safe='/@:')}"))
        if sites.vigie and told is not None:
            links.append(("trace", f"{sites.vigie}/observations/{told.number}"))
        since = (incident.began_us or incident.received_us) // 1000 - 3_600_000  # Grafana's instants are milliseconds
        if sites.grafana:
            links.append(("grafana", f"{sites.grafana}/dashboards?var-hub={quote(incident.scope.hub)}&from={since}&to=now"))
        return links


def _direct(story: Story) -> Text:
    direct = story.outage.direct if story.outage else None
    return labels.with_word(labels.reason_of(direct), direct.reason) if direct is not None and direct.reason else Text("", "")


def _affected(story: Story) -> Text:
    return some_idps(story.outage.idps, story.outage.watched, story.titles) if story.outage else Text("", "")


def _idp(story: Story) -> str:
    return line(story.idp or story.incident.idp or "")


def _facts(story: Story, mark: str, key: str, verb: Verb) -> dict[str, object]:
    """Return plain values for the templates of configurations.

    Instants are ISO 8601 in UTC; empty for one that has not come.
    """
    incident, cause, told = story.incident, story.cause, story.telling
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
        "error_id": line((told and told.observation.error_id) or ""),
        "request_id": line((told and told.request_id) or ""),
        "observation": told.number if told else "",
        "outage": str(story.outage.name) if story.outage else "",
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
