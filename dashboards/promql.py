"""Makes the PromQL expressions that several panels use, with names from the table of metrics.

A state is always the same number: 0 is bad (unavailable, or a condition that holds), 1 is unknown,
2 is good. So the lowest number is always the most urgent. Several probers with one shared ledger
export the same states. A prober that knows a state prevails over one that does not, and among those
that know it the worst state prevails.

`$hub`, `$idp`, `$vantage` are variables of the dashboards; `$__interval`, `$__rate_interval` and
`$__range` are Grafana's own.
"""

from exporters.metrics import names
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


def matching(label: str, value: str) -> str:
    """Return a matcher of the label and this value."""
    return f'{label}="{value}"'


UP, DOWN, UNKNOWN = (matching("state", word) for word in ("up", "down", "unknown"))


def state(metric: Metric, by: str, *matchers: str) -> str:
    """Return the state of a subject, of which `metric` has a series for each state."""
    up, down = (f"max by ({by}) ({series(metric, *matchers, one)})" for one in (UP, DOWN))
    return f"clamp_min(1 + {up} - 2 * {down}, 0)"


def worst_within(metric: Metric, by: str, *matchers: str) -> str:
    """Return the worst state within each step of the graph.

    So no outage is lost between two points of the graph.
    """
    was_down = f"max by ({by}) (max_over_time({series(metric, *matchers, DOWN)}[$__interval]))"
    was_unknown = f"min by ({by}) (max_over_time({series(metric, *matchers, UNKNOWN)}[$__interval]))"
    return f"clamp_min(2 - 2 * {was_down} - {was_unknown}, 0)"


def blame(fault: Metric, trouble: str, by: str, *matchers: str) -> str:
    """Return the number of the party at fault in `FAULTS`, or 0.

    It is the number after the last one when `trouble` is 1 (else 0) and no fault is known.
    """
    known = f"max by ({by}) ({series(fault, *matchers)})"
    return f"{_numbered(fault, 'fault', dict(enumerate(FAULTS, 1)), by, matchers)} + {len(FAULTS) + 1} * clamp_min({trouble} - {known}, 0)"


def not_up(metric: Metric, by: str, *matchers: str) -> str:
    """Return 1 where no prober says that the subject is up: it is down or unknown."""
    return f"1 - max by ({by}) ({series(metric, *matchers, UP)})"


def stage(flag: Metric, by: str, *matchers: str) -> str:
    """Return the state of a deactivation, as its number in `FLAGS`."""
    return _numbered(flag, "state", dict(enumerate(FLAGS[1:], 1)), by, matchers)


def _numbered(metric: Metric, label: str, values: dict[int, str], by: str, matchers: tuple[str, ...]) -> str:
    terms = (f"{number} * max by ({by}) ({series(metric, *matchers, matching(label, value))})" for number, value in values.items())
    return " + ".join(terms)


def since(metric: Metric, by: str, *matchers: str) -> str:
    """Return the latest instant in milliseconds, Grafana's unit; no sample where it is 0."""
    return f"1000 * (max by ({by}) ({series(metric, *matchers)}) > 0)"


def elapsed(metric: Metric, by: str, *matchers: str) -> str:
    """Return the seconds from the latest instant to the end of the range; no sample where it is 0.

    Grafana's own relative times count from the present, whatever the range is.
    """
    return f"(time() - (max by ({by}) ({series(metric, *matchers)}) > 0))"


def spoken(seconds: str, by: str, label: str, *, signed: bool = False) -> str:
    """Return a sample for each duration, with the duration in `label`, as `looks.spoken` reads it.

    The label has the days, hours, minutes and seconds, two digits each: 1 h 05 min is 10500. If
    `signed`, a negative duration has its sign before the digits of its length. Grafana formats
    numbers of seconds in English only; it shows a label's text by any pattern.
    """
    length = f"abs({seconds})" if signed else seconds
    digits = f"floor({length} + 40 * floor({length} / 60) + 4000 * floor({length} / 3600) + 760000 * floor({length} / 86400))"
    return f'count_values by ({by}) ("{label}", {f"sgn({seconds}) * {digits}" if signed else digits})'


def titled(expr: str, *matchers: str, within: str = "") -> str:
    """Add the IdP's title to series that have `hub` and `idp`.

    While two probers have different titles, one of them is taken. `within` is the time in which a
    prober may have told it.
    """
    told = series(names.IDP_INFO, *matchers)
    told = f"max_over_time({told}[{within}])" if within else told
    return f"({expr}) * on (hub, idp) group_left (title) topk by (hub, idp) (1, max by (hub, idp, title) ({told}))"


def placeheld(expr: str, label: str) -> str:
    """Give a dash for a label to series without it, so that a table can join by it."""
    return f'label_replace({expr}, "{label}", "–", "{label}", "")'


def hub_titled(expr: str, *matchers: str) -> str:
    """Add the hub's title to series that have `hub`, as `titled` does."""
    return f"({expr}) * on (hub) group_left (title) topk by (hub) (1, max by (hub, title) ({series(names.HUB_INFO, *matchers)}))"


def highest(metric: Metric, by: str, *matchers: str) -> str:
    """Return the highest value among several exporters of the same figure."""
    return f"max by ({by}) ({series(metric, *matchers)})"


def total(metric: Metric, by: str, *matchers: str) -> str:
    """Return the sum of a gauge that each process counts itself."""
    return f"sum by ({by}) ({series(metric, *matchers)})"


def lowest(metric: Metric, by: str, *matchers: str) -> str:
    """Return the lowest value among several exporters of the same figure."""
    return f"min by ({by}) ({series(metric, *matchers)})"


def figure(ratio: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """Return a ratio of the ledger, or 2 where no exporter knows it: no ratio is ever 2."""
    return f"({lowest(ratio, by, *matchers)} >= 0 or 2 * {lowest(unknown, by, *matchers)})"


def known(metric: Metric, by: str, *matchers: str) -> str:
    """Return the lowest value among the exporters that know one, else nothing.

    The others export NaN, which equals nothing, and not itself either.
    """
    value = lowest(metric, by, *matchers)
    return f"({value} == {value})"


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
