"""What a scraper's time-out, shorter than the target's deadline, says of the hub: nothing."""

from dataclasses import replace

from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.service.journeys import unless_cut_off
from tests.builders import seen

S = 1_000_000


def test_what_a_shorter_deadline_ended_is_ours() -> None:
    slow = replace(
        seen(Kind.MIRE, 0, Outcome.FAILED, reason=Reason.TIMEOUT, fault=Fault.HUB, step=Step.MIRE), started_us=0, finished_us=2 * S
    )
    cut = unless_cut_off(slow, 2 * S)
    assert (cut.outcome, cut.fault, cut.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.TIMEOUT)


def test_what_ended_before_that_deadline_stays_as_it_is() -> None:
    slow = replace(
        seen(Kind.MIRE, 0, Outcome.FAILED, reason=Reason.TIMEOUT, fault=Fault.HUB, step=Step.MIRE), started_us=0, finished_us=1 * S
    )
    assert unless_cut_off(slow, 2 * S) is slow
    refused = replace(slow, reason=Reason.CONNECT, finished_us=2 * S)
    assert unless_cut_off(refused, 2 * S) is refused
    good = replace(seen(Kind.MIRE, 0), started_us=0, finished_us=2 * S)
    assert unless_cut_off(good, 2 * S) is good
