"""Runs stories as unit tests of promtool, and reads its findings."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dashboards.rules.document import alerts, annotations, labels
from dashboards.rules.model import AlertSeverity, RuleSettings
from tests.dashboards.rules.stories import AlertStory, Fires
from tests.dashboards.rules.world import SampledWatch
from tests.house.paths import ROOT
from tests.servers.prometheus import promtool

_TEMPLATE = re.compile(r"{{ \$labels\.(\w+) }}|{{ \$value \| \w+ }}|{{ range query .*? }}(.*?){{ end }}|{{ \$externalURL }}")
_CASES = re.compile(r"{{ (if eq [.$][Ll]abels\.(\w+) .*?){{ else }}{{ [^ ]+ }}{{ end }}")
"""A text for each word of a label, and the word itself for any other."""
_CASE = re.compile(r'if eq [^ ]+ "([^"]*)" }}(.*?)(?={{ else if|$)')
RULES = ROOT / "config/prometheus/vigie.rules.yml"
ALWAYS = {alert.name for alert in alerts(RuleSettings()) if alert.severity is AlertSeverity.NONE}
"""The alerts that always fire, and call nobody."""
EXTERNAL = "http://prometheus.example:9090"


def filled(template: str, fires: Fires) -> str:
    """A template as Prometheus fills it, for the few forms that the rules use."""

    def chosen(found: re.Match[str]) -> str:
        word = fires.fault if found[2] == "fault" else fires.all_labels()[found[2]]
        return dict(_CASE.findall(found[1])).get(word, word)

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return fires.all_labels().get(found[1], "")
        if found[2] is not None:
            return found[2] if fires.fault else ""
        return EXTERNAL if "externalURL" in found[0] else fires.value

    return _TEMPLATE.sub(fill, _CASES.sub(chosen, template))


@cache
def _committed() -> list[dict[str, Any]]:
    """The groups of the committed rules."""
    groups: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return groups


def rules(folder: Path, name: str | None = None, *, words: bool = False) -> Path:
    """The committed rules, or those of one name and what is recorded; without annotations
    unless they are asked for: promtool compares all of them, at every instant that is checked.
    """
    kept = []
    for group in _committed():
        chosen = [rule for rule in group["rules"] if name is None or rule.get("alert", name) == name]
        if any("alert" in rule for rule in chosen):
            kept.append({**group, "rules": [{key: rule[key] for key in rule if words or key != "annotations"} for rule in chosen]})
    return _write(folder / "rules.yml", {"groups": kept})


def _write(path: Path, document: Any) -> Path:
    """As JSON, which is YAML, and is written many times faster."""
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path


def judged(judging: Path, folder: Path, world: SampledWatch, checks: list[dict[str, Any]], firing: Iterable[str]) -> str:
    """What promtool finds wrong: the empty string when the checks hold
    and no alert fires at any time but those named in `firing`.
    """
    last = (world.length - 1) * world.step_s
    ever = {
        "expr": f'count by (alertname) (count_over_time(ALERTS{{alertstate="firing", severity!="none"}}[{last + world.step_s}s])) > bool 0',
        "eval_time": f"{last}s",
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(set(firing) - ALWAYS)],
    }
    document = {
        "rule_files": [str(judging)],
        "evaluation_interval": f"{world.step_s}s",
        "tests": [
            {
                "interval": f"{world.step_s}s",
                "external_url": EXTERNAL,
                "input_series": world.input_series(),
                "alert_rule_test": checks,
                "promql_expr_test": [ever],
            }
        ],
    }
    verdict = promtool("test", "rules", str(_write(folder / "story.yml", document)))
    return "" if verdict.returncode == 0 else verdict.stdout + verdict.stderr


def checks(story: AlertStory) -> list[dict[str, Any]]:
    """The story's checks, labels only."""
    return [
        {"eval_time": f"{int(at)}s", "alertname": story.alert, "exp_alerts": [{"exp_labels": one.all_labels()} for one in fires]}
        for at, fires in story.checks.items()
    ]


def words(story: AlertStory) -> list[dict[str, Any]]:
    """The first check at which something fires, with every text."""
    at, fires = next((at, fires) for at, fires in story.checks.items() if fires)
    expected = [{"exp_labels": one.all_labels(), "exp_annotations": _said(story.alert, one)} for one in fires]
    return [{"eval_time": f"{int(at)}s", "alertname": story.alert, "exp_alerts": expected}]


def _fixed(given: Mapping[str, str]) -> dict[str, str]:
    """The labels of a rule that are no templates."""
    return {name: value for name, value in given.items() if "{{" not in value}


def _said(name: str, fires: Fires) -> dict[str, str]:
    (rule,) = (one for one in alerts(RuleSettings()) if one.name == name and _fixed(labels(one)).items() <= fires.all_labels().items())
    return {key: filled(template, fires) for key, template in annotations(rule, RuleSettings()).items()}
