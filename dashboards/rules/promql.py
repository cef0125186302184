"""Makes the PromQL expressions of the rules, which avoid these traps:

- A failed scrape ends all series of its target until the next scrape. A rule that reads an instant
  then starts again, and one with `for` may never fire. So every rule reads a range:
  `bridged` for values that may be a little old, `remembered` for states that must survive
  a lost scrape.
- A series also ends when its target leaves the configuration. So no alert fires because a series
  ended; only the end of `up` counts.
- `increase` extrapolates: two events become 2.02. So counts are compared with halves.
- Several vantages with a shared store export the same hub: states are joined over the instances.
"""

from collections.abc import Mapping

from dashboards.rules.model import RecordingRule, RuleSettings
from exporters.metrics.names import Metric
from probe.texts.bilingual import Language, Text

BRIDGE_SECONDS = 120
"""The seconds for which a scraped value counts.

They cover a missing scrape, and are shorter than the waiting time of any alert.
"""
UP = "up"  # a series of Prometheus
STARTED = "process_start_time_seconds"  # a metric of the client library
NOTIFICATIONS = "alertmanager_notifications_total"  # of Alertmanager
NOTIFICATIONS_FAILED = "alertmanager_notifications_failed_total"
TARGET = "job, instance"


def duration(seconds: int, settings: RuleSettings) -> str:
    """Divide seconds by `settings.faster`, and write them as PromQL does: `5m`, `90s`, `2500ms`."""
    ms, rest = divmod(seconds * 1000, settings.faster)
    assert not rest or ms, f"{seconds} s is nothing at {settings.faster} times the pace"
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms and ms % length == 0:
            return f"{ms // length}{unit}"
    return f"{ms}ms"


def paced(seconds: float, settings: RuleSettings) -> str:
    """Divide seconds by `settings.faster`, and write them as a number, to compare an age with."""
    return f"{seconds / settings.faster:.10g}"


def selected(metric: Metric, **labels: str) -> str:
    """Return a selector of a metric with these labels.

    A value that starts with `~` is a regular expression; with `!~` it must not match.
    """
    if not labels:
        return metric.name
    return f"{metric.name}{{{', '.join(f'{name}{_matching(value)}' for name, value in labels.items())}}}"


def _matching(value: str) -> str:
    for operator, mark in (("!~", "!~"), ("=~", "~")):
        if value.startswith(mark):
            return f'{operator}"{value.removeprefix(mark)}"'
    return f'="{value}"'


def over(function: str, series: str, seconds: int, settings: RuleSettings) -> str:
    """Return a function of a range, as in `increase(series[5m])`."""
    return f"{function}({series}[{duration(seconds, settings)}])"


def bridged(metric: Metric, settings: RuleSettings, **labels: str) -> str:
    """Return the last value that was scraped within BRIDGE_SECONDS."""
    return over("last_over_time", selected(metric, **labels), BRIDGE_SECONDS, settings)


def count(metric: Metric, seconds: int, settings: RuleSettings, **labels: str) -> str:
    """Return the increase of a counter in the last `seconds`."""
    return over("increase", selected(metric, **labels), seconds, settings)


def remembered(name: str, state: str, settings: RuleSettings) -> RecordingRule:
    """Record the value of `state` for each instance, and its last value while a scrape is lost.

    The rule reads its own last value. A series that ends while its target is scraped has left the
    configuration, and is not remembered.
    """
    return RecordingRule(name, f"{state} or ({over('last_over_time', name, BRIDGE_SECONDS, settings)} and on ({TARGET}) {UP} == 0)")


def joined(name: str, by: str, denied: str) -> str:
    """Return a remembered state, joined over the instances.

    Where the expression `denied` is true for an instance, remembered values do not count.
    """
    return f"max by ({by}) ({name} unless on ({TARGET}) {UP} == 0) or (max by ({by}) ({name}) unless on ({by}) {denied})"


def worded(value: str, texts: Mapping[str, Text]) -> Text:
    """Return a template of Prometheus that shows the text of a machine word.

    `value` is a template's value, as `$labels.clock`. A word without a text is shown as it is.
    """
    return Text(*(_worded(value, {word: text.in_language(language) for word, text in texts.items()}) for language in Language))


def _worded(value: str, texts: Mapping[str, str]) -> str:
    cases = "{{ else ".join(f'if eq {value} "{word}" }}}}{text}' for word, text in texts.items())
    return f"{{{{ {cases}{{{{ else }}}}{{{{ {value} }}}}{{{{ end }}}}"
