"""The model of rules: expressions, waiting times, severities, and texts in two languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.texts.bilingual import Language, Text


class AlertSeverity(StrEnum):
    """Whom an alert calls.

    `page` wakes on-call staff, `ticket` is work for the next hours, `info` is for reading, `none`
    calls nobody: the alert that always fires.
    """

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"
    NONE = "none"


class AlertTopic(StrEnum):
    """What an alert is about, by which Alertmanager routes it.

    An alert about the support's own work does not open a ticket.
    """

    HUB = "hub"
    IDP = "idp"
    BUDGET = "budget"
    SUPPORT = "support"
    WATCH = "watch"


class Dashboard(StrEnum):
    """The uids of the dashboards."""

    ON_CALL = "vigie-astreinte"
    IDP = "vigie-fi"
    FIGURE = "vigie-chiffre"
    SUPPORT = "vigie-support"
    WATCH = "vigie-veille"


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """One recording rule."""

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alerting rule.

    `contract` is the contract's severity, 1 to 5, of its cause (2.2.2, figure 1). `after_s` is
    `for`: the seconds for which the expression must hold. `keep_s` is `keep_firing_for`:
    the seconds for which the alert continues after that. `about` decides the route,
    and `dashboard` is where to look; its link passes the labels in `shown` as variables.
    Several rules may have the same name, and then share a runbook.
    """

    name: str
    expr: str
    severity: AlertSeverity
    contract: int
    about: AlertTopic
    dashboard: Dashboard
    summary: Text
    description: Text
    after_s: int = 0
    keep_s: int = 0
    shown: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A group of rules, which Prometheus evaluates one after the other."""

    name: str
    rules: tuple[RecordingRule | AlertRule, ...]


INTERVALS_SECONDS = {"mire": 30, "identity": 60, "login-page": 60, "direct": 60, "control": 30, "negative": 600, "negative-login": 21_600}
"""Seconds between two journeys of each kind: the defaults of `config/vigie.yml`.

`negative-login` are the negative journeys that log in."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The settings of the generator.

    `faster` divides all durations of the rules, for a Vigie whose intervals are so much shorter (a
    demonstration, a test). `intervals_s` are the seconds between two journeys of each kind,
    as in `intervals:` of Vigie's configuration; the alert on missing journeys waits for five of
    them. `job` is the name of the scrape job. `dashboards` and `runbooks` are the beginnings of
    links; `{{ $externalURL }}` is Prometheus's own address, which serves the runbooks under /user
    (`--web.user-assets`).
    """

    language: Language = Language.FR
    faster: int = 1
    job: str = "vigie"
    dashboards: str = "http://127.0.0.1:3000"
    runbooks: str = "{{ $externalURL }}/user"
    intervals_s: Mapping[str, int] = field(default_factory=lambda: dict(INTERVALS_SECONDS))


Build = Callable[[RuleSettings], RuleGroup]
"""Makes a group of rules for some settings."""
