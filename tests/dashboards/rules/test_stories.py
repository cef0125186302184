"""Every alert, by promtool: it fires and ends when it should, and is silent otherwise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards.rules.document import alerts
from dashboards.rules.model import RuleSettings
from exporters.metrics import names
from tests.dashboards.rules.promtool import ALWAYS, checks, judged, rules, words
from tests.dashboards.rules.stories import STORIES, AlertStory
from tests.dashboards.rules.world import INSTANCE, VANTAGE, SampledWatch, vantage, well

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("real_servers")]
every_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.alert}: {story.name}")


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed rules without their words."""
    return rules(tmp_path_factory.mktemp("rules"))


def told(story: AlertStory) -> SampledWatch:
    world = well(story.length, story.step_s)
    story.tell(world)
    return world


def firing(story: AlertStory) -> set[str]:
    return {*story.others, *([story.alert] if any(story.checks.values()) else [])}


@every_story
def test_the_alert_fires_and_is_over_when_it_should_be_and_no_other_does(story: AlertStory, bare: Path, tmp_path: Path) -> None:
    assert judged(bare, tmp_path, told(story), checks(story), firing(story)) == ""


def test_every_alert_has_a_story_in_which_it_fires_and_is_over() -> None:
    """By name and by the labels that tell rules of one name apart."""
    told = {
        (story.alert, one.severity, str(one.contract), one.labels.get("over"))
        for story in STORIES
        for at, fires in story.checks.items()
        for one in fires
        if any(not later for when, later in story.checks.items() if when > at)
    }
    ruled = {(alert.name, alert.severity.value, str(alert.contract), alert.labels.get("over")) for alert in alerts(RuleSettings())}
    assert {alert for alert in ruled - told if alert[0] not in ALWAYS} == set()
    assert told - ruled == set()


def test_every_alert_is_silent_in_a_story_of_its_own_or_before_it_fires() -> None:
    silent = {story.alert for story in STORIES if not any(story.checks.values()) or not next(iter(story.checks.values()))}
    assert {alert.name for alert in alerts(RuleSettings())} - silent == ALWAYS


# --- a scrape that fails every four minutes stops no alert

OFTEN = {(story.alert, any(story.checks.values())): story for story in STORIES if story.checks and story.step_s <= 60}
"""Of each alert one story in which it fires, and one in which it does not."""


@pytest.mark.parametrize("story", OFTEN.values(), ids=lambda story: f"{story.alert}: {story.name}")
def test_a_missing_scrape_every_four_minutes_changes_nothing(story: AlertStory, tmp_path: Path) -> None:
    world = told(story)
    first = next(first for first in range(0, 240, story.step_s) if all((at - first) % 240 for at in story.checks))
    world.miss(240, first)
    fires = {story.alert} if any(story.checks.values()) else set()
    assert judged(rules(tmp_path, story.alert), tmp_path, world, checks(story), fires) == ""


# --- what it says

SPEAKING = [story for story in STORIES if any(story.checks.values())]


@pytest.mark.parametrize("story", SPEAKING, ids=lambda story: f"{story.alert}: {story.name}")
def test_the_alert_says_what_is_the_matter(story: AlertStory, tmp_path: Path) -> None:
    assert judged(rules(tmp_path, story.alert, words=True), tmp_path, told(story), words(story), {story.alert}) == ""


# --- what must fire nothing at all


def blip(world: SampledWatch) -> None:
    """Everything fails once, for one run of its kind, and is well again."""
    world.grow(names.HUB_BLIPS, 1, 900)
    world.grow(names.IDP_BLIPS, 1, 900)
    world.grow(names.FAILED_RUNS, 1, 900)
    world.grow(names.INCONCLUSIVE, 1, 900)
    world.grow(names.SKIPPED, 1, 900)
    world.grow(names.LEDGER_ERRORS, 1, 900)
    world.grow(names.OVERSLEPT, 1, 900)
    world.turn(names.BACKEND_STATE, "down", 900, 930)
    world.turn(names.CONTROL_STATE, "down", 900, 930)
    world.set(names.IDP_SELECTABLE, 0, 900, 930, idp="alpha")
    world.set(names.LEDGER_READABLE, 0, 900, 930)
    world.set(names.LEDGER_BACKLOG, 500, 900, 930)
    world.set(names.LEDGER_LATE, 900, 900, 930)
    world.turn(names.HUB_STATE, "unknown", 900, 930)
    world.turn(names.IDP_STATE, "unknown", 900, 930)


def removed(world: SampledWatch) -> None:
    """An IdP leaves the configuration, with its host."""
    world.end(900, idp="alpha")
    world.end(900, host="alpha.example")


def added(world: SampledWatch) -> None:
    """An IdP that was not there is configured: nothing is known of it, nothing was run,
    until its first journey.
    """
    world.end(0, 900, idp="alpha")
    world.set(names.RELOAD_SUCCESS, 900, 900)
    world.turn(names.IDP_STATE, "unknown", 900, 960, idp="alpha")
    world.set(names.IDP_SINCE, 0, 900, 960, idp="alpha")
    world.set(names.LAST_RUN, 0, 900, 960, idp="alpha")
    world.set(names.IDP_SELECTABLE, 0, 900, 930, idp="alpha")


def renamed(world: SampledWatch) -> None:
    """The prober moves to another address: all its series end,
    and begin again under another instance.
    """
    vantage(world, "elsewhere:9464", VANTAGE)
    world.end(0, 900, instance="elsewhere:9464")
    world.end(900, instance=INSTANCE)


def slow_restart(world: SampledWatch) -> None:
    world.lose(900, 930)
    world.restart(930)


def removed_and_missing(world: SampledWatch) -> None:
    removed(world)
    world.miss(240)


QUIET: dict[str, Callable[[SampledWatch], None]] = {
    "all is well": lambda world: None,
    "one blip of everything": blip,
    "a restart": lambda world: world.restart(900),
    "a restart that takes a minute": slow_restart,
    "a missing scrape every four minutes": lambda world: world.miss(240),
    "a missing scrape every two minutes": lambda world: world.miss(120),
    "an IdP removed from the configuration": removed,
    "an IdP removed, and a missing scrape every four minutes": removed_and_missing,
    "an IdP added to the configuration": added,
    "a prober under another address": renamed,
}


@pytest.mark.parametrize("happening", QUIET)
def test_nothing_fires_for(happening: str, bare: Path, tmp_path: Path) -> None:
    world = well(120)
    QUIET[happening](world)
    assert judged(bare, tmp_path, world, [], set()) == ""


def test_nothing_fires_when_prometheus_begins_to_scrape_a_process_that_just_began(bare: Path, tmp_path: Path) -> None:
    world = well(60)
    world.restart(0)
    assert judged(bare, tmp_path, world, [], set()) == ""
