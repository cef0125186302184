"""The committed rules are current, use existing names, and each alert is complete."""

import re
from typing import Any

import pytest
import yaml

from dashboards.rules.__main__ import main
from dashboards.rules.document import alerts, document, groups
from dashboards.rules.model import RecordingRule, RuleSettings
from exporters.metrics.names import TABLE, Type
from probe.core.judgement.observation import Kind as Journey
from probe.core.judgement.observation import Negative, Reason
from probe.core.login_budget import Run
from probe.core.radar.notice import Notice
from probe.texts.bilingual import Language
from tests.dashboards.rules.world import well
from tests.house.paths import ROOT
from tests.servers.prometheus import promtool

COMMITTED = ROOT / "config/prometheus/vigie.rules.yml"
NAMES = {metric.name + suffix for metric in TABLE for suffix in ("", *(("_bucket",) if metric.kind is Type.HISTOGRAM else ()))}
OTHERS = {"up", "process_start_time_seconds", "alertmanager_notifications_total", "alertmanager_notifications_failed_total"}
KEYWORDS = {
    "and", "or", "unless", "on", "by", "group_left", "max", "min", "sum", "avg", "count", "time", "delta", "increase", "rate", "changes",
    "last_over_time", "vector", "max_over_time", "min_over_time", "absent_over_time", "histogram_quantile", "offset", "d",
}  # fmt: skip


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(COMMITTED.read_text("utf-8"))["groups"] for rule in group["rules"]]


every_alert = pytest.mark.parametrize("alert", alerts(RuleSettings()), ids=lambda alert: f"{alert.name}-{alert.severity}-{alert.labels}")


def test_the_committed_rules_are_what_the_code_says() -> None:
    assert COMMITTED.read_text("utf-8") == document(RuleSettings())


def metrics_in(expr: str) -> set[str]:
    """The names in an expression: what is neither a label, nor a string, nor a word of PromQL."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expr)
    bare = re.sub(r"\{[^}]*\}|\b(?:by|on|ignoring|group_left) \([^)]*\)", "", bare)
    return set(re.findall(r"[a-z_][\w:]*", bare)) - KEYWORDS


def test_every_metric_of_a_rule_exists_in_the_exporter_or_is_recorded() -> None:
    recorded = {rule.name for group in groups(RuleSettings()) for rule in group.rules if isinstance(rule, RecordingRule)}
    strays = {rule.get("alert", rule.get("record")): metrics_in(rule["expr"]) - NAMES - OTHERS - recorded for rule in rules()}
    assert {name: stray for name, stray in strays.items() if stray} == {}


def test_the_search_for_metrics_finds_one_that_does_not_exist() -> None:
    assert metrics_in('max by (hub) (vigie_nothing{hub="up"}) > on (hub) group_left () (rate(up[5m]) + 1)') == {"vigie_nothing", "up"}


def test_every_metric_of_a_rule_is_in_the_world_that_the_stories_are_told_to() -> None:
    told = {name for name, _ in well(1).series}
    asked = set().union(*(metrics_in(rule["expr"]) for rule in rules()))
    assert {name for name in asked if ":" not in name} - told == set()


def test_every_value_of_a_label_that_a_rule_selects_is_of_its_closed_vocabulary() -> None:
    words = {"kind": {str(kind) for kind in Journey}, "reason": {str(reason) for reason in Reason}, "condition": set(), "state": set()}
    words["condition"] = {"mire_missing", "identity_not_returned", "all_idps_unavailable"}
    words["state"] = {"up", "down", "unknown", "none", "proposed", "approved", "deactivated", "recovered"}
    words["clock"] = {"take_in_hand", "escalation", "resolution", "blocking", "no_answer", "no_remark"}
    words["target"] = set(Negative)
    words["window"], words["reading"], words["job"] = {"rolling", "year"}, {"contract", "due"}, {"vigie"}
    words["run"] = {str(run) for run in Run}
    words["notice"] = {str(notice) for notice in Notice}
    for rule in rules():
        for label, values in re.findall(r'(\w+)[=!]~?"([^"]*)"', rule["expr"]):
            assert set(values.split("|")) <= words[label], rule["expr"]


@every_alert
def test_an_alert_is_complete(alert) -> None:
    (rule,) = (
        rule
        for rule in rules()
        if rule.get("alert") == alert.name and {"severity": alert.severity.value, **alert.labels}.items() <= rule["labels"].items()
    )
    assert rule["labels"]["severity"] in {"page", "ticket", "info", "none"}
    assert rule["labels"]["vigie_severity"] in {"1", "2", "3", "4", "5"}
    assert rule["annotations"].keys() == {"summary", "description", "dashboard_url", "runbook_url"}
    assert (ROOT / "docs/runbooks" / rule["annotations"]["runbook_url"].rpartition("/")[2]).is_file()
    assert len(re.sub(r"{{[^}]*}}", "", rule["annotations"]["summary"])) <= 100
    assert rule["annotations"]["description"].endswith(".")


@every_alert
def test_an_alert_speaks_both_languages(alert) -> None:
    for text in (alert.summary, alert.description):
        placeholders = [sorted(re.findall(r"{{ (?!range|end|\.)[^}]*}}", said)) for said in (text.fr, text.en)]
        assert set(placeholders[0]) == set(placeholders[1])
        assert text.fr != text.en


@every_alert
def test_an_alert_names_only_labels_that_its_expression_keeps(alert) -> None:
    """A template of a label that is not there says nothing."""
    used = set(re.findall(r"\$labels\.(\w+)", f"{alert.summary.fr}{alert.description.fr}")) | set(alert.shown)
    kept = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", alert.expr))))
    whole = not kept  # no aggregation: the metric's own labels and the target's
    assert whole or used - {"le"} <= kept, f"{used} of {kept}"


def test_a_page_wakes_somebody_for_what_the_contract_calls_major_at_least() -> None:
    assert {alert.name for alert in alerts(RuleSettings()) if alert.severity == "page" and alert.contract > 2} == set()


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
@pytest.mark.parametrize("arguments", [[], ["--language", "en"], ["--faster", "30"], ["--interval", "identity=5m", "--job", "sonde"]])
def test_promtool_accepts_the_rules(arguments: list[str], tmp_path) -> None:
    path = tmp_path / "rules.yml"
    assert main([*arguments, "--output", str(path)]) == 0
    verdict = promtool("check", "rules", str(path))
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_promtool_accepts_the_configuration_with_its_rules() -> None:
    verdict = promtool("check", "config", str(ROOT / "config/prometheus/prometheus.yml"))
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "1 rule files found" in verdict.stdout


def test_the_check_says_whether_the_file_is_what_the_code_says(tmp_path, capsys) -> None:
    path = tmp_path / "rules.yml"
    assert main(["--output", str(path)]) == 0
    assert main(["--check", "--output", str(path)]) == 0
    assert main(["--check", "--language", "en", "--output", str(path)]) == 1
    assert "write it again" in capsys.readouterr().err
    assert main(["--check", "--output", str(tmp_path / "nothing.yml")]) == 2


@pytest.mark.parametrize(
    "bad", [["--faster", "0"], ["--faster", "fast"], ["--interval", "mire"], ["--interval", "mire=soon"], ["--language", "de"]]
)
def test_bad_arguments_are_refused(bad: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as refused:
        main(bad)
    assert refused.value.code == 2
    assert bad[0] in capsys.readouterr().err


def test_a_longer_interval_makes_the_alert_on_missing_runs_wait_longer() -> None:
    normal, slow = (waits_of_no_run(document(settings)) for settings in (RuleSettings(), RuleSettings(intervals_s={"identity": 3600})))
    assert ("identity", "300") in normal
    assert slow == [("identity", "18000")]


def waits_of_no_run(told: str) -> list[tuple[str, str]]:
    """(kind of journey, seconds) of the alert on missing runs."""
    (rule,) = (rule for group in yaml.safe_load(told)["groups"] for rule in group["rules"] if rule.get("alert") == "VigieNoRun")
    return re.findall(r'time\(\) - \(\w+{kind="([^"]+)"} > 0 .*?\) > (\d+)', rule["expr"])


def test_english_rules_differ_in_their_words_only() -> None:
    french, english = (yaml.safe_load(document(RuleSettings(language=language))) for language in Language)
    for document_ in (french, english):
        for group in document_["groups"]:
            for rule in group["rules"]:
                rule.pop("annotations", None)
    assert french == english
