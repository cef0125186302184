"""The state of a hub and its IdPs at an instant, as far as incidents and flags need it.

Pure data, made of the ledger and of recent observations.

Instants are UTC microseconds, durations microseconds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from probe.core.judgement.accounts import RememberedAccount
from probe.core.judgement.detail import Detail
from probe.core.judgement.observation import JOURNEYS, Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.subject import CONDITIONS, State, Subject, SubjectKind
from probe.core.judgement.timeline import Interval, Outage, outages

_STEPS = list(Step)
_BEYOND_THE_MIRE = frozenset(_STEPS[_STEPS.index(Step.REDIRECT_TO_IDP) :])


class Present(NamedTuple):
    """The state a subject is in, and since when, whatever its cause was in the meantime."""

    state: State
    since_us: int


UNSEEN = Present(State.UNKNOWN, 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """The facts of one observation that incidents and flags need.

    `good`: the journey passed; False: it failed, by the IdP's own fault (for `mire`: by the hub's);
    None: it says nothing of that. `steps`: how long each step took, of a journey that passed.
    `offered`: the IdP could be picked on the mire; None when it was not seen.
    `selectable`: how many IdPs the mire offers (of `mire` only).
    """

    kind: Kind
    idp: str | None
    at_us: int
    good: bool | None
    steps: Mapping[str, int] = field(default_factory=dict)
    offered: bool | None = None
    selectable: int | None = None


def sample(observation: Observation) -> Sample | None:
    """Return the sample of an observation; None when incidents and flags do not need it.

    They need no control or negative journey, no single backend of a hub, no journey by another
    client than the main one, and no retry, which would count a failure twice (docs/domain.md: a
    retry never changes the weight of a minute).
    """
    kind = observation.kind
    if observation.retry or observation.client or observation.backend is not None or kind not in (Kind.MIRE, Kind.DIRECT, *JOURNEYS):
        return None
    return Sample(
        kind,
        observation.idp,
        observation.started_us,
        _good(observation),
        _durations(observation) if observation.outcome is Outcome.OK else {},
        _offered(observation) if kind in JOURNEYS else None,
        _selectable(observation) if kind is Kind.MIRE else None,
    )


def _good(observation: Observation) -> bool | None:
    if observation.outcome is Outcome.OK:
        return True
    if observation.outcome is not Outcome.FAILED or observation.reason is Reason.IDP_NOT_OFFERED:
        return None
    if observation.kind is Kind.DIRECT:
        return False
    return False if observation.fault is (Fault.HUB if observation.kind is Kind.MIRE else Fault.IDP) else None


def _durations(observation: Observation) -> dict[str, int]:
    durations: dict[str, int] = {}
    for hop in observation.hops:
        durations[hop.step.value] = durations.get(hop.step.value, 0) + hop.total_us
    return durations


def _offered(observation: Observation) -> bool | None:
    if observation.reason is Reason.IDP_NOT_OFFERED:
        return False
    return True if observation.outcome is Outcome.OK or observation.step in _BEYOND_THE_MIRE else None


def _selectable(observation: Observation) -> int | None:
    has_mire = observation.outcome is Outcome.OK or observation.reason in (Reason.NO_IDP_SELECTABLE, Reason.TILES_GREYED)
    return sum(tile.selectable and tile.listed for tile in observation.tiles) if has_mire else None


@dataclass(frozen=True, slots=True)
class NegativeSample:
    """What one negative journey proved.

    `name`: what the hub must refuse. `accepted`: it did not. `number`: the observation's.
    """

    name: str
    vantage: str
    at_us: int
    accepted: bool
    number: int = 0
    detail: Detail | None = None


def negative_sample(observation: Observation, number: int) -> NegativeSample | None:
    """Return the sample of a negative journey; None of one that proved nothing, and of others.

    Unlike other samples it is also made of a retry, which confirms what was found.
    """
    seen = observation
    if seen.accepted is None:
        return None
    return NegativeSample(seen.idp or "", seen.vantage, seen.started_us, seen.accepted, number, seen.detail)


@dataclass(frozen=True, slots=True)
class Situation:
    """A hub at `now_us`.

    `idps`: the configured ones.
    `clients`: those beside the main one, each with the IdPs at which it logs in.
    `negatives`: what the hub must refuse, as configured. `proofs`: what negative journeys proved of
    it and still counts, of each vantage the latest two, in any order.
    `control`: those of them that the operator runs (docs/domain.md: no flag is ever raised on one).
    `contacts`: those of them that have somebody to notify.
    `present`: the state of every subject of the ledger.
    `outages`: those of the conditions, IdPs and clients: all that last, and those that ended since
    `automation.since`. More do no harm.
    `intervals`: the states of the same subjects over the same time, each subject's oldest first.
    `samples`: at least those of the last `TroubleTerms.lookback_us`, in any order.
    `watched`: false when the configuration no longer names the hub.
    `accounts`: by IdP, the account that is remembered of its persona.
    `unproven`: by IdP, when the latest journey started that failed in a part of our settings which
    has never passed (docs/domain.md, "Never passed yet").
    """

    hub: str
    now_us: int
    idps: tuple[str, ...] = ()
    control: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    present: Mapping[str, Present] = field(default_factory=dict)
    outages: Sequence[Outage] = ()
    samples: Sequence[Sample] = ()
    negatives: tuple[str, ...] = ()
    proofs: Sequence[NegativeSample] = ()
    watched: bool = True
    accounts: Mapping[str, RememberedAccount] = field(default_factory=dict)
    clients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unproven: Mapping[str, int] = field(default_factory=dict)
    intervals: Mapping[str, Sequence[Interval]] = field(default_factory=dict)
    _samples_by_target: Mapping[tuple[Kind, str | None], Sequence[Sample]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_samples_by_target", _by_target(self.samples, self.now_us))

    def of(self, subject: str) -> Present:
        """Return a subject's present state; unknown when the ledger has nothing about it."""
        return self.present.get(subject, UNSEEN)

    def holding(self) -> str | None:
        """Return the first of the three conditions that holds; None when none does."""
        return next((name for name in CONDITIONS if self.of(name).state is State.DOWN), None)

    def journeys(self, idp: str, since_us: int) -> Sequence[Sample]:
        """Return the IdP's journeys since an instant, oldest first."""
        return self._since(Kind.IDENTITY, idp, since_us)

    def doubts_own_settings(self, idp: str) -> bool:
        """Return whether the latest failure at an IdP may be ours."""
        latest_us = self.unproven.get(idp)
        return latest_us is not None and not any(each.good is False and each.at_us > latest_us for each in self.journeys(idp, latest_us))

    def directs(self, idp: str, since_us: int) -> Sequence[Sample]:
        """Return the journeys to an IdP without the hub, since an instant, oldest first."""
        return self._since(Kind.DIRECT, idp, since_us)

    def mires(self, since_us: int) -> Sequence[Sample]:
        """Return the journeys to the mire, since an instant, oldest first."""
        return self._since(Kind.MIRE, None, since_us)

    def proofs_of(self, negative: str) -> Sequence[Sequence[NegativeSample]]:
        """Return what one negative journey proved lately, of each vantage the oldest first."""
        mine = sorted((each for each in self.proofs if each.name == negative and each.at_us <= self.now_us), key=lambda each: each.at_us)
        return [[each for each in mine if each.vantage == vantage] for vantage in dict.fromkeys(each.vantage for each in mine)]

    def _since(self, kind: Kind, idp: str | None, since_us: int) -> Sequence[Sample]:
        samples = self._samples_by_target.get((kind, idp), ())
        return samples[bisect_left(samples, since_us, key=lambda each: each.at_us) :]


def _by_target(samples: Iterable[Sample], now_us: int) -> dict[tuple[Kind, str | None], Sequence[Sample]]:
    """Return the samples of each target, the oldest first.

    Both kinds of an IdP's journey are under `identity`.
    """
    by_target: dict[tuple[Kind, str | None], list[Sample]] = {}
    for each in sorted(samples, key=lambda each: each.at_us):
        if each.at_us <= now_us:
            kind = Kind.IDENTITY if each.kind in JOURNEYS else each.kind
            by_target.setdefault((kind, None if kind is Kind.MIRE else each.idp), []).append(each)
    return dict(by_target)


def present(intervals: Sequence[Interval]) -> Present:
    """Return a subject's state at the end of its intervals, which are given oldest first."""
    if not intervals:
        return UNSEEN
    state, since_us = intervals[-1].status.state, intervals[-1].start_us
    for interval in reversed(intervals):
        if interval.status.state is not state:
            break
        since_us = interval.start_us
    return Present(state, since_us)


def situation(
    hub: str,
    now_us: int,
    idps: Sequence[str],
    intervals: Mapping[str, Sequence[Interval]],
    samples: Sequence[Sample] = (),
    control: frozenset[str] = frozenset(),
    contacts: frozenset[str] = frozenset(),
) -> Situation:
    """Return the situation at the end of each subject's timeline, oldest interval first.

    The timelines must reach back to `automation.since`.
    """
    subjects = [*CONDITIONS, *(name for name in intervals if Subject.parse(name).kind in (SubjectKind.IDP, SubjectKind.CLIENT))]
    all_outages = [each for name in subjects for each in outages(hub, name, intervals.get(name, ()), now_us)]
    states = {name: present(of) for name, of in intervals.items()}
    kept = {name: tuple(of) for name, of in intervals.items()}
    return Situation(hub, now_us, tuple(idps), control, contacts, states, all_outages, samples, intervals=kept)
