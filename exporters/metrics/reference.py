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
Every series exists from the start, at 0, and disappears when its target leaves the configuration.
A two-valued gauge is 0 or 1.
When the truth is not known, the state gauge is 0 and its `_unknown` twin is 1:
alert on the state, and separately on unknown time and on the age of `{last_run}`.
Instants are seconds since the Unix epoch in UTC, 0 for never.

There are two kinds of metrics:

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
