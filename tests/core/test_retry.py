"""What is probed at once because of an observation."""

from probe.core.observation import Kind
from probe.core.retry import Target, retries
from tests.core.story import Story, hub
from tests.core.strategies import NO_MIRE, WELL, Told, observation

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
