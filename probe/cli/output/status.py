"""States, outages and journeys: values for JSON, and tables for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from probe.cli.output.fitting import FittingConsole
from probe.cli.output.table import Heading, Styled, Table
from probe.cli.output.terminal import terminal_width
from probe.cli.output.texts import CommandTexts
from probe.core.incident.model import Incident
from probe.core.incident.scope import ScopeSubject
from probe.core.judgement.condition import C3, CONDITIONS, HUB, State, SubjectStatus
from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.detail import Detail
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason, SetupPart
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.past import PastOutage, StoredObservation
from probe.core.judgement.reach import Reach
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import NUMBERS, Subject, SubjectKind, journey_of
from probe.core.judgement.timeline import Outage
from probe.core.judgement.why_unknown import Explanation
from probe.core.plain_text import visible
from probe.core.times import rfc3339
from probe.service import serialize
from probe.texts import details
from probe.texts import judgement as labels
from probe.texts.bilingual import Language
from probe.texts.incidents import scope
from probe.texts.subjects import idp_title, some, subject_title, titles_of
from probe.texts.what_to_check import to_mend
from probe.texts.why_unknown import own_trouble, unproven, why_unknown

STYLES = {State.UP: "green", State.BLIP: "yellow", State.DOWN: "bold red", State.UNKNOWN: "magenta"}
MARKS = {State.UP: "●", State.BLIP: "◐", State.DOWN: "✖", State.UNKNOWN: "?"}
"""Colour never stands alone: each state has its mark."""

OUTCOME_STYLES = {Outcome.OK: "green", Outcome.FAILED: "bold red", Outcome.INCONCLUSIVE: "magenta"}
OUTCOME_MARKS = {Outcome.OK: "●", Outcome.FAILED: "✖", Outcome.INCONCLUSIVE: "?"}
_observation = TypeAdapter(Observation)

Statuses = Mapping[tuple[str, str], tuple[int, SubjectStatus]]


def seconds(us: int) -> float:
    """Microseconds as seconds, for JSON."""
    return us / 1_000_000


def cause_json(cause: Cause | None) -> dict[str, Any]:
    return {
        "fault": cause.fault if cause else None,
        "reason": cause.reason if cause else None,
        "step": cause.step if cause else None,
        "code": cause.code if cause else None,
    }


def outage_json(outage: Outage) -> dict[str, Any]:
    """One outage. `duration_seconds` is the time known to be down; an open one has no `end`."""
    idp = Subject.parse(outage.subject).idp
    return {
        "hub": outage.hub,
        "condition": NUMBERS.get(outage.subject),
        "subject": outage.subject,
        "idp": idp,
        "start": rfc3339(outage.start_us),
        "end": None if outage.end_us is None else rfc3339(outage.end_us),
        "start_us": outage.start_us,
        "end_us": outage.end_us,
        "duration_seconds": seconds(outage.down_us),
        "unknown_seconds": seconds(outage.unknown_us),
        **cause_json(outage.cause),
    }


def past_json(past: PastOutage) -> dict[str, Any]:
    """One outage with its name (`id`), and with the observation that tells why."""
    told = past.telling
    return {
        **outage_json(past.outage),
        "id": str(past.name),
        "corrections": [{"number": number, "as": act} for number, act in past.corrections],
        "imported": past.imported,
        "direct": past.direct.reason if past.direct else None,
        "observation": told.number if told else None,
        "error_id": told.observation.error_id if told else None,
        "request_id": told.request_id if told else None,
    }


def never_passed_json(told: Mapping[tuple[str, str], NeverPassed]) -> list[dict[str, Any]]:
    """The hubs, and IdPs of them, whose settings have never passed, and since when."""
    return [
        {"hub": hub, "idp": idp or None, "part": each.part, "since": rfc3339(each.since_us), "journeys": each.times}
        for (hub, idp), each in sorted(told.items())
    ]


def accepted_json(incidents: Iterable[Incident]) -> list[dict[str, Any]]:
    """What the hubs accept and must refuse, with its incident, and since when."""
    return [
        {
            "hub": each.scope.hub,
            "negative": ScopeSubject.parse(each.scope.subject).name,
            "incident": each.reference,
            "since": rfc3339(each.since_us),
        }
        for each in incidents
    ]


def status_json(
    statuses: Statuses,
    now_us: int,
    unknown: Mapping[tuple[str, str], Explanation] | None = None,
    directs: Mapping[tuple[str, str], Cause] | None = None,
) -> dict[str, Any]:
    """Every hub: its state, each condition's, each IdP's.

    By hub and subject, `unknown` says why nobody can tell, and `directs` what `direct` meets at the
    IdP whose journeys fail.
    """
    why, asked = unknown or {}, directs or {}
    hubs = []
    for hub in sorted({name for name, _ in statuses}):
        subjects = {
            subject: _subject_json(found, why.get((name, subject)), asked.get((name, subject)))
            for (name, subject), found in statuses.items()
            if name == hub
        }
        parsed = {Subject.parse(subject): state for subject, state in subjects.items()}
        idps = {subject.name: state for subject, state in parsed.items() if subject.idp and not subject.client}
        clients = {one.name: {**state, "idps": _idps_at(one.name, parsed)} for one, state in parsed.items() if _is_client(one)}
        conditions = {NUMBERS[condition]: subjects[condition] for condition in CONDITIONS if condition in subjects}
        hubs.append({"hub": hub, **subjects[HUB], "conditions": conditions, "idps": idps} | ({"clients": clients} if clients else {}))
    return {"at": rfc3339(now_us), "hubs": hubs}


def _is_client(subject: Subject) -> bool:
    return subject.kind is SubjectKind.CLIENT


def _idps_at(client: str, states: Mapping[Subject, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The states of the IdPs at which a client logs in."""
    return {subject.name: state for subject, state in states.items() if subject.idp and subject.client == client}


def _subject_json(found: tuple[int, SubjectStatus], why: Explanation | None, direct: Cause | None) -> dict[str, Any]:
    since, current = found
    values = {"state": current.state, "since": rfc3339(since), **cause_json(current.cause)}
    if current.state is State.UNKNOWN and why is not None:
        values["unknown"] = serialize.unknown(why).plain()
    if direct is not None:
        values["direct"] = cause_json(direct)
    return values | ({"condition": NUMBERS[current.condition]} if current.condition else {})


def status_table(
    statuses: Statuses,
    said: CommandTexts,
    titles: Mapping[tuple[str, str], str],
    unknown: Mapping[tuple[str, str], Explanation],
    reaches: Mapping[tuple[str, str], Reach] | None = None,
    directs: Mapping[tuple[str, str], Cause] | None = None,
) -> Table:
    """One line a subject: of each hub first its own state, then its conditions and its IdPs.

    By hub and subject, `unknown` says why nobody can tell; `reaches` up to where it is seen, where
    that is not the identity; `directs` what `direct` meets at the IdP whose journeys fail.
    """
    table = Table(
        Heading(said.hub, shared=True), Heading(said.subject, flows=True), said.state, Heading(said.since, rank=1),
        Heading(said.fault, rank=3), Heading(said.reason, rank=2), Heading(said.step, rank=4),
    )  # fmt: skip
    for (hub, subject), (since, current) in sorted(statuses.items(), key=lambda item: (item[0][0], rank(item[0][1]))):
        of_hub = titles_of(hub, titles)
        fault, reason, step = cause_cells(current.cause, current.condition or subject, said.language)
        if current.state is State.UNKNOWN and (hub, subject) in unknown:
            reason = why_unknown(unknown[hub, subject], subject, of_hub, said, briefly=True)
        reason = labels.with_direct(reason, (directs or {}).get((hub, subject)), said.language)
        name = subject_title(subject, of_hub).in_language(said.language)
        state = state_text(current, subject, said.language)
        if current.state is State.UP and (reach := (reaches or {}).get((hub, subject))):
            state = state._replace(text=f"{state.text} ({labels.REACHES.label(reach, said.language)})")
        table.add_row(hub, name, state, said.instant(since), fault, reason, step)
    return table


def rank(subject: str) -> tuple[int, str]:
    """Return where a subject of a hub stands: the hub, its conditions, its IdPs by their names."""
    order = [HUB, *CONDITIONS]
    return (order.index(subject) if subject in order else len(order), subject)


def state_text(current: SubjectStatus, subject: str, language: Language) -> Styled:
    said = CommandTexts(language)
    spoken = said.holds if subject in CONDITIONS else said.states
    condition = f" ({NUMBERS[current.condition]})" if current.condition else ""
    return Styled(f"{MARKS[current.state]} {spoken[current.state]}{condition}", STYLES[current.state])


def cause_cells(cause: Cause | None, subject: str, language: Language, told: Observation | None = None) -> tuple[str, str, str]:
    if cause is None:
        return "", "", ""
    return why_cells(cause, language, subject, told)


def why_cells(
    cause: Cause | Observation, language: Language, subject: str = "", told: Observation | None = None, *, recorded: bool = False
) -> tuple[str, str, str]:
    """Return the labels of fault, reason (with the error code) and step; "" for an unknown one.

    `told`: the observation that tells why, where there is one beside the cause. `recorded`: the
    ledger has the observation, and with it whether our settings had ever passed by then.
    """
    why = [labels.reason_of(cause, subject, told).in_language(language)] if cause.reason else []
    why += [f"({cause.code})"] if cause.code else []
    if isinstance(cause, Observation) and cause.part and (cause.never_passed or not recorded):
        why += [f"- {_own_part(cause, language)}"]
    fault = labels.fault_of(cause.fault, subject).in_language(language)
    return fault, " ".join(why), labels.step(cause.step).in_language(language) if cause.step else ""


def _own_part(observation: Observation, language: Language) -> str:
    """Say on which part of our own settings the failure depends, and what to check."""
    part = observation.part or SetupPart.CLIENT
    text = labels.never_passed(part) if observation.never_passed else labels.unless_passed(part)
    return text.in_language(language)


def own_trouble_lines(
    never_passed: Mapping[tuple[str, str], NeverPassed],
    troubles: Mapping[tuple[str, str], OwnTrouble],
    said: CommandTexts,
    titles: Mapping[tuple[str, str], str],
) -> Iterator[str]:
    """One line for each reason for which the journeys of hubs or IdPs say nothing, with the detail:
    of whom, and since when at the earliest.

    Where a part of our settings has never passed, that is why.
    """
    found: dict[tuple[str, str], dict[str, int]] = {}
    for key in sorted({*never_passed, *troubles}):
        never, trouble = never_passed.get(key), troubles.get(key)
        if never is not None:
            why, since_us = labels.never_passed(never.part).in_language(said.language), never.since_us
            why += f" - {_detail_text(trouble.detail, said.language)}" if trouble is not None and trouble.detail is not None else ""
        elif trouble is not None:
            why = _with_to_do(own_trouble(trouble).format().in_language(said.language), trouble.reason, trouble.detail, said)
            since_us = trouble.since_us
        found.setdefault((key[0], why), {})[_within_hub(*key, titles, said)] = since_us
    for (hub, why), owners in found.items():
        who = f"{hub} {some(list(filter(None, owners))).in_language(said.language)}".rstrip()
        yield f"{who}{said.colon} {why} ({said.since.lower()} {said.instant(min(owners.values()))})"


def unproven_lines(
    failures: Mapping[tuple[str, str], NeverPassed], said: CommandTexts, titles: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    """One line for each outage that goes on with a setting of ours that has never passed."""
    for (hub, owner), each in sorted(failures.items()):
        yield f"! {owner_title(hub, owner, titles, said)}{said.colon} {unproven(each, said)}"


def owner_title(hub: str, owner: str, titles: Mapping[tuple[str, str], str], said: CommandTexts) -> str:
    """Write a hub with the IdP, the client or both that `at_client` named; "" is the hub alone."""
    return f"{hub} {_within_hub(hub, owner, titles, said)}".rstrip()


def _within_hub(hub: str, owner: str, titles: Mapping[tuple[str, str], str], said: CommandTexts) -> str:
    parsed = Subject.parse(journey_of(owner))
    return idp_title(parsed.name, parsed.client, titles_of(hub, titles)).in_language(said.language)


def _with_to_do(told: str, reason: Reason | None, detail: Detail | None, said: CommandTexts) -> str:
    """Return what is told, with what to do where the reason says it."""
    what = to_mend(reason, detail).in_language(said.language)
    return said.to_do.format(told=told, what=what) if what else told


def _detail_text(detail: Detail, language: Language) -> str:
    return visible(details.sentence(detail).in_language(language), " ")


def own_troubles_json(troubles: Mapping[tuple[str, str], OwnTrouble]) -> list[dict[str, Any]]:
    """The hubs, and IdPs of them, of which the journeys say nothing, and why."""
    return [
        {
            "hub": hub,
            "idp": idp or None,
            "reason": each.reason,
            "step": each.step,
            "detail": {"kind": each.detail.kind, "names": each.detail.names, "others": each.detail.others} if each.detail else None,
            "since": rfc3339(each.since_us),
        }
        for (hub, idp), each in sorted(troubles.items())
    ]


def unwatched_lines(tiles: Mapping[str, Sequence[str]], statuses: Statuses, said: CommandTexts) -> Iterator[str]:
    """One line for each hub whose C3 nobody can tell because of tiles that nobody watches."""
    for hub, uids in sorted(tiles.items()):
        if (hub, C3) in statuses and statuses[hub, C3][1].state is State.UNKNOWN:
            yield f"{hub}{said.colon} {said.unwatched}{said.colon} {visible(', '.join(uids), ' ')}"


def tell_causes(statuses: Statuses, outages: Iterable[Outage]) -> Statuses:
    """Return the statuses, those that are down with the cause that their open outage is told by."""
    told = {(each.hub, each.subject): each.cause for each in outages if each.end_us is None and each.cause is not None}
    return {
        key: (since, replace(current, cause=told[key]) if current.state is State.DOWN and key in told else current)
        for key, (since, current) in statuses.items()
    }


def never_answered_lines(names: Iterable[str], said: CommandTexts) -> Iterator[str]:
    """One line for each control target that has never answered."""
    for name in names:
        yield f"{said.kinds[Kind.CONTROL]} {name}{said.colon} {labels.never_passed(SetupPart.CONTROL).in_language(said.language)}"


def dead_family_lines(dead: Mapping[str, int], said: CommandTexts) -> Iterator[str]:
    """One line for each host that does not answer by one family of its addresses (4 or 6)."""
    for host, ip in sorted(dead.items()):
        yield said.dead_family.format(host=visible(host), ip=ip)


def accepted_lines(incidents: Iterable[Incident], said: CommandTexts) -> Iterator[str]:
    """One line for each thing that a hub accepts and must refuse, with its incident."""
    for each in incidents:
        what, since = scope(each.scope, {}).in_language(said.language), f"{said.since.lower()} {said.instant(each.since_us)}"
        yield f"{each.scope.hub}{said.colon} {what} ({each.reference}, {since})"


def stored_table(found: Iterable[StoredObservation], said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Table:
    """One line an observation: its number, when and from where, what it saw, the hub's id of it."""
    table = Table(
        Heading(said.number, right=True), said.start, Heading(said.vantage, rank=5, shared=True), Heading(said.journey, rank=1),
        said.outcome,
        Heading(said.fault, rank=3), Heading(said.reason, rank=2), Heading(said.step, rank=4), Heading(said.error_id, rank=6),
    )  # fmt: skip
    for stored in found:
        seen = stored.observation
        table.add_row(
            str(stored.number), said.instant(seen.started_us), seen.vantage, _journey_name(seen, said, titles),
            _outcome_text(seen, said), *_why(seen, said.language, recorded=True), seen.error_id or "",
        )  # fmt: skip
    return table


def _journey_name(seen: Observation, said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> str:
    named = seen.idp or ""
    if seen.kind is Kind.NEGATIVE and named:
        who = labels.negative(named)
    else:
        who = idp_title(named, seen.client, titles_of(seen.hub, titles))
    return " ".join(part for part in (said.kinds[seen.kind], who.in_language(said.language), seen.backend) if part)


def progress_text(seen: Observation, said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> str:
    """Write of a journey that has just ended which one it was, and how it ended, on one line."""
    return visible(f"{seen.hub} {_journey_name(seen, said, titles)}{said.colon} {said.outcomes[seen.outcome]}".strip(), " ")


def _outcome_text(seen: Observation, said: CommandTexts) -> Styled:
    return Styled(f"{OUTCOME_MARKS[seen.outcome]} {said.outcomes[seen.outcome]}", OUTCOME_STYLES[seen.outcome])


def _why(seen: Observation, language: Language, *, recorded: bool = False) -> tuple[str, str, str]:
    return why_cells(seen, language, recorded=recorded) if seen.outcome is not Outcome.OK else ("", "", "")


def console() -> FittingConsole:
    """Standard output; colours only on a terminal, and nothing is ever cut."""
    if terminal_width() is None:
        return FittingConsole(no_color=True, force_terminal=False)
    return FittingConsole(force_terminal=True)


def observation_json(observation: Observation) -> str:
    """One observation with its evidence, as JSON text."""
    return _observation.dump_json(observation, indent=2, exclude_none=True).decode()


def detail_lines(observations: Iterable[Observation], said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Iterator[Styled]:
    """Yield a line for each thing that is missing or came instead, and which journeys say it."""
    found: dict[tuple[Outcome, str, str], list[str]] = {}
    for seen in observations:
        if seen.detail is not None and seen.outcome is not Outcome.OK:
            detail = _with_to_do(_detail_text(seen.detail, said.language), seen.reason, seen.detail, said)
            found.setdefault((seen.outcome, seen.hub, detail), []).append(_journey_name(seen, said, titles))
    for (outcome, hub, detail), journeys in found.items():
        name = f"{hub} {some(journeys).in_language(said.language)}".strip()
        yield Styled(f"{OUTCOME_MARKS[outcome]} {name}{said.colon} {detail}", OUTCOME_STYLES[outcome])


def observation_table(observations: Iterable[Observation], said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Table:
    table = Table(
        Heading(said.hub, shared=True), said.journey, said.outcome, Heading(said.fault, rank=3), Heading(said.reason, rank=2),
        Heading(said.step, rank=4), Heading(said.time, rank=1, right=True),
    )  # fmt: skip
    for seen in observations:
        lasted = max(0, seen.finished_us - seen.started_us)
        time = f"{lasted // 1_000_000}{said.decimal}{lasted // 1_000 % 1_000:03} s"
        table.add_row(seen.hub, _journey_name(seen, said, titles), _outcome_text(seen, said), *_why(seen, said.language), time)
    return table
