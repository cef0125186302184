"""Grafana's own schema of dashboards knows every key that we write."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import bargauge, dashboard, prometheus, stat, statetimeline, table, timeseries

from tests.dashboards.asking import Json, panels
from tests.dashboards.made import DASHBOARDS

every_dashboard = pytest.mark.parametrize("made", DASHBOARDS.values(), ids=lambda made: made["uid"])
MODELS: dict[str, Any] = {"bargauge": bargauge, "stat": stat, "state-timeline": statetimeline, "table": table, "timeseries": timeseries}
OF_PROMETHEUS = {"step", "titleFormat", "textFormat", "tagKeys", "useValueForTime"}
"""What the Prometheus data source adds to an annotation; the schema does not know data sources."""


def understood(model: Any, tree: Json) -> Any:
    """The tree as the schema's model reads and writes it again."""
    return json.loads(json.dumps(model.from_json(tree), cls=JSONEncoder))


def lost(ours: object, theirs: object, path: str = "") -> Iterator[str]:
    """Keys of ours that did not come back, or came back otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            yield from lost(value, theirs[key], f"{path}.{key}") if key in theirs else [f"{path}.{key}"]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lost(one, other, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"


@every_dashboard
def test_every_key_of_the_dashboard_is_in_the_schema(made: Json) -> None:
    assert [key for key in lost(made, understood(dashboard.Dashboard, made)) if key.rpartition(".")[2] not in OF_PROMETHEUS] == []


@every_dashboard
def test_every_option_of_a_panel_is_one_of_its_kind(made: Json) -> None:
    for panel in panels(made):
        model = MODELS[panel["type"]]
        assert list(lost(panel["options"], understood(model.Options, panel["options"]))) == []
        if "custom" in panel["fieldConfig"]["defaults"] and hasattr(model, "FieldConfig"):
            assert (
                list(
                    lost(
                        panel["fieldConfig"]["defaults"]["custom"],
                        understood(model.FieldConfig, panel["fieldConfig"]["defaults"]["custom"]),
                    )
                )
                == []
            )


@every_dashboard
def test_every_query_is_one_of_prometheus(made: Json) -> None:
    for panel in panels(made):
        for target in panel["targets"]:
            assert list(lost(target, understood(prometheus.Dataquery, target))) == []
