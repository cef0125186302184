"""Renders `/metrics` from many small registries, and renders again only those that changed.

`prometheus_client` takes some 13 microseconds per series, on the event loop. Therefore each probed
target has a registry of its own, whose text is cached until the target is probed again,
and the page gives the loop to others after each part: no turn renders more than one target,
whatever the number of series. Both exposition formats require the samples of a family to stand
together, so each registry's text is cut at the headers of its families, and equal headers are
joined.
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
"""Pairs of (header, samples): the `#` lines of one family, and its sample lines."""


class Format(Enum):
    """The two exposition formats, by their media types."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class MetricsSource(Protocol):
    """A part of the page: some of its series."""

    def families(self, fmt: Format) -> Families:
        """Return the part's families as text of this format."""
        ...


# A line never ends within a label's value, as newlines are escaped there.
_FAMILY = re.compile(r"((?:^#.*\n)+)((?:^[^#\n].*\n)*)", re.MULTILINE)


def draw(collector: Collector, fmt: Format) -> Families:
    """Return the families of a registry or a collector as text of this format."""
    if fmt is Format.TEXT:
        text = text_format(collector).decode()
    else:
        text = openmetrics_format(collector).decode()  # type: ignore[no-untyped-call]
    return [(head, samples) for head, samples in _FAMILY.findall(text.removesuffix("# EOF\n"))]


class UncachedPart:
    """A part that is rendered for each page, as its values change without notice."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def families(self, fmt: Format) -> Families:
        """Render the collector."""
        return draw(self._collector, fmt)


class CachedPart:
    """A part with a registry of its own, whose text is cached until `touch` is called."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._drawn: dict[Format, Families] = {}

    def touch(self) -> None:
        """Drop the cached text. To be called after each change of a value."""
        self._drawn.clear()

    def families(self, fmt: Format) -> Families:
        """Return the cached text, and render the registry when there is none."""
        if fmt not in self._drawn:
            self._drawn[fmt] = draw(self.registry, fmt)
        return self._drawn[fmt]

    def counter(self, metric: Metric) -> Counter:
        """Make a counter of the registry."""
        assert metric.kind is Type.COUNTER
        return Counter(metric.name, metric.help, metric.labels, unit=metric.unit, registry=self.registry)

    def gauge(self, metric: Metric) -> Gauge:
        """Make a gauge of the registry."""
        assert metric.kind is Type.GAUGE
        return Gauge(metric.name, metric.help, metric.labels, unit=metric.unit, registry=self.registry)

    def histogram(self, metric: Metric) -> Histogram:
        """Make a histogram of the registry, with the metric's buckets."""
        assert metric.kind is Type.HISTOGRAM
        return Histogram(metric.name, metric.help, metric.labels, unit=metric.unit, buckets=metric.buckets, registry=self.registry)


class MetricsPage:
    """A page under construction: joins the families of several parts."""

    def __init__(self, fmt: Format) -> None:
        self._format = fmt
        self._families: dict[str, list[str]] = {}

    def add(self, part: MetricsSource) -> None:
        """Add a part's families; those that are on the page already get its samples too."""
        for header, samples in part.families(self._format):
            self._families.setdefault(header, []).append(samples)

    def text(self) -> bytes:
        """Return the page, with `# EOF` at its end if the format asks for it."""
        lines = [header + "".join(samples) for header, samples in self._families.items()]
        return "".join([*lines, "# EOF\n" if self._format is Format.OPENMETRICS else ""]).encode()


def page(parts: Iterable[MetricsSource], fmt: Format) -> bytes:
    """Render the whole page at once."""
    made = MetricsPage(fmt)
    for part in parts:
        made.add(part)
    return made.text()


async def page_in_turns(parts: Iterable[MetricsSource], fmt: Format) -> bytes:
    """Render the whole page, and give the event loop to others after each part.

    The list of parts is taken once, at the start.
    """
    made = MetricsPage(fmt)
    for part in list(parts):
        made.add(part)
        await asyncio.sleep(0)  # noqa: TID251 - no time passes: it is the turn of others
    return made.text()
