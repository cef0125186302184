"""Whether our own clock is wrong, by the clocks of everybody who was asked.

Theory of operation
-------------------
An HTTP answer carries the time at which its server made it (`Date`, RFC 9110, section 6.6.1). A hop
keeps by how much the host's clock is ahead of ours, for certain: `Date` has whole seconds, and the
answer was made some time between our request and its arrival.

A failure that a wrong clock of ours explains is the hub's or ours:

    the id_token has expired, or was issued long ago      our clock is ahead
    the session is lost                                   our clock is ahead: a cookie has expired
    the id_token is not valid yet                         our clock is behind

The hub, each IdP, each `direct` and each control target has a voice. When more than half of them,
somebody beside the hub among them, say that our clock is off in that direction, it is ours
(docs/domain.md, "Our own clock"). When only the hub's differs, it is the hub's.

Instants and differences are microseconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Observation, Outcome, Reason, Step
from probe.core.times import SECOND_US

HUB: Final = ""
"""Stands for the hub's own hosts, which have one voice together."""
FRESH_US: Final = 600_000_000
"""How long a host's voice is heard after it was asked."""
_SURE_US = SECOND_US
_LOST_SESSION_US = 30_000_000  # no cookie of a session is given for less

_OF_OTHERS = frozenset({Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN, Step.DIRECT, Step.CONTROL})


@dataclass(frozen=True, slots=True)
class ClockVoice:
    """By how much a host's clock is ahead of ours at least, negative when behind.

    `at_us`: when it was asked, by our clock.
    """

    ahead_us: int
    at_us: int


def voices(observation: Observation) -> dict[str, ClockVoice]:
    """Return what an observation tells of the clocks of those it asked: the hub, and others by
    host. Of each the last answer counts.
    """
    hosts_of_hub = {hop.host for hop in observation.hops if hop.step not in _OF_OTHERS}
    found: dict[str, ClockVoice] = {}
    for hop in observation.hops:
        if hop.clock_us is not None:
            found[HUB if hop.host in hosts_of_hub else hop.host] = ClockVoice(hop.clock_us, observation.started_us)
    return found


def remember_clocks(observation: Observation, known: Mapping[str, ClockVoice]) -> dict[str, ClockVoice]:
    """Return the voices after an observation. Those that are heard no more are dropped."""
    at = observation.started_us
    return {host: voice for host, voice in {**known, **voices(observation)}.items() if abs(at - voice.at_us) <= FRESH_US}


def explains(observation: Observation, known: Mapping[str, ClockVoice]) -> bool:
    """Return whether a failure is explained by our own clock, which most say is off.

    `known`: the voices that were heard before this observation.
    """
    direction = _direction(observation)
    if direction == 0:
        return False
    heard = {host: direction * voice.ahead_us for host, voice in remember_clocks(observation, known).items()}
    hub, others = heard.pop(HUB, None), list(heard.values())
    least = max(_LOST_SESSION_US if observation.reason is Reason.SESSION_LOST else _SURE_US, (hub or 0) // 2)
    agreeing = sum(ahead >= least for ahead in others)
    all_agreeing = agreeing + (hub is not None and hub >= least)
    return agreeing > 0 and 2 * all_agreeing > len(others) + (hub is not None)


def _direction(observation: Observation) -> int:
    """Return -1 where the clock of others would be behind ours, 1 where ahead, 0 where neither
    explains the failure.
    """
    detail = observation.detail
    if observation.outcome is not Outcome.FAILED:
        return 0
    if observation.reason is Reason.SESSION_LOST:
        return -1
    if observation.reason is not Reason.ID_TOKEN or detail is None:
        return 0
    if detail.kind is DetailKind.NOT_YET_VALID:
        return 1
    old = detail.kind is DetailKind.CLAIM_WRONG and "iat" in detail.names
    return -1 if old or detail.kind is DetailKind.EXPIRED else 0


def off_by_us(ahead: Iterable[int]) -> int:
    """Return by how much our clock is ahead, as the middle one of those asked says; 0 by nobody.

    `ahead`: by how much each host's clock is ahead of ours.
    """
    ordered = sorted(ahead)
    return -ordered[(len(ordered) - 1) // 2] if ordered else 0
