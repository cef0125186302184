"""The rules about the error budget: how fast confirmed downtime spends it.

They never page, as confirmed conditions do so already. The annual figure is the ledger's exact one;
PromQL computes only days. A burn rate divides confirmed downtime by wall time: a blip and unknown
time spend nothing.
"""

from dataclasses import dataclass

from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, Dashboard, RecordingRule, RuleGroup, RuleSettings
from dashboards.rules.promql import bridged, count
from exporters.metrics import names
from probe.texts.bilingual import Text

_DAY_SECONDS = 86_400
WINDOWS_SECONDS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21_600, "1d": _DAY_SECONDS, "3d": 3 * _DAY_SECONDS}
PACE_SECONDS, AHEAD_SECONDS = 14 * _DAY_SECONDS, 30 * _DAY_SECONDS
"""The forecast assumes that the next thirty days are like the last fourteen.

Prometheus keeps fifteen days by default.
"""


@dataclass(frozen=True, slots=True)
class Burn:
    """An alert on the burn rate.

    It fires when the rate is above `factor` in the `long` window, and in the `short` window, which
    shows that it goes on. `share` of the budget is then spent in the long window.
    """

    long: str
    short: str
    factor: float
    share: str


ANNUAL = (Burn("1h", "5m", 175.2, "2 %"), Burn("6h", "30m", 73, "5 %"), Burn("1d", "2h", 36.5, "10 %"), Burn("3d", "6h", 12.17, "10 %"))
"""Of the 31,536 s of 365 days: 631 s in an hour, 1,577 s in six, 3,154 s in one or three days."""
MONTHLY = (Burn("1h", "5m", 14.4, "2 %"), Burn("6h", "30m", 6, "5 %"), Burn("1d", "2h", 3, "10 %"), Burn("3d", "6h", 1, "10 %"))
"""Of the 2,592 s of 30 days: 52 s in an hour, 130 s in six, 259 s in one or three days."""


def rate(window: str) -> str:
    """Return the name of the recorded burn rate over a window.

    At a burn rate of 1, the budget is spent exactly when its period ends.
    """
    return f"hub:vigie_budget:burnrate{window}"


def group(settings: RuleSettings) -> RuleGroup:
    """Return the rules about the error budget."""
    records = tuple(_record(window, seconds, settings) for window, seconds in WINDOWS_SECONDS.items())
    return RuleGroup("vigie-budget", (*records, *_annual(), *_monthly(), _forecast(settings), _exhausted(settings), _unknown(settings)))


def _record(window: str, seconds: int, settings: RuleSettings) -> RecordingRule:
    spent = f"max by (hub) ({count(names.HUB_SECONDS, seconds, settings, state='down')})"
    goal = f"max by (hub) ({bridged(names.AVAILABILITY_GOAL, settings, window='rolling')})"
    return RecordingRule(rate(window), f"{spent} / ({seconds / settings.faster:.10g} * (1 - {goal}))")


def _burns(burn: Burn) -> str:
    return f"{rate(burn.long)} > {burn.factor} and {rate(burn.short)} > {burn.factor}"


def _annual() -> tuple[AlertRule, ...]:
    return tuple(
        AlertRule(
            name="VigieAnnualBudgetBurns",
            expr=_burns(burn),
            severity=AlertSeverity.TICKET,
            contract=contract,
            about=AlertTopic.BUDGET,
            dashboard=Dashboard.FIGURE,
            summary=Text("{{ $labels.hub }} brûle son budget annuel", "{{ $labels.hub }} burns its annual budget"),
            description=Text(
                f"Plus de {burn.share} du budget annuel en {burn.long}, et cela continue : {{{{ $value | humanize }}}} fois trop vite.",
                f"More than {burn.share} of the annual budget in {burn.long}, and it goes on: {{{{ $value | humanize }}}} times too fast.",
            ),
            shown=("hub",),
            labels={"over": burn.long},
        )
        for burn, contract in zip(ANNUAL, (2, 2, 3, 3), strict=True)
    )


def _monthly() -> tuple[AlertRule, ...]:
    """Make the alerts on thirty days, which only inform.

    An outage of a minute is already 2 % of that budget.
    """
    return tuple(
        AlertRule(
            name="VigieMonthlyBudgetBurns",
            expr=_burns(burn),
            severity=AlertSeverity.INFO,
            contract=4,
            about=AlertTopic.BUDGET,
            dashboard=Dashboard.FIGURE,
            summary=Text("{{ $labels.hub }} brûle son budget de trente jours", "{{ $labels.hub }} burns its budget of thirty days"),
            description=Text(
                f"Plus de {burn.share} de trente jours de budget en {burn.long}, et ça dure : {{{{ $value | humanize }}}} fois trop vite.",
                f"More than {burn.share} of thirty days' budget in {burn.long}, still going: {{{{ $value | humanize }}}} times too fast.",
            ),
            shown=("hub",),
            labels={"over": burn.long},
        )
        for burn in MONTHLY
    )


def _forecast(settings: RuleSettings) -> AlertRule:
    left = f"max by (hub, window) ({bridged(names.BUDGET_LEFT, settings, window='rolling')})"
    coming = f"max by (hub) ({count(names.HUB_SECONDS, PACE_SECONDS, settings, state='down')}) * {AHEAD_SECONDS} / {PACE_SECONDS}"
    return AlertRule(
        name="VigieBudgetForecast",
        expr=f"{left} > 0 and on (hub) {left} < on (hub) group_left () ({coming})",
        severity=AlertSeverity.TICKET,
        contract=3,
        about=AlertTopic.BUDGET,
        dashboard=Dashboard.FIGURE,
        summary=Text("{{ $labels.hub }} va épuiser son budget annuel", "{{ $labels.hub }} is about to use up its annual budget"),
        description=Text(
            "Il reste {{ $value | humanizeDuration }} d'indisponibilité permise : moins de trente jours au rythme des quatorze derniers.",
            "{{ $value | humanizeDuration }} of permitted downtime are left. At the pace of the last fourteen days they end within thirty.",
        ),
        keep_s=3600,
        shown=("hub",),
    )


def _exhausted(settings: RuleSettings) -> AlertRule:
    """Make the alert on an overspent budget.

    While the figure is unknown, the remainder is NaN, and the alert does not fire.
    """
    return AlertRule(
        name="VigieBudgetExhausted",
        expr=f"min by (hub, window) ({bridged(names.BUDGET_LEFT, settings)}) < 0",
        severity=AlertSeverity.TICKET,
        contract=2,
        about=AlertTopic.BUDGET,
        dashboard=Dashboard.FIGURE,
        summary=Text("{{ $labels.hub }} : l'objectif annuel est manqué", "{{ $labels.hub }}: the annual goal is missed"),
        description=Text(
            "Le budget annuel d'indisponibilité est épuisé ({{ $labels.window }}) : {{ $value | humanizeDuration }}.",
            "The annual budget of downtime is used up ({{ $labels.window }}): {{ $value | humanizeDuration }}.",
        ),
        keep_s=3600,
        shown=("hub",),
    )


def _unknown(settings: RuleSettings) -> AlertRule:
    """Make the alert on unknown time beyond its limit, which spends no budget and hides outages."""
    spent, limit = (f"max by (hub, window) ({bridged(one, settings)})" for one in (names.UNKNOWN_TIME, names.UNKNOWN_LIMIT))
    return AlertRule(
        name="VigieTooMuchUnknownTime",
        expr=f"{spent} > {limit}",
        severity=AlertSeverity.INFO,
        contract=4,
        about=AlertTopic.BUDGET,
        dashboard=Dashboard.FIGURE,
        summary=Text("{{ $labels.hub }} : trop de temps inconnu sur la période", "{{ $labels.hub }}: too much unknown time in the window"),
        description=Text(
            "{{ $value | humanizeDuration }} sans rien savoir du hub ({{ $labels.window }}) : plus que la limite réglée.",
            "{{ $value | humanizeDuration }} without knowing the hub's state ({{ $labels.window }}): more than the configured limit.",
        ),
        after_s=900,
        keep_s=3600,
        shown=("hub",),
    )
