"""The logins of the day, as metrics."""

from exporters.metrics import names
from exporters.metrics.access import AccessMeters
from exporters.metrics.exposition import Format, page
from exporters.metrics.live import Meters
from exporters.metrics.logins import LoginMeters
from probe.core.login_budget import LoginsOfDay, Run
from tests.fakes.readings import value

ALPHA = {"hub": "fc", "idp": "alpha", "vantage": "local"}


def shown(meters: Meters) -> bytes:
    return page(meters.parts(), Format.TEXT)


def test_the_logins_of_today_are_shown_as_they_are_at_each_reading() -> None:
    meters, today = Meters("1"), {("fc", "alpha"): LoginsOfDay(used=3, regular=1440, part=2000)}
    meters.access.logins = lambda: today
    told = shown(meters)
    assert [value(told, metric, **ALPHA) for metric in (names.LOGINS_TODAY, names.REGULAR_LOGINS, names.LOGIN_BUDGET)] == [3, 1440, 2000]
    today = {("fc", "alpha"): LoginsOfDay(used=0, regular=1440)}
    told = shown(meters)
    assert [value(told, metric, **ALPHA) for metric in (names.LOGINS_TODAY, names.LOGIN_BUDGET)] == [0, 0], "a new day, without a budget"


def test_withheld_logins_are_counted_from_zero_by_why_they_were_wanted() -> None:
    meters = Meters("1")
    meters.access.logins = lambda: {("fc", "alpha"): LoginsOfDay(used=3, regular=3, part=3)}
    meters.login_withheld("fc", "alpha", Run.RETRY)
    meters.login_withheld("fc", "gone", Run.RETRY)
    counted = {run: value(shown(meters), names.LOGINS_WITHHELD, **ALPHA, run=run.value) for run in Run}
    assert counted == {Run.REGULAR: 0, Run.RETRY: 1, Run.DEMAND: 0}


def test_an_idp_that_left_the_configuration_has_no_series_and_a_new_vantage_begins_anew() -> None:
    meters = LoginMeters()
    meters.show("local", {("fc", "alpha"): LoginsOfDay(3, 3), ("fc", "beta"): LoginsOfDay(1, 1)})
    meters.show("local", {("fc", "beta"): LoginsOfDay(1, 1)})
    assert value(page([meters], Format.TEXT), names.LOGINS_TODAY, **ALPHA) is None
    meters.show("other", {("fc", "beta"): LoginsOfDay(1, 1)})
    told = page([meters], Format.TEXT)
    assert value(told, names.LOGINS_TODAY, hub="fc", idp="beta", vantage="local") is None
    assert value(told, names.LOGINS_TODAY, hub="fc", idp="beta", vantage="other") == 1


def test_a_login_that_is_withheld_before_the_first_reading_is_counted() -> None:
    meters = AccessMeters()
    meters.logins = lambda: {("fc", "alpha"): LoginsOfDay(3, 3, 3)}
    meters.withheld("local", "fc", "alpha", Run.REGULAR)
    assert value(page(list(meters.parts("local")), Format.TEXT), names.LOGINS_WITHHELD, **ALPHA, run="regular") == 1
