"""The few shapes of expression that the rules are made of, and the traps that each avoids.

- A failed scrape ends every series of its target until the next one. A rule that reads an instant starts again then, and one with `for`
  may never fire. So every rule reads a range: `bridged` for what may be a little old, `remembered` for what must outlive a lost scrape.
- A series that left the configuration ends too. So nothing fires on the mere end of a series, but on `up` alone.
- `increase` extrapolates: of two events it makes 2.02. Counts are compared with halves.
- Several vantages that share a store tell of the same hub: states are joined over the instances.
"""

from collections.abc import Mapping

from dashboards.rules.model import Record, Settings
from exporters.metrics.names import Metric
from probe.texts.bilingual import Language, Text

BRIDGE_SECONDS = 120
"""A value counts for so many seconds after it was scraped: longer than one missing scrape, shorter than any alert waits."""
BUDGET = 0.001
"""The share of time that may be down: 100 % - 99.9 % (contract, section 3)."""

UP = "up"  # Prometheus's own
STARTED = "process_start_time_seconds"  # its client library's
TARGET = "job, instance"


def duration(seconds: int, settings: Settings) -> str:
    """Seconds at the settings' pace, as PromQL writes a duration: `5m`, `90s`, `2500ms`."""
    ms, rest = divmod(seconds * 1000, settings.faster)
    assert not rest or ms, f"{seconds} s is nothing at {settings.faster} times the pace"
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms and ms % length == 0:
            return f"{ms // length}{unit}"
    return f"{ms}ms"


def paced(seconds: float, settings: Settings) -> str:
    """Seconds at the settings' pace, as a number to compare an age with."""
    return f"{seconds / settings.faster:.10g}"


def selected(metric: Metric, **labels: str) -> str:
    """A metric's series that have these labels; a value that starts with `~` is a regular expression, with `!~` one that must not fit."""
    if not labels:
        return metric.name
    return f"{metric.name}{{{', '.join(f'{name}{_matching(value)}' for name, value in labels.items())}}}"


def _matching(value: str) -> str:
    for operator, mark in (("!~", "!~"), ("=~", "~")):
        if value.startswith(mark):
            return f'{operator}"{value.removeprefix(mark)}"'
    return f'="{value}"'


def over(function: str, series: str, seconds: int, settings: Settings) -> str:
    """`increase(series[5m])` and the like."""
    return f"{function}({series}[{duration(seconds, settings)}])"


def bridged(metric: Metric, settings: Settings, **labels: str) -> str:
    """The last value, where one was scraped in the last two minutes."""
    return over("last_over_time", selected(metric, **labels), BRIDGE_SECONDS, settings)


def count(metric: Metric, seconds: int, settings: Settings, **labels: str) -> str:
    """How much a counter grew in the last so many seconds."""
    return over("increase", selected(metric, **labels), seconds, settings)


def remembered(name: str, state: str, settings: Settings) -> Record:
    """What `state` gives of each instance, and through a lost scrape what it last gave.

    The rule reads its own last value: a series that ended while its target was scraped left the configuration, and is not remembered.
    """
    return Record(name, f"{state} or ({over('last_over_time', name, BRIDGE_SECONDS, settings)} and on ({TARGET}) {UP} == 0)")


def joined(name: str, by: str, denied: str) -> str:
    """A remembered state, joined over the instances. Where some instance has lately `denied` it, memories count for nothing."""
    return f"max by ({by}) ({name} unless on ({TARGET}) {UP} == 0) or (max by ({by}) ({name}) unless on ({by}) {denied})"


def worded(value: str, texts: Mapping[str, Text]) -> Text:
    """Prometheus's template for a label's closed word as people read it. `value`: `$labels.clock`, say. Another word is told as it is."""
    return Text(*(_worded(value, {word: text.told(language) for word, text in texts.items()}) for language in Language))


def _worded(value: str, texts: Mapping[str, str]) -> str:
    cases = "{{ else ".join(f'if eq {value} "{word}" }}}}{text}' for word, text in texts.items())
    return f"{{{{ {cases}{{{{ else }}}}{{{{ {value} }}}}{{{{ end }}}}"
