"""The dashboards and the table of names know the same metrics."""

import re

import pytest

from dashboards.rules.document import groups
from dashboards.rules.model import RuleSettings
from exporters.metrics import names
from exporters.metrics.names import Type
from tests.dashboards.asking import questions
from tests.dashboards.made import DASHBOARDS

AT = 1_792_590_000
OF_HISTOGRAMS = ("bucket", "count", "sum")
NOT_OURS = {"up", "ALERTS", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"}
"""Prometheus's own series, and those of its client library."""
ON_DEMAND = {metric.name for metric in names.TABLE if metric.help.startswith("On /probe only")}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPING = re.compile(r"\b(?:by|on|ignoring|without|group_left|group_right) *\([^)]*\)")
_NAME = re.compile(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?! *\()")
_LABELS = re.compile(r"\{[^}]*\}|\[[^\]]*\]")
_WORDS = {"and", "or", "unless", "bool", "by", "on", "le", "offset"}


def named(expr: str) -> set[str]:
    """The metrics that an expression reads."""
    bare = _LABELS.sub("", _GROUPING.sub("", _QUOTED.sub("", expr)))
    return {word for word in _NAME.findall(bare) if word not in _WORDS and not re.fullmatch(r"1?e\d+|[0-9.]+", word)}


def read_by(uid: str) -> set[str]:
    return {name for question in questions(DASHBOARDS[uid], AT) for name in named(question.expr)}


def _exposed() -> set[str]:
    exposed = {metric.name for metric in names.TABLE if metric.kind is not Type.HISTOGRAM}
    return exposed | {f"{metric.name}_{part}" for metric in names.TABLE if metric.kind is Type.HISTOGRAM for part in OF_HISTOGRAMS}


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_metric_that_a_panel_reads_exists(uid: str) -> None:
    assert read_by(uid) - _exposed() - NOT_OURS == set()


def test_every_metric_is_on_a_dashboard() -> None:
    shown = {name for uid in DASHBOARDS for name in read_by(uid)}
    bases = shown | {name.removesuffix(f"_{part}") for name in shown for part in OF_HISTOGRAMS}
    assert {metric.name for metric in names.TABLE if not metric.instead} - bases - ON_DEMAND == set()


def test_no_dashboard_and_no_rule_reads_what_is_deprecated() -> None:
    deprecated = {metric.name for metric in names.TABLE if metric.instead}
    rules = {word for group in groups(RuleSettings()) for rule in group.rules for word in named(rule.expr)}
    assert deprecated & (rules | {name for uid in DASHBOARDS for name in read_by(uid)}) == set()


def test_the_search_finds_a_metric_that_does_not_exist() -> None:
    assert named('sum by (hub, le) (rate(vigie_made_up_total{hub=~"vigie.+"}[5m])) / 1e6 > bool 0') == {"vigie_made_up_total"}


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_the_labels_that_are_asked_for_are_the_metrics_own(uid: str) -> None:
    """A matcher on a label that the metric lacks finds nothing, or everything."""
    labels = {metric.name: {*metric.labels, "job", "instance", "le"} for metric in names.TABLE}
    for question in questions(DASHBOARDS[uid], AT):
        for name, matchers in re.findall(r"(vigie_\w+)\{([^}]*)\}", question.expr):
            base = next(made for made in (name, *(name.removesuffix(f"_{part}") for part in OF_HISTOGRAMS)) if made in labels)
            assert set(re.findall(r"(\w+)=", matchers)) <= labels[base], question.expr
