"""Which targets are probed at once because of an observation."""

from collections import Counter, deque
from dataclasses import replace

import pytest

from probe.core.judgement.condition import C2, C3, State
from probe.core.judgement.observation import Fault, Kind, Outcome
from probe.core.judgement.retry import RetryTarget, retries
from tests.core.judgement.strategies import (
    HUB_REFUSES_THE_CHOICE,
    IDP_HOST_DOWN,
    NO_MIRE,
    NO_TILES,
    NOT_THE_MIRE,
    USERINFO,
    WELL,
    Told,
    observation,
)
from tests.fakes.folded_hub import FoldedHub, hub

JOURNEYS = {(Kind.IDENTITY, "a"), (Kind.IDENTITY, "b")}


def asked(story: FoldedHub, at: int, told: Told) -> frozenset[RetryTarget]:
    """What the mire's observation at `at` asks for."""
    rows = story.tell(at, Kind.MIRE, None, told)
    return retries(story.state, observation((Kind.MIRE, None), told, at, 1, 60), rows)


def test_a_mire_seen_for_the_first_time_asks_for_nothing() -> None:
    assert asked(FoldedHub(hub("a", "b")), 0, WELL) == frozenset()


def test_a_mire_that_fails_is_asked_again_at_once_until_it_is_confirmed() -> None:
    story = FoldedHub(hub("a", "b")).mire(0)
    assert asked(story, 60, NO_MIRE) == {(Kind.MIRE, None)}
    assert asked(story, 62, NO_MIRE) == frozenset()


def test_a_mire_that_is_back_asks_for_every_journey() -> None:
    story = FoldedHub(hub("a", "b")).mire(0).mire(60, NO_MIRE).mire(62, NO_MIRE)
    assert asked(story, 120, WELL) == {(Kind.MIRE, None)}
    assert asked(story, 122, WELL) == JOURNEYS
    assert asked(story, 180, WELL) == frozenset()


def test_a_mire_that_was_missing_as_long_as_anything_is_remembered_is_back_all_the_same() -> None:
    story = FoldedHub(hub("a", "b")).mire(0, NO_MIRE).mire(2, NO_MIRE).mire(60)
    assert asked(story, 62, WELL) == JOURNEYS


def test_a_mire_that_is_missing_for_another_reason_is_not_back() -> None:
    story = FoldedHub(hub("a", "b")).mire(0).mire(60, NO_MIRE).mire(62, NO_MIRE)
    assert asked(story, 120, NOT_THE_MIRE) == frozenset()


def test_a_mire_that_is_back_without_a_tile_is_asked_again_with_all_the_rest() -> None:
    story = FoldedHub(hub("a", "b")).mire(0).mire(60, NO_MIRE).mire(62, NO_MIRE).mire(120)
    assert asked(story, 122, NO_TILES) == {(Kind.MIRE, None), (Kind.DIRECT, "a"), (Kind.DIRECT, "b"), *JOURNEYS}


def asked_by_a(story: FoldedHub, at: int, told: Told) -> frozenset[RetryTarget]:
    """What the observation of IdP a at `at` asks for."""
    rows = story.tell(at, Kind.IDENTITY, "a", told)
    return retries(story.state, observation((Kind.IDENTITY, "a"), told, at, 1, 60), rows)


def test_a_failure_on_the_hubs_pages_asks_the_other_idps_and_the_idp_without_the_hub_once() -> None:
    """Both tell whose it is, and what they said before it began does not count."""
    story = FoldedHub(hub("a", "b")).round(0)
    assert asked_by_a(story, 60, USERINFO) == {*JOURNEYS, (Kind.DIRECT, "a")}
    assert asked_by_a(story, 62, USERINFO) == frozenset()
    assert asked_by_a(story, 120, WELL) == {*JOURNEYS, (Kind.DIRECT, "a")}, "it seems over: the same question"
    assert asked_by_a(story, 122, WELL) == frozenset()


def test_where_one_failure_confirms_it_asks_the_same_question() -> None:
    story = FoldedHub(hub("a", "b", failures=1, successes=1)).round(0)
    others = {(Kind.IDENTITY, "b"), (Kind.DIRECT, "a")}
    assert asked_by_a(story, 60, USERINFO) == others
    assert asked_by_a(story, 120, USERINFO) == frozenset()
    assert asked_by_a(story, 180, WELL) == others


def test_a_failure_on_the_idps_own_host_is_only_confirmed() -> None:
    story = FoldedHub(hub("a", "b")).round(0)
    assert asked_by_a(story, 60, IDP_HOST_DOWN) == {(Kind.IDENTITY, "a")}
    assert asked_by_a(story, 62, IDP_HOST_DOWN) == frozenset()
    assert asked_by_a(story, 120, WELL) == {(Kind.IDENTITY, "a")}, "and so is its recovery"


def told_by(story: FoldedHub, idp: str, at: int, told: Told) -> frozenset[RetryTarget]:
    rows = story.tell(at, Kind.IDENTITY, idp, told)
    return retries(story.state, observation((Kind.IDENTITY, idp), told, at, 1, 60), rows)


def test_an_idp_that_told_since_the_failure_began_is_not_asked_again_for_it() -> None:
    story = FoldedHub(hub("a", "b", "c")).round(0)
    assert told_by(story, "a", 60, USERINFO) == {(Kind.IDENTITY, each) for each in "abc"} | {(Kind.DIRECT, "a")}
    assert told_by(story, "b", 62, WELL) == frozenset()
    assert told_by(story, "c", 61, USERINFO) == {(Kind.IDENTITY, "c"), (Kind.DIRECT, "c")}
    assert told_by(story, "a", 62, USERINFO) == told_by(story, "c", 63, USERINFO) == frozenset()


def test_an_idp_whose_journey_began_before_the_failure_was_over_is_asked_again() -> None:
    """It may have passed the step before the hub failed there."""
    story = FoldedHub(hub("a", "b")).round(0).journey(60, "b")
    assert asked_by_a(story, 60, USERINFO) == {*JOURNEYS, (Kind.DIRECT, "a")}


def test_an_idp_that_is_well_for_the_first_time_asks_who_failed_on_the_hubs_pages_before() -> None:
    """Until then its success says nothing of their failures: the hub may have recovered since."""
    story = FoldedHub(hub("a", "b", "c")).mire(0)
    for idp, says in (("a", USERINFO), ("c", IDP_HOST_DOWN)):
        told_by(story, idp, 0, says)
        told_by(story, idp, 2, says)
    assert told_by(story, "b", 10, WELL) == {(Kind.IDENTITY, "a")}
    assert told_by(story, "b", 12, WELL) == frozenset()
    assert told_by(story, "b", 70, WELL) == frozenset()


def test_an_idp_that_fails_otherwise_is_asked_once_more_when_the_hub_fails() -> None:
    """Down on its own host, it would go on saying that the hub sends the browser on."""
    story = FoldedHub(hub("a", "b")).round(0).round(60, b=IDP_HOST_DOWN).round(62, b=IDP_HOST_DOWN)
    assert told_by(story, "a", 120, HUB_REFUSES_THE_CHOICE) == {*JOURNEYS, (Kind.DIRECT, "a")}


def asked_in(story: FoldedHub, first: str, at: int, told: Told, at_once: int) -> tuple[Counter[str], int]:
    """All that follows from one IdP's observation when so many journeys run at once,
    each taking a second: how often each IdP's ran, and how many seconds it took.
    Who is asked while it waits is asked once.
    """
    ran: Counter[str] = Counter()
    queue: deque[str] = deque()
    wanted = told_by(story, first, at, told)
    began = at
    while True:
        queue.extend(sorted(name for kind, name in wanted if kind is Kind.IDENTITY and name and name not in queue))
        if not queue:
            return ran, at - began
        at += 1
        wave = [queue.popleft() for _ in range(min(at_once, len(queue)))]
        ran.update(wave)
        wanted = frozenset().union(*(told_by(story, idp, at, told) for idp in wave))


@pytest.mark.parametrize("count", [5, 15, 60])
@pytest.mark.parametrize(("told", "condition"), [(HUB_REFUSES_THE_CHOICE, C3), (USERINFO, C2)])
def test_a_whole_hub_that_fails_is_confirmed_by_two_journeys_an_idp(count: int, told: Told, condition: str) -> None:
    """Each IdP's failure is confirmed by its own second journey; nobody is asked a third time.
    So is the recovery.
    """
    names = [f"i{number}" for number in range(count)]
    story = FoldedHub(hub(*names)).round(0)
    for began, says, state in ((60, told, State.DOWN), (160, WELL, State.UP)):
        story.tell(began, Kind.MIRE, None, WELL)
        ran, lasted = asked_in(story, names[0], began, says, at_once=16)
        assert ran == Counter(names[:1] + 2 * names[1:])
        assert story.at(condition, began + lasted) is state
        assert lasted <= 2 + 2 * count // 16, "as long as it takes to ask each twice, sixteen at once"


def test_a_journey_that_did_not_get_to_the_mire_asks_for_the_mire_unless_it_is_known() -> None:
    assert asked_by_a(FoldedHub(hub("a", "b")).round(0), 60, NO_MIRE) == {(Kind.MIRE, None)}
    assert asked_by_a(FoldedHub(hub("a", "b")), 60, NO_MIRE) == {(Kind.MIRE, None)}, "it was never seen"
    assert asked_by_a(FoldedHub(hub("a", "b")).round(0).mire(60), 60, NO_MIRE) == frozenset(), "it was seen as the journey began"
    assert asked_by_a(FoldedHub(hub("a", "b")).mire(60, NO_MIRE).mire(62, NO_MIRE), 120, NO_MIRE) == frozenset(), (
        "it is known to be missing"
    )


def test_a_journey_that_failed_by_a_fault_of_the_sps_does_not_ask_for_the_mire() -> None:
    assert asked_by_a(FoldedHub(hub("a", "b")).round(0), 60, replace(NO_MIRE, fault=Fault.SP)) == frozenset()
    assert asked_by_a(FoldedHub(hub("a", "b")).round(0), 60, replace(NO_MIRE, outcome=Outcome.INCONCLUSIVE)) == frozenset()


def test_a_mire_without_a_selectable_tile_asks_every_idp_directly_while_it_is_not_confirmed() -> None:
    story = FoldedHub(hub("a", "b")).round(0)
    assert asked(story, 60, NO_TILES) == {(Kind.MIRE, None), (Kind.DIRECT, "a"), (Kind.DIRECT, "b")}
    assert asked(story, 62, NO_TILES) == frozenset()


def test_a_journey_to_the_login_page_is_confirmed_by_the_idps_own_journey() -> None:
    story = FoldedHub(hub("a", "b")).round(0)
    rows = story.tell(60, Kind.LOGIN_PAGE, "a", IDP_HOST_DOWN)
    assert retries(story.state, observation((Kind.LOGIN_PAGE, "a"), IDP_HOST_DOWN, 60, 1, 60), rows) == {(Kind.IDENTITY, "a")}


def test_a_negative_journey_that_proves_the_opposite_of_the_one_before_is_asked_again() -> None:
    story = FoldedHub(hub("a", "b")).round(0)
    seen = observation((Kind.NEGATIVE, "client"), WELL, 60, 1, 60)
    assert retries(story.state, seen, [], turned=True) == {(Kind.NEGATIVE, "client")}
    assert retries(story.state, seen, []) == frozenset()


def test_an_idp_that_was_never_asked_is_asked_when_another_fails_on_the_hubs_pages() -> None:
    story = FoldedHub(hub("a", "b")).mire(0)
    story.tell(0, Kind.IDENTITY, "a", WELL)
    assert (Kind.IDENTITY, "b") in asked_by_a(story, 60, USERINFO)


def test_an_idp_that_was_read_at_the_very_instant_is_evidence() -> None:
    story = FoldedHub(hub("a", "b")).round(0).round(60, b=IDP_HOST_DOWN).round(62, b=IDP_HOST_DOWN)
    story.tell(120, Kind.IDENTITY, "b", IDP_HOST_DOWN)
    assert asked_by_a(story, 120, HUB_REFUSES_THE_CHOICE) == {(Kind.IDENTITY, "a"), (Kind.DIRECT, "a")}


def test_what_an_idp_told_since_a_failure_that_is_over_is_no_evidence_about_the_next_one() -> None:
    story = FoldedHub(hub("a", "b")).round(0).round(10, a=IDP_HOST_DOWN).round(20, a=IDP_HOST_DOWN).round(30).round(40)
    assert (Kind.IDENTITY, "b") in asked_by_a(story, 60, USERINFO)


def test_where_one_success_ends_it_who_told_since_it_began_is_not_asked_again() -> None:
    story = FoldedHub(hub("a", "b", failures=1, successes=1)).round(0)
    asked_by_a(story, 60, USERINFO)
    story.tell(62, Kind.IDENTITY, "b", WELL)
    assert asked_by_a(story, 120, WELL) == {(Kind.DIRECT, "a")}


def test_a_success_after_a_silence_asks_who_told_nothing_since() -> None:
    """What failed before the silence is forgotten by then."""
    story = FoldedHub(hub("a", "b", failures=1, successes=1)).round(0)
    asked_by_a(story, 60, USERINFO)
    for at in range(120, 1200, 60):
        story.mire(at)
    assert asked_by_a(story, 1200, WELL) == {(Kind.IDENTITY, "b"), (Kind.DIRECT, "a")}
