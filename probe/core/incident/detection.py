"""Finds the trouble in the ledger and in recent journeys for which the machine opens incidents.

docs/domain.md: machines open severity 1 (C1, C2, C3; changed accounts; what the hub accepts and
must refuse), 2 (an IdP outage; hub-wide response times strongly affected) and 3 (an intermittent or
slow IdP; a client that fails where the main one passes). Pure; instants are UTC microseconds,
durations microseconds.

Theory of operation
-------------------
There are three sources, as the ledger remembers outages and accounts and nothing else:

    outages of a condition, IdP, client    -->  chains, one incident each: outages that are at most
                                                `reopen_within_us` apart are one chain
    journeys of the last half hour or hour -->  signs: bad, good or not known, of an IdP that is
                                                intermittent or slow, of a slow hub, of a shared
                                                cause
    the accounts that are remembered       -->  a sign: bad while one has changed
    the latest two negative journeys       -->  signs: the hub accepts what it must refuse, or not
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from probe.core.incident.model import Origin, Scope, Severity
from probe.core.incident.scope import ACCOUNTS, OF_CLIENTS, SHARED, SLOW, ScopeKind, ScopeSubject
from probe.core.incident.situation import NegativeSample, Sample, Situation
from probe.core.incident.wording import CLOSED_WORDS, DatedCause, Wording
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, CONDITIONS, UP_STATES, State, at_client, client_of, journey_of
from probe.core.judgement.timeline import Interval, Outage
from probe.core.times import DAY_US, HOUR_US, MINUTE_US


@dataclass(frozen=True, slots=True)
class TroubleTerms:
    """The numbers by which trouble is found. The defaults are those of docs/domain.md.

    `reopen_within_us`: a recurrence within this time reopens the incident.
    `settle_us`: for how long an IdP must have failed apart from a hub's condition to have an
    incident of its own, since IdPs do not all fail and recover at one instant; and a client apart
    from the main one.
    `patience_us`: for how long the outage of an IdP or a client must have lasted, or it is over,
    before it has an incident, since it may turn out to be everybody's.
    `memory_us`: what ended longer ago and has no incident gets none.
    `failures` within `failures_window_us` make an IdP intermittent.
    `objectives`: the longest that a step may take, by step. An objective is missed when more than
    half of at least `latency_at_least` journeys over `latency_window_us` took longer.
    `wording`: how the register is told of it.
    """

    reopen_within_us: int = 30 * MINUTE_US
    settle_us: int = 2 * MINUTE_US
    patience_us: int = 0
    memory_us: int = DAY_US
    failures: int = 3
    failures_window_us: int = HOUR_US
    objectives: Mapping[str, int] = field(default_factory=dict)
    latency_window_us: int = 30 * MINUTE_US
    latency_at_least: int = 5
    wording: Wording = CLOSED_WORDS

    @property
    def lookback_us(self) -> int:
        """The time before now of which samples are read."""
        return max(self.failures_window_us, self.latency_window_us)


class IncidentDraft(NamedTuple):
    """The scope of a trouble, and the fields of its incident."""

    scope: Scope
    origin: Origin
    severity: Severity
    idp: str | None = None

    @property
    def blocking(self) -> bool:
        """Whether it is a blocking anomaly (docs/contract.md, 2.1).

        Anomalies of the hub that keep citizens out are. Those of an IdP are not, as the hub's
        operator cannot fix them.
        """
        return self.scope.subject in CONDITIONS


# --- what the ledger remembers


class Chain(NamedTuple):
    """Outages that follow each other so closely that they are one incident.

    `last_us`: the start of the last one. `end_us`: None while it lasts. `own_us`: the starts of
    those that are no part of a wider outage, in their order.
    """

    about: IncidentDraft
    start_us: int
    last_us: int
    end_us: int | None
    own_us: tuple[int, ...]

    def own_after(self, instant_us: int | None) -> int | None:
        """Return the start of the first outage of its own after an instant, or of all."""
        return next((each for each in self.own_us if instant_us is None or each > instant_us), None)


def about_condition(hub: str, condition: str) -> IncidentDraft:
    return IncidentDraft(Scope(hub, condition), Origin.CONDITION, Severity.CRITICAL)


def about_idp(hub: str, idp: str) -> IncidentDraft:
    return IncidentDraft(Scope(hub, journey_of(idp)), Origin.IDP, Severity.MAJOR, idp)


def about_client(hub: str, client: str, idp: str | None = None) -> IncidentDraft:
    """Return what another client than the main one sees: of the hub, or of one of its IdPs.

    docs/contract.md, 2.2.2: severity 3, as those users are concerned whom this client stands for.
    """
    subject = client_of(client) if idp is None else at_client(journey_of(idp), client)
    return IncidentDraft(Scope(hub, subject), Origin.CLIENT, Severity.MEDIUM, idp)


def chains(situation: Situation, terms: TroubleTerms) -> list[Chain]:
    """Return the chains of the three conditions, of every configured IdP and client, and of the
    IdPs at the clients, each subject's in order.
    """
    hub = situation.hub
    abouts = [about_condition(hub, name) for name in CONDITIONS] + [about_idp(hub, idp) for idp in situation.idps]
    abouts += [about_client(hub, client, idp) for client, idps in situation.clients.items() for idp in (None, *idps)]
    return [
        _chain(about, joined, situation, terms.settle_us)
        for about in abouts
        for joined in _joined(about, situation.outages, terms.reopen_within_us)
    ]


def causes_since(situation: Situation, chain: Chain, since_us: int) -> list[DatedCause]:
    """Return the causes of a chain from an instant on, in the order in which they were first seen.

    Those count that held in an outage of its own, or in its last one. Of one outage each is told
    once: from the instant at which it was first seen until it was last seen.
    """
    subject = chain.about.scope.subject
    outages = [each for each in situation.outages if each.subject == subject and chain.start_us <= each.start_us <= chain.last_us]
    counted = [each for each in outages if each.start_us in chain.own_us or each.start_us == chain.last_us]
    causes: list[DatedCause] = []
    for outage in sorted(counted, key=lambda each: each.start_us):
        causes += _dated(outage, situation.intervals.get(subject, ()), since_us)
    return causes


def _dated(outage: Outage, intervals: Iterable[Interval], since_us: int) -> list[DatedCause]:
    seen: dict[Cause, DatedCause] = {}
    for each in intervals:
        cause, start_us = each.status.cause, max(each.start_us, since_us)
        within = outage.start_us <= each.start_us and (outage.end_us is None or each.start_us < outage.end_us)
        if not within or cause is None or each.status.state is not State.DOWN or (each.end_us is not None and each.end_us <= since_us):
            continue
        first = seen.get(cause)
        seen[cause] = DatedCause(cause, start_us if first is None else first.since_us, each.end_us)
    return list(seen.values())


def main_client_passes(situation: Situation, scope: Scope) -> bool:
    """Return whether the main client passes now where another client fails.

    The mire must be displayed to it. An IdP must be up for it, too: the same one, or of those that
    the other client may choose one at least that is not down. Of other scopes: True.
    """
    subject = ScopeSubject.parse(scope.subject)
    if subject.kind not in OF_CLIENTS:
        return True
    if subject.idp is not None:
        return situation.of(journey_of(subject.idp)).state in UP_STATES
    idps = situation.clients.get(subject.name, ())
    displayed = situation.of(C1).state in UP_STATES
    return displayed and (not idps or any(situation.of(journey_of(idp)).state is not State.DOWN for idp in idps))


def _joined(about: IncidentDraft, outages: Iterable[Outage], within_us: int) -> list[list[Outage]]:
    joined: list[list[Outage]] = []
    for outage in sorted((each for each in outages if each.subject == about.scope.subject), key=lambda each: each.start_us):
        before_us = joined[-1][-1].end_us if joined else None
        if joined and (before_us is None or outage.start_us - before_us <= within_us):
            joined[-1].append(outage)
        else:
            joined.append([outage])
    return joined


def _chain(about: IncidentDraft, joined: Sequence[Outage], situation: Situation, settle_us: int) -> Chain:
    own_us = tuple(each.start_us for each in _own(about, joined, situation, settle_us))
    return Chain(about, joined[0].start_us, joined[-1].start_us, joined[-1].end_us, own_us)


def _own(about: IncidentDraft, joined: Sequence[Outage], situation: Situation, settle_us: int) -> list[Outage]:
    """Return the outages of a chain that are no part of the wider outages that the chain met.

    `ScopeSubject.wider` says which those are. An outage is a part of those that are at most
    `settle_us` away from it, when it began at most so long before the first of them, and ended at
    most so long after the last.
    """
    subject = ScopeSubject.parse(about.scope.subject)
    spans = _spans(situation, subject.wider)
    if subject.kind is ScopeKind.CLIENT:
        spans += _all_down(situation, situation.clients.get(subject.name, ()))
    chain_us = joined[0].start_us, _span(joined[-1], situation.now_us)[1]
    met = [(start, end) for start, end in spans if start < chain_us[1] and chain_us[0] < end]
    return [each for each in joined if not _is_part(_span(each, situation.now_us), met, settle_us)]


def _spans(situation: Situation, subjects: Container[str]) -> list[tuple[int, int]]:
    return [_span(each, situation.now_us) for each in situation.outages if each.subject in subjects]


def _all_down(situation: Situation, idps: Sequence[str]) -> list[tuple[int, int]]:
    """Return when all of these IdPs were down at once, of none: never. A client that may choose no
    other meets an outage of its own only outside.
    """
    common = _spans(situation, (journey_of(idps[0]),)) if idps else []
    for idp in idps[1:]:
        other = _spans(situation, (journey_of(idp),))
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in other if max(a, c) < min(b, d)]
    return common


def _span(outage: Outage, now_us: int) -> tuple[int, int]:
    return outage.start_us, now_us if outage.end_us is None else outage.end_us


def _is_part(span: tuple[int, int], met: Iterable[tuple[int, int]], settle_us: int) -> bool:
    near = [(start, end) for start, end in met if start - settle_us <= span[1] and span[0] <= end + settle_us]
    return bool(near) and max(min(start for start, _ in near) - span[0], span[1] - max(end for _, end in near)) <= settle_us


def after_us(chain: Chain, situation: Situation, since_us: int) -> int:
    """Return for how long it went on failing after the last of the wider outages.

    The time is counted from `since_us` at the earliest.
    """
    wider = ScopeSubject.parse(chain.about.scope.subject).wider
    ends = [situation.now_us if each.end_us is None else each.end_us for each in situation.outages if each.subject in wider]
    return (situation.now_us if chain.end_us is None else chain.end_us) - max([since_us, chain.last_us, *ends])


# --- what only the present shows


class TroubleSign(NamedTuple):
    """A sign that there is trouble now (`bad`), that there is none, or neither (None).

    `first_us`, `last_us`: the first and last journey that show it; of a good sign, since when it is
    good. `through`: the IdPs that show it, where the trouble is the hub's.
    """

    bad: bool | None
    first_us: int = 0
    last_us: int = 0
    through: tuple[str, ...] = ()


UNKNOWN = TroubleSign(None)


def present_signs(situation: Situation, shared: Sequence[str], terms: TroubleTerms) -> dict[IncidentDraft, TroubleSign]:
    """Return the sign of every trouble that is no outage."""
    hub = situation.hub
    slow = {idp: _slow(situation.journeys(idp, situation.now_us - terms.latency_window_us), terms) for idp in situation.idps}
    signs = {
        IncidentDraft(Scope(hub, SHARED), Origin.CONDITION, Severity.CRITICAL): _shared(situation, shared),
        IncidentDraft(Scope(hub, SLOW), Origin.SLOW, Severity.MAJOR): _slow_hub(situation, list(slow.values()), terms),
        IncidentDraft(Scope(hub, ACCOUNTS), Origin.ACCOUNTS, Severity.CRITICAL): _accounts(situation),
    }
    for idp in situation.idps:
        now_and_again = Scope(hub, str(ScopeSubject(ScopeKind.INTERMITTENT, idp)))
        too_slow = Scope(hub, str(ScopeSubject(ScopeKind.SLOW_IDP, idp)))
        signs[IncidentDraft(now_and_again, Origin.INTERMITTENT, Severity.MEDIUM, idp)] = _intermittent(situation, idp, terms)
        signs[IncidentDraft(too_slow, Origin.SLOW, Severity.MEDIUM, idp)] = slow[idp]
    return signs | {about_negative(hub, name): _accepted(situation.proofs_of(name)) for name in situation.negatives}


def about_negative(hub: str, negative: str) -> IncidentDraft:
    return IncidentDraft(Scope(hub, str(ScopeSubject(ScopeKind.SECURITY, negative))), Origin.SECURITY, Severity.CRITICAL)


def _accepted(proofs: Sequence[Sequence[NegativeSample]]) -> TroubleSign:
    """Return the sign of a hub that accepts what it must refuse.

    Two journeys in a row of one vantage decide, either way: a hub may have several nodes, and one
    that is mis-set is enough for whoever looks for it. So it is bad when one vantage says so, and
    good when all say so.
    """
    last = [(each[-2:], len({one.accepted for one in each[-2:]}) == 1 and len(each) > 1) for each in proofs]
    bad = [two for two, agree in last if agree and two[0].accepted]
    if bad:
        return TroubleSign(True, min(two[0].at_us for two in bad), max(two[-1].at_us for two in bad))
    if not last or not all(agree for _, agree in last):
        return UNKNOWN
    return TroubleSign(False, max(two[0].at_us for two, _ in last), max(two[-1].at_us for two, _ in last))


def latest_acceptance(situation: Situation, scope: Scope) -> NegativeSample | None:
    """Return the latest journey that found accepted what this scope says must be refused."""
    subject = ScopeSubject.parse(scope.subject)
    if subject.kind is not ScopeKind.SECURITY:
        return None
    found = (each for proofs in situation.proofs_of(subject.name) for each in proofs if each.accepted)
    return max(found, key=lambda each: each.at_us, default=None)


def _shared(situation: Situation, shared: Sequence[str]) -> TroubleSign:
    if shared:
        begun = [situation.of(journey_of(idp)) for idp in shared]
        first_us = min((each.since_us for each in begun if each.state is State.DOWN), default=situation.now_us)
        return TroubleSign(True, first_us, situation.now_us)
    if situation.holding() is not None or any(situation.of(name).state is State.UNKNOWN for name in (CONDITIONS[0], CONDITIONS[2])):
        return UNKNOWN
    return TroubleSign(False, situation.now_us, situation.now_us)


def _accounts(situation: Situation) -> TroubleSign:
    """Return the sign of a hub that gives people other accounts than before.

    It lasts until every IdP gives the remembered account again, or a person says that the new ones
    are to stay. Journeys that fail, or that are not run, say nothing: the sign stays as it was.
    """
    known = {idp: account for idp in situation.idps if (account := situation.accounts.get(idp)) is not None and account.known}
    changed = {idp: account for idp, account in known.items() if account.changed}
    if changed:
        first_us, last_us = min(each.since_us for each in changed.values()), max(each.latest_us for each in changed.values())
        return TroubleSign(True, first_us, last_us, tuple(changed))
    since_us = max((each.since_us for each in known.values()), default=0)
    return TroubleSign(False, since_us, since_us) if known else UNKNOWN


def _intermittent(situation: Situation, idp: str, terms: TroubleTerms) -> TroubleSign:
    """Return the sign of an IdP that fails again and again without an outage.

    Failures count that were not confirmed, not in a row, and outside outages, which have incidents
    of their own. The sign is good when the window holds none.
    """
    if situation.holding() is not None or situation.of(journey_of(idp)).state is State.DOWN:
        return UNKNOWN
    away = _within_outages(situation, (journey_of(idp), *CONDITIONS))
    decided = [each for each in situation.journeys(idp, situation.now_us - terms.failures_window_us) if each.good is not None]
    failed: list[int] = []
    before = True
    for each in decided:
        if not each.good and before and not away(each.at_us):
            failed.append(each.at_us)
        before = bool(each.good)
    if len(failed) >= terms.failures:
        return TroubleSign(True, failed[0], failed[-1])
    good = [each.at_us for each in decided if each.good]
    return TroubleSign(False, good[0], good[-1]) if good and not failed else UNKNOWN


def _within_outages(situation: Situation, subjects: Sequence[str]) -> Callable[[int], bool]:
    spans = [(each.start_us, each.end_us) for each in situation.outages if each.subject in subjects]
    return lambda at_us: any(start <= at_us and (end is None or at_us < end) for start, end in spans)


def _slow(samples: Sequence[Sample], terms: TroubleTerms) -> TroubleSign:
    """Return the sign of steps that take longer than their objectives allow.

    docs/contract.md, 2.2.2, figure 2: « Les temps de réponse sont fortement affectés ». Only
    journeys that passed count: those that failed belong to outages.
    """
    known = False
    missed: list[int] = []
    within: list[int] = []
    for step, longest_us in terms.objectives.items():
        durations = [(each.at_us, each.steps[step]) for each in samples if step in each.steps]
        late = [at_us for at_us, took_us in durations if took_us > longest_us]
        if len(durations) < terms.latency_at_least:
            continue
        known = True
        if 2 * len(late) > len(durations):
            missed += late
        else:
            within.append(max((at_us for at_us in late), default=durations[0][0]))
    if missed:
        return TroubleSign(True, min(missed), max(missed))
    return TroubleSign(False, max(within), max(within)) if known else UNKNOWN


def _slow_hub(situation: Situation, idps: Sequence[TroubleSign], terms: TroubleTerms) -> TroubleSign:
    """Return the sign of a slow hub: the mire is slow, or most of several IdPs are."""
    mire = _slow(situation.mires(situation.now_us - terms.latency_window_us), terms)
    known = [each for each in idps if each.bad is not None]
    slow = [each for each in known if each.bad]
    most = len(slow) > 1 and 2 * len(slow) > len(known)
    if mire.bad or most:
        bad = [each for each in (mire, *(slow if most else ())) if each.bad]
        return TroubleSign(True, min(each.first_us for each in bad), max(each.last_us for each in bad))
    good = [each for each in (mire, *known) if each.bad is False]
    return TroubleSign(False, max(each.first_us for each in good), max(each.last_us for each in good)) if good else UNKNOWN
