"""Every kind of journey has the parts that docs/architecture.md, "Where does my change go?", lists.

A new `Kind` that lacks one of them fails here, in the test that names the part.
"""

import pytest

from exporters.metrics import initial_series
from probe.config.models import Config, Deadlines, Depth, Intervals
from probe.config.summary import summary
from probe.core.judgement.observation import Kind
from probe.prober.targets import watched
from probe.texts.judgement import KINDS
from tests.fakes.hub import configured


@pytest.fixture(scope="module")
def config() -> Config:
    """A configuration that asks for every kind of journey, with intervals and deadlines that
    differ.
    """
    plain = configured()
    (hub,) = plain.hubs
    page_alone = hub.idps[0].model_copy(update={"name": "page-alone", "depth": Depth.LOGIN_PAGE, "direct": None})
    hub = hub.model_copy(
        update={
            "idps": [*hub.idps, page_alone],
            "intervals": Intervals(mire=1_000_001, journey=1_000_002, direct=1_000_003, negative=1_000_004),
            "deadlines": Deadlines(mire=1_000_011, journey=1_000_012, direct=1_000_013, negative=1_000_014),
        }
    )
    return plain.model_copy(update={"hubs": [hub]})


_SETTING = {
    Kind.MIRE: "mire",
    Kind.IDENTITY: "journey",
    Kind.LOGIN_PAGE: "journey",
    Kind.DIRECT: "direct",
    Kind.NEGATIVE: "negative",
}
"""The setting of a hub that gives a kind its interval and its deadline; `control` has its own."""


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_an_interval_and_a_deadline_of_its_own_setting(config: Config, kind: Kind) -> None:
    (hub,) = config.hubs
    if kind is Kind.CONTROL:
        wanted = config.control.interval, config.control.deadline
    else:
        wanted = getattr(hub.intervals, _SETTING[kind]), getattr(hub.deadlines, _SETTING[kind])
    assert (config.interval(hub, kind), config.deadline(hub, kind)) == wanted


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_watched(config: Config, kind: Kind) -> None:
    assert kind in {target.kind for target in watched(config)}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CONTROL])
def test_a_kind_is_in_the_load_that_config_check_tells(config: Config, kind: Kind) -> None:
    (hub,) = summary(config).hubs
    assert hub.per_minute.get(kind, 0) > 0


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_steps_whose_series_exist_at_0(kind: Kind) -> None:
    assert initial_series.STEPS.get(kind)
    assert initial_series.failures(kind)


def test_every_kind_has_a_name_for_people() -> None:
    assert set(KINDS) == set(Kind)
