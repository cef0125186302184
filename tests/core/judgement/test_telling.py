"""Which of several causes is told. Quotations are from docs/domain.md."""

import itertools

import pytest

from probe.core.judgement.condition import C1
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.telling import BY_PAGE, most_telling, rank
from tests.core.judgement.strategies import NO_MIRE, NOT_THE_MIRE, Told
from tests.fakes.folded_hub import FoldedHub, hub


def cause(reason: Reason | None, code: str | None = None) -> Cause:
    return Cause(Fault.HUB, reason, Step.MIRE, code, on_hub=True)


ORDERED = (
    (cause(Reason.TIMEOUT, "Y040001"),),
    (cause(Reason.NOT_THE_MIRE), cause(Reason.HUB_ERROR)),
    (cause(Reason.HTTP_STATUS),),
    (cause(Reason.TLS), cause(Reason.CONNECT), cause(Reason.DNS)),
    (cause(Reason.RESET),),
    (cause(Reason.TIMEOUT),),
    (cause(None), None),
)
""" "in this order: the hub's code, the page, HTTP status, TLS/connect/DNS, reset, time-out" """


def test_what_tells_more_is_told_whatever_comes_first() -> None:
    for more, less in itertools.combinations(ORDERED, 2):
        for one, other in itertools.product(more, less):
            assert most_telling([one, other]) == most_telling([other, one]) == one


@pytest.mark.parametrize("equals", ORDERED[:-1])
def test_among_equals_the_first_is_told(equals: tuple[Cause, ...]) -> None:
    for order in itertools.permutations(equals):
        assert most_telling(order) == order[0]


def test_of_no_cause_none_is_told() -> None:
    assert most_telling([]) is most_telling([None]) is None


def test_a_reason_that_the_wire_does_not_give_was_read_from_a_page() -> None:
    by_wire = {Reason.HTTP_STATUS, Reason.TLS, Reason.CONNECT, Reason.DNS, Reason.PROTOCOL, Reason.TOO_LARGE, Reason.RESET, Reason.TIMEOUT}
    assert {reason for reason in Reason if rank(cause(reason)) != BY_PAGE} == by_wire


SLOW = Told(NO_MIRE.outcome, Fault.HUB, Reason.TIMEOUT, Step.AUTHORIZE, on_hub=True)


def test_an_outage_that_timed_out_for_hours_is_told_by_the_one_code_that_was_seen() -> None:
    """ "The reason of an outage is its most telling one" """
    story = FoldedHub(hub()).mire(0)
    for at in range(60, 600, 60):
        story.mire(at, NO_MIRE if at == 300 else NOT_THE_MIRE if at == 420 else SLOW)
    (outage,) = story.outages(C1)
    assert outage.cause is not None
    assert (outage.cause.code, outage.cause.reason) == (NO_MIRE.code, NO_MIRE.reason)
