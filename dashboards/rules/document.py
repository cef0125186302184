"""Makes the file of rules that Prometheus reads."""

from typing import Any

import yaml

from dashboards.rules import budget, clients, hub, idp, support, watch
from dashboards.rules.model import AlertRule, Build, RecordingRule, RuleGroup, RuleSettings
from dashboards.rules.promql import duration

PAGES: tuple[Build, ...] = (hub.group, idp.group, clients.group, budget.group, support.group, watch.group)

_HEAD = """\
# Recording and alerting rules of Vigie.
# Written by `python -m dashboards.rules`; do not edit. Other intervals, another language, other links: `python -m dashboards.rules --help`.
# Severities: page (on-call staff, now), ticket (support, in the next hours), info (to be read). vigie_severity is the contract's, 1 to 5.
"""


def groups(settings: RuleSettings) -> tuple[RuleGroup, ...]:
    """Return all groups, in the order of the file."""
    return tuple(page(settings) for page in PAGES)


def alerts(settings: RuleSettings) -> tuple[AlertRule, ...]:
    """Return all alerting rules, in the order of the file."""
    return tuple(rule for group in groups(settings) for rule in group.rules if isinstance(rule, AlertRule))


def document(settings: RuleSettings) -> str:
    """Return the text of the file."""
    plain = {"groups": [_group(group, settings) for group in groups(settings)]}
    return _HEAD + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=10_000)


def _group(group: RuleGroup, settings: RuleSettings) -> dict[str, Any]:
    return {
        "name": group.name,
        "rules": [_record(rule) if isinstance(rule, RecordingRule) else _alert(rule, settings) for rule in group.rules],
    }


def _record(rule: RecordingRule) -> dict[str, Any]:
    return {"record": rule.name, "expr": rule.expr}


def _alert(rule: AlertRule, settings: RuleSettings) -> dict[str, Any]:
    plain: dict[str, Any] = {"alert": rule.name, "expr": rule.expr}
    if rule.after_s:
        plain["for"] = duration(rule.after_s, settings)
    if rule.keep_s:
        plain["keep_firing_for"] = duration(rule.keep_s, settings)
    plain["labels"] = labels(rule)
    plain["annotations"] = annotations(rule, settings)
    return plain


def labels(rule: AlertRule) -> dict[str, str]:
    """Return the labels that the rule gives to its alerts."""
    return {"severity": rule.severity.value, "vigie_severity": str(rule.contract), "vigie_about": rule.about.value, **rule.labels}


def annotations(rule: AlertRule, settings: RuleSettings) -> dict[str, str]:
    """Return the rule's annotations, which still have Prometheus's templates."""
    variables = "".join(f"{'&' if n else '?'}var-{name}={{{{ $labels.{name} }}}}" for n, name in enumerate(rule.shown))
    return {
        "summary": rule.summary.in_language(settings.language),
        "description": rule.description.in_language(settings.language),
        "dashboard_url": f"{settings.dashboards}/d/{rule.dashboard}{variables}",
        "runbook_url": f"{settings.runbooks}/{rule.name}.md",
    }
