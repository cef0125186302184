"""Makes Grafana's JSON of a whole dashboard.

A dashboard has rows of panels on Grafana's grid, variables, annotations, and links to the other
dashboards and to the runbooks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import headings
from dashboards.looks import AMBER, PURPLE, RED, Json
from dashboards.panels import DATASOURCE, Panel
from dashboards.promql import DOWN, FLAGS, HUB, IDP, highest, increase, matching, series
from exporters.metrics import names
from probe.texts.bilingual import Text

GRID = 24
"""The columns of Grafana's grid."""
SCHEMA = 39
"""The schema version of Grafana 11.0; newer versions of Grafana migrate it."""
TAG = "vigie"
RUNBOOKS = "${runbooks}"
"""The address of the folder of runbooks, which has a page for each alert.

It is a hidden constant of every dashboard.
"""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Panels beside each other, with a heading above if there is a `title`.

    `height` is in units of the grid, of 38 pixels.
    """

    height: int
    panels: tuple[Panel, ...]
    title: Text | None = None


@dataclass(frozen=True, slots=True)
class GrafanaDashboard:
    """One dashboard.

    `slug` is its name in the names of its file and its address, after the tag. It shows the time
    `past` until now, as in `24h`.
    """

    slug: str
    title: Text
    description: Text
    past: str
    refresh: str
    rows: tuple[PanelRow, ...]
    variables: tuple[Json, ...]
    annotations: tuple[Json, ...]

    @property
    def uid(self) -> str:
        """The dashboard's uid, which is part of its address."""
        return f"{TAG}-{self.slug}"

    def drawn(self, others: Sequence["GrafanaDashboard"], runbooks: str) -> Json:
        """Return Grafana's JSON of the dashboard, with links to `others`.

        `runbooks` is the address of the folder of runbooks, without a final slash.
        """
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA,
            "editable": True,
            "timezone": "Europe/Paris",
            "weekStart": "monday",
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "refresh": self.refresh,
            "time": {"from": f"now-{self.past}", "to": "now"},
            "timepicker": {"refresh_intervals": ["15s", "30s", "1m", "5m", "15m", "1h"]},
            "templating": {"list": [_datasource(), *self.variables, _runbooks(runbooks)]},
            "annotations": {"list": [_people(), *self.annotations]},
            "links": [*(_link(self, other) for other in others if other is not self), _to_runbooks()],
            "panels": _placed(self.rows),
        }


def _placed(rows: Sequence[PanelRow]) -> list[Json]:
    panels: list[Json] = []
    y = 0
    for row in rows:
        if row.title:
            place = {"x": 0, "y": y, "w": GRID, "h": 1}
            panels.append({"id": len(panels) + 1, "type": "row", "title": row.title, "collapsed": False, "gridPos": place, "panels": []})
            y += 1
        x = 0
        for panel in row.panels:
            panels.append(panel.drawn(len(panels) + 1, x, y, row.height))
            x += panel.width
        y += row.height
    return panels


def _datasource() -> Json:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": Text("Source", "Source"),
        "query": "prometheus",
        "regex": "",
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "refresh": 1,
        "options": [],
    }


def _runbooks(address: str) -> Json:
    value = {"text": address, "value": address}
    return {"type": "constant", "name": "runbooks", "hide": 2, "query": address, "current": value, "options": [{**value, "selected": True}]}


def variable(name: str, label: Text, query: str) -> Json:
    """Make a variable with the values that `query` returns; all are chosen at first."""
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "query": {"qryType": 1, "query": query, "refId": f"Variable-{name}"},
        "regex": "",
        "hide": 0,
        "includeAll": True,
        "allValue": ".+",
        "multi": True,
        "refresh": 2,
        "sort": 1,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
    }


HUBS = variable("hub", headings.HUB, f"label_values({series(names.HUB_STATE)}, hub)")
IDPS = variable("idp", headings.IDP, f"label_values({series(names.IDP_STATE, HUB)}, idp)")
VANTAGES = variable("vantage", headings.VANTAGE, f"label_values({series(names.BUILD)}, vantage)")


def _people() -> Json:
    """Make the annotations that people write on a graph."""
    return {
        "builtIn": 1,
        "type": "dashboard",
        "name": Text("Annotations", "Annotations"),
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": PURPLE,
    }


def _annotation(name: Text, expr: str, title: str | Text, labels: Sequence[str], colour: str, step: str = "60s") -> Json:
    """Mark the time in which `expr` has a sample above 0."""
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "expr": expr,
        "step": step,
        "titleFormat": title,
        "textFormat": " ".join(f"{{{{{label}}}}}" for label in labels),
        "tagKeys": ",".join(labels),
        "useValueForTime": False,
    }


OUTAGES = _annotation(
    Text("Interruptions du hub", "Hub outages"),
    f"{highest(names.CONDITION_STATE, 'hub, condition', HUB, DOWN)} == 1",
    "{{condition}}",
    ("hub", "condition"),
    RED,
)
OUTAGES_BY_THE_HOUR = _annotation(
    Text("Interruptions du hub", "Hub outages"),
    f"{increase(names.CONDITION_SECONDS, 'hub, condition', '1h', HUB, matching('state', 'down'), across='max')} > 0",
    "{{condition}}",
    ("hub", "condition"),
    RED,
    step="1h",
)
"""Every hour in which a condition held, even for a moment. For weeks and years."""
IDP_OUTAGES = _annotation(
    Text("Pannes de FI", "IdP outages"),
    f"max by (hub, idp, fault) ({series(names.IDP_FAULT, HUB, IDP)}) == 1",
    Text("{{idp}} indisponible", "{{idp}} unavailable"),
    ("hub", "idp", "fault"),
    AMBER,
)
_DEACTIVATED = series(names.FLAG, HUB, matching("state", FLAGS[3]))
_IS_DEACTIVATED = Text("{{idp}} désactivé", "{{idp}} deactivated")
DEACTIVATIONS = _annotation(
    Text("Désactivations de FI", "IdP deactivations"),
    f"max by (hub, idp) ({_DEACTIVATED}) == 1",
    _IS_DEACTIVATED,
    ("hub", "idp"),
    PURPLE,
)
DEACTIVATIONS_BY_THE_HOUR = _annotation(
    Text("Désactivations de FI", "IdP deactivations"),
    f"max by (hub, idp) (max_over_time({_DEACTIVATED}[1h])) == 1",
    _IS_DEACTIVATED,
    ("hub", "idp"),
    PURPLE,
    step="1h",
)


CHANGES_BY_THE_HOUR = _annotation(
    Text("Modifications du hub", "Changes of the hub"),
    f"sum by (hub) ({highest(names.CHANGES_SEEN, 'hub, notice', HUB)})"
    f" > sum by (hub) (max by (hub, notice) ({series(names.CHANGES_SEEN, HUB)} offset 1h))",
    Text("modification vue", "change seen"),
    ("hub",),
    PURPLE,
    step="1h",
)
"""Every hour in which a change was seen, announced or not."""


def _link(board: GrafanaDashboard, other: GrafanaDashboard) -> Json:
    """Link to another dashboard, with the chosen hub and IdP.

    The time range is kept if both dashboards show hours.
    """
    return {
        "type": "link",
        "title": other.title,
        "tooltip": other.description,
        "icon": "dashboard",
        "url": f"/d/{other.uid}",
        "includeVars": True,
        "keepTime": board.past.endswith("h") and other.past.endswith("h"),
        "targetBlank": False,
        "asDropdown": False,
        "tags": [],
    }


def _to_runbooks() -> Json:
    return {
        "type": "link",
        "title": Text("Fiches réflexes", "Runbooks"),
        "tooltip": Text("Que faire, alerte par alerte", "What to do, alert by alert"),
        "icon": "doc",
        "url": RUNBOOKS,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": True,
        "asDropdown": False,
        "tags": [],
    }


def runbook(title: Text, alert: str) -> Json:
    """Make a panel's link to the runbook of an alert."""
    return {"title": title, "url": f"{RUNBOOKS}/{alert}.md", "targetBlank": True}


def to_board(title: Text, slug: str, *parameters: str) -> Json:
    """Make a link from a panel or a cell to another dashboard.

    `parameters` are as in `var-idp=${__value.text}`.
    """
    return {"title": title, "url": f"/d/{TAG}-{slug}?{'&'.join(parameters)}".rstrip("?"), "targetBlank": False}
