"""What the other IdPs say of a failure, pair by pair (docs/judgement.md, "Blame")."""

from dataclasses import replace
from itertools import combinations, product

import pytest

from probe.core.judgement.comparison import FOREVER, InstantPairs, PeerVerdict, Shape, Spread, shape
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Value

HUB, IDP, UNDECIDED, ALIKE, ALONE = PeerVerdict.HUB, PeerVerdict.IDP, PeerVerdict.UNDECIDED, PeerVerdict.ALIKE, PeerVerdict.ALONE

LOST = Cause(Fault.HUB, Reason.USERINFO_ERROR, Step.USERINFO, None, True, True)  # after the login, on the hub's pages
LOST_OTHERWISE = Cause(Fault.HUB, Reason.REGISTRY_ERROR, Step.VERIFY, None, True, True)
BEFORE = Cause(Fault.HUB, Reason.HTTP_STATUS, Step.REDIRECT_TO_IDP, None, True)
BEFORE_OTHERWISE = Cause(Fault.IDP, Reason.TIMEOUT, Step.REDIRECT_TO_IDP, None, True)
OWN_HOST = Cause(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE)


def bad(
    cause: Cause | None = LOST, *, at: int = 100, since: int = 100, done: int = 0, followed: bool = False, turning: bool = False
) -> Value:
    return Value(Health.BAD, cause, at=at, since=since, since_done=done, followed=followed, turning=turning)


def good(
    at: int = 100, since: int = 50, *, returned: bool = True, followed: bool = False, coming: Cause | None = None, past: Cause | None = None
) -> Value:
    return Value(
        Health.GOOD, returned=returned, at=at, since=since, followed=followed, turning=coming is not None, next=coming, previous=past
    )


def verdicts(*values: Value, controls: tuple[int, ...] = ()) -> list[PeerVerdict | None]:
    spread = Spread([number in controls for number in range(len(values))])
    for number, value in enumerate(values):
        spread.put(number, value)
    spread.update()
    return spread.verdicts


def verdict(own: Value, *others: Value, controls: tuple[int, ...] = ()) -> PeerVerdict | None:
    return verdicts(own, *others, controls=controls)[0]


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (bad(), bad(), ALIKE),
        (bad(), UNKNOWN, ALONE),
        (bad(), Value(Health.ABSENT, at=100, since=100), ALONE),
        # It works, and was last measured before the failure began.
        (bad(), good(at=99), UNDECIDED),
        (bad(), good(at=99, coming=LOST), ALIKE),
        (bad(), good(at=99, coming=LOST_OTHERWISE), ALONE),
        (bad(), good(at=99, followed=True), IDP),
        (bad(), good(at=100), IDP),
        # It was measured while the journey that found the failure was still under way.
        (bad(done=120), good(at=119), UNDECIDED),
        (bad(done=120), good(at=119, coming=LOST), ALIKE),
        (bad(done=120), good(at=119, followed=True), IDP),
        (bad(done=120), good(at=120), IDP),
        # It began to work after the failure was last measured.
        (bad(at=100), good(at=200, since=101, past=LOST), UNDECIDED),
        (bad(at=100), good(at=200, since=101), UNDECIDED),
        (bad(at=100, done=110), good(at=200, since=101), IDP),  # the failing journey was under way
        (bad(at=100), good(at=200, since=100, past=LOST), IDP),
        (bad(at=100, turning=True), good(at=200, since=101, past=LOST), ALIKE),
        (bad(at=100, turning=True), good(at=200, since=101, past=LOST_OTHERWISE), ALONE),
        (bad(at=100, turning=True), good(at=200, since=101), ALONE),
        (bad(at=100, turning=True), good(at=200, since=100, past=LOST), IDP),
        (bad(at=100, followed=True), good(at=200, since=101, past=LOST), IDP),
        # It was last measured before, and began to work after: both.
        (bad(at=100, since=100), good(at=99, since=101, past=LOST), UNDECIDED),
        (bad(at=100, since=100, turning=True), good(at=99, since=101, past=LOST), UNDECIDED),
        # Its success returned no identity: after a login that tells nothing.
        (bad(), good(returned=False), ALONE),
        (bad(BEFORE), good(returned=False), IDP),
        (bad(BEFORE), good(), IDP),
        (bad(BEFORE), good(at=99), UNDECIDED),
        (bad(BEFORE), bad(BEFORE), ALIKE),
        (bad(BEFORE), bad(BEFORE_OTHERWISE), ALONE),  # alike, by another trouble
        (bad(BEFORE), bad(LOST), IDP),  # the hub did send that browser on
        (bad(BEFORE), bad(OWN_HOST), IDP),
        (bad(LOST), bad(BEFORE), ALONE),
        (bad(LOST), bad(OWN_HOST), ALONE),
        (bad(LOST), bad(LOST_OTHERWISE), ALONE),
        (bad(LOST), bad(replace(LOST, on_hub=False)), ALIKE),  # authenticated is on the hub's way
        (bad(LOST), bad(replace(LOST, step=Step.CLAIMS)), ALONE),
        (bad(replace(LOST, on_hub=False)), bad(LOST), ALIKE),
        (bad(OWN_HOST), bad(OWN_HOST), None),  # not compared: whose host it was, decides
        (bad(None), bad(), None),
        (bad(), bad(None), ALONE),
    ],
)
def test_what_another_idp_shows_to_a_failure(own: Value, other: Value, expected: PeerVerdict | None) -> None:
    assert verdict(own, other) is expected
    assert verdicts(other, own)[1] is expected, "whatever the order of the hub"


@pytest.mark.parametrize(
    ("own", "other"), [(bad(at=100), good(at=200, since=101)), (bad(done=120), good(at=119))], ids=["came-of-nothing", "meanwhile"]
)
def test_by_the_first_rules_both_were_a_success(own: Value, other: Value) -> None:
    spread = Spread([False, False], first_edition=True)
    spread.put(0, own)
    spread.put(1, other)
    spread.update()
    assert spread.verdicts[0] is IDP


def test_the_hubs_calls_to_an_idp_are_one_trouble() -> None:
    def way_out(reason: Reason, step: Step, authenticated: bool) -> Cause:
        return Cause(Fault.IDP, reason, step, None, True, authenticated)

    told = [
        way_out(Reason.IDP_DISCOVERY, Step.REDIRECT_TO_IDP, False),
        way_out(Reason.IDP_TOKEN, Step.OIDC_CALLBACK, True),
        way_out(Reason.IDP_USERINFO, Step.VERIFY, True),
    ]
    assert {shape(cause, control=False).trouble for cause in told} == {("way out",)}
    assert verdicts(*map(bad, told)) == [ALIKE, ALIKE, ALIKE]
    assert shape(LOST, control=True) == Shape((Step.USERINFO, Reason.USERINFO_ERROR), True, True, True)
    assert shape(OWN_HOST, control=False) == Shape((Step.IDP_LOGIN_PAGE, Reason.CONNECT), False, False, False)


@pytest.mark.parametrize(
    ("values", "controls", "expected"),
    [
        ((bad(LOST),), (0,), HUB),
        ((bad(BEFORE),), (0,), ALONE),
        ((bad(LOST), good()), (0,), HUB),
        ((bad(LOST), bad(LOST_OTHERWISE)), (1,), HUB),
        ((bad(LOST), good(), bad(LOST)), (2,), HUB),
        ((bad(LOST), bad(BEFORE)), (1,), ALONE),  # the control IdP's login did not pass
        ((bad(BEFORE), bad(LOST)), (1,), IDP),
        ((bad(LOST), good()), (1,), IDP),
        ((bad(LOST), good(at=99, coming=LOST_OTHERWISE)), (1,), HUB),
    ],
)
def test_a_control_idp_whose_login_works_shows_the_hub(values: tuple[Value, ...], controls: tuple[int, ...], expected: PeerVerdict) -> None:
    assert verdict(*values, controls=controls) is expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((bad(), good()), IDP),  # an identity came back
        ((bad(), good(at=99)), UNDECIDED),  # the next reading of the third decides
        ((bad(), good(returned=False)), ALIKE),
        ((bad(), bad(LOST_OTHERWISE)), ALONE),  # not all by the same trouble
        ((bad(), bad(BEFORE)), ALIKE),  # who fails before the login is not alike
        ((bad(), UNKNOWN), ALIKE),
        ((good(at=99), good()), IDP),
        ((good(at=99), good(at=99, coming=LOST)), UNDECIDED),
    ],
)
def test_a_failure_beside_two_others_is_judged_by_the_first_line_that_fits(others: tuple[Value, ...], expected: PeerVerdict) -> None:
    assert verdict(bad(), *others) is verdict(bad(), *reversed(others)) is expected


def test_failures_of_one_kind_that_others_answer_differently_are_judged_apart() -> None:
    """The third IdP was measured after the first failure began and before the second did."""
    told = [bad(since=since, at=since) for since in (100, 140, 160, 200)]
    assert verdicts(*told, good(at=150)) == [IDP, IDP, UNDECIDED, UNDECIDED, None]
    assert verdicts(*reversed(told), good(at=150)) == [UNDECIDED, UNDECIDED, IDP, IDP, None]
    recovered = good(at=300, since=150, past=LOST)
    assert verdicts(*told, recovered) == [UNDECIDED, UNDECIDED, IDP, IDP, None]
    assert verdicts(bad(), bad(since=100, at=101), good(at=99)) == [UNDECIDED, UNDECIDED, None]


def test_only_those_whose_verdict_changed_are_told() -> None:
    spread = Spread([False] * 3)
    assert spread.update() == set()
    spread.put(0, bad())
    spread.put(1, bad())
    assert (spread.update(), spread.verdicts) == ({0, 1}, [ALIKE, ALIKE, None])
    spread.put(0, bad())
    spread.put(2, UNKNOWN)
    assert spread.update() == set()
    spread.put(2, good())
    assert (spread.update(), spread.verdicts) == ({0, 1}, [IDP, IDP, None])
    spread.put(2, good(at=99))
    assert (spread.update(), spread.verdicts) == ({0, 1}, [UNDECIDED, UNDECIDED, None])
    spread.put(1, UNKNOWN)
    spread.put(2, UNKNOWN)
    assert (spread.update(), spread.verdicts[0]) == ({0}, ALONE)
    spread.put(0, bad(BEFORE))
    spread.put(1, bad(BEFORE))
    spread.put(1, UNKNOWN)
    assert spread.update() == set(), "nothing but its cause moved"
    spread.put(1, bad(OWN_HOST))
    assert (spread.update(), spread.verdicts[0]) == ({0}, IDP)


# --- two instants of several IdPs


def test_pairs_answer_whether_some_idp_is_later_or_within() -> None:
    """By brute force, for every three pairs of small instants."""
    grid = list(product(range(3), repeat=2))
    for chosen in combinations(grid, 3):
        pairs = InstantPairs()
        for idp, (first, second) in enumerate(chosen):
            pairs.put(first, second, idp)
        for first, second in grid:
            assert pairs.some_later(first, second) is any(a >= first and b > second for a, b in chosen)
            assert pairs.some_within(first, second) is any(a >= first and b <= second for a, b in chosen)


def test_pairs_are_kept_in_both_orders_until_they_are_dropped() -> None:
    pairs = InstantPairs()
    for idp, (first, second) in enumerate([(5, 1), (3, 2), (3, FOREVER)]):
        pairs.put(first, second, idp)
    assert (pairs.by_first, pairs.by_second) == ([(3, 2, 1), (3, FOREVER, 2), (5, 1, 0)], [(1, 5, 0), (2, 3, 1), (FOREVER, 3, 2)])
    pairs.drop(3, 2, 1)
    assert (pairs.by_first, pairs.by_second, bool(pairs)) == ([(3, FOREVER, 2), (5, 1, 0)], [(1, 5, 0), (FOREVER, 3, 2)], True)
    pairs.drop(5, 1, 0)
    pairs.drop(3, FOREVER, 2)
    assert (pairs.by_first, pairs.by_second, bool(pairs)) == ([], [], False)
