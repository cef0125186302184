"""Tells which open outages go on with settings of ours that have never passed.

docs/domain.md, "Never passed yet": a setting that is changed while a journey fails leaves the open
outage open, whether the journeys meet the same trouble as before (then they count) or another one
(then they are inconclusive). Either way the other party may have been mended since.
"""

from collections.abc import Mapping

from probe.core.judgement.corroboration import Neighbours, NeverPassed
from probe.core.judgement.fold import HubState
from probe.core.judgement.observation import SetupPart
from probe.core.judgement.own_trouble import HUB as OF_THE_HUB
from probe.core.judgement.subject import HUB, State, client_of, journey_of


def unproven_outages(state: HubState, near: Neighbours) -> dict[str, NeverPassed]:
    """Return the failures with settings that have never passed, of each outage that is open.

    By IdP, or `OF_THE_HUB`; at another client than the main one called so (`at_client`).
    """
    others = {owner: each for owner, each in near.never_passed.items() if _in_an_outage(state, owner, each)}
    return others | near.unproven


def latest_unproven(*of_owners: Mapping[str, NeverPassed]) -> dict[str, int]:
    """Return when the latest journey started that failed so, by owner, in UTC microseconds.

    `direct` is no journey to an IdP: what it has never passed says nothing of the journeys.
    """
    latest: dict[str, int] = {}
    for failures in of_owners:
        for owner, each in failures.items():
            if each.part is not SetupPart.DIRECT:
                latest[owner] = max(each.latest_us, latest.get(owner, 0))
    return latest


def _in_an_outage(state: HubState, owner: str, failures: NeverPassed) -> bool:
    tail = state.tails.get(_subject(owner))
    if tail is None or failures.part is SetupPart.DIRECT:
        return False
    since_us = None
    for at_us, status in reversed(tail.points):
        if status.state is not State.DOWN:
            break
        since_us = at_us
    return since_us is not None and failures.latest_us >= since_us


def _subject(owner: str) -> str:
    """Return the subject that an owner of settings stands for in the ledger."""
    idp, _, client = owner.partition("@")
    if idp != OF_THE_HUB:
        return journey_of(owner)
    return client_of(client) if client else HUB
