"""Makes the PromQL expressions that several panels use, with names from the table of metrics.

A state is always the same number: 0 is bad (unavailable, or a condition that holds), 1 is unknown,
2 is good. So the lowest number is always the most urgent. Several probers with one shared ledger
export the same states. A prober that knows a state prevails over one that does not, and among those
that know it the worst state prevails.

`$hub`, `$idp`, `$vantage` are variables of the dashboards; `$__interval`, `$__rate_interval` and
`$__range` are Grafana's own.
"""

from exporters.metrics.names import Metric

HUB = 'hub=~"$hub"'
IDP = 'idp=~"$idp"'
ANY_IDP = 'idp=~"$idp|"'
"""What is the hub's own belongs to no IdP: its label is empty."""
VANTAGE = 'vantage=~"$vantage"'
ANY_HUB = 'hub=~"$hub|"'
"""Control targets belong to no hub: their label is empty."""

FAULTS = ("hub", "idp", "sp", "prober", "network")
"""The values of `exporters.metrics.names.LABELS["fault"]`, as `blame` numbers them from 1."""
FLAGS = ("none", "proposed", "approved", "deactivated", "recovered")
"""The states of flags, as `stage` numbers them from 0."""


def series(metric: Metric, *matchers: str, part: str = "") -> str:
    """Return a selector. `part` is `bucket`, `count` or `sum` of a histogram."""
    name = f"{metric.name}_{part}" if part else metric.name
    return f"{name}{{{','.join(matchers)}}}" if matchers else name


def available(good: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return the state of a subject whose gauge is 1 while it is available."""
    known_or_good = f"{series(good, *matchers)} + {series(unknown, *matchers)}"
    return f"2 * min by ({by}) ({known_or_good}) - min by ({by}) ({series(unknown, *matchers)})"


def active_state(active: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return the state of a subject whose gauge is 1 while it is bad, as a condition's is."""
    return f"2 - 2 * max by ({by}) ({series(active, *matchers)}) - min by ({by}) ({series(unknown, *matchers)})"


def worst_within(bad: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return the worst state within each step of the graph.

    So no outage is lost between two points of the graph.
    """
    was_bad = f"max by ({by}) (max_over_time({series(bad, *matchers)}[$__interval]))"
    was_unknown = f"min by ({by}) (max_over_time({series(unknown, *matchers)}[$__interval]))"
    return f"clamp_min(2 - 2 * {was_bad} - {was_unknown}, 0)"


def least_within(good: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return the state of a gauge of one prober within each step of the graph.

    It is good if the gauge was 1 in the whole step, unknown if it was unknown at any time, else
    bad.
    """
    was_good = f"min by ({by}) (min_over_time({series(good, *matchers)}[$__interval]))"
    was_unknown = f"max by ({by}) (max_over_time({series(unknown, *matchers)}[$__interval]))"
    return f"2 * {was_good} + {was_unknown}"


def blame(fault: Metric, trouble: str, by: str, *matchers: str) -> str:
    """Return the number of the party at fault in `FAULTS`, or 0.

    It is the number after the last one when `trouble` is 1 (else 0) and no fault is known.
    """
    known = f"max by ({by}) ({series(fault, *matchers)})"
    return f"{_numbered(fault, 'fault', dict(enumerate(FAULTS, 1)), by, matchers)} + {len(FAULTS) + 1} * clamp_min({trouble} - {known}, 0)"


def not_up(good: Metric, by: str, *matchers: str) -> str:
    """Return 1 where no prober says that the subject is available: it is down or unknown."""
    return f"1 - max by ({by}) ({series(good, *matchers)})"


def not_absent(active: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return 1 where the condition holds for a prober, or no prober knows."""
    return f"max by ({by}) ({series(active, *matchers)}) + min by ({by}) ({series(unknown, *matchers)})"


def stage(flag: Metric, by: str, *matchers: str) -> str:
    """Return the state of a deactivation, as its number in `FLAGS`."""
    return _numbered(flag, "state", dict(enumerate(FLAGS[1:], 1)), by, matchers)


def _numbered(metric: Metric, label: str, values: dict[int, str], by: str, matchers: tuple[str, ...]) -> str:
    terms = (f"{number} * max by ({by}) ({series(metric, *matchers, matching(label, value))})" for number, value in values.items())
    return " + ".join(terms)


def matching(label: str, value: str) -> str:
    """Return a matcher of the label and this value."""
    return f'{label}="{value}"'


def since(metric: Metric, by: str, *matchers: str) -> str:
    """Return the latest instant in milliseconds, Grafana's unit; no sample where it is 0."""
    return f"1000 * (max by ({by}) ({series(metric, *matchers)}) > 0)"


def highest(metric: Metric, by: str, *matchers: str) -> str:
    """Return the highest value among several exporters of the same figure."""
    return f"max by ({by}) ({series(metric, *matchers)})"


def total(metric: Metric, by: str, *matchers: str) -> str:
    """Return the sum of a gauge that each process counts itself."""
    return f"sum by ({by}) ({series(metric, *matchers)})"


def lowest(metric: Metric, by: str, *matchers: str) -> str:
    """Return the lowest value among several exporters of the same figure."""
    return f"min by ({by}) ({series(metric, *matchers)})"


def least_known(metric: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return the lowest value among the exporters that know one.

    The others export 0, which is left out. There is no sample where no exporter knows a value.
    """
    same = ", ".join(("job", "instance", *(label for label in unknown.labels)))
    return f"min by ({by}) ({series(metric, *matchers)} unless on ({same}) {series(unknown, *matchers)} == 1)"


def figure(ratio: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return a ratio of the ledger, or 2 when it is unknown: no ratio is ever 2."""
    return f"min by ({by}) ({series(ratio, *matchers)} + 2 * {series(unknown, *matchers)})"


def verdict(met: Metric, missed: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return 0 for a missed goal, 1 for one that is met, 2 where not enough is known to say so, and
    3 where nothing is. Exporters that know more go first.
    """
    return f"min by ({by}) (2 - 2 * {series(missed, *matchers)} - {series(met, *matchers)} + {series(unknown, *matchers)})"


def rounded_down(ratio: str, decimals: int = 4) -> str:
    """Round a ratio down to so many decimals of a percentage, as reports do.

    99.89999 % must not show as 99.9000 %. The result is exact for ratios from 0.53 on.
    """
    return f"floor(1e{decimals + 2} * {ratio}) / 1e{decimals + 2}"


def increase(metric: Metric, by: str, window: str, *matchers: str, across: str = "sum", part: str = "") -> str:
    """Return the increase of a counter.

    `across` is `max` for a counter that several exporters read from one ledger, and `sum` for one
    that each process counts itself.
    """
    return f"{across} by ({by}) (increase({series(metric, *matchers, part=part)}[{window}]))"


def grown(metric: Metric, by: str, *matchers: str, across: str = "sum") -> str:
    """Return the increase of a counter in each step, for the series that grew within the range.

    The others would only crowd the legend.
    """
    each = increase(metric, by, "$__interval", *matchers, across=across)
    whole = f"{across} by ({by}) (increase({series(metric, *matchers)}[$__range] @ end()))"
    return f"{each} and on ({by}) ({whole} > 0)"


def quantile(share: float, histogram: Metric, by: str, *matchers: str) -> str:
    """Return the seconds below which a `share` of the observations lies, over the rate interval."""
    buckets = series(histogram, *matchers, part="bucket")
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({buckets}[$__rate_interval])))"
