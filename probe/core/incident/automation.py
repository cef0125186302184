"""Makes the machine's acts: those that bring the register in line with the situation.

docs/domain.md, "Incidents and tickets"; docs/incidents.md, "What the machine does", has every rule
in words.

Theory of operation
-------------------
Four rules, in this order. Each gives acts for an incident:

    what                                  is compared with               acts
    a chain of outages, of the ledger     the incident that it overlaps  open, resolve, reopen,
                                                                         correct
    a sign that only the present shows    the latest of its scope        open, resolve, reopen
    an open incident of a narrower scope  an open one of a wider scope   link; merge if untouched
    an open incident without explanation  the situation                  resolve: vanished, removed,
                                                                         recovered by its flag

An example, with `patience_us` of two minutes. An IdP is down from 10:00. At 10:02 its chain has no
incident, so one is opened. At 10:30 the outage is over, and the incident is resolved. At 10:40
it is down again: that is within 30 minutes of the end, so the same incident is reopened.

The caller writes the acts and asks again until there are none, since an incident has its number
only once it is written. Asked twice, the rules say nothing the second time.

What a person decided holds. What a person reopened stays open though the trouble is over. What a
person resolved is reopened only when the trouble has gone on for `reopen_within_us` more. What both
parties closed unresolved stays closed as long as that trouble lasts.
Unknown time neither opens nor resolves anything. Instants are UTC microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence

from probe.core.incident.deactivation import Flag
from probe.core.incident.detection import (
    Chain,
    IncidentDraft,
    TroubleSign,
    TroubleTerms,
    after_us,
    causes_since,
    chains,
    latest_acceptance,
    main_client_passes,
    present_signs,
)
from probe.core.incident.machine_acts import MachineActs
from probe.core.incident.model import MACHINE, MACHINES, Act, Fact, Incident, IncidentState, Origin
from probe.core.incident.policy import UNRESOLVED
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.incident.situation import Situation
from probe.core.incident.wider_scope import covered_by_wider, merged_into_wider, swallow
from probe.core.incident.wording import ReopeningCause
from probe.core.judgement.subject import CONDITIONS, UP_STATES, State, journey_of
from probe.core.judgement.timeline import Outage

__all__ = ["TroubleTerms", "automatic_acts", "since"]


def since(outages: Iterable[Outage], incidents: Iterable[Incident], now_us: int, terms: TroubleTerms) -> int:
    """Return the instant from which on outages and finished incidents must be read.

    It lies before the beginning of all that lasts, or ended within `memory_us`. `outages`: at least
    these; others are passed over. `incidents`: the open and the resolved ones.
    """
    begun = [each.start_us for each in outages if each.end_us is None or each.end_us >= now_us - terms.memory_us]
    unended = (each for each in incidents if each.open or (each.state is IncidentState.RESOLVED and each.ended_us is None))
    begun += [each.began_us for each in unended if each.began_us is not None]
    return min([now_us - terms.memory_us, *begun]) - terms.reopen_within_us


def automatic_acts(
    situation: Situation, incidents: Iterable[Incident], flags: Mapping[str, Flag], shared: Sequence[str], terms: TroubleTerms
) -> list[Act]:
    """Return the machine's acts now, about one hub.

    `incidents`: all of the hub that are open or resolved, and those closed or merged that were
    received, ended or closed since `since(...)`; others are passed over. `flags`: the latest of
    each IdP. `shared`: the IdPs in trouble for a shared cause (`deactivation.Stepped.shared`). An
    incident to be opened has the number 0.
    """
    work = MachineActs(situation, incidents, flags, terms)
    if situation.watched:
        _apply_chains(work)
        _apply_signs(work, shared)
        swallow(work, shared)
    _clear(work)
    return work.acts


# --- what the ledger remembers

_NARROW = (Origin.IDP, Origin.CLIENT)
"""What may turn out to be part of a wider trouble."""


def _apply_chains(work: MachineActs) -> None:
    taken: set[int] = set()
    for chain in chains(work.situation, work.terms):
        met = [each for each in work.of(chain.about.scope) if each.number not in taken and _meets(each, chain, work.terms)]
        if met:
            taken |= {each.number for each in met}
            work.explained |= taken
            _apply_chain(work, chain, met[0], alone=len(met) == 1)
        elif _deserves(work, chain):
            work.open(chain.about, chain.own_us[0], _detail(work, chain, chain.own_us[0]))


MOST_CAUSES = 12
"""How many causes a description lists: the latest ones."""


def _detail(work: MachineActs, chain: Chain, since_us: int) -> str:
    """Return the causes that the chain has had since an instant, one a line, with their times."""
    subject = chain.about.scope.subject
    lines = [work.terms.wording.cause(each, subject) for each in causes_since(work.situation, chain, since_us)]
    return "\n".join(dict.fromkeys(lines[-MOST_CAUSES:]))


def _meets(incident: Incident, chain: Chain, terms: TroubleTerms) -> bool:
    """Return whether an incident and a chain are no farther apart than `reopen_within_us`.

    Either of them may have no end. A merged incident's trouble lasted when it was merged.
    """
    began_us = incident.since_us
    ended_us = incident.closed_us if incident.state is IncidentState.MERGED else incident.ended_us
    before = chain.end_us is not None and chain.end_us + terms.reopen_within_us < began_us
    after = ended_us is not None and max(began_us, ended_us) + terms.reopen_within_us < chain.start_us
    return not before and not after


def _holds(work: MachineActs, chain: Chain) -> bool:
    """Return whether the chain lasts and its subject is down now, not merely unknown.

    That of another client than the main one counts while the main one passes.
    """
    scope = chain.about.scope
    return chain.end_us is None and work.situation.of(scope.subject).state is State.DOWN and main_client_passes(work.situation, scope)


def _deserves(work: MachineActs, chain: Chain) -> bool:
    """Return whether a chain that has no incident gets one."""
    if chain.end_us is None and not _holds(work, chain):
        return False
    if chain.end_us is not None and chain.end_us < work.now_us - work.terms.memory_us:
        return False
    own_us = chain.own_after(None)
    return own_us is not None and not _too_young(work, chain, own_us)


def _too_young(work: MachineActs, chain: Chain, own_us: int) -> bool:
    """Return whether an IdP's or a client's trouble may still turn out to be everybody's.

    `own_us`: the start of its first outage that is no part of a wider one, since its incident was
    over. IdPs that fail together are not found to fail at one instant. Without this delay each
    would get an incident, or have its own reopened, which would be closed at once: the first time
    as well as when all fail again.
    """
    return chain.about.origin in _NARROW and chain.end_us is None and work.now_us - own_us < work.terms.patience_us


def _apply_chain(work: MachineActs, chain: Chain, incident: Incident, *, alone: bool) -> None:
    if incident.state is IncidentState.MERGED:
        _unmerge(work, chain, incident)
    elif incident.open:
        _update(work, chain, incident, alone=alone)
    else:
        _revive(work, chain, incident)


def _update(work: MachineActs, chain: Chain, incident: Incident, *, alone: bool) -> None:
    """Correct and raise an open incident, and resolve it when the chain is over."""
    own_us = chain.own_after(None)
    if incident.began_us is None:
        incident = work.see(incident, Fact.BEGAN, chain.start_us if own_us is None else own_us)
    elif own_us not in (None, incident.began_us) and incident.origin in MACHINES and alone and not incident.reopenings:
        incident = work.see(incident, Fact.BEGAN, own_us)
    elif incident.ended_us is not None and chain.last_us > incident.ended_us:
        incident = work.see(incident, Fact.BEGAN, chain.last_us)
    incident = work.raise_to(incident, chain.about)
    if chain.end_us is not None:
        work.over(incident, Fact.ENDED, chain.end_us)


def _revive(work: MachineActs, chain: Chain, incident: Incident) -> None:
    """Reopen a resolved or closed incident when its trouble is back or was never over."""
    if incident.ended_us is None or incident.ended_us >= chain.last_us:
        _go_on(work, chain, incident)
    elif chain.end_us is not None or _holds(work, chain):
        again_us = chain.own_after(incident.ended_us)
        if again_us is not None and not _too_young(work, chain, again_us):
            work.reopen(incident, ReopeningCause.AGAIN, _detail(work, chain, again_us), again_us)


def _go_on(work: MachineActs, chain: Chain, incident: Incident) -> None:
    """Bring a resolved or closed incident in line when its trouble is still the same."""
    by_machine = incident.resolved_by == MACHINE
    if chain.end_us is not None:
        if incident.ended_us is None or (by_machine and incident.ended_us != chain.end_us and not _by_flag(work, incident)):
            work.see(incident, Fact.ENDED, chain.end_us)
        return
    if not _holds(work, chain):
        return
    since_us = work.situation.of(chain.about.scope.subject).since_us
    if incident.ended_us is not None and since_us > incident.ended_us:
        if since_us - incident.ended_us <= work.terms.reopen_within_us:
            work.reopen(incident, ReopeningCause.AGAIN, _detail(work, chain, since_us), since_us)
        else:
            work.open(chain.about, since_us, _detail(work, chain, since_us))
    elif by_machine and incident.ended_us is not None:
        work.reopen(incident, ReopeningCause.LASTS, _detail(work, chain, chain.last_us), chain.last_us)
    else:
        _insist(work, incident, _detail(work, chain, chain.last_us), chain.last_us)


def _insist(work: MachineActs, incident: Incident, detail: str, again_us: int | None = None) -> None:
    """Reopen an incident that a person resolved or closed while the trouble goes on.

    `detail`, `again_us`: as `MachineActs.reopen` has them. It waits for `reopen_within_us` first.
    An incident that was closed unresolved stays closed.
    """
    finished_us = incident.resolved_us if incident.resolved_us is not None else incident.closed_us
    if incident.way not in UNRESOLVED and finished_us is not None and work.now_us - finished_us >= work.terms.reopen_within_us:
        work.reopen(incident, ReopeningCause.LASTS, detail, again_us)


def _by_flag(work: MachineActs, incident: Incident) -> bool:
    flag = work.flags.get(incident.idp or "")
    return flag is not None and flag.recovered_us is not None and flag.recovered_us == incident.ended_us


def _unmerge(work: MachineActs, chain: Chain, incident: Incident) -> None:
    """Reopen an incident that the machine merged into a wider one, when the wider one is over and
    this trouble goes on.

    An incident that a person merged elsewhere stays there.
    """
    if not merged_into_wider(work, incident):
        return
    into = work.known.get(incident.into or 0)
    if into is not None and into.open:
        return
    if chain.end_us is None and not _holds(work, chain):
        return
    if after_us(chain, work.situation, 0 if into is None or into.ended_us is None else into.ended_us) > work.terms.settle_us:
        work.reopen(incident, ReopeningCause.APART, _detail(work, chain, chain.last_us), chain.last_us)


# --- what only the present shows


def _apply_signs(work: MachineActs, shared: Sequence[str]) -> None:
    for about, verdict in present_signs(work.situation, shared, work.terms).items():
        incident = next(iter(work.of(about.scope)), None)
        if verdict.bad is None:
            continue
        if not verdict.bad:
            if incident is not None and incident.state is not IncidentState.MERGED and (incident.open or incident.ended_us is None):
                work.over(incident, Fact.ENDED, max(verdict.first_us, incident.began_us or 0))
        elif incident is None:
            if not covered_by_wider(work, about):
                work.open(about, verdict.first_us, _sign_detail(work, about, verdict))
        else:
            _apply_bad_sign(work, about, verdict, incident)


def _apply_bad_sign(work: MachineActs, about: IncidentDraft, verdict: TroubleSign, incident: Incident) -> None:
    if incident.open:
        work.raise_to(incident, about)
    elif incident.state is IncidentState.MERGED:
        if merged_into_wider(work, incident) and not covered_by_wider(work, about):
            work.reopen(incident, ReopeningCause.APART, _sign_detail(work, about, verdict))
    elif incident.ended_us is None or (incident.resolved_by != MACHINE and verdict.first_us <= incident.ended_us):
        _insist(work, incident, _sign_detail(work, about, verdict))
    elif verdict.last_us > incident.ended_us and not covered_by_wider(work, about):
        if verdict.first_us - incident.ended_us <= work.terms.reopen_within_us:
            work.reopen(incident, ReopeningCause.AGAIN, _sign_detail(work, about, verdict))
        else:
            work.open(about, verdict.first_us, _sign_detail(work, about, verdict))


def _sign_detail(work: MachineActs, about: IncidentDraft, verdict: TroubleSign) -> str:
    """Return what was accepted, of a security incident, or the IdPs that show the trouble."""
    seen = latest_acceptance(work.situation, about.scope)
    wording = work.terms.wording
    return wording.through(verdict.through) if seen is None else wording.acceptance(seen)


# --- what nothing explains any more


def _clear(work: MachineActs) -> None:
    """Resolve incidents of what is no longer watched, of outages that were corrected away, and of
    deactivated IdPs that are well again.
    """
    for incident in list(work.known.values()):
        if incident.origin not in MACHINES or incident.state is IncidentState.MERGED or not (incident.open or incident.ended_us is None):
            continue
        if not _still_watched(work.situation, incident):
            work.over(incident, Fact.REMOVED, work.now_us)
        elif incident.idp is not None and _recovered(work, incident):
            work.over(incident, Fact.RECOVERED, work.flags[incident.idp].recovered_us or work.now_us)
        elif incident.number not in work.explained and _vanished(work, incident):
            work.over(incident, Fact.VANISHED, incident.since_us)


def _still_watched(situation: Situation, incident: Incident) -> bool:
    """Return whether the configuration still names the incident's hub, IdP and client."""
    if not situation.watched or (incident.idp is not None and incident.idp not in situation.idps):
        return False
    if incident.origin is not Origin.CLIENT:
        return True
    subject = ScopeSubject.parse(incident.scope.subject)
    idps = situation.clients.get(subject.seen_by)
    return idps is not None and (subject.kind is ScopeKind.CLIENT or subject.name in idps)


def _vanished(work: MachineActs, incident: Incident) -> bool:
    """Return whether the ledger knows the subject's state and has no outage there.

    The ledger has the states of conditions, IdPs and clients only.
    """
    subject = incident.scope.subject
    if subject not in CONDITIONS and incident.origin not in _NARROW:
        return False
    return work.situation.of(subject).state in UP_STATES


def _recovered(work: MachineActs, incident: Incident) -> bool:
    """Return whether the flag of a deactivated IdP says that it is well again.

    The mire hides a deactivated IdP, but its flag is still probed. docs/contract.md, 2.2.2:
    « désactivé jusqu'à la résolution complète de l'incident ». What another client than the main
    one sees is not what the flag is about.
    """
    flag = None if incident.origin is Origin.CLIENT else work.flags.get(incident.idp or "")
    if flag is None or flag.recovered_us is None or flag.recovered_us <= max(incident.received_us, incident.reopened_us or 0):
        return False
    return work.situation.of(journey_of(flag.idp)).state is not State.DOWN
