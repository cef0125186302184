"""The error budget: how fast confirmed downtime spends it. Never a page: the confirmed conditions page.

The year itself is the ledger's exact figure; PromQL only looks at days. Downtime is confirmed time (a failure seen once is none), divided
by wall time: what is unknown spends nothing.
"""

from dataclasses import dataclass

from dashboards.rules.model import About, Alert, Dashboard, Group, Record, Settings, Severity
from dashboards.rules.promql import BUDGET, bridged, count
from exporters.metrics import names
from probe.texts.bilingual import Text

_DAY_SECONDS = 86_400
WINDOWS_SECONDS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21_600, "1d": _DAY_SECONDS, "3d": 3 * _DAY_SECONDS}
PACE_SECONDS, AHEAD_SECONDS = 14 * _DAY_SECONDS, 30 * _DAY_SECONDS
"""The forecast: if the next thirty days are as the last fourteen (Prometheus keeps fifteen unless told)."""


@dataclass(frozen=True, slots=True)
class Burn:
    """A long window, the short one that says that it still goes on, and how many times too fast is too fast."""

    long: str
    short: str
    factor: float
    share: str  # of the budget, spent in the long window


ANNUAL = (Burn("1h", "5m", 175.2, "2 %"), Burn("6h", "30m", 73, "5 %"), Burn("1d", "2h", 36.5, "10 %"), Burn("3d", "6h", 12.17, "10 %"))
"""Of 365 days' 31,536 s: 631 s in an hour, 1,577 s in six, 3,154 s in a day or in three."""
MONTHLY = (Burn("1h", "5m", 14.4, "2 %"), Burn("6h", "30m", 6, "5 %"), Burn("1d", "2h", 3, "10 %"), Burn("3d", "6h", 1, "10 %"))
"""Of 30 days' 2,592 s: 52 s in an hour, 130 s in six, 259 s in a day or in three."""


def rate(window: str) -> str:
    """The name of the recorded burn rate over a window: 1 spends the budget exactly when its period ends."""
    return f"hub:vigie_budget:burnrate{window}"


def group(settings: Settings) -> Group:
    records = tuple(_record(window, seconds, settings) for window, seconds in WINDOWS_SECONDS.items())
    return Group("vigie-budget", (*records, *_annual(), *_monthly(), _forecast(settings), _exhausted(settings)))


def _record(window: str, seconds: int, settings: Settings) -> Record:
    spent = f"max by (hub) ({count(names.HUB_SECONDS, seconds, settings, state='down')})"
    return Record(rate(window), f"{spent} / {seconds * BUDGET / settings.faster:.10g}")


def _burns(burn: Burn) -> str:
    return f"{rate(burn.long)} > {burn.factor} and {rate(burn.short)} > {burn.factor}"


def _annual() -> tuple[Alert, ...]:
    return tuple(
        Alert(
            name="VigieAnnualBudgetBurns",
            expr=_burns(burn),
            severity=Severity.TICKET,
            contract=contract,
            about=About.BUDGET,
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


def _monthly() -> tuple[Alert, ...]:
    """An outage of a minute is already 2 % of thirty days: to be read, not to be worked on."""
    return tuple(
        Alert(
            name="VigieMonthlyBudgetBurns",
            expr=_burns(burn),
            severity=Severity.INFO,
            contract=4,
            about=About.BUDGET,
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


def _forecast(settings: Settings) -> Alert:
    left = f"max by (hub, window) ({bridged(names.BUDGET_LEFT, settings, window='rolling')})"
    coming = f"max by (hub) ({count(names.HUB_SECONDS, PACE_SECONDS, settings, state='down')}) * {AHEAD_SECONDS} / {PACE_SECONDS}"
    return Alert(
        name="VigieBudgetForecast",
        expr=f"{left} > 0 and on (hub) {left} < on (hub) group_left () ({coming})",
        severity=Severity.TICKET,
        contract=3,
        about=About.BUDGET,
        dashboard=Dashboard.FIGURE,
        summary=Text("{{ $labels.hub }} va épuiser son budget annuel", "{{ $labels.hub }} is about to use up its annual budget"),
        description=Text(
            "Il reste {{ $value | humanizeDuration }} d'indisponibilité permise : moins de trente jours au rythme des quatorze derniers.",
            "{{ $value | humanizeDuration }} of permitted downtime are left. At the pace of the last fourteen days they end within thirty.",
        ),
        keep_s=3600,
        shown=("hub",),
    )


def _exhausted(settings: Settings) -> Alert:
    """Where no figure is known the budget and what is left of it are both 0: nothing is overspent then."""
    return Alert(
        name="VigieBudgetExhausted",
        expr=f"min by (hub, window) ({bridged(names.BUDGET_LEFT, settings)}) < 0",
        severity=Severity.TICKET,
        contract=2,
        about=About.BUDGET,
        dashboard=Dashboard.FIGURE,
        summary=Text("{{ $labels.hub }} : les 99,9 % sont manqués", "{{ $labels.hub }}: the 99.9 % are missed"),
        description=Text(
            "Le budget annuel d'indisponibilité est épuisé ({{ $labels.window }}) : {{ $value | humanizeDuration }}.",
            "The annual budget of downtime is used up ({{ $labels.window }}): {{ $value | humanizeDuration }}.",
        ),
        keep_s=3600,
        shown=("hub",),
    )
