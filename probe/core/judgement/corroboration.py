"""Corrects an observation by what its neighbours say, at the instant at which it is recorded.

The neighbours are the control targets, the `direct` probes, and the journeys before it:

    a transport failure, and every control target fails too  -> inconclusive, fault network
    every tile greyed, and `direct` finds the IdPs well      -> inconclusive, reason tiles_greyed
                                                                (docs/domain.md, "No selectable
                                                                IdP")
    credentials refused 3 times in a row                     -> the account is suspended

What was corroborated is what is stored, so that a replay needs no neighbours. Instants are UTC
microseconds.
"""

from dataclasses import dataclass, field, replace

from probe.core.judgement.observation import NETWORK_REASONS, Fault, Kind, Observation, Outcome, Reason


@dataclass(frozen=True, slots=True)
class NeighbourCheck:
    """The latest result of one neighbour."""

    started_us: int
    finished_us: int
    until_us: int  # it is fresh until then
    good: bool

    @classmethod
    def of(cls, observation: Observation, vouches: int) -> "NeighbourCheck":
        until = observation.started_us + vouches * observation.interval_us
        return cls(observation.started_us, observation.finished_us, until, observation.outcome is Outcome.OK)


@dataclass(slots=True)
class Neighbours:
    """What is remembered of one hub's neighbours: control targets, `direct` probes, accounts,
    client.
    """

    controls: dict[str, NeighbourCheck] = field(default_factory=dict)
    directs: dict[str, NeighbourCheck] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)  # refused credentials in a row, by IdP
    client_known_good: bool = False  # the hub once showed its mire to this client


def corroborate(observation: Observation, near: Neighbours) -> Observation:
    """Return the observation as it is to be stored. Doing so twice changes nothing."""
    if observation.outcome is not Outcome.FAILED:
        return observation
    if observation.reason in NETWORK_REASONS and observation.kind is not Kind.CONTROL and _network_lost(observation, near):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.NETWORK)
    # on the way to an IdP too
    if observation.reason is Reason.NO_IDP_SELECTABLE and _refused_us_only(observation, near):
        return replace(observation, outcome=Outcome.INCONCLUSIVE, fault=Fault.SP, reason=Reason.TILES_GREYED)
    return observation


def _network_lost(observation: Observation, near: Neighbours) -> bool:
    """Whether every control target that was asked since the journey started failed too."""
    asked = [seen for seen in near.controls.values() if seen.finished_us >= observation.started_us]
    return bool(asked) and not any(seen.good for seen in asked)


def _refused_us_only(observation: Observation, near: Neighbours) -> bool:
    """Whether tiles are there, and every IdP that was asked without the hub is well."""
    fresh = [seen for seen in near.directs.values() if seen.until_us > observation.started_us]
    return any(tile.listed for tile in observation.tiles) and bool(fresh) and all(seen.good for seen in fresh)


def remember(observation: Observation, near: Neighbours, vouches: int) -> None:
    """Keep what a corroborated observation tells about the neighbours."""
    if observation.kind is Kind.CONTROL and observation.idp:
        near.controls[observation.idp] = NeighbourCheck.of(observation, vouches)
    elif observation.kind is Kind.DIRECT and observation.idp and observation.outcome is not Outcome.INCONCLUSIVE:
        near.directs[observation.idp] = NeighbourCheck.of(observation, vouches)
    elif observation.kind is Kind.MIRE and observation.outcome is Outcome.OK:
        near.client_known_good = True
    elif observation.kind is Kind.IDENTITY and observation.idp:
        if observation.reason is Reason.CREDENTIALS_REFUSED:
            near.refused[observation.idp] = near.refused.get(observation.idp, 0) + 1
        elif observation.outcome is Outcome.OK:
            near.refused.pop(observation.idp, None)


def suspended(near: Neighbours, idp: str, tries: int) -> bool:
    """Whether the lock-out guard stops this IdP's account (docs/domain.md: "after 3 tries in a
    row")."""
    return near.refused.get(idp, 0) >= tries
