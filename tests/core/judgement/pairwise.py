"""The judgement of one instant by pairs: every failing IdP beside every other one, as it is told
in docs/judgement.md.

A second oracle beside `oracle.py`: what `probe.core.judgement.condition` answers by groups is what
this answers by pairs. About N squared for N IdPs,
N cubed for all of them at N instants.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from probe.core.judgement.condition import (
    C1,
    C2,
    C3,
    CONDITIONS,
    HUB,
    MIRE,
    TILES,
    State,
    SubjectStatus,
    Values,
    direct_of,
    journey_of,
    subjects,
)
from probe.core.judgement.observation import Fault, Reason
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Value
from probe.core.judgement.spec import HubSpec, IdpSpec

_UP, _UNKNOWN = SubjectStatus(State.UP), SubjectStatus(State.UNKNOWN)


def judge(spec: HubSpec, values: Values) -> dict[str, SubjectStatus]:
    """Every subject's standing, from the signals' values at one instant (a missing one is
    unknown).
    """
    held = _judge(spec, values)
    if not any(value.blip for value in values.values()):
        return held
    feared = _judge(spec, {name: _believed(value) for name, value in values.items()})
    return {
        subject: replace(feared[subject], state=State.BLIP)
        if standing.state is State.UP and feared[subject].state is State.DOWN
        else standing
        for subject, standing in held.items()
    }


def _believed(value: Value) -> Value:
    return Value(Health.BAD, value.cause, at=value.doubt, since=value.doubt) if value.blip else value


def _judge(spec: HubSpec, values: Values) -> dict[str, SubjectStatus]:
    mire = values.get(MIRE, UNKNOWN)
    if mire.health is Health.BAD:
        masked = dict.fromkeys(subjects(spec), _UNKNOWN)
        return masked | {C1: SubjectStatus(State.DOWN, mire.cause), HUB: SubjectStatus(State.DOWN, mire.cause, C1)}
    blamed = blame(spec, values)
    standings = {C1: _UP if mire.health is Health.GOOD else _UNKNOWN}
    standings[C2] = _identity_not_returned(spec, values, blamed)
    standings[C3] = _all_idps_unavailable(spec, values, blamed) if mire.health is Health.GOOD else _UNKNOWN
    standings[HUB] = _hub(spec, standings)
    return standings | {journey_of(idp.name): _idp(values, blamed, idp.name) for idp in spec.idps}


def _of(values: Values, idp: str) -> Value:
    return values.get(journey_of(idp), UNKNOWN)


# --- whose fault


def blame(spec: HubSpec, values: Values) -> dict[str, Cause]:
    """For every IdP whose journey is bad: its cause, with the fault
    that all the journeys together point to.

    docs/domain.md: "Spread decides what one observation cannot." Failures on the IdPs' own hosts
    stay the IdPs'.
    """
    bad = {idp.name: cause for idp in spec.idps if (cause := _bad(_of(values, idp.name)))}
    return {
        name: replace(cause, fault=_compared(spec, values, name, cause)) if cause.authenticated or cause.on_hub else cause
        for name, cause in bad.items()
    }


def _bad(value: Value) -> Cause | None:
    return (value.cause or Cause(Fault.IDP, None, None)) if value.health is Health.BAD else None


def _returned(value: Value) -> bool:
    return value.health is Health.GOOD and value.returned


def _compared(spec: HubSpec, values: Values, name: str, cause: Cause) -> Fault | None:
    """The fault of one failure on the hub's pages, beside what the other IdPs show at the same
    instant; None while that is awaited.
    """
    failing = _of(values, name)
    beside = {idp: cause if idp.name == name else _beside(spec, failing, _of(values, idp.name)) for idp in spec.idps}
    if cause.authenticated and any(idp.control and isinstance(each, Cause) and each.authenticated for idp, each in beside.items()):
        return Fault.HUB  # a control IdP's login works and the identity does not come back
    shown = [each for idp, each in beside.items() if idp.name != name]
    if any(_got_further(each, cause) for each in shown):
        return Fault.IDP
    if any(each is STALE for each in shown):
        return None
    alike = [cause, *(each for each in shown if isinstance(each, Cause) and _alike(each, cause))]
    direct = _beside(spec, failing, values.get(direct_of(name), UNKNOWN))
    if len(alike) > 1 and len({_trouble(each) for each in alike}) == 1:
        named_hub = cause.coded and cause.fault is Fault.HUB
        return Fault.HUB if named_hub else _by_direct(direct, Fault.HUB)
    if spec.rules > 1 and not failing.at:
        return None
    return cause.fault if cause.coded else _by_direct(direct, Fault.HUB if cause.authenticated else Fault.IDP)


STALE = Value(Health.UNKNOWN, blip=True)
"""What an IdP shows whose next reading is awaited: it was asked too long ago to be compared."""


def _beside(spec: HubSpec, failing: Value, other: Value) -> Value | Cause | None:
    """What another IdP, or this one's own `direct`, shows while it fails: its good value,
    its cause, or nothing.

    Its success is evidence only if it was seen while this one failed. One that merely persists,
    from before the failure or after the last failing reading, is judged by the reading
    that ended it: a success again is evidence, a failure tells of the same trouble, and
    until there is one it is awaited. (By the first rules one that came out of no outage was seen
    to recover from nothing, and a failure was there from its first journey's start.)
    """
    failed = failing.since if spec.rules == 1 else max(failing.since, failing.since_done)
    if other.health is Health.BAD:
        return other.cause
    if other.health is Health.ABSENT and other.previous and _carried_over(failing, other.since):
        return other.previous if failing.turning else STALE
    if other.health is not Health.GOOD:
        return None
    if _carried_over(other, failed):
        return other.next if other.turning else STALE
    came_after = spec.rules > 1 and failed < other.since
    if _carried_over(failing, other.since) and (came_after or failing.turning or other.previous):
        return other.previous if failing.turning else STALE
    return other


def _carried_over(value: Value, since: int) -> bool:
    """Nothing said so at or after `since`, nor does the reading that follows."""
    return value.at < since and not value.followed


WAY_OUT = frozenset({Reason.IDP_DISCOVERY, Reason.IDP_TOKEN, Reason.IDP_USERINFO})
"""One trouble, whichever of the hub's calls to the IdP met it:
one hub calls some IdPs' metadata first, and others' token endpoint.
"""


def _trouble(cause: Cause) -> tuple[object, ...]:
    """What makes two failures the same one."""
    return ("way out",) if cause.reason in WAY_OUT else (cause.step, cause.reason)


def _alike(shown: Cause, cause: Cause) -> bool:
    """Both failed on the hub's pages, both before or both after the authentication,
    or of the same trouble.
    """
    comparable = shown.authenticated == cause.authenticated or _trouble(shown) == _trouble(cause)
    return comparable and (shown.on_hub or shown.authenticated)


def _got_further(shown: Value | Cause | None, cause: Cause) -> bool:
    if shown is None or shown is STALE or (isinstance(shown, Cause) and _alike(shown, cause)):
        return False
    if isinstance(shown, Value):
        return shown.returned or not cause.authenticated
    return not cause.authenticated  # failed elsewhere: the hub did send the browser to that IdP


def _by_direct(shown: Value | Cause | None, otherwise: Fault) -> Fault | None:
    """What the IdP, asked without the hub while its journey fails, says of whose fault it is;
    None while that is awaited.
    """
    if shown is None:
        return otherwise
    if shown is STALE:
        return None
    return Fault.IDP if isinstance(shown, Cause) else Fault.HUB


# --- what follows


def _idp(values: Values, blamed: Mapping[str, Cause], name: str) -> SubjectStatus:
    if _of(values, name).health is Health.GOOD:
        return _UP
    cause = blamed.get(name)
    return SubjectStatus(State.DOWN, cause) if cause and cause.fault is Fault.IDP else _UNKNOWN


def _identity_not_returned(spec: HubSpec, values: Values, blamed: Mapping[str, Cause]) -> SubjectStatus:
    identities = [idp.name for idp in spec.idps if idp.identity]
    lost = [name for name in identities if name in blamed and blamed[name].authenticated]
    if spec.any_identity:
        named = [_of(values, name).cause for name in lost]
        unexcused = [cause for cause in named if cause and not (cause.coded and cause.fault is Fault.IDP)]
        if unexcused:
            return SubjectStatus(State.DOWN, replace(_commonest(unexcused), fault=Fault.HUB))
    returned = [name for name in identities if _returned(_of(values, name))]
    since = max((_of(values, name).since for name in lost), default=0)
    evidence = [name for name in returned if not _carried_over(_of(values, name), since)]
    if evidence:
        return _UP
    if lost and all(blamed[name].fault is Fault.HUB for name in lost):
        return SubjectStatus(State.DOWN, _commonest(blamed[name] for name in lost))
    return _UNKNOWN


def _all_idps_unavailable(spec: HubSpec, values: Values, blamed: Mapping[str, Cause]) -> SubjectStatus:
    tiles = values.get(TILES, UNKNOWN)
    if tiles.health is Health.BAD:
        return SubjectStatus(State.DOWN, tiles.cause)
    offered = [idp for idp in spec.idps if not idp.control and _of(values, idp.name).health is not Health.ABSENT]
    reached = [_reachable(idp, values, blamed) for idp in offered]
    if any(reached):
        return _UP
    if offered and all(found is False for found in reached):
        return SubjectStatus(State.DOWN, _commonest(blamed[idp.name] for idp in offered))
    return _UNKNOWN


def _reachable(idp: IdpSpec, values: Values, blamed: Mapping[str, Cause]) -> bool | None:
    """Whether a citizen can log in at this IdP.
    A hub that loses the identity afterwards is C2's matter, not C3's.
    """
    health = _of(values, idp.name).health
    if health is Health.BAD:
        cause = blamed[idp.name]
        return (None if cause.fault is None else cause.fault is Fault.HUB) if cause.authenticated else False
    return True if health is Health.GOOD else None


def _commonest(causes: Iterable[Cause]) -> Cause:
    """The cause that most share; the first of them when several do."""
    return Counter(causes).most_common(1)[0][0]


def _hub(spec: HubSpec, standings: Mapping[str, SubjectStatus]) -> SubjectStatus:
    for condition in CONDITIONS:
        if standings[condition].state is State.DOWN:
            return SubjectStatus(State.DOWN, standings[condition].cause, condition)
    needed = [C1, C3, *([C2] if any(idp.identity for idp in spec.idps) else [])]
    return _UNKNOWN if any(standings[condition].state is State.UNKNOWN for condition in needed) else _UP
