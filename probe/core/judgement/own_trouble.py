"""Why the journeys say nothing of a hub, or of an IdP: trouble of our own, as long as it is fresh.

Instants are UTC microseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from probe.core.judgement.detail import Detail
from probe.core.judgement.observation import JOURNEYS, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.subject import at_client

HUB = ""
"""Stands for the hub itself where an IdP is named otherwise."""


@dataclass(frozen=True, slots=True)
class OwnTrouble:
    """Journeys that said nothing of hub or IdP: why, since when, and the detail of the latest.

    `latest_us` is when the latest one started, and the trouble is fresh before `until_us`: what
    comes after it, nobody asked for.
    """

    kind: Kind
    reason: Reason | None
    step: Step | None
    since_us: int
    on_hub: bool = False
    detail: Detail | None = None
    latest_us: int = 0
    until_us: int = 0


@dataclass(slots=True)
class VantageTroubles:
    """The troubles of one vantage among several, by IdP or `HUB`, and how often in a row the
    account of each IdP was refused there.

    `until_us`: by IdP, until when the vantage's latest journey to it vouches.
    """

    own_troubles: dict[str, OwnTrouble] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    until_us: dict[str, int] = field(default_factory=dict)

    def remember(self, observation: Observation, vouches: int) -> None:
        """Keep what an observation of this vantage tells of its own troubles."""
        remember_own_trouble(observation, self.own_troubles, vouches)
        count_refusal(observation, self.refused)
        if observation.kind in JOURNEYS and observation.idp:
            self.until_us[observation.idp] = observation.finished_us + vouches * observation.interval_us


def remember_own_trouble(observation: Observation, troubles: dict[str, OwnTrouble], vouches: int) -> None:
    """Keep why the journeys to an IdP, or to the mire, say nothing of them; until one does.

    `troubles` are by IdP, or `HUB` (`at_client`). A login page that is reached in the place of a
    login says nothing of the login: the trouble goes on.
    """
    if observation.backend is not None or observation.kind not in (Kind.MIRE, *JOURNEYS):
        return
    owner, began_us = at_client(observation.idp or HUB, observation.client), observation.started_us
    until_us = began_us + vouches * observation.interval_us
    before = troubles.get(owner)
    if observation.outcome is not Outcome.INCONCLUSIVE:
        if before is not None and before.kind is Kind.IDENTITY and observation.kind is Kind.LOGIN_PAGE:
            troubles[owner] = replace(before, latest_us=began_us, until_us=until_us)
        else:
            troubles.pop(owner, None)
        return
    same = before is not None and (before.reason, before.step) == (observation.reason, observation.step)
    troubles[owner] = OwnTrouble(
        observation.kind,
        observation.reason,
        observation.step,
        before.since_us if before is not None and same else began_us,
        observation.on_hub,
        observation.detail,
        began_us,
        until_us,
    )


def count_refusal(observation: Observation, refused: dict[str, int]) -> None:
    """Count how often in a row the account of a journey was refused, by IdP."""
    if observation.kind is not Kind.IDENTITY or not observation.idp:
        return
    if observation.reason is Reason.CREDENTIALS_REFUSED:
        refused[observation.idp] = refused.get(observation.idp, 0) + 1
    elif observation.outcome is Outcome.OK:
        refused.pop(observation.idp, None)


def most_refusals(idp: str, vantages: Iterable[VantageTroubles], at_us: int) -> int:
    """Return how often in a row the account of an IdP was refused at most, at those vantages whose
    latest journey to it vouches at an instant: one that is gone has no say.
    """
    return max((vantage.refused.get(idp, 0) for vantage in vantages if vantage.until_us.get(idp, 0) > at_us), default=0)


def latest_trouble(owner: str, vantages: Iterable[VantageTroubles]) -> OwnTrouble | None:
    """Return the trouble with an IdP, or with the hub, that was seen last at any of the vantages;
    None where no vantage has one.
    """
    troubles = (vantage.own_troubles[owner] for vantage in vantages if owner in vantage.own_troubles)
    return max(troubles, key=lambda trouble: trouble.until_us, default=None)
