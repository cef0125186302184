"""The rules about the support's work.

They are about the contract's clocks (2.2.2), its indicator (section 4), the outbox of the ticket
systems, and announced changes (2.1). `faster` does not shorten the contract's clocks.
"""

from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, Dashboard, RuleGroup, RuleSettings
from dashboards.rules.promql import STARTED, TARGET, bridged, over, paced, selected, worded
from exporters.metrics import names
from probe.texts.bilingual import Text
from probe.texts.incidents import CLOCKS

_MINUTE_SECONDS, _HOUR_SECONDS, _DAY_SECONDS = 60, 3600, 86_400
LEADS_SECONDS = {"take_in_hand": 4 * _HOUR_SECONDS, "resolution": 30 * _MINUTE_SECONDS, "blocking": _HOUR_SECONDS}
"""How long before its deadline the alert on a clock fires.

It leaves enough time to act, out of 48 h, of 2 h at least, and of 4 h.
"""
ESCALATION_LEAD_SECONDS = 15 * _MINUTE_SECONDS
"""The same for the escalation of a critical incident, which comes after an hour."""
PROMISES = "~take_in_hand|escalation|resolution|blocking"
"""The clocks that the support must meet; the others only allow to close an incident."""
_CLOCK = worded("$labels.clock", {clock.value: text for clock, text in CLOCKS.items() if clock.value in PROMISES})


def group(settings: RuleSettings) -> RuleGroup:
    """Return the rules about the support's work."""
    announced = (_change(settings), _unannounced(settings))
    return RuleGroup("vigie-support", (*_clocks(settings), *_register(settings), *_outbox(settings), _indicator(settings), *announced))


def _near(settings: RuleSettings, clock: str, lead_s: int) -> str:
    return f"min by (clock) ({bridged(names.INCIDENT_DEADLINE, settings, clock=clock)} > 0) - time() < {lead_s}"


def _clocks(settings: RuleSettings) -> tuple[AlertRule, ...]:
    escalation = AlertRule(
        name="VigieEscalationDue",
        expr=_near(settings, "escalation", ESCALATION_LEAD_SECONDS),
        severity=AlertSeverity.TICKET,
        contract=2,
        about=AlertTopic.SUPPORT,
        dashboard=Dashboard.SUPPORT,
        summary=Text("Une escalade est imminente", "An escalation is due"),
        description=Text(
            "Dans {{ $value | humanizeDuration }} un incident sera porté au niveau supérieur s'il n'est pas résolu d'ici là.",
            "In {{ $value | humanizeDuration }} an incident goes to the next level, unless it is resolved by then.",
        ),
        keep_s=300,
    )
    near = AlertRule(
        name="VigieDeadlineNear",
        expr=" or ".join(_near(settings, clock, lead_s) for clock, lead_s in LEADS_SECONDS.items()),
        severity=AlertSeverity.TICKET,
        contract=3,
        about=AlertTopic.SUPPORT,
        dashboard=Dashboard.SUPPORT,
        summary=Text(f"Une échéance du contrat approche ({_CLOCK.fr})", f"A deadline of the contract is near ({_CLOCK.en})"),
        description=Text(
            f"Il reste {{{{ $value | humanizeDuration }}}} avant de manquer une échéance ({_CLOCK.fr}).",
            f"{{{{ $value | humanizeDuration }}}} are left before a deadline is missed ({_CLOCK.en}).",
        ),
        keep_s=300,
    )
    missed = AlertRule(
        name="VigieDeadlineMissed",
        expr=f"max by (clock) ({bridged(names.INCIDENTS_OVERDUE, settings, clock=PROMISES)}) > 0",
        severity=AlertSeverity.TICKET,
        contract=2,
        about=AlertTopic.SUPPORT,
        dashboard=Dashboard.SUPPORT,
        summary=Text(f"Échéance du contrat manquée ({_CLOCK.fr})", f"A deadline of the contract was missed ({_CLOCK.en})"),
        description=Text(
            f"{{{{ $value | humanize }}}} incident(s) ouvert(s) ont dépassé leur échéance ({_CLOCK.fr}).",
            f"{{{{ $value | humanize }}}} open incident(s) are past their deadline ({_CLOCK.en}).",
        ),
    )
    return escalation, near, missed


def _register(settings: RuleSettings) -> tuple[AlertRule, ...]:
    lag = f"max({bridged(names.ESCALATION_LAG, settings)})"
    growing = f"max({over('delta', selected(names.ESCALATION_LAG), 5 * _MINUTE_SECONDS, settings)})"
    seen = f"max by (job) ({bridged(names.REGISTER_SEEN, settings)})"
    began = f'min by (job) ({STARTED}{{job="{settings.job}"}})'
    return (
        AlertRule(
            name="VigieEscalationLate",
            expr=f"{lag} > {paced(300, settings)} and {growing} > {paced(60, settings)}",
            severity=AlertSeverity.TICKET,
            contract=2,
            about=AlertTopic.SUPPORT,
            dashboard=Dashboard.SUPPORT,
            summary=Text("Une escalade n'est pas partie", "An escalation was not sent"),
            description=Text(
                "Une escalade est due depuis {{ $value | humanizeDuration }} et n'a pas été faite : Vigie n'y parvient pas.",
                "An escalation has been due for {{ $value | humanizeDuration }} and was not made: Vigie does not manage to.",
            ),
            keep_s=300,
        ),
        AlertRule(
            name="VigieRegisterIdle",
            expr=f"time() - ({seen} > {began} or {began}) > {paced(600, settings)}",
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.SUPPORT,
            dashboard=Dashboard.WATCH,
            summary=Text("Le registre des incidents n'est plus relu", "The incident register is not looked at any more"),
            description=Text(
                "Les échéances n'ont pas été vérifiées depuis {{ $value | humanizeDuration }} : aucune escalade ne partira.",
                "The clocks have not been looked at for {{ $value | humanizeDuration }}: no escalation will be made.",
            ),
            keep_s=300,
        ),
    )


def _outbox(settings: RuleSettings) -> tuple[AlertRule, ...]:
    return (
        AlertRule(
            name="VigieOutboxStuck",
            expr=f"time() - min by (system) ({bridged(names.OUTBOX_OLDEST, settings)} > 0) > {paced(900, settings)}",
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.SUPPORT,
            dashboard=Dashboard.SUPPORT,
            summary=Text("Les tickets n'arrivent plus dans {{ $labels.system }}", "Tickets do not reach {{ $labels.system }} any more"),
            description=Text(
                "Le plus ancien message pour {{ $labels.system }} attend depuis {{ $value | humanizeDuration }}. Rien n'est perdu.",
                "The oldest message for {{ $labels.system }} has waited for {{ $value | humanizeDuration }}. Nothing is lost.",
            ),
            keep_s=300,
        ),
        AlertRule(
            name="VigieTicketSystemUnreachable",
            expr=f"max by (system) ({bridged(names.TICKET_SYSTEM_FAILING, settings)}) > 0",
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.SUPPORT,
            dashboard=Dashboard.SUPPORT,
            summary=Text("{{ $labels.system }} n'est plus joignable", "{{ $labels.system }} cannot be reached"),
            description=Text(
                "Depuis un quart d'heure, {{ $labels.system }} ne répond pas ou refuse nos identifiants : le prochain incident n'y "
                "arrivera pas.",
                "For a quarter of an hour {{ $labels.system }} has not answered, or has refused our credentials: the next incident will "
                "not arrive there.",
            ),
            after_s=900,
            keep_s=60,
        ),
        AlertRule(
            name="VigieOutboxDead",
            expr=f"max by (system) ({bridged(names.OUTBOX_DEAD, settings)}) > 0",
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.SUPPORT,
            dashboard=Dashboard.SUPPORT,
            summary=Text("{{ $labels.system }} refuse des messages", "{{ $labels.system }} refuses messages"),
            description=Text(
                "{{ $value | humanize }} message(s) refusé(s) pour de bon par {{ $labels.system }} : ils ne seront plus essayés.",
                "{{ $value | humanize }} message(s) refused for good by {{ $labels.system }}: they will not be tried again.",
            ),
        ),
    )


def _indicator(settings: RuleSettings) -> AlertRule:
    """Make the alert on the indicator, without the incidents that are younger than their deadline.

    With them, each new incident would lower the indicator at first.
    """
    received = f"{bridged(names.INDICATOR_RECEIVED, settings)} > 0"
    return AlertRule(
        name="VigieIndicatorBelowGoal",
        expr=f"min by (period) ({bridged(names.INDICATOR, settings, reading='due')} and on ({TARGET}, period) {received}) < 0.95",
        severity=AlertSeverity.TICKET,
        contract=4,
        about=AlertTopic.SUPPORT,
        dashboard=Dashboard.SUPPORT,
        summary=Text("L'indicateur est sous 95 % ({{ $labels.period }})", "The indicator is below 95 % ({{ $labels.period }})"),
        description=Text(
            "{{ $value | humanizePercentage }} des incidents ont été résolus en moins de 24 heures ouvrées ({{ $labels.period }}).",
            "{{ $value | humanizePercentage }} of the incidents were resolved in under 24 working hours ({{ $labels.period }}).",
        ),
        after_s=900,
        keep_s=300,
    )


def _one_more(metric: names.Metric, settings: RuleSettings, **labels: str) -> str:
    """Return an expression that is true for a day when a count of a hub has risen.

    A register that could not be read shows 0 meanwhile. Therefore the value is compared with those
    of the days before.
    """
    counted = selected(metric, **labels)
    now = f"max by (hub) ({bridged(metric, settings, **labels)})"
    return f"{now} > (max by (hub) (max_over_time({counted}[6d] offset 1d)) or max by (hub) (min_over_time({counted}[1d])))"


def _unannounced(settings: RuleSettings) -> AlertRule:
    """Make the alert on a change that was seen and that nobody announced, which fires for a day."""
    return AlertRule(
        name="VigieChangeNotAnnounced",
        expr=_one_more(names.CHANGES_SEEN, settings, notice="nobody"),
        severity=AlertSeverity.INFO,
        contract=5,
        about=AlertTopic.SUPPORT,
        dashboard=Dashboard.SUPPORT,
        summary=Text(
            "{{ $labels.hub }} : modification vue, que personne n'a annoncée", "{{ $labels.hub }}: a change was seen that nobody announced"
        ),
        description=Text(
            "{{ $labels.hub }} a changé sans annonce ({{ $value | humanize }} sur un an). vigie change seen dit ce qui a changé, et quand.",
            "{{ $labels.hub }} changed without an announcement ({{ $value | humanize }} within a year). "
            "vigie change seen says what changed, and when.",
        ),
        shown=("hub",),
    )


def _change(settings: RuleSettings) -> AlertRule:
    """Make the alert on a change that was announced too late, which fires for a day."""
    return AlertRule(
        name="VigieChangeAnnouncedLate",
        expr=_one_more(names.CHANGES_LATE, settings),
        severity=AlertSeverity.TICKET,
        contract=5,
        about=AlertTopic.SUPPORT,
        dashboard=Dashboard.SUPPORT,
        summary=Text("{{ $labels.hub }} : modification annoncée trop tard", "{{ $labels.hub }}: a change was announced late"),
        description=Text(
            "Une modification de {{ $labels.hub }} a été annoncée moins de six mois à l'avance ({{ $value | humanize }} sur un an).",
            "A change of {{ $labels.hub }} was announced less than six months ahead ({{ $value | humanize }} within a year).",
        ),
        shown=("hub",),
    )
