"""Says why nobody can tell the state of a subject, for whoever reads that it is unknown.

Theory of operation
-------------------
A subject is unknown because of what the judgement lacks (`probe.core.judgement.condition`):

    C1            no fresh reading of the mire
    an IdP        no fresh reading of its journey; or the mire does not offer it; or its journey
                  fails and the fault is the hub's, or is compared with the other IdPs yet
    C2            no identity came back, and none was lost by the hub's fault alone
    C3            of an offered IdP, or of a tile that nobody watches, nobody can tell
    the hub       one of the conditions is unknown
    all but C1    C1 holds: nothing can be seen through a missing mire

No fresh reading comes of our own trouble (a setting that has never passed, an inconclusive journey,
an account that the lock-out guard stopped, too few vantages), or of nobody who asks: the watch
stands still, or has not asked yet.

This explains, and decides nothing: no state depends on it. The order in which the reasons are
looked for is that in which a person can do something about them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from probe.core.judgement.condition import MIRE, TILES, blame, conditions, judge
from probe.core.judgement.corroboration import Neighbours, NeverPassed, suspended
from probe.core.judgement.fold import HubState, values_at
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.signal import UNKNOWN, Health, Signal, Value
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.subject import C1, C2, C3, HUB, State, Subject, at_client, client_of, journey_of


class WhyUnknown(StrEnum):
    """Why nobody can tell the state of a subject."""

    NEVER_PASSED = "never_passed"  # our settings have never passed
    INCONCLUSIVE = "inconclusive"  # the journeys say nothing of hub or IdP
    SUSPENDED = "suspended"  # the lock-out guard has stopped the account
    FEW_VANTAGES = "few_vantages"  # fewer vantages report than must
    NOT_YET = "not_yet"  # nobody has asked yet
    STALE = "stale"  # nobody has asked lately
    MASKED = "masked"  # C1 holds
    NOT_OFFERED = "not_offered"  # the mire does not offer the IdP
    HUB_AT_FAULT = "hub_at_fault"  # its journeys fail by the hub's fault
    COMPARED = "compared"  # its failure is compared with the other IdPs yet
    UNWATCHED = "unwatched"  # a tile that can be picked is watched by nobody
    NO_LOGIN = "no_login"  # no login gets so far that an identity could come back
    NO_IDENTITY = "no_identity"  # no IdP is watched as far as the identity
    OTHER = "other"  # another subject is unknown, on which this one depends


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a subject is unknown.

    `subject` is the one that nobody can tell: the subject itself, or another one on which it
    depends. `never_passed` and `trouble` belong to the reasons of the same name; `names` has the
    tiles that nobody watches. `latest_us`: when the latest reading started, 0 without any. `idps`:
    those of which the same is true, where several are unknown for one reason. `subject` is then the
    condition that depends on them, and no IdP is named for all. `deactivated_us`: since when the
    register knows that the hub has deactivated the one IdP that its mire does not offer, else 0.
    """

    why: WhyUnknown
    subject: str
    never_passed: NeverPassed | None = None
    trouble: OwnTrouble | None = None
    names: tuple[str, ...] = ()
    latest_us: int = 0
    idps: tuple[str, ...] = ()
    deactivated_us: int = 0

    @property
    def alike(self) -> tuple[object, ...]:
        """What two IdPs must share to be unknown for one reason."""
        part = self.never_passed and self.never_passed.part
        return self.why, part, self.trouble and (self.trouble.reason, self.trouble.step, self.trouble.on_hub)


def with_deactivation(found: Explanation, hub: str, deactivated: Mapping[tuple[str, str], int]) -> Explanation:
    """Return an explanation with what the register knows of the deactivation of its IdP.

    `deactivated`: since when (UTC microseconds), by hub and IdP.
    """
    if found.why is not WhyUnknown.NOT_OFFERED or found.idps:
        return found
    return replace(found, deactivated_us=deactivated.get((hub, Subject.parse(found.subject).name), 0))


def explain(state: HubState, near: Neighbours) -> dict[str, Explanation]:
    """Return why each subject of a hub that is unknown at the state's clock is so.

    `near` has this prober's own troubles.
    """
    values = values_at(state, state.clock_us)
    found = _Explaining(state, near, replace(state.spec, clients=()), values, "").explained()
    for client in state.spec.clients:
        seen = state.spec.as_seen_by(client.name)
        if seen is None:
            continue
        theirs = _Explaining(state, near, seen, values, client.name).explained()
        found |= {_of_client(subject, client.name): why for subject, why in theirs.items() if subject not in (C1, C2, C3)}
    return found


def _of_client(subject: str, client: str) -> str:
    return client_of(client) if subject == HUB else at_client(subject, client)


class _Explaining:
    """Explains what one client of a hub sees; `client` is empty for the main one."""

    def __init__(self, state: HubState, near: Neighbours, spec: HubSpec, values: Mapping[str, Value], client: str) -> None:
        self._state, self._near, self._spec, self._client = state, near, spec, client
        own = (MIRE, TILES, *(journey_of(idp.name) for idp in spec.idps))
        direct = {name: value for name, value in values.items() if name.startswith("direct:")}
        self._values = direct | {name: values.get(at_client(name, client), UNKNOWN) for name in own}
        self._judged = judge(spec, self._values)
        self._blamed = blame(spec, self._values)

    def explained(self) -> dict[str, Explanation]:
        """Return the explanation of each subject that this client sees unknown, by its name at the
        main client; what they name is called as this client's.
        """
        return {subject: self._of(subject) for subject, status in self._judged.items() if status.state is State.UNKNOWN}

    def _of(self, subject: str) -> Explanation:
        if subject == C1:
            return self._unheard(MIRE, C1, "")
        if self._judged[C1].state is State.DOWN:
            return Explanation(WhyUnknown.MASKED, _of_client(HUB, self._client) if self._client else C1)
        if subject == HUB:
            return self._of_hub()
        if subject == C2:
            return self._of_c2()
        if subject == C3:
            return self._of_c3()
        return self._of_idp(next(idp for idp in self._spec.idps if journey_of(idp.name) == subject))

    def _of_hub(self) -> Explanation:
        """A missing C1 first, then the condition whose reason a person can do something about; of
        equals the one that most IdPs share.
        """
        unknown = [one for one in conditions(self._spec) if self._judged[one].state is State.UNKNOWN]
        return min((self._of(one) for one in unknown), key=lambda found: (_ORDER.index(found.why), -len(found.idps)))

    def _of_c2(self) -> Explanation:
        if self._judged[C1].state is State.UNKNOWN:
            return self._of(C1)
        asked = [idp for idp in self._spec.idps if idp.identity]
        if not asked:
            return Explanation(WhyUnknown.NO_IDENTITY, self._named(C2))
        return self._of_idps(asked, C2, WhyUnknown.NO_LOGIN)

    def _of_c3(self) -> Explanation:
        if self._judged[C1].state is State.UNKNOWN:
            return self._of(C1)
        tiles = self._values[TILES]
        if tiles.health is Health.UNKNOWN:
            return self._unheard(TILES, C3, "")
        if tiles.offer is not None and tiles.offer.unwatched:
            return Explanation(WhyUnknown.UNWATCHED, self._named(C3), names=tiles.offer.strangers)
        return self._of_idps([idp for idp in self._spec.idps if not idp.control], C3, WhyUnknown.OTHER)

    def _of_idps(self, idps: Iterable[IdpSpec], subject: str, otherwise: WhyUnknown) -> Explanation:
        """Return the first reason for which IdPs are unknown, of equals that of most of them;
        `otherwise` when none of them is unknown.
        """
        unknown = [idp.name for idp in idps if self._judged[journey_of(idp.name)].state is State.UNKNOWN]
        if not unknown:
            return Explanation(otherwise, self._named(subject))
        found = {idp.name: self._of_idp(idp) for idp in self._spec.idps if idp.name in unknown}
        shared = Counter(each.alike for each in found.values())
        first = min(found.values(), key=lambda each: (_ORDER.index(each.why), -shared[each.alike]))
        alike = tuple(name for name, each in found.items() if each.alike == first.alike)
        if len(alike) == 1:
            return first
        return _of_all(first, self._named(subject), {name: found[name] for name in alike})

    def _of_idp(self, idp: IdpSpec) -> Explanation:
        subject = journey_of(idp.name)
        health = self._values[subject].health
        if health is Health.ABSENT:
            return Explanation(WhyUnknown.NOT_OFFERED, self._named(subject))
        if health is Health.BAD:
            cause = self._blamed.get(idp.name)
            decided = cause is not None and cause.fault is not None
            return Explanation(WhyUnknown.HUB_AT_FAULT if decided else WhyUnknown.COMPARED, self._named(subject))
        found = self._unheard(subject, subject, idp.name)
        if found.why is WhyUnknown.STALE and self._values[TILES].health is Health.BAD:  # its journeys end at the mire
            return Explanation(WhyUnknown.NOT_OFFERED, self._named(subject))
        return found

    def _unheard(self, signal: str, subject: str, idp: str) -> Explanation:
        """Return why a signal has no fresh reading."""
        named, near, latest_us = self._named(subject), self._near, self._latest(signal)
        for owner in dict.fromkeys((at_client(idp, self._client), at_client("", self._client))):
            if owner in near.never_passed:
                return Explanation(WhyUnknown.NEVER_PASSED, named, never_passed=near.never_passed[owner], latest_us=latest_us)
        if idp and suspended(near, idp, self._state.spec.refused_credentials):
            return Explanation(WhyUnknown.SUSPENDED, named, latest_us=latest_us)
        trouble = near.own_troubles.get(at_client(idp, self._client))
        now, signals = self._state.clock_us, self._signals(signal)
        if trouble is not None:
            if trouble.until_us > now:
                return Explanation(WhyUnknown.INCONCLUSIVE, named, trouble=trouble, latest_us=latest_us)
            latest_us = max(latest_us, trouble.latest_us)
        if any(one.value(now).health is not Health.UNKNOWN for one in signals):  # too few, or it stands alone
            return Explanation(WhyUnknown.FEW_VANTAGES, named, latest_us=latest_us)
        return Explanation(WhyUnknown.STALE if latest_us else WhyUnknown.NOT_YET, named, latest_us=latest_us)

    def _signals(self, name: str) -> list[Signal]:
        """Return every vantage's own signal of this client."""
        own = at_client(name, self._client)
        return [vantage.signals[own] for vantage in self._state.vantages.values() if own in vantage.signals]

    def _latest(self, name: str) -> int:
        return max((signal.last_at or 0 for signal in self._signals(name)), default=0)

    def _named(self, subject: str) -> str:
        if not self._client:
            return subject
        return client_of(self._client) if subject in (HUB, C1, C2, C3) else at_client(subject, self._client)


def _of_all(first: Explanation, subject: str, alike: Mapping[str, Explanation]) -> Explanation:
    """Return what several IdPs share of their explanations, in the words of the first of them."""
    trouble = first.trouble
    if trouble is not None and any(each.trouble is None or each.trouble.detail != trouble.detail for each in alike.values()):
        trouble = replace(trouble, detail=None)
    latest_us = max(each.latest_us for each in alike.values())
    return replace(first, subject=subject, trouble=trouble, idps=tuple(alike), latest_us=latest_us)


_ORDER = tuple(WhyUnknown)
"""What a person can do something about comes first."""
