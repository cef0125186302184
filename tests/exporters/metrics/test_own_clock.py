"""The metric of our own clock says what the middle one of the hosts says."""

from exporters.metrics.own_clock import OwnClockMeter
from probe.core.judgement.observation import Hop, Kind, Step
from tests.builders import SECOND, seen


def test_the_metric_follows_those_that_were_asked_last() -> None:
    meter = OwnClockMeter()
    for at, ahead, expected in ((0, -88, 88), (10, 0, 0)):
        hops = (Hop(Step.CONTROL, "GET", "net.example", "/", clock_us=ahead * SECOND),)
        meter.observed(seen(Kind.CONTROL, at, idp="net", hops=hops))
        assert meter.registry.get_sample_value("vigie_own_clock_off_seconds") == expected
