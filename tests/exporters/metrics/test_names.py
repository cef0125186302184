"""Every metric name stands once, and follows the field's conventions (docs/architecture.md, "House
rules")."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporters.metrics import names
from exporters.metrics.names import LABELS, TABLE, Metric, Type

ROOT = Path(__file__).parents[3]
SUFFIXES = ("", "_total", "_info", "_bucket", "_sum", "_count")
every_metric = pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)


@every_metric
def test_the_prefix_is_one(metric: Metric) -> None:
    assert re.fullmatch(r"vigie(_[a-z]+)+", metric.name)


@every_metric
def test_counters_end_in_total_and_nothing_else_does(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind is Type.COUNTER)
    assert metric.name.endswith("_info") == (metric.kind is Type.INFO)
    assert not metric.name.endswith(("_count", "_sum", "_bucket"))


@every_metric
def test_units_are_base_units_and_part_of_the_name(metric: Metric) -> None:
    assert metric.unit in ("", "seconds")
    assert metric.name.removesuffix("_total").endswith("_seconds") == (metric.unit == "seconds")


@every_metric
def test_labels_are_explained_and_none_is_one_that_scrapers_set(metric: Metric) -> None:
    assert set(metric.labels) <= LABELS.keys()
    assert not {"success", "type", "service", "env", "region", "job", "instance"} & set(metric.labels)


@every_metric
def test_help_is_a_sentence(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert "\n" not in metric.help


def test_what_is_deprecated_says_what_to_use() -> None:
    used = {metric.name: metric for metric in TABLE if not metric.instead}
    for metric in TABLE:
        assert metric.help.startswith("Deprecated, not in 0.3: use ") == bool(metric.instead)
        if metric.instead:
            assert f"use {metric.instead}." in metric.help
            assert set(used[metric.instead].labels) == {*metric.labels, "state"}


def test_every_explained_label_is_in_use() -> None:
    assert set(LABELS) == {label for metric in TABLE for label in metric.labels}


def test_no_name_is_given_twice() -> None:
    assert len({metric.name for metric in TABLE}) == len(TABLE)


def test_only_histograms_have_buckets_and_logins_have_those_of_logins() -> None:
    assert all(bool(metric.buckets) == (metric.kind is Type.HISTOGRAM) for metric in TABLE)
    assert names.RUN_DURATION.buckets == names.STEP_DURATION.buckets == (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 45)


def test_no_metric_name_is_spelled_outside_the_table() -> None:
    bases = {metric.name.removesuffix("_total").removesuffix("_info") for metric in TABLE}
    spelled = {base + suffix for base in bases for suffix in SUFFIXES}
    found = [f"{path.relative_to(ROOT)}: {word}" for path in _sources() for word in _words(path) if word in spelled]
    assert found == []


def test_the_search_for_spelled_names_finds_one(tmp_path: Path) -> None:
    source = tmp_path / "spelled.py"
    source.write_text(f'QUERY = "rate({names.RUNS.name}[5m])"\n', encoding="utf-8")
    assert names.RUNS.name in list(_words(source))


def _sources() -> Iterator[Path]:
    for package in ("exporters", "probe", "dashboards", "simulator"):
        yield from (path for path in (ROOT / package).rglob("*.py") if path != ROOT / "exporters" / "metrics" / "names.py")


def _words(path: Path) -> Iterator[str]:
    """The words in every string of a source, docstrings included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)
