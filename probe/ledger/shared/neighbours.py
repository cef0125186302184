"""What an evaluator keeps of all vantages beside the states that it folds, by hub."""

from collections.abc import Iterable

from probe.core.judgement.accounts import remember_account
from probe.core.judgement.corroboration import Neighbours, forget_unwatched, of_vantages, remember_at_vantage, remember_passed
from probe.core.judgement.fold import HubState
from probe.ledger.shared.events import StoredEvent


class VantagesNeighbours:
    """By hub: the settings that passed and the accounts that came at any vantage, which are never
    taken back, and each vantage's own troubles.
    """

    def __init__(self) -> None:
        self._hubs: dict[str, Neighbours] = {}

    def recall(self, hub: str, near: Neighbours) -> None:
        """Take over what an evaluator, or a sole prober, remembered of a hub."""
        self._hubs[hub] = of_vantages(near)

    def of(self, state: HubState) -> Neighbours:
        """Return what is kept of a hub, without what its settings no longer watch."""
        near = self._hubs.setdefault(state.spec.name, Neighbours(passed={}))
        forget_unwatched(near, state)
        return near

    def remember(self, events: Iterable[StoredEvent], vouches: dict[str, int]) -> None:
        """Keep what observations tell, in the order in which they came. `vouches` are the hubs'.

        One that is dated in the future shows which settings passed, and nothing else.
        """
        for event in events:
            if event.observation is None:
                continue
            near = self._hubs.setdefault(event.hub, Neighbours(passed={}))
            remember_passed(event.observation, near)
            if event.believed:
                remember_account(near.accounts, event.observation, in_order=False)
                remember_at_vantage(event.observation, near, vouches.get(event.hub, 0))
