"""Which journeys run on demand, and how often."""

import pytest

from exporters.http.probe_endpoint import BadQueryError, Gate, TooSoonError, parse
from exporters.metrics.readings import View
from tests.builders import SECOND
from tests.fakes.clock import FakeClock
from tests.fakes.readings import DIRECT, IDENTITY, LOGIN_PAGE, MIRE, NODE, VIEW


@pytest.mark.parametrize(
    ("query", "target", "debug"),
    [
        (b"hub=fc", MIRE, False),
        (b"hub=fc&idp=", MIRE, False),
        (b"hub=fc&idp=alpha", IDENTITY, False),
        (b"idp=beta&debug=true&hub=fc", LOGIN_PAGE, True),
        (b"hub=f%63&debug=false", MIRE, False),
    ],
)
def test_a_query_names_a_target(query: bytes, target: object, debug: bool) -> None:
    demand = parse(query, VIEW)
    assert (demand.target, demand.debug) == (target, debug)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (b"", "hub must be one of: fc"),
        (b"hub=", "hub must be one of: fc"),
        (b"hub=nowhere", "hub must be one of: fc"),
        (b"hub=fc&idp=nobody", "idp must be empty or one of: alpha, beta"),
        (b"hub=fc&idp=elsewhere", "idp must be empty or one of: alpha, beta"),
        (b"hub=fc&debug=1", "debug must be true or false"),
        (b"hub=fc&debug=", "debug must be true or false"),
        (b"hub=fc&hub=fc", "each parameter may be given once"),
        (b"hub=fc&module=x", "the parameters are hub, idp, debug and timeout_offset"),
        (b"hub=fc&a=1&b=2&c=3&d=4", "the query must be"),
        (b"hub", "the query must be"),
        (b"hub=%ff", "the query must be"),
        (b"hub=f\xc3\xa9", "the query must be"),
    ],
)
def test_anything_else_is_refused_in_words_of_our_own(query: bytes, text: str) -> None:
    with pytest.raises(BadQueryError, match=text):
        parse(query, VIEW)


@pytest.mark.parametrize(
    ("scrape", "offset", "seconds"),
    [
        ("", "", None),
        ("15", "", 14.5),
        ("15", "0", 15),
        ("9.999999999", "0.5", 9.499999),
        ("10", "2.25", 7.75),
        ("0", "", None),
        ("0.4", "", None),
        ("1", "1", None),
    ],
)
def test_a_journey_ends_before_the_scraper_gives_up(scrape: str, offset: str, seconds: float | None) -> None:
    """As the Go exporter: `X-Prometheus-Scrape-Timeout-Seconds` less an offset."""
    query = b"hub=fc" + (f"&timeout_offset={offset}".encode() if offset else b"")
    assert parse(query, VIEW, scrape).deadline_us == (None if seconds is None else round(seconds * SECOND))


@pytest.mark.parametrize(
    ("scrape", "offset"), [("soon", "0"), ("-1", "0"), ("1e9", "0"), ("nan", "0"), ("10", "-1"), ("10", "half"), ("10", "")]
)
def test_times_that_are_none_are_refused(scrape: str, offset: str) -> None:
    with pytest.raises(BadQueryError, match="must be a number of seconds"):
        parse(f"hub=fc&timeout_offset={offset}".encode(), VIEW, scrape)


def test_a_watch_without_hubs_runs_nothing() -> None:
    with pytest.raises(BadQueryError, match=r"hub must be one of: \(none\)"):
        parse(b"hub=fc", View())


def test_only_journeys_through_the_balancer_are_run_on_demand() -> None:
    assert VIEW.on_demand("fc", "") == MIRE != NODE
    assert VIEW.on_demand("fc", "alpha") == IDENTITY != DIRECT


async def test_a_target_rests_after_it_ran() -> None:
    clock = FakeClock()
    gate = Gate(clock, 10 * SECOND, 4)
    with gate.passing(MIRE):
        await clock.advance_us(30 * SECOND)
    await clock.advance_us(2_500_000)
    with pytest.raises(TooSoonError) as refused, gate.passing(MIRE):
        pass
    assert refused.value.retry_after == 8  # 7.5 s, in whole seconds
    with gate.passing(IDENTITY):
        pass
    await clock.advance_us(7_500_000)
    with gate.passing(MIRE):
        pass


def test_a_target_runs_once_at_a_time() -> None:
    gate = Gate(FakeClock(), 10 * SECOND, 4)
    with gate.passing(MIRE), pytest.raises(TooSoonError), gate.passing(MIRE):
        pass


def test_a_few_targets_run_at_once_at_most() -> None:
    gate = Gate(FakeClock(), 10 * SECOND, 2)
    with gate.passing(MIRE), gate.passing(IDENTITY), pytest.raises(TooSoonError), gate.passing(LOGIN_PAGE):
        pass


def test_a_journey_that_broke_rests_as_well_and_does_not_hold_its_place() -> None:
    gate = Gate(FakeClock(), 10 * SECOND, 1)
    with pytest.raises(RuntimeError), gate.passing(MIRE):
        raise RuntimeError
    with pytest.raises(TooSoonError), gate.passing(MIRE):
        pass
    with gate.passing(IDENTITY):
        pass
