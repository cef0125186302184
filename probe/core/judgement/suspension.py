"""Tells which accounts the lock-out guard has stopped, and since when they are refused.

docs/domain.md: refused credentials stop an account "after 3 tries in a row (the lock-out guard)".
"""

from typing import NamedTuple

from probe.core.judgement.corroboration import Neighbours, suspended
from probe.core.judgement.observation import Reason
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.subject import without_client


class Suspension(NamedTuple):
    """An account that is not used any more. `refused`: how often in a row its credentials were.

    `since_us`: when the first of those refusals began, in UTC microseconds; 0 where it is not
    known.
    """

    refused: int
    since_us: int = 0


def suspensions(spec: HubSpec, near: Neighbours) -> dict[str, Suspension]:
    """Return the suspended accounts of a hub, by IdP."""
    stopped = [idp.name for idp in spec.idps if suspended(near, idp.name, spec.refused_credentials)]
    return {idp: Suspension(near.refused[idp], _since_us(near, idp)) for idp in stopped}


def _since_us(near: Neighbours, idp: str) -> int:
    """Return the earliest refusal of an account, of all clients, as they share it."""
    refusals = (one for owner, one in near.own_troubles.items() if without_client(owner) == idp)
    return min((one.since_us for one in refusals if one.reason is Reason.CREDENTIALS_REFUSED), default=0)
