"""Makes the machine's steps on the deactivation flags of a hub's IdPs, and knows their guards.

`probe.core.incident.deactivation` has the life of a flag. docs/domain.md, "Deactivation of an IdP".
Instants are UTC microseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from probe.core.incident.deactivation import Flag, FlagAct, FlagCause, FlagStep, apply
from probe.core.incident.model import MACHINE, Data
from probe.core.incident.situation import Sample, Situation
from probe.core.judgement.subject import C1, C2, C3, HUB, State, journey_of
from probe.core.times import MINUTE_US


class Guard(StrEnum):
    """A reason to raise no flag although the IdP is in trouble. The first that holds is named."""

    MIRE_MISSING = C1
    IDENTITY_NOT_RETURNED = C2
    ALL_IDPS_UNAVAILABLE = C3  # one incident of severity 1 has it already
    UNKNOWN = "unknown"  # the hub's state or the mire's tiles are not known
    CONTROL = "control"  # the operator's own IdP
    SHARED = "shared"  # more than half of the IdPs at once: one severity 1 incident
    OWN_SETTINGS = "own_settings"  # ours changed and have not passed since: for the machine only
    LAST = "last"  # the last selectable IdP


@dataclass(frozen=True, slots=True)
class FlagTerms:
    """The numbers by which a flag is raised and ended. The defaults are those of docs/domain.md.

    A flag is raised when more than `failing_share` percent of the journeys fail.
    """

    automatic: bool = False
    after_us: int = 10 * MINUTE_US
    failing_share: int = 50
    failing_window_us: int = 30 * MINUTE_US
    failing_at_least: int = 5
    recovery_us: int = 10 * MINUTE_US

    @property
    def lookback_us(self) -> int:
        """The time before now of which samples are read."""
        return 2 * max(self.failing_window_us, self.recovery_us, self.after_us)


class Stepped(NamedTuple):
    """The result of `step`: the acts of the machine, and why others are missing.

    `held`: the guard that holds, for each IdP in trouble without a flag. `shared`: the IdPs in
    trouble for a shared cause.
    """

    acts: list[FlagAct]
    held: Mapping[str, Guard]
    shared: tuple[str, ...]


def step(situation: Situation, flags: Mapping[str, Flag], terms: FlagTerms) -> Stepped:
    """Return the machine's acts now. Called again with the flags after them, it returns none.

    `flags`: the latest of each IdP of the hub.
    """
    if not situation.watched:
        return Stepped([], {}, ())
    triggered = {idp: evidence for idp in situation.idps if (evidence := _trigger(situation, flags.get(idp), idp, terms))}
    shared = _shared(situation, flags, triggered)
    acts: list[FlagAct] = []
    guards: dict[str, Guard] = {}
    known = dict(flags)
    for idp in situation.idps:
        flag = known.get(idp)
        if flag is not None and flag.current:
            new_steps = _go_on(situation, flag, terms, idp in shared)
        elif idp in triggered:
            holding = _guard(situation, known, idp, terms, shared, by_machine=True)
            if holding is not None:
                guards[idp] = holding
                continue
            new_steps = [FlagAct(situation.hub, idp, FlagStep.PROPOSED, situation.now_us, MACHINE, evidence=triggered[idp])]
            new_steps += _approved(situation, idp, terms)
        else:
            new_steps = []
        for act in new_steps:
            flag = known[idp] = apply(flag, act)
        acts += new_steps
    return Stepped(acts, guards, shared)


def guard(situation: Situation, flags: Mapping[str, Flag], idp: str, terms: FlagTerms) -> Guard | None:
    """Return the guard that forbids a flag for an IdP now, by a person too; None when none does.

    `OWN_SETTINGS` does not: a person may know what our journeys cannot tell.
    """
    triggered = {name: evidence for name in situation.idps if (evidence := _trigger(situation, flags.get(name), name, terms))}
    return _guard(situation, flags, idp, terms, _shared(situation, flags, triggered))


def _guard(
    situation: Situation, flags: Mapping[str, Flag], idp: str, terms: FlagTerms, shared: Sequence[str], *, by_machine: bool = False
) -> Guard | None:
    condition = situation.holding()
    if condition is not None:
        return Guard(condition)
    selectable = _selectable(situation, terms)
    if situation.of(HUB).state is State.UNKNOWN or selectable is None:
        return Guard.UNKNOWN
    if idp in situation.control:
        return Guard.CONTROL
    if idp in shared:
        return Guard.SHARED
    if by_machine and situation.doubts_own_settings(idp):
        return Guard.OWN_SETTINGS
    going = sum(flag.state in (FlagStep.PROPOSED, FlagStep.APPROVED) for name, flag in flags.items() if name != idp)
    return Guard.LAST if selectable - going <= 1 else None


def _selectable(situation: Situation, terms: FlagTerms) -> int | None:
    """Return how many IdPs the latest mire offers; None when it is not known."""
    seen = [each.selectable for each in situation.mires(situation.now_us - terms.lookback_us) if each.selectable is not None]
    return seen[-1] if seen else None


def _shared(situation: Situation, flags: Mapping[str, Flag], triggered: Mapping[str, Data]) -> tuple[str, ...]:
    """Return the IdPs in trouble, if they are several and more than half of those that count.

    « more than half of the IdPs would be flagged at once ». Deactivated IdPs and the operator's own
    do not count.
    """
    away = {idp for idp, flag in flags.items() if flag.state in (FlagStep.DEACTIVATED, FlagStep.RECOVERED)}
    offered = [idp for idp in situation.idps if idp not in away and idp not in situation.control]
    concerned = tuple(idp for idp in offered if idp in triggered)
    alone = situation.holding() is not None or situation.of(HUB).state is State.UNKNOWN
    return concerned if not alone and len(concerned) > 1 and 2 * len(concerned) > len(offered) else ()


def _trigger(situation: Situation, flag: Flag | None, idp: str, terms: FlagTerms) -> Data:
    """Return the evidence of trouble that raises a flag; empty when there is none.

    Time before the end of the last flag does not count.
    """
    since_us = flag.ended_us if flag is not None and flag.ended_us is not None else 0
    down_us = _down(situation, idp, since_us)
    blind = _blind(situation, idp, terms, since_us)
    if down_us >= terms.after_us:
        return {"why": FlagCause.UNAVAILABLE.value, "down_us": down_us, "blind": blind}
    window_us = max(since_us, situation.now_us - terms.failing_window_us)
    decided = [each for each in situation.journeys(idp, window_us) if each.good is not None and not _hub_was_down(situation, each.at_us)]
    failed = sum(not each.good for each in decided)
    if len(decided) >= terms.failing_at_least and failed * 100 > terms.failing_share * len(decided):
        return {"why": FlagCause.FAILING.value, "failed": failed, "journeys": len(decided), "blind": blind}
    return {}


def _down(situation: Situation, idp: str, since_us: int) -> int:
    """Return for how long an IdP has been down, without unknown time; 0 when it is not down."""
    subject = journey_of(idp)
    now = situation.of(subject)
    if now.state is not State.DOWN:
        return 0
    lasting = next((each for each in situation.outages if each.subject == subject and each.end_us is None), None)
    if lasting is None or lasting.start_us < since_us:
        return situation.now_us - max(now.since_us, since_us)
    return lasting.down_us


def _blind(situation: Situation, idp: str, terms: FlagTerms, since_us: int) -> bool:
    """Return whether `direct` did not see the trouble: it was asked, and was always good."""
    now = situation.of(journey_of(idp))
    begun_us = now.since_us if now.state is State.DOWN else situation.now_us - terms.failing_window_us
    answers = [each.good for each in situation.directs(idp, max(begun_us, since_us)) if each.good is not None]
    return bool(answers) and all(answers)


def _hub_was_down(situation: Situation, at_us: int) -> bool:
    """Return whether one of the conditions held. Then a journey says nothing about its IdP."""
    return any(
        each.subject in (C1, C2, C3) and each.start_us <= at_us and (each.end_us is None or at_us < each.end_us)
        for each in situation.outages
    )


def _approved(situation: Situation, idp: str, terms: FlagTerms) -> list[FlagAct]:
    if not terms.automatic or situation.doubts_own_settings(idp):
        return []
    return [FlagAct(situation.hub, idp, FlagStep.APPROVED, situation.now_us, MACHINE, evidence={"automatic": True})]


def _go_on(situation: Situation, flag: Flag, terms: FlagTerms, shared: bool) -> list[FlagAct]:
    """Return the next step of a flag, if it is time for it."""
    offered, seen_us = _tile(situation, flag, terms)
    tile: Data = {"tile_us": seen_us}

    def act(to: FlagStep, evidence: Data, reason: str = "") -> list[FlagAct]:
        return [FlagAct(situation.hub, flag.idp, to, situation.now_us, MACHINE, reason, evidence)]

    if flag.state in (FlagStep.PROPOSED, FlagStep.APPROVED) and offered is False:
        return act(FlagStep.DEACTIVATED, tile)
    if flag.state in (FlagStep.DEACTIVATED, FlagStep.RECOVERED) and offered is True:
        return act(FlagStep.REACTIVATED, tile)
    if flag.state is FlagStep.PROPOSED and shared:
        return act(FlagStep.CLEARED, {"guard": Guard.SHARED.value})
    if flag.state is FlagStep.DEACTIVATED:
        good_us = 0 if flag.blind or flag.why is FlagCause.PERSON else _good_for(situation, flag, terms)
        return act(FlagStep.RECOVERED, {"direct_us": good_us}) if good_us >= terms.recovery_us else []
    if flag.state in (FlagStep.PROPOSED, FlagStep.REJECTED, FlagStep.APPROVED):
        up_us = _up_for(situation, flag, terms)
        if up_us >= terms.recovery_us:
            return act(FlagStep.RECOVERED if flag.state is FlagStep.APPROVED else FlagStep.CLEARED, {"up_us": up_us})
    if flag.state is FlagStep.PROPOSED and flag.why is not FlagCause.PERSON:
        return _approved(situation, flag.idp, terms)
    return []


def _up_for(situation: Situation, flag: Flag, terms: FlagTerms) -> int:
    """Return for how long an IdP that citizens can reach has been up.

    0 when it is not up, or when only a person can tell.
    """
    now = situation.of(journey_of(flag.idp))
    if flag.why is FlagCause.PERSON or now.state is not State.UP or _trigger(situation, flag, flag.idp, terms):
        return 0
    return situation.now_us - now.since_us


def _tile(situation: Situation, flag: Flag, terms: FlagTerms) -> tuple[bool | None, int | None]:
    """Return whether the IdP can be picked on the mire, and when that was seen.

    None where the two latest journeys since the flag's last act do not agree.
    """
    since_us = max(flag.since_us, situation.now_us - terms.lookback_us)
    seen = [each for each in situation.journeys(flag.idp, since_us) if each.offered is not None][-2:]
    if len(seen) < 2 or seen[0].offered is not seen[1].offered:
        return None, None
    return seen[1].offered, seen[1].at_us


def _good_for(situation: Situation, flag: Flag, terms: FlagTerms) -> int:
    """Return for how long `direct` has been good: from the first good answer to the latest.

    It is counted anew after a bad answer, and after a silence of `recovery_us`. 0 when the latest
    answer is older than that.
    """
    run: list[Sample] = []
    for each in situation.directs(flag.idp, flag.proposed_us):
        if each.good is None:
            continue
        if not each.good or (run and each.at_us - run[-1].at_us > terms.recovery_us):
            run = []
        if each.good:
            run.append(each)
    if not run or situation.now_us - run[-1].at_us > terms.recovery_us:
        return 0
    return run[-1].at_us - run[0].at_us
