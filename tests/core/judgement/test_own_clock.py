"""A wrong clock of ours is told by the clocks of everybody who was asked, and is nobody's outage.

docs/domain.md, "Our own clock".
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.corroboration import Neighbours, corroborate, remember
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.own_clock import FRESH_US, off_by_us
from tests.builders import SECOND, mire, seen

EXPIRED = Detail(DetailKind.EXPIRED, ("id_token",))
NOT_YET = Detail(DetailKind.NOT_YET_VALID, ("id_token", "iat"))
OLD = Detail(DetailKind.CLAIM_WRONG, ("id_token", "iat"))
HUB_HOST = "hub.test"


def answered(host: str, ahead: float | None, step: Step) -> Hop:
    return Hop(step, "GET", host, "/", 200, clock_us=None if ahead is None else int(ahead * SECOND))


def witness(number: int, ahead: float, at: float = 50) -> Observation:
    if number % 2:
        return replace(seen(Kind.CONTROL, at, idp=f"control-{number}"), hops=(answered(f"c{number}.test", ahead, Step.CONTROL),))
    return replace(seen(Kind.DIRECT, at, idp=f"idp-{number}"), hops=(answered(f"i{number}.test", ahead, Step.DIRECT),))


def failed(detail: Detail | None, hub_ahead: float | None, reason: Reason = Reason.ID_TOKEN) -> Observation:
    told = {"fault": Fault.HUB, "reason": reason, "step": Step.TOKEN, "authenticated": True, "detail": detail}
    hops = (answered(HUB_HOST, hub_ahead, Step.MIRE), answered(HUB_HOST, None, Step.TOKEN))
    return replace(seen(Kind.IDENTITY, 60, Outcome.FAILED, "ameli", **told), hops=hops)


def told(failure: Observation, *others: float) -> Observation:
    near = Neighbours()
    for number, ahead in enumerate(others):
        remember(witness(number, ahead), near, 3)
    return corroborate(failure, near)


def is_ours(failure: Observation, *others: float) -> bool:
    settled = told(failure, *others)
    if settled == failure:
        return False
    assert settled == replace(failure, outcome=Outcome.INCONCLUSIVE, fault=Fault.PROBER, reason=Reason.CLOCK_OFF)
    return True


@pytest.mark.parametrize(("detail", "sign"), [(EXPIRED, -1), (OLD, -1), (NOT_YET, 1)])
def test_times_of_a_token_are_judged_by_the_clocks_of_everybody_asked(detail: Detail, sign: int) -> None:
    hub = failed(detail, sign * 300)
    assert is_ours(hub, sign * 300)
    assert is_ours(hub, sign * 299, sign * 301, 0)
    assert not is_ours(hub)  # nobody else was asked
    assert not is_ours(hub, 0)  # only the hub's differs
    assert not is_ours(hub, 0, 0, sign * 300)
    assert not is_ours(hub, -sign * 300)  # the other way round explains nothing
    assert not is_ours(hub, sign * 20, sign * 20)  # not by what the hub is off
    assert not is_ours(failed(detail, 0), 0, 0, 0)  # all clocks are right, and the token is wrong
    assert is_ours(failed(detail, None), sign * 300)  # the hub gives no date


def test_a_failure_that_no_clock_explains_stays_the_hubs_whatever_the_clocks_are() -> None:
    assert not is_ours(failed(Detail(DetailKind.ISSUER), -300), -300, -300)
    assert not is_ours(failed(Detail(DetailKind.CLAIM_WRONG, ("id_token", "nonce")), -300), -300, -300)
    assert not is_ours(failed(None, -300, Reason.TOKEN_ERROR), -300, -300)


def test_a_session_is_lost_by_a_clock_that_is_ahead_of_its_cookies() -> None:
    lost = failed(None, -600, Reason.SESSION_LOST)
    assert is_ours(lost, -600)
    assert not is_ours(lost, 600)
    assert not is_ours(failed(None, -20, Reason.SESSION_LOST), -20)  # no cookie lives so short


def test_a_voice_is_heard_for_ten_minutes_and_the_last_word_of_each_counts() -> None:
    near, failure = Neighbours(), failed(EXPIRED, -300)
    remember(witness(0, -300, at=60 - FRESH_US / SECOND - 1), near, 3)
    assert corroborate(failure, near) == failure
    remember(witness(0, -300), near, 3)
    assert corroborate(failure, near).reason is Reason.CLOCK_OFF
    remember(witness(0, 0, at=55), near, 3)  # our clock was set right meanwhile
    assert corroborate(failure, near) == failure
    remember(mire(2_000), near, 3)
    assert near.clocks == {}


@given(st.lists(st.sampled_from((-300, -10, 0, 300)), max_size=6), st.sampled_from((-300, 0, 300, None)), st.booleans())
def test_most_decide(others: list[int], hub: int | None, ahead: bool) -> None:
    """By brute force: it is ours when more than half say so, somebody beside the hub too."""
    sign = -1 if ahead else 1
    least = max(1, sign * hub // 2) if hub is not None else 1
    votes = [sign * other >= least for other in others]
    with_hub = votes if hub is None else [*votes, sign * hub >= 1]
    expected = any(votes) and sum(with_hub) > len(with_hub) / 2
    assert is_ours(failed(EXPIRED if ahead else NOT_YET, hub), *others) is expected


def test_the_middle_voice_says_by_how_much_our_clock_is_ahead() -> None:
    assert [off_by_us(each) for each in ([], [5], [-3, 0, 90], [1, 2, 3, 4])] == [0, -5, 0, -2]
