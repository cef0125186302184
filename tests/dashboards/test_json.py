"""The JSON of the dashboards meets the needs of Grafana and of the people who read them."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from dashboards import looks
from dashboards.rules import model
from tests.dashboards.asking import GRID, Json, panels
from tests.dashboards.made import DASHBOARDS, ENGLISH

ROOT = Path(__file__).parents[2]
both_languages = pytest.mark.parametrize("dashboard", [*DASHBOARDS.values(), *ENGLISH.values()], ids=lambda made: made["title"])
every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=lambda made: made["uid"])
SMALL_SCREEN = 17
"""Units of 38 pixels that a screen of 1366x768 shows under Grafana's own bars."""
ALL_PANELS = [(uid, panel) for uid, dashboard in DASHBOARDS.items() for panel in panels(dashboard)]


def leaves(tree: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from leaves(value, f"{path}[{index}]")
    else:
        yield path, tree


def test_there_is_one_for_each_question_and_the_alerts_know_them() -> None:
    assert set(DASHBOARDS) == {"vigie-astreinte", "vigie-fi", "vigie-chiffre", "vigie-support", "vigie-veille"}
    assert set(DASHBOARDS) == {dashboard.value for dashboard in model.Dashboard}


@every_dashboard
def test_nothing_is_null_and_no_number_is_ours_to_give(dashboard: Json) -> None:
    assert [path for path, value in leaves(dashboard) if value is None] == []
    assert not {"id", "version", "iteration"} & dashboard.keys()


@every_dashboard
def test_it_is_of_grafana_11s_schema_and_says_how_fresh_it_is(dashboard: Json) -> None:
    assert dashboard["schemaVersion"] == 39
    assert re.fullmatch(r"\d+[smh]", dashboard["refresh"])
    assert dashboard["timezone"] == "Europe/Paris"


@every_dashboard
def test_panels_and_queries_are_numbered_once(dashboard: Json) -> None:
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in panels(dashboard):
        refs = [target["refId"] for target in panel["targets"]]
        assert refs == [chr(ord("A") + index) for index in range(len(refs))]
        assert refs


@every_dashboard
def test_panels_fill_the_grid_without_overlap(dashboard: Json) -> None:
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
    for y in {place["y"] for place in places}:
        assert sum(place["w"] for place in places if place["y"] == y) == GRID


@every_dashboard
def test_whatever_asks_prometheus_asks_the_chosen_one(dashboard: Json) -> None:
    assert dashboard["templating"]["list"][0]["type"] == "datasource"
    asking = [*panels(dashboard), *(target for panel in panels(dashboard) for target in panel["targets"])]
    asking += [annotation for annotation in dashboard["annotations"]["list"] if "builtIn" not in annotation]
    asking += [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    assert {(each["datasource"]["type"], each["datasource"]["uid"]) for each in asking} == {("prometheus", "${datasource}")}


@both_languages
def test_every_panel_says_what_it_shows_and_in_which_unit(dashboard: Json) -> None:
    assert dashboard["description"].endswith(".")
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]


@every_dashboard
def test_its_variables_are_used_and_what_it_uses_are_its_variables(dashboard: Json) -> None:
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    text = " ".join(str(value) for _, value in leaves(dashboard))
    used = {name for pair in re.findall(r"\$(?:\{(\w+)\}|([a-z]\w*))", text) for name in pair if name}
    assert used == declared


def test_hub_idp_and_vantage_can_be_chosen_where_they_matter() -> None:
    chosen = {
        uid: {variable["name"] for variable in made["templating"]["list"]} - {"datasource", "runbooks"} for uid, made in DASHBOARDS.items()
    }
    assert chosen == {
        "vigie-astreinte": {"hub", "vantage"},
        "vigie-chiffre": {"hub"},
        "vigie-fi": {"hub", "idp", "vantage"},
        "vigie-support": {"hub"},
        "vigie-veille": {"hub", "vantage"},
    }


@every_dashboard
def test_outages_are_marked_on_the_graphs(dashboard: Json) -> None:
    marked = [annotation["name"] for annotation in dashboard["annotations"]["list"]]
    assert {"Interruptions du hub", "Pannes de FI"} & set(marked)
    if dashboard["uid"] != "vigie-veille":
        assert "Désactivations de FI" in marked


@every_dashboard
def test_it_links_to_every_other_one_and_to_the_runbooks(dashboard: Json) -> None:
    urls = [link["url"] for link in dashboard["links"]]
    assert urls == [
        f"/d/{uid}" for uid in ("vigie-astreinte", "vigie-fi", "vigie-chiffre", "vigie-support", "vigie-veille") if uid != dashboard["uid"]
    ] + ["${runbooks}"]


def linked(key: str) -> set[str]:
    found = re.compile(key)
    return {
        match
        for made in DASHBOARDS.values()
        for path, value in leaves(made)
        if path.endswith(".url")
        for match in found.findall(str(value))
    }


def test_links_lead_to_dashboards_and_to_runbooks_that_are_there() -> None:
    assert {f"vigie-{slug}" for slug in linked(r"/d/vigie-(\w+)")} <= set(DASHBOARDS)
    alerts = linked(r"\$\{runbooks\}/(\w+)\.md")
    assert len(alerts) > 10
    assert [alert for alert in sorted(alerts) if not (ROOT / "docs" / "runbooks" / f"{alert}.md").is_file()] == []


def test_no_panel_repeats_another() -> None:
    seen: dict[str, str] = {}
    for uid, panel in ALL_PANELS:
        for target in panel["targets"]:
            query = re.sub(r"\s+", "", target["expr"])
            where = f"{uid}: {panel['title']}"
            assert query not in seen, f"{where} repeats {seen[query]}"
            seen[query] = where


def test_on_call_answers_on_one_small_screen() -> None:
    """What is up, since when, whose fault, why, what is left, what is next, what to do and which
    IdPs: without scrolling at 1366x768.
    """
    seen = [
        panel["title"] for panel in panels(DASHBOARDS["vigie-astreinte"]) if panel["gridPos"]["y"] + panel["gridPos"]["h"] <= SMALL_SCREEN
    ]
    assert len(seen) == 11
    assert {
        "Pourquoi les parcours échouent",
        "Que faire\N{NO-BREAK SPACE}?",
        "Quels fournisseurs d'identité\N{NO-BREAK SPACE}?",
        "Incidents ouverts",
    } <= set(seen)


@both_languages
def test_state_over_time_is_a_state_timeline_with_a_word_for_every_state(dashboard: Json) -> None:
    for panel in panels(dashboard):
        if panel["type"] == "state-timeline":
            (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
            assert {"0", "1"} <= mapping["options"].keys()
            assert len({look["text"] for look in mapping["options"].values()}) == len(mapping["options"])


def mappings(panel: Json) -> Iterator[Any]:
    yield from panel["fieldConfig"]["defaults"]["mappings"]
    for override in panel["fieldConfig"]["overrides"]:
        yield from (each for item in override["properties"] if item["id"] == "mappings" for each in item["value"])


@pytest.mark.parametrize(("uid", "panel"), ALL_PANELS, ids=lambda value: value if isinstance(value, str) else value["title"])
def test_no_colour_stands_alone(uid: str, panel: Json) -> None:
    """RGAA 3.1: a value's colour comes with its own word, or with the number itself;
    a curve's colour with its name and its stroke.
    """
    for mapping in mappings(panel):
        results = mapping["options"].values() if mapping["type"] == "value" else [mapping["options"]["result"]]
        for result in results:
            assert result.get("text") or mapping["type"] == "range", (uid, panel["title"])
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert len(steps) == 1 or panel["type"] == "timeseries"


def test_every_colour_is_one_of_the_palette() -> None:
    chosen = {str(value) for made in DASHBOARDS.values() for _, value in leaves(made) if re.fullmatch("#[0-9A-Fa-f]{6}", str(value))}
    assert chosen <= set(looks.PALETTE)


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colour", looks.PALETTE)
def test_colours_can_be_read_and_told_from_the_background(colour: str) -> None:
    """RGAA 3.2 and 3.3: 4.5 for the light text that Grafana writes on it,
    3 against a panel of its light and of its dark theme.
    """
    assert contrast(colour, "#f7f8fa") >= 4.5
    assert contrast(colour, "#ffffff") >= 3
    assert contrast(colour, "#181b1f") >= 3


def test_colours_of_one_state_are_the_same_everywhere() -> None:
    assert {look[0][1] for look in (looks.AVAILABLE, looks.HOLDS)} == {looks.RED}
    assert {look[2][1] for look in (looks.AVAILABLE, looks.HOLDS)} == {looks.GREEN}
