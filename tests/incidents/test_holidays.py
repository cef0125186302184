"""French public holidays against the law, computed by hand."""

from datetime import date, timedelta

import pytest

from probe.incidents.holidays import REGIONS, french
from tests.core.business_hours_oracle import easter
from tests.core.business_hours_oracle import french as by_hand

# from 2005 to 2007 Whit Monday was no holiday: loi n° 2004-626, until loi n° 2008-351
YEARS = range(2009, 2051)


def days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def found(region: str, year: int) -> set[date]:
    is_holiday = french(region)
    return {day for day in days(year) if is_holiday(day)}


@pytest.mark.parametrize("region", ["FR", "FR-971"])
def test_the_eleven_days_of_the_labour_code_are_holidays_everywhere(region: str) -> None:
    for year in YEARS:
        assert found(region, year) >= by_hand(year)


def test_metropolitan_france_has_no_other() -> None:
    for year in YEARS:
        assert found("FR", year) == by_hand(year)


@pytest.mark.parametrize("region", ["FR-57", "FR-67", "FR-68"])
def test_alsace_and_moselle_have_good_friday_and_saint_stephen_too(region: str) -> None:
    for year in YEARS:
        assert found(region, year) == by_hand(year) | {easter(year) - timedelta(days=2), date(year, 12, 26)}


@pytest.mark.parametrize(
    ("region", "abolition"), [("FR-971", (5, 27)), ("FR-972", (5, 22)), ("FR-973", (6, 10)), ("FR-974", (12, 20)), ("FR-976", (4, 27))]
)
def test_overseas_the_abolition_of_slavery_is_commemorated(region: str, abolition: tuple[int, int]) -> None:
    for year in YEARS:
        assert date(year, *abolition) in found(region, year)
    assert date(2026, *abolition) not in found("FR", 2026)


def test_every_region_can_be_had() -> None:
    assert all(isinstance(french(region)(date(2026, 7, 14)), bool) for region in REGIONS)
    assert {"FR", "FR-57", "FR-971", "none"} <= set(REGIONS)


@pytest.mark.parametrize("region", ["", "fr", "DE", "FR-75", "FR-1", "57"])
def test_a_region_that_is_not_known_is_refused_by_its_name(region: str) -> None:
    with pytest.raises(ValueError, match="is not a region"):
        french(region)
