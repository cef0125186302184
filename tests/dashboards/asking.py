"""The requests that Grafana sends to Prometheus for a dashboard, with its variables filled in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

SCREEN_PX = 1366
"""Grafana asks for no more points than a panel has pixels."""
GRID = 24
SCRAPE_S = 15
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LABEL_VALUES = re.compile(r"label_values\((?P<series>.+), *(?P<label>\w+)\)")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One request to Prometheus's API. `where` says which panel, annotation or variable asks it."""

    where: str
    path: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def expr(self) -> str:
        return next(value for name, value in self.parameters if name in ("query", "match[]"))


class Asker:
    """One connection to a Prometheus, as Grafana keeps it: a context manager."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60.0, trust_env=False)

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, question: Question) -> list[Any]:
        """The series, or a label's values, that the question gets.
        Raises AssertionError when Prometheus does not understand it.
        """
        answer = self._client.get(f"/api/v1/{question.path}", params=list(question.parameters)).json()
        assert answer["status"] == "success", f"{question.where}: {answer['error']}\n{question.expr}"
        data = answer["data"]
        found: list[Any] = data if isinstance(data, list) else data["result"]
        return found


def panels(dashboard: Json) -> Iterator[Json]:
    """All panels but the headings of rows."""
    yield from (panel for panel in dashboard["panels"] if panel["type"] != "row")


def seconds(duration: str) -> int:
    return int(duration[:-1]) * _UNITS[duration[-1]]


def past_s(dashboard: Json) -> int:
    """The dashboard's own range."""
    assert dashboard["time"]["to"] == "now"
    return seconds(dashboard["time"]["from"].removeprefix("now-"))


def questions(dashboard: Json, end: int, *, past: int | None = None, chosen: Mapping[str, str] | None = None) -> Iterator[Question]:
    """Every question of its panels, annotations and variables, over the `past` seconds
    until `end` (its own range unless told).

    `chosen` holds the variables' values, as the regular expressions
    that Grafana writes in their place; all values unless told.
    """
    span = past or past_s(dashboard)
    values = _chosen(dashboard, chosen or {})
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield _of_target(dashboard, panel, target, values, end, span)
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:
            step = seconds(annotation["step"])
            yield _range(f"{dashboard['uid']}: {annotation['name']}", _filled(annotation["expr"], values, step, span), end, span, step)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield _of_variable(dashboard, variable, values, end, span)


def _chosen(dashboard: Json, chosen: Mapping[str, str]) -> Mapping[str, str]:
    variables = (variable for variable in dashboard["templating"]["list"] if variable["type"] == "query")
    return {variable["name"]: chosen.get(variable["name"], variable["allValue"]) for variable in variables}


def _of_target(dashboard: Json, panel: Json, target: Json, values: Mapping[str, str], end: int, span: int) -> Question:
    where = f"{dashboard['uid']}: {panel['title']} ({target['refId']})"
    points = SCREEN_PX * panel["gridPos"]["w"] // GRID
    step = max(seconds(panel.get("interval", f"{SCRAPE_S}s")), -(-span // points))
    expr = _filled(target["expr"], values, step, span)
    if target["instant"]:
        return Question(where, "query", (("query", expr), ("time", str(end))))
    return _range(where, expr, end, span, step)


def _range(where: str, expr: str, end: int, span: int, step: int) -> Question:
    return Question(where, "query_range", (("query", expr), ("start", str(end - span)), ("end", str(end)), ("step", str(step))))


def _of_variable(dashboard: Json, variable: Json, values: Mapping[str, str], end: int, span: int) -> Question:
    asked = _LABEL_VALUES.fullmatch(_filled(variable["query"]["query"], values, SCRAPE_S, span))
    assert asked, variable["query"]
    bounds = (("match[]", asked["series"]), ("start", str(end - span)), ("end", str(end)))
    return Question(f"{dashboard['uid']}: ${variable['name']}", f"label/{asked['label']}/values", bounds)


def _filled(expr: str, values: Mapping[str, str], step: int, span: int) -> str:
    """Grafana's own variables first: `$__interval` is the step,
    `$__rate_interval` four scrapes at least.
    """
    own = {"__rate_interval": f"{max(step + SCRAPE_S, 4 * SCRAPE_S)}s", "__interval": f"{step}s", "__range": f"{span}s"}
    for name, value in [*own.items(), *values.items()]:
        expr = re.sub(rf"\${name}\b", value.replace("\\", r"\\"), expr)
    assert "$" not in expr, f"a variable that the dashboard does not have: {expr}"
    return expr
