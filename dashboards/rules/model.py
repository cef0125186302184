"""What a rule is: an expression, how patient it is, whom it calls, and what it says in two languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.texts.bilingual import Language, Text


class Severity(StrEnum):
    """Whom an alert calls: `page` wakes on-call staff, `ticket` is work for the next hours, `info` is read when there is time."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


class About(StrEnum):
    """What an alert is about, and so where it is routed: nothing about the support's own work opens a ticket of its own."""

    HUB = "hub"
    IDP = "idp"
    BUDGET = "budget"
    SUPPORT = "support"
    WATCH = "watch"


class Dashboard(StrEnum):
    """The dashboards, by uid."""

    ON_CALL = "vigie-astreinte"
    IDP = "vigie-fi"
    FIGURE = "vigie-chiffre"
    SUPPORT = "vigie-support"
    WATCH = "vigie-veille"


@dataclass(frozen=True, slots=True)
class Record:
    """One recording rule."""

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule.

    `contract` is the severity, 1 to 5, that the contract gives what it tells of (2.2.2, figure 1). `after_s` is `for`: seconds that the
    expression must hold; `keep_s` is `keep_firing_for`: seconds that the alert outlives it. `about` and `dashboard` say where it goes and
    where to look; the labels in `shown` are handed to the dashboard as variables. Several rules may share a name: they share a runbook.
    """

    name: str
    expr: str
    severity: Severity
    contract: int
    about: About
    dashboard: Dashboard
    summary: Text
    description: Text
    after_s: int = 0
    keep_s: int = 0
    shown: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other."""

    name: str
    rules: tuple[Record | Alert, ...]


INTERVALS_SECONDS = {"mire": 30, "identity": 60, "login-page": 60, "direct": 60, "control": 30, "negative": 600}
"""Seconds between two runs, by kind of journey: the defaults of `config/vigie.yml`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the generator may be told.

    `faster` divides every duration of the rules, for a watch that runs so much faster than the default one (a demonstration, a test).
    `intervals_s` are the seconds between two runs of each kind of journey, as `intervals:` of Vigie's configuration says: an alert on
    missing runs allows five of them. `job` is the scrape job's name. `dashboards` and `runbooks` are the URLs that links start with;
    `{{ $externalURL }}` is Prometheus's own address, which serves the runbooks under /user (`--web.user-assets`).
    """

    language: Language = Language.FR
    faster: int = 1
    job: str = "vigie"
    dashboards: str = "http://127.0.0.1:3000"
    runbooks: str = "{{ $externalURL }}/user"
    intervals_s: Mapping[str, int] = field(default_factory=lambda: dict(INTERVALS_SECONDS))


Build = Callable[[Settings], Group]
"""A page of rules: what it is under some settings."""
