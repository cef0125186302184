"""Tables for people: incidents, their report, undelivered messages, IdPs and their flags."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from probe.cli.output.incident_texts import IncidentTexts
from probe.cli.output.status import MARKS
from probe.cli.output.table import Cell, Heading, Styled, Table
from probe.core.incident.acts import earlier_details
from probe.core.incident.indicator import Indicator
from probe.core.incident.model import Act, ActKind, Incident, IncidentState, Severity, reference
from probe.core.incident.policy import machine_opened, outage_of
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.subject import C1, State, journey_of
from probe.core.radar.notice import Notice, NoticedChange
from probe.core.sla.correction import Change
from probe.incidents.details import FlagRecord, IncidentDetails, Report
from probe.incidents.service import IdpStatus
from probe.incidents.store.outbox import UndeliveredLetter
from probe.texts.bilingual import Labels
from probe.texts.incidents import scope
from probe.texts.sights import sight
from probe.texts.subjects import Titles, titles_of, with_name
from probe.texts.what_to_do import advice, first_steps
from probe.texts.why_unknown import why_unknown

STYLES = {Severity.CRITICAL: "bold red", Severity.MAJOR: "red", Severity.MEDIUM: "yellow", Severity.MINOR: "", Severity.INFO: "dim"}
_STATES = {
    IncidentState.NEW: "bold",
    IncidentState.WAITING: "magenta",
    IncidentState.RESOLVED: "green",
    IncidentState.CLOSED: "dim",
    IncidentState.MERGED: "dim",
}
_INSTANTS = ("received", "began", "again", "ended", "acknowledged", "in_hand", "resolved", "notified", "remarked", "closed")
_INCIDENTS = ("into", "to")
_TITLED = frozenset({ScopeKind.NONE, ScopeKind.RULE, ScopeKind.OTHER})
"""The kinds of scopes that do not say what the incident is about: its title does."""


def table(heads: Sequence[str], *columns: Heading) -> Table:
    """Make a table of these heads; `columns`: how each behaves, without its own head."""
    return Table(*(column._replace(head=head) for head, column in zip(heads, columns, strict=True)))


def _ranked(*ranks: int) -> list[Heading]:
    """Return columns that leave the row by these ranks, the highest first."""
    return [Heading("", rank) for rank in ranks]


_HUB = Heading("", shared=True)


def incidents(found: Sequence[IncidentDetails], said: IncidentTexts, titles: Mapping[tuple[str, str], str]) -> Table:
    """One line an incident. A column in which nothing would stand is left out."""
    made = table(said.columns, *_ranked(0, 0, 1, 0, 2, 4, 3, 5))
    for one in found:
        made.add_row(*_row(one, said, titles))
    return made


def _row(one: IncidentDetails, said: IncidentTexts, titles: Mapping[tuple[str, str], str]) -> tuple[Cell, ...]:
    incident = one.incident
    about = subject(incident, said, titles)
    machines = machine_opened(incident) and ScopeSubject.parse(incident.scope.subject).kind not in _TITLED
    repeated = machines or about.text.lower().endswith(f" {incident.title.lower()}")
    return (
        incident.reference, severity(incident, said), state(incident, said), about,
        Styled("" if repeated else incident.title), said.instant(incident.received_us), deadline(one, said), Styled(incident.assignee),
    )  # fmt: skip


def severity(incident: Incident, said: IncidentTexts) -> Styled:
    """Write the severity in words too: colour never stands alone."""
    return Styled(said.severities[incident.severity], STYLES[incident.severity])


def state(incident: Incident, said: IncidentTexts) -> Styled:
    return Styled(said.states[incident.state], _STATES.get(incident.state, ""))


def subject(incident: Incident, said: IncidentTexts, titles: Mapping[tuple[str, str], str]) -> Styled:
    """The hub and what the incident is about, as people call it; the IdP of a person's request."""
    subject, known = ScopeSubject.parse(incident.scope.subject), titles_of(incident.scope.hub, titles)
    if subject.kind in (ScopeKind.NONE, ScopeKind.OTHER):
        about = subject.name or (known.get(journey_of(incident.idp), incident.idp) if incident.idp else "")
    else:
        about = scope(incident.scope, known).in_language(said.language)
    return Styled(" ".join(part for part in (incident.scope.hub, about) if part))


def deadline(found: IncidentDetails, said: IncidentTexts) -> Styled:
    """Return the next deadline; a missed one goes first."""
    if any(one.late for one in found.clocks):
        late = min((one for one in found.clocks if one.late), key=lambda one: one.due_us or 0)
        return Styled(f"! {said.clocks[late.clock]} {said.late}", "bold red")
    running = [one for one in found.clocks if one.due_us is not None]
    if not running:
        return Styled(said.paused if found.clocks else "")
    first = min(running, key=lambda one: one.due_us or 0)
    return Styled(f"{said.instant(first.due_us or 0)} {said.clocks[first.clock]}")


# --- one incident


def incident(
    found: IncidentDetails, said: IncidentTexts, titles: Mapping[tuple[str, str], str], runbooks: str = ""
) -> Iterator[str | Styled | Table]:
    """Yield the parts of one incident: its fields, what to do, its clocks, its acts.

    `runbooks`: the base URL of the runbooks, without a final slash; "" where none is configured.
    """
    one = found.incident
    yield Styled(f"{one.reference}  {one.title}", "bold")
    fields = Table("", Heading("", flows=True), heads=False)
    for name, value in _fields(found, said, titles):
        fields.add_row(Styled(said.fields[name], "dim"), value)
    yield fields
    yield from _to_do(one, said, runbooks)
    if found.clocks:
        yield ""
        clocks = table(said.clock_columns, *_ranked(0, 0))
        for each in found.clocks:
            due = said.paused if each.due_us is None else said.instant(each.due_us)
            clocks.add_row(said.clocks[each.clock], Styled(f"! {due} {said.late}", "bold red") if each.late else Styled(due))
        yield clocks
    yield ""
    yield Styled(said.story, "bold")
    story = table(said.story_columns, *_ranked(0, 0, 0), Heading("", rank=1, flows=True))
    for act, earlier in zip(found.acts, earlier_details(found.acts), strict=True):
        text = "\n".join(filter(None, (act_text(act, said), earlier)))
        story.add_row(said.instant(act.at_us), Styled(act.author), said.acts[act.kind], Styled(text))
    yield story


def _to_do(one: Incident, said: IncidentTexts, runbooks: str) -> Iterator[str | Styled | Table]:
    found = advice(ScopeSubject.parse(one.scope.subject))
    if found is None or not one.open:
        return
    yield ""
    yield Styled(said.what_to_do, "bold")
    for step in (*first_steps(one), found.read_on(runbooks)):
        yield Styled(step.in_language(said.language))


def _fields(found: IncidentDetails, said: IncidentTexts, titles: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, Styled]]:
    one = found.incident
    yield "state", state(one, said)
    yield "severity", severity(one, said)
    yield "subject", subject(one, said, titles)
    yield from ((name, Styled(value)) for name, value in _trouble(one, said, titles_of(one.scope.hub, titles)).items() if value)
    yield "origin", Styled(said.origins[one.origin])
    plain: Mapping[str, str] = {
        "idp": with_name(one.idp, titles_of(one.scope.hub, titles)) if one.idp else "",
        "requester": one.requester,
        "blocking": said.yes if one.blocking else "",
        "assignee": one.assignee,
        **{name: said.instant(at) for name in _INSTANTS if (at := getattr(one, f"{name}_us")) is not None},
        "resolved_by": one.resolved_by,
        "way": said.ways[one.way] if one.way else "",
        "merged_into": reference(one.into) if one.into is not None else "",
        "links": ", ".join(f"{said.relations[link.relation]} {reference(link.to)}" for link in one.links),
        "tickets": ", ".join(f"{system} {key}" for system, key in found.keys.items()),
        "reopenings": str(one.reopenings) if one.reopenings else "",
        "detail": one.detail,
    }
    yield from ((name, Styled(value)) for name, value in plain.items() if value)


def _trouble(one: Incident, said: IncidentTexts, titles: Titles) -> dict[str, str]:
    """Write what the citizen sees, and the command that shows the outage; "" for none."""
    about, outage = ScopeSubject.parse(one.scope.subject), outage_of(one)
    seen = sight(about, titles.get(journey_of(one.idp), one.idp) if one.idp else "", own_login=C1 in titles)
    return {"sight": seen.in_language(said.language), "outage": f"vigie outages {outage}" if outage else ""}


def act_text(act: Act, said: IncidentTexts) -> str:
    """Write an act's data in words for people.

    A text of many lines has what else is told behind its first line: the others may be commands.
    """
    if act.kind is ActKind.LINKED:
        relation, other = act.data.get("relation"), act.data.get("to")
        return f"{said.relations[str(relation)]} {_value('to', other, said)}"
    parts, below = list[str](), list[str]()
    for name, value in act.data.items():
        if value in (None, "", False) or name in ("hub", "subject", "origin", "detail", "fact"):
            continue
        label = said.facts[name.removesuffix("_us")]
        first, *others = _value(name, value, said).split("\n")
        parts.append(f"{label} {first}".strip())
        below += others
    return "\n".join([", ".join(parts), *below])


def _value(name: str, value: str | int | bool | None, said: IncidentTexts) -> str:
    if isinstance(value, bool):
        return said.yes if value else said.no
    if isinstance(value, int):
        return _number(name, value, said)
    words: Mapping[str, Labels[Any]] = {
        "clock": said.clocks,
        "way": said.ways,
        "how": said.hows,
        "role": said.roles,
    }
    return words[name][value] if name in words and isinstance(value, str) else str(value)


def _number(name: str, value: int, said: IncidentTexts) -> str:
    if name == "severity":
        return said.severities[Severity(value)]
    return said.instant(value) if name.endswith("_us") else reference(value) if name in _INCIDENTS else str(value)


# --- the report


def report(
    found: Report, changes: Sequence[Change], seen: Mapping[str, Sequence[NoticedChange]], said: IncidentTexts
) -> Iterator[str | Styled | Table]:
    """Yield the indicator of both periods by both formulas, late incidents, missed deadlines,
    changes.
    """
    yield Styled(said.indicator, "bold")
    for indicator, name in ((found.month, said.month.format(name=found.name)), (found.rolling, said.rolling)):
        yield from _indicator(indicator, name, said)
    if found.rolling.late:
        yield ""
        yield Styled(said.late_list, "bold")
        late = table(said.late_columns, *_ranked(0, 1, 2, 3, 0, 0))
        for each in found.rolling.late:
            one = each.incident
            resolved = said.unresolved if one.resolved_us is None else said.instant(one.resolved_us)
            late.add_row(
                one.reference,
                severity(one, said),
                Styled(one.title),
                said.instant(one.received_us),
                resolved,
                said.hours(each.worked_us),
            )
        yield late
    yield ""
    yield Styled(said.breached, "bold")
    missed = found.breaches
    if missed:
        made = table(said.breached_columns, *_ranked(0, 2, 0, 1))
        for one, clock in missed:
            made.add_row(one.reference, severity(one, said), said.clocks[clock], Styled(one.title))
        yield made
    else:
        yield said.no_breach
    yield ""
    yield Styled(said.changes, "bold")
    yield _changes(changes, said) if changes else said.no_change
    for hub, of in seen.items():
        unannounced = sum(one.notice is Notice.NOBODY for one in of)
        if unannounced:
            yield Styled(f"! {said.seen_unannounced.format(hub=hub, count=unannounced)}", "bold red")


def _indicator(one: Indicator, name: str, said: IncidentTexts) -> Iterator[str | Styled | Table]:
    yield ""
    yield Styled(name, "bold")
    made = Table("", "", Heading("", rank=1), heads=False)
    for label, ratio, met in ((said.contract, one.ratio, one.met), (said.mature, one.mature_ratio, one.mature_met)):
        made.add_row(label, said.percent(ratio), _verdict(met, said))
    yield made
    yield said.received.format(received=one.received, in_time=one.in_time, young=one.young, late=len(one.late), questions=one.questions)


def _verdict(met: bool | None, said: IncidentTexts) -> Styled:
    if met is None:
        return Styled(said.nothing_received, "dim")
    return Styled(f"✔ {said.goal_met}", "green") if met else Styled(f"✖ {said.goal_missed}", "bold red")


def _changes(changes: Sequence[Change], said: IncidentTexts) -> Table:
    made = table(said.change_columns, Heading(""), _HUB, *_ranked(0, 2, 1, 0, 3))
    for one in changes:
        mark = Styled(said.change_late, "bold red") if one.late else Styled(said.change_in_time)
        made.add_row(
            str(one.seq),
            one.hub,
            said.instant(one.planned_us),
            said.instant(one.announced_us),
            said.instant(one.due_us),
            mark,
            Styled(one.title),
        )
    return made


# --- the outbox


def letters(found: Sequence[UndeliveredLetter], said: IncidentTexts) -> Table:
    """One line for each undelivered message, with the ticket system's last error."""
    made = table(said.outbox_columns, *_ranked(0, 4, 0, 3, 5, 1, 6, 2))
    for one in found:
        style = "bold red" if one.state.value == "dead" else ""
        made.add_row(
            f"{one.system}/{reference(one.incident)}", str(one.act), Styled(said.outbox_states[one.state.value], style),
            said.instant(one.put_us), str(one.tries), said.instant(one.due_us), one.reference or "", Styled(one.error),
        )  # fmt: skip
    return made


# --- IdPs and their flags


def idps(found: Sequence[IdpStatus], said: IncidentTexts) -> Table:
    """One line an IdP: its state, whether the mire offers it, the step of its deactivation."""
    made = table(said.idp_columns, _HUB, *_ranked(0, 4, 0, 3, 5, 1, 6, 2, 7))
    for one in found:
        flag = said.no_flags if one.flag.state == "none" else said.flags[one.flag.state]
        guard = f" ({said.guards[one.guard]})" if one.guard else ""
        why = f" - {why_unknown(one.unknown, journey_of(one.idp), {}, said, briefly=True)}" if one.unknown else ""
        stopped = f" ({said.suspended})" if one.suspended else ""
        found_state = f"{MARKS[State(one.state)]} {said.idp_states[one.state]}{why}{stopped}"
        title = "" if one.title == one.idp else one.title
        made.add_row(
            one.hub, one.idp, title, found_state, _since(one.since_us, said), _mire(one, said),
            f"{flag}{guard}", _since(one.flag.since_us, said), "" if one.incident is None else reference(one.incident), one.tile,
        )  # fmt: skip
    return made


def _mire(one: IdpStatus, said: IncidentTexts) -> str:
    """Whether the mire offers it; a cross where its tile is greyed."""
    if one.displayed is None:
        return said.unseen
    return said.no if not one.displayed else said.yes if one.selectable is not False else f"{said.yes} ✖"


def _since(at_us: int | None, said: IncidentTexts) -> str:
    return "" if at_us is None else said.instant(at_us)


def flags(found: Sequence[FlagRecord], said: IncidentTexts) -> Table:
    """Every step of every deactivation."""
    made = table(said.flag_columns, Heading("", right=True), _HUB, *_ranked(0, 0, 1, 2, 3))
    for one in found:
        step = said.flags[one.step]
        made.add_row(str(one.seq), one.hub, one.idp, step, said.instant(one.at_us), Styled(one.author), Styled(one.reason))
    return made
