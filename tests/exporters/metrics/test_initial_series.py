"""The failures that exist at 0 are few, and the attribution can give each of them."""

from itertools import product

import pytest

from exporters.metrics import initial_series, names
from probe.core.judgement.attribution import TABLE, Failure, PageKind, Party, attribute
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, NETWORK_REASONS, Fault, Kind, Negative, Outcome, Reason, Step

CODES = (frozenset(), *(frozenset({each}) for each in CodeClass))
OAUTH = (None, "invalid_grant")


def reachable(step: Step, reason: Reason, fault: Fault) -> bool:
    """Whether some failure at this step is blamed so. Each way of failing is tried:
    transport, a check, the hub's code, a status.
    """
    ways: list[dict[str, object]] = [{"transport": reason}, {"check": reason}]
    ways += [{"codes": codes, "page": page, "oauth_error": oauth, "status": 502} for codes, page, oauth in product(CODES, PageKind, OAUTH)]
    for way, party, authenticated in product(ways, Party, (True, False)):
        blame = attribute(Failure(step, party, authenticated=authenticated, chosen=True, **way))  # type: ignore[arg-type]
        if (blame.outcome, blame.reason, blame.fault) == (Outcome.FAILED, reason, fault):
            return True
    return False


@pytest.mark.parametrize("kind", Kind)
def test_at_most_sixty_failures_of_a_target_exist_at_zero(kind: Kind) -> None:
    assert 0 < len(initial_series.failures(kind)) <= 60


@pytest.mark.parametrize(("step", "reason", "fault"), sorted({one for kind in Kind for one in initial_series.failures(kind)}))
def test_every_failure_that_exists_at_zero_can_happen(step: Step, reason: Reason, fault: Fault) -> None:
    assert reachable(step, reason, fault)


def test_the_search_for_reachable_failures_refuses_an_impossible_one() -> None:
    assert not reachable(Step.TOKEN, Reason.SIGNATURE, Fault.IDP)


def test_every_failure_that_the_table_of_codes_names_exists_at_zero_for_an_identity_or_a_mire() -> None:
    known = {reason for kind in Kind for _, reason, _ in initial_series.failures(kind)}
    named = {row.reason for row in TABLE if row.outcome is Outcome.FAILED and row.reason}
    assert named <= known


@pytest.mark.parametrize("kind", Kind)
def test_no_combination_is_listed_twice(kind: Kind) -> None:
    assert len(set(initial_series.failures(kind))) == len(initial_series.failures(kind))
    assert len(set(initial_series.inconclusive(kind))) == len(initial_series.inconclusive(kind))


@pytest.mark.parametrize("kind", Kind)
def test_a_lost_network_is_an_inconclusive_reason_that_exists_at_zero(kind: Kind) -> None:
    assert set(initial_series.inconclusive(kind)) >= NETWORK_REASONS


def test_an_identity_journey_can_be_stopped_by_the_lockout_guard() -> None:
    assert Reason.ACCOUNT_SUSPENDED in initial_series.inconclusive(Kind.IDENTITY)
    assert Reason.ACCOUNT_SUSPENDED not in initial_series.inconclusive(Kind.MIRE)


def test_rules_select_the_negative_journeys_that_log_in() -> None:
    assert set(names.TARGETS_WITH_LOGIN) == NEGATIVES_WITH_LOGIN


@pytest.mark.parametrize("negative", Negative)
def test_a_negative_journey_can_be_accepted_at_one_step_that_it_makes(negative: Negative) -> None:
    ((step, reason, _),) = initial_series.failures(Kind.NEGATIVE, negative)
    assert reason is Reason.NEGATIVE_PASSED
    assert step in initial_series.steps(Kind.NEGATIVE, negative)
