"""Makes panels of five kinds: stat, timeline, lines, ranked bars and table.

Widths are in columns of Grafana's grid, which has 24. Units are Grafana's (`s`, `percentunit`,
`time:...`). Its units of durations and of times ago are English, and those ago count from the
present: durations are `promql.spoken`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dashboards.looks import BLUE, GREY, Json, Look, named, spoken
from dashboards.promql import spoken as in_digits
from probe.texts.bilingual import Text

DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
COUNT = "short"
RATIO = "percentunit"
SECONDS = "s"
INSTANT = Text("time:DD/MM/YYYY HH:mm", "time:YYYY-MM-DD HH:mm")
MINUTES = "suffix: min"
DAYS = Text("suffix: j", "suffix: d")
NO_UNIT = "none"


_LASTS_WIDTH = 122  # pixels: `23 h 59 min 59 s`, `365 j 23 h 59 min`


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query of a panel.

    An `instant` query is evaluated only at the end of the range. `legend` may name labels as
    {{label}}.
    """

    expr: str
    legend: str | Text = ""
    instant: bool = False
    table: bool = False

    def drawn(self, ref: str) -> Json:
        """Return Grafana's JSON of the query, which the panel names `ref`."""
        return {
            "refId": ref,
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend or "__auto",
            "instant": self.instant,
            "range": not self.instant,
            "format": "table" if self.table else "time_series",
        }


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel without its place. `interval` is the shortest step of its queries."""

    kind: str
    title: Text
    description: Text
    width: int
    targets: tuple[PanelQuery, ...]
    defaults: Json
    options: Json
    overrides: tuple[Json, ...] = ()
    transformations: tuple[Json, ...] = ()
    interval: str = ""
    links: tuple[Json, ...] = ()

    def drawn(self, number: int, x: int, y: int, height: int) -> Json:
        """Return Grafana's JSON of the panel at a place of the grid."""
        panel: Json = {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "pluginVersion": "11.0.0",
            "gridPos": {"x": x, "y": y, "w": self.width, "h": height},
            "datasource": DATASOURCE,
            "targets": [target.drawn(chr(ord("A") + index)) for index, target in enumerate(self.targets)],
            "fieldConfig": {"defaults": self.defaults, "overrides": list(self.overrides)},
            "options": self.options,
        }
        if self.transformations:
            panel["transformations"] = list(self.transformations)
        if self.interval:
            panel["interval"] = self.interval
        if self.links:
            panel["links"] = list(self.links)
        return panel


def stat(
    title: Text,
    description: Text,
    targets: PanelQuery | Sequence[PanelQuery],
    width: int,
    *,
    unit: str | Text = NO_UNIT,
    mappings: Sequence[Json] = (),
    decimals: int | None = None,
    filled: bool = True,
    nothing: Text | None = None,
    names: Mapping[str, Text] | None = None,
    with_name: bool = False,
    links: Sequence[Json] = (),
) -> Panel:
    """Make a panel of large values.

    Their names are shown where there are several values, or always (`with_name`). Only the mappings
    give colours, so that each has a word or a number; the colour is behind the value (`filled`) or
    the value's own.
    """
    behind = filled and bool(mappings)
    defaults: Json = {
        "unit": unit,
        "color": {"mode": "thresholds"},
        "thresholds": _plain(GREY if behind else "text"),
        "mappings": list(mappings),
    }
    if decimals is not None:
        defaults["decimals"] = decimals
    if nothing:
        defaults["noValue"] = nothing
    options: Json = {
        "colorMode": "background_solid" if behind else "value",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "textMode": "value_and_name" if with_name else "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    return Panel("stat", title, description, width, _all(targets), defaults, options, renamed(names or {}), links=tuple(links))


def lasting(
    title: Text,
    description: Text,
    seconds: str | Sequence[tuple[str, Text]],
    width: int,
    *,
    by: str = "hub",
    signed: bool = False,
    nothing: Text | None = None,
    words: Mapping[str, Text] | None = None,
    links: Sequence[Json] = (),
) -> Panel:
    """Make a panel of large durations, as people say them: one for each combination of labels.

    With several queries, each has a text of its own. `words` are the texts of the values of `by`.
    """
    asked = [(seconds, Text("", ""))] if isinstance(seconds, str) else list(seconds)
    queries = [_spoken_query(in_digits(expr, by, "spoken", signed=signed), text) for expr, text in asked]
    made = stat(title, description, queries, width, nothing=nothing, links=links)
    options = {**made.options, "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/^spoken$/", "values": True}}
    if words:
        options["textMode"] = "value_and_name"
    texts = {by: named(words or {}), "what": named({text.en: text for _, text in asked if text.en}), "spoken": spoken()}
    mapped = [_mapped(field, mappings) for field, mappings in texts.items() if mappings[0]["options"]]
    unsaid = ["Time", "Value", *(f"Value #{chr(ord('A') + index)}" for index in range(len(queries)))]
    bare: Json = {"id": "organize", "options": {"excludeByName": dict.fromkeys(unsaid, True), "indexByName": {}, "renameByName": {}}}
    return replace(made, options=options, overrides=tuple(mapped), transformations=(bare,))


def _spoken_query(expr: str, text: Text) -> PanelQuery:
    return PanelQuery(f'label_replace({expr}, "what", "{text.en}", "", "")' if text.en else expr, instant=True, table=True)


def _mapped(name: str, mappings: Sequence[Json]) -> Json:
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "mappings", "value": list(mappings)}]}


def timeline(
    title: Text,
    description: Text,
    targets: PanelQuery | Sequence[PanelQuery],
    width: int,
    mappings: Sequence[Json],
    *,
    interval: str = "1m",
    names: Mapping[str, Text] | None = None,
    links: Sequence[Json] = (),
) -> Panel:
    """Make a panel of states over time, a line for each series, with the state's word in its bar.

    A gap is time without any sample.
    """
    defaults: Json = {
        "unit": NO_UNIT,
        "color": {"mode": "thresholds"},
        "thresholds": _plain(GREY),
        "mappings": list(mappings),
        "custom": {"lineWidth": 0, "fillOpacity": 100, "hideFrom": {"legend": False, "tooltip": False, "viz": False}},
    }
    options: Json = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.85,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return Panel(
        "state-timeline",
        title,
        description,
        width,
        _all(targets),
        defaults,
        options,
        renamed(names or {}),
        interval=interval,
        links=tuple(links),
    )


def lines(
    title: Text,
    description: Text,
    targets: PanelQuery | Sequence[PanelQuery],
    width: int,
    *,
    unit: str,
    interval: str = "1m",
    bars: bool = False,
    stacked: bool = False,
    least: float | None = 0,
    most: float | None = None,
    decimals: int | None = None,
    names: Mapping[str, Text] | None = None,
    transformations: Sequence[Json] = (),
    overrides: Sequence[Json] = (),
    calculations: Sequence[str] = (),
) -> Panel:
    """Make a panel of curves, stacked areas or stacked bars over time.

    With `calculations` (mean, max, sum) the legend is a table.
    """
    custom: Json = {
        "drawStyle": "bars" if bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 1 if bars else 2,
        "fillOpacity": 80 if bars else 60 if stacked else 0,
        "showPoints": "never" if bars or stacked else "auto",
        "spanNulls": False,
        "stacking": {"mode": "normal" if bars or stacked else "none", "group": "A"},
        "axisPlacement": "auto",
        "thresholdsStyle": {"mode": "off"},
    }
    defaults: Json = {"unit": unit, "color": {"mode": "palette-classic"}, "custom": custom, "mappings": [], "thresholds": _plain("text")}
    for name, value in (("min", least), ("max", most), ("decimals", decimals)):
        if value is not None:
            defaults[name] = value
    options: Json = {
        "legend": {
            "displayMode": "table" if calculations else "list",
            "placement": "bottom",
            "showLegend": True,
            "calcs": list(calculations),
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return Panel(
        "timeseries",
        title,
        description,
        width,
        _all(targets),
        defaults,
        options,
        (*renamed(names or {}), *overrides),
        tuple(transformations),
        interval=interval,
    )


def ranked(
    title: Text,
    description: Text,
    targets: PanelQuery | Sequence[PanelQuery],
    width: int,
    *,
    unit: str,
    least: float = 0,
    most: float | None = None,
    decimals: int | None = None,
    above: bool = False,
    names: Mapping[str, Text] | None = None,
) -> Panel:
    """Make a panel of horizontal bars with their values, in the order of the query's result.

    With `above`, names stand above the bars, for long names.
    """
    defaults: Json = {
        "unit": unit,
        "min": least,
        "color": {"mode": "fixed", "fixedColor": BLUE},
        "thresholds": _plain(BLUE),
        "mappings": [],
    }
    for name, value in (("max", most), ("decimals", decimals)):
        if value is not None:
            defaults[name] = value
    options: Json = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "valueMode": "text",
        "namePlacement": "top" if above else "auto",
        "showUnfilled": True,
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 40,
        "text": {"titleSize": 14, "valueSize": 14},
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    return Panel("bargauge", title, description, width, _all(targets), defaults, options, renamed(names or {}))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, with a query of its own.

    With `filled`, a cell has the colour of its mapping. `lasts`: the value is a number of seconds,
    which is shown as people say it (`signed`: also below zero); or the query has the label of
    `promql.spoken` already, whose name is `lasts_` and the column's letter.
    """

    title: Text
    expr: str
    unit: str | Text = NO_UNIT
    mappings: Sequence[Json] = ()
    decimals: int | None = None
    filled: bool = True
    width: int | None = None
    lasts: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A column of a table that shows a label. The other columns are joined by their labels.

    `blank` is the text of a cell whose row does not have the label.
    """

    name: str
    title: Text
    words: Mapping[str, Text] = field(default_factory=dict)
    links: Sequence[Json] = ()
    width: int | None = None
    looks: Sequence[Json] = ()
    blank: str | None = None


def table(
    title: Text,
    description: Text,
    labels: Sequence[Label],
    columns: Sequence[Column],
    width: int,
    *,
    sort: Text | None = None,
    descending: bool = False,
    hidden: Sequence[str] = (),
    nothing: Text | None = None,
    links: Sequence[Json] = (),
) -> Panel:
    """Make a table with a row for each combination of labels, and a column for each query.

    `sort` is the title of the column by which the rows are sorted.
    """
    letters = [chr(ord("A") + index) for index in range(len(columns))]
    values = ["Value"] if len(columns) == 1 else [f"Value #{letter}" for letter in letters]
    shown = [f"lasts_{letter}" if column.lasts else value for column, letter, value in zip(columns, letters, values, strict=True)]
    counts = [value for column, value in zip(columns, values, strict=True) if column.lasts]
    order = [label.name for label in labels] + shown
    titles = {label.name: label.title for label in labels} | dict(zip(shown, (column.title for column in columns), strict=True))
    organize = {
        "excludeByName": {"Time": True, **dict.fromkeys([*counts, *hidden], True)},
        "indexByName": {name: index for index, name in enumerate(order)},
        "renameByName": titles,
    }
    transformations: list[Json] = [{"id": "merge", "options": {}}] if len(columns) > 1 else []
    transformations.append({"id": "organize", "options": organize})
    defaults: Json = {
        "unit": NO_UNIT,
        "color": {"mode": "thresholds"},
        "thresholds": _plain("text"),
        "mappings": [],
        "custom": {"align": "auto", "minWidth": 60, "cellOptions": {"type": "auto"}, "inspect": False, "filterable": False},
        "noValue": nothing or "–",
    }
    options: Json = {
        "showHeader": True,
        "cellHeight": "sm",
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
        "sortBy": [{"displayName": sort, "desc": descending}] if sort else [],
    }
    overrides = [_label_override(label) for label in labels]
    overrides += [_column_override(column, "–" if nothing else None) for column in columns]
    return Panel(
        "table",
        title,
        description,
        width,
        tuple(_asked(column, labels, letter) for column, letter in zip(columns, letters, strict=True)),
        defaults,
        options,
        tuple(override for override in overrides if override["properties"]),
        tuple(transformations),
        links=tuple(links),
    )


def _asked(column: Column, labels: Sequence[Label], letter: str) -> PanelQuery:
    label = f"lasts_{letter}"
    by = ", ".join(one.name for one in labels)
    wrapped = column.lasts and label not in column.expr
    expr = in_digits(column.expr, by, label, signed=column.signed) if wrapped else column.expr
    return PanelQuery(expr, instant=True, table=True)


def _label_override(label: Label) -> Json:
    mappings = list(label.looks) or (named(label.words) if label.words else [])
    return _override(
        label.title, mappings=mappings, links=list(label.links), width=label.width, filled=bool(label.looks), blank=label.blank
    )


def _column_override(column: Column, blank: str | None) -> Json:
    return _override(
        column.title,
        unit=column.unit,
        decimals=column.decimals,
        mappings=spoken() if column.lasts else list(column.mappings),
        width=column.width or (_LASTS_WIDTH if column.lasts else None),
        blank=blank,
        filled=bool(column.mappings) and column.filled,
    )


def _override(
    title: Text,
    *,
    unit: str | Text = NO_UNIT,
    decimals: int | None = None,
    mappings: Sequence[Json] = (),
    links: Sequence[Json] = (),
    width: int | None = None,
    filled: bool = False,
    blank: str | None = None,
) -> Json:
    settings: dict[str, Any] = {
        "unit": unit if unit != NO_UNIT else None,
        "decimals": decimals,
        "mappings": list(mappings) or None,
        "links": list(links) or None,
        "custom.width": width,
        "custom.cellOptions": {"type": "color-background", "mode": "basic"} if filled else None,
        "custom.align": "center" if filled else None,
        "noValue": blank,
    }
    return {
        "matcher": {"id": "byName", "options": title},
        "properties": [{"id": name, "value": value} for name, value in settings.items() if value is not None],
    }


def renamed(names: Mapping[str, Text]) -> tuple[Json, ...]:
    """Make overrides that show texts in place of the machine words of a legend."""
    return tuple(
        {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "displayName", "value": text}]} for name, text in names.items()
    )


def renamed_within(before: str, names: Mapping[str, Text], after: str) -> tuple[Json, ...]:
    """Make transformations that show texts for a machine word within a legend.

    `before` and `after` are regular expressions for the other parts of the legend.
    """
    return tuple(
        {
            "id": "renameByRegex",
            "options": {"regex": f"^({before}){word}({after})$", "renamePattern": Text(f"$1{text.fr}$2", f"$1{text.en}$2")},
        }
        for word, text in names.items()
    )


def looking(looks: Mapping[str, Look]) -> tuple[Json, ...]:
    """Make overrides that give series a text and its usual colour."""
    return tuple(
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "displayName", "value": text}, {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
        }
        for name, (text, colour) in looks.items()
    )


def painted(start: Text, colour: str = "", *, dashes: Sequence[int] = ()) -> Json:
    """Make an override that gives series a colour, or dashes, by the beginning of their names.

    Dashes distinguish series for people who do not see the colours.
    """
    properties: list[Json] = []
    if colour:
        properties.append({"id": "color", "value": {"mode": "fixed", "fixedColor": colour}})
    if dashes:
        properties.append({"id": "custom.lineStyle", "value": {"fill": "dash", "dash": list(dashes)}})
    return {"matcher": {"id": "byRegexp", "options": Text(f"/^{start.fr}/", f"/^{start.en}/")}, "properties": properties}


def _all(targets: PanelQuery | Sequence[PanelQuery]) -> tuple[PanelQuery, ...]:
    return (targets,) if isinstance(targets, PanelQuery) else tuple(targets)


def _step(colour: str, value: float | None = None) -> Json:
    """Make a threshold. The first one's value is null in Grafana's schema, and may be left out."""
    return {"color": colour} if value is None else {"color": colour, "value": value}


def _plain(colour: str) -> Json:
    return {"mode": "absolute", "steps": [_step(colour)]}
