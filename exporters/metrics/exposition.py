"""Many small registries, one page: the exposition formats, redrawn only where something changed.

Drawing a series costs some 13 us in `prometheus_client`, on the loop. So there is one registry a probed target, its text is
kept until the target is probed again, and a page is put together between turns of the loop: no turn draws more than one
target, whatever the number of series. Both formats want the samples of one family together, so each registry's text
is cut at its families' headers, and equal headers are joined.
"""

import asyncio
import re
from collections.abc import Iterable
from enum import Enum
from typing import Protocol

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest as text_format
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_format
from prometheus_client.registry import Collector, CollectorRegistry

from exporters.metrics.names import Metric, Type

Families = list[tuple[str, str]]
"""(header, samples) pairs: the `#` lines of one family, and its sample lines."""


class Format(Enum):
    """The two exposition formats, by their media types."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class MetricsSource(Protocol):
    """Some of the page's series."""

    def families(self, fmt: Format) -> Families: ...


_FAMILY = re.compile(r"((?:^#.*\n)+)((?:^[^#\n].*\n)*)", re.MULTILINE)  # newlines in values are escaped: each line is whole


def draw(collector: Collector, fmt: Format) -> Families:
    """The families of a registry or a collector, in one format."""
    if fmt is Format.TEXT:
        text = text_format(collector).decode()
    else:
        text = openmetrics_format(collector).decode()  # type: ignore[no-untyped-call]
    return [(head, samples) for head, samples in _FAMILY.findall(text.removesuffix("# EOF\n"))]


class Fresh:
    """A part drawn anew each time: its values move by themselves."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def families(self, fmt: Format) -> Families:
        return draw(self._collector, fmt)


class Kept:
    """A registry whose text is kept until `touch`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._drawn: dict[Format, Families] = {}

    def touch(self) -> None:
        self._drawn.clear()

    def families(self, fmt: Format) -> Families:
        if fmt not in self._drawn:
            self._drawn[fmt] = draw(self.registry, fmt)
        return self._drawn[fmt]

    def counter(self, metric: Metric) -> Counter:
        assert metric.kind is Type.COUNTER
        return Counter(metric.name, metric.help, metric.labels, unit=metric.unit, registry=self.registry)

    def gauge(self, metric: Metric) -> Gauge:
        assert metric.kind is Type.GAUGE
        return Gauge(metric.name, metric.help, metric.labels, unit=metric.unit, registry=self.registry)

    def histogram(self, metric: Metric) -> Histogram:
        assert metric.kind is Type.HISTOGRAM
        return Histogram(metric.name, metric.help, metric.labels, unit=metric.unit, buckets=metric.buckets, registry=self.registry)


class MetricsPage:
    """The families of several parts, put together."""

    def __init__(self, fmt: Format) -> None:
        self._format = fmt
        self._families: dict[str, list[str]] = {}

    def add(self, part: MetricsSource) -> None:
        for header, samples in part.families(self._format):
            self._families.setdefault(header, []).append(samples)

    def text(self) -> bytes:
        lines = [header + "".join(samples) for header, samples in self._families.items()]
        return "".join([*lines, "# EOF\n" if self._format is Format.OPENMETRICS else ""]).encode()


def page(parts: Iterable[MetricsSource], fmt: Format) -> bytes:
    """The whole page at once."""
    made = MetricsPage(fmt)
    for part in parts:
        made.add(part)
    return made.text()


async def page_in_turns(parts: Iterable[MetricsSource], fmt: Format) -> bytes:
    """The whole page, leaving the loop to others after each part. The parts are those of the moment it starts."""
    made = MetricsPage(fmt)
    for part in list(parts):
        made.add(part)
        await asyncio.sleep(0)  # noqa: TID251 - no time passes: it is the turn of others
    return made.text()
