"""A wrong clock of ours is told by the clocks of everybody who was asked, and is nobody's outage.

docs/domain.md, "Our own clock".
"""

from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.corroboration import Neighbours, corroborate, remember
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.own_clock import FRESH_US, ClockVoice, ahead_by_clock, off_by_us, remember_clocks
from tests.builders import BEGUN, MINUTE, SECOND, mire, seen

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
    assert not is_ours(failed(detail, 0), sign * 300, sign * 300, sign * 300)  # the hub's clock is as ours
    assert not is_ours(failed(detail, None), sign * 2)  # within what is tolerated


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


@given(st.lists(st.sampled_from((-300, -10, -2, 0, 300)), max_size=6), st.sampled_from((-300, -2, 0, 300, None)), st.booleans())
def test_most_decide(others: list[int], hub: int | None, ahead: bool) -> None:
    """By brute force: it is ours when more than half say so, somebody beside the hub too, and the
    hub's own clock is not as ours.
    """
    sign = -1 if ahead else 1
    least = max(5, sign * hub // 2) if hub is not None else 5
    votes = [sign * other >= least for other in others]
    with_hub = votes if hub is None else [*votes, sign * hub >= least]
    hub_agrees_with_us = hub is not None and sign * hub < least
    expected = any(votes) and sum(with_hub) > len(with_hub) / 2 and not hub_agrees_with_us
    assert is_ours(failed(EXPIRED if ahead else NOT_YET, hub), *others) is expected


def test_the_middle_voice_says_by_how_much_our_clock_is_ahead() -> None:
    assert [off_by_us(each) for each in ([], [5], [-3, 0, 90], [1, 2, 3, 4])] == [0, -5, 0, -2]


def asked(kind: Kind, name: str | None, *hops: Hop, at: float = 50) -> Observation:
    return replace(seen(kind, at, idp=name), hops=hops)


def clocks(*observations: Observation) -> dict[str, int]:
    known: dict[str, ClockVoice] = {}
    for observation in observations:
        known = remember_clocks(observation, known)
    return {clock: ahead // SECOND for clock, ahead in ahead_by_clock(known).items()}


def test_an_idp_has_one_voice_whatever_the_number_of_its_hosts() -> None:
    pages = [answered(f"page{number}.idp.test", -300, Step.IDP_LOGIN_PAGE) for number in range(3)]
    journey = asked(Kind.IDENTITY, "ameli", answered(HUB_HOST, 0, Step.MIRE), *pages)
    direct = asked(Kind.DIRECT, "ameli", answered("well-known.idp.test", -300, Step.DIRECT))
    assert len(clocks(journey, direct)) == 2
    controls = [asked(Kind.CONTROL, name, answered(f"{name}.test", 0, Step.CONTROL)) for name in ("ameli", "net")]
    assert len(clocks(journey, direct, *controls)) == 4  # a control target of an IdP's name is another party


def test_parties_on_one_host_have_one_clock() -> None:
    """docs/domain.md: somebody beside the hub must say so, too."""
    on_hub = asked(Kind.DIRECT, "own", answered(HUB_HOST, -300, Step.DIRECT))
    later = asked(Kind.MIRE, None, answered(HUB_HOST, -299, Step.MIRE), at=55)
    assert clocks(on_hub, later) == {"": -299}
    assert clocks(later, replace(on_hub, finished_us=later.finished_us + 1)) == {"": -300}
    near = Neighbours()
    remember(on_hub, near, 3)
    assert corroborate(failed(EXPIRED, -300), near).fault is Fault.HUB
    two = [asked(Kind.DIRECT, name, answered("shared.test", ahead, Step.DIRECT), at=50 - ahead) for name, ahead in (("a", 0), ("b", -5))]
    assert clocks(*two) == {"shared.test": -5}


class Asked(NamedTuple):
    """One control target is asked, after a while in which our clock is set, at a host whose clock
    is off by the true time.
    """

    after: int
    set_by: int
    name: int
    off: int


OUR_CLOCK_IS_SET = st.sampled_from((0, 0, 0, 3_600, -3_600, 90, -30))
ASKED = st.builds(Asked, st.integers(1, 400), OUR_CLOCK_IS_SET, st.integers(0, 3), st.sampled_from((0, 0, 120)))


@given(st.lists(ASKED, min_size=1, max_size=12))
def test_voices_follow_our_clock_when_it_is_set(story: list[Asked]) -> None:
    """By brute force: who was asked in the ten minutes before, by no clock that anybody sets."""
    known: dict[str, ClockVoice] = {}
    uptime = own = 0
    last: dict[str, tuple[int, int]] = {}
    for asking in story:
        uptime, own = uptime + asking.after, own + asking.set_by
        boot_us = BEGUN + own * SECOND
        hop = replace(answered(f"c{asking.name}.test", asking.off - own, Step.CONTROL), boot_us=boot_us)
        observation = replace(asked(Kind.CONTROL, f"c{asking.name}", hop), started_us=boot_us + uptime * SECOND)
        observation = replace(observation, finished_us=observation.started_us + SECOND)
        known = remember_clocks(observation, known)
        last[f"c{asking.name}.test"] = (uptime, asking.off)
    expected = {host: off - own for host, (at, off) in last.items() if uptime - at <= FRESH_US // SECOND}
    assert {host: ahead // SECOND for host, ahead in ahead_by_clock(known).items()} == expected


def test_a_clock_that_is_set_during_a_journey_is_told_by_what_was_asked_before_and_after() -> None:
    before, after = BEGUN, BEGUN + 3_600 * SECOND  # an hour forward
    hops = (
        replace(answered(HUB_HOST, 0, Step.MIRE), boot_us=before),
        replace(answered("idp.test", 0, Step.IDP_LOGIN), boot_us=before),
        replace(answered(HUB_HOST, -3_600, Step.OIDC_CALLBACK), boot_us=after),
    )
    lost = replace(failed(None, None, Reason.SESSION_LOST), hops=hops)
    assert corroborate(lost, Neighbours()).reason is Reason.CLOCK_OFF
    assert clocks(lost) == {"": -3_600, "idp.test": -3_600}


def test_voices_of_another_start_of_the_machine_are_not_heard() -> None:
    def at(uptime: int, boot: int, name: str) -> Observation:
        hop = replace(answered(f"{name}.test", 0, Step.CONTROL), boot_us=boot)
        return replace(asked(Kind.CONTROL, name, hop), started_us=boot + uptime, finished_us=boot + uptime)

    assert set(clocks(at(30 * MINUTE, BEGUN, "before"), at(MINUTE, BEGUN + 31 * MINUTE, "after"))) == {"after.test"}
