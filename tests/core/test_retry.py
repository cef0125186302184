"""What is probed at once because of an observation."""

from probe.core.observation import Kind
from probe.core.retry import Target, retries
from tests.core.story import Story, hub
from tests.core.strategies import IDP_HOST_DOWN, NO_MIRE, USERINFO, WELL, Told, observation

JOURNEYS = {(Kind.IDENTITY, "a"), (Kind.IDENTITY, "b")}


def asked(story: Story, at: int, told: Told) -> frozenset[Target]:
    """What the mire's observation at `at` asks for."""
    rows = story.tell(at, Kind.MIRE, None, told)
    return retries(story.state, observation((Kind.MIRE, None), told, at, 1, 60), rows)


def test_a_mire_seen_for_the_first_time_asks_for_nothing() -> None:
    assert asked(Story(hub("a", "b")), 0, WELL) == frozenset()


def test_a_mire_that_fails_is_asked_again_at_once_until_it_is_confirmed() -> None:
    story = Story(hub("a", "b")).mire(0)
    assert asked(story, 60, NO_MIRE) == {(Kind.MIRE, None)}
    assert asked(story, 62, NO_MIRE) == frozenset()


def test_a_mire_that_is_back_asks_for_every_journey() -> None:
    story = Story(hub("a", "b")).mire(0).mire(60, NO_MIRE).mire(62, NO_MIRE)
    assert asked(story, 120, WELL) == {(Kind.MIRE, None)}
    assert asked(story, 122, WELL) == JOURNEYS
    assert asked(story, 180, WELL) == frozenset()


def asked_by_a(story: Story, at: int, told: Told) -> frozenset[Target]:
    """What the observation of IdP a at `at` asks for."""
    rows = story.tell(at, Kind.IDENTITY, "a", told)
    return retries(story.state, observation((Kind.IDENTITY, "a"), told, at, 1, 60), rows)


def test_a_failure_on_the_hubs_pages_asks_the_other_idps_and_the_idp_without_the_hub_once() -> None:
    """Both tell whose it is, and what they said before it began does not count."""
    story = Story(hub("a", "b")).round(0)
    assert asked_by_a(story, 60, USERINFO) == {*JOURNEYS, (Kind.DIRECT, "a")}
    assert asked_by_a(story, 62, USERINFO) == frozenset()
    assert asked_by_a(story, 120, WELL) == {*JOURNEYS, (Kind.DIRECT, "a")}, "it seems over: the same question"
    assert asked_by_a(story, 122, WELL) == frozenset()


def test_where_one_failure_confirms_it_asks_the_same_question() -> None:
    story = Story(hub("a", "b", failures=1, successes=1)).round(0)
    others = {(Kind.IDENTITY, "b"), (Kind.DIRECT, "a")}
    assert asked_by_a(story, 60, USERINFO) == others
    assert asked_by_a(story, 120, USERINFO) == frozenset()
    assert asked_by_a(story, 180, WELL) == others


def test_a_failure_on_the_idps_own_host_is_only_confirmed() -> None:
    story = Story(hub("a", "b")).round(0)
    assert asked_by_a(story, 60, IDP_HOST_DOWN) == {(Kind.IDENTITY, "a")}
