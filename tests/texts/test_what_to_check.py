"""Each journey that did not pass says what to do about it."""

from itertools import product

import pytest

from probe.core.judgement.attribution import TABLE
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason
from probe.texts.what_to_check import to_check
from tests.builders import seen

FAULTS: list[Fault | None] = [None, *Fault]
OURS = [row for row in TABLE if row.outcome is Outcome.INCONCLUSIVE]
BLAMED = sorted({(row.reason or check, row.fault or "") for row in OURS for check in row.checks or row.transports or {row.reason} if check})


def test_whatever_a_journey_ended_with_something_can_be_done() -> None:
    for outcome, fault, reason in product((Outcome.FAILED, Outcome.INCONCLUSIVE), FAULTS, Reason):
        told = to_check(seen(Kind.IDENTITY, 0, outcome, "ameli", fault=fault, reason=reason))
        assert told.fr != ""
        assert told.en != ""
    assert to_check(seen(Kind.MIRE, 0)).fr == ""


@pytest.mark.parametrize(("reason", "fault"), BLAMED)
def test_what_proves_nothing_is_not_left_to_the_next_journeys_alone(reason: Reason, fault: str) -> None:
    """Where nobody is at fault, the reason itself must say what to do."""
    waits = to_check(seen(Kind.IDENTITY, 0, Outcome.INCONCLUSIVE, "ameli", reason=Reason.DNS))
    assert to_check(seen(Kind.IDENTITY, 0, Outcome.INCONCLUSIVE, "ameli", reason=reason, fault=Fault(fault) if fault else None)) != waits


OURSELVES = (Reason.RECIPE_UNFIT, Reason.ACCOUNT_SUSPENDED, Reason.TILES_GREYED, Reason.CLOCK_OFF, Reason.OVERSLEPT, Reason.PROBER_ERROR)


@pytest.mark.parametrize("reason", OURSELVES)
def test_so_is_what_is_found_beside_the_table(reason: Reason) -> None:
    fault = Fault.PROBER if reason is Reason.OVERSLEPT else None
    waits = to_check(seen(Kind.IDENTITY, 0, Outcome.INCONCLUSIVE, "ameli", reason=Reason.DNS))
    assert to_check(seen(Kind.IDENTITY, 0, Outcome.INCONCLUSIVE, "ameli", reason=reason, fault=fault)) != waits
