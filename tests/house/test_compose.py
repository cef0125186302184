"""config/compose.yml: of the specification's form, with its parts fitting each other,
pinned and closed.
"""

import json
import re
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from probe.config.models import Config
from tests.house.dockerfile import parse
from tests.house.paths import ROOT

FOLDER = ROOT / "config"
DOCUMENT: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
SCHEMA = json.loads((ROOT / "tests/house/compose.schema.json").read_text("utf-8"))
DOCKERFILE = parse((ROOT / "Dockerfile").read_text("utf-8"))[-1]
every_service = pytest.mark.parametrize("name", SERVICES)
USERS_OWN = {"./secrets/alertmanager_token", "./secrets/smtp_password", "./secrets/grafana_password", "${VIGIE_YML:-./vigie.yml}"}
"""What the file's head asks its reader to provide."""


def test_it_has_the_form_that_the_specification_asks() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(DOCUMENT, SCHEMA, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("imagee", "x"),
        ("ports", ["http"]),
        ("volumes", [{"type": "bind", "source": "./x"}]),
        ("environment", ["A=1", 2]),
        ("restart", "sometimes"),
    ],
)
def test_the_schema_refuses_what_is_not_of_that_form(key: str, value: object) -> None:
    wrong = deepcopy(DOCUMENT)
    wrong["services"]["vigie"][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA, jsonschema.Draft202012Validator)


def test_a_container_is_given_the_time_to_write_what_waits() -> None:
    """`drain:`, and 30 s for all that comes before and after it;
    also where the Dockerfile says how to start one.
    """
    least_s = Config.model_fields["drain"].default // 1_000_000 + 30
    assert int(SERVICES["vigie"]["stop_grace_period"].removesuffix("s")) >= least_s
    (asked,) = re.findall(r"docker run --stop-timeout (\d+) ", (ROOT / "Dockerfile").read_text("utf-8"))
    assert int(asked) >= least_s


def test_the_four_parts_are_there() -> None:
    assert set(SERVICES) == {"vigie", "prometheus", "alertmanager", "grafana"}


@every_service
def test_the_image_is_pinned_by_a_version(name: str) -> None:
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag)


@every_service
def test_the_service_is_closed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [port for port in service["ports"] if not port.startswith("127.0.0.1:")] == []


@every_service
def test_what_the_service_refers_to_is_defined(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= set(DOCUMENT["secrets"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert {mount["source"] for mount in service["volumes"] if mount["type"] == "volume"} <= set(DOCUMENT["volumes"])


@every_service
def test_what_the_service_mounts_from_here_is_here_and_read_only(name: str) -> None:
    binds = [mount for mount in SERVICES[name]["volumes"] if mount["type"] == "bind"]
    assert [mount["source"] for mount in binds if mount["source"] not in USERS_OWN and not (FOLDER / mount["source"]).exists()] == []
    assert all(mount["read_only"] for mount in binds)


def test_what_its_reader_must_provide_is_said_at_its_head() -> None:
    head = (FOLDER / "compose.yml").read_text("utf-8").partition("\nname:")[0]
    files = {one["file"] for one in DOCUMENT["secrets"].values()}
    assert files < USERS_OWN
    for file in files:
        assert file.rpartition("/")[2] in head
    assert "vigie.yml" in head


def test_every_secret_that_alertmanager_reads_is_given_to_it() -> None:
    config = (FOLDER / "alertmanager/alertmanager.yml").read_text("utf-8")
    assert set(re.findall(r"/run/secrets/(\w+)", config)) == set(SERVICES["alertmanager"]["secrets"])


def test_without_its_profile_nothing_needs_the_mail_servers_password() -> None:
    needed = {secret for service in SERVICES.values() if not service.get("profiles") for secret in service.get("secrets", [])}
    assert needed == {"alertmanager_token", "grafana_password"}
    assert [name for name, service in SERVICES.items() if service.get("profiles")] == ["alertmanager"]


@every_service
def test_what_cannot_start_is_not_started_for_ever(name: str) -> None:
    assert re.fullmatch(r"on-failure:\d+", SERVICES[name]["restart"])


def test_no_secret_stands_in_an_environment() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|SECRET|TOKEN", key) or (key.endswith("__FILE") and value.startswith("/run/secrets/")), key


def addresses() -> dict[str, str]:
    """Where each part looks for another: file -> host:port."""
    prometheus = yaml.safe_load((FOLDER / "prometheus/prometheus.yml").read_text("utf-8"))
    alertmanager = yaml.safe_load((FOLDER / "alertmanager/alertmanager.yml").read_text("utf-8"))
    grafana = yaml.safe_load((FOLDER / "grafana/datasources/vigie.yml").read_text("utf-8"))
    (webhook,) = next(each["webhook_configs"] for each in alertmanager["receivers"] if each["name"] == "vigie")
    return {
        "scrape": next(job for job in prometheus["scrape_configs"] if job["job_name"] == "vigie")["static_configs"][0]["targets"][0],
        "alerting": prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"][0],
        "tickets": urlsplit(webhook["url"]).netloc,
        "datasource": urlsplit(grafana["datasources"][0]["url"]).netloc,
    }


@pytest.mark.parametrize(("what", "address"), addresses().items())
def test_the_parts_find_each_other_by_their_names(what: str, address: str) -> None:
    host, _, port = address.partition(":")
    assert f":{port}" in SERVICES[host]["ports"][0].removeprefix("127.0.0.1")


def test_vigie_runs_as_its_image_says() -> None:
    targets = {mount["target"] for mount in SERVICES["vigie"]["volumes"]}
    assert targets == {DOCKERFILE.environment()["VIGIE_CONFIG"], DOCKERFILE.last("VOLUME")}
    assert SERVICES["vigie"]["ports"] == [f"127.0.0.1:{DOCKERFILE.last('EXPOSE')}:{DOCKERFILE.last('EXPOSE')}"]
    # what prometheus waits for
    assert "HEALTHCHECK" in [word for word, _ in DOCKERFILE.instructions]
    assert (FOLDER / SERVICES["vigie"]["build"]["context"] / SERVICES["vigie"]["build"]["dockerfile"]).is_file()


def test_grafana_finds_its_dashboards_where_its_provider_looks() -> None:
    provider = yaml.safe_load((FOLDER / "grafana/dashboards/vigie.yml").read_text("utf-8"))["providers"][0]["options"]["path"]
    (dashboards,) = (mount for mount in SERVICES["grafana"]["volumes"] if mount["target"] == provider)
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(f"{provider}/")
    assert (FOLDER / dashboards["source"] / home.rpartition("/")[2]).is_file()


def test_prometheus_serves_the_runbooks_under_the_address_that_alerts_link_to() -> None:
    (option,) = (word for word in SERVICES["prometheus"]["command"] if word.startswith("--web.user-assets="))
    (runbooks,) = (mount for mount in SERVICES["prometheus"]["volumes"] if mount["target"] == option.partition("=")[2])
    assert (FOLDER / runbooks["source"] / "VigieMireMissing.md").is_file()
    assert "{{ $externalURL }}/user/VigieMireMissing.md" in (FOLDER / "prometheus/vigie.rules.yml").read_text("utf-8")
