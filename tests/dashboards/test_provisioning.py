"""The files in config/grafana, which Grafana reads at its start."""

from pathlib import Path
from typing import Any

import yaml

from dashboards.generate import FOLDER
from probe.texts.bilingual import Language

GRAFANA = Path(__file__).parents[2] / "config" / "grafana"


def read(name: str) -> Any:
    return yaml.safe_load((GRAFANA / name).read_text("utf-8"))


def test_the_datasource_is_a_prometheus_that_grafana_asks_itself() -> None:
    (source,) = read("datasources/vigie.yml")["datasources"]
    assert (source["type"], source["access"], source["isDefault"], source["uid"]) == ("prometheus", "proxy", True, "vigie-prometheus")
    assert not {"secureJsonData", "basicAuthPassword", "password"} & source.keys()


def test_grafana_expects_the_scrape_interval_that_prometheus_has() -> None:
    (source,) = read("datasources/vigie.yml")["datasources"]
    prometheus = yaml.safe_load((GRAFANA.parent / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]


def test_the_provider_reads_a_folder_and_lets_no_one_change_it_in_the_browser() -> None:
    (provider,) = read("dashboards/vigie.yml")["providers"]
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
    assert Path(provider["options"]["path"]).is_absolute()


def test_the_compose_file_puts_both_folders_where_grafana_looks() -> None:
    compose = yaml.safe_load((GRAFANA.parent / "compose.yml").read_text("utf-8"))
    mounted = {volume["target"]: volume["source"] for volume in compose["services"]["grafana"]["volumes"]}
    (provider,) = read("dashboards/vigie.yml")["providers"]
    assert (GRAFANA.parent / mounted[provider["options"]["path"]]).resolve() == FOLDER
    assert (GRAFANA.parent / mounted["/etc/grafana/provisioning"]).resolve() == GRAFANA


def test_the_languages_that_the_comments_speak_of_exist() -> None:
    assert "--language en" in (GRAFANA / "dashboards" / "vigie.yml").read_text("utf-8")
    assert Language.EN.value == "en"
