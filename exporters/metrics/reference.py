"""Writes `docs/metrics.md` from the table of metric names.

python -m exporters.metrics.reference > docs/metrics.md
"""

import sys
from collections.abc import Iterator

from exporters.metrics import initial_series, names
from exporters.metrics.names import LABELS, TABLE, Metric
from probe.core.judgement.observation import Kind

_INTRO = """# Metrics

Written by `python -m exporters.metrics.reference`; do not edit. The table is `exporters/metrics/names.py`.

`/metrics` answers in the Prometheus text format, or in OpenMetrics if the request's `Accept` asks for it.
Every series exists from the start, at 0, and disappears when its target leaves the configuration
(but for `{idp_failure}` and `{condition_failure}`, which exist while an outage goes on).
A two-valued gauge is 0 or 1.
Instants are seconds since the Unix epoch in UTC, 0 for never.

## States and what is unknown

A state is a set of series, one for each value of the label `state` (`up`, `down`, `unknown`).
Exactly one of them is 1. So an average is a share of time, and unknown time is neither up nor down:

- `avg_over_time({hub_state}{{state="up"}}[30d])` is the share of the samples in which the hub was up,
  and the same of `down` and `unknown` is the rest. The contract's figure is not made of samples: it is
  `{availability}`.
- Alert on `{hub_state}{{state="down"}} == 1`, and separately on `{hub_state}{{state="unknown"}} == 1`
  and on the age of `{last_run}`.

A ratio that is unknown is NaN, and so is what is left of a budget that is unknown.
Prometheus's guidelines ask for a series from the start, with NaN where 0 would mislead.
NaN is on neither side of any comparison, so no alert fires by it. `min` and `max` over several series prefer numbers to it.
`avg_over_time` of a time with such a sample is NaN: the average of what is not known is not known.
`{availability} >= 0` leaves NaN out.

What is deprecated is served until the next minor version, 0.3, beside what is used instead;
its meaning says which metric that is.
A set of series replaces a gauge that was 0 when unknown, and the `_unknown` beside it.

`{idp_info}` and `{hub_info}` have the titles: `* on (hub, idp) group_left (title) {idp_info}` adds them.
A new title is a new series, and the one before ends with the same scrape.
Two probers may differ until both are reloaded; `topk by (hub, idp) (1, {idp_info})` takes one of them.

## Two kinds

- Those read from the ledger (hub, conditions, IdPs) are the same after a restart.
  Their seconds counters end at `{settled}`: no later observation can change anything before that instant,
  so they never go down.
- The live ones of the process start at 0 with it, as counters do.

`{failures}` exists at 0 for the combinations with which a journey of its kind can end ({most} at most for one target).
Others appear when they happen; `{failed}` exists at 0 for every fault, so that `increase()` sees each first failure.

The exporter also has the usual `process_*` and `python_*` metrics of the Prometheus client library,
among them `process_start_time_seconds`.
"""


def reference() -> str:
    """Return the whole document."""
    return "\n".join([_introduction(), *_metrics(), "", *_labels(), "", *_buckets(), ""])


def _introduction() -> str:
    most = max(len(initial_series.failures(kind)) for kind in Kind)
    return _INTRO.format(
        last_run=names.LAST_RUN.name,
        hub_state=names.HUB_STATE.name,
        availability=names.AVAILABILITY.name,
        idp_failure=names.IDP_FAILURE.name,
        condition_failure=names.CONDITION_FAILURE.name,
        idp_info=names.IDP_INFO.name,
        hub_info=names.HUB_INFO.name,
        settled=names.LEDGER_SETTLED.name,
        failures=names.FAILURES.name,
        failed=names.FAILED_RUNS.name,
        most=most,
    )


def _metrics() -> Iterator[str]:
    yield "## Every metric"
    yield ""
    yield "| name | kind | unit | labels | meaning |"
    yield "|---|---|---|---|---|"
    for metric in TABLE:
        yield f"| `{metric.name}` | {metric.kind} | {metric.unit or '-'} | {_listed(metric.labels)} | {metric.help} |"


def _listed(labels: tuple[str, ...]) -> str:
    return ", ".join(f"`{label}`" for label in labels) or "-"


def _labels() -> Iterator[str]:
    yield "## Labels"
    yield ""
    yield "| label | holds |"
    yield "|---|---|"
    for label, meaning in LABELS.items():
        yield f"| `{label}` | {meaning} |"


def _buckets() -> Iterator[str]:
    yield "## Buckets"
    yield ""
    for metric in (metric for metric in TABLE if metric.buckets):
        yield f"- `{metric.name}`: {_edges(metric)} seconds"


def _edges(metric: Metric) -> str:
    return ", ".join(f"{edge:g}" for edge in metric.buckets)


if __name__ == "__main__":
    sys.stdout.write(reference())
