"""What `direct` says of an IdP that fails behind the hub."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from probe.core.judgement.direct_failures import direct_failures
from probe.core.judgement.fold import advance, begin, fold
from probe.core.judgement.observation import JOURNEYS, Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.spec import ClientSpec
from probe.core.judgement.subject import at_client, journey_of
from tests.builders import BEGUN, SECOND, SPEC, idp_down, journey, mire, seen
from tests.core.judgement.strategies import Scenario, scenarios

AMELI = journey_of("ameli")
ON_HUB = {"fault": Fault.IDP, "reason": Reason.IDP_DISCOVERY, "step": Step.REDIRECT_TO_IDP, "on_hub": True, "code": "Y030011"}


def asked(at: float, reason: Reason | None = Reason.CONNECT, idp: str = "ameli") -> Observation:
    if reason is None:
        return seen(Kind.DIRECT, at, idp=idp)
    return seen(Kind.DIRECT, at, Outcome.FAILED, idp, fault=Fault.IDP, reason=reason, step=Step.DIRECT)


def discovery(at: float, **more: object) -> Observation:
    return seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", **ON_HUB | more)


def told(*observations: Observation, now: float = 15) -> dict[str, Reason | None]:
    state, _ = begin(replace(SPEC, clients=(ClientSpec("eidas2", "c2", SPEC.idps[:1]),)), BEGUN)
    for each in (mire(0), journey("yris", 9), *observations):
        fold(state, each)
    advance(state, BEGUN + int(now * SECOND))
    return {subject: cause.reason for subject, cause in direct_failures(state).items()}


DOWN = (discovery(10), discovery(11))


@pytest.mark.parametrize(
    ("observations", "now", "reasons"),
    [
        ((*DOWN, asked(10), asked(12)), 15, {AMELI: Reason.CONNECT}),
        ((*DOWN, asked(12)), 15, {AMELI: Reason.CONNECT}),  # not confirmed yet
        ((*DOWN, asked(10), asked(12)), 44, {}),  # nothing vouches any more
        ((*DOWN, asked(12, None)), 15, {}),
        ((*DOWN, asked(10, idp="yris"), asked(12, idp="yris")), 15, {}),
        ((asked(10), asked(12)), 15, {}),  # its journeys do not fail
        ((idp_down("ameli", 10), idp_down("ameli", 11), asked(10), asked(12)), 15, {}),  # it says no more
        ((*(replace(each, client="eidas2") for each in DOWN), asked(10), asked(12)), 15, {at_client(AMELI, "eidas2"): Reason.CONNECT}),
    ],
)
def test_a_failing_direct_is_told_beside_what_the_hub_says(
    observations: tuple[Observation, ...], now: float, reasons: dict[str, Reason]
) -> None:
    assert told(*observations, now=now) == reasons


@settings(max_examples=100)
@given(scenarios())
def test_it_is_told_by_a_fresh_failure_of_the_same_idp_alone(scenario: Scenario) -> None:
    state, _ = begin(scenario.spec, scenario.begun)
    for each in scenario.observations:
        fold(state, each)
    for subject, cause in direct_failures(state).items():
        failed = [each for each in scenario.observations if journey_of(each.idp or "") == subject and each.outcome is Outcome.FAILED]
        vouched = [each for each in failed if each.finished_us + scenario.spec.vouches * each.interval_us >= state.clock_us]
        assert (cause.reason, cause.step) in {(each.reason, each.step) for each in vouched if each.kind is Kind.DIRECT}
        assert any(each.kind in JOURNEYS for each in failed)
