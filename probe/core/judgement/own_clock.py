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

The hub, each IdP (its pages and its `direct` together) and each control target has a voice. Those
that one host answers for are one voice: it has one clock. So an IdP on the hub's own host says what
the hub says. When more than half of the voices, somebody's beside the hub's among them, say that
our clock is off in that direction, it is ours (docs/domain.md, "Our own clock"). When only the
hub's differs, it is the hub's.

Our clock may be set meanwhile. Then what a voice said before is wrong by as much, and so is its
age. Each hop keeps when the boot-time clock, which nobody sets, was at 0 by our clock (`boot_us`).
This instant moves with our clock, and the voices that are remembered are moved with it.

Instants and differences are microseconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import JOURNEYS, Hop, Kind, Observation, Outcome, Reason, Step
from probe.core.times import SECOND_US

HUB: Final = ""
"""The party that the hub is, with all its hosts."""
FRESH_US: Final = 600_000_000
"""How long a voice is heard after its party was asked."""
_EARLY_US = 10_000_000  # journeys are recorded in another order than they end by so much at most
_SURE_US = 5 * SECOND_US  # less is within what a token's times tolerate (`clock_skew`, 10 s by default)
_LOST_SESSION_US = 30_000_000  # no cookie of a session is given for less

_OF_OTHERS = frozenset({Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN, Step.DIRECT, Step.CONTROL})


@dataclass(frozen=True, slots=True)
class ClockVoice:
    """By how much the clock of a party is ahead of ours at least, negative when behind.

    `at_us`: when the journey ended that asked it, by our clock. `hosts`: the host that said it; of
    the hub all that the journey asked. `boot_us`: see the head of this module; None: not known.
    """

    ahead_us: int
    at_us: int
    hosts: tuple[str, ...] = ()
    boot_us: int | None = None


def voices(observation: Observation) -> dict[str, ClockVoice]:
    """Return what an observation tells of the clocks of those it asked, by party.

    Of each the last answer counts.
    """
    of_hub = tuple(sorted({hop.host for hop in observation.hops if hop.step not in _OF_OTHERS}))
    other, found = _other_party(observation), dict[str, ClockVoice]()
    for hop in observation.hops:
        party = HUB if hop.host in of_hub else other
        if hop.clock_us is not None and party is not None:
            at_us = observation.finished_us + _set_between(_first_boot(observation), hop.boot_us)
            found[party] = ClockVoice(hop.clock_us, at_us, of_hub if party == HUB else (hop.host,), hop.boot_us)
    return found


def _other_party(observation: Observation) -> str | None:
    """Return who answers beside the hub: the IdP or the control target; None: it has no name."""
    if observation.kind is Kind.CONTROL:
        return f"control {observation.idp}"  # no IdP is called so
    return observation.idp if observation.kind in (Kind.DIRECT, *JOURNEYS) else None


def _boots(hops: Iterable[Hop]) -> list[int]:
    return [hop.boot_us for hop in hops if hop.boot_us is not None]


def _first_boot(observation: Observation) -> int | None:
    return next(iter(_boots(observation.hops)), None)


def _set_between(before_us: int | None, after_us: int | None) -> int:
    """Return by how much our clock was set forward between two instants of `boot_us`."""
    return 0 if before_us is None or after_us is None else after_us - before_us


def _by_clock_of(boot_us: int | None, voice: ClockVoice) -> ClockVoice:
    """Return what a voice says by our clock as it is set now."""
    moved_us = _set_between(voice.boot_us, boot_us)
    return replace(voice, ahead_us=voice.ahead_us - moved_us, at_us=voice.at_us + moved_us, boot_us=boot_us) if moved_us else voice


def remember_clocks(observation: Observation, known: Mapping[str, ClockVoice]) -> dict[str, ClockVoice]:
    """Return the voices after an observation. Those that are heard no more are dropped.

    A voice from the future is one of another start of this machine, or our clock was set back
    unseen: it is dropped, too.
    """
    boot_us = next(iter(reversed(_boots(observation.hops))), None)
    now_us = observation.finished_us + _set_between(_first_boot(observation), boot_us)
    heard = {party: _by_clock_of(boot_us, voice) for party, voice in {**known, **voices(observation)}.items()}
    return {party: voice for party, voice in heard.items() if -_EARLY_US <= now_us - voice.at_us <= FRESH_US}


def ahead_by_clock(heard: Mapping[str, ClockVoice]) -> dict[str, int]:
    """Return by how much each clock is ahead of ours: one for all parties that a host answers for,
    of which the one that was heard last says it. The hub's is called HUB.
    """
    of_hub = heard[HUB].hosts if HUB in heard else ()
    said: dict[str, int] = {}
    for party, voice in sorted(heard.items(), key=lambda one: (one[1].at_us, one[0])):
        host = voice.hosts[0] if voice.hosts else party
        said[HUB if party == HUB or host in of_hub else host] = voice.ahead_us
    return said


def explains(observation: Observation, known: Mapping[str, ClockVoice]) -> bool:
    """Return whether a failure is explained by our own clock, which most say is off.

    `known`: the voices that were heard before this observation.
    """
    direction = _direction(observation)
    if direction == 0:
        return False
    said = {clock: direction * ahead_us for clock, ahead_us in ahead_by_clock(remember_clocks(observation, known)).items()}
    hub, others = said.pop(HUB, None), list(said.values())
    least = max(_LOST_SESSION_US if observation.reason is Reason.SESSION_LOST else _SURE_US, (hub or 0) // 2)
    if hub is not None and hub < least:
        return False
    agreeing = sum(ahead >= least for ahead in others)
    all_agreeing = agreeing + (hub is not None)
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
