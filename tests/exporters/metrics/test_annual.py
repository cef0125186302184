"""The metrics of the annual figure are those of the reading, before and after corrections."""

from dataclasses import replace
from fractions import Fraction
from math import isnan

import pytest

from exporters.metrics import names
from exporters.metrics.exposition import Format, page
from exporters.metrics.names import Metric
from exporters.metrics.readings import AnnualReading, HubReading, Snapshot, View
from exporters.metrics.states import LedgerStates
from probe.core.judgement.condition import C1, C2, C3
from probe.core.sla.availability import Figure, Totals, UnknownTime
from probe.core.sla.goal import Goal, Goals
from probe.core.sla.window import WINDOWS, Window
from tests.builders import SECOND
from tests.fakes.clock import FakeClock
from tests.fakes.readings import START, VIEW, History, value

YEAR_US = 31_536_000 * SECOND
ROLLING = Window("rolling", START, START + YEAR_US, YEAR_US, slides=True)


def reading(down: int, *, blip: int = 0, unknown: int = 0, before: int = 0, **more: object) -> AnnualReading:
    """365 days of which so many seconds are down, a blip, unknown; `before`:
    down before corrections.
    """

    def of(gone: int) -> Figure:
        up = YEAR_US // SECOND - gone - blip - unknown
        return Figure(ROLLING, START, Totals(*(each * SECOND for each in (up, blip, gone, unknown))))

    return AnnualReading(of(down), of(before or down), {C1: down * SECOND, C2: SECOND, C3: 0}, **more)  # type: ignore[arg-type]


def told(annual: dict[str, AnnualReading], metric: Metric, window: str = "rolling", **labels: str) -> float | None:
    history = History(Snapshot({"fc": HubReading(annual=annual)}))
    return value(page(LedgerStates(history, FakeClock()).parts(VIEW), Format.TEXT), metric, hub="fc", window=window, **labels)


def test_a_figure_is_told_with_its_bounds_and_what_is_left_of_the_budget() -> None:
    annual = {"rolling": reading(31_536, blip=100, unknown=1_000, before=40_000)}
    known = YEAR_US // SECOND - 1_000
    assert told(annual, names.AVAILABILITY) == float(Fraction(known - 31_536, known))
    assert told(annual, names.AVAILABILITY_LOWEST) == float(1 - Fraction(31_536 + 1_100, 31_536_000))
    assert told(annual, names.AVAILABILITY_HIGHEST) == 0.999
    assert told(annual, names.AVAILABILITY_BEFORE) == float(Fraction(known - 40_000, known))
    assert told(annual, names.COVERAGE) == float(Fraction(known, 31_536_000))
    assert told(annual, names.COMPLETE) == 1
    assert told(annual, names.BUDGET) == 31_536
    assert told(annual, names.BUDGET_LEFT) == 0
    assert told(annual, names.DOWNTIME) == 31_536
    assert told(annual, names.UNKNOWN_TIME) == 1_000
    assert [told(annual, names.DOWNTIME_CONDITION, condition=name) for name in (C1, C2, C3)] == [31_536, 1, 0]
    assert told(annual, names.AVAILABILITY_UNKNOWN) == 0


@pytest.mark.parametrize(("down", "met"), [(31_536, 1), (31_537, 0)])
def test_the_verdict_is_exact_whatever_the_ratio_is_rounded_to(down: int, met: int) -> None:
    assert told({"year": reading(down)}, names.AVAILABILITY_MET, "year") == met


@pytest.mark.parametrize(
    ("goal", "unknown", "met", "missed"),
    [
        (Goal(), 0, 0, 1),
        (Goal(Fraction(998, 1000)), 0, 1, 0),
        (Goal(Fraction(998, 1000), coverage=Fraction(1)), 1, 0, 0),
        (Goal(coverage=Fraction(1)), 1, 0, 1),
    ],
)
def test_a_goal_of_ones_own_decides_the_verdict_of_its_window(goal: Goal, unknown: int, met: int, missed: int) -> None:
    """0.2 % of the year is down. The budget and the tolerated unknown time are the goal's, too."""
    down = 63_072 - unknown
    found = reading(down, unknown=unknown).figure
    annual = {"year": AnnualReading(found, found, {}, idps={"ameli": found})}
    hub = replace(VIEW.hubs[0], goals=Goals(year=goal), idps=(replace(VIEW.hubs[0].idps[0], name="ameli", goals=Goals(year=goal)),))
    made = page(LedgerStates(History(Snapshot({"fc": HubReading(annual=annual)})), FakeClock()).parts(View(hubs=(hub,))), Format.TEXT)
    for metrics in (
        (names.AVAILABILITY_MET, names.AVAILABILITY_MISSED, names.AVAILABILITY_GOAL),
        (names.IDP_AVAILABILITY_MET, names.IDP_AVAILABILITY_MISSED, names.IDP_AVAILABILITY_GOAL),
    ):
        more = {"idp": "ameli"} if "idp" in metrics[0].labels else {}
        shown = [value(made, metric, hub="fc", window="year", **more) for metric in metrics]
        assert shown == [met, missed, float(goal.availability)]
    assert value(made, names.BUDGET, hub="fc", window="year") == float(31_536_000 * (1 - goal.availability))
    assert value(made, names.UNKNOWN_LIMIT, hub="fc", window="year") == 315_360
    assert value(made, names.AVAILABILITY_GOAL, hub="fc", window="rolling") == 0.999, "known though there is no figure"


def test_an_overspent_budget_is_negative() -> None:
    assert told({"rolling": reading(31_537)}, names.BUDGET_LEFT) == -1


@pytest.mark.parametrize(
    ("unknown_time", "expected"),
    [
        (UnknownTime.IGNORE, Fraction(999, 1_000)),
        (UnknownTime.DOWN, 1 - Fraction(31_536 + 500, 31_536_000)),
        (UnknownTime.UP, Fraction(999, 1_000)),
    ],
)
def test_unknown_time_is_read_as_the_settings_say(unknown_time: UnknownTime, expected: Fraction) -> None:
    unknown = 0 if unknown_time is UnknownTime.IGNORE else 500
    assert told({"rolling": reading(31_536, unknown=unknown, unknown_time=unknown_time)}, names.AVAILABILITY) == float(expected)


@pytest.mark.parametrize("window", WINDOWS)
def test_what_is_not_known_is_said_and_every_series_exists(window: str) -> None:
    none = Figure(ROLLING, START, Totals(unknown_us=YEAR_US))
    nothing = AnnualReading(none, none, {})
    missing: dict[str, AnnualReading] = {}
    for annual in (missing, {window: nothing}):
        assert told(annual, names.AVAILABILITY_UNKNOWN, window) == 1
        assert told(annual, names.AVAILABILITY_MET, window) == 0
        for metric in (names.AVAILABILITY, names.AVAILABILITY_BEFORE, names.BUDGET_LEFT):
            assert isnan(told(annual, metric, window) or 0), f"{metric.name}: a 0 would be an outage of a year"
        assert told(annual, names.DOWNTIME_CONDITION, window, condition=C3) == 0
    assert told({window: nothing}, names.AVAILABILITY_HIGHEST, window) == 1
    assert isnan(told(missing, names.AVAILABILITY_HIGHEST, window) or 0)
    assert isnan(told(missing, names.AVAILABILITY_LOWEST, window) or 0)
