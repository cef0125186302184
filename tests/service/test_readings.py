"""What /metrics and the page read: the last commit, and nothing that is not durable."""

from collections.abc import Mapping

import pytest

from probe.core.judgement.condition import State
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import begin, fold
from probe.core.sla.availability import UnknownTime
from probe.errors import LedgerError
from probe.ledger.figures.annual import Annual
from probe.ledger.memory import HubMemory, remembered
from probe.service.readings import Remembered
from tests.builders import BEGUN, HOUR, SECOND, SPEC, journey, mire


class Committed:
    """What a recorder has committed, and what the ledger's judgement read of it."""

    unknown_time = UnknownTime.IGNORE

    def __init__(self, own: Mapping[str, bytes], judged: Mapping[str, bytes] | None = None) -> None:
        self.own, self.judged = own, own if judged is None else judged

    def committed(self) -> Mapping[str, bytes]:
        return self.own

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]:
        return self.judged, {}

    def remembered(self) -> Remembered:
        return Remembered(self, self, self)  # type: ignore[arg-type]  # as much of a recorder as it asks


def memory(refused: int = 0) -> bytes:
    """A hub that was well at its third second, whose `ameli` refused our credentials so often."""
    state, _ = begin(SPEC, BEGUN)
    for observation in (mire(0), journey("ameli", 1), journey("yris", 2)):
        fold(state, observation)
    return remembered(HubMemory(state, Neighbours(refused={"ameli": refused})))


def test_a_state_is_read_as_it_was_committed() -> None:
    hub = Committed({"fc": memory()}).remembered().snapshot(BEGUN + 4 * SECOND).hubs["fc"]
    assert hub.subjects["hub"].state is State.UP
    assert hub.subjects["idp:ameli"].state is State.UP


def test_a_state_without_a_fresh_observation_is_unknown_by_now() -> None:
    hub = Committed({"fc": memory()}).remembered().snapshot(BEGUN + HOUR).hubs["fc"]
    assert hub.subjects["hub"].state is State.UNKNOWN


def test_a_hub_that_a_reload_took_away_meanwhile_is_left_out() -> None:
    committed = Committed({"fc": memory()}, {"fc": memory(), "gone": memory()})
    assert set(committed.remembered().snapshot(BEGUN).hubs) == {"fc"}


@pytest.mark.parametrize(("refused", "suspended"), [(2, set()), (3, {"ameli"})])
def test_the_accounts_that_are_stopped_are_those_of_this_prober(refused: int, suspended: set[str]) -> None:
    """Another vantage, whose judgement is shared, has accounts of its own."""
    committed = Committed({"fc": memory(refused)}, {"fc": memory(refused=9)})
    assert set(committed.remembered().snapshot(BEGUN).hubs["fc"].suspended) == suspended


def test_a_memory_that_vigie_did_not_write_is_an_error_of_the_ledger() -> None:
    with pytest.raises(LedgerError, match="memory of a hub cannot be read"):
        Committed({"fc": b"{}"}).remembered().snapshot(BEGUN)
