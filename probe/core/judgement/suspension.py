"""Tells which accounts the lock-out guard has stopped, and since when they are refused.

docs/domain.md: refused credentials stop an account "after 3 tries in a row (the lock-out guard)".
"""

from typing import NamedTuple

from probe.core.judgement.corroboration import Neighbours, suspended
from probe.core.judgement.detail import OF_THE_OWNER, Detail
from probe.core.judgement.observation import Reason
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.subject import without_client


class Suspension(NamedTuple):
    """An account that is not used any more. `refused`: how often in a row its credentials were.

    `since_us`: when the first of those refusals began, in UTC microseconds; 0 where it is not
    known. `asked`: what the IdP asked of the account's owner instead of letting it in, where its
    page said so.
    """

    refused: int
    since_us: int = 0
    asked: Detail | None = None


def suspensions(spec: HubSpec, near: Neighbours) -> dict[str, Suspension]:
    """Return the suspended accounts of a hub, by IdP."""
    stopped = [idp.name for idp in spec.idps if suspended(near, idp.name, spec.refused_credentials)]
    return {idp: _suspension(near, idp) for idp in stopped}


def _suspension(near: Neighbours, idp: str) -> Suspension:
    """Return the suspension by the refusals of all clients, as they share the account."""
    of_account = [one for owner, one in near.own_troubles.items() if without_client(owner) == idp]
    refusals = [one for one in of_account if one.reason is Reason.CREDENTIALS_REFUSED]
    since_us = min((one.since_us for one in refusals), default=0)
    latest = max(refusals, key=lambda one: one.latest_us, default=None)
    asked = latest.detail if latest is not None and latest.detail is not None and latest.detail.kind in OF_THE_OWNER else None
    return Suspension(near.refused[idp], since_us, asked)
