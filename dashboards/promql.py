"""The expressions that several panels build on. Every metric's name comes from the table of names.

A state is one number, the same everywhere: 0 is bad (unavailable, a condition that holds), 1 is unknown, 2 is good, so that the smaller
is always what to look at first. Several probers on one shared ledger export the same states: whoever knows prevails over who does
not, and among those who know the worst prevails.

`$hub`, `$idp`, `$vantage` are Grafana's variables; `$__interval`, `$__rate_interval` and `$__range` are its own.
"""

from exporters.metrics.names import Metric

HUB = 'hub=~"$hub"'
IDP = 'idp=~"$idp"'
VANTAGE = 'vantage=~"$vantage"'
ANY_HUB = 'hub=~"$hub|"'
"""Control targets belong to no hub: their label is empty."""

FAULTS = ("hub", "idp", "sp", "prober", "network")
"""`exporters.metrics.names.LABELS["fault"]`, in the order in which `blame` numbers them from 1."""
FLAGS = ("none", "proposed", "approved", "deactivated", "recovered")
"""`exporters.metrics.names.LABELS["state"]` of flags, in the order in which `stage` numbers them from 0."""


def series(metric: Metric, *matchers: str, part: str = "") -> str:
    """A selector. `part` is `bucket`, `count` or `sum` of a histogram."""
    name = f"{metric.name}_{part}" if part else metric.name
    return f"{name}{{{','.join(matchers)}}}" if matchers else name


def available(good: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """The state of what exports 1 while it is well and an unknown twin."""
    known_or_good = f"{series(good, *matchers)} + {series(unknown, *matchers)}"
    return f"2 * min by ({by}) ({known_or_good}) - min by ({by}) ({series(unknown, *matchers)})"


def standing(active: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """The state of what exports 1 while it is bad and an unknown twin."""
    return f"2 - 2 * max by ({by}) ({series(active, *matchers)}) - min by ({by}) ({series(unknown, *matchers)})"


def worst_within(bad: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """The worst state within each step of the graph, so that no outage is lost between two of its points."""
    was_bad = f"max by ({by}) (max_over_time({series(bad, *matchers)}[$__interval]))"
    was_unknown = f"min by ({by}) (max_over_time({series(unknown, *matchers)}[$__interval]))"
    return f"clamp_min(2 - 2 * {was_bad} - {was_unknown}, 0)"


def least_within(good: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """The same of what one prober says: good when it was so all through the step, unknown when it was that at some time, else bad."""
    was_good = f"min by ({by}) (min_over_time({series(good, *matchers)}[$__interval]))"
    was_unknown = f"max by ({by}) (max_over_time({series(unknown, *matchers)}[$__interval]))"
    return f"2 * {was_good} + {was_unknown}"


def blame(fault: Metric, trouble: str, by: str, *matchers: str) -> str:
    """Whose fault it is: 0 nobody's, else the number of `FAULTS`, or the one after them when there is `trouble` (1, else 0) and no "
    "fault is known."""
    known = f"max by ({by}) ({series(fault, *matchers)})"
    return f"{_numbered(fault, 'fault', dict(enumerate(FAULTS, 1)), by, matchers)} + {len(FAULTS) + 1} * clamp_min({trouble} - {known}, 0)"


def not_up(good: Metric, by: str, *matchers: str) -> str:
    """1 where nobody says that it is well: it is down or unknown."""
    return f"1 - max by ({by}) ({series(good, *matchers)})"


def not_absent(active: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """1 where it holds for somebody, or nobody knows."""
    return f"max by ({by}) ({series(active, *matchers)}) + min by ({by}) ({series(unknown, *matchers)})"


def stage(flag: Metric, by: str, *matchers: str) -> str:
    """Where a deactivation stands: the number of `FLAGS`."""
    return _numbered(flag, "state", dict(enumerate(FLAGS[1:], 1)), by, matchers)


def _numbered(metric: Metric, label: str, values: dict[int, str], by: str, matchers: tuple[str, ...]) -> str:
    terms = (f"{number} * max by ({by}) ({series(metric, *matchers, matching(label, value))})" for number, value in values.items())
    return " + ".join(terms)


def matching(label: str, value: str) -> str:
    """A matcher: the label has that value."""
    return f'{label}="{value}"'


def since(metric: Metric, by: str, *matchers: str) -> str:
    """An instant of the latest, in milliseconds as Grafana wants it; nothing where there never was one."""
    return f"1000 * (max by ({by}) ({series(metric, *matchers)}) > 0)"


def highest(metric: Metric, by: str, *matchers: str) -> str:
    """One value among several exporters of the same figure."""
    return f"max by ({by}) ({series(metric, *matchers)})"


def lowest(metric: Metric, by: str, *matchers: str) -> str:
    return f"min by ({by}) ({series(metric, *matchers)})"


def least_known(metric: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """The lowest value among the exporters that know one: who knows nothing exports 0. Nothing where nobody knows."""
    same = ", ".join(("job", "instance", *(label for label in unknown.labels)))
    return f"min by ({by}) ({series(metric, *matchers)} unless on ({same}) {series(unknown, *matchers)} == 1)"


def figure(ratio: Metric, unknown: Metric, by: str, *matchers: str) -> str:
    """A ratio of the ledger; 2 when nothing is known, which no ratio ever is."""
    return f"min by ({by}) ({series(ratio, *matchers)} + 2 * {series(unknown, *matchers)})"


def rounded_down(ratio: str, decimals: int = 4) -> str:
    """To so many decimals of a percentage, as reports print it: 99.89999 % must not show as 99.9000 %. Exact from 0.53 on."""
    return f"floor(1e{decimals + 2} * {ratio}) / 1e{decimals + 2}"


def increase(metric: Metric, by: str, window: str, *matchers: str, across: str = "sum", part: str = "") -> str:
    """How much a counter grew. `across` is `max` for what several exporters read from one ledger, `sum` for what each counts itself."""
    return f"{across} by ({by}) (increase({series(metric, *matchers, part=part)}[{window}]))"


def grown(metric: Metric, by: str, *matchers: str, across: str = "sum") -> str:
    """How much a counter grew in each step, for those series only that grew at all within the range: the others would crowd the legend."""
    each = increase(metric, by, "$__interval", *matchers, across=across)
    whole = f"{across} by ({by}) (increase({series(metric, *matchers)}[$__range] @ end()))"
    return f"{each} and on ({by}) ({whole} > 0)"


def quantile(share: float, histogram: Metric, by: str, *matchers: str) -> str:
    """Seconds under which `share` of the observations stay, over the rate interval."""
    buckets = series(histogram, *matchers, part="bucket")
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({buckets}[$__rate_interval])))"
