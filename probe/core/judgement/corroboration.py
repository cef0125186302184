"""Corrects an observation by what its neighbours say, at the instant at which it is recorded.

The neighbours are the control targets, the `direct` probes, the mire, and the journeys before it:

    a transport failure, and every control target fails too  -> inconclusive, fault network
                                                                (not those that never answered,
                                                                once anything else has)
    every tile greyed, and `direct` finds the IdPs well      -> inconclusive, reason tiles_greyed
                                                                (docs/domain.md, "No selectable
                                                                IdP")
    most of those asked say that our clock is off, and the
    failure is one that this explains                        -> inconclusive, reason clock_off
    turned away at a host that serves `direct`               -> ours
    the client is unknown to a hub that knows another one    -> ours, reason client_unknown
    a failure in a part of our set-up that never passed      -> inconclusive, fault sp
                                                                (docs/domain.md, "Never passed
                                                                yet"), unless the same trouble is
                                                                an open outage already
    a login page that asks for a password, and that our
    recipe does not fit, or one that a script builds         -> inconclusive, fault sp
    a refusal that must be, while the mire does not pass     -> inconclusive: it proves nothing
    credentials refused 3 times in a row                     -> the account is suspended
    the same login tried in vain 3 times, and never passed   -> tried once an hour only

The corroborated observation is the one that is stored, so that a replay needs no neighbours.
Instants are UTC microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from probe.core.judgement.accounts import Accounts, remember_account
from probe.core.judgement.condition import C1, MIRE, TILES, direct_of, journey_of
from probe.core.judgement.fold import HubState
from probe.core.judgement.observation import NETWORK_REASONS, Fault, Kind, Observation, Outcome, Reason, SetupPart
from probe.core.judgement.own_clock import ClockVoice, explains, remember_clocks
from probe.core.judgement.own_setup import IN_ORDER, OF_THE_HUB, digests, passed_parts
from probe.core.judgement.own_trouble import (
    HUB,
    OwnTrouble,
    VantageTroubles,
    count_refusal,
    latest_trouble,
    most_refusals,
    remember_own_trouble,
)
from probe.core.judgement.signal import Health, Signal
from probe.core.judgement.subject import UP_STATES, at_client, without_client

KEPT = 5
"""Of a part of the set-up, how many settings that passed are remembered: the latest ones."""
LOGIN_PAUSE_US = 3_600_000_000
"""How long a login waits that never passed and was tried in vain several times."""
ANY = "*"
"""Stands for the settings, whatever they are, under which an older Vigie saw an IdP pass."""


@dataclass(frozen=True, slots=True)
class NeighbourCheck:
    """The latest result of one neighbour.

    `host`: where its last exchange was. `ever_good`: it was good once with the settings of the
    digest `setup`. A neighbour in a memory of Vigie 0.1.0, which kept no digests, counts as such.
    """

    started_us: int
    finished_us: int
    until_us: int  # it is fresh until then
    good: bool
    host: str = ""
    ever_good: bool = True
    setup: str = ""

    @classmethod
    def of(cls, observation: Observation, vouches: int, before: "NeighbourCheck | None" = None) -> "NeighbourCheck":
        """Return the result of an observation. `before`: the neighbour's result before it."""
        until = observation.started_us + vouches * observation.interval_us
        good = observation.outcome is Outcome.OK
        setup = observation.setup
        known = before is not None and before.ever_good and before.setup in ("", setup)
        return cls(observation.started_us, observation.finished_us, until, good, _host(observation), good or known or not setup, setup)


@dataclass(frozen=True, slots=True)
class NeverPassed:
    """The count of journeys that failed in a part of our set-up which has never passed with the
    settings of this digest, and when the first and the latest of them started.
    """

    part: SetupPart
    digest: str
    since_us: int
    latest_us: int
    times: int = 1


@dataclass(slots=True)
class Neighbours:
    """The memory of one hub's neighbours: control targets, `direct` probes, accounts, the settings
    that passed.

    `passed`: by IdP (`HUB`: the hub's own) and part, the digests of the settings that passed, the
    latest ones last; at another client than the main one the owner is called so (`at_client`).
    Where it is None nothing is kept, and nothing counts as never passed. So it is
    in a memory of Vigie 0.1.0, which kept `client_known_good` only: the hub once showed its mire to
    this client. `accounts`: by IdP, which account its persona has, and the claims that came.
    """

    controls: dict[str, NeighbourCheck] = field(default_factory=dict)
    directs: dict[str, NeighbourCheck] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)  # refused credentials in a row, by IdP
    client_known_good: bool = False
    passed: dict[str, dict[SetupPart, list[str]]] | None = None
    never_passed: dict[str, NeverPassed] = field(default_factory=dict)  # by IdP, or HUB
    own_troubles: dict[str, OwnTrouble] = field(default_factory=dict)  # by IdP, or HUB
    # failures that count although our settings have never passed, as an outage was open before
    unproven: dict[str, NeverPassed] = field(default_factory=dict)  # by IdP, or HUB
    mire: NeighbourCheck | None = None
    known_clients: dict[str, NeighbourCheck] = field(default_factory=dict)  # by client: does the hub know it
    clocks: dict[str, ClockVoice] = field(default_factory=dict)  # by host; the hub's: see own_clock
    reached: bool = False  # some host that is no control target has answered this prober
    accounts: Accounts = field(default_factory=dict)
    accepted: dict[str, bool] = field(default_factory=dict)  # what each negative journey proved last
    vantages: dict[str, VantageTroubles] = field(default_factory=dict)  # of a shared ledger, by name

    @property
    def never_answered(self) -> list[str]:
        """The names of the control targets that have never answered with their present settings."""
        return sorted(name for name, check in self.controls.items() if not check.ever_good)


def corroborate(observation: Observation, near: Neighbours, signals: Mapping[str, Signal] | None = None) -> Observation:
    """Return the observation as it is to be stored. Doing so twice changes nothing.

    `signals` are the hub's own: they tell which outages are open.
    """
    if observation.reason is Reason.TURNED_AWAY and observation.fault is None and _serves_direct(observation, near):
        return replace(observation, fault=Fault.SP)
    if observation.kind is Kind.NEGATIVE and observation.outcome is Outcome.OK and not _mire_passes(observation, near):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, reason=Reason.NOTHING_PROVED)
    proves_nothing = observation.kind is Kind.NEGATIVE and observation.fault is Fault.HUB
    unreached = observation.reason in NETWORK_REASONS and observation.kind is not Kind.CONTROL
    if unreached and (observation.outcome is Outcome.FAILED or proves_nothing) and _network_lost(observation, near):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.NETWORK, part=None)
    if observation.outcome is not Outcome.FAILED:
        return observation
    # a journey on its way to an IdP passes the mire, too
    if observation.reason is Reason.NO_IDP_SELECTABLE and _refused_us_only(observation, near):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.SP, reason=Reason.TILES_GREYED, part=None)
    if observation.part is SetupPart.CLIENT and _knows_another_client(observation, near):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.SP, reason=Reason.CLIENT_UNKNOWN, part=None)
    if explains(observation, near.clocks):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.PROBER, reason=Reason.CLOCK_OFF, part=None)
    if _never_passed(observation, near) and not _continues(observation, signals or {}):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.SP)
    if observation.reason in (Reason.RECIPE_UNFIT, Reason.SCRIPT_NEEDED):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.SP, part=None)
    return observation


def _host(observation: Observation) -> str:
    return observation.hops[-1].host if observation.hops else ""


def _serves_direct(observation: Observation, near: Neighbours) -> bool:
    """Return whether some `direct` probe is served by the host that turned the journey away."""
    host = _host(observation)
    fresh = (check for check in near.directs.values() if check.until_us > observation.started_us)
    return bool(host) and any(check.good and check.host == host for check in fresh)


def _mire_passes(observation: Observation, near: Neighbours) -> bool:
    return near.mire is not None and near.mire.good and near.mire.until_us > observation.started_us


def _network_lost(observation: Observation, near: Neighbours) -> bool:
    """Return whether every control target that was asked since the journey started failed too.

    One that has never answered is a witness only while nothing else has ever answered either: then
    this prober may never have had a network. Afterwards it is the target that is wrong.
    """
    asked = [check for check in near.controls.values() if check.finished_us >= observation.started_us]
    witnesses = [check for check in asked if check.ever_good or not near.reached]
    return bool(witnesses) and not any(check.good for check in witnesses)


def _refused_us_only(observation: Observation, near: Neighbours) -> bool:
    """Return whether tiles are there, and every IdP that was asked without the hub is well."""
    fresh = [check for check in near.directs.values() if check.until_us > observation.started_us]
    return any(tile.listed for tile in observation.tiles) and bool(fresh) and all(check.good for check in fresh)


def _never_passed(observation: Observation, near: Neighbours) -> bool:
    """Return whether a failure depends on a part of our set-up that has never passed.

    An observation without digests is of a Vigie that knew no such rule.
    """
    part = observation.part
    digest = digests(observation.setup).get(part) if part is not None else None
    if part is None or digest is None or near.passed is None:
        return False
    return not has_passed(near, _owner(observation, part), part, digest)


def _knows_another_client(observation: Observation, near: Neighbours) -> bool:
    """Return whether the hub knew another client that was asked since the journey started."""
    others = (check for client, check in near.known_clients.items() if client != observation.client)
    return any(check.good and check.finished_us >= observation.started_us for check in others)


def _owner(observation: Observation, part: SetupPart) -> str:
    return at_client(HUB if part in OF_THE_HUB else observation.idp or HUB, observation.client)


def _continues(observation: Observation, signals: Mapping[str, Signal]) -> bool:
    """Return whether the same trouble is an open outage: it goes on until a journey passes."""
    signal = signals.get(_signal(observation))
    cause = signal.cause if signal is not None and signal.confirmed is Health.BAD else None
    trouble = (observation.step, observation.reason, observation.authenticated)
    return cause is not None and (cause.step, cause.reason, cause.authenticated) == trouble


def _signal(observation: Observation) -> str:
    if observation.kind is Kind.DIRECT:
        return direct_of(observation.idp or "")
    if observation.part in OF_THE_HUB:
        return at_client(TILES if observation.reason is Reason.NO_IDP_SELECTABLE else MIRE, observation.client)
    return at_client(journey_of(observation.idp or ""), observation.client)


def remember_client(observation: Observation, near: Neighbours, vouches: int) -> None:
    """Keep whether the hub knows the client that made a journey, where the journey shows it."""
    known = SetupPart.CLIENT in passed_parts(observation)
    unknown = observation.part is SetupPart.CLIENT or observation.reason is Reason.CLIENT_UNKNOWN
    before = near.known_clients.get(observation.client)
    if observation.backend is None and (known or unknown) and (before is None or before.finished_us <= observation.finished_us):
        near.known_clients[observation.client] = replace(NeighbourCheck.of(observation, vouches), good=known)


def remember(observation: Observation, near: Neighbours, vouches: int) -> None:
    """Keep what a corroborated observation tells about the neighbours."""
    remember_own_trouble(observation, near.own_troubles, vouches)
    near.clocks = remember_clocks(observation, near.clocks)
    near.reached = near.reached or _answered(observation)
    remember_client(observation, near, vouches)
    if observation.kind is Kind.CONTROL and observation.idp:
        near.controls[observation.idp] = NeighbourCheck.of(observation, vouches, near.controls.get(observation.idp))
    elif observation.kind is Kind.DIRECT and observation.idp and observation.outcome is not Outcome.INCONCLUSIVE:
        near.directs[observation.idp] = NeighbourCheck.of(observation, vouches)
    elif observation.kind is Kind.MIRE and observation.backend is None and not observation.client:
        near.mire = NeighbourCheck.of(observation, vouches)
    elif observation.accepted is not None:
        near.accepted[observation.idp or ""] = observation.accepted
    count_refusal(observation, near.refused)
    remember_passed(observation, near)
    remember_account(near.accounts, observation)


def remember_at_vantage(observation: Observation, near: Neighbours, vouches: int) -> None:
    """Keep what an observation of one vantage among several tells of the vantage's own troubles.

    Of an IdP, or of the hub, the latest trouble of any vantage is told, and the most refusals of
    those that still report.
    """
    near.vantages.setdefault(observation.vantage, VantageTroubles()).remember(observation, vouches)
    owner, idp = at_client(observation.idp or HUB, observation.client), observation.idp or HUB
    trouble = latest_trouble(owner, near.vantages.values())
    most = most_refusals(idp, near.vantages.values(), observation.started_us)
    near.own_troubles.pop(owner, None)
    near.refused.pop(idp, None)
    near.own_troubles |= {} if trouble is None else {owner: trouble}
    near.refused |= {idp: most} if most else {}


def of_vantages(near: Neighbours) -> Neighbours:
    """Return what is kept for all vantages of a shared ledger: the settings that passed anywhere,
    the accounts that came, and each one's own troubles. What corroborates is each vantage's own.
    """
    return Neighbours(
        passed=near.passed or {},
        never_passed=near.never_passed,
        accounts=near.accounts,
        own_troubles=near.own_troubles,
        refused=near.refused,
        vantages=near.vantages,
    )


def _answered(observation: Observation) -> bool:
    """Return whether a host that is no control target answered."""
    return observation.kind is not Kind.CONTROL and any(hop.status is not None for hop in observation.hops)


def turns(observation: Observation, near: Neighbours) -> bool:
    """Return whether a negative journey proves the opposite of the one before, so that it is asked
    again.

    The first one is compared with a refusal. Call it before the observation is remembered.
    """
    return observation.accepted is not None and observation.accepted != near.accepted.get(observation.idp or "", False)


def remember_passed(observation: Observation, near: Neighbours) -> None:
    """Keep which settings an observation shows to have passed, and which have never.

    A backend that is asked by itself tells neither.
    """
    if near.passed is None or observation.backend is not None:
        return
    passed = passed_parts(observation)
    for part, digest in digests(observation.setup).items():
        owner = _owner(observation, part)
        known = near.passed.get(owner, {}).get(part, [])
        # ANY stands for the settings that passed under an older Vigie: they are taken to be these
        if (part in passed or ANY in known) and known[-1:] != [digest]:
            others = [other for other in known if other not in (digest, ANY)]
            near.passed.setdefault(owner, {})[part] = [*others, digest][-KEPT:]
    _remember_unproven(observation, near)
    _remember_never_passed(observation, near)


def _remember_unproven(observation: Observation, near: Neighbours) -> None:
    """Keep which failures of an open outage were seen with settings that have never passed.

    Such an outage goes on (docs/domain.md, "Never passed yet"), and people are told that the
    settings changed meanwhile: the other party may have been mended since.
    """
    part = observation.part
    if observation.outcome is Outcome.FAILED and part is not None and _never_passed(observation, near):
        owner, digest, at_us = _owner(observation, part), digests(observation.setup)[part], observation.started_us
        near.unproven[owner] = _once_more(near.unproven.get(owner), part, digest, at_us)
        return
    passed, of_parts = passed_parts(observation), digests(observation.setup)
    for owner in (at_client(name, observation.client) for name in {HUB, observation.idp or HUB}):
        failures = near.unproven.get(owner)
        # a failure with the settings of before says that they are in force again
        back = failures is not None and failures.part is part and of_parts.get(failures.part) != failures.digest
        if failures is not None and (back or failures.part in passed):
            del near.unproven[owner]


def _once_more(failures: NeverPassed | None, part: SetupPart, digest: str, at_us: int) -> NeverPassed:
    """Return the count of failures of a part with one digest, with one more of them.

    `direct`, which is only a witness, displaces no part of a journey.
    """
    if part is SetupPart.DIRECT and failures is not None and failures.part is not part:
        return failures
    if failures is None or (failures.part, failures.digest) != (part, digest):
        return NeverPassed(part, digest, at_us, at_us)
    return replace(failures, latest_us=at_us, times=failures.times + 1)


def _remember_never_passed(observation: Observation, near: Neighbours) -> None:
    part = observation.part
    if observation.never_passed and part is not None:
        owner, digest = _owner(observation, part), digests(observation.setup).get(part, "")
        near.never_passed[owner] = _once_more(near.never_passed.get(owner), part, digest, observation.started_us)
        return
    passed = passed_parts(observation)
    for owner in (at_client(name, observation.client) for name in {HUB, observation.idp or HUB}):
        failures = near.never_passed.get(owner)
        if failures is not None and failures.part in passed:
            del near.never_passed[owner]


def adopt(near: Neighbours, state: HubState) -> None:
    """Take over a memory of Vigie 0.1.0, which kept no digests.

    Where its ledger says that a subject was ever up, the settings passed, whatever they were: those
    that are in force when the next journey is seen count as passed. So an upgrade makes no running
    watch doubt itself.
    """
    if near.passed is not None:
        return
    near.passed = {}
    if near.client_known_good:
        near.passed[HUB] = {SetupPart.CLIENT: [ANY]}
    if _was_up(state, C1):
        near.passed.setdefault(HUB, {})[SetupPart.MIRE] = [ANY]
    for idp in (watched.name for watched in state.spec.idps):
        direct = state.signals.get(direct_of(idp))
        parts = [part for part in IN_ORDER if part not in OF_THE_HUB] if _was_up(state, journey_of(idp)) else []
        parts += [SetupPart.DIRECT] if direct is not None and direct.confirmed is Health.GOOD else []
        if parts:
            near.passed[idp] = {part: [ANY] for part in parts}


def _was_up(state: HubState, subject: str) -> bool:
    now = subject in state.tails and any(status.state in UP_STATES for _, status in state.tails[subject].points)
    return now or any(state.totals.get(subject, {}).get(up, 0) for up in UP_STATES)


def forget_unwatched(near: Neighbours, state: HubState) -> None:
    """Drop the failures of IdPs that are no longer watched. The settings that passed are kept: an
    IdP may return.
    """
    others = (at_client(name, client.name) for client in state.spec.clients for name in (HUB, *(idp.name for idp in client.idps)))
    watched = {HUB, *(idp.name for idp in state.spec.idps), *others}
    near.known_clients = {name: check for name, check in near.known_clients.items() if not name or state.spec.as_seen_by(name)}
    near.never_passed = {owner: failures for owner, failures in near.never_passed.items() if owner in watched}
    for troubles in (near.own_troubles, *(vantage.own_troubles for vantage in near.vantages.values())):
        for owner in troubles.keys() - watched:
            del troubles[owner]
    near.unproven = {owner: failures for owner, failures in near.unproven.items() if owner in watched}


def has_passed(near: Neighbours, owner: str, part: SetupPart, digest: str) -> bool:
    """Return whether a part of the set-up has passed once with the settings of a digest.

    `owner`: an IdP's name, or HUB.
    """
    known = (near.passed or {}).get(owner, {}).get(part, [])
    return digest in known or ANY in known


def learn(near: Neighbours, others: Neighbours) -> None:
    """Take over which settings passed at other vantages."""
    if near.passed is None:
        return
    for owner, parts in (others.passed or {}).items():
        for part, their_digests in parts.items():
            own_digests = near.passed.setdefault(owner, {}).get(part, [])
            near.passed[owner][part] = [*(digest for digest in their_digests if digest not in own_digests), *own_digests][-2 * KEPT :]


def suspended(near: Neighbours, idp: str, tries: int) -> bool:
    """Return whether the lock-out guard stops this IdP's account (docs/domain.md: "after 3 tries in
    a row").
    """
    return near.refused.get(idp, 0) >= tries


def held_back(near: Neighbours, idp: str, digest: str, tries: int, now_us: int) -> bool:
    """Return whether the login at this IdP waits, because it was tried in vain `tries` times or
    more and has never passed with the settings of this digest. Tries of all clients count: they
    have one account.

    A wrong recipe may use up the account's tries. So it is tried once in `LOGIN_PAUSE_US`, lest the
    IdP lock the account.
    """
    of_idp = (failures for owner, failures in near.never_passed.items() if without_client(owner) == idp)
    in_vain = [failures for failures in of_idp if (failures.part, failures.digest) == (SetupPart.LOGIN, digest)]
    latest_us = max((failures.latest_us for failures in in_vain), default=0)
    return sum(failures.times for failures in in_vain) >= tries and latest_us <= now_us < latest_us + LOGIN_PAUSE_US
